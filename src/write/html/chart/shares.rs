//! One bar that is a whole, cut into shares; each bears the number that it has in the list beside it.

use maud::{Markup, html};

use super::{Px, WIDTH, picture, width};
use crate::quantity::Quantity;

const HEIGHT: i64 = 260;
const BASELINE: i64 = 175;
const GAP: i64 = 15;

/// All of it, in hundredths of a per cent.
const WHOLE: i128 = 10_000;

/// Draws shares in per cent, the last of them that of all others where `has_others`.
pub(crate) fn draw(
    id: &str,
    title: &str,
    description: &str,
    shares: &[Quantity],
    has_others: bool,
) -> Markup {
    let mut sum = 0;
    let bounds = shares.iter().map(|share| {
        let left = place(sum);
        sum += share.hundredths();
        (left, place(sum) - GAP)
    });
    let content = html! {
        @for (index, (left, right)) in bounds.enumerate().filter(|(_, (left, right))| right > left) {
            @let is_others = has_others && index + 1 == shares.len();
            // Neighbours differ, in light as in dark; what tells them apart is their number.
            @let class = if is_others { "others" } else { ["share", "share b"][index % 2] };
            @let number = (index + 1).to_string();
            rect class=(class) x=(Px(left)) width=(Px(right - left)) height=(Px(HEIGHT)) {}
            @if !is_others && width(&number) + 60 <= right - left {
                text.on.c x=(Px((left + right) / 2)) y=(Px(BASELINE)) { (number) }
            }
        }
    };
    picture(id, HEIGHT, (title, description), &content)
}

fn place(hundredths: i128) -> i64 {
    let at = hundredths.clamp(0, WHOLE) * i128::from(WIDTH + GAP) / WHOLE;
    i64::try_from(at).unwrap_or(WIDTH)
}
