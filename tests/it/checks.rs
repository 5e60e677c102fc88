//! The checks before sending: what is found, what is only noted, and what is left alone.

use std::sync::Arc;

use usagebook::check::{self, Subject};
use usagebook::notice::{Code, Severity};
use usagebook::objects::{ComponentUsageReading, InvoiceReading, read_component_usages, read_invoice_items};
use usagebook::period::{Calendar, PeriodRange};
use usagebook::verdict::Verdict;
use usagebook::write::verdict::{VerdictFormat, write_verdict};
use usagebook::{Progress, read};

use crate::binary::run;
use crate::frames::request;
use crate::records::{Dumps, uuid};

/// What is checked, as it would be typed.
#[derive(Default)]
pub struct Case<'a> {
    /// Lines of records, a dump each.
    pub dumps: &'a [&'a str],
    /// `acme cpu hour 2026-10 1.50`, one component usage a line.
    pub parents: Option<&'a str>,
    /// The text of a dump of invoices, in JSON or CSV.
    pub invoices: Option<&'a str>,
    pub period: Option<&'a str>,
    pub timezone: Option<&'a str>,
    pub as_of: Option<&'a str>,
}

impl Case<'_> {
    pub fn verdict(&self) -> Verdict {
        let (folder, files) = Dumps::of(self.dumps);
        let parents = self.parents.map(|lines| folder.write("parents/page-1.json", parents(lines)));
        let invoices = self.invoices.map(|text| folder.write("invoices.txt", text));
        self.verdict_of(&files, parents.as_slice(), invoices.as_slice())
    }

    pub fn verdict_of(&self, files: &[String], parents: &[String], invoices: &[String]) -> Verdict {
        let timezone = self.timezone.unwrap_or("UTC").parse().expect("a time zone");
        let progress = Arc::new(Progress::default());
        let mut request = request(files);
        request.reading.timezone = timezone;
        let intake = read(&request, &progress).expect("records");
        let reading = ComponentUsageReading { timezone, accepts_incomplete: false, keeps_fields: false };
        let of_invoices = InvoiceReading { timezone, locale: None, accepts_incomplete: false };
        let parents = (!parents.is_empty())
            .then(|| read_component_usages(parents, reading, &progress).expect("component usages"));
        let invoices = (!invoices.is_empty())
            .then(|| read_invoice_items(invoices, of_invoices, &progress).expect("invoices"));
        let as_of = self.as_of.unwrap_or("2026-11-23").parse().expect("a day");
        let calendar = Calendar { as_of, fiscal_year_start: 1 };
        check::run(&Subject {
            frame: &intake.frame,
            is_book: false,
            accounting: intake.accounting,
            notices: &intake.notices,
            server_counts: &intake.server_counts,
            faults: &intake.faults,
            parents: parents.as_ref(),
            invoices: invoices.as_ref(),
            charges: &check::Charges::Unknown("no prices are given"),
            as_of,
            timezone,
            period: self.period.map(|text| PeriodRange::parse(text, calendar).expect("a period")),
        })
    }

    /// Codes and counts, warnings first: `warning spike 1`.
    pub fn told(&self) -> Vec<String> {
        told(&self.verdict())
    }
}

pub fn told(verdict: &Verdict) -> Vec<String> {
    let line = |check: &usagebook::verdict::CheckResult| {
        let severity = if check.notice.severity == Severity::Warning { "warning" } else { "note" };
        format!("{severity} {} {}", check.notice.code.name(), check.notice.count)
    };
    verdict.checks.iter().map(line).collect()
}

/// The figures of the first example of a code.
pub fn figures(verdict: &Verdict, code: Code) -> Vec<(&'static str, String)> {
    let check = verdict.checks.iter().find(|check| check.notice.code == code);
    check.unwrap_or_else(|| panic!("{:?}", told(verdict))).notice.examples[0].figures.clone()
}

/// Component usages of lines, as the server writes them; the uuids are those of the records' parents.
pub fn parents(lines: &str) -> String {
    let parent = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [customer, component, unit, month, usage] = words.as_slice() else { panic!("{line}") };
        format!(
            "{{\"uuid\":{:?},\"type\":{component:?},\"name\":\"x\",\"measured_unit\":{unit:?},\"usage\":{usage},\
             \"date\":\"{month}-15T12:00:00Z\",\"recurring\":false,\"resource_name\":\"{customer}-resource\",\
             \"resource_uuid\":{:?},\"customer_name\":{customer:?},\"billing_period\":\"{month}-01\",\
             \"modified_by\":null}}",
            uuid(&format!("{customer}/{component}/{month}")),
            uuid(&format!("{customer}-resource")),
        )
    };
    let parents = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(parent);
    format!("[{}]", parents.collect::<Vec<_>>().join(","))
}

/// So many lines of one resource, a month each, the last one being 2026-10.
fn months(component: &str, usages: &[&str]) -> String {
    let month = |back: usize| {
        let number = 2026 * 12 + 9 - back;
        format!("{:04}-{:02}", number / 12, number % 12 + 1)
    };
    let line = |(at, usage): (usize, &&str)| match *usage {
        "-" => String::new(),
        usage => format!("acme {component} hour {} alice {usage}\n", month(usages.len() - 1 - at)),
    };
    usages.iter().enumerate().map(line).collect()
}

#[test]
fn three_real_months_are_clean() {
    let verdict = Case::default().verdict_of(&["fixtures/real/complete".to_owned()], &[], &[]);
    assert_eq!(
        told(&verdict),
        [
            "note shared_name 1",
            "note shared_name 4",
            "note shared_username 136",
            "note imprecise_usage 4",
            "note zero_usage 144",
        ]
    );
    assert_eq!(verdict.months.len(), 3);
    assert!(verdict.passed.contains(&Code::MissingPage) && !verdict.passed.contains(&Code::Spike));
}

#[test]
fn a_dump_in_default_order_is_a_warning_of_the_check_as_of_the_report() {
    let verdict = Case::default().verdict_of(&["fixtures/real/default-order/2026-08".to_owned()], &[], &[]);
    assert_eq!(told(&verdict)[0], "warning incomplete 20");
}

#[test]
fn completeness_passes_only_where_the_servers_count_proves_it() {
    let folder = Dumps::new();
    let page = crate::records::page(&crate::records::records("acme cpu hour 2026-10 alice 1.00"));
    let file = [folder.write("page-1.json", page)];
    let unproved = Case::default().verdict_of(&file, &[], &[]);
    assert!(!unproved.passed.contains(&Code::Incomplete));
    assert_eq!(unproved.not_checked[0].codes, [Code::Incomplete]);
    folder.write("index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"1"}]"#);
    assert!(Case::default().verdict_of(&file, &[], &[]).passed.contains(&Code::Incomplete));
}

#[test]
fn a_running_month_is_set_against_nothing() {
    let records = months("cpu", &["1.00", "1.00", "1.00", "1.00", "900.00"]);
    let told = |as_of| {
        let parents = Some("acme cpu hour 2026-10 5.00");
        Case { dumps: &[&records], parents, as_of: Some(as_of), ..Case::default() }.told()
    };
    assert_eq!(told("2026-11-01"), ["warning users_exceed_parent 1", "warning spike 1"]);
    assert_eq!(told("2026-10-31"), ["note partial_period 1"]);
}

#[test]
fn usage_that_was_there_every_month_and_is_not_now_is_missing() {
    let told = |cpu: &[&str], ram: &[&str]| {
        let records = months("cpu", cpu) + &months("ram", ram);
        Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told()
    };
    let always = ["3.00", "3.00", "3.00", "3.00"];
    assert_eq!(told(&["1.00", "4.00", "2.00", "-"], &always), ["warning missing_usage 1"]);
    assert_eq!(told(&["1.00", "-", "2.00", "-"], &always), Vec::<String>::new());
    assert_eq!(told(&["1.00", "0.00", "2.00", "-"], &always), ["note zero_usage 1"][1..]);
    assert_eq!(
        told(&["1.00", "4.00", "2.00", "0.00"], &always),
        ["note zero_usage 1"],
        "zero is not missing"
    );
}

#[test]
fn a_resource_that_is_silent_altogether_is_noted_and_a_silent_offering_found() {
    let acme = months("cpu", &["1.00", "1.00", "1.00", "-"]);
    let beta = |usages: &[&str]| months("cpu", usages).replace("acme", "beta");
    let told = |beta: String| {
        // A record of another offering, or October would be a month without records.
        let other = "gamma cpu hour 2026-10 carol 1.00 offering_uuid=0a000000000000000000000000000001";
        let records = format!("{acme}{beta}{other}");
        let mut told = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told();
        told.retain(|line| line.contains("missing_usage"));
        told
    };
    assert_eq!(told(beta(&["1.00", "1.00", "1.00", "1.00"])), ["note missing_usage 1"]);
    assert_eq!(told(beta(&["1.00", "1.00", "1.00", "-"])), ["warning missing_usage 2"]);
}

#[test]
fn a_spike_is_far_beyond_the_median_and_beyond_the_swings() {
    let is_spike = |usages: &[&str]| {
        let records = months("cpu", usages);
        let told = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told();
        told.contains(&"warning spike 1".to_owned())
    };
    assert!(is_spike(&["2.00", "2.00", "3.00", "2.00", "3.00", "2.00", "20.00"]));
    assert!(!is_spike(&["2.00", "2.00", "3.00", "2.00", "3.00", "2.00", "9.99"]), "less than five times");
    assert!(!is_spike(&["1.00", "9.00", "2.00", "8.00", "1.00", "3.00", "20.00"]), "it always swings");
    assert!(!is_spike(&["2.00", "2.00", "2.00", "90.00"]), "three months are no history");
    assert!(!is_spike(&["0.01", "0.01", "0.01", "0.01", "0.50"]), "less than one above the median");
    assert!(is_spike(&["0.01", "0.01", "0.01", "0.01", "1.01"]));
}

/// Component usages with what the users of these records add up to, a user each.
fn as_parents(records: &str) -> String {
    let line = |line: &str| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [customer, component, unit, month, _, usage] => {
            format!("{customer} {component} {unit} {month} {usage}")
        }
        words => panic!("{words:?}"),
    };
    records.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn what_is_billed_is_compared_with_what_was_billed_with_users_or_without() {
    let users = months("cpu", &["2.00", "2.00", "2.00", "2.00", "2.00"]);
    let told = |component_usages: String| {
        let parents = Some(&*component_usages);
        let mut told = Case { dumps: &[&users], parents, period: Some("2026-10"), ..Case::default() }.told();
        told.retain(|line| !line.contains("short_of_parent") && !line.contains("without_users"));
        told
    };
    let alone = |usages: &[&str]| as_parents(&months("ram", usages));
    let steady = as_parents(&users);
    assert_eq!(told(steady.clone()), Vec::<String>::new());
    assert_eq!(told(steady.replace("2026-10 2.00", "2026-10 90.00")), ["warning spike 1"]);
    let always = ["2.00", "2.00", "2.00", "2.00", "2.00"];
    assert_eq!(told(steady.clone() + &alone(&always)), Vec::<String>::new(), "it has no users");
    assert_eq!(
        told(steady.clone() + &alone(&["2.00", "2.00", "2.00", "2.00", "90.00"])),
        ["warning spike 1"]
    );
    assert_eq!(
        told(steady.clone() + &alone(&["2.00", "2.00", "2.00", "2.00", "-"])),
        ["warning missing_usage 1"]
    );
    assert_eq!(
        told(steady.clone() + &alone(&["2.00", "2.00", "2.00", "2.00", "-2.00"])),
        ["warning negative_total 1"]
    );
    let october = as_parents("acme cpu hour 2026-10 alice 90.00");
    assert_eq!(told(october), Vec::<String>::new(), "of the months before, users alone are known");
}

#[test]
fn users_that_correct_more_than_they_use_are_no_negative_total_of_what_is_billed() {
    let parents = Some("acme cpu hour 2026-10 500.00");
    let told = Case { dumps: &["acme cpu hour 2026-10 alice -100.00"], parents, ..Case::default() }.told();
    assert!(!told.iter().any(|line| line.contains("negative_total")), "{told:?}");
}

#[test]
fn a_spike_that_is_less_than_a_hundredth_of_its_component_is_none() {
    let small = months("cpu", &["1.00", "1.00", "1.00", "1.00", "10.00"]);
    let told = |other: &str| {
        let records = format!("{small}beta cpu hour 2026-10 bob {other}");
        Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told()
    };
    assert_eq!(told("890.00"), ["warning spike 1"]);
    assert_eq!(told("891.00"), Vec::<String>::new());
}

#[test]
fn a_spike_of_the_largest_usages_is_computed_exactly() {
    let large = "999999999999999999.99";
    let records = months("cpu", &["1.00", "1.00", "1.00", "1.00", large]);
    assert_eq!(Case { dumps: &[&records], ..Case::default() }.told()[0], "warning spike 1");
    let low = format!("-{large}");
    let records = months("cpu", &[&low, &low, &low, &low, large]);
    let told = Case { dumps: &[&records], ..Case::default() }.told();
    assert_eq!(told[..2], ["warning negative_total 4", "warning spike 1"], "{told:?}");
}

#[test]
fn a_component_has_one_unit_over_all_months() {
    let records = "
        acme cpu hour 2026-09 alice 1.00
        acme cpu minute 2026-10 alice 60.00
        acme ram GB 2026-10 alice 1.00";
    let case = Case { dumps: &[records], period: Some("2026-10"), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(told(&verdict), ["warning unit_changed 1"]);
    let units = [("measured_units", "hour in 2026-09; minute in 2026-10".to_owned())];
    assert_eq!(figures(&verdict, Code::UnitChanged), units);
}

#[test]
fn usage_may_be_reported_in_the_month_after_its_own_and_not_before_it() {
    let told = |date: &str, timezone| {
        let records = format!("acme cpu hour 2026-10 alice 1.00 date={date}");
        Case { dumps: &[&records], timezone: Some(timezone), ..Case::default() }.told()
    };
    assert_eq!(told("2026-11-30T23:00:00Z", "UTC"), Vec::<String>::new());
    assert_eq!(told("2026-12-01T00:00:00Z", "UTC"), ["note date_long_after_period 1"]);
    assert_eq!(told("2026-09-30T22:30:00Z", "UTC"), ["note date_before_period 1"]);
    assert_eq!(told("2026-09-30T22:30:00Z", "Europe/Tallinn"), Vec::<String>::new());
    assert_eq!(told("2026-09-29T22:30:00Z", "UTC"), ["warning date_before_period 1"]);
}

#[test]
fn months_that_are_missing_between_others_or_have_not_begun_are_warnings() {
    let records = "
        acme cpu hour 2026-08 alice 1.00
        acme cpu hour 2026-10 alice 1.00
        acme cpu hour 2026-12 alice 1.00";
    let told = Case { dumps: &[records], ..Case::default() }.told();
    assert_eq!(told, ["warning empty_period 1", "warning empty_period 1", "warning future_period 1"]);
    let told = Case { dumps: &[records], period: Some("2026-09..2026-10"), ..Case::default() }.told();
    assert_eq!(told, ["warning empty_period 1"]);
}

#[test]
fn corrections_are_legal_until_a_total_is_less_than_nothing() {
    let told = |correction: &str| {
        let records = format!("acme cpu hour 2026-10 alice 5.00\nacme cpu hour 2026-10 bob {correction}");
        Case { dumps: &[&records], ..Case::default() }.told()
    };
    assert_eq!(told("-5.00"), ["note negative_usage 1"]);
    assert_eq!(told("-5.01"), ["warning negative_total 1", "note negative_usage 1"]);
}

#[test]
fn moved_relabelled_and_renamed_parents_are_told_with_examples() {
    let before =
        "acme cpu hour 2026-10 alice 1.00\nbeta ram GB 2026-10 bob 1.00\ngamma io op 2026-10 carol 1.00";
    let after = "
        acme cpu hour 2026-10 alice 1.00 customer_uuid=other customer_name=other
        beta ram TB 2026-10 bob 1.00
        gamma io op 2026-10 carol 1.00 customer_name=delta";
    let verdict = Case { dumps: &[before, after], ..Case::default() }.verdict();
    let told = told(&verdict);
    assert_eq!(
        told[..3],
        ["warning owner_rewritten 1", "warning unit_rewritten 1", "note renamed 1"],
        "{told:?}"
    );
    let labels = &verdict.checks[0].notice.examples[0].labels;
    assert!(labels.contains(&("customer_name", "other".to_owned())), "{labels:?}");
    assert!(labels.contains(&("component_usage", uuid("acme/cpu/2026-10"))), "{labels:?}");
}

#[test]
fn two_uuids_for_one_user_under_one_parent_are_a_warning_of_their_own() {
    let records = "
        acme cpu hour 2026-10 alice 1.00
        acme cpu hour 2026-10 alice 1.00 uuid=another
        acme cpu hour 2026-10 bob 0.001
        acme cpu hour 2026-10 carol 2.00";
    let told = Case { dumps: &[records], ..Case::default() }.told();
    assert_eq!(told, ["warning duplicate_key 2", "warning unusable 1"]);
}

#[test]
fn pages_between_others_that_are_not_there_are_found() {
    let folder = Dumps::new();
    for number in [1, 2, 5, 7] {
        let record = format!("acme cpu hour 2026-10 user{number} 1.00");
        let page = crate::records::page(&crate::records::records(&record));
        folder.write(&format!("dump/page-{number:04}.json"), page);
    }
    let files = [folder.path("dump").display().to_string()];
    let verdict = Case::default().verdict_of(&files, &[], &[]);
    assert_eq!(told(&verdict), ["warning missing_page 3"]);
    assert!(verdict.checks[0].notice.message.contains("3 to 4, 6"), "{}", verdict.checks[0].notice.message);
    folder.write("dump/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"4"}]"#);
    let verdict = Case::default().verdict_of(&files, &[], &[]);
    assert_eq!(
        told(&verdict),
        ["note skipped_file 1"],
        "a count that is reached proves that none is missing"
    );
}

#[test]
fn the_same_input_gives_the_same_bytes_whatever_the_order_of_files() {
    let drawn = |files: &[&str]| {
        let files: Vec<String> = files.iter().map(ToString::to_string).collect();
        let verdict = Case::default().verdict_of(&files, &["fixtures/real/component-usages".to_owned()], &[]);
        let mut json = Vec::new();
        write_verdict(&verdict, VerdictFormat::Json, &mut json).expect("memory takes all bytes");
        json
    };
    let months = [
        "fixtures/real/complete/2026-08",
        "fixtures/real/complete/2026-09",
        "fixtures/real/complete/2026-10",
    ];
    let once = drawn(&months);
    assert_eq!(once, drawn(&months));
    assert_eq!(once, drawn(&[months[2], months[0], months[1]]));
}

#[test]
fn the_command_tells_warnings_by_its_status_and_the_verdict_on_standard_output() {
    let clean = run("check fixtures/real/complete --as-of 2026-11-23 --period 2026-10");
    assert_eq!(clean.code, 0, "{}", clean.stderr);
    assert!(clean.stdout.starts_with("Check of 2026-10 as of 2026-11-23, time zone UTC: no warning, "));
    let quiet = run("check fixtures/real/complete --as-of 2026-11-23 --period 2026-10 -q");
    assert!(!quiet.stdout.contains("\nnote "), "{}", quiet.stdout);
    let line = "check fixtures/real/complete --as-of 2026-11-23 --format json --parents fixtures/real/component-usages";
    let outcome = run(line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("one object");
    assert_eq!(json["verdict"], "warnings");
    let first = &json["checks"][0];
    assert_eq!(first["code"], "users_exceed_parent");
    assert_eq!(first["count"].as_u64(), Some(77));
    assert_eq!(first["examples"].as_array().map(Vec::len), Some(77));
    let example = &first["examples"][0];
    assert!(example["figures"]["users"].is_string() && example["component_usage"].is_string(), "{example}");
    assert_eq!(run("check fixtures/real/complete --period 2026-13").code, 2);
}

#[test]
fn records_that_can_not_be_used_do_not_stop_a_check() {
    let outcome = run("check fixtures/broken/usage-third-decimal.json --as-of 2026-11-23");
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("WARNING unusable"), "{}", outcome.stdout);
    let folder = Dumps::new();
    let rejects = folder.path("rejects.ndjson");
    let line = format!(
        "check fixtures/broken/usage-third-decimal.json --as-of 2026-11-23 --rejects '{}'",
        rejects.display()
    );
    assert!(run(&line).stdout.contains("WARNING rejected"));
    assert_eq!(std::fs::read_to_string(rejects).expect("the rejects").lines().count(), 1);
}

#[test]
fn names_in_a_verdict_do_nothing_to_a_terminal() {
    let records = "acme cpu hour 2026-10 alice -1.00 resource_name=\u{1b}[31mred";
    let verdict = Case { dumps: &[records], ..Case::default() }.verdict();
    let mut table = Vec::new();
    let format = VerdictFormat::Table { options: Default::default(), hides_notes: false };
    write_verdict(&verdict, format, &mut table).expect("memory takes all bytes");
    let table = String::from_utf8(table).expect("UTF-8");
    assert!(table.contains(r"\u{1b}[31mred") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn every_code_is_documented_with_its_meaning_and_what_to_do() {
    let text = std::fs::read_to_string("docs/reference/checks.md").expect("the checks are documented");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for code in Code::ALL {
        assert!(text.contains(&format!("`{}`", code.name())), "{}", code.name());
        assert!(text.contains(check::meaning(code)), "{}: {}", code.name(), check::meaning(code));
        assert!(text.contains(check::action(code)), "{}: {}", code.name(), check::action(code));
    }
}
