//! The checks before sending: what is found, what is only remarked, and what is left alone.

use std::sync::Arc;

use usagebook::check::{self, Subject};
use usagebook::finding::{Code, Severity};
use usagebook::ingest::{read_component_usages, read_invoice_items};
use usagebook::period::{Calendar, PeriodRange};
use usagebook::verdict::Verdict;
use usagebook::write::verdict::{VerdictFormat, write_verdict};
use usagebook::{Progress, read};

use crate::binary::run;
use crate::frames::request;
use crate::records::{Dumps, uuid};

/// What is checked, as it would be typed.
#[derive(Default)]
struct Case<'a> {
    /// Lines of records, a dump each.
    dumps: &'a [&'a str],
    /// `acme cpu hour 2026-10 1.50`, one component usage a line.
    parents: Option<&'a str>,
    /// The text of a dump of invoices, in JSON or CSV.
    invoices: Option<&'a str>,
    period: Option<&'a str>,
    timezone: Option<&'a str>,
    as_of: Option<&'a str>,
}

impl Case<'_> {
    fn verdict(&self) -> Verdict {
        let (folder, files) = Dumps::of(self.dumps);
        let parents = self.parents.map(|lines| folder.write("parents/page-1.json", parents(lines)));
        let invoices = self.invoices.map(|text| folder.write("invoices.txt", text));
        self.verdict_of(&files, parents.as_slice(), invoices.as_slice())
    }

    fn verdict_of(&self, files: &[String], parents: &[String], invoices: &[String]) -> Verdict {
        let timezone = self.timezone.unwrap_or("UTC").parse().expect("a time zone");
        let progress = Arc::new(Progress::default());
        let mut request = request(files);
        request.reading.timezone = timezone;
        let intake = read(&request, &progress).expect("records");
        let parents = (!parents.is_empty())
            .then(|| read_component_usages(parents, timezone, false, &progress).expect("component usages"));
        let invoices = (!invoices.is_empty())
            .then(|| read_invoice_items(invoices, timezone, false, &progress).expect("invoices"));
        let as_of = self.as_of.unwrap_or("2026-11-23").parse().expect("a day");
        let calendar = Calendar { as_of, fiscal_year_start: 1 };
        check::run(&Subject {
            frame: &intake.frame,
            accounting: intake.accounting,
            notices: &intake.notices,
            has_server_counts: intake.has_server_counts,
            faults: &intake.faults,
            parents: parents.as_ref(),
            invoices: invoices.as_ref(),
            as_of,
            timezone,
            period: self.period.map(|text| PeriodRange::parse(text, calendar).expect("a period")),
        })
        .expect("a verdict")
    }

    /// Codes and counts, findings first: `finding spike 1`.
    fn told(&self) -> Vec<String> {
        told(&self.verdict())
    }
}

fn told(verdict: &Verdict) -> Vec<String> {
    let line = |check: &usagebook::verdict::CheckResult| {
        let severity = if check.notice.severity == Severity::Finding { "finding" } else { "remark" };
        format!("{severity} {} {}", check.notice.code.name(), check.notice.count)
    };
    verdict.checks.iter().map(line).collect()
}

/// The figures of the first example of a code.
fn figures(verdict: &Verdict, code: Code) -> Vec<(&'static str, String)> {
    let check = verdict.checks.iter().find(|check| check.notice.code == code);
    check.unwrap_or_else(|| panic!("{:?}", told(verdict))).notice.examples[0].figures.clone()
}

/// Component usages of lines, as the server writes them; the uuids are those of the records' parents.
fn parents(lines: &str) -> String {
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
            "remark shared_name 1",
            "remark shared_name 4",
            "remark shared_username 136",
            "remark imprecise_usage 4",
            "remark zero_usage 144",
        ]
    );
    assert_eq!(verdict.months.len(), 3);
    assert!(verdict.passed.contains(&Code::MissingPage) && !verdict.passed.contains(&Code::Spike));
}

/// Parents whose users' sum stands to their total in one way, by SQL on that server's database.
fn in_truth(is_counted: impl Fn(i64, i64, u64) -> bool) -> u64 {
    let truth =
        std::fs::File::open("fixtures/real/truth/component_usage_vs_users.csv.gz").expect("the truth");
    let mut reader = csv::Reader::from_reader(flate2::read::GzDecoder::new(truth));
    let cents = |text: &str| text.replace('.', "").parse::<i64>().expect("a decimal of two places");
    let total = |text: &str| if text.contains('.') { cents(text) } else { cents(text) * 100 };
    let rows = reader.records().map(|row| row.expect("a line"));
    // Beyond fifteen digits the server prints something else than it holds.
    let rows = rows.filter(|row| row[6].len() < 17);
    rows.filter(|row| is_counted(total(&row[6]), total(&row[7]), row[9].parse().expect("a count"))).count()
        as u64
}

#[test]
fn parents_and_users_differ_as_often_as_the_database_says() {
    let verdict = Case::default().verdict_of(
        &["fixtures/real/complete".to_owned()],
        &["fixtures/real/component-usages".to_owned()],
        &[],
    );
    let count = |code: Code| {
        verdict.checks.iter().find(|check| check.notice.code == code).map_or(0, |check| check.notice.count)
    };
    // One parent of September is not in the dump; its total is its users' sum.
    assert_eq!(count(Code::ParentAbsent), 1);
    assert_eq!(count(Code::UsersExceedParent), in_truth(|total, users, _| users > total && total != 0));
    assert_eq!(count(Code::UsersShortOfParent), in_truth(|total, users, rows| rows > 0 && users < total));
    assert_eq!(count(Code::ParentWithoutUsers), in_truth(|total, _, rows| rows == 0 && total != 0));
    assert!(count(Code::UsersExceedParent) > 50 && count(Code::UsersShortOfParent) > 50);
    assert_eq!(count(Code::ParentDiffers) + count(Code::BackfilledParent), 0);
}

#[test]
fn a_dump_in_default_order_is_a_finding_of_the_check_as_of_the_report() {
    let verdict = Case::default().verdict_of(&["fixtures/real/default-order/2026-08".to_owned()], &[], &[]);
    assert_eq!(told(&verdict)[0], "finding incomplete 20");
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
fn users_are_set_against_their_parent_in_both_directions() {
    let records = "
        acme cpu hour 2026-10 alice 1.50
        acme cpu hour 2026-10 bob 2.00
        acme ram GB 2026-10 alice 5.25
        beta cpu hour 2026-10 carol 4.00
        gamma cpu hour 2026-10 carol 3.00";
    let parents = "
        acme cpu hour 2026-10 3.25
        acme ram GB 2026-10 6.00
        beta cpu hour 2026-10 4.0
        gamma cpu hour 2026-10 0
        delta cpu hour 2026-10 7.00";
    let case = Case { dumps: &[records], parents: Some(parents), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(
        told(&verdict),
        [
            "finding users_exceed_parent 1",
            "remark shared_username 1",
            "remark users_short_of_parent 1",
            "remark parent_without_users 1",
            "remark backfilled_parent 1",
        ]
    );
    let exceeding = [("users", "3.50".to_owned()), ("component usage", "3.25".to_owned())];
    assert_eq!(figures(&verdict, Code::UsersExceedParent), exceeding);
    let without = verdict.checks.iter().find(|check| check.notice.code == Code::ParentWithoutUsers).unwrap();
    assert_eq!(without.notice.examples[0].labels[1], ("resource_name", "delta-resource".to_owned()));
}

#[test]
fn a_parent_that_is_not_in_its_dump_is_a_finding_and_a_month_that_is_not_there_is_not_looked_at() {
    let records = "
        acme cpu hour 2026-09 alice 1.00
        acme cpu hour 2026-10 alice 1.00
        beta cpu hour 2026-10 alice 2.00";
    let case = Case { dumps: &[records], parents: Some("acme cpu hour 2026-10 1.0"), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(told(&verdict)[0], "finding parent_absent 1");
    let reasons: Vec<&str> = verdict.not_checked.iter().map(|not_checked| &*not_checked.reason).collect();
    assert!(reasons.iter().any(|reason| reason.starts_with("2026-09: the component usages")), "{reasons:?}");
}

#[test]
fn a_parent_of_another_unit_is_never_compared() {
    let parents = Some("acme cpu minute 2026-10 60");
    let case = Case { dumps: &["acme cpu hour 2026-10 alice 1.00"], parents, ..Case::default() };
    assert_eq!(case.told(), ["finding parent_differs 1"]);
}

#[test]
fn users_that_are_rounded_up_one_by_one_are_no_finding() {
    let records = "
        acme cpu hour 2026-10 alice 2
        acme cpu hour 2026-10 bob 3
        acme cpu hour 2026-10 carol 1";
    let with = |total: &str| {
        let parents = format!("acme cpu hour 2026-10 {total}");
        Case { dumps: &[records], parents: Some(&parents), ..Case::default() }.told()
    };
    assert_eq!(with("6"), Vec::<String>::new());
    assert_eq!(with("4"), ["remark rounded_users 1"]);
    assert_eq!(with("3"), ["finding users_exceed_parent 1"]);
}

#[test]
fn a_running_month_is_set_against_nothing() {
    let records = months("cpu", &["1.00", "1.00", "1.00", "1.00", "900.00"]);
    let told = |as_of| {
        let parents = Some("acme cpu hour 2026-10 5.00");
        Case { dumps: &[&records], parents, as_of: Some(as_of), ..Case::default() }.told()
    };
    assert_eq!(told("2026-11-01"), ["finding users_exceed_parent 1", "finding spike 1"]);
    assert_eq!(told("2026-10-31"), ["remark partial_period 1"]);
}

#[test]
fn usage_that_was_there_every_month_and_is_not_now_is_missing() {
    let told = |cpu: &[&str], ram: &[&str]| {
        let records = months("cpu", cpu) + &months("ram", ram);
        Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told()
    };
    let always = ["3.00", "3.00", "3.00", "3.00"];
    assert_eq!(told(&["1.00", "4.00", "2.00", "-"], &always), ["finding missing_usage 1"]);
    assert_eq!(told(&["1.00", "-", "2.00", "-"], &always), Vec::<String>::new());
    assert_eq!(told(&["1.00", "0.00", "2.00", "-"], &always), ["remark zero_usage 1"][1..]);
    assert_eq!(
        told(&["1.00", "4.00", "2.00", "0.00"], &always),
        ["remark zero_usage 1"],
        "zero is not missing"
    );
}

#[test]
fn a_resource_that_is_silent_altogether_is_remarked_and_a_silent_offering_found() {
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
    assert_eq!(told(beta(&["1.00", "1.00", "1.00", "1.00"])), ["remark missing_usage 1"]);
    assert_eq!(told(beta(&["1.00", "1.00", "1.00", "-"])), ["finding missing_usage 2"]);
}

#[test]
fn a_spike_is_far_beyond_the_median_and_beyond_the_swings() {
    let is_spike = |usages: &[&str]| {
        let records = months("cpu", usages);
        let told = Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told();
        told.contains(&"finding spike 1".to_owned())
    };
    assert!(is_spike(&["2.00", "2.00", "3.00", "2.00", "3.00", "2.00", "20.00"]));
    assert!(!is_spike(&["2.00", "2.00", "3.00", "2.00", "3.00", "2.00", "9.99"]), "less than five times");
    assert!(!is_spike(&["1.00", "9.00", "2.00", "8.00", "1.00", "3.00", "20.00"]), "it always swings");
    assert!(!is_spike(&["2.00", "2.00", "2.00", "90.00"]), "three months are no history");
    assert!(!is_spike(&["0.01", "0.01", "0.01", "0.01", "0.50"]), "less than one above the median");
    assert!(is_spike(&["0.01", "0.01", "0.01", "0.01", "1.01"]));
}

#[test]
fn a_spike_that_is_less_than_a_hundredth_of_its_component_is_none() {
    let small = months("cpu", &["1.00", "1.00", "1.00", "1.00", "10.00"]);
    let told = |other: &str| {
        let records = format!("{small}beta cpu hour 2026-10 bob {other}");
        Case { dumps: &[&records], period: Some("2026-10"), ..Case::default() }.told()
    };
    assert_eq!(told("890.00"), ["finding spike 1"]);
    assert_eq!(told("891.00"), Vec::<String>::new());
}

#[test]
fn a_spike_of_the_largest_usages_is_computed_exactly() {
    let large = "999999999999999999.99";
    let records = months("cpu", &["1.00", "1.00", "1.00", "1.00", large]);
    assert_eq!(Case { dumps: &[&records], ..Case::default() }.told()[0], "finding spike 1");
    let low = format!("-{large}");
    let records = months("cpu", &[&low, &low, &low, &low, large]);
    let told = Case { dumps: &[&records], ..Case::default() }.told();
    assert_eq!(told[..2], ["finding negative_total 4", "finding spike 1"], "{told:?}");
}

#[test]
fn a_component_has_one_unit_over_all_months() {
    let records = "
        acme cpu hour 2026-09 alice 1.00
        acme cpu minute 2026-10 alice 60.00
        acme ram GB 2026-10 alice 1.00";
    let case = Case { dumps: &[records], period: Some("2026-10"), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(told(&verdict), ["finding unit_changed 1"]);
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
    assert_eq!(told("2026-12-01T00:00:00Z", "UTC"), ["remark date_long_after_period 1"]);
    assert_eq!(told("2026-09-30T22:30:00Z", "UTC"), ["remark date_before_period 1"]);
    assert_eq!(told("2026-09-30T22:30:00Z", "Europe/Tallinn"), Vec::<String>::new());
    assert_eq!(told("2026-09-29T22:30:00Z", "UTC"), ["finding date_before_period 1"]);
}

#[test]
fn months_that_are_missing_between_others_or_have_not_begun_are_findings() {
    let records = "
        acme cpu hour 2026-08 alice 1.00
        acme cpu hour 2026-10 alice 1.00
        acme cpu hour 2026-12 alice 1.00";
    let told = Case { dumps: &[records], ..Case::default() }.told();
    assert_eq!(told, ["finding empty_period 1", "finding empty_period 1", "finding future_period 1"]);
    let told = Case { dumps: &[records], period: Some("2026-09..2026-10"), ..Case::default() }.told();
    assert_eq!(told, ["finding empty_period 1"]);
}

#[test]
fn corrections_are_legal_until_a_total_is_less_than_nothing() {
    let told = |correction: &str| {
        let records = format!("acme cpu hour 2026-10 alice 5.00\nacme cpu hour 2026-10 bob {correction}");
        Case { dumps: &[&records], ..Case::default() }.told()
    };
    assert_eq!(told("-5.00"), ["remark negative_usage 1"]);
    assert_eq!(told("-5.01"), ["finding negative_total 1", "remark negative_usage 1"]);
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
        ["finding owner_rewritten 1", "finding unit_rewritten 1", "remark renamed 1"],
        "{told:?}"
    );
    let labels = &verdict.checks[0].notice.examples[0].labels;
    assert!(labels.contains(&("customer_name", "other".to_owned())), "{labels:?}");
    assert!(labels.contains(&("component_usage", uuid("acme/cpu/2026-10"))), "{labels:?}");
}

#[test]
fn two_uuids_for_one_user_under_one_parent_are_a_finding_of_their_own() {
    let records = "
        acme cpu hour 2026-10 alice 1.00
        acme cpu hour 2026-10 alice 1.00 uuid=another
        acme cpu hour 2026-10 bob 0.001
        acme cpu hour 2026-10 carol 2.00";
    let told = Case { dumps: &[records], ..Case::default() }.told();
    assert_eq!(told, ["finding duplicate_key 2", "finding unusable 1"]);
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
    assert_eq!(told(&verdict), ["finding missing_page 3"]);
    assert!(verdict.checks[0].notice.message.contains("3 to 4, 6"), "{}", verdict.checks[0].notice.message);
    folder.write("dump/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"4"}]"#);
    let verdict = Case::default().verdict_of(&files, &[], &[]);
    assert_eq!(
        told(&verdict),
        ["remark skipped_file 1"],
        "a count that is reached proves that none is missing"
    );
}

#[test]
fn an_index_that_counts_more_parents_than_there_are_is_an_alarm() {
    let folder = Dumps::new();
    let record = folder.write(
        "records.json",
        crate::records::page(&crate::records::records("acme cpu hour 2026-10 alice 1.00")),
    );
    let page = folder.write("parents/page-1.json", parents("acme cpu hour 2026-10 1.00"));
    folder.write("parents/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"3"}]"#);
    let verdict = Case::default().verdict_of(std::slice::from_ref(&record), std::slice::from_ref(&page), &[]);
    assert_eq!(told(&verdict)[0], "finding incomplete 2");
    assert!(verdict.checks[0].notice.message.contains("2 component usages missing"));
    std::fs::remove_file(folder.path("parents/index.json")).unwrap();
    folder.write("parents/page-2.json", parents("acme cpu hour 2026-10 1.00"));
    let verdict = Case::default().verdict_of(&[record], &[folder.path("parents").display().to_string()], &[]);
    assert_eq!(told(&verdict)[0], "finding incomplete 1", "parents that come twice have pushed out others");
}

#[test]
fn the_later_dump_of_parents_counts_and_what_can_not_be_read_is_told() {
    let folder = Dumps::new();
    let record = folder
        .write("r.json", crate::records::page(&crate::records::records("acme cpu hour 2026-10 alice 1.00")));
    let older = folder.write("a.json", parents("acme cpu hour 2026-10 9.00"));
    let newer = folder.write("b.json", parents("acme cpu hour 2026-10 1.00\nacme cpu hour 2026-08 0.001"));
    let verdict =
        Case::default().verdict_of(std::slice::from_ref(&record), &[older.clone(), newer.clone()], &[]);
    assert_eq!(told(&verdict), ["finding unusable 1"]);
    let message = &verdict.checks[0].notice.message;
    assert!(message.contains("record 2") && message.contains("usage is 0.001"), "{message}");
    let verdict = Case::default().verdict_of(&[record], &[newer, older], &[]);
    assert_eq!(told(&verdict), ["finding unusable 1", "remark users_short_of_parent 1"]);
}

/// Items of one invoice as `/api/invoices/` gives it.
fn invoice(items: &str) -> String {
    let item = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [customer, component, unit, billing_type, quantity] = words.as_slice() else { panic!("{line}") };
        format!(
            "{{\"name\":\"x\",\"quantity\":\"{quantity}\",\"unit\":\"quantity\",\"measured_unit\":{unit:?},\
             \"billing_type\":{billing_type:?},\"resource_uuid\":{:?},\"start\":\"2026-10-01T00:00:00Z\",\
             \"details\":{{\"offering_component_type\":{component:?}}}}}",
            uuid(&format!("{customer}-resource")),
        )
    };
    let items = items.lines().map(str::trim).filter(|line| !line.is_empty()).map(item);
    format!(r#"[{{"uuid":"a","year":2026,"month":10,"items":[{}]}}]"#, items.collect::<Vec<_>>().join(","))
}

const USED: &str = "
    acme cpu hour 2026-10 alice 1.50
    acme cpu hour 2026-10 bob 1.00
    acme ram GB 2026-10 alice 3.00
    beta cpu hour 2026-10 carol 4.00
    beta io op 2026-10 carol 9.00";

const TOTALS: &str = "
    acme cpu hour 2026-10 2.50
    acme ram GB 2026-10 3.00
    beta cpu hour 2026-10 4.00
    beta io op 2026-10 9.00";

#[test]
fn invoices_that_bill_what_was_used_are_quiet() {
    let invoices = invoice(
        "acme cpu hour usage 2.5000000
         acme ram GB usage 1.00
         acme ram GB usage 2.00
         beta cpu hour usage 4
         beta io op usage 9
         beta disk GB limit 100",
    );
    let case = Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(&invoices), ..Case::default() };
    assert_eq!(case.told(), ["remark skipped_invoice_item 1"]);
}

#[test]
fn invoices_are_set_against_usage_in_every_direction() {
    let invoices = invoice(
        "acme cpu hour usage 2.51
         acme ram TB usage 3.00
         gamma cpu hour usage 7.00",
    );
    let case = Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(&invoices), ..Case::default() };
    let verdict = case.verdict();
    assert_eq!(
        told(&verdict),
        [
            "finding invoice_differs 1",
            "finding invoice_unit_differs 1",
            "finding invoiced_without_usage 1",
            "finding usage_not_invoiced 1",
            "remark not_invoiced_by_usage 1",
        ]
    );
    let figures = figures(&verdict, Code::InvoiceDiffers);
    assert_eq!(figures, [("component usage", "2.50".to_owned()), ("invoice", "2.51".to_owned())]);
}

#[test]
fn without_parents_an_invoice_may_exceed_what_users_are_named_for() {
    let told = |quantity: &str| {
        let invoices = invoice(&format!("acme cpu hour usage {quantity}"));
        Case { dumps: &["acme cpu hour 2026-10 alice 2.50"], invoices: Some(&invoices), ..Case::default() }
            .told()
    };
    assert_eq!(told("2.50"), Vec::<String>::new());
    assert_eq!(told("2.51"), ["remark invoice_differs 1"]);
    assert_eq!(told("2.4999999"), ["finding invoice_differs 1"]);
}

#[test]
fn invoice_items_come_as_invoices_as_items_and_as_tables() {
    let resource = uuid("acme-resource");
    let items = format!(
        r#"[{{"uuid":"b","resource":"https://x/api/marketplace-resources/{resource}/","offering_component_type":"cpu",
            "quantity":"2.50","measured_unit":"hour","unit":"quantity","start":"2026-09-30T22:00:00Z"}},
           {{"uuid":"c","resource":null,"offering_component_type":null,"quantity":"1.00","unit_price":"-3.00"}}]"#
    );
    let lines = items.replace('\n', " ").replace("}, ", "}\n");
    let lines = lines.trim_start_matches('[').trim_end_matches(']');
    let by_month =
        format!("resource_uuid;component_type;quantity;billing_period\n{resource};cpu;2.5;2026-10\n");
    let by_year = format!(
        "\u{feff}resource_uuid,offering_component_type,quantity,year,month\n{resource},cpu,2.50,2026,10\n"
    );
    for (text, skipped) in [(&*items, 1), (lines, 1), (&by_month, 0), (&by_year, 0)] {
        let case = Case {
            dumps: &["acme cpu hour 2026-10 alice 2.50"],
            invoices: Some(text),
            timezone: Some("Europe/Tallinn"),
            ..Case::default()
        };
        let verdict = case.verdict();
        let expected: &[&str] = if skipped > 0 { &["remark skipped_invoice_item 1"] } else { &[] };
        assert_eq!(told(&verdict), expected, "{text}");
        assert!(verdict.passed.contains(&Code::InvoiceDiffers), "{text}");
    }
}

#[test]
fn an_invoice_in_two_dumps_counts_once_as_the_later_one_has_it() {
    let folder = Dumps::new();
    let page = crate::records::page(&crate::records::records("acme cpu hour 2026-10 alice 2.50"));
    let record = [folder.write("r.json", page)];
    let invoice = |quantity: &str| {
        invoice(&format!("acme cpu hour usage {quantity}"))
            .replace("\"uuid\":\"a\"", &format!("\"uuid\":{:?}", uuid("i")))
    };
    let older = folder.write("a.json", invoice("9.00"));
    let newer = folder.write("b.json", invoice("2.50"));
    let told = |invoices: &[String]| told(&Case::default().verdict_of(&record, &[], invoices));
    assert_eq!(told(&[older.clone(), newer.clone()]), Vec::<String>::new());
    assert_eq!(told(&[newer, older]), ["remark invoice_differs 1"]);
}

#[test]
fn a_file_that_is_no_dump_of_parents_or_invoices_is_named() {
    let told = |text: &str| {
        let case =
            Case { dumps: &["acme cpu hour 2026-10 alice 2.50"], invoices: Some(text), ..Case::default() };
        let verdict = case.verdict();
        assert_eq!(told(&verdict)[0], "finding unusable 1", "{text}");
        verdict.checks[0].notice.message.clone()
    };
    assert!(told("").contains("[empty_file]"));
    assert!(told("<html>").contains("[not_records]"));
    assert!(told(r#"[{"uuid":"a""#).contains("[truncated]"));
    assert!(told(r#"[{"uuid":"a"},"#).contains("[truncated]"));
    assert!(told("[1]").contains("[not_records]"));
    let resource = uuid("acme-resource");
    let table = |quantity: &str| {
        format!("resource_uuid,component_type,quantity,billing_period\n{resource},cpu,{quantity},2026-10\n")
    };
    assert!(told(&table("1.00000001")).contains("quantity is \"1.00000001\""));
    assert!(told(&table("1").replace("2026-10", "October")).contains("billing_period is \"October\""));
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
fn the_command_tells_findings_by_its_status_and_the_verdict_on_standard_output() {
    let clean = run("check fixtures/real/complete --as-of 2026-11-23 --period 2026-10");
    assert_eq!(clean.code, 0, "{}", clean.stderr);
    assert!(clean.stdout.starts_with("Check of 2026-10 as of 2026-11-23, time zone UTC: no finding, "));
    let quiet = run("check fixtures/real/complete --as-of 2026-11-23 --period 2026-10 -q");
    assert!(!quiet.stdout.contains("\nremark "), "{}", quiet.stdout);
    let line = "check fixtures/real/complete --as-of 2026-11-23 --format json --parents fixtures/real/component-usages";
    let outcome = run(line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let json: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("one object");
    assert_eq!(json["verdict"], "findings");
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
    assert!(outcome.stdout.contains("FINDING unusable"), "{}", outcome.stdout);
    let folder = Dumps::new();
    let rejects = folder.path("rejects.ndjson");
    let line = format!(
        "check fixtures/broken/usage-third-decimal.json --as-of 2026-11-23 --rejects '{}'",
        rejects.display()
    );
    assert!(run(&line).stdout.contains("FINDING set_aside"));
    assert_eq!(std::fs::read_to_string(rejects).expect("the rejects").lines().count(), 1);
}

#[test]
fn names_in_a_verdict_do_nothing_to_a_terminal() {
    let records = "acme cpu hour 2026-10 alice -1.00 resource_name=\u{1b}[31mred";
    let verdict = Case { dumps: &[records], ..Case::default() }.verdict();
    let mut table = Vec::new();
    let format = VerdictFormat::Table { options: Default::default(), hides_remarks: false };
    write_verdict(&verdict, format, &mut table).expect("memory takes all bytes");
    let table = String::from_utf8(table).expect("UTF-8");
    assert!(table.contains(r"\u{1b}[31mred") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn every_code_is_documented_with_its_meaning_and_what_to_do() {
    let text = std::fs::read_to_string("docs/checks.md").expect("the checks are documented");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for code in Code::ALL {
        assert!(text.contains(&format!("`{}`", code.name())), "{}", code.name());
        assert!(text.contains(check::meaning(code)), "{}: {}", code.name(), check::meaning(code));
        assert!(text.contains(check::action(code)), "{}: {}", code.name(), check::action(code));
    }
}
