//! Draws a [`Report`], or a [`Pack`] of them: one file per output format. Nothing here computes a figure.

pub mod arrow;
pub mod bill;
pub mod csv;
pub mod data_package;
mod figures;
mod focus;
mod footer;
mod foreign;
pub(crate) mod grid;
pub(crate) mod headings;
pub(crate) mod html;
mod instants;
pub mod json;
pub(crate) mod mailing;
mod markdown;
pub mod output;
pub mod parquet;
pub mod partitions;
#[cfg(feature = "bill")]
mod pdf;
#[cfg(test)]
mod sample;
mod spreadsheet;
pub(crate) mod statement;
pub mod table;
mod text_table;
mod totals;
mod twins;
pub mod verdict;
mod xlsx;

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::str::FromStr;

use self::csv::{CsvOptions, Dialect};
use self::json::NdjsonOptions;
use self::parquet::ParquetOptions;
use self::table::TableOptions;
use self::text_table::TextTable;
use crate::error::{Error, Result};
use crate::files::BUFFER_SIZE;
use crate::letterhead::Logo;
use crate::pack::Pack;
use crate::report::Report;

pub use self::focus::{FocusFormat, write_focus};
pub use self::mailing::Mailed;
pub use self::statement::{check_statement_format, write_statement, write_statement_pack};

/// The version of the columns' names, types and meanings, in JSON and Parquet alike.
///
/// It grows when a column changes or goes, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;

/// The name that outputs give their maker.
pub const TOOL: &str = "usagebook";

/// How a report can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Aligned columns for a terminal.
    Table,
    /// Tidy rows with a header.
    Csv,
    /// As CSV, with tabs.
    Tsv,
    /// One object: where the figures come from, totals, rows.
    Json,
    /// One object a row.
    Ndjson,
    /// A GitHub table.
    Markdown,
    /// Typed columns for BI tools.
    Parquet,
}

/// A format with its choices.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatOptions {
    /// Aligned columns for a terminal.
    Table(TableOptions),
    /// Tidy rows with a header.
    Csv(CsvOptions),
    /// As CSV, with tabs.
    Tsv(CsvOptions),
    /// One object: where the figures come from, totals, rows.
    Json,
    /// One object a row.
    Ndjson(NdjsonOptions),
    /// A GitHub table.
    Markdown,
    /// Typed columns for BI tools.
    Parquet(ParquetOptions),
}

impl Format {
    /// In the order in which messages list them.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Csv, Self::Tsv, Self::Json, Self::Ndjson, Self::Markdown, Self::Parquet];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Markdown => "markdown",
            Self::Parquet => "parquet",
        }
    }

    /// The format that a file's ending stands for, whatever its case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "txt" => Some(Self::Table),
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "md" => Some(Self::Markdown),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }

    /// The format with its usual choices.
    pub fn with_defaults(self) -> FormatOptions {
        match self {
            Self::Table => FormatOptions::Table(TableOptions::default()),
            Self::Csv => FormatOptions::Csv(CsvOptions::default()),
            Self::Tsv => FormatOptions::Tsv(CsvOptions::default()),
            Self::Json => FormatOptions::Json,
            Self::Ndjson => FormatOptions::Ndjson(NdjsonOptions::default()),
            Self::Markdown => FormatOptions::Markdown,
            Self::Parquet => FormatOptions::Parquet(ParquetOptions::default()),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| Error::BadParameter {
            parameter: "format",
            value: text.to_owned(),
            expected: format!("one of {}", Self::ALL.map(Self::name).join(", ")),
        })
    }
}

/// How a pack can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PackFormat {
    /// A workbook for spreadsheets.
    Xlsx,
    /// A page for browsers, in one file.
    Html,
    /// Pages for paper, tagged; only with the feature `bill`.
    Pdf,
}

impl PackFormat {
    /// In the order in which messages list them.
    pub const ALL: [Self; 3] = [Self::Xlsx, Self::Html, Self::Pdf];

    /// Those that every build writes; customers' statements are drawn in them.
    pub const ALWAYS: [Self; 2] = [Self::Xlsx, Self::Html];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// The format that a file's ending stands for, whatever its case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "xlsx" => Some(Self::Xlsx),
            "html" | "htm" => Some(Self::Html),
            "pdf" => Some(Self::Pdf),
            _ => None,
        }
    }
}

impl PackFormat {
    /// Those that this build can write.
    pub fn available() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|format| format.check().is_ok())
    }

    /// Refuses what this build cannot write.
    ///
    /// # Errors
    /// A format that needs a feature that this build does not have.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Pdf if cfg!(not(feature = "bill")) => {
                Err(Error::WithoutFeature { format: "pdf", feature: "bill" })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for PackFormat {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a file of a report can be: one report, or a pack of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileFormat {
    /// The rows of one report.
    Report(Format),
    /// Several reports together.
    Pack(PackFormat),
}

impl FileFormat {
    /// The endings that name a format.
    pub const ENDINGS: &'static str = "txt, csv, tsv, json, ndjson, md, parquet, xlsx, html, pdf";

    /// The format that a file's ending stands for, whatever its case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let report = Format::of_path(path).map(Self::Report);
        report.or_else(|| PackFormat::of_path(path).map(Self::Pack))
    }
}

/// Whether a picture can stand on what is drawn: its size can be told.
pub fn is_drawable(logo: &Logo) -> bool {
    xlsx::is_drawable(logo)
}

/// Draws a pack, as [`fn@write`] draws a report.
pub fn write_pack(pack: &Pack, format: PackFormat, out: &mut dyn Write) -> Result<()> {
    match format {
        PackFormat::Xlsx => xlsx::write(pack, out),
        PackFormat::Html => html::write(pack, out),
        #[cfg(feature = "bill")]
        PackFormat::Pdf => pdf::write(pack, out),
        #[cfg(not(feature = "bill"))]
        PackFormat::Pdf => format.check(),
    }?;
    out.flush().map_err(refused)
}

/// Draws a report.
///
/// A writer that refused its bytes gives [`Error::Output`], with the cause beneath it.
pub fn write(report: &Report, options: &FormatOptions, out: &mut dyn Write) -> Result<()> {
    match options {
        FormatOptions::Table(options) => {
            let table = TextTable::new(report);
            buffered(out, |out| table::write(&table, options, out))
        }
        FormatOptions::Csv(options) => csv::write(report, &Dialect::new(options)?, out),
        FormatOptions::Tsv(options) => csv::write(report, &Dialect::with_tabs(options)?, out),
        FormatOptions::Json => buffered(out, |out| json::write(report, out)),
        FormatOptions::Ndjson(options) => buffered(out, |out| json::write_lines(report, options, out)),
        FormatOptions::Markdown => {
            let table = TextTable::new(report);
            buffered(out, |out| markdown::write(&table, out))
        }
        FormatOptions::Parquet(options) => out.write_all(&parquet::encode(report, options)?).map_err(refused),
    }?;
    out.flush().map_err(refused)
}

/// Draws by few large writes, whatever the size of the small ones.
fn buffered(
    out: &mut dyn Write,
    draw: impl FnOnce(&mut BufWriter<&mut dyn Write>) -> io::Result<()>,
) -> Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER_SIZE, out);
    draw(&mut out).and_then(|()| out.flush()).map_err(refused)
}

pub(crate) fn put(bytes: &[u8], out: &mut dyn Write) -> Result<()> {
    out.write_all(bytes).map_err(refused)
}

fn refused(source: io::Error) -> Error {
    Error::Output { source }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::sample::sample;
    use super::*;
    use crate::dimension::Dimension;

    /// What documents every column.
    const COLUMNS: &str = include_str!("../../docs/reference/columns.md");

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_format_is_known_by_its_name_and_by_a_files_ending() {
        for format in Format::ALL {
            assert_eq!(format.name().parse::<Format>().unwrap(), format);
        }
        let of = |path: &str| Format::of_path(Path::new(path)).map(Format::name);
        assert_eq!(of("october.CSV"), Some("csv"));
        assert_eq!(of("a/b.jsonl"), Some("ndjson"));
        assert_eq!(of("report.txt"), Some("table"));
        assert_eq!(of("report.md"), Some("markdown"));
        assert_eq!(of("report"), None);
        assert_eq!(of("report.xls"), None);
        assert!("xlsx".parse::<Format>().unwrap_err().to_string().contains("parquet"));
    }

    #[test]
    fn every_format_gives_the_same_bytes_again() {
        for format in Format::ALL {
            let drawn = || {
                let mut out = Vec::new();
                write(&sample(), &format.with_defaults(), &mut out).unwrap();
                out
            };
            assert_eq!(drawn(), drawn(), "{format}");
        }
    }

    #[test]
    fn a_full_disk_is_an_error_in_every_format() {
        for format in Format::ALL {
            let error = write(&sample(), &format.with_defaults(), &mut Full).unwrap_err();
            let Error::Output { source } = error else { panic!("{format}: {error}") };
            assert_eq!(source.kind(), io::ErrorKind::StorageFull, "{format}");
        }
    }

    #[test]
    fn a_report_without_labels_has_no_totals_since_its_rows_are() {
        let row: &[&[&str]] = &[&["hour", "1.00", "1.00"]];
        let report = sample::report(&[Dimension::Period], "measured_unit 2026-10 usage", row, &[], row);
        let csv = CsvOptions { has_totals: true, ..CsvOptions::default() };
        let ndjson = NdjsonOptions { has_totals: true };
        assert_eq!(sample::drawn_with(&report, &FormatOptions::Csv(csv)).lines().count(), 2);
        assert_eq!(sample::drawn_with(&report, &FormatOptions::Ndjson(ndjson)).lines().count(), 1);
        assert!(!sample::drawn(&report, Format::Markdown).contains("**"));
    }

    #[test]
    fn every_column_is_documented_once() {
        let of_dimensions = Dimension::ALL.into_iter().flat_map(Dimension::columns).copied();
        let figures = ["usage", "usage_before", "change", "change_percent", "records", "users"];
        let reports = COLUMNS.split("## Changes").next().expect("a part");
        for name in of_dimensions.chain(["billing_period", "measured_unit"]).chain(figures) {
            let rows = reports.lines().filter(|line| line.starts_with(&format!("| `{name}` |")));
            assert_eq!(rows.count(), 1, "{name}");
        }
        assert!(COLUMNS.contains(&format!("schema version {SCHEMA_VERSION}")));
    }
}
