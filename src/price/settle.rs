//! Once filters were applied: what has no price, which credits count, and what it all comes to.

use std::collections::{BTreeMap, BTreeSet};

use super::credits::Placed;
use super::exact::Exact;
use super::price_list::RoundingPer;
use super::rate::{Charge, Rated};
use crate::amount::Amount;
use crate::conflict::Conflict;
use crate::currency::Currency;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::{MoneyTotal, Unpriced};
use crate::text::{counted, grouped_decimal, uuid_text};
use crate::usage::UsageFrame;

/// As many kinds of usage without a price as are named.
const MISSING_MAX: usize = 20;

/// What the lines and credits of one month and currency come to.
#[derive(Clone, Copy, Default)]
pub(super) struct Money {
    amount: Amount,
    credits: Amount,
    /// Of the charge lines that are reported, and the credits.
    rounded: Exact,
    exact: Exact,
}

pub(super) type Totals = BTreeMap<(BillingPeriod, String), Money>;

/// What one price list says of the records that are reported.
pub(super) struct Judged<'r> {
    pub credits: Vec<&'r Placed>,
    pub notices: Vec<Notice>,
    pub totals: Totals,
}

impl Rated<'_> {
    /// Judges the records that are reported, and says what the amounts come to.
    ///
    /// The frame is the one that was rated, after filters.
    ///
    /// # Errors
    /// Usage of the period that has no price, or one of another unit, or no exchange rate.
    pub(super) fn judged(
        &self,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
    ) -> Result<Judged<'_>> {
        let reported = self.reported(frame, period)?;
        let (credits, mut notices) = self.credits_of(frame, period, filters);
        self.check_units(frame, &reported)?;
        self.check_rates(&reported, &credits)?;
        notices.extend(self.unpriced(frame, &reported)?);
        notices.extend(self.idle());
        let totals = self.totals(frame, &reported, &credits)?;
        Ok(Judged { credits, notices, totals })
    }

    /// For each line the usage and number of the rows that are left; none if the month is not reported.
    pub(super) fn reported(
        &self,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
    ) -> Result<Vec<Option<(i128, u64)>>> {
        let mut reported = vec![None; self.lines.len()];
        for (parent, usage) in frame.records.usage_by_parent() {
            if period.is_none_or(|period| period.contains(self.lines.parents.period(parent))) {
                let (sum, rows): &mut (i128, u64) = reported[parent].get_or_insert((0, 0));
                *sum = sum.checked_add(usage.hundredths()).ok_or_else(|| self.sum_too_large())?;
                *rows += 1;
            }
        }
        Ok(reported)
    }

    fn check_units(&self, frame: &UsageFrame, reported: &[Option<(i128, u64)>]) -> Result<()> {
        let mut mismatches = BTreeSet::new();
        for (line, _) in reported.iter().enumerate().filter(|(_, reported)| reported.is_some()) {
            if let Some(Charge::OtherUnit(place)) = self.charges[line] {
                let price = self.tariff.price(place);
                let offering = &*frame.offerings[self.lines.parents.offering()[line] as usize].name;
                let unit = &*frame.measured_units[self.lines.parents.measured_unit()[line] as usize];
                mismatches.insert((
                    price.line,
                    price.measured_unit.as_str(),
                    &price.component_type,
                    offering,
                    unit,
                ));
            }
        }
        if mismatches.is_empty() {
            return Ok(());
        }
        let text = |(line, of_price, component, offering, unit): &(usize, &str, &String, &str, &str)| {
            format!("line {line} has {of_price:?}, {component} of {offering:?} is in {unit:?}")
        };
        let shown: Vec<String> = mismatches.iter().take(MISSING_MAX).map(text).collect();
        let path = self.tariff.card.source.path.clone();
        Err(Error::PriceForOtherUnit { path, mismatches: listed(shown, mismatches.len()) })
    }

    fn check_rates(&self, reported: &[Option<(i128, u64)>], credits: &[&Placed]) -> Result<()> {
        let Some(target) = self.tariff.currency else { return Ok(()) };
        let mut missing = BTreeSet::new();
        for (line, _) in reported.iter().enumerate().filter(|(_, reported)| reported.is_some()) {
            if let Some(Charge::RateMissing(place)) = self.charges[line] {
                missing.insert((self.lines.parents.period(line), self.tariff.price(place).currency));
            }
        }
        missing.extend(
            credits.iter().filter(|credit| credit.exact.is_none()).map(|credit| (credit.period, credit.from)),
        );
        if missing.is_empty() {
            return Ok(());
        }
        let texts = missing.iter().map(|(period, from)| format!("from {from} to {target} in {period}"));
        let texts: Vec<String> = texts.take(MISSING_MAX).collect();
        let path = self.tariff.rates.as_ref().map(|rates| rates.source.path.clone());
        Err(Error::RateMissing { missing: listed(texts, missing.len()), path })
    }

    /// Usage without a price: an error, or a warning where that was asked for.
    fn unpriced(&self, frame: &UsageFrame, reported: &[Option<(i128, u64)>]) -> Result<Option<Notice>> {
        let mut records = vec![0; self.lines.len()];
        let of_users = frame.records.parent().iter().zip(frame.records.username()).enumerate();
        for (at, (parent, _)) in of_users.filter(|(_, (_, username))| frame.is_user(**username)) {
            records[*parent as usize] += frame.records.counts(at).records;
        }
        let mut missing: BTreeMap<_, (i128, u64)> = BTreeMap::new();
        for (line, reported) in reported.iter().enumerate() {
            if let (Some((usage, _)), Some(Charge::Unpriced)) = (reported, self.charges[line]) {
                let offering = &frame.offerings[self.lines.parents.offering()[line] as usize];
                let key = (
                    self.lines.parents.period(line),
                    &offering.name,
                    offering.uuid,
                    &frame.component_types[self.lines.parents.component_type()[line] as usize],
                    &frame.measured_units[self.lines.parents.measured_unit()[line] as usize],
                );
                let (sum, count) = missing.entry(key).or_default();
                *sum = sum.checked_add(*usage).ok_or_else(|| self.sum_too_large())?;
                *count += records[line];
            }
        }
        if missing.is_empty() {
            return Ok(None);
        }
        let line = |((period, name, uuid, component, unit), (usage, records)): (
            &(_, _, u128, _, _),
            &(i128, u64),
        )| {
            let usage = grouped_decimal(&Quantity::from_hundredths(*usage).to_string());
            let uuid = uuid_text(*uuid);
            let records = records_of(*records);
            format!("{period} {name:?} ({uuid}) {component} in {unit:?}: {records}, usage {usage}")
        };
        let lines: Vec<String> = missing.iter().take(MISSING_MAX).map(line).collect();
        let Some(unpriced) = self.tariff.unpriced else {
            let path = self.tariff.card.source.path.clone();
            return Err(Error::PriceMissing { path, count: missing.len(), missing: lines });
        };
        if unpriced == Unpriced::Zero && self.tariff.home_currency().is_none() {
            return Err(Conflict::ZeroWithoutCurrency.into());
        }
        let records = missing.values().map(|(_, records)| records).sum();
        let what = match unpriced {
            Unpriced::Zero => "counts as 0.00",
            Unpriced::Omit => "has no amount",
        };
        let text = format!(
            "usage without a price {what} in {}: {}. The amounts are not all that this usage costs.",
            records_of(records),
            listed(lines, missing.len())
        );
        Ok(Some(Notice::warning(Code::UnpricedUsage, records, text)))
    }

    /// Prices for whom or what no record has: perhaps a name is misspelt.
    fn idle(&self) -> Option<Notice> {
        let idle: Vec<String> =
            self.idle.iter().map(|place| self.tariff.price(*place).line.to_string()).collect();
        let shown: Vec<String> = idle.iter().take(MISSING_MAX).cloned().collect();
        let text = format!(
            "the price list has prices for a customer, project or offering that no record has; look at their names: line {}.",
            match idle.len() - shown.len() {
                0 => shown.join(", "),
                more => format!("{} and {more} more", shown.join(", ")),
            }
        );
        (!idle.is_empty()).then(|| Notice::note(Code::PriceWithoutUsage, idle.len() as u64, text))
    }

    fn totals(
        &self,
        frame: &UsageFrame,
        reported: &[Option<(i128, u64)>],
        credits: &[&Placed],
    ) -> Result<Totals> {
        let mut totals = Totals::new();
        let too_large = || self.sum_too_large();
        let exact = |amount| Exact::of_amount(amount).ok_or_else(too_large);
        let sum = |a: Exact, b: Exact| a.checked_add(b).ok_or_else(too_large);
        let mut amounts = vec![0_i128; self.lines.len()];
        for (parent, amount) in frame.records.amount_by_parent()? {
            let sum = &mut amounts[parent];
            *sum = sum.checked_add(amount).ok_or_else(too_large)?;
        }
        let places = |currency| self.tariff.card.rounding.places(currency);
        let is_zero_shown = self.tariff.unpriced == Some(Unpriced::Zero);
        for (line, _) in reported.iter().enumerate().filter(|(_, reported)| reported.is_some()) {
            let period = self.lines.parents.period(line);
            match (self.priced(line as u32), self.tariff.home_currency()) {
                (Some(priced), _) => {
                    let money = totals.entry((period, priced.currency.to_string())).or_default();
                    let amount = Amount::new(amounts[line], places(priced.currency));
                    money.amount = money.amount.checked_add(amount).ok_or_else(too_large)?;
                    money.rounded = sum(money.rounded, exact(priced.amount)?)?;
                    money.exact = sum(money.exact, priced.exact)?;
                }
                (None, Some(home)) if is_zero_shown && self.charges[line].is_some() => {
                    let money = totals.entry((period, home.to_string())).or_default();
                    money.amount += Amount::new(0, places(home));
                }
                _ => {}
            }
        }
        for credit in credits {
            let money = totals.entry((credit.period, credit.currency.to_string())).or_default();
            money.amount = money.amount.checked_add(credit.amount).ok_or_else(too_large)?;
            money.credits = money.credits.checked_add(credit.amount).ok_or_else(too_large)?;
            money.rounded = sum(money.rounded, exact(credit.amount)?)?;
            money.exact = sum(money.exact, credit.exact.expect("rates that are missing are an error"))?;
        }
        Ok(totals)
    }

    /// What the sum of all usage or amounts is, if it has too many digits.
    pub(super) fn sum_too_large(&self) -> Error {
        Error::AmountTooLarge {
            path: self.tariff.card.source.path.clone(),
            line: 1,
            usage: "all usage together".to_owned(),
        }
    }

    /// `up, to 0.01, each charge line`; `up, to 0.01 (EUR) and 1 (JPY), each charge line`.
    pub(super) fn rule(&self, currencies: impl Iterator<Item = Currency>) -> String {
        let rounding = self.tariff.card.rounding;
        let units = ["1", "0.1", "0.01", "0.001"];
        let mut of_units: BTreeMap<u8, Vec<String>> = BTreeMap::new();
        for currency in currencies {
            let codes = of_units.entry(rounding.places(currency)).or_default();
            if !codes.iter().any(|code| code == currency.code()) {
                codes.push(currency.to_string());
            }
        }
        let unit = |places: &u8| units[usize::from(*places)];
        let place = match of_units.len() {
            0 => "each currency's minor unit".to_owned(),
            1 => of_units.keys().map(unit).collect(),
            _ => {
                let named =
                    |(places, codes): (&u8, &Vec<String>)| format!("{} ({})", unit(places), codes.join(", "));
                of_units.iter().map(named).collect::<Vec<_>>().join(" and ")
            }
        };
        let per = match rounding.per {
            RoundingPer::Line => "each charge line",
            RoundingPer::Total => "each customer's total of a month",
        };
        format!("{}, to {place}, {per}", rounding.mode.name())
    }
}

impl Money {
    pub(super) fn checked_add(&self, other: &Self) -> Option<Self> {
        Some(Self {
            amount: self.amount.checked_add(other.amount)?,
            credits: self.credits.checked_add(other.credits)?,
            rounded: self.rounded.checked_add(other.rounded)?,
            exact: self.exact.checked_add(other.exact)?,
        })
    }
}

pub(super) fn total(period: Option<BillingPeriod>, currency: &str, money: &Money) -> Option<MoneyTotal> {
    let places = money.amount.places();
    Some(MoneyTotal {
        period,
        currency: currency.to_owned(),
        amount: money.amount,
        // Of no credits it is not known what they would be shown with.
        credits: money.credits + Amount::new(0, places),
        rounding_difference: Some(money.rounded.checked_sub(money.exact)?.text(places)),
    })
}

fn records_of(records: u64) -> String {
    counted(records, "record")
}

/// The texts, and how many more there are.
fn listed(shown: Vec<String>, count: usize) -> String {
    match count - shown.len() {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_that_is_too_large_is_none_and_never_zero() {
        let money = |thousandths| Money { amount: Amount::new(thousandths, 2), ..Money::default() };
        assert_eq!(money(1).checked_add(&money(2)).unwrap().amount, Amount::new(3, 2));
        assert!(money(i128::MAX).checked_add(&money(1)).is_none());
        let exact = Exact::of_amount(Amount::new(i128::MAX / 2, 2)).unwrap();
        let large = Money { exact, ..Money::default() };
        let sum = (0..70).try_fold(large, |sum, _| sum.checked_add(&sum));
        assert!(sum.is_none());
    }
}
