//! The page that lists statements.

use maud::{Markup, html};

use super::{Mailing, amounts};
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::pack::UnitTotal;
use crate::report::{Namesakes, capitalised, ranges_in_words};
use crate::text::visible::shown;
use crate::text::{grouped, grouped_decimal};
use crate::write::html::document::Document;
use crate::write::html::head::sender;
use crate::write::html::look;
use crate::write::instants::in_words;

pub(crate) fn page(mailing: &Mailing<'_>) -> Markup {
    let title = format!("Statements of {}", look::period(mailing.provenance.period));
    let style = include_str!("index.css");
    let document = Document { title: &title, style, script: None, can_be_dark: true };
    document.page(&html! {
        (sender(mailing.letterhead))
        h1 { (title) } "\n"
        dl { @for (term, text) in facts(mailing) { div { dt { (term) } dd { (shown(&text)) } } } } "\n"
        (table(mailing))
        footer {
            "Made by usagebook " (mailing.provenance.tool_version)
            ". manifest.json has the size and SHA-256 of every file; mail-merge.csv is the table to send them by."
        } "\n"
    })
}

fn facts(mailing: &Mailing<'_>) -> Vec<(&'static str, String)> {
    let provenance = mailing.provenance;
    let all: u64 = mailing.totals.iter().map(|(_, total)| total.records).sum();
    let filters = provenance.filters.iter();
    let filters: Vec<String> =
        filters.map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
    let recipients = match mailing.per {
        Dimension::Customer => "Customers",
        Dimension::Project => "Projects",
        _ => "Recipients",
    };
    let mut facts = vec![
        (recipients, grouped(mailing.mailed.len() as u64)),
        ("Records", grouped(all)),
        ("As of", provenance.as_of.to_string()),
        ("Time zone", provenance.timezone.name().to_owned()),
    ];
    facts.extend(provenance.shown_basis().map(|based| ("Figures are made of", based.to_string())));
    if !filters.is_empty() {
        facts.push(("Filters", filters.join("; ")));
    }
    if !provenance.partial_periods.is_empty() {
        let months = ranges_in_words(&provenance.partial_periods);
        facts.push(("Incomplete months", format!("{months}: more usage may come")));
    }
    facts.extend(provenance.states.iter().map(|month| {
        ("Status", format!("{} {}", month.period.in_words(), in_words(&month.state.to_string())))
    }));
    facts
}

/// What stands in one line: records, a figure, and its unit or currency.
struct Line<'a> {
    records: String,
    figure: String,
    unit: &'a str,
}

/// One row a recipient and unit or currency; the recipient's name and files are in the first of its rows.
fn table(mailing: &Mailing<'_>) -> Markup {
    let uuids: Vec<String> = mailing.mailed.iter().map(|mailed| mailed.addressee.to_string()).collect();
    let bearers = mailing.mailed.iter().map(|mailed| &*mailed.addressee.name);
    let namesakes = Namesakes::new(bearers.zip(uuids.iter().map(String::as_str)));
    let usage = mailing.totals.iter().map(|(unit, amount)| (unit.as_str(), *amount));
    let money = mailing.money_totals.iter().map(|(currency, amount)| (currency.as_str(), *amount));
    let totals = lines(usage, money);
    html! {
        table {
            "\n"
            thead { tr {
                th scope="col" { (capitalised(&mailing.per.heading().replace('_', " "))) } th scope="col" { "Files" } th.n scope="col" { "Records" }
                th.n scope="col" { "Usage, amount" } th scope="col" { "Unit, currency" }
            } } "\n"
            @for (mailed, uuid) in mailing.mailed.iter().zip(&uuids) {
                @let name = &*mailed.addressee.name;
                @let money = mailed.money_ties.iter().map(|tie| (tie.currency.as_str(), tie.total));
                @let lines = lines(amounts(&mailed.ties), money);
                @let head = html! {
                    th scope="rowgroup" rowspan=(lines.len()) { (shown(name)) (namesakes.mark(name, uuid)) }
                    td rowspan=(lines.len()) {
                        @for (file, format) in mailed.files.iter().zip(mailing.formats) {
                            a href=(file) { (format) } " "
                        }
                    }
                };
                tbody { "\n" (rows(&lines, &head)) } "\n"
            }
            @let head = html! { th scope="rowgroup" colspan="2" rowspan=(totals.len()) { "Total" } };
            tfoot { "\n" (rows(&totals, &head)) } "\n"
        } "\n"
    }
}

/// Lines, the first of them behind the head of them all.
fn rows(lines: &[Line<'_>], head: &Markup) -> Markup {
    html! { @for (at, line) in lines.iter().enumerate() {
        tr {
            @if at == 0 { (head) }
            td.n { (line.records) } td.n { (grouped_decimal(&line.figure)) } td { (shown(line.unit)) }
        } "\n"
    } }
}

fn lines<'a>(
    usage: impl Iterator<Item = (&'a str, UnitTotal)>,
    money: impl Iterator<Item = (&'a str, Amount)>,
) -> Vec<Line<'a>> {
    let usage = usage.map(|(unit, amount)| Line {
        records: grouped(amount.records),
        figure: amount.usage.to_string(),
        unit,
    });
    let money = money.map(|(unit, amount)| Line { records: String::new(), figure: amount.to_string(), unit });
    usage.chain(money).collect()
}
