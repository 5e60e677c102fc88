//! What can be typed to have usage priced.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use usagebook::tabular::Locale;
use usagebook::usecase::AsOf;

use super::{BasisArguments, BookArguments, InputArguments, parse_as_of};

/// Amounts beside usage.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Prices")]
pub struct PriceArguments {
    /// A price list, TOML or a table (.csv, .tsv, .xlsx) by its ending: adds what usage costs
    ///
    /// Every component usage (all users of one component on one resource in a month) is priced and rounded by the
    /// rule of the price list before filters; its amount is spread over its users to the minor unit.
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,

    /// Convert all amounts to this currency, a code of ISO 4217 [default: each price keeps its own]
    #[arg(long, value_name = "CODE", requires = "prices")]
    pub currency: Option<String>,

    /// The rates of each month to convert by, TOML or a table by its ending
    #[arg(long, value_name = "FILE", requires = "currency")]
    pub exchange_rates: Option<PathBuf>,

    /// What to do with usage without a price [default: an error that lists it]
    ///
    /// The column unpriced_usage has the quantity, and a warning lists it.
    #[arg(long, value_name = "CHOICE", requires = "prices")]
    pub unpriced: Option<UnpricedChoice>,

    #[command(flatten)]
    pub tables: TablesArguments,
}

/// How tables of the user's own are written.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Tables of your own")]
pub struct TablesArguments {
    /// How numbers and days are written in your own tables: a language and its territory, as de-DE or en-GB [default:
    /// the configuration's, else a number or day that can be read in two ways is an error]
    ///
    /// For price lists, exchange rates, attributes, budgets and invoices that are tables of text. TOML, JSON and
    /// the numbers and dates of workbooks are the same everywhere.
    #[arg(long, value_name = "LOCALE")]
    pub locale: Option<Locale>,
}

/// Prices explained.
impl PriceArguments {
    /// The files that are read.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.prices, &self.exchange_rates].into_iter().flatten().map(PathBuf::as_path)
    }
}

#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Prices")]
pub struct ExplainPriceArguments {
    /// Show how every amount was computed, a row for each component usage, instead of the report
    #[arg(long, conflicts_with_all = ["compare", "pivot", "top", "manifest", "partition_by", "users", "attributes", "budget", "journal"])]
    pub explain_price: bool,

    /// Show what closed months amount to by --prices beside what they were closed with, instead of the report
    ///
    /// By customer, project and currency, with the difference. Nothing is written to the book.
    #[arg(long, requires_all = ["prices", "book"], conflicts_with_all = ["explain_price", "by", "compare", "pivot", "top", "manifest", "partition_by", "users", "attributes", "budget", "journal", "basis"])]
    pub reprice: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnpricedChoice {
    /// An amount of 0.00
    Zero,
    /// No amount
    Omit,
}

/// Write a price list to fill in
#[derive(Args, Debug)]
#[command(arg_required_else_help = true)]
pub struct PricesArguments {
    #[command(subcommand)]
    pub command: PricesCommand,
}

#[derive(Debug, Subcommand)]
pub enum PricesCommand {
    New(Box<NewPricesArguments>),
}

/// Write a price list with an entry for each component and unit of each offering that has usage
///
/// Only the prices are left to be filled in: a report refuses a price that is empty, and names its line. The
/// price list is TOML.
#[derive(Args, Debug)]
#[command(after_long_help = NEW_EXAMPLES)]
pub struct NewPricesArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    /// The months whose usage needs prices, as 2026-10, 2026-07..2026-10, 2026-Q3, 2026 or last-month [default: all
    /// there are]
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,

    /// The day on which last-month is the last month: a date, or a time with its offset [default: the time of the
    /// dump's index, else this machine's date]
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    #[command(flatten)]
    pub basis: BasisArguments,

    /// The currency of all prices, a code of ISO 4217 [default: to be filled in]
    #[arg(long, value_name = "CODE", help_heading = "Options")]
    pub currency: Option<String>,

    /// Write to this file [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Options")]
    pub output: Option<PathBuf>,
}

const NEW_EXAMPLES: &str = "\
Examples:
  usagebook prices new dumps/ --period 2026-10 --currency EUR -o rates.toml
  usagebook prices new --book usage.book --period last-month";
