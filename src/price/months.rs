//! Several price lists in one frame: each closed month keeps its own, the others have the one that is given.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adjustment::Adjustment;
use super::choose::check_spelling;
use super::credits::Placed;
use super::lines::Lines;
use super::price_list::{RoundingPer, SourceFile};
use super::rate::{Charge, Rated, Tariff};
use super::settle::{Judged, Money, Totals, total};
use super::terms::{self, Difference};
use crate::currency::Currency;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::notice::Notice;
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{FrozenPrices, Pricing, PricingFile};
use crate::usage::UsageFrame;

/// The price list that closed months keep.
#[derive(Clone, Debug)]
pub struct FrozenTariff {
    /// What they were closed with.
    pub tariff: Tariff,
    /// The months, each with its version, in order.
    pub months: Vec<(BillingPeriod, u32)>,
    /// Whether another price list is an error if it says something else of these months.
    pub is_binding: bool,
}

/// A frame's charge lines with what they cost, each by the price list of its month.
#[derive(Debug)]
pub struct RatedMonths<'a> {
    /// At least one; each with charges for the lines of its own months alone. Those of the months asked for come first.
    parts: Vec<Rated<'a>>,
    /// How many price lists there are of months asked for.
    reported: usize,
    /// The credits of earlier months; `None` if somebody's cannot be told.
    credits_before: Option<Vec<Placed>>,
    /// The currencies of the frame, in their order.
    currencies: Vec<Currency>,
    frozen: Vec<FrozenPrices>,
}

impl FrozenTariff {
    fn has(&self, month: BillingPeriod) -> bool {
        self.months.iter().any(|(own, _)| *own == month)
    }
}

impl Tariff {
    /// Rates a frame by this price list alone; see [`RatedMonths::new`].
    ///
    /// # Errors
    /// As of [`RatedMonths::new`].
    pub fn rate(&self, frame: &mut UsageFrame, months: &[PeriodRange]) -> Result<RatedMonths<'_>> {
        RatedMonths::new(Some(self), &[], &[], frame, (months, &[]))
    }
}

impl<'a> RatedMonths<'a> {
    /// Gives every record of the months (of all where there is none) an amount: columns of the frame. Adjustments are
    /// beside them, each in its month, as the credits of a price list are.
    ///
    /// Of `months` the first are those asked for. The others are earlier ones, whose usage gets an amount if it has a
    /// price; nothing about them is an error, and `incomplete` says which of them lack amounts.
    ///
    /// Comes before filters, which then take the amounts of the records that they let through. What has no price is said
    /// by [`settle`](Self::settle), once it is known what is reported.
    ///
    /// # Errors
    /// No price list at all, one that says something else of a closed month than the month was closed with, names that
    /// several bear, prices that contradict each other, amounts beyond all bounds.
    pub fn new(
        given: Option<&'a Tariff>,
        frozen: &[Arc<FrozenTariff>],
        adjustments: &[(BillingPeriod, Adjustment)],
        frame: &mut UsageFrame,
        (months, before): (&[PeriodRange], &[PeriodRange]),
    ) -> Result<Self> {
        let lines = Arc::new(Lines::new(frame));
        let has = |ranges: &[PeriodRange], month| ranges.iter().any(|range| range.contains(month));
        let is_asked = |month| months.is_empty() || has(months, month);
        let is_before = |month| !is_asked(month) && has(before, month);
        let is_rated = |month| is_asked(month) || is_before(month);
        let is_free = |month| !frozen.iter().any(|own| own.has(month));
        let mut parts = Vec::new();
        let has_free = match months.is_empty() {
            true => frame.months.iter().any(|month| is_free(BillingPeriod::from_number(*month))),
            false => months.iter().flat_map(PeriodRange::periods).any(is_free),
        };
        let is_leading = |own: &&Arc<FrozenTariff>| own.months.iter().any(|(month, _)| is_asked(*month));
        let (leading, following): (Vec<_>, Vec<_>) = frozen.iter().partition(is_leading);
        let is_own_of_given = |month| is_rated(month) && is_free(month);
        let leads = has_free || leading.is_empty();
        if let Some(given) = given.filter(|_| leads) {
            let part = Rated::new(Cow::Borrowed(given), &lines, frame, is_own_of_given)?;
            check_spelling(&given.card, &part.idle, frame)?;
            parts.push((part, None));
        }
        for own in leading {
            let is_own = |month| is_rated(month) && own.has(month);
            parts.push((Rated::new(Cow::Owned(own.tariff.clone()), &lines, frame, is_own)?, Some(own)));
        }
        let reported = parts.len();
        if let Some(given) = given.filter(|_| !leads && !before.is_empty()) {
            parts.push((Rated::new(Cow::Borrowed(given), &lines, frame, is_own_of_given)?, None));
        }
        for own in following {
            let is_own = |month| is_before(month) && own.has(month);
            parts.push((Rated::new(Cow::Owned(own.tariff.clone()), &lines, frame, is_own)?, Some(own)));
        }
        let credits_of = |(part, own): &(Rated<'_>, Option<&Arc<FrozenTariff>>), frame: &mut UsageFrame| {
            let is_own = |month| is_before(month) && own.map_or_else(|| is_free(month), |own| own.has(month));
            part.credits_of_months(adjustments, frame, is_own)
        };
        let mut credits_before = Some(Vec::new());
        for part in parts.iter().filter(|_| !before.is_empty()) {
            let own = credits_of(part, frame);
            credits_before = credits_before.zip(own).map(|(mut all, own)| {
                all.extend(own);
                all
            });
        }
        for (part, own) in &mut parts {
            match own {
                Some(own) => {
                    part.place_credits(adjustments, frame, |month| is_asked(month) && own.has(month))?;
                }
                None => part.place_credits(adjustments, frame, |month| is_asked(month) && is_free(month))?,
            }
        }
        if let Some(given) = given {
            let binding = parts.iter().filter_map(|(part, own)| Some((part, (*own)?)));
            let binding: Vec<_> = binding.filter(|(_, own)| own.is_binding).collect();
            check_same(given, &binding, adjustments, &lines, frame, is_asked)?;
        }
        let file = |source: &SourceFile| PricingFile::of(source);
        let prices = |own: &Arc<FrozenTariff>| {
            let Tariff { card, rates, .. } = &own.tariff;
            let (price_list, exchange_rates) =
                (file(&card.source), rates.as_ref().map(|rates| file(&rates.source)));
            let of_month = move |(period, version): &(BillingPeriod, u32)| FrozenPrices {
                period: *period,
                version: *version,
                price_list: price_list.clone(),
                exchange_rates: exchange_rates.clone(),
            };
            own.months.iter().filter(|(month, _)| is_asked(*month)).map(of_month).collect::<Vec<_>>()
        };
        let mut prices: Vec<FrozenPrices> = frozen.iter().flat_map(prices).collect();
        prices.sort_by_key(|frozen| frozen.period);
        let parts: Vec<Rated<'a>> = parts.into_iter().map(|(part, _)| part).collect();
        let mut rated = Self { parts, reported, credits_before, currencies: Vec::new(), frozen: prices };
        if rated.parts.is_empty() {
            return Err(Error::NoPrices);
        }
        rated.put_columns(frame)?;
        Ok(rated)
    }

    /// By price list; that of open months first.
    pub(super) fn parts(&self) -> &[Rated<'a>] {
        &self.parts
    }

    /// The first price list, which is any as good as another for what they have in common.
    pub(super) fn lead(&self) -> &Rated<'a> {
        &self.parts[0]
    }

    /// The price list that a line is charged by.
    pub(super) fn of_line(&self, line: u32) -> &Rated<'a> {
        let has_charge = |part: &&Rated<'_>| part.charges[line as usize].is_some();
        self.parts.iter().find(has_charge).unwrap_or(self.lead())
    }

    /// Puts amounts and currencies into the frame.
    fn put_columns(&mut self, frame: &mut UsageFrame) -> Result<()> {
        let lines = self.lead().lines.len() as u32;
        let of_lines: Vec<Option<Currency>> =
            (0..lines).map(|line| self.of_line(line).line_currencies[line as usize]).collect();
        let of_credits = self.parts.iter().flat_map(|part| part.credits.currencies());
        let of_credits = of_credits.chain(self.credits_before.iter().flatten().map(|credit| credit.currency));
        let mut currencies: Vec<Currency> = of_lines.iter().flatten().copied().chain(of_credits).collect();
        currencies.sort_unstable();
        currencies.dedup();
        let place = |currency: &Currency| {
            currencies.binary_search(currency).expect("all currencies are among them") as u32
        };
        let mut amounts = self.lead().amounts_of_records(frame)?;
        for part in &self.parts[1..] {
            for (sum, amount) in amounts.iter_mut().zip(part.amounts_of_records(frame)?) {
                // Each record has its amount from one price list.
                *sum += amount;
            }
        }
        frame.records.set_amount(amounts);
        let prices = of_lines.iter().zip(0..).map(|(currency, line)| {
            (currency.as_ref().map(place), self.of_line(line).priced(line).is_some())
        });
        frame.parents.set_prices(prices);
        frame.currencies = currencies.iter().map(|currency| currency.code().into()).collect();
        let places = |currency: &Currency| {
            let of_parts = self.reported().iter().map(|part| part.tariff.card.rounding.places(*currency));
            of_parts.max().expect("there is a price list")
        };
        frame.currency_places = currencies.iter().map(places).collect();
        self.currencies = currencies;
        Ok(())
    }

    /// Judges the records that are reported, puts credits into the frame, and says what the amounts come to.
    ///
    /// The frame is the one that was rated, after filters.
    ///
    /// # Errors
    /// Usage of the period that has no price, or one of another unit, or no exchange rate.
    pub fn settle(
        &self,
        frame: &mut UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
    ) -> Result<(Pricing, Vec<Notice>)> {
        let (mut credits, mut notices, mut months) = (Vec::<&Placed>::new(), Vec::new(), Totals::new());
        for part in self.reported() {
            let Judged { credits: own, notices: said, totals } = part.judged(frame, period, filters)?;
            credits.extend(own);
            notices.extend(said);
            for (key, money) in totals {
                let sum = months.entry(key).or_default();
                *sum = sum.checked_add(&money).ok_or_else(|| part.sum_too_large())?;
            }
        }
        let is_taken = |credit: &&Placed| credit.exact.is_some() && credit.is_taken(frame, filters);
        credits.extend(self.credits_before.iter().flatten().filter(is_taken));
        frame.credits = Rated::in_frame(&credits, &self.currencies);
        notices.sort();
        notices.dedup();
        Ok((self.pricing(&months, period)?, notices))
    }

    /// The price lists of the months asked for.
    fn reported(&self) -> &[Rated<'a>] {
        &self.parts[..self.reported]
    }

    /// The months of the records that are left of which not all usage and credits have an amount.
    pub(crate) fn incomplete(&self, frame: &UsageFrame) -> BTreeSet<BillingPeriod> {
        let is_complete = |line: usize| {
            let charge = self.parts.iter().find_map(|part| Some((part, part.charges[line]?)));
            match charge {
                Some((_, Charge::Priced(_))) => true,
                Some((part, Charge::Unpriced)) => part.tariff.unpriced.is_some(),
                Some((_, Charge::OtherUnit(_) | Charge::RateMissing(_))) | None => false,
            }
        };
        let has_records = frame.has_records();
        let lines = (0..self.lead().lines.len()).filter(|line| has_records[*line] && !is_complete(*line));
        let mut months: BTreeSet<BillingPeriod> = lines.map(|line| frame.parents.period(line)).collect();
        match &self.credits_before {
            Some(credits) => {
                let unrated = credits.iter().filter(|credit| credit.exact.is_none());
                months.extend(unrated.map(|credit| credit.period));
            }
            None => months.extend(frame.months.iter().map(|month| BillingPeriod::from_number(*month))),
        }
        months
    }

    fn pricing(&self, months: &Totals, period: Option<PeriodRange>) -> Result<Pricing> {
        let lead = self.lead();
        let too_large = || lead.sum_too_large();
        let mut totals = BTreeMap::<&String, Money>::new();
        for ((_, currency), money) in months {
            let sum = totals.entry(currency).or_default();
            *sum = sum.checked_add(money).ok_or_else(too_large)?;
        }
        let shown = |period, currency: &str, money| total(period, currency, money).ok_or_else(too_large);
        let currencies = || totals.keys().filter_map(|currency| Currency::parse(currency));
        let rule = |of: &dyn Fn(&Rated<'_>) -> String| {
            let mut rules: Vec<String> = self.reported().iter().map(of).collect();
            rules.sort();
            rules.dedup();
            rules.join("; in other months ")
        };
        let of_one = |part: &Rated<'_>, one| part.rule([one].into_iter());
        let of_all = |part: &Rated<'_>| part.rule(currencies().chain(part.tariff.home_currency()));
        let currency = lead
            .tariff
            .currency
            .filter(|currency| self.reported().iter().all(|part| part.tariff.currency == Some(*currency)));
        let is_reported = |frozen: &&FrozenPrices| period.is_none_or(|period| period.contains(frozen.period));
        Ok(Pricing {
            price_list: PricingFile::of(&lead.tariff.card.source),
            exchange_rates: lead.tariff.rates.as_ref().map(|rates| PricingFile::of(&rates.source)),
            currency: currency.map(|currency| currency.to_string()),
            rounding: rule(&of_all),
            roundings: currencies().map(|one| (one.to_string(), rule(&|part| of_one(part, one)))).collect(),
            unpriced: self.reported().iter().find_map(|part| part.tariff.unpriced),
            has_credits: self.reported().iter().any(|part| {
                let has_adjustment = || part.credits.placed.iter().any(Placed::is_adjustment);
                !part.tariff.card.credits.is_empty() || has_adjustment()
            }),
            frozen: self.frozen.iter().filter(is_reported).cloned().collect(),
            totals: totals
                .iter()
                .map(|(currency, money)| shown(None, currency, money))
                .collect::<Result<_>>()?,
            months: months
                .iter()
                .map(|((period, currency), money)| shown(Some(*period), currency, money))
                .collect::<Result<_>>()?,
        })
    }

    /// How amounts of a currency are rounded, if not each line by itself.
    pub fn rounding_of_totals(&self, currency: Currency) -> Option<String> {
        let is_of_totals = |part: &&Rated<'_>| part.tariff.card.rounding.per == RoundingPer::Total;
        let rounding = self.parts.iter().find(is_of_totals)?.tariff.card.rounding;
        let step = ["1", "0.1", "0.01", "0.001"][usize::from(rounding.places(currency))];
        Some(format!(
            "Rounding ({}, to {step}): a customer's total of a month is rounded once, and its last digits are spread over the \
             lines. The amount of a line may therefore differ a little from its quantity times its price.",
            rounding.mode.name()
        ))
    }

    /// What all lines of a month cost and by which prices, and its credits, in one form that can be compared: the same
    /// charges are the same bytes.
    pub fn charges(&self, frame: &UsageFrame, month: BillingPeriod) -> Vec<u8> {
        terms::charges(&self.parts, frame, month)
    }
}

impl PricingFile {
    fn of(source: &SourceFile) -> Self {
        Self { path: source.path.display().to_string(), sha256: source.sha256.clone() }
    }
}

/// As many prices as are named.
const DIFFERENCES_MAX: usize = 20;

/// Refuses a price list that says something else of lines of closed months than the months were closed with.
fn check_same(
    given: &Tariff,
    binding: &[(&Rated<'_>, &Arc<FrozenTariff>)],
    adjustments: &[(BillingPeriod, Adjustment)],
    lines: &Arc<Lines>,
    frame: &mut UsageFrame,
    is_asked: impl Fn(BillingPeriod) -> bool + Sync,
) -> Result<()> {
    let mut differences = BTreeSet::<Difference>::new();
    for (part, own) in binding.iter().filter(|(part, _)| !part.tariff.is_same_as(given)) {
        let is_own = |month| is_asked(month) && own.has(month);
        let mut other = Rated::new(Cow::Borrowed(given), lines, frame, is_own)?;
        other.place_credits(adjustments, frame, |month| own.has(month))?;
        differences.extend(terms::differences(part, &other, frame, &is_asked));
    }
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Error::FrozenPricesDiffer {
            path: given.card.source.path.clone(),
            count: differences.len(),
            differences: differences.iter().take(DIFFERENCES_MAX).map(ToString::to_string).collect(),
        }),
    }
}
