//! Records and files that can not be used, each with its file, number, place and text.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collector::{Collector, PlacedFault, Sighting};
use super::merged::{Location, Merged};
use super::progress::Progress;
use super::source::{Place, Sources};
use super::versions::{Conflict, Verdict};
use super::{ReadRequest, workers};
use crate::error::Result;
use crate::fault::{Fault, Reason};
use crate::usage::{Field, uuid_text};

/// All faults in the order of files and records: those of single records, and those of records among each other.
pub fn all_faults(
    request: &ReadRequest,
    sources: &Sources,
    merged: &Merged,
    verdict: &Verdict,
) -> Result<Vec<Fault>> {
    let sightings = sight_again(request, sources, merged, &verdict.conflicts)?;
    let mut faults: Vec<(Location, Fault)> = Vec::new();
    for fault in &merged.faults {
        faults.push((location_of(fault), placed(fault, sources, merged)));
    }
    for conflict in &verdict.conflicts {
        for &record in &conflict.records {
            let location = merged.location(record);
            let sighting = sightings.get(&location);
            faults.push((location, conflicting(conflict, record, sighting, sources, merged)));
        }
    }
    faults.sort_by_key(|(location, _)| *location);
    Ok(faults.into_iter().map(|(_, fault)| fault).collect())
}

fn location_of(fault: &PlacedFault) -> Location {
    Location { chunk: fault.chunk, record: fault.record.unwrap_or(u64::MAX) }
}

fn placed(fault: &PlacedFault, sources: &Sources, merged: &Merged) -> Fault {
    let PlacedFault { chunk, record, offset, line, fault, raw } = fault;
    Fault {
        file: sources.files[chunk.file as usize].label.clone(),
        record: record.map(|record| merged.number_in_file(Location { chunk: *chunk, record })),
        offset: *offset,
        line: line.map(|line| merged.lines_before(*chunk) + line),
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

/// Reads the files of conflicting records once more, for the records' text; standard input can be read only once.
fn sight_again(
    request: &ReadRequest,
    sources: &Sources,
    merged: &Merged,
    conflicts: &[Conflict],
) -> Result<BTreeMap<Location, Sighting>> {
    let wanted: std::collections::BTreeSet<Location> = conflicts
        .iter()
        .flat_map(|conflict| &conflict.records)
        .map(|&record| merged.location(record))
        .collect();
    let mut files: Vec<u32> = wanted.iter().map(|location| location.chunk.file).collect();
    files.dedup();
    files.retain(|&file| sources.files[file as usize].place != Place::Stdin);
    let wanted = Arc::new(wanted);
    let mut sightings = BTreeMap::new();
    for file in files {
        let collector = Collector::looking_for(request.reading, wanted.clone());
        sightings.extend(workers::read_one(
            request,
            sources,
            file as usize,
            collector,
            &Arc::new(Progress::default()),
        )?);
    }
    Ok(sightings)
}
