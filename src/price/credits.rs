//! Credits: whom they are for, what they are worth in the currency asked for, and which of them a report has.

use super::adjustment::Adjustment;
use super::choose::place;
use super::exact::{Exact, PRICE_DECIMALS, plain};
use super::named::Named;
use super::price_list::CreditEntry;
use super::rate::{Rated, Tariff};
use crate::amount::{AMOUNT_LIMIT, Amount};
use crate::currency::Currency;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::text::{grouped_decimal, uuid_text};
use crate::usage::{Credit, Entity, UsageFrame};

/// The credits of a card, by places in a frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Credits {
    pub placed: Vec<Placed>,
    /// What is to be said of the others.
    notices: Vec<Notice>,
}

/// A credit or adjustment whose customer is known.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// In the price list; 0 for an adjustment.
    pub line: usize,
    pub customer: u32,
    pub project: Option<u32>,
    pub period: BillingPeriod,
    pub from: Currency,
    pub currency: Currency,
    /// Before exchange, a whole number of 10⁻¹².
    pub product: i128,
    /// Where it is converted and the rate is known.
    pub rate: Option<i128>,
    /// None if the rate is missing.
    pub exact: Option<Exact>,
    pub amount: Amount,
    pub description: String,
}

impl Placed {
    /// Whether it was decided after the price list.
    pub(super) fn is_adjustment(&self) -> bool {
        self.line == 0
    }
}

impl Credits {
    pub(crate) fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.placed.iter().map(|credit| credit.currency)
    }
}

/// Finds whom the credits and adjustments of some months are for; a customer that is named by uuid needs no usage.
pub(super) fn resolved(
    tariff: &Tariff,
    adjustments: &[(BillingPeriod, Adjustment)],
    frame: &mut UsageFrame,
    is_own: impl Fn(BillingPeriod) -> bool,
) -> Result<Credits> {
    let mut credits = Credits::default();
    let decided: Vec<CreditEntry> =
        adjustments.iter().filter_map(|(period, one)| one.as_credit(*period)).collect();
    for entry in tariff.card.credits.iter().chain(&decided).filter(|entry| is_own(entry.period)) {
        let customer = owner(tariff, entry, "customer", &entry.customer, &mut frame.customers)?;
        let project = entry.project.as_ref();
        let project =
            project.map(|named| owner(tariff, entry, "project", named, &mut frame.projects)).transpose()?;
        match (customer, project) {
            (Some(customer), None) => credits.placed.push(placed(tariff, entry, customer, None)?),
            (Some(customer), Some(Some(project))) => {
                credits.placed.push(placed(tariff, entry, customer, Some(project))?);
            }
            (None, _) => credits.notices.push(unknown(entry, "customer", &entry.customer)),
            (Some(_), Some(None)) => {
                credits.notices.push(unknown(entry, "project", entry.project.as_ref().expect("it is named")));
            }
        }
    }
    frame.extend_attributes();
    Ok(credits)
}

/// The place of a customer or project; one that is named by uuid and has no usage gets one.
fn owner(
    tariff: &Tariff,
    entry: &CreditEntry,
    kind: &str,
    named: &Named,
    entities: &mut Vec<Entity>,
) -> Result<Option<u32>> {
    match (place(&tariff.card, entry.line, kind, named, entities)?, named) {
        (Some(place), _) => Ok(Some(place)),
        (None, Named::Uuid(uuid)) => {
            entities.push(Entity { uuid: *uuid, name: uuid_text(*uuid).into() });
            Ok(Some(entities.len() as u32 - 1))
        }
        (None, Named::Name(_)) => Ok(None),
    }
}

fn unknown(entry: &CreditEntry, kind: &str, named: &Named) -> Notice {
    let text = format!(
        "the credit in line {} of the price list is in no total: no record has a {kind} named {named}. Correct the name, or \
         name it by {kind}_uuid.",
        entry.line
    );
    Notice::warning(Code::CreditNotPlaced, 1, text)
}

fn placed(tariff: &Tariff, entry: &CreditEntry, customer: u32, project: Option<u32>) -> Result<Placed> {
    let target = tariff.currency.unwrap_or(entry.currency);
    // Thousandths to 10⁻¹², at most nineteen digits before the point.
    let product = -entry.amount.thousandths() * 10_i128.pow(9);
    let is_converted = target != entry.currency;
    let rates = tariff.rates.as_ref().filter(|_| is_converted);
    let rate = rates.and_then(|rates| rates.rate(entry.period, entry.currency, target));
    let too_large = || Error::AmountTooLarge {
        path: tariff.card.source.path.clone(),
        line: entry.line,
        usage: format!("the credit {:?}", entry.description),
    };
    let exact = match is_converted {
        false => Some(Exact::of_product(product)),
        true => rate.map(|rate| Exact::converted(product, rate).ok_or_else(too_large)).transpose()?,
    };
    let rounding = tariff.card.rounding;
    let places = rounding.places(target);
    let amount = match exact {
        None => Amount::ZERO,
        Some(exact) if is_converted => exact.to_amount(rounding.mode, places).ok_or_else(too_large)?,
        // A credit in its own currency is what the card says.
        Some(_) if entry.amount.thousandths() < AMOUNT_LIMIT => {
            Amount::new(-entry.amount.thousandths(), places)
        }
        Some(_) => return Err(too_large()),
    };
    Ok(Placed {
        line: entry.line,
        customer,
        project,
        period: entry.period,
        from: entry.currency,
        currency: target,
        product,
        rate,
        exact,
        amount,
        description: entry.description.clone(),
    })
}

impl Placed {
    /// Whether the filters let it through: they take no part of a customer's month.
    pub(super) fn is_taken(&self, frame: &UsageFrame, filters: &Filters) -> bool {
        let customer = frame.customers[self.customer as usize].uuid;
        let project = self.project.map(|project| frame.projects[project as usize].uuid);
        let is_whole = !filters.asks_for_usage();
        is_whole && filters.takes_month(self.period) && filters.takes_owner(customer, project)
    }
}

impl Rated<'_> {
    /// The credits that belong into a report of a period, and what is to be said of the others.
    pub(super) fn credits_of(
        &self,
        frame: &UsageFrame,
        period: Option<PeriodRange>,
        filters: &Filters,
    ) -> (Vec<&Placed>, Vec<Notice>) {
        let months = period.or_else(|| PeriodRange::of_numbers(&frame.months));
        let is_reported = |credit: &Placed| months.is_some_and(|range| range.contains(credit.period));
        let (reported, outside): (Vec<&Placed>, Vec<&Placed>) =
            self.credits.placed.iter().partition(|credit| is_reported(credit));
        let mut notices = self.credits.notices.clone();
        // A period that was asked for leaves other months out, credits as usage.
        notices.extend(outside.iter().filter(|_| period.is_none()).map(|credit| of_other_month(credit)));

        let takes = |credit: &&&Placed| {
            let customer = frame.customers[credit.customer as usize].uuid;
            let project = credit.project.map(|project| frame.projects[project as usize].uuid);
            filters.takes_month(credit.period) && filters.takes_owner(customer, project)
        };
        let taken: Vec<&Placed> = reported.iter().filter(takes).copied().collect();
        let left_out = match (filters.asks_for_usage(), filters.asks_for_projects()) {
            (true, _) => taken.len(),
            (false, true) => reported.iter().filter(|credit| credit.project.is_none()).count(),
            (false, false) => 0,
        };
        if left_out > 0 {
            let text = format!(
                "the filters ask for a part of the usage; credits are for a customer's whole month, and {left_out} of the price list \
                 {} left out.",
                if left_out == 1 { "is" } else { "are" }
            );
            notices.push(Notice::note(Code::CreditNotPlaced, left_out as u64, text));
        }
        (if filters.asks_for_usage() { Vec::new() } else { taken }, notices)
    }

    /// Credits as a frame of these currencies has them.
    pub(super) fn in_frame(credits: &[&Placed], currencies: &[Currency]) -> Vec<Credit> {
        let credit = |credit: &&Placed| Credit {
            customer: credit.customer,
            project: credit.project,
            currency: currencies.binary_search(&credit.currency).expect("all are among them") as u32,
            period: credit.period,
            amount: credit.amount,
            description: credit.description.as_str().into(),
            exchange: credit.rate.map(|rate| exchange(credit, rate).into()),
        };
        credits.iter().map(credit).collect()
    }
}

/// `-6 JPY at 0.0061`: what is converted, and the rate.
fn exchange(credit: &Placed, rate: i128) -> String {
    let amount = grouped_decimal(&plain(credit.product, 12));
    format!("{amount} {} at {}", credit.from, plain(rate, PRICE_DECIMALS))
}

fn of_other_month(credit: &Placed) -> Notice {
    let text = format!(
        "{} is in no total: it is for {}, which the records do not have. Name the months to report on.",
        match credit.is_adjustment() {
            true => format!("the adjustment {:?}", credit.description),
            false => format!("the credit in line {} of the price list", credit.line),
        },
        credit.period
    );
    Notice::warning(Code::CreditNotPlaced, 1, text)
}
