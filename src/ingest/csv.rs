//! CSV and TSV with a header line to records. Opens no file.

mod workbook;

use std::str::from_utf8;

pub use self::workbook::read_workbook;

use super::collector::{BATCH_RECORDS_MAX, Collector, Pending, RecordFault};
use super::raw::{Raw, RawRecord};
use super::token::{parse_uri_uuid, parse_uuid};
use super::values::{bad_usage, shorten};
use crate::fault::Reason;
use crate::tabular::cells::{Cells, Layout, Record, Shape};
use crate::tabular::encoding::MARK;
use crate::tabular::lines::line_ends;
use crate::tabular::numbers::{self, Mark, mark_of};
use crate::tabular::preamble::{Preamble, SEPARATORS};
use crate::tabular::{header, text};
use crate::usage::Field;

/// What the header line says.
#[derive(Clone, Debug)]
pub struct Header {
    layout: Layout,
    columns: Vec<Option<Column>>,
    unknown: Vec<String>,
    /// Names of columns that are spelled in another way than their fields.
    respelled: Vec<String>,
    /// The line itself, which comes again where files were joined.
    text: Vec<u8>,
    /// Lines before the first record.
    lines: u64,
    /// What usages have before their decimals, if they show it.
    mark: Option<Mark>,
    /// Whether names and cells have spaces around them.
    is_padded: bool,
}

/// A column that is a field of the record.
#[derive(Clone, Copy, Debug)]
struct Column {
    field: Field,
    /// What its empty cells mean.
    empty: Raw<'static>,
}

impl Header {
    /// Reads the header from the beginning of a file; also returns the number of bytes before the first record.
    ///
    /// `start` holds at least the header, and all of the file if `is_whole`.
    pub fn parse(start: &[u8], is_whole: bool) -> Result<(Self, usize), RecordFault> {
        let preamble = Preamble::of(start);
        let body = &start[preamble.length..];
        let separators = preamble.separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let (record, names, separator) = separators
            .into_iter()
            .rev()
            .map(|separator| Self::split(body, separator))
            .max_by_key(|(_, names, _)| fields(names).iter().flatten().count())
            .expect("there are separators");
        let line = &body[record.text];
        if fields(&names).iter().all(Option::is_none) {
            return Err(without_names(line, &names));
        }
        // Else records after it would be taken for names, and be lost without a word.
        if memchr::memchr2(b'\n', b'\r', line).is_some() {
            return Err(foreign("a header line that does not end before the first record".to_owned()));
        }
        let length = preamble.length + record.next;
        let mut header = Self::of(&names, separator)?;
        header.text = line.to_vec();
        header.lines = line_ends(&start[..length]);
        header.mark = header.mark_in(&start[length..], is_whole);
        Ok((header, length))
    }

    /// The columns that are no field of the record.
    pub fn unknown_columns(&self) -> &[String] {
        &self.unknown
    }

    /// Names of columns that are spelled in another way than their fields.
    pub fn respelled_columns(&self) -> &[String] {
        &self.respelled
    }

    fn split(start: &[u8], delimiter: u8) -> (Record, Vec<String>, u8) {
        let layout = Layout { delimiter, cells: 0, key: 0, is_key: |_| false };
        let record = layout.record(start, 0, |_, _| ());
        let cells = Cells::of(&layout, &start[record.text.clone()]);
        let names = cells.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        (record, names, delimiter)
    }

    fn of(names: &[String], delimiter: u8) -> Result<Self, RecordFault> {
        let fields = fields(names);
        let mut places = [None; Field::COUNT];
        for (place, field) in fields.iter().enumerate() {
            if let Some(field) = field
                && let Some(first) = places[*field as usize].replace(place)
            {
                return Err(duplicate(*field, first, place));
            }
        }
        let missing = missing(|field| places[field as usize].is_some());
        let Some(key) = places[Field::Uuid as usize].filter(|_| missing.is_empty()) else {
            return Err(foreign(format!("a header without {}", missing.join(", "))));
        };
        let is_key = |cell: &[u8]| parse_uuid(cell.trim_ascii()).is_some();
        let named = || names.iter().zip(&fields);
        // A column without a name is the row number of a data frame, or an empty column of a spreadsheet.
        let unknown = named().filter(|(name, field)| field.is_none() && !name.trim().is_empty());
        let is_respelled = |(name, field): &(&String, &Option<Field>)| {
            field.is_some_and(|field| name.trim() != field.name())
        };
        Ok(Self {
            layout: Layout { delimiter, cells: names.len(), key, is_key },
            unknown: unknown.map(|(name, _)| name.clone()).collect(),
            respelled: named().filter(is_respelled).map(|(name, _)| name.trim().to_owned()).collect(),
            is_padded: named().any(|(name, field)| field.is_some() && name.trim() != name),
            columns: fields
                .iter()
                .map(|field| field.map(|field| Column { field, empty: empty(field) }))
                .collect(),
            text: Vec::new(),
            lines: 0,
            mark: None,
        })
    }

    /// The mark that usages in the first records show.
    fn mark_in(&self, records: &[u8], is_whole: bool) -> Option<Mark> {
        let records = match is_whole {
            true => records,
            false => &records[..last_record_end(self, records).unwrap_or(0)],
        };
        let mut start = 0;
        let usages = std::iter::from_fn(|| {
            let mut usage = "";
            (start < records.len()).then(|| {
                let record = self.layout.record(records, start, |place, text| {
                    if let Some(Some(Column { field: Field::Usage, .. })) = self.columns.get(place) {
                        usage = from_utf8(text).unwrap_or_default();
                    }
                });
                start = record.next;
                usage
            })
        });
        mark_of(usages, self.layout.delimiter)
    }

    /// Whether cells can be taken as they are.
    fn is_plain(&self) -> bool {
        self.mark == Some(Mark::Point) && !self.is_padded
    }

    /// Whether a line is the header again, as in files that were joined.
    fn is_repeated(&self, text: &[u8]) -> bool {
        text.len() >= self.text.len() && text.strip_prefix(MARK).unwrap_or(text) == self.text
    }
}

/// A cell without the spaces around it; tabs are its own.
fn without_spaces(cell: &[u8]) -> &[u8] {
    let start = cell.iter().position(|byte| *byte != b' ').unwrap_or(cell.len());
    let end = cell.iter().rposition(|byte| *byte != b' ').map_or(start, |last| last + 1);
    &cell[start..end]
}

/// The field of each column.
fn fields(names: &[String]) -> Vec<Option<Field>> {
    let known = Field::ALL.map(Field::name);
    let field = |name: Option<&str>| name.and_then(|name| Field::named(name.as_bytes()));
    header::known_names(names, &known).into_iter().map(field).collect()
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
        if is_blank(header, text) || header.is_repeated(text) {
            continue;
        }
        pending.text = text;
        pending.offset = Some(offset + record.text.start as u64);
        let fault = fault_of(header, &record, text, is_utf8);
        let is_plain = fault.is_none() && record.shape == Shape::Plain && is_plain_header;
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
            header.push(&Cells::of(&header.layout, text), offset, text, collector);
        }
    }
    collector.push_batch(&mut batch[..count], |pending| raw(pending.text));
    collector.number_lines(block, offset, header.lines);
}

/// Whether a line is an empty row of a spreadsheet.
fn is_blank(header: &Header, text: &[u8]) -> bool {
    text.iter().all(|byte| *byte == header.layout.delimiter || matches!(byte, b'"' | b' '))
}

/// Characters of a faulty record that are kept.
const RAW_MAX: usize = 64 * 1024;

impl Header {
    /// Hands on a record whose cells are not all to be taken as they are.
    fn push(&self, cells: &Cells, offset: Option<u64>, text: &[u8], collector: &mut Collector) {
        let raw = || shorten(&String::from_utf8_lossy(text), RAW_MAX);
        let mut values = RawRecord::default();
        let mut usage = None;
        for (column, cell) in self.columns.iter().zip(cells.iter()) {
            let Some(column) = column else { continue };
            let cell = if self.is_padded { without_spaces(cell) } else { cell };
            if self.is_padded && cell.first() == Some(&b'"') {
                return collector.push_fault(space_before_quote(column.field), offset, raw());
            }
            if column.field == Field::Usage {
                usage = Some(String::from_utf8_lossy(cell));
            }
            values.set(column.field, column.value(cell));
        }
        let usage = usage.unwrap_or_default();
        let plain = match numbers::plain(&usage, self.mark) {
            Err(fault @ (numbers::Fault::Ambiguous | numbers::Fault::OtherMark)) => {
                return collector.push_fault(bad_usage(&usage, fault, self.mark), offset, raw());
            }
            plain => plain,
        };
        if let Ok(plain) = &plain {
            values.set(Field::Usage, Raw::Cell(plain.as_bytes()));
        }
        collector.push(&values, offset, raw);
    }
}

impl Column {
    fn value<'a>(&self, text: &'a [u8]) -> Raw<'a> {
        match text.is_empty() {
            true => self.empty,
            false if self.field == Field::Usage => Raw::Cell(text),
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
    let fault = |reason, value: String, expected: &'static str| {
        Some(RecordFault { reason, field: None, value, expected: expected.into() })
    };
    let columns = header.columns.len();
    if !is_utf8 && let Err(error) = from_utf8(text) {
        let value = format!("a line with the byte 0x{:02X}, which is not UTF-8", text[error.valid_up_to()]);
        return fault(Reason::NotUtf8, value, "UTF-8; in a spreadsheet save the table as \"CSV UTF-8\"");
    }
    let is_whole = matches!(record.shape, Shape::Plain | Shape::Escaped);
    if is_whole && (record.cells == columns || has_empty_surplus(header, record, text)) {
        return None;
    }
    if memchr::memmem::find(text, b"\\\"").is_some() {
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
        Shape::Plain | Shape::Escaped => Some(RecordFault {
            reason: Reason::Malformed,
            field: None,
            value: format!("a line of {} cells", record.cells),
            expected: format!("{columns} cells, as in the header").into(),
        }),
    }
}

/// Whether the cells beyond those of the header are empty, as spreadsheets write them.
fn has_empty_surplus(header: &Header, record: &Record, text: &[u8]) -> bool {
    let surplus = record.cells.saturating_sub(header.columns.len());
    surplus > 0 && text.ends_with(&vec![header.layout.delimiter; surplus])
}

fn space_before_quote(field: Field) -> RecordFault {
    RecordFault {
        reason: Reason::Malformed,
        field: Some(field),
        value: "in quotes after a space".to_owned(),
        expected: "no space between separators and quotes".into(),
    }
}

/// A first line that names no field: another table, or records without a header.
fn without_names(line: &[u8], cells: &[String]) -> RecordFault {
    let is_record = |cell: &String| parse_uuid(cell.trim().as_bytes()).is_some();
    if cells.iter().any(is_record)
        && cells.iter().any(|cell| cell.contains('/') && parse_uri_uuid(cell.as_bytes()).is_some())
    {
        return RecordFault {
            reason: Reason::NotRecords,
            field: None,
            value: "a table without a header: its first line is already a record".to_owned(),
            expected: "the names of the fields in the first line, as uuid,username,usage; write the table again with \
                       its header, or add that line"
                .into(),
        };
    }
    let line = String::from_utf8_lossy(line);
    foreign(format!("{:?}", shorten(line.lines().next().unwrap_or_default(), 120)))
}

fn foreign(value: String) -> RecordFault {
    let expected =
        "records: a line of the fields' names, between commas, semicolons or tabs, and a line for each record".into();
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
