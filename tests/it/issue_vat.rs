//! VAT of what is issued: all documents of a month come to the VAT of the corrected bill, and none lacks a rate in silence.

use crate::frozen_amounts::Desk;
use crate::issue::{CONFIGURATION, PRICES, desk, file, issue, issued, refusal, register, restate, words};

const VAT_NUMBER: &str = "vat_number = \"EE100030417\"\n";

#[test]
fn a_credit_over_all_of_a_bill_reverses_its_vat_to_zero_whatever_was_rounded_on_the_way() {
    let desk = Desk::new();
    desk.write("prices.toml", &PRICES.replace("\"2\"", "\"0.01\""));
    desk.write("usagebook.toml", CONFIGURATION);
    let customers = "customer_name,address,vat_rate\nacme,Main Road 5,24\nglobex,Side Street,24\n";
    desk.write("customers.csv", customers);
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    issued(&desk, "v1", "");
    restate(&desk, "2026-11-09", "acme cpu hour 2026-10 alice 15.00 modified=2026-11-09T00:00:00Z");
    issued(&desk, "v2", "");
    restate(&desk, "2026-11-10", "acme cpu hour 2026-10 alice 0.00 modified=2026-11-10T00:00:00Z");
    issued(&desk, "v3", "");
    let rows = register(&desk, "v3", &["version", "name", "currency", "net", "vat"]);
    let of_acme: Vec<&String> = rows.iter().filter(|row| row.contains("|acme|EUR")).collect();
    assert_eq!(of_acme, ["v1|acme|EUR|0.10|0.02", "v2|acme|EUR|0.05|0.02", "v3|acme|EUR|-0.15|-0.04"]);
    let sentence = "VAT on the corrected bill less VAT already billed.";
    let page = words(&file(&desk, "v2", &["acme", ".html"]));
    assert!(page.contains("VAT 24 % of 0.05 0.02") && page.contains(sentence), "{page}");
    let page = words(&file(&desk, "v3", &["acme", ".html"]));
    assert!(!page.contains(sentence), "VAT on its own net is the same: {page}");
    desk.ok("verify");
}

#[test]
fn a_bill_without_a_rate_is_not_issued_by_a_sender_with_a_vat_number_unless_something_says_why() {
    let desk = desk();
    desk.write("usagebook.toml", &format!("{CONFIGURATION}{VAT_NUMBER}"));
    desk.write("customers.csv", "customer_name,address,vat_rate\nacme,Main Road 5,24\n");
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    let said = refusal(&desk, "");
    let reason = "2026-10 cannot be billed: 1 bill has amounts without a VAT rate: globex (EUR 8.00; no vat_rate for it in the attributes that months were closed with)";
    assert!(said.contains(reason), "{said}");
    assert!(said.contains("and restate the month with these attributes"), "{said}");
    desk.write(
        "customers.csv",
        "customer_name,address,vat_rate\nacme,Main Road 5,24\nglobex,Side Street,0\n",
    );
    desk.ok("restate 2026-10 --note vat --attributes customers.csv");
    issued(&desk, "october", "");
}

#[test]
fn what_a_bill_lacks_is_said_before_it_is_issued() {
    let desk = desk();
    desk.write("customers.csv", "customer_name,address,vat_rate\nacme,,24\n");
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    let outcome = issue(&desk, "october", "");
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    for warning in [
        "warning: 1 bill has amounts without a VAT rate: globex (EUR 8.00; no vat_rate for it in the attributes that months were closed with)",
        "warning: 2 bills have no address: ",
        "acme (no address for it in the attributes that months were closed with)",
        "globex (no address for it in the attributes that months were closed with)",
    ] {
        assert!(outcome.stderr.contains(warning), "{warning}\n{}", outcome.stderr);
    }
}
