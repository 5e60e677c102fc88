//! Text from the data, made harmless on a terminal.

use std::borrow::Cow;
use std::io::{self, Write};

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

/// Stands for the empty text, so that no cell of a table is blank.
const NONE: &str = "(none)";

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

/// More characters of one text than this are read by nobody; a column as wide as the longest would fill the disk.
const BRIEF_MAX: usize = 200;

/// The text with hazards spelled out; one of more than 200 characters ends in `…`.
pub fn brief(text: &str) -> Cow<'_, str> {
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
pub struct VisibleWriter<W> {
    inner: W,
    /// What cannot be judged before the next byte is known: the beginning of a character, or a carriage return.
    pending: Vec<u8>,
}

impl<W: Write> VisibleWriter<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, pending: Vec::new() }
    }

    /// Passes on what is pending up to, not including, `end`.
    fn put(&mut self, end: usize) -> io::Result<()> {
        let text: Vec<u8> = self.pending.drain(..end).collect();
        let text = String::from_utf8_lossy(&text);
        let mut shown = String::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            match character {
                '\n' | '\t' => shown.push(character),
                '\r' if text[at + 1..].starts_with('\n') => shown.push(character),
                _ if is_hazard(character) => shown.extend(character.escape_unicode()),
                _ => shown.push(character),
            }
        }
        self.inner.write_all(shown.as_bytes())
    }
}

impl<W: Write> Write for VisibleWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(buffer);
        let end = match std::str::from_utf8(&self.pending) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.pending.len() - usize::from(self.pending.ends_with(b"\r")),
        };
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
        let text = "\u{feff}a\tb\r\n\u{1b}[31mred\r\u{9b}\u{202e}東京\u{7f}\n";
        let expected = "\u{feff}a\tb\r\n\\u{1b}[31mred\\u{d}\\u{9b}\\u{202e}東京\\u{7f}\n";
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
        for text in ["Õun & Pähkel", "東京", "👩‍🔬", "می‌خواهم", ""] {
            assert!(matches!(visible(text), Cow::Borrowed(shown) if shown == text));
        }
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
