//! The records behind a figure, and the deliveries and files that they came from.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::sheet::{ORIGIN, Row, TOTAL, columns, section};
use super::totals::Sides;
use super::{Names, State};
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::report::{ColumnId, Section};
use crate::statement::{Caption, Statement};
use crate::usage::UsageFrame;

/// The name of the first column: the state of the month that the record is part of.
const FIRST: ColumnId = ColumnId::Version;

/// Where records came from.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    /// Every file that one of the records came from, once.
    pub sources: Vec<Source>,
    /// By month and uuid, the place in the sources.
    pub of_records: HashMap<(BillingPeriod, u128), u32>,
    /// The state that each month is shown in, as it can be typed.
    pub versions: BTreeMap<BillingPeriod, String>,
}

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The first digits of its id.
    pub delivery: String,
    /// When the server said so.
    pub pulled_at: String,
    /// The path, as it was given when the delivery was added.
    pub file: String,
}

/// Records with their origins, ready to be drawn.
#[derive(Debug)]
pub struct Explanation<'a> {
    state: State<'a>,
    names: Names,
    origins: &'a Origins,
    /// The frame's rows, by line, username and uuid.
    order: Vec<u32>,
    caption: Caption,
}

impl<'a> Explanation<'a> {
    /// # Errors
    /// A frame without the details of single records.
    pub fn new(frame: &'a UsageFrame, origins: &'a Origins, caption: Caption) -> Result<Self> {
        let (names, [numbers, _]) = Names::united(frame, &UsageFrame::default());
        let state = State::new(frame, numbers)?;
        let mut order: Vec<u32> = (0..frame.records.len() as u32).collect();
        order.sort_by_cached_key(|&row| {
            (state.parent(row).place, state.username(row), state.uuids()[row as usize])
        });
        Ok(Self { state, names, origins, order, caption })
    }

    fn row(&self, row: u32) -> Row<'_> {
        let (state, place) = (&self.state, &self.state.parent(row).place);
        let (period, uuid) = (place.billing_period, state.uuids()[row as usize]);
        let source = self.origins.of_records.get(&(period, uuid));
        let source = source.map(|place| &self.origins.sources[*place as usize]);
        Row {
            label: self.origins.versions.get(&period).map_or("", String::as_str).into(),
            username: Some(&self.names.usernames[state.username(row) as usize]),
            uuid: Some(uuid),
            modified: Some(state.modified(row)),
            delivery: source.map(|source| &*source.delivery),
            pulled_at: source.map(|source| &*source.pulled_at),
            file: source.map(|source| &*source.file),
            ..Row::of_place(
                place,
                Sides { usage: Some(state.usage(row)), records: 1, ..Sides::default() },
                &self.names,
            )
        }
    }
}

impl Statement for Explanation<'_> {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        columns(FIRST, ORIGIN)
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[ColumnId::Records, ColumnId::PulledAt]
    }

    fn len(&self) -> usize {
        self.order.len()
    }

    fn rows(&self, range: Range<usize>) -> Section {
        section(ORIGIN, &self.order[range].iter().map(|row| self.row(*row)).collect::<Vec<_>>())
    }

    /// None: the rows are of one kind.
    fn parts(&self) -> Section {
        section(ORIGIN, &[])
    }

    fn totals(&self) -> Section {
        let mut by_unit: BTreeMap<u32, Sides> = BTreeMap::new();
        for parent in self.state.parents.iter().filter(|parent| parent.records > 0) {
            let sides = Sides { usage: Some(parent.usage), records: parent.records, ..Sides::default() };
            by_unit.entry(parent.place.measured_unit).or_default().add(&sides);
        }
        let row = |(unit, sides): (u32, Sides)| Row {
            label: TOTAL.into(),
            measured_unit: Some(&self.names.measured_units[unit as usize]),
            ..Row::of_sides(sides)
        };
        section(ORIGIN, &by_unit.into_iter().map(row).collect::<Vec<_>>())
    }
}
