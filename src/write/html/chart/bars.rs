//! Bars that lie, the name and figure of each above it, all from one zero.
//!
//! ```text
//! 1  Tartu Ülikool                 1 427.26   25.76 %
//! ████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
//! ```

use super::super::markup::Markup;
use super::scale::Scale;
use super::{Px, WIDTH, fitted, open, width};
use crate::quantity::Quantity;

const ROW: i64 = 300;
const BAR: i64 = 80;
const BASELINE: i64 = 120;
const BAR_TOP: i64 = 170;
const AXIS: i64 = 220;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    pub name: String,
    /// What stands at the right end.
    pub figure: String,
    pub quantity: Quantity,
    /// Whether it stands for all that have no bar of their own.
    pub is_others: bool,
}

/// Draws bars of one unit, in their order.
pub fn draw(out: &mut Markup, id: &str, title: &str, description: &str, bars: &[Bar]) {
    let scale = Scale::new(bars.iter().map(|bar| bar.quantity), WIDTH);
    let foot = bars.len() as i64 * ROW;
    open(out, id, foot + AXIS, title, description);
    for (bar, top) in bars.iter().zip((0..).map(|index| index * ROW)) {
        draw_bar(out, bar, &scale, top);
    }
    draw_axis(out, &scale, bars.len() as i64);
    out.raw("</svg>");
}

fn draw_bar(out: &mut Markup, bar: &Bar, scale: &Scale, top: i64) {
    let (zero, end) = (scale.zero(), scale.at(bar.quantity));
    let name = fitted(&bar.name, WIDTH - width(&bar.figure) - 150);
    out.raw("<text y=\"").put(Px(top + BASELINE)).raw("\">").text(&name).raw("</text><text class=\"n\" x=\"");
    out.put(Px(WIDTH)).raw("\" y=\"").put(Px(top + BASELINE)).raw("\">").text(&bar.figure).raw("</text>");
    rectangle(out, "track", (0, WIDTH), top + BAR_TOP);
    if zero != end {
        let class = if bar.is_others { "others" } else { "bar" };
        rectangle(out, class, (zero.min(end), zero.max(end)), top + BAR_TOP);
    }
}

fn rectangle(out: &mut Markup, class: &str, (left, right): (i64, i64), top: i64) {
    out.raw("<rect class=\"").raw(class).raw("\" x=\"").put(Px(left)).raw("\" y=\"").put(Px(top));
    out.raw("\" width=\"").put(Px((right - left).max(10))).raw("\" height=\"").put(Px(BAR)).raw("\"/>");
}

/// Lines across the tracks, and round figures beneath.
fn draw_axis(out: &mut Markup, scale: &Scale, rows: i64) {
    let ticks = scale.ticks();
    let last = ticks.len() - 1;
    out.raw("<path class=\"grid\" d=\"");
    for (at, _) in ticks.iter().filter(|(at, _)| (1..WIDTH).contains(at)) {
        for row in 0..rows {
            out.raw("M").put(Px(*at)).raw(" ").put(Px(row * ROW + BAR_TOP)).raw("v").put(Px(BAR));
        }
    }
    out.raw("\"/>");
    let baseline = rows * ROW + BASELINE;
    for (index, (at, label)) in ticks.iter().enumerate() {
        let class = if index == 0 {
            "tick"
        } else if index == last {
            "tick n"
        } else {
            "tick c"
        };
        let magnitude = scale.magnitude().filter(|_| index == last).map(|word| format!(" {word}"));
        out.raw("<text class=\"").raw(class).raw("\" x=\"").put(Px(*at)).raw("\" y=\"").put(Px(baseline));
        out.raw("\">").text(label).text(magnitude.as_deref().unwrap_or_default()).raw("</text>");
    }
}
