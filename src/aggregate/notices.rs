//! What is to be said about the months of a report.

use std::collections::BTreeSet;

use super::keys::Months;
use crate::finding::{Code, Notice};
use crate::period::BillingPeriod;
use crate::report::{Provenance, ReportSpec};
use crate::usage::UsageFrame;

/// Adds the months' notices to those of the records.
pub fn with_notices(
    mut provenance: Provenance,
    frame: &UsageFrame,
    spec: &ReportSpec,
    months: &Months,
) -> Provenance {
    let reported: Vec<BillingPeriod> = months.reported.iter().flat_map(|range| range.periods()).collect();
    // Of months asked for together, those that are still to come are excused.
    let begins = |period: &BillingPeriod| period.first_day() <= spec.calendar.as_of;
    let is_any_begun = reported.iter().any(begins);
    let is_begun = |period: &BillingPeriod| begins(period) || !is_any_begun;
    let is_partial = |period: &BillingPeriod| begins(period) && period.is_partial(spec.calendar.as_of);
    let has_records = |period: &BillingPeriod| frame.months.binary_search(&period.number()).is_ok();
    let notices = &mut provenance.notices;

    let partial: Vec<BillingPeriod> = reported
        .iter()
        .copied()
        .filter(|period| period.is_partial(spec.calendar.as_of) && has_records(period))
        .collect();
    for period in &partial {
        notices.push(Notice::partial_period(*period, spec.calendar.as_of));
    }
    if spec.period.is_some() {
        for period in reported.iter().filter(|period| is_begun(period) && !has_records(period)) {
            notices.push(Notice::empty_period(*period));
        }
        if let Some(shift) = months.shift {
            let compared = reported.iter().filter(|period| begins(period) && !is_partial(period));
            let before: BTreeSet<BillingPeriod> = compared.map(|period| period.plus_months(-shift)).collect();
            for period in before.iter().filter(|period| !has_records(period) && !reported.contains(period)) {
                let text = format!(
                    "{period} is to be compared with, but the input has no record of it. Add that month's dump."
                );
                notices.push(Notice::finding(Code::EmptyPeriod, 1, text));
            }
        }
    }
    if frame.records.height() == 0 && !provenance.filters.is_empty() {
        let text = "no record passes the filters; look at their values.";
        notices.push(Notice::remark(Code::NothingMatches, 1, text));
    }
    notices.sort();
    provenance.partial_periods = partial;
    provenance
}
