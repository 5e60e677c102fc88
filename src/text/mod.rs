//! Text: numbers for people, digests and uuids, what messages quote, and what is harmless on a terminal.

mod mail;
mod near;
mod numbers;
mod uuids;
pub mod visible;

use std::collections::BTreeSet;

pub(crate) use self::mail::{ADDRESSES_EXPECTED, is_mail_address, mail_addresses};
pub use self::near::{near, respelled};
pub(crate) use self::numbers::of_count;
pub use self::numbers::{counted, grouped, grouped_decimal};
pub use self::uuids::{parse_uri_uuid, parse_uuid, uuid_text};
pub use self::visible::{visible, visible_line};

/// How many of a list a message names.
const NAMED_MAX: usize = 5;

/// The first of what a message is about, and how many more there are: `the project "Alpha", 3 more`.
pub(crate) fn listed(all: BTreeSet<String>) -> String {
    let count = all.len();
    let mut named: Vec<String> = all.into_iter().take(NAMED_MAX).collect();
    if count > named.len() {
        named.push(format!("{} more", count - named.len()));
    }
    named.join(", ")
}

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Text for a message, with each byte that is not UTF-8 by its number: `<0xFF>`.
pub fn shown_bytes(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("<0x{byte:02X}>")));
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
pub fn joined<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    match texts.as_slice() {
        [first @ .., before, last] if !first.is_empty() => {
            format!("{}, {before} and {last}", first.join(", "))
        }
        texts => texts.join(" and "),
    }
}

/// At most that many characters; what is cut off is shown by an ellipsis.
pub fn shorten(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
