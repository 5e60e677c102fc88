//! Prices: from the flags to a tariff, and what amounts come to.

use std::path::Path;

use usagebook::config::Configuration;
use usagebook::error::Result;
use usagebook::join::read_source;
use usagebook::price::{Tariff, TariffText};
use usagebook::report::{Pricing, Unpriced};
use usagebook::text::grouped_decimal;

use super::arguments::{BookArguments, PriceArguments, UnpricedChoice};
use super::notices::say;

/// The price list, rates and choices that were named, as they are written.
pub fn text(arguments: &PriceArguments, configuration: &Configuration) -> Result<Option<TariffText>> {
    let source = |path: &Path| read_source(path, configuration.locale(arguments.tables.locale));
    let Some(path) = &arguments.prices else { return Ok(None) };
    let unpriced = arguments.unpriced.map(|choice| match choice {
        UnpricedChoice::Zero => Unpriced::Zero,
        UnpricedChoice::Omit => Unpriced::Omit,
    });
    Ok(Some(TariffText {
        prices: source(path)?,
        rates: arguments.exchange_rates.as_deref().map(source).transpose()?,
        currency: arguments.currency.clone(),
        unpriced,
    }))
}

/// Whether usage can have prices: those that are named, or those that months of a book were closed with.
pub fn may_be_there(arguments: &PriceArguments, book: &BookArguments) -> bool {
    arguments.prices.is_some() || book.book.is_some()
}

/// The price list, rates and choices that were named, understood.
pub fn tariff(arguments: &PriceArguments, configuration: &Configuration) -> Result<Option<Tariff>> {
    text(arguments, configuration)?.map(|text| text.parse()).transpose()
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
