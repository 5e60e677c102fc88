//! What to compute and what came out. Nothing about looks: no width, no colour, no heading.

mod basis;
mod column;
mod namesakes;
mod section;
mod state;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use polars::prelude::DataFrame;
use serde::{Deserialize, Serialize};

use crate::amount::Amount;
use crate::dimension::{BILL_ATTRIBUTES, Dimension};
use crate::error::{Error, Result};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::text::{counted, grouped};

pub use self::basis::{Based, Basis, UsersBecause};
pub(crate) use self::column::capitalised;
pub use self::column::{ColumnId, ColumnKind, Measure, Stretch};
pub use self::namesakes::Namesakes;
pub(crate) use self::section::SectionColumn;
pub use self::section::{Cell, Cells, Section};
pub use self::state::{MonthState, Status};

/// What to compute.
#[derive(Clone, Debug)]
pub struct ReportSpec {
    /// In the order of the columns and of the rows.
    pub by: Vec<Dimension>,
    /// The months to report on; none for all that there are.
    pub period: Option<PeriodRange>,
    /// The day that the figures are of, and where fiscal years begin.
    pub calendar: Calendar,
    /// `None` for figures without earlier ones.
    pub comparison: Option<Comparison>,
    /// One column of usage for each stretch of time, instead of one row.
    pub is_pivoted: bool,
    /// Keep that many rows for each stretch of time and unit, and sum the rest up as "Others".
    pub top: Option<usize>,
}

impl ReportSpec {
    /// The usual report: by period, customer, project, offering and component, of all months that there are.
    pub fn monthly(as_of: NaiveDate) -> Self {
        Self {
            by: Dimension::DEFAULT.to_vec(),
            period: None,
            calendar: Calendar { as_of, fiscal_year_start: 1 },
            comparison: None,
            is_pivoted: false,
            top: None,
        }
    }
}

/// The earlier time that usage is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The month before, for each month.
    PreviousMonth,
    /// The same month a year before, for each month.
    PreviousYear,
    /// As many months earlier as the period has.
    PreviousPeriod {
        /// How many months the period has.
        months: i32,
    },
    /// The same, of only those months that are available on both sides.
    LikeForLike {
        /// How many months the period has.
        months: i32,
    },
}

impl Comparison {
    /// How many months earlier.
    pub fn months(self) -> i32 {
        match self {
            Self::PreviousMonth => 1,
            Self::PreviousYear => 12,
            Self::PreviousPeriod { months } | Self::LikeForLike { months } => months,
        }
    }
}

/// Which months a report compares with earlier ones, and why it leaves others out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Whether only some months of a period are compared, so that their usage is a column of its own.
    pub is_like_for_like: bool,
    /// The months whose usage is compared, in order.
    pub months: Vec<BillingPeriod>,
    /// The months that they are compared with, in order.
    pub months_before: Vec<BillingPeriod>,
    /// The months that were to be compared and are not.
    pub left_out: Vec<LeftOut>,
}

/// Months that are not compared, because a side of the comparison is not there in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The months that would have to be available.
    pub range: PeriodRange,
    /// How many of them are.
    pub available: usize,
    /// Whether they are the earlier ones.
    pub is_before: bool,
    /// Whether one of them is not over.
    pub is_running: bool,
}

impl LeftOut {
    /// `2 of 12 months available`, `not available`, `not over`.
    pub fn reason(&self) -> String {
        match (self.range.months(), self.is_running) {
            (1, true) => "not over".to_owned(),
            (1, false) => "not available".to_owned(),
            (months, _) => format!("{} of {months} months available", self.available),
        }
    }
}

/// `January to December 2025: 2 of 12 months available`
impl std::fmt::Display for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}: {}", self.range.in_words(), self.reason())
    }
}

/// `2025-01..2025-12: 2 of 12 months available`, for programs.
impl Serialize for LeftOut {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}: {}", self.range, self.reason()))
    }
}

impl Compared {
    /// Whether nothing at all is compared.
    pub fn is_empty(&self) -> bool {
        self.months.is_empty()
    }

    /// The warning that earlier months are missing; `None` if none is.
    pub fn notice(&self) -> Option<Notice> {
        let is_excused = self.is_like_for_like && !self.is_empty();
        let before: Vec<&LeftOut> = self.left_out.iter().filter(|left_out| left_out.is_before).collect();
        let missing: usize =
            before.iter().map(|left_out| left_out.range.months() as usize - left_out.available).sum();
        if is_excused || missing == 0 {
            return None;
        }
        let named: Vec<String> = before.iter().take(LEFT_OUT_MAX).map(ToString::to_string).collect();
        let more = match before.len() - named.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let is_partly_there = self.left_out.iter().any(|left_out| left_out.available > 0);
        let remedy = match is_partly_there && !self.is_like_for_like {
            true => ", or compare like for like, only the months that are available on both sides",
            false => "",
        };
        let text = format!(
            "The comparison with the earlier period is left out ({}{more}). Add the missing months{remedy}.",
            named.join("; ")
        );
        Some(Notice::warning(Code::EmptyPeriod, missing as u64, text))
    }

    /// `Not compared (January to December 2025: 2 of 12 months available)`; `None` if everything asked for is compared.
    pub(crate) fn left_out_text(&self) -> Option<String> {
        let named: Vec<String> = self.left_out.iter().take(LEFT_OUT_MAX).map(LeftOut::to_string).collect();
        let more = match self.left_out.len() - named.len() {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        (!named.is_empty()).then(|| format!("Not compared ({}{more})", named.join("; ")))
    }
}

/// How many stretches of time a text names.
const LEFT_OUT_MAX: usize = 5;

/// `2026-01..2026-03, 2026-05`: months in order, as few ranges as possible.
pub(crate) fn ranges_text(months: &[BillingPeriod]) -> String {
    ranges(months).map(|range| range.to_string()).collect::<Vec<_>>().join(", ")
}

/// `January to March 2026, May 2026`.
pub(crate) fn ranges_in_words(months: &[BillingPeriod]) -> String {
    ranges(months).map(PeriodRange::in_words).collect::<Vec<_>>().join(", ")
}

fn ranges(months: &[BillingPeriod]) -> impl Iterator<Item = PeriodRange> {
    let runs = months.chunk_by(|a, b| a.plus_months(1) == *b);
    runs.map(|run| PeriodRange { start: run[0], end: run[run.len() - 1].plus_months(1) })
}

/// What came out: every output format draws this one, none computes.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the rows are of, in the order of their columns.
    pub by: Vec<Dimension>,
    /// The columns of `rows`, `subtotals` and `totals` alike.
    pub columns: Vec<ColumnId>,
    /// One row a group, sorted by the dimensions in their order (names first, then uuids), then by unit.
    pub rows: Section,
    /// One row for each customer (within the dimensions before it) and unit, where customer is a dimension but
    /// not the last one. Sorted as the rows are; the columns of the dimensions behind the customer are empty.
    pub subtotals: Section,
    /// One row for each stretch of time and unit where time is a dimension and there is more than one, then one
    /// for each unit over all.
    pub totals: Section,
    /// Where the figures come from, and what to know of them.
    pub provenance: Provenance,
}

impl Report {
    /// The index of a column; `None` if the report does not have it.
    pub fn column(&self, id: ColumnId) -> Option<usize> {
        self.columns.iter().position(|column| *column == id)
    }

    /// With words for people in rows that no user has, instead of no username.
    pub(crate) fn in_words(mut self) -> Self {
        let columns = (self.column(ColumnId::Label(Dimension::User)), self.column(ColumnId::MeasuredUnit));
        if let (Some(user), Some(unit)) = columns {
            self.rows.name_rest(user, unit, NOT_ATTRIBUTED);
        }
        self
    }

    /// Without the columns that only address bills. What rows are of stays, whatever it is called.
    pub(crate) fn without_addresses(mut self) -> Self {
        let is_address = |column: &ColumnId| matches!(column, ColumnId::Attribute(attribute) if BILL_ATTRIBUTES.contains(&attribute.name()));
        let is_kept: Vec<bool> = self.columns.iter().map(|column| !is_address(column)).collect();
        for section in [&mut self.rows, &mut self.subtotals, &mut self.totals] {
            section.retain(&is_kept);
        }
        self.columns.retain(|column| !is_address(column));
        self
    }

    /// The rows, without subtotals and totals, as a polars frame of the report's columns.
    ///
    /// Text is `String`, usage, changes and percentages are `Decimal(38, 2)`, amounts `Decimal(38, 3)`, and numbers of
    /// records and users `UInt64`. All of them are exact; null is a value that there is not.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// use usagebook::polars::prelude::DataType;
    /// use usagebook::usecase::{Layout, Question, ReportQuestion, Source, report};
    /// use usagebook::{Dimension, Progress, ReadRequest};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let inputs = Source::Inputs(ReadRequest::new(["fixtures/real/complete"]));
    /// let clock = "2026-11-23T10:00:00Z".parse().expect("a time");
    /// let question = ReportQuestion::new(Question::new(inputs, clock), Layout::by(vec![Dimension::Period]));
    /// let frame = report(&question, &Arc::new(Progress::default()))?.result.to_polars()?;
    /// assert_eq!(frame.get_column_names(), ["period", "measured_unit", "usage", "records", "users"]);
    /// assert_eq!(frame.column("usage")?.dtype(), &DataType::Decimal(38, 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Memory that there is not.
    pub fn to_polars(&self) -> Result<DataFrame> {
        self.rows.to_polars(&self.columns).map_err(|error| Error::Frame { reason: error.to_string() })
    }
}

/// What people read instead of a username in rows that no user has.
pub(crate) const NOT_ATTRIBUTED: &str = "Not attributed to users";

/// Where the figures come from and how sure they are.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// The version of usagebook that made the figures.
    pub tool_version: &'static str,
    /// The months asked for; none for all.
    pub period: Option<PeriodRange>,
    /// The day on which the data is seen: a month that is not over by then is partial.
    pub as_of: NaiveDate,
    /// The zone in which dates are read.
    pub timezone: chrono_tz::Tz,
    /// The filters by their names, in the order of the filters' list.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// What usage and amounts are made of.
    pub based: Based,
    /// Where every record went that was read.
    pub accounting: Accounting,
    /// Warnings first, then by code.
    pub notices: Vec<Notice>,
    /// The months in the report that were not over at `as_of`.
    pub partial_periods: Vec<BillingPeriod>,
    /// What usage is compared with; `None` if a comparison is not part of the report.
    pub comparison: Option<Compared>,
    /// Where the report is made from a book: which state of each month.
    pub states: Vec<MonthState>,
    /// Where the amounts come from; none if usage has no prices.
    pub pricing: Option<Pricing>,
}

/// Where amounts come from, and what they come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pricing {
    /// The file of the prices.
    pub price_list: PricingFile,
    /// The table of rates by which amounts were converted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_rates: Option<PricingFile>,
    /// The currency that all amounts are converted to; `None` if each keeps that of its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `up, to 0.01, each charge line`.
    pub rounding: String,
    /// The same by currency, with the step of that currency alone.
    #[serde(skip)]
    pub roundings: BTreeMap<String, String>,
    /// What becomes of usage without a price: `zero`, `omit`, or none if that is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpriced: Option<Unpriced>,
    /// Whether the price list has credits: then rows say which of them are.
    pub has_credits: bool,
    /// The closed months whose amounts are those that they were closed with, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frozen: Vec<FrozenPrices>,
    /// One for each currency, in order.
    pub totals: Vec<MoneyTotal>,
    /// One for each month and currency, in order.
    pub months: Vec<MoneyTotal>,
}

impl Pricing {
    /// `October 2026 (version 1, prices.toml)`, one for each closed month; `None` if none was closed with prices.
    pub fn frozen_text(&self) -> Option<String> {
        let of_month = |FrozenPrices { period, version, price_list, .. }: &FrozenPrices| {
            format!("{} (version {version}, {})", period.in_words(), price_list.name())
        };
        let texts: Vec<String> = self.frozen.iter().map(of_month).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }

    /// How amounts of a currency are rounded: `up, to 0.01, each charge line`.
    pub fn rounding_of(&self, currency: &str) -> &str {
        self.roundings.get(currency).unwrap_or(&self.rounding)
    }
}

/// A file that prices or rates were read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PricingFile {
    /// The path as it was given.
    pub path: String,
    /// 64 hex digits, over the file's bytes.
    pub sha256: String,
}

impl PricingFile {
    /// Its name without its folders, as a reader of figures needs it.
    pub fn name(&self) -> &str {
        self.path.rsplit(['/', '\\']).next().unwrap_or(&self.path)
    }
}

/// What FOCUS calls money beside usage: a credit, or an adjustment that a customer pays.
pub(crate) fn charge_category(amount: Amount) -> &'static str {
    if amount > Amount::ZERO { "Adjustment" } else { "Credit" }
}

/// What a closed month's amounts are made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrozenPrices {
    /// The month.
    pub period: BillingPeriod,
    /// The version that it was closed as, from 1.
    pub version: u32,
    /// The file of the prices, as the book keeps it.
    pub price_list: PricingFile,
    /// The table of rates, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_rates: Option<PricingFile>,
}

/// What becomes of usage without a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unpriced {
    /// Its amount is zero.
    Zero,
    /// It has no amount.
    Omit,
}

/// What the amounts of a report come to in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MoneyTotal {
    /// `None` for all months together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period: Option<BillingPeriod>,
    /// Its code in ISO 4217.
    pub currency: String,
    /// Of usage and credits together.
    pub amount: Amount,
    /// Of credits alone: zero or below.
    pub credits: Amount,
    /// The rounded amounts of the charge lines that the report has records of less the exact ones, with all decimals;
    /// none in a statement, of whose customer alone it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding_difference: Option<String>,
}

impl Provenance {
    /// What the figures are made of, if they have prices or are not made of records alone.
    pub fn shown_basis(&self) -> Option<&Based> {
        let is_shown = self.pricing.is_some() || self.based.on == Basis::ComponentUsage;
        is_shown.then_some(&self.based)
    }

    /// Where every record went, and what the figures are made of.
    pub fn accounting_text(&self) -> String {
        match self.shown_basis() {
            Some(based) => format!("{}; figures are made of {based}", self.accounting),
            None => self.accounting.to_string(),
        }
    }

    /// Puts more notices among those that there are.
    pub(crate) fn add_notices(&mut self, notices: impl IntoIterator<Item = Notice>) {
        self.notices.extend(notices);
        self.notices.sort();
    }
}

/// Where every record went: the first number is the sum of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// Records that inputs have, in files that could be read; from a book, the rows of its months.
    pub read: u64,
    /// Those in the answer.
    pub kept: u64,
    /// Those of which the inputs have a newer version.
    pub older_versions: u64,
    /// Those that are, version by version, there once more.
    pub exact_repeats: u64,
    /// Called `set_aside` in books of earlier programs.
    #[serde(alias = "set_aside")]
    pub rejected: u64,
    /// Those of other months or that do not pass the filters.
    pub filtered_out: u64,
    /// Beside those that were read: records of other months, in parts of files that were not opened.
    #[serde(default)]
    pub not_opened: u64,
}

impl Accounting {
    /// Whether no record was lost on the way.
    pub fn is_balanced(&self) -> bool {
        self.read == self.kept + self.older_versions + self.exact_repeats + self.rejected + self.filtered_out
    }

    /// The same once filters let so many of the kept records through.
    pub(crate) fn filtered_to(self, kept: u64) -> Self {
        Self { kept, filtered_out: self.filtered_out + self.kept.saturating_sub(kept), ..self }
    }
}

/// `22,085 records read: 1,413 used, 20,233 not asked for, 0 replaced by newer versions, 439 repeated, 0 rejected`, and
/// `; 19,549,663 of other months not opened` where there are such.
impl std::fmt::Display for Accounting {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(
            f,
            "{} read: {} used, {} not asked for, {} replaced by newer versions, {} repeated, {} rejected",
            counted(self.read, "record"),
            grouped(self.kept),
            grouped(self.filtered_out),
            grouped(self.older_versions),
            grouped(self.exact_repeats),
            grouped(self.rejected),
        )?;
        match self.not_opened {
            0 => Ok(()),
            not_opened => write!(f, "; {} of other months not opened", grouped(not_opened)),
        }
    }
}
