//! Dumps of other kinds than records: all objects of all files, and whether any are missing.

use std::sync::Arc;

use super::object::{Columns, Object, Placement, Reader};
use crate::error::Result;
use crate::fault::Faults;
use crate::ingest::dumps::completeness::{self, Kind, Tally};
use crate::ingest::dumps::source::{self, Sources};
use crate::ingest::dumps::stream;
use crate::ingest::records::collector::RecordFault;
use crate::ingest::{InputFile, Progress};
use crate::notice::Notice;
use crate::usage::Field;

/// What dumps hold.
pub(crate) struct Form {
    pub kind: Kind,
    /// How messages name the fields.
    pub name: fn(Field) -> &'static str,
    /// What an object should be, for messages.
    pub expected: &'static str,
    /// Where they are saved as a table.
    pub columns: Columns,
}

/// What is to be said of dumps.
pub(crate) struct Dumps {
    /// In the order of files and objects.
    pub faults: Faults,
    pub notices: Vec<Notice>,
    /// The files in their order.
    pub files: Vec<InputFile>,
    /// Objects are missing from a dump, and no other dump of the same query has them.
    pub is_incomplete: bool,
}

/// Hands all objects on, each with the rank of its dump; `take` counts those it can use as distinct or as repeats.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption.
pub(crate) fn read_dumps(
    inputs: &[String],
    form: &Form,
    accepts_incomplete: bool,
    progress: &Progress,
    take: impl FnMut(&Object, &Placement, u32, &mut Tally) -> std::result::Result<(), RecordFault>,
) -> Result<Dumps> {
    read_sources(&source::list_others(inputs)?, form, accepts_incomplete, progress, take)
}

/// Does the same with sources that are listed.
pub(crate) fn read_sources(
    sources: &Sources,
    form: &Form,
    accepts_incomplete: bool,
    progress: &Progress,
    mut take: impl FnMut(&Object, &Placement, u32, &mut Tally) -> std::result::Result<(), RecordFault>,
) -> Result<Dumps> {
    let ranks = sources.ranks();
    let mut faults = Faults::default();
    let mut tallies = vec![Tally::default(); sources.dumps.len()];
    let mut records = Vec::new();
    let mut files = Vec::new();
    let mut envelopes = Vec::new();
    for source in &sources.files {
        progress.check()?;
        let (rank, tally) = (ranks[source.dump], &mut tallies[source.dump]);
        let mut reader = Reader {
            source,
            name: form.name,
            expected: form.expected,
            columns: form.columns,
            take: |object: &Object, place: &Placement| take(object, place, rank, tally),
            faults: &mut faults,
            objects: 0,
            envelopes: Vec::new(),
            tap: Arc::default(),
        };
        reader.read()?;
        let objects = reader.objects;
        files.push(stream::input_file(source, &reader.tap)?);
        envelopes.extend(reader.envelopes.into_iter().map(|envelope| (source.dump, envelope)));
        records.push(objects);
        tally.records += objects;
    }
    for tally in &mut tallies {
        tally.faulty = tally.records - tally.distinct - tally.repeats;
    }
    let (notices, facts) =
        completeness::judge(sources, &tallies, &records, &envelopes, &form.kind, accepts_incomplete);
    let is_incomplete = facts.iter().any(|dump| dump.alarm.is_some());
    Ok(Dumps { faults, notices, files, is_incomplete })
}
