//! The orders of the endpoint, each made total by the uuid.

use std::cmp;
use std::ops::Range;
use std::str::FromStr;

use polars::prelude::{Column, UInt32Chunked};

use crate::error::{Error, Result};
use crate::usage::{UsageFrame, parent_column, record_column};

/// One ordering, as `usage` or `-usage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub key: OrderKey,
    pub is_descending: bool,
}

/// What records can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKey {
    BillingPeriod,
    Usage,
    /// By Unicode code points, so that the order is the same on every machine; a server orders by its
    /// database's collation.
    Username,
}

impl OrderKey {
    pub const ALL: [Self; 3] = [Self::BillingPeriod, Self::Usage, Self::Username];

    /// The word of the endpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::BillingPeriod => "component_usage__billing_period",
            Self::Usage => "usage",
            Self::Username => "username",
        }
    }
}

impl Order {
    /// Reads comma lists, given once or several times; the first key counts most.
    pub fn parse_lists<T: AsRef<str>>(lists: &[T]) -> Result<Vec<Self>> {
        lists.iter().flat_map(|list| list.as_ref().split(',')).map(str::parse).collect()
    }
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let word = text.trim();
        let (name, is_descending) = match word.strip_prefix('-') {
            Some(name) => (name, true),
            None => (word, false),
        };
        let key = OrderKey::ALL.into_iter().find(|key| key.name() == name);
        key.map(|key| Self { key, is_descending }).ok_or_else(|| Error::BadParameter {
            parameter: "o",
            value: text.to_owned(),
            expected: format!(
                "{}, each with - before it for descending",
                OrderKey::ALL.map(OrderKey::name).join(", ")
            ),
        })
    }
}

/// The rows that stand at the given places once all are ordered.
///
/// Where that is a small part of them, the others are not sorted.
pub(super) fn ordered_rows(frame: &UsageFrame, orders: &[Order], window: Range<usize>) -> Result<Vec<u32>> {
    let uuids = frame.records.column(record_column::UUID)?.u128()?.rechunk();
    let usages = frame.records.column(record_column::USAGE)?.decimal()?.physical().rechunk();
    let parents = frame.records.column(record_column::PARENT)?.u32()?.rechunk();
    let usernames = frame.records.column(record_column::USERNAME)?.u32()?.rechunk();
    let by_parent = |ranks| -> Result<Key> { Ok(Key::Ranked { places: parents.cont_slice()?, ranks }) };
    let mut keys = Vec::new();
    for order in orders {
        let key = match order.key {
            OrderKey::BillingPeriod => by_parent(period_ranks(frame)?)?,
            OrderKey::Usage => Key::Usage(usages.cont_slice()?),
            OrderKey::Username => {
                Key::Ranked { places: usernames.cont_slice()?, ranks: ranks(&frame.usernames) }
            }
        };
        keys.push((key, order.is_descending));
    }
    if orders.is_empty() {
        keys.push((by_parent(date_ranks(frame)?)?, true));
        keys.push((by_parent(component_type_ranks(frame)?)?, false));
    }
    Ok(Sorter { keys, uuids: uuids.cont_slice()? }.select(window))
}

/// One column to sort by.
enum Key<'a> {
    /// Each row points to a place, which has a rank.
    Ranked { places: &'a [u32], ranks: Vec<u32> },
    /// In hundredths.
    Usage(&'a [i128]),
}

impl Key<'_> {
    fn compare(&self, one: usize, other: usize) -> cmp::Ordering {
        match self {
            Self::Ranked { places, ranks } => ranks[places[one] as usize].cmp(&ranks[places[other] as usize]),
            Self::Usage(usages) => usages[one].cmp(&usages[other]),
        }
    }
}

struct Sorter<'a> {
    /// Each with whether it descends.
    keys: Vec<(Key<'a>, bool)>,
    uuids: &'a [u128],
}

impl Sorter<'_> {
    fn compare(&self, one: u32, other: u32) -> cmp::Ordering {
        let (one, other) = (one as usize, other as usize);
        let mut by_keys = self.keys.iter().map(|(key, is_descending)| match is_descending {
            true => key.compare(other, one),
            false => key.compare(one, other),
        });
        by_keys.find(|ordering| ordering.is_ne()).unwrap_or_else(|| self.uuids[one].cmp(&self.uuids[other]))
    }

    fn select(&self, window: Range<usize>) -> Vec<u32> {
        let mut rows: Vec<u32> = (0..self.uuids.len() as u32).collect();
        if window.end < rows.len() {
            rows.select_nth_unstable_by(window.end, |one, other| self.compare(*one, *other));
            rows.truncate(window.end);
        }
        if (1..rows.len()).contains(&window.start) {
            rows.select_nth_unstable_by(window.start, |one, other| self.compare(*one, *other));
            rows.drain(..window.start);
        }
        rows.sort_unstable_by(|one, other| self.compare(*one, *other));
        rows
    }
}

fn period_ranks(frame: &UsageFrame) -> Result<Vec<u32>> {
    let periods = frame.parents.column(parent_column::BILLING_PERIOD)?.i32()?;
    Ok(ranks(&periods.iter().collect::<Vec<_>>()))
}

/// A missing date is older than any.
fn date_ranks(frame: &UsageFrame) -> Result<Vec<u32>> {
    let dates = frame.parents.column(parent_column::DATE)?.datetime()?.physical();
    Ok(ranks(&dates.iter().collect::<Vec<_>>()))
}

fn component_type_ranks(frame: &UsageFrame) -> Result<Vec<u32>> {
    let type_ranks = ranks(&frame.component_types);
    let types: &Column = frame.parents.column(parent_column::COMPONENT_TYPE)?;
    let types: &UInt32Chunked = types.u32()?;
    Ok(types.into_no_null_iter().map(|place| type_ranks[place as usize]).collect())
}

/// For each value the number of distinct values that are smaller.
fn ranks<T: Ord>(values: &[T]) -> Vec<u32> {
    let mut sorted: Vec<&T> = values.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let rank = |value: &T| sorted.binary_search(&value).expect("each value is among the sorted ones") as u32;
    values.iter().map(rank).collect()
}
