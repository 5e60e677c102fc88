//! Drafts of e-mails beside bills.

use std::fs;

use crate::bills::{CARD, CUSTOMERS, Made, RECORDS};
use crate::issue::{closed, files, issued};

#[test]
fn every_bill_has_a_draft_of_an_e_mail_with_its_first_format_attached() {
    let made = Made::of(RECORDS, CARD, &[CUSTOMERS], "--format html,csv --eml").ok();
    let mail = made.file("acme", ".eml");
    for part in [
        "X-Unsent: 1\r\n",
        "Subject: Draft: Bill for October 2026\r\n",
        "<ap@acme.example>",
        "This is a draft. It has no number and is not payable.",
        "\r\nTotal: EUR 372.00",
        "Purchase order: PO 4711",
        "Content-Disposition: attachment",
        ".html\"",
    ] {
        assert!(mail.contains(part), "{part}\n{mail}");
    }
    let text = mail.split("Content-Disposition").next().expect("the text comes first");
    for request in ["to pay", "Payable", "IBAN"] {
        assert!(!text.contains(request), "a draft asks for no payment: {mail}");
    }
    assert!(!made.file("globex", ".eml").contains("\r\nTo:"), "it has no address");
    let again = Made::of(RECORDS, CARD, &[CUSTOMERS], "--format html,csv --eml").ok();
    assert_eq!(mail, again.file("acme", ".eml"));
    let manifest = made.file("manifest", ".json");
    assert_eq!(manifest.matches(".eml\"").count(), 2, "{manifest}");
}

#[test]
fn issued_bills_have_drafts_of_e_mails_that_are_the_same_every_time() {
    let desk = closed();
    issued(&desk, "first", "--format html --eml");
    issued(&desk, "again", "--eml");
    let (first, again) = (files(&desk.path("first")), files(&desk.path("again")));
    assert_eq!(first, again);
    let mails: Vec<&String> = first.keys().filter(|name| name.ends_with(".eml")).collect();
    let pages = first.keys().filter(|name| name.ends_with(".html")).count();
    assert_eq!(mails.len(), pages, "{:?}", first.keys());
    let mail = fs::read_to_string(desk.path("first").join(mails[0])).expect("a message");
    assert!(mail.contains("Subject: Bill UB-2026/0001 for October 2026\r\n"), "{mail}");
    assert!(mail.contains("Total to pay: ") && mail.contains("IBAN EE38 2200"), "{mail}");
}

#[test]
fn a_cell_that_is_more_than_addresses_sends_no_bill_to_somebody_else() {
    for (email, is_refused) in
        [("a b@acme.example", true), ("a@acme.example>, <c@evil.example", true), ("by post", false)]
    {
        let customers = format!("customer_name,email\nacme,\"{email}\"\n");
        let made = Made::of(RECORDS, CARD, &[&customers], "--format csv --eml");
        let said = made.outcome.stderr.clone();
        assert_eq!(said.contains("separated by commas or semicolons"), is_refused, "{said}");
        assert_eq!(made.outcome.code == 1, is_refused, "{said}");
    }
}
