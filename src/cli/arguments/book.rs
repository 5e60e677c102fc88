//! What can be typed about books.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use usagebook::book::{LOCK_TIMEOUT, Version};
use usagebook::notice::Code;
use usagebook::period::BillingPeriod;
use usagebook::text::parse_uuid;

use super::prices::TablesArguments;
use super::{AccessArguments, BasisChoice, InputArguments, PriceArguments};

/// A book instead of inputs.
#[derive(Args, Debug)]
pub struct BookArguments {
    /// Read this book instead of inputs: each month as it was last closed, or as it is now if it is open
    #[arg(long, value_name = "DIR", help_heading = "Reading",
        conflicts_with_all = ["inputs", "timezone", "rejects", "accept_incomplete", "threads"])]
    pub book: Option<PathBuf>,

    /// The version of the book's months: v1, v2 and so on, now, or a delivery's id
    #[arg(long, value_name = "VERSION", requires = "book", help_heading = "Reading")]
    pub version: Option<Version>,
}

/// Add inputs to a book
///
/// Adding the same inputs again changes nothing. The newest version of each record counts, with the names, owners and
/// units of the latest delivery; the order in which you add deliveries does not matter.
#[derive(Args, Debug)]
#[command(after_long_help = ADD_EXAMPLES)]
pub struct AddArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// Make the book; its folder must be empty or not exist
    #[arg(long)]
    pub new: bool,

    #[command(flatten)]
    pub lock: LockArguments,

    /// The inputs have every record of this month, so records that they lack are retired; can be given several times
    #[arg(long, value_name = "MONTH")]
    pub complete: Vec<BillingPeriod>,

    /// The inputs are complete for this customer alone: records of other customers are not retired; can be given
    /// several times
    #[arg(long, alias = "customer-uuid", value_name = "UUID", requires = "complete", value_parser = parse_customer)]
    pub customer: Vec<u128>,

    /// When the inputs were downloaded [default: the time of the dump's index, else now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub pulled_at: Option<DateTime<Utc>>,

    /// Accept a delivery whose time is more than five minutes after this machine's clock, although all deliveries
    /// until then will count as older
    #[arg(long)]
    pub accept_future: bool,

    /// Let a complete month retire this many records [default: a tenth of the month's]
    #[arg(long, value_name = "N", requires = "complete")]
    pub retire_up_to: Option<u64>,

    /// Keep this list of component usages (/api/marketplace-component-usages/), the parents of records, with it
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    /// A label for the history, as where the inputs come from
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
}

const ADD_EXAMPLES: &str = "\
Examples:
  usagebook add dumps/2026-09/ --book usage.book --new --complete 2026-09
  usagebook add pages/ --book usage.book --complete 2026-10 --customer 68c9cf1d4b1a4b6c9c3f0a2f7d5e8b10
  usagebook add dumps/2026-10/ --book usage.book --complete 2026-10
  usagebook add october.ndjson --book usage.book --pulled-at 2026-11-02T08:00:00Z --label 'nightly pull'";

/// Take a delivery of a book back
///
/// The delivery no longer counts for the months as they are now. Closed versions with it do not change, and `late`
/// shows the difference. Its records stay in the history. The same inputs added again are a new delivery.
#[derive(Args, Debug)]
pub struct RetractArguments {
    /// The delivery's id, or its first digits; `usagebook history` lists them
    #[arg(value_name = "DELIVERY", value_parser = parse_delivery)]
    pub delivery: String,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// Why it is taken back
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    #[command(flatten)]
    pub lock: LockArguments,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

/// Print the months of a book: state, records, totals and whether they are complete
#[derive(Args, Debug)]
pub struct StatusArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: BookFormatChoice,

    /// Print only the paths of the Parquet files of the months, one on each line, for other programs
    ///
    /// 2026-10, 2026-07..2026-10 (both included), 2026-Q3 or 2026; without a value, all months.
    #[arg(long, value_name = "PERIOD", num_args = 0..=1, default_missing_value = "")]
    pub paths: Option<String>,
}

/// Close a month: freeze it as version v1
///
/// Its records, its totals and a SHA-256 over the records are kept. Later deliveries change only the month's current
/// state. The month is checked first: each warning has to be acknowledged. With --prices the price list, the rates and
/// all amounts are kept too, and reports on the month have them whatever becomes of the price list. --attributes are kept
/// likewise.
#[derive(Args, Debug)]
#[command(after_long_help = CLOSE_EXAMPLES)]
pub struct CloseArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    #[command(flatten)]
    pub closing: ClosingArguments,

    /// A text to keep with the version
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

const CLOSE_EXAMPLES: &str = "\
Examples:
  usagebook close 2026-10 --book usage.book --prices prices.toml --by-whom Mari
  usagebook close 2026-10 --book usage.book --note approved";

/// Answer for a warning of a month, so that the month can be closed
///
/// The answer covers the instances of the warning that there are now, and stays in the book's log. Reports show it
/// beside the warning, which no longer makes their exit status 3. A new instance, or one whose figures change, is open
/// again.
#[derive(Args, Debug)]
#[command(after_long_help = ACKNOWLEDGE_EXAMPLES)]
pub struct AcknowledgeArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    /// The code of the warning, as `usagebook check` names it
    #[arg(value_name = "CODE", value_parser = parse_code)]
    pub code: Code,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// Why the figures are right
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// Only the examples of this uuid, as `usagebook check` shows it, or of this id, as its JSON has it; the first
    /// digits are enough, and it may be repeated [default: all that are open]
    #[arg(long, value_name = "ID", value_parser = parse_example)]
    pub example: Vec<String>,

    /// The cut-off of the closing that the answer is for: the month by deliveries up to this time [default: all]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub as_of: Option<DateTime<Utc>>,

    #[command(flatten)]
    pub who: WhoArguments,

    /// A dump of invoices, for a warning that needs it; may be repeated
    #[arg(long, value_name = "INPUT")]
    pub invoices: Vec<String>,

    #[command(flatten)]
    pub tables: TablesArguments,

    #[command(flatten)]
    pub lock: LockArguments,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

const ACKNOWLEDGE_EXAMPLES: &str = "\
Examples:
  usagebook acknowledge 2026-10 spike --book usage.book --by-whom Mari --reason confirmed
  usagebook acknowledge 2026-10 missing_usage --example 3f2a1b0c --book usage.book --reason retired";

/// Credit or charge a customer in a month beyond the price list
///
/// For what is decided after the price list; what was agreed before is a credit in it. The amount is a row of its own in
/// reports with amounts, statements, journals and FOCUS, and in their totals: a Credit if it is below zero, else an
/// Adjustment. It stays in the book's log. A closed version never changes: there it belongs to the next one.
#[derive(Args, Debug)]
#[command(after_long_help = ADJUST_EXAMPLES)]
pub struct AdjustArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The customer
    #[arg(long, alias = "customer-uuid", value_name = "UUID", value_parser = parse_customer)]
    pub customer: u128,

    /// The project that it is for [default: the customer as a whole]
    #[arg(long, alias = "project-uuid", value_name = "UUID", value_parser = parse_customer)]
    pub project: Option<u128>,

    /// The amount, as -250.00: below zero for what the customer gets back
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub amount: String,

    /// The currency of the amount, a code of ISO 4217
    #[arg(long, value_name = "CODE")]
    pub currency: String,

    /// Why, as reports show it
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    #[command(flatten)]
    pub who: WhoArguments,

    #[command(flatten)]
    pub lock: LockArguments,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

const ADJUST_EXAMPLES: &str = "\
Examples:
  usagebook adjust 2026-10 --book usage.book --customer 68c9cf1d4b1a4b6c9c3f0a2f7d5e8b10 --amount=-250.00 --currency EUR --reason outage";

/// Who answers for a change of a book.
#[derive(Args, Debug)]
pub struct WhoArguments {
    /// Who does it, as the book's log names them [default: by_whom of the configuration]
    #[arg(long, value_name = "NAME")]
    pub by_whom: Option<String>,

    /// The configuration [default: usagebook.toml in the working folder, if it exists]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Publish a closed month again as its next version
///
/// Earlier versions stay readable. The prices and attributes are those of the last version, unless --prices and
/// --attributes name others. If no record, amount or attribute differs, no version is made.
#[derive(Args, Debug)]
#[command(after_long_help = RESTATE_EXAMPLES)]
pub struct RestateArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    #[command(flatten)]
    pub closing: ClosingArguments,

    /// Why it is restated
    #[arg(long, value_name = "TEXT")]
    pub note: String,
}

const RESTATE_EXAMPLES: &str = "\
Examples:
  usagebook restate 2026-10 --book usage.book --note late
  usagebook restate 2026-10 --book usage.book --note agreed --prices corrected.toml";

#[derive(Args, Debug)]
pub struct ClosingArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    #[command(flatten)]
    pub lock: LockArguments,

    /// The cut-off: deliveries up to this time count [default: all, and the time of the month's last one]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub as_of: Option<DateTime<Utc>>,

    /// Close a month that was incomplete at the cut-off, or that is known to lack records
    #[arg(long)]
    pub accept_incomplete: bool,

    #[command(flatten)]
    pub who: WhoArguments,

    #[command(flatten)]
    pub prices: PriceArguments,

    /// What usage and amounts are made of [default: component-usage, if the book has component usages of the month;
    /// else users]
    #[arg(long, value_name = "BASIS", help_heading = "Prices")]
    pub basis: Option<BasisChoice>,

    /// Sign the closing with this SSH key: a private key, or a public key of the agent
    ///
    /// ssh-keygen makes the signature, in the namespace usagebook-closing, of the closing's digest and a line end.
    #[arg(long, value_name = "KEY")]
    pub sign: Option<PathBuf>,

    /// Keep columns of your own, as cost_centre, from a table (CSV, TSV or .xlsx), as in report; can be given several
    /// times [default of restate: those of the last version]
    #[arg(long, value_name = "FILE", help_heading = "Tables of your own")]
    pub attributes: Vec<PathBuf>,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub notes: QuietArguments,
}

/// Print the deliveries of a book, or all versions of one record
#[derive(Args, Debug)]
pub struct HistoryArguments {
    /// The record's uuid, with or without dashes
    #[arg(value_name = "UUID")]
    pub uuid: Option<String>,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: BookFormatChoice,
}

/// Read every byte of a book or a pull and compare it with its checksum; of a book, every figure with the records
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct VerifyArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,

    /// The folder of a pull
    #[arg(long, value_name = "DIR")]
    pub pull: Option<PathBuf>,
}

/// Copy a book as it is now into a new folder or a zip file
///
/// Every byte is compared with its checksum on the way. The copy is of one commit, even if others write meanwhile. It
/// is a complete book: unpack it, or copy it back, to restore it.
#[derive(Args, Debug)]
#[command(after_long_help = BACKUP_EXAMPLES)]
pub struct BackupArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// A folder that does not exist yet, or a file that ends in .zip
    #[arg(long, value_name = "TARGET")]
    pub to: PathBuf,

    #[command(flatten)]
    pub access: AccessArguments,
}

const BACKUP_EXAMPLES: &str = "\
Examples:
  usagebook backup --book usage.book --to /backup/usage-2026-11-28.zip
  usagebook backup --book usage.book --to /backup/usage-2026-11-28.book";

/// Put back what can be proved in a damaged book, and list what is lost
///
/// Restores book.json if it is proved which generation is current, files of which a copy is left, and the folder
/// months. Nothing is removed, and nothing is guessed.
#[derive(Args, Debug)]
pub struct RepairArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    #[command(flatten)]
    pub lock: LockArguments,

    /// Take this generation, and give up what was committed after it: its number or folder, as the messages list them
    #[arg(long, value_name = "NUMBER")]
    pub generation: Option<String>,

    #[command(flatten)]
    pub access: AccessArguments,
}

/// How long another writer is waited for.
#[derive(Args, Debug)]
pub struct LockArguments {
    /// Give up after this many seconds if another process writes to the book
    #[arg(long, value_name = "SECONDS", default_value_t = LOCK_TIMEOUT.as_secs())]
    pub lock_timeout: u64,
}

/// What a command without inputs prints beside its result.
#[derive(Args, Debug)]
pub struct QuietArguments {
    /// Print no notes; warnings are still printed
    #[arg(short, long)]
    pub quiet: bool,
}

/// How what is known of a book is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BookFormatChoice {
    Table,
    Json,
}

fn parse_customer(text: &str) -> Result<u128, &'static str> {
    parse_uuid(text.as_bytes()).ok_or("expected a uuid of 32 hex digits, with or without dashes")
}

fn parse_delivery(text: &str) -> Result<String, &'static str> {
    match text.parse() {
        Ok(Version::Delivery(id)) => Ok(id),
        _ => Err(
            "expected the id of a delivery, or 4 or more of its first digits; usagebook history lists them",
        ),
    }
}

fn parse_example(text: &str) -> Result<String, &'static str> {
    let digits = text.replace('-', "").to_ascii_lowercase();
    let is_id = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_id {
        true => Ok(digits),
        false => Err("expected a uuid or id of an open example, or 4 or more of its first digits"),
    }
}

fn parse_code(text: &str) -> Result<Code, String> {
    Code::ALL.into_iter().find(|code| code.name() == text).ok_or_else(|| {
        let similar =
            Code::ALL.into_iter().filter(|code| code.name().contains(text) || text.contains(code.name()));
        match similar.map(Code::name).collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => {
                "expected the code of a warning; usagebook check lists those of a month".to_owned()
            }
            similar => format!("expected the code of a warning, as {similar}"),
        }
    })
}

pub(super) fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| "expected a time with its offset, as 2026-11-02T08:00:00Z")
}
