//! Objects of other kinds than records: component usages and invoices, from JSON or tables, packed or not.
//!
//! These are few beside records: they are read one after the other, each in whatever way it is written.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};

use serde_json::value::RawValue;

use crate::error::{Error, Result};
use crate::fault::{Fault, Faults, Reason};
use crate::ingest::dumps::source::Source;
use crate::ingest::dumps::stream::{self, Rest, Tap, damaged_compression};
use crate::ingest::formats::documents::{self, Taken, Values};
use crate::ingest::formats::envelope::Envelope;
use crate::ingest::formats::json::{self, Entries, RECORD_BYTES_MAX, parse_object, raw_value, value_end};
use crate::ingest::formats::shape::{self, Around, Shape};
use crate::ingest::formats::sniff;
use crate::ingest::formats::window::Window;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::records::raw::Raw;
use crate::ingest::records::values::{ALL_DIGITS, has_lost_digits};
use crate::tabular::days::day_in;
use crate::tabular::encoding;
use crate::tabular::workbook::is_workbook;
use crate::tabular::{Row, Table, Writing};
use crate::text::{shorten, shown_bytes};
use crate::usage::Field;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// An object by the names of its fields.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Raw<'a>)>);

/// What columns a table of such objects has.
#[derive(Clone, Copy)]
pub(crate) struct Columns {
    pub known: &'static [&'static str],
    /// Those of numbers.
    pub numbers: &'static [&'static str],
    /// Those of days.
    pub days: &'static [&'static str],
    pub writing: Writing,
}

/// Where an object stands, and how messages name its fields.
pub(crate) struct Placement<'a> {
    pub source: &'a Source,
    /// From 1.
    pub number: u64,
    pub offset: Option<u64>,
    /// In a table.
    pub line: Option<u64>,
    pub name: fn(Field) -> &'static str,
}

impl<'a> Object<'a> {
    /// The value of a field, in whatever case its name is written; the field's own spelling first.
    pub(crate) fn get(&self, name: &str) -> Raw<'a> {
        let exact = self.0.iter().find(|(known, _)| known == name);
        let found = exact.or_else(|| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
        found.map_or(Raw::Missing, |(_, value)| *value)
    }

    /// All fields in their order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, Raw<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// The first of these names that has a value.
    pub(crate) fn first(&self, names: &[&str]) -> Raw<'a> {
        let values = names.iter().map(|name| self.get(name));
        let mut values = values.filter(|value| !matches!(value, Raw::Missing | Raw::Null));
        values.next().unwrap_or(Raw::Missing)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name) != Raw::Missing
    }

    /// The object that a field holds; an empty one where it holds none.
    pub(crate) fn object(&self, name: &str) -> Object<'a> {
        match self.get(name) {
            Raw::Other(text) if text.starts_with(b"{") => {
                parse_object(text).map(Object::of).unwrap_or_default()
            }
            _ => Object::default(),
        }
    }

    /// The objects in the array that a field holds; none if it holds no array of objects.
    pub(crate) fn objects(&self, name: &str) -> Option<Vec<Object<'a>>> {
        let Raw::Other(text) = self.get(name) else { return None };
        let items: Vec<&RawValue> = serde_json::from_slice(text).ok()?;
        items.into_iter().map(|item| Some(Object::of(parse_object(item.get().as_bytes()).ok()?))).collect()
    }

    fn of(entries: Entries<'a>) -> Self {
        Self(entries.0.into_iter().map(|(name, value)| (name, raw_value(value.get().as_bytes()))).collect())
    }
}

impl Placement<'_> {
    pub(crate) fn fault(&self, fault: RecordFault) -> Fault {
        Fault {
            file: self.source.label.clone(),
            record: (self.number > 0).then_some(self.number),
            offset: self.offset,
            line: self.line,
            sheet: None,
            field: fault.field.map(self.name),
            value: fault.value,
            expected: fault.expected.into_owned(),
            reason: fault.reason,
            raw: String::new(),
        }
    }
}

/// What a file of objects holds: `take` gets each of them; what cannot be read is a fault.
pub(crate) struct Reader<'a, T> {
    pub source: &'a Source,
    /// How messages name the fields.
    pub name: fn(Field) -> &'static str,
    /// What an object should be, for messages.
    pub expected: &'static str,
    pub columns: Columns,
    pub take: T,
    pub faults: &'a mut Faults,
    pub objects: u64,
    /// What the objects around lists say of them.
    pub envelopes: Vec<Envelope>,
    /// What was read of the file.
    pub tap: Arc<Mutex<Tap>>,
}

impl<'a, T: FnMut(&Object, &Placement) -> Result<(), RecordFault>> Reader<'a, T> {
    /// Reads the file to its end.
    ///
    /// # Errors
    /// A file that the system does not let us read.
    pub(crate) fn read(&mut self) -> Result<()> {
        let read = stream::unpack(self.source).and_then(|(stream, tap)| {
            self.tap = tap;
            self.read_stream(stream)
        });
        match read {
            Ok(()) => Ok(()),
            Err(error) if encoding::is_half_a_character(&error) => {
                self.fault(None, stream::half_a_character());
                Ok(())
            }
            Err(error) if stream::is_damage(&error) => {
                self.fault(None, damaged_compression(&error));
                Ok(())
            }
            Err(error) => Err(stream::unreadable(self.source, error)),
        }
    }

    fn read_stream(&mut self, stream: Rest) -> io::Result<()> {
        let mut stream = BufReader::with_capacity(1 << 16, stream);
        if stream.fill_buf()?.starts_with(BOM) {
            stream.consume(BOM.len());
        }
        let start = stream.fill_buf()?;
        // A workbook is a zip archive, and what is in it is known only when all of it has been read.
        if !start.starts_with(b"PK")
            && let Some(fault) = sniff::foreign_kind(start)
        {
            return self.refuse_file(fault);
        }
        match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => self.refuse_file(stream::empty_file(!start.is_empty())),
            Some(b'[' | b'{') => {
                documents::read(&mut Window::new(Vec::new(), Some(Box::new(stream) as Rest)), self)
            }
            Some(_) if start.starts_with(b"PAR1") => {
                self.refuse_file(sniff::fault("a Parquet file", "save them as JSON, CSV or .xlsx"))
            }
            Some(_) => self.read_table(stream),
        }
    }

    /// Refuses the file for what it is instead of such objects.
    fn refuse_file(&mut self, fault: RecordFault) -> io::Result<()> {
        let fault = self.of_these(fault);
        self.fault(None, fault);
        Ok(())
    }

    /// A fault that says what it expects instead of records.
    fn of_these(&self, fault: RecordFault) -> RecordFault {
        match fault.expected.strip_prefix("records") {
            Some(rest) => RecordFault { expected: format!("{}{rest}", self.expected).into(), ..fault },
            None => fault,
        }
    }

    /// The object at which the window stands.
    fn read_object(&mut self, window: &mut Window<Rest>) -> io::Result<Taken> {
        loop {
            let rest = window.rest();
            if let Some(end) = value_end(rest, 0) {
                self.objects += 1;
                let offset = Some(window.offset());
                match parse_object(&rest[..end]) {
                    Ok(entries) => match self.foreign(&entries, window.offset()) {
                        Some(fault) => self.fault(offset, fault),
                        None => self.take_object(&Object::of(entries), offset),
                    },
                    Err(fault) => self.fault(offset, fault),
                }
                window.advance(end);
                return Ok(Taken::Whole);
            }
            if rest.len() > RECORD_BYTES_MAX {
                self.fault(Some(window.offset()), json::too_long());
                return Ok(Taken::End);
            }
            if !window.fill()? {
                self.fault(Some(window.offset()), json::truncated());
                return Ok(Taken::End);
            }
        }
    }

    /// What an object is that has none of the fields: an answer of the server, or what holds such objects.
    fn foreign(&self, entries: &Entries, offset: u64) -> Option<RecordFault> {
        let is_known = |(name, _): &(Cow<str>, &RawValue)| {
            let known = self.columns.known.iter().chain(&["items"]);
            known.copied().any(|known| name.eq_ignore_ascii_case(known))
        };
        if entries.0.is_empty() || entries.0.iter().any(is_known) {
            return None;
        }
        let Shape { found, advice } = Shape::of_layout(entries, Around::at(offset), shape::is_of_portal)
            .unwrap_or_else(|| Shape::of_other(entries));
        let advice = match advice.strip_prefix("an array of records") {
            Some(rest) => format!("an array of them{rest}"),
            None => advice.replace("the fields of a record", self.expected),
        };
        let found = found.replace("the records in", "them in");
        Some(self.of_these(RecordFault { expected: advice.into(), ..not_objects(found, "") }))
    }

    fn placement(&self, offset: Option<u64>, line: Option<u64>) -> Placement<'a> {
        Placement { source: self.source, number: self.objects, offset, line, name: self.name }
    }

    fn take_object(&mut self, object: &Object, offset: Option<u64>) {
        let place = self.placement(offset, None);
        if let Err(fault) = (self.take)(object, &place) {
            self.faults.push(place.fault(fault));
        }
    }

    fn fault(&mut self, offset: Option<u64>, fault: RecordFault) {
        let number = if offset.is_some() { self.objects.max(1) } else { 0 };
        let place = Placement { number, ..self.placement(offset, None) };
        self.faults.push(place.fault(fault));
    }

    /// Rows under a header: text between separators, or a sheet of a workbook.
    fn read_table(&mut self, mut stream: impl Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes)?;
        if !is_workbook(&bytes)
            && let Some(fault) = sniff::foreign_kind(&bytes)
        {
            return self.refuse_file(fault);
        }
        let table = match Table::parse(&self.source.label, &bytes, self.columns.known, self.columns.writing) {
            Ok(table) => table,
            Err(error) => return self.refuse_row(0, error),
        };
        if !table.columns.iter().any(|name| self.columns.known.contains(&name.as_str())) {
            return self
                .refuse_file(not_objects(format!("a table of {}", table.columns.join(", ")), self.expected));
        }
        for row in &table.rows {
            self.objects += 1;
            match self.cells(&table, row) {
                Ok(cells) => {
                    let values = cells.iter().map(|(at, cell)| {
                        let name = table.columns[*at].as_str();
                        let is_usage = name == Field::Usage.name();
                        let value =
                            if is_usage { Raw::Cell(cell.as_bytes()) } else { Raw::Text(cell.as_bytes()) };
                        (Cow::Borrowed(name), value)
                    });
                    let object = Object(values.collect());
                    let place = self.placement(None, Some(row.line));
                    if let Err(fault) = (self.take)(&object, &place) {
                        self.faults.push(place.fault(fault));
                    }
                }
                Err(error) => self.refuse_row(row.line, error)?,
            }
        }
        Ok(())
    }

    /// The cells of a row that are not empty, with their columns; numbers as digits with a point.
    fn cells(&self, table: &Table, row: &Row) -> Result<Vec<(usize, String)>> {
        let given = row.cells.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty());
        given.map(|(at, cell)| Ok((at, self.text(table, row, at, cell.trim())?))).collect()
    }

    fn text(&self, table: &Table, row: &Row, at: usize, cell: &str) -> Result<String> {
        let name = table.columns[at].as_str();
        if self.columns.days.contains(&name)
            && let Some(day) = self.columns.writing.locale().and_then(|locale| day_in(cell, locale))
        {
            return Ok(day);
        }
        if !self.columns.numbers.contains(&name) {
            return Ok(cell.to_owned());
        }
        if has_lost_digits(cell.as_bytes()) {
            return Err(table.error(row.line, format!("{name} is {cell:?}"), ALL_DIGITS));
        }
        match cell.contains(['e', 'E']) {
            true => Ok(cell.to_owned()),
            false => table.decimal(row, at),
        }
    }

    /// A table, or a row of it, that cannot be read.
    fn refuse_row(&mut self, line: u64, error: Error) -> io::Result<()> {
        let Error::BadTable { line: found_in, found, expected, .. } = error else {
            unreachable!("a table is refused as one")
        };
        let fault = RecordFault::of_whole(Reason::Malformed, found, expected);
        let place = self.placement(None, Some(found_in));
        let fault = place.fault(fault);
        self.faults.push(if line == 0 { Fault { record: None, ..fault } } else { fault });
        Ok(())
    }
}

impl<T: FnMut(&Object, &Placement) -> Result<(), RecordFault>> Values<Rest> for Reader<'_, T> {
    fn take(&mut self, window: &mut Window<Rest>) -> io::Result<Taken> {
        if window.rest().first() == Some(&b'{') {
            return self.read_object(window);
        }
        let rest = window.rest();
        let found = shorten(&shown_bytes(&rest[..rest.len().min(400)]), 60);
        self.fault(Some(window.offset()), not_objects(format!("{found:?}"), self.expected));
        Ok(Taken::End)
    }

    fn take_end(&mut self, _: &mut Window<Rest>) {
        self.fault(None, json::truncated());
    }

    fn refuse(&mut self, fault: RecordFault) {
        self.fault(None, fault);
    }

    fn taken(&self) -> u64 {
        self.objects
    }

    fn note_envelope(&mut self, envelope: Envelope) {
        self.envelopes.push(envelope);
    }
}

/// A value of a JSON object or of a table's cell, as JSON.
pub(crate) fn json_text(value: Raw) -> String {
    let token = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match value {
        Raw::Text(text) | Raw::Cell(text) => serde_json::Value::String(token(text)).to_string(),
        Raw::Escaped(text) => format!("\"{}\"", token(text)),
        Raw::Number(digits) | Raw::Other(digits) => token(digits),
        _ => "null".to_owned(),
    }
}

pub(super) fn not_objects(value: String, expected: &'static str) -> RecordFault {
    RecordFault::of_whole(Reason::NotRecords, value, expected)
}
