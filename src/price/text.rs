//! Price lists as they were given: what a closing keeps, so that the same amounts can be made again.

use std::path::PathBuf;

use super::{ExchangeRates, PriceList, Tariff};
use crate::error::Result;
use crate::report::Unpriced;

/// A file as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Where it was.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// A price list, and what goes with it, as they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TariffText {
    /// The price list.
    pub prices: SourceText,
    /// The rates that amounts are converted by; `None` if none is.
    pub rates: Option<SourceText>,
    /// What all amounts are converted to: a code of ISO 4217.
    pub currency: Option<String>,
    /// What becomes of usage without a price; `None` if that is an error.
    pub unpriced: Option<Unpriced>,
}

impl TariffText {
    /// What it says.
    ///
    /// # Errors
    /// All that can be wrong in a price list or a table of rates, with the line.
    pub fn parse(&self) -> Result<Tariff> {
        let card = PriceList::parse(&self.prices.path, &self.prices.bytes)?;
        let rates = self.rates.as_ref().map(|rates| ExchangeRates::parse(&rates.path, &rates.bytes));
        Tariff::new(card, rates.transpose()?, self.currency.as_deref(), self.unpriced)
    }
}
