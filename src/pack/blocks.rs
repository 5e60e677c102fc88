//! Rows of a report in blocks, each of one owner and one unit, with what the block comes to.

use std::collections::HashMap;

use crate::report::{Cell, ColumnKind, Report};

/// A report whose rows belong to owners: the first of its dimensions.
#[derive(Clone, Debug)]
pub struct Grouped {
    pub report: Report,
    /// One row for each owner and unit.
    pub owners: Report,
    /// In the order of the owners' rows.
    pub blocks: Vec<Block>,
}

/// The rows of one owner in one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The row among the owners.
    pub owner: usize,
    /// The rows of the report, in its order.
    pub rows: Vec<usize>,
}

impl Grouped {
    /// Brings rows to their owners; both reports are of the same records.
    pub fn new(report: Report, owners: Report) -> Self {
        let mut blocks: Vec<Block> =
            (0..owners.rows.len()).map(|owner| Block { owner, rows: Vec::new() }).collect();
        {
            let of_owner: HashMap<_, _> = keys(&owners).zip(0..).collect();
            for (row, key) in keys(&report).enumerate() {
                let owner: &usize = of_owner.get(&key).expect("both reports are of the same records");
                blocks[*owner].rows.push(row);
            }
        }
        Self { report, owners, blocks }
    }
}

/// The owner's uuid and the unit of each row.
fn keys(report: &Report) -> impl Iterator<Item = (Cell<'_>, Cell<'_>)> {
    let uuid = report.columns.iter().position(|column| matches!(column.kind, ColumnKind::Uuid(_)));
    let unit = report.columns.iter().position(|column| column.kind == ColumnKind::Unit);
    let (uuid, unit) = uuid.zip(unit).expect("owners have uuids, and every report has units");
    let cells = report.rows.cells();
    (0..report.rows.len()).map(move |row| (cells.get(row, uuid), cells.get(row, unit)))
}
