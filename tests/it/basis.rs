//! Figures made of component usages, as the portal bills them, in numbers that one can add in the head.

use std::sync::Arc;

use usagebook::notice::{Code, Severity};
use usagebook::objects::{ComponentUsageReading, ComponentUsages, read_component_usages};
use usagebook::price::{PriceList, Tariff};
use usagebook::report::{Basis, Report, ReportSpec};
use usagebook::usecase::{Preparation, Prepared};
use usagebook::{Dimension, Error, Filter, Filters, PeriodRange, Progress};

use crate::binary::{Outcome, run, said};
use crate::frames::lines;
use crate::prices::read_lines;
use crate::records::{Dumps, uuid};
use crate::workbook::Workbook;

/// A component usage as the endpoint writes it: `acme cpu hour 2026-10 3.25`, and behind it fields that are not there.
fn component_usage(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [customer, component, unit, month, usage, without @ ..] = words.as_slice() else { panic!("{line}") };
    let text = |name: &str| serde_json::to_string(name).unwrap();
    let fields = [
        ("uuid", text(&uuid(&format!("{customer}/{component}/{month}")))),
        ("type", text(component)),
        ("measured_unit", text(unit)),
        ("usage", (*usage).to_owned()),
        ("date", text(&format!("{month}-15T12:00:00Z"))),
        ("billing_period", text(&format!("{month}-01"))),
        ("resource_name", text(&format!("{customer}-resource"))),
        ("resource_uuid", text(&uuid(&format!("{customer}-resource")))),
        ("offering_name", text("cluster")),
        ("offering_uuid", text(&uuid("cluster"))),
        ("project_name", text(&format!("{customer}-project"))),
        ("project_uuid", text(&uuid(&format!("{customer}-project")))),
        ("customer_name", text(customer)),
        ("customer_uuid", text(&uuid(customer))),
    ];
    let fields = fields.iter().filter(|(name, _)| !without.contains(name));
    let fields: Vec<String> = fields.map(|(name, value)| format!("{name:?}:{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// A page of the endpoint.
pub fn component_usages(lines: &str) -> String {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    format!("[{}]", lines.map(component_usage).collect::<Vec<_>>().join(","))
}

fn read(lines: &str) -> Arc<ComponentUsages> {
    let folder = Dumps::new();
    let file = folder.write("usages.json", component_usages(lines));
    let reading =
        ComponentUsageReading { timezone: chrono_tz::UTC, accepts_incomplete: false, keeps_fields: false };
    Arc::new(read_component_usages(&[file], reading, &Progress::default()).unwrap())
}

/// What is asked of records and component usages.
#[derive(Clone, Copy)]
struct Asked<'a> {
    records: &'a str,
    usages: &'a str,
    by: &'a str,
    card: Option<&'a str>,
    basis: Option<Basis>,
    period: Option<&'a str>,
    filter: Option<(Filter, &'a str)>,
}

const ASKED: Asked<'_> = Asked {
    records: "",
    usages: "",
    by: "customer,user",
    card: None,
    basis: Some(Basis::ComponentUsage),
    period: None,
    filter: None,
};

impl Asked<'_> {
    fn report(&self) -> Result<Report, Error> {
        let spec = ReportSpec {
            by: Dimension::parse_list(self.by).unwrap(),
            ..ReportSpec::monthly("2026-12-23".parse().unwrap())
        };
        let period = self.period.map(|text| PeriodRange::parse(text, spec.calendar).unwrap());
        let spec = ReportSpec { period, ..spec };
        let card = self.card.map(|card| PriceList::parse("card.toml".as_ref(), card.as_bytes()).unwrap());
        let tariff = card.map(|card| Tariff::new(card, None, None, None).unwrap());
        let mut filters = Filters::default();
        self.filter.iter().for_each(|(filter, value)| filters.add(*filter, value).unwrap());
        let asked = Preparation {
            tariff: tariff.as_ref(),
            basis: self.basis,
            component_usages: (!self.usages.is_empty()).then(|| read(self.usages)),
            filters,
            ..Preparation::of(&spec)
        };
        Prepared::new(read_lines(self.records), &asked)?.report(&spec)
    }

    fn lines(&self) -> String {
        lines(&self.report().unwrap())
    }
}

fn warnings(report: &Report) -> Vec<&str> {
    let notices = report.provenance.notices.iter();
    notices.filter(|one| one.severity == Severity::Warning).map(|one| one.message.as_str()).collect()
}

/// Cpu hours: the first ten cost 1, all others 0.5.
const TIERS: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
tiers = [{ up_to = 10, unit_price = "1" }, { unit_price = "0.5" }]
"#;

const FLAT: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
unit_price = "2"
"#;

const RECORDS: &str = "
    acme cpu hour 2026-10 alice 4
    acme cpu hour 2026-10 bob 3
    beta cpu hour 2026-10 alice 5";

const USAGES: &str = "
    acme cpu hour 2026-10 10
    beta cpu hour 2026-10 4
    gamma cpu hour 2026-10 6";

#[test]
fn what_users_do_not_come_to_is_a_row_of_no_user_with_its_own_amount() {
    // acme has 3 more than its users, beta 1 less than alice has there, and nobody used what gamma is billed.
    let asked = Asked { records: RECORDS, usages: USAGES, card: Some(FLAT), ..ASKED };
    assert_eq!(
        asked.lines(),
        "acme alice hour 4.00 EUR 8.00 1 1\n\
         acme bob hour 3.00 EUR 6.00 1 1\n\
         acme  hour 3.00 EUR 6.00 0 0\n\
         beta alice hour 5.00 EUR 10.00 1 1\n\
         beta  hour -1.00 EUR -2.00 0 0\n\
         gamma  hour 6.00 EUR 12.00 0 0"
    );
    let by_customer = Asked { by: "customer", ..asked };
    assert_eq!(
        by_customer.lines(),
        "acme hour 10.00 EUR 20.00 2 2\nbeta hour 4.00 EUR 8.00 1 1\ngamma hour 6.00 EUR 12.00 0 0"
    );
    let accounting = by_customer.report().unwrap().provenance.accounting;
    assert_eq!((accounting.read, accounting.kept), (3, 3), "such a row is no record");
    let by_users = Asked { basis: Some(Basis::Users), ..by_customer };
    assert_eq!(by_users.lines(), "acme hour 7.00 EUR 14.00 2 2\nbeta hour 5.00 EUR 10.00 1 1");
}

#[test]
fn a_component_usage_of_zero_without_users_has_its_minimum() {
    let minimum = format!("{FLAT}minimum = \"7\"\n");
    let asked = Asked {
        records: "acme cpu hour 2026-10 alice 8",
        usages: "acme cpu hour 2026-10 8\nbeta cpu hour 2026-10 0",
        card: Some(&minimum),
        ..ASKED
    };
    assert_eq!(asked.lines(), "acme alice hour 8.00 EUR 16.00 1 1\nbeta  hour 0.00 EUR 7.00 0 0");
    // That nothing says whose usage of zero it is takes nothing from the figures.
    let unowned = Asked {
        usages: "acme cpu hour 2026-10 8\nbeta cpu hour 2026-10 0 customer_uuid project_uuid offering_uuid",
        ..asked
    };
    assert_eq!(unowned.lines(), "acme alice hour 8.00 EUR 16.00 1 1");
    assert!(warnings(&unowned.report().unwrap()).is_empty());
}

#[test]
fn tiers_see_the_component_usage() {
    // 12 hours are 10 × 1 + 2 × 0.5 = 11, of which alice has 8/12 and the rest 4/12.
    let asked = Asked {
        records: "acme cpu hour 2026-10 alice 8",
        usages: "acme cpu hour 2026-10 12",
        card: Some(TIERS),
        ..ASKED
    };
    assert_eq!(asked.lines(), "acme alice hour 8.00 EUR 7.33 1 1\nacme  hour 4.00 EUR 3.67 0 0");
    // 8 hours lie within the first tier, 12 of its users would not.
    let smaller = Asked {
        records: "acme cpu hour 2026-10 alice 12",
        usages: "acme cpu hour 2026-10 8",
        by: "customer",
        ..asked
    };
    assert_eq!(smaller.lines(), "acme hour 8.00 EUR 8.00 1 1");
}

#[test]
fn filters_keep_the_row_but_for_usernames_and_change_no_amount() {
    let asked = Asked { records: RECORDS, usages: USAGES, card: Some(FLAT), ..ASKED };
    let only = |filter, value| Asked { filter: Some((filter, value)), ..asked }.lines();
    let acme =
        "acme alice hour 4.00 EUR 8.00 1 1\nacme bob hour 3.00 EUR 6.00 1 1\nacme  hour 3.00 EUR 6.00 0 0";
    assert_eq!(only(Filter::Customer, "acme"), acme);
    assert_eq!(only(Filter::Project, "acme-project"), acme);
    let resource = uuid("acme-resource");
    assert_eq!(only(Filter::ResourceUuid, &resource), acme);
    for (filter, value) in [
        (Filter::Offering, "cluster"),
        (Filter::Type, "cpu"),
        (Filter::BillingPeriodMonth, "10"),
        (Filter::DateAfter, "2026-10-15"),
    ] {
        assert_eq!(only(filter, value), asked.lines(), "{filter:?}");
    }
    assert_eq!(only(Filter::Customer, "gamma"), "gamma  hour 6.00 EUR 12.00 0 0");
    assert_eq!(only(Filter::DateAfter, "2026-10-16"), "");
    assert_eq!(
        only(Filter::Username, "alice"),
        "acme alice hour 4.00 EUR 8.00 1 1\nbeta alice hour 5.00 EUR 10.00 1 1"
    );
}

#[test]
fn a_line_that_the_dump_lacks_is_charged_by_its_users_and_is_a_warning() {
    let usages = "beta cpu hour 2026-10 4";
    let asked = Asked { records: RECORDS, usages, by: "customer", card: Some(FLAT), ..ASKED };
    let report = asked.report().unwrap();
    assert_eq!(lines(&report), "acme hour 7.00 EUR 14.00 2 2\nbeta hour 4.00 EUR 8.00 1 1");
    assert_eq!(
        warnings(&report),
        [
            "1 component usage is named by records and not in the dump of component usages: it is counted by its users, \
          EUR 14.00."
        ]
    );
    let filtered = Asked { filter: Some((Filter::Customer, "beta")), ..asked };
    assert!(warnings(&filtered.report().unwrap()).is_empty(), "beta is charged by what the portal bills");
}

#[test]
fn a_line_that_is_something_else_in_its_dump_is_charged_by_its_users_and_is_a_warning() {
    let usages = "acme cpu day 2026-10 300\nbeta cpu hour 2026-10 4";
    let asked = Asked { records: RECORDS, usages, by: "customer", card: Some(FLAT), ..ASKED };
    let report = asked.report().unwrap();
    assert_eq!(lines(&report), "acme hour 7.00 EUR 14.00 2 2\nbeta hour 4.00 EUR 8.00 1 1");
    let said = "1 component usage is of another unit, component, resource or month in the own dump than in records: it is \
                counted by its users, EUR 14.00.";
    assert_eq!(warnings(&report), [said]);
}

#[test]
fn a_component_usage_without_an_owner_is_the_resources_or_is_said() {
    let without = "customer_uuid project_uuid offering_uuid";
    let usages = format!("acme cpu hour 2026-10 7\nacme ram hour 2026-10 2 {without}");
    let asked = Asked { records: RECORDS, usages: &usages, by: "customer,component", ..ASKED };
    assert_eq!(
        asked.lines(),
        "acme cpu hour 7.00 2 2\nacme ram hour 2.00 0 0\nbeta cpu hour 5.00 1 1",
        "records say whose the resource is"
    );
    let usages = format!("{USAGES} {without}");
    let report = Asked { usages: &usages, ..asked }.report().unwrap();
    assert_eq!(lines(&report), "acme cpu hour 10.00 2 2\nbeta cpu hour 4.00 1 1");
    assert!(warnings(&report)[0].contains("1 component usage without users has no customer"), "{report:?}");
}

#[test]
fn a_difference_of_nothing_is_no_row() {
    let usages = "acme cpu hour 2026-10 7\nbeta cpu hour 2026-10 5";
    let asked = Asked { records: RECORDS, usages, ..ASKED };
    assert_eq!(asked.lines(), Asked { basis: Some(Basis::Users), ..asked }.lines());
}

#[test]
fn a_month_without_records_is_in_the_figures_if_it_is_asked_for_by_name() {
    let usages =
        "acme cpu hour 2026-09 1\nacme cpu hour 2026-10 10\nbeta cpu hour 2026-10 4\nbeta cpu hour 2026-11 2";
    let asked = Asked { records: RECORDS, usages, by: "period", ..ASKED };
    let report = asked.report().unwrap();
    assert_eq!(lines(&report), "2026-10 hour 14.00 3 2");
    let said = report.provenance.notices.iter().find(|notice| notice.code == Code::ParentWithoutUsers);
    let message = &said.expect("a note").message;
    assert!(
        message.starts_with("2 component usages of September 2026, November 2026 are not in the figures"),
        "{message}"
    );
    let named = Asked { period: Some("2026-09..2026-11"), ..asked }.report().unwrap();
    assert!(
        lines(&named).starts_with("2026-09 hour 1.00 0 0\n2026-10 hour 14.00 3 2\n2026-11 hour 2.00 0 0")
    );
    assert!(named.provenance.notices.iter().all(|notice| notice.code != Code::ParentWithoutUsers));
}

#[test]
fn a_month_without_component_usages_makes_all_of_it_a_matter_of_users() {
    let records = "acme cpu hour 2026-09 alice 1\nacme cpu hour 2026-10 alice 1";
    let usages = "acme cpu hour 2026-10 2";
    let asked = Asked { records, usages, by: "period", card: Some(FLAT), basis: None, ..ASKED };
    let report = asked.report().unwrap();
    assert_eq!(lines(&report), "2026-09 hour 1.00 EUR 2.00 1 1\n2026-10 hour 1.00 EUR 2.00 1 1");
    assert_eq!(report.provenance.based.to_string(), "users (September 2026 has no component usages)");
    let october = Asked { period: Some("2026-10"), ..asked }.report().unwrap();
    assert_eq!(lines(&october), "2026-10 hour 2.00 EUR 4.00 1 1");
    assert_eq!(october.provenance.based.to_string(), "component usages");
    let without = Asked { usages: "", ..asked }.report().unwrap();
    assert_eq!(without.provenance.based.to_string(), "users (no component usages are given)");
    let wanted = Asked { basis: Some(Basis::ComponentUsage), ..asked };
    let error = wanted.report().unwrap_err().to_string();
    assert_eq!(error, "September 2026: records, and no component usages");
    assert!(Asked { usages: "", ..wanted }.report().is_err());
    let usage_alone = Asked { card: None, period: Some("2026-10"), ..asked }.report().unwrap();
    assert_eq!(lines(&usage_alone), "2026-10 hour 1.00 1 1", "without prices, only if that is asked for");
}

#[test]
fn the_latest_dumps_component_usage_counts() {
    let folder = Dumps::new();
    let early = folder.write("a.json", component_usages("acme cpu hour 2026-10 9"));
    let late = folder.write("b.json", component_usages("acme cpu hour 2026-10 10"));
    let records = folder.write("records.json", crate::records::page(&crate::records::records(RECORDS)));
    let line = format!(
        "report {records} --by customer --customer acme --basis component-usage --parents {early} {late} --format csv"
    );
    let outcome = run(&line);
    assert!(outcome.stdout.contains("acme,hour,10.00,2,2"), "{outcome:?}");
    assert_eq!(said(&outcome, "warning: "), Vec::<&str>::new());
}

#[test]
fn a_row_of_no_user_has_words_for_people_and_no_username_for_programs() {
    let folder = Dumps::new();
    let usages = folder.write("usages.json", component_usages(USAGES));
    let records = folder.write("records.json", crate::records::page(&crate::records::records(RECORDS)));
    let drawn = |format: &str| {
        let line = format!(
            "report {records} --by user --basis component-usage --parents {usages} --format {format} --period 2026-10"
        );
        run(&line).stdout
    };
    assert!(drawn("table").contains("Not attributed to users"), "{}", drawn("table"));
    assert!(drawn("markdown").contains("Not attributed to users"));
    assert!(drawn("csv").contains("\n,hour,8.00,0,0"), "{}", drawn("csv"));
    assert!(drawn("ndjson").contains(r#""username":null,"measured_unit":"hour","usage":"8.00""#));
    let json: serde_json::Value = serde_json::from_str(&drawn("json")).unwrap();
    assert_eq!(json["basis"]["on"], "component_usage");
}

#[test]
fn a_report_on_component_usages_that_are_not_there_is_refused() {
    let outcome = run("report fixtures/real/complete --period 2026-09 --basis component-usage");
    assert_eq!(
        (outcome.code, said(&outcome, "error: ")),
        (2, vec!["--basis component-usage needs component usages: --parents INPUT, or a book that has them"],)
    );
}

/// The real September: 62 component usages are larger than their users' sum (19 of them have no user), 26 are smaller.
#[test]
fn the_real_months_come_to_what_the_portal_bills() {
    let report = |by: &str, basis: &str| {
        let line = format!(
            "report fixtures/real/complete --period 2026-09 --as-of 2026-11-23 --prices fixtures/prices/rates.toml \
             --parents fixtures/real/component-usages --basis {basis} --by {by} --format csv -q"
        );
        run(&line)
    };
    let by_component_usage = report("period", "component-usage");
    let total = |outcome: &Outcome| -> Vec<String> {
        let totals = said(outcome, "total ").into_iter();
        totals.map(|line| line.split(", including").next().unwrap().to_owned()).collect()
    };
    assert_eq!(
        said(&by_component_usage, "warning: "),
        [
            "1 component usage is named by records and not in the dump of component usages: it is counted by its users, \
          EUR 11.67."
        ]
    );
    assert_eq!(total(&by_component_usage), ["EUR 21,061.54", "USD 2,502,299.78"]);
    assert_eq!(total(&report("user", "component-usage")), total(&by_component_usage), "any grouping");
    assert_ne!(total(&report("period", "users")), total(&by_component_usage));
}

#[test]
fn notices_about_component_usages_are_those_of_a_report() {
    let asked = Asked {
        records: "acme cpu hour 2026-09 alice 1\nacme cpu hour 2026-10 alice 1",
        usages: "acme cpu hour 2026-10 2",
        by: "customer",
        period: Some("2026-10"),
        ..ASKED
    };
    let report = asked.report().unwrap();
    assert!(report.provenance.notices.iter().all(|notice| notice.code != Code::ParentAbsent));
}

/// A book, and what is delivered to it in November.
struct Kept {
    folder: Dumps,
}

impl Kept {
    fn new() -> Self {
        Self { folder: Dumps::new() }
    }

    /// Runs a command on the book, which does not fail.
    fn on(&self, line: &str) -> Outcome {
        let outcome = run(&format!("{line} --book {}", self.folder.path("book").display()));
        assert!(matches!(outcome.code, 0 | 3), "{line}\n{}", outcome.stderr);
        outcome
    }

    fn deliver(&self, day: &str, records: &str, usages: &str, more: &str) -> Outcome {
        let page = crate::records::page(&crate::records::records(records));
        let records = self.folder.write(&format!("{day}/records.json"), page);
        let usages = self.folder.write(&format!("{day}/usages.json"), component_usages(usages));
        let add = crate::binary::adding(self.folder.path("book"));
        self.on(&format!("{add} {records} --parents {usages} --pulled-at 2026-11-{day}T08:00:00Z {more}"))
    }
}

#[test]
fn a_closed_month_keeps_the_component_usages_that_it_was_closed_with() {
    let kept = Kept::new();
    let card = kept.folder.write("card.toml", FLAT);
    let on = |line: &str| kept.on(line);
    let deliver = |day: &str, usages: &str| kept.deliver(day, RECORDS, usages, "");
    let total = |more: &str| {
        let outcome = on(&format!("report --period 2026-10 --by period --format csv --prices {card} {more}"));
        assert!(outcome.stderr.contains("figures are made of component usages"), "{}", outcome.stderr);
        said(&outcome, "total ")[0].split(',').next().unwrap().to_owned()
    };
    let usages = USAGES.replace("2026-10 4", "2026-10 5");
    deliver("02", &usages);
    assert_eq!(total(""), "EUR 42.00", "2 × (10 + 5 + 6)");
    on("close 2026-10 --accept-incomplete");
    // acme has 11 now, and beta what it had.
    let later = "acme cpu hour 2026-10 11\nbeta cpu hour 2026-10 5";
    deliver("09", later);
    assert_eq!(total(""), "EUR 42.00", "a closing freezes them");
    assert_eq!(total("--version now"), "EUR 44.00", "2 × (11 + 5 + 6): no delivery says that gamma has none");
    let late = on("late");
    let note = "note: 1 component usage of October 2026 changed since the month was closed: compare the amounts of before \
                and now.";
    assert!(late.stderr.contains(note), "{}", late.stderr);
    let late = on(&format!("late --prices {card} --format csv"));
    assert!(late.stdout.contains("2.00"), "{}", late.stdout);
    let restated = on("restate 2026-10 --accept-incomplete --note later");
    assert!(!restated.stderr.contains("unchanged"), "{}", restated.stderr);
    assert_eq!(total(""), "EUR 44.00", "the version that replaced it has the later ones");
    assert_eq!(total("--version v1"), "EUR 42.00");
}

#[test]
fn a_closed_month_of_which_only_a_component_usage_changed_is_never_unchanged() {
    let kept = Kept::new();
    let card = kept.folder.write("card.toml", FLAT);
    let on = |line: &str| kept.on(line);
    let deliver = |day: &str, usages: &str| kept.deliver(day, RECORDS, usages, "");
    let json = |line: &str| -> serde_json::Value {
        serde_json::from_str(&on(&format!("{line} --format json")).stdout).unwrap()
    };
    let page = |version: &str| {
        let page = kept.folder.path("page.html").display().to_string();
        on(&format!("report --period 2026-10 -o {page} {version}"));
        std::fs::read_to_string(page).unwrap()
    };
    let usages = USAGES.replace("2026-10 4", "2026-10 5");
    deliver("02", &usages);
    on(&format!("close 2026-10 --accept-incomplete --prices {card}"));
    assert!(on("late").stdout.contains("Nothing changed since the months were closed."));
    // acme has 11 instead of 10, at 2 each.
    let added = deliver("09", &usages.replace("2026-10 10", "2026-10 11"));
    let sentence = "1 component usage of October 2026 changed since the month was closed";
    let state = "CLOSED v1, 0 late changes, 1 component usage changed";
    assert!(added.stdout.contains(state), "{}", added.stdout);
    assert!(added.stderr.contains(sentence), "{}", added.stderr);
    assert!(on("status").stdout.contains(state));
    assert_eq!(json("status")[0]["component_usages_changed"], 1);

    let late = on("late -q").stdout;
    assert!(
        late.contains(&format!("{sentence}.\n\nNo record changed since the months were closed.")),
        "{late}"
    );
    assert_eq!(json("late")["closed_months"][0]["component_usages_changed"], 1);
    let diff = on("diff 2026-10").stdout;
    assert!(
        diff.contains("1 component usage of October 2026 differs.\n\nNo record, line or name differs."),
        "{diff}"
    );
    assert_eq!(json("diff 2026-10")["component_usages_changed"], 1);
    assert!(on("late --amounts --format csv").stdout.contains(",2.00"));

    let text = page("");
    assert!(
        text.contains(&format!("{sentence}."))
            && text.contains("No record changed since October 2026 was closed."),
        "the page"
    );
    assert!(!text.contains("Nothing changed"), "the page");
    let workbook = kept.folder.path("page.xlsx").display().to_string();
    on(&format!("report --period 2026-10 -o {workbook}"));
    let workbook = Workbook::open(std::path::Path::new(&workbook));
    let sheet: Vec<String> = workbook.sheet("Late").values().map(|cell| cell.value.clone()).collect();
    let has = |text: &str| sheet.iter().any(|value| value.contains(text));
    assert!(
        has(sentence) && has("No record changed since October 2026 was closed.") && !has("Nothing changed"),
        "{sheet:?}"
    );
    on("restate 2026-10 --accept-incomplete --note later");
    let text = page("--version v1");
    assert!(text.contains("; 0 records and 1 component usage differ."), "the page of v1");
    assert!(!on("status").stdout.contains("usage changed"), "v2 has the later one");
    assert!(on("late").stdout.contains("Nothing changed since the months were closed."));
}

#[test]
fn a_delivery_of_another_month_and_its_retraction_are_counted_for_the_closed_month() {
    let kept = Kept::new();
    let on = |line: &str| kept.on(line);
    let deliver = |day: &str, records: &str, usages: &str| kept.deliver(day, records, usages, "");
    deliver("02", RECORDS, &USAGES.replace("2026-10 4", "2026-10 5"));
    on("close 2026-10 --accept-incomplete");
    // November's dump has the component usages of October, too: acme has another one.
    let november = "acme cpu hour 2026-11 alice 4";
    let added = deliver("20", november, "acme cpu hour 2026-11 4\nacme cpu hour 2026-10 11");
    let sentence = "1 component usage of October 2026 changed since the month was closed";
    assert!(added.stderr.contains(sentence), "{}", added.stderr);
    let state = "CLOSED v1, 0 late changes, 1 component usage changed";
    assert!(on("status").stdout.contains(state));
    let delivery = added.stdout.split_whitespace().nth(1).expect("delivery ID of …");
    on(&format!("retract {delivery} --reason wrong"));
    assert!(on("status").stdout.contains("CLOSED v1, 0 late changes "), "{}", on("status").stdout);

    deliver("21", november, "acme cpu hour 2026-11 4\nacme cpu hour 2026-10 12");
    let restated = on("restate 2026-10 --accept-incomplete --note later");
    assert!(restated.stdout.contains("CLOSED v2, cut-off 2026-11-21"), "{}", restated.stdout);
    assert!(on("status").stdout.contains("CLOSED v2, 0 late changes "), "{}", on("status").stdout);
    on("verify");
}

#[test]
fn statements_and_postings_come_to_the_component_usages_as_well() {
    let folder = Dumps::new();
    let usages = folder.write("usages.json", component_usages(USAGES));
    let records = folder.write("records.json", crate::records::page(&crate::records::records(RECORDS)));
    let card = folder.write("card.toml", FLAT);
    let to = folder.path("statements").display().to_string();
    let outcome = run(&format!(
        "statements {records} --period 2026-10 --prices {card} --parents {usages} --to {to} --format csv --users"
    ));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("The 3 statements add up to the report exactly: 3 records"),
        "{outcome:?}"
    );
    let text = std::fs::read_to_string(folder.path("statements/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(manifest["basis"]["on"], "component_usage");
    assert_eq!(manifest["amounts"][0]["amount"], "40.00");
    assert_eq!(manifest["statements"][2]["customer_name"], "gamma", "it has a component usage and no user");
    assert_eq!(manifest["statements"][2]["amounts"][0]["amount"], "12.00");
}

#[test]
fn what_a_complete_delivery_lacks_is_not_billed_any_more() {
    let kept = Kept::new();
    let card = kept.folder.write("card.toml", FLAT);
    let on = |line: &str| kept.on(line);
    let deliver = |day: &str, records: &str, usages: &str, more: &str| {
        kept.deliver(day, records, usages, more);
        let report = on(&format!("report --period 2026-10 --by period --format csv --prices {card}"));
        said(&report, "total ")[0].split(',').next().unwrap().to_owned()
    };
    assert_eq!(deliver("02", RECORDS, USAGES, ""), "EUR 40.00", "2 × (10 + 4 + 6)");
    let acme = "acme cpu hour 2026-10 alice 4\nacme cpu hour 2026-10 bob 3";
    let of_acme = "acme cpu hour 2026-10 10";
    assert_eq!(deliver("03", acme, of_acme, ""), "EUR 40.00", "nobody says that it is all");
    let customer = format!("--complete 2026-10 --customer {} --retire-up-to 1", uuid("beta"));
    assert_eq!(deliver("04", acme, of_acme, &customer), "EUR 32.00", "all of beta, and gamma is as it was");
    assert_eq!(deliver("05", acme, of_acme, "--complete 2026-10"), "EUR 20.00", "2 × 10");
}
