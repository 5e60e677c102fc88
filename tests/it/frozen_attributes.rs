//! A month that is closed with attributes keeps them, whatever later tables say.

use std::collections::BTreeSet;
use std::fs;

use crate::book::Parcel;
use crate::frozen_amounts::{Desk, adjust};

const CENTRES: &str = "customer_name,cost_centre\nacme,4100\nglobex,4200\n";

/// The rows of a report by cost centre: `4100 28.00; 4200 8.00`.
fn by_centre(desk: &Desk, rest: &str) -> String {
    let csv = desk.ok(&format!("report --by cost_centre --type cpu --format csv {rest}"));
    let cells = csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    cells.map(|cells| format!("{} {}", cells[0], cells[2])).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_closed_month_keeps_its_attributes_and_further_columns_may_be_added() {
    let desk = Desk::new();
    desk.write("centres.csv", CENTRES);
    let closed = desk.ok("close 2026-10 --attributes centres.csv");
    assert!(closed.ends_with("attributes: cost_centre\n"), "{closed}");
    let own = by_centre(&desk, "--period 2026-10");
    assert_eq!(own, "4100 10.00; 4200 4.00");
    desk.write("centres.csv", &CENTRES.replace("4100", "9999"));
    assert_eq!(by_centre(&desk, "--period 2026-10"), own);
    let other =
        desk.on("report --by cost_centre --type cpu --format csv --period 2026-10 --attributes centres.csv");
    assert!(
        other.code == 0 && other.stdout.contains("4100,") && !other.stdout.contains("9999"),
        "{}",
        other.stdout
    );
    assert!(
        other.stderr.contains("1 value of cost_centre are those")
            || other.stderr.contains("1 value of cost_centre"),
        "{}",
        other.stderr
    );
    desk.write("more.csv", "customer_name,region\nacme,north\n");
    let more =
        desk.ok("report --by customer,region --type cpu --format csv --period 2026-10 --attributes more.csv");
    assert!(more.contains("acme,4100,north,") && more.contains("globex,4200,,"), "{more}");
    desk.ok("verify");
    assert_eq!(
        desk.ok("restate 2026-10 --note again"),
        "nothing to restate: 2026-10 has the records of v1\n"
    );
    let restated = desk.ok("restate 2026-10 --note moved --attributes centres.csv");
    assert!(restated.contains("CLOSED v2"), "{restated}");
    assert_eq!(by_centre(&desk, "--period 2026-10"), "4200 4.00; 9999 10.00");
    assert_eq!(by_centre(&desk, "--period 2026-10 --version v1"), own);
}

#[test]
fn open_months_have_the_attributes_that_are_given_and_one_entity_has_one_value() {
    let desk = Desk::new();
    desk.write("centres.csv", CENTRES);
    desk.ok("close 2026-10 --attributes centres.csv --prices prices.toml");
    Parcel::new("2026-12-02", "zeta cpu hour 2026-11 eve 7.00\nglobex cpu hour 2026-11 bob 1.00")
        .deliver(&desk.book);
    desk.write("later.csv", "customer_name,cost_centre\nacme,9999\nglobex,4200\nzeta,4300\n");
    let both = by_centre(&desk, "--period 2026-10..2026-11 --attributes later.csv");
    assert_eq!(both, "4100 10.00; 4200 5.00; 4300 7.00");
    desk.write("later.csv", "customer_name,cost_centre\nglobex,4299\nzeta,4300\n");
    // The closed month keeps its figures, and a note says that the table has another value.
    let both = desk.on(
        "report --by cost_centre --type cpu --format csv --period 2026-10..2026-11 --attributes later.csv",
    );
    assert!(both.stdout.contains("4200,") && !both.stdout.contains("4299"), "{}", both.stdout);
    assert!(both.stderr.contains("(1 value of cost_centre)"), "{}", both.stderr);
    assert_eq!(by_centre(&desk, "--period 2026-11 --attributes later.csv"), "4299 1.00; 4300 7.00");
}

/// August is open; September and October are closed with these cost centres of acme.
fn three_months(september: &str, october: &str) -> Desk {
    let desk = Desk::new();
    Parcel::new("2026-11-03", "acme cpu hour 2026-08 alice 1.00").complete("2026-08").deliver(&desk.book);
    let text = "acme cpu hour 2026-09 alice 2.00\nzeta cpu hour 2026-09 eve 3.00";
    Parcel::new("2026-11-04", text).complete("2026-09").deliver(&desk.book);
    for (month, centre) in [("2026-09", september), ("2026-10", october)] {
        desk.write("centres.csv", &format!("customer_name,cost_centre\nacme,{centre}\nzeta,4300\n"));
        desk.ok(&format!("close {month} --attributes centres.csv --prices prices.toml"));
    }
    desk
}

#[test]
fn months_that_are_read_for_comparison_never_decide_what_an_attribute_is() {
    for september in ["4100", "4150"] {
        let desk = three_months(september, "4150");
        for (month, centres) in [
            ("2026-10", "4150 10.00; (none) 4.00"),
            ("2026-09", &*format!("{september} 2.00; 4300 3.00")),
            // August is open: the latest other month serves.
            ("2026-08", "4150 1.00"),
        ] {
            let expected: BTreeSet<&str> = centres.split("; ").collect();
            let found = by_centre(&desk, &format!("--period {month}"));
            let found: BTreeSet<String> = found
                .split("; ")
                .map(|row| if row.starts_with(' ') { format!("(none){row}") } else { row.to_owned() })
                .collect();
            assert_eq!(found.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{month}");
            for output in [
                "report -o page.html",
                "report -o book.xlsx",
                "report --compare previous-month --format csv",
                "report --by cost_centre --compare previous-month --format csv",
            ] {
                let _ = fs::remove_file(desk.path("page.html"));
                let _ = fs::remove_file(desk.path("book.xlsx"));
                let outcome = desk.on(&format!("{output} --period {month}"));
                assert!(matches!(outcome.code, 0 | 3), "{month} {output}: {}", outcome.stderr);
                assert!(!outcome.stderr.contains("Values changed"), "{month} {output}: {}", outcome.stderr);
            }
        }
        let to = desk.path("statements");
        desk.ok(&format!("statements --period 2026-10 --format html,xlsx --to '{}'", to.display()));
    }
}

#[test]
fn a_customer_without_usage_in_the_month_has_what_the_latest_other_month_has() {
    let desk = three_months("4100", "4150");
    let csv = desk.ok("report --by cost_centre --compare previous-month --format csv --period 2026-10");
    let row = |centre: &str| csv.lines().any(|line| line.starts_with(&format!("{centre},")));
    assert!(row("4300") && row("4150") && !row("4100"), "{csv}");
}

#[test]
fn the_latest_closed_month_decides_a_value_that_changed_and_figures_by_it_are_refused() {
    let desk = three_months("4100", "4150");
    let both = desk.on("report --by customer --type cpu --format csv --period 2026-09..2026-10");
    assert_eq!(both.code, 0, "{}", both.stderr);
    assert!(both.stdout.contains("acme,4150,") && !both.stdout.contains("4100"), "{}", both.stdout);
    let said = "is \"4100\" in September 2026 and \"4150\" in October 2026";
    assert!(both.stderr.contains("note: Values changed") && both.stderr.contains(said), "{}", both.stderr);
    let refused = desk.on("report --by cost_centre --period 2026-09..2026-10");
    assert!(refused.code == 2 && refused.stderr.contains(said), "{}", refused.stderr);
    let unchanged = three_months("4150", "4150");
    assert!(by_centre(&unchanged, "--period 2026-09..2026-10").contains("4150 12.00"));
    // What a month is now may have any table; without one it has that of its last version.
    let now = "--period 2026-09 --version now";
    assert_eq!(by_centre(&desk, now), "4100 2.00; 4300 3.00");
    desk.write("centres.csv", "customer_name,cost_centre\nacme,9999\n");
    assert_eq!(by_centre(&desk, &format!("{now} --attributes centres.csv")), "4300 3.00; 9999 2.00");
}

#[test]
fn an_adjustment_of_another_month_is_no_part_of_what_a_month_is_closed_with() {
    let desk = Desk::new();
    Parcel::new("2026-11-04", "acme cpu hour 2026-09 alice 2.00").complete("2026-09").deliver(&desk.book);
    adjust(&desk, "globex", "-2.50", "agreed by phone");
    let (acme, globex) = (crate::records::uuid("acme"), crate::records::uuid("globex"));
    desk.write("centres.csv", &format!("customer_uuid,cost_centre\n{acme},4100\n{globex},4200\n"));
    desk.ok("close 2026-09 --attributes centres.csv --prices prices.toml");
    let verified = desk.on("verify");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
    desk.ok("close 2026-10 --attributes centres.csv --prices prices.toml");
    let verified = desk.on("verify");
    assert_eq!(verified.code, 0, "{}{}", verified.stdout, verified.stderr);
}

#[test]
fn bills_can_be_made_per_column_that_a_month_was_closed_with() {
    let desk = Desk::new();
    desk.write("centres.csv", CENTRES);
    desk.ok("close 2026-10 --attributes centres.csv --prices prices.toml");
    let to = desk.path("bills");
    desk.ok(&format!("bills --period 2026-10 --per cost_centre --format csv --to '{}'", to.display()));
    let names: Vec<String> = fs::read_dir(&to)
        .expect("a folder")
        .map(|entry| entry.expect("a file").file_name().display().to_string())
        .collect();
    for centre in ["4100", "4200"] {
        assert!(names.iter().any(|name| name.starts_with(centre)), "{centre}: {names:?}");
    }
    let unknown = desk.on("bills --period 2026-10 --per region --to nowhere");
    assert!(unknown.code == 2 && unknown.stderr.contains("cost_centre"), "{}", unknown.stderr);
}

#[test]
fn a_dump_is_no_table_that_a_closing_keeps() {
    let desk = Desk::new();
    desk.write("people.json", "[]");
    let refused = desk.on("close 2026-10 --attributes people.json");
    assert!(refused.code != 0 && refused.stderr.contains("a closing keeps no dump"), "{}", refused.stderr);
}
