//! What can be typed for a query.

use std::path::PathBuf;

use clap::Args;
use usagebook::write::Format;

use super::{BookArguments, CsvArguments, InputArguments, ParquetDecimalChoice};

/// Ask your own question in SQL
///
/// There are three tables: usage (one row a record: every field of the endpoint, and period, as 2026-10), parents (one row
/// a component usage) and report (the rows of the monthly report). Of a book, only the months are opened that conditions
/// on period or billing_period leave over. Decimals stay exact: what would round is refused.
#[derive(Args, Debug)]
#[command(after_long_help = QUERY_EXAMPLES)]
pub struct QueryArguments {
    /// One SELECT, which may begin with WITH
    #[arg(value_name = "SQL")]
    pub sql: String,

    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    /// The format [default: by the ending of --output, else table]
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,

    /// Write to this file; - for standard output
    ///
    /// It appears complete or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    #[command(flatten)]
    pub csv: CsvArguments,

    /// How many digits usage has in Parquet, two of them after the point [default: 18]
    #[arg(long, value_name = "DIGITS")]
    pub parquet_decimal: Option<ParquetDecimalChoice>,
}

const QUERY_EXAMPLES: &str = "\
Examples:
  usagebook query \"SELECT customer_name, measured_unit, sum(usage) AS usage FROM usage GROUP BY ALL ORDER BY ALL\" dumps/
  usagebook query \"SELECT * FROM usage WHERE period = '2026-10' AND username = 'alice'\" --book book -o alice.csv
  usagebook query \"SELECT period, sum(records) AS records FROM report GROUP BY period ORDER BY period\" --book book";
