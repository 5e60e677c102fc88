//! Usage beside that of an earlier time: the change is what the two figures differ by, or there is none.

use serde_json::Value;
use usagebook::book::BookWriter;
use usagebook::quantity::Quantity;

use crate::binary::{Outcome, run, stdout};
use crate::book::{Parcel, closing};
use crate::records::{Dumps, page, records};
use crate::workbook::{Workbook, workbook};

/// The last quarter of a year, and two of its months in the year before.
const RECORDS: &str = "
    acme   cpu hour 2025-11 alice 10.00
    acme   cpu hour 2025-12 alice 20.00
    acme   cpu hour 2026-10 alice 40.00
    acme   cpu hour 2026-11 alice 80.00
    acme   cpu hour 2026-12 alice 5.00
    globex cpu hour 2026-12 bob   1.00
";

/// The months of 2025 are there in full, though some customers have no record in them.
const WHOLE: &str = "
    acme   cpu hour 2025-10 alice 10.00
    acme   cpu hour 2025-11 alice 20.00
    acme   cpu hour 2025-12 alice 0.00
    acme   cpu hour 2026-10 alice 15.00
    acme   cpu hour 2026-11 alice 20.00
    globex cpu hour 2026-12 bob   1.00
    zenith cpu hour 2025-12 carol 2.00
";

const QUARTER: &str = "--period 2026-Q4 --as-of 2027-01-10 --by customer";

fn asked(text: &str, flags: &str) -> Outcome {
    let (_folder, files) = Dumps::of(&[text]);
    run(&format!("report '{}' {flags}", files[0]))
}

/// Rows and totals of JSON, each as `usage before change percent` behind its customer or month.
fn figures(json: &str, columns: &[&str]) -> Vec<String> {
    let report: Value = serde_json::from_str(json).expect("JSON");
    let lines = ["rows", "totals"].iter().flat_map(|part| report[*part].as_array().expect("rows"));
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    lines.map(|row| columns.iter().map(|name| text(&row[*name])).collect::<Vec<_>>().join(" ")).collect()
}

const COLUMNS: [&str; 5] = ["customer_name", "usage", "usage_before", "change", "change_percent"];

#[test]
fn a_period_whose_earlier_one_is_not_wholly_there_is_not_compared_and_the_reason_is_shown() {
    let flags = format!("{QUARTER} --compare previous-year");
    let outcome = asked(RECORDS, &format!("{flags} --format json"));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("October to December 2025: 2 of 3 months available"),
        "{}",
        outcome.stderr
    );
    let lines = figures(&outcome.stdout, &COLUMNS);
    assert_eq!(lines, ["acme 125.00 - - -", "globex 1.00 - - -", "- 126.00 - - -"]);
    assert!(outcome.stdout.contains(r#""left_out":["2025-10..2025-12: 2 of 3 months available"]"#));

    let csv = asked(RECORDS, &format!("{flags} --format csv"));
    assert!(csv.stdout.contains("usage,usage_before,change,change_percent,"), "{}", csv.stdout);
    assert!(csv.stdout.contains("acme,hour,125.00,,,,"), "{}", csv.stdout);
    for format in ["table", "markdown"] {
        let shown = asked(RECORDS, &format!("{flags} --format {format}")).stdout;
        assert!(!shown.contains("change") && !shown.contains("before"), "{shown}");
        assert!(
            shown.contains("Not compared (October to December 2025: 2 of 3 months available)"),
            "{shown}"
        );
    }
}

#[test]
fn months_of_one_row_each_are_compared_one_by_one_and_their_total_only_if_all_are() {
    let flags = "--period 2026-Q4 --as-of 2027-01-10 --by period --compare previous-year --format json";
    let outcome = asked(RECORDS, flags);
    let columns = ["period", "usage", "usage_before", "change", "change_percent"];
    assert_eq!(
        figures(&outcome.stdout, &columns),
        [
            "2026-10 40.00 - - -",
            "2026-11 80.00 10.00 70.00 700.00",
            "2026-12 6.00 20.00 -14.00 -70.00",
            "2026-10 40.00 - - -",
            "2026-11 80.00 10.00 70.00 700.00",
            "2026-12 6.00 20.00 -14.00 -70.00",
            "- 126.00 - - -",
        ]
    );
}

#[test]
fn a_group_without_records_in_a_month_that_is_there_counts_as_zero_in_the_change_and_shows_nothing() {
    let outcome = asked(WHOLE, &format!("{QUARTER} --compare previous-year --format json"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(
        figures(&outcome.stdout, &COLUMNS),
        [
            "acme 35.00 30.00 5.00 16.67",
            "globex 1.00 - 1.00 -",
            "zenith - 2.00 -2.00 -100.00",
            "- 36.00 32.00 4.00 12.50",
        ]
    );
}

#[test]
fn the_running_month_is_not_there() {
    let flags = "--period 2026-Q4 --as-of 2026-12-31 --by customer --compare previous-year --format json";
    let outcome = asked(WHOLE, flags);
    assert!(outcome.stdout.contains("2026-10..2026-12: 2 of 3 months available"), "{}", outcome.stdout);
    assert!(figures(&outcome.stdout, &COLUMNS).iter().all(|line| line.ends_with(" - - -")));
}

#[test]
fn like_for_like_compares_the_months_that_both_sides_have_in_columns_of_its_own() {
    let flags = "--period 2026 --as-of 2026-12-31 --by customer --compare like-for-like";
    let outcome = asked(WHOLE, &format!("{flags} --format json"));
    assert_eq!(outcome.code, 3, "the months before October were asked for: {}", outcome.stderr);
    let columns = ["customer_name", "usage", "usage_compared", "usage_before", "change", "change_percent"];
    assert_eq!(
        figures(&outcome.stdout, &columns),
        ["acme 35.00 35.00 30.00 5.00 16.67", "globex 1.00 - - - -", "- 36.00 35.00 30.00 5.00 16.67"]
    );
    let table = asked(WHOLE, flags).stdout;
    assert!(table.contains("usage compared (2026-10..2026-11)"), "{table}");
    assert!(table.contains("usage before (2025-10..2025-11)"), "{table}");
    let nowhere = asked(WHOLE, "--by period --compare like-for-like");
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.stderr.contains("--compare like-for-like needs a period"), "{}", nowhere.stderr);
}

#[test]
fn a_month_that_the_server_counted_as_empty_is_there() {
    let folder = Dumps::new();
    folder.write("dump/page-0001.json", page(&records("acme cpu hour 2026-10 alice 3.00")));
    let query = "http://h/api/marketplace-component-user-usages/?component_usage__billing_period=";
    let index = |september: &str| {
        format!(
            r#"[{{"url":"{query}2026-10-01","X-Result-Count":1,"file":"page-0001.json"}},{{"url":"{query}{september}","X-Result-Count":0}}]"#
        )
    };
    let flags = "--period 2026-10 --as-of 2026-11-10 --by customer --compare previous-month --format json";
    let report = || run(&format!("report '{}' {flags}", folder.path("dump").display()));
    folder.write("dump/index.json", index("2026-09-01"));
    let counted = report();
    assert_eq!(counted.code, 0, "{}", counted.stderr);
    assert_eq!(figures(&counted.stdout, &COLUMNS), ["acme 3.00 - 3.00 -", "- 3.00 - 3.00 -"]);
    folder.write("dump/index.json", index("2026-08-01"));
    let missing = report();
    assert_eq!(missing.code, 3);
    assert!(missing.stderr.contains("September 2026: not available"), "{}", missing.stderr);
    let empty =
        run(&format!("report '{}' --period 2026-08 --as-of 2026-11-10", folder.path("dump").display()));
    assert_eq!(empty.code, 0, "{}", empty.stderr);
    assert!(empty.stderr.contains("August 2026 has no record: the server counted none"), "{}", empty.stderr);
}

#[test]
fn a_comparison_that_nobody_asked_for_warns_as_one_that_was_asked_for() {
    let (folder, files) = Dumps::of(&[RECORDS]);
    let warnings = |output: &str, flags: &str| {
        let output = folder.path(output).display().to_string();
        let outcome = run(&format!("report '{}' {QUARTER} {flags} -o '{output}'", files[0]));
        let is_about = |line: &&str| line.contains("comparison");
        (outcome.code, outcome.stderr.lines().filter(is_about).map(str::to_owned).collect::<Vec<_>>())
    };
    let asked = warnings("a.csv", "--compare previous-year");
    assert_eq!((asked.0, asked.1.len()), (3, 1), "{asked:?}");
    let year = |output: &str| {
        let output = folder.path(output).display().to_string();
        let outcome =
            run(&format!("report '{}' --period 2026-11..2026-12 --as-of 2027-01-10 -o '{output}'", files[0]));
        (outcome.code, outcome.stderr)
    };
    for output in ["a.xlsx", "a.html"] {
        let (code, stderr) = year(output);
        assert_eq!(code, 3, "{stderr}");
        assert!(stderr.contains("September to October 2026: 1 of 2 months available"), "{stderr}");
    }
}

/// Tells of a line whose change is not usage less usage before, or whose per cent is not that of the change.
fn fault(row: &Value) -> Option<String> {
    let quantity = |name: &str| row[name].as_str().map(|text| Quantity::parse(text.as_bytes()).unwrap());
    let (usage, before) = (quantity("usage"), quantity("usage_before"));
    let is_right = match quantity("change") {
        None => before.is_none(),
        Some(change) => {
            let percent = before.filter(|before| before.hundredths() != 0).map(|before| {
                // Rounded half away from zero, in whole numbers.
                let (part, whole) = (change.hundredths() * 20_000, before.hundredths().abs());
                Quantity::from_hundredths((part + part.signum() * whole) / (2 * whole))
            });
            change == usage.unwrap_or_default() - before.unwrap_or_default()
                && quantity("change_percent") == percent
        }
    };
    (!is_right).then(|| row.to_string())
}

#[test]
fn on_the_real_months_every_change_is_usage_less_usage_before_in_every_line() {
    let mut compared = 0;
    for flags in [
        "--period 2026-10 --compare previous-month --by customer,component",
        "--period 2026-10 --compare previous-month --by user,resource",
        "--compare previous-month --by period,customer,project,component",
        "--compare previous-month --by customer,period",
        "--period 2026-08..2026-10 --compare previous-year --by customer",
        "--period 2026-10 --compare previous-month --by component --top 3",
        "--period 2026-10 --compare like-for-like --by customer",
    ] {
        let json =
            stdout(&format!("report fixtures/real/complete --as-of 2026-11-23 --format json -q {flags}"));
        let report: Value = serde_json::from_str(&json).expect("JSON");
        for row in ["rows", "totals"].iter().flat_map(|part| report[*part].as_array().expect("rows")) {
            assert_eq!(fault(row), None, "{flags}");
            compared += usize::from(!row["change"].is_null());
        }
    }
    assert!(compared > 1_000, "{compared} lines were compared");
}

#[test]
fn a_workbook_computes_changes_by_formulas_or_says_that_there_is_no_comparison() {
    let october = "report fixtures/real/complete --as-of 2026-11-23 --period 2026-10";
    let (_folder, _, whole) = workbook(october);
    let summary = whole.sheet("Summary");
    let headings = headings(&whole);
    let column = |heading: &str| headings.iter().find(|(_, text)| text == heading).expect(heading).0.clone();
    let (usage, before, change) = (column("Usage"), column("Previous period"), column("Change"));
    let cells = summary.iter().filter(|((row, letters), cell)| {
        *row > 5 && *letters == change && !cell.is_text && !cell.value.is_empty()
    });
    let mut formulas = 0;
    for ((row, _), cell) in cells {
        let is_text =
            |letters: &String| summary.get(&(*row, letters.clone())).is_some_and(|cell| cell.is_text);
        if !is_text(&usage) && !is_text(&before) {
            assert_eq!(cell.formula, format!("{usage}{row}-{before}{row}"), "row {row}");
            formulas += 1;
        }
    }
    assert!(formulas > 50, "{formulas} formulas");

    let (_folder, _, partly) = workbook(&october.replace("2026-10", "2026-09..2026-10"));
    assert!(self::headings(&partly).iter().all(|(_, text)| text != "Previous period" && text != "Change"));
    let said = partly.sheet("Summary")[&(2, "A".to_owned())].value.clone();
    assert!(said.contains("not compared (July to August 2026: 1 of 2 months available)"), "{said}");
}

/// The letters of the summary's columns with their headings.
fn headings(workbook: &Workbook) -> Vec<(String, String)> {
    let sheet = workbook.sheet("Summary");
    let cells = sheet.iter().filter(|((row, _), _)| *row == 5);
    cells.map(|((_, letters), cell)| (letters.clone(), cell.value.clone())).collect()
}

#[test]
fn a_page_shows_why_nothing_is_compared() {
    let folder = Dumps::new();
    let path = folder.path("a.html");
    let line = "report fixtures/real/complete --as-of 2026-11-23 --period 2026-09..2026-10 -q";
    run(&format!("{line} -o '{}'", path.display()));
    let html = std::fs::read_to_string(path).expect("a page");
    assert!(html.contains("not compared: 1 of 2 months available"));
    assert!(html.contains("nothing (July to August 2026: 1 of 2 months available)"));
    assert!(!html.contains(">Previous period</th>"));
}

#[test]
fn a_report_on_a_replaced_version_says_what_replaced_it_and_shows_the_difference() {
    let folder = Dumps::new();
    let book = folder.path("book");
    let first =
        "acme cpu hour 2026-05 alice 1.00\nacme cpu hour 2026-05 bob 2.00\nacme gpu hour 2026-05 bob 3.00";
    Parcel::new("2026-06-02", first).deliver(&book);
    let mut writer = BookWriter::open(&book, None).expect("a book");
    writer.close(&closing("2026-05")).expect("a closing");
    drop(writer);
    let second = "acme cpu hour 2026-05 alice 1.00\nacme cpu hour 2026-05 bob 2.50 modified=2026-06-15T00:00:00Z\n\
                  acme gpu hour 2026-05 bob 3.00\nacme gpu hour 2026-05 carol 9.00";
    Parcel::new("2026-06-20", second).deliver(&book);
    let mut writer = BookWriter::open(&book, None).expect("a book");
    writer.restate(&closing("2026-05")).expect("a version");
    drop(writer);
    let report = |version: &str, output: &str| {
        let output = folder.path(output);
        let book = book.display();
        let line =
            format!("report --book '{book}' --version {version} --period 2026-05 -o '{}'", output.display());
        let outcome = run(&line);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        output
    };
    let said = "Version 1, replaced by version 2 with usage up to 20 June 2026; 2 records differ.";
    let page = std::fs::read_to_string(report("v1", "v1.html")).expect("a page");
    assert!(page.contains(said) && !page.contains("Nothing changed"), "{page}");
    assert!(page.contains(">carol<") || page.contains(">carol"), "the records that differ are shown");
    let workbook = Workbook::open(&report("v1", "v1.xlsx"));
    for sheet in ["Late", "Cover"] {
        let sheet = workbook.sheet(sheet);
        assert!(sheet.values().any(|cell| cell.value == said), "{sheet:?}");
        assert!(sheet.values().all(|cell| !cell.value.contains("Nothing changed")), "{sheet:?}");
    }
    let latest = std::fs::read_to_string(report("v2", "v2.html")).expect("a page");
    assert!(latest.contains("Nothing changed") && !latest.contains("replaced by version"));
    let table = stdout(&format!("report --book '{}' --version v1 --period 2026-05 -q", book.display()));
    assert!(table.contains("2026-05 is CLOSED v1, cut-off 2026-06-02T08:00:00Z, replaced by v2"), "{table}");
}
