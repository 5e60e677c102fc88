//! An axis of figures: where a usage stands, and round figures along the way.

use super::super::figure;
use crate::quantity::Quantity;

/// More than any usage that adds up; what is beyond stands at the end of the axis.
const LIMIT: i128 = 10_i128.pow(33);

/// About so many steps lie between the ends.
const STEPS: i128 = 4;

/// From the least to the greatest, zero always among them.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    low: i128,
    high: i128,
    step: i128,
    /// In tenths of a pixel.
    length: i64,
}

/// How large figures are told beside an axis, each a thousand times the next.
const MAGNITUDES: [(&str, i128); 4] = [
    ("quadrillions", 100 * 10_i128.pow(15)),
    ("trillions", 100 * 10_i128.pow(12)),
    ("billions", 100 * 10_i128.pow(9)),
    ("millions", 100 * 10_i128.pow(6)),
];

impl Scale {
    /// An axis of that length for these figures.
    pub(super) fn new(quantities: impl Iterator<Item = Quantity>, length: i64) -> Self {
        let (low, high) = quantities
            .map(bounded)
            .fold((0, 0), |(low, high): (i128, i128), quantity| (low.min(quantity), high.max(quantity)));
        let high = if low == high { 100 } else { high };
        let step = step(high - low);
        let (low, high) = (low.div_euclid(step) * step, -((-high).div_euclid(step)) * step);
        Self { low, high, step, length }
    }

    /// The place of a figure, from 0 to the length.
    pub(super) fn at(&self, quantity: Quantity) -> i64 {
        let above = bounded(quantity) - self.low;
        let at = (above * i128::from(self.length) + (self.high - self.low) / 2) / (self.high - self.low);
        i64::try_from(at).unwrap_or(self.length).clamp(0, self.length)
    }

    pub(super) fn zero(&self) -> i64 {
        self.at(Quantity::ZERO)
    }

    /// Round figures with their places, the least first.
    pub(super) fn ticks(&self) -> Vec<(i64, String)> {
        let count = (self.high - self.low) / self.step;
        let tick = |index| Quantity::from_hundredths(self.low + index * self.step);
        (0..=count).map(|index| (self.at(tick(index)), self.label(tick(index)))).collect()
    }

    /// The word for what the figures at the ticks are told in: `millions`.
    pub(super) fn magnitude(&self) -> Option<&'static str> {
        self.divisor().map(|(word, _)| word)
    }

    fn divisor(&self) -> Option<(&'static str, i128)> {
        let largest = self.high.max(-self.low);
        MAGNITUDES.into_iter().find(|(_, hundredths)| largest >= *hundredths)
    }

    fn label(&self, tick: Quantity) -> String {
        let divisor = self.divisor().map_or(1, |(_, hundredths)| hundredths / 100);
        // Ticks of large figures are round: what a division leaves is below what is shown.
        let text = figure::exact(Quantity::from_hundredths(tick.hundredths() / divisor));
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

fn bounded(quantity: Quantity) -> i128 {
    quantity.hundredths().clamp(-LIMIT, LIMIT)
}

/// 1, 2 or 5 and zeros behind it.
fn step(span: i128) -> i128 {
    let wanted = (span / STEPS).max(1);
    let mut power = 1;
    while power * 10 <= wanted {
        power *= 10;
    }
    [1, 2, 5, 10].into_iter().map(|digit| digit * power).find(|step| *step >= wanted).unwrap_or(power * 10)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scale(units: &[i128]) -> Scale {
        Scale::new(units.iter().map(|units| Quantity::from_hundredths(units * 100)), 1_000)
    }

    fn labels(units: &[i128]) -> Vec<String> {
        scale(units).ticks().into_iter().map(|(_, label)| label.replace('\u{202f}', " ")).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_zero() {
        assert_eq!(labels(&[87]), ["0", "50", "100"]);
        assert_eq!(labels(&[12, 40]), ["0", "10", "20", "30", "40"]);
        assert_eq!(labels(&[-3, 9]), ["−5", "0", "5", "10"]);
        assert_eq!(labels(&[37_667]), ["0", "10 000", "20 000", "30 000", "40 000"]);
        assert_eq!(labels(&[0]), ["0", "0.5", "1"], "nothing at all still has an axis");
    }

    #[test]
    fn large_figures_are_told_in_words_beside_the_axis() {
        assert_eq!(labels(&[181_519_570]), ["0", "50", "100", "150", "200"]);
        assert_eq!(scale(&[181_519_570]).magnitude(), Some("millions"));
        assert_eq!(labels(&[1_900_720_019_024_443]), ["0", "0.5", "1", "1.5", "2"]);
        assert_eq!(scale(&[999_999]).magnitude(), Some("millions"), "the axis ends at one million");
    }

    #[test]
    fn a_figure_stands_where_it_belongs() {
        let scale = scale(&[-50, 150]);
        assert_eq!(
            [-50, 0, 50, 150].map(|units| scale.at(Quantity::from_hundredths(units * 100))),
            [0, 250, 500, 1_000]
        );
    }

    proptest! {
        #[test]
        fn any_figures_have_an_axis_of_few_ticks(hundredths in proptest::collection::vec(any::<i128>(), 0..8)) {
            let quantities = hundredths.iter().map(|hundredths| Quantity::from_hundredths(*hundredths));
            let scale = Scale::new(quantities.clone(), 1_000);
            prop_assert!((2..=8).contains(&scale.ticks().len()));
            for quantity in quantities {
                prop_assert!((0..=1_000).contains(&scale.at(quantity)));
            }
        }
    }
}
