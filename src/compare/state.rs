//! One state of some months: the columns that a comparison reads, under the numbering of both states.

use std::borrow::Cow;

use polars::prelude::{ChunkedArray, Int64Type, Int128Type, UInt32Chunked, UInt128Chunked};

use super::Place;
use super::names::Numbers;
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{UsageFrame, parent_column, record_column};

/// A frame, seen from a comparison.
#[derive(Debug)]
pub(crate) struct State<'a> {
    uuids: Cow<'a, UInt128Chunked>,
    parents_of: Cow<'a, UInt32Chunked>,
    usernames: Cow<'a, UInt32Chunked>,
    usages: Cow<'a, ChunkedArray<Int128Type>>,
    modified: Cow<'a, ChunkedArray<Int64Type>>,
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
    /// A frame without the details of single records, or with gaps in its columns.
    pub(crate) fn new(frame: &'a UsageFrame, numbers: Numbers) -> Result<Self> {
        let column = |name| frame.records.column(name);
        let mut state = Self {
            uuids: column(record_column::UUID)?.u128()?.rechunk(),
            parents_of: column(record_column::PARENT)?.u32()?.rechunk(),
            usernames: column(record_column::USERNAME)?.u32()?.rechunk(),
            usages: column(record_column::USAGE)?.decimal()?.physical().rechunk(),
            modified: column(record_column::MODIFIED)?.datetime()?.physical().rechunk(),
            parents: parents(frame, &numbers)?,
            numbers,
        };
        state.uuids.cont_slice()?;
        state.usernames.cont_slice()?;
        state.modified.cont_slice()?;
        for (parent, usage) in state.parents_of.cont_slice()?.iter().zip(state.usages.cont_slice()?) {
            let parent = &mut state.parents[*parent as usize];
            parent.usage += Quantity::from_hundredths(*usage);
            parent.records += 1;
        }
        Ok(state)
    }

    pub(crate) fn uuids(&self) -> &[u128] {
        self.uuids.cont_slice().expect(WHOLE)
    }

    pub(crate) fn parent_number(&self, row: u32) -> u32 {
        self.parents_of.cont_slice().expect(WHOLE)[row as usize]
    }

    pub(crate) fn parent(&self, row: u32) -> &Parent {
        &self.parents[self.parent_number(row) as usize]
    }

    /// The username's number among the names of both states.
    pub(crate) fn username(&self, row: u32) -> u32 {
        self.numbers.usernames[self.usernames.cont_slice().expect(WHOLE)[row as usize] as usize]
    }

    pub(crate) fn usage(&self, row: u32) -> Quantity {
        Quantity::from_hundredths(self.usages.cont_slice().expect(WHOLE)[row as usize])
    }

    /// Microseconds since 1970, UTC.
    pub(crate) fn modified(&self, row: u32) -> i64 {
        self.modified.cont_slice().expect(WHOLE)[row as usize]
    }
}

const WHOLE: &str = "a state's columns are in one piece and have no gaps";

fn parents(frame: &UsageFrame, numbers: &Numbers) -> Result<Vec<Parent>> {
    let uuids = frame.parents.column(parent_column::UUID)?.u128()?;
    let periods = frame.parents.column(parent_column::BILLING_PERIOD)?.i32()?;
    let united = |name, numbers: &[u32]| -> Result<Vec<u32>> {
        let places = frame.parents.column(name)?.u32()?;
        Ok(places.into_no_null_iter().map(|place| numbers[place as usize]).collect())
    };
    let customers = united(parent_column::CUSTOMER, &numbers.customers)?;
    let projects = united(parent_column::PROJECT, &numbers.projects)?;
    let offerings = united(parent_column::OFFERING, &numbers.offerings)?;
    let resources = united(parent_column::RESOURCE, &numbers.resources)?;
    let component_types = united(parent_column::COMPONENT_TYPE, &numbers.component_types)?;
    let measured_units = united(parent_column::MEASURED_UNIT, &numbers.measured_units)?;
    let parent = |(at, (uuid, period)): (usize, (u128, i32))| Parent {
        uuid,
        place: Place {
            billing_period: BillingPeriod::from_number(period),
            customer: customers[at],
            project: projects[at],
            offering: offerings[at],
            resource: Some(resources[at]),
            component_type: component_types[at],
            measured_unit: measured_units[at],
        },
        usage: Quantity::ZERO,
        records: 0,
    };
    Ok(uuids.into_no_null_iter().zip(periods.into_no_null_iter()).enumerate().map(parent).collect())
}
