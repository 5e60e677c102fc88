//! Where the word "Total" stands in a row of totals.

use std::borrow::Cow;

use crate::report::{Cell, Cells, ColumnId};

/// The word that marks a row of totals.
const TOTAL: &str = "Total";

/// How rows of totals say that they are.
pub(crate) struct TotalLabels {
    /// The columns that can hold the word.
    candidates: Vec<usize>,
    /// The column that tells the part with a budget from the part without.
    has_budget: Option<usize>,
}

impl TotalLabels {
    /// Nothing where no column can hold the word: then every row is the total of its unit anyway.
    pub(crate) fn new(columns: &[ColumnId]) -> Option<Self> {
        let is_candidate = |column: &ColumnId| column.is_time() || column.is_label();
        let candidates: Vec<usize> = (0..columns.len()).filter(|at| is_candidate(&columns[*at])).collect();
        let has_budget = columns.iter().position(|column| *column == ColumnId::HasBudget);
        (!candidates.is_empty()).then_some(Self { candidates, has_budget })
    }

    /// The column of the label and the label: `Total` where a column is free, else `Total 2026-10`.
    pub(crate) fn of(&self, cells: &Cells<'_>, row: usize) -> (usize, Cow<'static, str>) {
        let part = self.has_budget.map_or(Cell::Empty, |column| cells.get(row, column));
        let free = self.candidates.iter().find(|column| cells.get(row, **column) == Cell::Empty);
        match free {
            Some(column) => (*column, Cow::Borrowed(word(part))),
            None => {
                let column = self.candidates[0];
                (column, Cow::Owned(labelled_part(cells.get(row, column), part)))
            }
        }
    }
}

impl TotalLabels {
    /// `Total Acme`, `With a budget Acme`: the label of a subtotal of that name.
    pub(crate) fn of_subtotal(&self, cells: &Cells<'_>, row: usize, name: Cell<'_>) -> String {
        labelled_part(name, self.has_budget.map_or(Cell::Empty, |column| cells.get(row, column)))
    }
}

fn word(part: Cell<'_>) -> &'static str {
    match part {
        Cell::Text("yes") => "With a budget",
        Cell::Text(_) => "Without a budget",
        _ => TOTAL,
    }
}

/// `Total 2026-10`, `With a budget 2026-10`.
pub(crate) fn labelled_part(cell: Cell<'_>, part: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => format!("{} {text}", word(part)),
        _ => word(part).to_owned(),
    }
}

/// `Total 2026-10`, `Total Acme`.
pub(crate) fn labelled(cell: Cell<'_>) -> String {
    labelled_part(cell, Cell::Empty)
}
