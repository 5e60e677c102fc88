//! The manifest: what went in, what came out, and how sure it is.
//!
//! ```text
//! {
//!   "tool": "usagebook",
//!   "exit_status": 0,
//!   "period": "2026-10",
//!   "accounting": {"read": 22085, "kept": 1413, …},
//!   "totals": [{"period": "2026-10", "measured_unit": "hours", "usage": "12.50", "records": 2, "users": 1}],
//!   "outputs": [{"path": "october.csv", "rows": 12, "bytes": 1024, "sha256": "…"}]
//! }
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::aggregate::aggregate;
use crate::config;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::ingest::InputFile;
use crate::notice::{Notice, Severity};
use crate::report::{
    Accounting, Based, Cell, ColumnId, MonthState, Pricing, Provenance, ReportSpec, Section,
};
use crate::usage::UsageFrame;
use crate::write::output::{Output, OutputEntry};
use crate::write::{SCHEMA_VERSION, TOOL};

/// The manifest of a report.
#[derive(Debug, Serialize)]
pub struct Manifest<'a> {
    #[serde(flatten)]
    facts: Facts<'a>,
    /// One for each month and unit of the months asked for, whatever the report is grouped by.
    totals: Vec<Row>,
    outputs: Vec<&'a OutputEntry>,
}

/// What every manifest says of a run.
#[derive(Debug, Serialize)]
pub struct Facts<'a> {
    schema_version: u32,
    tool: &'static str,
    tool_version: &'static str,
    exit_status: u8,
    /// As it can be typed; null for all months.
    period: Option<String>,
    as_of: String,
    timezone: &'static str,
    fiscal_year_start: u32,
    by: Vec<&'static str>,
    filters: BTreeMap<&'static str, &'a [String]>,
    /// Where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<&'a config::Source>,
    partial_periods: Vec<String>,
    /// Which state of each month, where the figures are made from a book.
    #[serde(skip_serializing_if = "<[MonthState]>::is_empty")]
    states: &'a [MonthState],
    /// Where amounts come from, and what they come to; only with prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pricing: Option<&'a Pricing>,
    inputs: Vec<Input<'a>>,
    /// What usage and amounts are made of, if they have prices or are not made of records alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<&'a Based>,
    accounting: Accounting,
    /// What may make the figures wrong.
    warnings: Vec<&'a Notice>,
    notes: Vec<&'a Notice>,
}

/// A file that was read.
#[derive(Debug, Serialize)]
pub struct Input<'a> {
    path: &'a str,
    bytes: u64,
    sha256: Option<&'a str>,
    records: u64,
}

impl<'a> Manifest<'a> {
    /// Sums up a report and what was written of it.
    ///
    /// # Errors
    /// Memory that there is not.
    pub fn new(
        facts: Facts<'a>,
        frame: &UsageFrame,
        spec: &ReportSpec,
        provenance: &Provenance,
        outputs: &'a [Output],
    ) -> Result<Self> {
        Ok(Self {
            facts,
            totals: totals(frame, spec, provenance)?,
            outputs: outputs.iter().flat_map(|output| &output.entries).collect(),
        })
    }
}

impl<'a> Facts<'a> {
    /// Sums up a run that ends with this exit status.
    pub fn new(
        provenance: &'a Provenance,
        spec: &ReportSpec,
        files: &'a [InputFile],
        configuration: Option<&'a config::Source>,
        exit_status: u8,
    ) -> Self {
        let filters = provenance.filters.iter().map(|(name, values)| (*name, values.as_slice()));
        Self {
            schema_version: SCHEMA_VERSION,
            tool: TOOL,
            tool_version: provenance.tool_version,
            exit_status,
            period: provenance.period.map(|period| period.to_string()),
            as_of: provenance.as_of.to_string(),
            timezone: provenance.timezone.name(),
            fiscal_year_start: spec.calendar.fiscal_year_start,
            by: spec.by.iter().map(|dimension| dimension.name()).collect(),
            filters: filters.collect(),
            configuration,
            partial_periods: provenance.partial_periods.iter().map(ToString::to_string).collect(),
            states: &provenance.states,
            pricing: provenance.pricing.as_ref(),
            inputs: files.iter().map(Input::of).collect(),
            basis: provenance.shown_basis(),
            accounting: provenance.accounting,
            warnings: of_severity(&provenance.notices, Severity::Warning),
            notes: of_severity(&provenance.notices, Severity::Note),
        }
    }
}

/// Writes a manifest, or another object that goes with results.
///
/// # Errors
/// A place that cannot be written to.
pub fn write_manifest(manifest: &impl Serialize, out: &mut dyn Write) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(manifest).expect("a manifest is text and numbers");
    text.push(b'\n');
    out.write_all(&text).map_err(|source| Error::Output { source })
}

impl<'a> Input<'a> {
    /// The file as a manifest names it.
    pub fn of(file: &'a InputFile) -> Self {
        Self { path: &file.path, bytes: file.bytes, sha256: file.sha256.as_deref(), records: file.records }
    }
}

/// The values of a report's row, by column and in the columns' order.
#[derive(Debug)]
struct Row(Vec<(Cow<'static, str>, Value)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The notices of one kind.
fn of_severity(notices: &[Notice], severity: Severity) -> Vec<&Notice> {
    notices.iter().filter(|notice| notice.severity == severity).collect()
}

fn totals(frame: &UsageFrame, spec: &ReportSpec, provenance: &Provenance) -> Result<Vec<Row>> {
    let by_month = ReportSpec {
        by: vec![Dimension::Period],
        comparison: None,
        is_pivoted: false,
        top: None,
        ..spec.clone()
    };
    let by_month = aggregate(frame, &by_month, provenance.clone())?;
    Ok(rows(&by_month.columns, &by_month.rows))
}

fn rows(columns: &[ColumnId], section: &Section) -> Vec<Row> {
    let cells = section.cells();
    let value = |row, column| match cells.get(row, column) {
        Cell::Empty => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Quantity(quantity) => quantity.to_string().into(),
        Cell::Amount(amount) => amount.to_string().into(),
        Cell::Count(count) => count.into(),
    };
    let row =
        |row| Row(columns.iter().enumerate().map(|(at, column)| (column.name(), value(row, at))).collect());
    (0..section.len()).map(row).collect()
}
