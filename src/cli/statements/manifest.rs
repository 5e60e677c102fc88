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

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;
use usagebook::error::{Error, Result};
use usagebook::finding::{Notice, Severity};
use usagebook::pack::{Amount, MoneyTie, Tie};
use usagebook::quantity::Quantity;
use usagebook::report::{Accounting, MonthState, Pricing};
use usagebook::usage::uuid_text;

use super::{Drawn, Run};
use crate::cli::config;
use crate::cli::manifest::{Input, of_severity};
use crate::cli::outputs::OutputEntry;

#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    tool: &'static str,
    tool_version: &'static str,
    exit_status: u8,
    period: Option<String>,
    as_of: String,
    timezone: &'static str,
    fiscal_year_start: u32,
    by: Vec<&'static str>,
    filters: BTreeMap<&'static str, &'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<&'a config::Source>,
    partial_periods: Vec<String>,
    /// Which state of each month, where the statements are made from a book.
    #[serde(skip_serializing_if = "<[MonthState]>::is_empty")]
    states: &'a [MonthState],
    inputs: Vec<Input<'a>>,
    accounting: String,
    records: Accounting,
    findings: Vec<&'a Notice>,
    remarks: Vec<&'a Notice>,
    /// What all statements come to: what the report over all customers does.
    totals: Vec<Total>,
    /// The same of money, where usage has prices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    amounts: Vec<Money>,
    /// Where amounts come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<&'a Pricing>,
    statements: Vec<StatementEntry>,
    /// What stands beside them, but for this file.
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
    pub(super) fn new(
        run: &Run<'a>,
        configuration: Option<&'a config::Source>,
        statements: Vec<StatementEntry>,
        files: Vec<OutputEntry>,
    ) -> Self {
        let provenance = run.customers.provenance();
        let filters = provenance.filters.iter().map(|(name, values)| (*name, values.as_slice()));
        Self {
            tool: "usagebook",
            tool_version: provenance.tool_version,
            exit_status: run.status.code(),
            period: provenance.period.map(|period| period.to_string()),
            as_of: provenance.as_of.to_string(),
            timezone: provenance.timezone.name(),
            fiscal_year_start: run.spec.report.calendar.fiscal_year_start,
            by: run.spec.report.by.iter().map(|dimension| dimension.name()).collect(),
            filters: filters.collect(),
            configuration,
            partial_periods: provenance.partial_periods.iter().map(ToString::to_string).collect(),
            states: &provenance.states,
            inputs: run.files.iter().map(Input::of).collect(),
            accounting: provenance.accounting.to_string(),
            records: provenance.accounting,
            findings: of_severity(&provenance.notices, Severity::Finding),
            remarks: of_severity(&provenance.notices, Severity::Remark),
            totals: run.customers.totals().into_iter().map(Total::new).collect(),
            amounts: run.customers.money_totals().into_iter().map(Money::new).collect(),
            pricing: provenance.pricing.as_ref(),
            statements,
            files,
        }
    }

    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self).expect("a manifest is text and numbers");
        text.push(b'\n');
        out.write_all(&text).map_err(|source| Error::Output { source })
    }
}

impl StatementEntry {
    pub(super) fn new(drawn: &Drawn) -> Self {
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
    fn new((measured_unit, amount): (String, Amount)) -> Self {
        Self { measured_unit, usage: amount.usage.to_string(), records: amount.records }
    }
}

impl Money {
    fn new((currency, amount): (String, Quantity)) -> Self {
        Self { currency, amount: amount.to_string() }
    }
}
