//! Text as a cell holds it: never empty, never too long, nothing in it that acts.

pub use crate::text::visible::shown;

/// As many UTF-16 units as leave room for the words around them: a chart's alternative text holds 255.
const BRIEF_MAX: usize = 60;

/// A text that is shown already, short enough for the title of a chart.
pub fn brief(shown: &str) -> String {
    let mut text = String::new();
    for character in shown.chars() {
        if text.encode_utf16().count() + character.len_utf16() >= BRIEF_MAX {
            text.push('…');
            break;
        }
        text.push(character);
    }
    text
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
    fn what_looks_like_markup_or_an_escape_stays_text() {
        let mut out = String::new();
        escape("<a & b> _x0041_ _x_ _", &mut out);
        assert_eq!(out, "&lt;a &amp; b&gt; _x005F_x0041_ _x_ _");
    }
}
