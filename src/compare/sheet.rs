//! Rows of text and figures, and the columns that they are shown in.

use std::borrow::Cow;

use rayon::prelude::*;

use super::totals::Sides;
use super::{Names, Place};
use crate::dimension::Dimension;
use crate::listing::time_text;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::report::{ColumnId, Section, SectionColumn};
use crate::text::uuid_text;
use crate::usage::{Entity, Field};

/// One row, whatever it is of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row<'a> {
    /// What the row is.
    pub label: Cow<'a, str>,
    pub billing_period: Option<BillingPeriod>,
    pub customer: Option<&'a Entity>,
    pub project: Option<&'a Entity>,
    pub offering: Option<&'a Entity>,
    pub resource: Option<&'a Entity>,
    pub component_type: Option<&'a str>,
    pub username: Option<&'a str>,
    pub measured_unit: Option<&'a str>,
    pub uuid: Option<u128>,
    pub modified: Option<i64>,
    pub field: Option<Field>,
    pub value_before: FieldValue<'a>,
    pub value: FieldValue<'a>,
    pub usage_before: Option<Quantity>,
    pub usage: Option<Quantity>,
    pub change: Option<Quantity>,
    pub records_before: Option<u64>,
    pub records: Option<u64>,
    pub delivery: Option<&'a str>,
    pub pulled_at: Option<&'a str>,
    pub file: Option<&'a str>,
}

/// What a field holds: a uuid, a text, or both of an entity.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldValue<'a> {
    uuid: Option<u128>,
    text: Option<Cow<'a, str>>,
}

impl FieldValue<'_> {
    pub(crate) fn of_uuid(uuid: u128) -> Self {
        Self { uuid: Some(uuid), text: None }
    }
}

impl<'a> FieldValue<'a> {
    pub(crate) fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { uuid: None, text: Some(text.into()) }
    }

    fn of_entity(entity: &'a Entity) -> Self {
        Self { uuid: Some(entity.uuid), text: Some(Cow::Borrowed(&entity.name)) }
    }

    pub(crate) fn of_place(field: Field, place: &Place, names: &'a Names) -> Self {
        let entity = |entities: &'a [Entity], number: u32| Self::of_entity(&entities[number as usize]);
        let text = |texts: &'a [Box<str>], number: u32| Self::of_text(&*texts[number as usize]);
        match field {
            Field::CustomerUuid => entity(&names.customers, place.customer),
            Field::ProjectUuid => entity(&names.projects, place.project),
            Field::OfferingUuid => entity(&names.offerings, place.offering),
            Field::ResourceUuid => {
                place.resource.map_or_else(Self::default, |resource| entity(&names.resources, resource))
            }
            Field::ComponentType => text(&names.component_types, place.component_type),
            Field::MeasuredUnit => text(&names.measured_units, place.measured_unit),
            _ => Self::of_text(place.billing_period.to_string()),
        }
    }
}

impl<'a> Row<'a> {
    pub(crate) fn of_sides(sides: Sides) -> Self {
        Self {
            usage_before: sides.usage_before,
            usage: sides.usage,
            change: sides.change(),
            records_before: Some(sides.records_before),
            records: Some(sides.records),
            ..Self::default()
        }
    }

    pub(crate) fn of_place(place: &Place, sides: Sides, names: &'a Names) -> Self {
        Self {
            billing_period: Some(place.billing_period),
            customer: Some(&names.customers[place.customer as usize]),
            project: Some(&names.projects[place.project as usize]),
            offering: Some(&names.offerings[place.offering as usize]),
            resource: place.resource.map(|resource| &names.resources[resource as usize]),
            component_type: Some(&names.component_types[place.component_type as usize]),
            measured_unit: Some(&names.measured_units[place.measured_unit as usize]),
            ..Self::of_sides(sides)
        }
    }
}

/// The first word of a row of totals.
pub(crate) const TOTAL: &str = "total";

type Text = for<'r> fn(&'r Row<'_>) -> Option<Cow<'r, str>>;

/// How a column gets its values.
pub(crate) enum Values {
    Text(Text),
    Decimal(fn(&Row<'_>) -> Option<Quantity>),
    Count(fn(&Row<'_>) -> Option<u64>),
}

type SheetColumn = (ColumnId, Values);

/// Groups of columns, in the order in which they are shown.
pub(crate) type SheetColumns = &'static [&'static [SheetColumn]];

/// What is told of a change.
pub(crate) const CHANGE: SheetColumns = &[&LINE, &RECORD, &REWRITTEN, &UNIT, &SIDES];
/// What is told of a record behind a figure.
pub(crate) const ORIGIN: SheetColumns = &[&LINE, &RECORD, &UNIT, &FIGURE, &SOURCE];

const LINE: [SheetColumn; 10] = [
    (ColumnId::Time(Dimension::Period), Values::Text(|row| Some(row.billing_period?.to_string().into()))),
    (ColumnId::Uuid(Dimension::Customer), Values::Text(|row| entity_uuid(row.customer))),
    (ColumnId::Label(Dimension::Customer), Values::Text(|row| name(row.customer))),
    (ColumnId::Uuid(Dimension::Project), Values::Text(|row| entity_uuid(row.project))),
    (ColumnId::Label(Dimension::Project), Values::Text(|row| name(row.project))),
    (ColumnId::Uuid(Dimension::Offering), Values::Text(|row| entity_uuid(row.offering))),
    (ColumnId::Label(Dimension::Offering), Values::Text(|row| name(row.offering))),
    (ColumnId::Uuid(Dimension::Resource), Values::Text(|row| entity_uuid(row.resource))),
    (ColumnId::Label(Dimension::Resource), Values::Text(|row| name(row.resource))),
    (ColumnId::Label(Dimension::Component), Values::Text(|row| text(row.component_type))),
];

const RECORD: [SheetColumn; 3] = [
    (ColumnId::Label(Dimension::User), Values::Text(|row| text(row.username))),
    (ColumnId::RecordUuid, Values::Text(|row| uuid(row.uuid))),
    (ColumnId::Modified, Values::Text(|row| time_text(row.modified?).map(Cow::from))),
];

const REWRITTEN: [SheetColumn; 5] = [
    (ColumnId::Field, Values::Text(|row| Some(row.field?.name().into()))),
    (ColumnId::ValueBeforeUuid, Values::Text(|row| uuid(row.value_before.uuid))),
    (ColumnId::ValueBefore, Values::Text(|row| text(row.value_before.text.as_deref()))),
    (ColumnId::ValueUuid, Values::Text(|row| uuid(row.value.uuid))),
    (ColumnId::Value, Values::Text(|row| text(row.value.text.as_deref()))),
];

const UNIT: [SheetColumn; 1] = [(ColumnId::MeasuredUnit, Values::Text(|row| text(row.measured_unit)))];

const SIDES: [SheetColumn; 5] = [
    (ColumnId::UsageBefore, Values::Decimal(|row| row.usage_before)),
    (ColumnId::Usage, Values::Decimal(|row| row.usage)),
    (ColumnId::Change, Values::Decimal(|row| row.change)),
    (ColumnId::RecordsBefore, Values::Count(|row| row.records_before)),
    (ColumnId::Records, Values::Count(|row| row.records)),
];

const FIGURE: [SheetColumn; 2] = [
    (ColumnId::Usage, Values::Decimal(|row| row.usage)),
    (ColumnId::Records, Values::Count(|row| row.records)),
];

const SOURCE: [SheetColumn; 3] = [
    (ColumnId::Delivery, Values::Text(|row| text(row.delivery))),
    (ColumnId::PulledAt, Values::Text(|row| text(row.pulled_at))),
    (ColumnId::File, Values::Text(|row| text(row.file))),
];

/// The columns of rows that begin with this one.
pub(crate) fn columns(first: ColumnId, columns: SheetColumns) -> Vec<ColumnId> {
    let others = columns.iter().copied().flatten().map(|(column, _)| *column);
    [first].into_iter().chain(others).collect()
}

/// The rows, whose labels are in the first column.
pub(super) fn section(columns: SheetColumns, rows: &[Row<'_>]) -> Section {
    let column = |(_, values): &SheetColumn| match values {
        Values::Text(value) => SectionColumn::texts(rows.iter().map(value)),
        Values::Decimal(value) => SectionColumn::quantities(rows.iter().map(value)),
        Values::Count(value) => SectionColumn::counts(rows.iter().map(value)),
    };
    let mut values = vec![SectionColumn::texts(rows.iter().map(|row| Some(&*row.label)))];
    values.par_extend(columns.par_iter().flat_map(|group| group.par_iter().map(column)));
    Section::new(rows.len(), values)
}

fn text(text: Option<&str>) -> Option<Cow<'_, str>> {
    text.map(Cow::Borrowed)
}

fn name<'r>(entity: Option<&'r Entity>) -> Option<Cow<'r, str>> {
    Some(Cow::Borrowed(&*entity?.name))
}

fn entity_uuid<'r>(entity: Option<&Entity>) -> Option<Cow<'r, str>> {
    uuid(Some(entity?.uuid))
}

fn uuid<'r>(uuid: Option<u128>) -> Option<Cow<'r, str>> {
    Some(uuid_text(uuid?).into())
}
