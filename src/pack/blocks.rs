//! Rows of a report in blocks, each of one owner and one unit, with what the block comes to.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::amount::Amount;
use crate::report::{Cell, ColumnId, Report};

/// A report whose rows belong to owners: the first of its dimensions.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    pub(crate) report: Report,
    /// One row for each owner and unit, whatever its usage costs.
    pub(crate) owners: Report,
    /// Those of one owner stand together: its units in the order of its rows, then its credits.
    pub(crate) blocks: Vec<Block>,
    /// By owner and currency, in the order of the owners; none if usage has no prices.
    pub(crate) money: Vec<OwnerMoney>,
}

/// What all blocks of an owner come to in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnerMoney {
    /// The owner's blocks.
    pub(crate) blocks: Range<usize>,
    pub(crate) currency: String,
    pub(crate) amount: Amount,
}

/// The rows of one owner in one unit; a credit stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The row among the owners; `None` of a credit, which needs no line beneath it: the customer's total in its
    /// currency has it.
    pub(crate) owner: Option<usize>,
    /// The rows of the report, in its order; at least one.
    pub(crate) rows: Vec<usize>,
}

impl Grouped {
    /// Brings rows to their owners; both reports are of the same records, that of the owners without prices.
    pub(crate) fn new(report: Report, owners: Report) -> Self {
        let rows_of_owners: HashMap<_, _> = keys(&owners).zip(0..).collect();
        let rows: Vec<Key<'_>> = keys(&report).collect();
        let (mut blocks, mut money) = (Vec::new(), Vec::new());
        let mut start = 0;
        for of_owner in rows.chunk_by(|a, b| a.uuid == b.uuid) {
            let (end, first_block) = (start + of_owner.len(), blocks.len());
            let mut units: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            let mut credits = Vec::new();
            for (row, key) in (start..end).zip(of_owner) {
                if key.credit != Cell::Empty {
                    credits.push(Block { owner: None, rows: vec![row] });
                    continue;
                }
                let owner = rows_of_owners.get(key).expect("both reports are of the same records");
                units.entry(*owner).or_default().push(row);
            }
            blocks.extend(units.into_iter().map(|(owner, rows)| Block { owner: Some(owner), rows }));
            blocks.extend(credits);
            let sums = amounts(&report, start..end).into_iter();
            money.extend(sums.map(|(currency, amount)| OwnerMoney {
                blocks: first_block..blocks.len(),
                currency: currency.to_owned(),
                amount,
            }));
            start = end;
        }
        Self { report, owners, blocks, money }
    }

    /// The first row of an owner.
    pub(crate) fn first_row(&self, money: &OwnerMoney) -> usize {
        self.blocks[money.blocks.start].rows[0]
    }
}

/// What rows come to by currency.
fn amounts(report: &Report, rows: Range<usize>) -> BTreeMap<&str, Amount> {
    let mut sums = BTreeMap::new();
    let columns = report.column(ColumnId::Currency).zip(report.column(ColumnId::Amount));
    let Some((currency, amount)) = columns else { return sums };
    let cells = report.rows.cells();
    for row in rows {
        if let (Cell::Text(code), Cell::Amount(amount)) = (cells.get(row, currency), cells.get(row, amount)) {
            *sums.entry(code).or_default() += amount;
        }
    }
    sums
}

/// Whose a row is, and in which unit; credits have their words besides.
#[derive(PartialEq, Eq, Hash)]
struct Key<'a> {
    uuid: Cell<'a>,
    unit: Cell<'a>,
    credit: Cell<'a>,
}

fn keys(report: &Report) -> impl Iterator<Item = Key<'_>> {
    let uuid = report.columns.iter().position(ColumnId::is_uuid);
    let (unit, credit) = (report.column(ColumnId::MeasuredUnit), report.column(ColumnId::ChargeDescription));
    let cells = report.rows.cells();
    let cell = move |row, column: Option<usize>| column.map_or(Cell::Empty, |column| cells.get(row, column));
    (0..report.rows.len()).map(move |row| Key {
        uuid: cell(row, uuid),
        unit: cell(row, unit),
        credit: cell(row, credit),
    })
}
