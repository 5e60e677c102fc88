//! Changes, or other rows that are no report, as a page: one table, what it comes to beneath. It runs nothing.

use std::io::Write;

use maud::{Markup, html};

use super::document::Document;
use super::figure;
use super::head::sender;
use super::look::plural;
use super::plain::{self, Entry};
use crate::error::Result;
use crate::letterhead::Letterhead;
use crate::report::{Cell, ColumnId};
use crate::statement::Statement;
use crate::text::visible::shown;
use crate::write::grid::{Grid, Line, Value};
use crate::write::instants::in_words;
use crate::write::statement::{piece, shown_columns};

/// Rows that a page has; the others are in the workbook and in CSV.
const ROWS_MAX: usize = 5_000;

pub(in crate::write) fn write(
    statement: &dyn Statement,
    letterhead: &Letterhead,
    out: &mut dyn Write,
) -> Result<()> {
    super::put(&page(statement, letterhead), out)
}

fn page(statement: &dyn Statement, letterhead: &Letterhead) -> Markup {
    let caption = statement.caption();
    let title = caption.title.first().map(|title| in_words(title)).unwrap_or_default();
    let title = shown(&title);
    let document = Document { title: &title, style: super::STYLE, script: None, can_be_dark: true };
    document.page(&html! {
        header.head { (sender(letterhead)) h1 { (title) } "\n" } "\n"
        main #main {
            section {
                @for line in caption.title.iter().skip(1) { p { (shown(&in_words(line))) } "\n" }
                (table(statement))
            }
        } "\n"
        footer { p {
            "Made by usagebook " (env!("CARGO_PKG_VERSION")) "; this page needs no network."
        } } "\n"
    })
}

fn table(statement: &dyn Statement) -> Markup {
    let caption = statement.caption();
    if statement.is_empty() {
        return html! { p { (caption.nothing) } "\n" };
    }
    let piece = piece(statement, 0..statement.len().min(ROWS_MAX));
    let grid = piece.grid(shown_columns(statement, piece.rows())).with_times_in_words();
    let headings: Vec<String> = grid.columns.iter().map(|column| column.id.heading().into_owned()).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let lines = |lines: &[Line]| lines.iter().map(|line| entries(&grid, *line)).collect::<Vec<_>>();
    let more = statement.len().saturating_sub(ROWS_MAX);
    html! {
        @if !grid.totals.is_empty() { (plain::table("Totals", &headings, &lines(&grid.totals))) }
        (plain::table("Rows", &headings, &lines(&grid.lines)))
        @if more > 0 {
            @let more = plural(more, "more row is", "more rows are");
            (plain::note(&format!("{more} in the workbook and in CSV. Totals are over all rows.")))
        }
    }
}

fn entries(grid: &Grid<'_>, line: Line) -> Vec<Entry> {
    let entry = |(at, column): (usize, &crate::write::grid::GridColumn)| {
        let is_figure = column.id.kind().is_figure();
        match grid.value(line, at) {
            Value::Text(label) => Entry::Text(label.marked(shown).into_owned()),
            Value::Figure(cell) => Entry::Figure(spelled(column.id, cell)),
            Value::Empty if is_figure => Entry::Figure(String::new()),
            Value::Empty => Entry::Text(String::new()),
        }
    };
    grid.columns.iter().enumerate().map(entry).collect()
}

/// A figure as pages spell it, with all its digits.
pub(crate) fn spelled(column: ColumnId, cell: Cell<'_>) -> String {
    match cell {
        Cell::Amount(amount) if column == ColumnId::AmountChange => figure::amount_change(amount),
        Cell::Amount(amount) => figure::amount(amount),
        Cell::Quantity(quantity) if column == ColumnId::Change => {
            figure::signed(figure::exact(quantity), quantity)
        }
        Cell::Quantity(quantity) => figure::exact(quantity),
        Cell::Count(count) => figure::count(count),
        Cell::Text(_) | Cell::Empty => String::new(),
    }
}
