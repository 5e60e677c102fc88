//! Tokens of a record to values: times, days. Exact, or nothing.

use crate::tabular::days::readings;

/// What follows scheme, host and port in a URL. They are those of the request; the rest says what is meant.
pub(crate) fn after_host(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    }
}

/// An RFC 3339 time, to microseconds since 1970, UTC.
///
/// `Z` or an offset is required; a space may stand for the `T`, and the seconds may be left out. Of more than six
/// fractional digits those behind the sixth are cut off.
pub(crate) fn parse_time(text: &[u8]) -> Option<i64> {
    if text.get(16).is_some_and(|byte| *byte != b':') {
        let (minute, zone) = text.split_at(16);
        return parse_whole_time(&[minute, b":00", zone].concat());
    }
    parse_whole_time(text)
}

fn parse_whole_time(text: &[u8]) -> Option<i64> {
    let (start, rest) = text.split_first_chunk::<19>()?;
    if !matches!(start[10], b'T' | b't' | b' ') || start[13] != b':' || start[16] != b':' {
        return None;
    }
    let days = i64::from(day_of(start.first_chunk()?)?);
    let hour = two_digits([start[11], start[12]])?;
    let minute = two_digits([start[14], start[15]])?;
    let second = two_digits([start[17], start[18]])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, zone) = match rest {
        [b'.' | b',', fraction @ ..] => split_fraction(fraction)?,
        _ => (0, rest),
    };
    let seconds = days * 86_400 + i64::from(hour * 3600 + minute * 60 + second) - parse_offset(zone)?;
    Some(seconds * 1_000_000 + fraction)
}

/// A time that names no zone, read as UTC; a day alone is its midnight. Spreadsheets write both in their own way.
pub(crate) fn parse_zoneless_time(text: &[u8]) -> Option<i64> {
    if text.get(4) != Some(&b'-') {
        return parse_written_time(text);
    }
    if let Some(days) = parse_day(text) {
        return Some(i64::from(days) * 86_400_000_000);
    }
    let is_clock = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b':');
    let is_zoneless = text.get(16..)?.iter().all(is_clock);
    is_zoneless.then(|| parse_time(&[text, b"Z"].concat()))?
}

/// `28.09.2026 23:30` or `9/28/2026 9:05`, if it can be one day only.
fn parse_written_time(text: &[u8]) -> Option<i64> {
    let (days, time) = readings(std::str::from_utf8(text).ok()?);
    let [day] = days.as_slice() else { return None };
    let time = match time.find(':') {
        None if time.is_empty() => "00:00".to_owned(),
        Some(1) => format!("0{time}"),
        _ => time.to_owned(),
    };
    parse_zoneless_time(format!("{day}T{time}").as_bytes())
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, to microseconds; told apart by their number of digits,
/// which is unambiguous from September 2001 to November 2286.
pub(crate) fn parse_epoch(text: &[u8]) -> Option<i64> {
    let digits = text.strip_suffix(b".0").unwrap_or(text);
    if digits.first() == Some(&b'0') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = || std::str::from_utf8(digits).ok()?.parse::<i64>().ok();
    match digits.len() {
        10 => number()?.checked_mul(1_000_000),
        13 => number()?.checked_mul(1000),
        16 => number(),
        19 => Some(number()? / 1000),
        _ => None,
    }
}

/// Microseconds, and what stands behind the digits.
fn split_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    if let [a, b, c, d, e, f, zone @ ..] = text
        && let (Some(first), Some(middle), Some(last)) =
            (two_digits([*a, *b]), two_digits([*c, *d]), two_digits([*e, *f]))
        && !zone.first().is_some_and(u8::is_ascii_digit)
    {
        return Some((i64::from(first * 10_000 + middle * 100 + last), zone));
    }
    let length = text.iter().position(|byte| !byte.is_ascii_digit())?;
    if !(1..=9).contains(&length) {
        return None;
    }
    let digits = text[..length].iter().chain([b'0'; 6].iter()).take(6);
    let micros = digits.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
    Some((micros, &text[length..]))
}

/// Seconds east of UTC: `Z`, `+02:00`, `+0200` or `+02`.
fn parse_offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone.strip_prefix(b" ").unwrap_or(zone) {
        b"Z" | b"z" | b"UTC" => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [a, b] => (two_digits([a, b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (two_digits([a, b])?, two_digits([c, d])?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * i64::from(hours * 3600 + minutes * 60))
}

/// `2026-10-31` to days since 1970.
pub(crate) fn parse_day(text: &[u8]) -> Option<i32> {
    day_of(text.try_into().ok()?)
}

fn day_of(text: &[u8; 10]) -> Option<i32> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = *text else { return None };
    let year = (two_digits([a, b])? * 100 + two_digits([c, d])?) as i32;
    let month = two_digits([e, f])?;
    let day = two_digits([g, h])?;
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_of_month(year, month) {
        return None;
    }
    Some(days_since_1970(year, month, day))
}

#[inline(always)]
fn two_digits([tens, ones]: [u8; 2]) -> Option<u32> {
    let tens = tens.wrapping_sub(b'0');
    let ones = ones.wrapping_sub(b'0');
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

fn days_of_month(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts in years that begin in March, so that a leap day comes last.
fn days_since_1970(year: i32, month: u32, day: u32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let months_since_march = (month as i32 + 9) % 12;
    let day_of_year = (153 * months_since_march + 2) / 5 + day as i32 - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    #[test]
    fn one_moment_has_many_renderings() {
        let expected = parse_time(b"2026-10-31T21:56:43.245917Z");
        assert!(expected.is_some());
        for text in [
            "2026-10-31T21:56:43.245917+00:00",
            "2026-10-31 23:56:43.245917+02",
            "2026-10-31T23:56:43.245917+0200",
            "2026-10-31t20:26:43.245917999-01:30",
            "2026-10-31T21:56:43,245917Z",
        ] {
            assert_eq!(parse_time(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(parse_time(b"1970-01-01T00:00:00.88Z"), Some(880_000));
    }

    #[test]
    fn seconds_may_be_left_out() {
        let expected = parse_time(b"2026-09-28T23:30:00Z");
        assert!(expected.is_some());
        for text in
            ["2026-09-28T23:30Z", "2026-09-29 01:30+02:00", "2026-09-29T01:30 +0200", "2026-09-28 23:30 UTC"]
        {
            assert_eq!(parse_time(text.as_bytes()), expected, "{text}");
            assert_eq!(parse_zoneless_time(text.as_bytes()), None, "{text}");
        }
        for text in [
            "2026-09-28T23:30",
            "2026-09-28 23:30:00.0",
            "28.09.2026 23:30",
            "28.9.2026 23:30:00",
            "9/28/2026 23:30",
            "28/9/2026 23:30",
            "2026/09/28 23:30",
        ] {
            assert_eq!(parse_zoneless_time(text.as_bytes()), expected, "{text}");
            assert_eq!(parse_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_day_alone_is_its_midnight_unless_it_may_be_two() {
        let midnight = parse_time(b"2026-09-28T00:00:00Z");
        for text in ["2026-09-28", "28.09.2026", "9/28/2026", "28/09/2026"] {
            assert_eq!(parse_zoneless_time(text.as_bytes()), midnight, "{text}");
        }
        for text in [
            "1/10/2026",
            "2/1/2026 9:05",
            "10-01-2026",
            "28.09.26",
            "9/28/2026 11:30 PM",
            "28.09.2026 24:00",
            "2026-09",
            "x",
        ] {
            assert_eq!(parse_zoneless_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_time_without_zone_or_beyond_the_calendar_is_refused() {
        for text in [
            "",
            "2026-10-31",
            "2026-10-31T21:56:43",
            "2026-10-31T21:56:43.Z",
            "2026-02-29T00:00:00Z",
            "2026-10-31T24:00:00Z",
            "2026-10-31T21:56:60Z",
            "2026-10-31T21:56:43Zx",
            "0000-10-31T21:56:43Z",
            "2026-10-31T21:56:43+2:00",
        ] {
            assert_eq!(parse_time(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn days_and_times_are_the_calendars(seconds in -62_135_596_800_i64..253_402_300_799, micros in 0..1_000_000_u32) {
            let time = DateTime::from_timestamp(seconds, micros * 1000).unwrap();
            let text = time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
            prop_assert_eq!(parse_time(text.as_bytes()), Some(time.timestamp_micros()));
            let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            let days = (time.date_naive() - epoch).num_days();
            prop_assert_eq!(parse_day(&text.as_bytes()[..10]), Some(days as i32));
        }
    }
}
