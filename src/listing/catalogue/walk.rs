//! The rows of one selection in one order, found as far as somebody has asked.
//!
//! A few rows are gathered and sorted. Many are met by walking along what is in order already: parents, usernames or
//! usages. Those that the order's first step does not tell apart are a group; groups are sorted one at a time.

use std::ops::Range;

use super::selection::Selection;
use super::{Catalogue, bits};
use crate::listing::order::Axis;

#[derive(Debug)]
pub(crate) struct Walk {
    selection: Selection,
    /// Each with whether it descends; the first leads the walk.
    steps: Vec<(Axis, bool)>,
    /// How many places of the first step lie behind.
    walked: usize,
    /// The first ones in order.
    rows: Vec<u32>,
}

impl Walk {
    pub(super) fn new(catalogue: &Catalogue, selection: Selection, steps: Vec<(Axis, bool)>) -> Self {
        let mut walk = Self { selection, steps, walked: 0, rows: Vec::new() };
        if walk.total() <= catalogue.gathered_max && walk.total() < catalogue.len() {
            walk.rows = walk.selection.rows(catalogue).collect();
            sort(&mut walk.rows, catalogue, &walk.steps);
            walk.selection.forget();
        }
        walk
    }

    /// How many rows there are in all.
    pub(crate) fn total(&self) -> usize {
        self.selection.total
    }

    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>() + self.selection.bytes()
    }

    /// The rows found so far.
    pub(crate) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Walks on until so many rows are found.
    pub(super) fn extend(&mut self, catalogue: &Catalogue, end: usize) {
        let end = end.min(self.total());
        if self.rows.len() >= end {
            return;
        }
        let (axis, is_descending) = self.steps[0];
        let rest = self.steps[1..].to_vec();
        while self.rows.len() < end {
            let group = self.next_group(catalogue, axis, is_descending);
            let is_sorted = axis == Axis::Usage || group.len() == 1;
            let start = self.rows.len();
            self.take_group(catalogue, axis, group);
            let found = &mut self.rows[start..];
            if !rest.is_empty() || !is_sorted {
                sort(found, catalogue, &rest);
            }
        }
    }

    /// The next places that the first step does not tell apart.
    fn next_group(&mut self, catalogue: &Catalogue, axis: Axis, is_descending: bool) -> Range<usize> {
        let group = match catalogue.ranking(axis) {
            Some(ranking) => {
                let rank = |at: usize| ranking.ranks[ranking.order[at] as usize];
                group(ranking.order.len(), self.walked, is_descending, |one, other| rank(one) == rank(other))
            }
            None => {
                let usages = catalogue.frame.records.usage();
                let usage = |at: usize| usages[catalogue.usage[at] as usize];
                group(catalogue.usage.len(), self.walked, is_descending, |one, other| {
                    usage(one) == usage(other)
                })
            }
        };
        self.walked += group.len();
        group
    }

    /// Takes the rows of a group that pass, each place's in the order of their numbers.
    fn take_group(&mut self, catalogue: &Catalogue, axis: Axis, group: Range<usize>) {
        let (selection, rows) = (&self.selection, &mut self.rows);
        let records = &catalogue.frame.records;
        let (parents, usernames) = (records.parent(), records.username());
        let has_parent = |row: &u32| selection.has_parent(parents[*row as usize]);
        let has_username = |row: &u32| selection.has_username(usernames[*row as usize]);
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

/// Sorts rows by some steps, then by row.
///
/// What the first step goes by is fetched once for each row, for fetching costs more than comparing.
fn sort(rows: &mut [u32], catalogue: &Catalogue, steps: &[(Axis, bool)]) {
    let Some(((axis, is_descending), rest)) = steps.split_first() else {
        return bits::sort(rows, catalogue.len());
    };
    let records = &catalogue.frame.records;
    match catalogue.ranking(*axis) {
        Some(ranking) => {
            let places = if *axis == Axis::Username { records.username() } else { records.parent() };
            let rank = |row: u32| ranking.ranks[places[row as usize] as usize];
            sort_by(
                rows,
                |row| if *is_descending { !rank(row) } else { rank(row) },
                |ties| {
                    sort(ties, catalogue, rest);
                },
            );
        }
        None => {
            let usages = records.usage();
            let usage = |row: u32| usages[row as usize];
            sort_by(
                rows,
                |row| if *is_descending { !usage(row) } else { usage(row) },
                |ties| {
                    sort(ties, catalogue, rest);
                },
            );
        }
    }
}

/// Sorts rows by a key, and those of one key in another way.
fn sort_by<K: Ord + Copy>(rows: &mut [u32], key: impl Fn(u32) -> K, sort_ties: impl Fn(&mut [u32])) {
    let mut keyed: Vec<(K, u32)> = rows.iter().map(|row| (key(*row), *row)).collect();
    keyed.sort_unstable();
    rows.iter_mut().zip(&keyed).for_each(|(row, (_, sorted))| *row = *sorted);
    let mut start = 0;
    for ties in keyed.chunk_by(|one, other| one.0 == other.0) {
        let end = start + ties.len();
        if ties.len() > 1 {
            sort_ties(&mut rows[start..end]);
        }
        start = end;
    }
}
