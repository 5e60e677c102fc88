//! A header and its rows, whatever the file was saved as.

use std::fmt;
use std::ops::Deref;

use super::header::known_names;
use super::numbers::{self, Fault, Mark};
use super::{text, workbook};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;

/// A small table: CSV, TSV or a sheet of a workbook.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file, as messages name it.
    pub path: String,
    /// Each name once; a known one as it is known, others as they are written.
    pub columns: Vec<String>,
    /// Those with any text.
    pub rows: Vec<Row>,
    /// What each column writes before decimals, if its numbers show it.
    marks: Vec<Option<Mark>>,
}

/// One row: a cell for each column.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line in which it begins, as an editor or spreadsheet numbers it.
    pub line: u64,
    pub cells: Vec<Cell>,
}

/// One cell: its text, as it is meant.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cell {
    text: String,
    /// Whether a workbook holds it as a number, so that its text has a point before the decimals.
    is_number: bool,
}

/// What a cell of a month should be.
pub const MONTH: &str =
    "a month, as 2026-10 or 2026-10-01; in a spreadsheet format the column as text before you type it";

/// What is wrong in a line of a file.
#[derive(Debug)]
pub struct Problem {
    pub line: u64,
    pub found: String,
    pub expected: String,
}

impl Table {
    /// Reads a table from the bytes of its file; `known` are names of columns that such a table may have.
    ///
    /// Rows without text are passed over, as are columns without a name and text, and a header that is repeated.
    ///
    /// # Errors
    /// [`Error::BadTable`] with the line.
    pub fn parse(path: &str, bytes: &[u8], known: &[&str]) -> Result<Self> {
        let named = |cells: &[String]| known_names(cells, known).iter().flatten().count();
        let read = match workbook::is_workbook(bytes) {
            true => workbook::rows(bytes, named).map(|rows| (rows, 0)),
            false => text::rows(bytes, named),
        };
        let mut table =
            Self { path: path.to_owned(), columns: Vec::new(), rows: Vec::new(), marks: Vec::new() };
        let (rows, separator) =
            read.map_err(|problem| table.error(problem.line, problem.found, problem.expected))?;
        let mut rows = rows.into_iter();
        let Some(header) = rows.next() else {
            return Err(table.error(1, "no header", "the names of the columns"));
        };
        for row in rows.filter(|row| row.cells != header.cells) {
            table.add(row, header.cells.len())?;
        }
        table.columns = header.cells.into_iter().map(|name| name.trim().to_owned()).collect();
        table.check_columns(header.line)?;
        let names = known_names(&table.columns, known);
        for (column, name) in table.columns.iter_mut().zip(names) {
            if let Some(name) = name {
                name.clone_into(column);
            }
        }
        table.check_names(header.line)?;
        let texts = |column: usize| {
            let cells = table.rows.iter().map(move |row| &row.cells[column]);
            cells.filter(|cell| !cell.is_number).map(|cell| &**cell)
        };
        table.marks =
            (0..table.columns.len()).map(|column| numbers::mark_of(texts(column), separator)).collect();
        Ok(table)
    }

    /// A table that was put together from something else.
    pub fn of(path: &str, columns: Vec<String>, rows: Vec<Row>) -> Self {
        Self { path: path.to_owned(), marks: vec![None; columns.len()], columns, rows }
    }

    /// A number as digits with a point before its decimals; it may have a comma there and groups of thousands.
    ///
    /// # Errors
    /// A text that is no number, or that may be two numbers.
    pub fn decimal(&self, row: &Row, column: usize) -> Result<String> {
        let cell = &row.cells[column];
        if cell.is_number {
            return Ok(cell.text.clone());
        }
        numbers::plain(cell, self.marks[column]).map(Into::into).map_err(|fault| {
            let found = format!("{} is {cell:?}", self.columns[column]);
            self.error(row.line, found, expected_number(cell, fault, self.marks[column]))
        })
    }

    /// An error in a line.
    pub fn error(&self, line: u64, found: impl Into<String>, expected: impl Into<String>) -> Error {
        Error::BadTable { path: self.path.clone(), line, found: found.into(), expected: expected.into() }
    }

    /// Adds a row; cells without text beyond the header's are none.
    fn add(&mut self, mut row: Row, columns: usize) -> Result<()> {
        let beyond = row.cells.iter().skip(columns).all(|cell| cell.trim().is_empty());
        if row.cells.len() < columns || !beyond {
            let found = format!("{} cells", row.cells.len());
            return Err(self.error(row.line, found, format!("{columns}, as in the header")));
        }
        row.cells.truncate(columns);
        self.rows.push(row);
        Ok(())
    }

    /// Takes away columns of nothing; refuses other columns without a name.
    fn check_columns(&mut self, header: u64) -> Result<()> {
        for column in (0..self.columns.len())
            .rev()
            .filter(|column| self.columns[*column].is_empty())
            .collect::<Vec<_>>()
        {
            if let Some(row) = self.rows.iter().find(|row| !row.cells[column].trim().is_empty()) {
                let found = format!("text in column {}, which has no name", column + 1);
                return Err(self.error(row.line, found, "a name for it in the header"));
            }
            self.columns.remove(column);
            self.rows.iter_mut().for_each(|row| drop(row.cells.remove(column)));
        }
        match self.columns.is_empty() {
            true => Err(self.error(header, "no header", "the names of the columns")),
            false => Ok(()),
        }
    }

    fn check_names(&self, header: u64) -> Result<()> {
        for (at, name) in self.columns.iter().enumerate() {
            if self.columns[..at].contains(name) {
                return Err(self.error(header, format!("two columns {name}"), "each name once"));
            }
        }
        Ok(())
    }
}

/// What a number should look like instead.
pub fn expected_number(cell: &str, fault: Fault, mark: Option<Mark>) -> String {
    match (fault, mark) {
        (Fault::Ambiguous, _) => {
            let text = cell.trim();
            let (before, after) = text.split_once(['.', ',']).unwrap_or((text, ""));
            let point = if text.contains('.') { '.' } else { ',' };
            format!(
                "a number that can be read in one way only: write {before}{after} for thousands or {before}{point}{after}0 for \
                 decimals, since no other number in this column shows which"
            )
        }
        (Fault::OtherMark, Some(mark)) => {
            format!(
                "a {} before decimals, as in the other numbers of this column",
                match mark {
                    Mark::Point => "point",
                    Mark::Comma => "comma",
                }
            )
        }
        _ => "a number, as 1500.00".to_owned(),
    }
}

impl Row {
    /// Whether no cell has any text.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: false }
    }

    /// `text` has a point before decimals.
    pub fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: true }
    }

    pub fn is_number(&self) -> bool {
        self.is_number
    }

    /// The month of `2026-10`, or of its first day, which spreadsheets make of it.
    pub fn month(&self) -> Option<BillingPeriod> {
        let text = self.trim();
        let month = text.strip_suffix("-01").filter(|month| month.len() == 7).unwrap_or(text);
        month.parse().ok()
    }
}

impl Deref for Cell {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests;
