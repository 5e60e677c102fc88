//! What can be typed. Nothing is understood here beyond its form.

mod csv;
mod statements;

use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use usagebook::book::Version;
use usagebook::filter::Filter;
use usagebook::period::BillingPeriod;
use usagebook::write::{Format, PackFormat};

pub use self::csv::{CsvArguments, CsvDecimalChoice, CsvProfileChoice, CsvSeparatorChoice};
pub use self::statements::{DiffArguments, ExplainArguments, LateArguments, StatementOutputArguments};

/// Exact monthly reports from dumps of Waldur's component user usages.
///
/// Reads saved pages of /api/marketplace-component-user-usages/ (JSON, NDJSON, CSV, TSV or Parquet, plain, gzip
/// or zstd), keeps the newest version of each record, and adds usage up exactly. Works offline.
#[derive(Debug, Parser)]
#[command(name = "usagebook", version, max_term_width = 100, after_long_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit status:
  0    done; remarks may stand on standard error
  1    not done: the data, the disk or the network said no; nothing was written
  2    not done: the command line said no
  3    done, but something may make the figures wrong; it is named on standard error
  130  interrupted; nothing was written";

#[derive(Debug, Subcommand)]
pub enum Command {
    Report(Box<ReportArguments>),
    Check(Box<CheckArguments>),
    List(Box<ListArguments>),
    Get(Box<GetArguments>),
    Pull(Box<PullArguments>),
    Serve(Box<ServeArguments>),
    Add(Box<AddArguments>),
    Status(StatusArguments),
    Close(CloseArguments),
    Restate(RestateArguments),
    History(HistoryArguments),
    Verify(VerifyArguments),
    Diff(Box<DiffArguments>),
    Late(Box<LateArguments>),
    Explain(Box<ExplainArguments>),
    Completions(CompletionsArguments),
    /// Print the manual page
    ///
    /// As roff, for the command and all subcommands: usagebook man | man -l -
    Man,
}

/// Add usage up by month, customer, project, offering and component
///
/// Of each record the newest version counts. Usage of different units is never added. Records that can not be
/// used stop the report unless --rejects names a file for them.
#[derive(Args, Debug)]
#[command(after_long_help = REPORT_EXAMPLES)]
pub struct ReportArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    /// The months to report on [default: all there are]
    ///
    /// 2026-10, 2026-07..2026-10 (both included), 2026-Q3, 2026, fy2026 (the fiscal year that ends in 2026) or
    /// last-month (the last one that was over on --as-of).
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,

    /// What to group by, in the order of the columns: a comma list
    ///
    /// Of period (or quarter, year, fiscal-year), customer, project, offering, resource, component, user. The
    /// measured unit is always part of the group.
    #[arg(long, value_name = "DIMENSIONS", default_value = "period,customer,project,offering,component")]
    pub by: String,

    /// Set usage beside that of an earlier time: adds the usage before, the change, and the change in per cent
    #[arg(long, value_name = "EARLIER")]
    pub compare: Option<CompareChoice>,

    /// Give each month (or quarter or year) a column instead of a row
    #[arg(long, value_name = "DIMENSION")]
    pub pivot: Option<PivotChoice>,

    /// Keep the N rows of most usage for each month and unit, and sum the rest up as "Others"
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,

    /// Add rows of totals to csv, tsv and ndjson; table, json and markdown always have them
    #[arg(long)]
    pub totals: bool,

    /// The day on which the data is seen: a date, or a time with its offset [default: the time of the dump's
    /// index, else this machine's date]
    ///
    /// A month that is not over by then is marked partial and stays out of comparisons.
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    /// The month in which fiscal years begin, 1 to 12
    #[arg(long, value_name = "MONTH", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=12))]
    pub fiscal_year_start: u32,

    #[command(flatten)]
    pub filters: FilterArguments,

    #[command(flatten)]
    pub output: ReportOutputArguments,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  usagebook report dumps/ --period 2026-10
  usagebook report dumps/ --period last-month --compare previous-month
  usagebook report dumps/ --period 2026-10 -o october.xlsx --users --pseudonyms secret.key
  usagebook report dumps/ --by customer,component --period 2026-Q3 -o q3.csv --csv-profile excel
  usagebook report --book usage.book --period 2026-10
  usagebook report dumps/ --partition-by period -o lake/ --manifest lake.json
  usagebook report september/ october/ --rejects rejects.ndjson -o october.json";

#[derive(Args, Debug)]
#[command(next_help_heading = "Output")]
pub struct ReportOutputArguments {
    /// The format [default: by the ending of --output, else table]
    ///
    /// xlsx is a workbook of several reports that tie out; --by is that of its flat detail.
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    pub format: Option<FormatChoice>,

    /// Write to this file, or to this folder with --partition-by; - for standard output
    ///
    /// It appears whole or not at all.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write Parquet files, one for each month, into the folder that --output names: period=2026-10/usage.parquet
    #[arg(long, value_name = "DIMENSION")]
    pub partition_by: Option<PartitionChoice>,

    /// Write what went in, what came out and how sure it is into this JSON file
    #[arg(long, value_name = "FILE")]
    pub manifest: Option<PathBuf>,

    /// Add a sheet of single users to xlsx
    #[arg(long)]
    pub users: bool,

    /// Replace usernames by pseudonyms that only who has this file's key can tell apart
    ///
    /// HMAC-SHA-256 of the username: the same under the same key, month by month. The key is the file's content, 16
    /// bytes or more.
    #[arg(long, value_name = "KEYFILE")]
    pub pseudonyms: Option<PathBuf>,

    #[command(flatten)]
    pub csv: CsvArguments,

    /// How many digits usage has in Parquet, two of them behind the point [default: 18]
    #[arg(long, value_name = "DIGITS")]
    pub parquet_decimal: Option<ParquetDecimalChoice>,
}

/// Check records before they are sent: one verdict, with what each finding means and what to do
///
/// Looks for lost pages, users that do not add up to their parents, missing usage, spikes, months and units that do
/// not fit, and quantities on invoices that are not the usage. The months before a month are its history: give them
/// too, and name the month by --period.
#[derive(Args, Debug)]
#[command(after_long_help = CHECK_EXAMPLES)]
pub struct CheckArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    /// Dumps of /api/marketplace-component-usages/: what the users' usage should add up to
    ///
    /// Files or folders of JSON or CSV, plain, gzip or zstd; can be given several times.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    /// Dumps of /api/invoices/ or /api/invoice-items/, or a table of them: what was billed
    ///
    /// Files or folders of JSON or CSV, plain, gzip or zstd; can be given several times.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub invoices: Vec<String>,

    /// The months to check [default: all there are]
    ///
    /// 2026-10, 2026-07..2026-10 (both included), 2026-Q3, 2026, fy2026 (the fiscal year that ends in 2026) or
    /// last-month (the last one that was over on --as-of).
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,

    /// The day on which the data is seen: a date, or a time with its offset [default: the time of the dump's
    /// index, else this machine's date]
    ///
    /// A month that is not over by then is not set against other months, parents or invoices.
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    /// The month in which fiscal years begin, 1 to 12
    #[arg(long, value_name = "MONTH", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=12))]
    pub fiscal_year_start: u32,

    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: CheckFormatChoice,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  usagebook check dumps/ --period last-month
  usagebook check dumps/ --period 2026-10 --parents component-usages/ --invoices invoices/
  usagebook check dumps/ --format json > verdict.json";

/// List records as the endpoint lists them, page by page
///
/// Pages never overlap: what is equal in the order asked for is ordered by uuid.
#[derive(Args, Debug)]
#[command(after_long_help = LIST_EXAMPLES)]
pub struct ListArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    /// Order by component_usage__billing_period, usage or username, each with - before it for descending
    /// [default: newest date, then component type]
    ///
    /// A comma list, or given several times. Usernames are ordered by Unicode code points.
    #[arg(long, value_name = "ORDER", allow_hyphen_values = true)]
    pub o: Vec<String>,

    /// The page, from 1, or last [default: 1]
    #[arg(long, value_name = "PAGE", conflicts_with = "all")]
    pub page: Option<String>,

    /// How many records a page has, 1 to 300 [default: 10]
    #[arg(long, value_name = "RECORDS", conflicts_with = "all")]
    pub page_size: Option<usize>,

    /// All records, without pages
    #[arg(long)]
    pub all: bool,

    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: ListFormatChoice,

    #[command(flatten)]
    pub rendering: RenderingArguments,

    #[command(flatten)]
    pub filters: FilterArguments,
}

const LIST_EXAMPLES: &str = "\
Examples:
  usagebook list dumps/ --billing-period-year 2026 --billing-period-month 10 --page-size 100
  usagebook list dumps/ --username alice --o=-usage --field username --field usage
  usagebook list dumps/ --all --format csv";

/// Print one record as the endpoint gives it
#[derive(Args, Debug)]
#[command(after_long_help = GET_EXAMPLES)]
pub struct GetArguments {
    /// The record's uuid, with or without dashes
    #[arg(value_name = "UUID")]
    pub uuid: String,

    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    #[command(flatten)]
    pub rendering: RenderingArguments,
}

const GET_EXAMPLES: &str = "\
Examples:
  usagebook get 3b5259228a484b45b2c6b1f876076310 dumps/
  usagebook get 3b525922-8a48-4b45-b2c6-b1f876076310 dumps/ --field username --field usage";

/// Fetch a dump from the portal, and prove that it is whole
///
/// Leaves the pages byte for byte in a folder, with an index and a verdict. Slices the list until what was seen is as
/// much as the server counted; reads again what changed meanwhile. Stopped at any moment, it goes on with --resume.
#[derive(Args, Debug)]
#[command(after_long_help = PULL_EXAMPLES)]
pub struct PullArguments {
    /// The portal's address, as https://portal.example.org
    #[arg(long, value_name = "URL")]
    pub url: String,

    /// The folder for the pages; made where it is not there
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,

    /// The file that holds the token [default: the environment's WALDUR_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// The months to pull, as 2026-10, 2026-07..2026-10, 2026-Q3, 2026 or last-month; can be given several times
    /// [default: all there are]
    #[arg(long, value_name = "PERIOD")]
    pub period: Vec<String>,

    /// Pull the component usages, too, for a tie-out: into the folder component-usages in DIR
    #[arg(long)]
    pub parents: bool,

    /// Go on with a pull that stopped, without asking again for what is whole
    #[arg(long)]
    pub resume: bool,

    /// How many requests are under way at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), help_heading = "Connection")]
    pub jobs: u16,

    /// How many requests are sent in a second at most [default: as many as are answered]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Connection")]
    pub rate: Option<u32>,

    /// The certificates (PEM) to trust, and no others [default: those of Mozilla]
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub ca_file: Option<PathBuf>,

    /// Print no progress
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub filters: FilterArguments,
}

const PULL_EXAMPLES: &str = "\
Examples:
  usagebook pull --url https://portal.example.org --to dumps/october --period 2026-10 --token-file token
  usagebook pull --url https://portal.example.org --to dumps/all --parents --jobs 4 --resume";

/// Answer the endpoint's list and retrieve over HTTP, as the portal does
///
/// GET, HEAD and OPTIONS of /api/marketplace-component-user-usages/ and of a record below it, /openapi.json and
/// /healthz. Records are read once; the order is total, so that pages never overlap. Without a token it answers
/// this machine only. Put a proxy that speaks TLS before it where other machines shall ask. What is added to a book
/// or closed in it is served within seconds.
#[derive(Args, Debug)]
#[command(after_long_help = SERVE_EXAMPLES)]
pub struct ServeArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    #[command(flatten)]
    pub serving: ServingArguments,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Serving")]
pub struct ServingArguments {
    /// The address and port to listen on; port 0 for any that is free
    ///
    /// Others than this machine are only answered with a token.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = parse_listen)]
    pub listen: std::net::SocketAddr,

    /// Ask for a token of this file, one a line, or for the one in the environment's USAGEBOOK_TOKEN
    ///
    /// Can be given several times. Clients send it as the header "Authorization: Token …".
    #[arg(long, value_name = "FILE")]
    pub token_file: Vec<PathBuf>,

    /// What the links between pages begin with, where a proxy stands before it [default: as the request names it]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// How many records a page may have; who asks for more gets so many
    #[arg(long, value_name = "RECORDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub page_size_max: u32,

    /// Let pages of this origin call, as https://app.example.org, or * for any; can be given several times
    #[arg(long, value_name = "ORIGIN")]
    pub cors_origin: Vec<String>,

    /// How usage is written: as a number, 12.5, or as a string, "12.50"
    #[arg(long, value_name = "KIND", default_value = "number")]
    pub usage_as: UsageChoice,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  usagebook serve dumps/
  usagebook serve --book usage.book
  usagebook serve dumps/ --listen 0.0.0.0:8080 --token-file tokens.txt
  usagebook serve dumps/ --base-url https://usage.example.org --cors-origin https://app.example.org";

/// Take inputs into a book
///
/// The book is made where there is none. The same inputs again change nothing. Of several versions of a record the
/// newest counts; the latest delivery's names, owners and units hold, in whatever order deliveries are taken in.
#[derive(Args, Debug)]
#[command(after_long_help = ADD_EXAMPLES)]
pub struct AddArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The inputs hold every record of this month: those that they lack are retired; can be given several times
    #[arg(long, value_name = "MONTH")]
    pub complete: Vec<BillingPeriod>,

    /// When the server said so [default: the time of the dump's index, else now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub pulled_at: Option<DateTime<Utc>>,

    /// Let a complete month retire so many records [default: a tenth of the month's]
    #[arg(long, value_name = "N", requires = "complete")]
    pub retire_up_to: Option<u64>,

    /// Keep this list of component usages (/api/marketplace-component-usages/), the parents of records, with it
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    /// A word on where it comes from, for the history
    #[arg(long, value_name = "TEXT")]
    pub label: Option<String>,
}

const ADD_EXAMPLES: &str = "\
Examples:
  usagebook add dumps/2026-10/ --book usage.book --complete 2026-10
  usagebook add october.ndjson --book usage.book --pulled-at 2026-11-02T08:00:00Z --label 'nightly pull'";

/// Print the months of a book: state, records, totals and how sure they are
#[derive(Args, Debug)]
pub struct StatusArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The format
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: BookFormatChoice,
}

/// Close a month: freeze it as version v1
///
/// Records, totals and a SHA-256 over the records are kept for ever. What comes later changes the month's current
/// state only.
#[derive(Args, Debug)]
pub struct CloseArguments {
    /// The month, as 2026-10
    #[arg(value_name = "MONTH")]
    pub month: BillingPeriod,

    #[command(flatten)]
    pub closing: ClosingArguments,

    /// A word on it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
}

/// Make the next version of a closed month
///
/// Earlier versions stay readable. Where no record differs, no version is made.
#[derive(Args, Debug)]
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

#[derive(Args, Debug)]
pub struct ClosingArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,

    /// The cut-off: deliveries up to this time count [default: all, and the time of the month's last one]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub as_of: Option<DateTime<Utc>>,

    /// Close a month that was not over at the cut-off, or that is known to lack records
    #[arg(long)]
    pub accept_incomplete: bool,
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

/// Read every byte of a book and compare it with its checksum, and every figure with the records
#[derive(Args, Debug)]
pub struct VerifyArguments {
    /// The book's folder
    #[arg(long, value_name = "DIR")]
    pub book: PathBuf,
}

/// Print a script that completes commands in a shell
///
/// For bash: usagebook completions bash > ~/.local/share/bash-completion/completions/usagebook
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// What is read, and how.
#[derive(Args, Debug)]
pub struct InputArguments {
    /// Files, folders (read with all folders in them), patterns as "dumps/2026-*.json", or - for standard input
    ///
    /// A dump is one file, or the page files of one folder. Where several show different names or owners, the
    /// last one's hold.
    #[arg(value_name = "INPUT", required_unless_present = "book")]
    pub inputs: Vec<String>,

    /// The zone in which dates are read: an IANA name, as Europe/Tallinn [default: UTC; a book's own]
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone, help_heading = "Reading")]
    pub timezone: Option<chrono_tz::Tz>,

    /// Go on without the records that can not be used, and write them with the reason into this NDJSON file
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub rejects: Option<PathBuf>,

    /// Make the alarm that a dump has lost records a remark
    #[arg(long, help_heading = "Reading")]
    pub accept_incomplete: bool,

    /// How many threads read [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Reading")]
    pub threads: Option<u16>,

    /// Print no progress and no remarks; findings are still printed
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Reading")]
    pub quiet: bool,

    /// Print each file that was read
    #[arg(short, long, help_heading = "Reading")]
    pub verbose: bool,
}

impl InputArguments {
    /// The zone asked for, else UTC.
    pub fn timezone(&self) -> chrono_tz::Tz {
        self.timezone.unwrap_or(chrono_tz::UTC)
    }
}

/// A book in the place of inputs.
#[derive(Args, Debug)]
pub struct BookArguments {
    /// Read this book instead of inputs: each month as it was closed last, or as it is now where it is open
    #[arg(long, value_name = "DIR", help_heading = "Reading",
        conflicts_with_all = ["inputs", "timezone", "rejects", "accept_incomplete", "threads"])]
    pub book: Option<PathBuf>,

    /// The version of the book's months: v1, v2 and so on, now, or a delivery's id
    #[arg(long, value_name = "VERSION", requires = "book", help_heading = "Reading")]
    pub version: Option<Version>,
}

/// Which records count: any value of a filter that is given several times, all filters together.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Filters, each of which can be given several times for any of its values")]
pub struct FilterArguments {
    /// The customer's uuid, with or without dashes
    #[arg(long, value_name = "UUID")]
    pub customer_uuid: Vec<String>,
    /// The project's uuid
    #[arg(long, value_name = "UUID")]
    pub project_uuid: Vec<String>,
    /// The offering's uuid
    #[arg(long, value_name = "UUID")]
    pub offering_uuid: Vec<String>,
    /// The resource's uuid
    #[arg(long, value_name = "UUID")]
    pub resource_uuid: Vec<String>,
    /// The resource's URL
    #[arg(long, value_name = "URL")]
    pub resource: Vec<String>,
    /// The component's type, as cpu_hours
    #[arg(long = "type", value_name = "TYPE")]
    pub component_type: Vec<String>,
    /// Part of the username, in any case
    #[arg(long, value_name = "TEXT")]
    pub username: Vec<String>,
    /// The first day of the records' date
    #[arg(long, value_name = "DATE")]
    pub date_after: Vec<String>,
    /// The last day of the records' date
    #[arg(long, value_name = "DATE")]
    pub date_before: Vec<String>,
    /// The year of the billing period
    #[arg(long, value_name = "YEAR")]
    pub billing_period_year: Vec<String>,
    /// The month of the billing period, 1 to 12
    #[arg(long, value_name = "MONTH")]
    pub billing_period_month: Vec<String>,
    /// The billing period by its first day, as 2026-10-01
    #[arg(long, value_name = "DATE")]
    pub component_usage_billing_period: Vec<String>,
    /// The customer's name; it must be one customer's only
    #[arg(long, value_name = "NAME")]
    pub customer: Vec<String>,
    /// The project's name; it must be one project's only
    #[arg(long, value_name = "NAME")]
    pub project: Vec<String>,
    /// The offering's name; it must be one offering's only
    #[arg(long, value_name = "NAME")]
    pub offering: Vec<String>,
}

impl FilterArguments {
    /// The values of a filter.
    pub fn values(&self, filter: Filter) -> &[String] {
        match filter {
            Filter::CustomerUuid => &self.customer_uuid,
            Filter::ProjectUuid => &self.project_uuid,
            Filter::OfferingUuid => &self.offering_uuid,
            Filter::ResourceUuid => &self.resource_uuid,
            Filter::Resource => &self.resource,
            Filter::Type => &self.component_type,
            Filter::Username => &self.username,
            Filter::DateAfter => &self.date_after,
            Filter::DateBefore => &self.date_before,
            Filter::BillingPeriodYear => &self.billing_period_year,
            Filter::BillingPeriodMonth => &self.billing_period_month,
            Filter::ComponentUsageBillingPeriod => &self.component_usage_billing_period,
            Filter::Customer => &self.customer,
            Filter::Project => &self.project,
            Filter::Offering => &self.offering,
        }
    }
}

/// How a record is written.
#[derive(Args, Debug)]
pub struct RenderingArguments {
    /// Only this field of each record; can be given several times [default: all]
    #[arg(long, value_name = "FIELD")]
    pub field: Vec<String>,

    /// How usage is written in JSON: as a number, 12.5, or as a string, "12.50"
    #[arg(long, value_name = "KIND", default_value = "number")]
    pub usage_as: UsageChoice,
}

/// One report, or a pack of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatChoice {
    Report(Format),
    Pack(PackFormat),
}

/// When the data is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    Date(NaiveDate),
    Time(DateTime<FixedOffset>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareChoice {
    /// One month earlier
    PreviousMonth,
    /// One year earlier
    PreviousYear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PivotChoice {
    Period,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartitionChoice {
    Period,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ParquetDecimalChoice {
    #[value(name = "18")]
    Digits18,
    #[value(name = "38")]
    Digits38,
}

/// How what is known of a book is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BookFormatChoice {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormatChoice {
    Table,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormatChoice {
    Json,
    Ndjson,
    Csv,
    Tsv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UsageChoice {
    Number,
    String,
}

fn format_parser() -> impl clap::builder::TypedValueParser<Value = FormatChoice> {
    let names = Format::ALL.map(Format::name).into_iter().chain(PackFormat::ALL.map(PackFormat::name));
    PossibleValuesParser::new(names).try_map(|name| {
        let pack = PackFormat::ALL.into_iter().find(|format| format.name() == name);
        pack.map_or_else(|| name.parse().map(FormatChoice::Report), |format| Ok(FormatChoice::Pack(format)))
    })
}

fn parse_timezone(text: &str) -> Result<chrono_tz::Tz, &'static str> {
    text.parse().map_err(|_| "expected the IANA name of a time zone, as Europe/Tallinn or UTC")
}

fn parse_listen(text: &str) -> Result<std::net::SocketAddr, &'static str> {
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(text).ok().into_iter().flatten();
    addresses.next().ok_or("expected an address and a port, as 127.0.0.1:8080 or [::1]:8080")
}

fn parse_time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| "expected a time with its offset, as 2026-11-02T08:00:00Z")
}

fn parse_as_of(text: &str) -> Result<AsOf, &'static str> {
    let date = || text.parse().map(AsOf::Date);
    let time = DateTime::parse_from_rfc3339(text).map(AsOf::Time);
    time.or_else(|_| date()).map_err(|_| "expected a date, as 2026-11-23, or a time, as 2026-11-23T10:00:00Z")
}
