//! A report that an engine computes where the records are: its statements.

use super::question::Source;
use super::report::ReportQuestion;
use super::watch::{AsOfSource, Watch};
use crate::cluster::{Asked, Engine, EnginePaths, Tables, statements};
use crate::error::{Error, Result};
use crate::ingest::staged_tables;

/// Writes the statements that compute a report from staged dumps, or from the files of a book. No record is read.
///
/// # Errors
/// Inputs that are not staged, or damaged; what the statements cannot express.
pub fn report_statements(
    question: &ReportQuestion<'_>,
    engine: Engine,
    paths: &EnginePaths,
    watch: &dyn Watch,
) -> Result<String> {
    question.check_statements()?;
    let records = &question.records;
    let (tables, seen) = match &records.source {
        Source::Inputs(request) => {
            let timezone = request.reading.timezone;
            let (tables, time) = staged_tables(&request.inputs, timezone)?;
            let seen = records.seen(time, timezone);
            records.note_seen(&seen, time.map(|_| AsOfSource::Index), watch);
            (Tables::Staged(tables), seen)
        }
        Source::Book(book, version) => {
            let seen = records.seen_of_book(book, watch)?;
            let is_wanted = |month| seen.period.is_none_or(|period| period.contains(month));
            (Tables::Book(book.month_files(is_wanted, version.as_ref())?), seen)
        }
    };
    watch.check()?;
    let spec = question.layout.spec(seen.calendar, seen.period);
    let asked = Asked { spec: &spec, filters: &records.filters, timezone: seen.timezone };
    statements(&tables, &asked, engine, paths)
}

impl ReportQuestion<'_> {
    /// Refuses what the statements cannot express.
    fn check_statements(&self) -> Result<()> {
        let (records, layout) = (&self.records, &self.layout);
        let wishes = [
            (layout.comparison.is_some(), "a comparison with an earlier period"),
            (layout.is_pivoted, "periods across"),
            (layout.top.is_some(), "the largest rows alone"),
            (
                records.attributes.is_some_and(|attributes| !attributes.list().is_empty()),
                "columns of your own",
            ),
            (self.budget.is_some(), "budgets"),
            (records.tariff.is_some() || records.wants_prices || self.journal.is_some(), "amounts"),
            (records.basis.is_some() || !records.parents.is_empty(), "figures made of component usages"),
            (records.pseudonyms.is_some(), "pseudonyms"),
            (records.rejects.is_some(), "a list of rejected records"),
        ];
        match wishes.into_iter().find(|(is_wished, _)| *is_wished) {
            Some((_, what)) => Err(Error::NotInStatements { what: what.to_owned() }),
            None => Ok(()),
        }
    }
}
