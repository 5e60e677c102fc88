//! What a Parquet file says about itself: its order, and where its figures come from.

use std::cmp::Ordering;

use ::parquet::file::metadata::{KeyValue, SortingColumn};

use super::SCHEMA_VERSION;
use super::json::{comparison_json, filters_json, pricing_json, section_json};
use super::parquet::Field;
use crate::dimension::Dimension;
use crate::period::BillingPeriod;
use crate::report::{Cell, ColumnId, Report};

/// The key in a file's metadata that holds [`SCHEMA_VERSION`].
pub(super) const SCHEMA_VERSION_KEY: &str = "usagebook.schema_version";

/// The columns that the rows are sorted by, as far as they truly are: readers rely on it to skip rows.
pub(super) fn sorting_columns(report: &Report, fields: &[Field], rows: &[usize]) -> Vec<SortingColumn> {
    let cells = report.rows.cells();
    let keys: Vec<(i32, usize)> = sort_order(report)
        .into_iter()
        .flat_map(|source| {
            let position = fields.iter().position(|field| field.source == source)?;
            Some((i32::try_from(position).ok()?, source))
        })
        .collect();
    let mut sorted = keys.len();
    for pair in rows.windows(2) {
        let order =
            |(_, source): &(i32, usize)| order(cells.get(pair[0], *source), cells.get(pair[1], *source));
        let first_difference = keys[..sorted].iter().map(order).position(|order| order != Ordering::Equal);
        if let Some(at) = first_difference
            && order(&keys[at]) == Ordering::Greater
        {
            sorted = at;
        }
    }
    let column = |(column_idx, _): &(i32, usize)| SortingColumn {
        column_idx: *column_idx,
        descending: false,
        nulls_first: false,
    };
    keys[..sorted].iter().map(column).collect()
}

/// The report's columns in the order of their weight for sorting: by dimension, names first; unit and currency last.
fn sort_order(report: &Report) -> Vec<usize> {
    let of_dimension = |dimension: &Dimension| {
        [ColumnId::Time(*dimension), ColumnId::Label(*dimension), ColumnId::Uuid(*dimension)]
    };
    let ids = report.by.iter().flat_map(of_dimension).chain([ColumnId::MeasuredUnit, ColumnId::Currency]);
    ids.filter_map(|id| report.column(id)).collect()
}

fn order(left: Cell<'_>, right: Cell<'_>) -> Ordering {
    match (left, right) {
        (Cell::Text(left), Cell::Text(right)) => left.cmp(right),
        (Cell::Empty, Cell::Text(_)) => Ordering::Greater,
        (Cell::Text(_), Cell::Empty) => Ordering::Less,
        _ => Ordering::Equal,
    }
}

/// What the file says about itself.
pub(super) fn metadata(report: &Report, period: Option<BillingPeriod>) -> Vec<KeyValue> {
    let provenance = &report.provenance;
    let asked = provenance.period.map_or_else(|| "all".to_owned(), |range| range.to_string());
    let is_concerned = |partial: &&BillingPeriod| period.is_none_or(|period| period == **partial);
    let partial: Vec<String> =
        provenance.partial_periods.iter().filter(is_concerned).map(BillingPeriod::to_string).collect();
    let by: Vec<&str> = report.by.iter().map(|dimension| dimension.name()).collect();
    let states = provenance.states.iter().filter(|month| period.is_none_or(|period| period == month.period));
    let states: Vec<String> = states.map(|month| format!("{} {}", month.period, month.state)).collect();
    let mut entries = vec![
        (SCHEMA_VERSION_KEY, SCHEMA_VERSION.to_string()),
        ("usagebook.tool_version", provenance.tool_version.to_owned()),
        ("usagebook.period", period.map_or(asked, |period| period.to_string())),
        ("usagebook.as_of", provenance.as_of.to_string()),
        ("usagebook.timezone", provenance.timezone.name().to_owned()),
        ("usagebook.by", by.join(",")),
        ("usagebook.partial_periods", partial.join(",")),
        ("usagebook.filters", filters_json(report)),
        ("usagebook.totals", totals_json(report, period)),
    ];
    if let Some(comparison) = &provenance.comparison {
        entries.push(("usagebook.comparison", comparison_json(comparison)));
    }
    // Where the report is made from a book.
    if !states.is_empty() {
        entries.push(("usagebook.states", states.join("; ")));
    }
    if let Some(based) = provenance.shown_basis() {
        entries.push(("usagebook.basis", based.to_string()));
    }
    if let Some(pricing) = &provenance.pricing {
        entries.push(("usagebook.pricing", pricing_json(pricing, period)));
    }
    entries.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect()
}

/// The totals as JSON; of one period, those that are its own.
fn totals_json(report: &Report, period: Option<BillingPeriod>) -> String {
    let all = 0..report.totals.len();
    let time = report.columns.iter().position(ColumnId::is_time);
    let (Some(period), Some(time)) = (period, time) else {
        return section_json(&report.columns, &report.totals, all);
    };
    let period = period.to_string();
    let cells = report.totals.cells();
    let own: Vec<usize> = all.clone().filter(|row| cells.get(*row, time) == Cell::Text(&period)).collect();
    // A report of one stretch of time has only the totals over all, and they are its own.
    let rows = if own.is_empty() { all.collect() } else { own };
    section_json(&report.columns, &report.totals, rows)
}
