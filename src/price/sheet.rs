//! Entries with their lines, from TOML or from the rows of a table.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};
use sha2::{Digest, Sha256};

use super::fields::{Field, Fields, ROW, Value, refused};
use super::price_list::SourceFile;
use super::text::SourceText;
use crate::error::Result;
use crate::tabular::foreign::{Foreign, Wanted};
use crate::tabular::header::known_names;
use crate::tabular::preamble::SEPARATORS;
use crate::tabular::text::utf8;
use crate::tabular::workbook::is_workbook;
use crate::tabular::{Row, Table, Writing};
use crate::text::hex;

/// The entries under each of the tables that a file may have; of a table all rows under the first one.
///
/// What is in the file decides whether it is TOML or a table; its name does only if it has neither.
pub(crate) fn entries<'a>(
    source: &'a SourceText,
    columns: &[&str],
    tables: &[&'static str],
) -> Result<Vec<Field<'a>>> {
    let SourceText { path, bytes, .. } = source;
    if is_workbook(bytes) {
        return of_table(source, columns, tables[0]);
    }
    if let Some(Foreign { what, advice }) = Foreign::of(bytes, Wanted::Table) {
        return Err(refused(
            path,
            1,
            format!("{what}; expected TOML, or a table as CSV, TSV or .xlsx; {advice}"),
        ));
    }
    let text = utf8(bytes).map_err(|problem| {
        refused(path, problem.line as usize, format!("{}; expected {}", problem.found, problem.expected))
    })?;
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    let heads =
        |brackets: &str| first.strip_prefix(brackets).is_some_and(|rest| rest.trim_start().starts_with('{'));
    if first.starts_with('{') || first == "[" || heads("[") {
        let reason = format!(
            "JSON; expected TOML with {}, or a table as CSV, TSV or .xlsx; write what it says in one of these",
            heading(tables[0])
        );
        return Err(refused(path, 1, reason));
    }
    match !first.starts_with('[') && (has_table_ending(path) || names_columns(first, columns)) {
        true => of_table(source, columns, tables[0]),
        false => of_toml(path, &text, tables),
    }
}

/// Whether a line has the names of columns, as the header of a table.
fn names_columns(line: &str, columns: &[&str]) -> bool {
    let is_header = |separator: u8| {
        let cells: Vec<String> =
            line.split(char::from(separator)).map(|cell| cell.trim_matches('"').to_owned()).collect();
        known_names(&cells, columns).iter().flatten().count() > 1
    };
    SEPARATORS.into_iter().any(is_header)
}

/// Names of files that hold a table of text end so.
fn has_table_ending(path: &Path) -> bool {
    path.extension().is_some_and(|ending| {
        ["csv", "tsv", "tab", "txt"].iter().any(|known| ending.eq_ignore_ascii_case(known))
    })
}

pub(crate) fn source(text: &SourceText) -> SourceFile {
    let digest = Sha256::digest(&text.bytes);
    SourceFile { path: text.path.clone(), sha256: hex(&digest) }
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
            let reason = format!("this file has no table {:?}; expected {}", key.get_ref(), known.join(", "));
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
        DeValue::Table(table) => Value::Entry(of_toml_table(path, what, table, value.span().start, line)),
        DeValue::Array(array) => {
            let entry = |item: &Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::Table(table) => Some(of_toml_table(path, what, table, item.span().start, line)),
                _ => None,
            };
            match array.iter().map(entry).collect() {
                Some(entries) => Value::Entries(entries),
                None => Value::Other("a list of something else than tables".to_owned()),
            }
        }
    }
}

fn of_toml_table<'a>(
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

/// Columns of numbers: a comma may stand before their decimals.
const NUMBERS: [&str; 5] = ["unit_price", "minimum", "included", "rate", "amount"];

/// Columns of months.
const MONTHS: [&str; 3] = ["valid_from", "valid_to", "period"];

fn of_table<'a>(source: &'a SourceText, columns: &[&str], name: &str) -> Result<Vec<Field<'a>>> {
    let SourceText { path, bytes, locale } = source;
    let table = Table::parse(&path.display().to_string(), bytes, columns, Writing::Person(*locale))?;
    if let Some(unknown) = table.columns.iter().find(|name| !columns.contains(&name.as_str())) {
        let expected = format!("some of {}", columns.join(", "));
        return Err(table.error(1, format!("{unknown:?} is not a column of this table"), expected));
    }
    let entry = |row: &Row| -> Result<Fields<'a>> {
        let line = row.line as usize;
        let mut fields = Vec::new();
        for (at, key) in table.columns.iter().enumerate() {
            if let Some(text) = text(&table, row, at)? {
                fields.push(Field { key: key.clone(), line, value: Value::Text(text) });
            }
        }
        Ok(Fields { path, what: ROW, line, fields })
    };
    let rows = table.rows.iter().map(entry).collect::<Result<_>>()?;
    Ok(vec![Field { key: name.to_owned(), line: 1, value: Value::Entries(rows) }])
}

/// What a cell says. An empty one is a key that is not there; of the unit it is the unit that has no name.
fn text(table: &Table, row: &Row, at: usize) -> Result<Option<String>> {
    let (key, cell) = (table.columns[at].as_str(), &row.cells[at]);
    if cell.trim().is_empty() {
        return Ok((key == "measured_unit").then(String::new));
    }
    if NUMBERS.contains(&key) {
        return table.decimal(row, at).map(Some);
    }
    if key == "tiers" {
        return table.decimals_between(row, at, &[';', ':'], &NUMBERS).map(Some);
    }
    if MONTHS.contains(&key) {
        return table.month(row, at).map(|month| Some(month.to_string()));
    }
    Ok(Some(cell.trim().to_owned()))
}

/// The line that a byte stands in, from 1.
fn line_at(text: &[u8], at: usize) -> usize {
    1 + text[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}
