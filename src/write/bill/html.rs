//! A bill as a page: for browsers, and to be printed on A4. It fetches nothing and runs nothing.

use maud::{Markup, html};

use super::words::{self, DRAFT, DRAFT_SENTENCE, figure, seen};
use crate::bill::{Bill, BillOffering, BillPart, BillProject, BillSpec, Recipient};
use crate::write::html::document::Document;
use crate::write::html::head::picture;

pub(super) fn page(bill: &Bill, spec: &BillSpec) -> Markup {
    let title = format!("{}, {}", words::full_title(bill, spec), seen(bill.recipient.addressee()));
    let style = [include_str!("bill.css"), &foot(bill, spec)].concat();
    let document = Document { title: &title, style: &style, script: None, can_be_dark: false };
    document.page(&html! {
        @if bill.issued.is_none() { p.watermark aria-hidden="true" { (DRAFT) } }
        (sender(spec))
        main {
            div.top { (recipient(&bill.recipient)) (facts(bill, spec)) }
            h1 { (words::title(bill, spec)) } "\n"
            @if bill.issued.is_none() { p.draft { (DRAFT_SENTENCE) } "\n" }
            @for part in &bill.parts { (of_part(part, bill, spec)) }
            @let payment = words::payment(bill, &bill.parts, spec);
            @if !payment.is_empty() {
                section.payment { h2 { "Payment" } @for line in payment { p { (seen(&line)) } } } "\n"
            }
        } "\n"
    })
}

/// What printed pages have at their foot, as a rule of CSS in which no character of a name can end the text.
fn foot(bill: &Bill, spec: &BillSpec) -> String {
    let escaped = |character: char| match character {
        ' ' | 'a'..='z' | 'A'..='Z' | '0'..='9' => character.to_string(),
        other => format!("\\{:x} ", u32::from(other)),
    };
    let text: String = seen(&words::foot(bill, spec)).chars().map(escaped).collect();
    format!("@page {{ @bottom-left {{ content: \"{text}\"; font: 8pt system-ui, sans-serif; }} }}")
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
    let columns = Columns { has_rates: words::has_rates(part), recipient: &bill.recipient, spec };
    html! {
        section.part {
            @if bill.parts.len() > 1 { h2 { "Charges in " (currency) } }
            table {
                thead { tr {
                    th scope="col" { "Description" } th.n scope="col" { "Quantity" } th.u scope="col" { "Unit" }
                    th.p scope="col" { "Price" }
                    @if columns.has_rates { th.n scope="col" { (words::RATE) } }
                    th.n scope="col" { "Amount (" (currency) ")" }
                } } "\n"
                @for project in &part.projects { (of_project(project, columns)) }
                @if !part.credits.is_empty() { (credits(part, columns)) }
            } "\n"
            table.totals {
                tbody {
                    @if let Some(net) = words::net(part) {
                        tr { th scope="row" { (net) } td.n { (figure(&part.net.to_string())) } }
                    }
                    @for vat in &part.vat {
                        tr { th scope="row" { (words::vat(vat)) } td.n { (figure(&vat.amount.to_string())) } }
                    }
                    @if let Some((without, vat)) = words::without_vat(part) {
                        tr { th scope="row" { (without) } td.n { (figure(&vat.amount.to_string())) } }
                    }
                    tr.total {
                        th scope="row" { (words::total(part)) }
                        td.n { (currency) " " (figure(&part.total.to_string())) }
                    }
                }
            } "\n"
            @for note in &part.vat_notes { p.note { (seen(note)) } }
            @if let Some(rounding) = &part.rounding { p.small { (rounding) } }
        } "\n"
    }
}

/// What the table of a part has beyond its usual columns, and whose it is.
#[derive(Clone, Copy)]
struct Columns<'a> {
    has_rates: bool,
    recipient: &'a Recipient,
    spec: &'a BillSpec,
}

impl Columns<'_> {
    fn count(self) -> usize {
        5 + usize::from(self.has_rates)
    }

    /// A cell with a rate, if there is a column of them.
    fn rate(self, rate: Option<&str>) -> Markup {
        html! { @if self.has_rates { td.n { (words::rate(rate)) } } }
    }
}

fn of_project(project: &BillProject, columns: Columns<'_>) -> Markup {
    html! {
        tbody {
            tr.project { th scope="rowgroup" colspan=(columns.count()) {
                (seen(&project.name))
                @if columns.recipient.uuid.is_none() { span.of { " (" (seen(&project.customer)) ")" } }
            } } "\n"
            @for offering in &project.offerings { (of_offering(offering, columns)) }
            tr.subtotal {
                th scope="row" colspan=(columns.count() - 1) { "Subtotal " (seen(&project.name)) }
                td.n { (figure(&project.subtotal.to_string())) }
            } "\n"
        } "\n"
    }
}

fn of_offering(offering: &BillOffering, columns: Columns<'_>) -> Markup {
    html! {
        tr.offering {
            th scope="row" colspan=(columns.count() - 1) { (seen(&offering.name)) }
            td.n { (figure(&offering.subtotal.to_string())) }
        } "\n"
        @for line in &offering.lines {
            tr {
                td.line { (seen(&words::description(line, columns.spec))) span.of { ", " (seen(&line.resource)) } }
                td.n { (figure(&line.quantity.to_string())) } td.u { (seen(&line.unit)) }
                td.p { (words::price(line)) } (columns.rate(line.vat_rate.as_deref()))
                td.n { (figure(&line.amount.to_string())) }
            } "\n"
        }
    }
}

fn credits(part: &BillPart, columns: Columns<'_>) -> Markup {
    html! {
        tbody {
            tr.project { th scope="rowgroup" colspan=(columns.count()) { (words::credits(part)) } } "\n"
            @for credit in &part.credits {
                tr {
                    td.line colspan="4" {
                        (seen(&words::reason(credit)))
                        span.of { (seen(&words::of_credit(credit, columns.recipient))) }
                    }
                    (columns.rate(credit.vat_rate.as_deref()))
                    td.n { (figure(&credit.amount.to_string())) }
                } "\n"
            }
        } "\n"
    }
}
