//! Extreme numbers as two versions of the server wrote them, against the database.

use std::collections::BTreeMap;
use std::fs::File;

use crate::binary::stdout;
use crate::frames::intake;
use crate::truth::{Table, table};

const FOLDER: &str = "fixtures/real/numbers";

fn truth(offering: &str) -> Table {
    let file = File::open("fixtures/real/truth/numbers.csv").expect("the truth");
    let all = table(file, &["offering_name", "component_type", "username"], &["usage", "usage_as_float"]);
    all.into_iter().filter(|(key, _)| key[0] == offering).collect()
}

/// The usage that the listing gives for each component and user.
fn listed(file: &str, flags: &str) -> BTreeMap<Vec<String>, Vec<String>> {
    let line = format!("list {FOLDER}/{file} --all --format csv {flags}");
    table(stdout(&line).as_bytes(), &["offering_name", "component_type", "username"], &["usage"])
}

#[test]
fn the_strings_of_an_older_server_are_read_exactly() {
    for (file, offering) in [
        ("numbers", "Numbers"),
        ("legacy-slurm-no-plan", "Legacy SLURM no plan"),
        ("legacy-slurm-with-plan", "Legacy SLURM with plan"),
    ] {
        let listed = listed(&format!("{file}.user-usages.2024.json.gz"), "");
        let truth = truth(offering);
        assert_eq!(listed.len(), truth.len(), "{file}");
        for (key, figures) in truth {
            assert_eq!(listed[&key][0], figures[0], "{key:?}");
        }
    }
}

#[test]
fn the_floats_of_the_newest_server_are_read_by_their_digits() {
    let listed = listed("numbers.user-usages.newest.json.gz", "");
    for (key, figures) in truth("Numbers") {
        assert_eq!(listed[&key][0], figures[1], "{key:?}");
    }
}

#[test]
fn a_float_that_may_have_lost_its_cents_is_counted() {
    let intake = intake(&[format!("{FOLDER}/numbers.user-usages.newest.json.gz")]);
    let noticed = crate::frames::noticed(&intake);
    assert!(noticed.contains(&"note imprecise_usage 10".to_owned()), "{noticed:?}");
}

#[test]
fn strings_and_floats_of_one_database_are_one_truth_and_the_digits_of_the_strings_count() {
    let both = |first: &str, second: &str| {
        let line = format!(
            "report {FOLDER}/numbers.user-usages.{first}.json.gz {FOLDER}/numbers.user-usages.{second}.json.gz \
             --by user --format csv --as-of 2026-11-23"
        );
        table(stdout(&line).as_bytes(), &["username"], &["usage"])
    };
    let truth: Table = truth("Numbers")
        .into_iter()
        .map(|(key, figures)| (key[2..].to_vec(), figures[..1].to_vec()))
        .collect();
    assert_eq!(both("2024", "newest"), truth);
    assert_eq!(both("newest", "2024"), truth);
}
