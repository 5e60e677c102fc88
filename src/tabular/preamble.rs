//! What stands before the header of a table of text, and how its lines end.

use super::encoding::MARK;
use super::table::Problem;

/// The separators that are looked for, the most usual one first.
pub(crate) const SEPARATORS: [u8; 4] = *b",;\t|";

/// What stands before the header: a byte order mark, `sep=;` as Excel reads it, `#TYPE …` as PowerShell writes it,
/// rows without text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preamble {
    /// Its bytes.
    pub length: usize,
    /// The separator that it names.
    pub separator: Option<u8>,
}

impl Preamble {
    /// The problem of a separator that is named but not used; `names` counts those of the header under a separator.
    pub(crate) fn wrong_separator(&self, names: impl Fn(u8) -> usize) -> Option<Problem> {
        let named = self.separator.filter(|named| names(*named) == 0)?;
        let used = SEPARATORS.into_iter().find(|separator| names(*separator) > 1)?;
        Some(Problem {
            line: 1,
            found: format!(
                "a line sep= with {}, but {} between the names of the columns",
                shown(named),
                shown(used)
            ),
            expected: "the separator that the table has: correct that line or remove it".to_owned(),
        })
    }

    /// `text` is the beginning of a file, with at least its header.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut preamble = Self { length: 0, separator: None };
        loop {
            let rest = text[preamble.length..].strip_prefix(MARK).unwrap_or(&text[preamble.length..]);
            let start = text.len() - rest.len();
            let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let line = &rest[..end.unwrap_or(rest.len())];
            let separator = named_separator(line);
            let is_skipped = is_passed(line, 1) || is_blank(line);
            let Some(end) = end.filter(|_| is_skipped) else {
                return Self { length: start, ..preamble };
            };
            preamble.separator = separator.or(preamble.separator);
            preamble.length = start + end + 1;
        }
    }
}

/// A separator as a message names it.
fn shown(separator: u8) -> String {
    match separator {
        b'\t' => "a tab".to_owned(),
        separator => format!("{:?}", char::from(separator)),
    }
}

/// Whether a line is none of the table's: `sep=;` or `#TYPE …`, which come again where files are joined.
/// `cells` is how many cells it would be.
pub(crate) fn is_passed(line: &[u8], cells: usize) -> bool {
    let line = line.strip_prefix(MARK).unwrap_or(line);
    named_separator(line).is_some() || (cells == 1 && line.starts_with(b"#TYPE"))
}

/// The separator in `sep=;` or `"sep=;"`.
fn named_separator(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', separator] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            Some(*separator).filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"')
        }
        _ => None,
    }
}

/// Whether a line has separators and spaces only.
pub(crate) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| SEPARATORS.contains(byte) || byte.is_ascii_whitespace())
}

/// Whether lines end in a lone CR, as old programs for the Macintosh write them.
///
/// LF takes its place then, byte for byte, so that one way of reading is enough.
pub(crate) fn has_lone_returns(text: &[u8]) -> bool {
    let Some(first) = memchr::memchr2(b'\r', b'\n', text) else { return false };
    let behind = text[first..].iter().find(|byte| **byte != b'\r');
    text[first] == b'\r' && behind != Some(&b'\n')
}

pub(crate) fn replace_returns(text: &mut [u8]) {
    text.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> (&str, Option<char>) {
        let preamble = Preamble::of(text.as_bytes());
        (&text[preamble.length..], preamble.separator.map(char::from))
    }

    #[test]
    fn what_programs_write_before_the_header_is_passed() {
        assert_eq!(header("uuid,usage\n1,2\n"), ("uuid,usage\n1,2\n", None));
        assert_eq!(header("\u{feff}uuid\n"), ("uuid\n", None));
        assert_eq!(header("sep=;\r\nuuid;usage"), ("uuid;usage", Some(';')));
        assert_eq!(header("\u{feff}\"sep=\t\"\nuuid"), ("uuid", Some('\t')));
        assert_eq!(
            header("#TYPE System.Management.Automation.PSCustomObject\r\n\"uuid\""),
            ("\"uuid\"", None)
        );
        assert_eq!(header(";;\r\n\r\n;uuid;usage"), (";uuid;usage", None));
        assert_eq!(header("\n\n"), ("", None));
        assert_eq!(header("separate=1"), ("separate=1", None));
    }

    #[test]
    fn lone_returns_are_told_from_those_before_a_newline() {
        assert!(has_lone_returns(b"a,b\r1,2\r"));
        assert!(has_lone_returns(b"a,b\r\r1,\"2\n3\"\r"));
        for text in ["a\r\nb\r\n", "a\r\r\nb\r\r\n", "a\nb\rc\n", "a"] {
            assert!(!has_lone_returns(text.as_bytes()), "{text:?}");
        }
    }
}
