//! What a page shows, in a form of which an address, a question and a command can be made.

use super::opened::{Opened, month};
use super::parameters::Parameters;
use crate::book::Version;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::filter::{Filter, Filters};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::usecase::{Earlier, Layout, Question, ReportQuestion};

/// What a page or a file of the desk shows, for a face to say with which command one gets the same.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Asked<'a> {
    /// The months of the book.
    Months,
    /// A report; to a file of this name, if it is one.
    Figures(&'a FiguresAsked, Option<&'a str>),
    /// How amounts came about.
    Arithmetic(&'a FiguresAsked),
    /// The records behind a figure.
    Records(&'a FiguresAsked),
    /// What changed between two states of a month, in records or in money.
    Changes {
        /// The month.
        period: BillingPeriod,
        /// The earlier state; `None` for the latest closed version.
        from: Option<&'a Version>,
        /// The later state.
        to: &'a Version,
        /// Amounts instead of records.
        is_money: bool,
    },
    /// The checks of a month.
    Warnings(BillingPeriod, Option<&'a Version>),
    /// The deliveries of the book.
    Log,
}

/// Figures of some months.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FiguresAsked {
    /// The months, as they can be typed; `None` for all that there are.
    pub period: Option<String>,
    /// `None` for closed months as they were closed last, and for others as they are now.
    pub version: Option<Version>,
    /// What usage is grouped by.
    pub by: Vec<Dimension>,
    /// What it is compared with.
    pub comparison: Option<Earlier>,
    /// The rows for each stretch of time and unit; `None` for all.
    pub top: Option<usize>,
    /// Which records count.
    pub filters: Vec<(Filter, String)>,
}

/// What figures are grouped by if nothing is asked for.
const BY: [Dimension; 2] = [Dimension::Customer, Dimension::Component];

/// What stands for all months.
pub(crate) const ALL_MONTHS: &str = "all";

/// The words for comparisons, in addresses.
pub(crate) const COMPARISONS: [(&str, &str, Earlier); 3] = [
    ("previous-month", "the previous month", Earlier::PreviousMonth),
    ("previous-year", "the previous year", Earlier::PreviousYear),
    ("like-for-like", "as many earlier months", Earlier::LikeForLike),
];

impl FiguresAsked {
    /// Reads an address. Without a period, the latest month of the book is meant.
    pub(crate) fn read(parameters: &Parameters, opened: &Opened) -> Result<Self> {
        let words: Vec<&str> = parameters.all("by").map(str::trim).collect();
        let by = match words.is_empty() {
            true => BY.to_vec(),
            false => Dimension::parse_list_with(&words.join(","), &opened.own())?,
        };
        let period = match parameters.one("period") {
            Some(ALL_MONTHS) => None,
            Some(text) => {
                text.parse::<AskedPeriod>()?;
                Some(text.to_owned())
            }
            None => opened.latest().map(|period| period.to_string()),
        };
        let bad = |parameter, value: &str, expected: &str| Error::BadParameter {
            parameter,
            value: value.to_owned(),
            expected: expected.to_owned(),
        };
        let comparison = parameters.one("compare").map(|word| {
            let known = COMPARISONS.into_iter().find(|(known, ..)| *known == word);
            known
                .map(|(.., earlier)| earlier)
                .ok_or_else(|| bad("compare", word, "previous-month, previous-year or like-for-like"))
        });
        let top = parameters.one("top").map(|text| {
            let number = text.parse().ok().filter(|number| (1..=100_000).contains(number));
            number.ok_or_else(|| bad("top", text, "a number of rows, 1 to 100,000"))
        });
        let filters = Filter::ALL
            .into_iter()
            .flat_map(|filter| parameters.all(filter.name()).map(move |value| (filter, value.to_owned())));
        let asked = Self {
            period,
            version: parameters.one("version").map(str::parse).transpose()?,
            by,
            comparison: comparison.transpose()?,
            top: top.transpose()?,
            filters: filters.collect(),
        };
        asked.filters()?;
        Ok(asked)
    }

    pub(crate) fn filters(&self) -> Result<Filters> {
        let mut filters = Filters::default();
        self.filters.iter().try_for_each(|(filter, value)| filters.add(*filter, value))?;
        Ok(filters)
    }

    pub(crate) fn asked_period(&self) -> Result<Option<AskedPeriod>> {
        self.period.as_deref().map(str::parse).transpose()
    }

    /// The months that are meant, if they are named; the book's latest day says which the last month is.
    pub(crate) fn range(&self, opened: &Opened) -> Result<Option<PeriodRange>> {
        let calendar = opened.calendar()?;
        Ok(self.asked_period()?.map(|period| period.seen(calendar)))
    }

    pub(crate) fn question<'q>(&self, opened: &'q Opened) -> Result<ReportQuestion<'q>> {
        let mut records = Question {
            filters: self.filters()?,
            ..opened.question(self.asked_period()?, self.version.clone())?
        };
        let earlier = self.range(opened)?.zip(self.comparison).map(|(range, comparison)| {
            range.plus_months(match comparison {
                Earlier::PreviousMonth => -1,
                Earlier::PreviousYear => -12,
                Earlier::LikeForLike => -range.months(),
            })
        });
        // Earlier months that are open have no prices of their own.
        if earlier.is_some_and(|earlier| !opened.is_frozen(Some(earlier), self.version.as_ref())) {
            records.tariff = opened.tariff.as_ref();
            records.basis = opened.month_settings().and_then(|month| month.basis);
        }
        let layout =
            Layout { by: self.by.clone(), comparison: self.comparison, is_pivoted: false, top: self.top };
        layout.check(records.period)?;
        Ok(ReportQuestion::new(records, layout))
    }
}

/// The month that an address names, else the latest of the book.
pub(crate) fn month_of(parameters: &Parameters, opened: &Opened) -> Result<Option<BillingPeriod>> {
    match parameters.one("period") {
        Some(text) => {
            let period: BillingPeriod = text.parse()?;
            opened.book.month(period)?;
            Ok(Some(period))
        }
        None => Ok(opened.latest()),
    }
}

/// The question about a month as a whole.
pub(crate) fn month_question(
    opened: &Opened,
    period: BillingPeriod,
    version: Option<Version>,
) -> Result<ReportQuestion<'_>> {
    let records = opened.question(Some(month(period)), version)?;
    Ok(ReportQuestion::new(records, Layout::by(Dimension::DEFAULT.to_vec())))
}
