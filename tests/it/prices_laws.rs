//! Laws of prices that hold for any usage: nothing is lost or made between a bill and its parts.

use proptest::prelude::*;
use usagebook::quantity::Quantity;
use usagebook::report::{Cell, ColumnKind, Report, Section};

use crate::prices::{Asked, priced, read_lines};

/// A record as numbers: customer, project, component, month, user, hundredths.
type Numbers = (u8, u8, u8, u8, u8, i32);

fn some_records() -> impl Strategy<Value = Vec<Numbers>> {
    let record = (0..2_u8, 0..3_u8, 0..2_u8, 9..11_u8, 0..4_u8, -2_000..100_000_i32);
    prop::collection::vec(record, 1..30).prop_map(|mut records| {
        records.sort_by_key(|record| (record.0, record.1, record.2, record.3, record.4));
        records.dedup_by_key(|record| (record.0, record.1, record.2, record.3, record.4));
        records
    })
}

fn lines(records: &[Numbers]) -> String {
    let line = |&(customer, project, component, month, user, hundredths): &Numbers| {
        let usage = Quantity::from_hundredths(i128::from(hundredths));
        let (component, unit) = [("cpu", "hour"), ("disk", "GB")][usize::from(component)];
        let parent = format!("{customer}-{project}-{component}-{month}");
        let owner = format!("project_uuid=p{customer}{project} project_name=p{customer}{project}");
        let resource = format!("resource_uuid=000000000000000000000000000000{customer}{project}");
        format!(
            "c{customer} {component} {unit} 2026-{month:02} user{user} {usage} uuid={parent}-{user} component_usage={parent} {owner} {resource}\n"
        )
    };
    records.iter().map(line).collect()
}

/// cpu in tiers over what the scope says, disk at a price that leaves crumbs.
fn card(per: &str, mode: &str, scope: &str) -> String {
    format!(
        "[rounding]\nmode = \"{mode}\"\nper = \"{per}\"\n\
         [[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nscope = \"{scope}\"\n\
         included = 5\nminimum = 3\ntiers = [{{ up_to = 100, unit_price = \"0.0517\" }}, {{ up_to = 500, unit_price = \"0.04\" }}, {{ unit_price = \"0.0333333333\" }}]\n\
         [[price]]\ncomponent_type = \"disk\"\nmeasured_unit = \"GB\"\ncurrency = \"EUR\"\nunit_price = \"0.0077777777\"\n\
         [[credit]]\ncustomer = \"c0\"\nperiod = \"2026-10\"\namount = \"1.23\"\ncurrency = \"EUR\"\ndescription = \"thanks\"\n"
    )
}

fn report(records: &[Numbers], card: &str, by: &str) -> Report {
    priced(read_lines(&lines(records)), card, &Asked { by, ..Asked::default() }).unwrap()
}

/// The sum of a section's amounts in hundredths, of the lines that bear a unit or a description, or of the others.
fn amount(report: &Report, section: &Section) -> i128 {
    let column = report.columns.iter().position(|column| column.kind == ColumnKind::Amount).unwrap();
    let cells = section.cells();
    let hundredths = |row| match cells.get(row, column) {
        Cell::Quantity(quantity) => quantity.hundredths(),
        _ => 0,
    };
    (0..section.len()).map(hundredths).sum()
}

fn total(report: &Report) -> i128 {
    report.provenance.pricing.as_ref().unwrap().totals.iter().map(|total| total.amount.hundredths()).sum()
}

/// The digits of an exact difference as a whole number of 10⁻²², rounded.
fn difference(report: &Report) -> i128 {
    let text = &report.provenance.pricing.as_ref().unwrap().totals[0].rounding_difference;
    let (whole, fraction) = text.split_once('.').unwrap();
    format!("{whole}{fraction:0<22}").parse().unwrap()
}

const MODES: [&str; 3] = ["up", "half-up", "half-even"];
const PERS: [&str; 2] = ["line", "total"];
const SCOPES: [&str; 3] = ["customer", "project", "resource"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn totals_are_the_sums_of_shown_lines_however_they_are_grouped(
        records in some_records(),
        mode in prop::sample::select(&MODES),
        per in prop::sample::select(&PERS),
        scope in prop::sample::select(&SCOPES),
    ) {
        let card = card(per, mode, scope);
        let whole = total(&report(&records, &card, "period"));
        for by in ["period,customer,project,offering,component", "user", "customer,user", "resource,period", "component", "year,project"] {
            let report = report(&records, &card, by);
            prop_assert_eq!(amount(&report, &report.rows), whole, "{}", by);
            prop_assert_eq!(total(&report), whole, "{}", by);
        }
        let by_customer = report(&records, &card, "customer,component");
        prop_assert_eq!(amount(&by_customer, &by_customer.subtotals), whole);
    }

    #[test]
    fn splitting_usage_over_projects_changes_a_customers_tiers_by_rounding_alone(
        hundredths in prop::collection::vec(0..60_000_i32, 1..6),
        mode in prop::sample::select(&MODES),
    ) {
        let cpu = |project: u8, hundredths: i32| (1, project, 0, 10, 0, hundredths);
        let split: Vec<Numbers> = (0..).zip(&hundredths).map(|(project, usage)| cpu(project, *usage)).collect();
        let whole = [cpu(0, hundredths.iter().sum())];
        for per in PERS {
            let card = card(per, mode, "customer").split("[[credit]]").next().unwrap().to_owned();
            let (split, whole) = (total(&report(&split, &card, "project")), total(&report(&whole, &card, "project")));
            // A line is off by less than a cent; rounded in all, nothing is.
            let allowed = if per == "total" { 0 } else { hundredths.len() as i128 + 1 };
            prop_assert!((split - whole).abs() <= allowed, "{}: {} and {}", per, split, whole);
        }
    }

    #[test]
    fn an_invoice_that_is_rounded_in_all_is_its_rounded_exact_sum(
        records in some_records(),
        mode in prop::sample::select(&MODES),
    ) {
        let card = card("total", mode, "project").split("[[credit]]").next().unwrap().to_owned();
        let report = report(&records, &card, "period,customer");
        let bills: std::collections::BTreeSet<(u8, u8)> = records.iter().map(|record| (record.0, record.3)).collect();
        // Each bill is off by less than a cent, or by half of one.
        let cent = 10_i128.pow(20) * bills.len() as i128;
        let off = difference(&report).abs();
        prop_assert!(if mode == "up" { off < cent } else { off * 2 <= cent }, "{off}");
        if bills.len() == 1 {
            let exact = total(&report) * 10_i128.pow(20) - difference(&report);
            prop_assert!(mode != "up" || total(&report).abs() * 10_i128.pow(20) >= exact.abs());
        }
    }

    #[test]
    fn the_order_of_records_changes_no_amount(records in some_records(), per in prop::sample::select(&PERS)) {
        let card = card(per, "up", "customer");
        let told = |records: &[Numbers]| {
            let report = report(records, &card, "period,customer,project,component,user");
            crate::frames::lines(&report)
        };
        let mut turned = records.clone();
        turned.reverse();
        prop_assert_eq!(told(&records), told(&turned));
    }
}
