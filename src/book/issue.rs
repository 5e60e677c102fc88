//! Bills that were issued: their register and the finished documents, which never change again.
//!
//! ```text
//! an issue of a month's version → register (JSON): number, kind, recipient, amounts, files
//!                               → bundles (tar): the documents themselves, some in each
//! ```

use std::collections::BTreeMap;
use std::io::Read as _;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};

use super::manifest::{Closing, Manifest, StoredFile};
use super::money::{KeptFile, keep};
use super::store::{damaged, parse, sha256};
use super::writer::BookWriter;
use super::{Book, chain};
use crate::bill::DocumentKind;
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// What was issued of one version of a month, in one commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// The month.
    pub period: BillingPeriod,
    /// The version of the month that is billed.
    pub version: u32,
    /// The digest of the closing that made this version.
    pub closing: String,
    /// Who gets a bill: `customer`, `project` or the name of an attribute.
    pub per: String,
    /// The date of issue.
    pub date: NaiveDate,
    /// When it was issued, by the machine's clock.
    pub time: DateTime<Utc>,
    /// The formats of the documents.
    pub formats: Vec<String>,
    /// The place of the first document in the series of numbers, from 1.
    pub first: u64,
    /// How many documents there are.
    pub count: u64,
    /// All documents with their files, as [`IssueRegister`] in JSON.
    pub register: KeptFile,
    /// The documents, some in each archive, in the order of the register.
    pub bundles: Vec<KeptFile>,
    /// The digest of the issue before, in the whole book.
    pub previous: String,
}

/// The documents of an issue, and what goes with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssueRegister {
    /// In the order of their numbers.
    pub documents: Vec<IssuedDocument>,
    /// A table for mail merge.
    pub beside: Vec<IssuedFile>,
}

/// A document that was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedDocument {
    /// Its number.
    pub number: String,
    /// What it is.
    pub kind: DocumentKind,
    /// The recipient's uuid, or the attribute's value.
    pub recipient: String,
    /// The recipient's name.
    pub name: String,
    /// Until when it is to be paid.
    pub due: Option<NaiveDate>,
    /// The numbers of the documents that it corrects.
    pub corrects: Vec<String>,
    /// One for each currency.
    pub amounts: Vec<IssuedAmount>,
    /// What the document says, in JSON.
    pub data: IssuedFile,
    /// The document itself, one for each format.
    pub files: Vec<IssuedFile>,
}

/// What a document comes to in one currency, in plain decimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedAmount {
    /// Its code in ISO 4217.
    pub currency: String,
    /// Without VAT.
    pub net: String,
    /// The VAT of all rates.
    pub vat: String,
    /// With VAT.
    pub total: String,
}

/// A file of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedFile {
    /// Its name in the folder.
    pub name: String,
    /// 64 hex digits.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
}

/// What is to be issued, once its documents are kept.
#[derive(Clone, Debug)]
pub struct IssueRequest {
    /// The month.
    pub period: BillingPeriod,
    /// The version of the month: its last.
    pub version: u32,
    /// Who gets a bill.
    pub per: String,
    /// The date of issue.
    pub date: NaiveDate,
    /// When it is issued.
    pub time: DateTime<Utc>,
    /// The formats of the documents.
    pub formats: Vec<String>,
    /// The documents.
    pub register: IssueRegister,
    /// The archives that [`BookWriter::keep_documents`] made.
    pub bundles: Vec<KeptFile>,
}

/// What the book calls the register.
const REGISTER: &str = "register.json";
/// What it calls archives of documents.
const BUNDLE: &str = "documents.tar";

impl IssuedFile {
    /// Of a file that is kept.
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), sha256: sha256(bytes), bytes: bytes.len() as u64 }
    }
}

impl IssueRegister {
    /// All files, in the order in which the archives have them.
    pub fn files(&self) -> impl Iterator<Item = &IssuedFile> {
        let of_documents = self.documents.iter().flat_map(|one| [&one.data].into_iter().chain(&one.files));
        of_documents.chain(&self.beside)
    }
}

impl Issue {
    /// The files that the book has of it.
    pub(super) fn kept_files(&self) -> impl Iterator<Item = &StoredFile> {
        [&self.register].into_iter().chain(&self.bundles).map(|kept| &kept.file)
    }

    /// The SHA-256 over it, as the manifest has it.
    pub(super) fn digest(&self) -> String {
        sha256(&serde_json::to_vec(self).expect("an issue is text and numbers"))
    }
}

impl Manifest {
    /// The digest that the next issue has to name.
    pub(super) fn issues_end(&self) -> String {
        self.issued.clone().unwrap_or_else(|| sha256(b"[]"))
    }

    /// The place in the series of numbers that comes next.
    fn next_number(&self) -> u64 {
        self.issues.iter().map(|issue| issue.count).sum::<u64>() + 1
    }

    /// The closing of a version that can be billed now.
    fn billable(&self, period: BillingPeriod, version: u32) -> Result<&Closing> {
        let refused = |reason: String| Error::NotBilled { period, reason };
        let month = self.months.get(&period).ok_or(Error::NoSuchMonth { period })?;
        let Some(last) = month.closings.last() else {
            return Err(refused("it is not closed; `usagebook close` freezes its amounts".to_owned()));
        };
        if version != last.version {
            let last = last.version;
            return Err(refused(format!(
                "v{version} was not issued, and v{last} is its last version; bill that"
            )));
        }
        if last.money.is_none() {
            return Err(refused(format!(
                "v{version} was closed without prices; `usagebook restate` with a price list freezes its amounts"
            )));
        }
        Ok(last)
    }
}

impl Book {
    /// All that was issued, in the order in which it was.
    pub fn issues(&self) -> &[Issue] {
        &self.generation.manifest.issues
    }

    /// What was issued of a month, by version.
    pub fn issues_of(&self, period: BillingPeriod) -> impl DoubleEndedIterator<Item = &Issue> {
        self.issues().iter().filter(move |issue| issue.period == period)
    }

    /// The place of the next document in the series of numbers.
    pub fn next_number(&self) -> u64 {
        self.generation.manifest.next_number()
    }

    /// The closing of a version, if bills of it can be issued now.
    ///
    /// # Errors
    /// A month that is not there or not closed, a version that is not its last, amounts that are not frozen.
    pub fn billable(&self, period: BillingPeriod, version: u32) -> Result<&Closing> {
        self.generation.manifest.billable(period, version)
    }

    /// The documents of an issue.
    ///
    /// # Errors
    /// A file that is damaged or not there.
    pub fn register(&self, issue: &Issue) -> Result<IssueRegister> {
        parse(&self.kept_path(&issue.register), &self.kept(&issue.register)?)
    }

    /// Hands out the files of an issue, each with its bytes, in the order of the register.
    ///
    /// # Errors
    /// Files that are damaged or not there, and what taking them says.
    pub fn issued_files(
        &self,
        issue: &Issue,
        mut take: impl FnMut(&IssuedFile, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let register = self.register(issue)?;
        let mut expected = register.files();
        for bundle in &issue.bundles {
            let path = self.kept_path(bundle);
            let wrong = |reason: &str| damaged(&path, reason);
            let bytes = self.kept(bundle)?;
            let mut archive = tar::Archive::new(&*bytes);
            for entry in archive.entries().map_err(|_| wrong("it is no archive"))? {
                let mut entry = entry.map_err(|_| wrong("it is no archive"))?;
                let file =
                    expected.next().ok_or_else(|| wrong("it has a file that the register does not name"))?;
                let mut found = Vec::new();
                entry.read_to_end(&mut found).map_err(|_| wrong("it is no archive"))?;
                let name = entry.path_bytes().into_owned();
                if name != file.name.as_bytes() || IssuedFile::new(&file.name, &found) != *file {
                    return Err(wrong(&format!("it does not have {} as the register names it", file.name)));
                }
                take(file, &found)?;
            }
        }
        match expected.next() {
            None => Ok(()),
            Some(file) => {
                let reason = format!("{} is in none of its archives", file.name);
                Err(damaged(&self.kept_path(&issue.register), reason))
            }
        }
    }

    /// Why the issued documents are not one gapless series that comes to the amounts of the versions they are of.
    pub(super) fn broken_issues(&self) -> Result<Option<String>> {
        let manifest = &self.generation.manifest;
        let mut known = Series::default();
        for issue in &manifest.issues {
            let what = format!("the documents issued of {} v{}", issue.period, issue.version);
            if let Some(reason) = known.wrong(issue, self)? {
                return Ok(Some(format!("{what}: {reason}")));
            }
        }
        let (end, named) = (known.end, manifest.issues_end());
        Ok((end != named).then(|| {
            "the documents that the book names as issued last are not there: they were removed or changed"
                .to_owned()
        }))
    }
}

/// What is known of the documents that were looked at so far.
#[derive(Debug)]
struct Series {
    end: String,
    next: u64,
    date: Option<NaiveDate>,
    numbers: BTreeMap<String, (BillingPeriod, String)>,
    /// By month: the version, who gets bills, and what they come to by currency.
    months: BTreeMap<BillingPeriod, (u32, String, BTreeMap<String, i128>)>,
}

impl Default for Series {
    fn default() -> Self {
        let (end, next, date) = (sha256(b"[]"), 1, None);
        Self { end, next, date, numbers: BTreeMap::new(), months: BTreeMap::new() }
    }
}

impl Series {
    /// What is wrong with the next issue.
    fn wrong(&mut self, issue: &Issue, book: &Book) -> Result<Option<String>> {
        let wrong = |reason: &str| Ok(Some(reason.to_owned()));
        if issue.previous != self.end {
            return wrong("they do not name those before them: some were removed, changed or moved");
        }
        self.end = issue.digest();
        if issue.first != self.next {
            return wrong("the series of numbers has a gap before them");
        }
        self.next += issue.count;
        if self.date.is_some_and(|before| issue.date < before) {
            return wrong("they are dated before those of lower numbers");
        }
        self.date = Some(issue.date);
        let Ok(closing) = book.closing(issue.period, issue.version) else {
            return wrong("the version that was billed is not there");
        };
        if chain::digest(issue.period, closing) != issue.closing {
            return wrong("the version is not the one that was billed");
        }
        let register = book.register(issue)?;
        if register.documents.len() as u64 != issue.count {
            return wrong("their number is not the one in the register");
        }
        let zero = || (0, issue.per.clone(), BTreeMap::new());
        let (version, per, sums) = self.months.entry(issue.period).or_insert_with(zero);
        if issue.version <= *version || issue.per != *per {
            return wrong("an earlier issue of the month contradicts them");
        }
        *version = issue.version;
        let mut last: Option<&str> = None;
        for document in &register.documents {
            let IssuedDocument { number, recipient, .. } = document;
            if last.is_some_and(|last| last >= recipient.as_str()) {
                return Ok(Some(format!("{number} is not in the order of the recipients")));
            }
            last = Some(recipient);
            let is_known = |corrected: &String| {
                self.numbers
                    .get(corrected)
                    .is_some_and(|(period, of)| *period == issue.period && of == recipient)
            };
            if !document.corrects.iter().all(is_known) {
                return Ok(Some(format!("{number} corrects a document that the recipient does not have")));
            }
            if self.numbers.insert(number.clone(), (issue.period, recipient.clone())).is_some() {
                return Ok(Some(format!("{number} is the number of two documents")));
            }
            for amount in &document.amounts {
                let Some([net, vat, total]) = amount.thousandths() else {
                    return Ok(Some(format!("{number} has an amount that is none")));
                };
                if net + vat != total {
                    return Ok(Some(format!("net and VAT of {number} are not its total")));
                }
                *sums.entry(amount.currency.clone()).or_default() += net;
            }
        }
        sums.retain(|_, sum| *sum != 0);
        let money = closing.money.iter().flat_map(|money| &money.totals);
        let totals =
            money.map(|total| (total.currency.clone(), thousandths(&total.amount).unwrap_or_default()));
        let totals: BTreeMap<String, i128> = totals.filter(|(_, total)| *total != 0).collect();
        if totals != *sums {
            return wrong(
                "with the earlier ones of the month they do not come to the amounts of the version",
            );
        }
        self.wrong_files(issue, &register, book)
    }

    /// Whether the documents say what the register says of them.
    fn wrong_files(&self, issue: &Issue, register: &IssueRegister, book: &Book) -> Result<Option<String>> {
        let by_data: BTreeMap<&str, &IssuedDocument> =
            register.documents.iter().map(|document| (document.data.name.as_str(), document)).collect();
        let mut wrong = None;
        book.issued_files(issue, |file, bytes| {
            if let Some(document) = by_data.get(file.name.as_str())
                && !document.is_said_by(bytes, issue)
            {
                wrong = Some(format!("{} says something else than the register", file.name));
            }
            Ok(())
        })?;
        Ok(wrong)
    }
}

impl IssuedDocument {
    /// Whether the data of a document has the same number, dates, recipient and amounts.
    fn is_said_by(&self, data: &[u8], issue: &Issue) -> bool {
        let Ok(data) = serde_json::from_slice::<serde_json::Value>(data) else { return false };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let recipient = &data["recipient"];
        let id = recipient["uuid"].as_str().or(recipient["name"].as_str());
        let amounts = data["parts"].as_array().into_iter().flatten();
        let amounts = amounts.map(|part| [&part["currency"], &part["net"], &part["total"]].map(text));
        let own = self.amounts.iter().map(|one| [&one.currency, &one.net, &one.total].map(String::clone));
        text(&data["number"]) == self.number
            && text(&data["kind"]) == self.kind.name()
            && text(&data["date"]) == issue.date.to_string()
            && data["due_date"].as_str().map(str::to_owned) == self.due.map(|due| due.to_string())
            && id == Some(&self.recipient)
            && amounts.eq(own)
    }
}

impl IssuedAmount {
    /// Net, VAT and total in thousandths; `None` if one is no amount.
    fn thousandths(&self) -> Option<[i128; 3]> {
        Some([thousandths(&self.net)?, thousandths(&self.vat)?, thousandths(&self.total)?])
    }
}

fn thousandths(digits: &str) -> Option<i128> {
    let amount = crate::amount::Amount::parse(digits.as_bytes(), crate::amount::AMOUNT_DECIMALS);
    amount.ok().map(crate::amount::Amount::thousandths)
}

impl BookWriter {
    /// Keeps documents in an archive, which a later [`issue`](Self::issue) has to name: until then they are no part of the
    /// book.
    ///
    /// # Errors
    /// The disk.
    pub fn keep_documents(&self, date: NaiveDate, files: &[(String, Vec<u8>)]) -> Result<KeptFile> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            let seconds = date.and_time(NaiveTime::MIN).and_utc().timestamp();
            header.set_mtime(seconds.try_into().unwrap_or_default());
            archive.append_data(&mut header, name, &**bytes).map_err(|source| Error::Output { source })?;
        }
        let bytes = archive.into_inner().map_err(|source| Error::Output { source })?;
        let mut new = Vec::new();
        let kept = keep(BUNDLE, &bytes, &mut new);
        self.put_files(&new)?;
        Ok(kept)
    }

    /// Issues bills or notes for a month's last version, in one commit.
    ///
    /// # Errors
    /// A version that cannot be billed or was billed, other recipients than before, a date before the last one, the disk.
    pub fn issue(&mut self, request: IssueRequest) -> Result<Issue> {
        let IssueRequest { period, version, per, date, time, formats, register, bundles } = request;
        let closing = chain::digest(period, self.manifest.billable(period, version)?);
        let of_month = || self.manifest.issues.iter().filter(|issue| issue.period == period);
        let refused = |reason: String| Err(Error::NotBilled { period, reason });
        if of_month().any(|issue| issue.version == version) {
            return refused(format!("v{version} was issued already"));
        }
        if let Some(known) = of_month().find(|issue| issue.per != per) {
            return refused(format!(
                "it was billed per {}; it cannot be billed per {per} as well",
                known.per
            ));
        }
        if let Some(last) = self.manifest.issues.last().filter(|last| last.date > date) {
            return refused(format!(
                "the date of issue would be {date}, and the last document is of {}: numbers are in the order of dates",
                last.date
            ));
        }
        let mut files = Vec::new();
        let text = serde_json::to_vec_pretty(&register).expect("a register is text and numbers");
        let issue = Issue {
            period,
            version,
            closing,
            per,
            date,
            time,
            formats,
            first: self.manifest.next_number(),
            count: register.documents.len() as u64,
            register: keep(REGISTER, &text, &mut files),
            bundles,
            previous: self.manifest.issues_end(),
        };
        let mut manifest = self.manifest.clone();
        manifest.issued = Some(issue.digest());
        manifest.issues.push(issue.clone());
        self.commit(manifest, files)?;
        Ok(issue)
    }
}
