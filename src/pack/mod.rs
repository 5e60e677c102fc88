//! What a finance department looks at every month: one set of reports that tie out, for any format that draws it.
//!
//! All figures are computed here, by [`aggregate`]; nothing about looks.

mod amounts;
mod blocks;
mod checked;
mod compact;
mod notes;
mod recipients;
mod shares;
mod ties;
mod trend;

use std::fmt;

pub(crate) use self::amounts::{Amounts, CurrencyAmounts};
pub(crate) use self::blocks::Grouped;
pub(crate) use self::checked::Checked;
#[cfg(feature = "desk")]
pub(crate) use self::checked::Stake;
use self::notes::Note;
pub use self::recipients::Recipients;
pub use self::ties::{MoneyTie, Tie, UnitTotal};
pub(crate) use self::trend::{Trend, TrendMonth};

use crate::aggregate::{aggregate, compared};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::fault::Faults;
use crate::ingest::InputFile;
use crate::letterhead::Letterhead;
use crate::notice::{Notice, Severity};
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::{
    Cell, ColumnId, Comparison, MonthState, Provenance, Report, ReportSpec, Section, Status, ranges_in_words,
};
use crate::text::uuid_text;
use crate::usage::UsageFrame;

/// How many customers, or users, stand for themselves among the largest.
const LARGEST: usize = 10;

/// What to put into a pack.
#[derive(Clone, Debug)]
pub struct PackSpec {
    /// The flat detail, one row a group; neither pivoted nor cut to the top. Its comparison, or else the one with the
    /// period before, is that of the summary.
    pub report: ReportSpec,
    /// Whether single users are shown.
    pub has_users: bool,
    /// Whether usernames are pseudonyms.
    pub is_pseudonymous: bool,
    /// What stands on every sheet and page.
    pub letterhead: Letterhead,
}

/// Reports that belong together, and the proof that they do.
#[derive(Clone, Debug)]
pub struct Pack {
    /// One row a group: what the other reports are made of, in other groups.
    pub detail: Report,
    /// By customer and component, set against an earlier time where a period was asked for.
    pub(crate) summary: Report,
    /// By customer, project and component, in blocks of a customer.
    pub(crate) projects: Grouped,
    /// By offering, customer and component, in blocks of an offering.
    pub(crate) offerings: Grouped,
    /// By user, customer and component.
    pub(crate) users: Option<Report>,
    pub(crate) trend: Trend,
    /// Rows of what changed after months were closed; who has a book puts them in.
    pub(crate) late: Option<Report>,
    /// Sentences on closed months whose component usages changed since; who has a book puts them in.
    pub(crate) changed_usages: Vec<String>,
    /// Months of which records are known to be missing; who has a book puts them in.
    pub(crate) lacking: Vec<BillingPeriod>,
    /// Months that are shown as they were closed, and by whom, when and why.
    pub(crate) closed: Vec<(BillingPeriod, String)>,
    /// Months that are shown in a version that was replaced, and how it was.
    pub(crate) replaced: Vec<(BillingPeriod, String)>,
    /// Money by customer and currency; who has prices puts it in, and not into what is addressed to a customer.
    pub(crate) amounts: Option<Amounts>,
    /// Usage beside budgets; who has budgets puts it in.
    pub(crate) budget: Option<Report>,
    /// For each unit the customers of most usage, the most first, then all others in one.
    pub(crate) largest: Report,
    /// What part of its unit's total each row of `largest` is, in per cent, rounded to two places, halves away from zero;
    /// none if the unit has negative usage among them, or none at all.
    pub(crate) shares: Vec<Option<Quantity>>,
    /// The same by username, where single users are shown.
    pub(crate) largest_users: Option<Report>,
    /// One for each unit.
    pub(crate) ties: Vec<Tie>,
    /// One for each currency; none if usage has no prices.
    pub(crate) money_ties: Vec<MoneyTie>,
    /// What the checks found; none of a pack that is addressed to a customer.
    pub(crate) checked: Option<Checked>,
    /// Where the figures come from, and what to know of them.
    pub provenance: Provenance,
    /// The months reported on: those asked for, or all that there are; none if there is no record at all.
    pub(crate) period: Option<PeriodRange>,
    /// The time that the summary is set against.
    pub(crate) period_before: Option<PeriodRange>,
    /// Records that were rejected.
    pub(crate) faults: Faults,
    pub(crate) inputs: Vec<InputFile>,
    pub(crate) notes: Vec<Note>,
    pub(crate) letterhead: Letterhead,
    /// Whom it is addressed to: it tells of no other.
    pub(crate) addressee: Option<Addressee>,
}

/// Whom a pack is addressed to: a customer, a project, or what a value of an attribute names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// As the data has it.
    pub name: Box<str>,
    /// `None` of a value.
    pub uuid: Option<u128>,
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.uuid {
            Some(uuid) => f.write_str(&uuid_text(uuid)),
            None => write!(f, "{:?}", self.name),
        }
    }
}

impl Pack {
    /// Puts more notices among those that there are.
    pub(crate) fn add_notices(&mut self, notices: Vec<Notice>) {
        self.provenance.add_notices(notices);
        self.detail.provenance = self.provenance.clone();
    }

    /// Warnings, then notes: of the checks, each with the amounts at stake in words, and of the report itself.
    pub fn notices(&self) -> Vec<(&Notice, String)> {
        let is_filtered = !self.provenance.filters.is_empty();
        let of_checks =
            self.checked.iter().flat_map(|checked| checked.verdict.checks.iter().zip(&checked.stakes));
        let mut notices: Vec<(&Notice, String)> =
            of_checks.map(|(check, stake)| (&check.notice, stake.text(is_filtered))).collect();
        for notice in &self.provenance.notices {
            if !notices.iter().any(|(known, _)| known.is_same(notice)) {
                notices.push((notice, String::new()));
            }
        }
        notices.sort();
        notices
    }

    /// How many warnings there are.
    pub fn warnings(&self) -> usize {
        self.notices().iter().filter(|(notice, _)| notice.is_open()).count()
    }

    /// `2 warnings, USD 225,180.00 of 229,065.06 at stake, 1 acknowledged`, `No warnings`.
    pub(crate) fn verdict_text(&self) -> String {
        let at_stake = self.checked.as_ref().map(Checked::at_stake_text).unwrap_or_default();
        let notices = self.notices();
        let acknowledged = notices
            .iter()
            .filter(|(notice, _)| notice.severity == Severity::Warning && !notice.is_open())
            .count();
        let open = match (self.warnings(), &self.checked) {
            (0, None) if acknowledged == 0 => return "Not checked".to_owned(),
            (0, _) if acknowledged > 0 => "No open warnings".to_owned(),
            (0, _) => "No warnings".to_owned(),
            (1, _) => format!("1 warning{at_stake}"),
            (count, _) => format!("{count} warnings{at_stake}"),
        };
        match acknowledged {
            0 => open,
            count => format!("{open}, {count} acknowledged"),
        }
    }

    /// What could not be checked and why, one text for each reason.
    pub fn not_checked(&self) -> Vec<String> {
        self.checked.as_ref().map(Checked::not_checked).unwrap_or_default()
    }

    /// Whether all reports agree.
    pub(crate) fn is_tied(&self) -> bool {
        let is_tied = self.ties.iter().all(Tie::is_tied) && self.money_ties.iter().all(MoneyTie::is_tied);
        is_tied
            && self
                .amounts
                .as_ref()
                .is_none_or(|amounts| self.money_ties.iter().all(|tie| amounts.is_tied(tie)))
    }

    /// Who closed the versions that are shown, when and why, one text a month; the month is named if there are several.
    pub(crate) fn closed_texts(&self) -> Vec<String> {
        self.texts_of_months(&self.closed)
    }

    /// How versions that are shown were replaced, likewise.
    pub(crate) fn replaced_texts(&self) -> Vec<String> {
        self.texts_of_months(&self.replaced)
    }

    /// What is said where no record changed after months were closed: it is true of these months alone.
    pub(crate) fn unchanged_text(&self) -> String {
        let is_closed = |state: &&MonthState| matches!(state.state, Status::Version { .. });
        let closed: Vec<BillingPeriod> =
            self.provenance.states.iter().filter(is_closed).map(|state| state.period).collect();
        let what = if self.changed_usages.is_empty() { "Nothing" } else { "No record" };
        let verb = if closed.len() == 1 { "was" } else { "were" };
        match closed.is_empty() {
            true => "None of these months is closed.".to_owned(),
            false => format!("{what} changed since {} {verb} closed.", ranges_in_words(&closed)),
        }
    }

    fn texts_of_months(&self, months: &[(BillingPeriod, String)]) -> Vec<String> {
        let is_alone = self.provenance.states.len() == 1;
        let text = |(period, text): &(BillingPeriod, String)| match is_alone {
            true => text.clone(),
            false => format!("{}: {text}", period.in_words()),
        };
        months.iter().map(text).collect()
    }

    /// Puts in what changed after months were closed.
    pub(crate) fn set_late(&mut self, columns: Vec<ColumnId>, rows: Section) {
        self.late = Some(Report {
            by: Vec::new(),
            columns,
            rows,
            subtotals: Section::default(),
            totals: Section::default(),
            provenance: self.provenance.clone(),
        });
    }
}

impl PackSpec {
    /// # Errors
    /// A specification that contradicts itself.
    pub fn check(&self) -> Result<()> {
        self.report_of(&self.report.by, None).check()?;
        self.summary().check()
    }

    /// The months whose records are needed; empty for all.
    pub(crate) fn months_needed(&self) -> Vec<PeriodRange> {
        let Some(period) = self.report.period else { return Vec::new() };
        [Trend::before(period), period].into_iter().chain(self.period_before()).collect()
    }

    fn period_before(&self) -> Option<PeriodRange> {
        let comparison = self.summary().comparison?;
        self.report.period.map(|period| period.plus_months(-comparison.months()))
    }

    fn summary(&self) -> ReportSpec {
        let before = |period: PeriodRange| Comparison::PreviousPeriod { months: period.months() };
        let comparison = self.report.comparison.or(self.report.period.map(before));
        self.report_of(&[Dimension::Customer, Dimension::Component], comparison)
    }

    /// Says what usage is compared with. A comparison that nobody asked for warns as one that was asked for; only that
    /// none of the earlier months is available is a note.
    fn compare(&self, provenance: &mut Provenance, frame: &UsageFrame) {
        provenance.comparison = compared(frame, &self.summary());
        let is_asked = self.report.comparison.is_some();
        provenance.notices.extend(provenance.comparison.iter().filter_map(|compared| {
            let is_nothing_there = compared.left_out.iter().all(|left_out| left_out.available == 0);
            let severity = if is_nothing_there && !is_asked { Severity::Note } else { Severity::Warning };
            Some(Notice { severity, ..compared.notice()? })
        }));
        provenance.notices.sort();
    }

    fn report_of(&self, by: &[Dimension], comparison: Option<Comparison>) -> ReportSpec {
        ReportSpec { by: by.to_vec(), comparison, is_pivoted: false, top: None, ..self.report.clone() }
    }
}

/// Makes a pack of records, those of earlier months among them.
///
/// # Errors
/// A specification that contradicts itself.
pub fn pack(frame: &UsageFrame, spec: &PackSpec, provenance: Provenance) -> Result<Pack> {
    spec.check()?;
    drawn_from(frame, spec, provenance)
}

fn drawn_from(frame: &UsageFrame, spec: &PackSpec, provenance: Provenance) -> Result<Pack> {
    // Machine formats have what only addresses bills; people look for figures.
    let of = |spec: &ReportSpec, provenance: &Provenance| {
        aggregate(frame, spec, provenance.clone()).map(Report::without_addresses)
    };
    let report = |spec: &ReportSpec| of(spec, &provenance).map(Report::in_words);
    let by = |by: &[Dimension]| report(&spec.report_of(by, None));
    let mut detail = by(&spec.report.by)?;
    let summary = report(&spec.summary())?;
    // By usage, unit by unit, whatever it costs.
    let unpriced = Provenance { pricing: None, ..provenance.clone() };
    let owners = |owner| of(&spec.report_of(&[owner], None), &unpriced);
    let projects = Grouped::new(
        by(&[Dimension::Customer, Dimension::Project, Dimension::Component])?,
        owners(Dimension::Customer)?,
    );
    let offerings = Grouped::new(
        by(&[Dimension::Offering, Dimension::Customer, Dimension::Component])?,
        owners(Dimension::Offering)?,
    );
    let users = [Dimension::User, Dimension::Customer, Dimension::Component];
    let users = spec.has_users.then(|| by(&users)).transpose()?;
    let largest = |dimension| {
        let spec = ReportSpec { top: Some(LARGEST), ..spec.report_of(&[dimension], None) };
        of(&spec, &unpriced).map(Report::in_words)
    };
    let largest_users = spec.has_users.then(|| largest(Dimension::User)).transpose()?;
    let largest = largest(Dimension::Customer)?;
    let period = spec.report.period.or_else(|| Trend::all(&frame.months));
    let trend = Trend::new(frame, &spec.report, period, &provenance)?;

    let mut provenance = Provenance {
        accounting: provenance.accounting.filtered_to(records(&summary)),
        ..detail.provenance.clone()
    };
    spec.compare(&mut provenance, frame);
    detail.provenance = provenance.clone();
    Ok(Pack {
        ties: ties::ties(&detail, &summary, &projects, &offerings),
        money_ties: ties::money_ties(&detail, &summary, &projects, &offerings),
        notes: notes::notes(&summary, spec),
        shares: shares::shares(&largest),
        largest,
        largest_users,
        detail,
        summary,
        projects,
        offerings,
        users,
        trend,
        checked: None,
        late: None,
        changed_usages: Vec::new(),
        lacking: Vec::new(),
        closed: Vec::new(),
        replaced: Vec::new(),
        amounts: None,
        budget: None,
        provenance,
        period,
        period_before: spec.period_before(),
        faults: Faults::default(),
        inputs: Vec::new(),
        letterhead: spec.letterhead.clone(),
        addressee: None,
    })
}

/// The records that totals over all count.
fn records(report: &Report) -> u64 {
    let Some(column) = report.column(ColumnId::Records) else { return 0 };
    let totals = &report.totals;
    let cells = totals.cells();
    let count = |row| match cells.get(row, column) {
        Cell::Count(count) => count,
        _ => 0,
    };
    (0..totals.len()).map(count).sum()
}

#[cfg(test)]
mod tests;
