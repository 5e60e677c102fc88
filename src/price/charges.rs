//! Charge lines as bills show them: what was used, at which price, and how the amount came about.

use super::exact::{PRICE_DECIMALS, plain};
use super::months::RatedMonths;
use super::rate::{Priced, Rated};
use super::tiers;
use crate::amount::Amount;
use crate::currency::Currency;
use crate::error::Result;
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::text::grouped_decimal;
use crate::usage::UsageFrame;

/// A component usage that has a price, by places in the frame.
#[derive(Clone, Debug)]
pub(crate) struct ChargeLine {
    pub period: BillingPeriod,
    /// Its uuid.
    pub component_usage: u128,
    pub customer: u32,
    pub project: u32,
    pub offering: u32,
    pub resource: u32,
    pub component_type: u32,
    pub measured_unit: u32,
    pub usage: Quantity,
    /// How the amount came about.
    pub reckoning: Reckoning,
    pub currency: Currency,
    pub amount: Amount,
}

/// What a quantity is multiplied with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reckoning {
    /// Quantities with the price of one unit, in plain digits; one at least.
    pub steps: Vec<(String, String)>,
    /// What is charged for, in plain digits: the usage of this line, or of all that the tiers are counted over.
    pub usage: String,
    /// What is free, in plain digits.
    pub included: Option<String>,
    /// The least amount, in plain digits.
    pub minimum: Option<String>,
    /// The usage of all lines that the tiers are counted over, if there are others than this one.
    pub together: Option<String>,
    /// The currency of the prices and the rate that they are converted at, if it is another one than the amount's.
    pub exchange: Option<(Currency, String)>,
}

impl Reckoning {
    /// If all units cost the same, how many there are together does not matter.
    fn is_flat(&self) -> bool {
        self.steps.len() == 1 && self.included.is_none() && self.minimum.is_none()
    }

    /// Whether its words are on an amount for several lines.
    pub(crate) fn is_together(&self) -> bool {
        self.together.is_some() && !self.is_flat()
    }

    /// `0.08`; `1,000 × 0.08 + 4,000 × 0.065`; `of 5,000 together: 100 free + 4,900 × 0.08, at least 10`;
    /// `42.97 of 500 free`; `0.08 USD at 0.92`.
    pub(crate) fn in_words(&self) -> String {
        let step = |(quantity, price): &(String, String)| {
            format!("{} × {}", grouped_decimal(quantity), grouped_decimal(price))
        };
        let is_flat = self.is_flat();
        let is_all_free = self.included.is_some() && self.steps.iter().all(|(quantity, _)| quantity == "0");
        let mut text = match &*self.steps {
            [(_, price)] if is_flat => grouped_decimal(price),
            steps => steps.iter().map(step).collect::<Vec<_>>().join(" + "),
        };
        if let Some(included) = &self.included {
            let included = grouped_decimal(included);
            // A product of zero would hide how much was used.
            text = match is_all_free {
                true => format!("{} of {included} free", grouped_decimal(&self.usage)),
                false => format!("{included} free + {text}"),
            };
        }
        if let Some(together) = self.together.as_ref().filter(|_| !is_flat) {
            text = format!("of {} together: {text}", grouped_decimal(together));
        }
        if let Some(minimum) = &self.minimum {
            text = format!("{text}, at least {}", grouped_decimal(minimum));
        }
        match &self.exchange {
            Some(_) if is_all_free && self.minimum.is_none() => text,
            Some((currency, rate)) => format!("{text} {currency} at {rate}"),
            None => text,
        }
    }
}

impl RatedMonths<'_> {
    /// The lines of a report that have a price: by month, customer, project, offering, resource and component.
    ///
    /// The frame is the one that was settled, after filters that leave whole lines.
    ///
    /// # Errors
    /// Sums beyond all bounds.
    pub(crate) fn charge_lines(
        &self,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
    ) -> Result<Vec<ChargeLine>> {
        let lead = self.lead();
        let reported = lead.reported(frame, period)?;
        let order = lead.lines.sorted(frame, |line| reported[*line as usize].is_some());
        let charge_line = |line| {
            let rated = self.of_line(line);
            Some(rated.charge_line(line, rated.priced(line)?))
        };
        Ok(order.into_iter().filter_map(charge_line).collect())
    }
}

impl Rated<'_> {
    fn charge_line(&self, line: u32, priced: &Priced) -> ChargeLine {
        let (parents, at) = (&self.lines.parents, line as usize);
        ChargeLine {
            period: parents.period(at),
            component_usage: parents.uuid()[at],
            customer: parents.customer()[at],
            project: parents.project()[at],
            offering: parents.offering()[at],
            resource: parents.resource()[at],
            component_type: parents.component_type()[at],
            measured_unit: parents.measured_unit()[at],
            usage: Quantity::from_hundredths(self.lines.usage[at]),
            reckoning: self.reckoning(at, priced),
            currency: priced.currency,
            amount: priced.amount,
        }
    }

    fn reckoning(&self, at: usize, priced: &Priced) -> Reckoning {
        let price = self.tariff.price(priced.price);
        let scope = priced.scope.map(|scope| &self.scopes[scope as usize]);
        let usage = scope.map_or(self.lines.usage[at], |scope| scope.usage);
        let is_charged = usage >= 0;
        let step = |step: tiers::Step| (plain(step.quantity, 2), plain(step.unit_price, PRICE_DECIMALS));
        let rate = self.exchange(price, at).and_then(|(_, rate)| rate);
        Reckoning {
            steps: tiers::steps(price, usage).into_iter().map(step).collect(),
            usage: plain(usage, 2),
            included: (price.included > 0 && is_charged).then(|| plain(price.included, 2)),
            minimum: (price.minimum > 0 && is_charged).then(|| plain(price.minimum, PRICE_DECIMALS)),
            together: scope.filter(|scope| scope.lines.len() > 1).map(|scope| plain(scope.usage, 2)),
            exchange: rate.map(|rate| (price.currency, plain(rate, PRICE_DECIMALS))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reckoning(steps: &[(&str, &str)]) -> Reckoning {
        Reckoning {
            steps: steps.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
            usage: "42.97".to_owned(),
            included: None,
            minimum: None,
            together: None,
            exchange: None,
        }
    }

    #[test]
    fn one_price_is_itself_and_tiers_are_written_out() {
        assert_eq!(reckoning(&[("12.5", "0.08")]).in_words(), "0.08");
        let tiers = reckoning(&[("1000", "0.08"), ("4000", "0.065")]);
        assert_eq!(tiers.in_words(), "1,000 × 0.08 + 4,000 × 0.065");
        let shared = Reckoning { together: Some("5000".to_owned()), ..tiers.clone() };
        assert_eq!(shared.in_words(), "of 5,000 together: 1,000 × 0.08 + 4,000 × 0.065");
        let one = Reckoning { together: Some("5000".to_owned()), ..reckoning(&[("5000", "0.08")]) };
        assert_eq!(one.in_words(), "0.08");
        let all_free = Reckoning { included: Some("500".to_owned()), ..reckoning(&[("0", "0.08")]) };
        assert_eq!(all_free.in_words(), "42.97 of 500 free");
        let free = Reckoning {
            included: Some("100".to_owned()),
            minimum: Some("10".to_owned()),
            ..reckoning(&[("0", "0.05")])
        };
        assert_eq!(free.in_words(), "42.97 of 100 free, at least 10");
        let usd = Currency::parse("USD").expect("a currency");
        let converted = Reckoning { exchange: Some((usd, "0.92".to_owned())), ..reckoning(&[("1", "2")]) };
        assert_eq!(converted.in_words(), "2 USD at 0.92");
    }
}
