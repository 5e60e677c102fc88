//! A bill as a page: for browsers, and to be printed on A4. It fetches nothing and runs nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::words::{self, DRAFT, DRAFT_SENTENCE, figure, seen};
use crate::bill::{Bill, BillOffering, BillPart, BillProject, BillSpec, Recipient};
use crate::write::html::head::picture;

pub(super) fn page(bill: &Bill, spec: &BillSpec) -> Markup {
    let title = words::title(bill, spec);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
    html! {
        (DOCTYPE) "\n"
        html lang="en" {
            head {
                "\n" meta charset="utf-8";
                "\n" meta http-equiv="Content-Security-Policy" content=(policy);
                "\n" meta name="viewport" content="width=device-width, initial-scale=1";
                "\n" link rel="icon" href="data:,";
                title { (words::full_title(bill, spec)) ", " (seen(bill.recipient.addressee())) } "\n"
                style { (PreEscaped(include_str!("bill.css"))) } "\n"
            } "\n"
            body {
                "\n"
                @if bill.issued.is_none() { p.watermark aria-hidden="true" { (DRAFT) } }
                (sender(spec))
                main {
                    div.top { (recipient(&bill.recipient)) (facts(bill, spec)) }
                    h1 { (title) } "\n"
                    @if bill.issued.is_none() { p.draft { (DRAFT_SENTENCE) } "\n" }
                    @for part in &bill.parts { (of_part(part, bill, spec)) }
                    @let payment = words::payment(bill, &bill.parts, spec);
                    @if !payment.is_empty() {
                        section.payment { h2 { "Payment" } @for line in payment { p { (seen(&line)) } } } "\n"
                    }
                } "\n"
            } "\n"
        } "\n"
    }
}

fn sender(spec: &BillSpec) -> Markup {
    let letterhead = &spec.sender.letterhead;
    html! {
        header {
            (picture(letterhead))
            div {
                @if let Some(organisation) = &letterhead.organisation { p.organisation { (organisation) } }
                @for line in &spec.sender.address { p { (seen(line)) } }
                @if let Some(contact) = &letterhead.contact { p { (contact) } }
            }
        } "\n"
    }
}

fn recipient(recipient: &Recipient) -> Markup {
    html! {
        address {
            p.name { (seen(recipient.addressee())) }
            @if recipient.bill_to.is_some() { p { (seen(&recipient.name)) } }
            @for line in &recipient.address { p { (seen(line)) } }
        } "\n"
    }
}

fn facts(bill: &Bill, spec: &BillSpec) -> Markup {
    html! { dl { @for (term, text) in words::facts(bill, spec) { div { dt { (term) } dd { (seen(&text)) } } } } "\n" }
}

fn of_part(part: &BillPart, bill: &Bill, spec: &BillSpec) -> Markup {
    let currency = part.currency.code();
    let has_customers = bill.recipient.uuid.is_none();
    html! {
        section.part {
            @if bill.parts.len() > 1 { h2 { "Charges in " (currency) } }
            table {
                thead { tr {
                    th scope="col" { "Description" } th.n scope="col" { "Quantity" } th.u scope="col" { "Unit" }
                    th.p scope="col" { "Price" } th.n scope="col" { "Amount (" (currency) ")" }
                } } "\n"
                @for project in &part.projects { (of_project(project, has_customers, spec)) }
                @if !part.credits.is_empty() { (credits(part)) }
            } "\n"
            table.totals {
                tbody {
                    @if let Some(net) = words::net(part) {
                        tr { th scope="row" { (net) } td.n { (figure(&part.net.to_string())) } }
                    }
                    @for vat in &part.vat {
                        tr { th scope="row" { (words::vat(vat)) } td.n { (figure(&vat.amount.to_string())) } }
                    }
                    tr.total {
                        th scope="row" { (words::total(part)) }
                        td.n { (currency) " " (figure(&part.total.to_string())) }
                    }
                }
            } "\n"
            @for note in &part.vat_notes { p.note { (seen(note)) } }
        } "\n"
    }
}

fn of_project(project: &BillProject, has_customers: bool, spec: &BillSpec) -> Markup {
    html! {
        tbody {
            tr.project { th scope="rowgroup" colspan="5" {
                (seen(&project.name))
                @if has_customers { span.of { " (" (seen(&project.customer)) ")" } }
            } } "\n"
            @for offering in &project.offerings { (of_offering(offering, spec)) }
            tr.subtotal {
                th scope="row" colspan="4" { "Subtotal " (seen(&project.name)) }
                td.n { (figure(&project.subtotal.to_string())) }
            } "\n"
        } "\n"
    }
}

fn of_offering(offering: &BillOffering, spec: &BillSpec) -> Markup {
    html! {
        tr.offering {
            th scope="row" colspan="4" { (seen(&offering.name)) }
            td.n { (figure(&offering.subtotal.to_string())) }
        } "\n"
        @for line in &offering.lines {
            tr {
                td.line { (seen(&words::description(line, spec))) span.of { ", " (seen(&line.resource)) } }
                td.n { (figure(&line.quantity.to_string())) } td.u { (seen(&line.unit)) }
                td.p { (words::price(line)) } td.n { (figure(&line.amount.to_string())) }
            } "\n"
        }
    }
}

fn credits(part: &BillPart) -> Markup {
    html! {
        tbody {
            tr.project { th scope="rowgroup" colspan="5" { (words::credits(part)) } } "\n"
            @for credit in &part.credits {
                tr {
                    td.line colspan="4" {
                        (seen(&words::reason(credit)))
                        @if let Some(project) = &credit.project { span.of { " (" (seen(project)) ")" } }
                    }
                    td.n { (figure(&credit.amount.to_string())) }
                } "\n"
            }
        } "\n"
    }
}
