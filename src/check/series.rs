//! Usage by month: of a component on a resource, and of all resources of an offering.

use super::rows::{Row, Rows};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;

/// A component of a resource by month: one sum a month, in the order of time.
pub(crate) struct Series<'a> {
    pub months: Vec<Month<'a>>,
}

/// The usage of a component of a resource in a month.
#[derive(Clone, Copy)]
pub(crate) struct Month<'a> {
    pub usage: Quantity,
    /// One of its parents.
    pub row: &'a Row,
}

impl<'a> Series<'a> {
    /// All components of all resources, by unit.
    pub(crate) fn of(rows: &'a Rows) -> Vec<Self> {
        let key = |row: &Row| (row.resource, row.component_type, row.measured_unit);
        let mut sorted: Vec<&Row> = rows.all().collect();
        sorted.sort_unstable_by_key(|row| (key(row), row.period, row.uuid));
        let months = |series: &[&'a Row]| {
            let months = series.chunk_by(|a, b| a.period == b.period);
            months
                .map(|parents| Month { usage: parents.iter().map(|row| row.usage).sum(), row: parents[0] })
                .collect()
        };
        sorted.chunk_by(|a, b| key(a) == key(b)).map(|series| Self { months: months(series) }).collect()
    }

    pub(crate) fn usage(&self, period: BillingPeriod) -> Option<Month<'a>> {
        let place = self.months.binary_search_by_key(&period, |month| month.row.period).ok()?;
        Some(self.months[place])
    }

    /// The usage of a month in hundredths; 0 if there is none.
    pub(crate) fn hundredths(&self, period: BillingPeriod) -> i128 {
        self.usage(period).map_or(0, |month| month.usage.hundredths())
    }

    /// A row of the latest month.
    pub(crate) fn last(&self) -> &'a Row {
        self.months.last().expect("a series has a month").row
    }
}

/// The resources of one offering that have one component and unit.
pub(crate) type Component<'a> = Vec<&'a Series<'a>>;

/// All components of all offerings, in the order of the frame.
pub(crate) fn components<'a>(series: &'a [Series<'a>]) -> Vec<Component<'a>> {
    let key = |series: &Series| {
        let row = series.last();
        (row.offering, row.component_type, row.measured_unit)
    };
    let mut sorted: Component = series.iter().collect();
    sorted.sort_by_key(|series| key(series));
    sorted.chunk_by(|one, other| key(one) == key(other)).map(<[_]>::to_vec).collect()
}

/// Twice the median: the sum of the two values in the middle, or twice the one.
pub(crate) fn doubled_median(values: &mut [i128]) -> i128 {
    values.sort_unstable();
    let middle = values.len() / 2;
    match values.len() % 2 {
        0 => values[middle - 1] + values[middle],
        _ => 2 * values[middle],
    }
}
