//! The money of a closing: the price list as it was given, what it says, and every amount.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::add::{pack, store};
use super::manifest::{FileKind, StoredFile};
use super::store::{damaged, sha256};
use super::writer::NewFile;
use super::{Book, BookWriter, Month};
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::price::{SourceText, TariffText};
use crate::report::{Basis, Unpriced};

/// What a month's amounts were made with when it was closed, and what they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedMoney {
    /// The price list, as it was given.
    pub price_list: KeptFile,
    /// The rates that amounts were converted by, as they were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rates: Option<KeptFile>,
    /// The currency that all amounts were converted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What became of usage without a price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unpriced: Option<Unpriced>,
    /// What usage and amounts are made of.
    pub basis: Basis,
    /// Every charge line with its terms and its amount, then every credit.
    pub charges: KeptFile,
    /// What they come to, one for each currency.
    pub totals: Vec<ClosedTotal>,
}

/// A text that a closing keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeptFile {
    /// The path as it was given; of what the book made itself, a name.
    pub path: String,
    /// 64 hex digits, over the text.
    pub sha256: String,
    /// The size of the text, which the book packs.
    pub bytes: u64,
    pub(crate) file: StoredFile,
}

/// What the amounts of a month come to in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedTotal {
    /// Its code in ISO 4217.
    pub currency: String,
    /// Plain decimal digits.
    pub amount: String,
}

/// The money that a month is to be closed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyToKeep {
    /// The price list and what goes with it.
    pub tariff: TariffText,
    /// What usage and amounts are made of.
    pub basis: Basis,
    /// Every charge line with its terms and its amount, then every credit, as `RatedMonths::charges` has them.
    pub charges: Vec<u8>,
    /// What they come to.
    pub totals: Vec<ClosedTotal>,
}

/// What the book calls the charges.
const CHARGES: &str = "charges.csv";

impl ClosedMoney {
    /// Packs it into files of a book.
    pub(super) fn new(money: &MoneyToKeep, files: &mut Vec<NewFile>) -> Self {
        let mut keep = |path: String, text: &[u8]| KeptFile {
            path,
            sha256: sha256(text),
            bytes: text.len() as u64,
            file: store(files, pack(text), FileKind::Zst),
        };
        let MoneyToKeep { tariff, basis, charges, totals } = money;
        let mut source = |source: &SourceText| keep(source.path.display().to_string(), &source.bytes);
        let (price_list, exchange_rates) = (source(&tariff.prices), tariff.rates.as_ref().map(source));
        Self {
            price_list,
            exchange_rates,
            currency: tariff.currency.clone(),
            unpriced: tariff.unpriced,
            basis: *basis,
            charges: keep(CHARGES.to_owned(), charges),
            totals: totals.clone(),
        }
    }

    /// Whether another one has the same charges, made of the same, whatever the price list is called.
    pub(super) fn has_charges_of(&self, other: &Self) -> bool {
        (self.basis, &self.charges.sha256) == (other.basis, &other.charges.sha256)
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &StoredFile> {
        [&self.price_list, &self.charges].into_iter().chain(&self.exchange_rates).map(|kept| &kept.file)
    }
}

impl Month {
    /// The price list of the latest version, if it has one.
    pub fn money(&self) -> Option<&ClosedMoney> {
        self.closings.last().and_then(|closing| closing.money.as_ref())
    }
}

impl Book {
    /// The price list of a closing, as it was given.
    ///
    /// # Errors
    /// Files that are damaged or not there.
    pub fn tariff_text(&self, money: &ClosedMoney) -> Result<TariffText> {
        let source = |kept: &KeptFile| -> Result<SourceText> {
            Ok(SourceText { path: PathBuf::from(&kept.path), bytes: self.kept(kept)? })
        };
        Ok(TariffText {
            prices: source(&money.price_list)?,
            rates: money.exchange_rates.as_ref().map(source).transpose()?,
            currency: money.currency.clone(),
            unpriced: money.unpriced,
        })
    }

    /// A text that a closing keeps.
    ///
    /// # Errors
    /// A file that is damaged or not there.
    pub fn kept(&self, kept: &KeptFile) -> Result<Vec<u8>> {
        let packed = self.store.read(&kept.file)?;
        let text = usize::try_from(kept.bytes).ok().and_then(|bytes| {
            // One byte more shows a text that is longer than it is said to be.
            zstd::bulk::decompress(&packed, bytes.checked_add(1)?).ok()
        });
        let text = text.filter(|text| sha256(text) == kept.sha256);
        text.ok_or_else(|| damaged(&self.kept_path(kept), "it is not the text that the closing names"))
    }

    /// Where the book has a text that a closing keeps.
    pub fn kept_path(&self, kept: &KeptFile) -> PathBuf {
        self.store.path(&kept.file)
    }
}

impl BookWriter {
    /// The latest version of a month with its price list.
    pub(crate) fn last_money(&self, period: BillingPeriod) -> Option<&ClosedMoney> {
        self.manifest.months.get(&period).and_then(Month::money)
    }
}
