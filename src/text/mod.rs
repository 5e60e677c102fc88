//! Text: numbers for people, digests and uuids, and what is harmless on a terminal.

mod numbers;
mod uuids;
pub mod visible;

pub(crate) use self::numbers::of_count;
pub use self::numbers::{counted, grouped, grouped_decimal};
pub use self::uuids::{parse_uri_uuid, parse_uuid, uuid_text};
pub use self::visible::{visible, visible_line};

/// Two lower-case digits for each byte.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
