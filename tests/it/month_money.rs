//! What the end of a month says of money that nobody asked about: rates and addresses that bills lack, attributes that changed,
//! and months that a delivery changed besides.

use crate::binary::{Outcome, run};
use crate::month::Office;
use crate::records::{page, records};

const SENDER: &str = "\n[bill]\nvat_number = \"EE100\"\n";

/// An office whose bills have VAT, by a table of customers.
fn office(customers: &str) -> Office {
    let office = Office::with("prices = \"card.toml\"\nattributes = [\"customers.csv\"]\n", SENDER);
    office.0.write("customers.csv", customers);
    office
}

const BEGIN: &str = "2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z --new -q";

fn has(outcome: &Outcome, text: &str) {
    assert!(outcome.stdout.contains(text), "{text}:\n{}{}", outcome.stdout, outcome.stderr);
}

fn on_files(office: &Office, line: &str) {
    let named = |name: &str| office.0.path(name).display().to_string();
    let line =
        line.replace("card.toml", &named("card.toml")).replace("customers.csv", &named("customers.csv"));
    let outcome = run(&format!("{line} --by-whom Mari --book '{}'", named("usage.book")));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn what_would_keep_bills_from_being_issued_is_a_decision_before_the_month_is_closed() {
    let office = office("customer_name,vat_rate,address\nacme,24,Room 1\nbeta,,Room 2\n");
    let outcome = office.run(BEGIN);
    assert_eq!(outcome.code, 3, "{}", outcome.stdout);
    has(&outcome, "Decide: bills lack something: 1 bill has amounts without a VAT rate: beta (EUR 8.00; ");
    has(&outcome, "Next: correct what the warnings name, then usagebook month 2026-10");
    // Closed all the same, the way on is a new version, not a command that fails.
    on_files(&office, "close 2026-10 --prices card.toml --attributes customers.csv");
    has(&office.run("2026-10 -q"), "Next: add what the bills lack, then usagebook restate 2026-10 ");
    office.0.write("customers.csv", "customer_name,vat_rate,address\nacme,24,Room 1\nbeta,24,Room 2\n");
    on_files(&office, "restate 2026-10 --note rate --attributes customers.csv");
    has(&office.run("2026-10 -q"), "Next: usagebook bills --book usage.book --period 2026-10 --issue ");
}

#[test]
fn an_address_is_asked_for_where_others_have_one() {
    let outcome = office("customer_name,vat_rate,address\nacme,24,Room 1\nbeta,24,\n").run(BEGIN);
    has(&outcome, "Decide: bills lack something: 1 bill has no address: beta (no address for it in ");
    let outcome = office("customer_name,vat_rate\nacme,24\nbeta,24\n").run(BEGIN);
    assert_eq!(outcome.code, 0, "no table has addresses: {}", outcome.stdout);
}

#[test]
fn attributes_that_changed_are_a_decision_and_the_printed_command_keeps_those_of_the_closing() {
    let office = office("customer_name,vat_rate\nacme,24\nbeta,24\n");
    assert_eq!(office.run(BEGIN).code, 0);
    on_files(&office, "close 2026-10 --prices card.toml --attributes customers.csv");
    let later = "2026-10 later.json --complete --retire-up-to 1 --pulled-at 2026-11-09T08:00:00Z -q";
    office.0.write("customers.csv", "customer_name,vat_rate\nacme,22\nbeta,24\n");
    let outcome = office.run(later);
    has(
        &outcome,
        "Decide: attributes changed after the month was closed: vat_rate of the customer \"acme\" was \"24\" and is \"22\"; \
         restate keeps those of the closing, and with --attributes takes all that the files say now.",
    );
    has(
        &outcome,
        "; usagebook restate 2026-10 --book usage.book --config usagebook.toml --note TEXT publishes",
    );
    office.0.write("customers.csv", "customer_name,vat_rate\nacme,24\nbeta,24\n");
    let outcome = office.run("2026-10 -q");
    assert!(!outcome.stdout.contains("attributes changed"), "{}", outcome.stdout);
    has(&outcome, "; usagebook restate 2026-10 --book usage.book --attributes customers.csv ");
}

#[test]
fn what_a_delivery_changes_of_other_months_is_told_apart() {
    let office = Office::new().begun();
    office.on_book("close 2026-10 --by-whom Mari");
    let both =
        "acme cpu hour 2026-10 alice 11.00 modified=2026-11-20T00:00:00Z\nacme cpu hour 2026-09 alice 1.00";
    office.0.write("both.json", page(&records(both)));
    let outcome = office.run("2026-09 both.json --pulled-at 2026-11-20T08:00:00Z -q");
    let line = "this delivery added 1, changed 0 and removed 0; of October 2026, which is closed, it changed 1 record.";
    has(&outcome, line);
}
