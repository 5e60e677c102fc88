//! The head of a page: whose figures, of when, in which state, and whether they tie out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use maud::{Markup, html};

use super::look::{self, Look, plural};
use crate::letterhead::Letterhead;
use crate::pack::Pack;
use crate::period::day_in_words;
use crate::report::MonthState;
use crate::text::visible::shown;
use crate::write::instants::in_words;

/// Whether all tables agree, and every record is accounted for.
pub(crate) fn is_tied(pack: &Pack) -> bool {
    pack.is_tied() && pack.provenance.accounting.is_balanced()
}

/// `Usage in October 2026`, `Acme: usage in October 2026`.
pub(crate) fn title(pack: &Pack) -> String {
    let period = look::period(pack.period);
    match &pack.addressee {
        Some(customer) => format!("{}: usage in {period}", shown(&customer.name)),
        None => format!("Usage in {period}"),
    }
}

/// Draws the head.
pub(crate) fn head(look: &Look<'_>) -> Markup {
    let pack = look.pack;
    html! {
        header.head {
            (sender(&pack.letterhead))
            h1 { (title(pack)) } "\n"
            ul.badges aria-label="Status" { (badges(pack)) } "\n"
            dl.facts { @for (term, text) in facts(pack) { div { dt { (term) } dd { (shown(&text)) } } } }
        }
        "\n"
    }
}

/// Draws the sender's picture, if there is one.
pub(crate) fn picture(letterhead: &Letterhead) -> Markup {
    // The name is next to the picture, which adds nothing for readers who do not see it.
    let alternative = if letterhead.organisation.is_some() { "" } else { "Logo" };
    html! {
        @if let Some(logo) = &letterhead.logo {
            img alt=(alternative) src={ "data:" (logo.media_type) ";base64," (BASE64.encode(&logo.bytes)) };
        }
    }
}

/// Draws who sends it.
pub(crate) fn sender(letterhead: &Letterhead) -> Markup {
    let Letterhead { organisation, contact, logo, .. } = letterhead;
    html! {
        @if organisation.is_some() || contact.is_some() || logo.is_some() {
            div.sender {
                (picture(letterhead))
                @if let Some(organisation) = organisation { p.organisation { (organisation) } }
                @if let Some(contact) = contact { p.contact { (contact) } }
            }
            "\n"
        }
    }
}

fn badges(pack: &Pack) -> Markup {
    let provenance = &pack.provenance;
    let state_of = |month: &MonthState| match provenance.states.len() {
        1 => in_words(&month.state.to_string()).into_owned(),
        _ => format!("{} {}", month.period.in_words(), in_words(&month.state.to_string())),
    };
    html! {
        // What a customer is sent says nothing about checks.
        @if pack.addressee.is_none() { (verdicts(pack)) }
        @for month in &provenance.states { li { span.badge { (state_of(month)) } } }
        @for text in pack.closed_texts() { li { span.badge { (text) } } }
        @for text in pack.replaced_texts() { li { span.badge.warn { (text) } } }
        @for period in &provenance.partial_periods {
            li { span.badge.warn { (period.in_words()) "* is incomplete: more usage may come" } }
        }
        @for period in &pack.lacking {
            li { span.badge.warn { (period.in_words()) " is incomplete: records are missing" } }
        }
    }
}

/// What the checks found, and whether the tables add up.
fn verdicts(pack: &Pack) -> Markup {
    let class = match (pack.warnings(), &pack.checked) {
        (0, Some(_)) => "good",
        _ => "warn",
    };
    let not_checked = pack.checked.iter().flat_map(|checked| &checked.verdict.not_checked);
    let not_checked: usize = not_checked.map(|not| not.codes.len()).sum();
    let (tied_class, tables) =
        if is_tied(pack) { ("good", "Tables add up") } else { ("bad", "Tables do not add up") };
    html! {
        (badge(class, "#warnings", &pack.verdict_text()))
        @if not_checked > 0 {
            (badge("warn", "#not-checked", &plural(not_checked, "check not made", "checks not made")))
        }
        (badge(tied_class, "#checks", tables))
    }
}

fn badge(class: &str, href: &str, text: &str) -> Markup {
    html! { li { a.badge.(class) href=(href) { (text) } } }
}

fn facts(pack: &Pack) -> Vec<(String, String)> {
    let provenance = &pack.provenance;
    let filters: Vec<String> =
        provenance.filters.iter().map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
    let mut facts = vec![("Period", look::period(pack.period))];
    if let Some(compared) = &provenance.comparison {
        facts.push(("Compared with", look::compared(compared, pack.period_before)));
    }
    facts.push(("As of", day_in_words(provenance.as_of)));
    facts.push(("Time zone", provenance.timezone.name().to_owned()));
    facts.push(("Filters", if filters.is_empty() { "none".to_owned() } else { filters.join("; ") }));
    if let Some(pricing) = &provenance.pricing {
        facts.push(("Prices", pricing.price_list.name().to_owned()));
        facts.push(("Rounded", pricing.rounding.clone()));
        facts.extend(pricing.frozen_text().map(|months| ("Amounts frozen", months)));
    }
    facts.extend(provenance.shown_basis().map(|based| ("Figures are made of", based.to_string())));
    facts.push(("Made by", format!("usagebook {}", provenance.tool_version)));
    facts.into_iter().map(|(term, text)| (term.to_owned(), text)).collect()
}
