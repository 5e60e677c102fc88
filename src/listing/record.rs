//! Single records out of the star that a frame is.

use crate::error::Result;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::{Details, Entity, Field, UsageFrame};

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
    pub(super) frame: &'a UsageFrame,
    pub(super) details: &'a Details,
}

impl<'a> RecordReader<'a> {
    /// # Errors
    /// A frame without the details of single records.
    pub fn new(frame: &'a UsageFrame) -> Result<Self> {
        Ok(Self { frame, details: frame.records.details()? })
    }

    /// The value of a field in a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn value(&self, row: u32, field: Field) -> Value<'a> {
        self.value_there(row as usize, field).unwrap_or(Value::Null)
    }

    fn value_there(&self, row: usize, field: Field) -> Option<Value<'a>> {
        let Self { frame, details } = *self;
        let (records, parents) = (&frame.records, &frame.parents);
        let parent = records.parent()[row] as usize;
        let text = |texts: &'a [Box<str>], place: u32| Value::Text(&texts[place as usize]);
        Some(match field {
            Field::Uuid => Value::Uuid(details.uuid()[row]),
            Field::User => text(&frame.texts, details.user(row)?),
            Field::Username => text(&frame.usernames, records.username()[row]),
            Field::ComponentUsage => Value::Text(parents.component_usage(parent)?),
            Field::Usage => Value::Usage(Quantity::from_hundredths(records.usage()[row])),
            Field::MeasuredUnit => text(&frame.measured_units, parents.measured_unit()[parent]),
            Field::Description => text(&frame.texts, details.description()[row]),
            Field::Created => Value::Time(details.created(row)?),
            Field::Modified => Value::Time(details.modified()[row]),
            Field::BackendId => text(&frame.texts, details.backend_id()[row]),
            Field::ResourceName => name(&frame.resources, parents.resource()[parent]),
            Field::ResourceUuid => uuid(&frame.resources, parents.resource()[parent]),
            Field::OfferingName => name(&frame.offerings, parents.offering()[parent]),
            Field::OfferingUuid => uuid(&frame.offerings, parents.offering()[parent]),
            Field::ProjectName => name(&frame.projects, parents.project()[parent]),
            Field::ProjectUuid => uuid(&frame.projects, parents.project()[parent]),
            Field::CustomerName => name(&frame.customers, parents.customer()[parent]),
            Field::CustomerUuid => uuid(&frame.customers, parents.customer()[parent]),
            Field::ComponentType => text(&frame.component_types, parents.component_type()[parent]),
            Field::Date => Value::Time(parents.date(parent)?),
            Field::BillingPeriod => Value::Month(parents.period(parent)),
        })
    }
}

fn name(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Text(&entities[place as usize].name)
}

fn uuid(entities: &[Entity], place: u32) -> Value<'_> {
    Value::Uuid(entities[place as usize].uuid)
}
