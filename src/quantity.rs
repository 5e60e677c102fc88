//! Exact quantities: decimals of two places, kept as whole hundredths. A float never holds one.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact decimal with two places.
///
/// One record's usage has at most 18 digits before the point and 2 after, as the source's
/// `decimal(20,2)`. Sums have room for 10^18 such records, so no sum of real data can overflow;
/// the arithmetic is checked all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity(i128);

/// Why a token is not a usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantityFault {
    /// It is not a decimal number.
    #[error("not a decimal number")]
    NotANumber,
    /// A decimal that is not zero after the last one that is kept.
    #[error("too many decimals")]
    TooPrecise,
    /// More digits before the point than there is room for: 18 in a record.
    #[error("too many digits before the point")]
    TooLarge,
}

/// One more than the largest usage of a record, in hundredths.
const LIMIT: i128 = 100_000_000_000_000_000_000;

impl Quantity {
    /// No usage: a figure, as opposed to a missing one.
    pub const ZERO: Self = Self(0);

    /// A quantity by its hundredths, which may lie beyond the bounds of a record.
    pub const fn from_hundredths(hundredths: i128) -> Self {
        Self(hundredths)
    }

    /// The quantity in hundredths of its unit.
    pub const fn hundredths(self) -> i128 {
        self.0
    }

    /// The same quantity, if it is within a record's bounds.
    pub fn bounded(self) -> Result<Self, QuantityFault> {
        match -LIMIT < self.0 && self.0 < LIMIT {
            true => Ok(self),
            false => Err(QuantityFault::TooLarge),
        }
    }

    /// Reads the digits of a token as they stand: `12`, `12.5`, `-5.25`, `1e+16`, `1.2345678901234568e+16`.
    ///
    /// Zeros after the second decimal are fine, other digits there are refused; nothing is rounded.
    pub fn parse(token: &[u8]) -> Result<Self, QuantityFault> {
        match parse_plain(token) {
            Some(quantity) => Ok(quantity),
            None => parse_hundredths(token)?.bounded(),
        }
    }

    /// Reads the digits of a float token, as [`Quantity::parse`] does.
    ///
    /// Newer servers print the largest usage, 999999999999999999.99, as `1e+18`: that is one more than fits, and
    /// taken as printed.
    pub fn parse_float(token: &[u8]) -> Result<Self, QuantityFault> {
        match Self::parse(token) {
            Err(QuantityFault::TooLarge) => match parse_hundredths(token) {
                Ok(quantity) if quantity.0.abs() == LIMIT => Ok(quantity),
                _ => Err(QuantityFault::TooLarge),
            },
            parsed => parsed,
        }
    }

    /// Whether a float with these digits may have lost its hundredths before it was printed.
    ///
    /// A double holds 15 significant digits for sure: two of them are the hundredths.
    pub fn exceeds_float_precision(self) -> bool {
        self.0.unsigned_abs() >= 1_000_000_000_000_000
    }

    /// Whether a float of 32 bits with these digits may have lost its hundredths: it holds 7 digits for sure.
    pub fn exceeds_single_precision(self) -> bool {
        self.0.unsigned_abs() >= 10_000_000
    }

    /// Whether both are printed from one and the same double.
    pub fn is_same_double(self, other: Self) -> bool {
        self == other || self.nearest_double() == other.nearest_double()
    }

    /// Whether a program may have printed it from a double: the shortest digits that lead back to the double, and of
    /// those the nearest to it.
    ///
    /// Of two that are equally near, programs choose different ones: 900719925474099.25 is printed as `….2` and as `….3`.
    pub fn is_float_rendering(self) -> bool {
        const DECIMALS: u8 = 10;
        let double = self.nearest_double();
        let Ok(printed) = Self::parse_float(format!("{double:e}").as_bytes()) else { return false };
        let exact = parse_exact(format!("{double:.10}").as_bytes(), DECIMALS);
        let is_equally_near =
            |exact: i128| (self.0 + printed.0) * 10_i128.pow(u32::from(DECIMALS) - 2) == 2 * exact;
        self == printed || exact.is_ok_and(is_equally_near)
    }

    fn nearest_double(self) -> f64 {
        self.to_string().parse().expect("a decimal is a float literal")
    }

    /// How much larger in per cent than `before`, to two places, halves away from zero.
    ///
    /// Nothing where `before` is zero.
    pub fn percent_above(self, before: Self) -> Option<Self> {
        let base = before.0.abs();
        if base == 0 {
            return None;
        }
        let change = (self.0.checked_sub(before.0)?).checked_mul(10_000)?;
        let half = if change < 0 { -(base / 2) } else { base / 2 };
        Some(Self((change + half) / base))
    }
}

impl Quantity {
    /// How much it is of a whole in per cent, to two places, halves away from zero.
    ///
    /// Nothing where the whole is zero.
    pub fn percent_of(self, whole: Self) -> Option<Self> {
        percent(self.0, whole.0)
    }
}

/// What a part is of a whole in per cent, to two places, halves away from zero; `None` if the whole is zero.
pub fn percent(part: i128, whole: i128) -> Option<Quantity> {
    let base = whole.checked_abs().filter(|base| *base > 0)?;
    let part = part.checked_mul(10_000 * whole.signum())?;
    let half = if part < 0 { -(base / 2) } else { base / 2 };
    Some(Quantity((part + half) / base))
}

/// `-12.50` to hundredths for the usual case: a sign, up to 16 digits, at most two decimals.
fn parse_plain(token: &[u8]) -> Option<Quantity> {
    let (negative, digits) = match token {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, token),
    };
    if digits.is_empty() || digits.len() > 17 {
        return None;
    }
    let mut value: i64 = 0;
    let mut point = None;
    for (position, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() && position > 0 => point = Some(position),
            _ => return None,
        }
    }
    let scale = match point {
        None => 100,
        Some(point) => match digits.len() - point - 1 {
            1 => 10,
            2 => 1,
            _ => return None,
        },
    };
    if digits[0] == b'0' && digits.len() > 1 && point != Some(1) {
        return None;
    }
    let hundredths = i128::from(value) * scale;
    Some(Quantity(if negative { -hundredths } else { hundredths }))
}

fn parse_hundredths(token: &[u8]) -> Result<Quantity, QuantityFault> {
    parse_exact(token, 2).map(Quantity)
}

/// Any number that JSON, Python or a database prints, of up to 19 digits before the point, as a whole number of its
/// last of `decimals` places. Nothing is rounded; at most 18 decimals.
pub fn parse_exact(token: &[u8], decimals: u8) -> Result<i128, QuantityFault> {
    use QuantityFault::{NotANumber, TooLarge, TooPrecise};
    let (negative, rest) = match token {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, token),
    };
    let exponent_at = rest.iter().position(|byte| matches!(byte, b'e' | b'E'));
    let (mantissa, exponent) = match exponent_at {
        Some(at) => (&rest[..at], parse_exponent(&rest[at + 1..]).ok_or(NotANumber)?),
        None => (rest, 0),
    };
    let point = mantissa.iter().position(|byte| *byte == b'.').unwrap_or(mantissa.len());
    let (whole, fraction) = (&mantissa[..point], mantissa.get(point + 1..).unwrap_or_default());
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if !is_number(whole) || (point < mantissa.len() && !is_number(fraction)) {
        return Err(NotANumber);
    }
    // The digit at index i of whole+fraction stands for 10^(whole.len() - 1 - i + exponent).
    let mut value: i128 = 0;
    for (index, byte) in whole.iter().chain(fraction).enumerate() {
        let digit = i128::from(byte - b'0');
        if digit == 0 {
            continue;
        }
        let power = whole.len() as i64 - 1 - index as i64 + exponent + i64::from(decimals);
        match power {
            ..0 => return Err(TooPrecise),
            _ if power >= 19 + i64::from(decimals) => return Err(TooLarge),
            _ => value += digit * 10_i128.pow(power as u32),
        }
    }
    Ok(if negative { -value } else { value })
}

/// The exponent; one that is beyond all bounds counts as a million.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0_i64, |sum, byte| (sum * 10 + i64::from(byte - b'0')).min(1_000_000));
    Some(if negative { -magnitude } else { magnitude })
}

/// Reads a quantity as it is printed, and any other number that [`Quantity::parse`] reads. It may be a sum: the bounds of
/// a record are not checked.
impl FromStr for Quantity {
    type Err = QuantityFault;

    fn from_str(text: &str) -> Result<Self, QuantityFault> {
        match parse_hundredths(text.as_bytes()) {
            Err(QuantityFault::TooLarge) => match text.split_once('.') {
                Some((whole, decimals)) if decimals.len() == 2 => {
                    let hundredths = [whole, decimals].concat().parse();
                    hundredths.map(Self).map_err(|_| QuantityFault::TooLarge)
                }
                _ => Err(QuantityFault::TooLarge),
            },
            parsed => parsed,
        }
    }
}

/// As text, because a number of JSON is a float to many programs: `"12.50"`.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From text alone.
impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Prints with exactly two decimals and no grouping: `-5.25`, `100.00`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a sum of usages fits 38 digits"))
    }
}

impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Quantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Quantity {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::ZERO, Self::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(token: &str) -> String {
        match Quantity::parse(token.as_bytes()) {
            Ok(quantity) => quantity.to_string(),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn the_digits_of_the_token_count_whatever_its_notation() {
        assert_eq!(parsed("12.50"), "12.50");
        assert_eq!(parsed("12.5"), "12.50");
        assert_eq!(parsed("12"), "12.00");
        assert_eq!(parsed("-5.25"), "-5.25");
        assert_eq!(parsed("-0.0"), "0.00");
        assert_eq!(parsed("1e+16"), "10000000000000000.00");
        assert_eq!(parsed("1.2345678901234568e+16"), "12345678901234568.00");
        assert_eq!(parsed("1250E-2"), "12.50");
        assert_eq!(parsed("999999999999999999.99"), "999999999999999999.99");
        assert_eq!(parsed("0.010000"), "0.01");
        assert_eq!(parsed("0e999999999999"), "0.00");
    }

    #[test]
    fn nothing_is_rounded_and_nothing_overflows() {
        assert_eq!(parsed("0.001"), "TooPrecise");
        assert_eq!(parsed("1e-3"), "TooPrecise");
        assert_eq!(parsed("1000000000000000000"), "TooLarge");
        assert_eq!(parsed("1e400"), "TooLarge");
        assert_eq!(parsed("1e99999999999999999999"), "TooLarge");
    }

    #[test]
    fn the_largest_usage_is_taken_as_newer_servers_print_it() {
        let printed = Quantity::parse_float(b"1e+18").unwrap();
        assert_eq!(printed.to_string(), "1000000000000000000.00");
        assert!(printed.is_same_double(Quantity::parse(b"999999999999999999.99").unwrap()));
        assert_eq!(Quantity::parse_float(b"1.1e+18"), Err(QuantityFault::TooLarge));
        assert_eq!(Quantity::parse(b"1000000000000000000"), Err(QuantityFault::TooLarge));
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for token in ["", "-", ".", "1.", ".5", "NaN", "inf", "1e", "1 ", "0x1", "1,5", "--1", "1.2.3", "१"]
        {
            assert_eq!(parsed(token), "NotANumber", "{token}");
        }
    }

    #[test]
    fn a_rounded_number_and_its_exact_string_are_one_value() {
        let exact = Quantity::parse(b"999999999999999.99").unwrap();
        let printed = Quantity::parse(b"1000000000000000.0").unwrap();
        assert!(exact.is_same_double(printed));
        assert!(!exact.is_same_double(Quantity::parse(b"999999999999999.00").unwrap()));
    }

    #[test]
    fn a_float_is_printed_with_the_digits_that_lead_back_to_it() {
        let is_float_rendering =
            |token: &str| Quantity::parse_float(token.as_bytes()).unwrap().is_float_rendering();
        // Of two renderings that are as short, one program prints the first and another one the second.
        let either = ["900719925474099.2", "900719925474099.3"];
        let tokens = ["12.5", "0", "-5.25", "1000000000000000.0", "-123456789012345.67", "1e+18"];
        for token in tokens.into_iter().chain(either) {
            assert!(is_float_rendering(token), "{token}");
        }
        for token in
            ["999999999999999999.99", "999999999999999.99", "12345678901234567.89", "9007199254740993"]
        {
            assert!(!is_float_rendering(token), "{token}");
        }
    }

    #[test]
    fn no_number_of_json_is_taken_for_a_quantity() {
        for json in ["12.5", "12", "null", "\"1,5\"", "\"1.255\""] {
            assert!(serde_json::from_str::<Quantity>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn per_cent_is_rounded_half_away_from_zero() {
        let percent = |after: &str, before: &str| {
            let quantity = |text: &str| Quantity::parse(text.as_bytes()).unwrap();
            quantity(after).percent_above(quantity(before)).map(|percent| percent.to_string())
        };
        assert_eq!(percent("150", "100").as_deref(), Some("50.00"));
        assert_eq!(percent("0", "100").as_deref(), Some("-100.00"));
        assert_eq!(percent("4", "3").as_deref(), Some("33.33"));
        assert_eq!(percent("5", "3").as_deref(), Some("66.67"));
        assert_eq!(percent("1", "-1").as_deref(), Some("200.00"));
        assert_eq!(percent("1", "0"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(hundredths in -(LIMIT - 1)..LIMIT) {
            let quantity = Quantity(hundredths);
            prop_assert_eq!(Quantity::parse(quantity.to_string().as_bytes()), Ok(quantity));
        }

        #[test]
        fn sums_read_back_as_text_and_as_json(hundredths in any::<i128>()) {
            let sum = Quantity(hundredths);
            prop_assert_eq!(sum.to_string().parse(), Ok(sum));
            let json = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(&json, &format!("\"{sum}\""));
            prop_assert_eq!(serde_json::from_str::<Quantity>(&json).unwrap(), sum);
        }

        #[test]
        fn the_short_way_and_the_long_way_agree(token in "-?[0-9]{1,17}(\\.[0-9]{1,3})?") {
            if let Some(quantity) = parse_plain(token.as_bytes()) {
                prop_assert_eq!(parse_exact(token.as_bytes(), 2), Ok(quantity.hundredths()));
            }
        }
    }
}
