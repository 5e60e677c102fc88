//! The rows of a difference: every change, on the line that it stands on.

use std::ops::Range;

use super::sheet::{CHANGE, FieldValue, Row, TOTAL, columns, section};
use super::{Difference, Earlier, Kind, Names, Part, RecordChange, Rename, Rewriting, Scope, Total};
use crate::dimension::Dimension;
use crate::report::{ColumnId, Section};
use crate::statement::{Caption, Statement};
use crate::usage::{Entity, Field};

/// The name of the first column: what became of a record, a line or a name.
const FIRST: ColumnId = ColumnId::Kind;

/// A difference, ready to be drawn.
#[derive(Debug)]
pub struct DifferenceStatement<'a> {
    /// What is drawn.
    pub difference: &'a Difference,
    /// What stands over it.
    pub caption: Caption,
}

impl Statement for DifferenceStatement<'_> {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        columns(FIRST, CHANGE)
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        // The month stands in the title; the others are what a change is found by, not what it is read for.
        &[
            ColumnId::Time(Dimension::Period),
            ColumnId::RecordUuid,
            ColumnId::Modified,
            ColumnId::Field,
            ColumnId::RecordsBefore,
            ColumnId::Records,
        ]
    }

    fn len(&self) -> usize {
        self.difference.rows()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        let row = |at| self.difference.row(at);
        section(CHANGE, &range.map(row).collect::<Vec<_>>())
    }

    fn parts(&self) -> Section {
        let part = |part: &Part| Row {
            label: part.kind.name().into(),
            measured_unit: Some(&self.difference.names.measured_units[part.measured_unit as usize]),
            ..Row::of_sides(part.sides)
        };
        section(CHANGE, &self.difference.parts.iter().map(part).collect::<Vec<_>>())
    }

    fn totals(&self) -> Section {
        let total = |total| Row::of_total(total, &self.difference.names);
        section(CHANGE, &self.difference.totals.iter().map(total).collect::<Vec<_>>())
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
            Some(rewriting) => self.rewriting_row(rewriting, at.is_multiple_of(2)),
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
            label: change.kind.name().into(),
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
            label: rewriting.kind.name().into(),
            field: Some(rewriting.field),
            value_before: value(&rewriting.from),
            value: value(&rewriting.to),
            ..Row::of_place(place, sides, &self.names)
        }
    }

    fn rename_row<'a>(&'a self, rename: &'a Rename) -> Row<'a> {
        let entity = |entities: &'a [Entity]| &entities[rename.entity as usize];
        let mut row = Row {
            label: Kind::Renamed.name().into(),
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
    fn of_total(total: &Total, names: &'a Names) -> Self {
        let row = Self {
            label: TOTAL.into(),
            measured_unit: Some(&names.measured_units[total.measured_unit as usize]),
            ..Self::of_sides(total.sides)
        };
        match total.scope {
            Scope::Customer { billing_period, customer } => Self {
                billing_period: Some(billing_period),
                customer: Some(&names.customers[customer as usize]),
                ..row
            },
            Scope::OtherCustomers => Self { label: "other_customers".into(), ..row },
            Scope::All => row,
        }
    }
}
