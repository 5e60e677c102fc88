//! The records of all workers together, and where each of them stands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::collector::{Chunk, ChunkKey, Collector, Columns, DetailColumns, NO_TEXT, note_least};
use super::interner::Interner;
use super::parents::{ParentTable, absorb_names};
use super::rejects::Rejected;
use crate::ingest::formats::envelope::Envelope;

/// What all workers read.
pub(crate) struct Merged {
    pub columns: Columns,
    pub parents: ParentTable,
    pub usernames: Interner,
    /// The users, descriptions and backend ids of records.
    pub texts: Interner,
    /// The URI of each parent.
    pub component_usages: Vec<Box<str>>,
    /// In the order of the columns.
    pub chunks: Vec<Chunk>,
    pub rejected: Rejected,
    pub unknown_fields: BTreeMap<String, u64>,
    pub respelled_columns: BTreeSet<String>,
    /// What the objects around lists say of them, with their files.
    pub envelopes: Vec<(u32, Envelope)>,
    /// Records and lines of the file before each of its pieces.
    before: HashMap<ChunkKey, (u64, u64)>,
}

/// A record's place among all: by file, then as the file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Location {
    pub chunk: ChunkKey,
    /// The number in the chunk, from 0.
    pub record: u64,
}

impl Merged {
    pub(crate) fn new(collectors: Vec<Collector>) -> Self {
        let mut collectors = collectors.into_iter();
        let first = collectors.next().expect("there is at least one worker");
        let mut merged = Self {
            columns: first.columns,
            parents: first.parents,
            usernames: first.usernames,
            texts: first.texts,
            component_usages: first.component_usages,
            chunks: first.chunks,
            rejected: first.rejected,
            unknown_fields: first.unknown_fields,
            respelled_columns: first.respelled_columns,
            envelopes: first.envelopes,
            before: HashMap::new(),
        };
        collectors.for_each(|collector| merged.absorb(collector));
        merged.leave_out(&[]);
        merged
    }

    fn absorb(&mut self, other: Collector) {
        let (columns, more) = (&mut self.columns, other.columns);
        let start = columns.uuid.len();
        let (table, names) = (&mut self.parents, &mut self.usernames);
        let ((parents, usernames), ()) = rayon::join(
            || (table.absorb(other.parents), absorb_names(names, &other.usernames)),
            || {
                columns.uuid.extend_from_slice(&more.uuid);
                columns.modified.extend_from_slice(&more.modified);
                columns.usage.extend_from_slice(&more.usage);
                columns.flags.extend_from_slice(&more.flags);
            },
        );
        let texts = absorb_names(&mut self.texts, &other.texts);
        columns.details.absorb(more.details, &texts);
        for (parent, uri) in other.component_usages.into_iter().enumerate() {
            note_least(&mut self.component_usages, parents[parent], uri);
        }
        columns.parent.extend(more.parent.iter().map(|parent| parents[*parent as usize]));
        columns.username.extend(more.username.iter().map(|username| usernames[*username as usize]));
        self.chunks
            .extend(other.chunks.into_iter().map(|chunk| Chunk { start: chunk.start + start, ..chunk }));
        self.rejected.absorb(other.rejected);
        self.respelled_columns.extend(other.respelled_columns);
        self.envelopes.extend(other.envelopes);
        for (name, count) in other.unknown_fields {
            *self.unknown_fields.entry(name).or_default() += count;
        }
    }

    /// Counts the records of parts that were not read, so that those behind them keep their numbers in the file.
    pub(crate) fn leave_out(&mut self, parts: &[(ChunkKey, u64)]) {
        let read = self.chunks.iter().map(|chunk| (chunk.key, chunk.records, chunk.lines));
        self.before = before(read.chain(parts.iter().map(|(key, records)| (*key, *records, 0))).collect());
    }

    /// How many records there are, faulty ones not included.
    pub(crate) fn len(&self) -> usize {
        self.columns.uuid.len()
    }

    /// How many records were read, faulty ones included.
    pub(crate) fn records_read(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.records).sum()
    }

    /// The chunk that holds a record.
    pub(crate) fn chunk_of(&self, record: u32) -> &Chunk {
        let after = self.chunks.partition_point(|chunk| chunk.start <= record as usize);
        &self.chunks[after - 1]
    }

    pub(crate) fn location(&self, record: u32) -> Location {
        let chunk = self.chunk_of(record);
        Location { chunk: chunk.key, record: chunk.number_of(u64::from(record) - chunk.start as u64) }
    }

    /// The record's number in its file, from 1.
    pub(crate) fn number_in_file(&self, location: Location) -> u64 {
        self.records_before(location.chunk) + location.record + 1
    }

    /// How many records of its file come before a chunk.
    pub(crate) fn records_before(&self, chunk: ChunkKey) -> u64 {
        self.before(chunk).0
    }

    /// How many lines of its file come before a chunk.
    pub(crate) fn lines_before(&self, chunk: ChunkKey) -> u64 {
        self.before(chunk).1
    }

    fn before(&self, chunk: ChunkKey) -> (u64, u64) {
        self.before.get(&chunk).copied().unwrap_or_default()
    }

    /// The good records of each chunk, as places in the columns.
    pub(crate) fn chunk_ranges(&self) -> impl Iterator<Item = (&Chunk, std::ops::Range<usize>)> {
        let ends = self.chunks.iter().skip(1).map(|chunk| chunk.start).chain([self.len()]);
        self.chunks.iter().zip(ends).map(|(chunk, end)| (chunk, chunk.start..end))
    }
}

impl DetailColumns {
    /// Takes other columns in, whose texts have these numbers here.
    fn absorb(&mut self, other: Self, texts: &[u32]) {
        let here = |text: &u32| if *text == NO_TEXT { NO_TEXT } else { texts[*text as usize] };
        self.user.extend(other.user.iter().map(here));
        self.description.extend(other.description.iter().map(here));
        self.backend_id.extend(other.backend_id.iter().map(here));
        self.created.extend_from_slice(&other.created);
    }
}

fn before(mut parts: Vec<(ChunkKey, u64, u64)>) -> HashMap<ChunkKey, (u64, u64)> {
    parts.sort_unstable_by_key(|(key, ..)| *key);
    let mut before = HashMap::new();
    let (mut records, mut lines) = (0, 0);
    let mut file = None;
    for (key, own_records, own_lines) in parts {
        if file != Some(key.file) {
            file = Some(key.file);
            (records, lines) = (0, 0);
        }
        before.insert(key, (records, lines));
        records += own_records;
        lines += own_lines;
    }
    before
}
