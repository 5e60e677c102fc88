//! The one way in which the server writes a record, read without looking at anything twice.

use wide::u8x16;

use crate::ingest::records::raw::{Raw, RawRecord};
use crate::usage::Field;

/// Reads `{"uuid":"…","user":…,…}` with the keys in the server's order and no white space.
///
/// Gives the place behind its brace. None if it is written in another way, where a string holds
/// a `\u` escape, or where the text ends before: then the general parser decides.
///
/// `record` is filled anew; where nothing is given back its values mean nothing.
pub(crate) fn plain_record<'a>(text: &'a [u8], record: &mut RawRecord<'a>) -> Option<usize> {
    let tail = plain_head(text, record)?;
    plain_tail(text, tail, record)
}

macro_rules! string {
    ($cursor:ident, $record:ident, $field:ident, $key:literal) => {
        $cursor.expect(concat!($key, "\"").as_bytes())?;
        $record.set(Field::$field, $cursor.string()?);
    };
}

/// Reads the first ten fields; gives the place behind them, where what the parent determines begins.
pub(crate) fn plain_head<'a>(text: &'a [u8], record: &mut RawRecord<'a>) -> Option<usize> {
    let mut cursor = Cursor { text, at: 0 };
    string!(cursor, record, Uuid, "{\"uuid\":");
    cursor.expect(b",\"user\":")?;
    record.set(Field::User, cursor.string_or_null()?);
    string!(cursor, record, Username, ",\"username\":");
    string!(cursor, record, ComponentUsage, ",\"component_usage\":");
    cursor.expect(b",\"usage\":")?;
    record.set(Field::Usage, cursor.string_or_number()?);
    string!(cursor, record, MeasuredUnit, ",\"measured_unit\":");
    string!(cursor, record, Description, ",\"description\":");
    string!(cursor, record, Created, ",\"created\":");
    string!(cursor, record, Modified, ",\"modified\":");
    string!(cursor, record, BackendId, ",\"backend_id\":");
    Some(cursor.at)
}

/// Reads what follows the [head](plain_head); gives the place behind the brace.
pub(crate) fn plain_tail<'a>(text: &'a [u8], at: usize, record: &mut RawRecord<'a>) -> Option<usize> {
    let mut cursor = Cursor { text, at };
    string!(cursor, record, ResourceName, ",\"resource_name\":");
    string!(cursor, record, ResourceUuid, ",\"resource_uuid\":");
    string!(cursor, record, OfferingName, ",\"offering_name\":");
    string!(cursor, record, OfferingUuid, ",\"offering_uuid\":");
    string!(cursor, record, ProjectName, ",\"project_name\":");
    string!(cursor, record, ProjectUuid, ",\"project_uuid\":");
    string!(cursor, record, CustomerName, ",\"customer_name\":");
    string!(cursor, record, CustomerUuid, ",\"customer_uuid\":");
    plain_end(text, cursor.at, record)
}

/// Reads the last three fields; gives the place behind the brace.
pub(crate) fn plain_end<'a>(text: &'a [u8], at: usize, record: &mut RawRecord<'a>) -> Option<usize> {
    let mut cursor = Cursor { text, at };
    string!(cursor, record, ComponentType, ",\"component_type\":");
    string!(cursor, record, Date, ",\"date\":");
    if cursor.expect(b"}").is_some() {
        record.set(Field::BillingPeriod, Raw::Missing);
        return Some(cursor.at);
    }
    string!(cursor, record, BillingPeriod, ",\"billing_period\":");
    cursor.expect(b"}")?;
    Some(cursor.at)
}

/// Whether a text stands between the quotes of JSON as it is.
pub(crate) fn is_plain_text(text: &[u8]) -> bool {
    special(text, 0).is_none()
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
        let length = plain_number(rest).or_else(|| any_number(rest))?;
        self.at += length;
        Some(Raw::Number(&rest[..length]))
    }
}

/// The length of a number of digits and at most one point, with a comma behind it.
#[inline(always)]
fn plain_number(text: &[u8]) -> Option<usize> {
    let start = usize::from(text.first() == Some(&b'-'));
    let mut point = None;
    let mut at = start;
    loop {
        match text.get(at)? {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(at),
            b',' => break,
            _ => return None,
        }
        at += 1;
    }
    let whole = point.unwrap_or(at) - start;
    let has_decimals = point.is_none_or(|point| at > point + 1);
    (whole > 0 && has_decimals && (whole == 1 || text[start] != b'0')).then_some(at)
}

fn any_number(text: &[u8]) -> Option<usize> {
    let length = memchr::memchr(b',', text)?;
    is_json_number(&text[..length]).then_some(length)
}

/// The place of the first quote, backslash or control character.
#[inline(always)]
fn special(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(sixteen) = text.get(at..)?.first_chunk() {
        let found = special_bits(sixteen);
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize);
        }
        at += 16;
    }
    let length = text.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
    Some(at + length)
}

/// One bit for each byte that is a quote, a backslash or a control character; the first byte is the lowest bit.
#[inline(always)]
fn special_bits(sixteen: &[u8; 16]) -> u32 {
    let bytes = u8x16::new(*sixteen);
    let quotes = bytes.simd_eq(u8x16::splat(b'"'));
    let backslashes = bytes.simd_eq(u8x16::splat(b'\\'));
    let controls = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (quotes | backslashes | controls).to_bitmask()
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
