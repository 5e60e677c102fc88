//! The manifest of a folder of statements: what went in, every file that came out, and how sure it is.
//!
//! ```text
//! {
//!   "tool": "usagebook",
//!   "period": "2026-10",
//!   "totals": [{"measured_unit": "hours", "usage": "12.50", "records": 2}],
//!   "statements": [{"customer_uuid": "0a1b…", "customer_name": "Acme", "totals": […], "files": […]}],
//!   "files": [{"path": "index.html", "rows": 2, "bytes": 1024, "sha256": "…"}]
//! }
//! ```

use serde::Serialize;

use super::super::manifest::Facts;
use super::{Drawn, DrawnStatements, Statements};
use crate::amount::Amount;
use crate::config;
use crate::dimension::Dimension;
use crate::pack::{Addressee, MoneyTie, Tie, UnitTotal};
use crate::text::uuid_text;
use crate::write::output::OutputEntry;

/// The manifest of a folder of statements.
#[derive(Debug, Serialize)]
pub struct StatementsManifest<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    per: &'static str,
    /// What all statements come to: what the report over all of them does.
    totals: Vec<Total>,
    /// The same of money, where usage has prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amounts: Vec<Money>,
    statements: Vec<StatementEntry>,
    /// What goes with them, but for this file.
    files: Vec<OutputEntry>,
}

/// One recipient's: a customer's under its own names.
#[derive(Debug, Serialize)]
struct StatementEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient: Option<String>,
    totals: Vec<Total>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amounts: Vec<Money>,
    files: Vec<OutputEntry>,
}

#[derive(Debug, Serialize)]
struct Total {
    measured_unit: String,
    usage: String,
    records: u64,
}

#[derive(Debug, Serialize)]
struct Money {
    currency: String,
    amount: String,
}

impl<'a> StatementsManifest<'a> {
    /// Sums up a run that ends with this exit status.
    pub fn new(
        Statements { recipients, spec, files, .. }: &'a Statements,
        drawn: &DrawnStatements,
        configuration: Option<&'a config::Source>,
        exit_status: u8,
    ) -> Self {
        let provenance = recipients.provenance();
        Self {
            facts: Facts::new(provenance, &spec.report, files, configuration, exit_status),
            per: recipients.per().name(),
            totals: recipients.totals().into_iter().map(Total::new).collect(),
            amounts: recipients.money_totals().into_iter().map(Money::new).collect(),
            statements: drawn
                .statements
                .iter()
                .map(|drawn| StatementEntry::new(drawn, recipients.per()))
                .collect(),
            files: drawn.beside.clone(),
        }
    }
}

impl StatementEntry {
    fn new(drawn: &Drawn, per: Dimension) -> Self {
        let addressee = &drawn.mailed.addressee;
        let of_customers = |is_asked: bool| (is_asked == (per == Dimension::Customer)).then_some(addressee);
        let uuid = |addressee: &Addressee| addressee.uuid.map(uuid_text);
        let name = |addressee: &Addressee| addressee.name.to_string();
        let total = |tie: &Tie| Total::new((tie.measured_unit.clone(), tie.total));
        let money = |tie: &MoneyTie| Money::new((tie.currency.clone(), tie.total));
        Self {
            customer_uuid: of_customers(true).and_then(uuid),
            customer_name: of_customers(true).map(name),
            recipient_uuid: of_customers(false).and_then(uuid),
            recipient: of_customers(false).map(name),
            totals: drawn.mailed.ties.iter().map(total).collect(),
            amounts: drawn.mailed.money_ties.iter().map(money).collect(),
            files: drawn.entries.clone(),
        }
    }
}

impl Total {
    fn new((measured_unit, amount): (String, UnitTotal)) -> Self {
        Self { measured_unit, usage: amount.usage.to_string(), records: amount.records }
    }
}

impl Money {
    fn new((currency, amount): (String, Amount)) -> Self {
        Self { currency, amount: amount.to_string() }
    }
}
