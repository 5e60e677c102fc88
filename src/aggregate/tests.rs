//! A report over cells is the report over the records that they are made of.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::aggregate;
use super::keys::time_number;
use crate::dimension::Dimension;
use crate::filter::{Filter, Filters};
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::report::{Accounting, Based, Basis, Comparison, Provenance, Report, ReportSpec};
use crate::usage::{Cells, CountedLevel, CountedUsers, Counts, Entity, Parents, Records, UsageFrame};

/// Customer, project, offering, resource, component and unit of a parent, and its month after July 2025.
type ParentOf = ([u32; 6], i32);

fn frame(of_parents: &[ParentOf], records: &[(usize, u32, i128)]) -> UsageFrame {
    let first = BillingPeriod::new(2025, 8).unwrap().number();
    let months: Vec<i32> = of_parents.iter().map(|(_, month)| first + month).collect();
    let parents = Parents::new(
        (0..of_parents.len() as u128).collect(),
        std::array::from_fn(|at| of_parents.iter().map(|(links, _)| links[at]).collect()),
        of_parents.iter().map(|_| None),
        months.clone(),
    );
    // Two customers have one name, and a later name has a smaller index.
    let entities = |kind: u128| {
        let names = ["zeta", "acme", "acme"];
        (0..3).map(|at| Entity { uuid: 10 * kind + at, name: names[at as usize].into() }).collect::<Vec<_>>()
    };
    let texts = |texts: [&str; 3]| texts.map(Box::from).to_vec();
    let records: Vec<_> = records.iter().filter(|(parent, ..)| *parent < of_parents.len()).collect();
    let mut months: Vec<i32> = records.iter().map(|(parent, ..)| months[*parent]).collect();
    months.sort_unstable();
    months.dedup();
    UsageFrame {
        records: Records::new(
            records.iter().map(|(parent, ..)| *parent as u32).collect(),
            records.iter().map(|(_, user, _)| *user).collect(),
            records.iter().map(|(.., usage)| *usage).collect(),
            None,
        ),
        parents,
        customers: entities(1),
        projects: entities(2),
        offerings: entities(3),
        resources: entities(4),
        component_types: texts(["gpu", "cpu", "disk"]),
        measured_units: texts(["h", "GB", "GB·h"]),
        usernames: (0..5).map(|user| format!("user {user}").into()).collect(),
        months,
        ..UsageFrame::default()
    }
}

/// What the records of a parent are in a group.
fn place(frame: &UsageFrame, dimension: Dimension, parent: usize, calendar: &Calendar) -> u32 {
    let parents = &frame.parents;
    match dimension {
        Dimension::Component => parents.component_type()[parent],
        _ => match parents.entity(dimension) {
            Some(entities) => entities[parent],
            None => time_number(dimension, parents.period(parent), calendar),
        },
    }
}

fn level(frame: &UsageFrame, spec: &ReportSpec, by: Vec<Dimension>) -> CountedLevel {
    let mut users: HashMap<Box<[u32]>, HashSet<u32>> = HashMap::new();
    for (parent, user) in frame.records.parent().iter().zip(frame.records.username()) {
        let at = *parent as usize;
        if spec.period.is_none_or(|period| period.contains(frame.parents.period(at))) {
            let key = by.iter().map(|dimension| place(frame, *dimension, at, &spec.calendar));
            let key = key.chain([frame.parents.measured_unit()[at]]).collect();
            users.entry(key).or_default().insert(*user);
        }
    }
    let users = users.into_iter().map(|(key, users)| (key, users.len() as u64)).collect();
    CountedLevel { period: spec.period, by, users }
}

/// The same frame with one row a parent, and its users counted for one report.
fn cells(frame: &UsageFrame, spec: &ReportSpec) -> UsageFrame {
    let mut sums: BTreeMap<usize, (i128, Counts)> = BTreeMap::new();
    for (parent, usage) in frame.records.usage_by_parent() {
        let (sum, counts) = sums.entry(parent).or_default();
        *sum += usage.hundredths();
        let one = Counts::of_record(usage);
        counts.records += one.records;
        counts.negative += one.negative;
        counts.zero += one.zero;
        counts.fractional += one.fractional;
    }
    let up_to_customer = |by: &[Dimension]| {
        let customer = by.iter().position(|dimension| *dimension == Dimension::Customer);
        customer.map_or_else(Vec::new, |customer| by[..=customer].to_vec())
    };
    let time = spec.by.iter().copied().filter(|dimension| dimension.is_time()).collect();
    let levels = [spec.by.clone(), up_to_customer(&spec.by), time, Vec::new()];
    let users = CountedUsers(levels.map(|by| level(frame, spec, by)).to_vec());
    let records = Records::new(
        sums.keys().map(|parent| *parent as u32).collect(),
        vec![0; sums.len()],
        sums.values().map(|(usage, _)| *usage).collect(),
        None,
    );
    let counts = sums.values().map(|(_, counts)| *counts).collect();
    let records = records.into_cells(Cells { counts, users: Some(Arc::new(users)) });
    UsageFrame { records, usernames: vec![Box::default()], ..frame.clone() }
}

fn provenance(frame: &UsageFrame) -> Provenance {
    let read = frame.record_count();
    Provenance {
        tool_version: "0",
        period: None,
        as_of: NaiveDate::default(),
        timezone: chrono_tz::UTC,
        filters: Vec::new(),
        based: Based { on: Basis::Users, ..Based::default() },
        accounting: Accounting { read, kept: read, ..Accounting::default() },
        notices: Vec::new(),
        partial_periods: Vec::new(),
        comparison: None,
        states: Vec::new(),
        pricing: None,
    }
}

fn drawn(report: &Report) -> String {
    let mut text = format!("{:?} {:?} {:?}", report.by, report.columns, report.provenance);
    for section in [&report.rows, &report.subtotals, &report.totals] {
        let cells = section.cells();
        for row in 0..section.len() {
            let values = (0..report.columns.len()).map(|column| format!("{:?}", cells.get(row, column)));
            text.push_str(&format!("\n{}", values.collect::<Vec<_>>().join(" ")));
        }
        text.push_str("\n--");
    }
    text
}

fn spec() -> impl Strategy<Value = ReportSpec> {
    const TIMES: [Dimension; 4] =
        [Dimension::Period, Dimension::Quarter, Dimension::Year, Dimension::FiscalYear];
    const OTHERS: [Dimension; 5] = [
        Dimension::Customer,
        Dimension::Project,
        Dimension::Offering,
        Dimension::Resource,
        Dimension::Component,
    ];
    let by =
        (prop::option::of(prop::sample::select(&TIMES[..])), prop::sample::subsequence(&OTHERS[..], 0..4));
    let by = by.prop_flat_map(|(time, others)| {
        Just(time.into_iter().chain(others).collect::<Vec<Dimension>>()).prop_shuffle()
    });
    let comparison = prop::option::of(prop::sample::select(vec![
        Comparison::PreviousMonth,
        Comparison::PreviousYear,
        Comparison::PreviousPeriod { months: 2 },
    ]));
    let period = prop::option::of((0..14, 1..4));
    (by, comparison, period, any::<bool>(), 1..13_u32).prop_map(|(by, comparison, period, pivoted, start)| {
        let first = BillingPeriod::new(2025, 8).unwrap();
        let range = |(from, months): (i32, i32)| PeriodRange {
            start: first.plus_months(from),
            end: first.plus_months(from + months),
        };
        ReportSpec {
            by,
            period: period.map(range),
            calendar: Calendar {
                as_of: NaiveDate::from_ymd_opt(2026, 9, 15).unwrap(),
                fiscal_year_start: start,
            },
            comparison,
            is_pivoted: pivoted,
            top: None,
        }
    })
}

fn records() -> impl Strategy<Value = (Vec<ParentOf>, Vec<(usize, u32, i128)>)> {
    let parents = prop::collection::vec((prop::array::uniform6(0..3_u32), 0..15), 1..9);
    let usage = prop_oneof![-300..300_i128, Just(0), Just(i128::pow(10, 19)), Just(100)];
    (parents, prop::collection::vec((0..9_usize, 0..5_u32, usage), 0..40))
}

proptest! {
    #[test]
    fn a_report_over_cells_is_that_of_their_records((parents, records) in records(), spec in spec()) {
        prop_assume!(spec.check().is_ok());
        let frame = frame(&parents, &records);
        let cells = cells(&frame, &spec);
        prop_assert_eq!(cells.record_count(), frame.record_count());
        let of_records = aggregate(&frame, &spec, provenance(&frame)).unwrap();
        let of_cells = aggregate(&cells, &spec, provenance(&cells)).unwrap();
        prop_assert_eq!(drawn(&of_cells), drawn(&of_records));
    }

    #[test]
    fn a_filter_takes_cells_as_it_takes_their_records((parents, records) in records(), spec in spec()) {
        prop_assume!(spec.check().is_ok() && spec.comparison.is_none());
        let mut filters = Filters::default();
        filters.add(Filter::Type, "cpu").unwrap();
        filters.add(Filter::BillingPeriodYear, "2026").unwrap();
        let all = frame(&parents, &records);
        let months = all.months.clone();
        let frame = filters.apply(all.clone(), &[], chrono_tz::UTC);
        let mut cells = filters.apply(cells(&all, &spec), &[], chrono_tz::UTC);
        // The users of those that pass, counted where the records are.
        cells.records.cells_mut().unwrap().users = self::cells(&frame, &spec).records.cells().unwrap().users.clone();
        prop_assert_eq!((&cells.months, &frame.months), (&months, &months));
        let of_records = aggregate(&frame, &spec, provenance(&frame)).unwrap();
        let of_cells = aggregate(&cells, &spec, provenance(&cells)).unwrap();
        prop_assert_eq!(drawn(&of_cells), drawn(&of_records));
    }
}

#[test]
fn cells_whose_users_nobody_counted_make_no_report() {
    let frame = frame(&[([0; 6], 0), ([1; 6], 0)], &[(0, 0, 150), (0, 1, -50), (1, 1, 25)]);
    let spec = ReportSpec {
        by: vec![Dimension::Customer],
        period: None,
        calendar: Calendar { as_of: NaiveDate::default(), fiscal_year_start: 1 },
        comparison: None,
        is_pivoted: false,
        top: None,
    };
    let cells = cells(&frame, &spec);
    assert_eq!(cells.records.counts(0), Counts { records: 2, negative: 1, zero: 0, fractional: 2 });
    assert!(aggregate(&cells, &spec, provenance(&cells)).is_ok());
    let other = ReportSpec { by: vec![Dimension::Project], ..spec.clone() };
    assert!(aggregate(&cells, &other, provenance(&cells)).is_err(), "no level of projects was counted");
    let top = ReportSpec { top: Some(0), ..spec };
    let error = aggregate(&cells, &top, provenance(&cells)).unwrap_err().to_string();
    assert!(error.contains("sum up all others"), "{error}");
}
