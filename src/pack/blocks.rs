//! Rows of a report in blocks, each of one owner and one unit, with what the block comes to.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use crate::amount::Amount;
use crate::report::{Cell, ColumnId, Report};

/// A report whose rows belong to owners: the first of its dimensions.
#[derive(Clone, Debug)]
pub(crate) struct Grouped {
    pub(crate) report: Report,
    /// One row for each owner and unit.
    pub(crate) owners: Report,
    /// In the order of the owners' rows.
    pub(crate) blocks: Vec<Block>,
    /// By owner and currency, in the order of the owners; none where usage has no prices.
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

/// The rows of one owner in one unit, and of amounts in one currency; a credit stands alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The row among the owners.
    pub(crate) owner: usize,
    /// The rows of the report, in its order.
    pub(crate) rows: Vec<usize>,
    /// A credit needs no line beneath it: the customer's total in its currency has it.
    pub(crate) is_credit: bool,
}

impl Grouped {
    /// Brings rows to their owners; both reports are of the same records.
    pub(crate) fn new(report: Report, owners: Report) -> Self {
        let block = |(owner, [.., description]): (usize, [Cell<'_>; 4])| Block {
            owner,
            rows: Vec::new(),
            is_credit: description != Cell::Empty,
        };
        let mut blocks: Vec<Block> = keys(&owners).enumerate().map(|(at, key)| block((at, key))).collect();
        {
            let of_owner: HashMap<_, _> = keys(&owners).zip(0..).collect();
            for (row, key) in keys(&report).enumerate() {
                let owner: &usize = of_owner.get(&key).expect("both reports are of the same records");
                blocks[*owner].rows.push(row);
            }
        }
        let money = money(&owners);
        Self { report, owners, blocks, money }
    }
}

/// What the rows of each owner come to; those of one owner stand together.
fn money(owners: &Report) -> Vec<OwnerMoney> {
    let columns = owners.column(ColumnId::Currency).zip(owners.column(ColumnId::Amount));
    let Some((currency, amount)) = columns else { return Vec::new() };
    let cells = owners.rows.cells();
    let rows: Vec<(Cell<'_>, usize)> = keys(owners).map(|[uuid, ..]| uuid).zip(0..).collect();
    let mut money = Vec::new();
    for block in rows.chunk_by(|a, b| a.0 == b.0) {
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        for (_, row) in block {
            if let (Cell::Text(code), Cell::Amount(amount)) =
                (cells.get(*row, currency), cells.get(*row, amount))
            {
                *sums.entry(code).or_default() += amount;
            }
        }
        let blocks = block[0].1..block[block.len() - 1].1 + 1;
        money.extend(sums.into_iter().map(|(currency, amount)| OwnerMoney {
            blocks: blocks.clone(),
            currency: currency.to_owned(),
            amount,
        }));
    }
    money
}

/// The owner's uuid and the unit of each row; of amounts also the currency, and the words of credits.
fn keys(report: &Report) -> impl Iterator<Item = [Cell<'_>; 4]> {
    let columns = [
        report.columns.iter().position(ColumnId::is_uuid),
        report.column(ColumnId::MeasuredUnit),
        report.column(ColumnId::Currency),
        report.column(ColumnId::ChargeDescription),
    ];
    let cells = report.rows.cells();
    (0..report.rows.len())
        .map(move |row| columns.map(|column| column.map_or(Cell::Empty, |column| cells.get(row, column))))
}
