//! Invoices of which some items cannot be used.

use usagebook::notice::Code;

use crate::checks::Case;
use crate::reconciliation::{TOTALS, USED, invoice};
use crate::records::uuid;

#[test]
fn an_item_that_cannot_be_used_takes_none_of_the_others_of_its_invoice_along() {
    let items = |first: &str| {
        invoice(&format!(
            "acme cpu hour usage {first}\nacme ram GB usage 7.00\nbeta cpu hour usage 4.00\nbeta io op usage 9.00"
        ))
    };
    let told = |text: &str| {
        Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(text), ..Case::default() }.told()
    };
    assert_eq!(told(&items("2.50")), ["warning invoice_differs 1"]);
    // The CPU of acme is not compared; its memory is.
    let broken = items("two");
    let verdict =
        Case { dumps: &[USED], parents: Some(TOTALS), invoices: Some(&broken), ..Case::default() }.verdict();
    assert_eq!(crate::checks::told(&verdict), ["warning unusable 1", "warning invoice_differs 1"]);
    let unusable =
        verdict.checks.iter().find(|check| check.notice.code == Code::Unusable).expect("it is reported");
    let message = &unusable.notice.message;
    assert!(message.contains("quantity is \"two\", in item 1 of the invoice"), "{message}");
    // An item by itself, and one that does not say what it is about: the dump is incomplete.
    let item = broken.split_once("\"items\":").expect("items").1;
    let alone = item
        .strip_suffix("}]")
        .expect("the end of the invoice")
        .replace("{\"name\"", "{\"year\":2026,\"month\":10,\"name\"");
    assert_eq!(told(&alone), ["warning unusable 1", "warning invoice_differs 1"]);
    let nameless = broken.replacen(&uuid("acme-resource"), "x", 1);
    // More than was used stays wrong; that the CPU of acme is on no invoice may be due to that item.
    assert_eq!(told(&nameless), ["warning unusable 1", "warning invoice_differs 1"]);
    // What a canceled invoice says is of no interest.
    let canceled = broken.replace("\"uuid\":\"a\"", "\"uuid\":\"a\",\"state\":\"canceled\"");
    assert!(!told(&canceled).contains(&"warning unusable 1".to_owned()), "{:?}", told(&canceled));
}
