//! Days as spreadsheets show them, `28.09.2026` and `9/28/2026`: all days that a text can mean.

use chrono::{Datelike as _, NaiveDate};

use super::locale::{Locale, Order, month_named};
use crate::period::BillingPeriod;

/// The days that a text can mean, and what follows them, as a time of the day: one day for a text that can be read in
/// one way, two for `1/10/2026`, none for anything else.
///
/// Points come after the day of a month; slashes and dashes may come after its number as well. A year of four digits
/// comes first or last.
pub(crate) fn readings(text: &str) -> (Vec<NaiveDate>, &str) {
    let (written, rest) = written(text);
    let mut dates: Vec<NaiveDate> = match written {
        Written::YearFirst(day) => day.into_iter().collect(),
        Written::YearLast { day_first, has_points: true, .. } => day_first.into_iter().collect(),
        Written::YearLast { day_first, month_first, .. } => {
            day_first.into_iter().chain(month_first).collect()
        }
        Written::Otherwise => Vec::new(),
    };
    dates.sort_unstable();
    dates.dedup();
    (dates, rest)
}

/// What a text says of a month in a person's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MonthReading {
    Month(BillingPeriod),
    /// A day that begins no month.
    Day(NaiveDate),
    /// Two days, of which one begins a month: with the day first, and with the month first.
    Either(NaiveDate, NaiveDate),
    Neither,
}

/// The month of `2026-10`, `October 2026` or of its first day, as a locale writes it.
pub(crate) fn month_of(text: &str, locale: Option<Locale>) -> MonthReading {
    let text = text.trim();
    if let Some(month) = text.parse().ok().or_else(|| in_words(text, locale)) {
        return MonthReading::Month(month);
    }
    let (written, time) = written(text);
    let days = match written {
        Written::YearFirst(day) => [day, None],
        Written::YearLast { day_first, month_first, .. } => match locale.and_then(Locale::order) {
            Some(Order::DayFirst) => [day_first, None],
            Some(Order::MonthFirst) => [month_first, None],
            None => [day_first, month_first],
        },
        Written::Otherwise => [None, None],
    };
    if !is_midnight(time) {
        return MonthReading::Neither;
    }
    match days {
        [Some(day_first), Some(month_first)] if day_first != month_first => {
            match day_first.day() == 1 || month_first.day() == 1 {
                true => MonthReading::Either(day_first, month_first),
                false => MonthReading::Neither,
            }
        }
        [Some(day), _] | [None, Some(day)] if day.day() == 1 => MonthReading::Month(BillingPeriod::of(day)),
        [Some(day), _] | [None, Some(day)] => MonthReading::Day(day),
        [None, None] => MonthReading::Neither,
    }
}

/// `2026-05-01`, or what a locale writes for that day; `None` for all that is not surely a day of that locale.
pub(crate) fn day_in(text: &str, locale: Locale) -> Option<String> {
    let (written, time) = written(text.trim());
    let Written::YearLast { day_first, month_first, .. } = written else { return None };
    let day = match locale.order()? {
        Order::DayFirst => day_first?,
        Order::MonthFirst => month_first?,
    };
    Some(if time.is_empty() { day.to_string() } else { format!("{day} {time}") })
}

/// `October 2026`, `Oct. 2026`.
fn in_words(text: &str, locale: Option<Locale>) -> Option<BillingPeriod> {
    let (name, year) = text.rsplit_once(|between: char| between == '-' || between.is_whitespace())?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    BillingPeriod::new(is_year.then(|| year.parse().ok())??, month_named(name.trim(), locale)?)
}

/// How a day is written.
enum Written {
    YearFirst(Option<NaiveDate>),
    YearLast {
        day_first: Option<NaiveDate>,
        month_first: Option<NaiveDate>,
        /// Points between the numbers.
        has_points: bool,
    },
    Otherwise,
}

/// The days that a text may be, and what follows them.
fn written(text: &str) -> (Written, &str) {
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let (day, rest) = (&text[..end], text[end..].trim_start_matches([' ', 'T']));
    let Some(separator) = day.chars().find(|character| !character.is_ascii_digit()) else {
        return (Written::Otherwise, rest);
    };
    let numbers: Vec<&str> = day.split(separator).collect();
    let has_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(separator, '.' | '/' | '-') || !numbers.iter().all(has_digits) {
        return (Written::Otherwise, rest);
    }
    let lengths: Vec<usize> = numbers.iter().map(|number| number.len()).collect();
    let number = |at: usize| numbers[at].parse::<u32>().unwrap_or_default();
    let date = |year: usize, month: usize, day: usize| {
        NaiveDate::from_ymd_opt(number(year) as i32, number(month), number(day))
    };
    let written = match lengths.as_slice() {
        [4, 1 | 2, 1 | 2] => Written::YearFirst(date(0, 1, 2)),
        [1 | 2, 1 | 2, 4] => Written::YearLast {
            day_first: date(2, 1, 0),
            month_first: date(2, 0, 1),
            has_points: separator == '.',
        },
        _ => Written::Otherwise,
    };
    (written, rest)
}

fn is_midnight(time: &str) -> bool {
    time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'))
}

/// The first day of a month that a text can mean: of `1/10/2026` and `10/1/2026` October alone begins on that day.
pub(crate) fn first_of_month(text: &str) -> Option<NaiveDate> {
    let (days, time) = readings(text);
    days.into_iter().find(|day| day.day() == 1 && is_midnight(time))
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
    fn a_month_of_a_person_is_read_as_its_locale_writes_it_or_in_one_way_only() {
        let read = |text: &str, locale: &str| match month_of(text, Locale::parse(locale).ok()) {
            MonthReading::Month(month) => month.to_string(),
            MonthReading::Day(day) => format!("no first day: {day}"),
            MonthReading::Either(first, second) => format!("{first} or {second}"),
            MonthReading::Neither => "none".to_owned(),
        };
        for (text, none, german, american) in [
            ("01.05.2026", "2026-05-01 or 2026-01-05", "2026-05", "no first day: 2026-01-05"),
            ("5/1/2026", "2026-01-05 or 2026-05-01", "no first day: 2026-01-05", "2026-05"),
            ("1.1.2026", "2026-01", "2026-01", "2026-01"),
            ("2026-05", "2026-05", "2026-05", "2026-05"),
            ("2026-05-01", "2026-05", "2026-05", "2026-05"),
            (
                "2026-05-02",
                "no first day: 2026-05-02",
                "no first day: 2026-05-02",
                "no first day: 2026-05-02",
            ),
            ("May 2026", "2026-05", "2026-05", "2026-05"),
            ("may-2026", "2026-05", "2026-05", "2026-05"),
            ("Mai 2026", "none", "2026-05", "none"),
            ("Okt. 2026", "none", "2026-10", "none"),
            ("May 26", "none", "none", "none"),
            ("02.03.2026", "none", "no first day: 2026-03-02", "no first day: 2026-02-03"),
            ("01.05.2026 9:00", "none", "none", "none"),
            ("soon", "none", "none", "none"),
        ] {
            assert_eq!(
                [read(text, ""), read(text, "de"), read(text, "en-US")],
                [none, german, american],
                "{text}"
            );
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
