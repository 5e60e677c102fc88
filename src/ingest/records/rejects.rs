//! Rejected records while files are read: the first of them in memory, all of them on disk if their text is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::collector::{ChunkKey, PlacedFault, RecordFault};
use crate::fault::{FAULTS_KEPT_MAX, Fault, Reason};
use crate::text::shorten;
use crate::usage::Field;

/// What is kept in memory of a rejected record's text, in characters.
const RAW_KEPT_MAX: usize = 4 << 10;

/// The rejected records of one worker, or of all of them.
#[derive(Debug, Default)]
pub struct Rejected {
    /// The first ones by their place, and at times as many again that come after them.
    first: Vec<PlacedFault>,
    pub counts: BTreeMap<Reason, u64>,
    /// One for each worker, if the records' texts are asked for.
    spools: Vec<Spool>,
    /// Why a spool could not be written.
    failure: Option<io::Error>,
}

impl Rejected {
    /// `keeps_raw` says whether the records' texts are asked for.
    pub fn new(keeps_raw: bool) -> Self {
        let spools = if keeps_raw { vec![Spool::default()] } else { Vec::new() };
        Self { spools, ..Self::default() }
    }

    pub fn push(&mut self, mut fault: PlacedFault) {
        *self.counts.entry(fault.fault.reason).or_default() += 1;
        match self.spools.first_mut() {
            Some(spool) => {
                if self.failure.is_none() {
                    self.failure = spool.push(&fault).err();
                }
                fault.raw = shorten(&fault.raw, RAW_KEPT_MAX);
            }
            None => fault.raw = String::new(),
        }
        self.first.push(fault);
        if self.first.len() >= 2 * FAULTS_KEPT_MAX {
            self.keep_first();
        }
    }

    /// Takes in the rejected records of another worker.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.first.extend(other.first);
        self.keep_first();
        for (reason, count) in other.counts {
            *self.counts.entry(reason).or_default() += count;
        }
        self.spools.extend(other.spools);
        self.failure = self.failure.take().or(other.failure);
    }

    /// Hands on all of them in the order of their places, if their texts are asked for.
    ///
    /// # Errors
    /// A temporary file could not be written or read, or what `take` returns.
    pub(crate) fn for_each(self, mut take: impl FnMut(PlacedFault) -> io::Result<()>) -> io::Result<()> {
        let nowhere = |_| PlacedChunk { label: String::new(), records_before: 0, lines_before: 0 };
        let Some(rejects) = Rejects::new(self, nowhere)? else { return Ok(()) };
        for run in &rejects.runs {
            for line in rejects.lines(run)? {
                take(placed(serde_json::from_str(&line?)?, run.key))?;
            }
        }
        Ok(())
    }

    /// The first ones, in the order of their places.
    pub fn first(&mut self) -> &[PlacedFault] {
        self.keep_first();
        &self.first
    }

    #[cfg(test)]
    pub(crate) fn unsorted(&self) -> &[PlacedFault] {
        &self.first
    }

    fn keep_first(&mut self) {
        self.first.sort_by_key(|fault| (fault.chunk, fault.record.unwrap_or(u64::MAX)));
        self.first.truncate(FAULTS_KEPT_MAX);
    }
}

/// Rejected records in a temporary file that vanishes with the process.
#[derive(Debug, Default)]
struct Spool {
    /// `None` until there is something to write.
    file: Option<BufWriter<File>>,
    length: u64,
    runs: Vec<Run>,
}

/// The rejected records of one chunk that follow each other in a spool, in bytes.
#[derive(Debug)]
struct Run {
    chunk: ChunkKey,
    range: Range<u64>,
}

/// A line of a spool.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    /// Empty if the run knows it.
    file: Cow<'a, str>,
    /// In the chunk, from 0; in the file, from 1, where the file is given.
    record: Option<u64>,
    offset: Option<u64>,
    line: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sheet: Option<Cow<'a, str>>,
    field: Option<Cow<'a, str>>,
    value: Cow<'a, str>,
    expected: Cow<'a, str>,
    reason: Reason,
    raw: Cow<'a, str>,
}

impl Spool {
    fn push(&mut self, placed: &PlacedFault) -> io::Result<()> {
        let PlacedFault { chunk, record, offset, line, sheet, fault, raw } = placed;
        let line = Line {
            file: "".into(),
            record: *record,
            offset: *offset,
            line: *line,
            sheet: sheet.as_deref().map(Cow::Borrowed),
            field: fault.field.map(|field| field.name().into()),
            value: fault.value.as_str().into(),
            expected: Cow::Borrowed(&fault.expected),
            reason: fault.reason,
            raw: raw.into(),
        };
        let mut text = Vec::new();
        write_line(&line, &mut text)?;
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        file.write_all(&text)?;
        let start = self.length;
        self.length += text.len() as u64;
        match self.runs.last_mut().filter(|run| run.chunk == *chunk) {
            Some(run) => run.range.end = self.length,
            None => self.runs.push(Run { chunk: *chunk, range: start..self.length }),
        }
        Ok(())
    }
}

/// All rejected records with their texts, on disk.
#[derive(Debug)]
pub struct Rejects {
    files: Vec<File>,
    /// In the order of files and records.
    runs: Vec<PlacedRun>,
    /// Those that contradict each other, which only show once everything is read; a whole [`Fault`] each.
    conflicts: Option<BufWriter<File>>,
    withheld: Option<String>,
}

#[derive(Debug)]
struct PlacedRun {
    /// The index in [`Rejects::files`].
    file: usize,
    range: Range<u64>,
    key: ChunkKey,
    chunk: PlacedChunk,
}

/// Where a chunk is from.
#[derive(Debug)]
pub struct PlacedChunk {
    /// The input file, as messages name it.
    pub label: String,
    /// Records of the file before the chunk.
    pub records_before: u64,
    pub lines_before: u64,
}

impl Rejects {
    /// `place` tells where a chunk is from.
    ///
    /// `None` if nobody asked for the texts.
    ///
    /// # Errors
    /// The temporary files could not be written.
    pub fn new(rejected: Rejected, place: impl Fn(ChunkKey) -> PlacedChunk) -> io::Result<Option<Self>> {
        if let Some(failure) = rejected.failure {
            return Err(failure);
        }
        if rejected.spools.is_empty() {
            return Ok(None);
        }
        let (mut files, mut runs) = (Vec::new(), Vec::new());
        for spool in rejected.spools {
            let Some(file) = spool.file else { continue };
            runs.extend(spool.runs.into_iter().map(|run| (run.chunk, files.len(), run.range)));
            files.push(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        }
        runs.sort_by_key(|(chunk, _, range)| (*chunk, range.start));
        let placed = |(key, file, range)| PlacedRun { file, range, key, chunk: place(key) };
        let runs = runs.into_iter().map(placed).collect();
        Ok(Some(Self { files, runs, conflicts: None, withheld: None }))
    }

    /// The lines of a run.
    fn lines(&self, run: &PlacedRun) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let mut file = &self.files[run.file];
        file.seek(SeekFrom::Start(run.range.start))?;
        Ok(BufReader::new(file.take(run.range.end - run.range.start)).lines())
    }

    /// Adds a record that contradicts another one.
    ///
    /// # Errors
    /// The temporary file could not be written.
    pub(crate) fn push_conflict(&mut self, fault: &Fault) -> io::Result<()> {
        let file = match &mut self.conflicts {
            Some(file) => file,
            None => self.conflicts.insert(BufWriter::new(tempfile::tempfile()?)),
        };
        write_line(fault, file)
    }

    /// Removes the values and texts that were found from everything that is written.
    pub(crate) fn withhold(&mut self, instead: &str) {
        self.withheld = Some(instead.to_owned());
    }

    /// Writes one JSON object a line: first the records that cannot be used by themselves, in the order of files and
    /// records, then those that contradict each other.
    ///
    /// # Errors
    /// The temporary files cannot be read, or the output cannot be written.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        for run in &self.runs {
            copy(self.lines(run)?, Some(run), self.withheld.as_deref(), out)?;
        }
        let Some(conflicts) = &mut self.conflicts else { return Ok(()) };
        conflicts.flush()?;
        conflicts.get_mut().rewind()?;
        copy(BufReader::new(conflicts.get_ref()).lines(), None, self.withheld.as_deref(), out)
    }
}

/// The rejected record that a line of a spool is.
fn placed(line: Line, chunk: ChunkKey) -> PlacedFault {
    PlacedFault {
        chunk,
        record: line.record,
        offset: line.offset,
        line: line.line,
        sheet: line.sheet.map(|sheet| sheet.as_ref().into()),
        fault: RecordFault {
            reason: line.reason,
            field: line.field.and_then(|field| Field::named(field.as_bytes())),
            value: line.value.into_owned(),
            expected: line.expected.into_owned().into(),
        },
        raw: line.raw.into_owned(),
    }
}

fn write_line(fault: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut line = serde_json::to_vec(fault)?;
    line.push(b'\n');
    out.write_all(&line)
}

/// Writes the lines of a spool as the faults that they are; `run` is where they are from, if they do not say it.
fn copy(
    lines: impl Iterator<Item = io::Result<String>>,
    run: Option<&PlacedRun>,
    withheld: Option<&str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for line in lines {
        let line = line?;
        let line: Line = serde_json::from_str(&line)?;
        let mut fault = Fault {
            file: run.map_or(line.file.into_owned(), |run| run.chunk.label.clone()),
            record: line.record.map(|record| run.map_or(record, |run| run.chunk.records_before + record + 1)),
            offset: line.offset,
            line: line.line.map(|line| line + run.map_or(0, |run| run.chunk.lines_before)),
            sheet: line.sheet.map(Cow::into_owned),
            field: line.field.and_then(|field| Field::named(field.as_bytes())).map(Field::name),
            value: line.value.into_owned(),
            expected: line.expected.into_owned(),
            reason: line.reason,
            raw: line.raw.into_owned(),
        };
        if let Some(instead) = withheld {
            fault.withhold(instead);
        }
        write_line(&fault, out)?;
    }
    Ok(())
}
