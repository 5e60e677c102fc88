//! The lists that are pulled: their paths, the filters that slice them, the orders they know.

use crate::period::BillingPeriod;

/// A list of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `marketplace-component-user-usages`: the records.
    UserUsages,
    /// `marketplace-component-usages`: their parents.
    ComponentUsages,
    /// `invoices`, with their items.
    Invoices,
    /// `customers`, with the fields that attributes are taken from.
    Customers,
    /// `projects`, with the fields that attributes are taken from.
    Projects,
    /// `marketplace-offering-users`: the people behind usernames.
    OfferingUsers,
}

/// A field that splits a slice further, from few values to many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Splitter {
    Customer,
    Project,
    Offering,
    Resource,
    Type,
}

impl Endpoint {
    /// Those that lie in folders of their own beside the records.
    pub const OTHERS: [Self; 5] =
        [Self::ComponentUsages, Self::Invoices, Self::Customers, Self::Projects, Self::OfferingUsers];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::UserUsages => "/api/marketplace-component-user-usages/",
            Self::ComponentUsages => "/api/marketplace-component-usages/",
            Self::Invoices => "/api/invoices/",
            Self::Customers => "/api/customers/",
            Self::Projects => "/api/projects/",
            Self::OfferingUsers => "/api/marketplace-offering-users/",
        }
    }

    /// The folder in a pull's folder; empty for the records, which are in the folder itself.
    pub fn folder(self) -> &'static str {
        match self {
            Self::UserUsages => "",
            Self::ComponentUsages => "component-usages",
            Self::Invoices => "invoices",
            Self::Customers => "customers",
            Self::Projects => "projects",
            Self::OfferingUsers => "offering-users",
        }
    }

    /// One of what it lists.
    pub fn noun(self) -> &'static str {
        match self {
            Self::UserUsages => "record",
            Self::ComponentUsages => "component usage",
            Self::Invoices => "invoice",
            Self::Customers => "customer",
            Self::Projects => "project",
            Self::OfferingUsers => "offering user",
        }
    }

    /// The filters that together select a month; `None` if the list has no months.
    pub(crate) fn period_filters(self) -> &'static [&'static str] {
        match self {
            Self::UserUsages => &["component_usage__billing_period"],
            Self::ComponentUsages => &["billing_period"],
            Self::Invoices => &["year", "month"],
            Self::Customers | Self::Projects | Self::OfferingUsers => &[],
        }
    }

    /// The filters that select a month, with their values.
    pub(crate) fn in_period(self, period: BillingPeriod) -> Vec<(String, String)> {
        let value = |name: &str| match name {
            "year" => period.year().to_string(),
            "month" => period.month().to_string(),
            _ => period.first_day().to_string(),
        };
        self.period_filters().iter().map(|name| ((*name).to_owned(), value(name))).collect()
    }

    /// Those of the filters asked for that the list has. Of what is looked up by uuid, all there is is pulled.
    pub(crate) fn own_filters(self, filters: &[(String, Vec<String>)]) -> Vec<(String, Vec<String>)> {
        let is_own = |name: &str| match self {
            Self::UserUsages => true,
            Self::ComponentUsages => name != "username",
            Self::Invoices => name == "customer_uuid",
            Self::Customers | Self::Projects | Self::OfferingUsers => false,
        };
        filters.iter().filter(|(name, _)| is_own(name)).cloned().collect()
    }

    /// The orders in which a slice is read, the best first: few ties, and untouched by usage that is overwritten.
    pub fn orders(self) -> &'static [&'static str] {
        match self {
            Self::UserUsages => &["username,-usage", "-username,usage", "usage,username", "-usage,-username"],
            Self::ComponentUsages => &["-usage", "usage"],
            Self::Invoices => &["created", "-created"],
            Self::Customers | Self::Projects => &["created", "-created", "name", "-name"],
            Self::OfferingUsers => &["created", "-created", "username", "-username"],
        }
    }

    /// The orders that bring the first and the last month to the front.
    pub(crate) fn period_orders(self) -> &'static [&'static str] {
        match self {
            Self::UserUsages => &["component_usage__billing_period", "-component_usage__billing_period"],
            Self::ComponentUsages => &["billing_period", "-billing_period"],
            _ => &[],
        }
    }

    /// The only fields that are asked for; empty if all are. The portal knows more about people and organisations (civil
    /// numbers, birth dates, bank accounts) than any report needs.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::UserUsages | Self::ComponentUsages | Self::Invoices => &[],
            Self::Customers => &["url", "uuid", "created", "name", "country", "agreement_number"],
            Self::Projects => {
                &["url", "uuid", "created", "name", "customer", "customer_uuid", "oecd_fos_2007_code"]
            }
            Self::OfferingUsers => &[
                "url",
                "uuid",
                "created",
                "modified",
                "offering",
                "offering_uuid",
                "username",
                "user_full_name",
            ],
        }
    }

    /// What splits a slice of the list, from few values to many.
    pub(crate) fn splitters(self) -> &'static [Splitter] {
        match self {
            Self::UserUsages | Self::ComponentUsages => &Splitter::ALL,
            Self::Invoices | Self::Projects => &[Splitter::Customer],
            Self::OfferingUsers => &[Splitter::Offering],
            Self::Customers => &[],
        }
    }

    pub(crate) fn filter(self, splitter: Splitter) -> &'static str {
        match splitter {
            Splitter::Customer if self == Self::Projects => "customer",
            Splitter::Customer => "customer_uuid",
            Splitter::Project => "project_uuid",
            Splitter::Offering => "offering_uuid",
            Splitter::Resource => "resource_uuid",
            Splitter::Type => "type",
        }
    }
}

impl Splitter {
    pub(crate) const COUNT: usize = 5;

    pub(crate) const ALL: [Self; Self::COUNT] =
        [Self::Customer, Self::Project, Self::Offering, Self::Resource, Self::Type];
}

/// A value that nothing has, for each filter: a server that knows the filter counts none.
pub(crate) fn impossible_value(filter: &str) -> &'static str {
    match filter {
        "component_usage__billing_period" | "billing_period" | "date_before" => "1900-01-01",
        "date_after" => "2999-12-31",
        "billing_period_year" | "year" => "1900",
        "billing_period_month" | "month" => "13",
        "customer" | "customer_uuid" | "project_uuid" | "offering_uuid" | "resource_uuid" => {
            "00000000000000000000000000000000"
        }
        _ => "no-such-value-90f1c6d2a7b3",
    }
}
