//! The rows of a small table of text.

use std::io::Read as _;

use super::cells::{Cells, Layout, Shape};
use super::encoding::{self, Decoder, END, MARK, Utf16};
use super::escapes::{NO_ESCAPES, escape_in, may_be_escapes};
use super::lines::{line_at, line_ends};
use super::preamble::{Preamble, SEPARATORS, has_lone_returns, is_blank, is_passed, replace_returns};
use super::table::{Cell, HEADER_ROWS_MAX, Problem, Row};

/// What a backslash before a quote in a cell calls for.
pub(crate) const DOUBLED_QUOTES: &str = "quotes inside cells doubled (\"\"), not escaped by a backslash; write the file again with \
                                  doubled quotes, which is the usual setting of CSV";

/// Rows with text, and what is between their cells. `names` counts the columns that a header is known to have.
pub(crate) fn rows(bytes: &[u8], names: impl Fn(&[String]) -> usize) -> Result<(Vec<Row>, u8), Problem> {
    let mut text = utf8(bytes)?.into_bytes();
    let preamble = Preamble::of(&text);
    if has_lone_returns(&text[preamble.length..]) {
        replace_returns(&mut text);
    }
    let body = &text[preamble.length..];
    // The header may have a title above it, which has no separators.
    let known = |separator: u8| first_records(body, separator).map(|cells| names(&cells)).max().unwrap_or(0);
    // The first one of equals.
    let separator = preamble.separator.unwrap_or_else(|| {
        SEPARATORS.into_iter().rev().max_by_key(|separator| known(*separator)).expect("there are separators")
    });
    let line = 1 + line_ends(&text[..preamble.length]);
    let names_of = |separator: u8| first_records(body, separator).next().map_or(0, |cells| names(&cells));
    if let Some(problem) = preamble.wrong_separator(names_of) {
        return Err(Problem { line, ..problem });
    }
    Ok((split(body, separator, line)?, separator))
}

/// A text in whatever Unicode encoding it is saved, without the marks of its beginning and its end.
///
/// # Errors
/// Bytes that are no text.
pub fn utf8(bytes: &[u8]) -> Result<String, Problem> {
    let mut text = decoded(bytes)?;
    if text.last() == Some(&END) {
        text.pop();
    }
    let length = if text.starts_with(MARK) { MARK.len() } else { 0 };
    text.drain(..length);
    String::from_utf8(text).map_err(|error| {
        let (text, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        Problem {
            line: line_at(text, at),
            found: format!("the byte 0x{:02X}, which is not UTF-8", text[at]),
            expected: "UTF-8; in a spreadsheet save the table as \"CSV UTF-8\"".to_owned(),
        }
    })
}

/// # Errors
/// UTF-16 that ends within a character.
fn decoded(bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    Ok(match Utf16::of(bytes) {
        None => bytes.to_vec(),
        Some(_) if bytes.len() % 2 == 1 => {
            return Err(Problem {
                line: 1,
                found: encoding::HALF_A_CHARACTER.to_owned(),
                expected: encoding::WHOLE_FILE.to_owned(),
            });
        }
        Some(order) => {
            let mut text = Vec::new();
            Decoder::new(bytes, order).read_to_end(&mut text).expect("bytes in memory can be read");
            text
        }
    })
}

fn layout(delimiter: u8) -> Layout {
    Layout { delimiter, cells: 0, key: 0, is_key: |_| false }
}

fn first_records(body: &[u8], separator: u8) -> impl Iterator<Item = Vec<String>> {
    let layout = layout(separator);
    let mut start = 0;
    let records = std::iter::from_fn(move || {
        let record = (start < body.len()).then(|| layout.record(body, start, |_, _| ()))?;
        start = record.next;
        Some(texts(&layout, &body[record.text]))
    });
    records.take(HEADER_ROWS_MAX)
}

fn texts(layout: &Layout, record: &[u8]) -> Vec<String> {
    Cells::of(layout, record).iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
}

fn split(body: &[u8], separator: u8, mut line: u64) -> Result<Vec<Row>, Problem> {
    let layout = layout(separator);
    let mut rows = Vec::new();
    let mut start = 0;
    let has_escapes = may_be_escapes(body, separator);
    while start < body.len() {
        let record = layout.record(body, start, |_, _| ());
        let own = &body[record.text.clone()];
        let own = own.strip_prefix(MARK).unwrap_or(own);
        check_shape(record.shape, own, line)?;
        if has_escapes && let Some(escaped) = escape_in(own) {
            let found = format!("a backslash before {escaped:?} in text between tabs");
            return Err(Problem { line, found, expected: NO_ESCAPES.to_owned() });
        }
        let is_between = is_passed(own, record.cells);
        if !is_between && !is_blank(own) {
            let cells = texts(&layout, own).into_iter().map(Cell::text).collect();
            rows.push(Row { line, cells });
        }
        line += line_ends(&body[start..record.next]);
        start = record.next;
    }
    Ok(rows)
}

fn check_shape(shape: Shape, text: &[u8], line: u64) -> Result<(), Problem> {
    let has_backslash = memchr::memmem::find(text, b"\\\"").is_some();
    let (found, expected) = match shape {
        Shape::Plain | Shape::Escaped => return Ok(()),
        _ if has_backslash => ("a quote after a backslash inside a cell", DOUBLED_QUOTES),
        Shape::Trailing => {
            ("text after a closing quote", "a separator there, and quotes inside cells doubled")
        }
        Shape::Unclosed | Shape::Open => {
            ("a quote that is never closed", "cells whose quotes are closed, and quotes inside them doubled")
        }
    };
    Err(Problem { line, found: found.to_owned(), expected: expected.to_owned() })
}
