//! Usage month by month, the months across, and a chart for each unit.

use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartLineDashType, ChartMarker,
    ChartMarkerType, ChartPoint, ChartSolidFill, Color, Worksheet,
};

use super::looks::{self, CellKind, LineKind};
use super::number;
use super::paper::{self, ROW_PIXELS};
use super::sheet::{self, FIRST_ROW, HEADER_ROW, key_of, kinds_of, medium};
use super::summary::frame;
use super::table::result;
use super::text::{brief, shown};
use crate::error::Result;
use crate::pack::{Pack, Trend, TrendMonth};
use crate::quantity::Quantity;
use crate::report::{Cell, Cells, ColumnId, Measure};
use crate::write::grid::{Alignment, Grid, Line};

/// More lines than this are told apart by nobody.
const LINES_MAX: usize = looks::SERIES.len();

const CHART_ROWS: u32 = 17;

/// How wide a chart is.
const CHART_PIXELS: u32 = 900;

/// Draws the months across, totals, and charts.
pub(super) fn trend(pack: &Pack, name: &str) -> Result<Worksheet> {
    let trend = &pack.trend;
    let has_partial = trend.months.iter().any(|month| month.is_partial);
    let extra = if has_partial { "; * incomplete: more usage may come" } else { "" };
    let title = match trend.months.len() {
        1 => "Usage by component".to_owned(),
        months => format!("Usage by component over {months} months"),
    };
    let mut page = sheet::sheet(pack, name, &title, extra)?;
    // Usage is in the columns of the months, which are there without records too.
    let mut labels = Grid::flat(&trend.report, medium(pack));
    labels.columns.retain(|column| column.alignment() == Alignment::Left);
    let decimals = pack.letterhead.decimals;
    let mut widths = sheet::write_header(&mut page, HEADER_ROW, &labels, &kinds_of(&labels, decimals))?;
    sheet::keep_header(&mut page, HEADER_ROW, labels.columns.len() as u16)?;
    let drawing = Drawing { trend, labels, rows: trend.report.rows.cells(), decimals };
    let longest = |month: &TrendMonth| drawing.longest(*month);
    widths.extend(write_months(&mut page, &trend.months, drawing.first_month(), longest)?);
    paper::fit(&mut page, sheet::pixels(&widths).max(CHART_PIXELS), drawing.first_month())?;
    let long = drawing.write_rows(&mut page)?;
    sheet::say_long(&mut page, &long)?;
    let end = drawing.write_totals(&mut page, &long)?;
    drawing.insert_charts(&mut page, name, end + 1)?;
    Ok(page)
}

/// Writes months as headings, and sets the widths of their columns: those of what is longest in each. Returns them.
pub(super) fn write_months(
    page: &mut Worksheet,
    months: &[TrendMonth],
    first: u16,
    longest: impl Fn(&TrendMonth) -> u32,
) -> Result<Vec<u32>> {
    let mut widths = Vec::with_capacity(months.len());
    for (place, month) in (first..).zip(months) {
        write_month(page, (HEADER_ROW, place), month)?;
        let width = longest(month).clamp(7, 24) + 3;
        page.set_column_width(place, width)?;
        widths.push(width);
    }
    Ok(widths)
}

/// Writes a month as the heading of a column.
fn write_month(page: &mut Worksheet, at: (u32, u16), month: &TrendMonth) -> Result<()> {
    let kind = if month.is_partial { CellKind::PartialMonth(looks::EXACT) } else { CellKind::Month };
    let (day, format) = (month.period.first_day(), looks::heading(kind));
    match number::is_date(day) {
        true => page.write_datetime_with_format(at.0, at.1, number::date(day)?, &format)?,
        false => page.write_string_with_format(at.0, at.1, month.period.to_string(), &format)?,
    };
    Ok(())
}

struct Drawing<'a> {
    trend: &'a Trend,
    labels: Grid<'a>,
    rows: Cells<'a>,
    decimals: u8,
}

impl Drawing<'_> {
    fn first_month(&self) -> u16 {
        self.labels.columns.len() as u16
    }

    fn kind(&self, month: TrendMonth) -> CellKind {
        match month.is_partial {
            true => CellKind::PartialMonth(self.decimals),
            false => CellKind::Usage(self.decimals),
        }
    }

    fn end(&self) -> u32 {
        FIRST_ROW + self.trend.report.rows.len() as u32
    }

    /// The characters of a month's longest total.
    fn longest(&self, month: TrendMonth) -> u32 {
        let cells = (0..self.trend.report.totals.len()).filter_map(|row| {
            match self.trend.report.totals.cells().get(row, month.column?) {
                Cell::Quantity(quantity) => Some(quantity.to_string().len() as u32),
                _ => None,
            }
        });
        cells.max().unwrap_or_default()
    }

    /// Gives the months and units of which a figure is text.
    fn write_rows(&self, page: &mut Worksheet) -> Result<Vec<(String, u16)>> {
        let mut long = Vec::new();
        for (row, at) in (0..self.trend.report.rows.len()).zip(FIRST_ROW..) {
            self.write_labels(page, self.labels.lines[row], at)?;
            for (place, month) in (self.first_month()..).zip(&self.trend.months) {
                let Some(column) = month.column else { continue };
                let kind = self.kind(*month);
                if sheet::write_cell(page, (at, place), self.rows.get(row, column), LineKind::Row, kind)? {
                    long.push((self.unit_of(row), place));
                }
            }
        }
        Ok(long)
    }

    fn write_labels(&self, page: &mut Worksheet, line: Line, at: u32) -> Result<()> {
        (0..self.labels.columns.len()).try_for_each(|column| {
            let value = self.labels.value(line, column);
            sheet::write_value(page, (at, column as u16), value, line.kind, CellKind::Text).map(|_| ())
        })
    }

    /// The measured unit of a row.
    fn unit_of(&self, row: usize) -> String {
        key_of(Measure::Usage, &self.labels, self.labels.lines[row])
    }

    fn write_totals(&self, page: &mut Worksheet, long: &[(String, u16)]) -> Result<u32> {
        let totals = self.trend.report.totals.cells();
        let count = self.labels.totals.len() as u32;
        for (row, at) in (0..).zip(self.end()..self.end() + count) {
            let unit = key_of(Measure::Usage, &self.labels, self.labels.totals[row]);
            self.write_labels(page, self.labels.totals[row], at)?;
            for (place, month) in (self.first_month()..).zip(&self.trend.months) {
                let cell = month.column.map_or(Cell::Empty, |column| totals.get(row, column));
                let kind = self.kind(*month);
                let is_sum = matches!(cell, Cell::Quantity(quantity) if number::is_number(quantity))
                    && !long.contains(&(unit.clone(), place));
                if !is_sum {
                    sheet::write_cell(page, (at, place), cell, LineKind::Total, kind)?;
                    continue;
                }
                let units_at = self.first_month() - 1;
                let units =
                    format!("${}", sheet::column_range(units_at, FIRST_ROW, self.end()).replace(':', ":$"));
                let own = format!("${}", sheet::name_of(at, units_at));
                let formula =
                    sheet::sum_of_key(&units, &own, "", &sheet::column_range(place, FIRST_ROW, self.end()));
                sheet::write_formula(
                    page,
                    (at, place),
                    &formula,
                    result(cell, kind),
                    looks::cell(LineKind::Total, kind),
                )?;
            }
        }
        Ok(self.end() + count)
    }

    /// One chart a unit, with a line for each of its largest components.
    fn insert_charts(&self, page: &mut Worksheet, name: &str, first: u32) -> Result<()> {
        let mut blocks = Vec::new();
        let report = &self.trend.report;
        let mut rows: Vec<usize> = (0..report.rows.len()).collect();
        rows.sort_by_key(|row| (self.unit_of(*row), std::cmp::Reverse(self.usage(*row)), *row));
        let mut at = first + 1;
        for rows in rows.chunk_by(|a, b| self.unit_of(*a) == self.unit_of(*b)) {
            let unit = self.unit_of(rows[0]);
            for row in rows.iter().filter(|row| self.is_long(**row)) {
                self.write_helpers(page, *row)?;
            }
            let chart = self.lines(name, &shown(&unit), rows);
            page.insert_chart(at, 0, &chart)?;
            blocks.push((at, at + CHART_ROWS + 1));
            at += CHART_ROWS + 1;
        }
        paper::keep_together(page, &blocks)
    }

    /// The figures of a row, month by month.
    fn figures(&self, row: usize) -> impl Iterator<Item = Option<Quantity>> {
        self.trend.months.iter().map(move |month| match self.rows.get(row, month.column?) {
            Cell::Quantity(quantity) => Some(quantity),
            _ => None,
        })
    }

    /// Whether a figure of a row is text, which a chart would draw as zero.
    fn is_long(&self, row: usize) -> bool {
        self.figures(row).flatten().any(|quantity| !number::is_number(quantity))
    }

    /// The first of the hidden columns that have numbers for charts of figures that are text.
    fn first_helper(&self) -> u16 {
        self.first_month() + self.trend.months.len() as u16 + 1
    }

    fn write_helpers(&self, page: &mut Worksheet, row: usize) -> Result<()> {
        for (place, figure) in (self.first_helper()..).zip(self.figures(row)) {
            page.set_column_hidden(place)?;
            if let Some(figure) = figure {
                page.write_number(FIRST_ROW + row as u32, place, number::nearest(figure))?;
            }
        }
        Ok(())
    }

    fn usage(&self, row: usize) -> Option<Quantity> {
        let column = self.trend.report.column(ColumnId::Usage)?;
        match self.rows.get(row, column) {
            Cell::Quantity(quantity) => Some(quantity),
            _ => None,
        }
    }

    fn lines(&self, name: &str, unit: &str, rows: &[usize]) -> Chart {
        let (first, last) = (self.first_month(), self.first_month() + self.trend.months.len() as u16 - 1);
        let mut chart = Chart::new_line();
        for (row, color) in rows.iter().take(LINES_MAX).zip(looks::SERIES) {
            let line = FIRST_ROW + *row as u32;
            let from = if self.is_long(*row) { self.first_helper() } else { first };
            let series = chart.add_series();
            series
                .set_name((name, line, 0))
                .set_categories((name, HEADER_ROW, first, HEADER_ROW, last))
                .set_values((name, line, from, line, from + last - first))
                .set_format(ChartFormat::new().set_line(ChartLine::new().set_color(color).set_width(2)))
                .set_marker(&marker(color, color));
            if self.trend.months.iter().any(|month| month.is_partial) {
                series.set_points(&self.points(color));
            }
        }
        let unit = &brief(unit);
        let components = match rows.len() {
            count if count > LINES_MAX => format!("the {LINES_MAX} largest of {count} components"),
            _ => "component".to_owned(),
        };
        let mut title = format!("Usage in {unit} by {components}");
        if let Some(month) = self.trend.months.iter().find(|month| month.is_partial) {
            title.push_str(&format!("; {} is incomplete", month.period.in_words()));
        }
        frame(&mut chart, &title);
        chart.legend().set_position(ChartLegendPosition::Right).set_font(ChartFont::new().set_size(11));
        chart.x_axis().set_num_format("mmm yy").set_text_axis(true).set_font(ChartFont::new().set_size(11));
        let has_long = rows.iter().take(LINES_MAX).any(|row| self.is_long(*row));
        if has_long {
            chart.show_hidden_data();
        }
        chart.y_axis().set_num_format(number::axis_format(has_long)).set_font(ChartFont::new().set_size(11));
        chart.set_width(CHART_PIXELS).set_height(CHART_ROWS * ROW_PIXELS);
        chart.set_alt_text(format!("Usage in {unit} by component, month by month, as in the table above"));
        chart
    }

    /// Dashes lead to an incomplete month, in programs that know them.
    fn points(&self, color: Color) -> Vec<ChartPoint> {
        let dashed =
            ChartLine::new().set_color(color).set_width(2).set_dash_type(ChartLineDashType::Dash).clone();
        let point = |is_partial| match is_partial {
            true => ChartPoint::new().set_format(ChartFormat::new().set_line(&dashed)),
            false => ChartPoint::default(),
        };
        self.trend.months.iter().map(|month| point(month.is_partial)).collect()
    }
}

fn marker(line: Color, fill: Color) -> ChartMarker {
    let mut format = ChartFormat::new();
    format.set_line(ChartLine::new().set_color(line)).set_solid_fill(ChartSolidFill::new().set_color(fill));
    ChartMarker::new().set_type(ChartMarkerType::Circle).set_size(5).set_format(&mut format).clone()
}
