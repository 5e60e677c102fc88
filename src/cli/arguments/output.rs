//! Arguments of where a report goes, and what goes with it.

use std::path::PathBuf;

use clap::Args;

use super::{CsvArguments, FormatChoice, ParquetDecimalChoice, PartitionChoice, format_parser};

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct ReportOutputArguments {
    /// The format [default: by the ending of --output, else table]
    ///
    /// xlsx is a workbook and html a page of several reports that add up; --by is that of their flat detail. focus-csv
    /// and focus-parquet are data sets of FOCUS, a row for each component usage and each credit; they need
    /// --prices, and the organisation in the configuration.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub format: Option<FormatChoice>,

    /// Write to this file, or to this folder with --partition-by; - for standard output
    ///
    /// It appears complete or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write Parquet files, one for each month, into the folder that --output names: period=2026-10/usage.parquet
    #[arg(long, value_name = "DIMENSION")]
    pub partition_by: Option<PartitionChoice>,

    /// Remove months from the folder that are not in the report
    ///
    /// Without --period; the months of --period are always replaced. Only folders that usagebook wrote are removed.
    #[arg(long, requires = "partition_by")]
    pub prune: bool,

    /// Write inputs, outputs, totals, warnings and notes into this JSON file
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,

    /// Describe the CSV, TSV or Parquet files that are written in this Data Package descriptor, as datapackage.json
    ///
    /// It has the names, types and keys of all columns, and sizes and checksums of the files, which are in its folder or
    /// below. Tools of Frictionless Data read and validate it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["explain_price", "reprice", "print_sql"])]
    pub data_package: Option<PathBuf>,

    /// Add single users to xlsx, html or pdf
    #[arg(long)]
    pub users: bool,

    /// Replace usernames with pseudonyms, made with the key in this file
    ///
    /// HMAC-SHA-256 of the username: the same key gives the same pseudonyms every month. The key is the file's
    /// content, 16 bytes or more.
    #[arg(long, value_name = "KEYFILE")]
    pub pseudonyms: Option<PathBuf>,

    #[command(flatten)]
    pub csv: CsvArguments,

    /// How many digits usage has in Parquet, two of them after the point [default: 18]
    #[arg(long, value_name = "DIGITS")]
    pub parquet_decimal: Option<ParquetDecimalChoice>,
}
