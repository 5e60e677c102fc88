//! What bills say, in every format alike.

use std::borrow::Cow;

use crate::amount::Amount;
use crate::bill::{Bill, BillLine, BillPart, BillSpec, Vat};
use crate::period::day_in_words;
use crate::text::grouped_decimal;
use crate::text::visible::shown;

/// What is on every page of a draft.
pub(in crate::write) const DRAFT: &str = "Draft";

/// What a draft is.
pub(in crate::write) const DRAFT_SENTENCE: &str = "This is a draft. It has no number and is not payable.";

/// `Bill for October 2026`.
pub(in crate::write) fn title(spec: &BillSpec) -> String {
    format!("Bill for {}", spec.period.in_words())
}

/// The date, the period and what the recipient calls the bill by; what is not known is left out.
pub(in crate::write) fn facts(bill: &Bill, spec: &BillSpec) -> Vec<(&'static str, String)> {
    let recipient = &bill.recipient;
    let mut facts = vec![("Date", day_in_words(spec.date)), ("Period", spec.period.in_words())];
    let mut put = |term, text: Option<String>| facts.extend(text.map(|text| (term, text)));
    let orders = recipient.purchase_orders.join(", ");
    put("Purchase order", Some(orders).filter(|orders| !orders.is_empty()));
    put("Debtor", recipient.debtor.clone());
    put("Your VAT number", recipient.vat_number.clone());
    put("Our VAT number", spec.sender.vat_number.clone());
    facts
}

/// `Payable within 30 days of the date of issue`, and how to pay; nothing if there is nothing to pay.
pub(in crate::write) fn payment(parts: &[BillPart], spec: &BillSpec) -> Vec<String> {
    if parts.iter().all(|part| part.total <= Amount::ZERO) {
        return Vec::new();
    }
    let terms = spec.sender.due_days.map(|days| match days {
        0 => "Payable on receipt".to_owned(),
        1 => "Payable within 1 day of the date of issue".to_owned(),
        days => format!("Payable within {days} days of the date of issue"),
    });
    terms.into_iter().chain(spec.sender.payment.iter().cloned()).collect()
}

/// What a line is for: `CPU hours`; `CPU hours, May 2026` on bills of several months.
pub(in crate::write) fn description(line: &BillLine, spec: &BillSpec) -> String {
    match spec.period.months() {
        1 => line.component.clone(),
        _ => format!("{}, {}", line.component, line.period.in_words()),
    }
}

/// The price of a line, whose products are not broken.
pub(in crate::write) fn price(line: &BillLine) -> String {
    line.price.replace(" × ", "\u{a0}×\u{a0}")
}

/// What stands above credits and adjustments.
pub(in crate::write) fn credits(part: &BillPart) -> &'static str {
    let are_given = part.credits.iter().map(|credit| credit.amount < Amount::ZERO);
    match are_given.fold((false, false), |(some, others), given| (some || given, others || !given)) {
        (true, true) => "Credits and adjustments",
        (false, true) => "Adjustments",
        _ => "Credits",
    }
}

/// `Net total`; of a bill without VAT there is no such line.
pub(in crate::write) fn net(part: &BillPart) -> Option<String> {
    (!part.vat.is_empty()).then(|| "Net total".to_owned())
}

/// `VAT 24 % of 100.00`.
pub(in crate::write) fn vat(vat: &Vat) -> String {
    format!("VAT {} % of {}", vat.rate, figure(&vat.net.to_string()))
}

/// `Total to pay`; below zero, what the recipient has to get.
pub(in crate::write) fn total(part: &BillPart) -> &'static str {
    if part.total < Amount::ZERO { "Credit balance" } else { "Total to pay" }
}

/// Text with all spelled out that would act or could not be seen; nothing stays nothing.
pub(in crate::write) fn seen(text: &str) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed("") } else { shown(text) }
}

/// `1,234.50`, `−5.25`.
pub(in crate::write) fn figure(decimal: &str) -> String {
    grouped_decimal(decimal).replace('-', "\u{2212}")
}
