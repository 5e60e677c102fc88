//! The amounts of a frame whose usage has prices, and its credits.

use super::keys::{Axis, Labels};
use super::lines::Place;
use super::months::Months;
use super::sums::Money;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::quantity::Quantity;
use crate::report::{Pricing, ReportSpec, Unpriced};
use crate::usage::{Credit, UsageFrame};

/// What records cost.
pub(crate) struct Prices<'a> {
    pub currencies: Labels<'a>,
    pub credits: Vec<CreditLine>,
    /// By record, in thousandths.
    amounts: &'a [i128],
    /// By parent: the currency's rank, or the number of currencies where it has none.
    ranks: Vec<u32>,
    is_priced: Vec<bool>,
    /// By rank: the decimals that amounts of each currency are shown with; 0 where there is none.
    amount_places: Vec<u8>,
    /// Whether the amount of usage without a price is zero; else it has none.
    is_zero_shown: bool,
}

/// A credit with its places.
#[derive(Clone)]
pub(crate) struct CreditLine {
    /// One for each axis.
    places: Vec<Place>,
    pub currency: u32,
    amount: Amount,
    pub description: Box<str>,
}

impl<'a> Prices<'a> {
    pub(crate) fn new(
        frame: &'a UsageFrame,
        pricing: &Pricing,
        spec: &ReportSpec,
        axes: &[Axis],
        months: &Months,
    ) -> Result<Self> {
        let currencies = Labels::of_texts(&frame.currencies);
        let rank =
            |place: Option<u32>| place.map_or(currencies.cardinality(), |place| currencies.rank(place));
        let parents = 0..frame.parents.len();
        let mut amount_places = vec![0; frame.currencies.len() + 1];
        for (place, decimals) in (0..).zip(&frame.currency_places) {
            amount_places[currencies.rank(place) as usize] = *decimals;
        }
        let line = |credit: &Credit| CreditLine::new(credit, currencies.rank(credit.currency), spec, axes);
        let reported = frame.credits.iter().filter(|credit| months.is_reported(credit.period));
        Ok(Self {
            amounts: frame.records.amount().ok_or(Error::NoPrices)?,
            ranks: parents.clone().map(|parent| rank(frame.parents.currency(parent))).collect(),
            is_priced: parents.map(|parent| frame.parents.is_priced(parent)).collect(),
            amount_places,
            is_zero_shown: pricing.unpriced == Some(Unpriced::Zero),
            credits: reported.map(line).collect(),
            currencies,
        })
    }

    /// The rank of a parent's currency; the number of currencies where it has none.
    pub(crate) fn currency_of(&self, parent: usize) -> u32 {
        self.ranks[parent]
    }

    /// What a record costs.
    pub(crate) fn money_of(&self, record: usize, parent: usize, usage: Quantity) -> Money {
        let is_priced = self.is_priced[parent];
        Money {
            amount: Amount::new(self.amounts[record], self.amount_places[self.ranks[parent] as usize]),
            has_amount: is_priced || self.is_zero_shown,
            unpriced: if is_priced { Quantity::ZERO } else { usage },
        }
    }
}

impl CreditLine {
    fn new(credit: &Credit, currency: u32, spec: &ReportSpec, axes: &[Axis]) -> Self {
        let place = |(dimension, axis): (&Dimension, &Axis)| {
            let at = match (dimension, axis) {
                (Dimension::Customer, Axis::Parent(_, labels)) => Some(labels.rank(credit.customer)),
                (Dimension::Project, Axis::Parent(_, labels)) => {
                    credit.project.map(|project| labels.rank(project))
                }
                (Dimension::Attribute(_), axis) => axis.attribute_of(credit),
                (_, axis) => axis.time_of(credit.period, &spec.calendar),
            };
            at.map_or(Place::All, Place::At)
        };
        Self {
            places: spec.by.iter().zip(axes).map(place).collect(),
            currency,
            amount: credit.amount,
            description: credit.description.clone(),
        }
    }

    /// The places, with the axes that are summed over.
    pub(crate) fn places(&self, is_shown: impl Fn(usize) -> bool) -> Vec<Place> {
        let place = |(axis, place): (usize, &Place)| if is_shown(axis) { *place } else { Place::All };
        self.places.iter().enumerate().map(place).collect()
    }

    pub(crate) fn money(&self) -> Money {
        Money { amount: self.amount, has_amount: true, unpriced: Quantity::ZERO }
    }
}
