//! The different records that were seen of one share, and in which slices of it they stand.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use foldhash::fast::RandomState;

use super::endpoint::Splitter;
use super::page::Facts;
use super::slice::Slice;

/// Everything that was seen, each record once.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    records: hashbrown::HashMap<u128, Sighting, RandomState>,
    uuid_of: hashbrown::HashMap<u64, u128, RandomState>,
    is_remade: bool,
    /// Some record does not say when it was made.
    is_undated: bool,
    /// The different combinations of splitters' values, and how many records have each.
    groups: Vec<Group>,
    group_of: HashMap<[String; Splitter::COUNT], u32>,
}

#[derive(Clone, Copy, Debug)]
struct Sighting {
    /// In microseconds; the beginning of time where the record does not say.
    created: i64,
    modified: i64,
    group: u32,
}

#[derive(Debug)]
struct Group {
    values: [String; Splitter::COUNT],
    records: u64,
}

impl Ledger {
    pub(crate) fn add(&mut self, facts: Facts) {
        if let Some(key) = facts.key {
            self.is_remade |= *self.uuid_of.entry(key).or_insert(facts.uuid) != facts.uuid;
        }
        self.is_undated |= facts.created.is_none();
        let micros = |time: Option<DateTime<Utc>>| time.map_or(i64::MIN, |time| time.timestamp_micros());
        let mut sighting = Sighting {
            created: micros(facts.created),
            modified: micros(facts.modified),
            group: self.group(facts.values),
        };
        if let Some(earlier) = self.records.get(&facts.uuid) {
            sighting.modified = sighting.modified.max(earlier.modified);
            self.groups[earlier.group as usize].records -= 1;
        }
        self.groups[sighting.group as usize].records += 1;
        self.records.insert(facts.uuid, sighting);
    }

    fn group(&mut self, values: [String; Splitter::COUNT]) -> u32 {
        if let Some(group) = self.group_of.get(&values) {
            return *group;
        }
        let group = self.groups.len() as u32;
        self.groups.push(Group { values: values.clone(), records: 0 });
        self.group_of.insert(values, group);
        group
    }

    /// Whether a record was seen, and another one that was made in its place after it was deleted.
    pub(crate) fn is_remade(&self) -> bool {
        self.is_remade
    }

    /// Whether some record does not say when it was made: it may be newer than any count.
    pub(crate) fn is_undated(&self) -> bool {
        self.is_undated
    }

    /// The combinations of values that any record was seen with, those that it has no more included.
    pub(crate) fn combinations(&self) -> impl Iterator<Item = &[String; Splitter::COUNT]> {
        self.groups.iter().map(|group| &group.values)
    }

    /// How many different records were seen.
    pub(crate) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    /// How many of them were there before a time, by `created`.
    pub(crate) fn count_created_before(&self, time: DateTime<Utc>) -> u64 {
        let time = time.timestamp_micros();
        self.records.values().filter(|record| record.created < time).count() as u64
    }

    /// How many of them were made or written since a time.
    pub(crate) fn count_written_since(&self, time: DateTime<Utc>) -> u64 {
        let time = time.timestamp_micros();
        self.records.values().filter(|record| record.created >= time || record.modified >= time).count()
            as u64
    }

    /// How many of them stand in a slice.
    pub(crate) fn count_in(&self, slice: &Slice) -> u64 {
        self.groups_in(slice).map(|group| group.records).sum()
    }

    /// The values of a splitter among what was seen of a slice; those that a filter can ask for.
    pub(crate) fn values(&self, slice: &Slice, splitter: Splitter) -> BTreeSet<String> {
        let is_askable = |value: &&String| !value.is_empty() && value.trim() == value.as_str();
        let values = self.groups_in(slice).map(|group| &group.values[splitter as usize]);
        values.filter(is_askable).cloned().collect()
    }

    fn groups_in(&self, slice: &Slice) -> impl Iterator<Item = &Group> {
        let is_in = |group: &&Group| {
            group.records > 0
                && slice.picks.iter().all(|(splitter, value)| group.values[*splitter as usize] == *value)
        };
        self.groups.iter().filter(is_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(uuid: u128, customer: &str, written: &str) -> Facts {
        let mut values: [String; Splitter::COUNT] = Default::default();
        values[Splitter::Customer as usize] = customer.to_owned();
        let created = "2026-10-01T00:00:00Z".parse().ok();
        Facts {
            uuid,
            key: None,
            created,
            modified: written.parse().ok(),
            period: None,
            date_month: None,
            values,
        }
    }

    #[test]
    fn a_record_that_comes_twice_counts_once_and_where_it_was_seen_last() {
        let mut ledger = Ledger::default();
        ledger.add(facts(1, "acme", "2026-10-02T00:00:00Z"));
        ledger.add(facts(2, "acme", "2026-10-02T00:00:00Z"));
        ledger.add(facts(1, "birch", "2026-10-03T00:00:00Z"));
        let acme = Slice::default().with(Splitter::Customer, "acme");
        assert_eq!((ledger.len(), ledger.count_in(&acme)), (2, 1));
        assert_eq!(ledger.count_written_since("2026-10-03T00:00:00Z".parse().unwrap()), 1);
        assert_eq!(ledger.count_created_before("2026-10-01T00:00:00Z".parse().unwrap()), 0);
    }

    #[test]
    fn an_empty_value_can_not_be_asked_for() {
        let mut ledger = Ledger::default();
        for (uuid, customer) in (1..).zip(["", " acme", "birch"]) {
            ledger.add(facts(uuid, customer, "2026-10-02T00:00:00Z"));
        }
        let values: Vec<String> = ledger.values(&Slice::default(), Splitter::Customer).into_iter().collect();
        assert_eq!(values, ["birch"]);
    }
}
