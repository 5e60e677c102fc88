//! What can be typed to send every customer, project or cost centre a statement.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use usagebook::usecase::StatementFormat;

use super::{
    BasisArguments, BookArguments, CsvArguments, FilterArguments, InputArguments, PriceArguments,
    ReadingEngineArguments, RecipientArguments,
};

/// Write a statement for each customer, project or cost centre: a workbook, a page and a table of its own usage alone
///
/// Into a new folder, with an index, a table for mail merge and a manifest. The sum of all statements is compared
/// with the report over all of them.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct StatementsArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    #[command(flatten)]
    pub engine: ReadingEngineArguments,

    #[command(flatten)]
    pub recipients: RecipientArguments,

    /// The dimensions of the flat detail, in the order of its columns: a comma list, as in report
    #[arg(long, value_name = "DIMENSIONS", default_value = "period,customer,project,offering,component")]
    pub by: String,

    /// Columns of your own, as cost_centre, from a table, as in report; can be given several times
    #[arg(long, value_name = "FILE")]
    pub attributes: Vec<PathBuf>,

    #[command(flatten)]
    pub prices: PriceArguments,

    #[command(flatten)]
    pub basis: BasisArguments,

    #[command(flatten)]
    pub filters: FilterArguments,

    #[command(flatten)]
    pub output: StatementsOutputArguments,
}

const EXAMPLES: &str = "\
Examples:
  usagebook statements dumps/ --period 2026-10 --to statements/2026-10
  usagebook statements --book usage.book --period last-month --to october --format xlsx --config billing.toml
  usagebook statements dumps/ --period 2026-10 --to october --prices rates.toml
  usagebook statements dumps/ --period 2026-10 --to october --per cost_centre --attributes centres.csv
  usagebook statements dumps/ --period 2026-10 --to october --users --pseudonyms secret.key";

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct StatementsOutputArguments {
    /// The folder for the statements; it must not exist, and appears complete or not at all
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,

    /// The formats, a comma list [default: all of them]
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format_parser())]
    pub format: Vec<StatementFormat>,

    /// Show single users
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
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = StatementFormat> {
    PossibleValuesParser::new(StatementFormat::all().map(StatementFormat::name)).map(|name| {
        StatementFormat::all().find(|format| format.name() == name).expect("the name of one of them")
    })
}
