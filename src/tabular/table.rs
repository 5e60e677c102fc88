//! A header and its rows, whatever the file was saved as.

use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;

use chrono::Datelike as _;
use memchr::memmem;

use super::days::{MonthReading, month_of};
use super::failed;
use super::foreign::{Foreign, Wanted};
use super::header::known_names;
use super::locale::{Locale, STATE_IT, Writing};
use super::numbers::{self, Fault, Mark};
use super::{text, workbook};
use crate::error::{Error, Result};
use crate::period::{BillingPeriod, day_in_words};
use crate::text::counted;

/// A small table: CSV, TSV or a sheet of a workbook.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The file, as messages name it.
    pub path: String,
    /// The sheet of a workbook that it is.
    sheet: Option<String>,
    /// Each name once; a known one as it is known, others as they are written.
    pub columns: Vec<String>,
    /// Those with any text.
    pub rows: Vec<Row>,
    /// What each column writes before decimals, if it is stated or its numbers show it.
    marks: Vec<Option<Mark>>,
    writing: Writing,
}

/// One row: a cell for each column.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The line in which it begins, as an editor or spreadsheet numbers it.
    pub line: u64,
    pub cells: Vec<Cell>,
}

/// One cell: its text, as it is meant.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    text: String,
    kind: Kind,
}

#[derive(Clone, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Text,
    /// A workbook holds it as a number, so that its text has a point before the decimals.
    Number,
    /// A workbook shows this number with zeros before it.
    Padded(String),
    /// It has no value, and its text says why.
    Failed,
}

/// In this many rows a header is looked for, to name the ones above it.
pub(crate) const HEADER_ROWS_MAX: usize = 20;

/// What a cell of a month should be.
const MONTH: &str =
    "a month, as 2026-10 or 2026-10-01; in a spreadsheet format the column as text before you type it";

/// What is wrong in a line of a file.
#[derive(Debug)]
pub struct Problem {
    /// From 1; in a workbook it is a row.
    pub line: u64,
    /// What is there instead, with its value.
    pub found: String,
    /// What has to be there.
    pub expected: String,
}

impl Table {
    /// Reads a table from the bytes of its file; `known` are names of columns that such a table may have.
    ///
    /// Rows without text are passed over, as are columns without a name and text, and a header that is repeated.
    ///
    /// # Errors
    /// [`Error::BadTable`] with the line.
    pub(crate) fn parse(path: &str, bytes: &[u8], known: &[&str], writing: Writing) -> Result<Self> {
        let named = |cells: &[String]| known_names(cells, known).iter().flatten().count();
        let read = match workbook::is_workbook(bytes) {
            true => workbook::rows(bytes, named).map(|(sheet, rows)| (sheet, rows, 0)),
            false if let Some(Foreign { what, advice }) = Foreign::of(bytes, Wanted::Table) => Err(Problem {
                line: 1,
                found: what,
                expected: format!("a table as CSV, TSV or .xlsx; {advice}"),
            }),
            false => text::rows(bytes, named).map(|(rows, separator)| (None, rows, separator)),
        };
        let mut table = Self::of(path, Vec::new(), Vec::new());
        let (sheet, rows, separator) =
            read.map_err(|problem| table.error(problem.line, problem.found, problem.expected))?;
        table.sheet = sheet;
        let first = rows.iter().take(HEADER_ROWS_MAX).map(|row| (row.line, named(&row.texts())));
        if let Some(problem) = title_above(first, || rows[0].texts()) {
            return Err(table.error(problem.line, problem.found, problem.expected));
        }
        table.check_values(&rows)?;
        let cells = || rows.iter().skip(1).flat_map(|row| row.cells.iter().map(|cell| &**cell));
        if table.sheet.is_none() && has_single_quotes(cells()) {
            return Err(table.error(rows[1].line, "single quotes (') around the texts", DOUBLE_QUOTES));
        }
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
            cells.filter(|cell| cell.number().is_none()).map(|cell| &**cell)
        };
        let stated = writing.locale().map(Locale::mark);
        let mark = |column| stated.or_else(|| numbers::mark_of(texts(column), separator));
        table.marks = (0..table.columns.len()).map(mark).collect();
        table.writing = writing;
        Ok(table)
    }

    /// A table that was put together from something else.
    pub(crate) fn of(path: &str, columns: Vec<String>, rows: Vec<Row>) -> Self {
        let marks = vec![None; columns.len()];
        Self { path: path.to_owned(), sheet: None, marks, columns, rows, writing: Writing::Program }
    }

    /// A number as digits with a point before its decimals; it may have a comma there and groups of thousands.
    ///
    /// # Errors
    /// A text that is no number, or that may be two numbers.
    pub(crate) fn decimal(&self, row: &Row, column: usize) -> Result<String> {
        let cell = &row.cells[column];
        if let Some(number) = cell.number() {
            return Ok(number.to_owned());
        }
        numbers::plain(cell, self.marks[column]).map(Into::into).map_err(|fault| {
            let found = format!("{} is {cell:?}", self.columns[column]);
            self.error(row.line, found, self.expected_number(cell, fault, self.marks[column]))
        })
    }

    /// What a number should look like instead.
    fn expected_number(&self, cell: &str, fault: Fault, mark: Option<Mark>) -> String {
        let expected = expected_number(cell, fault, mark, IN_COLUMN);
        match (fault, self.writing) {
            (Fault::OtherMark, Writing::Person(Some(locale))) => {
                format!("a {} before decimals, as {locale} writes numbers", locale.mark().name())
            }
            (Fault::Ambiguous, Writing::Person(None)) => format!("{expected}; {STATE_IT}"),
            _ => expected,
        }
    }

    /// The month of `2026-10`, of `October 2026`, or of its first day, which spreadsheets make of it and write in their
    /// own way.
    ///
    /// # Errors
    /// A cell that is no month, and a day that may be two.
    pub(crate) fn month(&self, row: &Row, column: usize) -> Result<BillingPeriod> {
        let cell = &row.cells[column];
        let locale = self.writing.locale();
        let expected = match (month_of(cell, locale), locale) {
            (MonthReading::Month(month), _) => return Ok(month),
            (MonthReading::Either(day_first, month_first), locale) => format!(
                "a month that can be read in one way only: this may be {} or {}. Write the month as {}{}",
                day_in_words(day_first),
                day_in_words(month_first),
                BillingPeriod::of(if day_first.day() == 1 { day_first } else { month_first }),
                match locale {
                    None => format!(", {STATE_IT}"),
                    Some(locale) => format!(": {locale} puts the year first"),
                }
            ),
            (MonthReading::Day(day), Some(locale)) => {
                format!("{MONTH}; {locale} reads this as {}, which begins no month", day_in_words(day))
            }
            _ => MONTH.to_owned(),
        };
        Err(self.error(row.line, format!("{} is {cell:?}", self.columns[column]), expected))
    }

    /// Writes the numbers of a column with a point before their decimals. All other cells stay as they are.
    pub(crate) fn make_plain(&mut self, column: usize) {
        let mark = self.marks[column];
        for cell in
            self.rows.iter_mut().map(|row| &mut row.cells[column]).filter(|cell| cell.number().is_none())
        {
            if let Ok(plain) = numbers::plain(cell, mark) {
                cell.text = plain.into_owned();
            }
        }
    }

    /// A cell with numbers between other characters, as `100:0,05;*:0,03`: each number as [`decimal`](Self::decimal)
    /// returns it. They are written like the numbers of the columns `like`, if those show how.
    ///
    /// # Errors
    /// A number that may be two.
    pub(crate) fn decimals_between(
        &self,
        row: &Row,
        column: usize,
        between: &[char],
        like: &[&str],
    ) -> Result<String> {
        let marks = self.columns.iter().zip(&self.marks).filter(|(name, _)| like.contains(&name.as_str()));
        let own = || {
            let cells = self.rows.iter().map(|row| &row.cells[column]);
            numbers::mark_of(cells.flat_map(|cell| cell.split(between)), b';')
        };
        let stated = self.writing.locale().map(Locale::mark);
        let mark = stated.or_else(|| marks.filter_map(|(_, mark)| *mark).next()).or_else(own);
        let mut text = String::new();
        for piece in row.cells[column].split_inclusive(between) {
            let number = piece.trim_end_matches(between);
            match numbers::plain(number, mark) {
                Ok(plain) => text += &plain,
                Err(Fault::NotANumber) => text += number,
                Err(fault) => {
                    let found = format!("{number:?} is in {}", self.columns[column]);
                    return Err(self.error(row.line, found, self.expected_number(number, fault, mark)));
                }
            }
            text += &piece[number.len()..];
        }
        Ok(text)
    }

    /// An error in a line.
    pub(crate) fn error(&self, line: u64, found: impl Into<String>, expected: impl Into<String>) -> Error {
        let path = match &self.sheet {
            Some(sheet) => format!("{}: sheet {sheet:?}", self.path),
            None => self.path.clone(),
        };
        Error::BadTable { path, line, found: found.into(), expected: expected.into() }
    }

    /// Refuses cells without a value.
    fn check_values(&self, rows: &[Row]) -> Result<()> {
        for row in rows {
            let is_too_long = |cell: &Cell| {
                let number = cell.number().unwrap_or_default();
                let whole = number.split('.').next().unwrap_or_default().trim_start_matches('-');
                number.contains('e') || whole.len() > 15
            };
            if let Some(column) = row.cells.iter().position(is_too_long) {
                let found = format!("{} in cell {}", failed::TOO_LONG, row.place(column));
                return Err(self.error(
                    row.line,
                    found,
                    failed::expected_instead(failed::TOO_LONG.as_bytes()),
                ));
            }
            if let Some(column) = row.cells.iter().position(Cell::is_failed) {
                let cell = &row.cells[column];
                let found = format!("{} in cell {}", cell.text, row.place(column));
                return Err(self.error(row.line, found, failed::expected_instead(cell.as_bytes())));
            }
        }
        Ok(())
    }

    /// Adds a row; cells of a workbook without text beyond the header's are none. In a text they may come from a comma in
    /// a cell without quotes.
    fn add(&mut self, mut row: Row, columns: usize) -> Result<()> {
        let beyond = row.cells.iter().skip(columns);
        let is_longer = match &self.sheet {
            Some(_) => beyond.into_iter().any(|cell| !cell.trim().is_empty()),
            None => row.cells.len() > columns,
        };
        if row.cells.len() < columns || is_longer {
            if self.sheet.is_none()
                && has_single_quotes(row.cells.iter().map(|cell| &**cell).filter(|cell| cell.contains('\'')))
            {
                return Err(self.error(row.line, SINGLE_QUOTES, DOUBLE_QUOTES));
            }
            let found = counted(row.cells.len() as u64, "cell");
            return Err(self.error(row.line, found, format!("{columns}, as in the header")));
        }
        let is_doubled = |cell: &Cell| cell.contains("''") && has_single_quotes([&**cell]);
        if self.sheet.is_none() && row.cells.iter().any(is_doubled) {
            return Err(self.error(row.line, SINGLE_QUOTES, DOUBLE_QUOTES));
        }
        row.cells.truncate(columns);
        self.rows.push(row);
        Ok(())
    }

    /// Takes away columns of nothing; refuses other columns without a name.
    fn check_columns(&mut self, header: u64) -> Result<()> {
        let is_named: Vec<bool> = self.columns.iter().map(|name| !name.is_empty()).collect();
        for row in &self.rows {
            let mut cells = row.cells.iter().zip(&is_named);
            if let Some(column) = cells.position(|(cell, is_named)| !is_named && !cell.trim().is_empty()) {
                let found = format!("text in column {}, which has no name", column + 1);
                return Err(self.error(row.line, found, "a name for it in the header"));
            }
        }
        let kept = || {
            let mut is_named = is_named.iter().copied();
            move || is_named.next().expect("no row is longer than the header")
        };
        let mut is_kept = kept();
        self.columns.retain(|_| is_kept());
        for row in &mut self.rows {
            let mut is_kept = kept();
            row.cells.retain(|_| is_kept());
        }
        match self.columns.is_empty() {
            true => Err(self.error(header, "no header", "the names of the columns")),
            false => Ok(()),
        }
    }

    fn check_names(&self, header: u64) -> Result<()> {
        let mut names = HashSet::new();
        for name in &self.columns {
            if !names.insert(name) {
                return Err(self.error(header, format!("two columns {name}"), "each name once"));
            }
        }
        Ok(())
    }
}

/// Whether texts have single quotes around them, as if these were the quote character; numbers have none.
pub(crate) fn has_single_quotes<'a>(cells: impl IntoIterator<Item = &'a str>) -> bool {
    let is_text = |cell: &&str| {
        !cell.is_empty() && !cell.bytes().all(|byte| byte.is_ascii_digit() || b"-+.,".contains(&byte))
    };
    let mut texts = cells.into_iter().map(str::trim).filter(is_text).peekable();
    // A separator between the quotes has parted a cell.
    let mut is_open = false;
    let mut is_wrapped = |cell: &str| {
        let opens = cell.starts_with('\'');
        let closes = cell.ends_with('\'') && (is_open || cell.len() > 1);
        let is_within = is_open || opens;
        is_open = is_within && !closes;
        is_within
    };
    texts.peek().is_some() && texts.all(&mut is_wrapped) && !is_open
}

/// Whether a text has single quotes around one of its cells, as a program writes where a cell has a separator or a quote.
pub(crate) fn has_single_quoted_cell(text: &[u8], separator: u8) -> bool {
    let opens = [separator, b'\''];
    let closes = [b'\'', separator];
    let start = if text.starts_with(b"'") { Some(0) } else { memmem::find(text, &opens).map(|at| at + 1) };
    start.is_some_and(|at| memmem::find(&text[at + 1..], &closes).is_some() || text.ends_with(b"'"))
}

/// What is wrong with single quotes around one cell of many.
pub(crate) const SINGLE_QUOTES: &str = "single quotes (') around a cell";

/// What to do about single quotes.
pub(crate) const DOUBLE_QUOTES: &str =
    "double quotes (\") around cells: write the file again with the quote character \", not '";

/// The problem of rows above a header: `rows` are the first ones, by their lines and how many names of a header each of
/// them has; `title` is the first one.
pub(crate) fn title_above(
    rows: impl IntoIterator<Item = (u64, usize)>,
    title: impl FnOnce() -> Vec<String>,
) -> Option<Problem> {
    let mut rows = rows.into_iter();
    let (line, names) = rows.next()?;
    let header = rows.find(|(_, names)| *names > 1).filter(|_| names == 0)?.0;
    let title = title().into_iter().find(|cell| !cell.trim().is_empty()).unwrap_or_default();
    Some(Problem {
        line,
        found: format!("{title:?} above the names of the columns, which are in line {header}"),
        expected: "the names of the columns in the first line: delete the lines above them".to_owned(),
    })
}

/// Where the mark of a column is looked for in a small table.
pub(crate) const IN_COLUMN: &str = "in this column";

/// What a number should look like instead; `others` says where the mark was looked for.
pub(crate) fn expected_number(cell: &str, fault: Fault, mark: Option<Mark>, others: &str) -> String {
    match (fault, mark) {
        (Fault::Ambiguous, _) => {
            let text = cell.trim();
            let (before, after) = text.split_once(['.', ',']).unwrap_or((text, ""));
            let point = if text.contains('.') { '.' } else { ',' };
            format!(
                "a number that can be read in one way only: write {before}{after} for thousands or {before}{point}{after}0 for \
                 decimals, since no other number {others} shows which"
            )
        }
        (Fault::OtherMark, Some(mark)) => {
            format!("a {} before decimals, as in the other numbers {others}", mark.name())
        }
        (Fault::OtherMark, None) => format!("a point before decimals, since no number {others} has a comma"),
        _ if is_shortened(cell) => {
            "the number without an exponent, as 0.0001 instead of 1E-04: format the column with all its decimals".to_owned()
        }
        _ => "a number, as 1500.00".to_owned(),
    }
}

/// Whether a number has an exponent.
fn is_shortened(cell: &str) -> bool {
    let parts = cell.trim().split_once(['e', 'E']);
    parts.is_some_and(|(number, power)| {
        numbers::plain(number, Some(Mark::Point)).is_ok() && power.parse::<i32>().is_ok()
    })
}

impl Row {
    /// The cells as texts.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.to_string()).collect()
    }

    /// The name of a cell in a spreadsheet: `AB12`.
    pub(crate) fn place(&self, column: usize) -> String {
        let (mut letters, mut left) = (Vec::new(), column + 1);
        while left > 0 {
            left -= 1;
            letters.push(char::from(b'A' + (left % 26) as u8));
            left /= 26;
        }
        format!("{}{}", letters.into_iter().rev().collect::<String>(), self.line)
    }

    /// Whether no cell has any text.
    pub(crate) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.trim().is_empty())
    }
}

impl Cell {
    /// A text; one that a spreadsheet shows for an error is no value.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let kind = if failed::is_error(text.as_bytes()) { Kind::Failed } else { Kind::Text };
        Self { text, kind }
    }

    /// `text` has a point before decimals.
    pub(crate) fn of_number(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Number }
    }

    /// A number that is shown with zeros before it, as `shown`.
    pub(crate) fn padded(number: String, shown: String) -> Self {
        Self { text: shown, kind: Kind::Padded(number) }
    }

    /// `text` says why there is no value.
    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: Kind::Failed }
    }

    /// Whether it is a number, and is shown as one.
    pub(crate) fn is_number(&self) -> bool {
        self.kind == Kind::Number
    }

    pub(crate) fn is_failed(&self) -> bool {
        self.kind == Kind::Failed
    }

    /// The digits of a number of a workbook, with a point before decimals.
    pub(crate) fn number(&self) -> Option<&str> {
        match &self.kind {
            Kind::Number => Some(&self.text),
            Kind::Padded(number) => Some(number),
            Kind::Text | Kind::Failed => None,
        }
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
