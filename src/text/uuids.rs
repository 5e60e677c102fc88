//! Uuids as the portal and others write them.

use uuid::Uuid;

/// 32 hex digits, or 36 characters with dashes, of either case.
pub fn parse_uuid(text: &[u8]) -> Option<u128> {
    match text.len() {
        32 => hex_to_u128(text.first_chunk()?),
        36 => Some(Uuid::try_parse_ascii(text).ok()?.as_u128()),
        _ => None,
    }
}

/// The uuid that a URI ends in, with or without a slash behind it.
pub fn parse_uri_uuid(uri: &[u8]) -> Option<u128> {
    if let Some((_, [b'/', digits @ .., b'/'])) = uri.split_last_chunk::<34>() {
        return hex_to_u128(digits.first_chunk()?);
    }
    let uri = uri.strip_suffix(b"/").unwrap_or(uri);
    let start = memchr::memrchr(b'/', uri).map_or(0, |slash| slash + 1);
    parse_uuid(&uri[start..])
}

fn hex_to_u128(digits: &[u8; 32]) -> Option<u128> {
    let mut value = 0;
    for eight in digits.chunks_exact(8) {
        let part = hex_to_u32(u64::from_be_bytes(eight.try_into().expect("eight bytes")))?;
        value = (value << 32) | u128::from(part);
    }
    Some(value)
}

/// Eight hex digits at once; the first one is in the highest byte.
fn hex_to_u32(digits: u64) -> Option<u32> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    if digits & HIGHS != 0 {
        return None;
    }
    // The high bit of each byte that is at least `least`, for bytes and `least` below 128.
    let at_least = |bytes: u64, least: u8| (bytes + ONES * u64::from(128 - least)) & HIGHS;
    let lower = digits | (ONES * 0x20);
    let is_number = at_least(digits, b'0') & !at_least(digits, b'9' + 1);
    let is_letter = at_least(lower, b'a') & !at_least(lower, b'f' + 1);
    if (is_number | is_letter) != HIGHS {
        return None;
    }
    let nibbles = (digits & (ONES * 15)) + (is_letter >> 7) * 9;
    let bytes = (nibbles | (nibbles >> 4)) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | (bytes >> 8)) & 0x0000_ffff_0000_ffff;
    Some((pairs | (pairs >> 16)) as u32)
}

/// How the endpoint writes a uuid: 32 hex digits, lower case, no dashes.
pub fn uuid_text(uuid: u128) -> String {
    Uuid::from_u128(uuid).simple().to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_uuid_is_one_with_or_without_dashes_and_in_either_case() {
        let expected = Some(0x3b52_5922_8a48_4b45_b2c6_b1f8_7607_6310);
        assert_eq!(parse_uuid(b"3b5259228a484b45b2c6b1f876076310"), expected);
        assert_eq!(parse_uuid(b"3B525922-8A48-4B45-B2C6-B1F876076310"), expected);
        assert_eq!(parse_uri_uuid(b"https://x/api/y/3b5259228a484b45b2c6b1f876076310/"), expected);
        assert_eq!(parse_uuid(b"3b5259228a484b45b2c6b1f87607631g"), None);
        assert_eq!(parse_uuid(b"3b5259228-a484b45b2c6b1f876076310"), None);
        assert_eq!(parse_uuid(b""), None);
    }

    proptest! {
        #[test]
        fn hex_digits_are_read_as_the_standard_library_does(text in "[0-9a-fA-F]{32}", other in any::<u8>(), at in 0..32_usize) {
            prop_assert_eq!(parse_uuid(text.as_bytes()), u128::from_str_radix(&text, 16).ok());
            let mut bytes = text.into_bytes();
            bytes[at] = other;
            prop_assert_eq!(parse_uuid(&bytes).is_some(), other.is_ascii_hexdigit());
        }
    }
}
