//! What one currency is worth in another, month by month.

use std::collections::HashMap;
use std::path::Path;

use super::exact::PRICE_DECIMALS;
use super::fields::{Fields, Value, refused};
use super::price_list::SourceFile;
use super::sheet;
use super::text::SourceText;
use crate::currency::Currency;
use crate::error::Result;
use crate::period::BillingPeriod;

/// A table of monthly rates.
#[derive(Clone, Debug)]
pub struct ExchangeRates {
    pub(crate) source: SourceFile,
    /// By month, from and to; whole numbers of 10⁻¹⁰.
    rates: HashMap<(BillingPeriod, Currency, Currency), i128>,
}

const KEYS: [&str; 4] = ["period", "from", "to", "rate"];

impl ExchangeRates {
    /// Reads rates: `[[exchange_rate]]` of TOML, or the rows of CSV where the file's name ends so.
    ///
    /// # Errors
    /// [`Error::BadPriceList`](crate::error::Error::BadPriceList) with the line, for all that can be wrong.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::of(&SourceText::new(path, bytes))
    }

    /// Reads rates; those of a table as its locale writes them.
    ///
    /// # Errors
    /// As of [`ExchangeRates::parse`].
    pub fn of(text: &SourceText) -> Result<Self> {
        let path = text.path.as_path();
        let mut lines = HashMap::new();
        let mut rates = HashMap::new();
        for field in sheet::entries(text, &KEYS, &["exchange_rate"])? {
            let Value::Entries(entries) = field.value else {
                let reason = "expected [[exchange_rate]] above each rate's keys".to_owned();
                return Err(refused(path, field.line, reason));
            };
            for entry in entries {
                let line = entry.line;
                let (key, rate) = rate(entry)?;
                if let Some(earlier) = lines.insert(key, line) {
                    let (period, from, to) = key;
                    let reason = format!(
                        "the rate from {from} to {to} in {period} is in line {earlier} too; expected it once"
                    );
                    return Err(refused(path, line, reason));
                }
                rates.insert(key, rate);
            }
        }
        Ok(Self { source: sheet::source(text), rates })
    }

    /// A whole number of 10⁻¹⁰; none if the table does not have it. No rate is turned around.
    pub fn rate(&self, period: BillingPeriod, from: Currency, to: Currency) -> Option<i128> {
        self.rates.get(&(period, from, to)).copied()
    }
}

fn rate(mut fields: Fields<'_>) -> Result<((BillingPeriod, Currency, Currency), i128)> {
    let period = fields.month("period")?;
    let from = fields.currency("from")?;
    let to = fields.currency("to")?;
    let line = fields.line_of("rate");
    let rate = fields.positive("rate", PRICE_DECIMALS)?;
    let expected = crate::currency::EXPECTED;
    let key = (
        fields.required("period", period, "the month, as \"2026-10\"")?,
        fields.required("from", from, expected)?,
        fields.required("to", to, expected)?,
    );
    let rate = fields.required("rate", rate, "what one of from is worth in to")?;
    if rate == 0 {
        return Err(fields.unexpected("rate", "0", line, "a rate above zero"));
    }
    fields.finish(&KEYS)?;
    Ok((key, rate))
}
