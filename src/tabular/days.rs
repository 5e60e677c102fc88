//! Days as spreadsheets show them, `28.09.2026` and `9/28/2026`: all days that a text can mean.

use chrono::NaiveDate;

/// The days that a text can mean, and what follows them, as a time of the day: one day for a text that can be read in
/// one way, two for `1/10/2026`, none for anything else.
///
/// Points come after the day of a month; slashes and dashes may come after its number as well. A year of four digits
/// comes first or last.
pub(crate) fn readings(text: &str) -> (Vec<NaiveDate>, &str) {
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let (day, rest) = (&text[..end], text[end..].trim_start_matches([' ', 'T']));
    let Some(separator) = day.chars().find(|character| !character.is_ascii_digit()) else {
        return (Vec::new(), rest);
    };
    let numbers: Vec<&str> = day.split(separator).collect();
    let has_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(separator, '.' | '/' | '-') || !numbers.iter().all(has_digits) {
        return (Vec::new(), rest);
    }
    let lengths: Vec<usize> = numbers.iter().map(|number| number.len()).collect();
    let number = |at: usize| numbers[at].parse::<u32>().unwrap_or_default();
    let date = |year: usize, month: usize, day: usize| {
        NaiveDate::from_ymd_opt(number(year) as i32, number(month), number(day))
    };
    let dates = match (lengths.as_slice(), separator) {
        ([4, 1 | 2, 1 | 2], _) => [date(0, 1, 2), None],
        ([1 | 2, 1 | 2, 4], '.') => [date(2, 1, 0), None],
        ([1 | 2, 1 | 2, 4], _) => [date(2, 1, 0), date(2, 0, 1)],
        _ => [None, None],
    };
    let mut dates: Vec<NaiveDate> = dates.into_iter().flatten().collect();
    dates.sort_unstable();
    dates.dedup();
    (dates, rest)
}

/// The first day of a month that a text can mean: of `1/10/2026` and `10/1/2026` October alone begins on that day.
pub(crate) fn first_of_month(text: &str) -> Option<NaiveDate> {
    use chrono::Datelike;
    let (days, time) = readings(text);
    let is_midnight = time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'));
    days.into_iter().find(|day| day.day() == 1 && is_midnight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let (days, rest) = readings(text);
        let days: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        format!("{}|{rest}", days.join(" "))
    }

    #[test]
    fn a_day_is_read_in_every_way_that_it_can_be() {
        for (text, expected) in [
            ("28.09.2026", "2026-09-28|"),
            ("1.10.2026 9:05", "2026-10-01|9:05"),
            ("9/28/2026 23:30", "2026-09-28|23:30"),
            ("28/9/2026", "2026-09-28|"),
            ("1/10/2026", "2026-01-10 2026-10-01|"),
            ("10-01-2026", "2026-01-10 2026-10-01|"),
            ("1/1/2026", "2026-01-01|"),
            ("2026/10/1", "2026-10-01|"),
            ("2026-10-31T21:56", "2026-10-31|21:56"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
        for text in
            ["", "31.9.2026", "13/13/2026", "1/10/26", "1.10/2026", "1..2026", "Oct 1 2026", "20261001"]
        {
            assert!(readings(text).0.is_empty(), "{text}");
        }
    }

    #[test]
    fn only_one_reading_begins_a_month() {
        let month = |text: &str| first_of_month(text).map(|day| day.to_string());
        for text in
            ["01.10.2026", "10/1/2026", "1/10/2026", "2026/10/01", "1.10.2026 0:00", "10/1/2026 00:00:00"]
        {
            assert_eq!(month(text).as_deref(), Some("2026-10-01"), "{text}");
        }
        for text in ["10.01.2026", "10/2/2026", "1.10.2026 9:05", "2026-10", ""] {
            assert_eq!(month(text), None, "{text}");
        }
    }
}
