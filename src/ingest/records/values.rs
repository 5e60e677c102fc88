//! The values of a record, checked one by one: what they mean, or why they cannot be.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate};

use super::collector::RecordFault;
use super::raw::{Raw, RawRecord};
use super::token::{parse_day, parse_epoch, parse_time, parse_zoneless_time};
use crate::fault::Reason;
use crate::period::BillingPeriod;
use crate::quantity::{Quantity, QuantityFault};
use crate::tabular::days::{first_of_month, readings};
use crate::tabular::numbers::{self, Mark};
use crate::tabular::{IN_COLUMN, expected_number, failed};
use crate::text::{parse_uri_uuid, parse_uuid, shorten, shown_bytes};
use crate::usage::Field;

/// The usage was written as text or exact decimal, so its digits are the database's.
pub(crate) const EXACT: u8 = 1;
/// The usage was written as a float that may have lost its hundredths.
pub(crate) const IMPRECISE: u8 = 2;
/// The billing period was derived from `date`.
pub(crate) const DERIVED: u8 = 4;
/// A time of the record names no zone.
pub(crate) const ZONELESS: u8 = 8;
/// The usage was a float of 32 bits, besides [`IMPRECISE`].
pub(crate) const SINGLE: u8 = 16;

const MICROS_OF_DAY: i64 = 86_400_000_000;

const UUID: &str = "a uuid, 32 hex digits with or without dashes";
const URI: &str = "a URI that ends in a uuid";
const TEXT: &str = "text";
const TIME: &str = "a time with its zone, as 2026-10-31T21:56:43.245917Z";
const WINDOWS_DATE: &str = "a time with its zone, as 2026-10-31T21:56:43.245917Z: Windows PowerShell and .NET have made a \
                            date of it and lost digits; save the server's response as it is (-OutFile), or convert with \
                            PowerShell 7";
const PERIOD: &str = "the first day of a month, as 2026-10-01";
const USAGE: &str = "a decimal of at most 18 digits before and 2 after the point";

pub(crate) fn is_text(value: Raw, known: &[u8]) -> bool {
    matches!(value, Raw::Text(text) if text == known)
}

/// Microseconds since 1970 of the years 1 to 9999, but for a day at either end, so that they are within these years
/// in every time zone.
const TIMES: std::ops::Range<i64> = -62_135_510_400_000_000..253_402_214_400_000_000;

pub(crate) fn plain_time(value: Raw) -> Option<i64> {
    match value {
        Raw::Text(text) => {
            parse_time(text).or_else(|| parse_zoneless_time(text)).or_else(|| parse_epoch(text))
        }
        Raw::Number(digits) => parse_epoch(digits),
        Raw::Time(micros) | Raw::ZonelessTime(micros) => Some(micros),
        Raw::Day(days) => i64::from(days).checked_mul(MICROS_OF_DAY),
        _ => None,
    }
    .filter(|micros| TIMES.contains(micros))
}

/// Whether a time names no zone.
pub(crate) fn is_zoneless(value: Raw) -> bool {
    match value {
        Raw::Text(text) => !text.ends_with(b"Z") && parse_zoneless_time(text).is_some(),
        Raw::ZonelessTime(_) => true,
        _ => false,
    }
}

pub(crate) fn plain_period(record: &RawRecord) -> Option<i32> {
    let of_midnight = |micros: i64| {
        (micros % MICROS_OF_DAY == 0).then(|| period_of_day((micros / MICROS_OF_DAY) as i32)).flatten()
    };
    match record.get(Field::BillingPeriod) {
        Raw::Text(text) => {
            parse_period(text).or_else(|| of_midnight(parse_epoch(text)?)).or_else(|| written_period(text))
        }
        Raw::Number(digits) => of_midnight(parse_epoch(digits)?),
        Raw::Day(days) => period_of_day(days),
        Raw::Time(micros) | Raw::ZonelessTime(micros) => of_midnight(micros),
        _ => None,
    }
}

/// The month of `2026-10-01`, or of midnight of that day as `2026-10-01T00:00:00`; of no other day or time.
pub(crate) fn parse_period(text: &[u8]) -> Option<i32> {
    let (day, time) = text.split_at_checked(10)?;
    let is_midnight = || {
        plain_time(Raw::Text(text)).is_some() && time[1..].starts_with(b"00:00:00") && {
            let fraction = time[9..].strip_prefix(b".").unwrap_or_default();
            fraction.iter().take_while(|byte| byte.is_ascii_digit()).all(|digit| *digit == b'0')
        }
    };
    if !day.ends_with(b"-01") || !(time.is_empty() || is_midnight()) {
        return None;
    }
    parse_day(day)?;
    let digit = |at: usize| i32::from(text[at] - b'0');
    let year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
    let period = year * 12 + digit(5) * 10 + digit(6) - 1;
    is_of_our_time(period).then_some(period)
}

/// The month whose first day is written as spreadsheets do: `01.10.2026`, `10/1/2026`.
pub(crate) fn written_period(text: &[u8]) -> Option<i32> {
    let day = first_of_month(std::str::from_utf8(text).ok()?)?;
    Some(BillingPeriod::of(day).number()).filter(|period| is_of_our_time(*period))
}

/// Whether a month has no year of two digits that a program has filled with zeros, or of another era of the clock.
fn is_of_our_time(period: i32) -> bool {
    period >= 2000 * 12
}

fn period_of_day(days: i32) -> Option<i32> {
    let date = DateTime::from_timestamp(i64::from(days) * 86_400, 0)?.date_naive();
    let period = BillingPeriod::of(date);
    (date == period.first_day()).then(|| period.number())
}

pub(crate) fn derived_period(date: i64, timezone: chrono_tz::Tz) -> i32 {
    let date = DateTime::from_timestamp_micros(date).expect("times are of four-digit years");
    BillingPeriod::of(date.with_timezone(&timezone).date_naive()).number()
}

pub(crate) fn required_uuid(record: &RawRecord, field: Field) -> Result<u128, RecordFault> {
    match record.get(field) {
        Raw::Uuid(uuid) => Ok(uuid),
        Raw::Text(text) => parse_uuid(text).ok_or_else(|| bad_value(record, field, UUID)),
        _ => Err(bad_value(record, field, UUID)),
    }
}

/// The uuid of the parent, which its URI ends in.
pub(crate) fn parent_uuid(record: &RawRecord) -> Result<u128, RecordFault> {
    let field = Field::ComponentUsage;
    let uuid = match record.get(field) {
        Raw::Uuid(uuid) => Some(uuid),
        Raw::Text(uri) => parse_uri_uuid(uri),
        value @ Raw::Escaped(_) => parse_uri_uuid(&decoded(value, field)?),
        _ => None,
    };
    uuid.ok_or_else(|| bad_value(record, field, URI))
}

pub(crate) fn required_text<'a>(record: &RawRecord<'a>, field: Field) -> Result<Cow<'a, [u8]>, RecordFault> {
    match record.get(field) {
        value @ (Raw::Text(_) | Raw::Escaped(_)) => decoded(value, field),
        _ => Err(bad_value(record, field, TEXT)),
    }
}

/// Text that may be missing or null.
pub(crate) fn optional_text<'a>(
    record: &RawRecord<'a>,
    field: Field,
) -> Result<Option<Cow<'a, [u8]>>, RecordFault> {
    match record.get(field) {
        Raw::Missing | Raw::Null => Ok(None),
        value @ (Raw::Text(_) | Raw::Escaped(_)) => decoded(value, field).map(Some),
        _ => Err(bad_value(record, field, "text or null")),
    }
}

/// The bytes that a text value means, with escapes resolved.
pub(crate) fn decoded<'a>(value: Raw<'a>, field: Field) -> Result<Cow<'a, [u8]>, RecordFault> {
    let bytes = match value {
        Raw::Text(bytes) => Cow::Borrowed(bytes),
        Raw::Escaped(escaped) => {
            let quoted = [b"\"", escaped, b"\""].concat();
            let decoded: String = serde_json::from_slice(&quoted).map_err(|_| {
                RecordFault::new(Reason::BadValue, field, shown(value), "text of whole Unicode characters")
            })?;
            Cow::Owned(decoded.into_bytes())
        }
        _ => unreachable!("only text is decoded"),
    };
    match bytes.is_empty() || memchr::memchr(0, &bytes).is_none() {
        true => Ok(bytes),
        false => Err(RecordFault::new(Reason::BadValue, field, shown(value), "text without NUL characters")),
    }
}

pub(crate) fn required_time(record: &RawRecord, field: Field) -> Result<i64, RecordFault> {
    plain_time(record.get(field)).ok_or_else(|| bad_time(record, field))
}

pub(crate) fn optional_time(record: &RawRecord, field: Field) -> Result<Option<i64>, RecordFault> {
    match record.get(field) {
        Raw::Missing | Raw::Null => Ok(None),
        value => plain_time(value).map(Some).ok_or_else(|| bad_time(record, field)),
    }
}

fn bad_time(record: &RawRecord, field: Field) -> RecordFault {
    let expected = if is_windows_date(record.get(field)) { WINDOWS_DATE } else { TIME };
    let fault = bad_value(record, field, expected);
    match two_days(record.get(field)) {
        Some((first, second)) => {
            let expected = format!("a day that can be read in one way only: write {first} or {second}");
            RecordFault { expected: expected.into(), ..fault }
        }
        None => fault,
    }
}

/// The two days that `1/10/2026` may be.
fn two_days(value: Raw) -> Option<(NaiveDate, NaiveDate)> {
    let Raw::Text(text) = value else { return None };
    match readings(std::str::from_utf8(text).ok()?).0.as_slice() {
        [first, second] => Some((*first, *second)),
        _ => None,
    }
}

/// Whether a time is written as `/Date(1793483803245)/`, by Windows PowerShell and .NET.
fn is_windows_date(value: Raw) -> bool {
    matches!(value, Raw::Text(text) | Raw::Escaped(text) if memchr::memmem::find(text, b"/Date(").is_some())
}

/// The billing period, or none if it is missing and `date` is there to derive it from.
pub(crate) fn required_period(record: &RawRecord, has_date: bool) -> Result<Option<i32>, RecordFault> {
    let field = Field::BillingPeriod;
    let period = match record.get(field) {
        Raw::Missing | Raw::Null if has_date => return Ok(None),
        _ => plain_period(record),
    };
    period.map(Some).ok_or_else(|| match two_days(record.get(field)) {
        Some((first, second)) => {
            let expected = format!("{PERIOD}; this may be {first} or {second}");
            RecordFault { expected: expected.into(), ..bad_value(record, field, PERIOD) }
        }
        None if is_windows_date(record.get(field)) => bad_time(record, field),
        None => bad_value(record, field, PERIOD),
    })
}

pub(crate) fn required_usage(record: &RawRecord) -> Result<(Quantity, u8), RecordFault> {
    let value = record.get(Field::Usage);
    let (quantity, is_float) = match value {
        Raw::Number(digits) if digits.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')) => {
            if has_lost_digits(digits) {
                return Err(shortened(value));
            }
            (Quantity::parse_float(digits), true)
        }
        Raw::Single(digits) => (Quantity::parse_float(digits), true),
        Raw::Number(digits) => (Quantity::parse(digits), false),
        Raw::Cell(digits) => return cell_usage(digits),
        // Servers print exponents in numbers only: a program made a text of one.
        Raw::Text(digits) if memchr::memchr2(b'e', b'E', digits).is_some() => return cell_usage(digits),
        Raw::Text(digits) => (Quantity::parse(digits), false),
        Raw::Quantity(quantity) => (quantity.bounded(), false),
        Raw::Staged(quantity, flags) => return Ok((quantity, flags)),
        _ => return Err(bad_value(record, Field::Usage, USAGE)),
    };
    let quantity = quantity.map_err(|fault| no_usage(value, fault))?;
    let exact = if matches!(value, Raw::Number(_) | Raw::Single(_)) { 0 } else { EXACT };
    let is_imprecise = match value {
        Raw::Single(_) => quantity.exceeds_single_precision(),
        _ => is_float && is_imprecise_double(quantity),
    };
    let imprecise = match value {
        _ if !is_imprecise => 0,
        Raw::Single(_) => IMPRECISE | SINGLE,
        _ => IMPRECISE,
    };
    Ok((quantity, exact | imprecise))
}

/// Whether it has the digits of a double of more than 15 digits.
pub(crate) fn is_imprecise_double(quantity: Quantity) -> bool {
    quantity.exceeds_float_precision() && quantity.is_float_rendering()
}

/// The usage in a cell. What programs print for a double of more than 15 digits is imprecise, as it is in JSON.
fn cell_usage(digits: &[u8]) -> Result<(Quantity, u8), RecordFault> {
    let value = Raw::Cell(digits);
    let quantity = match Quantity::parse_float(digits) {
        // A point and groups of thousands: the mark of other columns is read before.
        Err(QuantityFault::NotANumber) => {
            let text = std::str::from_utf8(digits).unwrap_or_default();
            match numbers::plain(text, Some(Mark::Point)) {
                Ok(plain) => Quantity::parse(plain.as_bytes()),
                Err(fault @ numbers::Fault::OtherMark) => {
                    return Err(bad_usage(text, fault, Some(Mark::Point), IN_COLUMN));
                }
                Err(_) => Err(QuantityFault::NotANumber),
            }
        }
        quantity => quantity,
    };
    if has_lost_digits(digits) {
        return Err(shortened(value));
    }
    let quantity = quantity.map_err(|fault| no_usage(value, fault))?;
    // A decimal of two places has zeros at its end, which no double is printed with.
    let has_places = digits.iter().rev().position(|byte| *byte == b'.').is_some_and(|places| places >= 2);
    let is_decimal = has_places && digits.ends_with(b"0");
    let is_imprecise = !is_decimal && is_imprecise_double(quantity);
    Ok((quantity, if is_imprecise { IMPRECISE } else { EXACT }))
}

/// Whether an exponent says that a program has shortened a number: servers print one from 10^16 on, in a small letter.
pub(crate) fn has_lost_digits(digits: &[u8]) -> bool {
    let Some(at) = digits.iter().position(|byte| matches!(byte, b'e' | b'E')) else { return false };
    let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-' | b'+');
    let (mantissa, exponent) = (&digits[..at], &digits[at + 1..]);
    if mantissa.is_empty() || !mantissa.iter().chain(exponent).all(is_number) {
        return false;
    }
    let power = std::str::from_utf8(exponent).ok().and_then(|power| power.parse::<i64>().ok());
    let is_zero = mantissa.iter().all(|byte| !byte.is_ascii_digit() || *byte == b'0');
    !is_zero && (digits[at] == b'E' || power.is_some_and(|power| power < 16))
}

/// What a number should have of which a spreadsheet or data frame has kept some digits only.
pub(crate) const ALL_DIGITS: &str = "all digits of the number: a spreadsheet has shortened it; save the table again with that \
                              column in a number format of two decimals, or take the server's own file";

fn shortened(value: Raw) -> RecordFault {
    RecordFault::new(Reason::BadValue, Field::Usage, shown(value), ALL_DIGITS)
}

fn no_usage(value: Raw, fault: QuantityFault) -> RecordFault {
    let expected = match fault {
        QuantityFault::NotANumber if has_decimal_comma(value) => DECIMAL_POINT,
        QuantityFault::NotANumber => USAGE,
        QuantityFault::TooPrecise => "at most 2 digits after the point",
        QuantityFault::TooLarge => "at most 18 digits before the point",
    };
    bad(Field::Usage, value, expected)
}

const DECIMAL_POINT: &str = "a point before decimals and no comma, as 1234.50; save the column as DECIMAL(20,2), or its \
                             text with points";

/// Whether a text is a number with a comma before its decimals, or between thousands.
fn has_decimal_comma(value: Raw) -> bool {
    let (Raw::Text(text) | Raw::Cell(text)) = value else { return false };
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.contains(',') && numbers::plain(text, Some(Mark::Comma)).is_ok()
}

/// A usage that may be two numbers, or is not written as the others of its column.
///
/// `others` says where the mark was looked for.
pub(crate) fn bad_usage(usage: &str, fault: numbers::Fault, mark: Option<Mark>, others: &str) -> RecordFault {
    RecordFault {
        reason: Reason::BadValue,
        field: Some(Field::Usage),
        value: shown(Raw::Cell(usage.as_bytes())),
        expected: expected_number(usage, fault, mark, others).into(),
    }
}

fn bad_value(record: &RawRecord, field: Field, expected: &'static str) -> RecordFault {
    match record.get(field) {
        Raw::Missing => RecordFault::new(Reason::MissingField, field, "missing", expected),
        Raw::Null => RecordFault::new(Reason::NullField, field, "null", expected),
        Raw::Failed(text) => RecordFault::new(
            Reason::BadValue,
            field,
            shown(Raw::Failed(text)),
            failed::expected_instead(text),
        ),
        value => bad(field, value, expected),
    }
}

/// A value that is not as expected, with the way out if a spreadsheet shows values so.
fn bad(field: Field, value: Raw, expected: &'static str) -> RecordFault {
    let fault = RecordFault::new(Reason::BadValue, field, shown(value), expected);
    let way_out = match value {
        Raw::Text(text) | Raw::Cell(text) => failed::way_out_of_shown(text),
        _ => None,
    };
    match way_out {
        Some(way_out) => RecordFault { expected: format!("{expected}; {way_out}").into(), ..fault },
        None => fault,
    }
}

/// A value as a message shows it: text in quotes, its control characters escaped, shortened.
pub(crate) fn shown(value: Raw) -> String {
    let text = |bytes: &[u8]| shorten(&shown_bytes(bytes), 120);
    match value {
        Raw::Missing => "missing".to_owned(),
        Raw::Null => "null".to_owned(),
        Raw::Text(bytes) | Raw::Cell(bytes) => format!("{:?}", text(bytes)),
        Raw::Escaped(bytes) => format!("\"{}\"", text(bytes)),
        Raw::Number(bytes) | Raw::Single(bytes) | Raw::Failed(bytes) | Raw::Other(bytes) => text(bytes),
        Raw::Quantity(quantity) | Raw::Staged(quantity, _) => quantity.to_string(),
        Raw::Uuid(uuid) => crate::text::uuid_text(uuid),
        Raw::Time(micros) | Raw::ZonelessTime(micros) => match DateTime::from_timestamp_micros(micros) {
            Some(time) => time.to_rfc3339(),
            None => format!("{micros} microseconds since 1970"),
        },
        Raw::Day(days) => format!("day {days} since 1970"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_four_digits_of_a_year_can_not_write_is_none() {
        for value in [Raw::Time(i64::MIN), Raw::Time(TIMES.end), Raw::Day(i32::MAX), Raw::Day(i32::MIN)] {
            assert_eq!(plain_time(value), None, "{value:?}");
        }
        assert_eq!(plain_time(Raw::Day(1)), Some(MICROS_OF_DAY));
        assert_eq!(plain_time(Raw::Time(TIMES.end - 1)), Some(TIMES.end - 1));
    }
}
