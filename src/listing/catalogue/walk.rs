//! The rows of one selection in one order, found as far as somebody has asked.
//!
//! A few rows are gathered and sorted. Many are met by walking along what is in order already: parents, usernames or
//! usages. Those that the order's first step does not tell apart are a group; groups are sorted one at a time.

use std::ops::Range;

use super::selection::Selection;
use super::{Catalogue, bits};
use crate::error::Result;
use crate::listing::order::{Axis, SortColumns, Sorter};

pub struct Walk {
    selection: Selection,
    /// Each with whether it descends; the first leads the walk.
    steps: Vec<(Axis, bool)>,
    /// How many places of the first step lie behind.
    walked: usize,
    /// The first ones in order.
    rows: Vec<u32>,
}

impl Walk {
    pub fn new(catalogue: &Catalogue, selection: Selection, steps: Vec<(Axis, bool)>) -> Result<Self> {
        let mut walk = Self { selection, steps, walked: 0, rows: Vec::new() };
        if walk.total() <= catalogue.gathered_max && walk.total() < catalogue.len() {
            let mut rows: Vec<u32> = walk.selection.rows(catalogue)?.collect();
            sort(&mut rows, catalogue, &walk.steps)?;
            walk.rows = rows;
        }
        Ok(walk)
    }

    /// How many rows there are in all.
    pub fn total(&self) -> usize {
        self.selection.total
    }

    /// The rows found so far.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Walks on until so many rows are found; gives whether it had to.
    pub fn extend(&mut self, catalogue: &Catalogue, end: usize) -> Result<bool> {
        let end = end.min(self.total());
        if self.rows.len() >= end {
            return Ok(false);
        }
        let columns = SortColumns::of(&catalogue.frame)?;
        let (axis, is_descending) = self.steps[0];
        while self.rows.len() < end {
            let group = self.next_group(catalogue, &columns, axis, is_descending);
            let mut rows = self.rows_of_group(catalogue, &columns, axis, group.clone());
            if self.steps.len() > 1 {
                sort(&mut rows, catalogue, &self.steps[1..])?;
            } else if axis != Axis::Usage && group.len() > 1 {
                bits::sort(&mut rows, catalogue.len());
            }
            self.rows.append(&mut rows);
        }
        Ok(true)
    }

    /// The next places that the first step does not tell apart.
    fn next_group(
        &mut self,
        catalogue: &Catalogue,
        columns: &SortColumns,
        axis: Axis,
        is_descending: bool,
    ) -> Range<usize> {
        let group = match catalogue.ranking(axis) {
            Some(ranking) => {
                let rank = |at: usize| ranking.ranks[ranking.order[at] as usize];
                group(ranking.order.len(), self.walked, is_descending, |one, other| rank(one) == rank(other))
            }
            None => {
                let usage = |at: usize| columns.usages[catalogue.usage[at] as usize];
                group(catalogue.usage.len(), self.walked, is_descending, |one, other| {
                    usage(one) == usage(other)
                })
            }
        };
        self.walked += group.len();
        group
    }

    fn rows_of_group(
        &self,
        catalogue: &Catalogue,
        columns: &SortColumns,
        axis: Axis,
        group: Range<usize>,
    ) -> Vec<u32> {
        let selection = &self.selection;
        let has_parent = |row: &u32| selection.has_parent(columns.parents[*row as usize]);
        let has_username = |row: &u32| selection.has_username(columns.usernames[*row as usize]);
        let mut rows = Vec::new();
        match axis {
            Axis::Newest | Axis::BillingPeriod => {
                let ranking = catalogue.ranking(axis).expect("parents are ranked");
                for parent in ranking.order[group].iter().filter(|parent| selection.has_parent(**parent)) {
                    let of_parent = catalogue.rows_of_parent.rows(*parent);
                    match selection.has_all_usernames() {
                        true => rows.extend_from_slice(of_parent),
                        false => rows.extend(of_parent.iter().filter(|row| has_username(row))),
                    }
                }
            }
            Axis::Username => {
                let ranking = catalogue.ranking(axis).expect("usernames are ranked");
                for username in ranking.order[group].iter().filter(|name| selection.has_username(**name)) {
                    let of_username = catalogue.rows_of_username.rows(*username);
                    rows.extend(of_username.iter().filter(|row| has_parent(row)));
                }
            }
            Axis::Usage => {
                let of_usage = catalogue.usage[group].iter();
                rows.extend(of_usage.filter(|row| has_parent(row) && has_username(row)));
            }
        }
        rows
    }
}

/// The run of equal places that comes next, once so many lie behind.
fn group(
    length: usize,
    walked: usize,
    is_descending: bool,
    is_equal: impl Fn(usize, usize) -> bool,
) -> Range<usize> {
    if is_descending {
        let last = length - 1 - walked;
        let start = (0..last).rev().take_while(|at| is_equal(*at, last)).last().unwrap_or(last);
        start..last + 1
    } else {
        let end = (walked + 1..length).take_while(|at| is_equal(*at, walked)).last().unwrap_or(walked);
        walked..end + 1
    }
}

fn sort(rows: &mut [u32], catalogue: &Catalogue, steps: &[(Axis, bool)]) -> Result<()> {
    let columns = SortColumns::of(&catalogue.frame)?;
    let keys = steps.iter().map(|(axis, is_descending)| {
        let ranks = catalogue.ranking(*axis).map_or(&[][..], |ranking| &ranking.ranks);
        (columns.key(*axis, ranks.into()), *is_descending)
    });
    Sorter { keys: keys.collect(), uuids: &columns.uuids }.sort(rows);
    Ok(())
}
