//! Issuing bills of a closed month, and credit and debit notes of a restated one: all of it in one commit of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use chrono::{DateTime, Days, NaiveDate, SubsecRound as _, Utc};

use super::bills::{BillsQuestion, MadeBills, bills, stem};
use super::drawing::drawn_in_order;
use super::question::{AsOf, Question, Source};
use super::watch::{Event, Watch};
use crate::amount::Amount;
use crate::bill::{Bill, BillPart, BillSpec, Bills, DocumentRef, Issued, Lacking, Sender, lacking};
use crate::book::{
    Book, BookWriter, Issue, IssueRegister, IssueRequest, IssuedAmount, IssuedDocument, IssuedFile, KeptFile,
    Version,
};
use crate::currency::Currency;
use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::write::bill::{BillFormat, BillWriter, MailedBill, REGISTER, write_mail_merge};
use crate::write::csv::CsvOptions;

/// Bills or notes that are to be issued.
#[derive(Clone, Debug)]
pub struct IssueQuestion {
    /// The month, which is closed with amounts.
    pub period: BillingPeriod,
    /// Its last version.
    pub version: u32,
    /// Who gets a bill: customers, projects, or the values of an attribute.
    pub per: Dimension,
    /// Who sends them.
    pub sender: Sender,
    /// In which formats they are drawn.
    pub formats: Vec<BillFormat>,
    /// How tables are written.
    pub csv: CsvOptions,
    /// The date of issue.
    pub date: NaiveDate,
    /// The time now.
    pub clock: DateTime<Utc>,
}

/// Bills or notes of which drafts are asked for, before they are issued.
#[derive(Clone, Debug)]
pub struct IssueDraftQuestion {
    /// The month, which is closed with amounts.
    pub period: BillingPeriod,
    /// Its last version.
    pub version: u32,
    /// Who gets a bill, as the month was billed before.
    pub per: Dimension,
    /// Who sends them.
    pub sender: Sender,
    /// The date of the drafts; without one, the day as of which the book is.
    pub date: Option<NaiveDate>,
    /// The time now.
    pub clock: DateTime<Utc>,
}

/// All documents of a version, without numbers, in the order of the recipients.
struct Plan {
    documents: Vec<Bill>,
    /// What the version itself comes to; its bills are not there any more.
    made: MadeBills,
}

/// How many documents are in one archive of the book.
const BUNDLE_DOCUMENTS: usize = 32;

/// Issues what a month's last version asks for: bills, or what changed since the documents that each recipient has.
///
/// # Errors
/// A version that cannot be billed, amounts without a recipient, a number that is taken, a template that cannot be set, the
/// disk. No number is taken then.
pub fn issue(
    writer: &mut BookWriter,
    book: &Book,
    question: &IssueQuestion,
    watch: &dyn Watch,
) -> Result<Issue> {
    let IssueQuestion { period, version, per, date, clock, .. } = *question;
    book.billable(period, version)?;
    check_date(period, date, clock)?;
    let month = Month { book, period, per, sender: &question.sender, clock };
    let Plan { documents, made } = month.planned(version, watch)?;
    check_lacks(&documents, made.has_vat, question, watch)?;
    let numbered = numbered(documents, book, question)?;
    let spec = BillSpec { per, period: PeriodRange::month(period), date, sender: question.sender.clone() };
    let drawing = Drawing { writer, spec: &spec, formats: &question.formats, csv: &question.csv };
    let (register, bundles) = drawing.kept(&numbered, watch)?;
    watch.check()?;
    writer.issue(IssueRequest {
        period,
        version,
        per: per.name().to_owned(),
        date,
        time: clock.trunc_subsecs(6),
        formats: question.formats.iter().map(ToString::to_string).collect(),
        register,
        bundles,
    })
}

/// Makes drafts of what [`issue`] would issue: of a month that was billed before, the notes that correct its documents.
/// Nothing is written to the book.
///
/// # Errors
/// A version that cannot be billed, what keeps its bills from being made, damage.
pub fn draft_issue(book: &Book, question: &IssueDraftQuestion, watch: &dyn Watch) -> Result<MadeBills> {
    let IssueDraftQuestion { period, version, per, date, clock, .. } = *question;
    book.billable(period, version)?;
    let month = Month { book, period, per, sender: &question.sender, clock };
    let Plan { documents, mut made } = month.planned(version, watch)?;
    let mut totals: BTreeMap<Currency, Amount> = BTreeMap::new();
    for part in documents.iter().flat_map(|bill| &bill.parts) {
        *totals.entry(part.currency).or_insert(Amount::new(0, part.currency.minor_unit())) += part.net;
    }
    made.bills.totals = totals.into_iter().collect();
    made.bills.bills = documents;
    made.bills.without_amount = Vec::new();
    made.bills.spec.date = date.unwrap_or(made.bills.spec.date);
    Ok(made)
}

/// A document is dated no more days ahead than a quarter has: a wrong year would keep all later documents from being issued,
/// since their numbers are in the order of dates.
const DAYS_AHEAD_MAX: u64 = 92;

fn check_date(period: BillingPeriod, date: NaiveDate, clock: DateTime<Utc>) -> Result<()> {
    let today = clock.date_naive();
    let last = period.plus_months(1).first_day() - Days::new(1);
    let reason = match () {
        () if date < last => format!("the date of issue would be {date}, before the month ends on {last}"),
        () if date > today + Days::new(DAYS_AHEAD_MAX) => format!(
            "the date of issue would be {date}, more than {DAYS_AHEAD_MAX} days after today, {today}; later documents could not be \
             dated before it"
        ),
        () => return Ok(()),
    };
    Err(Error::NotBilled { period, reason })
}

/// Why the documents of an issue do not have the amounts that the versions of the month make; `None` if they have.
///
/// # Errors
/// What keeps bills from being made, damage.
pub(super) fn wrong_issue(
    book: &Book,
    issue: &Issue,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Option<String>> {
    let sender = Sender::default();
    let per = per_of(book, issue);
    let month = Month { book, period: issue.period, per, sender: &sender, clock };
    let planned = month.planned(issue.version, watch)?.documents;
    let register = book.register(issue)?;
    let mut made = planned.iter();
    for document in &register.documents {
        let is_same = made.next().is_some_and(|bill| {
            let corrects = bill.corrects.iter().map(|one| &one.number);
            bill.recipient.id() == document.recipient
                && bill.kind == document.kind
                && corrects.eq(&document.corrects)
                && amounts(bill) == document.amounts
        });
        if !is_same {
            let what = format!("{} is not what {} v{} makes", document.number, issue.period, issue.version);
            return Ok(Some(what));
        }
    }
    Ok(made.next().map(|bill| {
        format!("no document was issued to {} for {} v{}", bill.recipient.id(), issue.period, issue.version)
    }))
}

/// The documents of an issue, each with the bill that it was made of.
///
/// # Errors
/// What keeps bills from being made, damage, documents that are not what the versions of the month make.
pub(super) fn issued_bills(
    book: &Book,
    issue: &Issue,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Vec<(IssuedDocument, Bill)>> {
    let sender = Sender::default();
    let month = Month { book, period: issue.period, per: per_of(book, issue), sender: &sender, clock };
    let bills = month.planned(issue.version, watch)?.documents;
    let documents = book.register(issue)?.documents;
    let is_same = |(document, bill): (&IssuedDocument, &Bill)| document.recipient == bill.recipient.id();
    match documents.len() == bills.len() && documents.iter().zip(&bills).all(is_same) {
        true => Ok(documents.into_iter().zip(bills).collect()),
        false => Err(Error::BillsNotTied),
    }
}

/// Who gets a bill, as an issue has it.
pub(super) fn per_of(book: &Book, issue: &Issue) -> Dimension {
    let attribute = || {
        let known = book.closed_columns().into_iter().find(|column| column.name() == issue.per);
        Dimension::Attribute(known.unwrap_or_else(|| Attribute::new(&issue.per, Dimension::Customer)))
    };
    match &*issue.per {
        "customer" => Dimension::Customer,
        "project" => Dimension::Project,
        _ => attribute(),
    }
}

/// A month of a book that is billed.
struct Month<'a> {
    book: &'a Book,
    period: BillingPeriod,
    per: Dimension,
    sender: &'a Sender,
    clock: DateTime<Utc>,
}

impl Month<'_> {
    /// What each recipient has to pay by a version.
    fn made(&self, version: u32, watch: &dyn Watch) -> Result<MadeBills> {
        let source = Source::Book(self.book, Some(Version::Closed(version)));
        let records = Question {
            period: Some(AskedPeriod::Months(PeriodRange::month(self.period))),
            as_of: self.book.time().map(AsOf::Time),
            ..Question::new(source, self.clock)
        };
        let (per, sender) = (self.per, self.sender.clone());
        // Whether the month is complete was decided when it was closed.
        let question = BillsQuestion { records, per, sender, accepts_incomplete: true };
        let made = bills(&question, watch)?;
        self.check_frozen(&made.bills, version)?;
        Ok(made)
    }

    /// Sees that the bills come to the amounts that were frozen.
    fn check_frozen(&self, made: &Bills, version: u32) -> Result<()> {
        let money = self.book.closing(self.period, version)?.money.as_ref();
        let frozen = money.into_iter().flat_map(|money| &money.totals);
        let frozen: BTreeMap<&str, &str> =
            frozen.map(|total| (total.currency.as_str(), total.amount.as_str())).collect();
        let zero = Amount::ZERO.to_string();
        let is_frozen = made.totals.iter().all(|(currency, total)| {
            let frozen = frozen.get(currency.code()).copied();
            *total == Amount::ZERO && frozen.is_none_or(|frozen| frozen.trim_matches(['0', '.']).is_empty())
                || frozen.unwrap_or(&zero) == total.to_string()
        });
        is_frozen.then_some(()).ok_or(Error::BillsNotTied)
    }

    /// The bills or notes of a version, in the order of the recipients.
    fn planned(&self, version: u32, watch: &dyn Watch) -> Result<Plan> {
        let mut made = self.made(version, watch)?;
        let mut now = by_recipient(mem::take(&mut made.bills.bills));
        let mut had: BTreeMap<String, (u32, Vec<DocumentRef>)> = BTreeMap::new();
        for issue in self.book.issues_of(self.period).filter(|issue| issue.version < version) {
            for document in self.book.register(issue)?.documents {
                let (last, references) = had.entry(document.recipient).or_default();
                *last = issue.version;
                let (kind, number, date) = (document.kind, document.number, issue.date);
                references.push(DocumentRef { kind, number, date });
            }
        }
        let versions: BTreeSet<u32> = had.values().map(|(version, _)| *version).collect();
        let mut earlier = BTreeMap::new();
        for version in versions {
            earlier.insert(version, by_recipient(self.made(version, watch)?.bills.bills));
        }
        let recipients: BTreeSet<String> = now.keys().chain(had.keys()).cloned().collect();
        let mut documents = Vec::new();
        for recipient in recipients {
            let current = now.remove(&recipient);
            documents.extend(match had.remove(&recipient) {
                None => current,
                Some((last, corrects)) => {
                    let before = earlier.get(&last).and_then(|bills| bills.get(&recipient));
                    Bill::difference(before, current.as_ref(), corrects)?
                }
            });
        }
        Ok(Plan { documents, made })
    }
}

fn by_recipient(bills: Vec<Bill>) -> BTreeMap<String, Bill> {
    bills.into_iter().map(|bill| (bill.recipient.id(), bill)).collect()
}

/// What to do about amounts without a rate of VAT.
const VAT_REMEDY: &str = "add a vat_rate, 0 for none, or a vat_note that says why there is none, and restate the month with these attributes";

/// Warns of what documents lack. If the sender has a VAT number and other bills have VAT, an amount needs a rate, or a
/// sentence that says why there is none.
fn check_lacks(documents: &[Bill], has_vat: bool, question: &IssueQuestion, watch: &dyn Watch) -> Result<()> {
    let has_vat_number = question.sender.vat_number.is_some();
    match lacking(documents, Lacking::VatRate) {
        Some(lacking) if has_vat && has_vat_number => {
            let reason = format!("{lacking}; {VAT_REMEDY}");
            return Err(Error::NotBilled { period: question.period, reason });
        }
        Some(warning) if has_vat || has_vat_number => watch.note(Event::Warning(&warning)),
        _ => {}
    }
    if let Some(warning) = lacking(documents, Lacking::Address) {
        watch.note(Event::Warning(&warning));
    }
    Ok(())
}

/// The documents with their numbers.
fn numbered(documents: Vec<Bill>, book: &Book, question: &IssueQuestion) -> Result<Vec<Bill>> {
    let IssueQuestion { period, sender, date, .. } = question;
    let mut taken = BTreeSet::new();
    for issue in book.issues() {
        taken.extend(book.register(issue)?.documents.into_iter().map(|document| document.number));
    }
    let due = sender.due_days.and_then(|days| date.checked_add_days(Days::new(days.into())));
    let numbered = (book.next_number()..).zip(documents).map(|(place, bill)| {
        let number = sender.number.number(place, *date);
        if !taken.insert(number.clone()) {
            let reason = format!("the number {number} is taken; change bill.number in the configuration");
            return Err(Error::NotBilled { period: *period, reason });
        }
        let has_to_pay = bill.parts.iter().any(|part| part.total > Amount::ZERO);
        Ok(Bill { issued: Some(Issued { number, due: due.filter(|_| has_to_pay) }), ..bill })
    });
    numbered.collect()
}

/// Documents that are drawn and kept in the book's folder, before they are a part of the book.
struct Drawing<'a> {
    writer: &'a BookWriter,
    spec: &'a BillSpec,
    formats: &'a [BillFormat],
    csv: &'a CsvOptions,
}

impl Drawing<'_> {
    fn kept(&self, bills: &[Bill], watch: &dyn Watch) -> Result<(IssueRegister, Vec<KeptFile>)> {
        let press = BillWriter::new(self.spec, self.formats, self.csv)?;
        let bundles: Vec<&[Bill]> = bills.chunks(BUNDLE_DOCUMENTS).collect();
        let drawn = drawn_in_order(bundles.len(), watch, |at| self.bundle(bundles[at], &press, watch))?;
        let mut register = IssueRegister::default();
        let mut kept = Vec::new();
        for (documents, bundle) in drawn {
            register.documents.extend(documents);
            kept.push(bundle);
        }
        let names: Vec<Vec<String>> = bills.iter().map(|bill| self.names(bill)).collect();
        let mailed = bills.iter().zip(&names).map(|(bill, files)| MailedBill { bill, files });
        let mailed: Vec<MailedBill<'_>> = mailed.collect();
        let mut table = Vec::new();
        write_mail_merge(&mailed, self.formats, self.spec.period, self.csv, &mut table)?;
        register.beside.push(IssuedFile::new(REGISTER, &table));
        kept.push(self.writer.keep_documents(self.spec.date, &[(REGISTER.to_owned(), table)])?);
        Ok((register, kept))
    }

    fn bundle(
        &self,
        bills: &[Bill],
        press: &BillWriter<'_>,
        watch: &dyn Watch,
    ) -> Result<(Vec<IssuedDocument>, KeptFile)> {
        let (mut documents, mut files) = (Vec::new(), Vec::new());
        for bill in bills {
            watch.check()?;
            let issued = bill.issued.as_ref().expect("it has a number");
            let mut keep = |name: String, bytes: Vec<u8>| {
                let file = IssuedFile::new(&name, &bytes);
                files.push((name, bytes));
                file
            };
            let data = keep(format!("{}.json", issued_stem(bill)), press.data(bill));
            let mut of_document = Vec::new();
            for (name, format) in self.names(bill).into_iter().zip(self.formats) {
                let mut bytes = Vec::new();
                press.write(bill, *format, &mut bytes)?;
                of_document.push(keep(name, bytes));
            }
            documents.push(IssuedDocument {
                number: issued.number.clone(),
                kind: bill.kind,
                recipient: bill.recipient.id(),
                name: bill.recipient.name.clone(),
                due: issued.due,
                corrects: bill.corrects.iter().map(|one| one.number.clone()).collect(),
                amounts: amounts(bill),
                data,
                files: of_document,
            });
        }
        Ok((documents, self.writer.keep_documents(self.spec.date, &files)?))
    }

    /// The names of a document's files, one for each format.
    fn names(&self, bill: &Bill) -> Vec<String> {
        let stem = issued_stem(bill);
        self.formats.iter().map(|format| format!("{stem}.{format}")).collect()
    }
}

/// `2026-00003-acme-labs-289b…`: what the files of an issued document begin with.
fn issued_stem(bill: &Bill) -> String {
    let number = bill.issued.as_ref().map(|issued| issued.number.replace('/', "-"));
    format!("{}-{}", number.unwrap_or_default(), stem(bill))
}

fn amounts(bill: &Bill) -> Vec<IssuedAmount> {
    let amount = |part: &BillPart| {
        let zero = Amount::new(0, part.currency.minor_unit());
        IssuedAmount {
            currency: part.currency.to_string(),
            net: part.net.to_string(),
            vat: part.vat.iter().fold(zero, |sum, vat| sum + vat.amount).to_string(),
            total: part.total.to_string(),
        }
    };
    bill.parts.iter().map(amount).collect()
}
