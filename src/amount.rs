//! Exact amounts of money, kept as whole thousandths of a currency's unit. A float never holds one.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Serialize, Serializer};

use crate::quantity::{Quantity, QuantityFault, parse_exact, percent};

/// The decimals that are kept: the most that any currency of ISO 4217 has, units of account aside.
pub const AMOUNT_DECIMALS: u8 = 3;

/// One more than the largest amount of one record or charge line, in thousandths: `DECIMAL(20, 3)`.
pub const AMOUNT_LIMIT: i128 = 100_000_000_000_000_000_000;

/// An exact amount of money of one currency.
///
/// It knows with how many decimals it is shown: those of its currency's minor unit, unless the price list says
/// otherwise. Two amounts are equal if their values are. Sums have room for 10^18 amounts of one record each, and the
/// arithmetic is checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Amount {
    thousandths: i128,
    places: u8,
}

impl Amount {
    /// No money: a figure, as opposed to a missing one. Shown without decimals until another amount is added to it.
    pub const ZERO: Self = Self { thousandths: 0, places: 0 };

    /// An amount that is shown with `places` decimals.
    pub const fn new(thousandths: i128, places: u8) -> Self {
        Self { thousandths, places }
    }

    /// Reads plain digits of three decimals at most, as `1500.00`. Nothing is rounded.
    pub fn parse(token: &[u8], places: u8) -> Result<Self, QuantityFault> {
        let thousandths = parse_exact(token, AMOUNT_DECIMALS)?;
        match thousandths.abs() < AMOUNT_LIMIT {
            true => Ok(Self { thousandths, places }),
            false => Err(QuantityFault::TooLarge),
        }
    }

    /// The amount in thousandths of its currency's unit.
    pub const fn thousandths(self) -> i128 {
        self.thousandths
    }

    /// Without its sign.
    pub const fn magnitude(self) -> Self {
        Self { thousandths: self.thousandths.abs(), ..self }
    }

    /// The decimals that it is shown with: more than those of its currency if its digits need them.
    pub fn places(self) -> u8 {
        needed_places(self.thousandths).max(self.places)
    }

    /// What it is of a whole in per cent, to two places, halves away from zero; `None` if the whole is zero.
    pub fn percent_of(self, whole: Self) -> Option<Quantity> {
        percent(self.thousandths, whole.thousandths)
    }

    /// The sum, shown with the decimals of the one that has more; `None` if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let thousandths = self.thousandths.checked_add(other.thousandths)?;
        Some(Self { thousandths, places: self.places.max(other.places) })
    }
}

/// The decimals that no digit of a number of thousandths is lost with.
fn needed_places(thousandths: i128) -> u8 {
    match thousandths.unsigned_abs() % 1_000 {
        0 => 0,
        fraction if fraction.is_multiple_of(100) => 1,
        fraction if fraction.is_multiple_of(10) => 2,
        _ => 3,
    }
}

/// As text, with the decimals that it is shown with: `"1500.00"`.
impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Plain digits without grouping: `1235`, `-5.25`, `0.001`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let magnitude = self.thousandths.unsigned_abs();
        let sign = if self.thousandths < 0 { "-" } else { "" };
        let places = usize::from(self.places());
        write!(f, "{sign}{}", magnitude / 1_000)?;
        match places {
            0 => Ok(()),
            _ => write!(f, ".{:0places$}", magnitude % 1_000 / 10_u128.pow(3 - places as u32)),
        }
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.thousandths == other.thousandths
    }
}

impl Eq for Amount {}

impl Hash for Amount {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.thousandths.hash(state);
    }
}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> Ordering {
        self.thousandths.cmp(&other.thousandths)
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.checked_add(other).expect("a sum of amounts fits 38 digits")
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Amount {
    type Output = Self;

    fn neg(self) -> Self {
        Self { thousandths: -self.thousandths, ..self }
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_amount_is_shown_with_the_decimals_of_its_currency() {
        let shown = |thousandths, places| Amount::new(thousandths, places).to_string();
        assert_eq!(
            [shown(1_235_000, 0), shown(1_235_000, 2), shown(1_235_000, 3)],
            ["1235", "1235.00", "1235.000"]
        );
        assert_eq!([shown(-5, 3), shown(-50, 2), shown(0, 0)], ["-0.005", "-0.05", "0"]);
    }

    #[test]
    fn no_digit_is_ever_left_out() {
        assert_eq!(Amount::new(12_500, 0).to_string(), "12.5");
        assert_eq!(Amount::new(1, 2).to_string(), "0.001");
        assert_eq!(Amount::new(-12_050, 0).to_string(), "-12.05");
    }

    #[test]
    fn amounts_are_equal_whatever_they_are_shown_with_and_a_sum_shows_the_most_decimals() {
        assert_eq!(Amount::new(1_000, 0), Amount::new(1_000, 3));
        assert_eq!((Amount::ZERO + Amount::new(1_000, 2)).to_string(), "1.00");
    }

    #[test]
    fn three_decimals_are_read_and_a_fourth_is_refused() {
        let parsed = |token: &str| Amount::parse(token.as_bytes(), 2).map(|amount| amount.to_string());
        assert_eq!(parsed("1500"), Ok("1500.00".to_owned()));
        assert_eq!(parsed("0.125"), Ok("0.125".to_owned()));
        assert_eq!(parsed("0.0005"), Err(QuantityFault::TooPrecise));
        assert_eq!(parsed("100000000000000000"), Err(QuantityFault::TooLarge));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(thousandths in -(AMOUNT_LIMIT - 1)..AMOUNT_LIMIT, places in 0_u8..4) {
            let amount = Amount::new(thousandths, places);
            let text = amount.to_string();
            prop_assert_eq!(Amount::parse(text.as_bytes(), places), Ok(amount));
            prop_assert!(text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) >= usize::from(places));
        }
    }
}
