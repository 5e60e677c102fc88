//! What usage can be grouped by.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::error::{Error, Result};

/// One thing that usage is grouped by. The measured unit is part of every group and no dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dimension {
    /// The billing period, a month.
    Period,
    /// The calendar quarter of the billing period.
    Quarter,
    /// The calendar year of the billing period.
    Year,
    /// Twelve billing periods from [`Calendar::fiscal_year_start`](crate::period::Calendar::fiscal_year_start) on,
    /// named after the year in which they end.
    FiscalYear,
    /// Who pays, by uuid.
    Customer,
    /// The customer's project, by uuid.
    Project,
    /// What a provider offers, by uuid.
    Offering,
    /// A project's instance of an offering, by uuid.
    Resource,
    /// What is measured on a resource, by its component type.
    Component,
    /// Who used it, by username; one name may be several people's.
    User,
    /// A column of the user's own.
    Attribute(Attribute),
}

impl Dimension {
    /// Those that every record has.
    pub const ALL: [Self; 10] = [
        Self::Period,
        Self::Quarter,
        Self::Year,
        Self::FiscalYear,
        Self::Customer,
        Self::Project,
        Self::Offering,
        Self::Resource,
        Self::Component,
        Self::User,
    ];

    /// What a monthly report is grouped by when nothing else is asked for.
    pub const DEFAULT: [Self; 5] =
        [Self::Period, Self::Customer, Self::Project, Self::Offering, Self::Component];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FiscalYear => "fiscal-year",
            Self::Customer => "customer",
            Self::Project => "project",
            Self::Offering => "offering",
            Self::Resource => "resource",
            Self::Component => "component",
            Self::User => "user",
            Self::Attribute(attribute) => attribute.name(),
        }
    }

    /// The columns it brings to a report, the identifying one first.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Period => &["period"],
            Self::Quarter => &["quarter"],
            Self::Year => &["year"],
            Self::FiscalYear => &["fiscal_year"],
            Self::Customer => &["customer_uuid", "customer_name"],
            Self::Project => &["project_uuid", "project_name"],
            Self::Offering => &["offering_uuid", "offering_name"],
            Self::Resource => &["resource_uuid", "resource_name"],
            Self::Component => &["component_type"],
            Self::User => &["username"],
            Self::Attribute(attribute) => &attribute.0.name,
        }
    }

    /// The words over its column where people read it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Period => "Period",
            Self::Quarter => "Quarter",
            Self::Year => "Year",
            Self::FiscalYear => "Fiscal year",
            Self::Customer => "Customer",
            Self::Project => "Project",
            Self::Offering => "Offering",
            Self::Resource => "Resource",
            Self::Component => "Component",
            Self::User => "User",
            Self::Attribute(attribute) => attribute.name(),
        }
    }

    /// Whether it is a stretch of time. A report has one at most.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Period | Self::Quarter | Self::Year | Self::FiscalYear)
    }

    /// Reads a comma list in the order given, each at most once and at most one stretch of time.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        Self::parse_list_with(text, &[])
    }

    /// Reads a comma list as [`parse_list`](Self::parse_list) does, of attributes as well. Attributes of users are shown
    /// beside them and group nothing: a username may be several people's.
    pub fn parse_list_with(text: &str, attributes: &[Attribute]) -> Result<Vec<Self>> {
        let mut dimensions: Vec<Self> = Vec::new();
        for word in text.split(',').map(str::trim) {
            let dimension = Self::parse(word, attributes)?;
            if let Self::Attribute(attribute) = dimension
                && attribute.owner() == Self::User
            {
                let expected = format!("user, which shows {word} beside each username");
                return Err(Error::UnknownDimension { text: word.to_owned(), expected });
            }
            let conflict =
                |earlier: &&Self| **earlier == dimension || (earlier.is_time() && dimension.is_time());
            if let Some(earlier) = dimensions.iter().find(conflict) {
                return Err(Error::ConflictingDimensions { first: earlier.name(), second: dimension.name() });
            }
            dimensions.push(dimension);
        }
        Ok(dimensions)
    }

    fn parse(word: &str, attributes: &[Attribute]) -> Result<Self> {
        let all = || Self::ALL.into_iter().chain(attributes.iter().copied().map(Self::Attribute));
        all().find(|dimension| dimension.name() == word).ok_or_else(|| {
            let expected = all().map(Self::name).collect::<Vec<_>>().join(", ");
            Error::UnknownDimension { text: word.to_owned(), expected }
        })
    }
}

/// A column of the user's own that hangs on a customer, project, offering, resource or username.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attribute(&'static Definition);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Definition {
    name: [&'static str; 1],
    owner: Dimension,
}

impl Attribute {
    /// The name of the attribute that has rates of VAT.
    pub(crate) const VAT_RATE: &str = "vat_rate";

    /// The attribute of that name and owner.
    ///
    /// Names are kept until the program ends, each once: there are as many as different columns were ever read.
    pub fn new(name: &str, owner: Dimension) -> Self {
        static KNOWN: LazyLock<Mutex<HashSet<&Definition>>> = LazyLock::new(Mutex::default);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|known| known.name == [name] && known.owner == owner).copied();
        Self(found.unwrap_or_else(|| {
            let name = [&*Box::leak(Box::<str>::from(name))];
            let definition: &'static Definition = Box::leak(Box::new(Definition { name, owner }));
            known.insert(definition);
            definition
        }))
    }

    /// The word on the command line, and the column.
    pub fn name(self) -> &'static str {
        self.0.name[0]
    }

    /// What it hangs on.
    pub fn owner(self) -> Dimension {
        self.0.owner
    }
}

/// The attributes that bills look for: who gets a bill, and how.
pub const BILL_ATTRIBUTES: [&str; 9] = [
    "bill_to",
    "address",
    "email",
    "language",
    "vat_number",
    "debtor",
    "purchase_order",
    Attribute::VAT_RATE,
    "vat_note",
];

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_come_in_the_order_they_were_typed() {
        assert_eq!(Dimension::parse_list("user, period").unwrap(), [Dimension::User, Dimension::Period]);
    }

    #[test]
    fn attributes_are_dimensions_where_they_are_known() {
        let attribute = Attribute::new("cost_centre", Dimension::Customer);
        assert_eq!(Attribute::new("cost_centre", Dimension::Customer), attribute);
        assert_ne!(Attribute::new("cost_centre", Dimension::Project), attribute);
        let list = Dimension::parse_list_with("period,cost_centre", &[attribute]).unwrap();
        assert_eq!(list, [Dimension::Period, Dimension::Attribute(attribute)]);
        assert_eq!(list[1].columns(), ["cost_centre"]);
        let error = Dimension::parse_list_with("cost_center", &[attribute]).unwrap_err().to_string();
        assert!(error.ends_with("component, user, cost_centre"), "{error}");
        assert!(Dimension::parse_list("cost_centre").is_err());
    }

    #[test]
    fn a_dimension_stands_once_and_with_one_stretch_of_time() {
        for text in ["customer,customer", "period,year", "quarter,fiscal-year", "", "custmer"] {
            assert!(Dimension::parse_list(text).unwrap_err().is_usage(), "{text}");
        }
    }
}
