//! Charge lines and credits as rows of FOCUS, the FinOps Open Cost and Usage Specification.
//!
//! One row for each component usage (resource × component × billing period) that is reported, one for each credit. In
//! FOCUS 1.4 months that were restated also have rows that correct their first version.

mod billing_periods;
mod corrections;
mod costs;
mod data;
mod invoices;
mod rows;
mod services;
mod table;
mod units;

use std::fmt;

pub use self::billing_periods::{FocusBillingPeriod, FocusBillingPeriods};
pub(crate) use self::corrections::{FocusState, corrected, dated};
pub use self::data::FocusData;
pub(crate) use self::data::{FocusField, FocusKind, FocusValue};
pub use self::invoices::{FocusInvoiceDetail, FocusInvoiceDetails};
pub(crate) use self::invoices::{FocusInvoices, TAX};
pub use self::rows::FocusRow;
pub use self::services::{Services, Subcategory};
pub use self::table::FocusTable;

/// A version of the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum FocusVersion {
    /// With `ProviderName` and `PublisherName`.
    #[default]
    V1_2,
    /// With `HostProviderName` and `ServiceProviderName`, billing periods and corrections.
    V1_4,
}

impl fmt::Display for FocusVersion {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::V1_2 => "1.2",
            Self::V1_4 => "1.4",
        })
    }
}

/// What the records do not say of the charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FocusSpec {
    /// Who provides, publishes and invoices.
    pub organisation: String,
    /// Which services offerings are, in the words of FOCUS.
    pub services: Services,
    /// Which columns the data set has.
    pub version: FocusVersion,
}
