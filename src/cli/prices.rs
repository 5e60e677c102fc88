//! Prices: from the flags to a tariff, and what amounts come to.

use usagebook::error::Result;
use usagebook::ingest::read_plain_file;
use usagebook::price::{ExchangeRates, RateCard, Tariff};
use usagebook::report::{Pricing, Unpriced};
use usagebook::text::grouped_decimal;

use super::arguments::{PriceArguments, UnpricedChoice};
use super::notices::say;

/// The price list, rates and choices that were named.
pub fn tariff(arguments: &PriceArguments) -> Result<Option<Tariff>> {
    let Some(path) = &arguments.prices else { return Ok(None) };
    let card = RateCard::parse(path, &read_plain_file(path)?)?;
    let rates = arguments.exchange_rates.as_deref();
    let rates = rates.map(|path| ExchangeRates::parse(path, &read_plain_file(path)?)).transpose()?;
    let unpriced = arguments.unpriced.map(|choice| match choice {
        UnpricedChoice::Zero => Unpriced::Zero,
        UnpricedChoice::Omit => Unpriced::Omit,
    });
    Tariff::new(card, rates, arguments.currency.as_deref(), unpriced).map(Some)
}

/// What amounts come to, and what rounding did.
pub fn say_amounts(pricing: &Pricing) {
    for total in &pricing.totals {
        let currency = &total.currency;
        let amount = grouped_decimal(&total.amount.to_string());
        let difference = grouped_decimal(total.rounding_difference.as_deref().unwrap_or_default());
        say(format_args!(
            "total {currency} {amount}, including {currency} {difference} of rounding ({})",
            pricing.rounding_of(currency)
        ));
    }
}
