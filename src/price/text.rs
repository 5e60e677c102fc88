//! Price lists as they were given: what a closing keeps, so that the same amounts can be made again.

use std::path::{Path, PathBuf};

use super::{ExchangeRates, PriceList, Tariff};
use crate::error::Result;
use crate::report::Unpriced;
use crate::tabular::Locale;

/// A file as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceText {
    /// Where it was.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Vec<u8>,
    /// How its numbers and days are written if it is a table; `None` if nobody stated it.
    pub locale: Option<Locale>,
}

impl SourceText {
    /// A text whose locale nobody stated.
    pub fn new(path: &Path, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), bytes: bytes.to_vec(), locale: None }
    }
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
        let card = PriceList::of(&self.prices)?;
        let rates = self.rates.as_ref().map(ExchangeRates::of);
        Tariff::new(card, rates.transpose()?, self.currency.as_deref(), self.unpriced)
    }
}
