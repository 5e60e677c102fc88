//! Records of any format to columns: every value checked, every fault kept, nothing decided yet about versions.

mod batch;
mod handing;
mod staged;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

pub(crate) use self::batch::BATCH_RECORDS_MAX;
use self::batch::Known;
pub(crate) use self::batch::Pending;
pub(crate) use self::handing::{Rows, Sink};
use super::folder_month::period_of;
use super::folders::Folders;
use super::interner::Interner;
use super::merged::Location;
use super::parents::{Attributes, OptionalTime, ParentTable};
use super::raw::{Raw, RawRecord};
use super::rejects::Rejected;
use super::values::{
    DERIVED, ZONELESS, is_zoneless, optional_text, optional_time, parent_uuid, required_text, required_time,
    required_usage, required_uuid,
};
use crate::fault::Reason;
use crate::ingest::formats::envelope::Envelope;
use crate::quantity::Quantity;
use crate::usage::Field;

/// What the reading of records depends on, the same for all files.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// The zone in which a missing billing period is derived from `date`.
    pub timezone: chrono_tz::Tz,
    /// Whether single records are asked for, so that what belongs to the record alone is kept too.
    pub keeps_details: bool,
    /// Whether the texts of all rejected records are kept, on disk: a list of rejects needs them, a message does not.
    pub keeps_raw: bool,
}

/// The place of a piece of a file: pieces are numbered from 0, in the order in which they stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChunkKey {
    pub file: u32,
    pub piece: u32,
    /// A piece that is handed on while it is read comes in several parts, numbered from 0.
    pub part: u32,
}

/// The records that came from one piece of a file.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub key: ChunkKey,
    /// The rank of the dump it belongs to; a later dump has a greater one.
    pub dump: u32,
    /// Where its records begin in the columns.
    pub start: usize,
    /// How many records it holds, faulty ones included.
    pub records: u64,
    /// The rejected ones among them, from 0, in ranges: thousands often follow each other.
    pub faulty: Vec<Range<u64>>,
    /// How many lines it has, in formats whose lines people look up.
    pub lines: u64,
}

impl Chunk {
    pub(crate) fn faulty_records(&self) -> u64 {
        self.faulty.iter().map(|range| range.end - range.start).sum()
    }

    /// The number in the chunk of its good record of this number, both from 0.
    pub(crate) fn number_of(&self, good: u64) -> u64 {
        let mut number = good;
        for range in &self.faulty {
            if range.start <= number {
                number += range.end - range.start;
            }
        }
        number
    }

    fn push_faulty(&mut self) {
        match self.faulty.last_mut().filter(|range| range.end == self.records) {
            Some(range) => range.end += 1,
            None => self.faulty.push(self.records..self.records + 1),
        }
        self.records += 1;
    }
}

/// Why a record, or the rest of a piece of a file, cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordFault {
    pub reason: Reason,
    pub field: Option<Field>,
    /// What was found, as the message shows it: quoted text, a token, or words. May be empty.
    pub value: String,
    pub expected: Cow<'static, str>,
}

impl RecordFault {
    pub fn new(reason: Reason, field: Field, value: impl Into<String>, expected: &'static str) -> Self {
        Self { reason, field: Some(field), value: value.into(), expected: expected.into() }
    }

    /// Of a record or a file as a whole.
    pub fn of_whole(
        reason: Reason,
        value: impl Into<String>,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { reason, field: None, value: value.into(), expected: expected.into() }
    }
}

/// A fault and its place.
#[derive(Clone, Debug)]
pub struct PlacedFault {
    pub chunk: ChunkKey,
    /// The record's number in the chunk, from 0; none if it is no record's fault.
    pub record: Option<u64>,
    pub offset: Option<u64>,
    /// The line in the chunk, from 1, with the lines of the file before its first chunk.
    pub line: Option<u64>,
    /// In a workbook.
    pub sheet: Option<Arc<str>>,
    pub fault: RecordFault,
    pub raw: String,
}

/// What messages show of a record in its file.
#[derive(Default)]
pub(crate) struct Found {
    pub raw: String,
    /// As that of a [`PlacedFault`]; in formats whose lines people look up.
    pub line: Option<u64>,
}

impl From<String> for Found {
    fn from(raw: String) -> Self {
        Self { raw, line: None }
    }
}

/// Columns of records, in the order in which they were pushed.
#[derive(Default)]
pub(crate) struct Columns {
    pub uuid: Vec<u128>,
    pub modified: Vec<i64>,
    pub usage: Vec<Quantity>,
    pub parent: Vec<u32>,
    pub username: Vec<u32>,
    /// [`EXACT`](super::values::EXACT), `IMPRECISE`, `DERIVED`.
    pub flags: Vec<u8>,
    /// As a [`PlacedFault`] has it; empty if records are not handed on.
    pub offset: Vec<Option<u64>>,
    pub details: DetailColumns,
}

/// What belongs to one record alone and no figure depends on; empty where no details are kept.
///
/// Texts are numbers in [`Collector::texts`].
#[derive(Default)]
pub(crate) struct DetailColumns {
    /// [`NO_TEXT`] for null.
    pub user: Vec<u32>,
    pub description: Vec<u32>,
    pub backend_id: Vec<u32>,
    pub created: Vec<OptionalTime>,
}

/// The number of a text that is not there: more texts than that do not fit.
pub(crate) const NO_TEXT: u32 = u32::MAX;

/// Enough names to tell what a foreign file is; no more, or a hostile one could fill the memory.
const UNKNOWN_FIELDS_MAX: usize = 100;

/// Takes the records of one worker.
pub(crate) struct Collector {
    reading: Reading,
    pub columns: Columns,
    pub parents: ParentTable,
    pub usernames: Interner,
    /// The users, descriptions and backend ids of [`DetailColumns`].
    pub texts: Interner,
    /// The URI of each parent as its records write it, the least where they differ, as across hosts; empty where
    /// no details are kept.
    pub component_usages: Vec<Box<str>>,
    pub chunks: Vec<Chunk>,
    pub rejected: Rejected,
    /// The sheet of a workbook that is being read.
    sheet: Option<Arc<str>>,
    /// The names of the folders that are being read.
    folders: Arc<Folders>,
    /// Fields that no record of the endpoint has, and how often they came.
    pub unknown_fields: BTreeMap<String, u64>,
    /// What the objects around lists say of them, with their files.
    pub envelopes: Vec<(u32, Envelope)>,
    /// Columns whose names are spelled in another way than their fields.
    pub respelled_columns: BTreeSet<String>,
    /// The records that are looked for, on a second reading.
    wanted: Option<Arc<BTreeSet<Location>>>,
    /// Takes the records whenever there are enough of them.
    sink: Option<Arc<dyn Sink>>,
    /// How many records of this piece were handed on.
    handed_on: u64,
    pub sightings: BTreeMap<Location, Sighting>,
}

/// A record that was looked for.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub offset: Option<u64>,
    pub line: Option<u64>,
    pub raw: String,
}

impl Collector {
    /// A collector that also notes the text of some records.
    pub(crate) fn looking_for(reading: Reading, wanted: Arc<BTreeSet<Location>>) -> Self {
        Self { wanted: Some(wanted), ..Self::new(reading) }
    }

    pub(crate) fn new(reading: Reading) -> Self {
        Self {
            wanted: None,
            sink: None,
            handed_on: 0,
            sightings: BTreeMap::new(),
            reading,
            columns: Columns::default(),
            parents: ParentTable::default(),
            usernames: Interner::default(),
            texts: Interner::default(),
            component_usages: Vec::new(),
            chunks: Vec::new(),
            rejected: Rejected::new(reading.keeps_raw),
            sheet: None,
            folders: Arc::default(),
            unknown_fields: BTreeMap::new(),
            respelled_columns: BTreeSet::new(),
            envelopes: Vec::new(),
        }
    }

    /// Begins a piece of a file: the records pushed from here on belong to it.
    pub(crate) fn begin(&mut self, key: ChunkKey, dump: u32) {
        if self.is_full() {
            self.hand_on();
        }
        self.handed_on = 0;
        let start = self.columns.uuid.len();
        self.sheet = None;
        self.chunks.push(Chunk { key, dump, start, records: 0, faulty: Vec::new(), lines: 0 });
    }

    /// Sets the sheet of a workbook that the following records are from.
    pub(crate) fn begin_sheet(&mut self, sheet: &str) {
        self.sheet = Some(sheet.into());
    }

    /// Sets the folders that the following records are from.
    pub(crate) fn set_folders(&mut self, folders: &Folders) {
        if *self.folders != *folders {
            self.folders = Arc::new(folders.clone());
        }
    }

    pub(crate) fn folders(&self) -> &Folders {
        &self.folders
    }

    /// The number of records of this piece so far, faulty ones included.
    pub(crate) fn records_in_chunk(&self) -> u64 {
        self.handed_on + self.chunk().records
    }

    /// Takes one record; one that cannot be used is noted as a fault.
    ///
    /// `offset` counts bytes from the start of the (decompressed) file; `found` returns the record's text and line.
    pub(crate) fn push<F: Into<Found>>(
        &mut self,
        record: &RawRecord,
        offset: Option<u64>,
        found: impl FnOnce() -> F,
    ) {
        self.make_room();
        if !self.folders.has_fields() {
            return self.push_known(record, self.known(record), offset, found);
        }
        let folders = self.folders.clone();
        let mut record = *record;
        folders.fill(&mut record);
        self.push_known(&record, self.known(&record), offset, found);
    }

    fn push_known<F: Into<Found>>(
        &mut self,
        record: &RawRecord,
        known: Known,
        offset: Option<u64>,
        found: impl FnOnce() -> F,
    ) {
        match self.take(record, known) {
            Ok(()) => {
                if self.wanted.is_some() {
                    self.sight(offset, found);
                }
                if self.sink.is_some() {
                    self.columns.offset.push(offset);
                }
                self.chunk_mut().records += 1;
            }
            Err(fault) => self.push_fault(fault, offset, found()),
        }
    }

    fn sight<F: Into<Found>>(&mut self, offset: Option<u64>, found: impl FnOnce() -> F) {
        let chunk = self.chunk();
        let location = Location { chunk: chunk.key, record: chunk.records };
        if self.wanted.as_ref().is_some_and(|wanted| wanted.contains(&location)) {
            let Found { raw, line } = found().into();
            let raw = if self.reading.keeps_raw { raw } else { String::new() };
            self.sightings.insert(location, Sighting { offset, line, raw });
        }
    }

    /// Notes a record that cannot even be taken apart.
    pub(crate) fn push_fault(&mut self, fault: RecordFault, offset: Option<u64>, found: impl Into<Found>) {
        let Found { raw, line } = found.into();
        let chunk = self.chunk_mut();
        let (key, record) = (chunk.key, chunk.records);
        chunk.push_faulty();
        let sheet = self.sheet.clone();
        self.rejected.push(PlacedFault { chunk: key, record: Some(record), offset, line, sheet, fault, raw });
    }

    /// Notes that a whole file cannot be used.
    pub(crate) fn push_file_fault(&mut self, fault: RecordFault, raw: String) {
        let chunk = self.chunk().key;
        self.rejected.push(PlacedFault {
            chunk,
            record: None,
            offset: None,
            line: None,
            sheet: None,
            fault,
            raw,
        });
    }

    /// How many lines this piece of the file has so far.
    pub(crate) fn lines_in_chunk(&self) -> u64 {
        self.chunk().lines
    }

    /// Counts lines of this piece, so that those of the next pieces are known.
    pub(crate) fn count_lines(&mut self, lines: u64) {
        self.chunk_mut().lines += lines;
    }

    pub(crate) fn note_envelope(&mut self, envelope: Envelope) {
        let file = self.chunk().key.file;
        self.envelopes.push((file, envelope));
    }

    /// Notes a field that is none of [`Field`].
    pub(crate) fn note_unknown_field(&mut self, name: &str) {
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

    fn take(&mut self, record: &RawRecord, known: Known) -> Result<(), RecordFault> {
        let uuid = required_uuid(record, Field::Uuid)?;
        let modified = required_time(record, Field::Modified)?;
        let created = optional_time(record, Field::Created)?;
        let (usage, mut flags) = required_usage(record)?;
        let user = optional_text(record, Field::User)?;
        let description = optional_text(record, Field::Description)?;
        let backend_id = optional_text(record, Field::BackendId)?;
        if [Field::Modified, Field::Created, Field::Date].iter().any(|field| is_zoneless(record.get(*field)))
        {
            flags |= ZONELESS;
        }
        let (parent, period_flags) = self.parent(record, known.parent)?;
        flags |= period_flags;
        let username = match known.username {
            Some(username) => username,
            None => self.username(record)?,
        };
        if self.reading.keeps_details {
            let component_usage = required_text(record, Field::ComponentUsage)?;
            self.note_component_usage(parent, &component_usage);
            let (texts, details) = (&mut self.texts, &mut self.columns.details);
            details.user.push(user.map_or(NO_TEXT, |user| texts.intern(&user)));
            details.description.push(texts.intern(description.as_deref().unwrap_or_default()));
            details.backend_id.push(texts.intern(backend_id.as_deref().unwrap_or_default()));
            details.created.push(OptionalTime::new(created));
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

    fn note_component_usage(&mut self, parent: u32, uri: &[u8]) {
        let known = self.component_usages.get(parent as usize);
        if known.is_some_and(|known| known.as_bytes() == uri) {
            return;
        }
        note_least(&mut self.component_usages, parent, text(uri));
    }

    fn username(&mut self, record: &RawRecord) -> Result<u32, RecordFault> {
        if let Raw::Text(name) = record.get(Field::Username)
            && let Some(known) = self.usernames.find(name)
        {
            return Ok(known);
        }
        Ok(self.usernames.intern(&required_text(record, Field::Username)?))
    }

    /// The parent's number, and whether its month had to be derived from `date`, as a flag.
    fn parent(&mut self, record: &RawRecord, known: Option<u32>) -> Result<(u32, u8), RecordFault> {
        let dump = self.chunk().dump;
        if let Some(place) = known {
            self.confirm(place, dump);
            return Ok((place, 0));
        }
        let uuid = parent_uuid(record)?;
        let (attributes, flags) = self.attributes(record, dump)?;
        Ok((self.parents.claim(uuid, attributes, dump), flags))
    }

    fn attributes(&mut self, record: &RawRecord, dump: u32) -> Result<(Attributes, u8), RecordFault> {
        let date = optional_time(record, Field::Date)?;
        let (billing_period, is_derived) =
            period_of(record, date, self.folders.month.as_ref(), self.reading.timezone)?;
        let derived = if is_derived { DERIVED } else { 0 };
        // All of a record is read before any of it is noted: a faulty record names nobody.
        required_text(record, Field::Username)?;
        let named = |uuid, name| Ok((required_uuid(record, uuid)?, required_text(record, name)?));
        let resource = named(Field::ResourceUuid, Field::ResourceName)?;
        let offering = named(Field::OfferingUuid, Field::OfferingName)?;
        let project = named(Field::ProjectUuid, Field::ProjectName)?;
        let customer = named(Field::CustomerUuid, Field::CustomerName)?;
        let component_type = required_text(record, Field::ComponentType)?;
        let measured_unit = required_text(record, Field::MeasuredUnit)?;
        let table = &mut self.parents;
        let attributes = Attributes {
            resource: table.resources.claim(resource.0, &resource.1, dump),
            offering: table.offerings.claim(offering.0, &offering.1, dump),
            project: table.projects.claim(project.0, &project.1, dump),
            customer: table.customers.claim(customer.0, &customer.1, dump),
            component_type: table.component_types.intern(&component_type),
            measured_unit: table.measured_units.intern(&measured_unit),
            billing_period,
            date: OptionalTime::new(date),
        };
        Ok((attributes, derived))
    }
}

/// Keeps the least of the URIs that are seen of a parent.
pub(crate) fn note_least(component_usages: &mut Vec<Box<str>>, parent: u32, uri: Box<str>) {
    let parent = parent as usize;
    if component_usages.len() <= parent {
        component_usages.resize(parent + 1, Box::default());
    }
    let known = &mut component_usages[parent];
    if known.is_empty() || (!uri.is_empty() && uri < *known) {
        *known = uri;
    }
}

fn text(bytes: &[u8]) -> Box<str> {
    std::str::from_utf8(bytes).expect("readers pass on UTF-8").into()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The details of one record, as texts.
    #[derive(Debug)]
    pub(crate) struct Detail<'a> {
        pub user: Option<&'a str>,
        pub description: &'a str,
        pub backend_id: &'a str,
        pub created: Option<i64>,
        pub component_usage: &'a str,
    }

    /// One that keeps everything, at the start of a file.
    pub(crate) fn collector() -> Collector {
        let mut collector =
            Collector::new(Reading { timezone: chrono_tz::UTC, keeps_details: true, keeps_raw: true });
        collector.begin(ChunkKey { file: 0, piece: 0, part: 0 }, 0);
        collector
    }

    impl Collector {
        pub(crate) fn faults(&self) -> &[PlacedFault] {
            self.rejected.unsorted()
        }

        pub(crate) fn details(&self) -> Vec<Detail<'_>> {
            let columns = &self.columns.details;
            let text = |text: u32| std::str::from_utf8(self.texts.get(text)).unwrap();
            let detail = |row: usize| Detail {
                user: Some(columns.user[row]).filter(|user| *user != NO_TEXT).map(text),
                description: text(columns.description[row]),
                backend_id: text(columns.backend_id[row]),
                created: columns.created[row].get(),
                component_usage: &self.component_usages[self.columns.parent[row] as usize],
            };
            (0..self.columns.uuid.len()).map(detail).collect()
        }
    }
}
