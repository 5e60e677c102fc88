//! The clock: the one place where the time is read that figures depend on.

use chrono::{DateTime, Utc};

use crate::error::{Error, Result};

/// A clock that stands still, in seconds since 1970, so that a run can be repeated to the byte.
const FIXED: &str = "SOURCE_DATE_EPOCH";

/// Later times are milliseconds taken for seconds.
const YEAR_10000: i64 = 253_402_300_800;

/// The time now, or that of `SOURCE_DATE_EPOCH`.
///
/// # Errors
/// A `SOURCE_DATE_EPOCH` that is no number of seconds.
pub fn now() -> Result<DateTime<Utc>> {
    match std::env::var_os(FIXED).filter(|value| !value.is_empty()) {
        None => Ok(Utc::now()),
        Some(value) => fixed(&value.to_string_lossy()),
    }
}

fn fixed(value: &str) -> Result<DateTime<Utc>> {
    let seconds = value.parse().ok().filter(|seconds| (0..YEAR_10000).contains(seconds));
    seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or_else(|| Error::BadParameter {
        parameter: FIXED,
        value: value.to_owned(),
        expected: "seconds since 1970, as 1796083200 for 2026-12-01T00:00:00Z".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_is_seconds_since_1970_and_nothing_else() {
        assert_eq!(fixed("1796083200").unwrap().to_rfc3339(), "2026-12-01T00:00:00+00:00");
        for value in
            ["", "now", "-1", "1e9", "1796083200.5", "99999999999999999", "1796083200000", "2026-12-01"]
        {
            let error = fixed(value).unwrap_err();
            assert!(error.is_usage() && error.to_string().contains("seconds since 1970"), "{value}: {error}");
        }
    }
}
