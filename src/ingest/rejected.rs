//! Records and files that cannot be used, each with its file, number, place and text.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::dumps::source::{self, Place, Sources};
use super::dumps::stream;
use super::progress::Progress;
use super::records::collector::{ChunkKey, Collector, PlacedFault, Sighting};
use super::records::merged::{Location, Merged};
use super::records::rejects::{PlacedChunk, Rejects};
use super::records::versions::{Conflict, Verdict};
use super::{ReadRequest, workers};
use crate::error::{Error, Result};
use crate::fault::{FAULTS_KEPT_MAX, Fault, Faults, Reason};
use crate::text::uuid_text;
use crate::usage::Field;

/// What is kept of the rejected records: the first ones in the order of files and records, those of records among each
/// other included; and where all of them are on disk, if their texts are asked for.
pub(crate) fn all_faults(
    request: &ReadRequest,
    sources: &Sources,
    merged: &mut Merged,
    verdict: &Verdict,
) -> Result<(Faults, Option<Rejects>)> {
    let unwritable = |source| Error::Unwritable { path: std::env::temp_dir(), source };
    let mut rejected = std::mem::take(&mut merged.rejected);
    let mut counts = rejected.counts.clone();
    let placed = rejected.first().iter().map(|fault| (location_of(fault), placed(fault, sources, merged)));
    let mut first: Vec<(Location, Fault)> = placed.collect();
    let place = |chunk: ChunkKey| {
        let label = sources.files[chunk.file as usize].label.clone();
        PlacedChunk {
            label,
            records_before: merged.records_before(chunk),
            lines_before: merged.lines_before(chunk),
        }
    };
    let mut rejects = Rejects::new(rejected, place).map_err(unwritable)?;
    let mut conflicts = locations(&verdict.conflicts, merged);
    for (_, conflict, _) in &conflicts {
        *counts.entry(conflict.reason).or_default() += 1;
    }
    if rejects.is_none() {
        conflicts.truncate(FAULTS_KEPT_MAX);
    }
    for of_file in conflicts.chunk_by(|(a, ..), (b, ..)| a.chunk.file == b.chunk.file) {
        let wanted = of_file.iter().map(|(location, ..)| *location).collect();
        let sightings = sight_again(request, sources, merged, wanted)?;
        for (location, conflict, record) in of_file {
            let fault = conflicting(conflict, *record, sightings.get(location), sources, merged);
            if let Some(rejects) = &mut rejects {
                rejects.push_conflict(&fault).map_err(unwritable)?;
            }
            if first.len() < 2 * FAULTS_KEPT_MAX {
                first.push((*location, fault));
            }
        }
    }
    first.sort_by_key(|(location, _)| *location);
    Ok((Faults::new(first.into_iter().map(|(_, fault)| fault).collect(), counts), rejects))
}

/// The records of conflicts, in the order of their places.
fn locations<'v>(conflicts: &'v [Conflict], merged: &Merged) -> Vec<(Location, &'v Conflict, u32)> {
    let of_one = |conflict: &'v Conflict| {
        conflict.records.iter().map(move |&record| (merged.location(record), conflict, record))
    };
    let mut locations: Vec<_> = conflicts.iter().flat_map(of_one).collect();
    locations.sort_by_key(|(location, ..)| *location);
    locations
}

fn location_of(fault: &PlacedFault) -> Location {
    Location { chunk: fault.chunk, record: fault.record.unwrap_or(u64::MAX) }
}

fn placed(fault: &PlacedFault, sources: &Sources, merged: &Merged) -> Fault {
    let PlacedFault { chunk, record, offset, line, sheet, fault, raw } = fault;
    Fault {
        file: sources.files[chunk.file as usize].label.clone(),
        record: record.map(|record| merged.number_in_file(Location { chunk: *chunk, record })),
        offset: *offset,
        line: line.map(|line| merged.lines_before(*chunk) + line),
        sheet: sheet.as_deref().map(str::to_owned),
        field: fault.field.map(Field::name),
        value: fault.value.clone(),
        expected: fault.expected.clone().into_owned(),
        reason: fault.reason,
        raw: raw.clone(),
    }
}

/// One record of a conflict, with the place of another one.
fn conflicting(
    conflict: &Conflict,
    record: u32,
    sighting: Option<&Sighting>,
    sources: &Sources,
    merged: &Merged,
) -> Fault {
    let other = conflict.records.iter().copied().find(|other| differs(conflict, record, *other, merged));
    let other = other.expect("a conflict has two sides");
    let location = merged.location(record);
    let columns = &merged.columns;
    let (here, there) = (record as usize, other as usize);
    let other_place = {
        let location = merged.location(other);
        let file = &sources.files[location.chunk.file as usize].label;
        format!("record {} of {file}", merged.number_in_file(location))
    };
    let (field, value, expected) = match conflict.reason {
        Reason::ConflictingVersions => (
            Field::Usage,
            format!(
                "{}, but {} in {other_place}, of the same uuid and modified",
                columns.usage[here], columns.usage[there]
            ),
            "one usage for one version of a record; fetch both again",
        ),
        _ => (
            Field::Uuid,
            format!(
                "{}, but {} in {other_place}, of the same component_usage and username",
                uuid_text(columns.uuid[here]),
                uuid_text(columns.uuid[there])
            ),
            "one record for a user under a component usage; fetch the dump again",
        ),
    };
    Fault {
        file: sources.files[location.chunk.file as usize].label.clone(),
        record: Some(merged.number_in_file(location)),
        offset: sighting.and_then(|sighting| sighting.offset),
        line: sighting
            .and_then(|sighting| sighting.line)
            .map(|line| merged.lines_before(location.chunk) + line),
        sheet: None,
        field: Some(field.name()),
        value,
        expected: expected.to_owned(),
        reason: conflict.reason,
        raw: sighting.map(|sighting| sighting.raw.clone()).unwrap_or_default(),
    }
}

fn differs(conflict: &Conflict, record: u32, other: u32, merged: &Merged) -> bool {
    let (record, other) = (record as usize, other as usize);
    match conflict.reason {
        Reason::ConflictingVersions => merged.columns.usage[record] != merged.columns.usage[other],
        _ => merged.columns.uuid[record] != merged.columns.uuid[other],
    }
}

/// Reads a file once more for the text of conflicting records; a stream can be read only once.
fn sight_again(
    request: &ReadRequest,
    sources: &Sources,
    merged: &Merged,
    wanted: BTreeSet<Location>,
) -> Result<BTreeMap<Location, Sighting>> {
    let Some(file) = wanted.first().map(|location| location.chunk.file as usize) else {
        return Ok(BTreeMap::new());
    };
    if sources.files[file].place.is_stream() {
        return Ok(BTreeMap::new());
    }
    let read = |sources: &Sources, file: usize, wanted: BTreeSet<Location>| {
        let collector = Collector::looking_for(request.reading, Arc::new(wanted));
        workers::read_one(request, sources, file, collector, &Arc::new(Progress::default()))
    };
    let Some(original) = original(&sources.files[file].place) else { return read(sources, file, wanted) };
    let of_original = |location: &Location| {
        let whole = ChunkKey { part: 0, ..location.chunk };
        let before = merged.records_before(location.chunk) - merged.records_before(whole);
        Location { chunk: ChunkKey { file: 0, ..whole }, record: before + location.record }
    };
    let sightings = read(&original, 0, wanted.iter().map(of_original).collect())?;
    let here = |location: Location| Some((location, sightings.get(&of_original(&location))?.clone()));
    Ok(wanted.into_iter().filter_map(here).collect())
}

/// The file that was staged, if it is still where it was, as it was: it has the text of its records.
fn original(place: &Place) -> Option<Sources> {
    let Place::Staged(dump, input) = place else { return None };
    let input = &dump.inputs()[*input as usize];
    let sources = source::list(std::slice::from_ref(&input.path)).ok().filter(|_| !input.is_stream)?;
    let [file] = sources.files.as_slice() else { return None };
    let is_file = matches!(file.place, Place::File(_)) && file.bytes == input.bytes;
    (is_file && stream::sha256_of(file).is_ok_and(|sha256| sha256 == input.sha256)).then_some(sources)
}
