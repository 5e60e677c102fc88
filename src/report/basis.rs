//! What usage and amounts are made of: component usages, as the portal bills them, or the records of users.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ranges_in_words;
use crate::period::BillingPeriod;

/// What usage and amounts are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The usage of a component on a resource in a month, as the portal bills it. What its users differ by is a row of no
    /// user.
    ComponentUsage,
    /// The records of users alone.
    #[default]
    Users,
}

/// The basis of a report's figures, and why it is not the other one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Based {
    /// What the figures are made of.
    pub on: Basis,
    /// Why figures with prices are made of users though nobody asked for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<UsersBecause>,
}

/// Why figures are made of users though nobody asked for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsersBecause {
    /// There are no component usages at all.
    NoComponentUsages,
    /// These months have records and no component usage; in order.
    MonthsWithout(Vec<BillingPeriod>),
}

impl Based {
    /// On component usages, or on users because somebody asked for them or nobody for anything else.
    pub fn on(basis: Basis) -> Self {
        Self { on: basis, reason: None }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::ComponentUsage => "component usages",
            Self::Users => "users",
        })
    }
}

/// `component usages`, `users (September 2026 has no component usages)`.
impl fmt::Display for Based {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.on.fmt(f)?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, " ({reason})"))
    }
}

impl fmt::Display for UsersBecause {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::NoComponentUsages => f.write_str("no component usages are given"),
            Self::MonthsWithout(months) => {
                let have = if months.len() == 1 { "has" } else { "have" };
                write!(f, "{} {have} no component usages", ranges_in_words(months))
            }
        }
    }
}

impl Serialize for UsersBecause {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basis_says_why_it_is_not_the_other_one() {
        let month = |month| BillingPeriod::new(2026, month).unwrap();
        let users = |reason| Based { on: Basis::Users, reason: Some(reason) };
        for (based, text) in [
            (Based::on(Basis::ComponentUsage), "component usages"),
            (Based::on(Basis::Users), "users"),
            (users(UsersBecause::NoComponentUsages), "users (no component usages are given)"),
            (
                users(UsersBecause::MonthsWithout(vec![month(9)])),
                "users (September 2026 has no component usages)",
            ),
            (
                users(UsersBecause::MonthsWithout(vec![month(8), month(10)])),
                "users (August 2026, October 2026 have no component usages)",
            ),
        ] {
            assert_eq!(based.to_string(), text);
        }
    }
}
