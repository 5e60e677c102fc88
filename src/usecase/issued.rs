//! What was issued, written into a folder from the book: the documents, a table for mail merge, and the register.

use std::collections::BTreeSet;
use std::io::Write;

use super::bills::write_mail;
use super::issue::per_of;
use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::book::{Book, Issue, IssuedDocument, IssuedFile};
use crate::currency::Currency;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::folder::NewFolder;
use crate::period::BillingPeriod;
use crate::write::bill::{self, Attachment, BillFormat, ISSUED_REGISTER, RegisterRow};
use crate::write::csv::CsvOptions;

/// What was written into a folder.
#[derive(Clone, Debug)]
pub struct WrittenIssue {
    /// The number of the first document and of the last; `None` if nothing had to be issued.
    pub numbers: Option<(String, String)>,
    /// How many bills, credit notes and debit notes there are.
    pub kinds: [usize; 3],
    /// What the documents come to without VAT, by currency.
    pub nets: Vec<(Currency, Amount)>,
}

/// What was issued of a version of a month; `None` if nothing was yet.
///
/// # Errors
/// Other recipients or formats than it was issued with.
pub fn issued<'b>(
    book: &'b Book,
    (period, version): (BillingPeriod, u32),
    per: Option<Dimension>,
    formats: &[BillFormat],
) -> Result<Option<&'b Issue>> {
    let refused = |reason| Err(Error::NotBilled { period, reason });
    if let (Some(per), Some(known)) = (per, book.issues_of(period).next())
        && per != per_of(book, known)
    {
        let known = &known.per;
        return refused(format!("it was billed per {known}; it cannot be billed per {} as well", per.name()));
    }
    let Some(issue) = book.issues_of(period).find(|issue| issue.version == version) else { return Ok(None) };
    let asked: Vec<&str> = formats.iter().map(|format| format.name()).collect();
    if !asked.is_empty() && asked != issue.formats {
        let known = issue.formats.join(",");
        return refused(format!(
            "v{version} was issued as {known}; it cannot be issued as {} as well",
            asked.join(",")
        ));
    }
    Ok(Some(issue))
}

/// Writes all documents of an issue into a folder as the book has them, and the register of the month up to it.
///
/// # Errors
/// Damage, a file that cannot be written.
pub fn write_issued(
    book: &Book,
    issue: &Issue,
    csv: &CsvOptions,
    has_mail: bool,
    folder: &NewFolder,
) -> Result<WrittenIssue> {
    let register = book.register(issue)?;
    let data: BTreeSet<&str> =
        register.documents.iter().map(|document| document.data.name.as_str()).collect();
    // The first file of each document is attached to its e-mail.
    let attached = |file: &IssuedFile| {
        let is_first = |document: &&IssuedDocument| document.files.first().is_some_and(|first| first == file);
        has_mail && register.documents.iter().any(|document| is_first(&document))
    };
    let mut mail = PendingMail::default();
    book.issued_files(issue, |file, bytes| {
        if data.contains(file.name.as_str()) {
            return match has_mail {
                true => mail.put(Some(bytes.to_vec()), None, folder),
                false => Ok(()),
            };
        }
        if attached(file) {
            mail.put(None, Some((file.name.clone(), bytes.to_vec())), folder)?;
        }
        let write = |out: &mut dyn Write| out.write_all(bytes).map_err(|source| Error::Output { source });
        folder.write(&file.name, write).map(drop)
    })?;
    let mut of_month = Vec::new();
    for issue in book.issues_of(issue.period).filter(|other| other.version <= issue.version) {
        of_month.push((issue, book.register(issue)?.documents));
    }
    folder.write(ISSUED_REGISTER, |out| write_register(&of_month, csv, out))?;
    let mut nets: Vec<(Currency, Amount)> = Vec::new();
    let mut kinds = [0; 3];
    for document in &register.documents {
        kinds[document.kind as usize] += 1;
        for amount in &document.amounts {
            let Some(currency) = Currency::parse(&amount.currency) else { continue };
            let net = amount_of(&amount.net, &amount.currency);
            match nets.iter_mut().find(|(known, _)| *known == currency) {
                Some((_, sum)) => *sum += net,
                None => nets.push((currency, net)),
            }
        }
    }
    nets.sort_by_key(|(currency, _)| *currency);
    let number = |document: &IssuedDocument| document.number.clone();
    let numbers = register.documents.first().map(number).zip(register.documents.last().map(number));
    Ok(WrittenIssue { numbers, kinds, nets })
}

/// What is known so far of the document whose files are being written.
#[derive(Default)]
struct PendingMail {
    data: Option<Vec<u8>>,
    attachment: Option<(String, Vec<u8>)>,
}

impl PendingMail {
    /// Takes what is there, and writes the e-mail once all is there. The files of a document come one after the other.
    fn put(
        &mut self,
        data: Option<Vec<u8>>,
        attachment: Option<(String, Vec<u8>)>,
        folder: &NewFolder,
    ) -> Result<()> {
        self.data = data.or(self.data.take());
        self.attachment = attachment.or(self.attachment.take());
        if let (Some(data), Some((name, bytes))) = (&self.data, &self.attachment) {
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            write_mail(stem, data, Attachment { name, bytes }, folder)?;
            *self = Self::default();
        }
        Ok(())
    }
}

/// The rows of the register of some issues.
fn write_register(
    issues: &[(&Issue, Vec<IssuedDocument>)],
    csv: &CsvOptions,
    out: &mut dyn Write,
) -> Result<()> {
    let formats = BillFormat::ALL.map(BillFormat::name);
    let is_used =
        |format: &&str| issues.iter().any(|(issue, _)| issue.formats.iter().any(|one| one == format));
    let formats: Vec<&str> = formats.into_iter().filter(is_used).collect();
    let mut rows = Vec::new();
    for (issue, documents) in issues {
        for document in documents {
            let file = |format: &&str| {
                let place = issue.formats.iter().position(|one| one == format)?;
                document.files.get(place).map(|file| (&*file.name, &*file.sha256))
            };
            let files: Vec<_> = formats.iter().map(file).collect();
            rows.extend(document.amounts.iter().map(|amount| {
                RegisterRow {
                    version: issue.version,
                    number: &document.number,
                    kind: document.kind,
                    recipient: &document.recipient,
                    name: &document.name,
                    date: issue.date,
                    due: document.due,
                    corrects: &document.corrects,
                    currency: &amount.currency,
                    amounts: [&amount.net, &amount.vat, &amount.total]
                        .map(|digits| amount_of(digits, &amount.currency)),
                    files: files.clone(),
                }
            }));
        }
    }
    bill::write_register(&rows, &formats, csv, out)
}

/// An amount that the book has as text.
pub(super) fn amount_of(digits: &str, currency: &str) -> Amount {
    let places = Currency::parse(currency).map_or(AMOUNT_DECIMALS, |currency| currency.minor_unit());
    let exact = Amount::parse(digits.as_bytes(), AMOUNT_DECIMALS).unwrap_or(Amount::ZERO);
    Amount::new(exact.thousandths(), places)
}
