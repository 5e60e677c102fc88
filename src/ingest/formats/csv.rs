//! CSV and TSV with a header line to records. Opens no file.

mod header;
mod workbook;

use std::cell::Cell as StdCell;
use std::str::from_utf8;

use memchr::memmem;

use self::header::Column;
pub(crate) use self::header::{Header, fields};
pub(crate) use self::workbook::read_workbook;
use super::documents::zeros;
use super::json;
use crate::fault::Reason;
use crate::ingest::records::collector::{BATCH_RECORDS_MAX, Collector, Found, Pending, RecordFault};
use crate::ingest::records::raw::{Raw, RawRecord};
use crate::tabular::cells::{Cells, Record, Shape};
use crate::tabular::escapes::{NO_ESCAPES, escape_in};
use crate::tabular::lines::line_ends;
use crate::tabular::preamble::is_passed;
use crate::tabular::{DOUBLE_QUOTES, SINGLE_QUOTES, failed, has_single_quoted_cell, numbers, text};
use crate::text::{counted, shorten};
use crate::usage::Field;

/// The end of the last whole record of a block that begins with a record.
///
/// Blocks that are cut there can be read one by one, in any order.
pub(crate) fn last_record_end(header: &Header, block: &[u8]) -> Option<usize> {
    header.layout.last_record_end(block)
}

/// Feeds all records of a block that begins and ends with a whole record; only the file's end may cut one.
///
/// `offset` counts the bytes of the file before the block.
pub(crate) fn read_block(header: &Header, block: &[u8], offset: u64, collector: &mut Collector) {
    let suspects = Suspects {
        is_utf8: simdutf8::basic::from_utf8(block).is_ok(),
        has_doubled_quotes: memmem::find(block, b"''").is_some(),
    };
    let lines = Lines::new(block, offset, header.lines + collector.lines_in_chunk());
    let found = |pending: &Pending| lines.found(pending.text, pending.offset);
    let is_plain_header = header.is_plain();
    let mut batch = [Pending::default(); BATCH_RECORDS_MAX];
    let mut count = 0;
    let mut start = 0;
    while start < block.len() {
        let pending = &mut batch[count];
        let record = header.layout.record(block, start, |place, text| {
            if let Some(Some(column)) = header.columns.get(place) {
                pending.record.set(column.field, column.value(text));
            }
        });
        start = record.next;
        let text = &block[record.text.clone()];
        if is_blank(header, text)
            || header.is_repeated(text, &pending.record)
            || is_passed(text, record.cells)
        {
            continue;
        }
        pending.text = text;
        pending.offset = Some(offset + record.text.start as u64);
        let fault = match header.is_other(text, &pending.record) {
            true => Some(other_header()),
            false => fault_of(header, &record, text, offset + record.text.start as u64, suspects),
        };
        let is_plain = fault.is_none()
            && record.shape == Shape::Plain
            && is_plain_header
            && header.marks.is_certain(&pending.record);
        count += usize::from(is_plain);
        if is_plain && count < batch.len() {
            continue;
        }
        collector.push_batch(&mut batch[..count], found);
        count = 0;
        let offset = Some(offset + record.text.start as u64);
        if let Some(fault) = fault {
            collector.push_fault(fault, offset, lines.found(text, offset));
        } else if !is_plain {
            header.push(&Cells::of(&header.layout, text), offset, collector, || lines.found(text, offset));
        }
    }
    collector.push_batch(&mut batch[..count], found);
    collector.count_lines(line_ends(block));
}

/// Rejects a row that is too long, whose beginning is all of a block.
pub(crate) fn push_too_long(header: &Header, text: &[u8], offset: u64, collector: &mut Collector) {
    let expected = "a row of some 1 kB: look for a quote that is never closed";
    let fault = RecordFault { expected: expected.into(), ..json::too_long() };
    let text = &text[..text.len().min(RAW_MAX)];
    let found = Lines::new(text, offset, header.lines + collector.lines_in_chunk()).found(text, Some(offset));
    collector.push_fault(fault, Some(offset), found);
}

/// The lines of a block, counted as far as they are asked for.
struct Lines<'b> {
    block: &'b [u8],
    /// Bytes of the file before the block.
    offset: u64,
    /// A byte of the block that begins a line, and the line's number.
    counted: StdCell<(usize, u64)>,
}

impl<'b> Lines<'b> {
    fn new(block: &'b [u8], offset: u64, lines_before: u64) -> Self {
        Self { block, offset, counted: StdCell::new((0, lines_before + 1)) }
    }

    /// What messages show of a record; records are asked for in their order.
    fn found(&self, text: &[u8], offset: Option<u64>) -> Found {
        let at = (offset.unwrap_or(self.offset) - self.offset) as usize;
        let (from, line) = self.counted.get();
        let line = line + line_ends(&self.block[from..at]);
        self.counted.set((at, line));
        Found { raw: shorten(&String::from_utf8_lossy(text), RAW_MAX), line: Some(line) }
    }
}

/// Whether a line is an empty row of a spreadsheet.
fn is_blank(header: &Header, text: &[u8]) -> bool {
    text.iter().all(|byte| *byte == header.layout.delimiter || matches!(byte, b'"' | b' '))
}

/// Characters of a faulty record that are kept.
const RAW_MAX: usize = 64 * 1024;

impl Header {
    /// Hands on a record whose cells are not all to be taken as they are.
    fn push(
        &self,
        cells: &Cells,
        offset: Option<u64>,
        collector: &mut Collector,
        found: impl FnOnce() -> Found,
    ) {
        let mut values = RawRecord::default();
        let mut usage = None;
        for (column, cell) in self.columns.iter().zip(cells.iter()) {
            let Some(column) = column else { continue };
            let cell = if self.is_padded { without_spaces(cell) } else { cell };
            if self.is_padded && cell.first() == Some(&b'"') {
                return collector.push_fault(space_before_quote(column.field), offset, found());
            }
            if column.field == Field::Usage {
                usage = Some(String::from_utf8_lossy(cell));
            }
            values.set(column.field, column.value(cell));
        }
        let usage = usage.unwrap_or_default();
        let plain = match self.marks.plain(&usage) {
            Err(fault @ (numbers::Fault::Ambiguous | numbers::Fault::OtherMark)) => {
                return collector.push_fault(self.marks.fault(&usage, fault), offset, found());
            }
            plain => plain,
        };
        if let Ok(plain) = &plain {
            values.set(Field::Usage, Raw::Cell(plain.as_bytes()));
        }
        collector.push(&values, offset, found);
    }
}

/// A cell without the spaces around it; tabs are its own.
fn without_spaces(cell: &[u8]) -> &[u8] {
    let start = cell.iter().position(|byte| *byte != b' ').unwrap_or(cell.len());
    let end = cell.iter().rposition(|byte| *byte != b' ').map_or(start, |last| last + 1);
    &cell[start..end]
}

impl Column {
    fn value<'a>(&self, text: &'a [u8]) -> Raw<'a> {
        match text.is_empty() {
            true => self.empty,
            false if failed::is_error(text) => Raw::Failed(text),
            false if self.field == Field::Usage => Raw::Cell(text),
            false => Raw::Text(text),
        }
    }
}

/// What each record of a block has to be looked through for.
#[derive(Clone, Copy)]
struct Suspects {
    is_utf8: bool,
    /// Two single quotes, as for one in a cell between single quotes.
    has_doubled_quotes: bool,
}

fn fault_of(
    header: &Header,
    record: &Record,
    text: &[u8],
    offset: u64,
    suspects: Suspects,
) -> Option<RecordFault> {
    let fault =
        |reason, value: String, expected: &'static str| Some(RecordFault::of_whole(reason, value, expected));
    let columns = header.columns.len();
    if text.first() == Some(&0) && text.iter().all(|byte| *byte == 0) {
        return Some(zeros(offset));
    }
    if !suspects.is_utf8
        && let Err(error) = from_utf8(text)
    {
        let value = format!("a line with the byte 0x{:02X}, which is not UTF-8", text[error.valid_up_to()]);
        return fault(Reason::NotUtf8, value, "UTF-8; in a spreadsheet save the table as \"CSV UTF-8\"");
    }
    let is_whole = matches!(record.shape, Shape::Plain | Shape::Escaped) && record.cells == columns;
    if header.has_escapes
        && is_whole
        && let Some(escaped) = escape_in(text)
    {
        let value = format!("a backslash before {escaped:?} in text between tabs");
        return fault(Reason::Malformed, value, NO_ESCAPES);
    }
    let has_text = |part: &[u8]| memmem::find(text, part).is_some();
    let is_doubled = || suspects.has_doubled_quotes && has_text(b"''");
    if (!is_whole || is_doubled()) && has_single_quoted_cell(text, header.layout.delimiter) {
        return fault(Reason::Malformed, SINGLE_QUOTES.to_owned(), DOUBLE_QUOTES);
    }
    if is_whole {
        return None;
    }
    if has_text(b"\\\"") {
        let value = "a quote after a backslash inside a cell".to_owned();
        return fault(Reason::Malformed, value, text::DOUBLED_QUOTES);
    }
    match record.shape {
        Shape::Trailing => fault(
            Reason::Malformed,
            "text after a closing quote".to_owned(),
            "a separator there, and quotes inside cells doubled",
        ),
        Shape::Unclosed => fault(
            Reason::Malformed,
            "a quote that is not closed before the next record".to_owned(),
            "cells whose quotes are closed, quotes inside them doubled",
        ),
        Shape::Open => {
            fault(Reason::Truncated, "a quote that is not closed before the end".to_owned(), "a whole record")
        }
        Shape::Plain | Shape::Escaped => Some(RecordFault::of_whole(
            Reason::Malformed,
            format!("a line of {}", counted(record.cells as u64, "cell")),
            format!("{columns} cells, as in the header"),
        )),
    }
}

fn other_header() -> RecordFault {
    RecordFault {
        reason: Reason::Malformed,
        field: None,
        value: "a header with the columns in another order, as of another file".to_owned(),
        expected: "records below the first header only; save what follows as a file of its own".into(),
    }
}

fn space_before_quote(field: Field) -> RecordFault {
    RecordFault {
        reason: Reason::Malformed,
        field: Some(field),
        value: "in quotes after a space".to_owned(),
        expected: "no space between separators and quotes".into(),
    }
}

#[cfg(test)]
mod tests;
