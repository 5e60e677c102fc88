//! The alarm that a dump has lost records: when it rings, what it says, what lifts it.

use usagebook::ingest::read;
use usagebook::notice::Code;

use crate::binary::{run, said};
use crate::frames::{intake, message, noticed, request};
use crate::records::{Dumps, page, records};

const MONTHS: [(&str, u64); 3] = [("2026-08", 20), ("2026-09", 16), ("2026-10", 16)];

const ALICE: &str = "acme cpu hour 2026-10 alice 1.00";
const BOB: &str = "acme cpu hour 2026-10 bob 2.00";
const CAROL: &str = "acme cpu hour 2026-10 carol 4.00";

/// Pages of one folder, with an index that counts so many records.
fn dump(folder: &Dumps, name: &str, pages: &[&[&str]], count: Option<u64>) -> String {
    for (number, lines) in (1..).zip(pages) {
        folder.write(&format!("{name}/page-{number:04}.json"), page(&records(&lines.join("\n"))));
    }
    if let Some(count) = count {
        let index = format!(r#"[{{"url":"http://h/api/x/?page=1","X-Result-Count":"{count}"}}]"#);
        folder.write(&format!("{name}/index.json"), index);
    }
    folder.path(name).display().to_string()
}

fn alarms(inputs: &[String]) -> Vec<String> {
    let mut noticed = noticed(&intake(inputs));
    noticed.retain(|line| !line.contains("skipped_file"));
    noticed
}

#[test]
fn each_month_in_default_order_lacks_as_many_records_as_the_server_counted_more() {
    for (month, missing) in MONTHS {
        let intake = intake(&[format!("fixtures/real/default-order/{month}")]);
        assert_eq!(noticed(&intake)[0], format!("warning incomplete {missing}"));
        assert_eq!(intake.accounting.exact_repeats, missing);
        let said = message(&intake, Code::Incomplete);
        assert!(said.contains(&format!("{missing} records missing")), "{said}");
        assert!(said.contains(&format!("{missing} came twice")), "{said}");
    }
}

#[test]
fn the_command_tells_a_month_in_default_order_by_its_status() {
    let outcome = run("report fixtures/real/default-order/2026-08 --format csv --as-of 2026-11-23");
    assert_eq!((outcome.code, said(&outcome, "warning: ").len()), (3, 1), "{}", outcome.stderr);
    assert!(outcome.stdout.starts_with("period,"), "the report is there");
    let line = "1,554 records read: 1,534 used, 0 not asked for, 0 replaced by newer versions, 20 repeated, 0 rejected";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
}

#[test]
fn what_a_dump_in_default_order_lacks_is_really_missing() {
    for (month, missing) in MONTHS {
        let partial = intake(&[format!("fixtures/real/default-order/{month}")]).accounting.kept;
        let whole = intake(&[format!("fixtures/real/complete/{month}")]).accounting.kept;
        assert_eq!(whole - partial, missing, "{month}");
    }
}

#[test]
fn without_an_index_the_repeats_alone_ring_the_alarm() {
    let folder = Dumps::new();
    let dump = dump(&folder, "a", &[&[ALICE, BOB], &[BOB]], None);
    let intake = intake(&[dump]);
    assert_eq!(noticed(&intake)[0], "warning incomplete 1");
    let said = message(&intake, Code::Incomplete);
    assert!(said.contains("up to 1 others may be missing") && said.contains("two dumps"), "{said}");
}

#[test]
fn with_an_index_a_dump_that_is_whole_is_quiet_and_one_that_is_not_rings() {
    let folder = Dumps::new();
    assert_eq!(alarms(&[dump(&folder, "whole", &[&[ALICE, BOB]], Some(2))]), Vec::<String>::new());
    assert_eq!(alarms(&[dump(&folder, "lacking", &[&[ALICE, BOB]], Some(5))]), ["warning incomplete 3"]);
}

#[test]
fn a_whole_dump_of_the_same_query_lifts_the_alarm() {
    let folder = Dumps::new();
    let lacking = dump(&folder, "a", &[&[ALICE, BOB], &[BOB]], Some(3));
    let whole = dump(&folder, "b", &[&[ALICE, BOB, CAROL]], Some(3));
    assert_eq!(alarms(std::slice::from_ref(&lacking)), ["warning incomplete 1"]);
    assert_eq!(alarms(&[lacking.clone(), whole.clone()]), ["note incomplete 1"]);
    assert_eq!(alarms(&[whole, lacking]), ["note incomplete 1"]);
}

#[test]
fn a_dump_that_lacks_too_lifts_nothing() {
    let folder = Dumps::new();
    let one = dump(&folder, "a", &[&[ALICE]], Some(2));
    let other = dump(&folder, "b", &[&[BOB]], Some(2));
    assert_eq!(alarms(&[one, other]), ["warning incomplete 1"; 2]);
}

#[test]
fn accepting_it_makes_the_alarm_a_note() {
    let folder = Dumps::new();
    let dump = dump(&folder, "a", &[&[ALICE, BOB], &[BOB]], None);
    let accepting = usagebook::ingest::ReadRequest { accepts_incomplete: true, ..request(&[&dump]) };
    let intake = read(&accepting, &Default::default()).expect("the dump can be read");
    assert_eq!(noticed(&intake)[0], "note incomplete 1");
    let line = format!("report '{dump}' --accept-incomplete --as-of 2026-11-23");
    assert_eq!(run(&line).code, 0);
}

#[test]
fn a_page_that_is_wholly_a_copy_of_another_is_a_note() {
    let folder = Dumps::new();
    let dump = dump(&folder, "a", &[&[ALICE, BOB], &[ALICE, BOB], &[CAROL]], None);
    assert_eq!(alarms(&[dump]), ["note repeated_page 1"]);
}

#[test]
fn a_record_that_stands_in_two_dumps_is_normal() {
    let folder = Dumps::new();
    let one = dump(&folder, "a", &[&[ALICE, BOB]], None);
    let other = dump(&folder, "b", &[&[BOB, CAROL]], None);
    assert_eq!(alarms(&[one, other]), Vec::<String>::new());
}

#[test]
fn a_filter_does_not_change_the_alarm() {
    let line = "report fixtures/real/default-order/2026-08 --type storage --format csv --as-of 2026-11-23";
    let outcome = run(line);
    assert_eq!(outcome.code, 3);
    assert!(outcome.stderr.contains("20 records missing"), "{}", outcome.stderr);
}
