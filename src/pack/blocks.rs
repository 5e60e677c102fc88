//! Rows of a report in blocks, each of one owner and one unit, with what the block comes to.

use std::collections::HashMap;

use crate::report::{Cell, Column, ColumnKind, Report};

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

/// The owner's uuid and the unit of each row; of amounts also the currency, and the words of credits.
fn keys(report: &Report) -> impl Iterator<Item = [Cell<'_>; 4]> {
    let place = |is_it: &dyn Fn(&Column) -> bool| report.columns.iter().position(is_it);
    let columns = [
        place(&|column| matches!(column.kind, ColumnKind::Uuid(_))),
        place(&|column| column.kind == ColumnKind::Unit),
        place(&|column| column.kind == ColumnKind::Currency),
        place(&|column| column.name == "charge_description"),
    ];
    let cells = report.rows.cells();
    (0..report.rows.len())
        .map(move |row| columns.map(|column| column.map_or(Cell::Empty, |column| cells.get(row, column))))
}
