//! From Python's arguments to a question of the library: what the command does with its flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use usagebook::book::{Book, Version};
use usagebook::config::Configuration;
use usagebook::dimension::{Attribute, Dimension};
use usagebook::error::{Error, Result};
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::{ReadRequest, Reading, read_plain_file};
use usagebook::join::{Attributes, Budget, read_source};
use usagebook::period::AskedPeriod;
use usagebook::price::{Tariff, TariffText};
use usagebook::pseudonym::Pseudonyms;
use usagebook::report::{Basis, Unpriced};
use usagebook::tabular::Locale;
use usagebook::usecase::{self, AsOf, Earlier, Layout, Question, Source};

/// Which records are asked for, and what is joined to them. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct Asked {
    pub inputs: Vec<String>,
    pub book: Option<PathBuf>,
    pub version: Option<String>,
    pub period: Option<String>,
    pub as_of: Option<String>,
    pub fiscal_year_start: Option<u32>,
    pub timezone: Option<String>,
    pub threads: Option<usize>,
    pub accept_incomplete: bool,
    pub rejects: Option<PathBuf>,
    pub config: Option<PathBuf>,
    pub filters: BTreeMap<String, Vec<String>>,
    pub prices: PricesAsked,
    pub attributes: Vec<PathBuf>,
    pub basis: Option<String>,
    pub parents: Vec<String>,
    pub pseudonyms: Option<PathBuf>,
}

/// A price list and what goes with it.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct PricesAsked {
    pub prices: Option<PathBuf>,
    pub exchange_rates: Option<PathBuf>,
    pub currency: Option<String>,
    pub unpriced: Option<String>,
    pub locale: Option<String>,
}

/// How a report is laid out.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct LayoutAsked {
    pub by: Option<Vec<String>>,
    pub compare: Option<String>,
    pub pivot: Option<String>,
    pub top: Option<usize>,
    pub budget: Option<PathBuf>,
}

/// All that a question borrows, read and understood.
#[derive(Debug)]
pub struct Owned {
    pub book: Option<Book>,
    pub configuration: Configuration,
    pub attributes: Attributes,
    pub tariff: Option<Tariff>,
    version: Option<Version>,
    request: ReadRequest,
    period: Option<AskedPeriod>,
    as_of: Option<AsOf>,
    clock: DateTime<Utc>,
    fiscal_year_start: u32,
    filters: Filters,
    pseudonyms: Option<Pseudonyms>,
    basis: Option<Basis>,
    parents: Vec<String>,
    pub rejects: Option<PathBuf>,
    pub locale: Option<Locale>,
    /// What is read, and may not be written over.
    pub reads: Vec<PathBuf>,
}

impl Asked {
    /// # Errors
    /// Values that are none, files that cannot be read, a folder that is no book.
    pub fn read(self) -> Result<Owned> {
        let configuration =
            self.config.as_deref().map_or_else(|| Ok(Configuration::default()), Configuration::read)?;
        let book = self.book.as_deref().map(Book::open).transpose()?;
        let timezone = self.timezone.as_deref().map(timezone).transpose()?;
        if let (Some(book), Some(asked)) = (&book, timezone) {
            let own = book.timezone()?;
            if own != asked {
                return Err(bad("timezone", asked.name(), &format!("{}, the book's", own.name())));
            }
        }
        let locale = configuration.locale(locale(self.prices.locale.as_deref())?);
        let pseudonyms = self.pseudonyms.as_deref().map(|path| Pseudonyms::new(&read_plain_file(path)?));
        let mut filters = Filters::default();
        for (name, values) in &self.filters {
            let filter = Filter::ALL.into_iter().find(|filter| keyword(*filter) == *name);
            let filter = filter.ok_or_else(|| bad("filter", name, "a filter of the endpoint"))?;
            values.iter().try_for_each(|value| filters.add(filter, value))?;
        }
        let prices = [&self.prices.prices, &self.prices.exchange_rates];
        let reads = [&self.config, &self.pseudonyms].into_iter().chain(prices).flatten().cloned();
        let reads = reads.chain(self.attributes.iter().cloned());
        let reads = reads.chain(self.inputs.iter().chain(&self.parents).map(PathBuf::from)).collect();
        Ok(Owned {
            request: ReadRequest {
                inputs: self.inputs,
                reading: Reading {
                    timezone: timezone.or(configuration.timezone).unwrap_or(chrono_tz::UTC),
                    keeps_details: false,
                    keeps_raw: self.rejects.is_some(),
                },
                accepts_incomplete: self.accept_incomplete,
                hashes_files: true,
                threads: self.threads,
            },
            version: self.version.as_deref().map(str::parse).transpose()?,
            period: self.period.as_deref().map(str::parse).transpose()?,
            as_of: self.as_of.as_deref().map(str::parse).transpose()?,
            clock: usecase::now()?,
            fiscal_year_start: fiscal_year_start(&configuration, self.fiscal_year_start)?,
            filters,
            pseudonyms: pseudonyms.transpose()?,
            attributes: Attributes::read(&self.attributes, locale)?,
            tariff: self.prices.text(locale)?.map(|text| text.parse()).transpose()?,
            basis: self.basis.as_deref().map(basis).transpose()?,
            parents: self.parents,
            rejects: self.rejects,
            book,
            configuration,
            locale,
            reads,
        })
    }
}

impl PricesAsked {
    /// The files as they are written; `None` without a price list.
    ///
    /// # Errors
    /// Files that cannot be read, a choice that is none.
    pub fn text(&self, locale: Option<Locale>) -> Result<Option<TariffText>> {
        let source = |path: &Path| read_source(path, locale);
        let Some(path) = &self.prices else { return Ok(None) };
        Ok(Some(TariffText {
            prices: source(path)?,
            rates: self.exchange_rates.as_deref().map(source).transpose()?,
            currency: self.currency.clone(),
            unpriced: self.unpriced.as_deref().map(unpriced).transpose()?,
        }))
    }
}

impl Owned {
    pub fn question(&self) -> Question<'_> {
        let source = match &self.book {
            Some(book) => Source::Book(book, self.version.clone()),
            None => Source::Inputs(self.request.clone()),
        };
        Question {
            period: self.period,
            as_of: self.as_of,
            fiscal_year_start: self.fiscal_year_start,
            filters: self.filters.clone(),
            pseudonyms: self.pseudonyms.as_ref(),
            attributes: Some(&self.attributes),
            tariff: self.tariff.as_ref(),
            basis: self.basis,
            parents: self.parents.clone(),
            rejects: self.rejects.as_ref().map(|path| path.display().to_string()),
            ..Question::new(source, self.clock)
        }
    }

    /// The columns of the user's own that can be grouped by.
    pub fn columns(&self) -> Vec<Attribute> {
        usecase::own_columns(&self.attributes, self.book.as_ref())
    }

    pub fn period(&self) -> Option<AskedPeriod> {
        self.period
    }

    pub fn filters(&self) -> &Filters {
        &self.filters
    }

    pub fn accepts_incomplete(&self) -> bool {
        self.request.accepts_incomplete
    }
}

impl LayoutAsked {
    /// # Errors
    /// Dimensions that nobody knows, choices that are none.
    pub fn layout(&self, own: &[Attribute]) -> Result<Layout> {
        let comparison = |choice: &str| match choice {
            "previous-month" => Ok(Earlier::PreviousMonth),
            "previous-year" => Ok(Earlier::PreviousYear),
            "like-for-like" => Ok(Earlier::LikeForLike),
            _ => Err(bad("compare", choice, "previous-month, previous-year or like-for-like")),
        };
        let pivoted = |choice: &str| match choice {
            "period" => Ok(true),
            _ => Err(bad("pivot", choice, "period")),
        };
        Ok(Layout {
            by: match &self.by {
                Some(by) => Dimension::parse_list_with(&by.join(","), own)?,
                None => Dimension::DEFAULT.to_vec(),
            },
            comparison: self.compare.as_deref().map(comparison).transpose()?,
            is_pivoted: self.pivot.as_deref().map_or(Ok(false), pivoted)?,
            top: match self.top {
                Some(0) => return Err(bad("top", "0", "a number of rows, from 1")),
                top => top,
            },
        })
    }

    /// # Errors
    /// A table that cannot be used, or that does not go with the rest.
    pub fn budget(&self, owned: &Owned) -> Result<Option<Budget>> {
        let Some(path) = &self.budget else { return Ok(None) };
        let budget = Budget::read(path, owned.locale)?;
        budget.check_filters(owned.filters())?;
        Ok(Some(budget))
    }
}

/// A value that does not fit its keyword.
pub fn bad(parameter: &'static str, value: &str, expected: &str) -> Error {
    Error::BadParameter { parameter, value: value.to_owned(), expected: expected.to_owned() }
}

/// The keyword of a filter, which is the command's flag: the endpoint's parameter, with one underscore where it has two.
fn keyword(filter: Filter) -> String {
    filter.name().replace("__", "_")
}

pub fn timezone(name: &str) -> Result<chrono_tz::Tz> {
    name.parse().map_err(|_| bad("timezone", name, "the IANA name of a time zone, as Europe/Tallinn or UTC"))
}

/// How tables of text are written.
pub fn locale(text: Option<&str>) -> Result<Option<Locale>> {
    let parse = |text: &str| {
        text.parse().map_err(|expected: String| bad("locale", text, expected.trim_start_matches("expected ")))
    };
    text.map(parse).transpose()
}

pub fn basis(choice: &str) -> Result<Basis> {
    match choice {
        "component-usage" => Ok(Basis::ComponentUsage),
        "users" => Ok(Basis::Users),
        _ => Err(bad("basis", choice, "component-usage or users")),
    }
}

fn unpriced(choice: &str) -> Result<Unpriced> {
    match choice {
        "zero" => Ok(Unpriced::Zero),
        "omit" => Ok(Unpriced::Omit),
        _ => Err(bad("unpriced", choice, "zero or omit")),
    }
}

fn fiscal_year_start(configuration: &Configuration, given: Option<u32>) -> Result<u32> {
    match given {
        Some(month) if !(1..=12).contains(&month) => {
            Err(bad("fiscal_year_start", &month.to_string(), "a month, 1 to 12"))
        }
        given => Ok(configuration.fiscal_year_start(given)),
    }
}
