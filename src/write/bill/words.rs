//! What bills say, in every format alike.

use std::borrow::Cow;

use crate::amount::Amount;
use crate::bill::{Bill, BillCredit, BillLine, BillPart, BillSpec, DocumentRef, Recipient, Side, Vat};
use crate::period::day_in_words;
use crate::text::grouped_decimal;
use crate::text::visible::shown;

/// What is on every page of a draft.
pub(in crate::write) const DRAFT: &str = "Draft";

/// What a draft is.
pub(in crate::write) const DRAFT_SENTENCE: &str = "This is a draft. It has no number and is not payable.";

/// `Bill for October 2026`, `Credit note 2026-00009 for October 2026`.
pub(in crate::write) fn title(bill: &Bill, spec: &BillSpec) -> String {
    let (kind, period) = (bill.kind.in_words(), spec.period.in_words());
    match &bill.issued {
        None => format!("{kind} for {period}"),
        Some(issued) => format!("{kind} {} for {period}", issued.number),
    }
}

/// `Draft: Bill for October 2026`; of an issued bill, its title.
pub(in crate::write) fn full_title(bill: &Bill, spec: &BillSpec) -> String {
    match bill.issued {
        None => format!("{DRAFT}: {}", title(bill, spec)),
        Some(_) => title(bill, spec),
    }
}

/// `Bill 2026-00003 of 5 November 2026`.
pub(in crate::write) fn reference(document: &DocumentRef) -> String {
    let DocumentRef { kind, number, date } = document;
    format!("{} {number} of {}", kind.in_words(), day_in_words(*date))
}

/// The date, the period and what the recipient calls the bill by; what is not known is left out.
pub(in crate::write) fn facts(bill: &Bill, spec: &BillSpec) -> Vec<(&'static str, String)> {
    let recipient = &bill.recipient;
    let mut facts = Vec::new();
    let mut put = |term, text: Option<String>| facts.extend(text.map(|text| (term, text)));
    match &bill.issued {
        None => put("Date", Some(day_in_words(spec.date))),
        Some(issued) => {
            put("Number", Some(issued.number.clone()));
            put("Date of issue", Some(day_in_words(spec.date)));
            put("Due date", issued.due.map(day_in_words));
        }
    }
    put("Period", Some(spec.period.in_words()));
    let corrects = bill.corrects.iter().map(reference);
    put("Corrects", Some(corrects.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty()));
    let orders = recipient.purchase_orders.join(", ");
    put("Purchase order", Some(orders).filter(|orders| !orders.is_empty()));
    put("Debtor", recipient.debtor.clone());
    put("Your VAT number", recipient.vat_number.clone());
    put("Our VAT number", spec.sender.vat_number.clone());
    facts
}

/// `Payable within 30 days of the date of issue`, and how to pay; nothing if there is nothing to pay.
pub(in crate::write) fn payment(bill: &Bill, parts: &[BillPart], spec: &BillSpec) -> Vec<String> {
    if parts.iter().all(|part| part.total <= Amount::ZERO) {
        return Vec::new();
    }
    let due = bill.issued.as_ref().and_then(|issued| issued.due);
    let due = due.map(|due| format!("Payable by {}", day_in_words(due)));
    let terms = due.or_else(|| spec.sender.due_days.map(in_days));
    terms.into_iter().chain(spec.sender.payment.iter().cloned()).collect()
}

fn in_days(days: u16) -> String {
    match days {
        0 => "Payable on receipt".to_owned(),
        1 => "Payable within 1 day of the date of issue".to_owned(),
        days => format!("Payable within {days} days of the date of issue"),
    }
}

/// What a line is for: `CPU hours`; `CPU hours, May 2026` on bills of several months; `Before: CPU hours` on notes.
pub(in crate::write) fn description(line: &BillLine, spec: &BillSpec) -> String {
    let component = on_side(line.side, &line.component);
    match spec.period.months() {
        1 => component,
        _ => format!("{component}, {}", line.period.in_words()),
    }
}

/// The reason of a credit: `Outage on 3 October`; `Before: Outage on 3 October` on notes.
pub(in crate::write) fn reason(credit: &BillCredit) -> String {
    on_side(credit.side, &credit.reason)
}

fn on_side(side: Option<Side>, text: &str) -> String {
    side.map_or_else(|| text.to_owned(), |side| format!("{}: {text}", side.in_words()))
}

/// The price of a line, whose products are not broken.
pub(in crate::write) fn price(line: &BillLine) -> String {
    line.price.replace(" × ", "\u{a0}×\u{a0}")
}

/// The column of rates, which a bill of several rates has.
pub(in crate::write) const RATE: &str = "VAT";

/// Whether every line has to say its rate, because they do not all have the same.
pub(in crate::write) fn has_rates(part: &BillPart) -> bool {
    part.rates().len() > 1
}

/// `24 %`; `none` of what has no VAT.
pub(in crate::write) fn rate(rate: Option<&str>) -> String {
    rate.map_or_else(|| "none".to_owned(), |rate| format!("{rate} %"))
}

/// `Without VAT: 555.00` and no VAT of it, if other amounts have VAT.
pub(in crate::write) fn without_vat(part: &BillPart) -> Option<(String, Vat)> {
    let net = part.without_rate().filter(|_| !part.vat.is_empty())?;
    let amount = Amount::new(0, part.currency.minor_unit());
    let words = format!("Without VAT: {}", figure(&net.to_string()));
    Some((words, Vat { rate: String::new(), net, amount }))
}

/// Whose a credit is and what it was converted from: ` (Alpha, Acme), −6 JPY at 0.0061`. Customers are named on bills
/// that are for several.
pub(in crate::write) fn of_credit(credit: &BillCredit, recipient: &Recipient) -> String {
    let customer = recipient.uuid.is_none().then_some(&credit.customer);
    let owners: Vec<&str> = credit.project.iter().chain(customer).map(String::as_str).collect();
    let mut text = match &*owners {
        [] => String::new(),
        owners => format!(" ({})", owners.join(", ")),
    };
    if let Some(price) = &credit.price {
        text += &format!(", {}", price.replace('-', "\u{2212}"));
    }
    text
}

/// The most characters of a recipient's name at the foot of pages.
const FOOT_MAX: usize = 60;

/// `Bill for October 2026 · Draft · Acme`: what tells the pages of one bill from those of another.
pub(in crate::write) fn foot(bill: &Bill, spec: &BillSpec) -> String {
    let addressee = bill.recipient.addressee();
    let mut name: String = addressee.chars().take(FOOT_MAX).collect();
    if name.len() < addressee.len() {
        name.push('…');
    }
    let title = title(bill, spec);
    let draft = if bill.issued.is_none() { format!(" · {DRAFT}") } else { String::new() };
    format!("{title}{draft} · {name}")
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
