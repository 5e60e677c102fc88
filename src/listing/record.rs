//! Records as the endpoint renders them, and as plain tables of the same fields.

use std::io::{self, Write};

use chrono::{DateTime, Datelike, Timelike};
use polars::prelude::{
    ChunkedArray, Int32Chunked, Int64Type, Int128Type, StringChunked, UInt32Chunked, UInt128Chunked,
};

use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Entity, Field, UsageFrame, parent_column, record_column};

/// How usage is written in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsageStyle {
    /// `12.5`, as newer servers write it, but exact however large it is.
    #[default]
    Number,
    /// `"12.50"`, as older servers write it.
    String,
}

/// A format that records can be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListFormat {
    /// The endpoint's: one array.
    #[default]
    Json,
    /// One object a line.
    Ndjson,
    /// A header and one line a record.
    Csv,
    /// The same with tabs.
    Tsv,
}

/// How records are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendering {
    /// In the order of [`Field::ALL`].
    pub fields: Vec<Field>,
    pub usage: UsageStyle,
}

impl Default for Rendering {
    fn default() -> Self {
        Self { fields: Field::ALL.to_vec(), usage: UsageStyle::default() }
    }
}

/// Reads comma lists of fields, given once or several times; all fields where none is given.
///
/// They come in the endpoint's order, not in the order asked for.
pub fn parse_fields<T: AsRef<str>>(lists: &[T]) -> Result<Vec<Field>> {
    if lists.is_empty() {
        return Ok(Field::ALL.to_vec());
    }
    let names = lists.iter().flat_map(|list| list.as_ref().split(',')).map(str::trim);
    let field = |name: &str| {
        Field::named(name.as_bytes()).ok_or_else(|| Error::BadParameter {
            parameter: "field",
            value: name.to_owned(),
            expected: format!("one of {}", Field::ALL.map(Field::name).join(", ")),
        })
    };
    let mut fields = names.map(field).collect::<Result<Vec<_>>>()?;
    fields.sort_unstable();
    fields.dedup();
    Ok(fields)
}

/// One value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    Uuid(u128),
    Usage(Quantity),
    /// Microseconds since 1970, UTC.
    Time(i64),
    Month(BillingPeriod),
}

/// Gives the values of single records out of the star that a frame is.
pub struct RecordReader<'a> {
    frame: &'a UsageFrame,
    uuids: &'a UInt128Chunked,
    users: &'a StringChunked,
    usernames: &'a UInt32Chunked,
    usages: &'a ChunkedArray<Int128Type>,
    descriptions: &'a StringChunked,
    backend_ids: &'a StringChunked,
    created: &'a ChunkedArray<Int64Type>,
    modified: &'a ChunkedArray<Int64Type>,
    parents: &'a UInt32Chunked,
    parent: ParentColumns<'a>,
}

struct ParentColumns<'a> {
    component_usages: &'a StringChunked,
    customers: &'a UInt32Chunked,
    projects: &'a UInt32Chunked,
    offerings: &'a UInt32Chunked,
    resources: &'a UInt32Chunked,
    component_types: &'a UInt32Chunked,
    measured_units: &'a UInt32Chunked,
    dates: &'a ChunkedArray<Int64Type>,
    billing_periods: &'a Int32Chunked,
}

impl<'a> RecordReader<'a> {
    /// # Errors
    /// A frame without the details of single records.
    pub fn new(frame: &'a UsageFrame) -> Result<Self> {
        let column = |name| frame.records.column(name);
        let parent = |name| frame.parents.column(name);
        Ok(Self {
            frame,
            uuids: column(record_column::UUID)?.u128()?,
            users: column(record_column::USER)?.str()?,
            usernames: column(record_column::USERNAME)?.u32()?,
            usages: column(record_column::USAGE)?.decimal()?.physical(),
            descriptions: column(record_column::DESCRIPTION)?.str()?,
            backend_ids: column(record_column::BACKEND_ID)?.str()?,
            created: column(record_column::CREATED)?.datetime()?.physical(),
            modified: column(record_column::MODIFIED)?.datetime()?.physical(),
            parents: column(record_column::PARENT)?.u32()?,
            parent: ParentColumns {
                component_usages: parent(parent_column::COMPONENT_USAGE)?.str()?,
                customers: parent(parent_column::CUSTOMER)?.u32()?,
                projects: parent(parent_column::PROJECT)?.u32()?,
                offerings: parent(parent_column::OFFERING)?.u32()?,
                resources: parent(parent_column::RESOURCE)?.u32()?,
                component_types: parent(parent_column::COMPONENT_TYPE)?.u32()?,
                measured_units: parent(parent_column::MEASURED_UNIT)?.u32()?,
                dates: parent(parent_column::DATE)?.datetime()?.physical(),
                billing_periods: parent(parent_column::BILLING_PERIOD)?.i32()?,
            },
        })
    }

    /// The value of a field in a row.
    pub fn value(&self, row: u32, field: Field) -> Value<'a> {
        self.value_there(row as usize, field).unwrap_or(Value::Null)
    }

    fn value_there(&self, row: usize, field: Field) -> Option<Value<'a>> {
        let parent = self.parents.get(row)? as usize;
        let (frame, of_parent) = (self.frame, &self.parent);
        Some(match field {
            Field::Uuid => Value::Uuid(self.uuids.get(row)?),
            Field::User => Value::Text(self.users.get(row)?),
            Field::Username => Value::Text(&frame.usernames[self.usernames.get(row)? as usize]),
            Field::ComponentUsage => Value::Text(of_parent.component_usages.get(parent)?),
            Field::Usage => Value::Usage(Quantity::from_hundredths(self.usages.get(row)?)),
            Field::MeasuredUnit => {
                Value::Text(&frame.measured_units[of_parent.measured_units.get(parent)? as usize])
            }
            Field::Description => Value::Text(self.descriptions.get(row)?),
            Field::Created => Value::Time(self.created.get(row)?),
            Field::Modified => Value::Time(self.modified.get(row)?),
            Field::BackendId => Value::Text(self.backend_ids.get(row)?),
            Field::ResourceName => name(&frame.resources, of_parent.resources.get(parent)?),
            Field::ResourceUuid => uuid(&frame.resources, of_parent.resources.get(parent)?),
            Field::OfferingName => name(&frame.offerings, of_parent.offerings.get(parent)?),
            Field::OfferingUuid => uuid(&frame.offerings, of_parent.offerings.get(parent)?),
            Field::ProjectName => name(&frame.projects, of_parent.projects.get(parent)?),
            Field::ProjectUuid => uuid(&frame.projects, of_parent.projects.get(parent)?),
            Field::CustomerName => name(&frame.customers, of_parent.customers.get(parent)?),
            Field::CustomerUuid => uuid(&frame.customers, of_parent.customers.get(parent)?),
            Field::ComponentType => {
                Value::Text(&frame.component_types[of_parent.component_types.get(parent)? as usize])
            }
            Field::Date => Value::Time(of_parent.dates.get(parent)?),
            Field::BillingPeriod => {
                Value::Month(BillingPeriod::from_number(of_parent.billing_periods.get(parent)?))
            }
        })
    }

    /// Writes records in a format, each line of it ended.
    pub fn write(
        &self,
        rows: &[u32],
        format: ListFormat,
        rendering: &Rendering,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        match format {
            ListFormat::Json => {
                self.write_array(rows, rendering, out)?;
                out.write_all(b"\n")
            }
            ListFormat::Ndjson => rows.iter().try_for_each(|row| {
                self.write_object(*row, rendering, out)?;
                out.write_all(b"\n")
            }),
            ListFormat::Csv => self.write_table(rows, b',', rendering, out),
            ListFormat::Tsv => self.write_table(rows, b'\t', rendering, out),
        }
    }

    /// Writes records as the body of the endpoint's list: compact, with no line end behind it.
    pub fn write_array(
        &self,
        rows: &[u32],
        rendering: &Rendering,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        out.write_all(b"[")?;
        for (place, row) in rows.iter().enumerate() {
            if place > 0 {
                out.write_all(b",")?;
            }
            self.write_object(*row, rendering, out)?;
        }
        out.write_all(b"]")
    }

    /// Writes one record as the body of the endpoint's retrieve, with no line end behind it.
    pub fn write_object(
        &self,
        row: u32,
        rendering: &Rendering,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        out.write_all(b"{")?;
        for (place, field) in rendering.fields.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(out, "{comma}\"{}\":", field.name())?;
            write_json(self.value(row, *field), rendering.usage, out)?;
        }
        out.write_all(b"}")
    }

    fn write_table(
        &self,
        rows: &[u32],
        separator: u8,
        rendering: &Rendering,
        out: &mut (impl Write + ?Sized),
    ) -> io::Result<()> {
        let mut table = csv::WriterBuilder::new().delimiter(separator).from_writer(out);
        self.write_rows(rows, rendering, &mut table).map_err(io_error)?;
        table.flush()
    }

    fn write_rows<W: Write>(
        &self,
        rows: &[u32],
        rendering: &Rendering,
        table: &mut csv::Writer<W>,
    ) -> csv::Result<()> {
        table.write_record(rendering.fields.iter().map(|field| field.name()))?;
        let mut cell = Vec::new();
        for row in rows {
            for field in &rendering.fields {
                cell.clear();
                write_plain(self.value(*row, *field), &mut cell)?;
                table.write_field(&cell)?;
            }
            table.write_record(None::<&[u8]>)?;
        }
        Ok(())
    }
}

/// The cause itself, so that a closed pipe is still known as one.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        _ => io::Error::other("the rows of a table have different lengths"),
    }
}

fn name(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Text(&entities[place as usize].name)
}

fn uuid(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Uuid(entities[place as usize].uuid)
}

fn write_json(value: Value, usage: UsageStyle, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    match (value, usage) {
        (Value::Null, _) => out.write_all(b"null"),
        (Value::Text(text), _) => write_string(text, out),
        (Value::Usage(quantity), UsageStyle::Number) => write_number(quantity, out),
        (value, _) => {
            out.write_all(b"\"")?;
            write_plain(value, out)?;
            out.write_all(b"\"")
        }
    }
}

/// The value alone; nothing for null.
fn write_plain(value: Value, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Text(text) => out.write_all(text.as_bytes()),
        Value::Uuid(uuid) => write!(out, "{uuid:032x}"),
        Value::Usage(quantity) => write!(out, "{quantity}"),
        Value::Time(micros) => write_time(micros, out),
        Value::Month(period) => write!(out, "{period}-01"),
    }
}

/// `12.5`, `100.0`: at least one digit behind the point and no zero after it, as the endpoint's floats.
fn write_number(quantity: Quantity, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let text = quantity.to_string();
    out.write_all(text.strip_suffix('0').unwrap_or(&text).as_bytes())
}

/// The endpoint escapes the two line ends of Unicode, which JavaScript does not allow in text, and else only
/// what JSON demands.
fn write_string(text: &str, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    if !text.contains(['\u{2028}', '\u{2029}']) {
        return Ok(serde_json::to_writer(out, text)?);
    }
    let quoted = serde_json::to_string(text)?;
    out.write_all(quoted.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029").as_bytes())
}

/// `2026-10-31T21:56:43.245917Z`; without a fraction where it is 0.
fn write_time(micros: i64, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let time = DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a time lies beyond the calendar"))?;
    let (date, seconds, fraction) = (time.date_naive(), time.time(), time.timestamp_subsec_micros());
    write!(out, "{:04}-{:02}-{:02}T", date.year(), date.month(), date.day())?;
    write!(out, "{:02}:{:02}:{:02}", seconds.hour(), seconds.minute(), seconds.second())?;
    if fraction != 0 {
        write!(out, ".{fraction:06}")?;
    }
    out.write_all(b"Z")
}
