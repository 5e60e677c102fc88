//! The book and its settings, as they are when a page is asked for.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::book::{Book, Month, Version};
use crate::config::{Configuration, MonthSettings};
use crate::dimension::Attribute;
use crate::error::Result;
use crate::join::Attributes;
use crate::period::{AskedPeriod, BillingPeriod, Calendar, PeriodRange};
use crate::price::Tariff;
use crate::usecase::{Question, Source};

/// What a desk is of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The book's folder.
    pub book: PathBuf,
    /// The configuration; its `[month]` has the prices and attributes.
    pub configuration: Option<PathBuf>,
    /// Whether nothing is written to the book, whatever is asked.
    pub is_read_only: bool,
}

/// A book as of one commit, with what the configuration says now.
#[derive(Debug)]
pub(crate) struct Opened {
    pub book: Book,
    pub configuration: Configuration,
    pub tariff: Option<Tariff>,
    pub attributes: Attributes,
    clock: DateTime<Utc>,
}

impl Settings {
    /// Reads everything anew: a desk shows what a command would.
    pub(crate) fn open(&self, clock: DateTime<Utc>) -> Result<Opened> {
        let book = Book::open(&self.book)?;
        let configuration = match &self.configuration {
            Some(path) => Configuration::read(path)?,
            None => Configuration::default(),
        };
        let locale = configuration.locale(None);
        let (tariff, attributes) = match &configuration.month {
            Some(month) => (month.tariff(locale)?, Attributes::read(&month.attributes, locale)?),
            None => (None, Attributes::default()),
        };
        Ok(Opened { book, configuration, tariff, attributes, clock })
    }
}

impl Opened {
    /// `[month]` of the configuration.
    pub(crate) fn month_settings(&self) -> Option<&MonthSettings> {
        self.configuration.month.as_ref()
    }

    /// A question about months of the book, with the prices and attributes of the configuration.
    ///
    /// # Errors
    /// A book that does not name a time zone.
    pub(crate) fn question(
        &self,
        period: Option<AskedPeriod>,
        version: Option<Version>,
    ) -> Result<Question<'_>> {
        let calendar = self.calendar()?;
        let range = period.map(|period| period.seen(calendar));
        // Closed months have their own prices.
        let is_frozen = self.is_frozen(range, version.as_ref());
        Ok(Question {
            period,
            fiscal_year_start: self.configuration.fiscal_year_start(None),
            tariff: self.tariff.as_ref().filter(|_| !is_frozen),
            basis: self.month_settings().and_then(|month| month.basis).filter(|_| !is_frozen),
            attributes: Some(&self.attributes),
            ..Question::new(Source::Book(&self.book, version), self.clock)
        })
    }

    /// What the months of a question are seen with.
    pub(crate) fn calendar(&self) -> Result<Calendar> {
        Ok(Calendar {
            as_of: self.book.day()?,
            fiscal_year_start: self.configuration.fiscal_year_start(None),
        })
    }

    /// Whether all months of a range, or of the book, are read as they were closed with money.
    pub(crate) fn is_frozen(&self, range: Option<PeriodRange>, version: Option<&Version>) -> bool {
        let read = |month: &Month| {
            let last = month.closings.last();
            let closing = match version {
                None => last,
                Some(Version::Closed(number)) => {
                    month.closings.iter().find(|closing| closing.version == *number).or(last)
                }
                Some(_) => None,
            };
            closing.is_some_and(|closing| closing.money.is_some())
        };
        let is_asked = |period| range.is_none_or(|range| range.contains(period));
        let mut months = self.book.months().filter(|(period, _)| is_asked(*period)).peekable();
        months.peek().is_some() && months.all(|(_, month)| read(month))
    }

    /// The columns of the user's own, by which usage can be grouped.
    pub(crate) fn own(&self) -> Vec<Attribute> {
        let mut all = self.attributes.list();
        for closed in self.book.closed_columns() {
            if !all.iter().any(|known| known.name() == closed.name()) {
                all.push(closed);
            }
        }
        all
    }

    /// The latest month that has records, else the latest of all.
    pub(crate) fn latest(&self) -> Option<BillingPeriod> {
        let with_records = self.book.months().filter(|(_, month)| month.now.records > 0).last();
        with_records.or_else(|| self.book.months().last()).map(|(period, _)| period)
    }

    /// The months, the latest first.
    pub(crate) fn months(&self) -> Vec<(BillingPeriod, &Month)> {
        let mut months: Vec<_> = self.book.months().collect();
        months.reverse();
        months
    }

    /// What figures of the book depend on: the commit, and the files of the configuration as they are.
    pub(crate) fn state(&self) -> String {
        let files = self
            .configuration
            .path()
            .into_iter()
            .chain(self.month_settings().into_iter().flat_map(MonthSettings::files));
        let of_file = |path: &Path| {
            let metadata = fs::metadata(path).ok();
            metadata.map(|found| (found.len(), found.modified().ok()))
        };
        let files: Vec<_> = files.map(of_file).collect();
        format!("{} {files:?}", self.book.generation_name())
    }
}

/// One month as a period is asked for.
pub(crate) fn month(period: BillingPeriod) -> AskedPeriod {
    AskedPeriod::Months(PeriodRange::month(period))
}
