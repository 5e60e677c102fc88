//! What groups cost, whatever it was that they used: rows of one unit each to rows of one currency.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::rows::{Row, Value, rows_of, section_of};
use crate::report::{ColumnId, Report};

/// Brings the rows of each group and currency together, credits among them, and leaves totals of usage out.
///
/// Units and usage have no value then. Users, charges and what usage is compared with are no columns any more: they do
/// not add up over units.
pub(crate) fn in_money(report: Report) -> Report {
    let kept: Vec<usize> = (0..report.columns.len()).filter(|at| is_kept(&report.columns[*at])).collect();
    let columns: Vec<ColumnId> = kept.iter().map(|at| report.columns[*at]).collect();
    let narrowed = |row: &Row| -> Row {
        let value = |at: &usize| match report.columns[*at] {
            ColumnId::MeasuredUnit | ColumnId::Usage => Value::Empty,
            _ => row[*at].clone(),
        };
        kept.iter().map(value).collect()
    };
    let rows = together(&columns, rows_of(&report.rows).iter().map(narrowed));
    let currency = columns.iter().position(|column| *column == ColumnId::Currency);
    let is_money = |row: &Row| currency.is_some_and(|at| row[at] != Value::Empty);
    let money = |lines: Vec<Row>| lines.iter().map(narrowed).filter(is_money).collect::<Vec<Row>>();
    Report {
        rows: section_of(&columns, &rows),
        subtotals: section_of(&columns, &money(rows_of(&report.subtotals))),
        totals: section_of(&columns, &money(rows_of(&report.totals))),
        columns,
        ..report
    }
}

fn is_kept(column: &ColumnId) -> bool {
    matches!(
        column,
        ColumnId::Time(_)
            | ColumnId::Uuid(_)
            | ColumnId::Label(_)
            | ColumnId::Attribute(_)
            | ColumnId::MeasuredUnit
            | ColumnId::Usage
            | ColumnId::Currency
            | ColumnId::Amount
            | ColumnId::Records
    )
}

/// Rows that differ in their figures alone become one, where the first of them stood.
pub(crate) fn together(columns: &[ColumnId], rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let is_figure = |at: usize| columns[at].adds_up();
    let mut places: HashMap<Row, usize> = HashMap::new();
    let mut sums: Vec<Row> = Vec::new();
    for row in rows {
        let key = row.iter().enumerate().filter(|(at, _)| !is_figure(*at)).map(|(_, value)| value.clone());
        match places.entry(key.collect()) {
            Entry::Vacant(place) => {
                place.insert(sums.len());
                sums.push(row);
            }
            Entry::Occupied(place) => {
                let sum = &mut sums[*place.get()];
                for at in (0..columns.len()).filter(|at| is_figure(*at)) {
                    sum[at] = sum[at].plus(&row[at]);
                }
            }
        }
    }
    sums
}
