//! Text from the data, made harmless on a terminal: nothing in it acts, and nothing in it is invisible.

use std::borrow::Cow;
use std::io::{self, Write};

/// Whether a character could act on a terminal, or make text look like other text, instead of being seen.
///
/// Control characters, line and paragraph separators, the marks that turn the direction of writing, and what is
/// invisible wherever it is.
pub fn is_hazard(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{200b}'
            | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}'
        )
}

/// Whether a character is invisible itself, and shapes its neighbours in some scripts and in emoji.
fn is_shaper(character: char) -> bool {
    matches!(
        character,
        NON_JOINER | JOINER | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    )
}

const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';

/// Whether a character shapes nothing between its neighbours, so that nobody sees it.
fn is_idle(before: Option<char>, character: char, after: Option<char>) -> bool {
    let are_both = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
    let is_used = match character {
        // Both follow a virama at the end of words, too.
        NON_JOINER => are_both(is_arabic) || are_both(is_indic) || before.is_some_and(is_virama),
        JOINER => are_both(is_emoji) || are_both(is_indic) || before.is_some_and(is_virama),
        '\u{180b}'..='\u{180f}' => before.is_some_and(|before| matches!(before, '\u{1800}'..='\u{18af}')),
        _ if is_shaper(character) => {
            let has_forms = |before| {
                matches!(before, '©' | '®' | '\u{1000}'..='\u{109f}' | '\u{2010}'..) && !is_shaper(before)
            };
            before.is_some_and(has_forms) || after == Some('\u{20e3}')
        }
        _ => true,
    };
    !is_used
}

/// Arabic, Syriac, N'Ko and Mandaic, whose letters are joined.
fn is_arabic(character: char) -> bool {
    matches!(character, '\u{620}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The scripts of India, Sri Lanka, Myanmar and Cambodia.
fn is_indic(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

fn is_virama(character: char) -> bool {
    matches!(character, '\u{900}'..='\u{d7f}') && u32::from(character) % 0x80 == 0x4d
        || matches!(character, '\u{dca}' | '\u{1039}' | '\u{17d2}')
}

fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

/// The text with every hazard spelled out: `\u{1b}[31m`.
pub fn visible(text: &str) -> Cow<'_, str> {
    spelled_out(text, None, |_, character, _| is_hazard(character))
}

/// The text with those characters spelled out that a rule names by their neighbours, and those that shape nothing.
fn spelled_out(
    text: &str,
    mut before: Option<char>,
    is_hazard: impl Fn(Option<char>, char, Option<char>) -> bool,
) -> Cow<'_, str> {
    let mut shown: Option<String> = None;
    for (at, character) in text.char_indices() {
        let after = || text[at + character.len_utf8()..].chars().next();
        let is_hidden = !character.is_ascii_graphic()
            && (is_hazard(before, character, after()) || is_idle(before, character, after()));
        match (&mut shown, is_hidden) {
            (Some(shown), false) => shown.push(character),
            (Some(shown), true) => shown.extend(character.escape_unicode()),
            (None, false) => {}
            (None, true) => shown = Some(text[..at].chars().chain(character.escape_unicode()).collect()),
        }
        before = Some(character);
    }
    shown.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Stands for the empty text, so that no cell of a table is blank.
const NONE: &str = "(none)";

/// Fewer than the 32,767 UTF-16 units that a cell can hold, with room for what is spelled out.
const CHARACTERS_MAX: usize = 3_000;

/// The text with hazards spelled out; what is too long for a cell ends in `…`.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.is_empty() {
        return Cow::Borrowed(NONE);
    }
    let end = text.char_indices().nth(CHARACTERS_MAX).map(|(at, _)| at);
    let shown = spelled_out(&text[..end.unwrap_or(text.len())], None, |_, character, _| is_unfit(character));
    if end.is_some() { Cow::Owned(format!("{shown}…")) } else { shown }
}

/// More characters of one text than this are read by nobody; a column as wide as the longest would fill the disk.
const BRIEF_MAX: usize = 200;

/// The text with hazards spelled out; one of more than 200 characters ends in `…`.
pub(crate) fn brief(text: &str) -> Cow<'_, str> {
    cut(text, BRIEF_MAX)
}

/// More than any message has that does not quote a text of such a length.
const LINE_MAX: usize = 10_000;

/// The text with hazards spelled out; one of more than 10,000 characters ends in `…`.
pub fn visible_line(text: &str) -> Cow<'_, str> {
    cut(text, LINE_MAX)
}

fn cut(text: &str, characters_max: usize) -> Cow<'_, str> {
    // A text of fewer bytes has fewer characters.
    match text.len() > characters_max && text.chars().nth(characters_max).is_some() {
        false => visible(text),
        true => {
            let kept = text.char_indices().nth(characters_max - 1).map_or(text.len(), |(at, _)| at);
            Cow::Owned(format!("{}…", visible(&text[..kept])))
        }
    }
}

/// Whether XML has no room for a character, or it would act instead of being seen.
fn is_unfit(character: char) -> bool {
    is_hazard(character) || matches!(character, '\u{fffe}' | '\u{ffff}')
}

/// Passes text on with every hazard spelled out, except tabs and the ends of lines.
///
/// For formats of other programs on a terminal: they hold names as the data has them.
#[derive(Debug)]
pub struct VisibleWriter<W> {
    inner: W,
    /// What cannot be judged before the next byte is known: the beginning of a character, a carriage return, and what
    /// shapes its neighbours.
    pending: Vec<u8>,
    /// The last character that was passed on.
    before: Option<char>,
}

impl<W: Write> VisibleWriter<W> {
    /// Passes everything on to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, pending: Vec::new(), before: None }
    }

    /// Passes on what is pending up to, not including, `end`.
    fn put(&mut self, end: usize) -> io::Result<()> {
        let text: Vec<u8> = self.pending.drain(..end).collect();
        let text = String::from_utf8_lossy(&text);
        let is_hidden = |before: Option<char>, character, after| match character {
            '\n' | '\t' => false,
            '\r' => after != Some('\n'),
            // A byte order mark.
            '\u{feff}' => before.is_some(),
            _ => is_hazard(character),
        };
        let shown = spelled_out(&text, self.before, is_hidden);
        self.before = text.chars().next_back().or(self.before);
        self.inner.write_all(shown.as_bytes())
    }
}

impl<W: Write> Write for VisibleWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(buffer);
        let end = match std::str::from_utf8(&self.pending) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.pending.len(),
        };
        let is_open = |character| character == '\r' || is_shaper(character);
        let end = std::str::from_utf8(&self.pending[..end])
            .map_or(end, |text| text.trim_end_matches(is_open).len());
        self.put(end).map(|()| buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.put(self.pending.len())?;
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_keeps_its_lines_and_tabs_and_shows_all_else_that_acts() {
        let text = "\u{feff}a\tb\r\n\u{1b}[31mred\r\u{9b}\u{202e}東京\u{7f}\u{200d}x\u{feff}👩\u{200d}🔬\n";
        let expected = "\u{feff}a\tb\r\n\\u{1b}[31mred\\u{d}\\u{9b}\\u{202e}東京\\u{7f}\\u{200d}x\\u{feff}👩\u{200d}🔬\n";
        // However the text is cut into pieces, in the middle of characters too.
        for size in 1..=text.len() {
            let mut writer = VisibleWriter::new(Vec::new());
            text.as_bytes().chunks(size).for_each(|piece| writer.write_all(piece).expect("memory"));
            writer.flush().expect("memory");
            assert_eq!(String::from_utf8(writer.inner).expect("UTF-8"), expected, "{size}");
        }
    }

    #[test]
    fn what_acts_on_a_terminal_is_spelled_out() {
        assert_eq!(visible("\u{1b}[31mred"), r"\u{1b}[31mred");
        assert_eq!(visible("a\r\nb\tc\u{7f}\u{9b}"), r"a\u{d}\u{a}b\u{9}c\u{7f}\u{9b}");
        assert_eq!(visible("\u{202e}drowssap\u{2069}"), r"\u{202e}drowssap\u{2069}");
    }

    #[test]
    fn text_of_any_script_stays_as_it_is() {
        let emoji = ["👩\u{200d}🔬", "👩🏽\u{200d}🔬", "❤\u{fe0f}\u{200d}🔥", "1\u{fe0f}\u{20e3}", "☎\u{fe0f}"];
        let words = [
            "Õun & Pähkel",
            "東京",
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "അവന്\u{200d}",
            "葛\u{e0100}城",
            "ᠮ\u{180b}ᠣ",
            "",
        ];
        for text in emoji.into_iter().chain(words) {
            assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text), "{}", visible(text));
        }
    }

    #[test]
    fn what_nobody_would_see_is_spelled_out() {
        let hidden = [
            '\u{ad}',
            '\u{34f}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{2060}',
            '\u{2063}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0041}',
            '\u{e0101}',
        ];
        for hidden in hidden {
            for text in [format!("Ac{hidden}me"), format!("{hidden}Acme"), format!("Acme{hidden}")] {
                let expected = text.replace(hidden, &hidden.escape_unicode().to_string());
                assert_eq!(
                    (visible(&text), shown(&text)),
                    (expected.as_str().into(), expected.as_str().into())
                );
            }
        }
        // A second one adds nothing that is seen.
        assert_eq!(visible("می\u{200c}\u{200c}خ"), "می\\u{200c}\\u{200c}خ");
        assert_eq!(visible("احمد\u{200d}علی"), "احمد\\u{200d}علی");
        assert_eq!(visible("☎\u{fe0f}\u{fe0f}"), "☎\u{fe0f}\\u{fe0f}");
    }

    #[test]
    fn a_text_that_nobody_reads_to_its_end_is_cut() {
        assert_eq!(brief("a\u{7}"), "a\\u{7}");
        let longest = "ü".repeat(BRIEF_MAX);
        assert!(matches!(brief(&longest), Cow::Borrowed(text) if text == longest));
        let cut = brief(&"ü".repeat(1_000_000)).into_owned();
        assert_eq!((cut.chars().count(), cut.chars().last()), (BRIEF_MAX, Some('…')));
        assert_eq!(visible_line(&"ü".repeat(1_000_000)).chars().count(), LINE_MAX);
    }

    #[test]
    fn a_cell_is_never_empty_nor_too_long_and_nothing_in_it_acts() {
        assert_eq!(shown(""), "(none)");
        assert_eq!(shown("=1+1"), "=1+1");
        assert_eq!(shown("a\u{202e}b\u{0}\u{ffff}"), "a\\u{202e}b\\u{0}\\u{ffff}");
        let long = shown(&"\u{7}".repeat(40_000)).encode_utf16().count();
        assert!((CHARACTERS_MAX..32_767).contains(&long), "{long}");
    }
}
