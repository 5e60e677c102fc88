//! Rows of a report as values that can be changed, and back.

use std::cmp::Ordering;

use crate::amount::Amount;
use crate::quantity::Quantity;
use crate::report::{Cell, ColumnId, ColumnKind, Report, Section, SectionColumn};

/// One value of a report.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Value {
    Empty,
    Text(String),
    Quantity(Quantity),
    Amount(Amount),
    Count(u64),
}

/// A value for each column.
pub(crate) type Row = Vec<Value>;

impl Value {
    pub(crate) fn quantity(&self) -> Option<Quantity> {
        match self {
            Self::Quantity(quantity) => Some(*quantity),
            _ => None,
        }
    }

    pub(crate) fn amount(&self) -> Option<Amount> {
        match self {
            Self::Amount(amount) => Some(*amount),
            _ => None,
        }
    }

    /// The sum of two values of one column; no value counts as zero.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Quantity(left), Self::Quantity(right)) => Self::Quantity(*left + *right),
            (Self::Amount(left), Self::Amount(right)) => Self::Amount(*left + *right),
            (Self::Count(left), Self::Count(right)) => Self::Count(left + right),
            (Self::Empty, value) | (value, _) => value.clone(),
        }
    }

    /// The difference of two values of one column; no value counts as zero.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        match other {
            Self::Quantity(quantity) => self.plus(&Self::Quantity(-*quantity)),
            Self::Amount(amount) => self.plus(&Self::Amount(-*amount)),
            _ => self.clone(),
        }
    }

    /// What it is of a whole in per cent; `None` if the whole is zero or there is no value.
    pub(crate) fn percent_of(&self, whole: &Self) -> Option<Quantity> {
        match (self, whole) {
            (Self::Quantity(part), Self::Quantity(whole)) => part.percent_of(*whole),
            (Self::Amount(part), Self::Amount(whole)) => part.percent_of(*whole),
            _ => None,
        }
    }

    pub(crate) fn is_below_zero(&self) -> bool {
        match self {
            Self::Quantity(quantity) => *quantity < Quantity::ZERO,
            Self::Amount(amount) => *amount < Amount::ZERO,
            _ => false,
        }
    }

    /// Whether there is no value, or the value is zero.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Quantity(quantity) => *quantity == Quantity::ZERO,
            Self::Amount(amount) => *amount == Amount::ZERO,
            Self::Count(count) => *count == 0,
            Self::Empty => true,
            Self::Text(_) => false,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
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
            Cell::Amount(amount) => Self::Amount(amount),
            Cell::Count(count) => Self::Count(count),
        }
    }
}

pub(crate) fn rows_of(section: &Section) -> Vec<Row> {
    let cells = section.cells();
    let columns = cells.width();
    let row = |row| (0..columns).map(|column| cells.get(row, column).into()).collect();
    (0..section.len()).map(row).collect()
}

pub(super) fn section_of(columns: &[ColumnId], rows: &[Row]) -> Section {
    let column = |(at, column): (usize, &ColumnId)| -> SectionColumn {
        let values = rows.iter().map(|row| &row[at]);
        match column.kind() {
            ColumnKind::Amount => SectionColumn::amounts(values.map(Value::amount)),
            ColumnKind::Usage | ColumnKind::Percent => SectionColumn::quantities(values.map(Value::quantity)),
            ColumnKind::Count => SectionColumn::counts(values.map(|value| match value {
                Value::Count(count) => Some(*count),
                _ => None,
            })),
            _ => SectionColumn::texts(values.map(Value::text)),
        }
    };
    Section::new(rows.len(), columns.iter().enumerate().map(column).collect())
}

/// Sorts rows as a report's are: by its dimensions in their order, names before uuids, then by unit and currency. What
/// has no value stands last.
pub(crate) fn sort(report: &Report, columns: &[ColumnId], rows: &mut [Row]) {
    let of_dimensions = report.by.iter().flat_map(|dimension| {
        [ColumnId::Time(*dimension), ColumnId::Label(*dimension), ColumnId::Uuid(*dimension)]
    });
    let ids = of_dimensions.chain([ColumnId::MeasuredUnit, ColumnId::Currency]);
    let keys: Vec<usize> = ids.filter_map(|id| columns.iter().position(|column| *column == id)).collect();
    let order = |left: &Value, right: &Value| match (left.text(), right.text()) {
        (Some(left), Some(right)) => left.cmp(right),
        (left, right) => left.is_none().cmp(&right.is_none()),
    };
    rows.sort_by(|left, right| {
        keys.iter().map(|key| order(&left[*key], &right[*key])).fold(Ordering::Equal, Ordering::then)
    });
}
