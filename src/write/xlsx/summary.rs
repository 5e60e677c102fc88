//! Sheets of one table: the summary with charts of the largest customers, blocks of owners, users, budgets, late changes.

use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLine, ChartSolidFill, Color, ObjectMovement, Worksheet,
};

use super::looks::{self, CellKind, LineKind};
use super::number;
use super::paper::{self, ROW_PIXELS};
use super::sheet::{self, FIRST_ROW, HEADER_ROW, Placed, key_of, medium, text_of};
use super::table::table;
use super::text::{brief, shown};
use crate::dimension::Dimension;
use crate::error::Result;
use crate::pack::{Grouped, Pack};
use crate::report::{Cell, ColumnId, ColumnKind, Compared, Measure, Report, ranges_in_words};
use crate::write::grid::{Grid, Line};

/// How wide a sheet of sentences is, in characters.
const TEXT_WIDTH: u32 = 140;

/// How many lines of a sheet a chart takes at least.
const CHART_ROWS: u32 = 13;

/// How wide a chart is.
const CHART_PIXELS: u32 = 760;

/// Draws the summary.
pub(crate) fn summary(pack: &Pack, name: &str) -> Result<(Worksheet, Placed)> {
    let before = pack.provenance.comparison.as_ref();
    let before = before.map_or_else(String::new, |compared| format!("; {}", previous(compared)));
    let mut page = sheet::sheet(pack, name, "Usage by customer and component", &before)?;
    let (placed, totals_end) = table(&mut page, name, &flat(pack, &pack.summary), decimals(pack))?;
    if !pack.largest.rows.is_empty() {
        sheet::link_to_row(&mut page, (2, 1), name, totals_end + 2, "Largest customers: see below")?;
        largest(&mut page, name, pack, &placed, totals_end + 1)?;
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
pub(crate) fn users(pack: &Pack, report: &Report, name: &str) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, "Usage by user, customer and component", "")?;
    let (placed, _) = table(&mut page, name, &flat(pack, report), decimals(pack))?;
    Ok((page, placed))
}

/// Draws rows in blocks, foldable, with what each comes to beneath.
pub(crate) fn grouped(
    pack: &Pack,
    grouped: &Grouped,
    name: &str,
    title: &str,
) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, title, "")?;
    let (placed, _) = table(&mut page, name, &Grid::blocks(grouped, medium(pack)), decimals(pack))?;
    Ok((page, placed))
}

fn flat<'a>(pack: &'a Pack, report: &'a Report) -> Grid<'a> {
    Grid::flat(report, medium(pack))
}

fn decimals(pack: &Pack) -> u8 {
    pack.letterhead.decimals
}

/// Draws what changed after months were closed.
pub(crate) fn late(pack: &Pack, report: &Report, name: &str) -> Result<Worksheet> {
    let replaced = pack.replaced_texts();
    let title = match replaced.is_empty() {
        true => "Changes since months were closed",
        false => "What the next version changed",
    };
    let mut page = sheet::sheet(pack, name, title, "")?;
    let texts = [replaced.as_slice(), &pack.changed_usages].concat();
    if !texts.is_empty() {
        page.write_string_with_format(HEADER_ROW - 1, 0, texts.join(" "), &looks::subtitle())?;
    }
    if report.rows.is_empty() {
        // Long texts go on beyond their cell, and would be printed on a page for each part.
        page.set_column_width(0, TEXT_WIDTH)?;
        page.set_print_area(0, 0, HEADER_ROW, 0)?;
        paper::fit(&mut page, sheet::pixels(&[TEXT_WIDTH]), 0)?;
        let nothing = if replaced.is_empty() { pack.unchanged_text() } else { String::new() };
        page.write_string_with_format(HEADER_ROW, 0, nothing, &looks::subtitle())?;
        page.set_freeze_panes(FIRST_ROW, 0)?;
        page.set_repeat_rows(0, 0)?;
        return Ok(page);
    }
    // Many rows say nothing in many columns, and names say more than uuids.
    let mut grid = flat(pack, report).without_blank_columns();
    let is_shown = |id| matches!(id, ColumnId::Uuid(Dimension::Customer) | ColumnId::RecordUuid);
    grid.columns.retain(|column| column.id.kind() != ColumnKind::Uuid || is_shown(column.id));
    table(&mut page, name, &grid, decimals(pack))?;
    Ok(page)
}

/// Draws usage beside budgets; the lines of what is over are marked.
pub(crate) fn budget(pack: &Pack, report: &Report, name: &str) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, "Usage beside budgets", "")?;
    let grid = flat(pack, report);
    let (placed, end) = table(&mut page, name, &grid, decimals(pack))?;
    if !report.rows.is_empty() {
        let width = grid.columns.len() as u16;
        looks::mark_lines(&mut page, (placed.first, end), width, placed.column(ColumnId::OverBudget))?;
    }
    Ok((page, placed))
}

/// For each unit the largest customers, a small table and a chart of it.
fn largest(page: &mut Worksheet, name: &str, pack: &Pack, placed: &Placed, first: u32) -> Result<()> {
    let grid = flat(pack, &pack.largest);
    let (unit_at, usage_at) = (placed.column(ColumnId::MeasuredUnit), placed.column(ColumnId::Usage));
    // Hidden, for charts of figures that are text.
    let helper = placed.columns.len() as u16;
    let kind = CellKind::Usage(decimals(pack));
    let unit_of = |line: &Line| key_of(Measure::Usage, &grid, *line);
    let mut at = first + 1;
    page.write_string_with_format(at, 0, "Largest customers, unit by unit", &looks::section())?;
    at += 1;
    let mut blocks = Vec::new();
    for rows in grid.lines.chunk_by(|a, b| unit_of(a) == unit_of(b)) {
        let unit = unit_of(&rows[0]);
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
                text_of(grid.value(*row, 0)),
                looks::cell(LineKind::Row, CellKind::Text),
            )?;
            page.write_string_with_format(
                line,
                unit_at,
                shown(&unit),
                looks::cell(LineKind::Row, CellKind::Text),
            )?;
            let usage = grid.cell(*row, ColumnId::Usage);
            has_long |= sheet::write_cell(page, (line, usage_at), usage, LineKind::Row, kind)?;
        }
        let charted = if has_long { helper } else { usage_at };
        for (row, line) in rows.iter().zip(at + 1..).filter(|_| has_long) {
            if let Cell::Quantity(usage) = grid.cell(*row, ColumnId::Usage) {
                page.write_number(line, helper, number::nearest(usage))?;
                page.set_column_hidden(helper)?;
            }
        }
        let end = at + 1 + rows.len() as u32;
        let mut chart = bars(name, &shown(&unit), (at + 1, end - 1), charted, CHART_ROWS);
        chart.x_axis().set_num_format(number::axis_format(has_long));
        if has_long {
            chart.show_hidden_data();
        }
        // Beneath its table, where no page ends within it.
        page.insert_chart_with_offset(end, 0, &chart, 0, 6)?;
        let first = if blocks.is_empty() { at - 1 } else { at };
        at = end + CHART_ROWS + 2;
        blocks.push((first, at));
    }
    paper::keep_together(page, &blocks)
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
    frame(&mut chart, &format!("Usage in {unit} of the largest customers"));
    chart.legend().set_hidden();
    // Of bars that lie, the y axis has the names; the first one is to stand at the top.
    chart.y_axis().set_reverse().set_major_gridlines(false).set_major_tick_type(NO_TICK);
    chart.y_axis().set_font(ChartFont::new().set_size(11));
    chart.x_axis().set_font(ChartFont::new().set_size(11)).set_label_position(HIGH);
    chart.x_axis().set_major_gridlines(true).set_major_gridlines_line(&grid());
    chart.set_width(CHART_PIXELS).set_height(height * ROW_PIXELS - 8);
    chart.set_alt_text(format!("The largest customers by usage in {unit}, as in the table above it"));
    chart
}

const NO_TICK: rust_xlsxwriter::ChartAxisTickType = rust_xlsxwriter::ChartAxisTickType::None;
/// On a reversed axis this is at the foot of the chart.
const HIGH: rust_xlsxwriter::ChartAxisLabelPosition = rust_xlsxwriter::ChartAxisLabelPosition::High;

/// A quiet frame: a title, thin lines across, nothing else.
///
/// The library takes a title that begins with `=` or ends in a cell's name for a reference. So a title begins with a
/// word and ends in one of small letters, whatever text of the data is in it.
pub(crate) fn frame(chart: &mut Chart, title: &str) {
    let is_word =
        title.starts_with(char::is_alphabetic) && title.ends_with(|end: char| end.is_ascii_lowercase());
    debug_assert!(is_word, "{title:?} is a reference");
    chart.title().set_name(title).set_font(ChartFont::new().set_size(11).set_bold());
    chart.y_axis().set_major_gridlines(true).set_major_gridlines_line(&grid());
    chart.chart_area().set_format(ChartFormat::new().set_border(&grid()));
    chart.set_object_movement(ObjectMovement::MoveButDontSizeWithCells);
}

fn grid() -> ChartLine {
    ChartLine::new().set_color(Color::RGB(0xD9_DE_E5)).set_width(1).clone()
}
