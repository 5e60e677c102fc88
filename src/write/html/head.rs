//! The head of a page: whose figures, of when, in which state, and whether they tie out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::look::{self, Look, plural};
use super::markup::Markup;
use crate::letterhead::Letterhead;
use crate::pack::{MoneyTie, Pack, Tie};
use crate::text::visible::shown;

/// Whether all tables agree, and every record is accounted for.
pub fn is_tied(pack: &Pack) -> bool {
    let is_tied = pack.ties.iter().all(Tie::is_tied) && pack.money_ties.iter().all(MoneyTie::is_tied);
    is_tied && pack.provenance.accounting.is_balanced()
}

/// `Usage in October 2026`, `Acme: usage in October 2026`.
pub fn title(pack: &Pack) -> String {
    let period = look::period(pack.period);
    match &pack.addressee {
        Some(customer) => format!("{}: usage in {period}", shown(&customer.name)),
        None => format!("Usage in {period}"),
    }
}

/// Draws the head.
pub fn head(out: &mut Markup, look: &Look<'_>) {
    let pack = look.pack;
    out.raw("<header class=\"head\">\n");
    sender(out, &pack.letterhead);
    out.element("h1", &title(pack)).raw("\n<ul class=\"badges\" aria-label=\"Status\">");
    badges(out, pack);
    out.raw("</ul>\n<dl class=\"facts\">");
    for (term, text) in facts(pack) {
        out.raw("<div>").element("dt", &term).element("dd", &text).raw("</div>");
    }
    out.raw("</dl>\n</header>\n");
}

/// Draws who sends it.
pub fn sender(out: &mut Markup, letterhead: &Letterhead) {
    if letterhead.organisation.is_none() && letterhead.logo.is_none() && letterhead.contact.is_none() {
        return;
    }
    out.raw("<div class=\"sender\">");
    if let Some(logo) = &letterhead.logo {
        // The name stands beside it: the picture adds nothing for who does not see it.
        let alternative = if letterhead.organisation.is_some() { "" } else { "Logo" };
        out.raw("<img alt=\"").raw(alternative).raw("\" src=\"data:").raw(logo.media_type).raw(";base64,");
        out.raw(&BASE64.encode(&logo.bytes)).raw("\">");
    }
    if let Some(organisation) = &letterhead.organisation {
        out.element("p class=\"organisation\"", organisation);
    }
    if let Some(contact) = &letterhead.contact {
        out.element("p class=\"contact\"", contact);
    }
    out.raw("</div>\n");
}

fn badges(out: &mut Markup, pack: &Pack) {
    // What a customer is sent says nothing about checks.
    if pack.addressee.is_none() {
        let class = match (pack.warnings(), &pack.checked) {
            (0, Some(_)) => "good",
            _ => "warn",
        };
        badge(out, class, "#warnings", &pack.verdict_text());
        let codes = pack.checked.iter().flat_map(|checked| &checked.verdict.not_checked);
        match codes.map(|not| not.codes.len()).sum() {
            0 => {}
            count => badge(out, "warn", "#not-checked", &plural(count, "check not made", "checks not made")),
        }
        let is_tied = is_tied(pack);
        let (class, tables) =
            if is_tied { ("good", "Tables add up") } else { ("bad", "Tables do not add up") };
        badge(out, class, "#checks", tables);
    }
    for month in &pack.provenance.states {
        let text = match pack.provenance.states.len() {
            1 => month.state.to_string(),
            _ => format!("{} {}", month.period.in_words(), month.state),
        };
        out.raw("<li>").element("span class=\"badge\"", &text);
    }
    for text in pack.replaced_texts() {
        out.raw("<li>").element("span class=\"badge warn\"", &text);
    }
    for period in &pack.provenance.partial_periods {
        let text = format!("{}* is incomplete: more usage may come", period.in_words());
        out.raw("<li>").element("span class=\"badge warn\"", &text);
    }
}

fn badge(out: &mut Markup, class: &str, href: &str, text: &str) {
    out.raw("<li><a class=\"badge ").raw(class).raw("\" href=\"").raw(href).raw("\">").text(text).raw("</a>");
}

fn facts(pack: &Pack) -> Vec<(String, String)> {
    let provenance = &pack.provenance;
    let filters: Vec<String> =
        provenance.filters.iter().map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
    let mut facts = vec![("Period", look::period(pack.period))];
    if let Some(compared) = &provenance.comparison {
        facts.push(("Compared with", look::compared(compared, pack.period_before)));
    }
    facts.push(("As of", provenance.as_of.to_string()));
    facts.push(("Time zone", provenance.timezone.name().to_owned()));
    facts.push(("Filters", if filters.is_empty() { "none".to_owned() } else { filters.join("; ") }));
    if let Some(pricing) = &provenance.pricing {
        facts.push(("Prices", pricing.price_list.path.clone()));
        facts.push(("Rounded", pricing.rounding.clone()));
    }
    facts.push(("Made by", format!("usagebook {}", provenance.tool_version)));
    facts.into_iter().map(|(term, text)| (term.to_owned(), text)).collect()
}
