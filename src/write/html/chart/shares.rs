//! One bar that is a whole, cut into shares; each bears the number that it has in the list beside it.

use super::super::markup::Markup;
use super::{Px, WIDTH, open, width};
use crate::quantity::Quantity;

const HEIGHT: i64 = 260;
const BASELINE: i64 = 175;
const GAP: i64 = 15;

/// All of it, in hundredths of a per cent.
const WHOLE: i128 = 10_000;

/// Draws shares in per cent, the last of them that of all others where `has_others`.
pub fn draw(
    out: &mut Markup,
    id: &str,
    title: &str,
    description: &str,
    shares: &[Quantity],
    has_others: bool,
) {
    open(out, id, HEIGHT, title, description);
    let mut sum = 0;
    for (index, share) in shares.iter().enumerate() {
        let left = place(sum);
        sum += share.hundredths();
        let right = place(sum) - GAP;
        if right <= left {
            continue;
        }
        let is_others = has_others && index + 1 == shares.len();
        // Neighbours differ, in light as in dark; what tells them apart is their number.
        let class = if is_others { "others" } else { ["share", "share b"][index % 2] };
        out.raw("<rect class=\"").raw(class).raw("\" x=\"").put(Px(left)).raw("\" width=\"");
        out.put(Px(right - left)).raw("\" height=\"").put(Px(HEIGHT)).raw("\"/>");
        let number = (index + 1).to_string();
        if !is_others && width(&number) + 60 <= right - left {
            out.raw("<text class=\"on c\" x=\"").put(Px((left + right) / 2)).raw("\" y=\"").put(Px(BASELINE));
            out.raw("\">").raw(&number).raw("</text>");
        }
    }
    out.raw("</svg>");
}

fn place(hundredths: i128) -> i64 {
    let at = hundredths.clamp(0, WHOLE) * i128::from(WIDTH + GAP) / WHOLE;
    i64::try_from(at).unwrap_or(WIDTH)
}
