//! A bill as data: what templates are filled with, and what is attached to PDF. The names are documented in
//! `docs/reference/bills.md`.

use serde_json::{Value, json};

use super::words;
use crate::bill::{Bill, BillCredit, BillLine, BillPart, BillProject, BillSpec, DocumentRef, Side};
use crate::letterhead::Logo;
use crate::period::day_in_words;
use crate::text::uuid_text;

/// The name of the sender's picture, as templates load it.
pub(in crate::write) fn logo_name(logo: &Logo) -> &'static str {
    if logo.media_type == "image/png" { "logo.png" } else { "logo.jpg" }
}

/// All that a bill says.
pub(super) fn data(bill: &Bill, spec: &BillSpec) -> Value {
    let (sender, letterhead, recipient) = (&spec.sender, &spec.sender.letterhead, &bill.recipient);
    let due = bill.issued.as_ref().and_then(|issued| issued.due);
    json!({
        "draft": bill.issued.is_none(),
        "kind": bill.kind.name(),
        "number": bill.issued.as_ref().map(|issued| &issued.number),
        "due_date": due.map(|day| day.to_string()),
        "due_date_in_words": due.map(day_in_words),
        "corrects": bill.corrects.iter().map(of_reference).collect::<Value>(),
        "title": words::title(bill, spec),
        "date": spec.date.to_string(),
        "date_in_words": day_in_words(spec.date),
        "period": spec.period.to_string(),
        "period_in_words": spec.period.in_words(),
        "sender": {
            "name": letterhead.organisation,
            "contact": letterhead.contact,
            "logo": letterhead.logo.as_ref().map(logo_name),
            "address": sender.address,
            "vat_number": sender.vat_number,
            "due_days": sender.due_days,
            "payment": sender.payment,
        },
        "recipient": {
            "kind": recipient.kind,
            "uuid": recipient.uuid.map(uuid_text),
            "name": recipient.name,
            "addressee": recipient.addressee(),
            "customers": recipient.customers,
            "address": recipient.address,
            "email": recipient.email,
            "language": recipient.language,
            "vat_number": recipient.vat_number,
            "debtor": recipient.debtor,
            "purchase_orders": recipient.purchase_orders,
        },
        "facts": words::facts(bill, spec),
        "payment": words::payment(bill, &bill.parts, spec),
        "foot": words::foot(bill, spec),
        "parts": bill.parts.iter().map(|part| of_part(part, bill, spec)).collect::<Value>(),
    })
}

fn of_reference(document: &DocumentRef) -> Value {
    json!({
        "kind": document.kind.name(),
        "number": document.number,
        "date": document.date.to_string(),
        "in_words": words::reference(document),
    })
}

fn of_part(part: &BillPart, bill: &Bill, spec: &BillSpec) -> Value {
    json!({
        "currency": part.currency.code(),
        "projects": part.projects.iter().map(|project| of_project(project, spec)).collect::<Value>(),
        "credits": part.credits.iter().map(|credit| of_credit(credit, bill)).collect::<Value>(),
        "credits_heading": words::credits(part),
        "net": part.net,
        "vat": part.vat.iter().map(|vat| json!({
            "rate": vat.rate, "net": vat.net, "amount": vat.amount,
        })).collect::<Value>(),
        "without_vat": words::without_vat(part).map(|(_, vat)| json!({ "net": vat.net, "amount": vat.amount })),
        "has_rates": words::has_rates(part),
        "vat_notes": part.vat_notes,
        "rounding": part.rounding,
        "total": part.total,
        "total_heading": words::total(part),
    })
}

fn of_project(project: &BillProject, spec: &BillSpec) -> Value {
    json!({
        "uuid": uuid_text(project.uuid),
        "name": project.name,
        "customer": project.customer,
        "subtotal": project.subtotal,
        "offerings": project.offerings.iter().map(|offering| json!({
            "uuid": uuid_text(offering.uuid),
            "name": offering.name,
            "subtotal": offering.subtotal,
            "lines": offering.lines.iter().map(|line| of_line(line, spec)).collect::<Value>(),
        })).collect::<Value>(),
    })
}

fn of_line(line: &BillLine, spec: &BillSpec) -> Value {
    json!({
        "period": line.period.to_string(),
        "description": words::description(line, spec),
        "side": line.side.map(side),
        "component": line.component,
        "component_type": line.component_type,
        "resource": line.resource,
        "resource_uuid": uuid_text(line.resource_uuid),
        "quantity": line.quantity,
        "unit": line.unit,
        "price": line.price,
        "steps": line.steps.iter().map(|(quantity, unit_price)| json!({
            "quantity": quantity, "unit_price": unit_price,
        })).collect::<Value>(),
        "vat_rate": line.vat_rate,
        "amount": line.amount,
    })
}

fn of_credit(credit: &BillCredit, bill: &Bill) -> Value {
    json!({
        "period": credit.period.to_string(),
        "customer": credit.customer,
        "project": credit.project,
        "reason": credit.reason,
        "price": credit.price,
        "description": words::reason(credit) + &words::of_credit(credit, &bill.recipient),
        "side": credit.side.map(side),
        "vat_rate": credit.vat_rate,
        "amount": credit.amount,
    })
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Before => "before",
        Side::Now => "now",
    }
}
