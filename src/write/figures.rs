//! The digits of figures, without an allocation for each.

use crate::amount::Amount;
use crate::quantity::Quantity;

/// How a figure is spelled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
    /// The decimal mark.
    pub mark: u8,
    /// What stands between groups of three digits.
    pub separator: Option<u8>,
}

impl Spelling {
    /// `-1234.50`, for machines.
    pub(crate) const PLAIN: Self = Self { mark: b'.', separator: None };
    /// `-1,234.50`, for eyes.
    pub(crate) const GROUPED: Self = Self { mark: b'.', separator: Some(b',') };
}

/// Spells figures into one buffer.
pub(crate) struct Figures {
    spelling: Spelling,
    /// Filled from its end: 39 digits, 13 separators, a mark and a sign fit.
    buffer: [u8; 64],
}

impl Figures {
    pub(crate) fn new(spelling: Spelling) -> Self {
        Self { spelling, buffer: [0; 64] }
    }

    /// With two decimals, always.
    pub(crate) fn quantity(&mut self, quantity: Quantity) -> &str {
        let hundredths = quantity.hundredths();
        let magnitude = hundredths.unsigned_abs();
        let decimals = (magnitude % 100) as u8;
        let at = self.buffer.len() - 3;
        self.buffer[at] = self.spelling.mark;
        self.buffer[at + 1] = b'0' + decimals / 10;
        self.buffer[at + 2] = b'0' + decimals % 10;
        let mut start = self.whole(magnitude / 100, at);
        if hundredths < 0 {
            start -= 1;
            self.buffer[start] = b'-';
        }
        self.text(start)
    }

    /// With the decimals that it is shown with.
    pub(crate) fn amount(&mut self, amount: Amount) -> &str {
        let thousandths = amount.thousandths();
        let magnitude = thousandths.unsigned_abs();
        let places = usize::from(amount.places());
        let mut decimals = (magnitude % 1_000) as u16;
        let mut at = self.buffer.len();
        for place in (0..3).rev() {
            if place < places {
                at -= 1;
                self.buffer[at] = b'0' + (decimals % 10) as u8;
            }
            decimals /= 10;
        }
        if places > 0 {
            at -= 1;
            self.buffer[at] = self.spelling.mark;
        }
        let mut start = self.whole(magnitude / 1_000, at);
        if thousandths < 0 {
            start -= 1;
            self.buffer[start] = b'-';
        }
        self.text(start)
    }

    pub(crate) fn count(&mut self, count: u64) -> &str {
        let start = self.whole(u128::from(count), self.buffer.len());
        self.text(start)
    }

    /// Puts the digits before `end` and gives where they start.
    fn whole(&mut self, number: u128, end: usize) -> usize {
        let mut at = end;
        let mut digits = 0;
        let mut put = |digit: u8| {
            if let Some(separator) = self.spelling.separator
                && digits > 0
                && digits % 3 == 0
            {
                at -= 1;
                self.buffer[at] = separator;
            }
            at -= 1;
            self.buffer[at] = b'0' + digit;
            digits += 1;
        };
        // Division of 128 bits is slow and hardly ever needed.
        let mut large = number;
        while large > u128::from(u64::MAX) {
            put((large % 10) as u8);
            large /= 10;
        }
        let mut small = large as u64;
        loop {
            put((small % 10) as u8);
            small /= 10;
            if small == 0 {
                break;
            }
        }
        at
    }

    fn text(&self, start: usize) -> &str {
        std::str::from_utf8(&self.buffer[start..]).expect("digits, marks and separators are ASCII")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn grouped(hundredths: i128) -> String {
        Figures::new(Spelling::GROUPED).quantity(Quantity::from_hundredths(hundredths)).to_owned()
    }

    #[test]
    fn every_third_digit_is_set_off_and_decimals_are_always_two() {
        assert_eq!(grouped(0), "0.00");
        assert_eq!(grouped(-5), "-0.05");
        assert_eq!(grouped(99_999), "999.99");
        assert_eq!(grouped(-100_000), "-1,000.00");
        assert_eq!(grouped(123_456_789_012), "1,234,567,890.12");
        assert_eq!(Figures::new(Spelling::GROUPED).count(1_000_000), "1,000,000");
    }

    #[test]
    fn the_largest_figures_have_room() {
        assert_eq!(grouped(i128::MIN), "-1,701,411,834,604,692,317,316,873,037,158,841,057.28");
        assert_eq!(Figures::new(Spelling::PLAIN).count(u64::MAX), u64::MAX.to_string());
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency() {
        let grouped = |thousandths, places| {
            Figures::new(Spelling::GROUPED).amount(Amount::new(thousandths, places)).to_owned()
        };
        assert_eq!(
            [grouped(1_234_000, 0), grouped(1_234_500, 2), grouped(-1, 3)],
            ["1,234", "1,234.50", "-0.001"]
        );
    }

    proptest! {
        #[test]
        fn a_plain_amount_is_spelled_as_it_prints(thousandths: i128, places in 0_u8..4) {
            let amount = Amount::new(thousandths, places);
            let mut figures = Figures::new(Spelling::PLAIN);
            prop_assert_eq!(figures.amount(amount), amount.to_string());
        }

        #[test]
        fn a_plain_figure_is_spelled_as_the_quantity_prints(hundredths: i128) {
            let quantity = Quantity::from_hundredths(hundredths);
            let mut figures = Figures::new(Spelling::PLAIN);
            prop_assert_eq!(figures.quantity(quantity), quantity.to_string());
        }
    }
}
