//! The tie-out: the rows of every report of a pack come to the same usage and the same records.

use std::collections::HashMap;

use super::Grouped;
use crate::amount::Amount;
use crate::quantity::Quantity;
use crate::report::{Cell, ColumnId, MoneyTotal, Report, Section};

/// What the rows of each report come to in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// The unit, byte for byte.
    pub measured_unit: String,
    /// The total, summed from the records and not from rows.
    pub total: UnitTotal,
    pub(crate) detail: UnitTotal,
    pub(crate) summary: UnitTotal,
    pub(crate) projects: UnitTotal,
    pub(crate) offerings: UnitTotal,
}

/// Usage, and of how many records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitTotal {
    /// The sum of the records' usage.
    pub usage: Quantity,
    /// How many records are in the sum.
    pub records: u64,
}

impl UnitTotal {
    /// Whether it is of no record, and of no usage that no user has.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Tie {
    /// Whether all reports agree.
    pub(crate) fn is_tied(&self) -> bool {
        [self.detail, self.summary, self.projects, self.offerings].iter().all(|amount| *amount == self.total)
    }
}

/// What the rows of each report come to in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyTie {
    /// Its code in ISO 4217.
    pub currency: String,
    /// The total, summed from the records and credits and not from rows.
    pub total: Amount,
    pub(crate) detail: Amount,
    pub(crate) summary: Amount,
    pub(crate) projects: Amount,
    pub(crate) offerings: Amount,
}

impl MoneyTie {
    /// Whether all reports agree.
    pub(crate) fn is_tied(&self) -> bool {
        [self.detail, self.summary, self.projects, self.offerings].iter().all(|amount| *amount == self.total)
    }
}

/// One for each currency in order; none if usage has no prices.
pub(crate) fn money_ties(
    detail: &Report,
    summary: &Report,
    projects: &Grouped,
    offerings: &Grouped,
) -> Vec<MoneyTie> {
    let Some(pricing) = &summary.provenance.pricing else { return Vec::new() };
    let of_rows = |report: &Report| money(report);
    let [detail, by_summary, projects, offerings] =
        [detail, summary, &projects.report, &offerings.report].map(of_rows);
    let of = |sums: &HashMap<String, Amount>, currency: &str| sums.get(currency).copied().unwrap_or_default();
    let tie = |total: &MoneyTotal| MoneyTie {
        currency: total.currency.clone(),
        total: total.amount,
        detail: of(&detail, &total.currency),
        summary: of(&by_summary, &total.currency),
        projects: of(&projects, &total.currency),
        offerings: of(&offerings, &total.currency),
    };
    pricing.totals.iter().map(tie).collect()
}

/// The amounts of a report's rows by currency.
fn money(report: &Report) -> HashMap<String, Amount> {
    let mut sums: HashMap<String, Amount> = HashMap::new();
    let columns = report.column(ColumnId::Currency).zip(report.column(ColumnId::Amount));
    let Some((currency, amount)) = columns else { return sums };
    let cells = report.rows.cells();
    for row in 0..report.rows.len() {
        if let (Cell::Text(code), Cell::Amount(amount)) = (cells.get(row, currency), cells.get(row, amount)) {
            match sums.get_mut(code) {
                Some(sum) => *sum += amount,
                None => {
                    sums.insert(code.to_owned(), amount);
                }
            }
        }
    }
    sums
}

/// One for each unit in the order of the totals, for units of the time reported on.
pub(crate) fn ties(detail: &Report, summary: &Report, projects: &Grouped, offerings: &Grouped) -> Vec<Tie> {
    let of_rows = |report: &Report| amounts(report, &report.rows).into_iter().collect::<HashMap<_, _>>();
    let (detail, by_summary) = (of_rows(detail), of_rows(summary));
    let (projects, offerings) = (of_rows(&projects.report), of_rows(&offerings.report));
    let of =
        |amounts: &HashMap<String, UnitTotal>, unit: &str| amounts.get(unit).copied().unwrap_or_default();
    let tie = |(unit, total): (String, UnitTotal)| Tie {
        total,
        detail: of(&detail, &unit),
        summary: of(&by_summary, &unit),
        projects: of(&projects, &unit),
        offerings: of(&offerings, &unit),
        measured_unit: unit,
    };
    let totals = amounts(summary, &summary.totals).into_iter();
    totals.filter(|(_, total)| !total.is_empty()).map(tie).collect()
}

/// Usage and records by unit, in the order in which the units come first.
pub(crate) fn amounts(report: &Report, section: &Section) -> Vec<(String, UnitTotal)> {
    let column =
        |id| report.column(id).expect("every report that is not pivoted has units, usage and records");
    let (unit, usage, records) =
        (column(ColumnId::MeasuredUnit), column(ColumnId::Usage), column(ColumnId::Records));
    let cells = section.cells();
    let mut amounts: Vec<(&str, UnitTotal)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in 0..section.len() {
        let Cell::Text(unit) = cells.get(row, unit) else { continue };
        let place = *places.entry(unit).or_insert_with(|| {
            amounts.push((unit, UnitTotal::default()));
            amounts.len() - 1
        });
        let amount = &mut amounts[place].1;
        if let Cell::Quantity(quantity) = cells.get(row, usage) {
            amount.usage += quantity;
        }
        if let Cell::Count(count) = cells.get(row, records) {
            amount.records += count;
        }
    }
    amounts.into_iter().map(|(unit, amount)| (unit.to_owned(), amount)).collect()
}
