//! One dozen records in every input format: one report.

use std::fs;

use crate::binary::{run, run_with, stdout, words};
use crate::frames::{intake, lines, message, noticed, report};
use crate::records::Record;
use usagebook::notice::Code;

const BY: &str = "period,customer,project,offering,resource,component,user";

fn files() -> Vec<String> {
    let entries = fs::read_dir("fixtures/formats").expect("the folder of formats");
    let mut files: Vec<String> =
        entries.map(|entry| entry.expect("a file").path().display().to_string()).collect();
    files.sort();
    files
}

/// The report as CSV, uuids and all.
fn csv_of(input: &str) -> String {
    stdout(&format!("report {input} --by {BY} --format csv --as-of 2026-11-23"))
}

#[test]
fn the_dozen_adds_up_to_what_a_reader_adds_up() {
    let report = report(intake(&["fixtures/formats/page.json"]), "period,customer,component");
    let expected = "\
        2026-09 Acme cpu hour 3.75 3 2\n\
        2026-09 Globex cpu hour 100.00 1 1\n\
        2026-10 Acme cpu hour 4.03 3 3\n\
        2026-10 Acme storage GB 10.00 1 1\n\
        2026-10 Globex cpu hour 194.75 2 2\n\
        2026-10 Globex storage TB 1000000.50 2 2";
    assert_eq!(lines(&report), expected);
}

#[test]
fn the_same_dozen_in_every_format_gives_the_same_report() {
    let files = files();
    assert!(files.len() >= 20, "{files:?}");
    let expected = csv_of("fixtures/formats/page.json");
    assert_eq!(expected.lines().count(), 1 + 12 + 1, "one username has a line break");
    for file in files {
        assert_eq!(csv_of(&file), expected, "{file}");
    }
}

#[test]
fn the_same_dozen_in_every_format_is_listed_the_same() {
    let listed = |input: &str| {
        stdout(&format!(
            "list {input} --all --format csv --field uuid --field username --field usage --field modified"
        ))
    };
    let expected = listed("fixtures/formats/page.json");
    for file in files() {
        assert_eq!(listed(&file), expected, "{file}");
    }
}

#[test]
fn the_format_is_told_by_content_and_not_by_name() {
    let folder = crate::records::Dumps::new();
    let expected = csv_of("fixtures/formats/page.json");
    for file in files() {
        let renamed = folder.write("dump.dat", fs::read(&file).expect("a fixture"));
        assert_eq!(csv_of(&renamed), expected, "{file}");
    }
}

#[test]
fn records_saved_one_by_one_are_the_same_dozen() {
    assert_eq!(csv_of("fixtures/single"), csv_of("fixtures/formats/page.json"));
}

#[test]
fn a_pattern_and_standard_input_are_read_as_files_are() {
    let expected = csv_of("fixtures/formats/page.json");
    assert_eq!(csv_of("'fixtures/single/record-*.json'"), expected);
    for file in ["page.json", "pretty.json", "lines.ndjson", "bom-semicolon.csv"] {
        let text = fs::read_to_string(format!("fixtures/formats/{file}")).expect("a fixture");
        let line = format!("report - --by {BY} --format csv --as-of 2026-11-23");
        let outcome = run_with(&words(&line), &text);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, expected.as_str()), "{file}");
    }
}

#[test]
fn a_missing_billing_period_is_derived_and_said() {
    let intake = intake(&["fixtures/formats/older-server.json"]);
    assert!(noticed(&intake).contains(&"note derived_period 12".to_owned()), "{:?}", noticed(&intake));
}

#[test]
fn a_billing_period_is_derived_in_the_zone_that_is_asked_for() {
    let by_month = |zone: &str| {
        let line = "acme cpu hour 2026-10 alice 1.00 date=2026-10-31T22:30:00Z";
        let record = crate::records::Record::new(line);
        let text = record.json().replace(",\"billing_period\":\"2026-10-01\"", "");
        let line = format!("report - --by period --format csv --as-of 2026-11-23 --timezone {zone}");
        let outcome = run_with(&words(&line), &text);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        outcome.stdout.lines().nth(1).expect("a row")[..7].to_owned()
    };
    assert_eq!(by_month("UTC"), "2026-10");
    assert_eq!(by_month("Europe/Tallinn"), "2026-11");
}

#[test]
fn a_change_of_plan_in_the_month_gives_two_records_that_both_count() {
    let report = report(intake(&["fixtures/plan-switch"]), "resource,component,user");
    assert_eq!(lines(&report), "shop cpu alice hour 3.75 2 1");
}

#[test]
fn hidden_files_indexes_and_component_usages_are_passed_over_and_named() {
    let folder = crate::records::Dumps::new();
    let copy = |from: &str, to: &str| folder.write(to, fs::read(from).expect("a fixture"));
    copy("fixtures/formats/page.json", "records.json");
    copy("fixtures/real/component-usages/2026-08/page-0001.json.gz", "parents.json.gz");
    copy("fixtures/broken/words.txt", ".hidden.json");
    folder.write("index.json", r#"[{"url":"http://h/api/x/","X-Result-Count":"12"}]"#);
    let intake = intake(&[folder.text()]);
    assert_eq!(intake.accounting.read, 12);
    let skipped = intake.notices.iter().filter(|notice| notice.code == Code::SkippedFile);
    let skipped: Vec<&str> = skipped.map(|notice| notice.message.as_str()).collect();
    for name in [".hidden.json", "index.json", "parents.json.gz"] {
        assert!(skipped.iter().any(|message| message.contains(name)), "{name} in {skipped:?}");
    }
}

#[test]
fn an_unknown_field_is_a_note_that_names_it() {
    let folder = crate::records::Dumps::new();
    let text = crate::records::Record::new("acme cpu hour 2026-10 alice 1.00").json();
    let file = folder.write("a.json", text.replacen('{', "{\"flavour\":1,", 1));
    assert!(message(&intake(&[file]), Code::UnknownField).contains("flavour"));
}

#[test]
fn pages_that_are_not_there_are_said_before_anything_is_written() {
    for (line, code) in [("report nowhere/", 1), ("report 'nowhere/*.json'", 1), ("report", 2)] {
        let outcome = run(line);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{line}: {}", outcome.stderr);
    }
}

/// Large enough to be read in parts from both ends.
#[test]
fn a_large_file_of_lines_is_read_in_parts_and_its_records_keep_their_numbers() {
    let line = |number: usize| {
        let month = if number < 15_000 { "2026-10" } else { "2026-09" };
        Record::new(&format!("acme cpu hour {month} user{number} 0.01")).json() + "\n"
    };
    let mut text: String = (0..30_000).map(line).collect();
    let offset = text.len();
    assert!(offset > 20 << 20, "{offset} bytes are read at once");
    text += &Record::new("acme cpu hour 2026-09 last 0.015").json();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.ndjson");
    let rejects = folder.path().join("rejects.ndjson");
    std::fs::write(&file, text).expect("the file is written");

    for threads in [1, 2, 3] {
        let report = run(&format!(
            "report {} --by period --format csv --as-of 2026-11-23 -q --rejects {} --threads {threads}",
            file.display(),
            rejects.display()
        ));
        assert_eq!(
            report.stdout,
            "period,measured_unit,usage,records,users\n2026-09,hour,150.00,15000,15000\n2026-10,hour,150.00,15000,15000\n"
        );
        let rejected: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&rejects).expect("rejects")).expect("one line");
        assert_eq!(rejected["record"], 30_001);
        assert_eq!(rejected["offset"], offset);
    }
}

#[test]
fn a_float_of_32_bits_is_imprecise_because_it_keeps_seven_digits() {
    let intake = intake(&["fixtures/single-precision.parquet"]);
    let said = message(&intake, Code::ImpreciseUsage);
    assert!(said.contains("more than 7 digits from a column of 32-bit floats"), "{said}");
    assert_eq!(lines(&report(intake, "customer")), "Acme hour 1234567.88 1 1");
}
