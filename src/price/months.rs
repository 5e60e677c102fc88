//! Several price lists in one frame: each closed month keeps its own, the others have the one that is given.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::adjustment::Adjustment;
use super::credits::Placed;
use super::lines::Lines;
use super::price_list::SourceFile;
use super::rate::{Rated, Tariff};
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
    /// At least one; each with charges for the lines of its own months alone.
    parts: Vec<Rated<'a>>,
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
        RatedMonths::new(Some(self), &[], &[], frame, months)
    }
}

impl<'a> RatedMonths<'a> {
    /// Gives every record of the months (of all where there is none) an amount: columns of the frame. Adjustments are
    /// beside them, each in its month, as the credits of a price list are.
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
        months: &[PeriodRange],
    ) -> Result<Self> {
        let lines = Arc::new(Lines::new(frame));
        let is_asked =
            |month| months.is_empty() || months.iter().any(|range: &PeriodRange| range.contains(month));
        let is_free = |month| !frozen.iter().any(|own| own.has(month));
        let mut parts = Vec::new();
        let has_free = match months.is_empty() {
            true => frame.months.iter().any(|month| is_free(BillingPeriod::from_number(*month))),
            false => months.iter().flat_map(PeriodRange::periods).any(is_free),
        };
        if let Some(given) = given.filter(|_| has_free || frozen.is_empty()) {
            let is_own = |month| is_asked(month) && is_free(month);
            parts.push((Rated::new(Cow::Borrowed(given), &lines, frame, is_own)?, None));
        }
        for own in frozen {
            let is_own = |month| is_asked(month) && own.has(month);
            parts.push((Rated::new(Cow::Owned(own.tariff.clone()), &lines, frame, is_own)?, Some(own)));
        }
        for (part, own) in &mut parts {
            match own {
                Some(own) => part.place_credits(adjustments, frame, |month| own.has(month))?,
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
        let mut rated = Self { parts, currencies: Vec::new(), frozen: prices };
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
            let of_parts = self.parts.iter().map(|part| part.tariff.card.rounding.places(*currency));
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
        for part in &self.parts {
            let Judged { credits: own, notices: said, totals } = part.judged(frame, period, filters)?;
            credits.extend(own);
            notices.extend(said);
            for (key, money) in totals {
                let sum = months.entry(key).or_default();
                *sum = sum.checked_add(&money).ok_or_else(|| part.sum_too_large())?;
            }
        }
        frame.credits = Rated::in_frame(&credits, &self.currencies);
        notices.sort();
        notices.dedup();
        Ok((self.pricing(&months, period)?, notices))
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
            let mut rules: Vec<String> = self.parts.iter().map(of).collect();
            rules.sort();
            rules.dedup();
            rules.join("; in other months ")
        };
        let of_one = |part: &Rated<'_>, one| part.rule([one].into_iter());
        let of_all = |part: &Rated<'_>| part.rule(currencies().chain(part.tariff.home_currency()));
        let currency = lead
            .tariff
            .currency
            .filter(|currency| self.parts.iter().all(|part| part.tariff.currency == Some(*currency)));
        let is_reported = |frozen: &&FrozenPrices| period.is_none_or(|period| period.contains(frozen.period));
        Ok(Pricing {
            price_list: PricingFile::of(&lead.tariff.card.source),
            exchange_rates: lead.tariff.rates.as_ref().map(|rates| PricingFile::of(&rates.source)),
            currency: currency.map(|currency| currency.to_string()),
            rounding: rule(&of_all),
            roundings: currencies().map(|one| (one.to_string(), rule(&|part| of_one(part, one)))).collect(),
            unpriced: self.parts.iter().find_map(|part| part.tariff.unpriced),
            has_credits: self.parts.iter().any(|part| {
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
