//! What the checks of records came to: one verdict, nothing about looks.

use chrono::NaiveDate;

use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::Accounting;

/// All that was noticed, and what was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The version of usagebook that made the checks.
    pub tool_version: &'static str,
    /// The months asked for; none for all.
    pub period: Option<PeriodRange>,
    /// The day on which the data is seen.
    pub as_of: NaiveDate,
    /// The zone in which dates are read.
    pub timezone: chrono_tz::Tz,
    /// The months with records that were checked.
    pub months: Vec<BillingPeriod>,
    /// Those of them that were not over.
    pub partial_periods: Vec<BillingPeriod>,
    /// Where every record went that was read.
    pub accounting: Accounting,
    /// Warnings first, then by code.
    pub checks: Vec<CheckResult>,
    /// What was looked for and not found, in the order of the codes.
    pub passed: Vec<Code>,
    /// What could not be looked for, because what it needs is not there.
    pub not_checked: Vec<NotChecked>,
}

/// Something noticed, what it means and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// What was found, and how often.
    pub notice: Notice,
    /// What it means for the figures, in a sentence.
    pub meaning: &'static str,
    /// What to do about it, in a sentence.
    pub action: &'static str,
}

/// What could not be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotChecked {
    /// The checks that were not made for this reason.
    pub codes: Vec<Code>,
    /// What is missing, in a sentence.
    pub reason: String,
}

impl Verdict {
    /// Whether what could not be looked for everywhere was looked for elsewhere.
    pub fn is_partly_checked(&self, not_checked: &NotChecked) -> bool {
        let is_found = |code: &Code| self.checks.iter().any(|check| check.notice.code == *code);
        not_checked.codes.iter().all(|code| self.passed.contains(code) || is_found(code))
    }

    /// Whether something may make the figures wrong, and nobody answers for it.
    pub fn has_warnings(&self) -> bool {
        self.open().next().is_some()
    }

    /// The warnings that nobody answers for.
    pub fn open(&self) -> impl Iterator<Item = &Notice> {
        self.checks.iter().map(|check| &check.notice).filter(|notice| notice.is_open())
    }
}
