//! Bills: drafts of what each recipient has to pay, which come to the report. Nothing is written to a book.

mod manifest;

pub use self::manifest::BillsManifest;
use super::drawing::drawn_in_order;
use super::prepare::Preparation;
use super::question::{Detail, Layout, Question, Seen};
use super::report::Rejected;
use super::statements::check_complete;
use super::watch::Watch;
use crate::aggregate::about_months;
use crate::bill::{Bill, BillPart, BillSpec, Bills, Lacking, Sender, lacking};
use crate::conflict::Conflict;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::folder::NewFolder;
use crate::filter::Filter;
use crate::ingest::InputFile;
use crate::report::{Provenance, ReportSpec};
use crate::write::bill::{
    Attachment, BillFormat, BillWriter, MailedBill, REGISTER, write_draft, write_mail_merge,
};
use crate::write::csv::CsvOptions;
use crate::write::mailing;
use crate::write::output::OutputEntry;
use crate::write::put;

/// Bills that are asked for.
#[derive(Clone, Debug)]
pub struct BillsQuestion<'q> {
    /// What is billed. It has to have a period, and prices: given ones, or those that months of a book were closed with.
    pub records: Question<'q>,
    /// Who gets a bill: customers, projects, or the values of an attribute.
    pub per: Dimension,
    /// Who sends them.
    pub sender: Sender,
    /// Whether bills are made though usage is probably missing.
    pub accepts_incomplete: bool,
}

/// Bills that can be drawn.
#[derive(Debug)]
pub struct MadeBills {
    /// What each recipient has to pay.
    pub bills: Bills,
    /// What was computed.
    pub spec: ReportSpec,
    /// Where the amounts come from, and what to know of them.
    pub provenance: Provenance,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
    /// Whether any bill of the period has VAT.
    pub has_vat: bool,
}

/// In which forms bills are drawn.
#[derive(Clone, Copy, Debug)]
pub struct BillForms<'a> {
    /// One file of each for every bill.
    pub formats: &'a [BillFormat],
    /// Choices for lines in CSV and for the table for mail merge.
    pub csv: &'a CsvOptions,
    /// Whether there is a draft of an e-mail for each bill.
    pub has_mail: bool,
}

/// A bill that is on disk.
#[derive(Debug)]
pub struct DrawnBill {
    /// The names of its files, one for each format.
    pub names: Vec<String>,
    /// Its files.
    pub entries: Vec<OutputEntry>,
    /// Whether its PDF spells out characters that no font has.
    pub spells_out: bool,
}

/// All bills, on disk, with what is beside them.
#[derive(Debug)]
pub struct DrawnBills {
    /// In the order of the bills.
    pub bills: Vec<DrawnBill>,
    /// A table for mail merge.
    pub beside: Vec<OutputEntry>,
}

/// Makes a draft of a bill for each recipient.
///
/// # Errors
/// As of [`report`](super::report), and usage of which some is probably missing, unless that is accepted; no prices or no
/// period; amounts without a recipient; attributes that contradict each other.
pub fn bills(question: &BillsQuestion<'_>, watch: &dyn Watch) -> Result<MadeBills> {
    let records = &question.records;
    if records.tariff.is_none() && records.book().is_none() {
        return Err(Error::NoPrices);
    }
    if let Some(filter) = records.filters.given().find(|filter| !is_of_whole(*filter, question.per)) {
        return Err(Error::BillsOfParts { per: question.per.name(), filter: filter.name() });
    }
    let spec = |seen: &Seen| Layout::by(vec![question.per]).spec(seen.calendar, seen.period);
    let asked = |seen: &Seen| Preparation::of(&spec(seen)).with(records, *seen);
    let (accepted, asked) = records.given(Detail::Figures, asked, watch)?;
    if !question.accepts_incomplete {
        check_complete(&records.doubts(asked.seen.period, accepted.notices())?)?;
    }
    let seen = asked.seen;
    let mut prepared = accepted.resolved(&asked)?.prepared(&asked)?;
    let Some(period) = seen.period else { return Err(Conflict::BillsWithoutPeriod.into()) };
    let (per, sender) = (question.per, question.sender.clone());
    let bills = prepared.bills(BillSpec { per, period, date: seen.calendar.as_of, sender })?;
    watch.check()?;
    let rejected = Rejected::of(&mut prepared);
    let (spec, files) = (spec(&seen), prepared.files);
    let mut provenance = about_months(&prepared.frame, &spec, prepared.provenance);
    records.book().iter().for_each(|book| book.acknowledge(&mut provenance.notices));
    let has_vat = bills.bills.iter().flat_map(|bill| &bill.parts).any(BillPart::has_vat);
    Ok(MadeBills { bills, spec, provenance, files, rejected, has_vat })
}

/// Whether a filter takes or leaves whole recipients. What an attribute puts on one bill may be of several customers.
fn is_of_whole(filter: Filter, per: Dimension) -> bool {
    match filter {
        Filter::CustomerUuid | Filter::Customer => matches!(per, Dimension::Customer | Dimension::Project),
        Filter::ProjectUuid | Filter::Project => per == Dimension::Project,
        _ => false,
    }
}

impl MadeBills {
    /// The bills with amounts that have no rate of VAT though they need one: the sender has a VAT number, and other bills have
    /// VAT. `None` if there are none.
    pub fn without_due_rate(&self) -> Option<String> {
        let is_due = self.bills.spec.sender.vat_number.is_some() && self.has_vat;
        if is_due { lacking(&self.bills.bills, Lacking::VatRate) } else { None }
    }

    /// Draws all bills into a folder, as many at a time as there are cores, with a table for mail merge.
    ///
    /// # Errors
    /// A file that cannot be written, a template that cannot be set, a format that this build does not have.
    pub fn draw(&self, forms: BillForms<'_>, folder: &NewFolder, watch: &dyn Watch) -> Result<DrawnBills> {
        let BillForms { formats, csv, .. } = forms;
        let writer = BillWriter::new(&self.bills.spec, formats, csv)?;
        let bills = &self.bills.bills;
        let draw = |at: usize| draw_one(&bills[at], &writer, forms, folder);
        let drawn = drawn_in_order(bills.len(), watch, draw)?;
        let mailed = bills.iter().zip(&drawn).map(|(bill, drawn)| MailedBill { bill, files: &drawn.names });
        let mailed: Vec<MailedBill<'_>> = mailed.collect();
        let register = folder
            .write(REGISTER, |out| write_mail_merge(&mailed, formats, self.bills.spec.period, csv, out))?;
        let beside = vec![OutputEntry::new(&REGISTER, bills.len(), register)];
        Ok(DrawnBills { bills: drawn, beside })
    }
}

/// What the files of a bill begin with.
pub(super) fn stem(bill: &Bill) -> String {
    mailing::stem(&bill.recipient.name, bill.recipient.uuid)
}

fn draw_one(
    bill: &Bill,
    writer: &BillWriter<'_>,
    forms: BillForms<'_>,
    folder: &NewFolder,
) -> Result<DrawnBill> {
    let stem = stem(bill);
    let mut drawn = DrawnBill { names: Vec::new(), entries: Vec::new(), spells_out: writer.spells_out(bill) };
    for (at, format) in forms.formats.iter().enumerate() {
        let name = format!("{stem}.{}", format.name());
        let mut bytes = Vec::new();
        writer.write(bill, *format, &mut bytes)?;
        let digest = folder.write(&name, |out| put(&bytes, out))?;
        if at == 0 && forms.has_mail {
            let data = writer.data(bill);
            drawn.entries.push(write_mail(&stem, &data, Attachment { name: &name, bytes: &bytes }, folder)?);
        }
        drawn.entries.push(OutputEntry::new(&name, bill.lines(), digest));
        drawn.names.push(name);
    }
    Ok(drawn)
}

/// Writes a draft of an e-mail that has the first of a bill's files attached.
pub(super) fn write_mail(
    stem: &str,
    data: &[u8],
    attachment: Attachment<'_>,
    folder: &NewFolder,
) -> Result<OutputEntry> {
    let name = format!("{stem}.eml");
    let digest = folder.write(&name, |out| write_draft(data, attachment, out))?;
    Ok(OutputEntry::new(&name, 1, digest))
}
