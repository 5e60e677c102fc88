//! The Billing Period data set: which months there are, and which of them are closed.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use super::data::{FocusData, FocusField, FocusKind, FocusValue};
use super::table::midnight;
use super::{FocusSpec, FocusVersion};
use crate::period::BillingPeriod;

/// A month, and whether it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FocusBillingPeriod {
    /// The month.
    pub period: BillingPeriod,
    /// Whether it was closed.
    pub is_closed: bool,
    /// When it was closed last, or when the data of an open month is seen.
    pub updated: DateTime<Utc>,
}

/// The months of a data set of charges.
#[derive(Debug)]
pub struct FocusBillingPeriods<'a> {
    /// In time.
    pub periods: &'a [FocusBillingPeriod],
    /// Who issues their invoices.
    pub spec: &'a FocusSpec,
}

const FIELDS: [(&str, FocusKind); 6] = [
    ("BillingPeriodCreated", FocusKind::Time),
    ("BillingPeriodEnd", FocusKind::Time),
    ("BillingPeriodLastUpdated", FocusKind::Time),
    ("BillingPeriodStart", FocusKind::Time),
    ("BillingPeriodStatus", FocusKind::Text),
    ("InvoiceIssuerName", FocusKind::Text),
];

impl FocusData for FocusBillingPeriods<'_> {
    fn version(&self) -> FocusVersion {
        self.spec.version
    }

    fn row_count(&self) -> usize {
        self.periods.len()
    }

    fn fields(&self) -> Vec<FocusField> {
        FIELDS.map(|(name, kind)| FocusField { name, kind, is_required: true }).to_vec()
    }

    fn value(&self, row: usize, field: usize) -> FocusValue<'_> {
        let FocusBillingPeriod { period, is_closed, updated } = self.periods[row];
        let start = midnight(period.first_day());
        let text = |text| FocusValue::Text(Cow::Borrowed(text));
        match FIELDS[field].0 {
            "BillingPeriodEnd" => FocusValue::Time(midnight(period.plus_months(1).first_day())),
            "BillingPeriodLastUpdated" => FocusValue::Time(updated.max(start)),
            "BillingPeriodStatus" => text(if is_closed { "Closed" } else { "Open" }),
            "InvoiceIssuerName" => text(&self.spec.organisation),
            // A month begins to be a billing period with its first day.
            _ => FocusValue::Time(start),
        }
    }
}
