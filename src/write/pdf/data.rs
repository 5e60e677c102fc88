//! A pack as data: what its template is filled with. Figures are texts, spelled as people read them.

use serde_json::{Value as Json, json};

use super::table::{ROWS_MAX, of_grid, signed, spelled};
use crate::pack::{Amounts, Pack};
use crate::period::{PeriodRange, day_in_words};
use crate::report::{ColumnId, ColumnKind, Report, ranges_in_words};
use crate::text::visible::shown;
use crate::write::grid::Grid;
use crate::write::headings::Medium;
use crate::write::instants::in_words;

/// All that the document says.
pub(super) fn data(pack: &Pack) -> Json {
    json!({
        "title": format!("Usage in {}", pack.period.map_or_else(|| "no month".to_owned(), PeriodRange::in_words)),
        "sender": super::sender(&pack.letterhead),
        "as_of": day_in_words(pack.provenance.as_of),
        "facts": facts(pack),
        "verdict": pack.verdict_text(),
        "has_warnings": pack.warnings() > 0,
        "adds_up": pack.is_tied() && pack.provenance.accounting.is_balanced(),
        "not_checked": pack.not_checked(),
        "amounts": pack.amounts.as_ref().map(|amounts| of_amounts(pack, amounts)),
        "usage": table(pack, "Usage by customer and component", &pack.summary, |_| None),
        "budget": pack.budget.as_ref().map(|report| table(pack, "Budgets", report, |_| None)),
        "changes": changes(pack),
        "checks": checks(pack),
    })
}

fn facts(pack: &Pack) -> Vec<(String, String)> {
    let provenance = &pack.provenance;
    let mut facts = vec![
        ("As of".to_owned(), day_in_words(provenance.as_of)),
        ("Time zone".to_owned(), provenance.timezone.name().to_owned()),
    ];
    if !provenance.partial_periods.is_empty() {
        let months = ranges_in_words(&provenance.partial_periods);
        facts.push(("Incomplete".to_owned(), format!("{months}: more usage may come")));
    }
    for month in &provenance.states {
        facts.push((
            format!("Status of {}", month.period.in_words()),
            in_words(&month.state.to_string()).into_owned(),
        ));
    }
    facts.extend(pack.closed_texts().into_iter().map(|text| ("Closed".to_owned(), text)));
    facts.extend(pack.replaced_texts().into_iter().map(|text| ("Replaced".to_owned(), text)));
    let filters: Vec<String> =
        provenance.filters.iter().map(|(name, values)| format!("{name} = {}", values.join(" or "))).collect();
    if !filters.is_empty() {
        facts.push(("Filters".to_owned(), filters.join("; ")));
    }
    if let Some(pricing) = &provenance.pricing {
        facts.push(("Prices".to_owned(), pricing.price_list.name().to_owned()));
        facts.push(("Rounded".to_owned(), pricing.rounding.clone()));
        facts.extend(pricing.frozen_text().map(|months| ("Amounts frozen".to_owned(), months)));
    }
    facts.extend(provenance.shown_basis().map(|based| ("Figures are made of".to_owned(), based.to_string())));
    facts.push(("Records".to_owned(), provenance.accounting.to_string()));
    facts.push(("Made by".to_owned(), format!("usagebook {}", provenance.tool_version)));
    facts
}

fn of_amounts(pack: &Pack, amounts: &Amounts) -> Json {
    let cards = amounts.currencies.iter().map(|of| {
        json!({
            "currency": of.currency,
            "amount": spelled(&of.amount.to_string()),
            "percent": of.percent.map(|percent| signed(&percent.to_string()) + " %"),
            "before": of.before.map(|before| spelled(&before.to_string())),
        })
    });
    json!({
        "about": amounts.about(),
        "cards": cards.collect::<Json>(),
        "table": table(pack, "Amounts by customer and currency", &amounts.report, |id| amounts.heading(id)),
        "months": (amounts.months.len() > 1)
            .then(|| table(pack, "Amounts month by month", &amounts.by_month, month_heading)),
    })
}

/// `May 2026` over the amounts of a month.
fn month_heading(column: ColumnId) -> Option<String> {
    match column {
        ColumnId::AmountOf(_) => {
            let month: crate::period::BillingPeriod = column.heading().parse().ok()?;
            Some(month.in_short())
        }
        _ => None,
    }
}

fn changes(pack: &Pack) -> Json {
    let Some(late) = &pack.late else { return Json::Null };
    let mut texts = [pack.replaced_texts(), pack.changed_usages.clone()].concat();
    if late.rows.is_empty() && pack.replaced.is_empty() {
        texts.push(pack.unchanged_text());
    }
    json!({
        "texts": texts,
        "table": (!late.rows.is_empty()).then(|| table(pack, "Changes since months were closed", late, |_| None)),
    })
}

fn checks(pack: &Pack) -> Json {
    let word = |is_tied| if is_tied { "adds up" } else { "does not add up" };
    let usage = pack.ties.iter().map(|tie| {
        let total = spelled(&tie.total.usage.to_string());
        let unit = if tie.measured_unit.is_empty() { "(none)" } else { &tie.measured_unit };
        json!([shown(unit), total, word(tie.is_tied())])
    });
    let money = pack.money_ties.iter().map(|tie| {
        let is_tied = tie.is_tied() && pack.amounts.as_ref().is_none_or(|amounts| amounts.is_tied(tie));
        json!([tie.currency, spelled(&tie.total.to_string()), word(is_tied)])
    });
    let notices = pack.notices().into_iter().map(|(notice, stake)| {
        let text = [&*in_words(&notice.message), &stake, &notice.answers()].join(" ");
        json!({ "kind": notice.kind(), "what": notice.code.name().replace('_', " "), "text": text.trim_end() })
    });
    let ties = json!({
        "caption": "What all tables come to",
        "columns": [
            { "heading": "Unit or currency", "right": false, "weight": 10 },
            { "heading": "Total", "right": true, "weight": 0 },
            { "heading": "All tables", "right": false, "weight": 30 },
        ],
        "rows": money.chain(usage).collect::<Json>(),
        "totals": [],
        "more": null,
    });
    json!({ "ties": ties, "notices": notices.collect::<Json>() })
}

/// Rows and totals of a report as texts.
fn table(pack: &Pack, caption: &str, report: &Report, heading: impl Fn(ColumnId) -> Option<String>) -> Json {
    let grid = Grid::flat(report, Medium::Page(&pack.letterhead)).without_blank_columns();
    let mut grid = grid.with_headings(heading);
    grid.columns.retain(|column| !matches!(column.id.kind(), ColumnKind::Count));
    let rows = grid.rows;
    grid.cut(ROWS_MAX);
    of_grid(caption, &grid, rows)
}
