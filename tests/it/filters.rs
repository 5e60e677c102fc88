//! Filters against what a running server counted, and against a plain loop over its pages.

use std::fs::{self, File};

use flate2::read::GzDecoder;
use serde_json::Value;
use usagebook::filter::Filter;

use crate::binary::run;
use crate::frames::{intake, report_of};

const COMPLETE: &str = "fixtures/real/complete";

/// How many of the real records the listing of a command line counts.
fn counted(flags: &str) -> usize {
    let outcome = run(&format!("list {COMPLETE} --all --field uuid --format ndjson {flags}"));
    assert_eq!(outcome.code, 0, "{flags}: {}", outcome.stderr);
    outcome.stdout.lines().count()
}

/// Every real record.
pub fn real_records() -> Vec<Value> {
    let mut records = Vec::new();
    for month in fs::read_dir(COMPLETE).expect("the months") {
        for page in fs::read_dir(month.expect("a month").path()).expect("the pages") {
            let page = File::open(page.expect("a page").path()).expect("a page");
            let page: Vec<Value> = serde_json::from_reader(GzDecoder::new(page)).expect("a page");
            records.extend(page);
        }
    }
    records
}

fn looped(passes: impl Fn(&Value) -> bool) -> usize {
    real_records().iter().filter(|record| passes(record)).count()
}

#[test]
fn the_server_counted_as_many() {
    // All records of these dates lie in the three months, so its counts over all months are theirs.
    assert_eq!(counted("--date-after 2026-09-30"), 2_982);
    assert_eq!(counted("--date-after 2026-11-01"), 0);
    assert_eq!(counted("--date-after 2026-11-01 --timezone Europe/Tallinn"), 1_513);
    assert_eq!(counted("--billing-period-year 2026 --billing-period-month 9"), 2_998 - 1_529);
    assert_eq!(counted("--billing-period-year 2026 --billing-period-month 09"), 2_998 - 1_529);
    assert_eq!(counted("--type STORAGE"), 0);
    assert_eq!(counted("--type stor"), 0);
    assert_eq!(counted("--username %"), 0);
    assert_eq!(counted("--customer-uuid 00000000000000000000000000000000"), 0);
    assert_eq!(counted("--component-usage-billing-period 2026-09-02"), 0);
}

#[test]
fn a_type_is_compared_exactly_and_a_username_is_searched_without_regard_to_case() {
    let is_type = |record: &Value, wanted: &str| record["component_type"] == wanted;
    assert_eq!(counted("--type storage"), looped(|record| is_type(record, "storage")));
    let contains = |record: &Value, part: &str| {
        record["username"].as_str().is_some_and(|name| name.to_lowercase().contains(part))
    };
    let expected = looped(|record| contains(record, "al"));
    assert!(expected > 0);
    assert_eq!((counted("--username AL"), counted("--username al")), (expected, expected));
    assert_eq!(counted("--username ' root '"), looped(|record| contains(record, "root")));
}

#[test]
fn composed_and_decomposed_letters_are_different_letters() {
    let contains = |part: &'static str| {
        looped(move |record| record["username"].as_str().is_some_and(|name| name.contains(part)))
    };
    let (composed, decomposed) = (contains("jos\u{e9}"), contains("jose\u{301}"));
    assert!(composed > 0 && decomposed > 0 && composed != decomposed);
    assert_eq!(counted("--username jos\u{e9}"), composed);
    assert_eq!(counted("--username jose\u{301}"), decomposed);
}

#[test]
fn uuids_are_taken_in_every_spelling() {
    let uuid = "340b959cb6f84baa97735bfd0e96d612";
    let expected = looped(|record| record["customer_uuid"] == uuid);
    assert!(expected > 0);
    for spelling in [uuid.to_owned(), uuid.to_uppercase(), "340b959c-b6f8-4baa-9773-5bfd0e96d612".to_owned()]
    {
        assert_eq!(counted(&format!("--customer-uuid {spelling}")), expected, "{spelling}");
    }
}

#[test]
fn a_resource_is_found_by_its_uuid_and_by_its_url() {
    let uuid = "208044276ca0447da93af014206210ba";
    let expected = looped(|record| record["resource_uuid"] == uuid);
    assert!(expected > 0);
    assert_eq!(counted(&format!("--resource-uuid {uuid}")), expected);
    for url in [
        format!("http://127.0.0.1/api/marketplace-resources/{uuid}/"),
        format!("/api/marketplace-resources/{uuid}/"),
    ] {
        assert_eq!(counted(&format!("--resource {url}")), expected, "{url}");
    }
}

#[test]
fn an_empty_value_filters_nothing() {
    for filter in Filter::ALL.iter().filter(|filter| !filter.name().contains("customer")) {
        let flag = filter.name().replace("__", "-").replace('_', "-");
        assert_eq!(counted(&format!("--{flag} ''")), 4_536, "{flag}");
    }
}

#[test]
fn any_value_of_one_filter_passes_and_all_filters_have_to() {
    let is = |record: &Value, types: &[&str]| {
        types.contains(&record["component_type"].as_str().unwrap_or_default())
    };
    assert_eq!(counted("--type storage --type ram"), looped(|record| is(record, &["storage", "ram"])));
    let expected = looped(|record| is(record, &["storage"]) && record["billing_period"] == "2026-09-01");
    assert_eq!(counted("--type storage --component-usage-billing-period 2026-09-01"), expected);
}

#[test]
fn a_name_that_several_share_is_refused_with_their_uuids() {
    let outcome = run(&format!("report {COMPLETE} --customer 'Acme Labs'"));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""));
    assert!(outcome.stderr.contains("289b41e3699d4868b998d449d55465b9"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--customer-uuid"), "{}", outcome.stderr);
}

#[test]
fn a_name_that_nobody_has_is_refused_with_a_guess() {
    let outcome = run(&format!("report {COMPLETE} --customer 'tartu ülikool'"));
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("did you mean \"Tartu Ülikool\"?"), "{}", outcome.stderr);
}

#[test]
fn a_name_that_nothing_has_is_a_warning_if_something_is_left_or_nothing_is_near() {
    let known = run(&format!("report {COMPLETE} --type cores"));
    let mixed = run(&format!("report {COMPLETE} --type cores --type Corse"));
    assert_eq!((mixed.code, mixed.stdout.lines().count()), (3, known.stdout.lines().count()));
    let warning = "warning: Nothing was found for component \"Corse\". The data calls it cores.";
    assert!(mixed.stderr.contains(warning), "{}", mixed.stderr);
    let alone = run(&format!("report {COMPLETE} --type Corse"));
    assert_eq!(alone.code, 2);
    assert!(
        alone.stderr.contains("no component is named \"Corse\"; did you mean \"cores\""),
        "{}",
        alone.stderr
    );
    for flag in ["--type zzz", "--offering zzz", "--project zzz", "--customer zzz"] {
        let nothing = run(&format!("report {COMPLETE} {flag}"));
        assert_eq!(nothing.code, 3, "{flag}: {}", nothing.stderr);
        assert!(
            nothing.stderr.contains("\"zzz\".\n"),
            "a name without a near one has no suggestion: {}",
            nothing.stderr
        );
    }
    let uuid = run(&format!("report {COMPLETE} --customer-uuid 289b41e3699d4868b998d449d55465b8"));
    assert!(!uuid.stderr.contains("The data calls it"), "a uuid is never guessed: {}", uuid.stderr);
}

#[test]
fn values_that_the_server_refuses_are_refused() {
    for flags in [
        "--billing-period-month abc",
        "--billing-period-month NaN",
        "--billing-period-year abc",
        "--component-usage-billing-period 2025-09",
        "--component-usage-billing-period 2025-02-30",
        "--date-after 2025-13-01",
        "--date-after abc",
        "--date-before 20250930",
        "--customer-uuid abc",
        "--resource-uuid 123",
    ] {
        let outcome = run(&format!("list {COMPLETE} {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}: {}", outcome.stderr);
    }
}

#[test]
fn a_filter_splits_a_report_into_parts_that_add_up() {
    let records = |filters: &[(Filter, &str)]| {
        report_of(intake(&[COMPLETE]), "period", filters).provenance.accounting.kept
    };
    let months = ["8", "9", "10"];
    let sum: u64 = months.iter().map(|month| records(&[(Filter::BillingPeriodMonth, month)])).sum();
    assert_eq!(sum, 4_536);
}
