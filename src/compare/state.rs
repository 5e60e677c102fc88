//! One state of some months: the columns that a comparison reads, under the numbering of both states.

use super::Place;
use super::names::Numbers;
use crate::error::Result;
use crate::quantity::Quantity;
use crate::usage::{Details, Records, UsageFrame};

/// A frame, seen from a comparison.
#[derive(Debug)]
pub(super) struct State<'a> {
    records: &'a Records,
    details: &'a Details,
    numbers: Numbers,
    pub parents: Vec<Parent>,
}

/// A component usage that records hang on.
#[derive(Debug)]
pub(crate) struct Parent {
    pub uuid: u128,
    pub place: Place,
    /// What its records of this state come to.
    pub usage: Quantity,
    pub records: u64,
}

impl<'a> State<'a> {
    /// # Errors
    /// A frame without the details of single records.
    pub(super) fn new(frame: &'a UsageFrame, numbers: Numbers) -> Result<Self> {
        let mut parents = parents(frame, &numbers);
        for (parent, usage) in frame.records.usage_by_parent() {
            parents[parent].usage += usage;
            parents[parent].records += 1;
        }
        Ok(Self { records: &frame.records, details: frame.records.details()?, numbers, parents })
    }

    pub(super) fn uuids(&self) -> &[u128] {
        self.details.uuid()
    }

    pub(super) fn parent_number(&self, row: u32) -> u32 {
        self.records.parent()[row as usize]
    }

    pub(crate) fn parent(&self, row: u32) -> &Parent {
        &self.parents[self.parent_number(row) as usize]
    }

    /// The username's number among the names of both states.
    pub(super) fn username(&self, row: u32) -> u32 {
        self.numbers.usernames[self.records.username()[row as usize] as usize]
    }

    pub(super) fn usage(&self, row: u32) -> Quantity {
        Quantity::from_hundredths(self.records.usage()[row as usize])
    }

    /// Microseconds since 1970, UTC.
    pub(super) fn modified(&self, row: u32) -> i64 {
        self.details.modified()[row as usize]
    }
}

fn parents(frame: &UsageFrame, numbers: &Numbers) -> Vec<Parent> {
    let parents = &frame.parents;
    let united = |places: &[u32], numbers: &[u32], at: usize| numbers[places[at] as usize];
    let parent = |at: usize| Parent {
        uuid: parents.uuid()[at],
        place: Place {
            billing_period: parents.period(at),
            customer: united(parents.customer(), &numbers.customers, at),
            project: united(parents.project(), &numbers.projects, at),
            offering: united(parents.offering(), &numbers.offerings, at),
            resource: Some(united(parents.resource(), &numbers.resources, at)),
            component_type: united(parents.component_type(), &numbers.component_types, at),
            measured_unit: united(parents.measured_unit(), &numbers.measured_units, at),
        },
        usage: Quantity::ZERO,
        records: 0,
    };
    (0..parents.len()).map(parent).collect()
}
