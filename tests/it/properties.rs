//! Laws that hold for any records: nothing is lost or made, in whatever way the same records come.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use usagebook::filter::Filter;
use usagebook::ingest::{Progress, read};
use usagebook::report::Report;
use usagebook::write::{Format, write};

use crate::frames::{intake, lines, report, report_of, request, rows};
use crate::records::{Dumps, Record, csv, ndjson, page};

/// A record as numbers: customer, component, unit's kind, month, user, hundredths, day of its version.
type Numbers = (u8, u8, u8, u8, i32, u8);

/// Hundredths, records and users of a group.
type Sum = (i128, u64, BTreeSet<u8>);

/// Records of which none contradicts another: of one version there is one usage.
fn some_records() -> impl Strategy<Value = Vec<Numbers>> {
    let record = (0..3_u8, 0..2_u8, 1..4_u8, 0..4_u8, -500..100_000_i32, 1..4_u8);
    prop::collection::vec(record, 1..40).prop_map(|records| {
        let mut seen = BTreeSet::new();
        let key = |record: &Numbers| (record.0, record.1, record.2, record.3, record.5);
        records.into_iter().filter(|record| seen.insert(key(record))).collect()
    })
}

fn record(&(customer, component, month, user, hundredths, day): &Numbers) -> Record {
    let component_name = ["cpu", "storage"][usize::from(component)];
    // The unit of storage is not the same everywhere: one name, two units.
    let unit = if component == 0 { "hour" } else { ["GB", "TB", "GB"][usize::from(customer)] };
    let usage = usagebook::quantity::Quantity::from_hundredths(i128::from(hundredths));
    let modified = format!("modified=2026-1{month}-0{day}T00:00:00Z", month = month - 1);
    Record::new(&format!(
        "customer{customer} {component_name} {unit} 2026-0{month} user{user} {usage} {modified}"
    ))
}

/// What counts, by a plain loop: the newest version of each record.
fn newest(records: &[Numbers]) -> Vec<Numbers> {
    let mut newest: BTreeMap<(u8, u8, u8, u8), Numbers> = BTreeMap::new();
    for record in records {
        let entry = newest.entry((record.0, record.1, record.2, record.3)).or_insert(*record);
        if record.5 > entry.5 {
            *entry = *record;
        }
    }
    newest.into_values().collect()
}

fn text(report: &Report) -> String {
    let mut text = Vec::new();
    write(report, &Format::Csv.with_defaults(), &mut text).expect("memory");
    String::from_utf8(text).expect("text")
}

const BY: &str = "period,customer,component,user";

/// The report of dumps in files of their own.
fn reported(texts: &[String]) -> String {
    let folder = Dumps::new();
    let files: Vec<String> =
        (1..).zip(texts).map(|(number, text)| folder.write(&format!("{number}.json"), text)).collect();
    text(&report(intake(&files), BY))
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).expect("memory");
    packer.finish().expect("memory")
}

/// Usage and records of each unit, over all rows.
fn totals(report: &Report) -> BTreeMap<String, (i128, u64)> {
    let place =
        |name: &str| report.columns.iter().position(|column| column.name() == name).expect("a column");
    let (unit, usage, records) = (place("measured_unit"), place("usage"), place("records"));
    let mut totals: BTreeMap<String, (i128, u64)> = BTreeMap::new();
    for row in rows(&report.rows, report.columns.len()) {
        let total = totals.entry(row[unit].clone()).or_default();
        let quantity = usagebook::quantity::Quantity::parse(row[usage].as_bytes()).expect("a usage");
        total.0 += quantity.hundredths();
        total.1 += row[records].parse::<u64>().expect("a count");
    }
    totals
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_a_plain_loop(records in some_records()) {
        let folder = Dumps::new();
        let all: Vec<Record> = records.iter().map(record).collect();
        let file = folder.write("a.json", page(&all));
        let mut expected: BTreeMap<(u8, u8, u8, &str), Sum> = BTreeMap::new();
        for (customer, component, month, user, hundredths, _) in newest(&records) {
            let unit = if component == 0 { "hour" } else { ["GB", "TB", "GB"][usize::from(customer)] };
            let sum = expected.entry((month, customer, component, unit)).or_default();
            sum.0 += i128::from(hundredths);
            sum.1 += 1;
            sum.2.insert(user);
        }
        let expected: Vec<String> = expected
            .into_iter()
            .map(|((month, customer, component, unit), (hundredths, records, users))| {
                let usage = usagebook::quantity::Quantity::from_hundredths(hundredths);
                let component = ["cpu", "storage"][usize::from(component)];
                format!("2026-0{month} customer{customer} {component} {unit} {usage} {records} {}", users.len())
            })
            .collect();
        let report = report(intake(&[file]), "period,customer,component");
        prop_assert_eq!(lines(&report), expected.join("\n"));
    }

    #[test]
    fn totals_are_the_same_under_any_grouping(
        records in some_records(),
        mut dimensions in Just(vec!["period", "customer", "project", "offering", "resource", "component", "user"]).prop_shuffle(),
        length in 1..7_usize,
    ) {
        dimensions.truncate(length);
        let folder = Dumps::new();
        let file = folder.write("a.json", page(&records.iter().map(record).collect::<Vec<_>>()));
        let all = totals(&report(intake(std::slice::from_ref(&file)), BY));
        prop_assert_eq!(totals(&report(intake(&[file]), &dimensions.join(","))), all);
    }

    #[test]
    fn a_filter_and_the_rest_add_up_to_the_whole(records in some_records()) {
        let folder = Dumps::new();
        let file = folder.write("a.json", page(&records.iter().map(record).collect::<Vec<_>>()));
        let files = [file];
        let all = totals(&report(intake(&files), BY));
        for filter in [Filter::BillingPeriodMonth, Filter::Username] {
            let mut sum: BTreeMap<String, (i128, u64)> = BTreeMap::new();
            for value in 1..5 {
                let value = if filter == Filter::Username { format!("user{}", value - 1) } else { value.to_string() };
                for (unit, (usage, records)) in totals(&report_of(intake(&files), BY, &[(filter, &value)])) {
                    let total = sum.entry(unit).or_default();
                    *total = (total.0 + usage, total.1 + records);
                }
            }
            prop_assert_eq!(&sum, &all);
        }
    }

    #[test]
    fn order_splitting_packing_and_format_change_no_figure(
        (records, shuffled) in some_records().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
        size in 1..12_usize,
    ) {
        let all: Vec<Record> = records.iter().map(record).collect();
        let expected = reported(&[page(&all)]);
        let all: Vec<Record> = shuffled.iter().map(record).collect();
        let pages: Vec<String> = all.chunks(size).map(page).collect();
        prop_assert_eq!(&reported(&[page(&all)]), &expected, "shuffled");
        prop_assert_eq!(&reported(&pages), &expected, "split");
        let reversed: Vec<String> = pages.iter().rev().cloned().collect();
        prop_assert_eq!(&reported(&reversed), &expected, "files in another order");
        prop_assert_eq!(&reported(&[ndjson(&all)]), &expected, "NDJSON");
        prop_assert_eq!(&reported(&[csv(&all)]), &expected, "CSV");
        let folder = Dumps::new();
        for (number, page) in (1..).zip(&pages) {
            folder.write(&format!("page-{number}.json.gz"), gzip(page.as_bytes()));
        }
        prop_assert_eq!(&text(&report(intake(&[folder.text()]), BY)), &expected, "packed pages of a folder");
    }

    #[test]
    fn an_input_that_is_given_twice_changes_no_figure(records in some_records()) {
        let all = page(&records.iter().map(record).collect::<Vec<_>>());
        let once = reported(std::slice::from_ref(&all));
        prop_assert_eq!(reported(&[all.clone(), all]), once);
    }

    #[test]
    fn one_thread_and_many_give_the_same_bytes(records in some_records(), size in 1..6_usize) {
        let folder = Dumps::new();
        let all: Vec<Record> = records.iter().map(record).collect();
        for (number, records) in (1..).zip(all.chunks(size)) {
            folder.write(&format!("{}/page-{number}.json", number % 3), page(records));
        }
        let on = |threads| {
            let request = usagebook::ingest::ReadRequest { threads: Some(threads), ..request(&[folder.text()]) };
            let intake = read(&request, &Progress::default().into()).expect("the inputs can be read");
            let notices = format!("{:?}", intake.notices);
            (text(&report(intake, BY)), notices)
        };
        let one = on(1);
        prop_assert_eq!(&on(2), &one);
        prop_assert_eq!(&on(7), &one);
    }
}
