//! Single records: those that pass filters.

use super::prepare::{Preparation, Prepared};
use super::question::{AsOf, Detail, Question, Seen, Source};
use super::report::Rejected;
use super::watch::Watch;
use crate::error::Result;
use crate::ingest::InputFile;
use crate::join::FrozenAttributes;
use crate::listing::retrieve;
use crate::period::BillingPeriod;
use crate::report::{Provenance, ReportSpec};
use crate::usage::UsageFrame;

/// Records with their details.
#[derive(Debug)]
pub struct Records {
    /// The records that pass the filters, with the details of each.
    pub frame: UsageFrame,
    /// Where they come from, and what to know of them.
    pub provenance: Provenance,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// One record among those that were read.
#[derive(Debug)]
pub struct Found {
    /// All records that were read to find it.
    pub records: Records,
    /// Its row in the frame; `None` if there is no such record.
    pub row: Option<u32>,
}

/// Takes the records that pass the filters, of those months of a book that are wanted.
///
/// # Errors
/// Inputs that cannot be read, rejected records without a place for them, names that nobody or several have.
pub fn records(
    question: &Question<'_>,
    is_wanted: impl Fn(BillingPeriod) -> bool,
    watch: &dyn Watch,
) -> Result<Records> {
    // Whatever the day: it is known already, and nothing is reported.
    let as_of = question.as_of.or(Some(AsOf::Time(question.clock)));
    let question = Question { as_of, ..question.clone() };
    let is_asked =
        |seen: &Seen, month| seen.period.is_none_or(|range| range.contains(month)) && is_wanted(month);
    let (accepted, seen) = question.read(Detail::Records, is_asked, question.rejecting(), watch)?;
    let resolved = accepted.of_users().joined(question.attributes, &FrozenAttributes::default())?.resolved(
        question.filters.clone(),
        false,
        question.book(),
    )?;
    let asked = Preparation::of(&ReportSpec::monthly(seen.calendar.as_of)).with(&question, seen);
    let mut prepared = resolved.prepared(&asked)?;
    watch.check()?;
    let rejected = Rejected::of(&mut prepared);
    let Prepared { frame, provenance, files, .. } = prepared;
    Ok(Records { frame, provenance, files, rejected })
}

/// Finds a record by its uuid, in those months of a book that have it.
///
/// # Errors
/// As of [`records`].
pub fn record(question: &Question<'_>, uuid: u128, watch: &dyn Watch) -> Result<Found> {
    let months = match &question.source {
        Source::Inputs(_) => Vec::new(),
        Source::Book(book, version) => book.months_of(uuid, version.as_ref())?,
    };
    let records = records(question, |period| months.iter().any(|month| month.contains(period)), watch)?;
    let row = retrieve(&records.frame, uuid)?;
    Ok(Found { records, row })
}
