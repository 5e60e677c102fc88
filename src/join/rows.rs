//! Rows of a report as values that can be changed, and back.

use std::cmp::Ordering;

use polars::prelude::{Column as FrameColumn, DataFrame};

use crate::error::Result;
use crate::quantity::Quantity;
use crate::report::{Cell, Column, ColumnKind, Report, Section, count_column, decimal_column, text_column};

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Empty,
    Text(String),
    Quantity(Quantity),
    Count(u64),
}

/// A value for each column.
pub type Row = Vec<Value>;

impl Value {
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Quantity(quantity) => Some(*quantity),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Empty => Self::Empty,
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Quantity(quantity) => Self::Quantity(quantity),
            Cell::Count(count) => Self::Count(count),
        }
    }
}

pub fn rows_of(section: &Section) -> Vec<Row> {
    let cells = section.cells();
    let columns = cells.width();
    let row = |row| (0..columns).map(|column| cells.get(row, column).into()).collect();
    (0..section.len()).map(row).collect()
}

pub fn section_of(columns: &[Column], rows: &[Row]) -> Result<Section> {
    let column = |(at, column): (usize, &Column)| -> FrameColumn {
        let values = rows.iter().map(|row| &row[at]);
        let mut values = match column.kind {
            ColumnKind::Usage | ColumnKind::Amount | ColumnKind::Percent => {
                decimal_column(values.map(Value::quantity))
            }
            ColumnKind::Count => count_column(values.map(|value| match value {
                Value::Count(count) => Some(*count),
                _ => None,
            })),
            _ => text_column(values.map(Value::text)),
        };
        values.rename(column.name.as_str().into());
        values
    };
    let frame = DataFrame::new(rows.len(), columns.iter().enumerate().map(column).collect())?;
    Ok(Section::new(frame))
}

/// Sorts rows as a report's are: by its dimensions in their order, names before uuids, then by unit and currency. What
/// has no value stands last.
pub fn sort(report: &Report, columns: &[Column], rows: &mut [Row]) {
    let of_dimensions = report.by.iter().flat_map(|dimension| {
        [ColumnKind::Time(*dimension), ColumnKind::Label(*dimension), ColumnKind::Uuid(*dimension)]
    });
    let kinds = of_dimensions.chain([ColumnKind::Unit, ColumnKind::Currency]);
    let keys: Vec<usize> =
        kinds.filter_map(|kind| columns.iter().position(|column| column.kind == kind)).collect();
    let order = |left: &Value, right: &Value| match (left.text(), right.text()) {
        (Some(left), Some(right)) => left.cmp(right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    };
    rows.sort_by(|left, right| {
        keys.iter().map(|key| order(&left[*key], &right[*key])).fold(Ordering::Equal, Ordering::then)
    });
}
