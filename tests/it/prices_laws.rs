//! Laws of prices that hold for any usage: nothing is lost or made between a bill and its parts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use usagebook::amount::Amount;
use usagebook::compare::{AmountDifference, AmountStatement};
use usagebook::quantity::{Quantity, parse_exact};
use usagebook::report::{Cell, ColumnId, Report, Section};
use usagebook::statement::{Caption, Statement as _};

use crate::prices::{Asked, explained, priced, read_lines};

/// A record as numbers: customer, project, component, month, user, hundredths.
pub type Numbers = (u8, u8, u8, u8, u8, i32);

pub fn some_records() -> impl Strategy<Value = Vec<Numbers>> {
    let record = (0..2_u8, 0..3_u8, 0..2_u8, 9..11_u8, 0..4_u8, -2_000..100_000_i32);
    prop::collection::vec(record, 1..30).prop_map(|mut records| {
        records.sort_by_key(|record| (record.0, record.1, record.2, record.3, record.4));
        records.dedup_by_key(|record| (record.0, record.1, record.2, record.3, record.4));
        records
    })
}

pub fn lines(records: &[Numbers]) -> String {
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
pub fn card(per: &str, mode: &str, scope: &str, (currency, decimals): (&str, u32)) -> String {
    let credit = ["123", "12.3", "1.23", "1.234"][decimals as usize];
    format!(
        "[rounding]\nmode = \"{mode}\"\nper = \"{per}\"\n\
         [[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"{currency}\"\nscope = \"{scope}\"\n\
         included = 5\nminimum = 3\ntiers = [{{ up_to = 100, unit_price = \"0.0517\" }}, {{ up_to = 500, unit_price = \"0.04\" }}, {{ unit_price = \"0.0333333333\" }}]\n\
         [[price]]\ncomponent_type = \"disk\"\nmeasured_unit = \"GB\"\ncurrency = \"{currency}\"\nunit_price = \"0.0077777777\"\n\
         [[credit]]\ncustomer = \"c0\"\nperiod = \"2026-10\"\namount = \"{credit}\"\ncurrency = \"{currency}\"\ndescription = \"thanks\"\n"
    )
}

pub fn report(records: &[Numbers], card: &str, by: &str) -> Report {
    priced(read_lines(&lines(records)), card, &Asked { by, ..Asked::default() }).unwrap()
}

/// The sum of a section's amounts in thousandths.
fn amount(report: &Report, section: &Section) -> i128 {
    sum(section, report.columns.iter().position(|column| *column == ColumnId::Amount).unwrap())
}

/// The sum of a column of amounts in thousandths.
fn sum(section: &Section, column: usize) -> i128 {
    let cells = section.cells();
    let thousandths = |row| match cells.get(row, column) {
        Cell::Amount(amount) => amount.thousandths(),
        _ => 0,
    };
    (0..section.len()).map(thousandths).sum()
}

pub fn total(report: &Report) -> i128 {
    report.provenance.pricing.as_ref().unwrap().totals.iter().map(|total| total.amount.thousandths()).sum()
}

/// A whole number of 10⁻¹², rounded to this many decimals, as thousandths.
fn rounded(exact: i128, mode: &str, decimals: u32) -> i128 {
    let unit = 10_i128.pow(12 - decimals);
    let (whole, rest) = (exact.abs() / unit, exact.abs() % unit);
    let grows = match mode {
        "up" => rest > 0,
        "half-up" => rest * 2 >= unit,
        _ => rest * 2 > unit || (rest * 2 == unit && whole % 2 == 1),
    };
    exact.signum() * (whole + i128::from(grows)) * 10_i128.pow(3 - decimals)
}

/// Currencies with the decimals of their minor units.
pub const CURRENCIES: [(&str, u32); 3] = [("JPY", 0), ("EUR", 2), ("KWD", 3)];

pub const MODES: [&str; 3] = ["up", "half-up", "half-even"];
pub const PERS: [&str; 2] = ["line", "total"];
pub const SCOPES: [&str; 3] = ["customer", "project", "resource"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn totals_are_the_sums_of_shown_lines_however_they_are_grouped(
        records in some_records(),
        mode in prop::sample::select(&MODES),
        per in prop::sample::select(&PERS),
        scope in prop::sample::select(&SCOPES),
        currency in prop::sample::select(&CURRENCIES),
    ) {
        let card = card(per, mode, scope, currency);
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
    fn differences_of_projects_come_to_the_difference_of_the_totals(
        before in some_records(),
        after in some_records(),
        mode in prop::sample::select(&MODES),
        per in prop::sample::select(&PERS),
        scope in prop::sample::select(&SCOPES),
        currency in prop::sample::select(&CURRENCIES),
    ) {
        let card = card(per, mode, scope, currency);
        let [before, after] = [before, after].map(|records| report(&records, &card, "period,customer,project"));
        let mut difference = AmountDifference::default();
        difference.add(&before, &after);
        let statement = AmountStatement { difference, caption: Caption::default() };
        let column = statement.columns().iter().position(|column| *column == ColumnId::AmountChange).unwrap();
        let rows = statement.rows(0..statement.len());
        prop_assert_eq!(sum(&rows, column), total(&after) - total(&before));
        for (currency, sides) in statement.difference.totals() {
            prop_assert_eq!(sides.before.map_or(0, Amount::thousandths), total(&before), "{}", currency);
            prop_assert_eq!(sides.after.map_or(0, Amount::thousandths), total(&after), "{}", currency);
        }
    }

    #[test]
    fn every_amount_is_a_whole_number_of_minor_units(
        records in some_records(),
        per in prop::sample::select(&PERS),
        (currency, decimals) in prop::sample::select(&CURRENCIES),
    ) {
        let report = report(&records, &card(per, "half-up", "customer", (currency, decimals)), "period,project,component,user");
        let column = report.columns.iter().position(|column| *column == ColumnId::Amount).unwrap();
        let cells = report.rows.cells();
        for row in 0..report.rows.len() {
            let Cell::Amount(amount) = cells.get(row, column) else { continue };
            prop_assert_eq!(amount.thousandths() % 10_i128.pow(3 - decimals), 0, "{}", amount);
            let shown = amount.to_string();
            prop_assert_eq!(shown.split_once('.').map_or(0, |(_, places)| places.len()), decimals as usize, "{}", shown);
        }
    }

    #[test]
    fn splitting_usage_over_projects_changes_a_customers_tiers_by_rounding_alone(
        hundredths in prop::collection::vec(0..60_000_i32, 1..6),
        mode in prop::sample::select(&MODES),
        currency in prop::sample::select(&CURRENCIES),
    ) {
        let cpu = |project: u8, hundredths: i32| (1, project, 0, 10, 0, hundredths);
        let split: Vec<Numbers> = (0..).zip(&hundredths).map(|(project, usage)| cpu(project, *usage)).collect();
        let whole = [cpu(0, hundredths.iter().sum())];
        for per in PERS {
            let card = card(per, mode, "customer", currency).split("[[credit]]").next().unwrap().to_owned();
            let (split, whole) = (total(&report(&split, &card, "project")), total(&report(&whole, &card, "project")));
            // A line is off by less than a minor unit; rounded in all, nothing is.
            let unit = 10_i128.pow(3 - currency.1);
            let allowed = if per == "total" { 0 } else { (hundredths.len() as i128 + 1) * unit };
            prop_assert!((split - whole).abs() <= allowed, "{}: {} and {}", per, split, whole);
        }
    }

    #[test]
    fn an_invoice_that_is_rounded_in_all_is_its_rounded_exact_sum(
        records in some_records(),
        mode in prop::sample::select(&MODES),
        scope in prop::sample::select(&SCOPES),
        currency in prop::sample::select(&CURRENCIES),
    ) {
        let card = card("total", mode, scope, currency).split("[[credit]]").next().unwrap().to_owned();
        let columns = ["period", "customer_uuid", "exact_amount", "amount"];
        let mut bills: BTreeMap<(String, String), (i128, i128)> = BTreeMap::new();
        for row in explained(&lines(&records), &card, &columns).0 {
            let bill = bills.entry((row[0].clone(), row[1].clone())).or_default();
            bill.0 += parse_exact(row[2].as_bytes(), 12).unwrap();
            bill.1 += parse_exact(row[3].as_bytes(), 3).unwrap();
        }
        for (bill, (exact, amount)) in bills {
            prop_assert_eq!(amount, rounded(exact, mode, currency.1), "{:?}", bill);
        }
    }

    #[test]
    fn the_order_of_records_changes_no_amount(records in some_records(), per in prop::sample::select(&PERS)) {
        let card = card(per, "up", "customer", ("EUR", 2));
        let told = |records: &[Numbers]| {
            let report = report(records, &card, "period,customer,project,component,user");
            crate::frames::lines(&report)
        };
        let mut turned = records.clone();
        turned.reverse();
        prop_assert_eq!(told(&records), told(&turned));
    }
}
