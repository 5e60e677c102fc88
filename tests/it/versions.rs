//! Of many versions one truth: what counts, what is a repeat, what can not be true together.

use usagebook::fault::Reason;
use usagebook::ingest::Intake;
use usagebook::notice::Code;

use crate::frames::{intake, lines, message, noticed, report};
use crate::records::{Dumps, page, records};

/// What dumps of one file each come to, in the order in which they are given.
fn read(dumps: &[&str]) -> Intake {
    let (_folder, files) = Dumps::of(dumps);
    intake(&files)
}

/// The report by component and user, and the accounting line.
fn reported(dumps: &[&str]) -> String {
    let intake = read(dumps);
    let accounting = intake.accounting.to_string();
    lines(&report(intake, "component,user")) + "\n" + &accounting
}

const OCTOBER: &str = "acme cpu hour 2026-10 alice 1.50 modified=2026-10-20T00:00:00Z";
const NOVEMBER: &str = "acme cpu hour 2026-10 alice 4.00 modified=2026-11-01T00:00:00Z";

#[test]
fn the_newest_version_counts_in_whatever_order_the_dumps_come() {
    let expected = "cpu alice hour 4.00 1 1\n\
        2 records read: 1 used, 0 not asked for, 1 replaced by newer versions, 0 repeated, 0 rejected";
    assert_eq!(reported(&[OCTOBER, NOVEMBER]), expected);
    assert_eq!(reported(&[NOVEMBER, OCTOBER]), expected);
}

#[test]
fn modified_is_compared_as_a_moment_and_not_as_text() {
    let early = "acme cpu hour 2026-10 alice 1.00 modified=2026-10-20T03:00:00+03:00";
    let late = "acme cpu hour 2026-10 alice 2.00 modified=2026-10-20T00:30:00Z";
    assert!(reported(&[late, early]).starts_with("cpu alice hour 2.00 1 1\n"));
}

#[test]
fn the_same_version_in_two_dumps_is_a_repeat_and_no_alarm() {
    let intake = read(&[OCTOBER, OCTOBER]);
    assert_eq!(noticed(&intake), Vec::<String>::new());
    assert_eq!((intake.accounting.kept, intake.accounting.exact_repeats), (1, 1));
}

#[test]
fn one_version_with_two_usages_is_a_fault_of_both() {
    let other = OCTOBER.replace("1.50", "1.51");
    let intake = read(&[OCTOBER, &other]);
    let reasons: Vec<Reason> = intake.faults.first().iter().map(|fault| fault.reason).collect();
    assert_eq!(reasons, [Reason::ConflictingVersions; 2]);
    assert_eq!((intake.accounting.kept, intake.accounting.rejected), (0, 2));
    assert!(
        intake.faults.first().iter().all(|fault| fault.raw.starts_with("{\"uuid\"")),
        "both have their text"
    );
}

#[test]
fn a_conflict_among_older_versions_does_not_matter() {
    let other = OCTOBER.replace("1.50", "1.51");
    assert!(reported(&[OCTOBER, &other, NOVEMBER]).starts_with("cpu alice hour 4.00 1 1\n"));
}

#[test]
fn a_string_and_a_number_of_the_same_double_are_one_value_and_the_strings_digits_count() {
    let text = r#"acme cpu hour 2026-10 alice "999999999999999.99""#;
    let number = "acme cpu hour 2026-10 alice 1000000000000000.0";
    for dumps in [[text, number], [number, text]] {
        let intake = read(&dumps);
        assert_eq!(intake.faults.first(), []);
        assert!(lines(&report(intake, "user")).starts_with("alice hour 999999999999999.99"));
    }
    let far = r#"acme cpu hour 2026-10 alice "999999999999999.50""#;
    assert_eq!(read(&[far, number]).faults.count(), 2);
}

#[test]
fn two_uuids_of_one_user_under_one_parent_in_one_dump_are_a_fault_of_both() {
    let intake = read(&[&format!("{OCTOBER}\n{NOVEMBER} uuid=other")]);
    let reasons: Vec<Reason> = intake.faults.first().iter().map(|fault| fault.reason).collect();
    assert_eq!(reasons, [Reason::DuplicateKey; 2]);
}

#[test]
fn a_record_that_was_made_again_counts_as_the_later_dump_has_it() {
    let again = "acme cpu hour 2026-10 alice 3.00 uuid=again modified=2026-10-01T00:00:00Z";
    assert!(reported(&[OCTOBER, again]).starts_with("cpu alice hour 3.00 1 1\n"), "whatever modified says");
    assert!(reported(&[again, OCTOBER]).starts_with("cpu alice hour 1.50 1 1\n"));
}

#[test]
fn usernames_that_only_look_alike_are_two_users() {
    let intake = read(&["acme cpu hour 2026-10 Alice 1.00\nacme cpu hour 2026-10 alice 2.00"]);
    assert_eq!(lines(&report(intake, "component")), "cpu hour 3.00 2 2");
}

#[test]
fn a_new_name_holds_for_all_records_and_is_a_note() {
    let renamed = "acme cpu hour 2026-10 bob 1.00 customer_name=Umbrella";
    let intake = read(&[OCTOBER, renamed]);
    assert_eq!(noticed(&intake), ["note renamed 1"]);
    assert_eq!(lines(&report(intake, "customer")), "Umbrella hour 2.50 2 2");
}

#[test]
fn a_new_owner_holds_for_all_records_and_is_a_warning() {
    let moved = "acme cpu hour 2026-10 bob 1.00 customer_uuid=umbrella customer_name=Umbrella";
    let intake = read(&[OCTOBER, moved]);
    assert_eq!(noticed(&intake), ["warning owner_rewritten 1"]);
    assert_eq!(lines(&report(intake, "customer")), "Umbrella hour 2.50 2 2");
}

#[test]
fn a_new_unit_holds_for_all_records_and_is_a_warning() {
    let relabelled = "acme cpu minute 2026-10 bob 1.00";
    let intake = read(&[OCTOBER, relabelled]);
    assert_eq!(noticed(&intake), ["warning unit_rewritten 1"]);
    assert_eq!(lines(&report(intake, "customer")), "acme minute 2.50 2 2");
}

#[test]
fn live_attributes_follow_the_indexes_times_and_not_the_command_line() {
    let folder = Dumps::new();
    for (dump, name, day) in [("a", "Umbrella", 2), ("b", "acme", 1)] {
        let line = format!("acme cpu hour 2026-10 alice 1.50 customer_name={name}");
        folder.write(&format!("{dump}/page-0001.json"), page(&records(&line)));
        let time = format!("2026-11-0{day}T00:00:00Z");
        let index = format!(r#"[{{"url":"http://h/api/x/","X-Result-Count":1,"time":"{time}"}}]"#);
        folder.write(&format!("{dump}/index.json"), index);
    }
    let shown = |order: [&str; 2]| {
        let inputs = order.map(|dump| folder.path(dump).display().to_string());
        lines(&report(intake(&inputs), "customer"))
    };
    assert_eq!(shown(["a", "b"]), "Umbrella hour 1.50 1 1");
    assert_eq!(shown(["b", "a"]), "Umbrella hour 1.50 1 1");
}

#[test]
fn an_older_version_never_slips_through_a_filter() {
    let (_folder, files) = Dumps::of(&[OCTOBER, NOVEMBER]);
    let day = usagebook::filter::Filter::DateBefore;
    let newest = records(NOVEMBER)[0].json().replace("\"date\":\"2026-10-15", "\"date\":\"2026-11-15");
    std::fs::write(&files[1], newest).expect("a file");
    let report = crate::frames::report_of(intake(&files), "user", &[(day, "2026-10-31")]);
    assert!(report.rows.len() <= 1);
    assert!(!lines(&report).contains("1.50"), "{}", lines(&report));
}

#[test]
fn a_project_that_was_renamed_on_a_real_server_keeps_its_figures() {
    let folder = "fixtures/real/renamed";
    let usage = |inputs: &[&str]| lines(&report(intake(inputs), "period,customer,offering,component"));
    let before = usage(&[&format!("{folder}/before")]);
    let both = intake(&[format!("{folder}/before"), format!("{folder}/after")]);
    assert_eq!(both.accounting.exact_repeats, both.accounting.kept);
    assert!(
        message(&both, Code::Renamed).starts_with("1 project has more than one name"),
        "{:?}",
        both.notices
    );
    assert_eq!(lines(&report(both, "period,customer,offering,component")), before);
}
