//! In which format a result is written, and with which choices.

use anyhow::Result;
use usagebook::write::csv::{CsvOptions, CsvProfile, CsvSeparator, DecimalMark};
use usagebook::write::json::NdjsonOptions;
use usagebook::write::parquet::{DecimalWidth, ParquetOptions};
use usagebook::write::table::TableOptions;
use usagebook::write::{Format, FormatOptions};

use super::arguments::{
    CsvArguments, CsvDecimalChoice, CsvProfileChoice, CsvSeparatorChoice, ParquetDecimalChoice,
};
use super::terminal::Terminal;
use super::words::Misuse;

/// Refuses choices for csv that would do nothing, or cannot be had together; no format where it is none of a report.
pub fn check_csv(csv: &CsvArguments, format: impl Into<Option<Format>>) -> Result<()> {
    let format = format.into();
    let is_separated = matches!(format, Some(Format::Csv | Format::Tsv));
    let rules: [(bool, &str, &str); 3] = [
        (csv.csv_profile.is_some() && !is_separated, "--csv-profile", "--format csv or tsv"),
        (csv.csv_separator.is_some() && format != Some(Format::Csv), "--csv-separator", "--format csv"),
        (csv.csv_decimal.is_some() && !is_separated, "--csv-decimal", "--format csv or tsv"),
    ];
    match rules.into_iter().find(|(is_broken, ..)| *is_broken) {
        Some((_, what, need)) => Err(Misuse { what, need }.into()),
        None => Ok(csv_options(csv, false).check()?),
    }
}

/// The format with its choices; Parquet with its usual ones.
pub fn options(format: Format, csv: &CsvArguments, has_totals: bool, terminal: Terminal) -> FormatOptions {
    match format {
        Format::Table => {
            FormatOptions::Table(TableOptions { width: terminal.width, has_color: terminal.has_color })
        }
        Format::Csv => FormatOptions::Csv(csv_options(csv, has_totals)),
        Format::Tsv => FormatOptions::Tsv(csv_options(csv, has_totals)),
        Format::Ndjson => FormatOptions::Ndjson(NdjsonOptions { has_totals }),
        _ => format.with_defaults(),
    }
}

pub fn csv_options(csv: &CsvArguments, has_totals: bool) -> CsvOptions {
    CsvOptions {
        profile: match csv.csv_profile {
            Some(CsvProfileChoice::Excel) => CsvProfile::Excel,
            Some(CsvProfileChoice::Pipeline) | None => CsvProfile::Pipeline,
        },
        separator: match csv.csv_separator {
            Some(CsvSeparatorChoice::Semicolon) => CsvSeparator::Semicolon,
            Some(CsvSeparatorChoice::Comma) | None => CsvSeparator::Comma,
        },
        decimal: match csv.csv_decimal {
            Some(CsvDecimalChoice::Comma) => DecimalMark::Comma,
            Some(CsvDecimalChoice::Point) | None => DecimalMark::Point,
        },
        has_totals,
    }
}

/// Choices for Parquet.
pub fn parquet_options(decimal: Option<ParquetDecimalChoice>) -> ParquetOptions {
    let decimal = match decimal {
        Some(ParquetDecimalChoice::Digits38) => DecimalWidth::Digits38,
        Some(ParquetDecimalChoice::Digits18) | None => DecimalWidth::Digits18,
    };
    ParquetOptions { decimal }
}
