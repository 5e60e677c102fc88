//! Headline figures: a card for each unit, and for each currency where there are prices.

use std::collections::{HashMap, HashSet};

use super::figure;
use super::look::{Look, amount_at, count_at, plural, quantity_at, text_at};
use super::markup::Markup;
use crate::pack::Pack;
use crate::report::{Cells, ColumnId, Report};
use crate::text::visible::shown;

/// More cards than this are a table, and stand there.
const CARDS_MAX: usize = 60;

/// Figures of more characters than this are set smaller.
const LONG: usize = 15;

pub fn cards(out: &mut Markup, look: &Look<'_>) {
    let report = &look.pack.summary;
    if report.rows.is_empty() {
        out.raw("<p>No record is of this time, or the filters let none through.</p>\n");
        return;
    }
    let places = Places::new(report);
    let cells = report.totals.cells();
    let customers = customers(look.pack);
    out.raw("<ul class=\"cards\">\n");
    // Money first: it is what a month comes to over all units.
    let mut order: Vec<usize> = (0..report.totals.len()).collect();
    order.sort_by_key(|row| text_at(&cells, *row, places.unit).is_some());
    for row in order.into_iter().take(CARDS_MAX) {
        card(out, look, &places, &cells, row, &customers);
    }
    out.raw("</ul>\n");
    if report.totals.len() > CARDS_MAX {
        let more = plural(report.totals.len() - CARDS_MAX, "more total", "more totals");
        out.raw("<p class=\"note\">And ")
            .text(&more)
            .raw(": see the last rows of the <a href=\"#summary\">summary</a>.</p>\n");
    }
}

/// Where the figures of a card stand.
struct Places {
    unit: Option<usize>,
    usage: Option<usize>,
    before: Option<usize>,
    compared: Option<usize>,
    percent: Option<usize>,
    currency: Option<usize>,
    amount: Option<usize>,
    records: Option<usize>,
}

impl Places {
    fn new(report: &Report) -> Self {
        Self {
            unit: report.column(ColumnId::MeasuredUnit),
            usage: report.column(ColumnId::Usage),
            before: report.column(ColumnId::UsageBefore),
            compared: report.column(ColumnId::UsageCompared),
            percent: report.column(ColumnId::ChangePercent),
            currency: report.column(ColumnId::Currency),
            amount: report.column(ColumnId::Amount),
            records: report.column(ColumnId::Records),
        }
    }
}

fn card(
    out: &mut Markup,
    look: &Look<'_>,
    places: &Places,
    cells: &Cells<'_>,
    row: usize,
    customers: &HashMap<&str, usize>,
) {
    let unit = text_at(cells, row, places.unit);
    let currency = text_at(cells, row, places.currency);
    let amount = amount_at(cells, row, places.amount).map(figure::amount);
    out.raw("<li class=\"card\">");
    match (unit, currency) {
        (Some(unit), _) => out.element("p class=\"unit\"", &shown(unit)),
        (None, Some(currency)) => out.element("p class=\"unit\"", &format!("Amount, {currency}")),
        (None, None) => out.element("p class=\"unit\"", "Total"),
    };
    match quantity_at(cells, row, places.usage) {
        Some(usage) => {
            large(out, &look.usage(usage), Some(figure::exact(usage)).filter(|_| look.decimals() < 2));
        }
        None => amount.iter().for_each(|amount| large(out, amount, None)),
    }
    change(out, look, places, cells, row);
    if let (Some(_), Some(amount)) = (unit, &amount) {
        let money = format!("{amount} {}", currency.unwrap_or_default());
        out.element("p class=\"money\"", money.trim_end());
    }
    let records =
        count_at(cells, row, places.records).map(|count| plural(count as usize, "record", "records"));
    let customers = unit.and_then(|unit| customers.get(unit));
    let customers = customers.map(|count| plural(*count, "customer", "customers"));
    let counts: Vec<String> = [records, customers].into_iter().flatten().collect();
    out.element("p class=\"counts\"", &counts.join(" · ")).raw("</li>\n");
}

fn large(out: &mut Markup, text: &str, exact: Option<String>) {
    out.raw("<p class=\"figure").raw(if text.chars().count() > LONG { " long\"" } else { "\"" });
    if let Some(exact) = exact {
        out.raw(" title=\"").text(&exact).raw("\"");
    }
    out.raw(">").text(text).raw("</p>");
}

/// What usage was in the previous period and how much it has changed, or why that is not shown.
fn change(out: &mut Markup, look: &Look<'_>, places: &Places, cells: &Cells<'_>, row: usize) {
    let Some(compared) = look.pack.provenance.comparison.as_ref() else { return };
    if quantity_at(cells, row, places.usage).is_none() {
        return;
    }
    out.raw("<p class=\"change\">");
    let before = quantity_at(cells, row, places.before);
    match (quantity_at(cells, row, places.percent), before) {
        (Some(percent), Some(before)) => {
            out.element("strong", &figure::percent(percent)).raw(" from ").text(&look.usage(before))
        }
        (None, Some(before)) => out.raw("was ").text(&look.usage(before)),
        (_, None) => match compared.left_out.first().filter(|_| compared.is_empty()) {
            Some(left_out) => out.raw("not compared: ").text(&left_out.reason()),
            None => out.raw("no usage before"),
        },
    };
    if let (Some(_), Some(usage)) = (before, quantity_at(cells, row, places.compared)) {
        out.raw(" to ").text(&look.usage(usage)).raw(", like for like");
    }
    out.raw("</p>");
}

/// How many customers have rows in each unit.
fn customers(pack: &Pack) -> HashMap<&str, usize> {
    let owners = &pack.projects.owners;
    let uuid = owners.columns.iter().position(ColumnId::is_uuid);
    let unit = owners.column(ColumnId::MeasuredUnit);
    let cells = owners.rows.cells();
    let mut uuids: HashMap<&str, HashSet<&str>> = HashMap::new();
    for row in 0..owners.rows.len() {
        if let (Some(unit), Some(uuid)) = (text_at(&cells, row, unit), text_at(&cells, row, uuid)) {
            uuids.entry(unit).or_default().insert(uuid);
        }
    }
    uuids.into_iter().map(|(unit, uuids)| (unit, uuids.len())).collect()
}
