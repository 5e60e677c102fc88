//! What can be typed. Nothing is understood here beyond its form.

mod access;
mod basis;
mod bills;
mod book;
mod changes;
mod check;
mod csv;
#[cfg(feature = "desk")]
mod desk;
mod engine;
mod focus;
#[cfg(any(feature = "desk", feature = "serve"))]
mod listen;
mod month;
mod output;
mod prices;
#[cfg(feature = "pull")]
mod pull;
#[cfg(feature = "query")]
mod query;
mod recipients;
#[cfg(feature = "serve")]
mod serve;
mod stage;
mod statements;

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use usagebook::files::access::Access;
use usagebook::filter::Filter;
use usagebook::usecase::AsOf;
use usagebook::write::{FocusFormat, Format, PackFormat};

pub use self::access::AccessArguments;
pub use self::basis::{BasisArguments, BasisChoice};
pub use self::bills::BillsArguments;
pub use self::book::{
    AcknowledgeArguments, AddArguments, AdjustArguments, BackupArguments, BookArguments, BookFormatChoice,
    CloseArguments, ClosingArguments, HistoryArguments, LockArguments, QuietArguments, RepairArguments,
    RestateArguments, RetractArguments, StatusArguments, VerifyArguments, WhoArguments,
};
pub use self::changes::{DiffArguments, ExplainArguments, LateArguments, RowsFormat, RowsOutputArguments};
pub use self::check::CheckArguments;
pub use self::csv::{CsvArguments, CsvDecimalChoice, CsvProfileChoice, CsvSeparatorChoice};
#[cfg(feature = "desk")]
pub use self::desk::DeskArguments;
pub use self::engine::{EngineArguments, EngineChoice, ReadingEngineArguments};
pub use self::focus::FocusArguments;
pub use self::month::{MonthArguments, MonthChoice, MonthFormatChoice};
pub use self::output::ReportOutputArguments;
pub use self::prices::{
    ExplainPriceArguments, NewPricesArguments, PriceArguments, PricesArguments, PricesCommand, UnpricedChoice,
};
#[cfg(feature = "pull")]
pub use self::pull::PullArguments;
#[cfg(feature = "query")]
pub use self::query::QueryArguments;
pub use self::recipients::RecipientArguments;
#[cfg(feature = "serve")]
pub use self::serve::{ServeArguments, ServingArguments};
pub use self::stage::StageArguments;
pub use self::statements::StatementsArguments;

/// Exact, provable monthly reports from dumps of Waldur's component user usages.
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
  0    done; notes may be on standard error
  1    failed (bad data, disk or network); nothing was changed
  2    the command line was wrong; nothing was changed
  3    done, with warnings on standard error: figures may be wrong, or a book was changed and its report failed
  130  interrupted; nothing was written";

#[derive(Debug, Subcommand)]
pub enum Command {
    Month(Box<MonthArguments>),
    #[cfg(feature = "desk")]
    Desk(DeskArguments),
    Report(Box<ReportArguments>),
    Statements(Box<StatementsArguments>),
    Bills(Box<BillsArguments>),
    Prices(PricesArguments),
    Check(Box<CheckArguments>),
    List(Box<ListArguments>),
    Get(Box<GetArguments>),
    Stage(StageArguments),
    Add(Box<AddArguments>),
    Status(StatusArguments),
    Acknowledge(AcknowledgeArguments),
    Adjust(AdjustArguments),
    Close(CloseArguments),
    Restate(RestateArguments),
    Retract(RetractArguments),
    History(HistoryArguments),
    Verify(VerifyArguments),
    Backup(BackupArguments),
    Repair(RepairArguments),
    Diff(Box<DiffArguments>),
    Late(Box<LateArguments>),
    Explain(Box<ExplainArguments>),
    #[cfg(feature = "query")]
    Query(Box<QueryArguments>),
    #[cfg(feature = "pull")]
    Pull(Box<PullArguments>),
    #[cfg(feature = "serve")]
    Serve(Box<ServeArguments>),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

/// Report usage by month, customer, project, offering and component
///
/// The newest version of each record counts. Usage of different units is never added. Records that cannot be used
/// stop the report, unless --rejects names a file for them.
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
    /// last-month (the last complete month on --as-of).
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,

    /// Open all of a Parquet file, also parts that hold other months alone
    ///
    /// Figures are the same without. Names may be newer with it, and the completeness of the whole file is checked.
    #[arg(long, requires = "period", conflicts_with = "book")]
    pub read_all: bool,

    /// The dimensions to group by, in the order of the columns, as a comma list
    ///
    /// Dimensions are period (or quarter, year, fiscal-year), customer, project, offering, resource, component, user,
    /// and the columns of --attributes. The measured unit is always part of the group. [default:
    /// period,customer,project,offering,component]
    #[arg(long, value_name = "DIMENSIONS")]
    pub by: Option<String>,

    #[command(flatten)]
    pub join: JoinArguments,

    /// Compare usage with an earlier period: adds the usage before, the change, and the change in per cent
    ///
    /// Per cent is change ÷ |usage before|, so that its sign is that of the change: from -5 to 10 is 300.00.
    #[arg(long, value_name = "EARLIER")]
    pub compare: Option<CompareChoice>,

    /// Give each month (or quarter or year) a column instead of a row
    #[arg(long, value_name = "DIMENSION")]
    pub pivot: Option<PivotChoice>,

    /// Keep the N rows with the most usage for each month and unit, and add up the rest as "Others"
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,

    /// Add rows of totals to csv, tsv and ndjson; table, json and markdown always have them
    #[arg(long)]
    pub totals: bool,

    /// The as-of date of the data: a date, or a time with its offset [default: the time of the dump's index, else
    /// this machine's date]
    ///
    /// A month that is incomplete on that day is marked partial and is not compared.
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    /// The month in which fiscal years begin, 1 to 12 [default: the configuration's, else 1]
    #[arg(long, value_name = "MONTH", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub fiscal_year_start: Option<u32>,

    #[command(flatten)]
    pub prices: PriceArguments,

    #[command(flatten)]
    pub explain: ExplainPriceArguments,

    #[command(flatten)]
    pub basis: BasisArguments,

    #[command(flatten)]
    pub filters: FilterArguments,

    #[command(flatten)]
    pub output: ReportOutputArguments,

    #[command(flatten)]
    pub focus: FocusArguments,

    #[command(flatten)]
    pub engine: EngineArguments,
}

const REPORT_EXAMPLES: &str = "\
Examples:
  usagebook report dumps/ --period 2026-10
  usagebook report dumps/ --period last-month --compare previous-month
  usagebook report dumps/ --period 2026-10 -o october.xlsx --users --pseudonyms secret.key
  usagebook report dumps/ --period 2026-10 -o october.html
  usagebook report dumps/ --attributes centres.csv --by period,cost_centre,component
  usagebook report dumps/ --by customer,component --period 2026-Q3 -o q3.csv --csv-profile excel
  usagebook report --book usage.book --period 2026-10
  usagebook report dumps/ --period 2026-10 --prices rates.toml --currency EUR
  usagebook report dumps/ --period 2026-10 --prices rates.toml --format focus-csv --focus-version 1.4 -o focus.csv
  usagebook report dumps/ --partition-by period -o lake/ --manifest lake.json
  usagebook report september/ october/ --rejects rejects.ndjson -o october.json
  usagebook report staged/ --period 2026-10 --print-sql";

/// Tables of the user's own.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Tables of your own")]
pub struct JoinArguments {
    /// Columns of your own, as cost_centre, from a table; can be given several times
    ///
    /// CSV, TSV or a workbook (.xlsx), or a dump of /api/customers/, /api/projects/ or /api/marketplace-offering-users/.
    /// Its first column is customer_uuid, customer_name, project_uuid, project_name, offering_uuid, offering_name,
    /// resource_uuid or resource_name. The others come after the columns of that in every format, and can be used in
    /// --by. Everything without a row in the file is kept, without a value. Offering users have the real name of each
    /// username.
    #[arg(long, value_name = "FILE")]
    pub attributes: Vec<PathBuf>,

    /// Compare with budgets of usage or money, month by month, from a table
    ///
    /// Columns: period (a month); customer_uuid or customer_name, project_uuid or project_name, component_type, if
    /// budgets are by them; measured_unit (or currency, with --prices) and budget. Adds budget, remaining,
    /// used_percent and over_budget. --by must have the dimensions of the budgets; xlsx has a sheet for them.
    #[arg(long, value_name = "FILE")]
    pub budget: Option<PathBuf>,

    /// Write the amounts as ledger postings into this CSV file; needs --prices, and [journal] in the configuration
    ///
    /// Every amount is posted once as debit and once as credit, on the last day of its month. --csv-separator and
    /// --csv-decimal apply to it too.
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// List records as the endpoint lists them, page by page
///
/// Pages never overlap: records that are equal in the requested order are ordered by uuid.
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

/// Print one record as the endpoint does
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

/// Print a script that completes commands in a shell
///
/// For bash: usagebook completions bash > ~/.local/share/bash-completion/completions/usagebook
#[derive(Args, Debug)]
pub struct CompletionsArguments {
    #[arg(value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}

/// Print the manual, or write a manual page for each command
///
/// Without --to, all pages go to standard output: usagebook man | man -l -
#[derive(Args, Debug)]
#[command(after_long_help = MAN_EXAMPLES)]
pub struct ManArguments {
    /// Write usagebook.1 and a page for each command, as usagebook-report.1, into this folder
    ///
    /// The folder is created if it does not exist. Existing pages are replaced.
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

const MAN_EXAMPLES: &str = "\
Examples:
  usagebook man --to ~/.local/share/man/man1
  usagebook man --to man";

/// What is read, and how.
#[derive(Args, Debug)]
pub struct InputArguments {
    /// Files, folders (read with all folders in them), patterns as "dumps/2026-*.json", or - for standard input
    ///
    /// A dump is one file, or the page files of one folder. If several have different names or owners, the last one
    /// counts.
    #[arg(value_name = "INPUT", required_unless_present = "book")]
    pub inputs: Vec<String>,

    /// The configuration: sender, display format, time zone, fiscal year [default: usagebook.toml in the working
    /// folder, if it exists]
    ///
    /// Options take precedence over it, and so does a book's own time zone.
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub config: Option<PathBuf>,

    /// The zone in which dates are read: an IANA name, as Europe/Tallinn [default: a book's own, else the
    /// configuration's, else UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone, help_heading = "Reading")]
    pub timezone: Option<chrono_tz::Tz>,

    /// Continue without rejected records, and write them with their reasons to this NDJSON file
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub rejects: Option<PathBuf>,

    #[command(flatten)]
    pub access: AccessArguments,

    /// Turn the warning that a dump is incomplete into a note
    #[arg(long, help_heading = "Reading")]
    pub accept_incomplete: bool,

    /// How many threads read [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Reading")]
    pub threads: Option<u16>,

    /// Print no progress and no notes; warnings are still printed
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Reading")]
    pub quiet: bool,

    /// Print each file that was read
    #[arg(short, long, help_heading = "Reading")]
    pub verbose: bool,
}

impl InputArguments {
    /// The file for rejected records, and who can read it.
    pub fn rejects(&self) -> Option<(&Path, Access)> {
        self.rejects.as_deref().map(|path| (path, self.access.private()))
    }

    /// The inputs as paths, where they are no patterns.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.inputs.iter().map(Path::new)
    }
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
    /// The customer's name; only one customer may have it
    #[arg(long, value_name = "NAME")]
    pub customer: Vec<String>,
    /// The project's name; only one project may have it
    #[arg(long, value_name = "NAME")]
    pub project: Vec<String>,
    /// The offering's name; only one offering may have it
    #[arg(long, value_name = "NAME")]
    pub offering: Vec<String>,
}

impl FilterArguments {
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

/// One report, a pack of several, or its charges as FOCUS has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatChoice {
    Report(Format),
    Pack(PackFormat),
    Focus(FocusFormat),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompareChoice {
    /// One month earlier
    PreviousMonth,
    /// One year earlier
    PreviousYear,
    /// As many months earlier as --period has, but only those months that are available on both sides
    LikeForLike,
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
    let names = names.chain(FocusFormat::ALL.map(FocusFormat::name));
    PossibleValuesParser::new(names).try_map(|name| {
        let pack = PackFormat::ALL.into_iter().find(|format| format.name() == name).map(FormatChoice::Pack);
        let focus =
            FocusFormat::ALL.into_iter().find(|format| format.name() == name).map(FormatChoice::Focus);
        pack.or(focus).map_or_else(|| name.parse().map(FormatChoice::Report), Ok)
    })
}

fn parse_timezone(text: &str) -> Result<chrono_tz::Tz, &'static str> {
    text.parse().map_err(|_| "expected the IANA name of a time zone, as Europe/Tallinn or UTC")
}

fn parse_as_of(text: &str) -> Result<AsOf, String> {
    text.parse().map_err(|_| format!("expected {}", AsOf::EXPECTED))
}
