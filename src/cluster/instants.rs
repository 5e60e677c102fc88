//! Days of a time zone as microseconds of UTC, so that no engine needs to know the zone.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta};
use chrono_tz::Tz;

/// Where `date`, in microseconds since 1970, is on this day of the zone or later.
///
/// That is one bound, unless clocks were put back over midnight: then a few minutes of the day before come again.
pub(super) fn from_day_on(day: NaiveDate, timezone: Tz) -> String {
    const REACH: i64 = 2 * 24 * 60 * 60;
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let is_reached = |second: i64| {
        let time = DateTime::from_timestamp(second, 0);
        time.is_some_and(|time| time.with_timezone(&timezone).date_naive() >= day)
    };
    let mut parts = Vec::new();
    let mut start = None;
    for second in midnight - REACH..=midnight + REACH {
        match (is_reached(second), start) {
            (true, None) => start = Some(second),
            (false, Some(from)) => {
                parts.push(format!("(date >= {} AND date < {})", micros(from), micros(second)));
                start = None;
            }
            _ => {}
        }
    }
    parts.extend(start.map(|from| format!("date >= {}", micros(from))));
    match parts.as_slice() {
        [one] => one.clone(),
        parts => format!("({})", parts.join(" OR ")),
    }
}

/// The same up to the end of a day.
pub(super) fn up_to_day(day: NaiveDate, timezone: Tz) -> String {
    match day.checked_add_signed(TimeDelta::days(1)) {
        Some(next) => format!("NOT ({})", from_day_on(next, timezone)),
        None => "date IS NOT NULL".to_owned(),
    }
}

fn micros(second: i64) -> i64 {
    second * 1_000_000
}
