//! Money by customer and currency, then month by month with a chart for each currency.

use rust_xlsxwriter::{Chart, ChartFont, ChartFormat, ChartSolidFill, Worksheet};

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::paper::{self, ROW_PIXELS};
use super::sheet::{self, FIRST_ROW, HEADER_ROW, Placed, key_of, medium, text_of};
use super::summary::frame;
use super::table::{result, table};
use super::text::shown;
use super::trend::write_months;
use crate::error::Result;
use crate::pack::{Amounts, Pack, TrendMonth};
use crate::report::{Cell, Measure};
use crate::write::grid::{Alignment, Grid, Line};

const CHART_ROWS: u32 = 13;
const CHART_PIXELS: u32 = 900;

/// Draws the amounts.
pub(super) fn amounts(pack: &Pack, amounts: &Amounts, name: &str) -> Result<(Worksheet, Placed)> {
    let mut page = sheet::sheet(pack, name, "Amounts by customer and currency", "")?;
    let grid = Grid::flat(&amounts.report, medium(pack)).with_headings(|column| amounts.heading(column));
    let (placed, end) = table(&mut page, name, &grid, pack.letterhead.decimals)?;
    let at = if placed.long.is_empty() { HEADER_ROW - 1 } else { end + 1 };
    page.write_string_with_format(at, 0, amounts.about(), &looks::subtitle())?;
    page.set_print_area(0, 0, at.max(end), placed.widths.len() as u16 - 1)?;
    Ok((page, placed))
}

/// Draws the amounts month by month; `None` if there is but one month.
pub(super) fn by_month(pack: &Pack, amounts: &Amounts, name: &str) -> Result<Option<Worksheet>> {
    if amounts.months.len() < 2 || amounts.by_month.rows.is_empty() {
        return Ok(None);
    }
    let has_partial = amounts.months.iter().any(|month| month.is_partial);
    let extra = if has_partial { "; * incomplete: more usage may come" } else { "" };
    let title = format!("Amounts over {} months", amounts.months.len());
    let mut page = sheet::sheet(pack, name, &title, extra)?;
    let mut labels = Grid::flat(&amounts.by_month, medium(pack));
    labels.columns.retain(|column| column.alignment() == Alignment::Left && !column.id.is_uuid());
    Months { amounts, name, labels }.draw(&mut page)?;
    Ok(Some(page))
}

/// The months side by side.
struct Months<'a> {
    amounts: &'a Amounts,
    name: &'a str,
    /// Customers and currencies.
    labels: Grid<'a>,
}

impl Months<'_> {
    fn end(&self) -> u32 {
        FIRST_ROW + self.amounts.by_month.rows.len() as u32
    }

    fn first_month(&self) -> u16 {
        self.labels.columns.len() as u16
    }

    fn draw(&self, page: &mut Worksheet) -> Result<()> {
        let kinds = sheet::kinds_of(&self.labels, 0);
        let mut widths = sheet::write_header(page, HEADER_ROW, &self.labels, &kinds)?;
        let longest = |month: &TrendMonth| self.longest(month.column);
        widths.extend(write_months(page, &self.amounts.months, self.first_month(), longest)?);
        sheet::keep_header(page, HEADER_ROW, self.first_month())?;
        paper::fit(page, sheet::pixels(&widths).max(CHART_PIXELS), self.first_month())?;
        let long = self.write_rows(page)?;
        sheet::say_long(page, &long)?;
        self.write_totals(page, &long)?;
        self.insert_charts(page)
    }

    /// The characters of a month's longest figure.
    fn longest(&self, column: Option<usize>) -> u32 {
        let totals = &self.amounts.by_month.totals;
        let width = |row| match column.map(|column| totals.cells().get(row, column)) {
            Some(Cell::Amount(amount)) => amount.to_string().len() as u32 * 4 / 3,
            _ => 0,
        };
        (0..totals.len()).map(width).max().unwrap_or_default()
    }

    fn write_labels(&self, page: &mut Worksheet, line: Line, at: u32) -> Result<()> {
        for column in 0..self.labels.columns.len() {
            let value = self.labels.value(line, column);
            let format = looks::cell(line.kind, CellKind::Text);
            page.write_string_with_format(at, column as u16, text_of(value), format)?;
        }
        Ok(())
    }

    /// Returns the currencies and columns of figures that are text.
    fn write_rows(&self, page: &mut Worksheet) -> Result<Vec<(String, u16)>> {
        let (mut long, cells) = (Vec::new(), self.amounts.by_month.rows.cells());
        for (row, at) in (0..self.amounts.by_month.rows.len()).zip(FIRST_ROW..) {
            let line = self.labels.lines[row];
            self.write_labels(page, line, at)?;
            for (place, month) in (self.first_month()..).zip(&self.amounts.months) {
                let cell = month.column.map_or(Cell::Empty, |column| cells.get(row, column));
                let kind = CellKind::Amount(looks::EXACT);
                if sheet::write_cell(page, (at, place), cell, LineKind::Row, kind)? {
                    long.push((key_of(Measure::Amount, &self.labels, line), place));
                }
            }
        }
        Ok(long)
    }

    fn write_totals(&self, page: &mut Worksheet, long: &[(String, u16)]) -> Result<()> {
        let cells = self.amounts.by_month.totals.cells();
        let currency_at = self.first_month() - 1;
        let (first, end) = (FIRST_ROW, self.end());
        let currencies = format!("${}", sheet::column_range(currency_at, first, end).replace(':', ":$"));
        for (row, (line, at)) in self.labels.totals.iter().zip(end..).enumerate() {
            self.write_labels(page, *line, at)?;
            let currency = key_of(Measure::Amount, &self.labels, *line);
            for (place, month) in (self.first_month()..).zip(&self.amounts.months) {
                let cell = month.column.map_or(Cell::Empty, |column| cells.get(row, column));
                let kind = CellKind::Amount(looks::EXACT).of(cell);
                let is_sum = Figure::of(cell).is_some_and(number::is_number)
                    && !long.contains(&(currency.clone(), place));
                if !is_sum {
                    sheet::write_cell(page, (at, place), cell, LineKind::Total, kind)?;
                    continue;
                }
                let own = format!("${}", sheet::name_of(at, currency_at));
                let values = sheet::column_range(place, first, end);
                let formula = sheet::sum_of_key(&currencies, &own, "", &values);
                let format = looks::cell(LineKind::Total, kind);
                sheet::write_formula(page, (at, place), &formula, result(cell, kind), format)?;
            }
        }
        Ok(())
    }

    /// A chart for each currency, of its totals. Where one is text, the chart refers to hidden numbers.
    fn insert_charts(&self, page: &mut Worksheet) -> Result<()> {
        let months = self.amounts.months.len() as u16;
        let mut at = self.end() + self.labels.totals.len() as u32 + 1;
        let mut blocks = Vec::new();
        for (row, of) in (0..).zip(&self.amounts.currencies) {
            let line = self.end() + row;
            let figures = self.figures(row as usize);
            let has_long = figures.iter().flatten().any(|figure| !number::is_number(*figure));
            let from = if has_long { self.first_month() + months + 1 } else { self.first_month() };
            for (place, figure) in (from..).zip(&figures).filter(|_| has_long) {
                page.set_column_hidden(place)?;
                if let Some(figure) = figure {
                    page.write_number(line, place, number::nearest(*figure))?;
                }
            }
            let mut chart = self.columns(&shown(&of.currency), line, (from, months));
            chart.y_axis().set_num_format(number::axis_format(has_long));
            if has_long {
                chart.show_hidden_data();
            }
            page.insert_chart(at, 0, &chart)?;
            blocks.push((at, at + CHART_ROWS + 1));
            at += CHART_ROWS + 1;
        }
        paper::keep_together(page, &blocks)
    }

    /// The totals of a currency, month by month.
    fn figures(&self, row: usize) -> Vec<Option<Figure>> {
        let cells = self.amounts.by_month.totals.cells();
        let figure = |column: Option<usize>| Figure::of(cells.get(row, column?));
        self.amounts.months.iter().map(|month| figure(month.column)).collect()
    }

    fn columns(&self, currency: &str, line: u32, (from, months): (u16, u16)) -> Chart {
        let mut chart = Chart::new_column();
        let mut look = ChartFormat::new();
        look.set_solid_fill(ChartSolidFill::new().set_color(looks::SERIES[0]));
        let first = self.first_month();
        chart
            .add_series()
            .set_name(&format!("Amount in {currency}"))
            .set_categories((self.name, HEADER_ROW, first, HEADER_ROW, first + months - 1))
            .set_values((self.name, line, from, line, from + months - 1))
            .set_format(&mut look)
            .set_gap(60);
        let partial = self.amounts.months.iter().find(|month| month.is_partial);
        let partial = partial.map(|month| format!("; {} is incomplete", month.period.in_words()));
        frame(&mut chart, &format!("Amount in {currency} by month{}", partial.unwrap_or_default()));
        chart.legend().set_hidden();
        chart.x_axis().set_num_format("mmm yy").set_text_axis(true).set_font(ChartFont::new().set_size(11));
        chart.y_axis().set_font(ChartFont::new().set_size(11));
        chart.set_width(CHART_PIXELS).set_height(CHART_ROWS * ROW_PIXELS);
        chart.set_alt_text(format!("Amount in {currency}, month by month, as in the table above"));
        chart
    }
}
