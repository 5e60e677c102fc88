//! Backslashes in text between tabs: MySQL (`mysql -B`) and PostgreSQL (`COPY`) write `\t` for a tab, `\n` for a line end
//! and `\\` for a backslash there, and everybody else means a backslash.

use memchr::memchr;

/// What may follow a backslash that is an escape.
const ESCAPED: &[u8] = b"\\tnrbfv0N";

/// What to do about them.
pub(crate) const NO_ESCAPES: &str = "text without escapes, which MySQL (-B) and PostgreSQL (COPY) write for tabs, line ends and \
                              backslashes: export as CSV; or put the cell in double quotes if the backslash is part of it";

/// Whether every backslash of a text may be an escape, and there is one. A single `AD\alice` shows that they are not.
pub(crate) fn may_be_escapes(text: &[u8], separator: u8) -> bool {
    separator == b'\t' && memchr(b'\\', text).is_some() && all_are_escapes(text)
}

/// The character after the first escape in a record that means something else than its characters.
pub(crate) fn escape_in(record: &[u8]) -> Option<char> {
    let mut cells =
        record.split(|byte| *byte == b'\t').filter(|cell| !cell.starts_with(b"\"") && *cell != b"\\N");
    cells.find_map(|cell| cell.get(memchr(b'\\', cell)? + 1)).map(|escaped| char::from(*escaped))
}

fn all_are_escapes(mut rest: &[u8]) -> bool {
    while let Some(at) = memchr(b'\\', rest) {
        let Some(escaped) = rest.get(at + 1) else { return false };
        if !ESCAPED.contains(escaped) {
            return false;
        }
        rest = &rest[at + 2..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_backslash_before_another_letter_shows_that_none_is_an_escape() {
        assert!(may_be_escapes(b"a\\tb\tc\\\\d\n\\N\te\n", b'\t'));
        assert!(!may_be_escapes(b"AD\\tom\nAD\\alice\n", b'\t'));
        assert!(!may_be_escapes(b"a\\tb\n", b','));
        assert!(!may_be_escapes(b"a\tb\n", b'\t'));
        assert!(!may_be_escapes(b"a\tb\\", b'\t'));
    }

    #[test]
    fn an_escape_is_found_outside_of_quotes() {
        assert_eq!(escape_in(b"a\tb\\nc"), Some('n'));
        assert_eq!(escape_in(b"a\t\\N\tb"), None);
        assert_eq!(escape_in(b"a\t\"b\\nc\""), None);
    }
}
