//! Rows with their totals that are no report, but are drawn by the same writers: what changed, and what is behind a
//! figure.

use std::ops::Range;

use chrono::NaiveDate;
use serde_json::Value;

use crate::report::{ColumnId, Section};

/// What a statement is about.
#[derive(Clone, Debug, Default)]
pub struct Caption {
    /// For eyes: a fact or more a line.
    pub title: Vec<String>,
    /// For programs: by name, in their order.
    pub facts: Vec<(&'static str, Value)>,
    /// What to say where there are no rows.
    pub nothing: &'static str,
    /// The day on which the data is seen: the date of documents.
    pub as_of: NaiveDate,
}

/// Rows of the columns of one kind of statement.
///
/// The first column says what a row is. Rows come some at a time, since their texts may take more memory than all
/// that they are made of.
pub trait Statement {
    /// What the statement is about.
    fn caption(&self) -> &Caption;

    /// The columns of the rows, the parts and the totals alike.
    fn columns(&self) -> Vec<ColumnId>;

    /// The columns that eyes do without, beside those of uuids.
    fn hidden_columns(&self) -> &'static [ColumnId];

    /// The number of rows.
    fn len(&self) -> usize;

    /// Whether there is nothing to show; then writers show [`Caption::nothing`].
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows of a range, which lies within [`len`](Self::len).
    fn rows(&self, range: Range<usize>) -> Section;

    /// What the rows of each first word come to, by unit.
    fn parts(&self) -> Section;

    /// What all rows come to, by unit or currency; empty where that would add up unlike things.
    fn totals(&self) -> Section;
}
