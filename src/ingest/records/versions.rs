//! Many versions of a record, one truth: the newest `modified` counts, and each user once under a parent.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use super::merged::Merged;
use super::places::Places;
use super::values::EXACT;
use crate::fault::Reason;

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Kept,
    OlderVersion,
    ExactRepeat,
    Rejected,
}

/// The fate of every record.
pub(crate) struct Verdict {
    /// In the order of the columns.
    pub fates: Vec<Fate>,
    /// In the order of their first records' places.
    pub conflicts: Vec<Conflict>,
    /// The versions of each uuid that stands more than once: the records of each version, which are equal.
    pub versions: Vec<Vec<Vec<u32>>>,
}

/// Records that cannot be true together: all of them are rejected.
pub(crate) struct Conflict {
    pub reason: Reason,
    /// In the order of their places.
    pub records: Vec<u32>,
}

/// Decides which records count.
pub(crate) fn decide(merged: &Merged) -> Verdict {
    let mut verdict =
        Verdict { fates: vec![Fate::Kept; merged.len()], conflicts: Vec::new(), versions: Vec::new() };
    let (of_one_uuid, of_one_key) =
        rayon::join(|| records_of_one_uuid(&merged.columns.uuid), || records_of_one_key(merged));
    for group in of_one_uuid {
        verdict.settle_versions(group, merged);
    }
    for group in key_groups(of_one_key, merged, &verdict.fates) {
        verdict.settle_keys(group, merged);
    }
    verdict.conflicts.sort_by_cached_key(|conflict| merged.location(conflict.records[0]));
    verdict
}

impl Verdict {
    pub(crate) fn count(&self, wanted: Fate) -> u64 {
        self.fates.iter().filter(|fate| **fate == wanted).count() as u64
    }

    fn set(&mut self, record: u32, fate: Fate) {
        self.fates[record as usize] = fate;
    }

    /// Among records of one uuid the newest counts. Equal ones are repeats; two different newest ones a conflict.
    fn settle_versions(&mut self, mut group: Vec<u32>, merged: &Merged) {
        let columns = &merged.columns;
        let modified = |record: u32| columns.modified[record as usize];
        let is_exact = |record: u32| columns.flags[record as usize] & EXACT != 0;
        let key =
            |record: &u32| (-i128::from(modified(*record)), !is_exact(*record), merged.location(*record));
        group.sort_by_cached_key(key);
        let mut all_versions = Vec::new();
        let mut is_newest = true;
        for versions in group.chunk_by(|a, b| modified(*a) == modified(*b)) {
            let distinct = distinct_versions(versions, merged);
            if is_newest && distinct.len() > 1 {
                versions.iter().for_each(|&record| self.set(record, Fate::Rejected));
                let mut records = versions.to_vec();
                records.sort_by_cached_key(|record| merged.location(*record));
                self.conflicts.push(Conflict { reason: Reason::ConflictingVersions, records });
            } else {
                let first = if is_newest { Fate::Kept } else { Fate::OlderVersion };
                for version in &distinct {
                    self.set(version[0], first);
                    version[1..].iter().for_each(|&record| self.set(record, Fate::ExactRepeat));
                }
            }
            is_newest = false;
            all_versions.extend(distinct);
        }
        self.versions.push(all_versions);
    }

    /// Two uuids of one user under one parent: corrupt in one dump; across dumps the record was made again, and
    /// the later dump's counts.
    fn settle_keys(&mut self, group: KeyGroup, merged: &Merged) {
        let is_corrupt = group.dumps.values().enumerate().any(|(at, dumps)| {
            group.dumps.values().skip(at + 1).any(|others| dumps.iter().any(|dump| others.contains(dump)))
        });
        let mut records = group.records;
        if is_corrupt {
            records.iter().for_each(|&record| self.set(record, Fate::Rejected));
            records.sort_by_cached_key(|record| merged.location(*record));
            self.conflicts.push(Conflict { reason: Reason::DuplicateKey, records });
            return;
        }
        let latest = |record: &u32| group.dumps[&merged.columns.uuid[*record as usize]].iter().max().copied();
        records.sort_by_key(latest);
        records.pop();
        records.iter().for_each(|&record| self.set(record, Fate::OlderVersion));
    }
}

/// Parts versions of one `modified` by value. Exact digits come first; a float that is printed from the same double
/// is the same value.
fn distinct_versions(versions: &[u32], merged: &Merged) -> Vec<Vec<u32>> {
    let columns = &merged.columns;
    let is_one_value = |a: u32, b: u32| {
        let (a, b) = (a as usize, b as usize);
        columns.usage[a] == columns.usage[b]
            || ((columns.flags[a] ^ columns.flags[b]) & EXACT != 0
                && columns.usage[a].is_same_double(columns.usage[b]))
    };
    let mut distinct: Vec<Vec<u32>> = Vec::new();
    for &record in versions {
        match distinct.iter_mut().find(|version| is_one_value(version[0], record)) {
            Some(version) => version.push(record),
            None => distinct.push(vec![record]),
        }
    }
    distinct
}

/// How many records are compared at a time, about: few enough to stay in a core's cache.
const BUCKET_RECORDS: usize = 8 << 10;

/// The records of each uuid that stands more than once.
fn records_of_one_uuid(uuids: &[u128]) -> Vec<Vec<u32>> {
    let bits = (uuids.len() / BUCKET_RECORDS).checked_ilog2().unwrap_or_default();
    let bucket = |record: usize| uuids[record].unbounded_shr(128 - bits) as usize;
    let (records, ends) = grouped_places(uuids.len(), 1 << bits, bucket, |record| record as u32);
    let starts = std::iter::once(&0).chain(&ends);
    let buckets: Vec<&[u32]> = starts.zip(&ends).map(|(start, end)| &records[*start..*end]).collect();
    let repeated = buckets.into_par_iter().map_init(Places::default, |known, bucket| {
        known.clear();
        repeated_in(bucket, uuids, known)
    });
    repeated.flatten_iter().collect()
}

/// The records of each uuid that stands more than once in a bucket. `known` is empty, kept for its memory.
fn repeated_in(bucket: &[u32], uuids: &[u128], known: &mut Places) -> Vec<Vec<u32>> {
    let hash = |uuid: u128| FixedState::default().hash_one(uuid);
    let uuids: Vec<u128> = bucket.iter().map(|record| uuids[*record as usize]).collect();
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (at, uuid) in (0..).zip(&uuids) {
        let hashed = hash(*uuid);
        let record = |at: u32| bucket[at as usize];
        match known.find(hashed, |other| uuids[other as usize] == *uuid) {
            Some(first) => groups.entry(first).or_insert_with(|| vec![record(first)]).push(record(at)),
            None => known.insert(hashed, at, |other| hash(uuids[other as usize])),
        }
    }
    groups.into_values().collect()
}

/// Something of each of `count` things, those of one group together in their order; and where each group ends.
fn grouped_places<T: Clone + Default>(
    count: usize,
    groups: usize,
    group_of: impl Fn(usize) -> usize,
    value: impl Fn(usize) -> T,
) -> (Vec<T>, Vec<usize>) {
    let mut places = vec![0_usize; groups];
    for thing in 0..count {
        places[group_of(thing)] += 1;
    }
    let mut end = 0;
    for place in &mut places {
        end += *place;
        *place = end - *place;
    }
    let mut values = vec![T::default(); count];
    for thing in 0..count {
        let place = &mut places[group_of(thing)];
        values[*place] = value(thing);
        *place += 1;
    }
    (values, places)
}

/// Records of one parent and username, and the dumps in which their uuids stand.
struct KeyGroup {
    records: Vec<u32>,
    dumps: HashMap<u128, Vec<u32>>,
}

/// The records of each parent and username under which more than one uuid stands, whatever their fates.
fn records_of_one_key(merged: &Merged) -> Vec<Vec<u32>> {
    let uuids = &merged.columns.uuid;
    let mut groups = Vec::new();
    let columns = &merged.columns;
    let (mut records, ends) = grouped_places(
        merged.len(),
        merged.parents.parents.len(),
        |record| columns.parent[record] as usize,
        |record| (columns.username[record], record as u32),
    );
    let mut start = 0;
    for end in ends {
        let of_parent = &mut records[start..end];
        start = end;
        of_parent.sort_unstable();
        for group in of_parent.chunk_by(|a, b| a.0 == b.0) {
            let (_, first) = group[0];
            if group.iter().any(|(_, record)| uuids[*record as usize] != uuids[first as usize]) {
                groups.push(group.iter().map(|(_, record)| *record).collect());
            }
        }
    }
    groups
}

/// What is kept of each group, where more than one record is.
fn key_groups(groups: Vec<Vec<u32>>, merged: &Merged, fates: &[Fate]) -> Vec<KeyGroup> {
    let mut kept = Vec::new();
    for mut records in groups {
        records.retain(|record| fates[*record as usize] == Fate::Kept);
        if records.len() > 1 {
            let dumps =
                records.iter().map(|record| (merged.columns.uuid[*record as usize], Vec::new())).collect();
            kept.push(KeyGroup { records, dumps });
        }
    }
    note_dumps(&mut kept, merged);
    kept
}

fn note_dumps(groups: &mut [KeyGroup], merged: &Merged) {
    if groups.is_empty() {
        return;
    }
    let mut group_of: HashMap<u128, usize> = HashMap::new();
    for (at, group) in groups.iter().enumerate() {
        group_of.extend(group.dumps.keys().map(|uuid| (*uuid, at)));
    }
    for (chunk, range) in merged.chunk_ranges() {
        for uuid in &merged.columns.uuid[range] {
            if let Some(&at) = group_of.get(uuid) {
                let dumps = groups[at].dumps.get_mut(uuid).expect("a group knows its uuids");
                if !dumps.contains(&chunk.dump) {
                    dumps.push(chunk.dump);
                }
            }
        }
    }
}
