//! What a reader of the figures should know: warnings may make them wrong, notes do not.

use chrono::NaiveDate;
use serde::Serialize;

use crate::period::{BillingPeriod, day_in_words};

/// One thing noticed about the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    pub severity: Severity,
    pub code: Code,
    /// How many records, names, files or months it concerns.
    pub count: u64,
    /// One or two sentences for a finance person: what was seen, what it means, what to do.
    pub message: String,
    /// Some of what it concerns, the most important first; at most [`EXAMPLES_MAX`]. A verdict shows them, a report
    /// does not.
    #[serde(skip)]
    pub examples: Vec<Example>,
}

/// How many examples a notice keeps.
pub const EXAMPLES_MAX: usize = 100;

/// One of the things that a notice is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    pub period: Option<BillingPeriod>,
    /// What it is, by the names of the endpoint's fields: `resource_name`, `component_type`, `uuid` …
    pub labels: Vec<(&'static str, String)>,
    /// Plain decimals or counts, each with what it is.
    pub figures: Vec<(&'static str, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The figures may be wrong: exit status 3.
    Warning,
    /// Worth knowing: exit status 0.
    Note,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Code {
    /// The completeness alarm: a dump has probably lost records.
    Incomplete,
    /// Records that were rejected on request.
    Rejected,
    /// A parent's customer, project, offering or resource is another one than before.
    OwnerRewritten,
    /// A parent's unit is another one than before.
    UnitRewritten,
    /// A parent's component type or billing period is another one than before.
    ParentRewritten,
    /// A month that was asked for, or compared with, has no records.
    EmptyPeriod,
    /// A name that was another one in an earlier dump.
    Renamed,
    /// One name that several uuids share.
    SharedName,
    /// Usernames that stand under several customers.
    SharedUsername,
    /// Units that look alike but are not the same bytes.
    SimilarUnits,
    /// A month that is not over.
    PartialPeriod,
    /// A float token that may have lost its hundredths at the server.
    ImpreciseUsage,
    /// A billing period derived from `date`.
    DerivedPeriod,
    /// A time that names no zone.
    ZonelessTime,
    /// A field that no record of the endpoint has.
    UnknownField,
    /// A column whose name is spelled in another way than its field.
    RespelledColumn,
    /// A file that was passed over.
    SkippedFile,
    /// A page that is wholly a copy of another.
    RepeatedPage,
    /// Filters that let no record through.
    NothingMatches,
    /// Two uuids for one user under one parent in one dump.
    DuplicateKey,
    /// Records or files that cannot be used.
    Unusable,
    /// Pages that are not there, by the numbers of those that are.
    MissingPage,
    /// Files whose numbers do not tell whether pages are missing.
    UnnumberedPages,
    /// Users that add up to more than their parent.
    UsersExceedParent,
    /// Users whose parent is not among the component usages.
    ParentAbsent,
    /// A parent that the component usages describe in another way.
    ParentDiffers,
    /// One component of one offering in several units.
    UnitChanged,
    /// A negative total of a resource and component.
    NegativeTotal,
    /// No usage where there was some in each of the last months.
    MissingUsage,
    /// Usage far beyond what was usual.
    Spike,
    /// Lifetime totals that were reported as months.
    RunningTotal,
    /// A month's last hours that were reported in the next month.
    ShiftedHours,
    /// Usage that was reported before its month began.
    DateBeforePeriod,
    /// A month that has not begun.
    FuturePeriod,
    /// A quantity on an invoice that is not the usage.
    InvoiceDiffers,
    /// A unit on an invoice that is not that of the usage.
    InvoiceUnitDiffers,
    /// A quantity on an invoice without usage.
    InvoicedWithoutUsage,
    /// Usage that is on no invoice.
    UsageNotInvoiced,
    /// Users that add up to less than their parent.
    UsersShortOfParent,
    /// A parent with usage and no user.
    ParentWithoutUsers,
    /// A parent of 0 whose users have usage.
    BackfilledParent,
    /// Users that exceed their parent by no more than rounding.
    RoundedUsers,
    /// Usage that was reported more than a month after its month.
    DateLongAfterPeriod,
    /// Records of negative usage.
    NegativeUsage,
    /// Records of zero usage.
    ZeroUsage,
    /// Components that no invoice bills by usage.
    NotInvoicedByUsage,
    /// Invoice items that are not for usage.
    SkippedInvoiceItem,
    /// Customers, projects, offerings or resources that an attribute file has no row for.
    WithoutAttributes,
    /// Rows of a file of the user's own that nothing in the report belongs to.
    UnmatchedRow,
    /// Budgets of money in a currency that no amount is in.
    BudgetCurrency,
    /// Rows that make no posting in a ledger.
    NotPosted,
    /// Usage without a price.
    UnpricedUsage,
    /// Credits that stand in no report.
    CreditNotPlaced,
    /// Prices and exceptions for what no record has.
    PriceWithoutUsage,
    /// A delivery to a book that is older than the latest one of its month.
    OlderDelivery,
    /// A customer that one delivery of a month shows and the next does not.
    CustomerVanished,
    /// A project under two customers, or a resource under two projects.
    TwoOwners,
    /// A dump whose index says that there are no records.
    NoRecords,
    /// A complete delivery of which nobody knows which customers its token sees.
    UnknownScope,
}

impl Code {
    pub const ALL: [Self; 59] = [
        Self::Incomplete,
        Self::Rejected,
        Self::OwnerRewritten,
        Self::UnitRewritten,
        Self::ParentRewritten,
        Self::EmptyPeriod,
        Self::Renamed,
        Self::SharedName,
        Self::SharedUsername,
        Self::SimilarUnits,
        Self::PartialPeriod,
        Self::ImpreciseUsage,
        Self::DerivedPeriod,
        Self::ZonelessTime,
        Self::UnknownField,
        Self::RespelledColumn,
        Self::SkippedFile,
        Self::RepeatedPage,
        Self::NothingMatches,
        Self::DuplicateKey,
        Self::Unusable,
        Self::MissingPage,
        Self::UnnumberedPages,
        Self::UsersExceedParent,
        Self::ParentAbsent,
        Self::ParentDiffers,
        Self::UnitChanged,
        Self::NegativeTotal,
        Self::MissingUsage,
        Self::Spike,
        Self::RunningTotal,
        Self::ShiftedHours,
        Self::DateBeforePeriod,
        Self::FuturePeriod,
        Self::InvoiceDiffers,
        Self::InvoiceUnitDiffers,
        Self::InvoicedWithoutUsage,
        Self::UsageNotInvoiced,
        Self::UsersShortOfParent,
        Self::ParentWithoutUsers,
        Self::BackfilledParent,
        Self::RoundedUsers,
        Self::DateLongAfterPeriod,
        Self::NegativeUsage,
        Self::ZeroUsage,
        Self::NotInvoicedByUsage,
        Self::SkippedInvoiceItem,
        Self::WithoutAttributes,
        Self::UnmatchedRow,
        Self::BudgetCurrency,
        Self::NotPosted,
        Self::UnpricedUsage,
        Self::CreditNotPlaced,
        Self::PriceWithoutUsage,
        Self::OlderDelivery,
        Self::CustomerVanished,
        Self::TwoOwners,
        Self::NoRecords,
        Self::UnknownScope,
    ];

    /// The code as it stands in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Rejected => "rejected",
            Self::OwnerRewritten => "owner_rewritten",
            Self::UnitRewritten => "unit_rewritten",
            Self::ParentRewritten => "parent_rewritten",
            Self::EmptyPeriod => "empty_period",
            Self::Renamed => "renamed",
            Self::SharedName => "shared_name",
            Self::SharedUsername => "shared_username",
            Self::SimilarUnits => "similar_units",
            Self::PartialPeriod => "partial_period",
            Self::ImpreciseUsage => "imprecise_usage",
            Self::DerivedPeriod => "derived_period",
            Self::ZonelessTime => "zoneless_time",
            Self::UnknownField => "unknown_field",
            Self::RespelledColumn => "respelled_column",
            Self::SkippedFile => "skipped_file",
            Self::RepeatedPage => "repeated_page",
            Self::NothingMatches => "nothing_matches",
            Self::DuplicateKey => "duplicate_key",
            Self::Unusable => "unusable",
            Self::MissingPage => "missing_page",
            Self::UnnumberedPages => "unnumbered_pages",
            Self::UsersExceedParent => "users_exceed_parent",
            Self::ParentAbsent => "parent_absent",
            Self::ParentDiffers => "parent_differs",
            Self::UnitChanged => "unit_changed",
            Self::NegativeTotal => "negative_total",
            Self::MissingUsage => "missing_usage",
            Self::Spike => "spike",
            Self::RunningTotal => "running_total",
            Self::ShiftedHours => "shifted_hours",
            Self::DateBeforePeriod => "date_before_period",
            Self::FuturePeriod => "future_period",
            Self::InvoiceDiffers => "invoice_differs",
            Self::InvoiceUnitDiffers => "invoice_unit_differs",
            Self::InvoicedWithoutUsage => "invoiced_without_usage",
            Self::UsageNotInvoiced => "usage_not_invoiced",
            Self::UsersShortOfParent => "users_short_of_parent",
            Self::ParentWithoutUsers => "parent_without_users",
            Self::BackfilledParent => "backfilled_parent",
            Self::RoundedUsers => "rounded_users",
            Self::DateLongAfterPeriod => "date_long_after_period",
            Self::NegativeUsage => "negative_usage",
            Self::ZeroUsage => "zero_usage",
            Self::NotInvoicedByUsage => "not_invoiced_by_usage",
            Self::SkippedInvoiceItem => "skipped_invoice_item",
            Self::WithoutAttributes => "without_attributes",
            Self::UnmatchedRow => "unmatched_row",
            Self::BudgetCurrency => "budget_currency",
            Self::NotPosted => "not_posted",
            Self::UnpricedUsage => "unpriced_usage",
            Self::CreditNotPlaced => "credit_not_placed",
            Self::PriceWithoutUsage => "price_without_usage",
            Self::OlderDelivery => "older_delivery",
            Self::CustomerVanished => "customer_vanished",
            Self::TwoOwners => "two_owners",
            Self::NoRecords => "no_records",
            Self::UnknownScope => "unknown_scope",
        }
    }
}

impl Notice {
    pub fn warning(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, code, count, message: message.into(), examples: Vec::new() }
    }

    pub fn note(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::warning(code, count, message) }
    }

    pub fn with_examples(self, examples: Vec<Example>) -> Self {
        Self { examples, ..self }
    }

    /// A month with records that was not over.
    pub fn partial_period(period: BillingPeriod, as_of: NaiveDate) -> Self {
        let text = format!(
            "{} was not over on {}: its figures are partial and are not compared.",
            period.in_words(),
            day_in_words(as_of)
        );
        Self::note(Code::PartialPeriod, 1, text)
    }

    /// A month that was asked for and is known to have no record.
    pub fn without_records(period: BillingPeriod) -> Self {
        let text =
            format!("{} has no record: the server counted none when it was downloaded.", period.in_words());
        Self::note(Code::EmptyPeriod, 1, text)
    }

    /// A month that was asked for and has no record.
    pub fn empty_period(period: BillingPeriod) -> Self {
        let month = period.in_words();
        let text = format!("{month} was asked for, but the input has no record of it. Download that month.");
        Self::warning(Code::EmptyPeriod, 1, text)
    }
}
