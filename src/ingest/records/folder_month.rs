//! The month in the names of folders: `billing_period=2026-10-01` or `year=2026/month=10`, as Spark, DuckDB and Hive
//! name partitions.

use std::ops::RangeInclusive;
use std::path::Path;

use percent_encoding::percent_decode_str;

use super::collector::RecordFault;
use super::raw::RawRecord;
use super::values::{derived_period, parse_period, required_period, shown};
use crate::fault::Reason;
use crate::usage::Field;

/// The month that the names of a file's folders give for the records in it; all that is `None` if they are no month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderMonth {
    /// The folders' names.
    pub folder: String,
    year: Option<i32>,
    /// From 1.
    month: Option<i32>,
    /// A name has a value that is no year or month, so that the month must not be derived from `date`.
    is_unreadable: bool,
}

/// The years that a bill can be of.
pub(crate) const YEARS: RangeInclusive<i32> = 2000..=2100;

const YEAR: [&str; 2] = ["year", "billing_period_year"];
const MONTH: [&str; 2] = ["month", "billing_period_month"];
const PERIOD: [&str; 2] = ["period", "billing_period"];

impl FolderMonth {
    /// Whether the name of a folder says that its value is a year, a month or both.
    pub(crate) fn is_name(name: &str) -> bool {
        [YEAR, MONTH, PERIOD].iter().flatten().any(|known| name.eq_ignore_ascii_case(known))
    }

    /// The month of the innermost folders of a file that are named so.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        let mut found: Option<Self> = None;
        for folder in file.parent()?.iter().rev().map(|folder| folder.to_string_lossy()) {
            let Some((name, value)) = folder.split_once('=') else { continue };
            let value = percent_decode_str(value).decode_utf8_lossy();
            let is_named = |names: [&str; 2]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
            let of_whole = |year_and_month: Option<i32>| Self {
                folder: folder.clone().into_owned(),
                year: year_and_month.map(|period| period.div_euclid(12)),
                month: year_and_month.map(|period| period.rem_euclid(12) + 1),
                is_unreadable: year_and_month.is_none(),
            };
            let is_month = is_named(MONTH);
            if is_named(YEAR) {
                let year = value.parse().ok().filter(|year| YEARS.contains(year));
                let is_unreadable = year.is_none() || found.as_ref().is_some_and(|inner| inner.is_unreadable);
                return Some(match found {
                    Some(inner) => {
                        Self { folder: format!("{folder}/{}", inner.folder), year, is_unreadable, ..inner }
                    }
                    None => Self { folder: folder.into_owned(), year, month: None, is_unreadable },
                });
            } else if found.is_none() && (is_month || is_named(PERIOD)) {
                let whole =
                    parse_period(value.as_bytes()).or_else(|| parse_period(format!("{value}-01").as_bytes()));
                if whole.is_some() || !is_month {
                    return Some(of_whole(whole));
                }
                let month = value
                    .parse()
                    .ok()
                    .filter(|month| (1..=12).contains(month))
                    .or_else(|| named_month(&value));
                found = Some(Self {
                    folder: folder.into_owned(),
                    year: None,
                    month,
                    is_unreadable: month.is_none(),
                });
            }
        }
        found
    }

    /// The month's running number, if the names give a year and a month.
    pub(crate) fn period(&self) -> Option<i32> {
        Some(self.year? * 12 + self.month? - 1)
    }

    /// Whether a month, by its running number, is one that the names allow.
    pub(crate) fn allows(&self, period: i32) -> bool {
        self.year.is_none_or(|year| period.div_euclid(12) == year)
            && self.month.is_none_or(|month| period.rem_euclid(12) + 1 == month)
    }

    /// The month of what says that it is of `own`, shown so, or does not say it; `None` if no name tells it either.
    pub(crate) fn of_object(
        &self,
        own: Option<i32>,
        shown: impl FnOnce() -> String,
    ) -> Result<Option<i32>, RecordFault> {
        match own {
            Some(own) if !self.allows(own) => Err(self.elsewhere(shown())),
            None if self.is_unreadable => Err(self.unreadable()),
            own => Ok(own.or(self.period())),
        }
    }

    fn elsewhere(&self, value: String) -> RecordFault {
        let Self { folder, .. } = self;
        bad_month(
            value,
            format!(
                "the month of its folder, {folder:?}; move the file to the folder of its month, or correct the name"
            ),
        )
    }

    fn unreadable(&self) -> RecordFault {
        let Self { folder, .. } = self;
        let expected = format!(
            "a month in the name of its folder, {folder:?}, as billing_period=2026-10-01 or year=2026/month=10"
        );
        bad_month("missing".to_owned(), expected)
    }
}

fn bad_month(value: String, expected: String) -> RecordFault {
    let (reason, field) = (Reason::BadValue, Some(Field::BillingPeriod));
    RecordFault { reason, field, value, expected: expected.into() }
}

/// The number of a month's English or German name, whole or of three letters.
fn named_month(name: &str) -> Option<i32> {
    const ENGLISH: &str =
        "january february march april may june july august september october november december";
    const GERMAN: &str = "januar februar märz april mai juni juli august september oktober november dezember";
    let name = name.to_lowercase();
    let is_name = |month: &str| month == name || month.chars().take(3).eq(name.chars());
    let position = |names: &str| names.split(' ').position(is_name);
    position(ENGLISH).or_else(|| position(GERMAN)).map(|position| position as i32 + 1)
}

/// The month of a record, and whether it had to be derived from `date`. The names of its folders count if it has no
/// month of its own, and must not contradict it.
pub(crate) fn period_of(
    record: &RawRecord,
    date: Option<i64>,
    folder: Option<&FolderMonth>,
    timezone: chrono_tz::Tz,
) -> Result<(i32, bool), RecordFault> {
    let own = required_period(record, date.is_some() || folder.is_some())?;
    match (own, folder) {
        (Some(own), Some(folder)) if !folder.allows(own) => {
            Err(folder.elsewhere(shown(record.get(Field::BillingPeriod))))
        }
        (Some(own), _) => Ok((own, false)),
        (None, Some(folder)) => match (folder.period(), folder.year, date) {
            (Some(period), ..) => Ok((period, false)),
            // The month is in no name: the date tells it.
            (None, Some(_), Some(date)) if !folder.is_unreadable => {
                let derived = derived_period(date, timezone);
                match folder.allows(derived) {
                    true => Ok((derived, true)),
                    false => {
                        let date = shown(record.get(Field::Date));
                        Err(folder.elsewhere(format!("missing, and date is {date}")))
                    }
                }
            }
            _ => Err(folder.unreadable()),
        },
        (None, None) => {
            let date = date.expect("a period or a date is required");
            Ok((derived_period(date, timezone), true))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::BillingPeriod;

    #[test]
    fn the_innermost_folder_of_a_month_counts() {
        let month =
            |path: &str| {
                let month = FolderMonth::of(Path::new(path))?;
                Some(month.period().map_or_else(
                    || "none".to_owned(),
                    |period| BillingPeriod::from_number(period).to_string(),
                ))
            };
        for path in [
            "dumps/billing_period=2026-10-01/a.parquet",
            "billing_period=2026-10/deep/a.json",
            "Billing_Period=2026-10-01/a.json",
            "period=2026-09/period=2026-10/a.csv",
            "billing_period=2026-10-01 00%3A00%3A00/a.parquet",
            "dump.zip/period=2026-10-01/a.json",
            "year=2026/month=10/a.json",
            "Year=2026/Month=10/day=05/a.parquet",
            "year=2025/year=2026/customer=acme/month=010/a.csv",
            "year=2026/month=2026-10/a.json",
            "year=2026/month=Oct/a.json",
            "year=2026/month=Oktober/a.json",
            "billing_period_year=2026/billing_period_month=10/a.json",
            "period=2026-09/year=2026/month=10/a.json",
        ] {
            assert_eq!(month(path).as_deref(), Some("2026-10"), "{path}");
        }
        for path in [
            "billing_period=__HIVE_DEFAULT_PARTITION__/a.json",
            "period=2026-10-02/a.json",
            "period=/a.json",
            "month=10/a.json",
            "year=2026/a.json",
            "year=2026/month=13/a.json",
            "year=x/month=10/a.json",
            "year=26/month=10/a.json",
            "year=2026/month=0/a.json",
        ] {
            assert_eq!(month(path).as_deref(), Some("none"), "{path}");
        }
        assert_eq!(month("2026-10/billing_period=2026-10.json"), None);
    }

    #[test]
    fn no_month_is_derived_where_a_folder_names_one_that_cannot_be_read() {
        let outcome = |path: &str| {
            let folder = FolderMonth::of(Path::new(path)).unwrap();
            let october = 1_793_000_000_000_000;
            period_of(&RawRecord::default(), Some(october), Some(&folder), chrono_tz::UTC)
                .map_err(|fault| fault.expected.to_string())
        };
        for path in ["year=2026/month=13", "year=2026/month=0", "year=2026/month=x", "year=26/month=10"] {
            let expected = outcome(&format!("{path}/a.json")).unwrap_err();
            assert!(expected.contains(&format!("{path:?}")), "{expected}");
        }
        assert_eq!(outcome("year=2026/a.json").unwrap(), (2026 * 12 + 9, true));
    }

    #[test]
    fn a_year_or_a_month_alone_allows_what_does_not_contradict_it() {
        let allows = |path: &str, period: &str| {
            let period: BillingPeriod = period.parse().unwrap();
            FolderMonth::of(Path::new(path)).unwrap().allows(period.number())
        };
        assert!(allows("year=2026/a.json", "2026-10") && !allows("year=2026/a.json", "2025-10"));
        assert!(allows("month=10/a.json", "2025-10") && !allows("month=10/a.json", "2025-09"));
        assert!(!allows("year=2026/month=10/a.json", "2026-09"));
    }
}
