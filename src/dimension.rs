//! What usage can be grouped by.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// One thing that usage is grouped by. The measured unit is part of every group and no dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    Period,
    Quarter,
    Year,
    FiscalYear,
    Customer,
    Project,
    Offering,
    Resource,
    Component,
    User,
}

impl Dimension {
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
        }
    }

    /// Whether it is a stretch of time. A report has one at most.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Period | Self::Quarter | Self::Year | Self::FiscalYear)
    }

    /// Reads a comma list in the order given, each at most once and at most one stretch of time.
    pub fn parse_list(text: &str) -> Result<Vec<Self>> {
        let mut dimensions: Vec<Self> = Vec::new();
        for word in text.split(',').map(str::trim) {
            let dimension: Self = word.parse()?;
            let conflict =
                |earlier: &&Self| **earlier == dimension || (earlier.is_time() && dimension.is_time());
            if let Some(earlier) = dimensions.iter().find(conflict) {
                return Err(Error::ConflictingDimensions { first: earlier.name(), second: dimension.name() });
            }
            dimensions.push(dimension);
        }
        Ok(dimensions)
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dimension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|dimension| dimension.name() == text).ok_or_else(|| {
            Error::UnknownDimension { text: text.to_owned(), expected: Self::ALL.map(Self::name).join(", ") }
        })
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
    fn a_dimension_stands_once_and_with_one_stretch_of_time() {
        for text in ["customer,customer", "period,year", "quarter,fiscal-year", "", "custmer"] {
            assert!(Dimension::parse_list(text).unwrap_err().is_usage(), "{text}");
        }
    }
}
