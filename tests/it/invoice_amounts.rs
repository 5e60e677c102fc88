//! Amounts on invoices against the price list: per line, with the difference, and their sums by currency.

use proptest::prelude::*;

use crate::binary::{Outcome, run};
use crate::checks::parents;
use crate::records::{Dumps, page, records, uuid};

/// Hours at 0.30 euros, of which two are free; gigabytes at 2 dollars.
const PRICES: &str = r#"
[rounding]
mode = "half-up"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
included = 2
unit_price = "0.30"
[[price]]
component_type = "ram"
measured_unit = "GB"
currency = "USD"
unit_price = 2
"#;

const USED: &str = "
    acme cpu hour 2026-10 alice 5.00
    acme ram GB   2026-10 alice 3.00
    beta cpu hour 2026-10 carol 4.00";

/// The component usages are larger than what users are named for.
const TOTALS: &str = "
    acme cpu hour 2026-10 7.00
    acme ram GB   2026-10 3.00
    beta cpu hour 2026-10 4.00";

/// An invoice of items, `acme cpu hour 7.00 1.50` each.
fn invoice(state: &str, items: &str) -> String {
    let item = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [customer, component, unit, quantity, price] = words.as_slice() else { panic!("{line}") };
        let price = if *price == "-" { String::new() } else { format!("\"price\":{price},") };
        format!(
            "{{\"name\":\"x\",{price}\"quantity\":\"{quantity}\",\"unit\":\"quantity\",\"measured_unit\":{unit:?},\
             \"billing_type\":\"usage\",\"resource_uuid\":{:?},\"start\":\"2026-10-01T00:00:00Z\",\
             \"details\":{{\"offering_component_type\":{component:?}}}}}",
            uuid(&format!("{customer}-resource")),
        )
    };
    let items = items.lines().map(str::trim).filter(|line| !line.is_empty()).map(item);
    let items = items.collect::<Vec<_>>().join(",");
    format!(r#"[{{"uuid":"a","state":{state:?},"year":2026,"month":10,"items":[{items}]}}]"#)
}

fn checked(totals: Option<&str>, invoice: &str, flags: &str) -> Outcome {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(USED)));
    let prices = folder.write("prices.toml", PRICES);
    let invoices = folder.write("invoices/page-1.json", invoice);
    let parents = totals.map(|lines| folder.write("parents/page-1.json", parents(lines)));
    let parents = parents.map_or_else(String::new, |path| format!("--parents '{path}'"));
    let flags = flags.replace("PRICES", &format!("'{prices}'"));
    run(&format!("check '{dump}' --as-of 2026-11-23 {parents} --invoices '{invoices}' {flags}"))
}

fn verdict(outcome: &Outcome) -> serde_json::Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}{}", outcome.stdout, outcome.stderr))
}

/// The message and examples of the amounts, by severity.
fn amounts(outcome: &Outcome) -> Vec<(String, String, Vec<serde_json::Value>)> {
    let verdict = verdict(outcome);
    let checks = verdict["checks"].as_array().expect("checks");
    let is_amount = |check: &&serde_json::Value| check["code"] == "invoice_amount_differs";
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let found = checks.iter().filter(is_amount);
    let examples = |check: &serde_json::Value| check["examples"].as_array().cloned().unwrap_or_default();
    found.map(|check| (text(&check["severity"]), text(&check["message"]), examples(check))).collect()
}

const PRICED: &str = "--prices PRICES --format json";

#[test]
fn invoices_of_what_component_usages_cost_are_silent() {
    let invoice = invoice(
        "created",
        "acme cpu hour 7.00 1.50
         acme ram GB   1.00 2.00
         acme ram GB   2.00 \"4.0000000000\"
         beta cpu hour 4.00 0.6",
    );
    let outcome = checked(Some(TOTALS), &invoice, PRICED);
    assert_eq!(amounts(&outcome), []);
    let not_looked_for = verdict(&outcome)["not_checked"].to_string();
    assert!(!not_looked_for.contains("invoice_amount_differs"), "{not_looked_for}");
    assert!(!outcome.stdout.contains("invoice_differs\",\"severity\":\"warning"), "{}", outcome.stdout);
}

#[test]
fn another_amount_is_a_warning_with_the_difference_and_the_sum_by_currency() {
    let invoice = invoice(
        "paid",
        "acme cpu hour 7.00 2.10
         acme ram GB   3.00 5.00
         beta cpu hour 4.00 1.20",
    );
    let outcome = checked(Some(TOTALS), &invoice, PRICED);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let found = amounts(&outcome);
    let [(severity, message, examples)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(severity, "warning");
    let expected = "3 components of resources each have another amount on the invoice than the price list makes of the \
                    usage. The invoices have EUR 1.20 more and USD 1.00 less in all.";
    assert_eq!(message, expected);
    // The largest difference first.
    let first = &examples[0].to_string();
    for part in [r#""price list":"USD 6.00""#, r#""invoice amount":"5.00""#, r#""difference":"-1.00""#] {
        assert!(first.contains(part), "{first}");
    }
}

#[test]
fn half_a_cent_of_each_item_and_component_usage_is_rounding() {
    let told = |price: &str| {
        let outcome =
            checked(Some(TOTALS), &invoice("created", &format!("acme cpu hour 7.00 {price}")), PRICED);
        amounts(&outcome).into_iter().map(|(severity, ..)| severity).collect::<Vec<_>>()
    };
    assert_eq!(told("1.51"), ["note"]);
    assert_eq!(told("1.4901"), ["note"]);
    assert_eq!(told("1.52"), ["warning"]);
    assert_eq!(told("1.5000"), Vec::<String>::new());
}

#[test]
fn canceled_and_pending_invoices_are_not_compared() {
    for state in ["canceled", "pending", "pending_finalization"] {
        let outcome = checked(Some(TOTALS), &invoice(state, "acme cpu hour 7.00 99.00"), PRICED);
        assert_eq!(amounts(&outcome), [], "{state}");
    }
}

#[test]
fn what_keeps_amounts_from_being_compared_is_said() {
    let priced = invoice("created", "acme cpu hour 7.00 99.00");
    let unpriced = invoice("created", "acme cpu hour 7.00 -");
    for (totals, invoice, flags, reason) in [
        (Some(TOTALS), &priced, "--format json", "no prices are given"),
        (None, &priced, PRICED, "the price list rates the users' records"),
        (Some(TOTALS), &unpriced, PRICED, "the invoices given have no price on their items"),
    ] {
        let outcome = checked(totals, invoice, flags);
        assert_eq!(amounts(&outcome), [], "{reason}");
        let entries = verdict(&outcome)["not_checked"].as_array().cloned().unwrap_or_default();
        let of_amounts = entries.iter().find(|entry| entry.to_string().contains("invoice_amount_differs"));
        assert!(of_amounts.is_some_and(|entry| entry.to_string().contains(reason)), "{reason}: {entries:?}");
    }
}

#[test]
fn a_price_that_the_list_does_not_have_is_only_noted() {
    let totals = "acme cpu hour 2026-10 7.00\nacme ram GB 2026-10 3.00\nbeta io op 2026-10 9.00";
    let outcome = checked(Some(totals), &invoice("created", "beta io op 9.00 4.50"), PRICED);
    let found = amounts(&outcome);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "note" && found[0].1.contains("no price in the price list"), "{found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_sum_of_differences_is_what_invoices_have_more_than_the_price_list(
        lines in prop::collection::vec((0_i64..100_000, -5_000_i64..5_000), 1..6),
    ) {
        let hundredths = |value: i64| {
            format!("{}{}.{:02}", if value < 0 { "-" } else { "" }, value.abs() / 100, value.abs() % 100)
        };
        let (mut used, mut totals, mut items, mut sum) = (String::new(), String::new(), String::new(), 0);
        for (index, (usage, more)) in lines.iter().enumerate() {
            // Gigabytes at 2 dollars each.
            let amount = usage * 2;
            used += &format!("c{index} ram GB 2026-10 alice {}\n", hundredths(*usage));
            totals += &format!("c{index} ram GB 2026-10 {}\n", hundredths(*usage));
            items += &format!("c{index} ram GB {} {}\n", hundredths(*usage), hundredths(amount + more));
            sum += more;
        }
        let folder = Dumps::new();
        let dump = folder.write("a.json", page(&records(&used)));
        let prices = folder.write("prices.toml", PRICES);
        let invoices = folder.write("invoices/page-1.json", invoice("created", &items));
        let usages = folder.write("parents/page-1.json", parents(&totals));
        let outcome = run(&format!(
            "check '{dump}' --as-of 2026-11-23 --parents '{usages}' --invoices '{invoices}' --prices '{prices}' --format json"
        ));
        let warned = amounts(&outcome).into_iter().find(|(severity, ..)| severity == "warning");
        let is_warned = lines.iter().any(|(_, more)| more.abs() > 1);
        prop_assert_eq!(warned.is_some(), is_warned);
        if let Some((_, message, _)) = warned {
            let text = hundredths(sum.abs()).replace('-', "");
            let expected = format!("USD {text} {} in all", if sum < 0 { "less" } else { "more" });
            prop_assert!(message.replace(',', "").contains(&expected), "{}: {}", message, expected);
        }
    }
}
