//! A frame put in order once, so that every page of it comes without sorting it again.
//!
//! Rows stand by uuid. So a record is found by halving, every order's ties go by row number, and a set of rows is
//! sorted by setting bits. Nothing changes once a catalogue is made; it only remembers what it was asked.

mod bits;
mod postings;
mod selection;
mod usernames;
mod views;
mod walk;

use chrono::NaiveDate;
use rayon::slice::ParallelSliceMut as _;

use self::postings::Postings;
use self::selection::Selection;
use self::usernames::Usernames;
use self::views::Views;
use super::order::Axis;
use super::{ListRequest, Listing, RecordReader, place_page};
use crate::error::Result;
use crate::filter::{Filters, local_dates};
use crate::usage::{Details, UsageFrame};

const GATHERED_MAX: usize = 1 << 16;

/// Records with all that it takes to list them fast.
///
/// Beside the frame it needs some twelve bytes a record, and at most sixteen more for the lists that it remembers.
#[derive(Debug)]
pub struct Catalogue {
    frame: UsageFrame,
    details: Details,
    /// The calendar date of each parent.
    dates: Vec<Option<NaiveDate>>,
    rows_of_parent: Postings,
    rows_of_username: Postings,
    usernames: Usernames,
    newest: Ranking,
    billing_period: Ranking,
    username: Ranking,
    /// Rows by usage, then by uuid.
    usage: Vec<u32>,
    views: Views,
    /// So many rows are sorted faster than they are met on a walk.
    gathered_max: usize,
}

/// Parents or usernames in an order.
#[derive(Debug)]
struct Ranking {
    /// Their places, by rank.
    order: Vec<u32>,
    /// The rank of each.
    ranks: Vec<u32>,
}

impl Ranking {
    fn of(axis: Axis, frame: &UsageFrame) -> Self {
        let ranks = axis.ranks(frame);
        let mut order: Vec<u32> = (0..ranks.len() as u32).collect();
        order.sort_unstable_by_key(|place| ranks[*place as usize]);
        Self { order, ranks }
    }
}

impl Catalogue {
    /// Puts a frame in order; dates are those of `timezone`.
    ///
    /// # Errors
    /// A frame without the details of single records.
    pub fn new(mut frame: UsageFrame, timezone: chrono_tz::Tz) -> Result<Self> {
        let uuids = frame.records.details()?.uuid();
        if !uuids.is_sorted() {
            let rows = rows_by_uuid(uuids);
            frame.records.take(&rows);
        }
        let records = &frame.records;
        let (postings, usage) = rayon::join(
            || {
                let parents = Postings::new(records.parent(), frame.parents.len());
                (parents, Postings::new(records.username(), frame.usernames.len()))
            },
            || rows_by_usage(records.usage()),
        );
        Ok(Self {
            details: records.details()?.clone(),
            dates: local_dates(&frame, timezone),
            rows_of_parent: postings.0,
            rows_of_username: postings.1,
            usernames: Usernames::new(&frame.usernames),
            newest: Ranking::of(Axis::Newest, &frame),
            billing_period: Ranking::of(Axis::BillingPeriod, &frame),
            username: Ranking::of(Axis::Username, &frame),
            usage,
            views: Views::new(records.len()),
            gathered_max: GATHERED_MAX,
            frame,
        })
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.frame.records.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives the values of the rows that a listing names.
    pub fn reader(&self) -> RecordReader<'_> {
        RecordReader { frame: &self.frame, details: &self.details }
    }

    /// The same page as [`list`](super::list) over what the filters let through, of any size.
    ///
    /// # Errors
    /// A page that there is not.
    pub fn list(&self, filters: &Filters, request: &ListRequest) -> Result<Listing> {
        let view = self.views.get(filters, &request.orders);
        let mut view = view.lock().expect("no listing panics");
        let is_new = view.is_none();
        let walk = match &mut *view {
            Some(walk) => walk,
            empty => empty.insert(self.walk(filters, &request.orders)),
        };
        let total = walk.total();
        let (page, pages, window) = place_page(total, request.paging)?;
        let bytes_before = if is_new { 0 } else { walk.bytes() };
        walk.extend(self, window.end);
        let is_larger = walk.bytes() > bytes_before;
        let rows = walk.rows()[window].to_vec();
        drop(view);
        if is_larger {
            self.views.shrink();
        }
        Ok(Listing { total, page, pages, rows })
    }

    /// The row of one record, where the filters let it through.
    pub fn retrieve(&self, uuid: u128, filters: &Filters) -> Option<u32> {
        let row = self.details.uuid().binary_search(&uuid).ok()?;
        let records = &self.frame.records;
        let (parent, username) = (records.parent()[row] as usize, records.username()[row] as usize);
        let passes = filters.sieve(&self.frame, &self.dates).passes_parent(parent)
            && filters.username_parts().is_none_or(|parts| self.usernames.contains(username, &parts));
        passes.then_some(row as u32)
    }

    fn walk(&self, filters: &Filters, orders: &[super::Order]) -> walk::Walk {
        walk::Walk::new(self, Selection::new(self, filters), Axis::of(orders))
    }

    fn ranking(&self, axis: Axis) -> Option<&Ranking> {
        match axis {
            Axis::Newest => Some(&self.newest),
            Axis::BillingPeriod => Some(&self.billing_period),
            Axis::Username => Some(&self.username),
            Axis::Usage => None,
        }
    }
}

/// Half of a uuid almost always tells two apart, and stands beside the row where it is sorted.
fn rows_by_uuid(uuids: &[u128]) -> Vec<u32> {
    let mut keys: Vec<(u64, u32)> = (0..).zip(uuids).map(|(row, uuid)| ((uuid >> 64) as u64, row)).collect();
    keys.par_sort_unstable_by(|one, other| {
        one.0.cmp(&other.0).then_with(|| uuids[one.1 as usize].cmp(&uuids[other.1 as usize]))
    });
    keys.into_iter().map(|(_, row)| row).collect()
}

fn rows_by_usage(usages: &[i128]) -> Vec<u32> {
    let mut rows: Vec<u32> = (0..usages.len() as u32).collect();
    rows.par_sort_unstable_by_key(|row| (usages[*row as usize], *row));
    rows
}

#[cfg(test)]
mod tests;
