//! One verdict on records, with what could not be looked for.

use std::sync::Arc;

use super::frozen::Frozen;
use super::prepare::{Preparation, Prepared, Rejecting};
use super::question::{Detail, Layout, Question, Seen, Source};
use super::report::Rejected;
use super::watch::{Watch, reading};
use crate::book::{Book, Version};
use crate::check::{self, ChargedAmounts, Charges, Subject};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::filter::Filters;
use crate::ingest::{InputFile, Intake, Progress, ServerCounts};
use crate::notice::{Code, Notice, Severity};
use crate::objects::{
    ComponentUsageReading, ComponentUsages, InvoiceItems, InvoiceReading, read_component_usages,
    read_invoice_items,
};
use crate::pack::Checked;
use crate::period::PeriodRange;
use crate::price::Tariff;
use crate::report::{Basis, Unpriced};
use crate::tabular::Locale;
use crate::verdict::Verdict;
use crate::worklist::Worklist;

/// What is to be checked, and against what.
#[derive(Clone, Debug)]
pub struct CheckQuestion<'q> {
    /// Which records are checked. Its filters and attributes are not used: the checks need whole months. Its prices serve to
    /// compare amounts of invoices and to say what is at stake; usage without a price is left out of both.
    pub records: Question<'q>,
    /// Dumps of component usages; those of the book where there is none.
    pub parents: Vec<String>,
    /// Dumps of invoices.
    pub invoices: Vec<String>,
    /// How invoices that are tables are written, if it is stated.
    pub locale: Option<Locale>,
    /// Whether dumps that are known to have lost records are taken.
    pub accepts_incomplete: bool,
}

impl<'q> CheckQuestion<'q> {
    /// With nothing to compare the records with but what a book has.
    pub fn new(records: Question<'q>) -> Self {
        Self { records, parents: Vec::new(), invoices: Vec::new(), locale: None, accepts_incomplete: false }
    }
}

/// A verdict, and the records that it could not look at.
#[derive(Debug)]
pub struct Checks {
    /// What was found, what was not, and what could not be looked for.
    pub verdict: Verdict,
    /// The same line by line, with what is at stake if there are prices.
    pub worklist: Worklist,
    /// Every file that was read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// Makes all checks that can be made. Rejected records are part of the verdict, unless they are listed elsewhere.
///
/// # Errors
/// Inputs that cannot be read.
pub fn check(question: &CheckQuestion<'_>, watch: &dyn Watch) -> Result<Checks> {
    let records = &question.records;
    let rejecting = records.rejects.as_deref().map_or(Rejecting::Judged, Rejecting::Listed);
    let (accepted, seen) = records.read(Detail::Figures, |_, _| true, rejecting, watch)?;
    let mut intake = accepted.into_intake();
    let parents = reading(watch, |progress| question.parents(&seen, progress))?.map(Arc::new);
    let invoices = reading(watch, |progress| question.invoices(&seen, progress))?;
    intake.files.extend(parents.iter().flat_map(|usages| usages.files.clone()));
    intake.files.extend(invoices.iter().flat_map(|items| items.files.clone()));
    let none = Faults::default();
    let faults = if records.rejects.is_some() { &none } else { &intake.faults };
    // What has no price is no error here.
    let lenient =
        |tariff: &Tariff| Tariff { unpriced: tariff.unpriced.or(Some(Unpriced::Omit)), ..tariff.clone() };
    let tariff = records.tariff.map(lenient);
    let asked = Question { tariff: tariff.as_ref(), ..records.clone() };
    let priced = priced(&asked, &intake, parents.clone(), invoices.is_some(), &seen)?;
    let charges = match (&invoices, &priced) {
        (Some(_), Some(priced)) => charges(priced)?,
        _ => NOT_CHARGED,
    };
    let parties = Parties { parents: parents.as_deref(), invoices: invoices.as_ref(), charges: &charges };
    let verdict = judged(&intake, &records.source, &parties, faults, &seen)?;
    watch.check()?;
    let rejected = Rejected { count: intake.faults.count(), records: intake.rejects };
    let files = intake.files;
    Ok(match priced {
        Some(Prepared { frame, provenance, .. }) => {
            let Checked { verdict, worklist, .. } = Checked::new(verdict, &frame, seen.period, &provenance);
            Checks { verdict, worklist, files, rejected }
        }
        None => Checks { worklist: Worklist::new(&verdict), verdict, files, rejected },
    })
}

/// All checks that can be made with what was read, and with component usages: those given, or else a book's.
pub(super) fn verdict(
    intake: &Intake,
    source: &Source<'_>,
    given: Option<Arc<ComponentUsages>>,
    seen: &Seen,
    watch: &dyn Watch,
) -> Result<Verdict> {
    let parents = match (given, source) {
        (None, Source::Book(book, version)) => {
            book.component_usages(version.as_ref(), false, watch.progress())?.map(Arc::new)
        }
        (given, _) => given,
    };
    let parties = Parties { parents: parents.as_deref(), invoices: None, charges: &NOT_CHARGED };
    judged(intake, source, &parties, &Faults::default(), seen)
}

/// What records are compared with.
struct Parties<'a> {
    parents: Option<&'a ComponentUsages>,
    invoices: Option<&'a InvoiceItems>,
    charges: &'a Charges,
}

const NOT_CHARGED: Charges = Charges::Unknown(
    "no prices are given; name a price list, or check months that were closed with one, and the invoices' amounts are compared",
);

fn judged(
    intake: &Intake,
    source: &Source<'_>,
    &Parties { parents, invoices, charges }: &Parties<'_>,
    faults: &Faults,
    seen: &Seen,
) -> Result<Verdict> {
    let book = match source {
        Source::Book(book, _) => Some(*book),
        Source::Inputs(_) => None,
    };
    let vanished = book.map(|book| vanished(book, seen.period)).transpose()?.unwrap_or_default();
    let mut notices = [intake.notices.as_slice(), &vanished].concat();
    if let (Source::Book(book, version), Some(period)) = (source, seen.period) {
        let own = book.doubts(period, version.as_ref())?;
        let is_own = |notice: &Notice| own.iter().any(|own| own.is_same(notice));
        // What other months lack is a decision of theirs.
        let others = notices.iter_mut().filter(|notice| notice.code == Code::Incomplete && !is_own(notice));
        others.for_each(|notice| notice.severity = Severity::Note);
    }
    let mut verdict = check::run(&Subject {
        frame: &intake.frame,
        is_book: book.is_some(),
        accounting: intake.accounting,
        notices: &notices,
        server_counts: &intake.server_counts,
        faults,
        parents,
        invoices,
        charges,
        as_of: seen.calendar.as_of,
        timezone: seen.timezone,
        period: seen.period,
    });
    book.iter().for_each(|book| book.acknowledge(verdict.checks.iter_mut().map(|check| &mut check.notice)));
    Ok(verdict)
}

/// What is reported of customers that later deliveries of the months lack.
fn vanished(book: &Book, asked: Option<PeriodRange>) -> Result<Vec<Notice>> {
    let months = book.months().map(|(period, _)| period);
    let months = months.filter(|period| asked.is_none_or(|range| range.contains(*period)));
    Ok(months.map(|period| book.vanished_customers(period)).collect::<Result<Vec<_>>>()?.concat())
}

impl CheckQuestion<'_> {
    fn parents(&self, seen: &Seen, progress: &Progress) -> Result<Option<ComponentUsages>> {
        let reading = ComponentUsageReading {
            timezone: seen.timezone,
            accepts_incomplete: self.accepts_incomplete,
            keeps_fields: false,
        };
        match &self.records.source {
            Source::Book(book, version) if self.parents.is_empty() => {
                book.component_usages(version.as_ref(), false, progress)
            }
            _ if self.parents.is_empty() => {
                component_usages(&self.records.parents_or_staged(), None, reading, progress)
            }
            _ => component_usages(&self.parents, None, reading, progress),
        }
    }

    fn invoices(&self, seen: &Seen, progress: &Progress) -> Result<Option<InvoiceItems>> {
        let reading = InvoiceReading {
            timezone: seen.timezone,
            locale: self.locale,
            accepts_incomplete: self.accepts_incomplete,
        };
        let read = |dumps: &Vec<String>| read_invoice_items(dumps, reading, progress);
        Some(&self.invoices).filter(|dumps| !dumps.is_empty()).map(read).transpose()
    }
}

/// The records with what the prices make of them: those given, or those that months were closed with; `None` if there are
/// none.
fn priced<'q>(
    records: &Question<'q>,
    intake: &Intake,
    parents: Option<Arc<ComponentUsages>>,
    has_invoices: bool,
    seen: &Seen,
) -> Result<Option<Prepared<'q>>> {
    let (has_tariff, is_as_closed) = (
        records.tariff.is_some(),
        matches!(records.source, Source::Book(_, None | Some(Version::Closed(_)))),
    );
    // What a closed month is by now may have usage that its prices do not know.
    if !has_tariff && !has_invoices && !is_as_closed {
        return Ok(None);
    }
    let records = Question {
        filters: Filters::default(),
        pseudonyms: None,
        attributes: None,
        basis: None,
        ..records.clone()
    };
    let spec = Layout::by(vec![Dimension::Period]).spec(seen.calendar, seen.period);
    let asked = Preparation::of(&spec).with(&records, *seen);
    let frozen = match records.frozen((&asked.priced, &[]), seen, &intake.frame.months) {
        // Months of unlike bases have no amounts in common, and nobody asked for any.
        Err(Error::FrozenBasisDiffers { .. }) if !has_tariff && !has_invoices => return Ok(None),
        frozen => frozen?,
    };
    let Frozen { tariffs, basis, .. } = frozen;
    if !has_tariff && tariffs.is_empty() {
        return Ok(None);
    }
    let asked = Preparation { frozen: tariffs, basis, component_usages: parents, ..asked };
    Prepared::new(figures_of(intake), &asked).map(Some)
}

/// What the prices make of the component usages.
fn charges(priced: &Prepared<'_>) -> Result<Charges> {
    if priced.provenance.based.on != Basis::ComponentUsage {
        let reason = "the price list rates the users' records, and invoices bill component usages; give those of every month";
        return Ok(Charges::Unknown(reason));
    }
    let frame = &priced.frame;
    let mut amounts = ChargedAmounts::default();
    for line in priced.charge_lines()? {
        let resource = frame.resources[line.resource as usize].uuid;
        let component_type = &frame.component_types[line.component_type as usize];
        amounts.add((resource, component_type, line.period), line.currency, line.amount);
    }
    Ok(Charges::Known(amounts))
}

/// The records alone, with nothing to be said of them.
pub(super) fn figures_of(intake: &Intake) -> Intake {
    Intake {
        frame: intake.frame.clone(),
        accounting: intake.accounting,
        faults: Faults::default(),
        rejects: None,
        notices: Vec::new(),
        files: Vec::new(),
        index_time: intake.index_time,
        dumps: Vec::new(),
        record_files: Vec::new(),
        states: intake.states.clone(),
        server_counts: ServerCounts::Known,
    }
}

/// Component usages of dumps, or those that were taken into a book if no dump is named.
///
/// # Errors
/// Dumps that cannot be read, a book that is damaged.
pub fn component_usages(
    dumps: &[String],
    book: Option<&Book>,
    reading: ComponentUsageReading,
    progress: &Progress,
) -> Result<Option<ComponentUsages>> {
    match (dumps, book) {
        ([], Some(book)) => book_component_usages(book, reading.keeps_fields, progress),
        ([], None) => Ok(None),
        (dumps, _) => read_component_usages(dumps, reading, progress).map(Some),
    }
}

/// The component usages that were taken into a book, as they are now; `keeps_fields` to show single ones.
///
/// # Errors
/// A book that is damaged.
pub fn book_component_usages(
    book: &Book,
    keeps_fields: bool,
    progress: &Progress,
) -> Result<Option<ComponentUsages>> {
    book.component_usages(Some(&Version::Now), keeps_fields, progress)
}
