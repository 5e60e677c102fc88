//! Three months of a real server against its database: every figure equal to the cent.
//!
//! The newest server prints usage as floats, so the truth for its pages is the sum of what it prints,
//! `usage_sum_of_floats`.

use std::collections::BTreeMap;
use std::fs::File;

use flate2::read::GzDecoder;
use usagebook::quantity::Quantity;

use crate::binary::stdout;
use crate::frames::{intake, report, rows};

const COMPLETE: &str = "fixtures/real/complete";

/// Key columns to figure columns.
pub type Table = BTreeMap<Vec<String>, Vec<String>>;

/// Some columns of a table of the database's truth, by others; months as reports write them.
pub fn truth(name: &str, keys: &[&str], figures: &[&str]) -> Table {
    let path = format!("fixtures/real/truth/{name}.csv.gz");
    table(GzDecoder::new(File::open(&path).expect("a table of the truth")), keys, figures)
}

/// Some columns of CSV, by others.
pub fn table(text: impl std::io::Read, keys: &[&str], figures: &[&str]) -> Table {
    let mut reader = csv::Reader::from_reader(text);
    let header = reader.headers().expect("a header").clone();
    let place = |name: &&str| {
        header.iter().position(|column| column == *name).unwrap_or_else(|| panic!("no column {name}"))
    };
    let keys: Vec<usize> = keys.iter().map(place).collect();
    let figures: Vec<usize> = figures.iter().map(place).collect();
    let mut table = Table::new();
    for record in reader.records() {
        let record = record.expect("a line of CSV");
        let key: Vec<String> = keys.iter().map(|&at| month(&record[at])).collect();
        let figures = figures.iter().map(|&at| figure(&header[at], &record[at])).collect();
        let earlier = table.insert(key.clone(), figures);
        assert_eq!(earlier, None, "{key:?} stands twice");
    }
    table
}

/// `2026-10-01` as `2026-10`, everything else as it is.
fn month(cell: &str) -> String {
    let is_day = cell.len() == 10 && cell.starts_with("20") && cell.ends_with("-01");
    if is_day { cell[..7].to_owned() } else { cell.to_owned() }
}

/// A figure in the way that reports write it: usage with two places, counts without.
fn figure(column: &str, cell: &str) -> String {
    if !column.starts_with("usage") {
        return cell.to_owned();
    }
    Quantity::parse_float(cell.as_bytes())
        .map_or_else(|fault| format!("{cell} {fault:?}"), |usage| usage.to_string())
}

/// Reports by these dimensions, from the library and from the command, are the table.
fn check(by: &str, keys: &[&str], figures: &[&str], truth: &Table) {
    assert!(truth.len() > 70, "{} rows", truth.len());
    let report = report(intake(&[COMPLETE]), by);
    let place =
        |name: &&str| report.columns.iter().position(|column| column.name() == *name).expect("a column");
    let keys_at: Vec<usize> = keys.iter().map(place).collect();
    let figures_at: Vec<usize> = figures.iter().map(place).collect();
    let cells = |row: &[String], places: &[usize]| places.iter().map(|&at| row[at].clone()).collect();
    let library: Table = rows(&report.rows, report.columns.len())
        .iter()
        .map(|row| (cells(row, &keys_at), cells(row, &figures_at)))
        .collect();
    assert_same(&library, truth);
    let text = stdout(&format!("report {COMPLETE} --by {by} --format csv --as-of 2026-11-23"));
    assert_same(&table(text.as_bytes(), keys, figures), truth);
}

fn assert_same(found: &Table, truth: &Table) {
    for (key, figures) in truth {
        assert_eq!(found.get(key), Some(figures), "{key:?}");
    }
    assert_eq!(found.len(), truth.len());
}

#[test]
fn every_monthly_total_record_count_and_user_count_is_the_databases() {
    let key = |period| {
        [
            period,
            "customer_uuid",
            "customer_name",
            "project_uuid",
            "project_name",
            "offering_uuid",
            "offering_name",
            "component_type",
            "measured_unit",
        ]
    };
    let truth = truth(
        "monthly_totals",
        &key("billing_period"),
        &["usage_sum_of_floats", "row_count", "username_count"],
    );
    let by = "period,customer,project,offering,component";
    check(by, &key("period"), &["usage", "records", "users"], &truth);
}

#[test]
fn every_total_of_a_resource_is_the_databases() {
    let key = |period| {
        [
            period,
            "customer_uuid",
            "project_uuid",
            "offering_uuid",
            "resource_uuid",
            "resource_name",
            "component_type",
            "measured_unit",
        ]
    };
    let truth = truth(
        "monthly_by_resource",
        &key("billing_period"),
        &["usage_sum_of_floats", "row_count", "username_count"],
    );
    let by = "period,customer,project,offering,resource,component";
    check(by, &key("period"), &["usage", "records", "users"], &truth);
}

#[test]
fn every_total_of_a_username_is_the_databases() {
    let key =
        |period| [period, "username", "offering_uuid", "offering_name", "component_type", "measured_unit"];
    let truth = truth("monthly_by_username", &key("billing_period"), &["usage_sum_of_floats", "row_count"]);
    check("period,user,offering,component", &key("period"), &["usage", "records"], &truth);
}

#[test]
fn every_total_of_a_component_and_unit_is_the_databases() {
    let key = |period| [period, "component_type", "measured_unit"];
    let truth = truth(
        "by_period_component_unit",
        &key("billing_period"),
        &["usage_sum_of_floats", "row_count", "username_count"],
    );
    check("period,component", &key("period"), &["usage", "records", "users"], &truth);
}

#[test]
fn the_complete_months_raise_no_alarm_and_lose_no_record() {
    let outcome = crate::binary::run(&format!("report {COMPLETE} --as-of 2026-11-23 --format csv"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let line = "4,536 records read: 4,536 used, 0 not asked for, 0 replaced by newer versions, 0 repeated, 0 rejected\n";
    assert!(outcome.stderr.ends_with(line), "{}", outcome.stderr);
}
