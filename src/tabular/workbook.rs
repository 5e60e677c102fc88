//! The rows of a workbook (.xlsx), each cell as its text.
//!
//! A workbook has no other numbers than doubles. They are shown by the shortest digits that lead back to them, and with
//! zeros before them where their format shows these.

use std::collections::{HashMap, HashSet};
use std::io::{self, Cursor, Read as _};

use calamine::{Data, DataRef, ExcelDateTime, Reader as _, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;

use super::failed;
use super::table::{Cell, HEADER_ROWS_MAX, Problem, Row};
use crate::quiet::quietly;

/// Bytes of a sheet, unpacked, as the archive says: a table that people made has no more.
const SHEET_MAX: u64 = 512 << 20;

/// What a workbook's shared texts may be unpacked, in bytes.
const TEXTS_MAX: u64 = 1 << 30;

/// More cells than a small table has.
const CELLS_MAX: usize = 5_000_000;

const EXPECTED: &str =
    "a workbook (.xlsx) as a spreadsheet saves it; open it there, save it again, or save it as CSV UTF-8";

/// An open workbook.
pub(crate) struct Workbook(Xlsx<Cursor<Vec<u8>>>);

/// Whether a file is a workbook: a zip archive with a workbook's parts.
pub(crate) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && ZipArchive::new(Cursor::new(bytes))
            .is_ok_and(|archive| archive.file_names().flatten().any(|name| name.starts_with("xl/workbook.")))
}

impl Workbook {
    /// # Errors
    /// A file that is damaged, encrypted, or no workbook.
    pub(crate) fn open(bytes: Vec<u8>) -> Result<Self, Problem> {
        check_texts(&bytes)?;
        if ZipArchive::new(Cursor::new(&bytes[..])).is_ok_and(|archive| archive.offset() > 0) {
            return Err(damaged("a workbook after other bytes, as when files are joined"));
        }
        let opened = quietly(|| calamine::open_workbook_from_rs(Cursor::new(bytes)));
        let workbook = Self(readable(opened)?);
        // Nobody knows which of them was meant.
        let mut names = HashSet::new();
        match workbook.sheets().into_iter().find(|name| !names.insert(name.to_lowercase())) {
            Some(name) => Err(damaged(&format!("a workbook with two sheets of the name {name:?}"))),
            None => Ok(workbook),
        }
    }

    /// The names of the sheets that have cells.
    pub(crate) fn sheets(&self) -> Vec<String> {
        let sheets = self.0.sheets_metadata().iter();
        sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
    }

    /// Hands on the rows of a sheet that have any text, in order, until `take` returns false.
    ///
    /// # Errors
    /// A sheet that is damaged.
    pub(crate) fn rows(&mut self, sheet: &str, mut take: impl FnMut(Row) -> bool) -> Result<(), Problem> {
        let zeros = self.zeros(sheet)?;
        let mut cells = readable(quietly(|| self.0.worksheet_cells_reader(sheet)))?;
        let mut row = Row { line: 0, cells: Vec::new() };
        loop {
            let next = readable(quietly(|| cells.next_cell_with_formula_metadata()))?;
            let line = next.as_ref().map(|cell| u64::from(cell.pos.0) + 1);
            if line != Some(row.line) {
                let whole = std::mem::replace(&mut row, Row { line: line.unwrap_or(0), cells: Vec::new() });
                if line.is_some_and(|line| line < whole.line) {
                    return Err(damaged("rows that are not in order"));
                }
                if !whole.is_blank() && !take(whole) {
                    return Ok(());
                }
            }
            let Some(cell) = next else { return Ok(()) };
            let column = cell.pos.1 as usize;
            let cell = match (&cell.value, zeros.get(&cell.pos)) {
                (DataRef::Empty, _) if cell.formula.is_some() => Cell::failed(failed::UNSAVED),
                (DataRef::Int(_) | DataRef::Float(_), Some(format)) => format.cell(&cell.value),
                (value, _) => cell_of(value),
            };
            if !cell.is_empty() {
                row.cells.resize_with(row.cells.len().max(column + 1), Cell::default);
                row.cells[column] = cell;
            }
        }
    }

    /// The first rows that have any text.
    fn first_rows(&mut self, sheet: &str) -> Result<Vec<Row>, Problem> {
        let mut first = Vec::new();
        self.rows(sheet, |row| {
            first.push(row);
            first.len() < HEADER_ROWS_MAX
        })?;
        Ok(first)
    }

    /// The cells of a sheet whose formats show zeros before a number.
    fn zeros(&mut self, sheet: &str) -> Result<HashMap<(u32, u32), Zeros>, Problem> {
        let mut cells = readable(quietly(|| self.0.worksheet_cells_reader(sheet)))?;
        let format = |style: &calamine::Style| Zeros::of(&style.number_format.as_ref()?.format_code);
        let formats: Vec<Option<Zeros>> = cells.styles().iter().map(format).collect();
        let mut zeros = HashMap::new();
        if formats.iter().all(Option::is_none) {
            return Ok(zeros);
        }
        while let Some((cell, style)) = readable(quietly(|| cells.next_cell_with_style_id()))? {
            if let Some(Some(format)) = formats.get(style) {
                zeros.insert(cell.get_position(), format.clone());
            }
        }
        Ok(zeros)
    }
}

/// A format that shows more digits of a whole number than it has.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Zeros {
    /// `0000`: at least this many digits.
    Width(usize),
    /// `000-00`: other characters too.
    Other(String),
}

impl Zeros {
    /// `None` for the formats of numbers, times and percentages.
    fn of(format: &str) -> Option<Self> {
        let (positive, text_before) = skeleton(format);
        let raw = format.split(';').next().unwrap_or_default();
        if raw.len() > 1 && raw.bytes().all(|byte| byte == b'0') {
            return Some(Self::Width(raw.len()));
        }
        let is_general = positive.eq_ignore_ascii_case("general");
        let is_number = positive.contains(['.', ',', 'E', '%', '/', ':']) && !is_general;
        let is_time = positive.to_ascii_lowercase().contains(['y', 'm', 'd', 'h', 's']);
        let has_prefix = text_before.chars().any(char::is_alphabetic)
            && !["EUR", "USD", "CHF", "GBP"].contains(&text_before.trim());
        let is_code = (positive.contains("00") && !is_time) || (has_prefix && (is_general || !is_time));
        (is_code && !is_number).then(|| Self::Other(format.to_owned()))
    }

    fn cell(&self, value: &DataRef) -> Cell {
        let number = cell_of(value);
        match self {
            Self::Width(width) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
                Cell::padded(number.to_string(), format!("{:0>width$}", &*number))
            }
            Self::Width(_) if !number.contains('.') => {
                Cell::failed(format!("{}of zeros alone: {}", failed::FORMATTED, &*number))
            }
            Self::Width(_) => number,
            Self::Other(format) => Cell::failed(format!("{}{format:?}: {}", failed::FORMATTED, &*number)),
        }
    }
}

/// What the format of positive numbers says of digits and times, without the characters that it shows as they are, and
/// those of them that come before the number.
fn skeleton(format: &str) -> (String, String) {
    let (mut bare, mut text_before) = (String::new(), String::new());
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        let literal: String = match character {
            ';' => break,
            '"' => characters.by_ref().take_while(|next| *next != '"').collect(),
            '\\' => characters.next().into_iter().collect(),
            '[' => {
                characters.by_ref().take_while(|next| *next != ']').for_each(drop);
                continue;
            }
            // A space as wide as the next character, or that character repeated.
            '_' | '*' => {
                characters.next();
                continue;
            }
            other => {
                bare.push(other);
                continue;
            }
        };
        if bare.trim().is_empty() {
            text_before.push_str(&literal);
        }
    }
    (bare.trim().to_owned(), text_before)
}

/// The rows of the one sheet whose header has the most of the names that `named` counts, and the sheet's name.
pub(crate) fn rows(
    bytes: &[u8],
    named: impl Fn(&[String]) -> usize,
) -> Result<(Option<String>, Vec<Row>), Problem> {
    let mut workbook = Workbook::open(bytes.to_vec())?;
    let mut counted = Vec::new();
    for sheet in workbook.sheets() {
        let rows = workbook.first_rows(&sheet)?;
        let names = rows.iter().map(|row| named(&row.texts()));
        // A row of a single name may be a title.
        if let Some(most) = names.reduce(|first, other| if first == 0 && other > 1 { other } else { first }) {
            counted.push((sheet, most));
        }
    }
    let most = counted.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counted.retain(|(_, count)| *count == most);
    let sheet = match &counted[..] {
        [] => return Ok((None, Vec::new())),
        [(sheet, _)] => sheet.clone(),
        [(sheet, 0), ..] => sheet.clone(),
        [(first, _), (second, _), ..] => {
            return Err(Problem {
                line: 1,
                found: format!("the sheets {first:?} and {second:?}, which both have such a header"),
                expected: "one sheet of this table in the workbook".to_owned(),
            });
        }
    };
    let (mut rows, mut cells) = (Vec::new(), 0);
    workbook.rows(&sheet, |row| {
        cells += row.cells.len();
        rows.push(row);
        cells <= CELLS_MAX
    })?;
    if cells > CELLS_MAX {
        return Err(damaged(&format!("a sheet of more than {CELLS_MAX} cells")));
    }
    // Cells at the end of a row that are empty are not there.
    let width = rows.first().map_or(0, |header| header.cells.len());
    for row in &mut rows {
        row.cells.resize_with(row.cells.len().max(width), Cell::default);
    }
    Ok((Some(sheet), rows))
}

fn cell_of(value: &DataRef) -> Cell {
    match value {
        DataRef::Empty => Cell::default(),
        DataRef::Int(number) => Cell::of_number(number.to_string()),
        DataRef::Float(number) => Cell::of_number(digits(*number)),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(*text),
        DataRef::DateTime(time) if time.is_duration() || time.as_f64() < 1.0 => {
            Cell::failed(format!("{}: {}", failed::DURATION, time.as_f64()))
        }
        DataRef::DateTime(time) => Cell::text(time_text(time)),
        DataRef::Bool(_) => Cell::text(Data::from(value.clone()).to_string()),
        DataRef::Error(_) => Cell::failed(Data::from(value.clone()).to_string()),
    }
}

fn digits(number: f64) -> String {
    // The notation in which servers print large floats.
    if number.abs() < 1e16 { number.to_string() } else { format!("{number:e}") }
}

/// A date, or a time without a zone.
fn time_text(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    }
}

/// Refuses texts that would fill the memory once they are unpacked, whatever the archive says of their size.
fn check_texts(bytes: &[u8]) -> Result<(), Problem> {
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return Err(damaged("a zip archive that is damaged"));
    };
    if archive.has_duplicate_names() {
        return Err(damaged("a workbook whose zip archive has a file twice"));
    }
    for at in 0..archive.len() {
        let Ok(entry) = archive.by_index(at) else { return Err(damaged("a zip archive that is damaged")) };
        let is_sheet = entry.name().is_ok_and(|name| name.starts_with("xl/worksheets/"));
        if is_sheet && entry.size() > SHEET_MAX {
            return Err(damaged("a workbook with a sheet of more than 512 MiB of text"));
        }
        if !is_sheet && io::copy(&mut entry.take(TEXTS_MAX + 1), &mut io::sink()).unwrap_or(0) > TEXTS_MAX {
            return Err(damaged("a workbook whose texts are larger than 1 GiB"));
        }
    }
    Ok(())
}

fn readable<T>(read: Option<Result<T, XlsxError>>) -> Result<T, Problem> {
    match read {
        Some(Ok(value)) => Ok(value),
        Some(Err(XlsxError::Password)) => Err(damaged("a workbook with a password")),
        Some(Err(error)) => Err(damaged(&format!("a workbook that is damaged ({error})"))),
        None => Err(damaged("a workbook that is damaged")),
    }
}

fn damaged(found: &str) -> Problem {
    Problem { line: 1, found: found.to_owned(), expected: EXPECTED.to_owned() }
}
