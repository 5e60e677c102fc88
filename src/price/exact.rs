//! Exact amounts of money before they are rounded, and the rules by which they are.

use arrow_buffer::i256;

use crate::amount::{AMOUNT_DECIMALS, AMOUNT_LIMIT, Amount};

/// An exact amount of money, or an exact sum of such: a whole number of 10⁻²² of a currency's unit.
///
/// A price has ten decimals, usage two, an exchange rate ten. All arithmetic is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exact(i256);

/// The decimals of a price, a tier's bound aside.
pub(crate) const PRICE_DECIMALS: u8 = 10;

/// The decimals of a price times usage.
pub(crate) const PRODUCT_DECIMALS: u32 = 12;

const DECIMALS: u32 = 22;

/// What becomes of digits behind the last one that is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RoundingMode {
    /// Away from zero.
    #[default]
    Up,
    /// To the nearest, halves away from zero.
    HalfUp,
    /// To the nearest, halves to the even digit.
    HalfEven,
}

impl RoundingMode {
    pub(crate) const ALL: [Self; 3] = [Self::Up, Self::HalfUp, Self::HalfEven];

    /// The word in a price list.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::HalfUp => "half-up",
            Self::HalfEven => "half-even",
        }
    }

    /// Whether the quotient is to grow in magnitude by one.
    fn grows(self, is_odd: bool, twice_remainder: std::cmp::Ordering) -> bool {
        match self {
            Self::Up => true,
            Self::HalfUp => twice_remainder.is_ge(),
            Self::HalfEven => twice_remainder.is_gt() || (twice_remainder.is_eq() && is_odd),
        }
    }
}

impl Exact {
    /// The amount as a whole number of 10⁻¹².
    pub(crate) fn of_product(product: i128) -> Self {
        Self(i256::from_i128(product).wrapping_mul(ten_to(DECIMALS - PRODUCT_DECIMALS)))
    }

    pub(crate) fn of_amount(amount: Amount) -> Option<Self> {
        let unit = unit(AMOUNT_DECIMALS);
        i256::from_i128(amount.thousandths()).checked_mul(unit).map(Self)
    }

    /// A product converted at a rate, a whole number of 10⁻¹⁰.
    pub(crate) fn converted(product: i128, rate: i128) -> Option<Self> {
        i256::from_i128(product).checked_mul(i256::from_i128(rate)).map(Self)
    }

    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(crate) fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount of `places` decimals that the rule gives; `None` if a record or charge line has no room for it.
    pub(crate) fn to_amount(self, mode: RoundingMode, places: u8) -> Option<Amount> {
        amount_of_units(self.rounded(mode, places)?, places)
    }

    /// Plain digits with at least this many decimals: `0.05`, `-12.3456789`.
    pub(crate) fn text(self, places: u8) -> String {
        let text = self.0.to_string();
        let digits = text.trim_start_matches('-');
        let sign = &text[..text.len() - digits.len()];
        let digits = format!("{digits:0>width$}", width = DECIMALS as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - DECIMALS as usize);
        match fraction.trim_end_matches('0').len().max(usize::from(places)) {
            0 => format!("{sign}{whole}"),
            kept => format!("{sign}{whole}.{}", &fraction[..kept]),
        }
    }

    /// The nearest whole number of the last place of `decimals` that the rule gives, and no decimals behind it.
    pub(crate) fn rounded(self, mode: RoundingMode, decimals: u8) -> Option<i128> {
        let unit = unit(decimals);
        if let (Some(value), Some(unit)) = (self.0.to_i128(), unit.to_i128()) {
            let (quotient, remainder) = (value / unit, (value % unit).unsigned_abs());
            let twice = (remainder * 2).cmp(&unit.unsigned_abs());
            let grows = remainder > 0 && mode.grows(quotient % 2 != 0, twice);
            return Some(quotient + i128::from(grows) * value.signum());
        }
        let (quotient, remainder) = self.0.checked_div_rem(unit)?;
        let (quotient, remainder) = (quotient.to_i128()?, remainder.checked_abs()?);
        let twice = remainder.checked_add(remainder)?.cmp(&unit);
        let grows = remainder != i256::ZERO && mode.grows(quotient % 2 != 0, twice);
        let sign = if self.0.is_negative() { -1 } else { 1 };
        quotient.checked_add(i128::from(grows) * sign)
    }

    /// The whole number of the last place that is not above it, and what is left over.
    pub(crate) fn floor(self, decimals: u8) -> Option<(i128, Self)> {
        let unit = unit(decimals);
        let (quotient, remainder) = self.0.checked_div_rem(unit)?;
        let (quotient, remainder) = match remainder.is_negative() {
            true => (quotient.checked_sub(i256::ONE)?, remainder.checked_add(unit)?),
            false => (quotient, remainder),
        };
        Some((quotient.to_i128()?, Self(remainder)))
    }
}

/// A last place of so many decimals.
fn unit(decimals: u8) -> i256 {
    ten_to(DECIMALS - u32::from(decimals))
}

fn ten_to(power: u32) -> i256 {
    i256::from_i128(10_i128.pow(power))
}

/// This many last places of an amount that is shown with `places` decimals; `None` if a record or charge line has no
/// room for it.
pub(crate) fn amount_of_units(units: i128, places: u8) -> Option<Amount> {
    let thousandths = units.checked_mul(10_i128.pow((AMOUNT_DECIMALS - places).into()))?;
    (thousandths.abs() < AMOUNT_LIMIT).then_some(Amount::new(thousandths, places))
}

/// How many last places of `places` decimals an amount is.
pub(crate) fn units_of_amount(amount: Amount, places: u8) -> i128 {
    amount.thousandths() / 10_i128.pow((AMOUNT_DECIMALS - places).into())
}

/// A whole number of the last of `decimals` places as plain digits, zeros at the end left out: `0.05`, `20`.
pub(crate) fn plain(value: i128, decimals: u8) -> String {
    let scale = 10_u128.pow(u32::from(decimals));
    let (whole, fraction) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let sign = if value < 0 { "-" } else { "" };
    let fraction = format!("{fraction:0width$}", width = usize::from(decimals));
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use RoundingMode::{HalfEven, HalfUp, Up};

    /// The amount of so many 10⁻¹², rounded to this many decimals.
    fn rounded(product: i128, mode: RoundingMode, decimals: u8) -> i128 {
        Exact::of_product(product).rounded(mode, decimals).unwrap()
    }

    #[test]
    fn up_is_away_from_zero_and_halves_go_by_the_rule() {
        let (half, above, below) = (25_000_000_000, 25_000_000_001, 24_999_999_999);
        for (product, expected) in [(half, [3, 3, 2]), (above, [3, 3, 3]), (below, [3, 2, 2])] {
            assert_eq!([Up, HalfUp, HalfEven].map(|mode| rounded(product, mode, 2)), expected);
            let negative = expected.map(|value: i128| -value);
            assert_eq!([Up, HalfUp, HalfEven].map(|mode| rounded(-product, mode, 2)), negative);
        }
        assert_eq!([Up, HalfUp, HalfEven].map(|mode| rounded(35_000_000_000, mode, 2)), [4, 4, 4]);
        assert_eq!([Up, HalfUp, HalfEven].map(|mode| rounded(20_000_000_000, mode, 2)), [2, 2, 2]);
    }

    #[test]
    fn decimals_say_which_place_is_the_last() {
        assert_eq!(
            [0, 1, 2, 3].map(|decimals| rounded(1_240_000_000_000, Up, decimals)),
            [2, 13, 124, 1_240]
        );
    }

    #[test]
    fn an_exact_amount_is_printed_with_all_its_digits() {
        assert_eq!(Exact::of_product(50_000_000_000).text(2), "0.05");
        assert_eq!(Exact::of_product(-12_345_678_900_001).text(2), "-12.345678900001");
        assert_eq!([0, 2, 3].map(|places| Exact::of_product(0).text(places)), ["0", "0.00", "0.000"]);
        assert_eq!(Exact::converted(1, 1).unwrap().text(0), format!("0.{:0>22}", 1));
        assert_eq!(plain(500_000_000, 10), "0.05");
        assert_eq!(plain(-2_000, 2), "-20");
    }

    #[test]
    fn an_amount_is_rounded_to_the_minor_unit_of_its_currency() {
        let amount = |product, places| {
            Exact::of_product(product).to_amount(HalfUp, places).map(|amount| amount.to_string())
        };
        assert_eq!(amount(1_234_500_000_000_000, 0).as_deref(), Some("1235"), "JPY 1,234.5");
        assert_eq!(amount(500_000_000, 3).as_deref(), Some("0.001"), "KWD 0.0005");
        assert_eq!(amount(499_999_999, 3).as_deref(), Some("0.000"));
        assert_eq!(amount(10_i128.pow(29), 0), None, "eighteen digits before the point");
    }

    proptest! {
        #[test]
        fn wide_and_narrow_arithmetic_round_alike(product: i64, rate in 1_i128..1_000_000_000_000_000_000) {
            let exact = Exact::converted(i128::from(product), rate).unwrap();
            for mode in RoundingMode::ALL {
                let rounded = Exact(unit(2).wrapping_mul(i256::from_i128(exact.rounded(mode, 2).unwrap())));
                let difference = rounded.checked_sub(exact).unwrap().0.checked_abs().unwrap();
                let (unit, half) = (unit(2), unit(2).checked_div(i256::from_i128(2)).unwrap());
                prop_assert!(difference < unit && (mode == Up || difference <= half));
                prop_assert!(mode != Up || rounded.0.wrapping_abs() >= exact.0.wrapping_abs());
            }
            let (floor, rest) = exact.floor(2).unwrap();
            let floor = Exact(unit(2).wrapping_mul(i256::from_i128(floor)));
            prop_assert_eq!(floor.checked_add(rest).unwrap(), exact);
            prop_assert!(!rest.0.is_negative() && rest.0 < unit(2));
        }
    }
}
