//! Records of any format to columns: every value checked, every fault kept, nothing decided yet about versions.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::DateTime;

use super::interner::Interner;
use super::merged::Location;
use super::parents::{Attributes, ParentTable};
use super::raw::{Raw, RawRecord};
use super::token::{parse_day, parse_time, parse_uri_uuid, parse_uuid};
use crate::fault::Reason;
use crate::period::BillingPeriod;
use crate::quantity::{Quantity, QuantityFault};
use crate::usage::Field;

/// What the reading of records depends on, the same for all files.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The zone in which a missing billing period is derived from `date`.
    pub timezone: chrono_tz::Tz,
    /// Whether single records are asked for, so that what belongs to the record alone is kept too.
    pub keeps_details: bool,
}

/// The place of a piece of a file: pieces are numbered from 0, in the order in which they stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkKey {
    pub file: u32,
    pub piece: u32,
}

/// The records that came from one piece of a file.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub key: ChunkKey,
    /// The rank of the dump it belongs to; a later dump has a greater one.
    pub dump: u32,
    /// Where its records begin in the columns.
    pub start: usize,
    /// How many records it holds, faulty ones included.
    pub records: u64,
    /// The faulty ones among them, from 0.
    pub faulty: Vec<u64>,
}

/// Why a record, or the rest of a piece of a file, can not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    pub reason: Reason,
    pub field: Option<Field>,
    /// What was found, as the message shows it: quoted text, a token, or words. May be empty.
    pub value: String,
    pub expected: Cow<'static, str>,
}

impl RecordFault {
    fn new(reason: Reason, field: Field, value: impl Into<String>, expected: &'static str) -> Self {
        Self { reason, field: Some(field), value: value.into(), expected: expected.into() }
    }
}

/// A fault and its place.
#[derive(Clone, Debug)]
pub struct PlacedFault {
    pub chunk: ChunkKey,
    /// The record's number in the chunk, from 0; none where it is no record's fault.
    pub record: Option<u64>,
    pub offset: Option<u64>,
    pub fault: RecordFault,
    pub raw: String,
}

/// The usage was written as text or exact decimal, so its digits are the database's.
pub const EXACT: u8 = 1;
/// The usage was written as a float that may have lost its hundredths.
pub const IMPRECISE: u8 = 2;
/// The billing period was derived from `date`.
pub const DERIVED: u8 = 4;

/// Columns of records, in the order in which they were pushed.
#[derive(Default)]
pub struct Columns {
    pub uuid: Vec<u128>,
    pub modified: Vec<i64>,
    pub usage: Vec<Quantity>,
    pub parent: Vec<u32>,
    pub username: Vec<u32>,
    /// [`EXACT`], [`IMPRECISE`], [`DERIVED`].
    pub flags: Vec<u8>,
    /// Empty where no details are kept.
    pub details: Vec<Detail>,
}

/// What belongs to one record alone and no figure depends on.
#[derive(Clone, Debug, Default)]
pub struct Detail {
    pub user: Option<Box<str>>,
    pub description: Box<str>,
    pub backend_id: Box<str>,
    pub created: Option<i64>,
    pub component_usage: Box<str>,
}

/// Enough names to tell what a foreign file is; no more, or a hostile one could fill the memory.
const UNKNOWN_FIELDS_MAX: usize = 100;

/// Takes the records of one worker.
pub struct Collector {
    reading: Reading,
    pub columns: Columns,
    pub parents: ParentTable,
    pub usernames: Interner,
    pub chunks: Vec<Chunk>,
    pub faults: Vec<PlacedFault>,
    /// Fields that no record of the endpoint has, and how often they came.
    pub unknown_fields: BTreeMap<String, u64>,
    text: Vec<u8>,
    /// The records that are looked for, on a second reading.
    wanted: Option<Arc<BTreeSet<Location>>>,
    pub sightings: BTreeMap<Location, Sighting>,
}

/// A record that was looked for.
#[derive(Clone, Debug)]
pub struct Sighting {
    pub offset: Option<u64>,
    pub raw: String,
}

impl Collector {
    /// A collector that also notes the text of some records.
    pub fn looking_for(reading: Reading, wanted: Arc<BTreeSet<Location>>) -> Self {
        Self { wanted: Some(wanted), ..Self::new(reading) }
    }

    pub fn new(reading: Reading) -> Self {
        Self {
            wanted: None,
            sightings: BTreeMap::new(),
            reading,
            columns: Columns::default(),
            parents: ParentTable::default(),
            usernames: Interner::default(),
            chunks: Vec::new(),
            faults: Vec::new(),
            unknown_fields: BTreeMap::new(),
            text: Vec::new(),
        }
    }

    /// Begins a piece of a file: the records pushed from here on belong to it.
    pub fn begin(&mut self, key: ChunkKey, dump: u32) {
        let start = self.columns.uuid.len();
        self.chunks.push(Chunk { key, dump, start, records: 0, faulty: Vec::new() });
    }

    /// The number of records of this piece so far, faulty ones included.
    pub fn records_in_chunk(&self) -> u64 {
        self.chunk().records
    }

    /// Takes one record; one that can not be used is noted as a fault.
    ///
    /// `offset` counts bytes from the start of the (decompressed) file; `raw` gives the record's text.
    pub fn push(&mut self, record: &RawRecord, offset: Option<u64>, raw: impl FnOnce() -> String) {
        match self.take(record) {
            Ok(()) => {
                if self.wanted.is_some() {
                    self.sight(offset, raw);
                }
                self.chunk_mut().records += 1;
            }
            Err(fault) => self.push_fault(fault, offset, raw()),
        }
    }

    fn sight(&mut self, offset: Option<u64>, raw: impl FnOnce() -> String) {
        let chunk = self.chunk();
        let location = Location { chunk: chunk.key, record: chunk.records };
        if self.wanted.as_ref().is_some_and(|wanted| wanted.contains(&location)) {
            self.sightings.insert(location, Sighting { offset, raw: raw() });
        }
    }

    /// Notes a record that can not even be taken apart.
    pub fn push_fault(&mut self, fault: RecordFault, offset: Option<u64>, raw: String) {
        let chunk = self.chunk_mut();
        let (key, record) = (chunk.key, chunk.records);
        chunk.faulty.push(record);
        chunk.records += 1;
        self.faults.push(PlacedFault { chunk: key, record: Some(record), offset, fault, raw });
    }

    /// Notes that a whole file can not be used.
    pub fn push_file_fault(&mut self, fault: RecordFault, raw: String) {
        let chunk = self.chunk().key;
        self.faults.push(PlacedFault { chunk, record: None, offset: None, fault, raw });
    }

    /// Notes a field that is none of [`Field`].
    pub fn note_unknown_field(&mut self, name: &str) {
        if let Some(count) = self.unknown_fields.get_mut(name) {
            *count += 1;
        } else if self.unknown_fields.len() < UNKNOWN_FIELDS_MAX {
            self.unknown_fields.insert(name.to_owned(), 1);
        }
    }

    fn chunk(&self) -> &Chunk {
        self.chunks.last().expect("records come after the begin of a chunk")
    }

    fn chunk_mut(&mut self) -> &mut Chunk {
        self.chunks.last_mut().expect("records come after the begin of a chunk")
    }

    fn take(&mut self, record: &RawRecord) -> Result<(), RecordFault> {
        let uuid = required_uuid(record, Field::Uuid)?;
        let modified = required_time(record, Field::Modified)?;
        let created = optional_time(record, Field::Created)?;
        let (usage, mut flags) = required_usage(record)?;
        check_optional_text(record, Field::User)?;
        check_optional_text(record, Field::Description)?;
        check_optional_text(record, Field::BackendId)?;
        let (parent, is_derived) = self.parent(record)?;
        if is_derived {
            flags |= DERIVED;
        }
        let username = required_text(record, Field::Username, &mut self.text)?;
        let username = self.usernames.intern(username);
        if self.reading.keeps_details {
            let detail = self.detail(record, created)?;
            self.columns.details.push(detail);
        }
        let columns = &mut self.columns;
        columns.uuid.push(uuid);
        columns.modified.push(modified);
        columns.usage.push(usage);
        columns.parent.push(parent);
        columns.username.push(username);
        columns.flags.push(flags);
        Ok(())
    }

    /// The parent's number, and whether its month had to be derived from `date`.
    fn parent(&mut self, record: &RawRecord) -> Result<(u32, bool), RecordFault> {
        let uuid = parent_uuid(record, &mut self.text)?;
        let dump = self.chunk().dump;
        if let Some(place) = self.parents.find(uuid)
            && self.is_as_known(record, place)
        {
            self.confirm(place, dump);
            return Ok((place, false));
        }
        let (attributes, is_derived) = self.attributes(record, dump)?;
        Ok((self.parents.claim(uuid, attributes, dump), is_derived))
    }

    /// Whether the record repeats, byte for byte, what is known of its parent.
    fn is_as_known(&self, record: &RawRecord, place: u32) -> bool {
        let table = &self.parents;
        let known = &table.parents[place as usize].attributes;
        let names = |entity: &super::parents::NamedEntity, uuid: Field, name: Field| {
            is_text(record.get(name), &entity.name)
                && match record.get(uuid) {
                    Raw::Text(text) => text == entity.hex,
                    Raw::Uuid(uuid) => uuid == entity.uuid,
                    _ => false,
                }
        };
        is_text(record.get(Field::ComponentType), table.component_types.get(known.component_type))
            && is_text(record.get(Field::MeasuredUnit), table.measured_units.get(known.measured_unit))
            && names(table.resources.get(known.resource), Field::ResourceUuid, Field::ResourceName)
            && names(table.offerings.get(known.offering), Field::OfferingUuid, Field::OfferingName)
            && names(table.projects.get(known.project), Field::ProjectUuid, Field::ProjectName)
            && names(table.customers.get(known.customer), Field::CustomerUuid, Field::CustomerName)
            && self.is_known_time(record, known)
    }

    fn is_known_time(&self, record: &RawRecord, known: &Attributes) -> bool {
        let is_known_date = match record.get(Field::Date) {
            Raw::Missing | Raw::Null => known.date.is_none(),
            value => plain_time(value).is_some_and(|date| known.date == Some(date)),
        };
        is_known_date && plain_period(record) == Some(known.billing_period)
    }

    fn confirm(&mut self, place: u32, dump: u32) {
        let table = &mut self.parents;
        let parent = &mut table.parents[place as usize];
        if parent.dump < dump {
            parent.dump = dump;
        }
        let known = parent.attributes;
        table.resources.confirm(known.resource, dump);
        table.offerings.confirm(known.offering, dump);
        table.projects.confirm(known.project, dump);
        table.customers.confirm(known.customer, dump);
    }

    fn attributes(&mut self, record: &RawRecord, dump: u32) -> Result<(Attributes, bool), RecordFault> {
        let date = optional_time(record, Field::Date)?;
        let (billing_period, is_derived) = match required_period(record, date.is_some())? {
            Some(period) => (period, false),
            None => {
                (derived_period(date.expect("a period or a date is required"), self.reading.timezone), true)
            }
        };
        let text = &mut self.text;
        let table = &mut self.parents;
        // All of a record is checked before any of it is noted: a faulty record names nobody.
        for (uuid, name) in ENTITY_FIELDS {
            required_uuid(record, uuid)?;
            required_text(record, name, text)?;
        }
        required_text(record, Field::Username, text)?;
        required_text(record, Field::ComponentType, text)?;
        required_text(record, Field::MeasuredUnit, text)?;
        let mut numbers = [0; 4];
        let tables = [&mut table.resources, &mut table.offerings, &mut table.projects, &mut table.customers];
        for ((table, (uuid, name)), number) in tables.into_iter().zip(ENTITY_FIELDS).zip(&mut numbers) {
            *number = table.claim(required_uuid(record, uuid)?, required_text(record, name, text)?, dump);
        }
        let [resource, offering, project, customer] = numbers;
        let component_type = table.component_types.intern(required_text(record, Field::ComponentType, text)?);
        let measured_unit = table.measured_units.intern(required_text(record, Field::MeasuredUnit, text)?);
        let attributes = Attributes {
            customer,
            project,
            offering,
            resource,
            component_type,
            measured_unit,
            billing_period,
            date,
        };
        Ok((attributes, is_derived))
    }

    fn detail(&mut self, record: &RawRecord, created: Option<i64>) -> Result<Detail, RecordFault> {
        let mut text = |field| -> Result<Box<str>, RecordFault> {
            let bytes = match record.get(field) {
                Raw::Missing | Raw::Null => b"",
                value => decoded(value, field, &mut self.text)?,
            };
            Ok(std::str::from_utf8(bytes).expect("readers pass on UTF-8").into())
        };
        let user = match record.get(Field::User) {
            Raw::Missing | Raw::Null => None,
            _ => Some(text(Field::User)?),
        };
        Ok(Detail {
            user,
            description: text(Field::Description)?,
            backend_id: text(Field::BackendId)?,
            created,
            component_usage: text(Field::ComponentUsage)?,
        })
    }
}

/// In the order in which the numbers come out of [`Collector::attributes`].
const ENTITY_FIELDS: [(Field, Field); 4] = [
    (Field::ResourceUuid, Field::ResourceName),
    (Field::OfferingUuid, Field::OfferingName),
    (Field::ProjectUuid, Field::ProjectName),
    (Field::CustomerUuid, Field::CustomerName),
];

const MICROS_OF_DAY: i64 = 86_400_000_000;

const UUID: &str = "a uuid, 32 hex digits with or without dashes";
const URI: &str = "a URI that ends in a uuid";
const TEXT: &str = "text";
const TIME: &str = "a time with its zone, as 2026-10-31T21:56:43.245917Z";
const PERIOD: &str = "the first day of a month, as 2026-10-01";
const USAGE: &str = "a decimal of at most 18 digits before and 2 after the point";

fn is_text(value: Raw, known: &[u8]) -> bool {
    matches!(value, Raw::Text(text) if text == known)
}

/// Microseconds since 1970 of the years 0 to 9999, which are all that four digits can write; an offset may reach back
/// into the year 0.
const TIMES: std::ops::Range<i64> = -62_167_219_200_000_000..253_402_300_800_000_000;

fn plain_time(value: Raw) -> Option<i64> {
    match value {
        Raw::Text(text) => parse_time(text),
        Raw::Time(micros) => Some(micros),
        Raw::Day(days) => i64::from(days).checked_mul(MICROS_OF_DAY),
        _ => None,
    }
    .filter(|micros| TIMES.contains(micros))
}

fn plain_period(record: &RawRecord) -> Option<i32> {
    match record.get(Field::BillingPeriod) {
        Raw::Text(text) => parse_period(text),
        Raw::Day(days) => period_of_day(days),
        _ => None,
    }
}

/// The month of `2026-10-01`; of no other day.
fn parse_period(text: &[u8]) -> Option<i32> {
    if !text.ends_with(b"-01") {
        return None;
    }
    parse_day(text)?;
    let digit = |at: usize| i32::from(text[at] - b'0');
    let year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
    Some(year * 12 + digit(5) * 10 + digit(6) - 1)
}

fn period_of_day(days: i32) -> Option<i32> {
    let date = DateTime::from_timestamp(i64::from(days) * 86_400, 0)?.date_naive();
    let period = BillingPeriod::of(date);
    (date == period.first_day()).then(|| period.number())
}

fn derived_period(date: i64, timezone: chrono_tz::Tz) -> i32 {
    let date = DateTime::from_timestamp_micros(date).expect("times are of four-digit years");
    BillingPeriod::of(date.with_timezone(&timezone).date_naive()).number()
}

fn required_uuid(record: &RawRecord, field: Field) -> Result<u128, RecordFault> {
    match record.get(field) {
        Raw::Uuid(uuid) => Ok(uuid),
        Raw::Text(text) => parse_uuid(text).ok_or_else(|| bad_value(record, field, UUID)),
        _ => Err(bad_value(record, field, UUID)),
    }
}

fn parent_uuid(record: &RawRecord, text: &mut Vec<u8>) -> Result<u128, RecordFault> {
    let field = Field::ComponentUsage;
    match record.get(field) {
        Raw::Uuid(uuid) => Ok(uuid),
        value @ (Raw::Text(_) | Raw::Escaped(_)) => {
            parse_uri_uuid(decoded(value, field, text)?).ok_or_else(|| bad_value(record, field, URI))
        }
        _ => Err(bad_value(record, field, URI)),
    }
}

fn required_text<'a>(
    record: &RawRecord<'a>,
    field: Field,
    text: &'a mut Vec<u8>,
) -> Result<&'a [u8], RecordFault> {
    match record.get(field) {
        value @ (Raw::Text(_) | Raw::Escaped(_)) => decoded(value, field, text),
        _ => Err(bad_value(record, field, TEXT)),
    }
}

fn check_optional_text(record: &RawRecord, field: Field) -> Result<(), RecordFault> {
    match record.get(field) {
        Raw::Missing | Raw::Null => Ok(()),
        value @ (Raw::Text(_) | Raw::Escaped(_)) => decoded(value, field, &mut Vec::new()).map(|_| ()),
        _ => Err(bad_value(record, field, "text or null")),
    }
}

/// The bytes that a text value means, escapes resolved into the given buffer.
fn decoded<'a>(value: Raw<'a>, field: Field, text: &'a mut Vec<u8>) -> Result<&'a [u8], RecordFault> {
    let bytes = match value {
        Raw::Text(bytes) => bytes,
        Raw::Escaped(escaped) => {
            let quoted = [b"\"", escaped, b"\""].concat();
            let decoded: String = serde_json::from_slice(&quoted).map_err(|_| {
                RecordFault::new(Reason::BadValue, field, shown(value), "text of whole Unicode characters")
            })?;
            *text = decoded.into_bytes();
            text
        }
        _ => unreachable!("only text is decoded"),
    };
    match memchr::memchr(0, bytes) {
        None => Ok(bytes),
        Some(_) => {
            Err(RecordFault::new(Reason::BadValue, field, shown(value), "text without NUL characters"))
        }
    }
}

fn required_time(record: &RawRecord, field: Field) -> Result<i64, RecordFault> {
    plain_time(record.get(field)).ok_or_else(|| bad_value(record, field, TIME))
}

fn optional_time(record: &RawRecord, field: Field) -> Result<Option<i64>, RecordFault> {
    match record.get(field) {
        Raw::Missing | Raw::Null => Ok(None),
        value => plain_time(value).map(Some).ok_or_else(|| bad_value(record, field, TIME)),
    }
}

/// The billing period, or none where it is missing and `date` is there to derive it from.
fn required_period(record: &RawRecord, has_date: bool) -> Result<Option<i32>, RecordFault> {
    let field = Field::BillingPeriod;
    let period = match record.get(field) {
        Raw::Missing | Raw::Null if has_date => return Ok(None),
        Raw::Time(micros) if micros % MICROS_OF_DAY == 0 => period_of_day((micros / MICROS_OF_DAY) as i32),
        _ => plain_period(record),
    };
    period.map(Some).ok_or_else(|| bad_value(record, field, PERIOD))
}

fn required_usage(record: &RawRecord) -> Result<(Quantity, u8), RecordFault> {
    let value = record.get(Field::Usage);
    let (quantity, is_float) = match value {
        Raw::Number(digits) => {
            (Quantity::parse(digits), digits.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')))
        }
        Raw::Text(digits) => (Quantity::parse(digits), false),
        Raw::Quantity(quantity) => (quantity.bounded(), false),
        _ => return Err(bad_value(record, Field::Usage, USAGE)),
    };
    let quantity = quantity.map_err(|fault| {
        let expected = match fault {
            QuantityFault::NotANumber => USAGE,
            QuantityFault::TooPrecise => "at most 2 digits after the point",
            QuantityFault::TooLarge => "at most 18 digits before the point",
        };
        RecordFault::new(Reason::BadValue, Field::Usage, shown(value), expected)
    })?;
    let exact = if matches!(value, Raw::Number(_)) { 0 } else { EXACT };
    let imprecise = if is_float && quantity.exceeds_float_precision() { IMPRECISE } else { 0 };
    Ok((quantity, exact | imprecise))
}

fn bad_value(record: &RawRecord, field: Field, expected: &'static str) -> RecordFault {
    match record.get(field) {
        Raw::Missing => RecordFault::new(Reason::MissingField, field, "missing", expected),
        Raw::Null => RecordFault::new(Reason::NullField, field, "null", expected),
        value => RecordFault::new(Reason::BadValue, field, shown(value), expected),
    }
}

/// A value as a message shows it: text in quotes, its control characters escaped, shortened.
fn shown(value: Raw) -> String {
    let text = |bytes: &[u8]| shorten(&String::from_utf8_lossy(bytes), 120);
    match value {
        Raw::Missing => "missing".to_owned(),
        Raw::Null => "null".to_owned(),
        Raw::Text(bytes) => format!("{:?}", text(bytes)),
        Raw::Escaped(bytes) => format!("\"{}\"", text(bytes)),
        Raw::Number(bytes) | Raw::Other(bytes) => text(bytes),
        Raw::Quantity(quantity) => quantity.to_string(),
        Raw::Uuid(uuid) => crate::usage::uuid_text(uuid),
        Raw::Time(micros) => match DateTime::from_timestamp_micros(micros) {
            Some(time) => time.to_rfc3339(),
            None => format!("{micros} microseconds since 1970"),
        },
        Raw::Day(days) => format!("day {days} since 1970"),
    }
}

/// At most that many characters; what is cut off is shown by an ellipsis.
pub fn shorten(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_four_digits_of_a_year_can_not_write_is_none() {
        for value in [Raw::Time(i64::MIN), Raw::Time(TIMES.end), Raw::Day(i32::MAX), Raw::Day(i32::MIN)] {
            assert_eq!(plain_time(value), None, "{value:?}");
        }
        assert_eq!(plain_time(Raw::Day(1)), Some(MICROS_OF_DAY));
        assert_eq!(plain_time(Raw::Time(TIMES.end - 1)), Some(TIMES.end - 1));
    }
}
