//! From usage to amounts: a price for each charge line, tiers, exchange, rounding, and each record's part.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::adjustment::Adjustment;
use super::choose::{Choice, Chooser};
use super::credits::{self, Credits};
use super::exact::{Exact, amount_of_units, units_of_amount};
use super::exchange::ExchangeRates;
use super::lines::{Lines, ScopeTotal};
use super::price_list::{Price, PriceList, RoundingPer};
use super::share::{split, spread};
use super::tiers;
use crate::amount::Amount;
use crate::conflict::Conflict;
use crate::currency::{self, Currency};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::report::Unpriced;
use crate::usage::UsageFrame;

/// A price list with the choices that go with it.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// The price list.
    pub card: PriceList,
    /// What amounts are converted by; `None` if none is.
    pub rates: Option<ExchangeRates>,
    /// What all amounts are converted to; none if each keeps its price's currency.
    pub currency: Option<Currency>,
    /// What becomes of usage without a price; none if that is an error.
    pub unpriced: Option<Unpriced>,
}

/// A frame's charge lines with what they cost by one price list.
#[derive(Debug)]
pub(super) struct Rated<'a> {
    pub(super) tariff: Cow<'a, Tariff>,
    pub(super) lines: Arc<Lines>,
    /// One for each line; none if no price is looked for.
    pub(super) charges: Vec<Option<Charge>>,
    pub(super) scopes: Vec<ScopeTotal>,
    /// The currency that each line's amount has, or would have.
    pub(super) line_currencies: Vec<Option<Currency>>,
    pub(super) credits: Credits,
    /// Prices for what no record has, by their places.
    pub(super) idle: Vec<u32>,
}

/// What one line costs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Charge {
    Unpriced,
    /// The price of this place is for another unit.
    OtherUnit(u32),
    /// There is no rate to convert the price of this place.
    RateMissing(u32),
    Priced(Priced),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Priced {
    /// The place among the card's prices.
    pub price: u32,
    /// The place among the scopes; none if no other line matters.
    pub scope: Option<u32>,
    /// Before exchange, a whole number of 10⁻¹².
    pub product: i128,
    /// After exchange.
    pub exact: Exact,
    pub amount: Amount,
    pub currency: Currency,
}

impl Tariff {
    /// Puts a price list and choices together; the currency is a code of ISO 4217.
    ///
    /// # Errors
    /// Choices that need others.
    pub fn new(
        card: PriceList,
        rates: Option<ExchangeRates>,
        currency: Option<&str>,
        unpriced: Option<Unpriced>,
    ) -> Result<Self> {
        let parse = |text: &str| {
            let (value, expected) = (text.to_owned(), currency::expected_instead(text));
            Currency::parse(text).ok_or(Error::BadParameter { parameter: "currency", value, expected })
        };
        let currency = currency.map(parse).transpose()?;
        if rates.is_some() && currency.is_none() {
            return Err(Conflict::RatesWithoutCurrency.into());
        }
        Ok(Self { card, rates, currency, unpriced })
    }

    /// The currency that usage without a price stands in: the one that there is.
    pub(super) fn home_currency(&self) -> Option<Currency> {
        let first = self.card.prices[0].currency;
        let is_one = self.card.prices.iter().all(|price| price.currency == first);
        self.currency.or(is_one.then_some(first))
    }

    /// Whether another one is of the same files and choices.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        let rates = |tariff: &Self| tariff.rates.as_ref().map(|rates| rates.source.sha256.clone());
        self.card.source.sha256 == other.card.source.sha256
            && rates(self) == rates(other)
            && (self.currency, self.unpriced) == (other.currency, other.unpriced)
    }

    pub(super) fn price(&self, place: u32) -> &Price {
        &self.card.prices[place as usize]
    }
}

impl<'a> Rated<'a> {
    /// Charges the lines of the months that are asked for.
    ///
    /// # Errors
    /// Names that several bear, prices that contradict each other, amounts beyond all bounds. What has no price is said
    /// by [`RatedMonths::settle`](super::RatedMonths::settle), once it is known what is reported.
    pub(super) fn new(
        tariff: Cow<'a, Tariff>,
        lines: &Arc<Lines>,
        frame: &UsageFrame,
        is_asked: impl Fn(BillingPeriod) -> bool + Sync,
    ) -> Result<Self> {
        let mut rated = Self {
            tariff,
            charges: Vec::new(),
            scopes: Vec::new(),
            line_currencies: Vec::new(),
            credits: Credits::default(),
            idle: Vec::new(),
            lines: Arc::clone(lines),
        };
        let tariff = rated.tariff.clone();
        let chooser = Chooser::new(&tariff.card, frame)?;
        let choices = lines.choices(&chooser, frame, is_asked)?;
        rated.charge(&choices, frame)?;
        rated.round(frame)?;
        rated.line_currencies = rated.currencies_of_lines(&chooser, frame);
        rated.idle = chooser.idle;
        Ok(rated)
    }

    /// Finds whom the credits and adjustments of some months are for.
    ///
    /// # Errors
    /// Names that several bear, amounts beyond all bounds.
    pub(super) fn place_credits(
        &mut self,
        adjustments: &[(BillingPeriod, Adjustment)],
        frame: &mut UsageFrame,
        is_own: impl Fn(BillingPeriod) -> bool,
    ) -> Result<()> {
        self.credits = credits::resolved(&self.tariff, adjustments, frame, is_own)?;
        Ok(())
    }

    /// The credits and adjustments of earlier months; `None` if somebody's cannot be told.
    pub(super) fn credits_of_months(
        &self,
        adjustments: &[(BillingPeriod, Adjustment)],
        frame: &mut UsageFrame,
        is_own: impl Fn(BillingPeriod) -> bool,
    ) -> Option<Vec<credits::Placed>> {
        credits::resolved(&self.tariff, adjustments, frame, is_own).ok().map(|credits| credits.placed)
    }

    /// The exact amounts, in the currency that is asked for.
    fn charge(&mut self, choices: &[Option<Choice>], frame: &UsageFrame) -> Result<()> {
        let of_scope = |(line, choice): (u32, &Option<Choice>)| match choice {
            Some(Choice::Price(price)) if !self.tariff.price(*price).is_flat() => {
                Some((line, *price, self.tariff.price(*price).scope))
            }
            _ => None,
        };
        self.scopes = self.lines.scopes((0..).zip(choices).filter_map(of_scope));
        let mut of_scopes: Vec<Option<(u32, i128)>> = vec![None; self.lines.len()];
        for (place, scope) in (0..).zip(&self.scopes) {
            let price = self.tariff.price(scope.price);
            let usage: Vec<i128> = scope.lines.iter().map(|line| self.lines.usage[*line as usize]).collect();
            let products = tiers::amount(price, scope.usage)
                .and_then(|amount| split(amount, &usage, |a, b| a.cmp(&b)))
                .ok_or_else(|| self.too_large(price, scope.lines[0], frame))?;
            for (line, product) in scope.lines.iter().zip(products) {
                of_scopes[*line as usize] = Some((place, product));
            }
        }
        let charge = |line: usize| -> Result<Option<Charge>> {
            let place = match choices[line] {
                None => return Ok(None),
                Some(Choice::Nothing) => return Ok(Some(Charge::Unpriced)),
                Some(Choice::OtherUnit(price)) => return Ok(Some(Charge::OtherUnit(price))),
                Some(Choice::Price(price)) => price,
            };
            let price = self.tariff.price(place);
            let product = match of_scopes[line] {
                Some((_, product)) => Some(product),
                None => tiers::amount(price, self.lines.usage[line]),
            };
            let too_large = || self.too_large(price, line as u32, frame);
            let product = product.ok_or_else(too_large)?;
            let Some((currency, rate)) = self.exchange(price, line) else {
                return Ok(Some(Charge::RateMissing(place)));
            };
            let exact = match rate {
                None => Some(Exact::of_product(product)),
                Some(rate) => Exact::converted(product, rate),
            };
            let scope = of_scopes[line].map(|(scope, _)| scope);
            let exact = exact.ok_or_else(too_large)?;
            Ok(Some(Charge::Priced(Priced {
                price: place,
                scope,
                product,
                exact,
                amount: Amount::ZERO,
                currency,
            })))
        };
        self.charges = (0..self.lines.len()).into_par_iter().map(charge).collect::<Result<_>>()?;
        Ok(())
    }

    /// The currency of a line's amount, and the rate that leads there where it is another one than the price's.
    pub(super) fn exchange(&self, price: &Price, line: usize) -> Option<(Currency, Option<i128>)> {
        match self.tariff.currency {
            Some(target) if target != price.currency => {
                let rates = self.tariff.rates.as_ref()?;
                Some((target, Some(rates.rate(self.lines.parents.period(line), price.currency, target)?)))
            }
            _ => Some((price.currency, None)),
        }
    }

    /// The rounded amounts, as the card's rule has them.
    fn round(&mut self, frame: &UsageFrame) -> Result<()> {
        let rounding = self.tariff.card.rounding;
        let amounts = match rounding.per {
            RoundingPer::Line => {
                let rounded = |line: usize| {
                    let priced = self.priced(line as u32)?;
                    Some(priced.exact.to_amount(rounding.mode, rounding.places(priced.currency)))
                };
                (0..self.lines.len()).into_par_iter().map(rounded).collect::<Vec<_>>()
            }
            RoundingPer::Total => self.rounded_by_customer(),
        };
        for (line, amount) in amounts.into_iter().enumerate() {
            let Some(amount) = amount else { continue };
            let price =
                self.priced(line as u32).map(|priced| priced.price).expect("only priced lines are rounded");
            let amount =
                amount.ok_or_else(|| self.too_large(self.tariff.price(price), line as u32, frame))?;
            if let Some(Charge::Priced(priced)) = &mut self.charges[line] {
                priced.amount = amount;
            }
        }
        Ok(())
    }

    /// What each customer's lines of a month and currency come to is rounded once, and spread over them: the last
    /// places go to the lines that lost most of one. By line: none without a price, and none within where it does not fit.
    fn rounded_by_customer(&self) -> Vec<Option<Option<Amount>>> {
        let mut bills: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for line in 0..self.lines.len() as u32 {
            if let Some(priced) = self.priced(line) {
                let at = line as usize;
                let bill =
                    (self.lines.parents.customer()[at], self.lines.parents.period(at), priced.currency);
                bills.entry(bill).or_default().push(line);
            }
        }
        let mut amounts = vec![None; self.lines.len()];
        for ((_, _, currency), mut lines) in bills {
            lines.sort_by_key(|line| self.lines.parents.uuid()[*line as usize]);
            let places = self.tariff.card.rounding.places(currency);
            let spread = self.spread_bill(&lines, places);
            for (at, line) in lines.iter().enumerate() {
                amounts[*line as usize] =
                    Some(spread.as_ref().and_then(|units| amount_of_units(units[at], places)));
            }
        }
        amounts
    }

    /// The amounts of one bill's lines in last places, so that they add up to the rounded sum.
    fn spread_bill(&self, lines: &[u32], places: u8) -> Option<Vec<i128>> {
        let exact: Vec<Exact> = lines.iter().filter_map(|line| Some(self.priced(*line)?.exact)).collect();
        let floors: Vec<(i128, Exact)> =
            exact.iter().map(|exact| exact.floor(places)).collect::<Option<_>>()?;
        let sum = exact.iter().try_fold(Exact::default(), |sum, exact| sum.checked_add(*exact))?;
        let total = sum.rounded(self.tariff.card.rounding.mode, places)?;
        let mut units: Vec<i128> = floors.iter().map(|(units, _)| *units).collect();
        let missing = total.checked_sub(super::share::sum(units.iter().copied())?)?;
        spread(&mut units, usize::try_from(missing).ok()?, |a, b| floors[b].1.cmp(&floors[a].1));
        Some(units)
    }

    fn currencies_of_lines(&self, chooser: &Chooser<'_>, frame: &UsageFrame) -> Vec<Option<Currency>> {
        let home = self.tariff.home_currency();
        // What has no amount, as usage of an earlier month, stands beside what has one.
        let beside = |line: u32| {
            home.or_else(|| Some(chooser.of_any_month(&self.lines.wanted(line as usize, frame))?.currency))
        };
        (0..self.lines.len() as u32)
            .map(|line| self.priced(line).map(|priced| priced.currency).or_else(|| beside(line)))
            .collect()
    }

    /// Each record's part of its line's amount in thousandths, by usage, in whole last places of the line's amount; of
    /// equal remainders the first username takes one.
    pub(super) fn amounts_of_records(&self, frame: &UsageFrame) -> Result<Vec<i128>> {
        let records = &frame.records;
        let (parents, usernames, usage) = (records.parent(), records.username(), records.usage());
        let (order, starts) = brought_together(parents, &self.lines.rows);
        let parts = |line: u32| -> Result<Option<Vec<i128>>> {
            let Some(priced) = self.priced(line) else { return Ok(None) };
            let records = &order[starts[line as usize]..starts[line as usize + 1]];
            let weights: Vec<i128> = records.iter().map(|record| usage[*record as usize]).collect();
            let name = |at: usize| {
                let username = usernames[records[at] as usize];
                (!frame.is_user(username), &frame.usernames[username as usize])
            };
            let places = self.tariff.card.rounding.places(priced.currency);
            let units = split(units_of_amount(priced.amount, places), &weights, |a, b| name(a).cmp(&name(b)));
            let thousandths = |units: i128| amount_of_units(units, places).map(Amount::thousandths);
            let parts = units.and_then(|units| units.into_iter().map(thousandths).collect::<Option<_>>());
            let too_large = || self.too_large(self.tariff.price(priced.price), line, frame);
            parts.ok_or_else(too_large).map(Some)
        };
        let mut amounts = vec![0; parents.len()];
        for piece in (0..self.lines.len() as u32).collect::<Vec<_>>().chunks(LINES_AT_A_TIME) {
            let split: Vec<Option<Vec<i128>>> =
                piece.par_iter().map(|line| parts(*line)).collect::<Result<_>>()?;
            for (line, parts) in piece.iter().zip(split) {
                let records = &order[starts[*line as usize]..];
                for (record, part) in records.iter().zip(parts.into_iter().flatten()) {
                    amounts[*record as usize] = part;
                }
            }
        }
        Ok(amounts)
    }

    pub(super) fn priced(&self, line: u32) -> Option<&Priced> {
        match &self.charges[line as usize] {
            Some(Charge::Priced(priced)) => Some(priced),
            _ => None,
        }
    }

    pub(super) fn too_large(&self, price: &Price, line: u32, frame: &UsageFrame) -> Error {
        let at = line as usize;
        let resource = &frame.resources[self.lines.parents.resource()[at] as usize].name;
        let usage = format!("{} of {resource:?} in {}", price.component_type, self.lines.parents.period(at));
        Error::AmountTooLarge { path: self.tariff.card.source.path.clone(), line: price.line, usage }
    }
}

/// As many lines as are split at a time, by all cores.
const LINES_AT_A_TIME: usize = 64 << 10;

/// The records of each parent together, and where each parent's begin; one start more than there are parents.
fn brought_together(parents: &[u32], counts: &[u32]) -> (Vec<u32>, Vec<usize>) {
    let mut starts = Vec::with_capacity(counts.len() + 1);
    let mut start = 0;
    starts.push(0);
    for count in counts {
        start += *count as usize;
        starts.push(start);
    }
    let mut next = starts.clone();
    let mut order = vec![0; parents.len()];
    for (record, parent) in (0..).zip(parents) {
        let place = &mut next[*parent as usize];
        order[*place] = record;
        *place += 1;
    }
    (order, starts)
}
