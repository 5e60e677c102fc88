//! From pairs of rows to changes, in the order in which they are shown.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use super::join::Pairs;
use super::names::Names;
use super::state::State;
use super::{Earlier, Kind, Place, RecordChange, Rename, Rewriting};
use crate::quantity::Quantity;
use crate::usage::{Entity, Field, UsageFrame};

/// What can become another one of a record's line, in the order in which it is told.
const REWRITABLE: [Field; 7] = [
    Field::OfferingUuid,
    Field::ResourceUuid,
    Field::ComponentType,
    Field::BillingPeriod,
    Field::ProjectUuid,
    Field::CustomerUuid,
    Field::MeasuredUnit,
];

/// What became of records, one by one and line by line.
pub(crate) struct Changes {
    pub records: Vec<RecordChange>,
    pub rewritings: Vec<Rewriting>,
}

impl Changes {
    pub(crate) fn of(pairs: &Pairs, before: &State, after: &State) -> Self {
        let mut finder = Finder { before, after, records: Vec::new(), crossings: HashMap::default() };
        finder.records.extend(pairs.added.iter().map(|row| one_sided(Kind::Added, after, *row)));
        finder.records.extend(pairs.removed.iter().map(|row| one_sided(Kind::Removed, before, *row)));
        for &(earlier, later) in &pairs.both {
            finder.compare(earlier, later);
        }
        for &(earlier, later) in &pairs.recreated {
            let uuid = before.uuids()[earlier as usize];
            finder.push(Kind::Recreated, earlier, later, Some(Earlier::Uuid(uuid)));
            finder.compare(earlier, later);
        }
        let rewritings = finder.rewritings();
        let mut records = finder.records;
        records.par_sort_unstable_by(|one, other| one.order().cmp(&other.order()));
        Self { records, rewritings }
    }
}

impl RecordChange {
    fn order(&self) -> (Kind, &Place, u32, u128, Option<&Earlier>) {
        (self.kind, &self.place, self.username, self.uuid, self.earlier.as_deref())
    }
}

fn one_sided(kind: Kind, state: &State, row: u32) -> RecordChange {
    let usage = Some(state.usage(row));
    let is_removed = kind == Kind::Removed;
    RecordChange {
        kind,
        place: state.parent(row).place,
        username: state.username(row),
        uuid: state.uuids()[row as usize],
        modified: state.modified(row),
        usage_before: usage.filter(|_| is_removed),
        usage: usage.filter(|_| !is_removed),
        earlier: None,
    }
}

/// Compares the two versions of records.
struct Finder<'a> {
    before: &'a State<'a>,
    after: &'a State<'a>,
    records: Vec<RecordChange>,
    /// What went from a parent of the earlier state to one of the later state, where their lines differ.
    crossings: HashMap<(u32, u32), (Quantity, u64), FixedState>,
}

impl Finder<'_> {
    fn compare(&mut self, earlier: u32, later: u32) {
        let parents = (self.before.parent_number(earlier), self.after.parent_number(later));
        let (old, new) = (self.before.parent(earlier), self.after.parent(later));
        let usage_before = self.before.usage(earlier);
        if old.place != new.place {
            let crossing = self.crossings.entry(parents).or_default();
            crossing.0 += usage_before;
            crossing.1 += 1;
        }
        if old.uuid != new.uuid {
            let component_usage = Earlier::ComponentUsage { before: old.uuid, after: new.uuid };
            self.push(Kind::Rewritten, earlier, later, Some(component_usage));
        }
        let username = self.before.username(earlier);
        if username != self.after.username(later) {
            self.push(Kind::Rewritten, earlier, later, Some(Earlier::Username(username)));
        }
        if usage_before != self.after.usage(later) {
            self.push(Kind::UsageChanged, earlier, later, None);
        }
    }

    /// Tells of a record that stands on the same line before and after, but for its usage.
    fn push(&mut self, kind: Kind, earlier: u32, later: u32, value: Option<Earlier>) {
        let usage_before = self.before.usage(earlier);
        let usage = if kind == Kind::UsageChanged { self.after.usage(later) } else { usage_before };
        self.records.push(RecordChange {
            usage_before: Some(usage_before),
            usage: Some(usage),
            earlier: value.map(Box::new),
            ..one_sided(kind, self.after, later)
        });
    }

    /// The crossings, step by step, those of the same lines together.
    fn rewritings(&self) -> Vec<Rewriting> {
        let mut sums: HashMap<(Field, Place, Place), (Quantity, u64), FixedState> = HashMap::default();
        for (&(old, new), (usage, records)) in &self.crossings {
            let (from, to) =
                (self.before.parents[old as usize].place, self.after.parents[new as usize].place);
            for (field, from, to) in steps(from, to) {
                let sum = sums.entry((field, from.told(field), to.told(field))).or_default();
                sum.0 += *usage;
                sum.1 += records;
            }
        }
        let rewriting = |((field, from, to), (usage, records))| Rewriting {
            kind: Kind::of_rewritten(field),
            field,
            from,
            to,
            usage,
            records,
        };
        let mut rewritings: Vec<Rewriting> = sums.into_iter().map(rewriting).collect();
        rewritings.sort_unstable_by(|one, other| {
            let order =
                |rewriting: &Rewriting| (rewriting.kind, rewriting.from, rewriting.to, rewriting.field);
            order(one).cmp(&order(other))
        });
        rewritings
    }
}

/// The way from one line to another, one field after the other.
fn steps(from: Place, to: Place) -> impl Iterator<Item = (Field, Place, Place)> {
    let mut at = from;
    REWRITABLE.into_iter().filter_map(move |field| {
        let start = at;
        at = start.with(field, &to);
        (start != at).then_some((field, start, at))
    })
}

impl Place {
    /// The same line but for a field. A project takes its customer along.
    fn with(self, field: Field, other: &Self) -> Self {
        match field {
            Field::OfferingUuid => Self { offering: other.offering, ..self },
            Field::ResourceUuid => Self { resource: other.resource, ..self },
            Field::ComponentType => Self { component_type: other.component_type, ..self },
            Field::BillingPeriod => Self { billing_period: other.billing_period, ..self },
            Field::ProjectUuid if self.project != other.project => {
                Self { project: other.project, customer: other.customer, ..self }
            }
            Field::CustomerUuid => Self { customer: other.customer, ..self },
            Field::MeasuredUnit => Self { measured_unit: other.measured_unit, ..self },
            _ => self,
        }
    }

    /// The line as a rewriting of a field names it: with the resource only where it is the resource's own.
    fn told(self, field: Field) -> Self {
        match field {
            Field::OfferingUuid | Field::ResourceUuid | Field::ProjectUuid => self,
            _ => Self { resource: None, ..self },
        }
    }
}

/// The entities of two names, in the order of their kinds and later names.
pub(crate) fn renames(frames: [&UsageFrame; 2], names: &Names, states: &[State; 2]) -> Vec<Rename> {
    let mut renames = Vec::new();
    let mut find =
        |field, before: &[Entity], after: &[Entity], united: &[Entity], number: fn(&Place) -> u32| {
            let [records_before, records] =
                states.each_ref().map(|state| counts(state, united.len(), number));
            let later: HashMap<u128, &str> =
                after.iter().map(|entity| (entity.uuid, &*entity.name)).collect();
            let places: HashMap<u128, u32> = united.iter().map(|entity| entity.uuid).zip(0..).collect();
            let is_renamed =
                |entity: &&Entity| later.get(&entity.uuid).is_some_and(|name| **name != *entity.name);
            let rename = |entity: &Entity| {
                let place = places[&entity.uuid];
                let [records_before, records] = [records_before[place as usize], records[place as usize]];
                let name_before = entity.name.clone();
                (records_before > 0 && records > 0).then_some(Rename {
                    field,
                    entity: place,
                    name_before,
                    records_before,
                    records,
                })
            };
            let mut found: Vec<Rename> = before.iter().filter(is_renamed).filter_map(rename).collect();
            found.sort_unstable_by_key(|rename| rename.entity);
            renames.extend(found);
        };
    let [before, after] = frames;
    find(Field::CustomerName, &before.customers, &after.customers, &names.customers, |place| place.customer);
    find(Field::ProjectName, &before.projects, &after.projects, &names.projects, |place| place.project);
    find(Field::OfferingName, &before.offerings, &after.offerings, &names.offerings, |place| place.offering);
    find(Field::ResourceName, &before.resources, &after.resources, &names.resources, |place| {
        place.resource.expect("a parent has a resource")
    });
    renames
}

/// How many records each entity has.
fn counts(state: &State, entities: usize, number: fn(&Place) -> u32) -> Vec<u64> {
    let mut counts = vec![0; entities];
    for parent in &state.parents {
        counts[number(&parent.place) as usize] += parent.records;
    }
    counts
}
