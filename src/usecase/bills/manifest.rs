//! The manifest of a folder of bills: what went in, every file that came out, and what it comes to.
//!
//! ```text
//! {
//!   "tool": "usagebook",
//!   "period": "2026-10",
//!   "amounts": [{"currency": "EUR", "net": "100.00"}],
//!   "bills": [{"recipient_uuid": "0a1b…", "recipient": "Acme", "kind": "bill", "amounts": […], "files": […]}],
//!   "files": [{"path": "mail-merge.csv", "rows": 2, "bytes": 1024, "sha256": "…"}]
//! }
//! ```

use serde::Serialize;

use super::super::manifest::Facts;
use super::{DrawnBill, DrawnBills, MadeBills};
use crate::amount::Amount;
use crate::bill::{Bill, BillPart};
use crate::config;
use crate::currency::Currency;
use crate::text::uuid_text;
use crate::write::output::OutputEntry;

/// The manifest of a folder of drafts of bills.
#[derive(Debug, Serialize)]
pub struct BillsManifest<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    per: &'static str,
    is_draft: bool,
    /// What all bills come to: what the report does.
    amounts: Vec<Net>,
    bills: Vec<BillEntry<'a>>,
    /// What goes with them, but for this file.
    files: Vec<OutputEntry>,
}

#[derive(Debug, Serialize)]
struct Net {
    currency: String,
    net: Amount,
}

/// One recipient's.
#[derive(Debug, Serialize)]
struct BillEntry<'a> {
    recipient_uuid: Option<String>,
    recipient: &'a str,
    kind: &'static str,
    /// The numbers of the documents that a note corrects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    corrects: Vec<&'a str>,
    amounts: Vec<Money>,
    files: &'a [OutputEntry],
}

#[derive(Debug, Serialize)]
struct Money {
    currency: String,
    net: Amount,
    total: Amount,
}

impl<'a> BillsManifest<'a> {
    /// Sums up a run that ends with this exit status.
    pub fn new(
        made: &'a MadeBills,
        drawn: &'a DrawnBills,
        configuration: Option<&'a config::Source>,
        exit_status: u8,
    ) -> Self {
        let net = |(currency, net): &(Currency, Amount)| Net { currency: currency.to_string(), net: *net };
        Self {
            facts: Facts::new(&made.provenance, &made.spec, &made.files, configuration, exit_status),
            per: made.bills.spec.per.name(),
            is_draft: true,
            amounts: made.bills.totals.iter().map(net).collect(),
            bills: made.bills.bills.iter().zip(&drawn.bills).map(BillEntry::new).collect(),
            files: drawn.beside.clone(),
        }
    }
}

impl<'a> BillEntry<'a> {
    fn new((bill, drawn): (&'a Bill, &'a DrawnBill)) -> Self {
        let money =
            |part: &BillPart| Money { currency: part.currency.to_string(), net: part.net, total: part.total };
        Self {
            recipient_uuid: bill.recipient.uuid.map(uuid_text),
            recipient: &bill.recipient.name,
            kind: bill.kind.name(),
            corrects: bill.corrects.iter().map(|document| document.number.as_str()).collect(),
            amounts: bill.parts.iter().map(money).collect(),
            files: &drawn.entries,
        }
    }
}
