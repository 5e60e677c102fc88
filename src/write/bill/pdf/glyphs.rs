//! Characters that no font has: they are spelled out before the text is set, because typst refuses a tagged document
//! for one missing glyph.

use serde_json::{Map, Value};
use typst::text::Font;
use unicode_width::UnicodeWidthChar as _;

/// Which characters are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Those that a font has.
    Covered,
    /// Latin, Greek and Cyrillic letters, digits and the usual signs.
    Usual,
}

/// A word of more characters than this can be broken anywhere, or it would run out of its column.
const WORD_MAX: usize = 24;

/// A place to break a line at.
const BREAK: char = '\u{200b}';

impl Spelling {
    /// The text with every other character spelled out: `\u{1f680}`. Long words can be broken.
    pub(super) fn spelled(self, text: &str, fonts: &[Font]) -> String {
        let mut spelled = String::with_capacity(text.len());
        let mut before = None;
        for character in text.chars() {
            if self.keeps(before, character, fonts) {
                spelled.push(character);
            } else {
                spelled.extend(character.escape_unicode());
            }
            before = Some(character);
        }
        breakable(&spelled)
    }

    /// Whether any character of the text is spelled out.
    pub(super) fn changes(self, text: &str, fonts: &[Font]) -> bool {
        let before = std::iter::once(None).chain(text.chars().map(Some));
        before.zip(text.chars()).any(|(before, character)| !self.keeps(before, character, fonts))
    }

    fn keeps(self, before: Option<char>, character: char, fonts: &[Font]) -> bool {
        match self {
            _ if matches!(character, ' '..='~') => true,
            _ if is_private(character) => false,
            Self::Usual => {
                matches!(character, '\u{a0}'..='\u{24f}' | '\u{391}'..='\u{3c9}' | '\u{400}'..='\u{45f}' | '–' | '−')
            }
            Self::Covered => fonts.iter().any(|font| {
                let has = |character: char| font.info().coverage.contains(character.into());
                // A mark is set with the letter before it, by one font.
                let is_mark = character.width().is_none_or(|width| width == 0);
                has(character) && (!is_mark || before.is_some_and(has))
            }),
        }
    }
}

/// A character without a meaning that all agree on; PDF/A-3a has none of them.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text with places to break long words at.
fn breakable(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut length = 0;
    for character in text.chars() {
        let is_mark = character.width().is_none_or(|width| width == 0);
        length = if character.is_whitespace() { 0 } else { length + usize::from(!is_mark) };
        if length > WORD_MAX && !is_mark {
            broken.push(BREAK);
            length = 1;
        }
        broken.push(character);
    }
    broken
}

/// The value with every text changed; names of members stay.
pub(super) fn map_texts(value: &Value, map: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(map(text)),
        Value::Array(values) => values.iter().map(|value| map_texts(value, map)).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| (name.clone(), map_texts(value, map));
            Value::Object(members.iter().map(member).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use typst::foundations::Bytes;

    fn fonts() -> Vec<Font> {
        typst_assets::fonts().flat_map(|bytes| Font::iter(Bytes::new(bytes))).collect()
    }

    #[test]
    fn latin_greek_and_cyrillic_are_kept_and_what_no_font_has_is_spelled_out() {
        let fonts = fonts();
        let spelled = |text: &str| Spelling::Covered.spelled(text, &fonts);
        for text in
            ["Tartu Ülikool", "Πανεπιστήμιο Αθηνών", "Київський університет", "Łódź, Ţîrgu Mureș", "a\u{301}"]
        {
            assert_eq!(spelled(text), text);
        }
        assert_eq!(spelled("🚀 Ltd"), "\\u{1f680} Ltd");
        assert_eq!(spelled("国立"), "\\u{56fd}\\u{7acb}");
        assert_eq!(spelled("\u{e000}"), "\\u{e000}");
        assert_eq!(Spelling::Usual.spelled("ß → 国", &fonts), "ß \\u{2192} \\u{56fd}");
    }

    #[test]
    fn long_words_can_be_broken_and_short_ones_stay_as_they_are() {
        let long = breakable(&"a".repeat(60));
        assert_eq!(long.matches(BREAK).count(), 2);
        assert_eq!(long.replace(BREAK, ""), "a".repeat(60));
        assert_eq!(breakable("eine kurze Zeile"), "eine kurze Zeile");
    }
}
