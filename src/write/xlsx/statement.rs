//! Changes, or other rows that are no report, as a workbook: one table, what it comes to beneath.

use std::io::Write;

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, Workbook, Worksheet};

use super::looks::{self, LineKind};
use super::paper;
use super::sheet::{self, FIRST_ROW, HEADER_ROW};
use super::{LEVEL, number};
use crate::error::Result;
use crate::pack::Pack;
use crate::report::ColumnKind;
use crate::statement::Statement;
use crate::text::visible::shown;
use crate::write::grid::{Grid, GridColumn};
use crate::write::instants::in_words;
use crate::write::{put, statement::piece};

/// Rows of one sheet.
const ROWS_MAX: usize = 1_000_000;

/// All decimals that usage has.
const DECIMALS: u8 = 2;

pub(in crate::write) fn write(statement: &dyn Statement, out: &mut dyn Write) -> Result<()> {
    let mut workbook = Workbook::new();
    workbook.set_zip_compression_level(LEVEL);
    let count = statement.len().div_ceil(ROWS_MAX).max(1);
    for number in 0..count {
        let name = if number == 0 { "Rows".to_owned() } else { format!("Rows {}", number + 1) };
        let rows = number * ROWS_MAX..statement.len().min((number + 1) * ROWS_MAX);
        workbook.push_worksheet(drawn(statement, &name, rows, number + 1 == count)?);
    }
    let title = statement.caption().title.first().cloned().unwrap_or_default();
    // The clock is never asked: the same rows give the same bytes.
    let properties = DocProperties::new()
        .set_title(shown(&in_words(&title)))
        .set_author(format!("usagebook {}", env!("CARGO_PKG_VERSION")))
        .set_creation_datetime(&number::date(NaiveDate::default())?);
    workbook.set_properties(&properties);
    put(&workbook.save_to_buffer()?, out)
}

/// The rows as sheets of a pack.
pub(super) fn sheets(pack: &Pack, statement: &dyn Statement, name: &str) -> Result<Vec<Worksheet>> {
    let count = statement.len().div_ceil(ROWS_MAX).max(1);
    let sheet = |number: usize| {
        let name = if number == 0 { name.to_owned() } else { format!("{name} {}", number + 1) };
        let mut page = sheet::sheet(pack, &name, name.as_str(), "")?;
        let rows = number * ROWS_MAX..statement.len().min((number + 1) * ROWS_MAX);
        let piece = piece(statement, rows);
        table(&mut page, &piece.grid(columns(statement)).with_times_in_words())?;
        Ok(page)
    };
    (0..count).map(sheet).collect()
}

fn drawn(
    statement: &dyn Statement,
    name: &str,
    rows: std::ops::Range<usize>,
    has_totals: bool,
) -> Result<Worksheet> {
    let mut page = Worksheet::new();
    page.set_name(name)?;
    paper::set_up(&mut page);
    page.set_screen_gridlines(false);
    page.set_footer(format!("&R&11{name}, page &P of &N"));
    let caption = statement.caption();
    for (at, (line, text)) in (0..HEADER_ROW).zip(caption.title.iter().enumerate()) {
        let format = if line == 0 { looks::title() } else { looks::subtitle() };
        page.write_string_with_format(at, 0, shown(&in_words(text)), &format)?;
    }
    if statement.is_empty() {
        page.write_string_with_format(HEADER_ROW, 0, caption.nothing, &looks::subtitle())?;
        return Ok(page);
    }
    let piece = piece(statement, rows);
    let mut grid = piece.grid(columns(statement)).with_times_in_words();
    if !has_totals {
        grid.totals.clear();
    }
    table(&mut page, &grid)?;
    Ok(page)
}

/// All columns, the uuids last.
fn columns(statement: &dyn Statement) -> Vec<GridColumn> {
    let hidden = statement.hidden_columns();
    let columns = statement.columns();
    let shown = columns.iter().enumerate().filter(|(_, id)| !hidden.contains(id));
    let mut columns: Vec<GridColumn> =
        shown.map(|(place, id)| GridColumn::new(*id, place, id.heading().into_owned())).collect();
    columns.sort_by_key(|column| column.id.kind() == ColumnKind::Uuid);
    columns
}

fn table(page: &mut Worksheet, grid: &Grid<'_>) -> Result<()> {
    let kinds = sheet::kinds_of(grid, DECIMALS);
    let widths = sheet::write_header(page, HEADER_ROW, grid, &kinds)?;
    sheet::keep_header(page, HEADER_ROW, 1)?;
    paper::fit(page, sheet::pixels(&widths), 1)?;
    for (at, line) in (FIRST_ROW..).zip(grid.lines.iter().chain(&grid.totals)) {
        for (column, kind) in kinds.iter().enumerate() {
            sheet::write_value(page, (at, column as u16), grid.value(*line, column), line.kind, *kind)?;
        }
    }
    let rows = grid.lines.iter().filter(|line| line.kind == LineKind::Row).count() as u32;
    page.autofilter(HEADER_ROW, 0, FIRST_ROW + rows.max(1) - 1, kinds.len() as u16 - 1)?;
    Ok(())
}
