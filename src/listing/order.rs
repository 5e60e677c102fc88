//! The orders of the endpoint, each made total by the uuid.

use std::cmp;
use std::ops::Range;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::usage::UsageFrame;

/// One ordering, as `usage` or `-usage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    pub(crate) key: OrderKey,
    pub(crate) is_descending: bool,
}

/// What records can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderKey {
    /// By month.
    BillingPeriod,
    /// By the figure, whatever its unit is.
    Usage,
    /// By Unicode code points, so that the order is the same on every machine; a server orders by its
    /// database's collation.
    Username,
}

impl OrderKey {
    /// In the order in which messages list them.
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

/// What one step of an order goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    /// The newest date first, then the component type: the order where none is asked for.
    Newest,
    BillingPeriod,
    Usage,
    Username,
}

impl Axis {
    /// The steps of an order, each with whether it descends.
    pub(crate) fn of(orders: &[Order]) -> Vec<(Self, bool)> {
        if orders.is_empty() {
            return vec![(Self::Newest, false)];
        }
        let axis = |key| match key {
            OrderKey::BillingPeriod => Self::BillingPeriod,
            OrderKey::Usage => Self::Usage,
            OrderKey::Username => Self::Username,
        };
        orders.iter().map(|order| (axis(order.key), order.is_descending)).collect()
    }

    /// The ranks of the parents, or of the usernames; none for usage, which ranks itself.
    pub(super) fn ranks(self, frame: &UsageFrame) -> Vec<u32> {
        match self {
            Self::Newest => newest_ranks(frame),
            Self::BillingPeriod => ranks(frame.parents.billing_period()),
            Self::Usage => Vec::new(),
            Self::Username => ranks(&frame.usernames),
        }
    }
}

/// The rows that stand at the given places once all are ordered.
///
/// Where that is a small part of them, the others are not sorted.
pub(super) fn ordered_rows(frame: &UsageFrame, orders: &[Order], window: Range<usize>) -> Result<Vec<u32>> {
    let (records, uuids) = (&frame.records, frame.records.details()?.uuid());
    let key = |axis: Axis| match axis {
        Axis::Newest | Axis::BillingPeriod => {
            Key::Ranked { places: records.parent(), ranks: axis.ranks(frame) }
        }
        Axis::Usage => Key::Usage(records.usage()),
        Axis::Username => Key::Ranked { places: records.username(), ranks: axis.ranks(frame) },
    };
    let keys = Axis::of(orders).into_iter().map(|(axis, is_descending)| (key(axis), is_descending));
    let sorter = Sorter { keys: keys.collect(), uuids };
    Ok(sorter.select((0..uuids.len() as u32).collect(), window))
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

/// Sorts rows by keys, then by uuid.
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

    /// The rows that stand at the given places once all are sorted.
    fn select(&self, mut rows: Vec<u32>, window: Range<usize>) -> Vec<u32> {
        if window.end < rows.len() {
            rows.select_nth_unstable_by(window.end, |one, other| self.compare(*one, *other));
            rows.truncate(window.end);
        }
        if (1..rows.len()).contains(&window.start) {
            rows.select_nth_unstable_by(window.start, |one, other| self.compare(*one, *other));
            rows.drain(..window.start);
        }
        self.sort(&mut rows);
        rows
    }

    fn sort(&self, rows: &mut [u32]) {
        rows.sort_unstable_by(|one, other| self.compare(*one, *other));
    }
}

/// A missing date is older than any.
fn newest_ranks(frame: &UsageFrame) -> Vec<u32> {
    let type_ranks = ranks(&frame.component_types);
    let keys = frame.parents.dates().zip(frame.parents.component_type());
    let keys = keys.map(|(date, place)| (cmp::Reverse(date), type_ranks[*place as usize]));
    ranks(&keys.collect::<Vec<_>>())
}

/// For each value the number of distinct values that are smaller.
fn ranks<T: Ord>(values: &[T]) -> Vec<u32> {
    let mut sorted: Vec<&T> = values.iter().collect();
    sorted.sort_unstable();
    sorted.dedup();
    let rank = |value: &T| sorted.binary_search(&value).expect("each value is among the sorted ones") as u32;
    values.iter().map(rank).collect()
}
