//! The flat detail, of any length: its rows are written straight into the packed file.
//!
//! The library that makes the other sheets keeps every cell of an Excel table in memory. So it makes a table of a
//! few sample rows; what it wrote of them tells the styles, and the true rows take their place in [`splice`](super::splice).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use rayon::prelude::*;
use rust_xlsxwriter::{IgnoreError, Table, TableColumn, TableStyle, Worksheet, utility};

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::sheet;
use super::text::{escape, shown};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::pack::Pack;
use crate::report::{Cell, Cells, ColumnId, Measure, Report};

/// The lines of a sheet without the header.
const ROWS_MAX: usize = 1_048_575;

/// How the sheets and their tables are called.
const NAME: &str = "Detail";
const TABLE: &str = "tblDetail";

/// The flat detail and what formulas need to know of it.
pub struct Detail<'a> {
    pub report: &'a Report,
    /// The rows of each sheet.
    pub parts: Vec<Part>,
    /// By measure and its key: the cells whose figure is text, and the largest figure whatever its sign.
    facts: HashMap<(Measure, &'a str), (Vec<String>, Figure)>,
}

/// The rows of one sheet.
#[derive(Clone, Debug)]
pub struct Part {
    pub sheet: String,
    pub table: String,
    pub rows: Range<usize>,
}

impl<'a> Detail<'a> {
    pub fn new(report: &'a Report) -> Self {
        Self::with_rows(report, ROWS_MAX)
    }

    /// With so many rows a sheet.
    pub fn with_rows(report: &'a Report, rows_max: usize) -> Self {
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
            facts: HashMap::new(),
        };
        detail.facts = detail.facts_of_rows();
        detail
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
    pub fn long(&self, measure: Measure, key: &str) -> Vec<String> {
        self.facts.get(&(measure, key)).map(|(long, _)| long.clone()).unwrap_or_default()
    }

    /// The largest figure of a row, whatever its sign.
    pub fn largest(&self, measure: Measure, key: &str) -> Option<Figure> {
        self.facts.get(&(measure, key)).map(|(_, largest)| *largest)
    }

    /// `SUM(tblDetail[records])` over all sheets.
    pub fn sum_of(&self, column: &str) -> String {
        self.over_parts(|table| format!("SUM({table}[{column}])"))
    }

    /// The figures of the unit or currency that a cell names, over all sheets.
    pub fn sum_of_key(&self, measure: Measure, own: &str) -> String {
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

    /// Sheets with a header and sample rows, for [`splice`](super::splice) to fill.
    pub fn sheets(&self, pack: &Pack) -> Result<Vec<Worksheet>> {
        self.parts.iter().map(|part| self.sheet(pack, part)).collect()
    }

    fn sheet(&self, pack: &Pack, part: &Part) -> Result<Worksheet> {
        let mut page = Worksheet::new();
        page.set_name(&part.sheet)?;
        sheet::print_setup(&mut page, pack, &part.sheet);
        page.set_screen_gridlines(true);
        let columns = &self.report.columns;
        for (at, column) in (0..).zip(columns.iter().copied()) {
            let kind = sheet::kind(column, looks::EXACT);
            page.set_column_width(at, width(column, kind))?;
            if self.report.rows.is_empty() {
                page.write_string_with_format(0, at, column.name(), &sheet::heading_of(kind))?;
                continue;
            }
            for (row, kind) in (1..).zip(sampled(kind)) {
                page.write_string_with_format(row, at, "sample", looks::cell(LineKind::Row, kind))?;
            }
            if kind == CellKind::Id {
                let last = part.rows.len() as u32;
                page.ignore_error_range(1, at, last, at, IgnoreError::NumberStoredAsText)?;
            }
        }
        if !self.report.rows.is_empty() {
            let headers: Vec<TableColumn> = columns
                .iter()
                .map(|column| header(&column.name(), sheet::kind(*column, looks::EXACT)))
                .collect();
            let table =
                Table::new().set_name(&part.table).set_columns(&headers).set_style(TableStyle::Light9);
            page.add_table(0, 0, SAMPLES, columns.len() as u16 - 1, &table)?;
        }
        sheet::keep_header(&mut page, 0, 0)?;
        Ok(page)
    }
}

fn header(name: &str, kind: CellKind) -> TableColumn {
    TableColumn::new().set_header(name).set_header_format(sheet::heading_of(kind))
}

/// How many sample rows a sheet has.
pub const SAMPLES: u32 = 6;

/// The sample row of figures that are text, and the first one of amounts: one row for each number of decimals.
const LONG: usize = 1;
const AMOUNTS: usize = 2;

/// What the sample rows show of a column.
fn sampled(kind: CellKind) -> [CellKind; SAMPLES as usize] {
    match kind {
        CellKind::Usage(_) => [kind, CellKind::LongUsage, kind, kind, kind, kind],
        CellKind::Amount(_) => {
            let [none, one, two, three] = [0, 1, 2, 3].map(CellKind::Amount);
            [kind, CellKind::LongUsage, none, one, two, three]
        }
        _ => [kind; SAMPLES as usize],
    }
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

/// The texts of the detail, each once, numbered from the first number that is free.
pub struct Strings<'a> {
    numbers: HashMap<&'a str, u32, foldhash::fast::FixedState>,
    texts: Vec<&'a str>,
    first: u32,
}

impl<'a> Strings<'a> {
    pub fn new(report: &'a Report, first: u32) -> Self {
        let mut strings = Self { numbers: HashMap::default(), texts: Vec::new(), first };
        let cells = report.rows.cells();
        for (column, _) in report.columns.iter().enumerate().filter(|(_, column)| is_text(**column)) {
            let mut last = None;
            for row in 0..report.rows.len() {
                if let Cell::Text(text) = cells.get(row, column)
                    && last != Some(text)
                {
                    strings.take(text);
                    last = Some(text);
                }
            }
        }
        strings
    }

    fn take(&mut self, text: &'a str) {
        if let std::collections::hash_map::Entry::Vacant(entry) = self.numbers.entry(text) {
            entry.insert(self.first + self.texts.len() as u32);
            self.texts.push(text);
        }
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// `<si><t>Acme</t></si>`, one after the other.
    pub fn items(&self) -> impl Iterator<Item = String> {
        self.texts.iter().map(|text| {
            let mut item = String::with_capacity(text.len() + 40);
            item.push_str("<si><t xml:space=\"preserve\">");
            escape(&shown(text), &mut item);
            item.push_str("</t></si>");
            item
        })
    }
}

/// Whether cells are text, and no date that a spreadsheet knows.
fn is_text(column: ColumnId) -> bool {
    column != ColumnId::Time(Dimension::Period) && !column.kind().is_figure()
}

/// Spells rows as a sheet's XML, with the styles of the sample rows.
pub struct Rows<'a> {
    pub report: &'a Report,
    pub strings: &'a Strings<'a>,
    /// For each sample row the style of each column; empty for none.
    pub styles: Vec<Vec<String>>,
}

impl Rows<'_> {
    /// The rows of a part; the first one is the sheet's second line.
    pub fn spelled(&self, part: &Part, rows: Range<usize>) -> String {
        let letters: Vec<String> =
            (0..self.report.columns.len() as u16).map(utility::column_number_to_name).collect();
        let cells = self.report.rows.cells();
        let mut out = String::with_capacity(rows.len() * self.report.columns.len() * 34);
        let mut last: Vec<(&str, u32)> = vec![("", u32::MAX); self.report.columns.len()];
        for row in rows {
            let line = row - part.rows.start + 2;
            let _ = write!(out, "<row r=\"{line}\">");
            for (column, letter) in letters.iter().enumerate() {
                self.cell(&cells, row, column, (letter, line), &mut last[column], &mut out);
            }
            out.push_str("</row>");
        }
        out
    }

    fn cell<'t>(
        &'t self,
        cells: &Cells<'t>,
        row: usize,
        column: usize,
        (letter, line): (&str, usize),
        last: &mut (&'t str, u32),
        out: &mut String,
    ) {
        let style = &self.styles[0][column];
        let _ = match cells.get(row, column) {
            Cell::Empty => Ok(()),
            Cell::Count(count) => write!(out, "<c r=\"{letter}{line}\"{style}><v>{count}</v></c>"),
            Cell::Quantity(quantity) if number::is_number(quantity) => {
                write!(out, "<c r=\"{letter}{line}\"{style}><v>{quantity}</v></c>")
            }
            Cell::Quantity(quantity) => {
                let style = &self.styles[LONG][column];
                write!(out, "<c r=\"{letter}{line}\"{style} t=\"inlineStr\"><is><t>{quantity}</t></is></c>")
            }
            Cell::Amount(amount) if number::is_number(amount) => {
                let style = &self.styles[AMOUNTS + usize::from(amount.places())][column];
                write!(out, "<c r=\"{letter}{line}\"{style}><v>{amount}</v></c>")
            }
            Cell::Amount(amount) => {
                let style = &self.styles[LONG][column];
                write!(out, "<c r=\"{letter}{line}\"{style} t=\"inlineStr\"><is><t>{amount}</t></is></c>")
            }
            Cell::Text(text) if !is_text(self.report.columns[column]) => match sheet::month(text) {
                Some(day) => write!(out, "<c r=\"{letter}{line}\"{style}><v>{}</v></c>", number::serial(day)),
                None => {
                    write!(out, "<c r=\"{letter}{line}\"{style} t=\"inlineStr\"><is><t>{text}</t></is></c>")
                }
            },
            Cell::Text(text) => {
                if last.1 == u32::MAX || last.0 != text {
                    *last = (text, self.strings.numbers[text]);
                }
                write!(out, "<c r=\"{letter}{line}\"{style} t=\"s\"><v>{}</v></c>", last.1)
            }
        };
    }

    /// Puts all rows of a part: the cores spell pieces, which are put in their order.
    pub fn put(&self, part: &Part, put: &mut dyn FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
        let starts: Vec<usize> = part.rows.clone().step_by(ROWS_AT_A_TIME).collect();
        for round in starts.chunks(rayon::current_num_threads() * 2) {
            let spelled: Vec<String> = round
                .par_iter()
                .map(|start| self.spelled(part, *start..part.rows.end.min(start + ROWS_AT_A_TIME)))
                .collect();
            spelled.iter().try_for_each(|rows| put(rows.as_bytes()))?;
        }
        Ok(())
    }
}

/// How many rows are spelled at a time, by one core.
const ROWS_AT_A_TIME: usize = 4 << 10;
