//! Whole numbers split in proportion, so that the parts add up.

use std::cmp::Ordering;

use arrow_buffer::i256;

/// Splits a total in proportion to weights, by largest remainder; equal remainders go in the order of `ties`.
///
/// Weights may be negative. Where they add up to zero their magnitudes weigh, and where all are zero they weigh
/// alike. Nothing where a part does not fit.
pub(crate) fn split(
    total: i128,
    weights: &[i128],
    ties: impl Fn(usize, usize) -> Ordering,
) -> Option<Vec<i128>> {
    if weights.len() < 2 {
        return Some(vec![total; weights.len()]);
    }
    if total == 0 {
        return Some(vec![0; weights.len()]);
    }
    let whole = sum(weights.iter().copied())?;
    if whole != 0 {
        return split_by(total, weights.iter().copied(), whole, ties);
    }
    let magnitudes = weights.iter().map(|weight| i128::try_from(weight.unsigned_abs()).unwrap_or(i128::MAX));
    match sum(magnitudes.clone())? {
        0 => split_by(total, weights.iter().map(|_| 1), weights.len() as i128, ties),
        whole => split_by(total, magnitudes, whole, ties),
    }
}

fn split_by(
    total: i128,
    weights: impl Iterator<Item = i128>,
    whole: i128,
    ties: impl Fn(usize, usize) -> Ordering,
) -> Option<Vec<i128>> {
    let divided: Vec<(i128, i128)> =
        weights.map(|weight| divided(total, weight, whole)).collect::<Option<_>>()?;
    let mut parts: Vec<i128> = divided.iter().map(|(part, _)| *part).collect();
    let missing = total.checked_sub(sum(parts.iter().copied())?)?;
    spread(&mut parts, usize::try_from(missing).ok()?, |a, b| {
        divided[b].1.cmp(&divided[a].1).then_with(|| ties(a, b))
    });
    Some(parts)
}

/// Adds one to as many parts, the first ones of the order.
pub(crate) fn spread(parts: &mut [i128], missing: usize, order: impl Fn(usize, usize) -> Ordering) {
    if missing == 0 {
        return;
    }
    let mut places: Vec<usize> = (0..parts.len()).collect();
    places.sort_by(|a, b| order(*a, *b));
    for place in places.into_iter().take(missing) {
        parts[place] += 1;
    }
}

pub(crate) fn sum(mut numbers: impl Iterator<Item = i128>) -> Option<i128> {
    numbers.try_fold(0_i128, i128::checked_add)
}

/// `total × weight ÷ whole`, rounded down, and the remainder as a part of the magnitude of `whole`.
fn divided(total: i128, weight: i128, whole: i128) -> Option<(i128, i128)> {
    let (weight, whole) =
        if whole < 0 { (weight.checked_neg()?, whole.checked_neg()?) } else { (weight, whole) };
    if let Some(product) = total.checked_mul(weight) {
        return Some((product.div_euclid(whole), product.rem_euclid(whole)));
    }
    let product = i256::from_i128(total).checked_mul(i256::from_i128(weight))?;
    let (quotient, remainder) = product.checked_div_rem(i256::from_i128(whole))?;
    let (quotient, remainder) = (quotient.to_i128()?, remainder.to_i128()?);
    Some(if remainder < 0 { (quotient.checked_sub(1)?, remainder + whole) } else { (quotient, remainder) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(total: i128, weights: &[i128]) -> Vec<i128> {
        split(total, weights, |a, b| a.cmp(&b)).unwrap()
    }

    #[test]
    fn what_is_left_over_goes_to_the_largest_remainders() {
        assert_eq!(parts(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(parts(10, &[5, 3, 2]), [5, 3, 2]);
        assert_eq!(parts(7, &[10, -3]), [10, -3]);
        assert_eq!(parts(-5, &[1, 1]), [-2, -3]);
        assert_eq!(parts(0, &[5, -5]), [0, 0]);
    }

    #[test]
    fn weights_that_add_up_to_zero_weigh_by_their_magnitude() {
        assert_eq!(parts(10, &[4, -4, 0]), [5, 5, 0]);
        assert_eq!(parts(10, &[0, 0]), [5, 5]);
        assert!(parts(10, &[]).is_empty());
    }

    proptest! {
        #[test]
        fn parts_add_up_and_are_off_by_less_than_one(
            total in -10_i128.pow(24)..10_i128.pow(24),
            weights in prop::collection::vec(0..10_i128.pow(20), 1..8),
        ) {
            let parts = parts(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i128>(), total);
            let whole = i256::from_i128(weights.iter().sum());
            if whole != i256::ZERO && weights.len() > 1 {
                for (part, weight) in parts.iter().zip(&weights) {
                    let exact = i256::from_i128(total).wrapping_mul(i256::from_i128(*weight));
                    let off = i256::from_i128(*part).wrapping_mul(whole).wrapping_sub(exact);
                    prop_assert!(off.wrapping_abs() < whole);
                }
            }
        }
    }
}
