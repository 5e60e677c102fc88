//! Staged dumps back to records, faults and facts: what a reading of the dumps themselves gives.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array as _, BooleanArray, RecordBatch};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::manifest::{CHANGED, Input, Kind, Manifest, PIECES, REJECTED, StoredFile, damaged, dumps_in};
use super::table::{self, FILE, MARKS, OFFSET, PIECE};
use super::writer::Piece;
use crate::error::{Error, Result};
use crate::fault::Reason;
use crate::ingest::dumps::index::Index;
use crate::ingest::formats::parquet::columns::Column;
use crate::ingest::formats::parquet::raw_text;
use crate::ingest::records::collector::{BATCH_RECORDS_MAX, Collector, Pending, PlacedFault, RecordFault};
use crate::ingest::records::raw::Raw;
use crate::quiet::quietly;
use crate::text::hex;
use crate::usage::Field;

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 8192;

/// A staged dump; its records are not yet read.
#[derive(Debug)]
pub(crate) struct StagedDump {
    folder: PathBuf,
    manifest: Manifest,
    index: Option<Index>,
}

/// The staged dumps that a folder is, or has in it, in the order in which they count; none if it has none.
///
/// # Errors
/// A file that is missing, damaged or of another version.
pub(crate) fn staged_dumps(folder: &Path, kind: Kind) -> Result<Vec<StagedDump>> {
    let folders = match kind.is_at(folder) {
        true => vec![folder.to_owned()],
        false => dumps_in(folder, kind),
    };
    Ok(in_order(folders.into_iter().map(StagedDump::open).collect::<Result<Vec<_>>>()?))
}

/// Dumps in the order of their labels, but each after the one that was named before it when they were staged.
fn in_order(mut dumps: Vec<StagedDump>) -> Vec<StagedDump> {
    dumps.sort_by(|one, other| one.key().cmp(&other.key()));
    let places: HashMap<&OsStr, usize> =
        (0..).zip(&dumps).filter_map(|(at, dump)| Some((dump.folder.file_name()?, at))).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); dumps.len()];
    let mut ready = BTreeSet::new();
    for (at, dump) in dumps.iter().enumerate() {
        match dump.manifest.after.as_ref().and_then(|after| places.get(OsStr::new(after))) {
            Some(before) => followers[*before].push(at),
            None => _ = ready.insert(at),
        }
    }
    let mut order = Vec::new();
    while let Some(at) = ready.pop_first() {
        ready.extend(followers[at].iter().copied());
        order.push(at);
    }
    let mut rank = vec![usize::MAX; dumps.len()];
    (0..).zip(order).for_each(|(place, at)| rank[at] = place);
    let mut ranks = rank.into_iter();
    dumps.sort_by_cached_key(|_| ranks.next());
    dumps
}

impl StagedDump {
    fn open(folder: PathBuf) -> Result<Self> {
        let manifest = Manifest::read(&folder)?;
        let index = manifest.index.as_ref().map(|index| Index::parse(index.get().as_bytes())).transpose();
        let index = index.map_err(|error| damaged(&folder, &error.to_string()))?;
        Ok(Self { folder, manifest, index })
    }

    /// What orders dumps of which nothing else says it.
    fn key(&self) -> (&str, &str) {
        (&self.manifest.label, &self.manifest.digest)
    }

    pub(super) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn label(&self) -> &str {
        &self.manifest.label
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }

    pub(crate) fn inputs(&self) -> &[Input] {
        &self.manifest.inputs
    }

    pub(crate) fn skipped(&self) -> &[(String, String)] {
        &self.manifest.skipped
    }

    /// The packed copy of an input, if it is as it was written.
    pub(crate) fn copy(&self, input: usize) -> Result<PathBuf> {
        let file = self.manifest.files.get(input);
        self.check(file.ok_or_else(|| damaged(&self.folder, "the dump does not name all of its files"))?)
    }

    /// The bytes of a file, if they are as they were written.
    fn read(&self, name: &str) -> Result<Vec<u8>> {
        let (path, file) = (self.folder.join(name), self.file(name)?);
        let bytes =
            std::fs::read(&path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        match hex(&Sha256::digest(&bytes)) == file.sha256 {
            true => Ok(bytes),
            false => Err(damaged(&path, CHANGED)),
        }
    }

    fn file(&self, name: &str) -> Result<&StoredFile> {
        let file = self.manifest.files.iter().find(|file| file.name == name);
        file.ok_or_else(|| damaged(&self.folder.join(name), "the dump does not name it"))
    }

    /// The path of a file, if it is as it was written; it is not kept in memory.
    fn check(&self, file: &StoredFile) -> Result<PathBuf> {
        let path = self.folder.join(&file.name);
        let digest = || -> io::Result<String> {
            let (mut input, mut digest) = (File::open(&path)?, Sha256::new());
            let mut buffer = vec![0; 1 << 20];
            loop {
                match input.read(&mut buffer)? {
                    0 => return Ok(hex(&digest.finalize())),
                    read => digest.update(&buffer[..read]),
                }
            }
        };
        match digest().map_err(|source| Error::Unreadable { path: path.clone(), source })? == file.sha256 {
            true => Ok(path),
            false => Err(damaged(&path, CHANGED)),
        }
    }
}

/// A line of the file of faults. The place is as in the table of records.
#[derive(Serialize, Deserialize)]
pub(super) struct FaultLine {
    pub file: u32,
    pub piece: i64,
    /// None if the whole file is at fault.
    pub record: Option<u64>,
    pub offset: Option<u64>,
    /// The line in the piece, from 1, with the lines of the file before its first piece.
    pub line: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    pub field: Option<String>,
    pub value: String,
    pub expected: String,
    pub reason: Reason,
    pub raw: String,
}

/// A staged dump that workers read together.
pub(crate) struct Shelf {
    pub dump: Arc<StagedDump>,
    /// The number of its first input among all files.
    pub first_file: u32,
    /// The rank of the dump.
    pub rank: u32,
    state: Mutex<State>,
}

enum State {
    Unopened,
    Parts {
        pieces: Arc<Pieces>,
        /// Those that come after the current one.
        files: Range<usize>,
        current: Option<(Arc<Part>, Range<usize>)>,
    },
    Done,
}

/// The pieces of a dump, by file and number.
pub(crate) type Pieces = HashMap<(u32, i64), Piece>;

/// A file of records.
pub(crate) struct Part {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

/// What one worker does next.
pub(crate) enum Work {
    /// What is known of the dump besides its records.
    Facts(Arc<Pieces>),
    RowGroup(Arc<Pieces>, Arc<Part>, usize),
}

impl Shelf {
    pub(crate) fn new(dump: Arc<StagedDump>, first_file: u32, rank: u32) -> Self {
        Self { dump, first_file, rank, state: Mutex::new(State::Unopened) }
    }

    /// # Errors
    /// A dump whose months were derived in another zone than is asked for.
    pub(crate) fn check_timezone(&self, timezone: chrono_tz::Tz) -> Result<()> {
        let Manifest { timezone: own, derived, .. } = &self.dump.manifest;
        match *derived == 0 || own == timezone.name() {
            true => Ok(()),
            false => {
                let reason = format!(
                    "months of records without a billing period were derived in the time zone {own}, not in {timezone}; \
                     name {own} as the time zone, or stage the dump again"
                );
                Err(damaged(&self.dump.folder, &reason))
            }
        }
    }

    /// The next thing to do; none if all is given away.
    pub(crate) fn next(&self) -> Result<Option<Work>> {
        let mut state = self.state.lock().expect("a worker does not panic");
        let outcome = self.next_of(&mut state);
        if !matches!(outcome, Ok(Some(_))) {
            *state = State::Done;
        }
        outcome
    }

    fn next_of(&self, state: &mut State) -> Result<Option<Work>> {
        let parts = self.dump.manifest.files.iter().filter(|file| file.name.ends_with(".parquet"));
        let parts: Vec<&StoredFile> = parts.collect();
        match state {
            State::Done => Ok(None),
            State::Unopened => {
                let pieces = Arc::new(self.pieces()?);
                *state = State::Parts { pieces: pieces.clone(), files: 0..parts.len(), current: None };
                Ok(Some(Work::Facts(pieces)))
            }
            State::Parts { pieces, files, current } => loop {
                if let Some((part, groups)) = current
                    && let Some(group) = groups.next()
                {
                    return Ok(Some(Work::RowGroup(pieces.clone(), part.clone(), group)));
                }
                let Some(next) = files.next() else { return Ok(None) };
                let part = Part::open(self.dump.check(parts[next])?)?;
                let groups = 0..part.metadata.metadata().num_row_groups();
                *current = Some((Arc::new(part), groups));
            },
        }
    }

    fn pieces(&self) -> Result<Pieces> {
        let text = self.dump.read(PIECES)?;
        let pieces = serde_json::Deserializer::from_slice(&text).into_iter::<Piece>();
        let pieces = pieces.map(|piece| piece.map(|piece| ((piece.file, piece.piece), piece)));
        pieces.collect::<serde_json::Result<_>>().map_err(|error| self.broken(PIECES, &error))
    }

    fn broken(&self, name: &str, error: &dyn std::fmt::Display) -> Error {
        damaged(&self.dump.folder.join(name), &error.to_string())
    }

    /// Feeds everything but the records: faults, pieces without a record that can be used, what the files say of
    /// themselves.
    pub(crate) fn feed_facts(&self, pieces: &Pieces, collector: &mut Collector) -> Result<()> {
        let manifest = &self.dump.manifest;
        let key = |file: u32, piece| table::piece_key(self.first_file + file, piece);
        for piece in pieces.values() {
            if piece.records == piece.rejected.iter().map(|(start, end)| end - start).sum::<u64>() {
                collector.begin(key(piece.file, piece.piece), self.rank);
                self.complete(piece, collector);
            }
        }
        let faults = self.dump.check(self.dump.file(REJECTED)?)?;
        let faults = File::open(&faults).map_err(|source| Error::Unreadable { path: faults, source })?;
        for line in BufReader::new(faults).lines() {
            let line = line.map_err(|error| self.broken(REJECTED, &error))?;
            let line: FaultLine =
                serde_json::from_str(&line).map_err(|error| self.broken(REJECTED, &error))?;
            collector.rejected.push(PlacedFault {
                chunk: key(line.file, line.piece),
                record: line.record,
                offset: line.offset,
                line: line.line,
                sheet: line.sheet.map(Into::into),
                fault: RecordFault {
                    reason: line.reason,
                    field: line.field.and_then(|field| Field::named(field.as_bytes())),
                    value: line.value,
                    expected: line.expected.into(),
                },
                raw: line.raw,
            });
        }
        for (name, count) in &manifest.unknown_fields {
            *collector.unknown_fields.entry(name.clone()).or_default() += count;
        }
        collector.respelled_columns.extend(manifest.respelled_columns.iter().cloned());
        let envelopes = manifest.envelopes.iter();
        collector
            .envelopes
            .extend(envelopes.map(|(file, envelope)| (self.first_file + file, envelope.clone())));
        Ok(())
    }

    /// Feeds the records of a row group.
    pub(crate) fn feed_row_group(
        &self,
        pieces: &Pieces,
        part: &Part,
        row_group: usize,
        collector: &mut Collector,
    ) -> Result<()> {
        let wrong = |reason: &dyn std::fmt::Display| damaged(&part.path, &reason.to_string());
        let decode = || -> std::result::Result<(), ParquetError> {
            let file = File::open(&part.path)?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, part.metadata.clone())
                .with_row_groups(vec![row_group])
                .with_batch_size(BATCH_ROWS)
                .build()?;
            let other = || ParquetError::General("other columns or places than a staged dump has".to_owned());
            let mut place = None;
            for batch in reader {
                self.feed_batch(&batch?, pieces, &mut place, collector).ok_or_else(other)?;
            }
            self.end_piece(pieces, place, collector).ok_or_else(other)
        };
        match quietly(decode) {
            Some(outcome) => outcome.map_err(|error| wrong(&error)),
            None => Err(wrong(&"the decoder gives up on it")),
        }
    }

    /// Feeds records; `place` is that of the piece which the last one is in. None if a column or a place is not as it
    /// was written.
    fn feed_batch(
        &self,
        batch: &RecordBatch,
        pieces: &Pieces,
        place: &mut Option<(u32, i64)>,
        collector: &mut Collector,
    ) -> Option<()> {
        let files = batch.column_by_name(FILE)?.as_primitive_opt::<Int32Type>()?;
        let numbers = batch.column_by_name(PIECE)?.as_primitive_opt::<Int64Type>()?;
        let columns = Field::ALL
            .iter()
            .map(|field| Some((*field, Column::of(batch.column_by_name(field.name())?, *field)?)));
        let columns = columns.collect::<Option<Vec<_>>>()?;
        let offsets = batch.column_by_name(OFFSET)?.as_primitive_opt::<Int64Type>()?;
        let marks =
            MARKS.iter().map(|(name, mark)| Some((*mark, batch.column_by_name(name)?.as_boolean_opt()?)));
        let marks = marks.collect::<Option<Vec<(u8, &BooleanArray)>>>()?;
        let at = |row: usize| (files.value(row) as u32, numbers.value(row));
        let mut start = 0;
        while start < batch.num_rows() {
            let here = at(start);
            let mut end = start + 1;
            while end < batch.num_rows() && at(end) == here {
                end += 1;
            }
            if *place != Some(here) {
                self.end_piece(pieces, *place, collector)?;
                *place = Some(here);
                collector.begin(table::piece_key(self.first_file + here.0, here.1), self.rank);
            }
            let mut pending = [Pending::default(); BATCH_RECORDS_MAX];
            for first in (start..end).step_by(pending.len()) {
                let rows = first..(first + BATCH_RECORDS_MAX).min(end);
                for (field, column) in &columns {
                    column.fill(*field, rows.clone(), &mut pending);
                }
                for (row, pending) in rows.clone().zip(&mut pending) {
                    let is_set = |(_, column): &&(u8, &BooleanArray)| column.value(row);
                    let flags = marks.iter().filter(is_set).fold(0, |flags, (mark, _)| flags | mark);
                    let Raw::Quantity(usage) = pending.record.get(Field::Usage) else { return None };
                    pending.record.set(Field::Usage, Raw::Staged(usage, flags));
                    pending.offset = offsets.is_valid(row).then(|| offsets.value(row) as u64);
                }
                push(&mut pending[..rows.len()], pieces.get(&here)?, collector);
            }
            start = end;
        }
        Some(())
    }

    /// Ends a piece: its records have to be those that were staged.
    fn end_piece(&self, pieces: &Pieces, place: Option<(u32, i64)>, collector: &mut Collector) -> Option<()> {
        let Some(place) = place else { return Some(()) };
        self.complete(pieces.get(&place)?, collector).then_some(())
    }

    fn complete(&self, piece: &Piece, collector: &mut Collector) -> bool {
        let rejected = piece.rejected.iter().map(|(start, end)| *start..*end).collect();
        collector.complete_chunk(piece.records, rejected, piece.lines)
    }
}

/// Pushes records of a piece; one that is looked for has its number there, with the rejected ones between them.
fn push(pending: &mut [Pending], piece: &Piece, collector: &mut Collector) {
    if !collector.is_looking() {
        collector.push_batch(pending, |pending| raw_text(&pending.record));
        return;
    }
    for pending in pending {
        collector.pass_rejected(&piece.rejected);
        collector.push(&pending.record, pending.offset, || raw_text(&pending.record));
    }
}

impl Part {
    fn open(path: PathBuf) -> Result<Self> {
        let options = ArrowReaderOptions::new().with_schema(Arc::new(table::decoded_schema()));
        let load = || ArrowReaderMetadata::load(&File::open(&path)?, options);
        match quietly(load) {
            Some(Ok(metadata)) => Ok(Self { path, metadata }),
            Some(Err(error)) => Err(damaged(&path, &error.to_string())),
            None => Err(damaged(&path, "the decoder gives up on it")),
        }
    }
}
