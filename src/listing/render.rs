//! Records as the endpoint renders them, and as plain tables of the same fields.

use std::io::{self, Write};

use chrono::{DateTime, Datelike, Timelike};
use uuid::Uuid;
use uuid::fmt::Simple;

use super::record::{RecordReader, Value};
use crate::error::{Error, Result};
use crate::quantity::Quantity;
use crate::usage::Field;

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
#[non_exhaustive]
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
    /// How usage is written where a format has a choice.
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

/// A usage as the endpoint writes it, without quotation marks.
pub fn usage_text(quantity: Quantity, style: UsageStyle) -> String {
    match style {
        UsageStyle::Number => number_text(quantity),
        UsageStyle::String => quantity.to_string(),
    }
}

/// A time as the endpoint writes it; none beyond the calendar.
pub fn time_text(micros: i64) -> Option<String> {
    let mut text = Vec::new();
    write_time(micros, &mut text).ok()?;
    Some(String::from_utf8(text).expect("a time is ASCII"))
}

impl RecordReader<'_> {
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
    pub(crate) fn write_array(
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

fn write_json(value: Value, usage: UsageStyle, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    match (value, usage) {
        (Value::Null, _) => out.write_all(b"null"),
        (Value::Text(text), _) => write_string(text, out),
        (Value::Usage(quantity), UsageStyle::Number) => out.write_all(number_text(quantity).as_bytes()),
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
        Value::Uuid(uuid) => {
            let mut hex = [0; Simple::LENGTH];
            out.write_all(Uuid::from_u128(uuid).simple().encode_lower(&mut hex).as_bytes())
        }
        Value::Usage(quantity) => write!(out, "{quantity}"),
        Value::Time(micros) => write_time(micros, out),
        Value::Month(period) => write!(out, "{period}-01"),
    }
}

/// `12.5`, `100.0`: at least one digit behind the point and no zero after it, as the endpoint's floats.
fn number_text(quantity: Quantity) -> String {
    let text = quantity.to_string();
    text.strip_suffix('0').map(str::to_owned).unwrap_or(text)
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
