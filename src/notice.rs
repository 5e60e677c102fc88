//! What a reader of the figures should know: warnings may make them wrong, notes do not.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::period::{BillingPeriod, day_in_words};

/// One thing noticed about the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Notice {
    /// Whether the figures may be wrong.
    pub severity: Severity,
    /// What was noticed, for programs.
    pub code: Code,
    /// How many records, names, files or months it concerns.
    pub count: u64,
    /// One or two sentences for a finance person: what was seen, what it means, what to do.
    pub message: String,
    /// Some of what it concerns, the most important first; at most [`EXAMPLES_MAX`]. A verdict shows them, a report
    /// does not.
    #[serde(skip)]
    pub examples: Vec<Example>,
    /// Who answers for it, where somebody does: each covers some of its instances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub acknowledgements: Vec<Acknowledgement>,
}

/// How many examples a notice keeps.
pub const EXAMPLES_MAX: usize = 10_000;

/// Somebody looked into instances of a warning, and answers for the figures as they are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    /// The code of the warning.
    pub code: String,
    /// The [`Notice::instances`] that are covered.
    pub instances: BTreeSet<String>,
    /// Why the figures are right, in the user's own words; never empty.
    pub reason: String,
    /// Who says so.
    pub by_whom: String,
    /// When, by the machine's clock.
    pub time: DateTime<Utc>,
}

/// One of the things that a notice is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// The month it is about; `None` if it is about several, or none.
    pub period: Option<BillingPeriod>,
    /// What it is, by the names of the endpoint's fields: `resource_name`, `component_type`, `uuid` …
    pub labels: Vec<(&'static str, String)>,
    /// Plain decimals or counts, each with what it is.
    pub figures: Vec<(&'static str, String)>,
    /// The customer and the resource that it is about, where the labels do not have their uuids: `customer_uuid`,
    /// `resource_uuid`. They are no part of the id, which answers in books refer to.
    pub about: Vec<(&'static str, String)>,
}

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The figures may be wrong: exit status 3.
    Warning,
    /// Worth knowing: exit status 0.
    Note,
}

/// The table: codes with their names in machine-readable output, in the order in which they are listed.
macro_rules! codes {
    ($($(#[$doc:meta])+ $code:ident $name:literal;)*) => {
        /// What was noticed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])+ $code,)*
        }

        impl Code {
            /// In the order in which notices are sorted.
            pub const ALL: [Self; [$(Self::$code),*].len()] = [$(Self::$code),*];

            /// The code in machine-readable output.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$code => $name,)*
                }
            }
        }
    };
}

codes! {
    /// The completeness alarm: a dump has probably lost records.
    Incomplete "incomplete";
    /// Records that were rejected on request.
    Rejected "rejected";
    /// A parent's customer, project, offering or resource is another one than before.
    OwnerRewritten "owner_rewritten";
    /// A parent's unit is another one than before.
    UnitRewritten "unit_rewritten";
    /// A parent's component type or billing period is another one than before.
    ParentRewritten "parent_rewritten";
    /// A month that was asked for, or compared with, has no records.
    EmptyPeriod "empty_period";
    /// A name that was another one in an earlier dump.
    Renamed "renamed";
    /// One name that several uuids share.
    SharedName "shared_name";
    /// Usernames that stand under several customers.
    SharedUsername "shared_username";
    /// Units that look alike but are not the same bytes.
    SimilarUnits "similar_units";
    /// A month that is not over.
    PartialPeriod "partial_period";
    /// A float token that may have lost its hundredths at the server.
    ImpreciseUsage "imprecise_usage";
    /// A billing period derived from `date`.
    DerivedPeriod "derived_period";
    /// A time that names no zone.
    ZonelessTime "zoneless_time";
    /// A field that no record of the endpoint has.
    UnknownField "unknown_field";
    /// A column whose name is spelled in another way than its field.
    RespelledColumn "respelled_column";
    /// A file that was passed over.
    SkippedFile "skipped_file";
    /// Parts of a file that hold other months alone, and were not opened.
    NotOpened "not_opened";
    /// A page that is wholly a copy of another.
    RepeatedPage "repeated_page";
    /// Filters that let no record through.
    NothingMatches "nothing_matches";
    /// A name or component type in a filter that nothing has.
    UnknownName "unknown_name";
    /// Two uuids for one user under one parent in one dump.
    DuplicateKey "duplicate_key";
    /// Records or files that cannot be used.
    Unusable "unusable";
    /// Pages that are not there, by the numbers of those that are.
    MissingPage "missing_page";
    /// Files whose numbers do not tell whether pages are missing.
    UnnumberedPages "unnumbered_pages";
    /// Users that add up to more than their parent.
    UsersExceedParent "users_exceed_parent";
    /// Users whose parent is not among the component usages.
    ParentAbsent "parent_absent";
    /// A parent that the component usages describe in another way.
    ParentDiffers "parent_differs";
    /// One component of one offering in several units.
    UnitChanged "unit_changed";
    /// A negative total of a resource and component.
    NegativeTotal "negative_total";
    /// No usage where there was some in each of the last months.
    MissingUsage "missing_usage";
    /// Usage far beyond what was usual.
    Spike "spike";
    /// Lifetime totals that were reported as months.
    RunningTotal "running_total";
    /// A month's last hours that were reported in the next month.
    ShiftedHours "shifted_hours";
    /// Usage that was reported before its month began.
    DateBeforePeriod "date_before_period";
    /// A month that has not begun.
    FuturePeriod "future_period";
    /// A quantity on an invoice that is not the usage.
    InvoiceDiffers "invoice_differs";
    /// An amount on an invoice that is not what the price list makes of the usage.
    InvoiceAmountDiffers "invoice_amount_differs";
    /// A unit on an invoice that is not that of the usage.
    InvoiceUnitDiffers "invoice_unit_differs";
    /// A quantity on an invoice without usage.
    InvoicedWithoutUsage "invoiced_without_usage";
    /// Usage that is on no invoice.
    UsageNotInvoiced "usage_not_invoiced";
    /// Users that add up to less than their parent.
    UsersShortOfParent "users_short_of_parent";
    /// A parent with usage and no user.
    ParentWithoutUsers "parent_without_users";
    /// A parent of 0 whose users have usage.
    BackfilledParent "backfilled_parent";
    /// Users that exceed their parent by no more than rounding.
    RoundedUsers "rounded_users";
    /// Usage that was reported more than a month after its month.
    DateLongAfterPeriod "date_long_after_period";
    /// Records of negative usage.
    NegativeUsage "negative_usage";
    /// Records of zero usage.
    ZeroUsage "zero_usage";
    /// Components that no invoice bills by usage.
    NotInvoicedByUsage "not_invoiced_by_usage";
    /// Invoice items that are not for usage.
    SkippedInvoiceItem "skipped_invoice_item";
    /// Customers, projects, offerings or resources that an attribute file has no row for.
    WithoutAttributes "without_attributes";
    /// Rows of a file of the user's own that nothing in the report belongs to.
    UnmatchedRow "unmatched_row";
    /// Budgets of money in a currency that no amount is in.
    BudgetCurrency "budget_currency";
    /// Rows that make no posting in a ledger.
    NotPosted "not_posted";
    /// Usage without a price.
    UnpricedUsage "unpriced_usage";
    /// Credits that stand in no report.
    CreditNotPlaced "credit_not_placed";
    /// Prices and exceptions for what no record has.
    PriceWithoutUsage "price_without_usage";
    /// Closed months whose amounts are not kept.
    AmountsNotFrozen "amounts_not_frozen";
    /// Amounts that some months have and others do not.
    AmountsLeftOut "amounts_left_out";
    /// Attributes of closed months that a table, or another closed month, has in another way.
    AttributesFrozen "attributes_frozen";
    /// A delivery to a book that is older than the latest one of its month.
    OlderDelivery "older_delivery";
    /// Component usages of a closed month that later deliveries show in another way.
    ComponentUsagesChanged "component_usages_changed";
    /// A customer that one delivery of a month shows and the next does not.
    CustomerVanished "customer_vanished";
    /// A project under two customers, or a resource under two projects.
    TwoOwners "two_owners";
    /// A dump whose index says that there are no records.
    NoRecords "no_records";
    /// A complete delivery of which nobody knows which customers its token sees.
    UnknownScope "unknown_scope";
}

impl Notice {
    /// Something that may make the figures wrong, without examples.
    pub fn warning(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            code,
            count,
            message: message.into(),
            examples: Vec::new(),
            acknowledgements: Vec::new(),
        }
    }

    /// Something worth knowing, without examples.
    pub fn note(code: Code, count: u64, message: impl Into<String>) -> Self {
        Self { severity: Severity::Note, ..Self::warning(code, count, message) }
    }

    /// The same with some of what it concerns, at most [`EXAMPLES_MAX`].
    pub(crate) fn with_examples(self, examples: Vec<Example>) -> Self {
        Self { examples, ..self }
    }

    /// What it is about, so that it is recognised: the ids of its examples, or one id of the whole where it does not
    /// have them all. An id changes with the figures.
    pub fn instances(&self) -> BTreeSet<String> {
        let is_cut = self.examples.len() == EXAMPLES_MAX && self.count > EXAMPLES_MAX as u64;
        match self.examples.is_empty() || is_cut {
            true => BTreeSet::from([digest(&(self.code, self.count, &self.message))]),
            false => self.examples.iter().map(|example| example.id(self.code)).collect(),
        }
    }

    /// Whether it is about the same as another.
    pub fn is_same(&self, other: &Self) -> bool {
        self.code == other.code && self.instances() == other.instances()
    }

    /// The instances that nobody answers for.
    pub fn open_instances(&self) -> BTreeSet<String> {
        let mut open = self.instances();
        open.retain(|id| !self.acknowledgements.iter().any(|known| known.instances.contains(id)));
        open
    }

    /// Whether it is a warning of which nobody answers for every instance.
    pub fn is_open(&self) -> bool {
        let is_warning = self.severity == Severity::Warning;
        is_warning && (self.acknowledgements.is_empty() || !self.open_instances().is_empty())
    }

    /// `Warning`, `Note`, or what is in between.
    pub fn kind(&self) -> &'static str {
        match self.severity {
            Severity::Warning if self.is_open() => "Warning",
            Severity::Warning => "Acknowledged",
            Severity::Note => "Note",
        }
    }

    /// `Acknowledged by Mari Maasikas on 3 November 2026: confirmed by the provider.`; empty where nobody did.
    pub fn answers(&self) -> String {
        let total = self.instances().len();
        let answer = |known: &Acknowledgement| {
            let of = match known.instances.len() == total {
                true => "Acknowledged".to_owned(),
                false => format!("{} of {total} acknowledged", known.instances.len()),
            };
            let day = day_in_words(known.time.date_naive());
            format!("{of} by {} on {day}: {}.", known.by_whom, known.reason.trim_end_matches('.'))
        };
        self.acknowledgements.iter().map(answer).collect::<Vec<_>>().join(" ")
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
    pub(crate) fn without_records(period: BillingPeriod) -> Self {
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

impl Example {
    /// 16 hex digits that tell it from all others of its notice. Where uuids say what it is, names do not count. Books keep
    /// the ids of what was answered for: what goes into them must not change.
    pub fn id(&self, code: Code) -> String {
        let is_uuid = |name: &str| name.ends_with("uuid") || name == "component_usage";
        let has_uuid = self.labels.iter().any(|(name, _)| is_uuid(name));
        let labels = self.labels.iter().filter(|(name, _)| !(has_uuid && name.ends_with("_name")));
        digest(&(code, self.period, labels.collect::<Vec<_>>(), &self.figures))
    }
}

fn digest(facts: &impl Serialize) -> String {
    let text = serde_json::to_vec(facts).expect("facts are text and numbers");
    Sha256::digest(text)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
