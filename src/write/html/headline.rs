//! Headline figures: a card for each unit, and for each currency where there are prices.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use super::figure;
use super::look::{Look, amount_at, count_at, plural, quantity_at, text_at};
use crate::pack::Pack;
use crate::report::{Cells, ColumnId, Report};
use crate::text::visible::shown;

/// More cards than this are a table, and stand there.
const CARDS_MAX: usize = 60;

/// Figures of more characters than this are set smaller.
const LONG: usize = 15;

pub(super) fn cards(look: &Look<'_>) -> Markup {
    let report = &look.pack.summary;
    if report.rows.is_empty() {
        return html! { p { "No record is of this time, or the filters let none through." } "\n" };
    }
    let places = Places::new(report);
    let cells = report.totals.cells();
    let customers = customers(look.pack);
    // Money first: it is what a month comes to over all units.
    let mut order: Vec<usize> = (0..report.totals.len()).collect();
    order.sort_by_key(|row| text_at(&cells, *row, places.unit).is_some());
    let more = order.len().saturating_sub(CARDS_MAX);
    order.truncate(CARDS_MAX);
    html! {
        ul.cards { @for row in order { "\n" (card(look, &places, &cells, row, &customers)) } } "\n"
        @if more > 0 {
            p.note {
                "And " (plural(more, "more total", "more totals"))
                ": see the last rows of the " a href="#summary" { "summary" } "."
            }
            "\n"
        }
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
    look: &Look<'_>,
    places: &Places,
    cells: &Cells<'_>,
    row: usize,
    customers: &HashMap<&str, usize>,
) -> Markup {
    let unit = text_at(cells, row, places.unit);
    let currency = text_at(cells, row, places.currency);
    let amount = amount_at(cells, row, places.amount).map(figure::amount);
    let title = match (unit, currency) {
        (Some(unit), _) => shown(unit),
        (None, Some(currency)) => format!("Amount, {currency}").into(),
        (None, None) => "Total".into(),
    };
    let usage = quantity_at(cells, row, places.usage);
    let records =
        count_at(cells, row, places.records).map(|count| plural(count as usize, "record", "records"));
    let customers = unit.and_then(|unit| customers.get(unit));
    let customers = customers.map(|count| plural(*count, "customer", "customers"));
    let counts: Vec<String> = [records, customers].into_iter().flatten().collect();
    html! {
        li.card {
            p.unit { (title) }
            @match (usage, &amount) {
                (Some(usage), _) => {
                    (large(&look.usage(usage), Some(figure::exact(usage)).filter(|_| look.decimals() < 2)))
                    (change(look, places, cells, row))
                }
                (None, Some(amount)) => {
                    (large(amount, None))
                    (money_change(look, currency))
                }
                (None, None) => {}
            }
            @if let (Some(_), Some(amount)) = (unit, &amount) {
                p.money { (format!("{amount} {}", currency.unwrap_or_default()).trim_end()) }
            }
            p.counts { (counts.join(" · ")) }
        }
    }
}

fn large(text: &str, exact: Option<String>) -> Markup {
    html! { p.figure.long[text.chars().count() > LONG] title=[exact] { (text) } }
}

/// What usage was in the previous period and how much it has changed, or why that is not shown.
fn change(look: &Look<'_>, places: &Places, cells: &Cells<'_>, row: usize) -> Markup {
    let Some(compared) = look.pack.provenance.comparison.as_ref() else { return Markup::default() };
    let before = quantity_at(cells, row, places.before);
    let left_out = compared.left_out.first().filter(|_| compared.is_empty());
    html! {
        p.change {
            @match (quantity_at(cells, row, places.percent), before, left_out) {
                (Some(percent), Some(before), _) => {
                    strong { (figure::percent(percent)) } " from " (look.usage(before))
                }
                (None, Some(before), _) => { "was " (look.usage(before)) }
                (_, None, Some(left_out)) => { "not compared: " (left_out.reason()) }
                (_, None, None) => "no usage before",
            }
            @if let (Some(_), Some(usage)) = (before, quantity_at(cells, row, places.compared)) {
                " to " (look.usage(usage)) ", like for like"
            }
        }
    }
}

/// What an amount was in the previous period and how much it has changed, or why that is not shown; and the year to date.
fn money_change(look: &Look<'_>, currency: Option<&str>) -> Markup {
    let Some(amounts) = &look.pack.amounts else { return Markup::default() };
    let of = amounts.currencies.iter().find(|of| Some(of.currency.as_str()) == currency);
    let Some(of) = of else { return Markup::default() };
    html! {
        p.change {
            @match (of.percent, of.before) {
                (Some(percent), Some(before)) => {
                    strong { (figure::percent(percent)) } " from " (figure::amount(before))
                }
                (None, Some(before)) => { "was " (figure::amount(before)) }
                (_, None) if amounts.before.is_some() => "no amount before",
                (_, None) => "not compared",
            }
        }
        @if let (Some(to_date), true) = (of.to_date, amounts.year != Some(amounts.period)) {
            p.counts { "Year to date " (figure::amount(to_date)) }
        }
    }
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
