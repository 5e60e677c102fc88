//! What a quantity costs: tiers, included quantities and minimums.

use super::exact::{PRICE_DECIMALS, plain};
use super::price_list::{Price, TierMode};

/// A part of a quantity and what one unit of it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// In hundredths.
    pub quantity: i128,
    /// A whole number of 10⁻¹⁰.
    pub unit_price: i128,
}

/// The parts that a quantity of hundredths is charged in.
///
/// What is below zero is credited at the first tier's price; then nothing is included.
pub(crate) fn steps(price: &Price, usage: i128) -> Vec<Step> {
    let first = price.tiers[0].unit_price;
    if usage < 0 {
        return vec![Step { quantity: usage, unit_price: first }];
    }
    let billable = usage.saturating_sub(price.included).max(0);
    let reaches = |up_to: Option<i128>| up_to.is_none_or(|up_to| billable <= up_to);
    let last = price.tiers.iter().position(|tier| reaches(tier.up_to)).expect("the last tier is open");
    if price.mode == TierMode::Volume || last == 0 {
        return vec![Step { quantity: billable, unit_price: price.tiers[last].unit_price }];
    }
    let mut start = 0;
    let step = |tier: &super::price_list::Tier| {
        let end = tier.up_to.map_or(billable, |up_to| up_to.min(billable));
        let quantity = end - start;
        start = end;
        Step { quantity, unit_price: tier.unit_price }
    };
    price.tiers[..=last].iter().map(step).collect()
}

/// What a quantity of hundredths costs: a whole number of 10⁻¹²; none if it does not fit.
pub(crate) fn amount(price: &Price, usage: i128) -> Option<i128> {
    let products = steps(price, usage).into_iter().map(|step| step.quantity.checked_mul(step.unit_price));
    let amount = products.into_iter().try_fold(0_i128, |sum, product| sum.checked_add(product?))?;
    match minimum(price, usage) {
        Some(minimum) => Some(amount.max(minimum)),
        None => Some(amount),
    }
}

/// The least amount, a whole number of 10⁻¹², where it holds.
fn minimum(price: &Price, usage: i128) -> Option<i128> {
    (price.minimum > 0 && usage >= 0).then(|| price.minimum.saturating_mul(100))
}

/// `100 × 0.05 + 20 × 0.04`, `0 × 0.05, at least 10`.
pub(crate) fn arithmetic(price: &Price, usage: i128) -> String {
    let step =
        |step: Step| format!("{} × {}", plain(step.quantity, 2), plain(step.unit_price, PRICE_DECIMALS));
    let text = steps(price, usage).into_iter().map(step).collect::<Vec<_>>().join(" + ");
    match minimum(price, usage) {
        Some(_) => format!("{text}, at least {}", plain(price.minimum, PRICE_DECIMALS)),
        None => text,
    }
}
