//! The table `[month]`: what the end of every month is made with.
//!
//! ```toml
//! [month]
//! book = "usage.book"
//! url = "https://portal.example.org"
//! token_file = "token"
//! prices = "prices.toml"
//! to = "outputs"
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};

use super::{Line, Place};
use crate::currency::{self, Currency};
use crate::error::Result;
use crate::join::read_source;
use crate::price::{Tariff, TariffText};
use crate::report::{Basis, Unpriced};
use crate::tabular::Locale;

/// The keys of `[month]`. Paths are relative to the folder of the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MonthTable {
    book: PathBuf,
    to: PathBuf,
    url: Option<Line>,
    token_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    dumps: Option<PathBuf>,
    prices: Option<PathBuf>,
    exchange_rates: Option<PathBuf>,
    currency: Option<Code>,
    unpriced: Option<Unpriced>,
    basis: Option<Based>,
    #[serde(default)]
    attributes: Files,
    budget: Option<PathBuf>,
    per: Option<Line>,
    sign: Option<PathBuf>,
}

/// What the end of every month is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthSettings {
    /// The book.
    pub book: PathBuf,
    /// The folder that gets a folder for each month.
    pub to: PathBuf,
    /// The portal; `None` if nothing is downloaded.
    pub url: Option<String>,
    /// The file with the token.
    pub token_file: Option<PathBuf>,
    /// The certificates to trust, and no others.
    pub ca_file: Option<PathBuf>,
    /// The folder for downloads.
    pub dumps: PathBuf,
    /// The price list; without one there are no amounts.
    pub prices: Option<PathBuf>,
    /// The rates to convert by.
    pub exchange_rates: Option<PathBuf>,
    /// The currency to convert to.
    pub currency: Option<String>,
    /// What becomes of usage without a price; `None` if that is an error.
    pub unpriced: Option<Unpriced>,
    /// What figures are made of.
    pub basis: Option<Basis>,
    /// Columns of the user's own.
    pub attributes: Vec<PathBuf>,
    /// What usage is compared with.
    pub budget: Option<PathBuf>,
    /// Who gets a bill.
    pub per: String,
    /// The key that closings are signed with.
    pub sign: Option<PathBuf>,
}

impl MonthTable {
    pub(super) fn settings(self, at: usize, place: &Place<'_>) -> Result<MonthSettings> {
        let beside = |path: PathBuf| place.beside(&path);
        let text = |line: Option<Line>| line.map(|Line(text)| text);
        let needs_prices = [
            ("currency", self.currency.is_some()),
            ("exchange_rates", self.exchange_rates.is_some()),
            ("unpriced", self.unpriced.is_some()),
        ];
        if let (None, Some((key, _))) = (&self.prices, needs_prices.iter().find(|(_, is_there)| *is_there)) {
            return Err(place.wrong_at(at, format!("month.{key}: expected the key prices beside it")));
        }
        if self.exchange_rates.is_some() && self.currency.is_none() {
            let reason = "month.exchange_rates: expected the key currency beside it, as currency = \"EUR\"";
            return Err(place.wrong_at(at, reason.to_owned()));
        }
        Ok(MonthSettings {
            book: beside(self.book),
            to: beside(self.to),
            url: text(self.url),
            token_file: self.token_file.map(beside),
            ca_file: self.ca_file.map(beside),
            dumps: beside(self.dumps.unwrap_or_else(|| PathBuf::from("dumps"))),
            prices: self.prices.map(beside),
            exchange_rates: self.exchange_rates.map(beside),
            currency: self.currency.map(|Code(code)| code),
            unpriced: self.unpriced,
            basis: self.basis.map(|Based(basis)| basis),
            attributes: self.attributes.0.into_iter().map(beside).collect(),
            budget: self.budget.map(beside),
            per: text(self.per).unwrap_or_else(|| "customer".to_owned()),
            sign: self.sign.map(beside),
        })
    }
}

impl MonthSettings {
    /// The price list with what goes with it, as the files say it now.
    ///
    /// # Errors
    /// A file that cannot be read, or says what there is not.
    pub fn tariff(&self, locale: Option<Locale>) -> Result<Option<Tariff>> {
        let source = |path: &PathBuf| read_source(path, locale);
        let Some(prices) = &self.prices else { return Ok(None) };
        let text = TariffText {
            prices: source(prices)?,
            rates: self.exchange_rates.as_ref().map(source).transpose()?,
            currency: self.currency.clone(),
            unpriced: self.unpriced,
        };
        text.parse().map(Some)
    }

    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let files =
            [&self.prices, &self.exchange_rates, &self.budget, &self.token_file, &self.ca_file, &self.sign];
        files.into_iter().flatten().chain(&self.attributes).map(PathBuf::as_path)
    }
}

/// A code of ISO 4217.
#[derive(Debug)]
struct Code(String);

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match Currency::parse(&text) {
            Some(_) => Ok(Self(text)),
            None => {
                let expected = currency::expected_instead(&text);
                Err(D::Error::invalid_value(Unexpected::Str(&text), &expected.as_str()))
            }
        }
    }
}

/// A list of files.
#[derive(Debug, Default)]
struct Files(Vec<PathBuf>);

impl<'de> Deserialize<'de> for Files {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)?.try_into() {
            Ok(files) => Ok(Self(files)),
            Err(_) => Err(D::Error::custom("expected a list of files, as attributes = [\"customers.csv\"]")),
        }
    }
}

/// A basis by the word that is typed for it.
#[derive(Debug)]
struct Based(Basis);

impl<'de> Deserialize<'de> for Based {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "component-usage" => Ok(Self(Basis::ComponentUsage)),
            "users" => Ok(Self(Basis::Users)),
            other => Err(D::Error::invalid_value(Unexpected::Str(other), &"component-usage or users")),
        }
    }
}
