//! Rows that are no report as data: what their template is filled with.

use serde_json::{Value as Json, json};

use super::table::{ROWS_MAX, of_grid, without_blank_columns};
use crate::letterhead::Letterhead;
use crate::period::day_in_words;
use crate::report::ColumnId;
use crate::statement::Statement;
use crate::text::visible::shown;
use crate::write::instants::in_words;
use crate::write::statement::{piece, shown_columns};

/// All that the document says.
pub(super) fn data(statement: &dyn Statement, letterhead: &Letterhead) -> Json {
    let caption = statement.caption();
    let about: Vec<_> = caption.title.iter().map(|line| shown(&in_words(line)).into_owned()).collect();
    let (title, about) =
        about.split_first().map_or((String::new(), &[][..]), |(title, rest)| (title.clone(), rest));
    let mut data = json!({
        "title": title,
        "about": about,
        "sender": super::sender(letterhead),
        "as_of": day_in_words(caption.as_of),
        "nothing": statement.is_empty().then_some(caption.nothing),
        "totals": null,
        "rows": null,
    });
    if !statement.is_empty() {
        let piece = piece(statement, 0..statement.len().min(ROWS_MAX));
        let mut grid = piece
            .grid(shown_columns(statement, piece.rows()))
            .with_times_in_words()
            .with_headings(|column| match column {
                ColumnId::ValueBefore => Some("Before → after".to_owned()),
                column => Some(column.heading().into_owned()),
            });
        let totals = std::mem::take(&mut grid.totals);
        let columns = grid.columns.clone();
        without_blank_columns(&mut grid);
        data["rows"] = of_grid("Rows", &grid, statement.len());
        (grid.lines, grid.columns) = (totals, columns);
        if !grid.lines.is_empty() {
            without_blank_columns(&mut grid);
            data["totals"] = of_grid("Totals", &grid, 0);
        }
    }
    data
}
