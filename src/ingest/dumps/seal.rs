//! The checksum of an index of pages: its last key, over every byte before it.
//!
//! An index that says `"version":2` at its start has one; an older index has neither. So whichever byte is lost, one
//! of the two is left to tell.

use sha2::{Digest as _, Sha256};

use crate::text::hex;

/// How an index with a checksum begins.
pub(crate) const START: &str = "{\"version\":2,\n";

const KEY: &str = ",\n\"sha256\":\"";
const END: &str = "\"}\n";

/// Ends the text of an index, which has no closing brace yet.
pub(crate) fn seal(text: &mut Vec<u8>) {
    let digest = digest(text);
    text.extend([KEY, &digest, END].concat().bytes());
}

/// Whether the text is as it was written, as far as it has a checksum.
pub(crate) fn is_intact(text: &[u8]) -> bool {
    let at = memchr::memmem::rfind(text, KEY.as_bytes());
    match at {
        Some(_) => is_sealed(text, START),
        None => memchr::memmem::find(text, b"\"version\"").is_none(),
    }
}

/// Whether a text that begins so is as it was written.
pub(crate) fn is_sealed(text: &[u8], start: &str) -> bool {
    memchr::memmem::rfind(text, KEY.as_bytes()).is_some_and(|at| {
        let (sealed, rest) = (&text[..at], &text[at + KEY.len()..]);
        sealed.starts_with(start.as_bytes()) && rest == [&digest(sealed), END].concat().as_bytes()
    })
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_lost_or_changed_any_byte_is_not_intact() {
        let mut text = format!("{START}\"pages\":[]").into_bytes();
        seal(&mut text);
        assert!(is_intact(&text));
        for at in 0..text.len() {
            let mut less = text.clone();
            less.remove(at);
            assert!(!is_intact(&less), "without byte {at}");
            let mut other = text.clone();
            other[at] ^= 1;
            assert!(!is_intact(&other), "byte {at} changed");
        }
    }

    #[test]
    fn an_older_index_has_no_checksum() {
        assert!(is_intact(b"{\"request\":{},\"pages\":[]}"));
    }
}
