//! What the states and the kinds of changes come to. The two are added up apart, so that one proves the other.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use super::{Difference, Kind, Place, RecordChange, Rewriting};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;

/// What the changes of one kind come to in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which changes are added up.
    pub kind: Kind,
    /// The place in [`Names`](super::Names).
    pub measured_unit: u32,
    /// What they come to before and after.
    pub sides: Sides,
}

/// What both states come to in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Whose records are added up.
    pub scope: Scope,
    /// The place in [`Names`](super::Names).
    pub measured_unit: u32,
    /// What they come to before and after.
    pub sides: Sides,
}

/// What a total is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// A customer's records of a month, where any of them changed.
    Customer {
        /// The month.
        billing_period: BillingPeriod,
        /// The number of the customer in [`Names`](super::Names).
        customer: u32,
    },
    /// The records of all customers and months without a change, where others have one.
    OtherCustomers,
    /// All records.
    All,
}

/// Figures before and after; none if there is no record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// The sum of the earlier state; `None` if it has no such record.
    pub usage_before: Option<Quantity>,
    /// The sum of the later state; `None` if it has no such record.
    pub usage: Option<Quantity>,
    /// How many records of the earlier state are in the sum.
    pub records_before: u64,
    /// How many records of the later state are in the sum.
    pub records: u64,
}

impl Sides {
    /// What is on one side only counts in full.
    pub fn change(&self) -> Option<Quantity> {
        match (self.usage_before, self.usage) {
            (None, None) => None,
            (before, after) => Some(after.unwrap_or_default() - before.unwrap_or_default()),
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        let sum = |one: Option<Quantity>, other: Option<Quantity>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.usage_before = sum(self.usage_before, other.usage_before);
        self.usage = sum(self.usage, other.usage);
        self.records_before += other.records_before;
        self.records += other.records;
    }
}

/// A month, customer and unit.
type Cell = (BillingPeriod, u32, u32);

impl Place {
    fn cell(&self) -> Cell {
        (self.billing_period, self.customer, self.measured_unit)
    }
}

impl RecordChange {
    /// The record's usage on both sides.
    pub fn sides(&self) -> Sides {
        let (usage_before, usage) = (self.usage_before, self.usage);
        let [records_before, records] = [usage_before, usage].map(|usage| u64::from(usage.is_some()));
        Sides { usage_before, usage, records_before, records }
    }
}

impl Rewriting {
    /// What left the one line, and what joined the other.
    pub fn sides(&self) -> [Sides; 2] {
        let (usage, records) = (Some(self.usage), self.records);
        [
            Sides { usage_before: usage, records_before: records, ..Sides::default() },
            Sides { usage, records, ..Sides::default() },
        ]
    }
}

impl Difference {
    /// Every change of figures with the line that it stands on, and what it is there.
    pub fn entries(&self) -> impl Iterator<Item = (Kind, Place, Sides)> {
        let records = self.records.iter().map(|change| (change.kind, change.place, change.sides()));
        let rewritings = self.rewritings.iter().flat_map(|rewriting| {
            let [left, joined] = rewriting.sides();
            [(rewriting.kind, rewriting.from, left), (rewriting.kind, rewriting.to, joined)]
        });
        records.chain(rewritings)
    }
}

pub(crate) fn parts(difference: &Difference) -> Vec<Part> {
    let mut sums: BTreeMap<(Kind, u32), Sides> = BTreeMap::new();
    for (kind, place, sides) in difference.entries() {
        sums.entry((kind, place.measured_unit)).or_default().add(&sides);
    }
    sums.into_iter().map(|((kind, measured_unit), sides)| Part { kind, measured_unit, sides }).collect()
}

/// The totals of the states themselves, whatever was found to have changed between them.
pub(crate) fn totals(difference: &Difference, states: &[State; 2]) -> Vec<Total> {
    let mut cells: BTreeMap<Cell, Sides> = BTreeMap::new();
    let [before, after] =
        states.each_ref().map(|state| state.parents.iter().filter(|parent| parent.records > 0));
    for parent in before {
        let sides =
            Sides { usage_before: Some(parent.usage), records_before: parent.records, ..Sides::default() };
        cells.entry(parent.place.cell()).or_default().add(&sides);
    }
    for parent in after {
        let sides = Sides { usage: Some(parent.usage), records: parent.records, ..Sides::default() };
        cells.entry(parent.place.cell()).or_default().add(&sides);
    }
    let changed: BTreeSet<Cell> = difference.entries().map(|(_, place, _)| place.cell()).collect();
    let changed_units: BTreeSet<u32> = changed.iter().map(|(_, _, unit)| *unit).collect();
    let mut totals: BTreeMap<(Scope, u32), Sides> = BTreeMap::new();
    for (cell, sides) in &cells {
        let (billing_period, customer, unit) = *cell;
        let part = match (changed.contains(cell), changed_units.contains(&unit)) {
            (true, _) => Some(Scope::Customer { billing_period, customer }),
            (false, true) => Some(Scope::OtherCustomers),
            (false, false) => None,
        };
        for scope in part.into_iter().chain([Scope::All]) {
            totals.entry((scope, unit)).or_default().add(sides);
        }
    }
    totals.into_iter().map(|((scope, measured_unit), sides)| Total { scope, measured_unit, sides }).collect()
}
