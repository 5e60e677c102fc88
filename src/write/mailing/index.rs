//! The page that lists statements.

use super::{Mailed, Mailing, amounts};
use crate::amount::Amount;
use crate::pack::UnitTotal;
use crate::report::{Namesakes, ranges_in_words};
use crate::text::uuid_text;
use crate::text::visible::shown;
use crate::text::{grouped, grouped_decimal};
use crate::write::html::head::sender;
use crate::write::html::look;
use crate::write::html::markup::Markup;

pub fn page(mailing: &Mailing<'_>) -> Markup {
    let title = format!("Statements of {}", look::period(mailing.provenance.period));
    let mut out = Markup::default();
    out.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n");
    out.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.raw("<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n");
    out.element("title", &title)
        .raw("\n<style>")
        .raw(include_str!("index.css"))
        .raw("</style>\n</head>\n<body>\n");
    sender(&mut out, mailing.letterhead);
    out.element("h1", &title).raw("\n");
    facts(&mut out, mailing);
    table(&mut out, mailing);
    let version = mailing.provenance.tool_version;
    let about = format!(
        "Made by usagebook {version}. manifest.json has the size and SHA-256 of every file; mail-merge.csv is the table to send them by."
    );
    out.element("footer", &about).raw("\n</body>\n</html>\n");
    out
}

fn facts(out: &mut Markup, mailing: &Mailing<'_>) {
    let provenance = mailing.provenance;
    let all: u64 = mailing.totals.iter().map(|(_, total)| total.records).sum();
    let filters = provenance.filters.iter();
    let filters: Vec<String> =
        filters.map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
    let mut facts = vec![
        ("Customers", grouped(mailing.mailed.len() as u64)),
        ("Records", grouped(all)),
        ("As of", provenance.as_of.to_string()),
        ("Time zone", provenance.timezone.name().to_owned()),
    ];
    if !filters.is_empty() {
        facts.push(("Filters", filters.join("; ")));
    }
    if !provenance.partial_periods.is_empty() {
        let months = ranges_in_words(&provenance.partial_periods);
        facts.push(("Incomplete months", format!("{months}: more usage may come")));
    }
    facts.extend(
        provenance
            .states
            .iter()
            .map(|month| ("Status", format!("{} {}", month.period.in_words(), month.state))),
    );
    out.raw("<dl>");
    for (term, text) in facts {
        out.raw("<div>").element("dt", term).element("dd", &text).raw("</div>");
    }
    out.raw("</dl>\n");
}

/// What stands in one line: records, a figure, and its unit or currency.
struct Line<'a> {
    records: String,
    figure: String,
    unit: &'a str,
}

/// One row a customer and unit or currency; the customer's name and files stand in the first of its rows.
fn table(out: &mut Markup, mailing: &Mailing<'_>) {
    out.raw("<table>\n<thead><tr><th scope=\"col\">Customer<th scope=\"col\">Files<th scope=\"col\" class=\"n\">Records");
    out.raw("<th scope=\"col\" class=\"n\">Usage, amount<th scope=\"col\">Unit, currency</tr></thead>\n");
    let uuids: Vec<String> = mailing.mailed.iter().map(|mailed| uuid_text(mailed.customer.uuid)).collect();
    let bearers = mailing.mailed.iter().map(|mailed| &*mailed.customer.name);
    let namesakes = Namesakes::new(bearers.zip(uuids.iter().map(String::as_str)));
    for (mailed, uuid) in mailing.mailed.iter().zip(&uuids) {
        let name = &*mailed.customer.name;
        out.raw("<tbody>\n");
        customer(out, mailing, mailed, &format!("{}{}", shown(name), namesakes.mark(name, uuid)));
        out.raw("</tbody>\n");
    }
    let usage = mailing.totals.iter().map(|(unit, amount)| (unit.as_str(), *amount));
    let money = mailing.money_totals.iter().map(|(currency, amount)| (currency.as_str(), *amount));
    let lines = lines(usage, money);
    out.raw("<tfoot>\n");
    for (at, line) in lines.iter().enumerate() {
        out.raw("<tr>");
        if at == 0 {
            out.raw("<th scope=\"rowgroup\" colspan=\"2\" rowspan=\"").put(lines.len()).raw("\">Total");
        }
        line.draw(out);
    }
    out.raw("</tfoot>\n</table>\n");
}

fn customer(out: &mut Markup, mailing: &Mailing<'_>, mailed: &Mailed, name: &str) {
    let money = mailed.money_ties.iter().map(|tie| (tie.currency.as_str(), tie.total));
    let lines = lines(amounts(&mailed.ties), money);
    for (at, line) in lines.iter().enumerate() {
        out.raw("<tr>");
        if at == 0 {
            out.raw("<th scope=\"rowgroup\" rowspan=\"").put(lines.len()).raw("\">");
            out.text(name);
            out.raw("<td rowspan=\"").put(lines.len()).raw("\">");
            for (file, format) in mailed.files.iter().zip(mailing.formats) {
                out.raw("<a href=\"").text(file).raw("\">").text(format).raw("</a> ");
            }
        }
        line.draw(out);
    }
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

impl Line<'_> {
    fn draw(&self, out: &mut Markup) {
        out.element("td class=\"n\"", &self.records);
        out.element("td class=\"n\"", &grouped_decimal(&self.figure));
        out.element("td", &shown(self.unit)).raw("</tr>\n");
    }
}
