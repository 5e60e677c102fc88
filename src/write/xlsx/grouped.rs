//! Tables in blocks: the rows of one owner in one unit, foldable, with what they come to beneath.

use rust_xlsxwriter::{Worksheet, utility};

use super::looks::{self, LineKind};
use super::number::{self, Figure};
use super::sheet::{self, FIRST_ROW, HEADER_ROW, Placed, SheetColumn, key_of, measure_of};
use super::summary::result;
use super::text::shown;
use crate::error::Result;
use crate::pack::{Block, Grouped, OwnerMoney, Pack};
use crate::report::{Cell, Cells, ColumnId, Report};
use crate::write::twins::Twins;

/// Draws blocks and grand totals.
pub(super) fn grouped(
    pack: &Pack,
    grouped: &Grouped,
    name: &str,
    title: &str,
) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, title, "")?;
    let report = &grouped.report;
    let columns = sheet::columns(report, &pack.letterhead);
    let twins = Twins::new(&report.columns, &[&report.rows]);
    sheet::write_header(&mut page, HEADER_ROW, &columns, report, &twins)?;
    sheet::keep_header(&mut page, HEADER_ROW, 1)?;
    let subtotals = grouped.blocks.iter().filter(|block| block.owner.is_some()).count();
    let placed = Placed {
        sheet: name.to_owned(),
        first: FIRST_ROW,
        end: FIRST_ROW + (report.rows.len() + subtotals + grouped.money.len()) as u32,
        columns: (0..).zip(&columns).map(|(at, column)| (column.id, at)).collect(),
        long: Vec::new(),
    };
    let mut drawing = Drawing { grouped, columns: &columns, twins, placed };
    let mut at = FIRST_ROW;
    let owners = grouped.owners.rows.cells();
    let rows = report.rows.cells();
    let mut money = grouped.money.iter().peekable();
    let mut starts = Vec::with_capacity(grouped.blocks.len());
    for (number, block) in grouped.blocks.iter().enumerate() {
        starts.push(at);
        drawing.write_rows(&mut page, block, at)?;
        let end = at + block.rows.len() as u32;
        let label = owner_label(report, &rows, block.rows[0], &drawing.twins);
        let first = std::mem::replace(&mut at, end);
        if let Some(owner) = block.owner {
            page.group_rows(first, end - 1)?;
            drawing.write_subtotal(&mut page, (&owners, owner), (first, end), &label)?;
            at += 1;
        }
        while let Some(of_owner) = money.next_if(|money| money.blocks.end == number + 1) {
            drawing.write_money(&mut page, of_owner, (starts[of_owner.blocks.start], end), at, &label)?;
            at += 1;
        }
    }
    if !report.rows.is_empty() {
        page.autofilter(HEADER_ROW, 0, at - 1, columns.len() as u16 - 1)?;
    }
    let totals = report.totals.cells();
    for (row, at) in (0..report.totals.len()).zip(at..) {
        drawing.write_total(&mut page, &totals, row, at)?;
    }
    sheet::say_long(&mut page, &drawing.placed.long)?;
    Ok((page, drawing.placed))
}

/// `Total Acme [0a1b2c3d]`.
fn owner_label<'a>(report: &'a Report, cells: &Cells<'a>, row: usize, twins: &Twins<'a>) -> String {
    let column = report.columns.iter().position(ColumnId::is_label);
    let column = column.expect("an owner has a name");
    match cells.get(row, column) {
        Cell::Text(name) => format!("Total {}{}", shown(name), twins.mark(cells, row, column)),
        _ => "Total".to_owned(),
    }
}

struct Drawing<'a> {
    grouped: &'a Grouped,
    columns: &'a [SheetColumn<'a>],
    twins: Twins<'a>,
    placed: Placed,
}

impl Drawing<'_> {
    fn write_rows(&mut self, page: &mut Worksheet, block: &Block, first: u32) -> Result<()> {
        let report = &self.grouped.report;
        let cells = report.rows.cells();
        for (row, at) in block.rows.iter().zip(first..) {
            for (place, column) in (0..).zip(self.columns) {
                let mark = self.twins.mark(&cells, *row, column.source);
                if sheet::write_row_cell(page, (at, place), column, (&cells, *row), &mark)? {
                    let key = key_of(measure_of(column.id), report, &cells, *row);
                    self.placed.long.push((key, at, place));
                }
            }
        }
        Ok(())
    }

    /// The line beneath a block, whose rows are `rows.0` up to, not including, `rows.1`.
    fn write_subtotal(
        &self,
        page: &mut Worksheet,
        (owners, owner): (&Cells<'_>, usize),
        rows: (u32, u32),
        label: &str,
    ) -> Result<()> {
        let at = rows.1;
        for (place, column) in (0..).zip(self.columns) {
            let source = self.grouped.owners.column(column.id);
            let cell = source.map_or(Cell::Empty, |source| owners.get(owner, source));
            let format = looks::cell(LineKind::Subtotal, column.kind.of(cell));
            let has_long =
                self.placed.long.iter().any(|(_, row, of)| (rows.0..at).contains(row) && *of == place);
            if place == 0 {
                page.write_string_with_format(at, place, label, format)?;
            } else if column.id.is_of_charge() || matches!(column.id, ColumnId::Currency | ColumnId::Amount) {
                // What stands here marks rows; amounts are in the owner's total of the currency.
                page.write_blank(at, place, format)?;
            } else if column.id.adds_up() && is_number(cell) && !has_long {
                let first = utility::row_col_to_cell(rows.0, place);
                let formula = format!("=SUBTOTAL(9,{first}:{})", utility::row_col_to_cell(at - 1, place));
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
            } else {
                sheet::write_cell(page, (at, place), cell, LineKind::Subtotal, column.kind)?;
            }
        }
        Ok(())
    }

    /// What an owner's rows, from `rows.0` to `rows.1`, come to in one currency.
    fn write_money(
        &self,
        page: &mut Worksheet,
        money: &OwnerMoney,
        rows: (u32, u32),
        at: u32,
        label: &str,
    ) -> Result<()> {
        for (place, column) in (0..).zip(self.columns) {
            let cell = Cell::Amount(money.amount);
            let is_amount = column.id == ColumnId::Amount;
            let kind = if is_amount { column.kind.of(cell) } else { column.kind };
            let format = looks::cell(LineKind::Subtotal, kind);
            let long =
                self.placed.long.iter().filter(|(_, row, of)| (rows.0..at).contains(row) && *of == place);
            match column.id {
                _ if place == 0 => {
                    page.write_string_with_format(at, place, label, format)?;
                }
                ColumnId::Currency => {
                    page.write_string_with_format(at, place, &money.currency, format)?;
                }
                ColumnId::Amount if is_number(cell) && long.count() == 0 => {
                    let range = |id| sheet::column_range(self.placed.column(id), rows.0, rows.1);
                    let own = sheet::name_of(at, self.placed.column(ColumnId::Currency));
                    let condition = self.placed.rows_only(range);
                    let formula = sheet::sum_of_key(
                        &range(ColumnId::Currency),
                        &own,
                        &condition,
                        &range(ColumnId::Amount),
                    );
                    sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
                }
                ColumnId::Amount => {
                    sheet::write_cell(page, (at, place), cell, LineKind::Subtotal, column.kind)?;
                }
                _ => {
                    page.write_blank(at, place, format)?;
                }
            }
        }
        Ok(())
    }

    fn write_total(&self, page: &mut Worksheet, totals: &Cells<'_>, row: usize, at: u32) -> Result<()> {
        let (first, end) = (self.placed.first, self.placed.end);
        for (place, column) in (0..).zip(self.columns) {
            let cell = totals.get(row, column.source);
            let format = looks::cell(LineKind::Total, column.kind.of(cell));
            let measure = measure_of(column.id);
            let key = key_of(measure, &self.grouped.report, totals, row);
            let has_long = self.placed.long.iter().any(|(of, _, column)| *of == key && *column == place);
            if place == 0 {
                page.write_string_with_format(at, place, "Total", format)?;
            } else if column.id.adds_up() && is_number(cell) && !has_long {
                let range = |id| sheet::column_range(self.placed.column(id), first, end);
                let own = sheet::name_of(at, self.placed.column(measure.key()));
                let condition = self.placed.rows_only(range);
                let formula = sheet::sum_of_key(&range(measure.key()), &own, &condition, &range(column.id));
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
            } else {
                sheet::write_cell(page, (at, place), cell, LineKind::Total, column.kind)?;
            }
        }
        Ok(())
    }
}

fn is_number(cell: Cell<'_>) -> bool {
    Figure::of(cell).is_some_and(number::is_number)
}
