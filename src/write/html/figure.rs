//! How figures are spelled on a page: thin spaces between groups of three digits, a true minus.

use super::super::figures::{Figures, Spelling};
use crate::amount::Amount;
use crate::quantity::Quantity;
use crate::text::grouped_decimal;

/// Stands between groups of three digits; no line breaks there.
const THIN: &str = "\u{202f}";

/// Usage with so many decimals, 0 to 2, rounded halves away from zero.
pub(crate) fn usage(quantity: Quantity, decimals: u8) -> String {
    let cut = 2 - usize::from(decimals.min(2));
    let text = exact(rounded(quantity, cut));
    let end = if cut == 2 { 3 } else { cut };
    text[..text.len() - end].to_owned()
}

/// With all its digits.
pub(crate) fn exact(quantity: Quantity) -> String {
    looks(Figures::new(Spelling::GROUPED).quantity(quantity))
}

/// An amount with the decimals of its currency.
pub(crate) fn amount(amount: Amount) -> String {
    looks(Figures::new(Spelling::GROUPED).amount(amount))
}

/// The same with a plus before what is more than nothing.
pub(crate) fn amount_change(change: Amount) -> String {
    if change > Amount::ZERO { format!("+{}", amount(change)) } else { amount(change) }
}

/// `+12.34 %`.
pub(crate) fn percent(quantity: Quantity) -> String {
    format!("{}{THIN}%", signed(exact(quantity), quantity))
}

/// `12.34 %`.
pub(crate) fn share(quantity: Quantity) -> String {
    format!("{}{THIN}%", exact(quantity))
}

/// With a plus before what is more than nothing.
pub(crate) fn signed(text: String, quantity: Quantity) -> String {
    if quantity > Quantity::ZERO { format!("+{text}") } else { text }
}

pub(crate) fn count(count: u64) -> String {
    looks(Figures::new(Spelling::GROUPED).count(count))
}

/// A decimal of any number of places, as it is spelled elsewhere.
pub(crate) fn spelled(decimal: &str) -> String {
    looks(&grouped_decimal(decimal))
}

fn looks(text: &str) -> String {
    text.replace(',', THIN).replace('-', "\u{2212}")
}

/// Without its last `cut` decimals.
fn rounded(quantity: Quantity, cut: usize) -> Quantity {
    let step = [1_u128, 10, 100][cut];
    let hundredths = quantity.hundredths();
    let magnitude = (hundredths.unsigned_abs().saturating_add(step / 2)) / step * step;
    let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
    Quantity::from_hundredths(if hundredths < 0 { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(hundredths: i128, decimals: u8) -> String {
        usage(Quantity::from_hundredths(hundredths), decimals).replace(THIN, " ")
    }

    #[test]
    fn digits_stand_in_groups_and_a_minus_is_a_minus() {
        assert_eq!(shown(-123_456_789, 2), "−1 234 567.89");
        assert_eq!(count(22_085), "22\u{202f}085");
        assert_eq!(percent(Quantity::from_hundredths(1_234)), "+12.34\u{202f}%");
        assert_eq!(percent(Quantity::from_hundredths(-5)), "−0.05\u{202f}%");
    }

    #[test]
    fn fewer_decimals_are_rounded_halves_away_from_zero() {
        assert_eq!([shown(1_250, 1), shown(1_245, 1), shown(-1_245, 1)], ["12.5", "12.5", "−12.5"]);
        assert_eq!([shown(1_250, 0), shown(1_249, 0), shown(-1_250, 0)], ["13", "12", "−13"]);
        assert_eq!([shown(-49, 0), shown(4, 1)], ["0", "0.0"], "no minus before zero");
        assert_eq!(shown(i128::MIN, 0).len(), shown(i128::MAX, 0).len() + "−".len(), "the largest have room");
    }
}
