//! Statements in the formats of a report: rows that are about single records or changes.
//!
//! ```text
//! Changes in 2026-10 from v1 to now
//!
//! kind                 customer  component  user   unit   usage before   usage  change
//! ─────────────────────────────────────────────────────────────────────────────────────
//! usage changed        Acme      cpu        alice  hours          5.00    6.50    1.50
//! ─────────────────────────────────────────────────────────────────────────────────────
//! Total usage changed                              hours          5.00    6.50    1.50
//! Total                Acme                        hours         12.00   13.50    1.50
//! Other customers                                  hours        100.00  100.00    0.00
//! Total                                            hours        112.00  113.50    1.50
//! ```

use std::io::{self, Write};
use std::ops::Range;

use super::csv::Dialect;
use super::grid::{Grid, GridColumn};
use super::headings::in_small_letters;
use super::json::{NdjsonOptions, RowWriter, write_columns, write_fact, write_member};
use super::text_table::TextTable;
use super::{Format, FormatOptions, PackFormat, SCHEMA_VERSION, TOOL, buffered, markdown, refused, table};
use crate::conflict::Conflict;
use crate::error::Result;
use crate::letterhead::Letterhead;
use crate::report::{Cell, ColumnId, ColumnKind, Section};
use crate::statement::Statement;
use crate::text::visible::visible;

/// How many rows have their texts in memory at a time.
const ROWS_AT_A_TIME: usize = 64 << 10;

/// Draws a statement.
///
/// # Errors
/// Parquet, which statements are not written in; a writer that refuses its bytes returns [`Error::Output`](crate::error::Error::Output).
pub fn write_statement(
    statement: &dyn Statement,
    options: &FormatOptions,
    out: &mut dyn Write,
) -> Result<()> {
    match options {
        FormatOptions::Table(options) => {
            drawn(statement, |table| buffered(out, |out| table::write(table, options, out)))
        }
        FormatOptions::Markdown => drawn(statement, |table| buffered(out, |out| markdown::write(table, out))),
        FormatOptions::Csv(options) => write_separated(statement, &Dialect::new(options)?, out),
        FormatOptions::Tsv(options) => write_separated(statement, &Dialect::with_tabs(options)?, out),
        FormatOptions::Json => write_json(statement, out),
        FormatOptions::Ndjson(options) => write_ndjson(statement, options, out),
        FormatOptions::Parquet(_) => check_statement_format(Format::Parquet),
    }?;
    out.flush().map_err(refused)
}

/// Refuses the format that statements are not written in.
pub fn check_statement_format(format: Format) -> Result<()> {
    match format {
        Format::Parquet => Err(Conflict::RowsAsParquet.into()),
        _ => Ok(()),
    }
}

/// The rows, some at a time.
fn pieces(statement: &dyn Statement) -> impl Iterator<Item = Section> {
    let rows = statement.len();
    (0..rows)
        .step_by(ROWS_AT_A_TIME)
        .map(move |start| statement.rows(start..rows.min(start + ROWS_AT_A_TIME)))
}

fn write_separated(statement: &dyn Statement, dialect: &Dialect<'_>, out: &mut dyn Write) -> Result<()> {
    let columns = statement.columns();
    dialect.write_header(&columns, out)?;
    for rows in pieces(statement) {
        dialect.write_rows(&columns, &rows, None, out)?;
    }
    match dialect.options.has_totals {
        true => dialect.write_rows(&columns, &statement.totals(), None, out),
        false => Ok(()),
    }
}

fn write_json(statement: &dyn Statement, out: &mut dyn Write) -> Result<()> {
    let (parts, totals) = (statement.parts(), statement.totals());
    buffered(out, |out| write_head(statement, out))?;
    let mut rows = RowWriter::new(&statement.columns());
    for (name, section) in [("parts", parts), ("totals", totals)] {
        buffered(out, |out| {
            write_member(out, name)?;
            out.write_all(b"[")?;
            write_items(&mut rows, &section, true, out)?;
            out.write_all(if section.is_empty() { b"],\n" } else { b"\n],\n" })
        })?;
    }
    out.write_all(b"\"rows\":[").map_err(refused)?;
    for (number, section) in pieces(statement).enumerate() {
        buffered(out, |out| write_items(&mut rows, &section, number == 0, out))?;
    }
    out.write_all(if statement.is_empty() { b"]\n}\n" } else { b"\n]\n}\n" }).map_err(refused)
}

fn write_head(statement: &dyn Statement, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\n")?;
    write_fact(out, "schema_version", &SCHEMA_VERSION)?;
    write_fact(out, "tool", TOOL)?;
    write_fact(out, "tool_version", env!("CARGO_PKG_VERSION"))?;
    for (name, value) in &statement.caption().facts {
        write_fact(out, name, value)?;
    }
    write_columns(out, &statement.columns())
}

fn write_items(
    rows: &mut RowWriter,
    section: &Section,
    is_first: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let cells = section.cells();
    for row in 0..section.len() {
        out.write_all(if row == 0 && is_first { b"\n" } else { b",\n" })?;
        rows.write(&cells, row, None, out)?;
    }
    Ok(())
}

fn write_ndjson(statement: &dyn Statement, options: &NdjsonOptions, out: &mut dyn Write) -> Result<()> {
    let mut rows = RowWriter::new(&statement.columns());
    for section in pieces(statement) {
        let is_total = options.has_totals.then_some(false);
        buffered(out, |out| rows.write_lines(&section, is_total, out))?;
    }
    match options.has_totals {
        true => {
            let totals = statement.totals();
            buffered(out, |out| rows.write_lines(&totals, Some(true), out))
        }
        false => Ok(()),
    }
}

/// Some rows of a statement, and what all come to, for a grid.
pub(crate) struct Piece {
    ids: Vec<ColumnId>,
    rows: Section,
    parts: Section,
    totals: Section,
}

/// The rows of a range with all totals.
pub(crate) fn piece(statement: &dyn Statement, range: Range<usize>) -> Piece {
    Piece {
        ids: statement.columns(),
        rows: statement.rows(range),
        parts: statement.parts(),
        totals: statement.totals(),
    }
}

impl Piece {
    pub(crate) fn rows(&self) -> &Section {
        &self.rows
    }

    pub(crate) fn grid(&self, columns: Vec<GridColumn>) -> Grid<'_> {
        Grid::of_statement(&self.ids, columns, [&self.rows, &self.parts, &self.totals])
    }
}

/// Draws a statement as a workbook, a page or PDF, with its sender on the last two.
///
/// # Errors
/// As of [`write_statement`]; PDF in a build that does not have it.
pub fn write_statement_pack(
    statement: &dyn Statement,
    format: PackFormat,
    letterhead: &Letterhead,
    out: &mut dyn Write,
) -> Result<()> {
    match format {
        PackFormat::Xlsx => super::xlsx::statement::write(statement, out),
        PackFormat::Html => super::html::statement::write(statement, letterhead, out),
        #[cfg(feature = "bill")]
        PackFormat::Pdf => super::pdf::write_statement(statement, letterhead, out),
        #[cfg(not(feature = "bill"))]
        PackFormat::Pdf => format.check(),
    }?;
    out.flush().map_err(refused)
}

/// Draws all rows, for eyes.
fn drawn(statement: &dyn Statement, draw: impl FnOnce(&TextTable<'_>) -> Result<()>) -> Result<()> {
    let caption = statement.caption();
    let piece = piece(statement, 0..statement.len());
    let columns = shown_columns(statement, &piece.rows);
    draw(&TextTable {
        title: caption.title.iter().map(|line| visible(line).into_owned()).collect(),
        grid: piece.grid(columns),
        nothing: caption.nothing,
        notes: Vec::new(),
    })
}

/// The first column and the figures, and of the others those that have a value in any row.
pub(crate) fn shown_columns(statement: &dyn Statement, rows: &Section) -> Vec<GridColumn> {
    let (columns, cells) = (statement.columns(), rows.cells());
    let hidden = statement.hidden_columns();
    let is_shown = |at: &usize| {
        let (column, kind) = (columns[*at], columns[*at].kind());
        let is_hidden =
            kind == ColumnKind::Uuid && column != ColumnId::RecordUuid || hidden.contains(&column);
        let has_value = || (0..rows.len()).any(|row| cells.get(row, *at) != Cell::Empty);
        !is_hidden && (*at == 0 || kind == ColumnKind::Unit || kind.is_figure() || has_value())
    };
    let mut shown: Vec<GridColumn> = Vec::new();
    for at in (0..columns.len()).filter(is_shown) {
        let column = GridColumn::new(columns[at], at, in_small_letters(columns[at]).into_owned());
        let is_change =
            |last: &mut GridColumn| last.id == ColumnId::ValueBefore && column.id == ColumnId::Value;
        match shown.pop_if(is_change) {
            Some(before) => shown.push(before.with_arrow(column)),
            None => shown.push(column),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::write::sample::Numbered;

    fn drawn(rows: usize, options: &FormatOptions) -> String {
        let mut out = Vec::new();
        write_statement(&Numbered::new(rows), options, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn rows_that_come_in_pieces_are_all_there_and_in_their_order() {
        for rows in [0, 1, ROWS_AT_A_TIME, ROWS_AT_A_TIME + 1] {
            let json: Value = serde_json::from_str(&drawn(rows, &Format::Json.with_defaults())).unwrap();
            let numbers = json["rows"].as_array().unwrap().iter().map(|row| row["records"].as_u64().unwrap());
            assert!(numbers.eq(0..rows as u64), "{rows}");
            assert_eq!(json["totals"][0]["records"], rows);
            let lines = drawn(rows, &Format::Csv.with_defaults());
            let numbers = lines.lines().skip(1).map(|line| line.strip_prefix("row_of_data,").unwrap());
            assert!(numbers.eq((0..rows).map(|number| number.to_string())), "{rows}");
        }
    }

    #[test]
    fn totals_follow_the_rows_when_asked() {
        let options = FormatOptions::Ndjson(NdjsonOptions { has_totals: true });
        let expected = "{\"total\":false,\"kind\":\"row_of_data\",\"records\":0}\n\
                        {\"total\":true,\"kind\":\"total\",\"records\":1}\n";
        assert_eq!(drawn(1, &options), expected);
    }

    #[test]
    fn a_table_is_read_as_words() {
        assert_eq!(
            drawn(1, &Format::Table.with_defaults()),
            "\nkind         records\n────────────────────\nrow of data        0\n────────────────────\nTotal              1\n"
        );
        assert_eq!(drawn(0, &Format::Table.with_defaults()), "\nno rows\n");
        assert!(drawn(1, &Format::Markdown.with_defaults()).ends_with("| **Total** | **1** |\n"));
    }

    #[test]
    fn a_full_disk_is_an_error_in_every_format() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::StorageFull.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        for format in Format::ALL.into_iter().filter(|format| check_statement_format(*format).is_ok()) {
            let error = write_statement(&Numbered::new(1), &format.with_defaults(), &mut Full).unwrap_err();
            let crate::Error::Output { source } = error else { panic!("{format}: {error}") };
            assert_eq!(source.kind(), io::ErrorKind::StorageFull, "{format}");
        }
    }
}
