//! Flat tables: the summary with its totals and charts of the largest customers, and single users.

use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLine, ChartSolidFill, Color, ObjectMovement, Worksheet,
};

use super::looks::{self, CellKind, LineKind};
use super::sheet::{self, FIRST_ROW, HEADER_ROW, Placed, SheetColumn, key_of, measure_of};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::pack::Pack;
use crate::quantity::Quantity;
use crate::report::{Cell, Cells, ColumnId, Compared, Measure, Report, ranges_in_words};
use crate::write::totals::labelled_part;
use crate::write::twins::Twins;
use crate::write::xlsx::number::{self, Figure};
use crate::write::xlsx::text::{brief, shown};

/// How many lines of a sheet a chart takes at least.
const CHART_ROWS: u32 = 13;

const ROW_PIXELS: u32 = 20;

/// Draws the summary.
pub(super) fn summary(pack: &Pack, name: &str) -> Result<(Worksheet, Placed)> {
    let before = pack.provenance.comparison.as_ref();
    let before = before.map_or_else(String::new, |compared| format!("; {}", previous(compared)));
    let mut page = sheet::sheet(pack, name, "Usage by customer and component", &before)?;
    let (placed, totals_end) =
        flat(&mut page, name, &pack.summary, sheet::columns(&pack.summary, &pack.letterhead))?;
    if !pack.largest.rows.is_empty() {
        sheet::link_to_row(&mut page, (2, 1), name, totals_end + 2, "Largest customers: see below")?;
        largest(&mut page, name, pack, &sheet::columns(&pack.summary, &pack.letterhead), totals_end + 1)?;
    }
    Ok((page, placed))
}

/// `previous period September 2026`, or why there is none.
fn previous(compared: &Compared) -> String {
    match compared.left_out_text() {
        Some(text) if compared.is_empty() => text.replacen("Not", "not", 1),
        _ => format!("previous period {}", ranges_in_words(&compared.months_before)),
    }
}

/// Draws single users.
pub(super) fn users(pack: &Pack, report: &Report, name: &str) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, "Usage by user, customer and component", "")?;
    let (placed, _) = flat(&mut page, name, report, sheet::columns(report, &pack.letterhead))?;
    Ok((page, placed))
}

/// Draws what changed after months were closed.
pub(super) fn late(pack: &Pack, report: &Report, name: &str) -> Result<Worksheet> {
    let replaced = pack.replaced_texts();
    let title = match replaced.is_empty() {
        true => "Changes since months were closed",
        false => "What the next version changed",
    };
    let mut page = sheet::sheet(pack, name, title, "")?;
    if !replaced.is_empty() {
        page.write_string_with_format(HEADER_ROW - 1, 0, replaced.join(" "), &looks::subtitle())?;
    }
    if report.rows.is_empty() {
        let nothing =
            if replaced.is_empty() { "Nothing changed since then, or no month is closed." } else { "" };
        page.write_string_with_format(HEADER_ROW, 0, nothing, &looks::subtitle())?;
        page.set_freeze_panes(FIRST_ROW, 0)?;
        page.set_repeat_rows(0, 0)?;
        return Ok(page);
    }
    let cells = report.rows.cells();
    let has_text =
        |column: &SheetColumn| (0..report.rows.len()).any(|row| cells.get(row, column.source) != Cell::Empty);
    // Many rows say nothing in many columns, and names say more than uuids.
    let is_shown = |column: &SheetColumn| match column.kind {
        CellKind::Text if column.id != ColumnId::MeasuredUnit => has_text(column),
        CellKind::Id => {
            matches!(column.id, ColumnId::Uuid(Dimension::Customer) | ColumnId::RecordUuid)
                && has_text(column)
        }
        _ => true,
    };
    let columns = sheet::columns(report, &pack.letterhead).into_iter().filter(is_shown).collect();
    flat(&mut page, name, report, columns)?;
    Ok(page)
}

/// Draws usage beside budgets; the lines of what is over are marked.
pub(super) fn budget(pack: &Pack, report: &Report, name: &str) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, "Usage beside budgets", "")?;
    let columns = sheet::columns(report, &pack.letterhead);
    let width = columns.len() as u16;
    let (placed, end) = flat(&mut page, name, report, columns)?;
    if !report.rows.is_empty() {
        looks::mark_lines(&mut page, (placed.first, end), width, placed.column(ColumnId::OverBudget))?;
    }
    Ok((page, placed))
}

/// Rows, then totals; also gives the row behind these.
fn flat(
    page: &mut Worksheet,
    name: &str,
    report: &Report,
    columns: Vec<SheetColumn<'_>>,
) -> Result<(Placed, u32)> {
    let twins = Twins::new(&report.columns, &[&report.rows]);
    sheet::write_header(page, HEADER_ROW, &columns, report, &twins)?;
    sheet::keep_header(page, HEADER_ROW, 1)?;
    let mut placed = Placed {
        sheet: name.to_owned(),
        first: FIRST_ROW,
        end: FIRST_ROW + report.rows.len() as u32,
        columns: (0..).zip(&columns).map(|(at, column)| (column.id, at)).collect(),
        long: Vec::new(),
    };
    let line = Lines { report, columns: &columns, twins: &twins, placed: &placed.clone() };
    let cells = report.rows.cells();
    for (row, at) in (0..report.rows.len()).zip(FIRST_ROW..) {
        line.write_row(page, &cells, row, at, &mut placed.long)?;
    }
    if !report.rows.is_empty() {
        page.autofilter(HEADER_ROW, 0, placed.end - 1, columns.len() as u16 - 1)?;
    }
    let line = Lines { report, columns: &columns, twins: &twins, placed: &placed };
    let totals = report.totals.cells();
    for (row, at) in (0..report.totals.len()).zip(placed.end..) {
        line.write_total(page, &totals, row, at)?;
    }
    sheet::say_long(page, &placed.long)?;
    let end = placed.end + report.totals.len() as u32;
    Ok((placed, end))
}

struct Lines<'a> {
    report: &'a Report,
    columns: &'a [SheetColumn<'a>],
    twins: &'a Twins<'a>,
    placed: &'a Placed,
}

impl<'a> Lines<'a> {
    fn write_row(
        &self,
        page: &mut Worksheet,
        cells: &Cells<'a>,
        row: usize,
        at: u32,
        long: &mut Vec<(String, u32, u16)>,
    ) -> Result<()> {
        let change = Change::new(self.report, cells, row);
        for (place, column) in (0..).zip(self.columns) {
            let cell = column.cell(cells, row);
            if let Some(formula) = change.formula(column, self.placed, at) {
                let format = looks::cell(LineKind::Row, column.kind.of(cell));
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
                continue;
            }
            let mark = self.twins.mark(cells, row, column.source);
            if sheet::write_row_cell(page, (at, place), column, (cells, row), &mark)? {
                long.push((key_of(measure_of(column.id), self.report, cells, row), at, place));
            }
        }
        Ok(())
    }

    fn write_total(&self, page: &mut Worksheet, cells: &Cells<'_>, row: usize, at: u32) -> Result<()> {
        let change = Change::new(self.report, cells, row);
        // What has no unit is money, which adds up over units.
        let is_of_unit = self.report.column(ColumnId::MeasuredUnit);
        let is_of_unit = is_of_unit.is_some_and(|at| cells.get(row, at) != Cell::Empty);
        let time = self.report.columns.iter().position(ColumnId::is_time);
        let month = time.map_or(Cell::Empty, |at| cells.get(row, at));
        let part = self.report.column(ColumnId::HasBudget);
        let part = part.map_or(Cell::Empty, |at| cells.get(row, at));
        let condition = match part {
            Cell::Text(word) => format!("--({}=\"{word}\"),", self.column_range(ColumnId::HasBudget)),
            _ => String::new(),
        };
        for (place, column) in (0..).zip(self.columns) {
            let cell = cells.get(row, column.source);
            let measure = measure_of(column.id);
            let key = key_of(measure, self.report, cells, row);
            let format = looks::cell(LineKind::Total, column.kind.of(cell));
            if place == 0 {
                page.write_string_with_format(at, place, labelled_part(month, part), format)?;
            } else if let Some(formula) = change.formula(column, self.placed, at) {
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
            } else if let ColumnId::Remaining(of) = column.id
                && self.is_remainder(of, cells, row)
            {
                let name = |id| sheet::name_of(at, self.placed.column(id));
                let formula = format!("={}-{}", name(ColumnId::Budget(of)), name(of.value()));
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
            } else if month == Cell::Empty
                && (is_of_unit || measure == Measure::Amount)
                && column.id.adds_up()
                && self.is_numeric(cell, &key, place)
            {
                let keys = self.column_range(measure.key());
                let own = format!("${}", sheet::name_of(at, self.placed.column(measure.key())));
                let values = sheet::column_range(place, self.placed.first, self.placed.end);
                let formula = sheet::sum_of_key(&keys, &own, &condition, &values);
                sheet::write_formula(page, (at, place), &formula, result(cell, column.kind), format)?;
            } else {
                sheet::write_cell(page, (at, place), cell, LineKind::Total, column.kind)?;
            }
        }
        Ok(())
    }

    /// Whether a line has a budget and its figures are numbers to the spreadsheet.
    fn is_remainder(&self, of: Measure, cells: &Cells<'_>, row: usize) -> bool {
        [ColumnId::Budget(of), of.value(), ColumnId::Remaining(of)].into_iter().all(|id| {
            let cell = self.report.column(id).map_or(Cell::Empty, |at| cells.get(row, at));
            Figure::of(cell).is_some_and(number::is_number)
        })
    }

    fn column_range(&self, id: ColumnId) -> String {
        let range = sheet::column_range(self.placed.column(id), self.placed.first, self.placed.end);
        format!("${}", range.replace(':', ":$"))
    }

    /// Whether the sum and all that it adds are numbers to the spreadsheet.
    fn is_numeric(&self, cell: Cell<'_>, key: &str, place: u16) -> bool {
        let is_number = Figure::of(cell).is_some_and(number::is_number);
        is_number && !self.placed.long.iter().any(|(of, _, column)| of == key && *column == place)
    }
}

/// The figures of one line that compare usage with an earlier time.
struct Change {
    /// The column of the usage that is compared.
    usage: ColumnId,
    /// Whether the figures are numbers to a spreadsheet, so that formulas can be made of them.
    is_difference: bool,
    is_share: bool,
}

impl Change {
    fn new(report: &Report, cells: &Cells<'_>, row: usize) -> Self {
        let quantity = |id| match cells.get(row, report.column(id)?) {
            Cell::Quantity(quantity) => Some(quantity),
            _ => None,
        };
        let usage = match report.column(ColumnId::UsageCompared) {
            Some(_) => ColumnId::UsageCompared,
            None => ColumnId::Usage,
        };
        let change = quantity(ColumnId::Change);
        let is_number = |quantity: Option<Quantity>| quantity.is_none_or(number::is_number);
        let is_difference = change.is_some()
            && [quantity(usage), quantity(ColumnId::UsageBefore), change].into_iter().all(is_number);
        let percent = quantity(ColumnId::ChangePercent);
        Self { usage, is_difference, is_share: is_difference && percent.is_some_and(number::is_number) }
    }

    fn formula(&self, column: &SheetColumn, placed: &Placed, at: u32) -> Option<String> {
        let cell = |id| sheet::name_of(at, placed.column(id));
        let before = || cell(ColumnId::UsageBefore);
        match column.id {
            ColumnId::Change if self.is_difference => Some(format!("={}-{}", cell(self.usage), before())),
            ColumnId::ChangePercent if self.is_share => {
                Some(format!("=ROUND({}/ABS({}),4)", cell(ColumnId::Change), before()))
            }
            _ => None,
        }
    }
}

/// A formula's result as it stands in the file.
pub(super) fn result(cell: Cell<'_>, kind: CellKind) -> String {
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

/// The measured unit of a row.
pub(super) fn unit_of(report: &Report, cells: &Cells<'_>, row: usize) -> String {
    let unit = report.column(ColumnId::MeasuredUnit);
    match cells.get(row, unit.expect("every report has units")) {
        Cell::Text(unit) => unit.to_owned(),
        _ => String::new(),
    }
}

/// For each unit the largest customers, a small table and a chart of it.
fn largest(page: &mut Worksheet, name: &str, pack: &Pack, columns: &[SheetColumn], first: u32) -> Result<()> {
    let report = &pack.largest;
    let place = |wanted| (0..).zip(columns).find(|(_, column)| column.id == wanted).map_or(0, |(at, _)| at);
    let (unit_at, usage_at) = (place(ColumnId::MeasuredUnit), place(ColumnId::Usage));
    // Hidden, for charts of figures that are text.
    let helper = columns.len() as u16;
    let names = Names::new(report);
    let kind = CellKind::Usage(pack.letterhead.decimals);
    let cells = report.rows.cells();
    let mut at = first + 1;
    page.write_string_with_format(at, 0, "Largest customers, unit by unit", &looks::section())?;
    at += 1;
    let rows: Vec<usize> = (0..report.rows.len()).collect();
    for rows in rows.chunk_by(|a, b| unit_of(report, &cells, *a) == unit_of(report, &cells, *b)) {
        let unit = unit_of(report, &cells, rows[0]);
        for column in 0..=usage_at {
            let (text, kind) = match column {
                0 => ("Customer", CellKind::Text),
                _ if column == unit_at => ("Unit", CellKind::Text),
                _ if column == usage_at => ("Usage", kind),
                _ => ("", CellKind::Text),
            };
            page.write_string_with_format(at, column, text, &looks::heading(kind))?;
        }
        let mut has_long = false;
        for (row, line) in rows.iter().zip(at + 1..) {
            page.write_string_with_format(
                line,
                0,
                names.of(&cells, *row),
                looks::cell(LineKind::Row, CellKind::Text),
            )?;
            page.write_string_with_format(
                line,
                unit_at,
                shown(&unit),
                looks::cell(LineKind::Row, CellKind::Text),
            )?;
            let usage = cells.get(*row, names.usage);
            has_long |= sheet::write_cell(page, (line, usage_at), usage, LineKind::Row, kind)?;
        }
        let charted = if has_long { helper } else { usage_at };
        for (row, line) in rows.iter().zip(at + 1..).filter(|_| has_long) {
            if let Cell::Quantity(usage) = cells.get(*row, names.usage) {
                page.write_number(line, helper, number::nearest(usage))?;
                page.set_column_hidden(helper)?;
            }
        }
        let end = at + 1 + rows.len() as u32;
        let height = end.max(at + CHART_ROWS) - at;
        let mut chart = bars(name, &shown(&unit), (at + 1, end - 1), charted, height);
        chart.x_axis().set_num_format(number::axis_format(has_long));
        if has_long {
            chart.show_hidden_data();
        }
        page.insert_chart_with_offset(at, usage_at + 1, &chart, 12, 0)?;
        at = end.max(at + CHART_ROWS) + 1;
    }
    Ok(())
}

/// What customers are called where names alone do not tell them apart.
struct Names<'a> {
    twins: Twins<'a>,
    name: usize,
    usage: usize,
}

impl<'a> Names<'a> {
    fn new(report: &'a Report) -> Self {
        Self {
            twins: Twins::new(&report.columns, &[&report.rows]),
            name: report.columns.iter().position(ColumnId::is_label).unwrap_or_default(),
            usage: report.column(ColumnId::Usage).unwrap_or_default(),
        }
    }

    fn of(&self, cells: &Cells<'a>, row: usize) -> String {
        match cells.get(row, self.name) {
            Cell::Text(text) => format!("{}{}", shown(text), self.twins.mark(cells, row, self.name)),
            _ => String::new(),
        }
    }
}

fn bars(name: &str, unit: &str, rows: (u32, u32), usage: u16, height: u32) -> Chart {
    let mut chart = Chart::new_bar();
    let mut bars =
        ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(looks::SERIES[0])).clone();
    chart
        .add_series()
        .set_name("Usage")
        .set_categories((name, rows.0, 0, rows.1, 0))
        .set_values((name, rows.0, usage, rows.1, usage))
        .set_format(&mut bars)
        .set_gap(40);
    let unit = &brief(unit);
    frame(&mut chart, &format!("Largest customers by usage in {unit}."));
    chart.legend().set_hidden();
    // Of bars that lie, the y axis has the names; the first one is to stand at the top.
    chart.y_axis().set_reverse().set_major_gridlines(false).set_major_tick_type(NO_TICK);
    chart.y_axis().set_font(ChartFont::new().set_size(9));
    chart.x_axis().set_font(ChartFont::new().set_size(9)).set_label_position(HIGH);
    chart.x_axis().set_major_gridlines(true).set_major_gridlines_line(&grid());
    chart.set_width(620).set_height(height * ROW_PIXELS - 8);
    chart.set_alt_text(format!("The largest customers by usage in {unit}, as in the table beside it"));
    chart
}

const NO_TICK: rust_xlsxwriter::ChartAxisTickType = rust_xlsxwriter::ChartAxisTickType::None;
/// On a reversed axis this is at the foot of the chart.
const HIGH: rust_xlsxwriter::ChartAxisLabelPosition = rust_xlsxwriter::ChartAxisLabelPosition::High;

/// A quiet frame: a title, thin lines across, nothing else.
///
/// The library takes a title that begins with `=` or ends in a cell's name for a reference. So a title begins with a
/// word and ends with a full stop, whatever text of the data stands in it.
pub(super) fn frame(chart: &mut Chart, title: &str) {
    debug_assert!(title.starts_with(char::is_alphabetic) && title.ends_with('.'), "{title:?} is a reference");
    chart.title().set_name(title).set_font(ChartFont::new().set_size(11).set_bold());
    chart.y_axis().set_major_gridlines(true).set_major_gridlines_line(&grid());
    chart.chart_area().set_format(ChartFormat::new().set_border(&grid()));
    chart.set_object_movement(ObjectMovement::MoveButDontSizeWithCells);
}

fn grid() -> ChartLine {
    ChartLine::new().set_color(Color::RGB(0xD9_DE_E5)).set_width(1).clone()
}
