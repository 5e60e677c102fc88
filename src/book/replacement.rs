//! How a closed version of a month was replaced by a later one.

use std::fmt;

use chrono::NaiveDate;

use super::decode::read_rows;
use super::manifest::Closing;
use super::rows::{Rows, Texts};
use super::version::Version;
use super::{Book, add};
use crate::error::Result;
use crate::ingest::Progress;
use crate::period::{BillingPeriod, day_in_words};
use crate::text::counted;

/// How a closed version of a month was replaced.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replacement<'a> {
    pub(crate) version: u32,
    /// The version after it.
    pub next: &'a Closing,
    /// The day of that version's cut-off, in the book's time zone.
    pub day: NaiveDate,
    /// How many records differ between the two.
    pub records: u64,
    /// How many component usages differ.
    pub component_usages: u64,
    /// The latest version of the month.
    pub latest: u32,
}

/// `Version 1, replaced by version 2 with usage up to 20 June 2026; 57 records differ.`, or `…; 0 records and 2 component
/// usages differ.`
impl fmt::Display for Replacement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (day, version, next) = (day_in_words(self.day), self.version, self.next.version);
        let records = counted(self.records, "record");
        let differing = match (self.component_usages, self.records) {
            (0, 1) => format!("{records} differs"),
            (0, _) => format!("{records} differ"),
            (usages, _) => format!("{records} and {} differ", counted(usages, "component usage")),
        };
        write!(f, "Version {version}, replaced by version {next} with usage up to {day}; {differing}.")?;
        match self.latest == next {
            true => Ok(()),
            false => write!(f, " Version {} is the latest.", self.latest),
        }
    }
}

impl Book {
    /// Who closed a version of a month, when and why; `None` if it is no closed version, or nothing is known of that.
    ///
    /// # Errors
    /// A version that the month does not have, a book that is damaged.
    pub(crate) fn closed_by(&self, period: BillingPeriod, version: u32) -> Result<Option<String>> {
        Ok(self.closing(period, version)?.describe_who(self.timezone()?))
    }

    /// What replaced a closed version of a month; `None` if it is the latest one, or no closed version.
    ///
    /// # Errors
    /// A version that the month does not have; files of the book that are damaged or missing.
    pub(crate) fn replacement(
        &self,
        period: BillingPeriod,
        version: &Version,
        progress: &Progress,
    ) -> Result<Option<Replacement<'_>>> {
        let Version::Closed(number) = version else { return Ok(None) };
        let closing = self.closing(period, *number)?;
        let Ok(next) = self.closing(period, number + 1) else { return Ok(None) };
        let mut texts = Texts::default();
        let mut rows = |closing: &Closing| match &closing.state.file {
            Some(file) => read_rows(self.store.open(file)?, &mut texts),
            None => Ok(Rows::default()),
        };
        let (before, after) = (rows(closing)?, rows(next)?);
        let latest = self.month(period)?.closings.last().map_or(next.version, |closing| closing.version);
        let day = next.cut_off.with_timezone(&self.timezone()?).date_naive();
        let records = add::differences(&before, &after, &texts);
        let versions = [version, &Version::Closed(next.version)];
        let component_usages = self.component_usages_between(period, versions, progress)?;
        Ok(Some(Replacement { version: *number, next, day, records, component_usages, latest }))
    }
}
