//! What changes come to in money: two states of a month with the same prices.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::json;

use super::prepare::{Preparation, Prepared};
use super::question::Layout;
use crate::book::Book;
use crate::compare::{AmountDifference, AmountStatement};
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::Intake;
use crate::notice::{Code, Notice};
use crate::objects::ComponentUsages;
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::price::{Adjustment, FrozenTariff, Tariff};
use crate::report::{Basis, Pricing, PricingFile, Report};
use crate::statement::Caption;
use crate::text::grouped_decimal;

/// How two states differ in money, and what is to be said of their prices.
#[derive(Debug)]
pub struct AmountChanges {
    /// The rows that can be drawn.
    pub statement: AmountStatement,
    /// Warnings and notes about prices, such as usage without one.
    pub notices: Vec<Notice>,
}

/// A state of a month that gets amounts.
pub(super) struct PricedState<'q, 'u> {
    pub intake: Intake,
    /// The prices that are given, for months without prices of their own.
    pub tariff: Option<&'q Tariff>,
    /// Its component usages.
    pub usages: &'u Option<Arc<ComponentUsages>>,
    /// The prices that it was closed with.
    pub frozen: Option<Arc<FrozenTariff>>,
    /// What it was closed with as the basis of its figures.
    pub basis: Option<Basis>,
    /// What was decided after the price list.
    pub adjustments: &'u [Adjustment],
}

/// Compares states of months with the prices of the month, one month after the other.
pub(super) struct Pricer {
    /// Which records count.
    filters: Filters,
    calendar: Calendar,
    timezone: Tz,
    difference: AmountDifference,
    notices: Vec<Notice>,
    /// The price lists in words.
    prices: BTreeSet<String>,
    /// The same, in the order in which they were met.
    price_lists: Vec<PricingFile>,
    /// What the compared amounts are made of.
    bases: BTreeSet<Basis>,
    /// What only the later states have of what was decided after the price list.
    adjusted: Vec<(BillingPeriod, Adjustment)>,
}

impl Pricer {
    pub(crate) fn new(book: &Book, filters: Filters) -> Result<Self> {
        let timezone = book.timezone()?;
        Ok(Self {
            filters,
            calendar: Calendar { as_of: book.day()?, fiscal_year_start: 1 },
            timezone,
            difference: AmountDifference::default(),
            notices: Vec::new(),
            prices: BTreeSet::new(),
            price_lists: Vec::new(),
            bases: BTreeSet::new(),
            adjusted: Vec::new(),
        })
    }

    /// Adds a month, as it was before and as it is after. Where neither state has a basis of its own, both are made of
    /// component usages if both have them, or else of users.
    ///
    /// # Errors
    /// Usage without a price, other prices than those that the month was closed with.
    pub(crate) fn compare(&mut self, month: BillingPeriod, states: [PricedState<'_, '_>; 2]) -> Result<()> {
        let has_usages =
            |state: &PricedState<'_, '_>| state.usages.as_ref().is_some_and(|usages| usages.has_month(month));
        let common = match states.iter().all(has_usages) {
            true => Basis::ComponentUsage,
            false => Basis::Users,
        };
        let [earlier, later] = states.each_ref().map(|state| state.adjustments);
        let added = later.iter().filter(|one| !earlier.contains(one));
        self.adjusted.extend(added.map(|one| (month, one.clone())));
        let [before, after] = states.map(|state| self.report(month, state, common));
        let reports = [before?, after?];
        let [before, after] = &reports;
        self.difference.add(before, after);
        for report in reports {
            // A price that one month has no use for is there for another one.
            let said =
                report.provenance.notices.into_iter().filter(|one| one.code != Code::PriceWithoutUsage);
            self.notices.extend(said);
            self.bases.insert(report.provenance.based.on);
            if let Some(Pricing { price_list, rounding, .. }) = report.provenance.pricing {
                self.prices.insert(format!("Prices of {}, rounded {rounding}", price_list.path));
                if !self.price_lists.contains(&price_list) {
                    self.price_lists.push(price_list);
                }
            }
        }
        Ok(())
    }

    fn report(
        &self,
        month: BillingPeriod,
        PricedState { mut intake, tariff, usages, frozen, basis, adjustments }: PricedState<'_, '_>,
        common: Basis,
    ) -> Result<Report> {
        let period = PeriodRange::month(month);
        // What is to be said of the records themselves, a report of the month says.
        intake.notices.clear();
        let spec = Layout::by(AmountDifference::BY.to_vec()).spec(self.calendar, Some(period));
        let mut asked = Preparation::of(&spec);
        (asked.tariff, asked.seen.timezone) = (tariff, self.timezone);
        asked.filters = self.filters.clone();
        asked.frozen = frozen.into_iter().collect();
        asked.adjustments = adjustments.iter().map(|one| (month, one.clone())).collect();
        (asked.basis, asked.component_usages) = (Some(basis.unwrap_or(common)), usages.clone());
        if asked.tariff.is_none() && asked.frozen.is_empty() {
            return Err(Error::NoPrices);
        }
        Prepared::new(intake, &asked)?.report(&spec)
    }

    /// Under the caption of the states, with the prices.
    pub(crate) fn changes(mut self, mut caption: Caption, nothing: &'static str) -> AmountChanges {
        self.notices.sort();
        self.notices.dedup();
        if let Some(price_list) = self.price_lists.first() {
            caption.title.extend(self.prices);
            let bases: Vec<String> = self.bases.iter().map(ToString::to_string).collect();
            caption.title.push(format!("Made of {}", bases.join(", in other months of ")));
            caption.facts.push(("price_list", json!(price_list)));
            if self.price_lists.len() > 1 {
                caption.facts.push(("price_lists", json!(self.price_lists)));
            }
            caption.facts.push(("basis", json!(self.bases)));
        }
        if !self.adjusted.is_empty() {
            let named = self.adjusted.iter().map(|(period, one)| {
                let whose = [Some(&one.customer), one.project.as_ref()].into_iter().flatten();
                let whose: Vec<String> = whose.map(|uuid| self.difference.name(uuid)).collect();
                let (whose, amount) = (whose.join(", "), grouped_decimal(&one.amount));
                let by = if one.by_whom.is_empty() { String::new() } else { format!(" ({})", one.by_whom) };
                format!(
                    "Adjustment in {}: {} {amount} for {whose}: {}{by}",
                    period.in_words(),
                    one.currency,
                    one.reason
                )
            });
            caption.title.extend(named);
            let fact = |(period, one): &(BillingPeriod, Adjustment)| json!({ "period": period.to_string(), "adjustment": one });
            caption.facts.push(("adjustments", self.adjusted.iter().map(fact).collect()));
        }
        caption.nothing = nothing;
        let statement = AmountStatement { difference: self.difference, caption };
        AmountChanges { statement, notices: self.notices }
    }
}
