//! Rows of a frame that come to many records each, because an engine added them up where the records are.

use std::collections::HashMap;
use std::sync::Arc;

use crate::dimension::Dimension;
use crate::period::PeriodRange;
use crate::quantity::Quantity;

/// How many records a row is made of, and of which kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub records: u64,
    /// Those of less than nothing.
    pub negative: u64,
    pub zero: u64,
    /// Those that are not whole.
    pub fractional: u64,
}

impl Counts {
    /// Those of one record.
    pub(crate) fn of_record(usage: Quantity) -> Self {
        Self {
            records: 1,
            negative: u64::from(usage < Quantity::ZERO),
            zero: u64::from(usage == Quantity::ZERO),
            fractional: u64::from(usage.hundredths() % 100 != 0),
        }
    }
}

/// What rows have that are cells.
#[derive(Clone, Debug)]
pub(crate) struct Cells {
    /// One a row.
    pub counts: Vec<Counts>,
    /// `None` if each cell is of one user, so that users can be counted by walking the cells.
    pub users: Option<Arc<CountedUsers>>,
}

/// Distinct users of groups, as an engine counted them: the cells do not say whose they are.
#[derive(Clone, Debug, Default)]
pub(crate) struct CountedUsers(pub Vec<CountedLevel>);

/// The groups of one level.
#[derive(Clone, Debug)]
pub(crate) struct CountedLevel {
    /// The months whose records were counted; `None` for all.
    pub period: Option<PeriodRange>,
    /// What the groups are of.
    pub by: Vec<Dimension>,
    /// By what each dimension is, in their order, and the unit: the index in the frame's list, or the number of a time.
    pub users: HashMap<Box<[u32]>, u64>,
}

impl CountedUsers {
    /// The level of groups by these dimensions, in whatever order.
    pub(crate) fn level(&self, period: Option<PeriodRange>, by: &[Dimension]) -> Option<&CountedLevel> {
        let is_meant = |level: &&CountedLevel| {
            level.period == period
                && level.by.len() == by.len()
                && level.by.iter().all(|dimension| by.contains(dimension))
        };
        self.0.iter().find(is_meant)
    }
}
