//! Records and what was said of their reading to a verdict: is this ready to be sent? No input, no output, no clock.
//!
//! Usage is summed once for each parent; everything else looks at parents, which are few.

mod advice;
mod charged;
mod dates;
mod examples;
mod history;
mod invoice_amounts;
mod invoice_lines;
mod invoices;
mod origin;
mod parents;
mod reading;
mod rows;
mod running_totals;
mod series;
mod shifted_hours;
mod totals;
mod usages;

use chrono::NaiveDate;
use chrono_tz::Tz;

pub use self::advice::{action, meaning};
pub use self::charged::{ChargedAmounts, Charges};
pub use self::origin::{Origin, origin};
use self::rows::{Row, Rows};
use self::series::Series;
use self::totals::Totals;
use crate::fault::Faults;
use crate::ingest::ServerCounts;
use crate::notice::{Code, Notice, Severity};
use crate::objects::{ComponentUsages, InvoiceItems};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::Accounting;
use crate::usage::UsageFrame;
use crate::verdict::{CheckResult, NotChecked, Verdict};

/// What is checked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The records of all months, before any filter: the months before a month are its history.
    pub frame: &'a UsageFrame,
    /// Whether the records are those of a book.
    pub is_book: bool,
    /// Where every record went that was read; it is part of the verdict.
    pub accounting: Accounting,
    /// What reading the records gave.
    pub notices: &'a [Notice],
    /// Where the server's counts of records are known, completeness is proved or disproved.
    pub server_counts: &'a ServerCounts,
    /// Records and files that cannot be used, unless they are rejected into a file.
    pub faults: &'a Faults,
    /// Component usages to compare the records with; without them those checks are reported as not made.
    pub parents: Option<&'a ComponentUsages>,
    /// Invoice items to compare usage with; without them those checks are reported as not made.
    pub invoices: Option<&'a InvoiceItems>,
    /// What a price list makes of the component usages, to compare the invoices' amounts with.
    pub charges: &'a Charges,
    /// The day on which the data is seen: a month that is not over by then is partial.
    pub as_of: NaiveDate,
    /// The zone in which dates are read.
    pub timezone: Tz,
    /// The months to check; none for all.
    pub period: Option<PeriodRange>,
}

impl Subject<'_> {
    /// Whether a month is to be checked.
    fn covers(&self, period: BillingPeriod) -> bool {
        self.period.is_none_or(|range| range.contains(period))
    }

    /// Whether a month is to be checked, and set against other months or sources: it is over.
    fn compares(&self, period: BillingPeriod) -> bool {
        self.covers(period) && !period.is_partial(self.as_of)
    }
}

/// What the checks have found so far.
#[derive(Default)]
struct Outcome {
    notices: Vec<Notice>,
    /// Everything that was looked for.
    checked: Vec<Code>,
    not_checked: Vec<NotChecked>,
}

impl Outcome {
    fn checked(&mut self, codes: &[Code]) {
        self.checked.extend(codes);
    }

    fn not_checked(&mut self, codes: &[Code], reason: impl Into<String>) {
        self.not_checked.push(NotChecked { codes: codes.to_vec(), reason: reason.into() });
    }
}

/// Makes all checks.
pub fn run(subject: &Subject) -> Verdict {
    let rows = Rows::new(subject);
    let mut outcome = Outcome::default();
    reading::check(subject, &mut outcome);
    let totals = Totals::of(&rows);
    let with_totals = |all: fn(&Totals) -> &Vec<Row>| {
        totals.as_ref().map(|totals| Rows::of(subject, &totals.frame, all(totals).clone()))
    };
    let (reported, billed) = (with_totals(|totals| &totals.reported), with_totals(|totals| &totals.billed));
    let (reported, billed) = (reported.as_ref().unwrap_or(&rows), billed.as_ref().unwrap_or(&rows));
    usages::check(&rows, billed, &mut outcome);
    dates::check(&rows, &mut outcome);
    // A month that is known by its component usages and months that are known by their users have no common history.
    let (own, present) = match totals.as_ref().is_some_and(|totals| totals.is_of_all_months) {
        true => (billed, billed),
        false => (&rows, reported),
    };
    history::check(own, present, &Series::of(own), &mut outcome);
    let series = Series::of(reported);
    running_totals::check(reported, &series, &mut outcome);
    shifted_hours::check(reported, &series, &mut outcome);
    parents::check(&rows, &mut outcome);
    invoices::check(&rows, &mut outcome);
    verdict(subject, &rows, outcome)
}

fn verdict(subject: &Subject, rows: &Rows, outcome: Outcome) -> Verdict {
    let Outcome { mut notices, mut checked, not_checked } = outcome;
    notices.sort();
    checked.sort_unstable();
    checked.dedup();
    let is_noticed = |code: &Code| notices.iter().any(|notice| notice.code == *code);
    let passed = checked.into_iter().filter(|code| !is_noticed(code)).collect();
    Verdict {
        tool_version: env!("CARGO_PKG_VERSION"),
        period: subject.period,
        as_of: subject.as_of,
        timezone: subject.timezone,
        partial_periods: rows
            .months
            .iter()
            .copied()
            .filter(|month| month.is_partial(subject.as_of))
            .collect(),
        months: rows.months.clone(),
        accounting: subject.accounting,
        passed,
        checks: notices.into_iter().map(result).collect(),
        not_checked,
    }
}

/// What was noticed, with what it means and what to do about it.
pub(crate) fn result(notice: Notice) -> CheckResult {
    CheckResult { meaning: meaning(notice.code), action: action(notice.code), notice }
}

/// A warning, or a note, about this many things.
fn notice(severity: Severity, code: Code, count: u64, message: String) -> Notice {
    Notice { severity, ..Notice::note(code, count, message) }
}
