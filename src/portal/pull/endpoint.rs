//! The two endpoints that are pulled: their paths, the filters that slice them, the orders they know.

use serde::Deserialize;

/// A list of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `marketplace-component-user-usages`: the records.
    UserUsages,
    /// `marketplace-component-usages`: their parents.
    ComponentUsages,
}

/// A field that splits a slice further, from few values to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Splitter {
    Customer,
    Project,
    Offering,
    Resource,
    Type,
}

impl Endpoint {
    pub fn path(self) -> &'static str {
        match self {
            Self::UserUsages => "/api/marketplace-component-user-usages/",
            Self::ComponentUsages => "/api/marketplace-component-usages/",
        }
    }

    /// The filter by the first day of the billing period.
    pub fn period_filter(self) -> &'static str {
        match self {
            Self::UserUsages => "component_usage__billing_period",
            Self::ComponentUsages => "billing_period",
        }
    }

    /// The orders in which a slice is read, the best first: few ties, and untouched by usage that is overwritten.
    pub fn orders(self) -> &'static [&'static str] {
        match self {
            Self::UserUsages => &["username,-usage", "-username,usage", "usage,username", "-usage,-username"],
            Self::ComponentUsages => &["-usage", "usage"],
        }
    }

    /// The orders that bring the first and the last month to the front.
    pub fn period_orders(self) -> [&'static str; 2] {
        match self {
            Self::UserUsages => ["component_usage__billing_period", "-component_usage__billing_period"],
            Self::ComponentUsages => ["billing_period", "-billing_period"],
        }
    }
}

impl Splitter {
    pub const COUNT: usize = 5;

    pub const ALL: [Self; Self::COUNT] =
        [Self::Customer, Self::Project, Self::Offering, Self::Resource, Self::Type];

    pub fn filter(self) -> &'static str {
        match self {
            Self::Customer => "customer_uuid",
            Self::Project => "project_uuid",
            Self::Offering => "offering_uuid",
            Self::Resource => "resource_uuid",
            Self::Type => "type",
        }
    }
}

/// A value that nothing has, for each filter: a server that knows the filter counts none.
pub fn impossible_value(filter: &str) -> &'static str {
    match filter {
        "component_usage__billing_period" | "billing_period" | "date_before" => "1900-01-01",
        "date_after" => "2999-12-31",
        "billing_period_year" => "1900",
        "billing_period_month" => "13",
        "customer_uuid" | "project_uuid" | "offering_uuid" | "resource_uuid" => {
            "00000000000000000000000000000000"
        }
        _ => "no-such-value-90f1c6d2a7b3",
    }
}

/// What a pull looks at in a record; everything else is stored unread.
#[derive(Debug, Deserialize)]
pub struct RawFacts<'a> {
    #[serde(borrow)]
    pub uuid: Text<'a>,
    /// Of a user usage: its parent, and the user under it, of whom there is one record at a time.
    #[serde(borrow, default)]
    pub component_usage: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub username: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub created: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub modified: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub billing_period: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub date: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub customer_uuid: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub project_uuid: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub offering_uuid: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub resource_uuid: Option<Text<'a>>,
    /// Of a user usage.
    #[serde(borrow, default)]
    pub component_type: Option<Text<'a>>,
    /// Of a component usage.
    #[serde(borrow, default, rename = "type")]
    pub parent_type: Option<Text<'a>>,
}

/// Text that is copied only where it holds escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub std::borrow::Cow<'a, str>);
