//! A price list to fill in has an entry for everything that has usage, and nothing else is needed for amounts.

use crate::binary::{run, stdout};
use crate::book::{Parcel, shelf};
use crate::records::{Dumps, page, records};

const LINES: &str = "acme cpu hour 2026-10 alice 1.50\nacme cpu hour 2026-10 bob 2.00\nglobex gpu card 2026-10 eve 0.00\n\
    acme disk GB 2026-09 alice 7.00";

#[test]
fn an_entry_for_each_component_and_unit_that_has_usage_in_the_months() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(LINES)));
    let list = stdout(&format!("prices new '{dump}' --period 2026-10 --currency EUR"));
    let entries: toml::Table = toml::from_str(&list).expect("TOML");
    let entries: Vec<(&str, &str)> = entries["price"]
        .as_array()
        .expect("prices")
        .iter()
        .map(|entry| (entry["component_type"].as_str().unwrap(), entry["measured_unit"].as_str().unwrap()))
        .collect();
    assert_eq!(entries, [("cpu", "hour"), ("gpu", "card")]);
    assert!(list.contains(": 3.50 hour on 1 resource of 1 customer\n"), "{list}");
    assert!(list.contains("currency = \"EUR\"") && !list.contains("disk"), "{list}");
}

#[test]
fn with_its_prices_filled_in_nothing_is_without_a_price() {
    let folder = Dumps::new();
    let file = folder.path("rates.toml");
    let (input, period) = ("fixtures/real/complete", "--period 2026-10 --as-of 2026-11-23");
    let written = run(&format!("prices new {input} {period} --currency EUR -o '{}'", file.display()));
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    let report = format!("report {input} {period} --by period --prices '{}' --format csv", file.display());
    let refused = run(&report);
    assert!(refused.code == 1 && refused.stderr.contains("unit_price"), "{}", refused.stderr);
    let list = std::fs::read_to_string(&file).expect("a price list");
    std::fs::write(&file, list.replace("unit_price = \"\"", "unit_price = \"1\"")).expect("a price list");
    let priced = run(&report);
    assert_eq!(priced.code, 0, "{}", priced.stderr);
    // At a price of 1 and rounded to the cent, a unit's amount is its usage.
    let mut rows = csv::Reader::from_reader(priced.stdout.as_bytes());
    let names = rows.headers().expect("a header").clone();
    let at = |name: &str| names.iter().position(|known| known == name).expect("a column");
    for row in rows.records().map(|row| row.expect("a row")) {
        assert_eq!(row[at("usage")], row[at("amount")], "{row:?}");
    }
}

#[test]
fn a_name_of_two_offerings_is_told_apart_by_uuid_and_odd_names_come_back() {
    let input = "fixtures/real/complete";
    let list = stdout(&format!("prices new {input} --currency EUR"));
    let entries: toml::Table = toml::from_str(&list).expect("TOML");
    let entries = entries["price"].as_array().expect("prices");
    let report = stdout(&format!("report {input} --as-of 2026-11-23 --by offering,component --format csv"));
    let mut rows = csv::Reader::from_reader(report.as_bytes());
    assert_eq!(entries.len(), rows.records().count(), "as many as a report has rows");
}

#[test]
fn a_book_is_asked_as_dumps_are() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", LINES).deliver(&book);
    let list = stdout(&format!("prices new --book '{}' --period last-month", book.display()));
    assert_eq!(list.matches("[[price]]").count(), 2, "{list}");
    assert!(list.contains("currency = \"\""), "{list}");
}

#[test]
fn what_has_prices_in_it_is_not_written_over() {
    let folder = Dumps::new();
    let filled = folder.write("rates.toml", "[[price]]");
    let refused = run(&format!("prices new fixtures/real/complete -o '{filled}'"));
    assert!(refused.code == 1 && refused.stderr.contains("is there already"), "{}", refused.stderr);
    let refused = run("prices new fixtures/real/complete --currency eur");
    assert!(refused.code == 2 && refused.stderr.contains("\"EUR\""), "{}", refused.stderr);
}

#[test]
fn component_usages_without_users_need_prices_too() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records("acme cpu hour 2026-10 alice 1.50")));
    let usages = crate::basis::component_usages("acme cpu hour 2026-10 1.50\nzeta gpu card 2026-10 3");
    let usages = folder.write("usages.json", usages);
    let list = stdout(&format!("prices new '{dump}' --parents '{usages}' --period 2026-10 --currency EUR"));
    assert_eq!(list.matches("[[price]]").count(), 2, "{list}");
    assert!(list.contains(": 3.00 card on 1 resource of 1 customer\n"), "{list}");
}
