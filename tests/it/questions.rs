//! What can be asked of the records, with numbers that a reader adds up in the head.

use crate::binary::{Outcome, run};
use crate::records::Dumps;

const RECORDS: &str = "
    acme   cpu     hour 2025-10 alice 1.00
    acme   cpu     hour 2026-06 alice 2.00
    acme   cpu     hour 2026-07 alice 4.00
    acme   cpu     hour 2026-07 bob   8.00
    acme   storage GB   2026-07 alice 16.00
    globex cpu     hour 2026-07 alice 32.00
    globex cpu     hour 2026-10 carol 64.00
";

/// A report of these records as CSV.
fn asked(records: &str, flags: &str) -> Outcome {
    let (_folder, files) = Dumps::of(&[records]);
    let as_of = if flags.contains("--as-of") { "" } else { "--as-of 2026-11-23" };
    run(&format!("report '{}' --format csv {as_of} {flags}", files[0]))
}

/// The rows, without the header and without uuids.
fn rows(records: &str, flags: &str) -> String {
    let outcome = asked(records, flags);
    assert!(matches!(outcome.code, 0 | 3), "{flags}: {}", outcome.stderr);
    let is_uuid = |cell: &&str| cell.len() == 32 && cell.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| line.split(',').filter(|cell| !is_uuid(cell)).collect::<Vec<_>>().join(" ");
    outcome.stdout.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
}

fn check(flags: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(rows(RECORDS, flags), expected.join("\n"), "{flags}");
}

#[test]
fn quantities_of_different_units_are_never_added() {
    check(
        "--by customer",
        "
        acme GB 16.00 1 1
        acme hour 15.00 4 2
        globex hour 96.00 2 2
    ",
    );
}

#[test]
fn users_are_counted_anew_at_every_level() {
    check(
        "--by component --totals",
        "
        cpu hour 111.00 6 3
        storage GB 16.00 1 1
        Total GB 16.00 1 1
        Total hour 111.00 6 3
    ",
    );
}

#[test]
fn months_are_put_together_to_quarters_and_years() {
    check(
        "--by quarter --type cpu",
        "
        2025-Q4 hour 1.00 1 1
        2026-Q2 hour 2.00 1 1
        2026-Q3 hour 44.00 3 2
        2026-Q4 hour 64.00 1 1
    ",
    );
    check(
        "--by year --type cpu",
        "
        2025 hour 1.00 1 1
        2026 hour 110.00 5 3
    ",
    );
    check(
        "--by fiscal-year --fiscal-year-start 7 --type cpu",
        "
        fy2026 hour 3.00 2 1
        fy2027 hour 108.00 4 3
    ",
    );
}

#[test]
fn a_period_can_be_said_in_every_way() {
    let july = "2026-07 hour 44.00 3 2";
    check("--by period --type cpu --period 2026-07", july);
    check("--by period --type cpu --period 2026-Q3", july);
    check("--by period --type cpu --period 2026-07..2026-09", july);
    check("--by period --type cpu --period last-month --as-of 2026-08-31", july);
    check(
        "--by period --type cpu --period fy2026 --fiscal-year-start 7",
        "
        2025-10 hour 1.00 1 1
        2026-06 hour 2.00 1 1
    ",
    );
}

#[test]
fn last_month_is_said() {
    let outcome = asked(RECORDS, "--period last-month --as-of 2026-08-31");
    assert!(outcome.stderr.contains("last-month is 2026-07"), "{}", outcome.stderr);
}

#[test]
fn usage_stands_beside_that_of_the_month_and_of_the_year_before() {
    check(
        "--by customer --type cpu --period 2026-07 --compare previous-month",
        "
        acme hour 12.00 2.00 10.00 500.00 2 2
        globex hour 32.00  32.00  1 1
    ",
    );
    check(
        "--by period --type cpu --period 2026-10 --compare previous-year",
        "
        2026-10 hour 64.00 1.00 63.00 6300.00 1 1
    ",
    );
}

#[test]
fn a_month_without_records_is_a_warning_where_it_was_asked_for() {
    let outcome = asked(RECORDS, "--period 2026-08");
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("warning: August 2026"), "{}", outcome.stderr);
}

#[test]
fn the_largest_rows_stay_and_the_others_are_one_row_for_each_period_and_unit() {
    check(
        "--by user --top 1 --type cpu",
        "
        carol hour 64.00 1 1
        Others hour 47.00 5 2
    ",
    );
}

#[test]
fn a_pivot_gives_each_month_a_column() {
    check(
        "--by period,customer --pivot period --type cpu --period 2026-06..2026-07",
        "
        acme hour 2.00 12.00 14.00
        globex hour  32.00 32.00
    ",
    );
}

#[test]
fn dimensions_come_in_the_order_asked_for() {
    check("--by component,period --type cpu --period 2026-07", "cpu 2026-07 hour 44.00 3 2");
    check("--by period,component --type cpu --period 2026-07", "2026-07 cpu hour 44.00 3 2");
}

#[test]
fn zero_and_negative_usage_count_as_records() {
    let records = "
        acme cpu hour 2026-07 alice 0.00
        acme cpu hour 2026-07 bob   -5.25
    ";
    assert_eq!(rows(records, "--by customer"), "acme hour -5.25 2 2");
}

#[test]
fn units_that_look_alike_stay_apart_and_are_noted() {
    let records = "
        acme   cpu hours 2026-07 alice 1.00
        globex cpu Hours 2026-07 alice 2.00
    ";
    let outcome = asked(records, "--by component");
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("note: ") && outcome.stderr.contains("\"Hours\""), "{}", outcome.stderr);
    assert_eq!(rows(records, "--by component"), "cpu Hours 2.00 1 1\ncpu hours 1.00 1 1");
}

#[test]
fn customers_of_one_name_stay_apart() {
    let records = "
        acme   cpu hour 2026-07 alice 1.00
        globex cpu hour 2026-07 alice 2.00 customer_name=acme
    ";
    let apart = rows(records, "--by customer");
    let mut usages: Vec<&str> = apart.lines().collect();
    usages.sort_unstable();
    assert_eq!(usages, ["acme hour 1.00 1 1", "acme hour 2.00 1 1"]);
}

#[test]
fn sums_beyond_what_a_double_holds_are_exact() {
    let records = r#"
        acme cpu hour 2026-07 alice "999999999999999999.99"
        acme cpu hour 2026-07 bob   "999999999999999999.99"
        acme cpu hour 2026-07 carol "0.02"
    "#;
    assert_eq!(rows(records, "--by customer"), "acme hour 2000000000000000000.00 3 3");
}
