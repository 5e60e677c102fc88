//! Unit prices and costs, so that price × quantity is the cost in every row.

use arrow_buffer::i256;

use crate::price::price_list::Price;

/// The decimals of a unit price.
pub(crate) const UNIT_PRICE_DECIMALS: u8 = 20;
/// The decimals of a cost that is a unit price times a quantity.
pub(crate) const COST_DECIMALS: u8 = 12;

/// One more than the largest number of 38 digits, which is what decimals have in Parquet.
const DIGITS_38_LIMIT: i128 = 10_i128.pow(38);
const TEN_TO_10: i128 = 10_i128.pow(10);

/// What one unit costs: whole numbers of 10⁻²⁰.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct UnitPrices {
    /// At the price for everybody.
    pub list: i128,
    /// As it is charged.
    pub contracted: i128,
    /// The same two before exchange.
    pub pricing_list: i128,
    pub pricing_contracted: i128,
}

impl UnitPrices {
    /// Of a line with that usage in hundredths which costs `product`, a whole number of 10⁻¹², before exchange.
    ///
    /// None if a price does not fit 38 digits.
    pub(crate) fn new(
        price: &Price,
        list: &Price,
        rate: Option<i128>,
        product: i128,
        usage: i128,
    ) -> Option<Self> {
        let pricing_list = first(list)?;
        let pricing_contracted = match price.is_flat() {
            true => first(price)?,
            false => effective(product, usage).map_or_else(|| first(price), fitting)?,
        };
        Some(Self {
            list: exchanged(pricing_list, rate)?,
            contracted: exchanged(pricing_contracted, rate)?,
            pricing_list,
            pricing_contracted,
        })
    }
}

/// A unit price times a quantity of hundredths, to twelve decimals, halves to even; none if it does not fit.
pub(crate) fn cost(unit_price: i128, quantity: i128) -> Option<i128> {
    quotient(wide(unit_price).checked_mul(wide(quantity))?, wide(TEN_TO_10)).and_then(fitting)
}

/// The price of the first unit.
fn first(price: &Price) -> Option<i128> {
    price.tiers[0].unit_price.checked_mul(TEN_TO_10).and_then(fitting)
}

/// What a unit of the usage costs on average; none if nothing was used, or usage and cost have different signs.
fn effective(product: i128, usage: i128) -> Option<i128> {
    let is_meaningful = usage != 0 && (product == 0 || (product < 0) == (usage < 0));
    if !is_meaningful {
        return None;
    }
    quotient(wide(product).checked_abs()?.checked_mul(wide(TEN_TO_10))?, wide(usage).checked_abs()?)
}

/// At a rate, which is a whole number of 10⁻¹⁰.
fn exchanged(unit_price: i128, rate: Option<i128>) -> Option<i128> {
    match rate {
        None => Some(unit_price),
        Some(rate) => quotient(wide(unit_price).checked_mul(wide(rate))?, wide(TEN_TO_10)).and_then(fitting),
    }
}

fn fitting(value: i128) -> Option<i128> {
    (-DIGITS_38_LIMIT < value && value < DIGITS_38_LIMIT).then_some(value)
}

fn wide(value: i128) -> i256 {
    i256::from_i128(value)
}

/// The nearest whole number, halves to the even one; the divisor is above zero.
fn quotient(dividend: i256, divisor: i256) -> Option<i128> {
    let (quotient, remainder) = dividend.checked_div_rem(divisor)?;
    let quotient = quotient.to_i128()?;
    let remainder = remainder.checked_abs()?;
    let twice = remainder.checked_add(remainder)?.cmp(&divisor);
    let grows = twice.is_gt() || (twice.is_eq() && quotient % 2 != 0);
    quotient.checked_add(if !grows {
        0
    } else if dividend.is_negative() {
        -1
    } else {
        1
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_of_tiers_is_what_a_unit_costs_on_average() {
        // 100 × 0.05 + 20 × 0.04 = 5.80 for 120 units.
        let price = effective(5_800_000_000_000, 12_000).unwrap();
        assert_eq!(price, 4_833_333_333_333_333_333, "0.04833333333333333333");
        assert_eq!(cost(price, 12_000), Some(5_800_000_000_000));
        assert_eq!(effective(-5_800_000_000_000, -12_000), Some(price));
    }

    #[test]
    fn there_is_no_average_of_nothing_or_of_unlike_signs() {
        assert_eq!(effective(10_000_000_000_000, 0), None);
        assert_eq!(effective(10_000_000_000_000, -100), None);
        assert_eq!(effective(0, -100), Some(0));
    }

    #[test]
    fn halves_go_to_the_even_digit() {
        let rounded = |dividend| quotient(wide(dividend), wide(10)).unwrap();
        assert_eq!([15, 25, 26, -15, -25, -26, 0].map(rounded), [2, 2, 3, -2, -2, -3, 0]);
    }

    #[test]
    fn what_does_not_fit_is_none() {
        assert_eq!(cost(i128::MAX, i128::MAX), None);
        assert_eq!(cost(DIGITS_38_LIMIT - 1, 100), Some(10_i128.pow(30)), "rounded from 30 nines");
        assert_eq!(exchanged(DIGITS_38_LIMIT - 1, Some(2 * TEN_TO_10)), None);
    }

    proptest! {
        #[test]
        fn the_average_times_the_usage_is_the_cost_again(
            product in 0_i128..1_000_000_000_000_000_000_000_000, usage in 1_i128..10_000_000_000,
        ) {
            let price = effective(product, usage).unwrap();
            prop_assert_eq!(cost(price, usage), Some(product));
        }
    }
}
