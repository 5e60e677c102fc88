//! From priced lines to rows: which there are, and what each of them costs.

use super::costs::{UnitPrices, cost};
use crate::amount::Amount;
use crate::currency::Currency;
use crate::error::Result;
use crate::filter::Filters;
use crate::period::{BillingPeriod, PeriodRange};
use crate::price::choose::{Choice, Chooser};
use crate::price::credits::Placed;
use crate::price::months::RatedMonths;
use crate::price::price_list::Price;
use crate::price::rate::{Charge, Priced, Rated};
use crate::report::Unpriced;
use crate::usage::UsageFrame;

/// A charge line or a credit, by places in the frame.
#[derive(Clone, Debug)]
pub struct FocusRow {
    /// The index of the frame that the row is made of, among those of its table.
    pub(super) frame: usize,
    pub(super) class: ChargeClass,
    /// The closed version that the row came with; `None` in months that are not closed.
    pub(super) closing: Option<u32>,
    /// The index of the invoice's detail that charges it.
    pub(super) invoice: Option<usize>,
    pub(super) period: BillingPeriod,
    pub(super) customer: u32,
    pub(super) project: Option<u32>,
    pub(super) currency: Currency,
    pub(super) pricing_currency: Currency,
    pub(super) costs: Costs,
    pub(super) charge: FocusCharge,
}

/// Whether a row is of the first version of its month, or corrects it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ChargeClass {
    #[default]
    Original,
    /// An earlier row with the opposite sign.
    TakenBack,
    /// What a later version has in its place.
    ChargedAnew,
}

#[derive(Clone, Debug)]
pub(super) enum FocusCharge {
    Usage(UsageCharge),
    /// What it is for.
    Credit(Box<str>),
}

#[derive(Clone, Debug)]
pub(super) struct UsageCharge {
    pub component_usage: u128,
    pub offering: u32,
    pub resource: u32,
    pub component_type: u32,
    pub measured_unit: u32,
    /// Of the records that are reported, in hundredths.
    pub usage: i128,
    pub unit_prices: UnitPrices,
}

/// Whole numbers of 10⁻¹², except what is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Costs {
    pub billed: Amount,
    pub list: i128,
    pub contracted: i128,
    /// Before exchange.
    pub pricing_effective: i128,
}

/// The records of a line that are left after filters.
#[derive(Clone, Copy)]
struct Part {
    /// In hundredths.
    usage: i128,
    billed: Amount,
    /// Whether no record of the line is missing.
    is_whole: bool,
}

impl FocusRow {
    /// The month that is billed.
    pub fn period(&self) -> BillingPeriod {
        self.period
    }

    /// Whether it corrects the first version of its month.
    pub fn is_correction(&self) -> bool {
        self.class != ChargeClass::Original
    }

    /// Whether it is a credit or an adjustment.
    pub(crate) fn is_credit(&self) -> bool {
        matches!(self.charge, FocusCharge::Credit(_))
    }

    /// The code of the currency that is billed.
    pub fn currency(&self) -> &str {
        self.currency.code()
    }

    /// What the row bills, after rounding; credits are below zero.
    pub fn billed(&self) -> Amount {
        self.costs.billed
    }
}

impl RatedMonths<'_> {
    /// The rows of a report: lines by month, customer, project, offering, resource and component, then credits.
    ///
    /// The frame is the one that was settled, after filters. Of a line that filters cut, the row has the usage and the
    /// amounts of the records that are left. Lines without an amount are left out.
    ///
    /// # Errors
    /// Unit prices and costs beyond 38 digits.
    pub fn focus_rows(
        &self,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
    ) -> Result<Vec<FocusRow>> {
        let mut rows = Vec::new();
        for part in self.parts() {
            rows.extend(part.focus_lines(frame, period)?);
        }
        rows.sort_by_key(|row| row.period);
        let credits = self.parts().iter().flat_map(|part| part.credits_of(frame, period, filters).0);
        rows.extend(credits.map(of_credit));
        Ok(rows)
    }
}

impl Rated<'_> {
    /// The rows of the lines that this price list is for.
    fn focus_lines(&self, frame: &UsageFrame, period: Option<PeriodRange>) -> Result<Vec<FocusRow>> {
        let reported = self.reported(frame, period)?;
        let amounts = self.amounts(frame)?;
        let chooser = Chooser::new(&self.tariff.card, frame)?;
        let is_reported = |line: &u32| reported[*line as usize].is_some();
        let mut rows = Vec::new();
        for line in self.lines.sorted(frame, is_reported) {
            let at = line as usize;
            let (usage, count) = reported[at].unwrap_or_default();
            let is_whole = count == u64::from(self.lines.rows[at]);
            let currency =
                self.priced(line).map(|priced| priced.currency).or_else(|| self.tariff.home_currency());
            let places = currency.map_or(0, |currency| self.tariff.card.rounding.places(currency));
            let part = Part { usage, billed: Amount::new(amounts[at], places), is_whole };
            rows.extend(self.focus_line(line, part, &chooser, frame)?);
        }
        Ok(rows)
    }

    /// What the records of each line come to, in thousandths.
    fn amounts(&self, frame: &UsageFrame) -> Result<Vec<i128>> {
        let mut amounts = vec![0; self.lines.len()];
        for (parent, amount) in frame.records.amount_by_parent()? {
            amounts[parent] += amount;
        }
        Ok(amounts)
    }

    fn focus_line(
        &self,
        line: u32,
        part: Part,
        chooser: &Chooser<'_>,
        frame: &UsageFrame,
    ) -> Result<Option<FocusRow>> {
        let at = line as usize;
        match (&self.charges[at], self.tariff.unpriced, self.tariff.home_currency()) {
            (Some(Charge::Priced(priced)), ..) => {
                let price = self.tariff.price(priced.price);
                let list = self.list_price(line, price, chooser, frame)?;
                let rate = self.exchange(price, at).and_then(|(_, rate)| rate);
                let row = UnitPrices::new(price, list, rate, priced.product, self.lines.usage[at])
                    .and_then(|prices| Some((prices, costs(part, priced, rate, &prices)?)));
                let (unit_prices, costs) = row.ok_or_else(|| self.too_large(price, line, frame))?;
                let currencies = (priced.currency, price.currency);
                Ok(Some(self.usage_row(at, part.usage, currencies, unit_prices, costs)))
            }
            (Some(Charge::Unpriced), Some(Unpriced::Zero), Some(home)) => {
                let costs = Costs { billed: part.billed, list: 0, contracted: 0, pricing_effective: 0 };
                Ok(Some(self.usage_row(at, part.usage, (home, home), UnitPrices::default(), costs)))
            }
            _ => Ok(None),
        }
    }

    /// What everybody else pays; the line's own price where there is no such price, or one in another currency.
    fn list_price<'c>(
        &'c self,
        line: u32,
        own: &'c Price,
        chooser: &Chooser<'_>,
        frame: &UsageFrame,
    ) -> Result<&'c Price> {
        let found = chooser.choose_for_everybody(&self.lines.wanted(line as usize, frame))?;
        Ok(match found {
            Choice::Price(place) if self.tariff.price(place).currency == own.currency => {
                self.tariff.price(place)
            }
            _ => own,
        })
    }

    fn usage_row(
        &self,
        at: usize,
        usage: i128,
        (currency, pricing_currency): (Currency, Currency),
        unit_prices: UnitPrices,
        costs: Costs,
    ) -> FocusRow {
        let lines = &self.lines;
        FocusRow {
            frame: 0,
            class: ChargeClass::Original,
            closing: None,
            invoice: None,
            period: lines.parents.period(at),
            customer: lines.parents.customer()[at],
            project: Some(lines.parents.project()[at]),
            currency,
            pricing_currency,
            costs,
            charge: FocusCharge::Usage(UsageCharge {
                component_usage: lines.parents.uuid()[at],
                offering: lines.parents.offering()[at],
                resource: lines.parents.resource()[at],
                component_type: lines.parents.component_type()[at],
                measured_unit: lines.parents.measured_unit()[at],
                usage,
                unit_prices,
            }),
        }
    }
}

fn costs(part: Part, priced: &Priced, rate: Option<i128>, prices: &UnitPrices) -> Option<Costs> {
    let pricing_effective = match rate {
        None => to_cost(part.billed),
        Some(_) if part.is_whole => priced.product,
        Some(_) => cost(prices.pricing_contracted, part.usage)?,
    };
    Some(Costs {
        billed: part.billed,
        list: cost(prices.list, part.usage)?,
        contracted: cost(prices.contracted, part.usage)?,
        pricing_effective,
    })
}

/// All costs of a credit are what is billed.
fn of_credit(credit: &Placed) -> FocusRow {
    let billed = to_cost(credit.amount);
    let is_converted = credit.from != credit.currency;
    FocusRow {
        frame: 0,
        class: ChargeClass::Original,
        closing: None,
        invoice: None,
        period: credit.period,
        customer: credit.customer,
        project: credit.project,
        currency: credit.currency,
        pricing_currency: credit.from,
        costs: Costs {
            billed: credit.amount,
            list: billed,
            contracted: billed,
            pricing_effective: if is_converted { credit.product } else { billed },
        },
        charge: FocusCharge::Credit(credit.description.as_str().into()),
    }
}

/// An amount as a whole number of 10⁻¹².
fn to_cost(amount: Amount) -> i128 {
    amount.thousandths() * 10_i128.pow(9)
}
