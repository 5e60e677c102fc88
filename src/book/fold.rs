//! What a month is by a set of deliveries. A function of the set: in which order they were taken in changes nothing.
//!
//! A record is there unless a complete delivery came after the last one that showed it: complete for all customers, or for
//! the one that the record's parent had by then. Of its versions the one of the
//! newest `modified` counts; of two of one `modified` the one that the latest delivery shows. Of two records of
//! one user under one parent the one that was seen last counts. Parents have the attributes, and uuids the names,
//! that the latest delivery shows which shows them at all.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

use super::frames::Names;
use super::history::{History, SliceRows};
use super::rows::{Named, Parent, Record, Rows, TextId, Texts};
use super::version::DeliveryId;

/// A month's records by some deliveries.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// In the order in which records are written.
    pub rows: Rows,
    /// The row of the history that each record is.
    pub sources: Vec<u32>,
    pub names: Names,
}

/// One more than the place of a delivery among all in time; 0 for none of those that are asked for.
type Rank = u32;

type Map<K, V> = HashMap<K, V, FixedState>;

/// Computes the month by those deliveries that `rank` gives a place in time.
pub(crate) fn fold(history: &History, rank: impl Fn(&DeliveryId) -> Option<usize>, texts: &Texts) -> Folded {
    let rank = |delivery: &DeliveryId| rank(delivery).map_or(0, |place| place as Rank + 1);
    let latest = latest_showings(history, &rank);
    let counting = records_that_count(history, &latest, &Retirement::new(history, &rank));
    let last = history.slices.iter().map(|slice| rank(&slice.delivery)).max().unwrap_or(0);
    let shown = Shown::new(history, &latest, last);
    shown.folded(history, counting, texts)
}

/// The rank of the latest delivery that showed each row.
fn latest_showings(history: &History, rank: &impl Fn(&DeliveryId) -> Rank) -> Vec<Rank> {
    let mut latest = vec![0; history.rows.records.len()];
    for slice in &history.slices {
        let rank = rank(&slice.delivery);
        if rank > 0 {
            slice.shown().for_each(|row| latest[row as usize] = rank.max(latest[row as usize]));
        }
    }
    latest
}

/// Which records complete deliveries retire.
struct Retirement {
    /// The rank of the latest delivery that is complete for all customers.
    of_all: Rank,
    of_some: Vec<PartRetirement>,
}

/// What a delivery retires that is complete for some customers.
struct PartRetirement {
    rank: Rank,
    /// The parents that were these customers' by then.
    parents: HashSet<u128, FixedState>,
}

impl Retirement {
    fn new(history: &History, rank: &impl Fn(&DeliveryId) -> Rank) -> Self {
        let complete = history.slices.iter().filter(|slice| slice.is_complete);
        let ranked = complete.map(|slice| (rank(&slice.delivery), slice)).filter(|(rank, _)| *rank > 0);
        let (of_all, of_some): (Vec<_>, Vec<_>) = ranked.partition(|(_, slice)| slice.customers.is_empty());
        let part = |(at, slice): (Rank, &SliceRows)| PartRetirement {
            rank: at,
            parents: parents_of(history, rank, at, &slice.customers),
        };
        Self {
            of_all: of_all.into_iter().map(|(rank, _)| rank).max().unwrap_or(0),
            of_some: of_some.into_iter().map(part).collect(),
        }
    }

    /// Whether a record is retired that was seen last by the delivery of a rank.
    fn retires(&self, seen: Rank, parent: u128) -> bool {
        seen < self.of_all
            || self.of_some.iter().any(|part| seen < part.rank && part.parents.contains(&parent))
    }
}

/// The parents whose customer is one of some, by the latest delivery up to a rank that shows them.
fn parents_of(
    history: &History,
    rank: &impl Fn(&DeliveryId) -> Rank,
    last: Rank,
    customers: &[u128],
) -> HashSet<u128, FixedState> {
    let mut owners: Map<u128, (Rank, u128)> = Map::default();
    for slice in &history.slices {
        let rank = rank(&slice.delivery);
        if rank == 0 || rank > last {
            continue;
        }
        for row in slice.shown() {
            let parent = history.rows.parent(&history.rows.records[row as usize]);
            let owner = owners.entry(parent.uuid).or_default();
            if rank > owner.0 {
                *owner = (rank, parent.customer.uuid);
            }
        }
    }
    owners.retain(|_, (_, customer)| customers.contains(customer));
    owners.into_keys().collect()
}

/// The version of a record that counts, and when the record was seen last in any version.
#[derive(Clone, Copy)]
struct Best {
    row: u32,
    seen: Rank,
}

fn records_that_count(history: &History, latest: &[Rank], retirement: &Retirement) -> Vec<u32> {
    let rows = &history.rows;
    let mut of_key: Map<(u128, TextId), Best> = Map::default();
    let best = best_versions(history, latest);
    for candidate in best.into_values() {
        let record = &rows.records[candidate.row as usize];
        if retirement.retires(candidate.seen, rows.parent(record).uuid) {
            continue;
        }
        let order = |best: &Best| {
            let record = &rows.records[best.row as usize];
            (best.seen, record.modified, record.uuid)
        };
        let known = of_key.entry((rows.parent(record).uuid, record.username)).or_insert(candidate);
        if order(&candidate) > order(known) {
            *known = candidate;
        }
    }
    of_key.into_values().map(|best| best.row).collect()
}

fn best_versions(history: &History, latest: &[Rank]) -> Map<u128, Best> {
    let records = &history.rows.records;
    let shown = || (0..).zip(records.iter().zip(latest)).filter(|(_, (_, seen))| **seen > 0);
    let order = |row: u32| (records[row as usize].modified, latest[row as usize]);
    let mut best: Map<u128, Best> = Map::default();
    for (row, (record, seen)) in shown() {
        let known = best.entry(record.uuid).or_insert(Best { row, seen: *seen });
        if order(row) > order(known.row) {
            known.row = row;
        }
        known.seen = known.seen.max(*seen);
    }
    for (uuid, row) in exact_versions(shown().map(|(row, _)| row), records, &best, order) {
        best.entry(uuid).and_modify(|best| best.row = row);
    }
    best
}

/// The exact versions of records of which the best version is a float that was printed from the same double: it has
/// lost its last digits.
fn exact_versions(
    shown: impl Iterator<Item = u32>,
    records: &[Record],
    best: &Map<u128, Best>,
    order: impl Fn(u32) -> (i64, Rank),
) -> Map<u128, u32> {
    let mut exact: Map<u128, u32> = Map::default();
    for row in shown.filter(|row| records[*row as usize].usage.exceeds_float_precision()) {
        let record = &records[row as usize];
        let known = &records[best[&record.uuid].row as usize];
        let is_exact = record.modified == known.modified
            && record.usage != known.usage
            && record.usage.is_same_double(known.usage)
            && known.usage.is_float_rendering()
            && !record.usage.is_float_rendering();
        if is_exact {
            let better = exact.entry(record.uuid).or_insert(row);
            if order(row) > order(*better) {
                *better = row;
            }
        }
    }
    exact
}

/// What holds for parents and uuids, each by the latest delivery that shows it.
struct Shown {
    /// The rank, and the place in the history's parents.
    parents: Map<u128, (Rank, u32)>,
    names: [Map<u128, (Rank, TextId)>; KINDS],
    /// Of the latest delivery.
    rank: Rank,
}

/// Customers, projects, offerings and resources.
const KINDS: usize = 4;

fn named(parent: &Parent) -> [Named; KINDS] {
    [parent.customer, parent.project, parent.offering, parent.resource]
}

impl Shown {
    fn new(history: &History, latest: &[Rank], rank: Rank) -> Self {
        let rows = &history.rows;
        let mut of_place = vec![0; rows.parents.len()];
        for (record, seen) in rows.records.iter().zip(latest) {
            let known = &mut of_place[record.parent as usize];
            *known = *seen.max(known);
        }
        let mut shown = Self { parents: Map::default(), names: Default::default(), rank };
        for (place, (parent, seen)) in
            (0..).zip(rows.parents.iter().zip(of_place)).filter(|(_, (_, seen))| *seen > 0)
        {
            let known = shown.parents.entry(parent.uuid).or_insert((seen, place));
            if seen > known.0 {
                *known = (seen, place);
            }
            for (names, named) in shown.names.iter_mut().zip(named(parent)) {
                let known = names.entry(named.uuid).or_insert((seen, named.name));
                if seen > known.0 {
                    *known = (seen, named.name);
                }
            }
        }
        shown
    }

    fn folded(&self, history: &History, counting: Vec<u32>, texts: &Texts) -> Folded {
        let mut rows = Rows::default();
        let mut places: Map<u128, u32> = Map::default();
        for row in &counting {
            let record = history.rows.records[*row as usize];
            let uuid = history.rows.parent(&record).uuid;
            let parent = *places.entry(uuid).or_insert_with(|| {
                rows.parents.push(self.parent(history, uuid));
                rows.parents.len() as u32 - 1
            });
            rows.records.push(Record { parent, ..record });
        }
        let order = rows.order(texts);
        let sources = order.iter().map(|at| counting[*at as usize]).collect();
        let rows = rows.arranged(&order);
        let names = self.freshness(&rows);
        Folded { rows, sources, names }
    }

    fn parent(&self, history: &History, uuid: u128) -> Parent {
        let (_, place) = self.parents[&uuid];
        let parent = history.rows.parents[place as usize];
        let [customers, projects, offerings, resources] = &self.names;
        let latest =
            |names: &Map<u128, (Rank, TextId)>, named: Named| Named { name: names[&named.uuid].1, ..named };
        Parent {
            customer: latest(customers, parent.customer),
            project: latest(projects, parent.project),
            offering: latest(offerings, parent.offering),
            resource: latest(resources, parent.resource),
            ..parent
        }
    }

    fn freshness(&self, rows: &Rows) -> Names {
        let place = |rank: Rank| rank.checked_sub(1).map(|place| place as usize);
        let mut before = HashMap::new();
        for parent in &rows.parents {
            for (names, named) in self.names.iter().zip(named(parent)) {
                let (rank, _) = names[&named.uuid];
                if let Some(place) = place(rank).filter(|_| rank < self.rank) {
                    before.insert(named.uuid, place);
                }
            }
        }
        Names { rank: place(self.rank), before }
    }
}
