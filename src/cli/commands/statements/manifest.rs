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
use usagebook::Amount;
use usagebook::pack::{MoneyTie, Tie, UnitTotal};
use usagebook::text::uuid_text;
use usagebook::usecase::{Drawn, DrawnStatements, Statements};

use crate::cli::Status;
use crate::cli::manifest::Facts;
use crate::cli::outputs::OutputEntry;
use usagebook::config;

#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    /// What all statements come to: what the report over all customers does.
    totals: Vec<Total>,
    /// The same of money, where usage has prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amounts: Vec<Money>,
    statements: Vec<StatementEntry>,
    /// What goes with them, but for this file.
    files: Vec<OutputEntry>,
}

/// One customer's.
#[derive(Debug, Serialize)]
pub struct StatementEntry {
    customer_uuid: String,
    customer_name: String,
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

impl<'a> Manifest<'a> {
    pub fn new(
        Statements { customers, spec, files, .. }: &'a Statements,
        drawn: &DrawnStatements,
        configuration: Option<&'a config::Source>,
        status: Status,
    ) -> Self {
        let provenance = customers.provenance();
        Self {
            facts: Facts::new(provenance, &spec.report, files, configuration, status),
            totals: customers.totals().into_iter().map(Total::new).collect(),
            amounts: customers.money_totals().into_iter().map(Money::new).collect(),
            statements: drawn.statements.iter().map(StatementEntry::new).collect(),
            files: drawn.beside.clone(),
        }
    }
}

impl StatementEntry {
    fn new(drawn: &Drawn) -> Self {
        let customer = &drawn.mailed.customer;
        let total = |tie: &Tie| Total::new((tie.measured_unit.clone(), tie.total));
        let money = |tie: &MoneyTie| Money::new((tie.currency.clone(), tie.total));
        Self {
            customer_uuid: uuid_text(customer.uuid),
            customer_name: customer.name.to_string(),
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
