//! Where the word "Total" stands in a row of totals.

use std::borrow::Cow;

use crate::report::{Cell, Cells, Column, ColumnKind};

/// The word that marks a row of totals.
const TOTAL: &str = "Total";

/// How rows of totals say that they are.
pub struct TotalLabels {
    /// The columns that can hold the word.
    candidates: Vec<usize>,
}

impl TotalLabels {
    /// Nothing where no column can hold the word: then every row is the total of its unit anyway.
    pub fn new(columns: &[Column]) -> Option<Self> {
        let is_candidate =
            |column: &Column| matches!(column.kind, ColumnKind::Time(_) | ColumnKind::Label(_));
        let candidates: Vec<usize> = (0..columns.len()).filter(|at| is_candidate(&columns[*at])).collect();
        (!candidates.is_empty()).then_some(Self { candidates })
    }

    /// The column of the label and the label: `Total` where a column is free, else `Total 2026-10`.
    pub fn of(&self, cells: &Cells<'_>, row: usize) -> (usize, Cow<'static, str>) {
        let free = self.candidates.iter().find(|column| cells.get(row, **column) == Cell::Empty);
        match free {
            Some(column) => (*column, Cow::Borrowed(TOTAL)),
            None => {
                let column = self.candidates[0];
                (column, Cow::Owned(labelled(cells.get(row, column))))
            }
        }
    }
}

/// `Total 2026-10`, `Total Acme`.
pub fn labelled(cell: Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => format!("{TOTAL} {text}"),
        _ => TOTAL.to_owned(),
    }
}
