//! An attribute that moves from one customer to another between two closings of a month: what each is billed, by customer and
//! by attribute, differs by as much as the notes and the comparison say.

use std::collections::BTreeMap;

use crate::book::Parcel;
use crate::frozen_amounts::Desk;
use crate::issue::{closed, columns, issued, register};

/// A customer, or the value of an attribute, and the amount in a currency, in cents.
type Amounts = BTreeMap<(String, String), i64>;

fn cents(text: &str) -> i64 {
    let (whole, cents) = text.rsplit_once('.').expect("two decimals");
    assert_eq!(cents.len(), 2, "{text}");
    format!("{whole}{cents}").parse().expect("a number")
}

/// What a version comes to, by a column.
fn of_version(desk: &Desk, version: &str, by: &str, column: &str) -> Amounts {
    let csv = desk.ok(&format!("report --period 2026-10 --by {by} --version {version} --format csv -q"));
    sums(columns(&csv, &[column, "currency", "amount"]))
}

fn sums(rows: Vec<String>) -> Amounts {
    let mut sums = Amounts::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').collect();
        *sums.entry((cells[0].to_owned(), cells[1].to_owned())).or_default() += cents(cells[2]);
    }
    sums
}

/// What is more, or less, and not equal.
fn difference(before: &Amounts, after: &Amounts) -> Amounts {
    let of = |amounts: &Amounts, key: &(String, String)| amounts.get(key).copied().unwrap_or_default();
    let keys = before.keys().chain(after.keys());
    let mut differences: Amounts = keys.map(|key| (key.clone(), of(after, key) - of(before, key))).collect();
    differences.retain(|_, cents| *cents != 0);
    differences
}

/// What the documents of a version come to without VAT, by recipient.
fn of_notes(desk: &Desk, folder: &str, version: &str) -> Amounts {
    let rows = register(desk, folder, &["version", "name", "currency", "net"]);
    let rows = rows.iter().filter_map(|row| row.strip_prefix(&format!("{version}|")));
    let mut sums = sums(rows.map(str::to_owned).collect());
    sums.retain(|_, cents| *cents != 0);
    sums
}

/// The differences that a comparison of two versions has by customer.
fn of_diff(desk: &Desk, from: &str, to: &str) -> Amounts {
    let csv = desk.ok(&format!("diff 2026-10 --from {from} --to {to} --amounts --format csv"));
    sums(columns(&csv, &["customer_name", "currency", "change"]))
}

fn by_currency(amounts: &Amounts) -> BTreeMap<String, i64> {
    let mut totals = BTreeMap::new();
    for ((_, currency), cents) in amounts {
        *totals.entry(currency.clone()).or_default() += cents;
    }
    totals.retain(|_, cents| *cents != 0);
    totals
}

const FIRST: &str = "customer_name,address,vat_rate,cost_centre\nacme,Main Road 5,24,K1\nglobex,Side Street,24,K2\nzeta,,24,K1\n";
/// K1 goes from acme to globex, acme is the first of K3.
const SECOND: &str = "customer_name,address,vat_rate,cost_centre\nacme,Main Road 5,24,K3\nglobex,Side Street,24,K1\nzeta,,24,K1\n";

/// Closed and billed as version 1, restated with other usage and other cost centres, and billed again.
fn moved(per: &str, lines: &str) -> Desk {
    let desk = crate::issue::desk();
    // All of a cost centre have one address on its bill.
    let table = |text: &str| match per {
        "cost_centre" => text.replace("Main Road 5", "").replace("Side Street", ""),
        _ => text.to_owned(),
    };
    desk.write("customers.csv", &table(FIRST));
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    issued(&desk, "first", &format!("--per {per}"));
    if !lines.is_empty() {
        Parcel::new("2026-11-20", lines).deliver(&desk.book);
    }
    desk.write("customers.csv", &table(SECOND));
    desk.ok("restate 2026-10 --note moved --attributes customers.csv");
    issued(&desk, "second", "");
    desk
}

const LATER: &str = "acme cpu hour 2026-10 alice 12.50 modified=2026-11-20T00:00:00Z\nzeta cpu hour 2026-10 eve 1.00\nglobex cpu hour 2026-10 bob 4.00";

#[test]
fn notes_by_the_attribute_come_to_what_the_versions_differ_by() {
    for lines in [LATER, ""] {
        let desk = moved("cost_centre", lines);
        let [before, after] =
            ["v1", "v2"].map(|version| of_version(&desk, version, "cost_centre", "cost_centre"));
        let notes = of_notes(&desk, "second", "v2");
        assert_eq!(notes, difference(&before, &after), "{lines}");
        let total = difference(&before, &after);
        assert_eq!(by_currency(&of_diff(&desk, "v1", "v2")), by_currency(&total), "{lines}");
        let kinds = register(&desk, "second", &["version", "kind", "name", "currency"]);
        assert!(kinds.contains(&"v2|bill|K3|EUR".to_owned()), "who had no bill gets one: {kinds:?}");
        assert!(kinds.contains(&"v2|credit_note|K1|EUR".to_owned()), "{kinds:?}");
        desk.ok("verify");
    }
}

#[test]
fn notes_and_comparison_by_customer_do_not_move_with_the_attribute() {
    let desk = moved("customer", LATER);
    let [before, after] = ["v1", "v2"].map(|version| of_version(&desk, version, "customer", "customer_name"));
    let expected = difference(&before, &after);
    assert_eq!(of_diff(&desk, "v1", "v2"), expected);
    assert_eq!(of_notes(&desk, "second", "v2"), expected);
    assert_eq!(by_currency(&expected), BTreeMap::from([("EUR".to_owned(), 700)]));
}

#[test]
fn late_changes_are_the_same_money_before_the_month_is_restated() {
    let desk = closed();
    Parcel::new("2026-11-20", LATER).deliver(&desk.book);
    let csv = desk.ok("late --amounts --format csv -q");
    let late = sums(columns(&csv, &["customer_name", "currency", "change"]));
    desk.write("customers.csv", SECOND);
    desk.ok("restate 2026-10 --note moved --attributes customers.csv");
    let [before, after] = ["v1", "v2"].map(|version| of_version(&desk, version, "customer", "customer_name"));
    assert_eq!(late, difference(&before, &after));
}

#[test]
fn a_comparison_of_two_closings_says_which_attributes_moved() {
    let desk = moved("customer", "");
    let acme = crate::records::uuid("acme");
    for rest in ["", "--amounts"] {
        let text = desk.ok(&format!("diff 2026-10 --from v1 --to v2 {rest}"));
        let moved = format!(
            "cost_centre of 2 customers changed: \"acme\" ({acme}) from \"K1\" to \"K3\", \"globex\" ("
        );
        assert!(text.contains(&moved), "{text}");
        assert!(!text.contains("Nothing changed"), "{text}");
        let html = desk.ok(&format!("diff 2026-10 --from v1 --to v2 {rest} --format html"));
        assert!(html.contains("cost_centre of 2 customers changed"), "{html}");
        let json = desk.ok(&format!("diff 2026-10 --from v1 --to v2 {rest} --format json"));
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let first = &json["attributes_changed"][0];
        assert_eq!(
            (&first["uuid"], &first["before"], &first["after"]),
            (&acme.as_str().into(), &"K1".into(), &"K3".into())
        );
    }
    let text = desk.ok("diff 2026-10 --from v1 --to v1");
    assert!(text.contains("Nothing changed: no record, line or name differs."), "{text}");
}
