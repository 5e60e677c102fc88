//! What usage costs: every rule of a price list, by numbers that one can add in the head.

use std::path::Path;

use usagebook::error::{Error, Result};
use usagebook::notice::Severity;
use usagebook::price::{ExchangeRates, PriceList, Tariff};
use usagebook::report::{ColumnId, Report, ReportSpec, Unpriced};
use usagebook::statement::{Caption, Statement};
use usagebook::usecase::{Preparation, Prepared};
use usagebook::{Dimension, Filter, Filters, Intake};

use crate::frames::{intake, rows};
use crate::records::{Dumps, uuid};

/// What is asked for beside a card.
#[derive(Clone, Copy, Default)]
pub struct Asked<'a> {
    pub by: &'a str,
    pub period: Option<&'a str>,
    pub filters: &'a [(Filter, &'a str)],
    pub currency: Option<&'a str>,
    pub rates: Option<&'a str>,
    pub unpriced: Option<Unpriced>,
}

pub fn read_lines(lines: &str) -> Intake {
    let (_folder, files) = Dumps::of(&[lines]);
    let intake = intake(&files);
    assert!(intake.faults.is_empty(), "{:?}", intake.faults);
    intake
}

fn tariff(card: &str, asked: &Asked) -> Result<Tariff> {
    let card = PriceList::parse(Path::new("card.toml"), card.as_bytes())?;
    let rates = asked.rates.map(|rates| ExchangeRates::parse(Path::new("rates.csv"), rates.as_bytes()));
    Tariff::new(card, rates.transpose()?, asked.currency, asked.unpriced)
}

fn filters(asked: &Asked) -> Filters {
    let mut filters = Filters::default();
    for (filter, value) in asked.filters {
        filters.add(*filter, value).expect("a value of the filter");
    }
    filters
}

pub fn priced(intake: Intake, card: &str, asked: &Asked) -> Result<Report> {
    let tariff = tariff(card, asked)?;
    let mut spec = ReportSpec::monthly("2026-11-23".parse().expect("a date"));
    spec.by = Dimension::parse_list(asked.by).expect("dimensions");
    let parse = |text| usagebook::PeriodRange::parse(text, spec.calendar).expect("a period");
    spec.period = asked.period.map(parse);
    let asked = Preparation { filters: filters(asked), tariff: Some(&tariff), ..Preparation::of(&spec) };
    Prepared::new(intake, &asked)?.report(&spec)
}

/// The rows of a section, one a line: no uuids, and nothing that is empty.
fn told(report: &Report, section: &usagebook::report::Section) -> String {
    let shown = |at: &usize| {
        let column = report.columns[*at];
        !column.is_uuid() && !matches!(column, ColumnId::Records | ColumnId::Users)
    };
    let shown: Vec<usize> = (0..report.columns.len()).filter(shown).collect();
    let rows = rows(section, report.columns.len());
    let line = |row: &Vec<String>| {
        let cells = shown.iter().map(|at| row[*at].as_str()).filter(|cell| !cell.is_empty());
        cells.collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The rows of what these lines cost.
fn costs(lines: &str, card: &str, asked: &Asked) -> String {
    let report = priced(read_lines(lines), card, asked).unwrap();
    told(&report, &report.rows)
}

/// Some columns of how these amounts came about: rows, and totals.
pub fn explained(lines: &str, card: &str, wanted: &[&str]) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let tariff = tariff(card, &CUSTOMER).unwrap();
    let spec = ReportSpec::monthly("2026-11-23".parse().unwrap());
    let asked = Preparation { tariff: Some(&tariff), ..Preparation::of(&spec) };
    let prepared = Prepared::new(read_lines(lines), &asked).unwrap();
    let explanation = prepared.price_explanation(Caption::default()).unwrap();
    let columns: Vec<String> =
        explanation.columns().into_iter().map(|column| column.name().into_owned()).collect();
    let place = |name: &&str| columns.iter().position(|column| column == name).unwrap();
    let places: Vec<usize> = wanted.iter().map(place).collect();
    let picked = |section: usagebook::report::Section| {
        let rows = rows(&section, columns.len()).into_iter();
        rows.map(|row| places.iter().map(|at| row[*at].clone()).collect()).collect()
    };
    (picked(explanation.rows(0..explanation.len())), picked(explanation.totals()))
}

/// The same by customer, and nothing else asked for.
fn by_customer(lines: &str, card: &str) -> String {
    costs(lines, card, &Asked { by: "customer", ..Asked::default() })
}

fn refusal(lines: &str, card: &str, asked: &Asked) -> String {
    priced(read_lines(lines), card, asked).unwrap_err().to_string()
}

/// A price of cpu in hours with these keys.
fn cpu(keys: &str) -> String {
    format!("[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\n{keys}\n")
}

fn flat(price: &str) -> String {
    cpu(&format!("unit_price = \"{price}\""))
}

const CUSTOMER: Asked<'_> =
    Asked { by: "customer", period: None, filters: &[], currency: None, rates: None, unpriced: None };

#[test]
fn usage_costs_its_price_and_is_rounded_up_to_the_cent() {
    assert_eq!(by_customer("acme cpu hour 2026-10 alice 10", &flat("0.05")), "acme hour 10.00 EUR 0.50");
    assert_eq!(by_customer("acme cpu hour 2026-10 alice 1", &flat("0.0001")), "acme hour 1.00 EUR 0.01");
    assert_eq!(by_customer("acme cpu hour 2026-10 alice -1", &flat("0.001")), "acme hour -1.00 EUR -0.01");
    assert_eq!(by_customer("acme cpu hour 2026-10 alice 0", &flat("5")), "acme hour 0.00 EUR 0.00");
    assert_eq!(
        by_customer("acme cpu hour 2026-10 alice 100", &flat("0.0000000001")),
        "acme hour 100.00 EUR 0.01"
    );
}

#[test]
fn a_line_is_rounded_as_a_whole_and_its_cents_go_to_its_users() {
    let lines = "
        acme cpu hour 2026-10 alice 1
        acme cpu hour 2026-10 bob 1
        acme cpu hour 2026-10 carol 1";
    // 3 × 0.003 is 0.009, a cent; the first of three equal users has it.
    let users = "alice hour 1.00 EUR 0.01\nbob hour 1.00 EUR 0.00\ncarol hour 1.00 EUR 0.00";
    assert_eq!(costs(lines, &flat("0.003"), &Asked { by: "user", ..CUSTOMER }), users);
    assert_eq!(by_customer(lines, &flat("0.003")), "acme hour 3.00 EUR 0.01");
}

#[test]
fn money_is_added_over_units_and_usage_is_not() {
    let lines = "acme cpu hour 2026-10 alice 10\nacme disk GB 2026-10 alice 3";
    let card = flat("1")
        + "[[price]]\ncomponent_type = \"disk\"\nmeasured_unit = \"GB\"\nunit_price = 2\ncurrency = \"EUR\"\n";
    let report = priced(read_lines(lines), &card, &Asked { by: "customer,component", ..CUSTOMER }).unwrap();
    assert_eq!(told(&report, &report.rows), "acme cpu hour 10.00 EUR 10.00\nacme disk GB 3.00 EUR 6.00");
    assert_eq!(told(&report, &report.subtotals), "acme GB 3.00\nacme hour 10.00\nacme EUR 16.00");
    assert_eq!(told(&report, &report.totals), "GB 3.00\nhour 10.00\nEUR 16.00");
}

#[test]
fn amounts_of_two_currencies_are_never_added() {
    let lines = "acme cpu hour 2026-10 alice 10\nacme disk hour 2026-10 alice 3";
    let card = flat("1")
        + "[[price]]\ncomponent_type = \"disk\"\nmeasured_unit = \"hour\"\nunit_price = 2\ncurrency = \"USD\"\n";
    let report = priced(read_lines(lines), &card, &CUSTOMER).unwrap();
    assert_eq!(told(&report, &report.rows), "acme hour 10.00 EUR 10.00\nacme hour 3.00 USD 6.00");
    assert_eq!(told(&report, &report.totals), "hour 13.00\nEUR 10.00\nUSD 6.00");
}

#[test]
fn rounding_goes_by_the_mode_and_the_decimals() {
    let rounded = |mode: &str, decimals: u8| {
        let card = format!("[rounding]\nmode = \"{mode}\"\ndecimals = {decimals}\n{}", flat("0.125"));
        by_customer("acme cpu hour 2026-10 alice 1", &card).split(' ').next_back().unwrap().to_owned()
    };
    assert_eq!(["up", "half-up", "half-even"].map(|mode| rounded(mode, 2)), ["0.13", "0.13", "0.12"]);
    assert_eq!([0, 1].map(|decimals| rounded("up", decimals)), ["1", "0.2"]);
    assert_eq!([0, 1].map(|decimals| rounded("half-up", decimals)), ["0", "0.1"]);
}

#[test]
fn per_total_a_customers_month_is_rounded_once_and_its_cents_go_to_its_lines() {
    let lines = "
        acme cpu hour 2026-09 alice 1
        acme cpu hour 2026-10 alice 1
        acme cpu hour 2026-10 bob 1 component_usage=second project_uuid=p2
        acme cpu hour 2026-10 carol 1 component_usage=third project_uuid=p3";
    let rounded = |per: &str| {
        let card = format!("[rounding]\nmode = \"half-up\"\nper = \"{per}\"\n{}", flat("0.004"));
        let asked = Asked { by: "period", ..CUSTOMER };
        let report = priced(read_lines(lines), &card, &asked).unwrap();
        let difference = report.provenance.pricing.as_ref().unwrap().totals[0].rounding_difference.clone();
        (told(&report, &report.rows), difference)
    };
    // One line alone is 0.004; three of them are 0.012, a cent.
    let (rows, difference) = rounded("total");
    assert_eq!(rows, "2026-09 hour 1.00 EUR 0.00\n2026-10 hour 3.00 EUR 0.01");
    assert_eq!(difference.as_deref(), Some("-0.006"));
    let (rows, difference) = rounded("line");
    assert_eq!(rows, "2026-09 hour 1.00 EUR 0.00\n2026-10 hour 3.00 EUR 0.00");
    assert_eq!(difference.as_deref(), Some("-0.016"));
}

const TIERS: &str = "tiers = [{ up_to = 100, unit_price = \"0.05\" }, { up_to = 200, unit_price = \"0.04\" }, { unit_price = \"0.03\" }]";

#[test]
fn a_graduated_tier_prices_what_reaches_into_it_and_a_volume_tier_prices_all() {
    let amount = |usage: &str, mode: &str| {
        let card = cpu(&format!("{TIERS}\ntier_mode = \"{mode}\""));
        by_customer(&format!("acme cpu hour 2026-10 alice {usage}"), &card)
            .split(' ')
            .next_back()
            .unwrap()
            .to_owned()
    };
    let graduated = [("50", "2.50"), ("100", "5.00"), ("120", "5.80"), ("200", "9.00"), ("300", "12.00")];
    for (usage, expected) in graduated {
        assert_eq!(amount(usage, "graduated"), expected, "{usage}");
    }
    let volume = [("50", "2.50"), ("100", "5.00"), ("120", "4.80"), ("200", "8.00"), ("300", "9.00")];
    for (usage, expected) in volume {
        assert_eq!(amount(usage, "volume"), expected, "{usage}");
    }
    assert_eq!([amount("-120", "graduated"), amount("-120", "volume")], ["-6.00", "-6.00"]);
}

#[test]
fn a_scope_says_over_what_tiers_are_counted() {
    let lines = "
        acme cpu hour 2026-10 alice 60
        acme cpu hour 2026-10 bob 60 component_usage=second project_uuid=p2 resource_uuid=00000000000000000000000000000002
        acme cpu hour 2026-10 carol 60 component_usage=third project_uuid=p2 resource_uuid=00000000000000000000000000000003";
    let amount = |scope: &str| {
        let card = cpu(&format!("{TIERS}\nscope = \"{scope}\"")) + "[rounding]\nper = \"total\"\n";
        by_customer(lines, &card).split(' ').next_back().unwrap().to_owned()
    };
    // 3 × 60 × 0.05; 60 × 0.05 + (100 × 0.05 + 20 × 0.04); 100 × 0.05 + 80 × 0.04.
    assert_eq!(["resource", "project", "customer"].map(amount), ["9.00", "8.80", "8.20"]);
}

#[test]
fn tiers_begin_anew_every_month() {
    let lines = "acme cpu hour 2026-09 alice 80\nacme cpu hour 2026-10 alice 80";
    let card = cpu(&format!("{TIERS}\nscope = \"customer\""));
    assert_eq!(by_customer(lines, &card), "acme hour 160.00 EUR 8.00");
}

#[test]
fn included_usage_is_free_and_a_minimum_is_the_least_but_not_of_what_is_credited() {
    let amount = |usage: &str, keys: &str| {
        let card = cpu(&format!("unit_price = \"0.5\"\n{keys}"));
        by_customer(&format!("acme cpu hour 2026-10 alice {usage}"), &card)
            .split(' ')
            .next_back()
            .unwrap()
            .to_owned()
    };
    assert_eq!(amount("30", "included = 20"), "5.00");
    assert_eq!(amount("20", "included = 20"), "0.00");
    assert_eq!(amount("-4", "included = 20"), "-2.00");
    assert_eq!(amount("4", "minimum = \"10.00\""), "10.00");
    assert_eq!(amount("0", "minimum = \"10.00\""), "10.00");
    assert_eq!(amount("40", "minimum = \"10.00\""), "20.00");
    assert_eq!(amount("-4", "minimum = \"10.00\""), "-2.00");
    assert_eq!(amount("30", "included = 20\nminimum = \"7\""), "7.00");
}

#[test]
fn a_price_holds_in_its_months_both_included() {
    let lines = "acme cpu hour 2026-08 a 1\nacme cpu hour 2026-09 a 1\nacme cpu hour 2026-10 a 1\nacme cpu hour 2026-11 a 1";
    let card = cpu("unit_price = 1\nvalid_to = \"2026-08\"")
        + &cpu("unit_price = 2\nvalid_from = \"2026-09\"\nvalid_to = \"2026-10\"")
        + &cpu("unit_price = 3\nvalid_from = \"2026-11\"");
    let amounts = costs(lines, &card, &Asked { by: "period", ..CUSTOMER });
    let amounts: Vec<&str> = amounts.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
    assert_eq!(amounts, ["1.00", "2.00", "2.00", "3.00"]);
}

#[test]
fn the_more_specific_price_holds_and_among_equals_the_greater_priority() {
    let project = uuid("acme-project");
    let price = |amount: u8, keys: &str| cpu(&format!("unit_price = {amount}\n{keys}"));
    let levels = [
        price(1, ""),
        price(2, "offering = \"cluster\""),
        price(3, "customer = \"acme\""),
        price(4, "customer = \"acme\"\noffering = \"cluster\""),
        price(5, &format!("project_uuid = \"{project}\"")),
        price(6, "project = \"acme-project\"\noffering = \"cluster\""),
        price(7, "project = \"acme-project\"\noffering = \"cluster\"\npriority = 1"),
    ];
    for count in 1..=levels.len() {
        let card: String = levels[..count].iter().rev().map(String::as_str).collect();
        let costs = by_customer("acme cpu hour 2026-10 alice 1", &card);
        assert_eq!(costs, format!("acme hour 1.00 EUR {count}.00"));
        let others = by_customer("other cpu hour 2026-10 alice 1", &card);
        assert_eq!(others, format!("other hour 1.00 EUR {}.00", count.min(2)));
    }
}

#[test]
fn two_prices_that_turn_out_to_be_for_the_same_are_refused() {
    let card = cpu("unit_price = 1\ncustomer = \"acme\"")
        + &cpu(&format!("unit_price = 2\ncustomer_uuid = \"{}\"", uuid("acme")));
    let told = refusal("acme cpu hour 2026-10 alice 1", &card, &CUSTOMER);
    let expected = "card.toml: line 7: this price of cpu in hour and that in line 1 hold in the same month for the same; \
                    expected valid_from and valid_to that keep them apart, or another priority";
    assert_eq!(told, expected);
}

#[test]
fn a_name_that_several_bear_is_refused_with_their_uuids() {
    let lines = "acme cpu hour 2026-10 alice 1\nbeta cpu hour 2026-10 alice 1 customer_name=acme";
    let told = refusal(lines, &cpu("unit_price = 1\ncustomer = \"acme\""), &CUSTOMER);
    let mut uuids = [uuid("acme"), uuid("beta")];
    uuids.sort();
    let expected = format!(
        "card.toml: line 1: 2 customers are named \"acme\"; name the one that is meant by customer_uuid: {}",
        uuids.join(", ")
    );
    assert_eq!(told, expected);
}

#[test]
fn a_price_for_another_unit_is_an_error_that_names_both() {
    let told = refusal("acme cpu minute 2026-10 alice 1", &flat("1"), &CUSTOMER);
    let expected = "card.toml: prices are for another unit than the records': line 1 has \"hour\", cpu of \"cluster\" is in \
                    \"minute\"; correct measured_unit there, or add a price for the records' unit";
    assert_eq!(told, expected);
    // A price for any offering does not step in for one of the offering that is of another unit.
    let card = cpu("unit_price = 1\noffering = \"cluster\"") + &flat("2").replace("hour", "minute");
    assert!(refusal("acme cpu minute 2026-10 alice 1", &card, &CUSTOMER).contains("line 1 has \"hour\""));
    // Prices of one component in several units stand beside each other.
    let card = flat("1") + &flat("2").replace("hour", "minute");
    assert_eq!(by_customer("acme cpu minute 2026-10 alice 1", &card), "acme minute 1.00 EUR 2.00");
}

#[test]
fn usage_without_a_price_is_an_error_that_lists_it() {
    let lines =
        "acme disk GB 2026-10 alice 1234.5\nacme disk GB 2026-10 bob 1\nacme cpu hour 2026-10 alice 1";
    let error = priced(read_lines(lines), &flat("1"), &CUSTOMER).unwrap_err();
    assert!(!error.is_usage());
    let message = "card.toml: the price list has no price for some usage";
    assert_eq!(error.to_string(), message);
    let Error::PriceMissing { count: 1, missing, .. } = error else { panic!("{error}") };
    let expected =
        format!("2026-10 \"cluster\" ({}) disk in \"GB\": 2 records, usage 1,235.50", uuid("cluster"));
    assert_eq!(missing, [expected]);
}

#[test]
fn usage_without_a_price_is_zero_or_has_no_amount_where_that_is_asked_for_and_a_warning_says_so() {
    let lines = "acme disk GB 2026-10 alice 2\nacme gpu hour 2026-10 bob 3\nacme cpu hour 2026-10 alice 1";
    let of = |unpriced| {
        priced(read_lines(lines), &flat("5"), &Asked { unpriced: Some(unpriced), ..CUSTOMER }).unwrap()
    };
    let zero = of(Unpriced::Zero);
    assert_eq!(told(&zero, &zero.rows), "acme GB 2.00 EUR 0.00 2.00\nacme hour 4.00 EUR 5.00 3.00");
    let omit = of(Unpriced::Omit);
    assert_eq!(told(&omit, &omit.rows), "acme GB 2.00 2.00\nacme hour 4.00 EUR 5.00 3.00");
    for report in [zero, omit] {
        assert_eq!(told(&report, &report.totals).lines().last(), Some("EUR 5.00"));
        let warning =
            report.provenance.notices.iter().find(|notice| notice.severity == Severity::Warning).unwrap();
        assert!(warning.code.name() == "unpriced_usage" && warning.count == 2, "{warning:?}");
        assert!(warning.message.contains("gpu in \"hour\": 1 record, usage 3.00"), "{}", warning.message);
    }
}

#[test]
fn usage_without_a_price_needs_one_currency_for_its_zeros() {
    let card = flat("1") + &flat("2").replace("EUR", "USD").replace("cpu", "disk");
    let asked = Asked { unpriced: Some(Unpriced::Zero), ..CUSTOMER };
    let told = refusal("acme gpu hour 2026-10 alice 1", &card, &asked);
    assert_eq!(told, "amounts of zero for usage without a price need one currency");
    let all_priced = "acme cpu hour 2026-10 alice 1\nacme disk hour 2026-10 alice 1";
    assert_eq!(
        costs(all_priced, &card, &asked),
        "acme hour 1.00 EUR 1.00 0.00\nacme hour 1.00 USD 2.00 0.00"
    );
}

#[test]
fn only_what_is_reported_needs_a_price() {
    let lines = "acme disk GB 2026-09 alice 2\nacme cpu hour 2026-10 alice 1\nbeta disk GB 2026-10 alice 1";
    let asked = Asked { period: Some("2026-10"), filters: &[(Filter::Type, "cpu")], ..CUSTOMER };
    assert_eq!(costs(lines, &flat("5"), &asked), "acme hour 1.00 EUR 5.00");
}

const DOLLARS: &str = "period,from,to,rate\n2026-10,USD,EUR,0.5\n";

#[test]
fn an_exact_amount_is_converted_before_it_is_rounded() {
    let card = flat("0.005").replace("EUR", "USD");
    let asked = Asked { currency: Some("EUR"), rates: Some(DOLLARS), ..CUSTOMER };
    // 1 × 0.005 × 0.5 is 0.0025; a cent of dollars would have been half a cent.
    assert_eq!(costs("acme cpu hour 2026-10 alice 1", &card, &asked), "acme hour 1.00 EUR 0.01");
    assert_eq!(costs("acme cpu hour 2026-10 alice 400", &card, &asked), "acme hour 400.00 EUR 1.00");
    let euros = Asked { currency: Some("EUR"), ..CUSTOMER };
    assert_eq!(costs("acme cpu hour 2026-10 alice 2", &flat("5"), &euros), "acme hour 2.00 EUR 10.00");
}

#[test]
fn a_rate_that_is_missing_is_an_error_of_pair_and_month() {
    let card = flat("1").replace("EUR", "USD");
    let lines = "acme cpu hour 2026-09 alice 1\nacme cpu hour 2026-10 alice 1";
    let asked = Asked { currency: Some("EUR"), rates: Some(DOLLARS), ..CUSTOMER };
    let expected = "no exchange rate from USD to EUR in 2026-09; add it to the exchange rates, rates.csv";
    assert_eq!(refusal(lines, &card, &asked), expected);
    let october = Asked { period: Some("2026-10"), ..asked };
    assert_eq!(costs(lines, &card, &october), "acme hour 1.00 EUR 0.50");
}

fn credit(customer: &str, period: &str, amount: &str) -> String {
    format!(
        "[[credit]]\n{customer}\nperiod = \"{period}\"\namount = \"{amount}\"\ncurrency = \"EUR\"\ndescription = \"outage\"\n"
    )
}

#[test]
fn a_credit_is_a_line_behind_its_customers_usage_and_totals_count_it() {
    let lines = "acme cpu hour 2026-10 alice 10\nbeta cpu hour 2026-10 alice 1";
    let card = flat("1") + &credit("customer = \"acme\"", "2026-10", "2.50");
    let asked = Asked { by: "period,customer,component", ..CUSTOMER };
    let report = priced(read_lines(lines), &card, &asked).unwrap();
    let rows = "2026-10 acme cpu hour 10.00 EUR 10.00 Usage\n2026-10 acme EUR -2.50 Credit outage\n2026-10 beta cpu hour 1.00 EUR 1.00 Usage";
    assert_eq!(told(&report, &report.rows), rows);
    let subtotals =
        "2026-10 acme hour 10.00\n2026-10 acme EUR 7.50\n2026-10 beta hour 1.00\n2026-10 beta EUR 1.00";
    assert_eq!(told(&report, &report.subtotals), subtotals);
    assert_eq!(told(&report, &report.totals), "hour 11.00\nEUR 8.50");
    let pricing = report.provenance.pricing.unwrap();
    assert_eq!(
        (pricing.totals[0].amount.to_string(), pricing.totals[0].credits.to_string()),
        ("8.50".into(), "-2.50".into())
    );
}

#[test]
fn a_credit_needs_no_usage_and_keeps_to_the_filters_of_customers_and_projects() {
    let lines = "acme cpu hour 2026-10 alice 10\nbeta cpu hour 2026-10 alice 1";
    let stranger = "0123456789abcdef0123456789abcdef";
    let card = flat("1")
        + &credit(&format!("customer_uuid = \"{stranger}\""), "2026-10", "3")
        + &credit("customer = \"beta\"\nproject = \"beta-project\"", "2026-10", "0.25");
    let rows = |filters| costs(lines, &card, &Asked { filters, ..CUSTOMER });
    assert!(rows(&[]).contains(&format!("{stranger} EUR -3.00 Credit outage")), "{}", rows(&[]));
    assert_eq!(
        rows(&[(Filter::Customer, "beta")]),
        "beta hour 1.00 EUR 1.00 Usage\nbeta EUR -0.25 Credit outage"
    );
    assert_eq!(rows(&[(Filter::Project, "beta-project")]), rows(&[(Filter::Customer, "beta")]));
    assert_eq!(rows(&[(Filter::Customer, "acme")]), "acme hour 10.00 EUR 10.00 Usage");
}

#[test]
fn a_credit_that_is_in_no_total_is_told() {
    let lines = "acme cpu hour 2026-10 alice 10";
    let notices = |credit: &str, asked: &Asked| {
        let report = priced(read_lines(lines), &(flat("1") + credit), asked).unwrap();
        let notices =
            report.provenance.notices.iter().filter(|notice| notice.code.name() == "credit_not_placed");
        notices.map(|notice| (notice.severity, notice.message.clone())).collect::<Vec<_>>()
    };
    let of_acme = credit("customer = \"acme\"", "2026-10", "1");
    assert_eq!(notices(&of_acme, &CUSTOMER), []);
    let told = notices(&of_acme, &Asked { filters: &[(Filter::Type, "cpu")], ..CUSTOMER });
    assert_eq!((told.len(), told[0].0), (1, Severity::Note), "{told:?}");
    let told = notices(&credit("customer = \"acmee\"", "2026-10", "1"), &CUSTOMER);
    assert!(
        told[0].0 == Severity::Warning && told[0].1.contains("no record has a customer named \"acmee\""),
        "{told:?}"
    );
    let other_month = credit("customer = \"acme\"", "2026-12", "1");
    assert_eq!(notices(&other_month, &CUSTOMER)[0].0, Severity::Warning);
    assert_eq!(notices(&other_month, &Asked { period: Some("2026-10"), ..CUSTOMER }), []);
}

#[test]
fn a_filter_shows_a_part_of_a_bill_and_never_changes_it() {
    let lines = "
        acme cpu hour 2026-10 alice 60
        acme cpu hour 2026-10 bob 60
        acme cpu hour 2026-10 carol 60 component_usage=second project_uuid=p2 project_name=p2";
    let card = cpu(&format!("{TIERS}\nscope = \"customer\""));
    let by_user = costs(lines, &card, &Asked { by: "user", ..CUSTOMER });
    // 100 × 0.05 + 80 × 0.04 is 8.20, of which a third is 2.7333…
    assert_eq!(by_user, "alice hour 60.00 EUR 2.74\nbob hour 60.00 EUR 2.73\ncarol hour 60.00 EUR 2.74");
    let bob = costs(lines, &card, &Asked { by: "user", filters: &[(Filter::Username, "bob")], ..CUSTOMER });
    assert_eq!(bob, "bob hour 60.00 EUR 2.73");
}

#[test]
fn prices_for_what_nobody_has_are_noted() {
    let card = flat("1") + &cpu("unit_price = 2\ncustomer = \"hooli\"");
    let report = priced(read_lines("acme cpu hour 2026-10 alice 1"), &card, &CUSTOMER).unwrap();
    let notice =
        report.provenance.notices.iter().find(|notice| notice.code.name() == "price_without_usage").unwrap();
    assert_eq!(notice.severity, Severity::Note);
    assert!(notice.message.ends_with("look at their names: line 6."), "{}", notice.message);
}

#[test]
fn a_misspelt_name_in_a_price_list_is_refused_with_the_name_that_the_data_has() {
    let card = flat("1") + &cpu("unit_price = 2\ncustomer = \"acmee\"");
    let told = refusal("acme cpu hour 2026-10 alice 1", &card, &CUSTOMER);
    assert!(told.contains("line 6: no customer is named \"acmee\"; the data calls it \"acme\""), "{told}");
}

#[test]
fn an_amount_beyond_all_bounds_is_an_error() {
    let told = refusal("acme cpu hour 2026-10 alice 999999999999999999.99", &flat("1000"), &CUSTOMER);
    let expected = "card.toml: line 1: the amount of cpu of \"acme-resource\" in 2026-10 does not fit 18 digits before the point; \
                    correct the price";
    assert_eq!(told, expected);
}

#[test]
fn an_explanation_has_a_row_for_each_line_and_comes_to_the_reports_amounts() {
    let lines = "
        acme cpu hour 2026-10 alice 70
        acme cpu hour 2026-10 bob 60 component_usage=second project_uuid=p2
        beta cpu hour 2026-10 alice 1";
    let card = cpu(&format!("{TIERS}\nscope = \"customer\"\nincluded = 10"))
        + &cpu("unit_price = \"0.5\"\ncustomer = \"beta\"")
        + &credit("customer = \"beta\"", "2026-10", "0.25");
    let columns = [
        "customer_name",
        "usage",
        "price",
        "scope",
        "scope_usage",
        "included",
        "arithmetic",
        "exact_amount",
        "amount",
    ];
    let (mut told, totals) = explained(lines, &card, &columns);
    // 120 are charged: 100 × 0.05 + 20 × 0.04 is 5.80, of which 70 of 130 have 3.123…
    let expected = [
        "acme|70.00|line 1|customer|130.00|10.00|100 × 0.05 + 20 × 0.04|3.123076923077|3.13",
        "acme|60.00|line 1|customer|130.00|10.00|100 × 0.05 + 20 × 0.04|2.676923076923|2.68",
        "beta|1.00|line 8||||1 × 0.5|0.5|0.50",
        "beta||line 14||||credit: outage|-0.25|-0.25",
    ];
    told.sort_by_key(|row| expected.iter().position(|expected| *expected == row.join("|")));
    assert_eq!(told.iter().map(|row| row.join("|")).collect::<Vec<_>>(), expected);
    assert_eq!(totals.iter().map(|row| row.join("|")).collect::<Vec<_>>(), ["||||||||6.06"]);
}
