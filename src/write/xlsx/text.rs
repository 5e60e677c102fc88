//! Text as a cell holds it: never empty, never too long, nothing in it that acts.

use std::borrow::Cow;

use crate::text::visible;

/// The text with all spelled out that would act, in XML too: the library takes a text between these tags for XML.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    let shown = visible::shown(text);
    match shown.strip_prefix('<') {
        Some(rest) if rest.starts_with("r>") && rest.ends_with("</r>") => {
            Cow::Owned(format!("{}{rest}", '<'.escape_unicode()))
        }
        _ => shown,
    }
}

/// As many UTF-16 units as leave room for the words around them: a chart's alternative text holds 255.
const BRIEF_MAX: usize = 60;

/// A text that is shown already, short enough for the title of a chart.
pub(super) fn brief(shown: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_xml_to_the_library() {
        assert_eq!(shown("<r>&</r>"), "\\u{3c}r>&</r>");
        assert_eq!(
            ["<r>", "<b>x</b>", "r></r>", "<r>x</r> "].map(shown),
            ["<r>", "<b>x</b>", "r></r>", "<r>x</r> "]
        );
    }
}
