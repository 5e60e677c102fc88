//! A report that an engine computes where the records are: its statements.

use std::sync::Arc;

use super::prepare::Resolved;
use super::question::{Question, Seen, Source};
use super::report::ReportQuestion;
use super::watch::{AsOfSource, Watch, reading};
use crate::book::Book;
use crate::cluster::{Asked, Cluster, Engine, EnginePaths, LevelTotals, Tables, statements};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::ingest::{Progress, Role, staged_tables};
use crate::join::Attributes;
use crate::report::ReportSpec;

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
            if let Some(month) = book.month_with_prices(is_wanted) {
                let what = format!("the prices that {} was closed with", month.in_words());
                return Err(Error::NotInStatements { what });
            }
            let role = |month| if is_wanted(month) { Role::Asked } else { Role::Unused };
            (Tables::Book(book.chosen_months(role, version.as_ref())?.files()?), seen)
        }
    };
    watch.check()?;
    let spec = question.layout.spec(seen.calendar, seen.period);
    let asked = Asked { spec: &spec, filters: &records.filters, timezone: seen.timezone };
    statements(&tables, &asked, engine, paths)
}

impl ReportQuestion<'_> {
    /// The same question, if an engine reads the records and can add them up over the users of a component usage. Where
    /// single users matter, one row for each of them is needed: to tell them apart, to name them, to sum rows up that are not
    /// known before, and in rows of one group and several currencies.
    pub(super) fn adding_users_up(&self) -> Option<Self> {
        let (records, layout) = (&self.records, &self.layout);
        let cluster = records.cluster?;
        let is_of_users =
            |dimension: &Dimension| matches!(dimension, Dimension::User | Dimension::Attribute(_));
        let has_people = |attributes: &Attributes| {
            attributes.list().iter().any(|attribute| attribute.owner() == Dimension::User)
        };
        let parts = records.filters.username_parts();
        // An engine knows small letters of ASCII alone, and no pseudonym.
        let needs_usernames =
            |parts: Vec<&str>| records.pseudonyms.is_some() || parts.iter().any(|part| !part.is_ascii());
        let needs_users = layout.top.is_some()
            || parts.is_some_and(needs_usernames)
            || layout.by.iter().any(is_of_users)
            || records.attributes.is_some_and(has_people)
            || records.tariff.is_some()
            || records.wants_prices
            || records.basis.is_some()
            || records.book().is_some_and(Book::has_frozen)
            || !records.parents.is_empty();
        (!needs_users).then(|| {
            let cluster = Some(Cluster { adds_users_up: true, ..cluster });
            Self { records: Question { cluster, ..records.clone() }, ..self.clone() }
        })
    }

    /// Lets the engine count users, if it added the records up over them and the report shows how many there are.
    pub(super) fn count_users(
        &self,
        resolved: &mut Resolved,
        spec: &ReportSpec,
        seen: &Seen,
        watch: &dyn Watch,
    ) -> Result<Option<LevelTotals>> {
        let cluster = self.records.cluster.filter(|cluster| cluster.adds_users_up && !spec.is_pivoted);
        let Resolved { intake, filters, .. } = resolved;
        // Months of a book without any record are no question to an engine.
        let Some(cluster) = cluster.filter(|_| intake.frame.records.cells().is_some()) else {
            return Ok(None);
        };
        let asked = Asked { spec, filters, timezone: seen.timezone };
        let count = |progress: &Arc<Progress>| cluster.count_users(&mut intake.frame, &asked, progress);
        reading(watch, count).map(Some)
    }

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
