//! What all sheets share: a head, a table's header that stays in sight, and how they print.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_xlsxwriter::{Format, Formula, Url, Worksheet, utility};
use unicode_width::UnicodeWidthStr;

use super::looks::{self, CellKind, LineKind};
use super::number::{self, Figure};
use super::paper;
use super::text::shown;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::pack::Pack;
use crate::period::{BillingPeriod, PeriodRange, day_in_words};
use crate::report::{Cell, ColumnId, ColumnKind, Measure, ranges_in_words};
use crate::write::grid::{Grid, Line, Value};
use crate::write::headings::Medium;

/// Where the headings stand on a sheet with a head.
pub(crate) const HEADER_ROW: u32 = 4;

pub(crate) const FIRST_ROW: u32 = HEADER_ROW + 1;

/// Where a table came to stand, for formulas elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placed {
    pub sheet: String,
    pub first: u32,
    /// One more than the last row.
    pub end: u32,
    pub columns: Vec<(ColumnId, u16)>,
    /// Figures that are text: their unit or currency, row and column.
    pub long: Vec<(String, u32, u16)>,
    /// How wide each column is, in characters; those that are folded away have 0.
    pub widths: Vec<u32>,
}

impl Placed {
    /// `'By project'!$D$6:$D$90`.
    pub(crate) fn range(&self, id: ColumnId) -> String {
        let column = self.column(id);
        utility::worksheet_range_absolute(
            &self.sheet,
            self.first,
            column,
            self.end.max(self.first + 1) - 1,
            column,
        )
    }

    /// A condition that holds on rows and not on the lines beneath blocks, which have no component and no category.
    pub(crate) fn rows_only(&self, range: impl Fn(ColumnId) -> String) -> String {
        let has_categories = self.columns.iter().any(|(id, _)| *id == ColumnId::ChargeCategory);
        let marker = match has_categories {
            true => ColumnId::ChargeCategory,
            false => ColumnId::Label(Dimension::Component),
        };
        format!("--({}<>\"\"),", range(marker))
    }

    /// What the columns take that are not folded away, in pixels.
    pub(crate) fn pixels(&self) -> u32 {
        pixels(&self.widths)
    }

    pub(crate) fn column(&self, id: ColumnId) -> u16 {
        self.columns.iter().find(|(column, _)| *column == id).expect("a column of the report").1
    }
}

/// The widths of columns by their characters; of none, nothing.
pub(crate) fn pixels(widths: &[u32]) -> u32 {
    widths.iter().filter(|width| **width > 0).map(|width| paper::column_pixels(*width)).sum()
}

/// An empty sheet with a head: what it shows, of when, and the way back.
pub(crate) fn sheet(pack: &Pack, name: &str, title: &str, extra: &str) -> Result<Worksheet> {
    let mut sheet = Worksheet::new();
    sheet.set_name(name)?;
    sheet.write_string_with_format(0, 0, title, &looks::title())?;
    sheet.write_string_with_format(1, 0, format!("{}{extra}", when(pack)), &looks::subtitle())?;
    link(&mut sheet, 2, 0, "Cover", "Back to the cover")?;
    sheet.set_row_height(0, 24)?;
    print_setup(&mut sheet, pack, name);
    Ok(sheet)
}

/// Makes the headings stay in sight and on every page.
pub(crate) fn keep_header(sheet: &mut Worksheet, row: u32, frozen_columns: u16) -> Result<()> {
    sheet.set_row_height(row, 20)?;
    sheet.set_freeze_panes(row + 1, frozen_columns)?;
    sheet.set_repeat_rows(row, row)?;
    Ok(())
}

/// Landscape, with a foot that says what it is, the sheet and its page.
pub(crate) fn print_setup(sheet: &mut Worksheet, pack: &Pack, name: &str) {
    paper::set_up(sheet);
    let sender = pack.letterhead.organisation.as_deref().map(foot).unwrap_or_default();
    sheet.set_footer(format!(
        "&L&11Usage {}, as of {}{sender}&R&11{name}, page &P of &N",
        period(pack),
        day_in_words(pack.provenance.as_of)
    ));
    sheet.set_screen_gridlines(false);
}

/// The sender as a foot holds it: a foot has room for 255 characters, and `&` begins its commands.
fn foot(organisation: &str) -> String {
    let mut text = " · ".to_owned();
    for character in shown(organisation).chars() {
        if text.encode_utf16().count() + 2 > FOOT_MAX {
            text.push('…');
            break;
        }
        text.push(character);
        if character == '&' {
            text.push('&');
        }
    }
    text
}

/// What else stands in a foot has fewer than the other 105.
const FOOT_MAX: usize = 150;

pub(crate) fn link(sheet: &mut Worksheet, row: u32, column: u16, target: &str, text: &str) -> Result<()> {
    let url = Url::new(format!("internal:'{target}'!A1")).set_text(text);
    sheet.write_url_with_format(row, column, url, &looks::link())?;
    Ok(())
}

/// A link to a row of a sheet.
pub(crate) fn link_to_row(
    sheet: &mut Worksheet,
    at: (u32, u16),
    target: &str,
    row: u32,
    text: &str,
) -> Result<()> {
    let url = Url::new(format!("internal:'{target}'!A{}", row + 1)).set_text(text);
    sheet.write_url_with_format(at.0, at.1, url, &looks::link())?;
    Ok(())
}

/// `October 2026`, `July to September 2026`.
pub(crate) fn period(pack: &Pack) -> String {
    pack.period.map_or_else(|| "without records".to_owned(), PeriodRange::in_words)
}

fn when(pack: &Pack) -> String {
    let provenance = &pack.provenance;
    let partial = match provenance.partial_periods.as_slice() {
        [] => String::new(),
        months => format!("; incomplete: {}", ranges_in_words(months)),
    };
    let day = day_in_words(provenance.as_of);
    format!("Usage {} as of {day}, time zone {}{partial}", period(pack), provenance.timezone)
}

/// What reports are laid out for here.
pub(crate) fn medium(pack: &Pack) -> Medium<'_> {
    Medium::Workbook(&pack.letterhead)
}

/// What the cells of each column hold.
pub(crate) fn kinds_of(grid: &Grid<'_>, decimals: u8) -> Vec<CellKind> {
    grid.columns.iter().map(|column| kind(column.id, decimals)).collect()
}

/// What a column's cells hold; usage has so many decimals in sight.
pub(crate) fn kind(column: ColumnId, decimals: u8) -> CellKind {
    match (column, column.kind()) {
        (ColumnId::Time(Dimension::Period), _) => CellKind::Month,
        (ColumnId::ChargeCategory, _) => CellKind::Code,
        (ColumnId::Change, _) => CellKind::Change(decimals),
        (ColumnId::UsedPercent | ColumnId::AmountShare, _) => CellKind::Share,
        (ColumnId::AmountChange, _) => CellKind::AmountChange(looks::EXACT),
        (_, ColumnKind::Uuid) => CellKind::Id,
        (_, ColumnKind::Time | ColumnKind::Name | ColumnKind::Text | ColumnKind::Attribute)
        | (_, ColumnKind::Unit) => CellKind::Text,
        (_, ColumnKind::Currency) => CellKind::Code,
        (_, ColumnKind::Usage) => CellKind::Usage(decimals),
        (_, ColumnKind::Amount) => CellKind::Amount(looks::EXACT),
        (_, ColumnKind::Percent) => CellKind::Percent,
        (_, ColumnKind::Count) => CellKind::Count,
    }
}

/// Writes what a line says; whether it had to be text though it is a figure.
pub(crate) fn write_value(
    sheet: &mut Worksheet,
    at: (u32, u16),
    value: Value<'_>,
    line: LineKind,
    kind: CellKind,
) -> Result<bool> {
    let cell = match &value {
        Value::Empty => Cell::Empty,
        Value::Figure(figure) => *figure,
        Value::Text(label) if label.lead.is_empty() && label.mark.is_empty() => Cell::Text(&label.text),
        Value::Text(_) => {
            let text = text_of(value);
            sheet.write_string_with_format(at.0, at.1, text, looks::cell(line, kind))?;
            return Ok(false);
        }
    };
    write_cell(sheet, at, cell, line, kind)
}

/// The text of a value; empty where it is none.
pub(crate) fn text_of(value: Value<'_>) -> Cow<'_, str> {
    match value {
        Value::Text(label) => label.marked(shown),
        Value::Empty | Value::Figure(_) => "".into(),
    }
}

/// Writes headings and sets widths by what is in the column; returns them, 0 for what is folded away: uuids and counts
/// behind the other columns.
pub(crate) fn write_header(
    sheet: &mut Worksheet,
    row: u32,
    grid: &Grid<'_>,
    kinds: &[CellKind],
) -> Result<Vec<u32>> {
    let mut widths = Vec::with_capacity(kinds.len());
    for ((at, column), kind) in grid.columns.iter().enumerate().zip(kinds) {
        let rows = grid.lines.iter().filter(|line| line.kind == LineKind::Row);
        let longest = rows.map(|line| width(grid.value(*line, at))).max().unwrap_or_default();
        // A total may be longer than its parts.
        let totals = grid.totals.iter().filter(|_| column.id.kind().is_figure());
        let longest =
            totals.map(|line| width(grid.value(*line, at))).chain([longest]).max().unwrap_or_default();
        let at = at as u16;
        sheet.write_string_with_format(row, at, &column.heading, &heading_of(*kind))?;
        let width = column_width(*kind, longest as u32).max(column.heading.width() as u32 + 3);
        sheet.set_column_width(at, width)?;
        widths.push(width);
        if *kind == CellKind::Id {
            let last = row + 1 + grid.rows as u32;
            sheet.ignore_error_range(row, at, last, at, rust_xlsxwriter::IgnoreError::NumberStoredAsText)?;
        }
    }
    let is_small_print = |kind: &&CellKind| matches!(kind, CellKind::Id | CellKind::Count);
    let folded = kinds.iter().rev().take_while(is_small_print).count();
    let first = kinds.len() - folded;
    if folded > 0 && first > 0 {
        sheet.group_columns_collapsed(first as u16, kinds.len() as u16 - 1)?;
        widths[first..].fill(0);
    }
    Ok(widths)
}

/// The look of the words over cells of a kind.
pub(crate) fn heading_of(kind: CellKind) -> Format {
    looks::heading(if kind == CellKind::Month { CellKind::Text } else { kind })
}

fn column_width(kind: CellKind, longest: u32) -> u32 {
    match kind {
        CellKind::Id => 36,
        CellKind::Code => longest.clamp(9, 26) + 1,
        CellKind::Text => longest.clamp(10, 44) + 2,
        _ => longest.clamp(7, 26) + 2,
    }
}

fn width(value: Value<'_>) -> usize {
    match value {
        Value::Figure(Cell::Quantity(quantity)) => quantity.to_string().len(),
        // With what stands between groups of digits.
        Value::Figure(Cell::Amount(amount)) => amount.to_string().len() * 4 / 3,
        Value::Figure(Cell::Count(count)) => count.to_string().len(),
        value => text_of(value).width(),
    }
}

/// Writes a value; whether it had to be text though it is a figure.
pub(crate) fn write_cell(
    sheet: &mut Worksheet,
    at: (u32, u16),
    cell: Cell<'_>,
    line: LineKind,
    kind: CellKind,
) -> Result<bool> {
    if let Some(figure) = Figure::of(cell) {
        return write_figure(sheet, at, figure, line, kind.of(cell));
    }
    let format = looks::cell(line, kind);
    match (cell, kind) {
        (Cell::Empty, _) if line == LineKind::Row => {}
        (Cell::Empty, _) => {
            sheet.write_blank(at.0, at.1, format)?;
        }
        (Cell::Text(text), CellKind::Month) if month(text).is_some() => {
            let date = number::date(month(text).unwrap_or_default())?;
            sheet.write_datetime_with_format(at.0, at.1, date, format)?;
        }
        (Cell::Text(text), _) => {
            sheet.write_string_with_format(at.0, at.1, shown(text), format)?;
        }
        (Cell::Quantity(_) | Cell::Amount(_) | Cell::Count(_), _) => {}
    }
    Ok(false)
}

/// The first day of a month that spreadsheets know.
pub(crate) fn month(text: &str) -> Option<NaiveDate> {
    let period: BillingPeriod = text.parse().ok()?;
    Some(period.first_day()).filter(|day| number::is_date(*day))
}

/// Writes a figure, as text where it has too many digits; whether it had.
pub(crate) fn write_figure(
    sheet: &mut Worksheet,
    at: (u32, u16),
    figure: Figure,
    line: LineKind,
    kind: CellKind,
) -> Result<bool> {
    let number = match (figure, kind) {
        (Figure::Quantity(percent), CellKind::Percent | CellKind::Share) => number::fraction(percent),
        _ => number::number(figure),
    };
    match number {
        Some(number) => {
            sheet.write_number_with_format(at.0, at.1, number, looks::cell(line, kind))?;
        }
        None => {
            let text = figure.to_string();
            sheet.write_string_with_format(at.0, at.1, text, looks::cell(line, CellKind::LongUsage))?;
        }
    }
    Ok(number.is_none())
}

/// Says above a table which figures are text, and that changes and totals of them are no formulas.
pub(crate) fn say_long<T>(sheet: &mut Worksheet, long: &[T]) -> Result<()> {
    if !long.is_empty() {
        let text = "Figures of more than 15 digits are text, because a spreadsheet would round them; totals and changes \
                    of them are no formulas.";
        sheet.write_string_with_format(HEADER_ROW - 1, 0, text, &looks::subtitle())?;
    }
    Ok(())
}

/// Writes text in lines of so many characters, one below the other; gives the row behind them.
///
/// A cell that wraps would need a height that only the reader's program can tell.
pub(crate) fn write_prose(
    sheet: &mut Worksheet,
    at: u32,
    column: u16,
    text: &str,
    characters: usize,
) -> Result<u32> {
    let mut at = at;
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + word.width() >= characters {
            sheet.write_string_with_format(at, column, &line, looks::cell(LineKind::Row, CellKind::Text))?;
            line.clear();
            at += 1;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    sheet.write_string_with_format(at, column, &line, looks::cell(LineKind::Row, CellKind::Text))?;
    Ok(at + 1)
}

/// Writes a formula with the result that it has.
pub(crate) fn write_formula(
    sheet: &mut Worksheet,
    at: (u32, u16),
    formula: &str,
    result: impl Into<String>,
    format: &rust_xlsxwriter::Format,
) -> Result<()> {
    sheet.write_formula_with_format(at.0, at.1, Formula::new(formula).set_result(result), format)?;
    Ok(())
}

/// `D6`.
pub(crate) fn name_of(row: u32, column: u16) -> String {
    utility::row_col_to_cell(row, column)
}

/// `D$6:D$90`: the rows of a column, from `first` up to, not including, `end`.
pub(crate) fn column_range(column: u16, first: u32, end: u32) -> String {
    let letter = utility::column_number_to_name(column);
    format!("{letter}${}:{letter}${end}", first + 1)
}

/// The sum over the rows of one unit or currency, letter by letter: other ways to sum take `*` and `?` for any letter
/// and `GB` for `gb`.
pub(crate) fn sum_of_key(keys: &str, key: &str, condition: &str, values: &str) -> String {
    format!("=SUMPRODUCT(--EXACT({keys},{key}),{condition}{values})")
}

/// What the figures of a column are of, where they are added up; usage also stands for what is of neither.
pub(crate) fn measure_of(column: ColumnId) -> Measure {
    if column.kind() == ColumnKind::Amount { Measure::Amount } else { Measure::Usage }
}

/// The unit or currency of a line.
pub(crate) fn key_of(measure: Measure, grid: &Grid<'_>, line: Line) -> String {
    match grid.cell(line, measure.key()) {
        Cell::Text(key) => key.to_owned(),
        _ => String::new(),
    }
}
