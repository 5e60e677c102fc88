//! The columns of reports, statements and journals: one table of what each is called, holds and adds up to.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::currency::Currency;
use crate::dimension::{Attribute, Dimension};
use crate::period::BillingPeriod;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Text: a stretch of time, `2026-10`, `2026-Q4`, `2026` or `fy2026`.
    Time,
    /// Text: 32 hex digits.
    Uuid,
    /// Text of the source: a name, component type or username.
    Name,
    /// Text of the user's own, joined by an attribute file; none if the file has no match.
    Attribute,
    /// Text of our own: a word, a time, a file.
    Text,
    /// Text: the measured unit, byte for byte.
    Unit,
    /// Decimal, in the row's unit: usage or a difference of usages.
    Usage,
    /// Decimal: money of the row's currency.
    Amount,
    /// Text: the code of the row's currency, as ISO 4217 has it; none if nothing has a price.
    Currency,
    /// Decimal: a change or share in per cent, rounded to two places, halves away from zero.
    Percent,
    /// Whole number of records or users.
    Count,
}

impl ColumnKind {
    /// Whether it is a number, which people read from its right end.
    pub fn is_figure(self) -> bool {
        matches!(self, Self::Usage | Self::Amount | Self::Percent | Self::Count)
    }
}

/// Whether the values of a column, in rows of one unit or currency, add up to the value of their total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sum {
    Sum,
    /// Text, or a figure that is computed anew for every line.
    None,
}

/// The table: identity, name in CSV, JSON and Parquet, heading for people, kind, and how it adds up.
macro_rules! columns {
    ($($id:ident $name:literal $heading:literal $kind:ident $sum:ident;)*) => {
        /// Which column it is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ColumnId {
            /// The stretch of time that usage is grouped by.
            Time(Dimension),
            /// What identifies the customer, project, offering or resource that usage is grouped by.
            Uuid(Dimension),
            /// The name, component type, username or attribute that usage is grouped by.
            Label(Dimension),
            /// What the user knows of the customer, project, offering, resource or user before it.
            Attribute(Attribute),
            /// The usage of a stretch of time, where the time goes across.
            UsageIn(Stretch),
            /// The amount of a stretch of time, where the time goes across.
            AmountOf(Stretch),
            /// What was planned: usage, or an amount.
            Budget(Measure),
            /// What is left of what was planned.
            Remaining(Measure),
            /// The file of a customer in a format.
            FileOf(&'static str),
            /// What a customer owes in a currency.
            AmountIn(Currency),
            /// A column of the answer to a query of the user's own.
            Answer(&'static str, ColumnKind),
            $(#[doc = concat!("`", $name, "`")] $id,)*
        }

        impl ColumnId {
            /// The columns of one name each, which no dimension, attribute, month or currency brings.
            pub const FIXED: &[Self] = &[$(Self::$id),*];

            fn row(self) -> Row {
                match self {
                    Self::Time(time) => Row::new(time.columns()[0], time.heading(), ColumnKind::Time, Sum::None),
                    Self::Uuid(of) => Row::new(of.columns()[0], "", ColumnKind::Uuid, Sum::None),
                    Self::Label(of) => {
                        let name = of.columns()[of.columns().len() - 1];
                        Row::new(name, of.heading(), ColumnKind::Name, Sum::None)
                    }
                    Self::Attribute(of) => Row::new(of.name(), "", ColumnKind::Attribute, Sum::None),
                    Self::UsageIn(_) => Row::new("", "", ColumnKind::Usage, Sum::Sum),
                    Self::AmountOf(_) => Row::new("", "", ColumnKind::Amount, Sum::Sum),
                    Self::Budget(measure) => Row::new("budget", "Budget", measure.kind(), Sum::Sum),
                    Self::Remaining(measure) => Row::new("remaining", "Remaining", measure.kind(), Sum::Sum),
                    Self::FileOf(_) => Row::new("file_", "File, ", ColumnKind::Text, Sum::None),
                    Self::AmountIn(_) => Row::new("amount_", "Amount, ", ColumnKind::Amount, Sum::Sum),
                    Self::Answer(name, kind) => Row::new(name, name, kind, Sum::None),
                    $(Self::$id => Row::new($name, $heading, ColumnKind::$kind, Sum::$sum),)*
                }
            }
        }
    };
}

columns! {
    MeasuredUnit        "measured_unit"        "Unit"                 Unit      None;
    Usage               "usage"                "Usage"                Usage     Sum;
    UsageCompared       "usage_compared"       "Usage compared"       Usage     Sum;
    UsageBefore         "usage_before"         "Usage before"         Usage     Sum;
    Change              "change"               "Change"               Usage     None;
    ChangePercent       "change_percent"       "Change %"             Percent   None;
    Currency            "currency"             "Currency"             Currency  None;
    Amount              "amount"               "Amount"               Amount    Sum;
    UnpricedUsage       "unpriced_usage"       "Unpriced usage"       Usage     Sum;
    ChargeCategory      "charge_category"      "Charge category"      Text      None;
    ChargeDescription   "charge_description"   "Charge description"   Text      None;
    UsedPercent         "used_percent"         "Used %"               Percent   None;
    OverBudget          "over_budget"          "Over budget"          Text      None;
    HasBudget           "has_budget"           "Has budget"           Text      None;
    Records             "records"              "Records"              Count     Sum;
    Users               "users"                "Users"                Count     None;
    Kind                "kind"                 "Kind"                 Text      None;
    Cause               "cause"                "Cause"                Text      None;
    Version             "version"              "Version"              Text      None;
    RecordUuid          "uuid"                 "Record UUID"          Uuid      None;
    Modified            "modified"             "Modified"             Text      None;
    Field               "field"                "Field"                Text      None;
    ValueBeforeUuid     "value_before_uuid"    "Value before UUID"    Uuid      None;
    ValueBefore         "value_before"         "Value before"         Name      None;
    ValueUuid           "value_uuid"           "Value UUID"           Uuid      None;
    Value               "value"                "Value"                Name      None;
    RecordsBefore       "records_before"       "Records before"       Count     Sum;
    AmountBefore        "amount_before"        "Amount before"        Amount    Sum;
    AmountChange        "change"               "Change"               Amount    Sum;
    Check               "check"                "Check"                Text      None;
    Figures             "figures"              "Figures"              Text      None;
    AtStake             "at_stake"             "At stake"             Amount    None;
    Message             "message"              "Message"              Text      None;
    Action              "action"               "What to do"           Text      None;
    InstanceId          "id"                   "ID"                   Text      None;
    AmountToDate        "amount_to_date"       "Year to date"         Amount    Sum;
    AmountShare         "amount_share"         "Share"                Percent   None;
    Delivery            "delivery"             "Delivery"             Text      None;
    PulledAt            "pulled_at"            "Pulled at"            Text      None;
    File                "file"                 "File"                 Text      None;
    ComponentUsageUuid  "component_usage_uuid" "Component usage UUID" Uuid      None;
    Price               "price"                "Price"                Text      None;
    Scope               "scope"                "Scope"                Text      None;
    ScopeUsage          "scope_usage"          "Scope usage"          Usage     None;
    Included            "included"             "Included"             Usage     None;
    Arithmetic          "arithmetic"           "Arithmetic"           Text      None;
    ExactAmount         "exact_amount"         "Exact amount"         Text      None;
    PriceCurrency       "price_currency"       "Price currency"       Currency  None;
    ExchangeRate        "exchange_rate"        "Exchange rate"        Text      None;
    Date                "date"                 "Date"                 Text      None;
    Account             "account"              "Account"              Name      None;
    CostCentre          "cost_centre"          "Cost centre"          Name      None;
    Debit               "debit"                "Debit"                Amount    Sum;
    Credit              "credit"               "Credit"               Amount    Sum;
    PostingText         "text"                 "Text"                 Name      None;
    UnitTotals          "totals"               "Totals"               Text      None;
}

/// A row of the table.
struct Row {
    /// Without what [`ColumnId::with_suffix`] adds.
    name: &'static str,
    heading: &'static str,
    kind: ColumnKind,
    sum: Sum,
}

impl Row {
    const fn new(name: &'static str, heading: &'static str, kind: ColumnKind, sum: Sum) -> Self {
        Self { name, heading, kind, sum }
    }
}

impl ColumnId {
    /// The column's name in CSV, JSON and Parquet.
    pub fn name(self) -> Cow<'static, str> {
        self.with_suffix(self.row().name)
    }

    /// The words over the column where people read it.
    pub fn heading(self) -> Cow<'static, str> {
        match self {
            Self::Attribute(attribute) | Self::Label(Dimension::Attribute(attribute)) => {
                let words = attribute.name().split('_').map(|word| if word == "vat" { "VAT" } else { word });
                capitalised(&words.collect::<Vec<_>>().join(" ")).into()
            }
            Self::Uuid(dimension) => format!("{} UUID", dimension.heading()).into(),
            _ => self.with_suffix(self.row().heading),
        }
    }

    /// A text with what tells columns of one row of the table apart.
    fn with_suffix(self, text: &'static str) -> Cow<'static, str> {
        match self {
            Self::UsageIn(stretch) | Self::AmountOf(stretch) => format!("{text}{stretch}").into(),
            Self::FileOf(format) => format!("{text}{format}").into(),
            Self::AmountIn(currency) => format!("{text}{currency}").into(),
            _ => text.into(),
        }
    }

    /// A column of the answer to a query. Its name is kept for the rest of the process, once.
    pub fn answer(name: &str, kind: ColumnKind) -> Self {
        static NAMES: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let known = names.get(name).copied();
        Self::Answer(
            known.unwrap_or_else(|| {
                let name: &'static str = Box::leak(name.into());
                names.insert(name);
                name
            }),
            kind,
        )
    }

    /// What its cells hold, and so how they are aligned and typed.
    pub fn kind(self) -> ColumnKind {
        self.row().kind
    }

    /// Whether the values of rows of one unit or currency add up to the value of their total.
    pub fn adds_up(self) -> bool {
        self.row().sum == Sum::Sum
    }

    /// The dimension that usage is grouped by in this column.
    pub fn dimension(self) -> Option<Dimension> {
        match self {
            Self::Time(dimension) | Self::Uuid(dimension) | Self::Label(dimension) => Some(dimension),
            _ => None,
        }
    }

    /// The column that tells apart what has the same name in this one.
    pub fn uuid(self) -> Option<Self> {
        match self {
            Self::Label(dimension) => Some(Self::Uuid(dimension)),
            Self::ValueBefore => Some(Self::ValueBeforeUuid),
            Self::Value => Some(Self::ValueUuid),
            _ => None,
        }
    }

    /// Whether it says of what kind an amount is: of usage, or a credit.
    pub(crate) fn is_of_charge(self) -> bool {
        matches!(self, Self::ChargeCategory | Self::ChargeDescription)
    }

    /// Whether it is a stretch of time that usage is grouped by.
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Time(_))
    }

    /// Whether it identifies what usage is grouped by.
    pub fn is_uuid(&self) -> bool {
        matches!(self, Self::Uuid(_))
    }

    /// Whether it names what usage is grouped by.
    pub fn is_label(&self) -> bool {
        matches!(self, Self::Label(_))
    }
}

/// The text with a capital letter first.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The column's name.
impl fmt::Display for ColumnId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// Figures that are added up apart from one another by what they are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Usage, told apart by the measured unit.
    Usage,
    /// Money, told apart by the currency.
    Amount,
}

impl Measure {
    /// The column that says what the figures are of.
    pub fn key(self) -> ColumnId {
        match self {
            Self::Usage => ColumnId::MeasuredUnit,
            Self::Amount => ColumnId::Currency,
        }
    }

    /// The column of the figures.
    pub fn value(self) -> ColumnId {
        match self {
            Self::Usage => ColumnId::Usage,
            Self::Amount => ColumnId::Amount,
        }
    }

    fn kind(self) -> ColumnKind {
        self.value().kind()
    }
}

/// A stretch of time that usage is grouped by, numbered so that later ones have greater numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// Month, quarter, year or fiscal year.
    pub(crate) dimension: Dimension,
    /// Months since January of year 0, as of [`BillingPeriod::number`]; quarters likewise; or the year itself.
    pub(crate) number: u32,
}

impl Stretch {
    /// A month.
    pub fn month(period: BillingPeriod) -> Self {
        Self { dimension: Dimension::Period, number: period.number() as u32 }
    }
}

/// `2026-10`, `2026-Q4`, `2026`, `fy2026`.
impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let number = self.number;
        match self.dimension {
            Dimension::Quarter => write!(f, "{:04}-Q{}", number / 4, number % 4 + 1),
            Dimension::Year => write!(f, "{number:04}"),
            Dimension::FiscalYear => write!(f, "fy{number:04}"),
            _ => BillingPeriod::from_number(number as i32).fmt(f),
        }
    }
}
