//! Bills as their readers see them: what each line says, that it can be computed again, and what the sender is warned of.

use std::fs;

use calamine::Reader as _;

use crate::bills::{CARD, Made, PROJECTS, RECORDS};
use crate::records::uuid;

/// A list whose credits are all gone.
fn without_credits() -> &'static str {
    CARD.split("[[credit]]").next().unwrap()
}

#[test]
fn a_filter_that_takes_a_part_of_a_recipients_usage_is_refused_and_says_what_to_leave_out() {
    for (flags, filter) in [
        ("--type cpu", "--type"),
        ("--username alice", "--username"),
        ("--offering acme-offering", "--offering"),
        ("--resource-uuid 00000000000000000000000000000001", "--resource-uuid"),
        ("--date-after 2026-10-02", "--date-after"),
        ("--project acme-project", "--project"),
    ] {
        let said = Made::of(RECORDS, CARD, &[], flags).refusal();
        assert!(said.contains("a bill has all usage of its customer, and the filter"), "{said}");
        assert!(said.contains(&format!("would leave some of it out; leave {filter} out")), "{said}");
    }
    let centres = "project_name,cost_centre\nAlpha,4100\nBeta,4100\nglobex-project,4100\n";
    let said =
        Made::of(PROJECTS, without_credits(), &[centres], "--per cost_centre --customer acme").refusal();
    assert!(said.contains("a bill has all usage of its cost_centre"), "{said}");
}

#[test]
fn credits_are_on_the_bill_of_a_customer_that_is_filtered_for() {
    let made = Made::of(RECORDS, CARD, &[], "--customer acme --format csv").ok();
    assert_eq!(made.lines("acme", &["amount"]).last().unwrap(), "-41.00");
}

#[test]
fn a_bill_of_several_rates_says_the_rate_of_each_line_and_what_has_none() {
    let rates = format!("resource_uuid,vat_rate\n{},24\n", uuid("acme-resource"));
    let lines = "
        acme cpu  hour 2026-10 alice 1000
        acme disk GB   2026-10 alice 1000 resource_uuid=r2
    ";
    let made = Made::of(lines, without_credits(), &[&rates], "").ok();
    let words = made.words("acme");
    for expected in [
        "Price VAT Amount (EUR)",
        "1,000.00 hour 0.08 24 % 80.00",
        "1,000.00 GB 0.1 none 100.00",
        "Net total 180.00 VAT 24 % of 80.00 19.20 Without VAT: 100.00 0.00 Total to pay EUR 199.20",
    ] {
        assert!(words.contains(expected), "{expected}\n{words}");
    }
    let resource = uuid("r2");
    let note = format!(
        "warning: 1 bill has amounts without a VAT rate: acme (EUR 100.00; no row for the resource \"acme-resource\" ({resource}) in attributes-0.csv)"
    );
    let said = made.outcome.stderr.replace(&format!("{}/", made.folder.text()), "");
    assert!(said.contains(&note), "{note}\n{said}");
}

#[test]
fn a_misspelt_column_of_rates_is_noticed() {
    let made = Made::of(RECORDS, CARD, &["customer_name,vat\nacme,24\nglobex,24\n"], "").ok();
    let note = "note: 2 bills have amounts without a VAT rate: acme (EUR 300.00), globex (EUR 8.00); no file of attributes has the column vat_rate";
    assert!(made.outcome.stderr.contains(note), "{}", made.outcome.stderr);
    let made = Made::of(RECORDS, CARD, &[], "").ok();
    assert!(made.outcome.stderr.contains(note), "the sender has a VAT number: {}", made.outcome.stderr);
}

#[test]
fn a_credit_on_a_bill_of_several_customers_names_its_customer() {
    let centres = "customer_name,cost_centre\nacme,4100\nglobex,4100\n";
    let made = Made::of(RECORDS, CARD, &[centres], "--per cost_centre").ok();
    assert!(made.words("4100").contains("Outage on 3 October (acme) −41.00"), "{}", made.words("4100"));
    let credit = made.lines("4100", &["charge_category", "customer_name", "amount"]).pop().unwrap();
    assert_eq!(credit, "Credit|acme|-41.00");
    let made = Made::of(RECORDS, CARD, &[], "").ok();
    assert!(made.words("acme").contains("Outage on 3 October −41.00"), "its own bill need not say it");
}

#[test]
fn a_draft_without_a_rate_of_a_sender_with_a_vat_number_is_a_warning_that_names_it() {
    let customers = "customer_name,address,vat_rate\nacme,Main Road 5,24\nglobex,Side Street,\n";
    let made = Made::of(RECORDS, CARD, &[customers], "--format csv");
    assert_eq!(made.outcome.code, 3, "{}", made.outcome.stderr);
    let said = made.outcome.stderr.replace(&format!("{}/", made.folder.text()), "");
    let warning = "warning: 1 bill has amounts without a VAT rate: globex (EUR 8.00; no vat_rate for it in attributes-0.csv)";
    assert!(said.contains(warning), "{said}");
    let exempt =
        "customer_name,address,vat_rate,vat_note\nacme,Main Road 5,24,\nglobex,Side Street,,Reverse charge\n";
    let made = Made::of(RECORDS, CARD, &[exempt], "--format csv");
    assert!(made.outcome.code == 0 && !made.outcome.stderr.contains("VAT rate"), "{}", made.outcome.stderr);
    let made = Made::of(RECORDS, CARD, &["customer_name,address,vat_rate\nacme,,24\n"], "--format csv");
    let said = made.outcome.stderr.replace(&format!("{}/", made.folder.text()), "");
    let note = "note: 2 bills have no address: acme (no address for it in attributes-0.csv), globex (no row for it in attributes-0.csv)";
    assert!(said.contains(note), "{said}");
}

#[test]
fn lines_that_share_an_amount_say_that_each_share_is_rounded() {
    let card = "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"0.08\"\nincluded = \"100\"\nscope = \"customer\"\n";
    let lines = "
        acme cpu hour 2026-10 alice 263.80
        acme cpu hour 2026-10 bob   123.46 resource_uuid=r2 component_usage=c2 uuid=u2
    ";
    let made = Made::of(lines, card, &[], "--format html").ok();
    let words = made.words("acme");
    assert!(words.contains("of 387.26 together: 100 free + 287.26 × 0.08"), "{words}");
    assert!(words.contains("each has its share by quantity, rounded by itself"), "{words}");
}

#[test]
fn every_printed_page_names_the_recipient() {
    let made = Made::of(RECORDS, CARD, &[], "--format html").ok();
    let page = made.file("acme", ".html");
    assert!(
        page.contains("@bottom-left { content: \"Bill for October 2026 \\b7  Draft \\b7  acme\""),
        "{page}"
    );
}

#[test]
fn usage_below_the_free_quantity_is_shown_with_it() {
    let card = without_credits().replace("unit_price = \"0.1\"", "unit_price = \"0.1\"\nincluded = \"500\"");
    let lines = "acme disk GB 2026-10 alice 42.97\nacme cpu hour 2026-10 alice 1";
    let made = Made::of(lines, &card, &[], "--format csv").ok();
    assert!(made.lines("acme", &["price", "amount"]).contains(&"42.97 of 500 free|0.00".to_owned()));
}

#[test]
fn a_bill_says_how_it_is_rounded_if_not_each_line_by_itself() {
    let card = format!("[rounding]\nper = \"total\"\n{}", without_credits());
    let made = Made::of(RECORDS, &card, &[], "--format html").ok();
    assert!(
        made.words("acme").contains("to 0.01): a customer's total of a month is rounded once"),
        "{}",
        made.words("acme")
    );
    let made = Made::of(RECORDS, CARD, &[], "--format html").ok();
    assert!(!made.words("acme").contains("Rounding"));
}

#[test]
fn a_column_of_amounts_adds_up_to_the_net_total_and_totals_are_formulas() {
    let made =
        Made::of(RECORDS, CARD, &["customer_name,vat_rate\nacme,24\nglobex,24\n"], "--format xlsx").ok();
    let entries = fs::read_dir(made.folder.path("bills")).unwrap().map(|entry| entry.unwrap().path());
    let is_acme = |path: &std::path::PathBuf| path.to_string_lossy().contains("/acme");
    let mut book = calamine::open_workbook_auto(entries.into_iter().find(is_acme).unwrap()).unwrap();
    let cells = book.worksheet_range("Bill").unwrap();
    let number = |row: &[calamine::Data], column: usize| match row.get(column) {
        Some(calamine::Data::Float(value)) => *value,
        _ => 0.0,
    };
    let of_heading = cells
        .rows()
        .position(|row| matches!(&row[0], calamine::Data::String(text) if text == "Description"))
        .unwrap();
    let amounts: f64 = cells.rows().skip(of_heading + 1).map(|row| number(row, 4)).sum();
    let total = |words: &str| {
        let row = cells.rows().find(|row| row[0].to_string().starts_with(words)).unwrap();
        number(row, 5)
    };
    assert!((amounts - 300.0).abs() < 0.001, "{amounts}");
    assert_eq!([total("Subtotal"), total("Net total"), total("Total to pay")], [341.0, 300.0, 372.0]);
    let formulas = book.worksheet_formula("Bill").unwrap();
    let count = formulas.rows().flatten().filter(|formula| formula.contains("SUM(")).count();
    assert_eq!(count, 3, "a subtotal, the net total and the total");
}
