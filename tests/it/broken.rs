//! The catalogue of faults: every file in `fixtures/broken` gives the messages that stand beside it.
//!
//! `USAGEBOOK_BLESS=1 cargo test --test it broken` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use usagebook::fault::Reason;
use usagebook::ingest::Intake;
use usagebook::text::visible;

use crate::binary::{run, said};
use crate::frames::intake;
use crate::records::{Dumps, Record};

const FOLDER: &str = "fixtures/broken";

/// The files and folders of the catalogue.
fn catalogue() -> Vec<String> {
    let entries = fs::read_dir(FOLDER).expect("the catalogue");
    let mut paths: Vec<String> =
        entries.map(|entry| entry.expect("a file").path().display().to_string()).collect();
    paths.retain(|path| !path.ends_with(".expected"));
    paths.sort();
    paths
}

/// The messages, one a line, and the accounting line.
fn told(intake: &Intake) -> String {
    let messages = intake.faults.first().iter().map(|fault| visible(&fault.to_string()).into_owned() + "\n");
    messages.collect::<String>() + &intake.accounting.to_string() + "\n"
}

#[test]
fn every_fault_gives_the_message_that_stands_beside_it() {
    let is_blessing = std::env::var_os("USAGEBOOK_BLESS").is_some();
    let mut wrong = Vec::new();
    for path in catalogue() {
        let told = told(&intake(&[&path]));
        let expected_path = format!("{path}.expected");
        if is_blessing {
            fs::write(&expected_path, &told).expect("the message can be written");
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if told != expected {
            wrong.push(format!("{path}\n  expected {expected:?}\n  found    {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_message_has_a_file_and_every_file_at_least_one_fault() {
    let mut messages: BTreeSet<String> = fs::read_dir(FOLDER)
        .expect("the catalogue")
        .filter_map(|entry| Some(entry.ok()?.path().to_str()?.strip_suffix(".expected")?.to_owned()))
        .collect();
    for path in catalogue() {
        assert!(!intake(&[&path]).faults.is_empty(), "{path} is not broken");
        assert!(messages.remove(&path), "{path} has no message beside it");
    }
    assert!(messages.is_empty(), "no file gives {messages:?}");
}

#[test]
fn every_reason_has_a_file() {
    let mut files: BTreeMap<Reason, u32> = BTreeMap::new();
    for fault in catalogue().iter().flat_map(|path| intake(&[path]).faults.first().to_vec()) {
        *files.entry(fault.reason).or_default() += 1;
    }
    // A record of more than 16 MiB is made by a test below instead of being stored.
    files.insert(Reason::TooLong, 1);
    for reason in Reason::ALL {
        assert!(files.contains_key(&reason), "no file for {}", reason.code());
    }
}

#[test]
fn a_broken_record_never_costs_its_neighbours() {
    for path in catalogue() {
        let name = path.rsplit('/').next().expect("a name");
        let middle_starts = ["bad-", "field-twice", "missing-", "null-", "too-", "usage-", "username-"];
        let is_middle = middle_starts.iter().any(|start| name.starts_with(start))
            || name.contains("-in-array")
            || matches!(name, "broken-line.ndjson" | "deep-value.json" | "unbalanced-quote.csv");
        if is_middle
            && !matches!(name, "null-page.json" | "usage-true.parquet" | "usage-third-decimal.xlsx")
            && !matches!(name, "usage-ambiguous.csv" | "usage-other-mark.csv")
        {
            let intake = intake(&[&path]);
            assert_eq!(intake.accounting.kept, 2, "{path}: {}", told(&intake));
            assert_eq!(intake.faults.count(), 1, "{path}: {}", told(&intake));
        }
    }
}

#[test]
fn the_command_shows_the_messages_and_writes_nothing() {
    for path in catalogue() {
        let outcome = run(&format!("report '{path}' --format csv --as-of 2026-11-23"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{path}: {}", outcome.stderr);
        let expected = fs::read_to_string(format!("{path}.expected")).expect("the message");
        let expected: Vec<&str> =
            expected.lines().filter(|line| !line.contains(" read: ")).take(20).collect();
        assert_eq!(said(&outcome, "rejected: "), expected, "{path}");
        assert!(outcome.stderr.contains("--rejects FILE"), "{}", outcome.stderr);
    }
}

#[test]
fn what_is_rejected_is_written_with_its_text_and_is_a_warning() {
    let folder = Dumps::new();
    let rejects = folder.path("rejects.ndjson");
    let line = format!(
        "report {FOLDER}/usage-third-decimal.json --format csv --by user --as-of 2026-11-23 --rejects '{}'",
        rejects.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "username,measured_unit,usage,records,users\nalice,hour,5.50,2,1\n");
    let line: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(rejects).expect("the rejects")).expect("one object");
    assert_eq!((line["record"].as_u64(), line["field"].as_str()), (Some(2), Some("usage")));
    assert_eq!(line["reason"], "bad_value");
    let raw: serde_json::Value =
        serde_json::from_str(line["raw"].as_str().expect("text")).expect("the record");
    assert_eq!(raw["username"], "bob");
    let page = fs::read(format!("{FOLDER}/usage-third-decimal.json")).expect("the page");
    let offset = line["offset"].as_u64().expect("a place") as usize;
    assert!(page[offset..].starts_with(line["raw"].as_str().expect("text").as_bytes()), "{offset}");
}

#[test]
fn more_than_twenty_faults_are_counted_and_not_shown() {
    let folder = Dumps::new();
    let record = Record::new("acme cpu hour 2026-10 alice 0.001").json();
    let file = folder.write("a.ndjson", format!("{record}\n").repeat(1_021));
    let outcome = run(&format!("report '{file}'"));
    assert_eq!((outcome.code, said(&outcome, "rejected: ").len()), (1, 20));
    assert!(outcome.stderr.contains("… and 1,001 more; in all 1,021 bad_value"), "{}", outcome.stderr);
}

/// A packed page of so many records that are none.
fn packed_rejects(count: usize) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    write!(packer, "[7{}]", ",{}".repeat(count - 1)).expect("memory");
    packer.finish().expect("memory")
}

#[test]
fn rejected_records_are_counted_by_kind_and_need_no_memory() {
    let folder = Dumps::new();
    let file = folder.write("a.json.gz", packed_rejects(300_000));
    // Each of them with its place and text would need some 800 bytes, all of them 240 MB; the program alone is mapped to 300.
    let line = format!(
        "ulimit -v 400000; exec {} report '{file}' --threads 2 2>&1",
        env!("CARGO_BIN_EXE_usagebook")
    );
    let stopped = std::process::Command::new("sh").args(["-c", &line]).output().expect("a shell");
    let said = String::from_utf8(stopped.stdout).expect("text");
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    assert!(said.contains("… and 299,980 more; in all 300,000 not_records"), "{said}");
}

#[test]
fn all_rejected_records_are_written_in_order_however_many_are_kept() {
    let folder = Dumps::new();
    let file = folder.write("a.json.gz", packed_rejects(3_000));
    let rejects = folder.path("rejects.ndjson");
    let rejected =
        run(&format!("report '{file}' --threads 2 --as-of 2026-11-23 --rejects '{}'", rejects.display()));
    assert_eq!(rejected.code, 3, "{}", rejected.stderr);
    let text = fs::read_to_string(rejects).expect("the rejects");
    let records = text.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect("an object");
        line["record"].as_u64().expect("a number")
    });
    assert!(records.eq(1..=3_000), "all of them, in order");
}

/// What is told of three records, the one in the middle with this description.
fn told_of(description: &str) -> (u64, Vec<Reason>) {
    let good = |user: &str| Record::new(&format!("acme cpu hour 2026-10 {user} 1.00")).json();
    let bad = good("bob").replacen("\"description\":\"\"", &format!("\"description\":{description}"), 1);
    let text = format!("[{},\n{bad},\n{}]", good("alice"), good("carol"));
    let folder = Dumps::new();
    let intake = intake(&[folder.write("a.json", text)]);
    (intake.accounting.kept, intake.faults.first().iter().map(|fault| fault.reason).collect())
}

#[test]
fn a_record_of_twenty_mebibytes_is_a_fault_and_its_neighbours_count() {
    let long = format!("\"{}\"", "x".repeat(20 << 20));
    assert_eq!(told_of(&long), (2, vec![Reason::TooLong]));
}

#[test]
fn a_row_of_twenty_mebibytes_is_named_by_its_line_and_a_way_out_for_tables() {
    let names: Vec<&str> = usagebook::usage::Field::ALL.iter().map(|field| field.name()).collect();
    let row = |description: &str| {
        let cells = names.iter().map(|name| if *name == "description" { description } else { "" });
        cells.collect::<Vec<_>>().join(",")
    };
    let text = format!("{}\n{}\n{}\n", names.join(","), row("short"), row(&"x".repeat(20 << 20)));
    let folder = Dumps::new();
    let intake = intake(&[folder.write("a.csv", text)]);
    let faults = intake.faults.first();
    let long = faults.iter().find(|fault| fault.reason == Reason::TooLong).expect("a row that is too long");
    assert_eq!(long.line, Some(3));
    assert!(long.expected.ends_with("look for a quote that is never closed"), "{}", long.expected);
}

#[test]
fn nesting_a_hundred_thousand_deep_is_a_fault_and_its_neighbours_count() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let (kept, reasons) = told_of(&deep);
    assert_eq!((kept, reasons.len()), (2, 1), "{reasons:?}");
    let objects = "{\"a\":".repeat(100_000) + "1" + &"}".repeat(100_000);
    let (kept, reasons) = told_of(&objects);
    assert_eq!((kept, reasons.len()), (2, 1), "{reasons:?}");
}

#[test]
fn nesting_that_is_never_closed_is_one_fault() {
    let folder = Dumps::new();
    let file = folder.write("a.json", "[".repeat(1 << 20));
    let intake = intake(&[file]);
    assert_eq!((intake.accounting.kept, intake.faults.count()), (0, 1), "{:?}", &intake.faults);
}

#[test]
fn a_packed_endless_string_is_one_fault_and_never_held_in_memory() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    let start = Record::new("acme cpu hour 2026-10 alice 1.00")
        .json()
        .replace("\"description\":\"", "\"description\":\"xx");
    let (start, _) = start.split_once("xx").expect("a description");
    packer.write_all(start.as_bytes()).expect("memory");
    std::io::copy(&mut std::io::repeat(b'x').take(40 << 20), &mut packer).expect("memory");
    let folder = Dumps::new();
    let intake = intake(&[folder.write("a.json.gz", packer.finish().expect("memory"))]);
    assert_eq!(intake.accounting.kept, 0);
    assert!((1..=2).contains(&intake.faults.count()), "{:?}", intake.faults);
    assert_eq!(intake.faults.first()[0].reason, Reason::TooLong);
    assert!(intake.faults.first().iter().all(|fault| fault.raw.len() < 300_000));
}
