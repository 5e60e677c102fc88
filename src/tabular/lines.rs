//! Lines as an editor numbers them: they end in LF, CRLF or a lone CR.

use memchr::{memchr, memchr_iter};

/// How many lines end in a text.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let newlines = memchr_iter(b'\n', text).count();
    let lone = match memchr(b'\r', text) {
        None => 0,
        Some(first) => lone_returns(&text[first..]),
    };
    (newlines + lone) as u64
}

fn lone_returns(text: &[u8]) -> usize {
    memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n')).count()
}

/// The line that a byte is in, from 1.
pub(crate) fn line_at(text: &[u8], at: usize) -> u64 {
    let before = &text[..at.min(text.len())];
    // A CR at the end belongs to the LF after it.
    let is_torn = before.last() == Some(&b'\r') && text.get(before.len()) == Some(&b'\n');
    1 + line_ends(before) - u64::from(is_torn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_an_editor_shows_them() {
        for (text, ends) in
            [("a\nb\n", 2), ("a\r\nb\r\n", 2), ("a\rb\r", 2), ("a\r\r\nb", 2), ("a\n\nb", 2), ("", 0)]
        {
            assert_eq!(line_ends(text.as_bytes()), ends, "{text:?}");
        }
        assert_eq!((line_at(b"a\r\nb", 2), line_at(b"a\r\nb", 3), line_at(b"a\rb", 2)), (1, 2, 2));
    }
}
