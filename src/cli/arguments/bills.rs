//! What can be typed to make bills.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use usagebook::write::bill::BillFormat;

use super::{
    BasisArguments, BookArguments, CsvArguments, FilterArguments, InputArguments, LockArguments,
    PriceArguments, ReadingEngineArguments, RecipientArguments,
};

/// Make drafts of bills, or issue them: what each customer has to pay for usage, line by line
///
/// Into a new folder, with a table for mail merge. The net totals of all bills add up to the report. Drafts have no
/// number, and nothing is written to a book. With --issue the bills of a closed month get numbers and are kept in the book.
/// Once they have, the drafts of a restated month are of the credit and debit notes that --issue would make.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub struct BillsArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    #[command(flatten)]
    pub engine: ReadingEngineArguments,

    #[command(flatten)]
    pub recipients: RecipientArguments,

    /// Issue the bills of a closed month: give them numbers and dates, and keep them in the book
    ///
    /// The month needs amounts that were frozen by `close --prices`; they are billed as they are. A restated month gets
    /// credit and debit notes for what changed. The same command again writes the same files and takes no number.
    #[arg(long, requires = "book",
        conflicts_with_all = ["inputs", "prices", "attributes", "basis", "parents", "FilterArguments", "engine"])]
    pub issue: bool,

    #[command(flatten)]
    pub lock: LockArguments,

    /// What bills say of their recipients, as address, email and vat_rate, from a table; can be given several times
    #[arg(long, value_name = "FILE")]
    pub attributes: Vec<PathBuf>,

    #[command(flatten)]
    pub prices: PriceArguments,

    #[command(flatten)]
    pub basis: BasisArguments,

    #[command(flatten)]
    pub filters: FilterArguments,

    #[command(flatten)]
    pub output: BillsOutputArguments,
}

const EXAMPLES: &str = "\
Examples:
  usagebook bills dumps/ --period 2026-10 --prices rates.toml --attributes customers.csv --to october
  usagebook bills --book usage.book --period last-month --prices rates.toml --per project --to october --format html
  usagebook bills dumps/ --period 2026-10 --prices rates.toml --attributes centres.csv --per cost_centre --to october
  usagebook bills --book usage.book --period 2026-10 --issue --to october";

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct BillsOutputArguments {
    /// The folder for the bills; it must not exist, and appears complete or not at all
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,

    /// The formats, a comma list; pdf needs a build with the feature bill [default: all that this build has]
    #[arg(long, value_name = "FORMATS", value_delimiter = ',', value_parser = format_parser())]
    pub format: Vec<BillFormat>,

    /// Write a draft of an e-mail for each bill, with its PDF attached (without PDF, the first of its formats)
    ///
    /// To the addresses of the column email, from the address in the configuration's contact. Files end in .eml; mail
    /// programs open them as drafts.
    #[arg(long)]
    pub eml: bool,

    #[command(flatten)]
    pub csv: CsvArguments,
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = BillFormat> {
    PossibleValuesParser::new(BillFormat::ALL.map(BillFormat::name)).map(|name| {
        BillFormat::ALL.into_iter().find(|format| format.name() == name).expect("one of the names")
    })
}
