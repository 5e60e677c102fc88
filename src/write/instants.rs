//! Times as people read them, in place of those that machines write. Text for programs keeps the latter.

use std::borrow::Cow;

use chrono::{DateTime, Timelike as _, Utc};

use crate::period::day_in_words;

/// The digits before the `T` of an instant: `2026-06-20`.
const DAY: usize = 10;

/// The most bytes that an instant has: `2026-06-20T14:05:00.123456789Z`.
const LENGTH_MAX: usize = 30;

/// `CLOSED v1, cut-off 20 June 2026, 14:05 UTC` of `CLOSED v1, cut-off 2026-06-20T14:05:00Z`.
pub(super) fn in_words(text: &str) -> Cow<'_, str> {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, instant, after)) = next(rest) {
        words += &format!(
            "{before}{}, {:02}:{:02} UTC",
            day_in_words(instant.date_naive()),
            instant.hour(),
            instant.minute()
        );
        rest = after;
    }
    match words.is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(words + rest),
    }
}

/// The first instant of a text, with what is before it and after it.
fn next(text: &str) -> Option<(&str, DateTime<Utc>, &str)> {
    text.match_indices('T').find_map(|(at, _)| {
        let start = at.checked_sub(DAY)?;
        let length = text.get(start..)?.bytes().take(LENGTH_MAX).position(|byte| byte == b'Z')?;
        let end = start + length + 1;
        let is_digit = |byte: &u8| byte.is_ascii_digit();
        if text.as_bytes()[..start].last().is_some_and(is_digit) {
            return None;
        }
        Some((text.get(..start)?, text.get(start..end)?.parse().ok()?, text.get(end..)?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_in_a_text_become_words_and_all_else_stays() {
        for (text, words) in [
            (
                "CLOSED v1, cut-off 2026-06-20T14:05:00Z, 57 records",
                "CLOSED v1, cut-off 20 June 2026, 14:05 UTC, 57 records",
            ),
            ("2026-11-09T14:05:31.123456Z", "9 November 2026, 14:05 UTC"),
            (
                "from 2026-01-01T00:00:00Z to 2026-12-31T23:59:59Z",
                "from 1 January 2026, 00:00 UTC to 31 December 2026, 23:59 UTC",
            ),
            ("Õ2026-06-20T14:05:00Z", "Õ20 June 2026, 14:05 UTC"),
            ("12026-06-20T14:05:00Z", "12026-06-20T14:05:00Z"),
            (
                "2026-13-20T14:05:00Z 2026-06-20T14:05 Tartu Ülikool, Õ",
                "2026-13-20T14:05:00Z 2026-06-20T14:05 Tartu Ülikool, Õ",
            ),
            ("", ""),
        ] {
            assert_eq!(in_words(text), words);
        }
    }
}
