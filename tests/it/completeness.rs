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
    assert!(said.contains("another one may be missing") && said.contains("two dumps"), "{said}");
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

/// A page in the envelope of a list of this many records, with what follows its count.
fn envelope(count: u64, rest: &str, lines: &[&str]) -> String {
    format!(r#"{{"count":{count}{rest},"results":{}}}"#, page(&records(&lines.join("\n"))))
}

const FIRST: &str = r#","next":"https://portal.example/api/usages/?page=2","previous":null"#;
const LAST: &str = r#","next":null,"previous":"https://portal.example/api/usages/""#;

#[test]
fn a_page_that_says_there_are_more_is_incomplete_until_the_other_pages_are_there() {
    let folder = Dumps::new();
    let first = folder.write("a.json", envelope(3, FIRST, &[ALICE]));
    assert_eq!(alarms(std::slice::from_ref(&first)), ["warning incomplete 2"]);
    let partial = intake(&[&first]);
    let said = message(&partial, Code::Incomplete);
    let expected = format!("{first}: 2 records missing: its pages give the count 3, and 1 record is there.");
    assert!(said.starts_with(&expected), "{said}");
    let last = folder.write("b.json", envelope(3, LAST, &[BOB, CAROL]));
    assert_eq!(alarms(&[first.clone(), last.clone()]), [""; 0]);
    assert_eq!(alarms(&[folder.text()]), [""; 0]);
    // One file of both pages, as cat and jq -s join them.
    let text = |file: &str| std::fs::read_to_string(file).expect("the page");
    let joined = Dumps::new();
    let cat = joined.write("a.json", text(&first) + &text(&last));
    let slurped = joined.write("b.json", format!("[{},{}]", text(&first), text(&last)));
    assert_eq!(alarms(&[cat]), [""; 0]);
    assert_eq!(alarms(&[slurped]), [""; 0]);
}

#[test]
fn the_same_page_twice_is_not_two_pages() {
    let folder = Dumps::new();
    folder.write("a.json", envelope(2, FIRST, &[ALICE]));
    folder.write("b.json", envelope(2, FIRST, &[ALICE]));
    let alarms = alarms(&[folder.text()]);
    assert!(alarms.contains(&"warning incomplete 1".to_owned()), "{alarms:?}");
}

#[test]
fn a_count_of_powershell_is_that_of_its_own_list() {
    let folder = Dumps::new();
    let text = |count: u64| format!(r#"{{"value":{},"Count":{count}}}"#, page(&records(ALICE)));
    let whole = folder.write("whole.json", text(1));
    assert_eq!(alarms(&[whole]), [""; 0]);
    let cut = folder.write("cut.json", text(300));
    assert_eq!(alarms(&[cut]), ["warning incomplete 299"]);
}

#[test]
fn a_page_of_an_envelope_is_a_warning_in_the_command_and_a_note_if_it_is_accepted() {
    let folder = Dumps::new();
    let file = folder.write("a.json", envelope(300, FIRST, &[ALICE]));
    let line = format!("report '{file}' --format csv --as-of 2026-11-23");
    assert_eq!(run(&line).code, 3);
    let accepted = run(&format!("{line} --accept-incomplete"));
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
}

#[test]
fn envelopes_of_component_usages_and_invoices_say_what_is_missing_too() {
    let folder = Dumps::new();
    let records = folder.write("records.json", page(&records(ALICE)));
    let parents = folder.write(
        "parents.json",
        format!(
            r#"{{"count":300{FIRST},"results":{}}}"#,
            crate::checks::parents("acme cpu hour 2026-10 1.00")
        ),
    );
    let outcome = run(&format!("check '{records}' --parents '{parents}' --as-of 2026-11-23"));
    assert!(outcome.stdout.contains("299 component usages missing"), "{}{}", outcome.stdout, outcome.stderr);
    let invoices = folder.write("invoices.json", format!(r#"{{"count":7{FIRST},"results":[]}}"#));
    let outcome = run(&format!("check '{records}' --invoices '{invoices}' --as-of 2026-11-23"));
    assert!(outcome.stdout.contains("7 invoices or invoice items missing"), "{}", outcome.stdout);
}
