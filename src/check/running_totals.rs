//! Lifetime totals that were reported as months: values that never fall and whose differences look like months.
//!
//! One resource proves nothing: usage may rise for a few months, and storage may only fill. So all resources of an
//! offering are looked at together.

use super::Outcome;
use super::examples::Candidates;
use super::rows::Rows;
use super::series::{Component, Series, components, doubled_median};
use crate::notice::{Code, Example, Notice};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::text::{grouped, uuid_text};

/// How many months in a row are looked at.
const MONTHS_MIN: usize = 4;
const MONTHS_MAX: usize = 12;
/// How many resources must have usage in all of them.
const RESOURCES_MIN: usize = 3;
/// How many steps from one month to the next these resources must have together, none of them downwards.
const STEPS_MIN: usize = 15;
/// The greatest difference is at most this many times the median of the differences, the least at least that part of it.
const SPREAD: i128 = 3;

const NEEDED: &str =
    "5 resources with usage in the same 4 months in a row, 4 in the same 5 months or 3 in the same 6";

pub(crate) fn check(rows: &Rows, series: &[Series], outcome: &mut Outcome) {
    let (mut checked, mut too_short) = (0, 0);
    let mut found = Candidates::default();
    let components = components(series);
    for &month in rows.months.iter().filter(|month| rows.subject.compares(**month)) {
        for component in components.iter().filter(|component| is_used(component, month)) {
            let runs: Vec<Vec<i128>> = component.iter().map(|series| run(series, month)).collect();
            let windows = (MONTHS_MIN..=MONTHS_MAX).filter_map(|months| window(&runs, months));
            let windows: Vec<Vec<&[i128]>> = windows.collect();
            match windows.is_empty() {
                true => too_short += 1,
                false => checked += 1,
            }
            if let Some(window) = windows.iter().rev().find(|window| is_running_total(window)) {
                let row = component[0].last();
                let weight = rows.weight(row, Quantity::from_hundredths(total(window, 0)));
                found.push(weight, Found { component, month, sums: sums(window), resources: window.len() });
            }
        }
    }
    if checked > 0 {
        outcome.checked(&[Code::RunningTotal]);
        outcome.notices.extend(notice(rows, found));
    }
    if too_short > 0 {
        let reason = format!(
            "{} of {} components of offerings, counted in each month: this takes {NEEDED}",
            grouped(too_short),
            grouped(checked + too_short)
        );
        outcome.not_checked(&[Code::RunningTotal], reason);
    }
}

fn is_used(component: &Component, month: BillingPeriod) -> bool {
    component.iter().any(|series| series.usage(month).is_some())
}

/// The usage of the months up to this one, the latest first, back to the last one without usage.
fn run(series: &Series, month: BillingPeriod) -> Vec<i128> {
    let back = (0..MONTHS_MAX as i32).map(|back| series.hundredths(month.plus_months(-back)));
    back.take_while(|usage| *usage > 0).collect()
}

/// The resources that have usage in all of the last months, if they are enough.
fn window(runs: &[Vec<i128>], months: usize) -> Option<Vec<&[i128]>> {
    let resources: Vec<&[i128]> = runs.iter().filter_map(|run| run.get(..months)).collect();
    let is_enough = resources.len() >= RESOURCES_MIN && resources.len() * (months - 1) >= STEPS_MIN;
    is_enough.then_some(resources)
}

/// Whether no resource ever falls, their sum grows by a quarter or more, and each month's growth is of the size of the
/// others'.
fn is_running_total(resources: &[&[i128]]) -> bool {
    let never_falls = resources.iter().all(|months| months.is_sorted_by(|later, earlier| later >= earlier));
    let sums = sums(resources);
    let mut differences: Vec<i128> = sums.windows(2).map(|pair| pair[0] - pair[1]).collect();
    let doubled_median = doubled_median(&mut differences);
    let (least, greatest) = (differences[0], differences[differences.len() - 1]);
    never_falls
        && least > 0
        && 2 * SPREAD * least >= doubled_median
        && 2 * greatest <= SPREAD * doubled_median
        && 4 * sums[0] >= 5 * sums[sums.len() - 1]
}

/// The usage of all resources in each month, the latest first.
fn sums(resources: &[&[i128]]) -> Vec<i128> {
    (0..resources[0].len()).map(|month| total(resources, month)).collect()
}

fn total(resources: &[&[i128]], month: usize) -> i128 {
    resources.iter().map(|months| months[month]).sum()
}

struct Found<'a> {
    component: &'a Component<'a>,
    month: BillingPeriod,
    /// Of the resources that were looked at, the latest month first.
    sums: Vec<i128>,
    resources: usize,
}

fn notice(rows: &Rows, found: Candidates<Found>) -> Option<Notice> {
    let count = found.len();
    let text = format!(
        "{} in no resource ever falls and grows by about the same each month, as a running total does that was not \
         set back to 0 at the month's end.",
        match count {
            1 => "in 1 month, the usage of a component of an offering".to_owned(),
            _ => format!("in {} cases, the usage of a component of an offering in a month", grouped(count)),
        }
    );
    let offering = |found: &Found| &rows.frame.offerings[found.component[0].last().offering as usize];
    let identity = |found: &Found| {
        let row = found.component[0].last();
        let component = (rows.component_type(row).to_owned(), rows.measured_unit(row).to_owned());
        (std::cmp::Reverse(found.month), offering(found).uuid, component)
    };
    let example = |found: &Found| {
        let row = found.component[0].last();
        let quantity = |hundredths: i128| Quantity::from_hundredths(hundredths).to_string();
        let (last, first) = (found.sums[0], found.sums[found.sums.len() - 1]);
        Example {
            period: Some(found.month),
            labels: vec![
                ("offering_name", offering(found).name.to_string()),
                ("component_type", rows.component_type(row).to_owned()),
                ("measured_unit", rows.measured_unit(row).to_owned()),
                ("offering_uuid", uuid_text(offering(found).uuid)),
            ],
            figures: vec![
                ("usage", quantity(last)),
                ("growth in the month", quantity(last - found.sums[1])),
                ("usage in the first month", quantity(first)),
                ("months", found.sums.len().to_string()),
                ("resources", found.resources.to_string()),
            ],
            ..Example::default()
        }
    };
    (count > 0).then(|| {
        Notice::warning(Code::RunningTotal, count, text).with_examples(found.examples(identity, example))
    })
}
