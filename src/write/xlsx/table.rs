//! Tables of reports: rows, what owners of blocks come to, totals; all sums are formulas that show their results.

use rust_xlsxwriter::Worksheet;

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::paper;
use super::sheet::{self, FIRST_ROW, HEADER_ROW, Placed, key_of, kinds_of, measure_of};
use crate::error::Result;
use crate::report::{Cell, ColumnId, Measure};
use crate::write::grid::{Grid, Line, Value};

/// Draws headings, lines and totals; also returns the row after these.
pub(crate) fn table(
    page: &mut Worksheet,
    name: &str,
    grid: &Grid<'_>,
    decimals: u8,
) -> Result<(Placed, u32)> {
    let kinds = kinds_of(grid, decimals);
    let widths = sheet::write_header(page, HEADER_ROW, grid, &kinds)?;
    sheet::keep_header(page, HEADER_ROW, 1)?;
    let placed = Placed {
        sheet: name.to_owned(),
        first: FIRST_ROW,
        end: FIRST_ROW + grid.lines.len() as u32,
        columns: grid.columns.iter().map(|column| column.id).zip(0..).collect(),
        long: Vec::new(),
        widths,
    };
    let mut drawing = Drawing { grid, kinds, placed };
    for (index, at) in (0..grid.lines.len()).zip(FIRST_ROW..) {
        drawing.write_line(page, index, at)?;
    }
    if !grid.lines.is_empty() {
        page.autofilter(HEADER_ROW, 0, drawing.placed.end - 1, grid.columns.len() as u16 - 1)?;
    }
    let end = drawing.placed.end + grid.totals.len() as u32;
    for (line, at) in grid.totals.iter().zip(drawing.placed.end..end) {
        drawing.write_total(page, *line, at)?;
    }
    sheet::say_long(page, &drawing.placed.long)?;
    paper::fit(page, drawing.placed.pixels(), 1)?;
    Ok((drawing.placed, end))
}

struct Drawing<'a> {
    grid: &'a Grid<'a>,
    /// One for each column.
    kinds: Vec<CellKind>,
    placed: Placed,
}

impl Drawing<'_> {
    fn write_line(&mut self, page: &mut Worksheet, index: usize, at: u32) -> Result<()> {
        let lines = &self.grid.lines;
        let line = lines[index];
        match line.kind {
            LineKind::Subtotal => {
                let rows = lines[..index].iter().rev().take_while(|line| line.kind == LineKind::Row).count();
                let first = at - rows as u32;
                page.group_rows(first, at - 1)?;
                self.write_subtotal(page, line, (first, at))
            }
            LineKind::Money => {
                let rows = self.grid.rows_of_owner(index);
                self.write_money(page, line, (FIRST_ROW + rows.start as u32, FIRST_ROW + rows.end as u32), at)
            }
            LineKind::Row | LineKind::Total => self.write_row(page, line, at),
        }
    }

    fn write_row(&mut self, page: &mut Worksheet, line: Line, at: u32) -> Result<()> {
        let change = Change::new(self.grid, line);
        for (place, id, kind, value) in values(self.grid, &self.kinds, line) {
            if let Some(formula) = change.formula(id, &self.placed, at) {
                write_formula(page, (at, place), &formula, &value, (line.kind, kind))?;
            } else if sheet::write_value(page, (at, place), value, line.kind, kind)? {
                self.placed.long.push((key_of(measure_of(id), self.grid, line), at, place));
            }
        }
        Ok(())
    }

    /// The line beneath a block, whose rows are `rows.0` up to, not including, `rows.1`.
    fn write_subtotal(&self, page: &mut Worksheet, line: Line, rows: (u32, u32)) -> Result<()> {
        for (place, id, kind, value) in values(self.grid, &self.kinds, line) {
            let at = (rows.1, place);
            if id.adds_up() && is_number(&value) && !self.has_long(rows, place) {
                let (first, last) = (sheet::name_of(rows.0, place), sheet::name_of(rows.1 - 1, place));
                write_formula(page, at, &format!("=SUBTOTAL(9,{first}:{last})"), &value, (line.kind, kind))?;
            } else {
                sheet::write_value(page, at, value, line.kind, kind)?;
            }
        }
        Ok(())
    }

    /// What an owner's rows, from `rows.0` up to, not including, `rows.1`, come to in one currency.
    fn write_money(&self, page: &mut Worksheet, line: Line, rows: (u32, u32), at: u32) -> Result<()> {
        for (place, id, kind, value) in values(self.grid, &self.kinds, line) {
            if id == ColumnId::Amount && is_number(&value) && !self.has_long(rows, place) {
                let range = |id| sheet::column_range(self.placed.column(id), rows.0, rows.1);
                let own = sheet::name_of(at, self.placed.column(ColumnId::Currency));
                let condition = self.placed.rows_only(range);
                let formula =
                    sheet::sum_of_key(&range(ColumnId::Currency), &own, &condition, &range(ColumnId::Amount));
                write_formula(page, (at, place), &formula, &value, (line.kind, kind))?;
            } else {
                sheet::write_value(page, (at, place), value, line.kind, kind)?;
            }
        }
        Ok(())
    }

    /// Whether a figure of a column is text, in rows from `rows.0` up to, not including, `rows.1`.
    fn has_long(&self, rows: (u32, u32), place: u16) -> bool {
        self.placed.long.iter().any(|(_, row, column)| (rows.0..rows.1).contains(row) && *column == place)
    }

    fn write_total(&self, page: &mut Worksheet, line: Line, at: u32) -> Result<()> {
        let grid = self.grid;
        let change = Change::new(grid, line);
        let is_of_month = grid
            .columns
            .iter()
            .any(|column| column.id.is_time() && grid.cell(line, column.id) != Cell::Empty);
        // What has no unit is money, which adds up over units.
        let is_of_unit = grid.cell(line, ColumnId::MeasuredUnit) != Cell::Empty;
        let condition = match grid.cell(line, ColumnId::HasBudget) {
            Cell::Text(word) => format!("--({}=\"{word}\"),", self.column_range(ColumnId::HasBudget)),
            _ if grid.lines.len() > grid.rows => self.placed.rows_only(|id| self.column_range(id)),
            _ => String::new(),
        };
        for (place, id, kind, value) in values(self.grid, &self.kinds, line) {
            let measure = measure_of(id);
            let is_sum = !is_of_month && (is_of_unit || measure == Measure::Amount) && id.adds_up();
            let formula = match id {
                _ if change.formula(id, &self.placed, at).is_some() => change.formula(id, &self.placed, at),
                ColumnId::Remaining(of) if self.is_remainder(of, line) => {
                    let name = |id| sheet::name_of(at, self.placed.column(id));
                    Some(format!("={}-{}", name(ColumnId::Budget(of)), name(of.value())))
                }
                _ if is_sum
                    && is_number(&value)
                    && !self.has_long_of(&key_of(measure, grid, line), place) =>
                {
                    let own = format!("${}", sheet::name_of(at, self.placed.column(measure.key())));
                    let values = sheet::column_range(place, self.placed.first, self.placed.end);
                    Some(sheet::sum_of_key(&self.column_range(measure.key()), &own, &condition, &values))
                }
                _ => None,
            };
            match formula {
                Some(formula) => write_formula(page, (at, place), &formula, &value, (line.kind, kind))?,
                None => sheet::write_value(page, (at, place), value, line.kind, kind).map(|_| ())?,
            }
        }
        Ok(())
    }

    /// Whether a figure of a unit or currency in a column is text.
    fn has_long_of(&self, key: &str, place: u16) -> bool {
        self.placed.long.iter().any(|(of, _, column)| of == key && *column == place)
    }

    /// Whether a line has a budget and its figures are numbers to the spreadsheet.
    fn is_remainder(&self, of: Measure, line: Line) -> bool {
        let figures = [ColumnId::Budget(of), of.value(), ColumnId::Remaining(of)];
        figures.into_iter().all(|id| Figure::of(self.grid.cell(line, id)).is_some_and(number::is_number))
    }

    fn column_range(&self, id: ColumnId) -> String {
        let range = sheet::column_range(self.placed.column(id), self.placed.first, self.placed.end);
        format!("${}", range.replace(':', ":$"))
    }
}

/// The columns of a line: their place, what they are, and what the line says there.
fn values<'a>(
    grid: &Grid<'a>,
    kinds: &[CellKind],
    line: Line,
) -> impl Iterator<Item = (u16, ColumnId, CellKind, Value<'a>)> {
    let columns = grid.columns.iter().zip(kinds).enumerate();
    columns.map(move |(at, (column, kind))| (at as u16, column.id, *kind, grid.value(line, at)))
}

/// Writes a formula whose result is a figure.
fn write_formula(
    page: &mut Worksheet,
    at: (u32, u16),
    formula: &str,
    value: &Value<'_>,
    (line, kind): (LineKind, CellKind),
) -> Result<()> {
    let Value::Figure(cell) = *value else { return Ok(()) };
    sheet::write_formula(page, at, formula, result(cell, kind), looks::cell(line, kind.of(cell)))
}

fn is_number(value: &Value<'_>) -> bool {
    matches!(value, Value::Figure(cell) if Figure::of(*cell).is_some_and(number::is_number))
}

/// The figures of one line that compare usage, or money, with an earlier time.
struct Change {
    /// The columns of what is compared, of what was before, and of the change.
    usage: ColumnId,
    before: ColumnId,
    change: ColumnId,
    /// Whether the figures are numbers to a spreadsheet, so that formulas can be made of them.
    is_difference: bool,
    is_share: bool,
}

impl Change {
    fn new(grid: &Grid<'_>, line: Line) -> Self {
        let figure = |id| Figure::of(grid.cell(line, id));
        let has = |id| grid.columns.iter().any(|column| column.id == id);
        let (usage, before, change) = match (has(ColumnId::AmountBefore), has(ColumnId::UsageCompared)) {
            (true, _) => (ColumnId::Amount, ColumnId::AmountBefore, ColumnId::AmountChange),
            (_, true) => (ColumnId::UsageCompared, ColumnId::UsageBefore, ColumnId::Change),
            _ => (ColumnId::Usage, ColumnId::UsageBefore, ColumnId::Change),
        };
        let is_number = |figure: Option<Figure>| figure.is_none_or(number::is_number);
        let is_difference = figure(change).is_some()
            && [figure(usage), figure(before), figure(change)].into_iter().all(is_number);
        let percent = figure(ColumnId::ChangePercent);
        let is_share = is_difference && percent.is_some_and(number::is_number);
        Self { usage, before, change, is_difference, is_share }
    }

    fn formula(&self, column: ColumnId, placed: &Placed, at: u32) -> Option<String> {
        let cell = |id| sheet::name_of(at, placed.column(id));
        let before = || cell(self.before);
        match column {
            // A sum of numbers with decimals may be off in its last digit; the figures are not.
            ColumnId::AmountChange if self.is_difference && column == self.change => {
                Some(format!("=ROUND({}-{},3)", cell(self.usage), before()))
            }
            _ if column == self.change && self.is_difference => {
                Some(format!("={}-{}", cell(self.usage), before()))
            }
            ColumnId::ChangePercent if self.is_share => {
                Some(format!("=ROUND({}/ABS({}),4)", cell(self.change), before()))
            }
            _ => None,
        }
    }
}

/// A formula's result as the file has it.
pub(crate) fn result(cell: Cell<'_>, kind: CellKind) -> String {
    match (cell, kind) {
        (Cell::Quantity(quantity), CellKind::Percent) => {
            let hundredths = quantity.hundredths();
            let sign = if hundredths < 0 { "-" } else { "" };
            let magnitude = hundredths.unsigned_abs();
            format!("{sign}{}.{:04}", magnitude / 10_000, magnitude % 10_000)
        }
        (Cell::Quantity(quantity), _) => quantity.to_string(),
        (Cell::Amount(amount), _) => amount.to_string(),
        (Cell::Count(count), _) => count.to_string(),
        (Cell::Text(text), _) => text.to_owned(),
        (Cell::Empty, _) => "0".to_owned(),
    }
}
