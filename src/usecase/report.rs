//! A report, a pack of several, and how amounts came about.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::check::verdict;
use super::focus::Focus;
use super::frozen::Frozen;
use super::late::since_closings;
use super::prepare::{Accepted, Preparation, Prepared, Resolved};
use super::question::{Detail, Layout, Question, Seen, Source};
use super::watch::Watch;
use crate::aggregate::aggregate;
use crate::book::{Book, component_usages_changed};
use crate::compare::Ledger;
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::files::hashing::Hashing;
use crate::ingest::{InputFile, Rejects};
use crate::join::mapping::CheckedMapping;
use crate::join::{Budget, Journal};
use crate::letterhead::Letterhead;
use crate::notice::Notice;
use crate::pack::{Amounts, Checked, Pack, PackSpec};
use crate::period::{BillingPeriod, PeriodRange};
use crate::price::{PriceExplanation, PriceTemplate};
use crate::report::{Pricing, Provenance, Report, ReportSpec, Status};
use crate::statement::{Caption, Statement as _};
use crate::usage::UsageFrame;
use crate::write::output::{Output, OutputFile};

/// A report that is asked for, in whatever form.
#[derive(Clone, Debug)]
pub struct ReportQuestion<'q> {
    /// Which records are reported on.
    pub records: Question<'q>,
    /// How their usage is grouped and compared.
    pub layout: Layout,
    /// What usage is compared with.
    pub budget: Option<&'q Budget>,
    /// How amounts become ledger postings.
    pub journal: Option<&'q CheckedMapping>,
    /// Reads parts of files that hold other months alone, too; figures are the same without.
    pub reads_all: bool,
}

impl<'q> ReportQuestion<'q> {
    /// Without a budget and postings.
    pub fn new(records: Question<'q>, layout: Layout) -> Self {
        Self { records, layout, budget: None, journal: None, reads_all: false }
    }
}

/// What a pack has that a report has not.
#[derive(Clone, Debug, Default)]
pub struct PackParts {
    /// Whether single users are shown.
    pub has_users: bool,
    /// What stands on every sheet and page.
    pub letterhead: Letterhead,
}

/// What came out, and what it is made of.
#[derive(Debug)]
pub struct Answer<T> {
    /// What was asked for.
    pub result: T,
    /// What was computed, from the day on which the data is seen.
    pub spec: ReportSpec,
    /// The records that it is made of, with amounts if there are prices.
    pub frame: UsageFrame,
    /// The postings, if the question has a mapping to them.
    pub journal: Option<Journal>,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// The records that are left out because they cannot be used.
#[derive(Debug)]
pub struct Rejected {
    /// How many records and files there are.
    pub count: u64,
    /// All of them with their texts, if they were asked for.
    pub records: Option<Rejects>,
}

impl Rejected {
    pub(super) fn of(prepared: &mut Prepared<'_>) -> Self {
        Self { count: prepared.faults.count(), records: prepared.rejects.take() }
    }

    /// Writes the file for rejected records, one object a line, if there shall be one. It is written even if there are none,
    /// so that an earlier one does not stay behind.
    ///
    /// # Errors
    /// A folder or disk that cannot be written to.
    pub fn prepare(&mut self, place: Option<(&Path, Access)>, hashing: Hashing) -> Result<Option<Output>> {
        let Some((path, access)) = place else { return Ok(None) };
        let output = OutputFile { path, access, hashing }.prepare(self.count as usize, |out| {
            let written = self.records.as_mut().map_or(Ok(()), |records| records.write(out));
            written.map_err(|source| Error::Output { source })
        });
        output.map(Some)
    }
}

/// How every amount came about.
#[derive(Debug)]
pub struct PricesExplained<'q> {
    /// The charge lines, and what they are made of.
    pub prepared: Prepared<'q>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
    caption: Caption,
}

/// Has provenance, to which notices can be added.
pub trait Proved {
    /// Where the figures come from, and what to know of them.
    fn provenance(&self) -> &Provenance;

    /// Adds what is noticed after the figures were made, as while they are written.
    fn add_notices(&mut self, notices: Vec<Notice>);

    /// Puts beside each warning who answers for it.
    fn acknowledge(&mut self, book: &Book);
}

/// Adds usage up.
///
/// # Errors
/// Inputs that cannot be read, rejected records without a place for them, names that nobody or several have, usage
/// without a price, a layout that contradicts itself or the budget.
pub fn report(question: &ReportQuestion<'_>, watch: &dyn Watch) -> Result<Answer<Report>> {
    let adding_up = question.adding_users_up();
    let question = adding_up.as_ref().unwrap_or(question);
    let (mut resolved, spec, asked) = question.resolved(watch)?;
    let totals = question.count_users(&mut resolved, &spec, &asked.seen, watch)?;
    let prepared = resolved.prepared(&asked)?;
    if let Some(totals) = totals {
        totals.check(&prepared.frame, spec.period)?;
    }
    question.check_priced(&prepared)?;
    let mut report = prepared.report(&spec)?;
    if let Some(budget) = question.budget {
        let (budgeted, notices) = budget.apply(report, &prepared.frame, &prepared.filters)?;
        report = budgeted;
        report.provenance.add_notices(notices);
    }
    question.answer(report, spec, prepared)
}

/// Makes the reports that a finance department looks at together, with the verdict of the checks and, of a book, with
/// what changed after months were closed.
///
/// # Errors
/// As of [`report`].
pub fn pack(question: &ReportQuestion<'_>, parts: &PackParts, watch: &dyn Watch) -> Result<Answer<Pack>> {
    let records = &question.records;
    let pack_spec = |seen: &Seen| parts.spec(records, &question.layout, seen);
    let asked = |seen: &Seen| Preparation::of_pack(&pack_spec(seen)).with_amounts_before();
    let (resolved, asked) = question.read(Detail::Figures, |seen| asked(seen).with(records, *seen), watch)?;
    let seen = asked.seen;
    let pack_spec = pack_spec(&seen);
    let found = verdict(&resolved.intake, &records.source, asked.component_usages.clone(), &seen, watch)?;
    let prepared = resolved.prepared(&asked)?;
    question.check_priced(&prepared)?;
    let mut pack = prepared.pack(&pack_spec)?;
    // A warning that readers of the pack see is one of the run's, too.
    let is_known = |warning: &&Notice| pack.provenance.notices.iter().any(|known| known.is_same(warning));
    let warnings = found.open().filter(|warning| !is_known(warning)).cloned().collect();
    pack.checked = Some(Checked::new(found, &prepared.frame, seen.period, &pack.provenance));
    pack.add_notices(warnings);
    if let Some(budget) = question.budget {
        let spec = ReportSpec { by: budget.dimensions(), comparison: None, ..pack_spec.report.clone() };
        let report = aggregate(&prepared.frame, &spec, pack.provenance.clone())?;
        let (report, notices) = budget.apply(report, &prepared.frame, &prepared.filters)?;
        pack.budget = Some(report.without_addresses());
        pack.add_notices(notices);
    }
    pack.amounts = Amounts::new(&prepared.frame, &pack_spec, &pack, &prepared.without_amounts)?;
    question.put_late(&mut pack, &prepared, &seen, watch)?;
    question.answer(pack, pack_spec.report, prepared)
}

/// Explains how every amount came about. Usage has to have prices.
///
/// # Errors
/// As of [`report`].
pub fn explain_prices<'q>(question: &ReportQuestion<'q>, watch: &dyn Watch) -> Result<PricesExplained<'q>> {
    let (resolved, _, asked) = question.resolved(watch)?;
    let mut prepared = resolved.prepared(&asked)?;
    let caption = caption(&prepared.provenance);
    Ok(PricesExplained { rejected: Rejected::of(&mut prepared), prepared, caption })
}

/// What needs a price.
#[derive(Debug)]
pub struct PricesNeeded {
    /// The price list that is still to be filled in.
    pub template: PriceTemplate,
    /// Where it comes from, and what to know of it.
    pub provenance: Provenance,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// Lists what needs a price: all that has usage.
///
/// # Errors
/// Inputs that cannot be read, rejected records without a place for them, names that nobody or several have.
pub fn prices_needed(question: &Question<'_>, watch: &dyn Watch) -> Result<PricesNeeded> {
    let question = &Question { wants_prices: true, ..question.clone() };
    let spec = |seen: &Seen| Layout::default().spec(seen.calendar, seen.period);
    let (accepted, asked) =
        question.given(Detail::Figures, |seen| Preparation::of(&spec(seen)).with(question, *seen), watch)?;
    let mut prepared = accepted.resolved(&asked)?.prepared(&asked)?;
    let rejected = Rejected::of(&mut prepared);
    let Prepared { frame, provenance, files, .. } = prepared;
    Ok(PricesNeeded { template: PriceTemplate::new(&frame), provenance, files, rejected })
}

impl<'q> Question<'q> {
    /// The records and component usages of the months that are needed, and what is asked of them.
    pub(super) fn given(
        &self,
        detail: Detail,
        asked: impl Fn(&Seen) -> Preparation<'q>,
        watch: &dyn Watch,
    ) -> Result<(Accepted, Preparation<'q>)> {
        let months = |seen: &Seen| asked(seen).months;
        let (mut accepted, seen) = self.read(detail, within(months), self.rejecting(), watch)?;
        let mut asked = asked(&seen);
        let priced = (&*asked.priced, &*asked.priced_before);
        let Frozen { tariffs, basis, bases_before, notices } =
            self.frozen(priced, &seen, accepted.months())?;
        asked.frozen_attributes.months = self.frozen_attributes()?;
        let adjustments = self.adjustments();
        accepted.note(notices);
        let has_prices = self.wants_prices || self.tariff.is_some() || !tariffs.is_empty();
        let component_usages = self.component_usages(&seen, (basis, has_prices), watch)?.map(Arc::new);
        watch.check()?;
        let frozen = tariffs;
        Ok((accepted, Preparation { component_usages, basis, bases_before, frozen, adjustments, ..asked }))
    }
}

impl<'q> ReportQuestion<'q> {
    fn read(
        &self,
        detail: Detail,
        asked: impl Fn(&Seen) -> Preparation<'q>,
        watch: &dyn Watch,
    ) -> Result<(Resolved, Preparation<'q>)> {
        let (accepted, mut asked) = self.records.given(detail, asked, watch)?;
        asked.frozen_attributes.grouped.extend(self.journal.iter().flat_map(|journal| journal.attributes()));
        let mut resolved = accepted.resolved(&asked)?;
        resolved.intake.files.extend(self.budget.map(|budget| budget.file().clone()));
        Ok((resolved, asked))
    }

    pub(super) fn resolved(&self, watch: &dyn Watch) -> Result<(Resolved, ReportSpec, Preparation<'q>)> {
        let spec = |seen: &Seen| self.layout.spec(seen.calendar, seen.period);
        let (resolved, asked) =
            self.read(self.detail(), |seen| Preparation::of(&spec(seen)).with(&self.records, *seen), watch)?;
        Ok((resolved, spec(&asked.seen), asked))
    }

    /// Whatever is looked up by a name or compared with tables of the user's own needs all months: what other months alone
    /// have is not misspelt. So does a list of all rejected records.
    fn detail(&self) -> Detail {
        let records = &self.records;
        let needs_all = self.reads_all
            || self.budget.is_some()
            || self.journal.is_some()
            || records.period.is_none()
            || !records.filters.is_empty()
            || records.attributes.is_some_and(|attributes| !attributes.list().is_empty())
            || records.tariff.is_some()
            || records.wants_prices
            || records.basis.is_some()
            || records.rejects.is_some()
            || !records.parents.is_empty();
        if needs_all { Detail::Figures } else { Detail::FiguresOfMonths }
    }

    /// Refuses postings and budgets of money where usage has no prices.
    fn check_priced(&self, prepared: &Prepared<'_>) -> Result<()> {
        let needs_prices = self.journal.is_some() || self.budget.is_some_and(Budget::is_money);
        match needs_prices && prepared.provenance.pricing.is_none() {
            true => Err(Error::NoPrices),
            false => Ok(()),
        }
    }

    pub(super) fn answer<T: Proved>(
        &self,
        mut result: T,
        spec: ReportSpec,
        mut prepared: Prepared<'_>,
    ) -> Result<Answer<T>> {
        let post = |mapping| Journal::new(&prepared.frame, &spec, result.provenance(), mapping);
        let journal = self.journal.map(post).transpose()?;
        result.add_notices(journal.iter().flat_map(|journal| journal.notices.clone()).collect());
        self.records.book().iter().for_each(|book| result.acknowledge(book));
        let rejected = Rejected::of(&mut prepared);
        let Prepared { frame, files, .. } = prepared;
        Ok(Answer { result, spec, frame, journal, files, rejected })
    }

    /// What changed after months were closed, of those reported on, if they are of a book.
    fn put_late(
        &self,
        pack: &mut Pack,
        prepared: &Prepared<'_>,
        seen: &Seen,
        watch: &dyn Watch,
    ) -> Result<()> {
        let Source::Book(book, version) = &self.records.source else { return Ok(()) };
        for state in &pack.provenance.states {
            let doubts = book.doubts(PeriodRange::month(state.period), version.as_ref())?;
            pack.lacking.extend((!doubts.is_empty()).then_some(state.period));
            if let Status::Version { version, .. } = state.state {
                let closed = book.closed_by(state.period, version)?;
                pack.closed.extend(closed.map(|closed| (state.period, closed)));
            }
        }
        if let Some(version) = version {
            for state in &pack.provenance.states {
                let replacement = book.replacement(state.period, version, watch.progress())?;
                pack.replaced.extend(replacement.map(|replacement| (state.period, replacement.to_string())));
            }
        }
        let prepare = |mut frame: UsageFrame| {
            let pseudonyms = self.records.pseudonyms;
            pseudonyms.iter().for_each(|pseudonyms| pseudonyms.hide_usernames(&mut frame));
            prepared.filters.apply(frame, &[], seen.timezone)
        };
        let is_asked = |month| seen.period.is_none_or(|range| range.contains(month));
        let months = since_closings(book, version.as_ref(), is_asked, prepare, watch)?;
        for month in &months {
            let period = month.billing_period;
            let count = book.month(period)?.component_usages_changed;
            let is_replaced = pack.replaced.iter().any(|(replaced, _)| *replaced == period);
            if count > 0 && !is_replaced {
                pack.changed_usages.push(component_usages_changed(period, count) + ".");
            }
        }
        let ledger = Ledger::new(months, Caption::default());
        pack.set_late(ledger.columns(), ledger.rows(0..ledger.len().min(LATE_MAX)));
        Ok(())
    }
}

/// Whether a month is among those that are needed, which all are if none is named.
pub(super) fn within(months: impl Fn(&Seen) -> Vec<PeriodRange>) -> impl Fn(&Seen, BillingPeriod) -> bool {
    move |seen, month| {
        let needed = months(seen);
        needed.is_empty() || needed.iter().any(|range| range.contains(month))
    }
}

/// As many changes as somebody looks through; `late` has all.
const LATE_MAX: usize = 100_000;

impl PackParts {
    pub(super) fn spec(&self, records: &Question<'_>, layout: &Layout, seen: &Seen) -> PackSpec {
        PackSpec {
            report: layout.spec(seen.calendar, seen.period),
            has_users: self.has_users,
            is_pseudonymous: records.pseudonyms.is_some(),
            letterhead: self.letterhead.clone(),
        }
    }
}

impl PricesExplained<'_> {
    /// A row for each component usage.
    ///
    /// # Errors
    /// Memory that there is not.
    pub fn statement(&self) -> Result<PriceExplanation<'_>> {
        self.prepared.price_explanation(self.caption.clone())
    }
}

impl Proved for Report {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn add_notices(&mut self, notices: Vec<Notice>) {
        self.provenance.add_notices(notices);
    }

    fn acknowledge(&mut self, book: &Book) {
        book.acknowledge(&mut self.provenance.notices);
    }
}

impl Proved for Pack {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn add_notices(&mut self, notices: Vec<Notice>) {
        self.add_notices(notices);
    }

    fn acknowledge(&mut self, book: &Book) {
        book.acknowledge(&mut self.provenance.notices);
        self.add_notices(Vec::new());
    }
}

impl Proved for Focus {
    fn provenance(&self) -> &Provenance {
        &self.report.provenance
    }

    fn add_notices(&mut self, notices: Vec<Notice>) {
        self.report.add_notices(notices);
    }

    fn acknowledge(&mut self, book: &Book) {
        self.report.acknowledge(book);
    }
}

fn caption(provenance: &Provenance) -> Caption {
    let (pricing, period) = (&provenance.pricing, provenance.period.map(|period| period.to_string()));
    let mut title = vec![format!("How amounts came about in {}", period.as_deref().unwrap_or("all periods"))];
    let prices =
        |pricing: &Pricing| format!("Prices of {}, rounded {}", pricing.price_list.path, pricing.rounding);
    title.extend(pricing.as_ref().map(prices));
    title.extend(only(&provenance.filters));
    let filters: BTreeMap<&str, &Vec<String>> =
        provenance.filters.iter().map(|(name, values)| (*name, values)).collect();
    Caption {
        title,
        facts: vec![("period", json!(period)), ("filters", json!(filters)), ("pricing", json!(pricing))],
        nothing: "No record is left to price.",
        as_of: provenance.as_of,
    }
}

/// `Only customer = Acme, type = cpu or gpu`; `None` without filters.
pub(super) fn only(filters: &[(&'static str, Vec<String>)]) -> Option<String> {
    let filter = |(name, values): &(&str, Vec<String>)| format!("{name} = {}", values.join(" or "));
    let filters: Vec<String> = filters.iter().map(filter).collect();
    (!filters.is_empty()).then(|| format!("Only {}", filters.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::ingest::{Progress, ReadRequest};
    use crate::usecase::incoming;

    use super::*;

    /// Writes the file for this many records without a usage; returns its rows and text.
    fn rejected(records: usize, earlier: &str) -> (u64, String) {
        let folder = tempfile::tempdir().unwrap();
        let (file, rejects) = (folder.path().join("page.json"), folder.path().join("rejects.ndjson"));
        std::fs::write(&file, format!("[{}]", vec![r#"{"uuid":"1"}"#; records].join(","))).unwrap();
        std::fs::write(&rejects, earlier).unwrap();
        let request = ReadRequest::new([file.display().to_string()]);
        let mut incoming = incoming(&request, Some("rejects"), &Arc::new(Progress::default())).unwrap();
        let place = Some((rejects.as_path(), Access::Private));
        let output = incoming.rejected.prepare(place, Hashing::Off).unwrap().unwrap();
        let rows = output.entries[0].rows;
        output.commit().unwrap();
        (rows, std::fs::read_to_string(&rejects).unwrap())
    }

    #[test]
    fn rejected_records_are_in_their_file_one_a_line() {
        let (rows, text) = rejected(2, "");
        assert_eq!((rows, text.lines().count()), (2, 2));
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["record"], &first["raw"]), (&1.into(), &r#"{"uuid":"1"}"#.into()));
    }

    #[test]
    fn an_earlier_file_of_rejected_records_does_not_stay_behind() {
        assert_eq!(rejected(0, "old"), (0, String::new()));
    }
}
