//! The ledger of all that changed after a month was closed: the usage that nobody billed, and why.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::sheet::{CHANGE, Row, TOTAL, columns, section};
use super::totals::Sides;
use super::{Difference, Kind, RecordChange};
use crate::period::BillingPeriod;
use crate::report::{ColumnId, Section};
use crate::statement::{Caption, Statement};

/// The name of the first column: why a closed month is another one now.
const FIRST: ColumnId = ColumnId::Cause;

/// A closed month, and how the present state differs from the version that was closed.
#[derive(Clone, Debug)]
pub struct ClosedMonth {
    /// The month.
    pub billing_period: BillingPeriod,
    /// What was modified later could not be known when the month was closed.
    pub cut_off: DateTime<Utc>,
    /// The uuids of the records that are other ones because a delivery of the closed version was retracted.
    pub retracted: HashSet<u128>,
    /// From the closed version to the present state.
    pub difference: Difference,
}

/// Why a closed month is another one now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// Usage that was modified after the cut-off.
    Late,
    /// Usage that was modified before the cut-off, but that the closed version does not have.
    Missed,
    /// Usage that is no longer there.
    Retired,
    /// Usage that is another one because a delivery of the closed version was retracted.
    Retracted,
    /// The usage is the same, but something else is another one: never part of the totals.
    Other(Kind),
}

impl Cause {
    /// The word in every output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Missed => "missed",
            Self::Retired => "retired",
            Self::Retracted => "retracted",
            Self::Other(kind) => kind.name(),
        }
    }

    /// Whether the usage is another one than was billed.
    pub(crate) fn changes_usage(self) -> bool {
        !matches!(self, Self::Other(_))
    }
}

impl ClosedMonth {
    /// Why a record of the month is another one.
    pub fn cause(&self, change: &RecordChange) -> Cause {
        let is_late = change.modified > self.cut_off.timestamp_micros();
        let is_retracted = self.retracted.contains(&change.uuid);
        match change.kind {
            Kind::Added | Kind::UsageChanged | Kind::Removed if is_retracted => Cause::Retracted,
            Kind::Added | Kind::UsageChanged if is_late => Cause::Late,
            Kind::Added | Kind::UsageChanged => Cause::Missed,
            Kind::Removed => Cause::Retired,
            kind => Cause::Other(kind),
        }
    }

    /// The usage that nobody billed, by customer and unit: what came late or was missed, less what is retired.
    fn unbilled(&self) -> BTreeMap<(u32, u32), Sides> {
        let mut sums: BTreeMap<(u32, u32), Sides> = BTreeMap::new();
        for change in self.difference.records.iter().filter(|change| self.cause(change).changes_usage()) {
            let key = (change.place.customer, change.place.measured_unit);
            sums.entry(key).or_default().add(&change.sides());
        }
        sums
    }

    fn row_cause(&self, row: usize) -> Cause {
        let difference = &self.difference;
        let rewriting = || difference.rewritings.get((row - difference.records.len()) / 2);
        match difference.records.get(row) {
            Some(change) => self.cause(change),
            None => Cause::Other(rewriting().map_or(Kind::Renamed, |rewriting| rewriting.kind)),
        }
    }
}

/// All closed months, ready to be drawn.
#[derive(Debug)]
pub struct Ledger {
    months: Vec<ClosedMonth>,
    /// Cause, month and row of the month's difference, in the order in which they are shown.
    order: Vec<(Cause, u32, u32)>,
    caption: Caption,
}

impl Ledger {
    /// The months come in their order.
    pub fn new(months: Vec<ClosedMonth>, caption: Caption) -> Self {
        let mut order = Vec::new();
        for (month, number) in months.iter().zip(0..) {
            let rows = 0..month.difference.rows();
            order.extend(rows.map(|row| (month.row_cause(row), number, row as u32)));
        }
        order.sort_unstable();
        Self { months, order, caption }
    }

    /// The changes of usage, by cause and unit.
    fn sums_by_cause(&self) -> BTreeMap<(Cause, &str), Sides> {
        let mut sums: BTreeMap<(Cause, &str), Sides> = BTreeMap::new();
        for month in &self.months {
            let difference = &month.difference;
            let unit = |number: u32| &*difference.names.measured_units[number as usize];
            for change in &difference.records {
                let key = (month.cause(change), unit(change.place.measured_unit));
                sums.entry(key).or_default().add(&change.sides());
            }
            for rewriting in &difference.rewritings {
                for (place, sides) in [&rewriting.from, &rewriting.to].into_iter().zip(rewriting.sides()) {
                    let key = (Cause::Other(rewriting.kind), unit(place.measured_unit));
                    sums.entry(key).or_default().add(&sides);
                }
            }
        }
        sums
    }

    /// The usage that nobody billed, by month, customer and unit, each with its unit and figures.
    fn unbilled(&self) -> impl Iterator<Item = (Row<'_>, &str, Sides)> {
        self.months.iter().flat_map(|month| {
            let names = &month.difference.names;
            month.unbilled().into_iter().map(|((customer, unit), sides)| {
                let unit = &*names.measured_units[unit as usize];
                let row = Row {
                    billing_period: Some(month.billing_period),
                    customer: Some(&names.customers[customer as usize]),
                    ..total(unit, sides)
                };
                (row, unit, sides)
            })
        })
    }
}

impl Statement for Ledger {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        columns(FIRST, CHANGE)
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[
            ColumnId::RecordUuid,
            ColumnId::Modified,
            ColumnId::Field,
            ColumnId::RecordsBefore,
            ColumnId::Records,
        ]
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        let row = |(cause, month, row): &(Cause, u32, u32)| {
            let month = &self.months[*month as usize];
            let mut row = month.difference.row(*row as usize);
            // A name is of no month by itself; the one that it is another one in is.
            row.billing_period = row.billing_period.or(Some(month.billing_period));
            Row { label: cause.name().into(), ..row }
        };
        section(CHANGE, &self.order[range].iter().map(row).collect::<Vec<_>>())
    }

    fn parts(&self) -> Section {
        let row = |((cause, unit), sides): ((Cause, _), Sides)| Row {
            label: cause.name().into(),
            measured_unit: Some(unit),
            ..Row::of_sides(sides)
        };
        section(CHANGE, &self.sums_by_cause().into_iter().map(row).collect::<Vec<_>>())
    }

    fn totals(&self) -> Section {
        let mut rows = Vec::new();
        let mut by_unit: BTreeMap<&str, Sides> = BTreeMap::new();
        for (row, unit, sides) in self.unbilled() {
            by_unit.entry(unit).or_default().add(&sides);
            rows.push(row);
        }
        rows.extend(by_unit.into_iter().map(|(unit, sides)| total(unit, sides)));
        section(CHANGE, &rows)
    }
}

fn total(unit: &str, sides: Sides) -> Row<'_> {
    Row { label: TOTAL.into(), measured_unit: Some(unit), ..Row::of_sides(sides) }
}
