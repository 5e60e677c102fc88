//! The one way in which the server writes a record, read without looking at anything twice.

use super::raw::{Raw, RawRecord};
use crate::usage::Field;

/// Reads `{"uuid":"…","user":…,…}` with the keys in the server's order and no white space.
///
/// Gives the record and the place behind its brace. None where it is written in another way, where a string holds
/// a `\u` escape, or where the text ends before: then the general parser decides.
pub fn plain_record(text: &[u8]) -> Option<(RawRecord<'_>, usize)> {
    let mut cursor = Cursor { text, at: 0 };
    let mut record = RawRecord::default();
    macro_rules! string {
        ($field:ident, $key:literal) => {
            cursor.expect(concat!($key, "\"").as_bytes())?;
            record.set(Field::$field, cursor.string()?);
        };
    }
    string!(Uuid, "{\"uuid\":");
    cursor.expect(b",\"user\":")?;
    record.set(Field::User, cursor.string_or_null()?);
    string!(Username, ",\"username\":");
    string!(ComponentUsage, ",\"component_usage\":");
    cursor.expect(b",\"usage\":")?;
    record.set(Field::Usage, cursor.string_or_number()?);
    string!(MeasuredUnit, ",\"measured_unit\":");
    string!(Description, ",\"description\":");
    string!(Created, ",\"created\":");
    string!(Modified, ",\"modified\":");
    string!(BackendId, ",\"backend_id\":");
    string!(ResourceName, ",\"resource_name\":");
    string!(ResourceUuid, ",\"resource_uuid\":");
    string!(OfferingName, ",\"offering_name\":");
    string!(OfferingUuid, ",\"offering_uuid\":");
    string!(ProjectName, ",\"project_name\":");
    string!(ProjectUuid, ",\"project_uuid\":");
    string!(CustomerName, ",\"customer_name\":");
    string!(CustomerUuid, ",\"customer_uuid\":");
    string!(ComponentType, ",\"component_type\":");
    string!(Date, ",\"date\":");
    if cursor.expect(b"}").is_some() {
        return Some((record, cursor.at));
    }
    string!(BillingPeriod, ",\"billing_period\":");
    cursor.expect(b"}")?;
    Some((record, cursor.at))
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline(always)]
    fn expect(&mut self, literal: &[u8]) -> Option<()> {
        if !self.text[self.at..].starts_with(literal) {
            return None;
        }
        self.at += literal.len();
        Some(())
    }

    /// The string whose opening quote was passed.
    #[inline(always)]
    fn string(&mut self) -> Option<Raw<'a>> {
        let start = self.at;
        let mut at = special(self.text, start)?;
        let mut is_escaped = false;
        while self.text[at] == b'\\' {
            if !matches!(self.text.get(at + 1)?, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') {
                return None;
            }
            is_escaped = true;
            at = special(self.text, at + 2)?;
        }
        if self.text[at] != b'"' {
            return None;
        }
        self.at = at + 1;
        let inner = &self.text[start..at];
        Some(if is_escaped { Raw::Escaped(inner) } else { Raw::Text(inner) })
    }

    fn string_or_null(&mut self) -> Option<Raw<'a>> {
        match self.text.get(self.at)? {
            b'"' => {
                self.at += 1;
                self.string()
            }
            _ => self.expect(b"null").map(|()| Raw::Null),
        }
    }

    fn string_or_number(&mut self) -> Option<Raw<'a>> {
        if *self.text.get(self.at)? == b'"' {
            self.at += 1;
            return self.string();
        }
        let rest = &self.text[self.at..];
        let length = rest.iter().position(|byte| *byte == b',')?;
        let token = &rest[..length];
        self.at += length;
        is_json_number(token).then_some(Raw::Number(token))
    }
}

/// The place of the first quote, backslash or control character, eight bytes at a time.
#[inline(always)]
fn special(text: &[u8], from: usize) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = from;
    while let Some(eight) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().expect("eight bytes"));
        let quotes = has_zero(word ^ (ONES * b'"' as u64));
        let backslashes = has_zero(word ^ (ONES * b'\\' as u64));
        let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = quotes | backslashes | controls;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let length = text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
    Some(at + length)
}

/// Whether a token is a number by JSON's grammar: no plus, no leading zero, digits around the point.
fn is_json_number(token: &[u8]) -> bool {
    let digits = token.strip_prefix(b"-").unwrap_or(token);
    let (mantissa, exponent) = match digits.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let (whole, decimals) = match mantissa.iter().position(|byte| *byte == b'.') {
        Some(at) => (&mantissa[..at], Some(&mantissa[at + 1..])),
        None => (mantissa, None),
    };
    let all_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let is_exponent =
        |part: &[u8]| all_digits(part.strip_prefix(b"+").or(part.strip_prefix(b"-")).unwrap_or(part));
    all_digits(whole)
        && (whole.len() == 1 || whole[0] != b'0')
        && decimals.is_none_or(all_digits)
        && exponent.is_none_or(is_exponent)
}
