//! Figures as a spreadsheet holds them: the one place where a figure becomes a float.
//!
//! A spreadsheet has nothing but doubles, of which fifteen significant digits are sure. What fits is written as a
//! number, and the double prints the same digits again; what does not fit stays text.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::ExcelDateTime;

use crate::amount::{AMOUNT_DECIMALS, Amount};
use crate::error::Result;
use crate::quantity::Quantity;
use crate::report::Cell;

/// One more than the largest whole number of fifteen digits.
const LIMIT: u128 = 1_000_000_000_000_000;

/// A figure of a cell: usage, a count or per cent, or an amount of money.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Quantity(Quantity),
    Amount(Amount),
}

impl Figure {
    /// `None` of text and of nothing.
    pub(super) fn of(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Quantity(quantity) => Some(Self::Quantity(quantity)),
            Cell::Amount(amount) => Some(Self::Amount(amount)),
            Cell::Count(count) => Some(Self::Quantity(Quantity::from_hundredths(i128::from(count) * 100))),
            Cell::Text(_) | Cell::Empty => None,
        }
    }

    /// The decimals that it is shown with.
    pub(super) fn decimals(self) -> u8 {
        match self {
            Self::Quantity(_) => 2,
            Self::Amount(amount) => amount.places(),
        }
    }

    /// A whole number of its last decimal.
    fn units(self) -> i128 {
        match self {
            Self::Quantity(quantity) => quantity.hundredths(),
            Self::Amount(amount) => {
                amount.thousandths() / 10_i128.pow((AMOUNT_DECIMALS - amount.places()).into())
            }
        }
    }

    /// The same decimals of another whole number.
    fn with_units(self, units: i128) -> Self {
        match self {
            Self::Quantity(_) => Self::Quantity(Quantity::from_hundredths(units)),
            Self::Amount(amount) => {
                let scale = 10_i128.pow((AMOUNT_DECIMALS - amount.places()).into());
                Self::Amount(Amount::new(units * scale, amount.places()))
            }
        }
    }

    /// How far two figures of one unit or currency are apart.
    pub(super) fn distance(self, other: Self) -> Self {
        let is_finer = other.decimals() > self.decimals();
        let (fine, coarse) = if is_finer { (other, self) } else { (self, other) };
        let scale = 10_i128.pow((fine.decimals() - coarse.decimals()).into());
        fine.with_units((fine.units() - coarse.units() * scale).abs())
    }

    /// The magnitude, to compare figures of one unit or currency.
    pub(super) fn magnitude(self) -> u128 {
        match self {
            Self::Quantity(quantity) => quantity.hundredths().unsigned_abs(),
            Self::Amount(amount) => amount.thousandths().unsigned_abs(),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Quantity(quantity) => quantity.fmt(f),
            Self::Amount(amount) => amount.fmt(f),
        }
    }
}

impl From<Quantity> for Figure {
    fn from(quantity: Quantity) -> Self {
        Self::Quantity(quantity)
    }
}

impl From<Amount> for Figure {
    fn from(amount: Amount) -> Self {
        Self::Amount(amount)
    }
}

/// The number, where fifteen significant digits hold it.
pub(super) fn number(figure: impl Into<Figure>) -> Option<f64> {
    let figure = figure.into();
    scaled(figure.units(), -i32::from(figure.decimals()))
}

/// Per cent as a fraction: 12.50 is 0.125.
pub(super) fn fraction(percent: Quantity) -> Option<f64> {
    scaled(percent.hundredths(), -4)
}

fn scaled(digits: i128, exponent: i32) -> Option<f64> {
    is_short(digits)
        .then(|| format!("{digits}e{exponent}").parse().expect("digits and an exponent are a float"))
}

/// The nearest number, for charts alone: a chart draws text as zero, and nobody reads a cent from it.
pub(super) fn nearest(figure: impl Into<Figure>) -> f64 {
    let figure = figure.into();
    format!("{}e-{}", figure.units(), figure.decimals()).parse().expect("digits and an exponent are a float")
}

/// How the axis of a chart spells its numbers: in billions if the figures have too many digits for a cell.
pub(super) fn axis_format(has_long: bool) -> &'static str {
    if has_long { "#,##0.##,,,\" billion\"" } else { "#,##0" }
}

/// Whether a figure has at most fifteen significant digits.
pub(super) fn is_number(figure: impl Into<Figure>) -> bool {
    is_short(figure.into().units())
}

fn is_short(digits: i128) -> bool {
    let mut magnitude = digits.unsigned_abs();
    while magnitude >= LIMIT && magnitude.is_multiple_of(10) {
        magnitude /= 10;
    }
    magnitude < LIMIT
}

/// How far a sum of doubles may be off: not in the last decimal, or one in the fourteenth digit of figures that leave no
/// digit for it.
pub(super) fn tolerance(largest: Figure) -> Figure {
    let mut tolerance: i128 = 1;
    while largest.units().unsigned_abs() / tolerance.unsigned_abs() >= LIMIT / 10 {
        tolerance *= 10;
    }
    largest.with_units(if tolerance == 1 { 0 } else { tolerance })
}

pub(super) fn date(date: NaiveDate) -> Result<ExcelDateTime> {
    let year = u16::try_from(date.year()).unwrap_or_default();
    Ok(ExcelDateTime::from_ymd(year, date.month() as u8, date.day() as u8)?)
}

/// Whether spreadsheets know the day: they begin with 1900, and believe that it was a leap year.
pub(super) fn is_date(date: NaiveDate) -> bool {
    (1901..=9999).contains(&date.year())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse_float(text.as_bytes()).unwrap()
    }

    #[test]
    fn fifteen_significant_digits_are_a_number_and_sixteen_are_not() {
        assert_eq!(number(quantity("9999999999999.99")), Some(9_999_999_999_999.99));
        assert_eq!(number(quantity("99999999999999.99")), None);
        assert_eq!(number(quantity("-999999999999999")), Some(-999_999_999_999_999.0));
        assert_eq!(number(quantity("1e+18")), Some(1e18));
        assert_eq!(number(quantity("1234567890123456")), None);
        assert_eq!(fraction(quantity("-12.5")), Some(-0.125));
        assert_eq!(number(Amount::new(999_999_999_999_999_000, 0)), Some(999_999_999_999_999.0), "JPY");
        assert_eq!(number(Amount::new(999_999_999_999_999, 3)), Some(999_999_999_999.999), "KWD");
        assert_eq!(number(Amount::new(1_234_567_890_123_456, 3)), None);
    }

    #[test]
    fn figures_of_unlike_decimals_are_compared_exactly() {
        let distance = |one, other| Figure::from(one).distance(Figure::from(other)).to_string();
        assert_eq!(distance(Amount::new(12_000, 0), Amount::new(12_345, 3)), "0.345");
        assert_eq!(distance(Amount::new(-12_000, 0), Amount::new(1_000, 0)), "13");
    }

    #[test]
    fn a_chart_gets_a_number_however_many_digits_a_figure_has() {
        assert_eq!(nearest(quantity("99999999999999.99")), 99_999_999_999_999.99);
        assert_eq!(nearest(quantity("-12.5")), -12.5);
    }

    #[test]
    fn sums_are_exact_to_the_hundredth_as_long_as_there_are_digits_for_it() {
        assert_eq!(tolerance(quantity("999999999999.99").into()).to_string(), "0.00");
        assert_eq!(tolerance(quantity("1000000000000000").into()).to_string(), "100.00");
        assert_eq!(tolerance(Amount::new(99_999_999_999_999, 3).into()).to_string(), "0.000");
        assert_eq!(tolerance(Amount::new(100_000_000_000_000, 3).into()).to_string(), "0.010");
    }

    proptest! {
        #[test]
        fn a_number_prints_the_digits_that_it_was_made_of(hundredths in -999_999_999_999_999_i128..1_000_000_000_000_000) {
            let quantity = Quantity::from_hundredths(hundredths);
            let number = number(quantity).unwrap();
            prop_assert_eq!(Quantity::parse_float(format!("{number}").as_bytes()), Ok(quantity));
        }
    }
}
