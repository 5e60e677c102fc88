//! Prices that contradict each other: of equal weight, for the same, in the same month.

use std::path::Path;

use super::fields::refused;
use super::named::Named;
use super::price_list::{Owner, Price};
use crate::error::Result;

/// What two prices have in common that can contradict each other.
fn key(price: &Price) -> (&Owner, Option<&Named>, &str, &str, i64) {
    (&price.owner, price.offering.as_ref(), &price.component_type, &price.measured_unit, price.priority)
}

/// Refuses two prices of equal weight that hold in the same month.
pub(crate) fn check(path: &Path, prices: &[Price]) -> Result<()> {
    let mut sorted: Vec<&Price> = prices.iter().collect();
    sorted.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.valid.from.cmp(&b.valid.from)));
    for alike in sorted.chunk_by(|a, b| key(a) == key(b)) {
        // Those that begin earlier stand before; what ends last of them may reach into the next.
        let mut longest = alike[0];
        for price in &alike[1..] {
            if longest.valid.to.is_none_or(|to| price.valid.from.is_none_or(|from| from <= to)) {
                return Err(refused_both(path, longest, price));
            }
            longest = price;
        }
    }
    Ok(())
}

/// The error of two prices of which none beats the other.
pub(crate) fn refused_both(path: &Path, one: &Price, other: &Price) -> crate::error::Error {
    let (first, second) = if one.line < other.line { (one, other) } else { (other, one) };
    let reason = format!(
        "this price of {} in {} and that in line {} hold in the same month for the same; \
         expected valid_from and valid_to that keep them apart, or another priority",
        second.component_type, second.measured_unit, first.line
    );
    refused(path, second.line, reason)
}
