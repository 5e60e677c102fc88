//! Bars that lie, the name and figure of each above it, all from one zero.
//!
//! ```text
//! 1  Tartu Ülikool                 1 427.26   25.76 %
//! ████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
//! ```

use maud::{Markup, html};

use super::scale::Scale;
use super::{Px, WIDTH, fitted, picture, width};
use crate::quantity::Quantity;

const ROW: i64 = 300;
const BAR: i64 = 80;
const BASELINE: i64 = 120;
const BAR_TOP: i64 = 170;
const AXIS: i64 = 220;

/// One bar.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub name: String,
    /// What stands at the right end.
    pub figure: String,
    pub quantity: Quantity,
    /// Whether it stands for all that have no bar of their own.
    pub is_others: bool,
}

/// Draws bars of one unit, in their order.
pub(crate) fn draw(id: &str, title: &str, description: &str, bars: &[Bar]) -> Markup {
    let scale = Scale::new(bars.iter().map(|bar| bar.quantity), WIDTH);
    let foot = bars.len() as i64 * ROW;
    let content = html! {
        @for (bar, top) in bars.iter().zip((0..).map(|index| index * ROW)) { (draw_bar(bar, &scale, top)) }
        (draw_axis(&scale, bars.len() as i64))
    };
    picture(id, foot + AXIS, (title, description), &content)
}

fn draw_bar(bar: &Bar, scale: &Scale, top: i64) -> Markup {
    let (zero, end) = (scale.zero(), scale.at(bar.quantity));
    let name = fitted(&bar.name, WIDTH - width(&bar.figure) - 150);
    let baseline = Px(top + BASELINE);
    html! {
        text y=(baseline) { (name) }
        text.n x=(Px(WIDTH)) y=(baseline) { (bar.figure) }
        (rectangle("track", (0, WIDTH), top + BAR_TOP))
        @if zero != end {
            @let class = if bar.is_others { "others" } else { "bar" };
            (rectangle(class, (zero.min(end), zero.max(end)), top + BAR_TOP))
        }
    }
}

fn rectangle(class: &str, (left, right): (i64, i64), top: i64) -> Markup {
    html! { rect class=(class) x=(Px(left)) y=(Px(top)) width=(Px((right - left).max(10))) height=(Px(BAR)) {} }
}

/// Lines across the tracks, and round figures beneath.
fn draw_axis(scale: &Scale, rows: i64) -> Markup {
    let ticks = scale.ticks();
    let last = ticks.len() - 1;
    let across = ticks.iter().filter(|(at, _)| (1..WIDTH).contains(at));
    let lines = across.flat_map(|(at, _)| (0..rows).map(move |row| (Px(*at), Px(row * ROW + BAR_TOP))));
    html! {
        path.grid d={ @for (x, y) in lines { "M" (x) " " (y) "v" (Px(BAR)) } } {}
        @for (index, (at, label)) in ticks.iter().enumerate() {
            text.tick.n[index > 0 && index == last].c[index > 0 && index != last]
                x=(Px(*at)) y=(Px(rows * ROW + BASELINE)) {
                (label)
                @if let Some(word) = scale.magnitude().filter(|_| index == last) { " " (word) }
            }
        }
    }
}
