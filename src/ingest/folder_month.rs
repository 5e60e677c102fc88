//! The month in the name of a folder: `billing_period=2026-10-01`, as Spark, DuckDB and Hive name partitions.

use std::path::Path;

use percent_encoding::percent_decode_str;

use super::values::parse_period;

/// The month that a folder's name gives for the records in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderMonth {
    /// The folder's name.
    pub folder: String,
    /// The month's running number; none if the name gives no month.
    pub period: Option<i32>,
}

impl FolderMonth {
    /// The month of the innermost folder of a file that is named so.
    pub fn of(file: &Path) -> Option<Self> {
        let folders = file.parent()?.iter().rev().map(|folder| folder.to_string_lossy());
        folders.into_iter().find_map(|folder| {
            let (name, value) = folder.split_once('=')?;
            if !["billing_period", "period"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
                return None;
            }
            let value = percent_decode_str(value).decode_utf8_lossy();
            let period =
                parse_period(value.as_bytes()).or_else(|| parse_period(format!("{value}-01").as_bytes()));
            Some(Self { folder: folder.clone().into_owned(), period })
        })
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
                Some(month.period.map_or_else(
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
        ] {
            assert_eq!(month(path).as_deref(), Some("2026-10"), "{path}");
        }
        for path in
            ["billing_period=__HIVE_DEFAULT_PARTITION__/a.json", "period=2026-10-02/a.json", "period=/a.json"]
        {
            assert_eq!(month(path).as_deref(), Some("none"), "{path}");
        }
        assert_eq!(month("2026-10/billing_period=2026-10.json"), None);
    }
}
