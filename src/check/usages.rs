//! Months and figures by themselves: months that should not be there or are not, signs, zeros, units.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Outcome;
use super::examples::Candidates;
use super::rows::{Row, Rows, UnitSums};
use crate::notice::{Code, Example, Notice};
use crate::period::{BillingPeriod, day_in_words};
use crate::quantity::Quantity;
use crate::text::{grouped, uuid_text};

/// `billed` are the rows with the component usages' own usage where that is known.
pub(crate) fn check(rows: &Rows, billed: &Rows, outcome: &mut Outcome) {
    outcome.checked(&[
        Code::EmptyPeriod,
        Code::FuturePeriod,
        Code::PartialPeriod,
        Code::NegativeUsage,
        Code::NegativeTotal,
        Code::ZeroUsage,
        Code::UnitChanged,
    ]);
    outcome.notices.extend(empty_periods(rows));
    outcome.notices.extend(rows.months.iter().filter_map(|month| unfinished(rows, *month)));
    outcome.notices.extend(negative_usage(rows));
    outcome.notices.extend(negative_totals(billed));
    outcome.notices.extend(zero_usage(rows));
    outcome.notices.extend(changed_units(rows));
}

/// Months that were asked for and have begun, and months between others, without records.
fn empty_periods(rows: &Rows) -> Vec<Notice> {
    if let Some(period) = rows.subject.period {
        let is_begun = |month: &BillingPeriod| month.first_day() <= rows.subject.as_of;
        let is_any_begun = period.periods().any(|month| is_begun(&month));
        let expected = period.periods().filter(|month| is_begun(month) || !is_any_begun);
        return expected.filter(|month| !rows.has_month(*month)).map(Notice::empty_period).collect();
    }
    let gap =
        |pair: &[BillingPeriod]| (pair[0].number() + 1..pair[1].number()).map(BillingPeriod::from_number);
    let notice = |month: BillingPeriod| {
        let text = format!(
            "{} lies between months with records and has none. Download that month.",
            month.in_words()
        );
        Notice::warning(Code::EmptyPeriod, 1, text)
    };
    rows.months.windows(2).flat_map(gap).map(notice).collect()
}

fn unfinished(rows: &Rows, month: BillingPeriod) -> Option<Notice> {
    let as_of = rows.subject.as_of;
    if month.first_day() > as_of {
        let text = format!("{} has records, but had not begun on {}.", month.in_words(), day_in_words(as_of));
        return Some(Notice::warning(Code::FuturePeriod, 1, text));
    }
    month.is_partial(as_of).then(|| Notice::partial_period(month, as_of))
}

fn negative_usage(rows: &Rows) -> Option<Notice> {
    let mut count = 0;
    let mut candidates = Candidates::default();
    for row in rows.covered().filter(|row| row.negative_records > 0) {
        count += row.negative_records;
        candidates.push(rows.weight(row, row.usage), row);
    }
    (count > 0).then(|| {
        let text = format!(
            "{} negative usage, as corrections have; it is added up as it is.",
            if count == 1 { "1 record has".to_owned() } else { format!("{} records have", grouped(count)) }
        );
        let example = |row: &&Row| {
            let records = row.negative_records.to_string();
            rows.parent_example(row, vec![("negative records", records), ("users", row.usage.to_string())])
        };
        Notice::note(Code::NegativeUsage, count, text)
            .with_examples(candidates.examples(|row| row.uuid, example))
    })
}

/// What nobody can be billed: a component of a resource with negative usage.
fn negative_totals(rows: &Rows) -> Option<Notice> {
    let mut totals: HashMap<(u32, u32, u32, BillingPeriod), (Quantity, &Row)> = HashMap::new();
    for row in rows.compared() {
        let key = (row.resource, row.component_type, row.measured_unit, row.period);
        totals.entry(key).or_insert((Quantity::ZERO, row)).0 += row.usage;
    }
    let mut candidates = Candidates::default();
    let mut sums = UnitSums::default();
    for (usage, row) in totals.into_values().filter(|(usage, _)| *usage < Quantity::ZERO) {
        sums.add(rows.measured_unit(row), usage);
        candidates.push(rows.weight(row, usage), (usage, row));
    }
    (!candidates.is_empty()).then(|| {
        let count = candidates.len();
        let text = format!(
            "{} to less than zero in a month: {sums}. Corrections are larger than the usage that they correct.",
            if count == 1 {
                "1 component of a resource comes".to_owned()
            } else {
                format!("{} components of resources come", grouped(count))
            }
        );
        let identity = |(_, row): &(Quantity, &Row)| (row.period, rows.resource_uuid(row), rows.component_type(row));
        let example =
            |(usage, row): &(Quantity, &Row)| rows.series_example(row, vec![("usage", usage.to_string())]);
        Notice::warning(Code::NegativeTotal, count, text).with_examples(candidates.examples(identity, example))
    })
}

fn zero_usage(rows: &Rows) -> Option<Notice> {
    let count: u64 = rows.covered().map(|row| row.zero_records).sum();
    (count > 0).then(|| {
        let text = format!(
            "{} a usage of zero, which says that nothing was used.",
            if count == 1 { "1 record has".to_owned() } else { format!("{} records have", grouped(count)) }
        );
        Notice::note(Code::ZeroUsage, count, text)
    })
}

/// A component of an offering has one unit: another one in other months is another measure, or a relabelled one.
fn changed_units(rows: &Rows) -> Option<Notice> {
    let mut units: BTreeMap<(u32, u32), BTreeMap<u32, BTreeSet<BillingPeriod>>> = BTreeMap::new();
    for row in rows.all() {
        let units = units.entry((row.offering, row.component_type)).or_default();
        units.entry(row.measured_unit).or_default().insert(row.period);
    }
    let mut candidates = Candidates::default();
    for (key, units) in units {
        let is_covered = units.values().flatten().any(|month| rows.subject.covers(*month));
        if units.len() > 1 && is_covered {
            candidates.push(0, (key, units));
        }
    }
    (!candidates.is_empty()).then(|| {
        let count = candidates.len();
        let text = format!(
            "{} measured in more than one unit: its months cannot be compared or added.",
            if count == 1 {
                "1 component of an offering is".to_owned()
            } else {
                format!("{} components of offerings are", grouped(count))
            }
        );
        let offering = |(key, _): &((u32, u32), _)| &rows.frame.offerings[key.0 as usize];
        let identity = |candidate: &((u32, u32), _)| {
            (offering(candidate).uuid, &rows.frame.component_types[candidate.0.1 as usize])
        };
        let example = |candidate: &((u32, u32), BTreeMap<u32, BTreeSet<BillingPeriod>>)| Example {
            period: None,
            labels: vec![
                ("offering_name", offering(candidate).name.to_string()),
                ("component_type", rows.frame.component_types[candidate.0.1 as usize].to_string()),
                ("offering_uuid", uuid_text(offering(candidate).uuid)),
            ],
            figures: unit_figures(rows, &candidate.1),
            ..Example::default()
        };
        Notice::warning(Code::UnitChanged, count, text).with_examples(candidates.examples(identity, example))
    })
}

/// Each unit with its first and last month.
fn unit_figures(rows: &Rows, units: &BTreeMap<u32, BTreeSet<BillingPeriod>>) -> Vec<(&'static str, String)> {
    let mut figures: Vec<(BillingPeriod, String)> = units
        .iter()
        .filter_map(|(unit, months)| {
            let (first, last) = (months.first()?, months.last()?);
            let unit = &rows.frame.measured_units[*unit as usize];
            let months = if first == last { first.to_string() } else { format!("{first}..{last}") };
            Some((*first, format!("{unit} in {months}")))
        })
        .collect();
    figures.sort();
    let units: Vec<String> = figures.into_iter().map(|(_, text)| text).collect();
    vec![("measured_units", units.join("; "))]
}
