//! A month against the months before it: usage that is missing, and usage far beyond what was usual.

use std::collections::HashSet;

use super::Outcome;
use super::examples::Candidates;
use super::rows::{Row, Rows};
use super::series::{Month, Series, doubled_median};
use crate::notice::{Code, Notice, Severity};
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::ranges_in_words;
use crate::text::grouped;

/// Usage in each of so many months before makes usage expected.
const EXPECTED_MONTHS: i32 = 3;
/// How many months back a spike is measured against, and how many of them must have usage.
const SPIKE_MONTHS: i32 = 6;
const SPIKE_MONTHS_MIN: usize = 4;
/// A spike is at least so many times the median.
const SPIKE_MEDIANS: i128 = 5;
/// A spike lies more than so many median absolute deviations above the median.
const SPIKE_DEVIATIONS: i128 = 10;
/// What weighs less than one part in so many of its component's usage in the month is not material.
const MATERIAL_PART: i128 = 100;
/// A spike is above the median by at least one, in hundredths.
const SPIKE_FLOOR: i128 = 100;

/// `present` are the rows with those of component usages without users: what such a one has is not missing.
pub(crate) fn check(rows: &Rows, present: &Rows, series: &[Series], outcome: &mut Outcome) {
    let over = rows.months.iter().copied().filter(|month| rows.subject.compares(*month));
    let over: Vec<BillingPeriod> = over.collect();
    let (expecting, unexpecting): (Vec<_>, Vec<_>) =
        over.iter().partition(|month| has_expectation(rows, **month));
    let (measured, unmeasured): (Vec<_>, Vec<_>) = over.iter().partition(|month| has_history(rows, **month));
    if !expecting.is_empty() {
        outcome.checked(&[Code::MissingUsage]);
        outcome.notices.extend(missing_usage(rows, present, series, &expecting));
    }
    if !measured.is_empty() {
        outcome.checked(&[Code::Spike]);
        outcome.notices.extend(spikes(rows, series, &measured));
    }
    if let Some(months) = listed(&unexpecting) {
        let reason = format!("{months}: the input does not have the {EXPECTED_MONTHS} months before");
        outcome.not_checked(&[Code::MissingUsage], reason);
    }
    if let Some(months) = listed(&unmeasured) {
        let reason = format!(
            "{months}: the input does not have {SPIKE_MONTHS_MIN} of the {SPIKE_MONTHS} months before"
        );
        outcome.not_checked(&[Code::Spike], reason);
    }
}

/// `August to September 2026`; a long list by its ends.
pub(crate) fn listed(months: &[BillingPeriod]) -> Option<String> {
    match months {
        [] => None,
        [first, _, _, .., last] => Some(PeriodRange { start: *first, end: last.plus_months(1) }.in_words()),
        months => Some(ranges_in_words(months)),
    }
}

/// The months before a month, the latest first.
fn before(month: BillingPeriod, months: i32) -> impl Iterator<Item = BillingPeriod> {
    (1..=months).map(move |back| month.plus_months(-back))
}

fn has_expectation(rows: &Rows, month: BillingPeriod) -> bool {
    before(month, EXPECTED_MONTHS).all(|month| rows.has_month(month))
}

fn has_history(rows: &Rows, month: BillingPeriod) -> bool {
    before(month, SPIKE_MONTHS).filter(|month| rows.has_month(*month)).count() >= SPIKE_MONTHS_MIN
}

/// A component without a record in a month, though it had usage in each of the months before.
#[derive(Clone, Copy)]
struct Missing<'a> {
    period: BillingPeriod,
    /// The median of the months before.
    usual: Quantity,
    /// The month before.
    last: &'a Row,
}

fn missing_usage(rows: &Rows, present: &Rows, series: &[Series], months: &[BillingPeriod]) -> Vec<Notice> {
    let components: HashSet<_> =
        present.all().map(|row| (row.resource, row.component_type, row.period)).collect();
    let resources: HashSet<_> = present.all().map(|row| (row.resource, row.period)).collect();
    let offerings: HashSet<_> = present.all().map(|row| (row.offering, row.period)).collect();
    let (mut warnings, mut notes) = (Candidates::default(), Candidates::default());
    for (series, &period) in series.iter().flat_map(|series| months.iter().map(move |month| (series, month)))
    {
        let Some(missing) = missing(series, period) else { continue };
        let last = missing.last;
        if components.contains(&(last.resource, last.component_type, period)) {
            continue;
        }
        let is_material = missing.usual.hundredths() * MATERIAL_PART >= rows.total(last, last.period);
        let is_offering_silent = !offerings.contains(&(last.offering, period));
        let is_resource_silent = !resources.contains(&(last.resource, period));
        let weight = rows.weight(last, missing.usual);
        match is_offering_silent || (is_material && !is_resource_silent) {
            true => warnings.push(weight, missing),
            false => notes.push(weight, missing),
        }
    }
    let warning = missing_notice(rows, Severity::Warning, warnings, |usages| {
        format!(
            "{usages} of a resource in each of the {EXPECTED_MONTHS} months before and none in the month itself, \
             though the resource reports others or its whole offering is silent."
        )
    });
    let note = missing_notice(rows, Severity::Note, notes, |usages| {
        format!(
            "{usages} of a resource in each of the {EXPECTED_MONTHS} months before and none in the month itself; \
             the resource is silent altogether, as a terminated one is, or it was less than 1 % of its component."
        )
    });
    warning.into_iter().chain(note).collect()
}

fn missing<'a>(series: &Series<'a>, period: BillingPeriod) -> Option<Missing<'a>> {
    if series.usage(period).is_some() {
        return None;
    }
    let last = series.usage(period.plus_months(-1))?;
    let usages = before(period, EXPECTED_MONTHS).map(|month| series.usage(month).map(|month| month.usage));
    let mut usages = usages.collect::<Option<Vec<Quantity>>>()?;
    usages.sort_unstable();
    (usages[0] > Quantity::ZERO).then(|| Missing { period, usual: usages[usages.len() / 2], last: last.row })
}

fn missing_notice(
    rows: &Rows,
    severity: Severity,
    candidates: Candidates<Missing>,
    message: impl FnOnce(String) -> String,
) -> Option<Notice> {
    let count = candidates.len();
    if count == 0 {
        return None;
    }
    let usages = match count {
        1 => "1 component had usage".to_owned(),
        _ => format!("{} components had usage", grouped(count)),
    };
    let identity = |missing: &Missing| {
        (missing.period, rows.resource_uuid(missing.last), rows.component_type(missing.last))
    };
    let examples = candidates.examples(identity, |missing| {
        let figures = vec![("usual usage", missing.usual.to_string())];
        crate::notice::Example { period: Some(missing.period), ..rows.series_example(missing.last, figures) }
    });
    Some(super::notice(severity, Code::MissingUsage, count, message(usages)).with_examples(examples))
}

/// Usage that is far beyond the months before.
#[derive(Clone, Copy)]
struct Spike<'a> {
    month: Month<'a>,
    /// In half hundredths.
    doubled_median: i128,
}

fn spikes(rows: &Rows, series: &[Series], months: &[BillingPeriod]) -> Option<Notice> {
    let mut candidates = Candidates::default();
    for series in series {
        for spike in months.iter().filter_map(|month| spike(rows, series, *month)) {
            candidates.push(rows.weight(spike.month.row, spike.month.usage), spike);
        }
    }
    let count = candidates.len();
    (count > 0).then(|| {
        let text = format!(
            "{} far beyond what was usual: at least {SPIKE_MEDIANS} times the median of the {SPIKE_MONTHS} months before, \
             beyond their swings, and more than 1 % of all usage of that component.",
            if count == 1 {
                "the usage of 1 component of a resource is".to_owned()
            } else {
                format!("the usage of {} components of resources is", grouped(count))
            }
        );
        let identity = |spike: &Spike| {
            let row = spike.month.row;
            (row.period, rows.resource_uuid(row), rows.component_type(row), rows.measured_unit(row))
        };
        let example = |spike: &Spike| {
            let median = Quantity::from_hundredths(spike.doubled_median / 2).to_string();
            let figures = vec![("usage", spike.month.usage.to_string()), ("usual usage", median)];
            rows.series_example(spike.month.row, figures)
        };
        Notice::warning(Code::Spike, count, text).with_examples(candidates.examples(identity, example))
    })
}

/// Everything is doubled, and deviations are doubled twice, so that medians of even counts stay whole.
fn spike<'a>(rows: &Rows, series: &Series<'a>, period: BillingPeriod) -> Option<Spike<'a>> {
    let month = series.usage(period)?;
    let usages = before(period, SPIKE_MONTHS).filter_map(|month| series.usage(month));
    let mut usages: Vec<i128> = usages.map(|month| month.usage.hundredths()).collect();
    if usages.len() < SPIKE_MONTHS_MIN {
        return None;
    }
    let usage = month.usage.hundredths();
    let doubled_median = doubled_median(&mut usages);
    let highest = *usages.last()?;
    let mut deviations: Vec<i128> = usages.iter().map(|usage| (2 * usage - doubled_median).abs()).collect();
    let deviation_4 = self::doubled_median(&mut deviations);
    let above_2 = 2 * usage - doubled_median;
    let is_spike = 2 * usage >= SPIKE_MEDIANS * doubled_median
        && 2 * above_2 > SPIKE_DEVIATIONS * deviation_4
        && is_as_far_beyond(2 * usage, 2 * highest.max(0), doubled_median.max(0))
        && above_2 >= 2 * SPIKE_FLOOR
        && above_2 * MATERIAL_PART >= 2 * rows.total(month.row, period);
    is_spike.then_some(Spike { month, doubled_median })
}

/// Whether usage is at least as many times the highest month as that is the median: what swings widely may swing on.
///
/// Usage beyond 62 bits is compared by its first 62.
fn is_as_far_beyond(usage: i128, highest: i128, median: i128) -> bool {
    let bits = 128 - usage.max(highest).max(1).leading_zeros();
    let shift = bits.saturating_sub(62);
    (usage >> shift) * (median >> shift) >= (highest >> shift) * (highest >> shift)
}
