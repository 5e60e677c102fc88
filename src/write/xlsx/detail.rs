//! The flat detail, of any length, as the Excel table that formulas elsewhere name.

use std::collections::HashMap;
use std::ops::Range;

use rust_xlsxwriter::{IgnoreError, Table, TableColumn, TableStyle, Workbook, Worksheet, utility};

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::sheet;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::pack::Pack;
use crate::report::{Cell, ColumnId, Measure, Report};

/// The lines of a sheet without the header.
const ROWS_MAX: usize = 1_048_575;

/// A sheet of more rows than this waits on disk until the workbook is saved, row by row.
const ROWS_IN_MEMORY: usize = 20_000;

/// How the sheets and their tables are called.
const NAME: &str = "Detail";
const TABLE: &str = "tblDetail";

/// The flat detail and what formulas need to know of it.
pub(super) struct Detail<'a> {
    pub report: &'a Report,
    /// The rows of each sheet.
    pub parts: Vec<Part>,
    rows_in_memory: usize,
    /// By measure and its key: the cells whose figure is text, and the largest figure whatever its sign.
    facts: HashMap<(Measure, &'a str), (Vec<String>, Figure)>,
}

/// The rows of one sheet.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub sheet: String,
    pub table: String,
    pub rows: Range<usize>,
}

impl<'a> Detail<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        Self::with_rows(report, ROWS_MAX, ROWS_IN_MEMORY)
    }

    /// With at most that many rows on a sheet, and on one that is kept in memory.
    pub(super) fn with_rows(report: &'a Report, rows_max: usize, rows_in_memory: usize) -> Self {
        let count = report.rows.len();
        let part = |(at, start): (usize, usize)| {
            let (sheet, table) = match at {
                0 => (NAME.to_owned(), TABLE.to_owned()),
                _ => (format!("{NAME} {}", at + 1), format!("{TABLE}{}", at + 1)),
            };
            Part { sheet, table, rows: start..count.min(start + rows_max) }
        };
        let mut detail = Self {
            report,
            parts: (0..count.max(1)).step_by(rows_max).enumerate().map(part).collect(),
            rows_in_memory,
            facts: HashMap::new(),
        };
        detail.facts = detail.facts_of_rows();
        detail
    }

    /// Whether a sheet waits on disk until the workbook is saved.
    pub(super) fn is_on_disk(&self) -> bool {
        self.parts.iter().any(|part| self.waits_on_disk(part))
    }

    fn waits_on_disk(&self, part: &Part) -> bool {
        part.rows.len() > self.rows_in_memory
    }

    fn facts_of_rows(&self) -> HashMap<(Measure, &'a str), (Vec<String>, Figure)> {
        let cells = self.report.rows.cells();
        let mut facts: HashMap<(Measure, &str), (Vec<String>, Figure)> = HashMap::new();
        for measure in [Measure::Usage, Measure::Amount] {
            let Some((key, value)) =
                self.report.column(measure.key()).zip(self.report.column(measure.value()))
            else {
                continue;
            };
            for part in &self.parts {
                for row in part.rows.clone() {
                    let (Cell::Text(key), Some(figure)) =
                        (cells.get(row, key), Figure::of(cells.get(row, value)))
                    else {
                        continue;
                    };
                    let (long, largest) = facts.entry((measure, key)).or_insert_with(|| (Vec::new(), figure));
                    if figure.magnitude() > largest.magnitude() {
                        *largest = figure;
                    }
                    if !number::is_number(figure) {
                        let (line, column) = ((row - part.rows.start) as u32 + 1, value as u16);
                        long.push(utility::worksheet_range_absolute(&part.sheet, line, column, line, column));
                    }
                }
            }
        }
        facts
    }

    /// The cells of a unit or currency whose figure is text.
    pub(super) fn long(&self, measure: Measure, key: &str) -> Vec<String> {
        self.facts.get(&(measure, key)).map(|(long, _)| long.clone()).unwrap_or_default()
    }

    /// The largest figure of a row, whatever its sign.
    pub(super) fn largest(&self, measure: Measure, key: &str) -> Option<Figure> {
        self.facts.get(&(measure, key)).map(|(_, largest)| *largest)
    }

    /// `SUM(tblDetail[records])` over all sheets.
    pub(super) fn sum_of(&self, column: &str) -> String {
        self.over_parts(|table| format!("SUM({table}[{column}])"))
    }

    /// The figures of the unit or currency that a cell names, over all sheets.
    pub(super) fn sum_of_key(&self, measure: Measure, own: &str) -> String {
        let sum = |table: &str| {
            let (keys, values) = (measure.key(), measure.value());
            sheet::sum_of_key(&format!("{table}[{keys}]"), own, "", &format!("{table}[{values}]"))
        };
        self.over_parts(|table| sum(table).trim_start_matches('=').to_owned())
    }

    fn over_parts(&self, sum: impl Fn(&str) -> String) -> String {
        if self.report.rows.is_empty() {
            return "0".to_owned();
        }
        self.parts.iter().map(|part| sum(&part.table)).collect::<Vec<_>>().join("+")
    }

    /// The sheets, for the workbook to take.
    pub(super) fn sheets(&self, pack: &Pack, workbook: &mut Workbook) -> Result<Vec<Worksheet>> {
        self.parts.iter().map(|part| self.sheet(pack, part, workbook)).collect()
    }

    fn sheet(&self, pack: &Pack, part: &Part, workbook: &mut Workbook) -> Result<Worksheet> {
        let mut page = match self.waits_on_disk(part) {
            true => workbook.new_worksheet_with_low_memory()?,
            false => Worksheet::new(),
        };
        page.set_name(&part.sheet)?;
        sheet::print_setup(&mut page, pack, &part.sheet);
        page.set_screen_gridlines(true);
        sheet::keep_header(&mut page, 0, 0)?;
        let columns = &self.report.columns;
        let kinds: Vec<CellKind> = columns.iter().map(|column| sheet::kind(*column, looks::EXACT)).collect();
        let last = part.rows.len() as u32;
        for ((at, column), kind) in (0..).zip(columns).zip(&kinds) {
            page.set_column_width(at, width(*column, *kind))?;
            if last == 0 {
                page.write_string_with_format(0, at, column.name(), &sheet::heading_of(*kind))?;
            } else if *kind == CellKind::Id {
                page.ignore_error_range(1, at, last, at, IgnoreError::NumberStoredAsText)?;
            }
        }
        if last > 0 {
            let headers: Vec<TableColumn> =
                columns.iter().zip(&kinds).map(|(column, kind)| header(&column.name(), *kind)).collect();
            let table =
                Table::new().set_name(&part.table).set_columns(&headers).set_style(TableStyle::Light9);
            page.add_table(0, 0, last, columns.len() as u16 - 1, &table)?;
        }
        let cells = self.report.rows.cells();
        for (row, line) in part.rows.clone().zip(1..) {
            for ((at, source), kind) in (0..).zip(0..columns.len()).zip(&kinds) {
                sheet::write_cell(&mut page, (line, at), cells.get(row, source), LineKind::Row, *kind)?;
            }
        }
        Ok(page)
    }
}

fn header(name: &str, kind: CellKind) -> TableColumn {
    TableColumn::new().set_header(name).set_header_format(sheet::heading_of(kind))
}

fn width(column: ColumnId, kind: CellKind) -> u32 {
    match kind {
        CellKind::Id => 31,
        CellKind::Text if is_long(column) => 34,
        CellKind::Text => 18,
        CellKind::Month => 10,
        CellKind::Usage(_) | CellKind::Amount(_) => 18,
        _ => 11,
    }
}

/// Whether names in it tend to be long.
fn is_long(column: ColumnId) -> bool {
    matches!(column, ColumnId::Label(of) if !matches!(of, Dimension::Component | Dimension::Attribute(_)))
}
