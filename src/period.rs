//! Billing periods: calendar months, half-open ranges of them, quarters and years.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::Error;

/// One calendar month of billing.
///
/// Ordered by time; years 1 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BillingPeriod(i32);

impl BillingPeriod {
    /// The month of a year, or nothing where there is no such month.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then(|| Self(year * 12 + month as i32 - 1))
    }

    /// The month that holds a date.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.year() * 12 + date.month0() as i32)
    }

    /// The month by its running number, as [`BillingPeriod::number`] gives it.
    pub fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Months since January of year 0.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The calendar year, 1 to 9999.
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// 1 to 12.
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// The first day of the month, by the calendar; it has no time zone.
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), 1).expect("a month has a first day")
    }

    /// `June 2026`.
    pub fn in_words(self) -> String {
        format!("{} {}", self.name(), self.year())
    }

    /// `Jun 2026`.
    pub fn in_short(self) -> String {
        format!("{} {}", &self.name()[..3], self.year())
    }

    /// `June`.
    fn name(self) -> &'static str {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        NAMES[self.month() as usize - 1]
    }

    /// The month that lies `months` later; earlier where negative.
    pub fn plus_months(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// Whether the month is not over on the given day: later usage may still come.
    pub fn is_partial(self, as_of: NaiveDate) -> bool {
        as_of < self.plus_months(1).first_day()
    }
}

impl fmt::Display for BillingPeriod {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// As it is printed: `"2026-10"`.
impl Serialize for BillingPeriod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BillingPeriod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for BillingPeriod {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse_month(text).ok_or_else(|| Error::UnknownMonth { text: text.to_owned() })
    }
}

/// `20 June 2026`.
pub fn day_in_words(day: NaiveDate) -> String {
    format!("{} {}", day.day(), BillingPeriod::of(day).in_words())
}

/// Months from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeriodRange {
    pub(crate) start: BillingPeriod,
    pub(crate) end: BillingPeriod,
}

impl PeriodRange {
    /// From the first to the last month, both included; `None` if the last is before the first.
    pub fn new(first: BillingPeriod, last: BillingPeriod) -> Option<Self> {
        (first <= last).then(|| Self { start: first, end: last.plus_months(1) })
    }

    /// The first month.
    pub fn first(&self) -> BillingPeriod {
        self.start
    }

    /// The last month, which is part of the range.
    pub fn last(&self) -> BillingPeriod {
        self.end.plus_months(-1)
    }

    /// One month.
    pub fn month(period: BillingPeriod) -> Self {
        Self { start: period, end: period.plus_months(1) }
    }

    fn months_from(start: BillingPeriod, months: i32) -> Self {
        Self { start, end: start.plus_months(months) }
    }

    /// From the first to the last of running numbers in order; none if there is none.
    pub fn of_numbers(numbers: &[i32]) -> Option<Self> {
        let (first, last) = (numbers.first()?, numbers.last()?);
        Some(Self { start: BillingPeriod(*first), end: BillingPeriod(last + 1) })
    }

    /// Whether the month lies in the range.
    pub fn contains(&self, period: BillingPeriod) -> bool {
        self.start <= period && period < self.end
    }

    /// The number of months.
    pub fn months(&self) -> i32 {
        self.end.0 - self.start.0
    }

    /// The months, in order.
    pub fn periods(&self) -> impl Iterator<Item = BillingPeriod> + use<> {
        (self.start.0..self.end.0).map(BillingPeriod)
    }

    /// The range moved by some months; back where negative.
    pub fn plus_months(&self, months: i32) -> Self {
        Self { start: self.start.plus_months(months), end: self.end.plus_months(months) }
    }

    /// The smallest range that holds both.
    pub fn joined(&self, other: &Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Reads what a person types for a period, as [`AskedPeriod`] does, seen from a day.
    pub fn parse(text: &str, calendar: Calendar) -> Result<Self, Error> {
        Ok(text.parse::<AskedPeriod>()?.seen(calendar))
    }
}

/// Months as a person asks for them. Which months are meant may depend on the day and the fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedPeriod {
    /// Months that are named: the same on every day.
    Months(PeriodRange),
    /// The twelve months that end in this year.
    FiscalYear(i32),
    /// The last month that was over.
    LastMonth,
}

/// The word for the last month that was over.
pub const LAST_MONTH: &str = "last-month";

impl AskedPeriod {
    /// The months that are meant, seen from a day.
    pub fn seen(self, calendar: Calendar) -> PeriodRange {
        match self {
            Self::Months(range) => range,
            Self::FiscalYear(year) => calendar.fiscal_year(year),
            Self::LastMonth => PeriodRange::month(BillingPeriod::of(calendar.as_of).plus_months(-1)),
        }
    }
}

/// `2026-10`, `2026-07..2026-10` (both ends included), `2026-Q3`, `2026`, `fy2026` (named after the calendar year in
/// which it ends) or `last-month`.
impl FromStr for AskedPeriod {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || unknown_period(text);
        if text == LAST_MONTH {
            return Ok(Self::LastMonth);
        }
        if let Some((first, last)) = text.split_once("..") {
            let start = parse_month(first).ok_or_else(unknown)?;
            let last = parse_month(last).ok_or_else(unknown)?;
            let range = PeriodRange::new(start, last).ok_or(Error::ReversedPeriod { start, last })?;
            return Ok(Self::Months(range));
        }
        if let Some(year) = text.strip_prefix("fy") {
            return parse_year(year).map(Self::FiscalYear).ok_or_else(unknown);
        }
        if let Some((year, quarter)) = text.split_once("-Q") {
            let year = parse_year(year).ok_or_else(unknown)?;
            let quarter = quarter.parse::<u32>().ok().filter(|q| (1..=4).contains(q) && quarter.len() == 1);
            let start = BillingPeriod::new(year, quarter.ok_or_else(unknown)? * 3 - 2).ok_or_else(unknown)?;
            return Ok(Self::Months(PeriodRange::months_from(start, 3)));
        }
        if let Some(period) = parse_month(text) {
            return Ok(Self::Months(PeriodRange::month(period)));
        }
        let year = parse_year(text).ok_or_else(unknown)?;
        let start = BillingPeriod::new(year, 1).ok_or_else(unknown)?;
        Ok(Self::Months(PeriodRange::months_from(start, 12)))
    }
}

impl PeriodRange {
    /// `October 2026`, `August to October 2026`, `December 2025 to January 2026`.
    pub fn in_words(self) -> String {
        let last = self.last();
        match self.months() {
            1 => self.start.in_words(),
            _ if self.start.year() == last.year() => format!("{} to {}", self.start.name(), last.in_words()),
            _ => format!("{} to {}", self.start.in_words(), last.in_words()),
        }
    }
}

/// Prints as it can be typed: `2026-10`, or `2026-07..2026-10` with both ends included.
impl fmt::Display for PeriodRange {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.months() {
            1 => write!(f, "{}", self.start),
            _ => write!(f, "{}..{}", self.start, self.last()),
        }
    }
}

/// What the words of a period stand for: the day it is seen from, and where fiscal years begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The day on which the data is seen: words such as `last-month` count from it.
    pub as_of: NaiveDate,
    /// 1 to 12; 1 makes fiscal years calendar years.
    pub fiscal_year_start: u32,
}

impl Calendar {
    /// The twelve months of a fiscal year.
    pub fn fiscal_year(&self, year: i32) -> PeriodRange {
        let january = BillingPeriod(year * 12);
        let offset = match self.fiscal_year_start {
            1 => 0,
            start => start as i32 - 13,
        };
        PeriodRange::months_from(january.plus_months(offset), 12)
    }

    /// The fiscal year that holds a month.
    pub fn fiscal_year_of(&self, period: BillingPeriod) -> i32 {
        match self.fiscal_year_start > 1 && period.month() >= self.fiscal_year_start {
            true => period.year() + 1,
            false => period.year(),
        }
    }
}

fn unknown_period(text: &str) -> Error {
    Error::UnknownPeriod { text: text.to_owned() }
}

fn parse_month(text: &str) -> Option<BillingPeriod> {
    let (year, month) = text.split_once('-')?;
    let month = (month.len() == 2).then(|| digits(month))??;
    BillingPeriod::new(parse_year(year)?, month as u32)
}

fn parse_year(text: &str) -> Option<i32> {
    (text.len() == 4).then(|| digits(text))?.filter(|year| *year > 0)
}

fn digits(text: &str) -> Option<i32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> String {
        let as_of = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date");
        let calendar = Calendar { as_of, fiscal_year_start: 7 };
        match PeriodRange::parse(text, calendar) {
            Ok(range) => range.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_way_to_say_a_period_is_understood() {
        assert_eq!(range("2026-10"), "2026-10");
        assert_eq!(range("2026-07..2026-10"), "2026-07..2026-10");
        assert_eq!(range("2026-Q3"), "2026-07..2026-09");
        assert_eq!(range("2026"), "2026-01..2026-12");
        assert_eq!(range("last-month"), "2026-10");
    }

    #[test]
    fn last_month_is_the_one_before_the_day_the_data_is_seen_on() {
        let seen = |day: &str| {
            let calendar = Calendar { as_of: day.parse().unwrap(), fiscal_year_start: 1 };
            AskedPeriod::LastMonth.seen(calendar).to_string()
        };
        assert_eq!((seen("2026-11-01"), seen("2026-01-31")), ("2026-10".to_owned(), "2025-12".to_owned()));
    }

    #[test]
    fn a_fiscal_year_is_named_after_the_year_it_ends_in() {
        assert_eq!(range("fy2026"), "2025-07..2026-06");
        let calendar = Calendar { as_of: NaiveDate::MIN, fiscal_year_start: 7 };
        for year in 2020..2030 {
            assert!(calendar.fiscal_year(year).periods().all(|p| calendar.fiscal_year_of(p) == year));
        }
    }

    #[test]
    fn a_fiscal_year_that_starts_in_january_is_the_calendar_year() {
        let calendar = Calendar { as_of: NaiveDate::MIN, fiscal_year_start: 1 };
        assert_eq!(calendar.fiscal_year(2026).to_string(), "2026-01..2026-12");
        assert_eq!(calendar.fiscal_year_of(BillingPeriod::new(2026, 12).unwrap()), 2026);
    }

    #[test]
    fn what_is_not_a_period_is_refused() {
        for text in [
            "",
            "2026-13",
            "2026-00",
            "26-10",
            "2026-1",
            "2026-Q5",
            "2026-Q+1",
            "fy",
            "0000",
            "+202",
            "2026-07..",
            "x",
        ] {
            assert!(range(text).contains("is not a period"), "{text}");
        }
        assert!(range("2026-10..2026-07").contains("before"));
    }

    #[test]
    fn a_month_is_partial_until_its_last_day_is_over() {
        let october = BillingPeriod::new(2026, 10).unwrap();
        assert!(october.is_partial(NaiveDate::from_ymd_opt(2026, 10, 31).unwrap()));
        assert!(!october.is_partial(NaiveDate::from_ymd_opt(2026, 11, 1).unwrap()));
    }
}
