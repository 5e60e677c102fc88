//! Charts as SVG, drawn by whole numbers: tenths of a pixel, and hundredths of a unit.
//!
//! One chart has one unit and one axis of figures. Colours come from the page's style, so that they suit light and dark.

pub(super) mod bars;
pub(super) mod lines;
mod scale;
pub(super) mod shares;

use std::borrow::Cow;
use std::fmt;

use maud::{Markup, Render, html};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How wide every chart is, in tenths of a pixel; it grows and shrinks with its box.
const WIDTH: i64 = 4_800;

/// What a digit takes in the widest of the usual fonts.
const DIGIT: i64 = 76;

/// A length or place in tenths of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Px(i64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, tenth) = (self.0.unsigned_abs() / 10, self.0.unsigned_abs() % 10);
        match tenth {
            0 => write!(f, "{sign}{whole}"),
            _ => write!(f, "{sign}{whole}.{tenth}"),
        }
    }
}

impl Render for Px {
    fn render_to(&self, buffer: &mut String) {
        maud::display(self).render_to(buffer);
    }
}

/// A picture with words for readers who do not see it; `id` is its own on the page.
fn picture(id: &str, height: i64, (title, description): (&str, &str), content: &Markup) -> Markup {
    html! {
        svg.chart role="img" viewBox={ "0 0 " (Px(WIDTH)) " " (Px(height)) } aria-labelledby={ (id) "-t " (id) "-d" } {
            title id={ (id) "-t" } { (title) }
            desc id={ (id) "-d" } { (description) }
            (content)
        }
    }
}

/// What text takes at most.
fn width(text: &str) -> i64 {
    text.width() as i64 * DIGIT
}

/// The beginning of a text that fits, with `…` where something is cut.
fn fitted(text: &str, room: i64) -> Cow<'_, str> {
    if width(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut left = room - DIGIT;
    let fits = |character: &char| {
        left -= character.width().unwrap_or_default() as i64 * DIGIT;
        left >= 0
    };
    let start: String = text.chars().take_while(fits).collect();
    Cow::Owned(format!("{}…", start.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_of_a_pixel_are_spelled_without_need() {
        assert_eq!([Px(0), Px(125), Px(-5), Px(120)].map(|px| px.to_string()), ["0", "12.5", "-0.5", "12"]);
    }

    #[test]
    fn text_that_does_not_fit_ends_in_an_ellipsis() {
        assert_eq!(fitted("Acme", 4 * DIGIT), "Acme");
        assert_eq!(fitted("Acme Labs", 6 * DIGIT), "Acme…");
        assert_eq!(fitted("国立計算", 5 * DIGIT), "国立…", "wide characters count twice");
        assert_eq!(fitted("Acme", 0), "…");
    }
}
