//! Distinct users of lines, looked up: rows that are cells of many users do not say whose they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::keys::{Axis, Labels};
use super::lines::Place;
use super::sums::Sum;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::period::PeriodRange;
use crate::report::ReportSpec;
use crate::usage::{CountedUsers, UsageFrame};

/// The users that were counted for a report.
pub(crate) struct Counted {
    users: Arc<CountedUsers>,
    period: Option<PeriodRange>,
    /// For each axis the frame's index of each rank; `None` for times, which are their own numbers.
    places: Vec<Option<Vec<u32>>>,
    units: Vec<u32>,
    /// Whether a line has records and nobody counted its users.
    is_any_missing: AtomicBool,
}

impl Counted {
    /// `None` if users are counted by walking the rows, or are not shown.
    pub(crate) fn new(frame: &UsageFrame, spec: &ReportSpec, axes: &[Axis], units: &Labels) -> Option<Self> {
        let users = frame.records.cells()?.users.clone().filter(|_| !spec.is_pivoted)?;
        let places = |labels: &Labels| (0..labels.cardinality()).map(|rank| labels.place(rank)).collect();
        Some(Self {
            users,
            period: spec.period,
            places: axes.iter().map(|axis| axis.labels().map(places)).collect(),
            units: places(units),
            is_any_missing: AtomicBool::new(false),
        })
    }

    /// Puts the users of each line into its sum.
    pub(crate) fn put(&self, by: &[Dimension], axes: &[Vec<Place>], units: &[u32], sums: &mut [Sum]) {
        let mut before: Option<Vec<u32>> = None;
        for (line, sum) in sums.iter_mut().enumerate() {
            sum.users = 0;
            if sum.records == 0 {
                continue;
            }
            // The lines of one group and several currencies are next to each other: each would have all users of the group.
            let key: Vec<u32> =
                axes.iter().map(|places| places[line].at().map_or(0, |rank| rank + 1)).collect();
            let key = [key.as_slice(), &[units[line]]].concat();
            let users = self.users_of(by, axes, units, line).filter(|_| before.as_ref() != Some(&key));
            match users {
                Some(users) => sum.users = users,
                None => self.is_any_missing.store(true, Ordering::Relaxed),
            }
            before = Some(key);
        }
    }

    fn users_of(&self, by: &[Dimension], axes: &[Vec<Place>], units: &[u32], line: usize) -> Option<u64> {
        if axes.iter().any(|places| places[line] == Place::Others) {
            return None;
        }
        let shown: Vec<usize> = (0..axes.len()).filter(|axis| axes[*axis][line] != Place::All).collect();
        let dimensions: Vec<Dimension> = shown.iter().map(|axis| by[*axis]).collect();
        let level = self.users.level(self.period, &dimensions)?;
        let place = |dimension: &Dimension| {
            let axis = by.iter().position(|other| other == dimension)?;
            let rank = axes[axis][line].at()?;
            Some(self.places[axis].as_ref().map_or(rank, |places| places[rank as usize]))
        };
        let mut key = level.by.iter().map(place).collect::<Option<Vec<u32>>>()?;
        key.push(self.units[units[line] as usize]);
        level.users.get(key.as_slice()).copied()
    }

    /// # Errors
    /// The users of a line are not known.
    pub(crate) fn check(&self) -> Result<()> {
        match self.is_any_missing.load(Ordering::Relaxed) {
            true => Err(Error::UsersNotCounted),
            false => Ok(()),
        }
    }
}
