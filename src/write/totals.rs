//! Where the word "Total" stands in a row of totals.

use std::fmt;

use crate::report::{Cell, Cells, ColumnId};

/// The word that marks a row of totals.
pub(crate) const TOTAL: &str = "Total";

/// How rows of totals say that they are.
#[derive(Clone)]
pub(crate) struct TotalLabels {
    /// The columns that can hold the word.
    candidates: Vec<usize>,
    /// The column that tells the part with a budget from the part without.
    has_budget: Option<usize>,
}

/// The label of a row of totals: `Total`, or `Total 2026-10` where no column is free for the word.
pub(crate) struct TotalLabel<'a> {
    pub column: usize,
    pub word: &'static str,
    /// What the row is the total of.
    pub of: Cell<'a>,
}

impl TotalLabels {
    /// Nothing where no column can hold the word: then every row is the total of its unit anyway.
    pub(crate) fn new(columns: &[ColumnId]) -> Option<Self> {
        let is_candidate = |column: &ColumnId| column.is_time() || column.is_label();
        let candidates: Vec<usize> = (0..columns.len()).filter(|at| is_candidate(&columns[*at])).collect();
        let has_budget = columns.iter().position(|column| *column == ColumnId::HasBudget);
        (!candidates.is_empty()).then_some(Self { candidates, has_budget })
    }

    /// The same with the word always in one column.
    pub(crate) fn in_column(self, column: usize) -> Self {
        Self { candidates: vec![column], ..self }
    }

    /// The label of a row, in the first column that is free.
    pub(crate) fn of<'a>(&self, cells: &Cells<'a>, row: usize) -> TotalLabel<'a> {
        let free = self.candidates.iter().find(|column| cells.get(row, **column) == Cell::Empty);
        let column = *free.unwrap_or(&self.candidates[0]);
        TotalLabel { column, word: self.word(cells, row), of: cells.get(row, column) }
    }

    /// The word for a row of totals or subtotals: `Total`, `With a budget`.
    pub(crate) fn word(&self, cells: &Cells<'_>, row: usize) -> &'static str {
        match self.has_budget.map_or(Cell::Empty, |column| cells.get(row, column)) {
            Cell::Text("yes") => "With a budget",
            Cell::Text(_) => "Without a budget",
            _ => TOTAL,
        }
    }
}

/// `Total 2026-10`, `With a budget 2026-10`.
impl fmt::Display for TotalLabel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.word)?;
        match self.of {
            Cell::Text(text) => write!(f, " {text}"),
            _ => Ok(()),
        }
    }
}
