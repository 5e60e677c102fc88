//! What can be typed to have usage priced.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

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
    #[arg(long, requires = "prices", conflicts_with_all = ["compare", "pivot", "top", "manifest", "partition_by", "users", "attributes", "budget", "journal"])]
    pub explain_price: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnpricedChoice {
    /// An amount of 0.00
    Zero,
    /// No amount
    Omit,
}
