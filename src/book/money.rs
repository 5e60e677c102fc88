//! The money of a closing: the price list as it was given, what it says, and every amount; and its attributes.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::add::{pack, store};
use super::manifest::{FileKind, StoredFile};
use super::store::{damaged, sha256};
use super::writer::NewFile;
use super::{Book, BookWriter, Closing};
use crate::dimension::{Attribute, Dimension};
use crate::error::Result;
use crate::join::AttributeValues;
use crate::period::BillingPeriod;
use crate::price::{SourceText, TariffText};
use crate::report::{Basis, Unpriced};
use crate::tabular::Locale;

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
    /// How the numbers and days of a table are written, where it was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    pub(crate) file: StoredFile,
}

/// What the customers, projects, offerings and resources of a month had in columns of the user's own when it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedAttributes {
    /// The tables, as they were given.
    pub tables: Vec<KeptFile>,
    /// The columns, each with what it belongs to: `customer`, `project`, `offering` or `resource`.
    pub columns: Vec<ClosedColumn>,
    /// The value of each entity.
    pub values: KeptFile,
}

/// A column of the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedColumn {
    /// As the table has it.
    pub name: String,
    /// What it belongs to.
    pub owner: String,
}

/// The attributes that a month is to be closed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributesToKeep {
    /// The tables, as they were given.
    pub tables: Vec<SourceText>,
    /// What they say of the month.
    pub values: AttributeValues,
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
/// What it calls the values of attributes.
const ATTRIBUTES: &str = "attributes.csv";

/// Packs a text into a file of a book.
pub(super) fn keep(path: &str, text: &[u8], files: &mut Vec<NewFile>) -> KeptFile {
    KeptFile {
        path: path.to_owned(),
        sha256: sha256(text),
        bytes: text.len() as u64,
        locale: None,
        file: store(files, pack(text), FileKind::Zst),
    }
}

fn keep_source(source: &SourceText, files: &mut Vec<NewFile>) -> KeptFile {
    KeptFile { locale: source.locale, ..keep(&source.path.display().to_string(), &source.bytes, files) }
}

impl ClosedAttributes {
    /// Packs them into files of a book.
    pub(super) fn new(attributes: &AttributesToKeep, files: &mut Vec<NewFile>) -> Self {
        let AttributesToKeep { tables, values } = attributes;
        let column = |attribute: Attribute| ClosedColumn {
            name: attribute.name().to_owned(),
            owner: attribute.owner().name().to_owned(),
        };
        Self {
            tables: tables.iter().map(|table| keep_source(table, files)).collect(),
            columns: values.list().into_iter().map(column).collect(),
            values: keep(ATTRIBUTES, &values.to_csv(), files),
        }
    }

    /// Whether another one says the same of the same month.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.values.sha256 == other.values.sha256
    }

    /// All columns.
    pub fn list(&self) -> Vec<Attribute> {
        let attribute = |column: &ClosedColumn| {
            Some(Attribute::new(&column.name, column.owner.parse::<Dimension>().ok()?))
        };
        self.columns.iter().filter_map(attribute).collect()
    }
}

impl Closing {
    /// The files of its money and attributes.
    pub(super) fn kept_files(&self) -> impl Iterator<Item = &StoredFile> {
        let attributes = self.attributes.iter().flat_map(|kept| kept.tables.iter().chain([&kept.values]));
        self.money.iter().flat_map(ClosedMoney::files).chain(attributes.map(|kept| &kept.file))
    }
}

impl ClosedMoney {
    /// Packs it into files of a book.
    pub(super) fn new(money: &MoneyToKeep, files: &mut Vec<NewFile>) -> Self {
        let MoneyToKeep { tariff, basis, charges, totals } = money;
        let price_list = keep_source(&tariff.prices, files);
        let exchange_rates = tariff.rates.as_ref().map(|rates| keep_source(rates, files));
        Self {
            price_list,
            exchange_rates,
            currency: tariff.currency.clone(),
            unpriced: tariff.unpriced,
            basis: *basis,
            charges: keep(CHARGES, charges, files),
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

impl Book {
    /// The price list of a closing, as it was given.
    ///
    /// # Errors
    /// Files that are damaged or not there.
    pub fn tariff_text(&self, money: &ClosedMoney) -> Result<TariffText> {
        Ok(TariffText {
            prices: self.source(&money.price_list)?,
            rates: money.exchange_rates.as_ref().map(|rates| self.source(rates)).transpose()?,
            currency: money.currency.clone(),
            unpriced: money.unpriced,
        })
    }

    /// The tables of attributes of a closing, as they were given.
    ///
    /// # Errors
    /// Files that are damaged or not there.
    pub fn attribute_texts(&self, attributes: &ClosedAttributes) -> Result<Vec<SourceText>> {
        attributes.tables.iter().map(|kept| self.source(kept)).collect()
    }

    fn source(&self, kept: &KeptFile) -> Result<SourceText> {
        Ok(SourceText { path: PathBuf::from(&kept.path), bytes: self.kept(kept)?, locale: kept.locale })
    }

    /// What the entities of a closing had in columns of the user's own.
    ///
    /// # Errors
    /// A file that is damaged or not there.
    pub fn attribute_values(&self, attributes: &ClosedAttributes) -> Result<AttributeValues> {
        let values = AttributeValues::parse(&self.kept(&attributes.values)?);
        values.ok_or_else(|| damaged(&self.kept_path(&attributes.values), "it is no table of attributes"))
    }

    /// All columns that months were closed with, each once.
    pub fn closed_columns(&self) -> Vec<Attribute> {
        let closings = self.months().flat_map(|(_, month)| &month.closings);
        let mut columns = Vec::new();
        for attribute in
            closings.filter_map(|closing| closing.attributes.as_ref()).flat_map(ClosedAttributes::list)
        {
            if !columns.contains(&attribute) {
                columns.push(attribute);
            }
        }
        columns
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
    /// The latest version of a month.
    pub(crate) fn last_closing(&self, period: BillingPeriod) -> Option<&Closing> {
        self.manifest.months.get(&period).and_then(|month| month.closings.last())
    }
}
