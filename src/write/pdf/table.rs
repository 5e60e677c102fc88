//! A table of figures as data: texts, spelled as people read them.

use serde_json::{Value as Json, json};

use crate::dimension::Dimension;
use crate::report::{Cell, ColumnId};
use crate::text::visible::shown;
use crate::text::{grouped, grouped_decimal};
use crate::write::grid::{Alignment, Grid, Line, LineKind, Value};

/// Rows of one table; the workbook and CSV have all of them.
pub(super) const ROWS_MAX: usize = 3_000;

/// Rows and totals of a grid, which may lack some of its rows.
pub(super) fn of_grid(caption: &str, grid: &Grid<'_>, rows: usize) -> Json {
    let columns = grid.columns.iter().map(|column| {
        let is_right = column.alignment() == Alignment::Right;
        json!({ "heading": shown(&column.heading), "right": is_right, "weight": weight(column.id) })
    });
    let lines = |lines: &[Line]| {
        let texts = |line: &Line| (0..grid.columns.len()).map(|at| text(grid, *line, at)).collect::<Json>();
        lines.iter().map(texts).collect::<Json>()
    };
    let here = grid.lines.iter().filter(|line| line.kind == LineKind::Row).count();
    let more = rows.saturating_sub(here);
    json!({
        "caption": caption,
        "columns": columns.collect::<Json>(),
        "rows": lines(&grid.lines),
        "totals": lines(&grid.totals),
        "more": match more {
            0 => None,
            1 => Some("1 more row is in the workbook and in CSV.".to_owned()),
            more => Some(format!("{} more rows are in the workbook and in CSV.", grouped(more as u64))),
        },
    })
}

/// What part of the room that figures leave a column of text gets; none for the width of its words.
fn weight(column: ColumnId) -> u8 {
    match column {
        ColumnId::Currency | ColumnId::Time(_) => 0,
        ColumnId::Kind | ColumnId::Cause | ColumnId::Version | ColumnId::Delivery => 6,
        ColumnId::MeasuredUnit => 8,
        ColumnId::Message | ColumnId::File => 24,
        ColumnId::Label(Dimension::Customer) => 14,
        _ => 10,
    }
}

/// Leaves out the columns of words that no line has any in.
pub(super) fn without_blank_columns(grid: &mut Grid<'_>) {
    let is_blank = |at: usize| {
        let lines = grid.lines.iter().chain(&grid.totals);
        grid.columns[at].alignment() == Alignment::Left
            && lines.into_iter().all(|line| text(grid, *line, at).is_empty())
    };
    let mut blank = (0..grid.columns.len()).map(is_blank).collect::<Vec<_>>().into_iter();
    grid.columns.retain(|_| !blank.next().unwrap_or_default());
}

fn text(grid: &Grid<'_>, line: Line, column: usize) -> String {
    let id = grid.columns[column].id;
    match grid.value(line, column) {
        Value::Text(label) => label.marked(shown).into_owned(),
        Value::Empty | Value::Figure(Cell::Empty | Cell::Text(_)) => String::new(),
        Value::Figure(Cell::Count(count)) => grouped(count),
        Value::Figure(Cell::Amount(amount)) if id == ColumnId::AmountChange => signed(&amount.to_string()),
        Value::Figure(Cell::Amount(amount)) => spelled(&amount.to_string()),
        Value::Figure(Cell::Quantity(quantity)) => match id {
            ColumnId::ChangePercent => signed(&quantity.to_string()) + " %",
            ColumnId::AmountShare | ColumnId::UsedPercent => spelled(&quantity.to_string()) + " %",
            ColumnId::Change => signed(&quantity.to_string()),
            _ => spelled(&quantity.to_string()),
        },
    }
}

/// `−1,234.50`.
pub(super) fn spelled(decimal: &str) -> String {
    grouped_decimal(decimal).replace('-', "−")
}

/// The same with a plus before what is more than nothing.
pub(super) fn signed(decimal: &str) -> String {
    let is_more = !decimal.starts_with('-') && decimal.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_more { format!("+{}", spelled(decimal)) } else { spelled(decimal) }
}
