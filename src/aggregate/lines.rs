//! Rows and totals of a report, still in numbers.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::money::CreditLine;
use super::sums::{Money, Sum, Versus};
use crate::quantity::Quantity;

/// Rows of a report, still in numbers: each list has one of each line.
#[derive(Default)]
pub(crate) struct Lines {
    /// The places on each axis.
    pub axes: Vec<Vec<Place>>,
    /// None of lines of money alone.
    pub units: Vec<Option<u32>>,
    pub sums: Vec<Sum>,
    /// Empty where nothing is compared.
    pub versus: Vec<Versus>,
    /// The usage in each stretch of time that goes across.
    pub across: Vec<Vec<Option<Quantity>>>,
    /// As the two below, empty where usage has no prices.
    pub currencies: Vec<Option<u32>>,
    pub money: Vec<Money>,
    pub charges: Vec<Charge>,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Charge {
    Usage,
    /// The credit's words.
    Credit(Box<str>),
    Total,
}

impl Lines {
    pub(crate) fn len(&self) -> usize {
        self.units.len()
    }

    pub(crate) fn extend(&mut self, more: Self) {
        if more.len() == 0 {
            return;
        }
        if !self.versus.is_empty() || !more.versus.is_empty() {
            self.versus.resize(self.len(), Versus::default());
            self.versus.extend(&more.versus);
            self.versus.resize(self.len() + more.len(), Versus::default());
        }
        self.units.extend(more.units);
        self.sums.extend(more.sums);
        extend_each(&mut self.axes, more.axes);
        extend_each(&mut self.across, more.across);
        self.currencies.extend(more.currencies);
        self.money.extend(more.money);
        self.charges.extend(more.charges);
    }

    /// With other lines behind all.
    pub(crate) fn followed_by(mut self, more: Self) -> Self {
        self.extend(more);
        self
    }

    /// With other lines among these, each behind those of the same places. Both are sorted by their places; what an
    /// axis is summed over for stands behind all that stands on it.
    pub(crate) fn with(self, more: Self) -> Self {
        if more.len() == 0 {
            return self;
        }
        let all = self.followed_by(more);
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by(|a, b| {
            all.axes.iter().map(|axis| axis[*a].cmp(&axis[*b])).fold(Ordering::Equal, Ordering::then)
        });
        all.picked(&order)
    }

    /// The same lines as totals of usage: what they cost is told by lines of money.
    pub(crate) fn without_money(mut self) -> Self {
        self.currencies.fill(None);
        self.money
            .iter_mut()
            .for_each(|money| *money = Money { unpriced: money.unpriced, ..Money::default() });
        self.charges.fill(Charge::Total);
        self
    }

    /// Lines of money alone: places, currency and money, those of equal places and currency together.
    pub(crate) fn of_money(
        axes: usize,
        times: usize,
        parts: impl Iterator<Item = (Vec<Place>, u32, Money)>,
    ) -> Self {
        let mut sums: BTreeMap<(Vec<Place>, u32), Money> = BTreeMap::new();
        for (places, currency, money) in parts {
            sums.entry((places, currency)).or_default().add(&money);
        }
        let rows =
            sums.into_iter().map(|((places, currency), money)| (places, currency, money, Charge::Total));
        Self::of_rows(axes, times, rows)
    }

    /// Lines of credits, those of equal places, currency and words together.
    pub(crate) fn of_credits(
        axes: usize,
        times: usize,
        credits: &[CreditLine],
        is_shown: impl Fn(usize) -> bool,
    ) -> Self {
        let mut sums: BTreeMap<(Vec<Place>, u32, &str), Money> = BTreeMap::new();
        for credit in credits {
            let key = (credit.places(&is_shown), credit.currency, &*credit.description);
            sums.entry(key).or_default().add(&credit.money());
        }
        let row = |((places, currency, words), money): ((Vec<Place>, u32, &str), Money)| {
            (places, currency, money, Charge::Credit(words.into()))
        };
        Self::of_rows(axes, times, sums.into_iter().map(row))
    }

    fn of_rows(
        axes: usize,
        times: usize,
        rows: impl Iterator<Item = (Vec<Place>, u32, Money, Charge)>,
    ) -> Self {
        let mut lines = Self { axes: vec![Vec::new(); axes], ..Self::default() };
        for (places, currency, money, charge) in rows {
            lines.axes.iter_mut().zip(places).for_each(|(axis, place)| axis.push(place));
            lines.units.push(None);
            lines.sums.push(Sum::default());
            lines.currencies.push(Some(currency));
            lines.money.push(money);
            lines.charges.push(charge);
        }
        lines.across = vec![vec![None; lines.len()]; times];
        lines
    }

    fn picked(&self, order: &[usize]) -> Self {
        Self {
            axes: self.axes.iter().map(|axis| picked(axis, order)).collect(),
            units: picked(&self.units, order),
            sums: picked(&self.sums, order),
            versus: if self.versus.is_empty() { Vec::new() } else { picked(&self.versus, order) },
            across: self.across.iter().map(|usage| picked(usage, order)).collect(),
            currencies: picked(&self.currencies, order),
            money: picked(&self.money, order),
            charges: picked(&self.charges, order),
        }
    }
}

fn picked<T: Clone>(list: &[T], order: &[usize]) -> Vec<T> {
    order.iter().map(|at| list[*at].clone()).collect()
}

fn extend_each<T: Clone>(lists: &mut Vec<Vec<T>>, more: Vec<Vec<T>>) {
    lists.resize(more.len(), Vec::new());
    lists.iter_mut().zip(more).for_each(|(list, more)| list.extend(more));
}

/// Where a line stands on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    At(u32),
    /// What is left when the top rows are taken away.
    Others,
    /// The axis is summed over, or says nothing about the line.
    All,
}

impl Place {
    /// The number of what it is at.
    pub(crate) fn at(self) -> Option<u32> {
        match self {
            Self::At(number) => Some(number),
            Self::Others | Self::All => None,
        }
    }
}
