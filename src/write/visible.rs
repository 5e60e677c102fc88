//! Text from the data, made harmless on a terminal.

use std::borrow::Cow;

/// Whether a character could act on a terminal, or make text look like other text, instead of being seen.
///
/// Control characters, line and paragraph separators, and the marks that turn the direction of writing.
pub fn is_hazard(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with every hazard spelled out: `\u{1b}[31m`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hazard) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match is_hazard(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(visible("\u{1b}[31mred"), r"\u{1b}[31mred");
        assert_eq!(visible("a\r\nb\tc\u{7f}\u{9b}"), r"a\u{d}\u{a}b\u{9}c\u{7f}\u{9b}");
        assert_eq!(visible("\u{202e}drowssap\u{2069}"), r"\u{202e}drowssap\u{2069}");
    }

    #[test]
    fn text_of_any_script_stays_as_it_is() {
        for text in ["Õun & Pähkel", "東京", "👩‍🔬", "می‌خواهم", ""] {
            assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text));
        }
    }
}
