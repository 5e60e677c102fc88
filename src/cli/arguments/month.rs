//! What can be typed about the end of a month.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use usagebook::period::{AskedPeriod, BillingPeriod};

use super::book::parse_time;
use super::{AccessArguments, LockArguments, QuietArguments};

/// Bring a month to where you decide: download, add, check, report, draft bills, postings
///
/// What it is made with is in [month] of the configuration. All results are in one folder. The last lines, ten at most,
/// say whether the month is ready, what you have to decide and what comes next. The same command again changes nothing, or says
/// what changed. It asks nothing, and closes no month.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct MonthArguments {
    /// The month, as 2026-10, or last-month [default: last-month]
    #[arg(value_name = "MONTH", value_parser = parse_month)]
    pub month: Option<MonthChoice>,

    /// Files, folders or patterns to add to the book instead of a download
    #[arg(value_name = "INPUT", requires = "month")]
    pub inputs: Vec<String>,

    /// Add these component usages (/api/marketplace-component-usages/) with the inputs
    #[arg(long, value_name = "INPUT", num_args = 1.., requires = "inputs")]
    pub parents: Vec<String>,

    /// The inputs have every record of the month, so records that they lack are retired
    #[arg(long, requires = "inputs")]
    pub complete: bool,

    /// Make the book; it must not exist
    #[arg(long)]
    pub new: bool,

    /// When the inputs were downloaded [default: the time of the dump's index, else now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub pulled_at: Option<DateTime<Utc>>,

    /// Let the month lose this many records that are gone from the portal [default: a tenth of the month's]
    #[arg(long, value_name = "N")]
    pub retire_up_to: Option<u64>,

    /// Leave records out that cannot be used, and keep them in the month's folder
    ///
    /// They are in rejects-MONTH.ndjson, one a line, with the reason and their text. Without it nothing is added while
    /// there are any.
    #[arg(long)]
    pub rejects: bool,

    /// Write a draft of an e-mail next to each draft bill, with its first file attached
    #[arg(long)]
    pub eml: bool,

    /// The configuration [default: usagebook.toml in the working folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The format of the last lines
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: MonthFormatChoice,

    #[command(flatten)]
    pub lock: LockArguments,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

const EXAMPLES: &str = "\
Examples:
  usagebook month
  usagebook month 2026-10 --format json
  usagebook month 2026-10 dumps/october/ --complete --parents dumps/october/component-usages/";

/// Which month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MonthChoice {
    /// The last one that is over.
    Last,
    Named(BillingPeriod),
}

/// How the last lines are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MonthFormatChoice {
    Text,
    Json,
}

fn parse_month(text: &str) -> Result<MonthChoice, &'static str> {
    match text.parse() {
        Ok(AskedPeriod::LastMonth) => Ok(MonthChoice::Last),
        _ => text
            .parse()
            .map(MonthChoice::Named)
            .map_err(|_| "expected a month, as 2026-10, or last-month; inputs come after it"),
    }
}
