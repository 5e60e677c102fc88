//! What can be typed to be shown changes, and the records behind a figure.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use usagebook::book::Version;
use usagebook::period::BillingPeriod;
use usagebook::write::{Format, PackFormat, check_statement_format};

use super::{CsvArguments, FilterArguments, PriceArguments, QuietArguments};

/// Show what changed in a month between two of its states
///
/// Lists records that were added, removed, changed, recreated, moved, relabelled or renamed, with totals by customer
/// and unit. The changes add up to the difference of the totals. With --amounts or --prices it lists what projects amount
/// to in both states instead of records: a version by the prices that it was closed with, or else by --prices.
#[derive(Args, Debug)]
#[command(after_long_help = DIFF_EXAMPLES)]
pub struct DiffArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The earlier state: v1, v2 and so on, now, or the id of a delivery [default: the latest closed version]
    #[arg(long, value_name = "VERSION")]
    pub from: Option<Version>,

    /// The later state
    #[arg(long, value_name = "VERSION", default_value = "now")]
    pub to: Version,

    /// Compare amounts instead of records, by the prices that months were closed with
    #[arg(long, help_heading = "Prices")]
    pub amounts: bool,

    #[command(flatten)]
    pub prices: PriceArguments,

    #[command(flatten)]
    pub output: RowsOutputArguments,
}

const DIFF_EXAMPLES: &str = "\
Examples:
  usagebook diff 2026-10 --book usage.book
  usagebook diff 2026-10 --book usage.book --from v1 --to v2 -o restated.csv --totals
  usagebook diff 2026-10 --book usage.book --prices prices.toml";

/// Show what changed in months after they were closed: the usage that nobody billed
///
/// Each change is late (modified after the cut-off), missed (modified before it, but not in the closed version),
/// retired (no longer there), retracted (because a delivery of the closed version was retracted), or changes no usage:
/// moved, relabelled, renamed and so on. Only changes of usage enter the totals. With --amounts or --prices it lists
/// what projects amounted to when the months were closed and amount to now, moves included, instead of records: by the
/// prices that each month was closed with, or else by --prices.
#[derive(Args, Debug)]
#[command(after_long_help = LATE_EXAMPLES)]
pub struct LateArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// Compare amounts instead of records, by the prices that months were closed with
    #[arg(long, help_heading = "Prices")]
    pub amounts: bool,

    #[command(flatten)]
    pub prices: PriceArguments,

    #[command(flatten)]
    pub output: RowsOutputArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

const LATE_EXAMPLES: &str = "\
Examples:
  usagebook late --book usage.book
  usagebook late --book usage.book -o late.csv --csv-profile excel --totals
  usagebook late --book usage.book --prices prices.toml";

/// Show the records behind a figure, and from which deliveries and files they come
///
/// With the period and filters of a report, their usage adds up to its figures.
#[derive(Args, Debug)]
#[command(after_long_help = EXPLAIN_EXAMPLES)]
pub struct ExplainArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The months: 2026-10, 2026-07..2026-10 (both included), 2026-Q3, 2026, or last-month (the last complete month
    /// at the time of the book's latest delivery)
    #[arg(long, value_name = "PERIOD")]
    pub period: String,

    /// The state: v1, v2 and so on, now, or the id of a delivery [default: the latest closed version, else now]
    #[arg(long, value_name = "VERSION")]
    pub version: Option<Version>,

    #[command(flatten)]
    pub filters: FilterArguments,

    #[command(flatten)]
    pub output: RowsOutputArguments,
}

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  usagebook explain --book usage.book --period 2026-10 --customer Acme --type gpu_hours
  usagebook explain --book usage.book --period 2026-10 --version now --username alice --format json";

/// Where changes and records are written, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct RowsOutputArguments {
    /// The format [default: by the ending of --output, else table]
    #[arg(long, value_name = "FORMAT", value_parser = rows_format_parser())]
    pub format: Option<RowsFormat>,

    /// Write to this file; - for standard output
    ///
    /// It appears complete or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Add rows of totals to csv, tsv and ndjson; the other formats always have them
    #[arg(long)]
    pub totals: bool,

    /// The configuration, for the sender and the fonts of workbooks, pages and PDF [default: usagebook.toml in the
    /// working folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(flatten)]
    pub csv: CsvArguments,
}

/// How rows that are no report can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowsFormat {
    Rows(Format),
    Pack(PackFormat),
}

impl RowsFormat {
    /// Those that there are.
    pub fn all() -> impl Iterator<Item = Self> {
        let formats = Format::ALL.into_iter().filter(|format| check_statement_format(*format).is_ok());
        formats.map(Self::Rows).chain(PackFormat::ALL.map(Self::Pack))
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Rows(format) => format.name(),
            Self::Pack(format) => format.name(),
        }
    }

    /// The format that a file's ending stands for, whatever its case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let rows = Format::of_path(path).map(Self::Rows);
        rows.or_else(|| PackFormat::of_path(path).map(Self::Pack))
    }

    /// Refuses what rows are not written in, or this build cannot write.
    pub fn check(self) -> usagebook::error::Result<()> {
        match self {
            Self::Rows(format) => check_statement_format(format),
            Self::Pack(format) => format.check(),
        }
    }

    /// The format of rows; `None` of a workbook, a page or PDF.
    pub fn rows(self) -> Option<Format> {
        match self {
            Self::Rows(format) => Some(format),
            Self::Pack(_) => None,
        }
    }
}

pub fn rows_format_parser() -> impl clap::builder::TypedValueParser<Value = RowsFormat> {
    PossibleValuesParser::new(RowsFormat::all().map(RowsFormat::name)).map(|name| {
        RowsFormat::all().find(|format| format.name() == name).expect("it is one of those that are possible")
    })
}
