//! Text as a cell holds it: never empty, never too long, nothing in it that acts.

use std::borrow::Cow;

use super::super::visible::is_hazard;

/// Stands for the empty text, so that no cell of a table is blank.
pub const NONE: &str = "(none)";

/// Fewer than the 32,767 UTF-16 units that a cell can hold, with room for what is spelled out.
const CHARACTERS_MAX: usize = 3_000;

/// The text with hazards spelled out; what is too long for a cell ends in `…`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed(NONE);
    }
    if text.len() <= CHARACTERS_MAX && !text.contains(is_unfit) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len().min(4 * CHARACTERS_MAX));
    for (count, character) in text.chars().enumerate() {
        if count == CHARACTERS_MAX {
            shown.push('…');
            break;
        }
        match is_unfit(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// Whether XML has no room for a character, or it would act instead of being seen.
fn is_unfit(character: char) -> bool {
    is_hazard(character) || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Puts text into XML; `_x0041_` would be read as an escape of the spreadsheet's own.
pub fn escape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '_']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match rest.as_bytes()[0] {
            b'&' => out.push_str("&amp;"),
            b'<' => out.push_str("&lt;"),
            b'>' => out.push_str("&gt;"),
            _ if is_escape(rest.as_bytes()) => out.push_str("_x005F_"),
            _ => out.push('_'),
        }
        rest = &rest[1..];
    }
    out.push_str(rest);
}

fn is_escape(text: &[u8]) -> bool {
    matches!(text, [b'_', b'x', digits @ .., ] if digits.len() >= 5
        && digits[..4].iter().all(u8::is_ascii_hexdigit) && digits[4] == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_empty_nor_too_long_and_nothing_in_it_acts() {
        assert_eq!(shown(""), "(none)");
        assert_eq!(shown("=1+1"), "=1+1");
        assert_eq!(shown("a\u{202e}b\u{0}\u{ffff}"), "a\\u{202e}b\\u{0}\\u{ffff}");
        let long = shown(&"\u{7}".repeat(40_000)).encode_utf16().count();
        assert!((CHARACTERS_MAX..32_767).contains(&long), "{long}");
    }

    #[test]
    fn what_looks_like_markup_or_an_escape_stays_text() {
        let mut out = String::new();
        escape("<a & b> _x0041_ _x_ _", &mut out);
        assert_eq!(out, "&lt;a &amp; b&gt; _x005F_x0041_ _x_ _");
    }
}
