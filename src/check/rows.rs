//! What the checks look at: one row for each parent that has records, with the usage of its users summed.

use std::collections::{BTreeMap, HashMap};

use super::Subject;
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::usage::UsageFrame;

/// A parent with what its users add up to; the numbers are places in the lists of the frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub uuid: u128,
    pub customer: u32,
    pub offering: u32,
    pub resource: u32,
    pub component_type: u32,
    pub measured_unit: u32,
    pub period: BillingPeriod,
    /// Microseconds since 1970, UTC.
    pub date: Option<i64>,
    pub usage: Quantity,
    pub records: u64,
    pub negative_records: u64,
    pub zero_records: u64,
    /// Whether every record's usage is a whole number.
    pub is_whole: bool,
}

/// All parents with records, of all months.
pub(crate) struct Rows<'a> {
    pub subject: &'a Subject<'a>,
    pub frame: &'a UsageFrame,
    rows: Vec<Row>,
    /// The months to check of which there are records.
    pub months: Vec<BillingPeriod>,
    /// The usage of each component and unit in each month, whatever its sign.
    totals: HashMap<(u32, u32, BillingPeriod), i128>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(subject: &'a Subject<'a>) -> Self {
        Self::of(subject, subject.frame, rows(subject.frame))
    }

    /// Rows whose numbers are places in the lists of a frame.
    pub(crate) fn of(subject: &'a Subject<'a>, frame: &'a UsageFrame, rows: Vec<Row>) -> Self {
        let mut totals = HashMap::new();
        for row in &rows {
            let total: &mut i128 =
                totals.entry((row.component_type, row.measured_unit, row.period)).or_default();
            *total = total.saturating_add(row.usage.hundredths().saturating_abs());
        }
        let mut months: Vec<BillingPeriod> = rows.iter().map(|row| row.period).collect();
        months.sort_unstable();
        months.dedup();
        months.retain(|month| subject.covers(*month));
        Self { subject, frame, rows, months, totals }
    }

    /// All rows, of all months.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// The rows of months that are to be checked.
    pub(crate) fn covered(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| self.subject.covers(row.period))
    }

    /// The rows of months that are to be checked and are over.
    pub(crate) fn compared(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| self.subject.compares(row.period))
    }

    /// The usage of all users of a component and unit in a month, in hundredths and without signs.
    pub(crate) fn total(&self, row: &Row, period: BillingPeriod) -> i128 {
        self.totals.get(&(row.component_type, row.measured_unit, period)).copied().unwrap_or_default()
    }

    /// How much an amount weighs in the usage of its component, unit and month, in millionths.
    pub(crate) fn weight(&self, row: &Row, amount: Quantity) -> i128 {
        let total = self.total(row, row.period).max(1);
        amount.hundredths().saturating_abs().saturating_mul(1_000_000) / total
    }

    pub(crate) fn component_type(&self, row: &Row) -> &'a str {
        &self.frame.component_types[row.component_type as usize]
    }

    pub(crate) fn measured_unit(&self, row: &Row) -> &'a str {
        &self.frame.measured_units[row.measured_unit as usize]
    }

    pub(crate) fn resource_uuid(&self, row: &Row) -> u128 {
        self.frame.resources[row.resource as usize].uuid
    }

    /// Whether the input has records of a month.
    pub(crate) fn has_month(&self, period: BillingPeriod) -> bool {
        self.frame.months.binary_search(&period.number()).is_ok()
    }
}

/// Amounts of several units: never added across units.
#[derive(Default)]
pub(crate) struct UnitSums<'a>(BTreeMap<&'a str, Quantity>);

/// How many units a message names.
const UNITS_SHOWN_MAX: usize = 3;

impl<'a> UnitSums<'a> {
    pub(crate) fn add(&mut self, unit: &'a str, amount: Quantity) {
        *self.0.entry(unit).or_default() += amount;
    }
}

/// `24.17 GB, 5.00 hours, 1.00 seats and 2 more units`
impl std::fmt::Display for UnitSums<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let amount = |(unit, amount): (&&str, &Quantity)| {
            let amount = crate::text::grouped_decimal(&amount.to_string());
            if unit.is_empty() { format!("{amount} without a unit") } else { format!("{amount} {unit}") }
        };
        let amounts: Vec<String> = self.0.iter().take(UNITS_SHOWN_MAX).map(amount).collect();
        f.write_str(&amounts.join(", "))?;
        match self.0.len().saturating_sub(UNITS_SHOWN_MAX) {
            0 => Ok(()),
            1 => f.write_str(" and 1 more unit"),
            more => write!(f, " and {more} more units"),
        }
    }
}

fn rows(frame: &UsageFrame) -> Vec<Row> {
    let parents = &frame.parents;
    let row = |at: usize| Row {
        uuid: parents.uuid()[at],
        customer: parents.customer()[at],
        offering: parents.offering()[at],
        resource: parents.resource()[at],
        component_type: parents.component_type()[at],
        measured_unit: parents.measured_unit()[at],
        period: parents.period(at),
        date: parents.date(at),
        usage: Quantity::ZERO,
        records: 0,
        negative_records: 0,
        zero_records: 0,
        is_whole: true,
    };
    let mut rows: Vec<Row> = (0..parents.len()).map(row).collect();
    let records = &frame.records;
    let of_users = records.usage_by_parent().zip(records.username()).enumerate();
    for (at, ((parent, usage), _)) in of_users.filter(|(_, (_, username))| frame.is_user(**username)) {
        let (row, counts) = (&mut rows[parent], records.counts(at));
        row.usage += usage;
        row.records += counts.records;
        row.negative_records += counts.negative;
        row.zero_records += counts.zero;
        row.is_whole &= counts.fractional == 0;
    }
    rows.retain(|row| row.records > 0);
    rows
}
