//! Single records out of the star that a frame is.

use polars::prelude::{
    ChunkedArray, Int32Chunked, Int64Type, Int128Type, StringChunked, UInt32Chunked, UInt128Chunked,
};

use crate::error::Result;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Entity, Field, UsageFrame, parent_column, record_column};

/// One value of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value: the source has null, or nothing.
    Null,
    /// Text as the source has it.
    Text(&'a str),
    /// A uuid as a number; [`uuid_text`](crate::text::uuid_text) spells it.
    Uuid(u128),
    /// The usage, in the record's unit.
    Usage(Quantity),
    /// Microseconds since 1970, UTC.
    Time(i64),
    /// A billing period.
    Month(BillingPeriod),
}

/// Gives the values of single records.
#[derive(Debug)]
pub struct RecordReader<'a> {
    frame: &'a UsageFrame,
    uuids: &'a UInt128Chunked,
    users: &'a UInt32Chunked,
    usernames: &'a UInt32Chunked,
    usages: &'a ChunkedArray<Int128Type>,
    descriptions: &'a UInt32Chunked,
    backend_ids: &'a UInt32Chunked,
    created: &'a ChunkedArray<Int64Type>,
    modified: &'a ChunkedArray<Int64Type>,
    parents: &'a UInt32Chunked,
    parent: ParentColumns<'a>,
}

#[derive(Debug)]
struct ParentColumns<'a> {
    component_usages: &'a StringChunked,
    customers: &'a UInt32Chunked,
    projects: &'a UInt32Chunked,
    offerings: &'a UInt32Chunked,
    resources: &'a UInt32Chunked,
    component_types: &'a UInt32Chunked,
    measured_units: &'a UInt32Chunked,
    dates: &'a ChunkedArray<Int64Type>,
    billing_periods: &'a Int32Chunked,
}

impl<'a> RecordReader<'a> {
    /// # Errors
    /// A frame without the details of single records.
    pub fn new(frame: &'a UsageFrame) -> Result<Self> {
        let column = |name| frame.records.column(name);
        let parent = |name| frame.parents.column(name);
        Ok(Self {
            frame,
            uuids: column(record_column::UUID)?.u128()?,
            users: column(record_column::USER)?.u32()?,
            usernames: column(record_column::USERNAME)?.u32()?,
            usages: column(record_column::USAGE)?.decimal()?.physical(),
            descriptions: column(record_column::DESCRIPTION)?.u32()?,
            backend_ids: column(record_column::BACKEND_ID)?.u32()?,
            created: column(record_column::CREATED)?.datetime()?.physical(),
            modified: column(record_column::MODIFIED)?.datetime()?.physical(),
            parents: column(record_column::PARENT)?.u32()?,
            parent: ParentColumns {
                component_usages: parent(parent_column::COMPONENT_USAGE)?.str()?,
                customers: parent(parent_column::CUSTOMER)?.u32()?,
                projects: parent(parent_column::PROJECT)?.u32()?,
                offerings: parent(parent_column::OFFERING)?.u32()?,
                resources: parent(parent_column::RESOURCE)?.u32()?,
                component_types: parent(parent_column::COMPONENT_TYPE)?.u32()?,
                measured_units: parent(parent_column::MEASURED_UNIT)?.u32()?,
                dates: parent(parent_column::DATE)?.datetime()?.physical(),
                billing_periods: parent(parent_column::BILLING_PERIOD)?.i32()?,
            },
        })
    }

    /// The value of a field in a row.
    pub fn value(&self, row: u32, field: Field) -> Value<'a> {
        self.value_there(row as usize, field).unwrap_or(Value::Null)
    }

    fn value_there(&self, row: usize, field: Field) -> Option<Value<'a>> {
        let parent = self.parents.get(row)? as usize;
        let (frame, of_parent) = (self.frame, &self.parent);
        Some(match field {
            Field::Uuid => Value::Uuid(self.uuids.get(row)?),
            Field::User => Value::Text(&frame.texts[self.users.get(row)? as usize]),
            Field::Username => Value::Text(&frame.usernames[self.usernames.get(row)? as usize]),
            Field::ComponentUsage => Value::Text(of_parent.component_usages.get(parent)?),
            Field::Usage => Value::Usage(Quantity::from_hundredths(self.usages.get(row)?)),
            Field::MeasuredUnit => {
                Value::Text(&frame.measured_units[of_parent.measured_units.get(parent)? as usize])
            }
            Field::Description => Value::Text(&frame.texts[self.descriptions.get(row)? as usize]),
            Field::Created => Value::Time(self.created.get(row)?),
            Field::Modified => Value::Time(self.modified.get(row)?),
            Field::BackendId => Value::Text(&frame.texts[self.backend_ids.get(row)? as usize]),
            Field::ResourceName => name(&frame.resources, of_parent.resources.get(parent)?),
            Field::ResourceUuid => uuid(&frame.resources, of_parent.resources.get(parent)?),
            Field::OfferingName => name(&frame.offerings, of_parent.offerings.get(parent)?),
            Field::OfferingUuid => uuid(&frame.offerings, of_parent.offerings.get(parent)?),
            Field::ProjectName => name(&frame.projects, of_parent.projects.get(parent)?),
            Field::ProjectUuid => uuid(&frame.projects, of_parent.projects.get(parent)?),
            Field::CustomerName => name(&frame.customers, of_parent.customers.get(parent)?),
            Field::CustomerUuid => uuid(&frame.customers, of_parent.customers.get(parent)?),
            Field::ComponentType => {
                Value::Text(&frame.component_types[of_parent.component_types.get(parent)? as usize])
            }
            Field::Date => Value::Time(of_parent.dates.get(parent)?),
            Field::BillingPeriod => {
                Value::Month(BillingPeriod::from_number(of_parent.billing_periods.get(parent)?))
            }
        })
    }
}

fn name(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Text(&entities[place as usize].name)
}

fn uuid(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Uuid(entities[place as usize].uuid)
}
