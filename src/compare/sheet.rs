//! Changes as rows of text and figures: the same columns for a difference and for the ledger of what came late.

use std::borrow::Cow;
use std::ops::Range;

use polars::prelude::{Column as FrameColumn, DataFrame};
use rayon::prelude::*;

use super::totals::Sides;
use super::{Difference, Earlier, Kind, Names, Place, RecordChange, Rename, Rewriting, Scope, Total};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::listing::time_text;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::report::{Column, ColumnKind, Section, count_column, decimal_column, text_column};
use crate::statement::{Caption, Statement};
use crate::usage::{Entity, Field, uuid_text};

/// A difference, ready to be drawn.
pub struct DifferenceStatement<'a> {
    pub difference: &'a Difference,
    pub caption: Caption,
}

impl Statement for DifferenceStatement<'_> {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<Column> {
        columns("kind")
    }

    fn hidden_columns(&self) -> &'static [&'static str] {
        // The month stands in the title; the others are what a change is found by, not what it is read for.
        &["period", "uuid", "modified"]
    }

    fn len(&self) -> usize {
        self.difference.rows()
    }

    fn rows(&self, range: Range<usize>) -> Result<Section> {
        let row = |at| self.difference.row(at);
        section("kind", &range.map(row).collect::<Vec<_>>())
    }

    fn parts(&self) -> Result<Section> {
        let part = |part: &super::Part| Row {
            label: part.kind.name(),
            measured_unit: Some(&self.difference.names.measured_units[part.measured_unit as usize]),
            ..Row::of_sides(part.sides)
        };
        section("kind", &self.difference.parts.iter().map(part).collect::<Vec<_>>())
    }

    fn totals(&self) -> Result<Section> {
        let total = |total| Row::of_total(total, &self.difference.names);
        section("kind", &self.difference.totals.iter().map(total).collect::<Vec<_>>())
    }
}

/// One row, whatever it is of.
#[derive(Clone, Debug, Default)]
pub struct Row<'a> {
    pub label: &'static str,
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
}

/// What a field holds: a uuid, a text, or both of an entity.
#[derive(Clone, Debug, Default)]
pub struct FieldValue<'a> {
    uuid: Option<u128>,
    text: Option<Cow<'a, str>>,
}

impl FieldValue<'_> {
    fn of_uuid(uuid: u128) -> Self {
        Self { uuid: Some(uuid), text: None }
    }
}

impl<'a> FieldValue<'a> {
    fn of_text(text: impl Into<Cow<'a, str>>) -> Self {
        Self { uuid: None, text: Some(text.into()) }
    }

    fn of_entity(entity: &'a Entity) -> Self {
        Self { uuid: Some(entity.uuid), text: Some(Cow::Borrowed(&entity.name)) }
    }

    fn of_place(field: Field, place: &Place, names: &'a Names) -> Self {
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

impl Difference {
    /// The number of rows: a rewriting has two.
    pub(super) fn rows(&self) -> usize {
        self.records.len() + 2 * self.rewritings.len() + self.renames.len()
    }

    pub(super) fn row(&self, at: usize) -> Row<'_> {
        if let Some(change) = self.records.get(at) {
            return self.record_row(change);
        }
        let at = at - self.records.len();
        match self.rewritings.get(at / 2) {
            Some(rewriting) => self.rewriting_row(rewriting, at % 2 == 0),
            None => self.rename_row(&self.renames[at - 2 * self.rewritings.len()]),
        }
    }

    fn record_row(&self, change: &RecordChange) -> Row<'_> {
        let username = |number: u32| &*self.names.usernames[number as usize];
        let (field, value_before, value) = match change.earlier.as_deref() {
            None => (None, FieldValue::default(), FieldValue::default()),
            Some(Earlier::Uuid(before)) => {
                (Some(Field::Uuid), FieldValue::of_uuid(*before), FieldValue::of_uuid(change.uuid))
            }
            Some(Earlier::Username(before)) => {
                let values = [*before, change.username].map(|number| FieldValue::of_text(username(number)));
                let [before, after] = values;
                (Some(Field::Username), before, after)
            }
            Some(Earlier::ComponentUsage { before, after }) => {
                (Some(Field::ComponentUsage), FieldValue::of_uuid(*before), FieldValue::of_uuid(*after))
            }
        };
        Row {
            label: change.kind.name(),
            username: Some(username(change.username)),
            uuid: Some(change.uuid),
            modified: Some(change.modified),
            field,
            value_before,
            value,
            ..Row::of_place(&change.place, change.sides(), &self.names)
        }
    }

    fn rewriting_row(&self, rewriting: &Rewriting, is_left: bool) -> Row<'_> {
        let [left, joined] = rewriting.sides();
        let (place, sides) = if is_left { (&rewriting.from, left) } else { (&rewriting.to, joined) };
        let value = |place| FieldValue::of_place(rewriting.field, place, &self.names);
        Row {
            label: rewriting.kind.name(),
            field: Some(rewriting.field),
            value_before: value(&rewriting.from),
            value: value(&rewriting.to),
            ..Row::of_place(place, sides, &self.names)
        }
    }

    fn rename_row<'a>(&'a self, rename: &'a Rename) -> Row<'a> {
        let entity = |entities: &'a [Entity]| &entities[rename.entity as usize];
        let mut row = Row {
            label: Kind::Renamed.name(),
            field: Some(rename.field),
            value_before: FieldValue::of_text(&*rename.name_before),
            records_before: Some(rename.records_before),
            records: Some(rename.records),
            ..Row::default()
        };
        let (place, entity) = match rename.field {
            Field::CustomerName => (&mut row.customer, entity(&self.names.customers)),
            Field::ProjectName => (&mut row.project, entity(&self.names.projects)),
            Field::OfferingName => (&mut row.offering, entity(&self.names.offerings)),
            _ => (&mut row.resource, entity(&self.names.resources)),
        };
        *place = Some(entity);
        row.value = FieldValue::of_text(&*entity.name);
        row
    }
}

impl<'a> Row<'a> {
    pub(super) fn of_sides(sides: Sides) -> Self {
        Self {
            usage_before: sides.usage_before,
            usage: sides.usage,
            change: sides.change(),
            records_before: Some(sides.records_before),
            records: Some(sides.records),
            ..Self::default()
        }
    }

    fn of_place(place: &Place, sides: Sides, names: &'a Names) -> Self {
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

    fn of_total(total: &Total, names: &'a Names) -> Self {
        let row = Self {
            label: TOTAL,
            measured_unit: Some(&names.measured_units[total.measured_unit as usize]),
            ..Self::of_sides(total.sides)
        };
        match total.scope {
            Scope::Customer { billing_period, customer } => Self {
                billing_period: Some(billing_period),
                customer: Some(&names.customers[customer as usize]),
                ..row
            },
            Scope::Unchanged => Self { label: "unchanged", ..row },
            Scope::All => row,
        }
    }
}

/// The first word of a row of totals.
pub const TOTAL: &str = "total";

type Text = for<'r> fn(&'r Row<'_>) -> Option<Cow<'r, str>>;

/// How a column gets its values.
enum Values {
    Text(Text),
    Decimal(fn(&Row<'_>) -> Option<Quantity>),
    Count(fn(&Row<'_>) -> Option<u64>),
}

/// Every column behind the first, with its kind and its values.
const COLUMNS: [(&str, ColumnKind, Values); 24] = [
    (
        "period",
        ColumnKind::Time(Dimension::Period),
        Values::Text(|row| Some(row.billing_period?.to_string().into())),
    ),
    ("customer_uuid", ColumnKind::Uuid(Dimension::Customer), Values::Text(|row| entity_uuid(row.customer))),
    ("customer_name", ColumnKind::Label(Dimension::Customer), Values::Text(|row| name(row.customer))),
    ("project_uuid", ColumnKind::Uuid(Dimension::Project), Values::Text(|row| entity_uuid(row.project))),
    ("project_name", ColumnKind::Label(Dimension::Project), Values::Text(|row| name(row.project))),
    ("offering_uuid", ColumnKind::Uuid(Dimension::Offering), Values::Text(|row| entity_uuid(row.offering))),
    ("offering_name", ColumnKind::Label(Dimension::Offering), Values::Text(|row| name(row.offering))),
    ("resource_uuid", ColumnKind::Uuid(Dimension::Resource), Values::Text(|row| entity_uuid(row.resource))),
    ("resource_name", ColumnKind::Label(Dimension::Resource), Values::Text(|row| name(row.resource))),
    ("component_type", ColumnKind::Label(Dimension::Component), Values::Text(|row| text(row.component_type))),
    ("username", ColumnKind::Label(Dimension::User), Values::Text(|row| text(row.username))),
    ("uuid", ColumnKind::Id, Values::Text(|row| uuid(row.uuid))),
    ("modified", ColumnKind::Text, Values::Text(|row| time_text(row.modified?).map(Cow::from))),
    ("field", ColumnKind::Text, Values::Text(|row| Some(row.field?.name().into()))),
    ("value_before_uuid", ColumnKind::Id, Values::Text(|row| uuid(row.value_before.uuid))),
    ("value_before", ColumnKind::Name, Values::Text(|row| text(row.value_before.text.as_deref()))),
    ("value_uuid", ColumnKind::Id, Values::Text(|row| uuid(row.value.uuid))),
    ("value", ColumnKind::Name, Values::Text(|row| text(row.value.text.as_deref()))),
    ("measured_unit", ColumnKind::Unit, Values::Text(|row| text(row.measured_unit))),
    ("usage_before", ColumnKind::Usage, Values::Decimal(|row| row.usage_before)),
    ("usage", ColumnKind::Usage, Values::Decimal(|row| row.usage)),
    ("change", ColumnKind::Usage, Values::Decimal(|row| row.change)),
    ("records_before", ColumnKind::Count, Values::Count(|row| row.records_before)),
    ("records", ColumnKind::Count, Values::Count(|row| row.records)),
];

/// The columns of rows whose first column has this name.
pub fn columns(first: &str) -> Vec<Column> {
    let first = Column { name: first.to_owned(), kind: ColumnKind::Text };
    let others = COLUMNS.iter().map(|(name, kind, _)| Column { name: (*name).to_owned(), kind: *kind });
    [first].into_iter().chain(others).collect()
}

pub fn section(first: &str, rows: &[Row<'_>]) -> Result<Section> {
    let labels = text_column(rows.iter().map(|row| Some(row.label))).with_name(first.into());
    let column = |(name, _, values): &(&str, ColumnKind, Values)| -> FrameColumn {
        let column = match values {
            Values::Text(value) => text_column(rows.iter().map(value)),
            Values::Decimal(value) => decimal_column(rows.iter().map(value)),
            Values::Count(value) => count_column(rows.iter().map(value)),
        };
        column.with_name((*name).into())
    };
    let others: Vec<FrameColumn> = COLUMNS.par_iter().map(column).collect();
    Ok(Section { frame: DataFrame::new(rows.len(), [labels].into_iter().chain(others).collect())? })
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
