//! Measured units as FOCUS spells units.

use std::borrow::Cow;

/// Times, as a unit of ours may have them in any case, and in the plural.
const TIMES: [(&str, &str); 6] = [
    ("year", "Years"),
    ("month", "Months"),
    ("day", "Days"),
    ("hour", "Hours"),
    ("minute", "Minutes"),
    ("second", "Seconds"),
];

/// What stands in the place of no unit, which readers of CSV would take for null.
const NO_UNIT: &str = "Units";

/// `GB-Hours` for `GB*hours`, `Hours` for `hours`, `1000 requests` for `1k requests`; any other unit as it is.
pub(crate) fn unit(measured_unit: &str) -> Cow<'_, str> {
    if measured_unit.trim().is_empty() {
        return Cow::Borrowed(NO_UNIT);
    }
    if let Some(time) = time(measured_unit) {
        return Cow::Borrowed(time);
    }
    if let Some((amount, time)) = measured_unit.rsplit_once(['*', '-'])
        && let Some(time) = self::time(time)
    {
        return Cow::Owned(format!("{}-{time}", amount.trim()));
    }
    match measured_unit.split_once("k ") {
        Some((count, unit)) if !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit()) => {
            Cow::Owned(format!("{count}000 {unit}"))
        }
        _ => Cow::Borrowed(measured_unit),
    }
}

fn time(text: &str) -> Option<&'static str> {
    let text = text.trim().to_lowercase();
    let is_it = |(singular, plural): &&(&str, &str)| text == *singular || text == plural.to_lowercase();
    TIMES.iter().find(is_it).map(|(_, plural)| *plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_time_are_spelled_as_focus_has_them_and_others_as_they_are() {
        for (measured_unit, expected) in [
            ("GB*hours", "GB-Hours"),
            ("node-hours", "node-Hours"),
            ("core * hour", "core-Hours"),
            ("hours", "Hours"),
            ("1k requests", "1000 requests"),
            ("k requests", "k requests"),
            ("GB", "GB"),
            ("GB-months-x", "GB-months-x"),
            ("", "Units"),
            (" ", "Units"),
        ] {
            assert_eq!(unit(measured_unit), expected, "{measured_unit:?}");
        }
    }
}
