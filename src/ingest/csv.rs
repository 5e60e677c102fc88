//! CSV and TSV with a header line to records. Opens no file.

mod cells;

use std::str::from_utf8;

use self::cells::{Layout, Record, Shape, unquote};
use super::collector::{BATCH_RECORDS_MAX, Collector, Pending, RecordFault};
use super::raw::{Raw, RawRecord};
use super::token::parse_uuid;
use super::values::shorten;
use crate::fault::Reason;
use crate::usage::Field;

/// What the header line says.
#[derive(Clone, Debug)]
pub struct Header {
    layout: Layout,
    columns: Vec<Option<Column>>,
    unknown: Vec<String>,
}

/// A column that is a field of the record.
#[derive(Clone, Copy, Debug)]
struct Column {
    field: Field,
    /// What its empty cells mean.
    empty: Raw<'static>,
}

const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Header {
    /// Reads the header from the beginning of a file; also gives the number of bytes before the first record.
    ///
    /// `start` holds at least the first line.
    pub fn parse(start: &[u8]) -> Result<(Self, usize), RecordFault> {
        let behind_mark = start.strip_prefix(BOM).unwrap_or(start);
        let (line, names, delimiter, next) = DELIMITERS
            .map(|delimiter| Self::split(behind_mark, delimiter))
            .into_iter()
            .rev()
            .max_by_key(|(_, names, ..)| names.iter().filter(|name| Field::named(name).is_some()).count())
            .expect("there are delimiters");
        if !names.iter().any(|name| Field::named(name).is_some()) {
            let line = String::from_utf8_lossy(line);
            let line = shorten(line.lines().next().unwrap_or_default(), 120);
            return Err(foreign(format!("{line:?}")));
        }
        // Else records behind it would be taken for names, and be lost without a word.
        if memchr::memchr2(b'\n', b'\r', line).is_some() {
            return Err(foreign("a header line that does not end before the first record".to_owned()));
        }
        let header = Self::of(&names, delimiter)?;
        Ok((header, start.len() - behind_mark.len() + next))
    }

    /// The columns that are no field of the record.
    pub fn unknown_columns(&self) -> &[String] {
        &self.unknown
    }

    fn split(start: &[u8], delimiter: u8) -> (&[u8], Cells, u8, usize) {
        let layout = Layout { delimiter, cells: 0, key: 0, is_key: |_| false };
        let record = layout.record(start, 0, |_, _| ());
        let line = &start[record.text];
        (line, Cells::of(&layout, line), delimiter, record.next)
    }

    fn of(names: &Cells, delimiter: u8) -> Result<Self, RecordFault> {
        let mut places = [None; Field::COUNT];
        let mut columns = Vec::with_capacity(names.ends.len());
        let mut unknown = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let field = Field::named(name);
            match field {
                None => unknown.push(String::from_utf8_lossy(name).into_owned()),
                Some(field) => {
                    if let Some(first) = places[field as usize].replace(place) {
                        return Err(duplicate(field, first, place));
                    }
                }
            }
            columns.push(field.map(|field| Column { field, empty: empty(field) }));
        }
        let missing = missing(|field| places[field as usize].is_some());
        let Some(key) = places[Field::Uuid as usize].filter(|_| missing.is_empty()) else {
            return Err(foreign(format!("a header without {}", missing.join(", "))));
        };
        let is_key = |cell: &[u8]| parse_uuid(cell).is_some();
        let layout = Layout { delimiter, cells: columns.len(), key, is_key };
        Ok(Self { layout, columns, unknown })
    }
}

/// The end of the last whole record of a block that begins with a record.
///
/// Blocks that are cut there can be read one by one, in any order.
pub fn last_record_end(header: &Header, block: &[u8]) -> Option<usize> {
    header.layout.last_record_end(block)
}

/// Feeds all records of a block that begins and ends with a whole record; only the file's end may cut one.
///
/// `offset` counts the bytes of the file before the block.
pub fn read_block(header: &Header, block: &[u8], offset: u64, collector: &mut Collector) {
    let is_utf8 = simdutf8::basic::from_utf8(block).is_ok();
    let raw = |text: &[u8]| shorten(&String::from_utf8_lossy(text), RAW_MAX);
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
        if text.is_empty() {
            continue;
        }
        pending.text = text;
        pending.offset = Some(offset + record.text.start as u64);
        let fault = fault_of(header, &record, text, is_utf8);
        let is_plain = fault.is_none() && record.shape == Shape::Plain;
        count += usize::from(is_plain);
        if is_plain && count < batch.len() {
            continue;
        }
        collector.push_batch(&mut batch[..count], |pending| raw(pending.text));
        count = 0;
        let offset = Some(offset + record.text.start as u64);
        if let Some(fault) = fault {
            collector.push_fault(fault, offset, raw(text));
        } else if !is_plain {
            let cells = Cells::of(&header.layout, text);
            collector.push(&header.values(&cells), offset, || raw(text));
        }
    }
    collector.push_batch(&mut batch[..count], |pending| raw(pending.text));
}

/// Characters of a faulty record that are kept.
const RAW_MAX: usize = 64 * 1024;

impl Header {
    fn values<'a>(&self, cells: &'a Cells) -> RawRecord<'a> {
        let mut values = RawRecord::default();
        for (column, text) in self.columns.iter().zip(cells.iter()) {
            if let Some(column) = column {
                values.set(column.field, column.value(text));
            }
        }
        values
    }
}

impl Column {
    fn value<'a>(&self, text: &'a [u8]) -> Raw<'a> {
        match text.is_empty() {
            true => self.empty,
            false => Raw::Text(text),
        }
    }
}

/// The required fields that a header does not have.
fn missing(has: impl Fn(Field) -> bool) -> Vec<&'static str> {
    let required = Field::ALL.into_iter().filter(|field| field.is_required());
    let mut missing: Vec<_> = required.filter(|field| !has(*field)).map(Field::name).collect();
    if !has(Field::BillingPeriod) && !has(Field::Date) {
        missing.push("billing_period (or date)");
    }
    missing
}

/// What an empty cell means: the empty text where that is a value, else nothing.
fn empty(field: Field) -> Raw<'static> {
    use Field::*;
    match field {
        Username | MeasuredUnit | Description | BackendId | ResourceName | OfferingName | ProjectName
        | CustomerName | ComponentType => Raw::Text(b""),
        Uuid | User | ComponentUsage | Usage | Created | Modified | ResourceUuid | OfferingUuid
        | ProjectUuid | CustomerUuid | Date | BillingPeriod => Raw::Missing,
    }
}

fn fault_of(header: &Header, record: &Record, text: &[u8], is_utf8: bool) -> Option<RecordFault> {
    let (reason, value, expected) = match record.shape {
        _ if !is_utf8 && from_utf8(text).is_err() => {
            (Reason::NotUtf8, "bytes that are not UTF-8".to_owned(), "UTF-8 text".to_owned())
        }
        Shape::Unclosed => (
            Reason::Malformed,
            "a quote that is not closed before the next record".to_owned(),
            "cells whose quotes are closed, quotes inside them doubled".to_owned(),
        ),
        Shape::Open => (
            Reason::Truncated,
            "a quote that is not closed before the end".to_owned(),
            "a whole record".to_owned(),
        ),
        _ if record.cells != header.columns.len() => (
            Reason::Malformed,
            format!("a line of {} cells", record.cells),
            format!("{} cells, as in the header", header.columns.len()),
        ),
        _ => return None,
    };
    Some(RecordFault { reason, field: None, value, expected: expected.into() })
}

/// The cells of one record, as they are meant.
#[derive(Default)]
struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Cells {
    fn of(layout: &Layout, record: &[u8]) -> Self {
        let mut cells = Self::default();
        layout.record(record, 0, |_, cell| {
            unquote(cell, &mut cells.text);
            cells.ends.push(cells.text.len());
        });
        cells
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.text[start..*end])
    }
}

fn foreign(value: String) -> RecordFault {
    let expected =
        "records: a line of the fields' names, between commas, semicolons or tabs, and a line each".into();
    RecordFault { reason: Reason::NotRecords, field: None, value, expected }
}

fn duplicate(field: Field, first: usize, second: usize) -> RecordFault {
    RecordFault {
        reason: Reason::DuplicateField,
        field: Some(field),
        value: format!("the name of columns {} and {}", first + 1, second + 1),
        expected: "one column of that name".into(),
    }
}

#[cfg(test)]
mod tests;
