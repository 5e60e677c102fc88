//! Charge lines and credits as rows of FOCUS 1.2, the FinOps Open Cost and Usage Specification.
//!
//! One row for each component usage (resource × component × billing period) that is reported, one for each credit.

mod costs;
mod rows;
mod services;
mod table;
mod units;

pub use self::rows::FocusRow;
pub use self::services::{Services, Subcategory};
pub use self::table::FocusTable;
pub(crate) use self::table::{FocusColumn, FocusKind, FocusValue};

/// The version of the specification that the rows follow.
pub(crate) const FOCUS_VERSION: &str = "1.2";

/// What the records do not say of the charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FocusSpec {
    /// Who provides, publishes and invoices.
    pub organisation: String,
    /// Which services offerings are, in the words of FOCUS.
    pub services: Services,
}
