//! The months of a book, added up by an engine → what a reading of them here gives.

use std::collections::BTreeMap;

use super::Engine;
use super::connection::Cluster;
use super::settled::{Desk, Names, in_months};
use super::source::Tables;
use super::text;
use crate::book::{Book, Version};
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::{Intake, Progress, Role, imprecise_usage, is_imprecise_double, shared_but_for_usernames};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;

const SEAM: &str = include_str!("sql/book_seam.sql");

impl Cluster<'_> {
    /// What reading these months here gives, but for usernames that are added up.
    ///
    /// # Errors
    /// A version that a month does not have or that is no file, an engine that refuses, or whose results disagree.
    pub(crate) fn read_book(
        &self,
        book: &Book,
        version: Option<&Version>,
        filters: &Filters,
        progress: &Progress,
        role: impl Fn(BillingPeriod) -> Role,
    ) -> Result<Intake> {
        let months = book.chosen_months(&role, version)?;
        let files = months.files()?;
        if files.is_empty() {
            // Nothing is left to read.
            return book.read_months(role, version, false);
        }
        let expected: BTreeMap<BillingPeriod, u64> =
            files.iter().map(|file| (file.period, file.records)).collect();
        let desk = Desk::new(self.connection, progress, SEAM);
        desk.define(&Tables::Book(files).statements(Engine::Spark, self.paths)?)?;
        desk.define(&text::parse(super::BOOK))?;
        check_months(&desk, &expected)?;

        let is_asked = |month: BillingPeriod| role(month) == Role::Asked;
        let mut names = Names::read(&desk)?;
        names.frame.months = expected.keys().map(|month| month.number()).collect();
        self.sums(&desk, &mut names, "1 = 1", filters, is_asked)?;
        names.check(expected.values().sum())?;
        let asked: Vec<&BillingPeriod> = expected.keys().filter(|month| is_asked(**month)).collect();
        let (mut shared_usernames, mut doubles) = (0, 0);
        if !asked.is_empty() {
            let asked = in_months(asked.into_iter());
            shared_usernames = desk.shared_usernames(&asked)?;
            doubles = imprecise(&desk, &asked)?;
        }
        let frame = names.frame;
        let mut notices = shared_but_for_usernames(&frame, is_asked, shared_usernames);
        notices.extend(imprecise_usage(doubles));
        Ok(months.intake(frame, notices, role))
    }
}

/// Checks that the engine read every record of the files.
fn check_months(desk: &Desk<'_>, expected: &BTreeMap<BillingPeriod, u64>) -> Result<()> {
    let results = desk.result("counted_months", 2, &[])?;
    let found: BTreeMap<BillingPeriod, u64> =
        results.rows().map(|row| Ok((row.month(0)?, row.count(1)?))).collect::<Result<_>>()?;
    let differs = |(month, records): &(&BillingPeriod, &u64)| found.get(*month) != Some(*records);
    match expected.iter().find(differs) {
        Some((month, records)) => {
            let read = found.get(month).copied().unwrap_or_default();
            let reason = format!("{month} has {records} records in the book, and {read} were read");
            Err(Error::EngineDisagrees { reason })
        }
        None if found.len() > expected.len() => {
            Err(Error::EngineDisagrees { reason: "records of a month that was not asked for".to_owned() })
        }
        None => Ok(()),
    }
}

/// How many records have the digits of a float that may have lost some.
fn imprecise(desk: &Desk<'_>, asked: &str) -> Result<u64> {
    let results = desk.result("large_usages", 2, &[("{asked}", asked)])?;
    let mut records = 0;
    for row in results.rows() {
        if is_imprecise_double(Quantity::from_hundredths(row.usage(0)?)) {
            records += row.count(1)?;
        }
    }
    Ok(records)
}
