//! The statements for an engine as the command prints them. What they compute is compared with reports by tests/foreign/cluster.py.

use std::fs;

use crate::binary::{Outcome, run, run_with, words};
use crate::records::Dumps;

const DUMPS: &str = "fixtures/real/renamed/before fixtures/real/renamed/after";

/// A folder with two staged dumps.
fn staged() -> Dumps {
    let folder = Dumps::new();
    let outcome = run(&format!("stage {DUMPS} --to '{}' -q", folder.path("staged").display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    folder
}

/// Runs a report over the staged dumps.
fn report(folder: &Dumps, line: &str) -> Outcome {
    run(&format!("report '{}' --as-of 2026-11-23 {line}", folder.path("staged").display()))
}

#[test]
fn the_statements_are_one_text_with_the_files_of_all_dumps_and_their_order() {
    let folder = staged();
    let text = report(&folder, "--print-sql").stdout;
    for ranked in
        ["SELECT 0 AS dump, 0 AS place, f.* FROM read_parquet(", "SELECT 1 AS dump, 1 AS place, f.* FROM"]
    {
        assert!(text.contains(ranked), "{text}");
    }
    let results: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("-- Result: ")).collect();
    assert_eq!(results, ["levels", "accounting", "notices", "dumps"]);
    assert!(text.matches(';').count() == text.matches(";\n").count(), "a semicolon within a statement");
    let out = folder.path("october.sql");
    let written = report(&folder, &format!("--print-sql -o '{}'", out.display()));
    assert_eq!((written.code, written.stdout.as_str()), (0, ""), "{}", written.stderr);
    assert_eq!(fs::read_to_string(out).unwrap(), text);
}

#[test]
fn no_record_is_read_but_a_file_of_another_size_is_refused() {
    let folder = staged();
    let text = report(&folder, "--print-sql").stdout;
    let path = text.split("read_parquet('").nth(1).and_then(|rest| rest.split('\'').next()).expect("a path");
    let bytes = fs::read(path).unwrap();
    fs::write(path, vec![0; bytes.len()]).unwrap();
    assert_eq!(report(&folder, "--print-sql").stdout, text);
    fs::write(path, &bytes[1..]).unwrap();
    let refused = report(&folder, "--print-sql");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains(path) && refused.stdout.is_empty(), "{}", refused.stderr);
}

#[test]
fn spark_sees_the_files_under_other_paths() {
    let folder = staged();
    let here = folder.path("staged").display().to_string();
    let text =
        report(&folder, &format!("--print-sql=spark --engine-path '{here}/=s3://bucket/staged/'")).stdout;
    assert!(text.contains("FROM parquet.`s3://bucket/staged/") && !text.contains(&here), "{text}");
    assert!(text.contains("UNIX_MICROS(modified)") && !text.contains("TEMPORARY TABLE"), "{text}");
    let wrong = report(&folder, "--print-sql --engine-path staged");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("expected HERE=THERE"), "{}", wrong.stderr);
}

#[test]
fn an_option_that_the_statements_cannot_express_is_named() {
    let folder = staged();
    for option in [
        "--compare previous-month",
        "--pivot period",
        "--top 3",
        "--totals",
        "--prices fixtures/prices/rates.toml",
        "--attributes centres.csv",
        "--budget budget.csv",
        "--journal journal.csv",
        "--explain-price",
        "--basis users",
        "--format csv",
        "--focus-version 1.4",
        "--partition-by period",
        "--manifest run.json",
        "--users",
        "--pseudonyms key",
        "--csv-profile excel",
        "--parquet-decimal 38",
        "--rejects rejects.ndjson",
        "--accept-incomplete",
    ] {
        let refused = report(&folder, &format!("--print-sql {option}"));
        let name = option.split(' ').next().expect("a name");
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{option}");
        assert!(
            refused.stderr.contains(name) && refused.stderr.contains("--print-sql"),
            "{}",
            refused.stderr
        );
    }
    let refused = report(&folder, "--print-sql --username É");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("usernames by letters beyond"), "{}", refused.stderr);
    let alone = report(&folder, "--engine-path a=b");
    assert!(alone.stderr.contains("--print-sql"), "{}", alone.stderr);
}

#[test]
fn a_dump_that_is_not_staged_is_refused_with_the_command_that_stages_it() {
    let refused = run("report fixtures/real/renamed/before --print-sql");
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(
        refused.stderr.contains("usagebook stage fixtures/real/renamed/before --to DIR"),
        "{}",
        refused.stderr
    );
}

#[test]
fn names_in_filters_never_end_a_literal_or_begin_a_comment() {
    let folder = staged();
    let staged = folder.path("staged").display().to_string();
    for name in ["O'Brien", "a\\'; DROP TABLE kept; --", "/* x */", "two\nlines", "${user}", "😀"] {
        let line = ["report", &staged, "--print-sql", "-q", "--customer", name].map(str::to_owned);
        let text = run_with(&line, "").stdout;
        let condition = text.lines().find(|line| line.contains("AND name = ")).expect("a condition");
        let value = condition.rsplit("AND name = ").next().expect("a value");
        for part in ["\\", "; DROP", "--", "/*", "*/", "$"] {
            assert!(!value.contains(part), "{value}");
        }
        assert_eq!(text.matches(';').count(), text.matches(";\n").count(), "{name:?}");
    }
}

#[test]
fn of_a_book_the_statements_read_the_files_of_the_chosen_months() {
    let folder = Dumps::new();
    let book = folder.path("usage.book").display().to_string();
    for dump in words(DUMPS) {
        let add = crate::binary::adding(&book);
        let added = run(&format!("{add} {dump} --book '{book}' -q --accept-incomplete"));
        assert!(matches!(added.code, 0 | 3), "{}", added.stderr);
    }
    let text = run(&format!("report --book '{book}' --period 2026-10 --print-sql")).stdout;
    assert_eq!(text.matches("f.* FROM read_parquet('").count(), 1, "{text}");
    assert!(text.contains("-- Result: accounting") && !text.contains("-- Result: notices"));
    let all = run(&format!("report --book '{book}' --print-sql --version now")).stdout;
    assert!(all.matches("f.* FROM read_parquet('").count() > 5, "{all}");
    let none = run(&format!("report --book '{book}' --period 1999 --print-sql"));
    assert!(none.code == 2 && none.stderr.contains("without any record"), "{}", none.stderr);
    let status = run(&format!("history --book '{book}' --format json")).stdout;
    let id =
        status.split('"').find(|word| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let refused = run(&format!("report --book '{book}' --version {} --print-sql", id.expect("a delivery")));
    assert!(refused.code == 2 && refused.stderr.contains("which is no file"), "{}", refused.stderr);
}
