//! What the exit status says of a book: 1 that nothing was changed, 3 that it was.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;

use crate::binary::{command, words};
use crate::book::{bytes, shelf, state};
use crate::records::{Dumps, page, records};

const ALICE: &str = "acme acme-project cpu hour alice 1.00\n";

/// Runs a command line whose standard output is a disk without room; returns its status and standard error.
fn run_full(line: &str) -> (i32, String) {
    let full = File::options().write(true).open("/dev/full").expect("a device that is always full");
    let child = command().args(words(line)).stdout(full).stderr(Stdio::piped()).spawn().expect("it starts");
    let output = child.wait_with_output().expect("it ends");
    (output.status.code().expect("a status"), String::from_utf8(output.stderr).expect("UTF-8"))
}

fn dump(lines: &str) -> (Dumps, String) {
    let dumps = Dumps::new();
    let file = dumps.write("october.json", page(&records(lines)));
    (dumps, file)
}

fn add(file: &str, book: &Path, more: &str) -> String {
    format!(
        "{} '{file}' --book '{}' --pulled-at 2026-11-02T08:00:00Z -q {more}",
        crate::binary::adding(book),
        book.display()
    )
}

#[test]
fn a_change_whose_report_can_not_be_written_has_status_3_and_says_that_it_is_made() {
    let (_folder, book) = shelf();
    let (_dumps, file) = dump("acme cpu hour 2026-10 alice 1.00");
    let change = |line: &str| {
        let before = if book.exists() { bytes(&book) } else { Vec::new() };
        let (code, stderr) = run_full(line);
        let end = "committed; the report could not be written: the output cannot be written: ";
        assert!(code == 3 && stderr.contains(end), "{line}: {code} {stderr}");
        assert_ne!(bytes(&book), before, "{line}");
    };
    change(&add(&file, &book, ""));
    assert_eq!(state(&book, "2026-10", "now"), ALICE);
    change(&format!("close 2026-10 --book '{}'", book.display()));
    let (_later, file) = dump("acme cpu hour 2026-10 bob 2.00");
    change(&add(&file, &book, "--pulled-at 2026-11-03T08:00:00Z").replacen(
        " --pulled-at 2026-11-02T08:00:00Z",
        "",
        1,
    ));
    change(&format!("restate 2026-10 --note late --book '{}'", book.display()));
    assert_eq!(state(&book, "2026-10", "v1"), ALICE);
    assert!(state(&book, "2026-10", "v2").contains("bob"));
    let deliveries = crate::binary::stdout(&format!("history --book '{}' --format json", book.display()));
    let history: serde_json::Value = serde_json::from_str(&deliveries).expect("JSON");
    let id = history[1]["id"].as_str().expect("an id");
    change(&format!("retract {id} --reason test --book '{}'", book.display()));
    assert_eq!(state(&book, "2026-10", "now"), ALICE);
}

#[test]
fn where_nothing_was_changed_a_report_that_can_not_be_written_has_status_1() {
    let (_folder, book) = shelf();
    let (_dumps, file) = dump("acme cpu hour 2026-10 alice 1.00");
    crate::binary::stdout(&add(&file, &book, ""));
    crate::binary::stdout(&format!("close 2026-10 --book '{}'", book.display()));
    let before = bytes(&book);
    for line in [add(&file, &book, ""), format!("restate 2026-10 --note none --book '{}'", book.display())] {
        let (code, stderr) = run_full(&line);
        assert!(
            code == 1 && stderr.contains("error: the output cannot be written: "),
            "{line}: {code} {stderr}"
        );
        assert_eq!(bytes(&book), before, "{line}");
    }
}

#[test]
fn help_and_the_version_that_can_not_be_written_have_status_1_and_a_reader_that_went_away_none() {
    for line in ["--help", "-h", "--version", "help report", "report --help", "completions bash", "man"] {
        let (code, stderr) = run_full(line);
        assert!(code == 1 && stderr.contains("error: "), "{line}: {code} {stderr}");
        assert!(stderr.contains("No space left on device"), "{line}: {stderr}");
        let shell = format!("exec {} {line}", env!("CARGO_BIN_EXE_usagebook"));
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &shell])
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .expect("it ends");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{line}");
    }
}

#[test]
fn rejected_records_that_can_not_be_written_leave_the_book_as_it_was() {
    let (folder, book) = shelf();
    let (_dumps, file) = dump("acme cpu hour 2026-10 alice 1.00\nacme cpu hour 2026-10 bob x");
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).expect("a folder");
    for rejects in ["/dev/full".to_owned(), taken.display().to_string()] {
        let outcome = crate::binary::run(&add(&file, &book, &format!("--rejects '{rejects}'")));
        assert_eq!(outcome.code, 1, "{rejects}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(&format!("{rejects}: cannot be written")), "{}", outcome.stderr);
        assert!(!book.exists(), "{rejects}");
    }
    let rejects = folder.path().join("rejects.ndjson");
    let outcome = crate::binary::run(&add(&file, &book, &format!("--rejects '{}'", rejects.display())));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&rejects).expect("it is there").lines().count(), 1);
    assert_eq!(state(&book, "2026-10", "now"), ALICE);
}
