//! Entries with their lines, from TOML or from the rows of a CSV file.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use sha2::{Digest, Sha256};

use super::card::SourceFile;
use super::fields::{Field, Fields, Value, refused};
use crate::error::Result;

/// The entries under each of the tables that a file may have; of CSV all rows under the first one.
pub fn entries<'a>(
    path: &'a Path,
    bytes: &[u8],
    columns: &[&str],
    tables: &[&'static str],
) -> Result<Vec<Field<'a>>> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
        Err(error) => {
            let line = line_at(bytes, error.valid_up_to());
            return Err(refused(path, line, "the text is not UTF-8; expected a text file".to_owned()));
        }
    };
    match path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
        true => of_csv(path, text, columns, tables[0]),
        false => of_toml(path, text, tables),
    }
}

pub fn source(path: &Path, bytes: &[u8]) -> SourceFile {
    let digest = Sha256::digest(bytes);
    SourceFile { path: path.to_owned(), sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect() }
}

fn of_toml<'a>(path: &'a Path, text: &str, tables: &[&'static str]) -> Result<Vec<Field<'a>>> {
    let line = |at: usize| line_at(text.as_bytes(), at);
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(1, |span| line(span.start));
        refused(path, at, format!("not TOML: {}", error.message().replace('\n', "; ")))
    })?;
    let mut found = Vec::new();
    for (key, value) in root.get_ref().iter() {
        let Some(table) = tables.iter().find(|table| **table == key.get_ref().as_ref()) else {
            let known: Vec<String> = tables.iter().map(|table| heading(table)).collect();
            let reason =
                format!("{:?} is no table of this file; expected {}", key.get_ref(), known.join(", "));
            return Err(refused(path, line(key.span().start), reason));
        };
        let value = of_value(path, what(table), value, &line);
        found.push(Field { key: (*table).to_owned(), line: line(key.span().start), value });
    }
    // The tables of a document come sorted by name; a reader has them in the order of the documentation.
    found.sort_by_key(|field| tables.iter().position(|table| *table == field.key));
    Ok(found)
}

fn heading(table: &str) -> String {
    if table == "rounding" { "[rounding]".to_owned() } else { format!("[[{table}]]") }
}

fn what(table: &str) -> &'static str {
    match table {
        "price" => "[[price]]",
        "credit" => "[[credit]]",
        "exchange_rate" => "[[exchange_rate]]",
        _ => "[rounding]",
    }
}

fn of_value<'a>(
    path: &'a Path,
    what: &'static str,
    value: &Spanned<DeValue<'_>>,
    line: &dyn Fn(usize) -> usize,
) -> Value<'a> {
    match value.get_ref() {
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Integer(integer) if integer.radix() == 10 => Value::Integer(integer.as_str().to_owned()),
        DeValue::Integer(integer) => Value::Other(integer.to_string()),
        DeValue::Float(float) => {
            Value::Other(format!("{float} without quotes, which is a float and not exact"))
        }
        DeValue::Boolean(boolean) => Value::Other(boolean.to_string()),
        DeValue::Datetime(time) => Value::Other(format!("{time} without quotes")),
        DeValue::Table(table) => Value::Entry(of_table(path, what, table, value.span().start, line)),
        DeValue::Array(array) => {
            let entry = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::Table(table) => Some(of_table(path, what, table, item.span().start, line)),
                _ => None,
            };
            match array.iter().map(entry).collect() {
                Some(entries) => Value::Entries(entries),
                None => Value::Other("a list of something else than tables".to_owned()),
            }
        }
    }
}

fn of_table<'a>(
    path: &'a Path,
    what: &'static str,
    table: &DeTable<'_>,
    start: usize,
    line: &dyn Fn(usize) -> usize,
) -> Fields<'a> {
    let field = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        let inner = if key.get_ref() == "tiers" { "a tier" } else { what };
        Field {
            key: key.get_ref().clone().into_owned(),
            line: line(key.span().start),
            value: of_value(path, inner, value, line),
        }
    };
    let mut fields: Vec<Field<'a>> = table.iter().map(field).collect();
    fields.sort_by_key(|field| field.line);
    Fields { path, what, line: line(start), fields }
}

fn of_csv<'a>(path: &'a Path, text: &str, columns: &[&str], table: &str) -> Result<Vec<Field<'a>>> {
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).trim(::csv::Trim::All).from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, |position| lines.of_record(position.byte()));
            refused(path, line, format!("not CSV: {error}"))
        })?;
        let line = record.position().map_or(1, |position| lines.of_record(position.byte()));
        let Some(header) = &header else {
            header = Some(checked_header(path, &record, columns, line)?);
            continue;
        };
        // An empty cell is a key that is not there; of the unit, the unit that has no name.
        let cell = |(key, value): (&String, &str)| {
            let is_given = !value.is_empty() || key == "measured_unit";
            is_given.then(|| Field { key: key.clone(), line, value: Value::Text(value.to_owned()) })
        };
        let fields = header.iter().zip(record.iter()).filter_map(cell).collect();
        rows.push(Fields { path, what: "the row", line, fields });
    }
    Ok(vec![Field { key: table.to_owned(), line: 1, value: Value::Entries(rows) }])
}

fn checked_header(
    path: &Path,
    record: &::csv::StringRecord,
    columns: &[&str],
    line: usize,
) -> Result<Vec<String>> {
    let header: Vec<String> = record.iter().map(str::to_owned).collect();
    if let Some(unknown) = header.iter().find(|name| !columns.contains(&name.as_str())) {
        let reason = format!("{unknown:?} is no column; expected some of {}", columns.join(", "));
        return Err(refused(path, line, reason));
    }
    if let Some((_, twice)) = header.iter().enumerate().find(|(at, name)| header[..*at].contains(name)) {
        return Err(refused(path, line, format!("the column {twice} stands twice; expected it once")));
    }
    Ok(header)
}

/// Counts lines up to records that come in order. The reader's own count is one short behind a carriage return.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line of the record that begins at a byte, or behind the line breaks that stand there.
    fn of_record(&mut self, byte: u64) -> usize {
        let start = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let breaks = self.text[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = &self.text[self.at..(start + breaks).max(self.at)];
        self.line += passed.iter().filter(|byte| **byte == b'\n').count();
        self.at += passed.len();
        self.line
    }
}

/// The line that a byte stands in, from 1.
fn line_at(text: &[u8], at: usize) -> usize {
    1 + text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}
