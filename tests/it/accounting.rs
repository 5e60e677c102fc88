//! The accounting line: every record that was read went somewhere.

use std::collections::BTreeSet;

use crate::binary::run;
use crate::records::Dumps;

/// The numbers of the sentence on standard error: records read, then what they are the sum of.
fn accounting(stderr: &str) -> Vec<u64> {
    let line = stderr.lines().find(|line| line.contains(" read: ")).expect("the accounting line");
    let numbers = line.split(|character: char| !character.is_ascii_digit() && character != ',');
    numbers
        .filter(|number| number.contains(|character: char| character.is_ascii_digit()))
        .map(|number| number.replace(',', "").parse().expect("a number"))
        .collect()
}

#[test]
fn the_line_is_true_with_repeats_older_versions_rejects_and_filters_at_once() {
    let folder = Dumps::new();
    let rejects = folder.path("rejects.ndjson");
    let line = format!(
        "report fixtures/real/complete fixtures/real/default-order fixtures/broken --type cores --type cpu \
         --rejects '{}' --format csv --by component --as-of 2026-11-23",
        rejects.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let numbers = accounting(&outcome.stderr);
    let [read, kept, filtered, older, repeats, rejected] = numbers.as_slice() else { panic!("{numbers:?}") };
    assert_eq!(*read, kept + older + repeats + rejected + filtered);
    assert!(*kept > 0 && *repeats > 4_000 && *rejected > 50 && *filtered > 1_000, "{numbers:?}");
    let rows: u64 = outcome
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.rsplit(',').nth(1).expect("records").parse::<u64>().expect("a count"))
        .sum();
    assert_eq!(rows, *kept, "the rows count the records that are kept");
    let rejects = std::fs::read_to_string(rejects).expect("the rejects");
    let records: BTreeSet<(String, u64)> = rejects
        .lines()
        .filter_map(|line| {
            let fault: serde_json::Value = serde_json::from_str(line).expect("an object a line");
            Some((fault["file"].as_str()?.to_owned(), fault["record"].as_u64()?))
        })
        .collect();
    assert_eq!(records.len() as u64, *rejected, "each rejected record is in the file");
}

#[test]
fn a_period_and_a_filter_only_move_records_from_kept_to_filtered_out() {
    let sum = |flags: &str| {
        let outcome = run(&format!("report fixtures/real/complete --format csv --as-of 2026-11-23 {flags}"));
        let numbers = accounting(&outcome.stderr);
        (numbers[0], numbers[1] + numbers[2])
    };
    assert_eq!(sum(""), (4_536, 4_536));
    assert_eq!(sum("--period 2026-09"), (4_536, 4_536));
    assert_eq!(sum("--period 2026-09 --username alice"), (4_536, 4_536));
    assert_eq!(sum("--username nobody-is-called-so"), (4_536, 4_536));
}
