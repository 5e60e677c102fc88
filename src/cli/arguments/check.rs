//! What can be typed about checks.

use std::path::PathBuf;

use clap::Args;

use usagebook::usecase::AsOf;

use super::changes::{RowsFormat, rows_format_parser};
use super::prices::TablesArguments;
use super::{BookArguments, InputArguments, ReadingEngineArguments, parse_as_of};

/// Check records before you send them: one verdict, with the meaning of each warning and what to do
///
/// Looks for lost pages, users that do not add up to their parents, missing usage, spikes, months and units that do
/// not fit, and quantities and amounts on invoices that are not the usage. Earlier months are the history of a month: give them
/// too, and name the month with --period.
#[derive(Args, Debug)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub struct CheckArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    #[command(flatten)]
    pub engine: ReadingEngineArguments,

    /// Dumps of /api/marketplace-component-usages/: what the users' usage should add up to
    ///
    /// Files or folders of JSON or tables, plain, gzip or zstd; can be given several times. Without it a book's own are
    /// used.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    /// Dumps of /api/invoices/ or /api/invoice-items/, or a table of them: what was billed
    ///
    /// /api/invoices/ is recommended: the items of the other list do not say how they are billed. Files or folders of
    /// JSON or tables, plain, gzip or zstd; can be given several times.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub invoices: Vec<String>,

    /// A price list, TOML or a table (.csv, .tsv, .xlsx) by its ending: adds the amounts at stake
    ///
    /// Each line of the list to work through (-o list.xlsx, or .csv) has what the usage that it is about costs. With
    /// --invoices and component usages of every month, the amounts on invoices are compared, too. Months of a book that
    /// were closed with prices have their own. Usage without a price has no amount.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,

    /// The currency to which amounts are converted, as that of the invoices, a code of ISO 4217 [default: each price keeps
    /// its own]
    #[arg(long, value_name = "CODE", requires = "prices")]
    pub currency: Option<String>,

    /// The rates of each month to convert by, TOML or a table by its ending
    #[arg(long, value_name = "FILE", requires = "currency")]
    pub exchange_rates: Option<PathBuf>,

    #[command(flatten)]
    pub tables: TablesArguments,

    /// The months to check [default: all there are]
    ///
    /// 2026-10, 2026-07..2026-10 (both included), 2026-Q3, 2026, fy2026 (the fiscal year that ends in 2026) or
    /// last-month (the last complete month on --as-of).
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,

    /// The as-of date of the data: a date, or a time with its offset [default: the time of the dump's index or the
    /// book's latest delivery, else this machine's date]
    ///
    /// A month that is incomplete on that day is not compared with other months, component usages or invoices.
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    /// The month in which fiscal years begin, 1 to 12 [default: the configuration's, else 1]
    #[arg(long, value_name = "MONTH", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub fiscal_year_start: Option<u32>,

    /// The format [default: by the ending of --output, else table]
    ///
    /// table and json are the verdict; csv, tsv, ndjson, markdown, xlsx, html and pdf are a list to work through, with a line
    /// for each thing that a warning or note is about.
    #[arg(long, value_name = "FORMAT", value_parser = rows_format_parser())]
    pub format: Option<RowsFormat>,

    /// Write to this file; - for standard output
    ///
    /// It appears complete or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  usagebook check dumps/ --period last-month
  usagebook check dumps/ --period 2026-10 --parents component-usages/ --invoices invoices/
  usagebook check dumps/ --parents component-usages/ --invoices invoices/ --prices rates.toml
  usagebook check --book usage.book --period 2026-10
  usagebook check dumps/ --format json > verdict.json
  usagebook check dumps/ --period 2026-10 -o worklist.xlsx";
