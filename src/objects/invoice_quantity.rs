//! Quantities and amounts on invoices: exact decimals of ten places.

use std::fmt;

use crate::amount::Amount;
use crate::quantity::{Quantity, parse_exact};

/// An exact decimal with ten places, as the source has it; kept as whole ten-billionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct InvoiceQuantity(i128);

/// Decimals of a quantity on an invoice.
const DECIMALS: u8 = 10;

/// Ten-billionths of a hundredth.
const PER_HUNDREDTH: i128 = 100_000_000;

impl From<Quantity> for InvoiceQuantity {
    fn from(quantity: Quantity) -> Self {
        Self(quantity.hundredths() * PER_HUNDREDTH)
    }
}

impl From<Amount> for InvoiceQuantity {
    fn from(amount: Amount) -> Self {
        Self(amount.thousandths() * (PER_HUNDREDTH / 10))
    }
}

impl std::ops::Add for InvoiceQuantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.checked_add(other.0).expect("a sum of quantities fits 38 digits"))
    }
}

impl std::ops::Sub for InvoiceQuantity {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self(-other.0)
    }
}

impl std::ops::AddAssign for InvoiceQuantity {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Prints two decimals, and more where they are not zero: `12.50`, `0.0009765625`.
impl fmt::Display for InvoiceQuantity {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let whole = Quantity::from_hundredths(self.0 / PER_HUNDREDTH);
        let rest = (self.0 % PER_HUNDREDTH).unsigned_abs();
        let sign = if self.0 < 0 && whole == Quantity::ZERO { "-" } else { "" };
        match rest {
            0 => write!(f, "{whole}"),
            rest => write!(f, "{sign}{whole}{}", format!("{rest:08}").trim_end_matches('0')),
        }
    }
}

impl InvoiceQuantity {
    /// Reads the digits of a token as they are; `None` if it is no number or has more than ten decimals.
    pub(crate) fn parse(token: &[u8]) -> Option<Self> {
        parse_exact(token, DECIMALS).ok().map(Self)
    }

    /// Without its sign.
    pub(crate) fn abs(self) -> Self {
        Self(self.0.abs())
    }

    /// In ten-billionths, to put several in order.
    pub(crate) fn weight(self) -> i128 {
        self.0
    }

    /// This many times 0.005.
    pub(crate) fn half_hundredths(count: i128) -> Self {
        Self(count * PER_HUNDREDTH / 2)
    }

    /// This many units of the source, brought to whole units of another one and rounded up: 61 minutes are 2 hours.
    pub(crate) fn in_units_of(self, size: i128) -> Self {
        let unit = PER_HUNDREDTH * 100;
        Self(
            self.0.div_euclid(size * unit) * unit + if self.0.rem_euclid(size * unit) > 0 { unit } else { 0 },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_printed_with_two_decimals_or_with_all_it_has() {
        let printed = |token: &str| InvoiceQuantity::parse(token.as_bytes()).unwrap().to_string();
        for (token, text) in [
            ("12.5000000000", "12.50"),
            ("0.0009765625", "0.0009765625"),
            ("1e-10", "0.0000000001"),
            ("-0.001", "-0.001"),
            ("7", "7.00"),
            ("999999999999999999.9999999999", "999999999999999999.9999999999"),
        ] {
            assert_eq!(printed(token), text);
        }
        assert_eq!(InvoiceQuantity::from(Quantity::from_hundredths(-125)).to_string(), "-1.25");
    }
}
