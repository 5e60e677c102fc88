//! The Invoice Detail data set: what each issued document comes to, by billing account and kind of charge; and which of it
//! each row of charges is a part of.

use std::borrow::Cow;
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::data::{FocusData, FocusField, FocusKind, FocusValue};
use super::rows::{FocusCharge, FocusRow};
use super::table::{category, escaped, midnight};
use super::{FocusSpec, FocusVersion};
use crate::amount::Amount;
use crate::currency::Currency;
use crate::dimension::Dimension;
use crate::period::BillingPeriod;
use crate::text::uuid_text;
use crate::usage::{Entity, UsageFrame};

/// What VAT is called among the categories of charges.
pub(crate) const TAX: &str = "Tax";

/// What an issued document comes to, for one billing account and kind of charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FocusInvoiceDetail {
    pub(crate) period: BillingPeriod,
    /// The version of the month that was issued.
    pub(crate) version: u32,
    /// The recipient's uuid, or the attribute's value.
    pub(crate) recipient: String,
    pub(crate) number: String,
    /// The number of the bill that it corrects; of a bill its own.
    pub(crate) reference: String,
    /// `Bill 2026-00001 for October 2026`
    pub(crate) title: String,
    /// The customer's uuid; of the VAT of several customers, the recipient.
    pub(crate) account: String,
    pub(crate) currency: Currency,
    /// The kind of charge, in the words of FOCUS.
    pub(crate) category: &'static str,
    /// Of VAT.
    pub(crate) rate: Option<String>,
    pub(crate) billed: Amount,
    pub(crate) date: NaiveDate,
    pub(crate) due: Option<NaiveDate>,
    /// When the document was issued.
    pub(crate) time: DateTime<Utc>,
    pub(crate) purchase_orders: Vec<String>,
}

/// The documents that were issued of some months, and what they come to.
#[derive(Debug, Default)]
pub(crate) struct FocusInvoices {
    details: Vec<FocusInvoiceDetail>,
    /// The versions that were issued, in their order, and whose bills those are.
    issued: HashMap<BillingPeriod, Vec<(u32, Dimension)>>,
    indexes: HashMap<Key, usize>,
}

/// What tells the details apart that rows are a part of.
type Key = (BillingPeriod, u32, String, String, Currency, &'static str);

/// Details as a data set.
#[derive(Debug)]
pub struct FocusInvoiceDetails<'a> {
    /// In the order of the documents.
    pub details: &'a [FocusInvoiceDetail],
    /// Who issues the documents.
    pub spec: &'a FocusSpec,
}

impl FocusInvoiceDetail {
    /// The code of the currency.
    pub fn currency(&self) -> &str {
        self.currency.code()
    }

    /// What it comes to.
    pub fn billed(&self) -> Amount {
        self.billed
    }

    /// The number of its document.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// `2026-00001/EUR/Usage/289b…`, `2026-00001/EUR/Tax/24`
    pub(super) fn id(&self) -> String {
        let of = self.rate.as_deref().unwrap_or(&self.account);
        format!("{}/{}/{}/{}", self.number, self.currency, self.category, escaped(of))
    }

    fn key(&self) -> Key {
        let Self { period, version, recipient, account, currency, category, .. } = self;
        (*period, *version, recipient.clone(), account.clone(), *currency, category)
    }

    /// `Bill 2026-00001 for October 2026: Usage`
    fn description(&self) -> String {
        match &self.rate {
            None => format!("{}: {}", self.title, self.category),
            Some(rate) => format!("{}: VAT {rate} %", self.title),
        }
    }

    fn terms(&self) -> String {
        match self.due {
            Some(due) => format!("Net {}", (due - self.date).num_days()),
            None => "No term".to_owned(),
        }
    }
}

impl FocusInvoices {
    /// Takes what was issued of a version of a month.
    pub(crate) fn put(
        &mut self,
        (period, version): (BillingPeriod, u32),
        per: Dimension,
        details: Vec<FocusInvoiceDetail>,
    ) {
        self.issued.entry(period).or_default().push((version, per));
        for detail in details {
            self.indexes.entry(detail.key()).or_insert(self.details.len());
            self.details.push(detail);
        }
    }

    /// Whether something was issued of a month.
    pub(crate) fn has(&self, period: BillingPeriod) -> bool {
        self.issued.contains_key(&period)
    }

    /// Notes for each row which document charges it: that of the first issue which has the version that the row came with.
    pub(crate) fn link(&self, rows: &mut [FocusRow], frames: &[&UsageFrame]) {
        for row in rows {
            row.invoice = self.index(row, frames[row.frame]);
        }
    }

    fn index(&self, row: &FocusRow, frame: &UsageFrame) -> Option<usize> {
        let closing = row.closing?;
        let issues = self.issued.get(&row.period)?;
        let first = issues.iter().position(|(version, _)| *version >= closing)?;
        // A row of which the quantity changed and no amount is still on the document before; as a correction it is on none.
        let earlier = if row.is_correction() { first } else { 0 };
        let account = uuid_text(frame.customers[row.customer as usize].uuid);
        issues[earlier..=first].iter().rev().find_map(|(version, per)| {
            let recipient = recipient(row, frame, *per)?;
            let key = (row.period, *version, recipient, account.clone(), row.currency, category(row));
            self.indexes.get(&key).copied()
        })
    }

    pub(crate) fn into_details(self) -> Vec<FocusInvoiceDetail> {
        self.details
    }
}

/// Who pays a row: a uuid, or the value of an attribute.
fn recipient(row: &FocusRow, frame: &UsageFrame, per: Dimension) -> Option<String> {
    let usage = match &row.charge {
        FocusCharge::Usage(charge) => Some(charge),
        FocusCharge::Credit(_) => None,
    };
    let uuid = |entities: &[Entity], index: u32| uuid_text(entities[index as usize].uuid);
    match per {
        Dimension::Customer => Some(uuid(&frame.customers, row.customer)),
        Dimension::Project => row.project.map(|project| uuid(&frame.projects, project)),
        _ => {
            let column = frame.attribute_columns().find(|column| column.attribute.name() == per.name())?;
            let entity = match column.attribute.owner() {
                Dimension::Customer => Some(row.customer),
                Dimension::Project => row.project,
                Dimension::Offering => usage.map(|charge| charge.offering),
                Dimension::Resource => usage.map(|charge| charge.resource),
                _ => None,
            };
            let place = column.places.get(entity? as usize)?;
            Some(column.values[*place as usize].trim().to_owned())
        }
    }
}

const FIELDS: [(&str, FocusKind, bool); 19] = [
    ("BilledCost", FocusKind::Amount, true),
    ("BillingAccountId", FocusKind::Text, true),
    ("BillingCurrency", FocusKind::Text, true),
    ("BillingPeriodEnd", FocusKind::Time, true),
    ("BillingPeriodStart", FocusKind::Time, true),
    ("ChargeCategory", FocusKind::Text, true),
    ("InvoiceDetailCreated", FocusKind::Time, true),
    ("InvoiceDetailDescription", FocusKind::Text, true),
    ("InvoiceDetailGrain", FocusKind::Text, false),
    ("InvoiceDetailId", FocusKind::Text, true),
    ("InvoiceDetailLastUpdated", FocusKind::Time, true),
    ("InvoiceId", FocusKind::Text, true),
    ("InvoiceIssueDate", FocusKind::Time, true),
    ("InvoiceIssueStatus", FocusKind::Text, true),
    ("InvoiceIssuerName", FocusKind::Text, true),
    ("PaymentDueDate", FocusKind::Time, false),
    ("PaymentTerms", FocusKind::Text, true),
    ("PurchaseOrderNumber", FocusKind::Text, false),
    ("ReferenceInvoiceId", FocusKind::Text, true),
];

impl FocusData for FocusInvoiceDetails<'_> {
    fn version(&self) -> FocusVersion {
        self.spec.version
    }

    fn row_count(&self) -> usize {
        self.details.len()
    }

    fn fields(&self) -> Vec<FocusField> {
        FIELDS.map(|(name, kind, is_required)| FocusField { name, kind, is_required }).to_vec()
    }

    fn value(&self, row: usize, field: usize) -> FocusValue<'_> {
        let detail = &self.details[row];
        let text = |text| FocusValue::Text(Cow::Borrowed(text));
        let owned = |text| FocusValue::Text(Cow::Owned(text));
        match FIELDS[field].0 {
            "BilledCost" => FocusValue::Amount(detail.billed),
            "BillingAccountId" => text(detail.account.as_str()),
            "BillingCurrency" => text(detail.currency.code()),
            "BillingPeriodEnd" => FocusValue::Time(midnight(detail.period.plus_months(1).first_day())),
            "BillingPeriodStart" => FocusValue::Time(midnight(detail.period.first_day())),
            "ChargeCategory" => text(detail.category),
            "InvoiceDetailCreated" | "InvoiceDetailLastUpdated" => FocusValue::Time(detail.time),
            "InvoiceDetailDescription" => owned(detail.description()),
            "InvoiceDetailId" => owned(detail.id()),
            "InvoiceId" => text(detail.number.as_str()),
            "InvoiceIssueDate" => FocusValue::Time(midnight(detail.date)),
            "InvoiceIssueStatus" => text("Issued"),
            "InvoiceIssuerName" => text(&self.spec.organisation),
            "PaymentDueDate" => detail.due.map_or(FocusValue::Null, |due| FocusValue::Time(midnight(due))),
            "PaymentTerms" => owned(detail.terms()),
            "PurchaseOrderNumber" if !detail.purchase_orders.is_empty() => {
                owned(detail.purchase_orders.join(", "))
            }
            "ReferenceInvoiceId" => text(detail.reference.as_str()),
            _ => FocusValue::Null,
        }
    }
}
