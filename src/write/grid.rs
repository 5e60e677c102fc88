//! Lays a report out for human eyes: what stands in which line, never how wide or in which colour.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::figures::{Figures, Spelling};
use super::headings::{is_for_machines, is_left_out, months_of};
use super::totals::TotalLabels;
use super::twins::Twins;
use crate::dimension::Dimension;
use crate::period::{BillingPeriod, day_in_words};
use crate::report::{
    Cell, Cells, ColumnId, ColumnKind, Compared, NOT_ATTRIBUTED, Pricing, Report, ranges_in_words,
};
use crate::text::grouped_decimal;
use crate::text::visible::brief;

/// A report as lines of text.
pub(super) struct Grid<'a> {
    /// What the figures are about, one fact or more a line.
    pub title: Vec<String>,
    pub columns: Vec<GridColumn>,
    pub lines: Vec<Line<'a>>,
    /// Stand below the lines.
    pub notes: Vec<String>,
}

pub(super) struct GridColumn {
    pub heading: String,
    pub alignment: Alignment,
    /// Whether its text may be shortened.
    pub is_label: bool,
}

impl GridColumn {
    pub(super) fn new(column: ColumnId, heading: String) -> Self {
        let kind = column.kind();
        Self {
            heading,
            alignment: if kind.is_figure() { Alignment::Right } else { Alignment::Left },
            is_label: matches!(kind, ColumnKind::Name | ColumnKind::Attribute),
        }
    }
}

/// The edge that the cells of a column are aligned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Texts.
    Left,
    /// Figures.
    Right,
}

pub(super) struct Line<'a> {
    pub kind: LineKind,
    /// One for each column.
    pub cells: Vec<GridCell<'a>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Row,
    /// The sum of a customer's rows of one unit.
    Subtotal,
    /// The sum of a unit, over a stretch of time or over all.
    Total,
}

/// Stands for the group of what has no value.
const NO_VALUE: &str = "(none)";

/// Text to show; harmless on a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GridCell<'a> {
    pub text: Cow<'a, str>,
    /// Stands behind the text and is never cut: a partial month's star, what tells two of one name apart.
    pub mark: Cow<'static, str>,
}

impl<'a> GridCell<'a> {
    pub(super) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self { text: text.into(), mark: Cow::Borrowed("") }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.mark.is_empty()
    }
}

impl<'a> Grid<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let layout = Layout::new(report);
        let mut lines = Vec::with_capacity(report.rows.len() + report.subtotals.len() + report.totals.len());
        add_rows(&layout, &mut lines);
        add_totals(&layout, &mut lines);
        Self { title: title(report), columns: layout.headings(), lines, notes: layout.notes() }
    }
}

/// The rows, each customer's subtotals behind the customer's last row.
fn add_rows<'a>(layout: &Layout<'a>, lines: &mut Vec<Line<'a>>) {
    let report = layout.report;
    let block = block_columns(report);
    let (rows, subtotals) = (report.rows.cells(), report.subtotals.cells());
    let mut waiting: HashMap<Vec<Cell<'_>>, Vec<usize>> = HashMap::new();
    for index in 0..report.subtotals.len() {
        waiting.entry(key(&subtotals, index, &block)).or_default().push(index);
    }
    let mut shown = HashSet::new();
    for index in 0..report.rows.len() {
        lines.push(layout.line(LineKind::Row, &rows, index));
        if waiting.is_empty() {
            continue;
        }
        let customer = key(&rows, index, &block);
        let is_last = index + 1 == report.rows.len() || key(&rows, index + 1, &block) != customer;
        if let Some(indices) = is_last.then(|| waiting.get(&customer)).flatten() {
            for subtotal in indices.iter().filter(|subtotal| shown.insert(**subtotal)) {
                lines.push(layout.line(LineKind::Subtotal, &subtotals, *subtotal));
            }
        }
    }
    // A customer whose rows are all among the others still has a subtotal.
    for index in (0..report.subtotals.len()).filter(|index| !shown.contains(index)) {
        lines.push(layout.line(LineKind::Subtotal, &subtotals, index));
    }
}

fn add_totals<'a>(layout: &Layout<'a>, lines: &mut Vec<Line<'a>>) {
    if layout.total_labels.is_none() || layout.report.rows.is_empty() {
        return;
    }
    let totals = layout.report.totals.cells();
    let count = layout.report.totals.len();
    lines.extend((0..count).map(|index| layout.line(LineKind::Total, &totals, index)));
}

/// The columns that say whose block a row belongs to: those of the dimensions up to the customer.
fn block_columns(report: &Report) -> Vec<usize> {
    let Some(customer) = report.by.iter().position(|dimension| *dimension == Dimension::Customer) else {
        return Vec::new();
    };
    let is_of_block = |column: &ColumnId| {
        column.dimension().is_some_and(|dimension| report.by[..=customer].contains(&dimension))
    };
    (0..report.columns.len()).filter(|index| is_of_block(&report.columns[*index])).collect()
}

fn key<'a>(cells: &Cells<'a>, row: usize, columns: &[usize]) -> Vec<Cell<'a>> {
    columns.iter().map(|column| cells.get(row, *column)).collect()
}

/// What is shown of the report's columns.
struct Layout<'a> {
    report: &'a Report,
    /// The shown columns' places in the report.
    shown: Vec<usize>,
    total_labels: Option<TotalLabels>,
    twins: Twins<'a>,
    /// The stretches of time that hold a month that is not over, as they stand in cells and headings.
    partial: HashSet<String>,
}

impl<'a> Layout<'a> {
    fn new(report: &'a Report) -> Self {
        let has_credits = has_credits(report);
        let is_shown = |index: &usize| match report.columns[*index] {
            // A name says more, if there is one.
            ColumnId::Uuid(dimension) => report.column(ColumnId::Label(dimension)).is_none(),
            column if is_left_out(report, column) || is_for_machines(column) => false,
            // What tells credits from usage says nothing where there are none.
            column => has_credits || !column.is_of_charge(),
        };
        Self {
            report,
            shown: (0..report.columns.len()).filter(is_shown).collect(),
            total_labels: TotalLabels::new(&report.columns),
            twins: Twins::new(&report.columns, &[&report.rows, &report.subtotals]),
            partial: partial_stretches(&report.provenance.partial_periods),
        }
    }

    fn headings(&self) -> Vec<GridColumn> {
        self.shown.iter().map(|index| self.heading(self.report.columns[*index])).collect()
    }

    fn heading(&self, column: ColumnId) -> GridColumn {
        let mut heading = headed(column);
        if self.partial.contains(&heading) {
            heading.push('*');
        }
        heading.push_str(&months_of(self.report, column));
        GridColumn::new(column, heading)
    }

    fn line(&self, kind: LineKind, cells: &Cells<'a>, row: usize) -> Line<'a> {
        let total = match (kind, &self.total_labels) {
            (LineKind::Total, Some(labels)) => Some(labels.of(cells, row)),
            _ => None,
        };
        let cell = |column: &usize| match &total {
            Some((at, label)) if at == column => GridCell::plain(brief(label).into_owned()),
            _ => self.cell(kind, cells, row, *column),
        };
        Line { kind, cells: self.shown.iter().map(cell).collect() }
    }

    fn cell(&self, kind: LineKind, cells: &Cells<'a>, row: usize, column: usize) -> GridCell<'a> {
        let cell = cells.get(row, column);
        let mut figures = Figures::new(Spelling::GROUPED);
        let text = match cell {
            Cell::Empty if kind == LineKind::Row && self.is_of_no_user(cells, row, column) => {
                return GridCell::plain(NOT_ATTRIBUTED);
            }
            Cell::Empty => return GridCell::default(),
            Cell::Quantity(quantity) => return GridCell::plain(figures.quantity(quantity).to_owned()),
            Cell::Amount(amount) => return GridCell::plain(figures.amount(amount).to_owned()),
            Cell::Count(count) => return GridCell::plain(figures.count(count).to_owned()),
            Cell::Text(text) => text,
        };
        let id = self.report.columns[column];
        let mark = match id {
            ColumnId::Time(_) if self.partial.contains(text) => Cow::Borrowed("*"),
            _ => self.twins.mark(cells, row, column),
        };
        // The empty text of what the user knows is no value.
        if text.is_empty() && matches!(id, ColumnId::Label(Dimension::Attribute(_))) {
            return GridCell::plain(NO_VALUE);
        }
        let is_subtotal_label = kind == LineKind::Subtotal && id == ColumnId::Label(Dimension::Customer);
        let text = match is_subtotal_label {
            true => {
                let labels = self.total_labels.as_ref().expect("customers have names");
                Cow::Owned(brief(&labels.of_subtotal(cells, row, cell)).into_owned())
            }
            false => brief(text),
        };
        GridCell { text, mark }
    }

    /// Whether a column names users, and a row is of usage that no user has.
    fn is_of_no_user(&self, cells: &Cells<'a>, row: usize, column: usize) -> bool {
        let unit = self.report.column(ColumnId::MeasuredUnit);
        self.report.columns[column] == ColumnId::Label(Dimension::User)
            && unit.is_some_and(|unit| cells.get(row, unit) != Cell::Empty)
    }

    fn notes(&self) -> Vec<String> {
        let provenance = &self.report.provenance;
        let mut notes = Vec::new();
        if !provenance.partial_periods.is_empty() {
            let verb = if provenance.partial_periods.len() == 1 { "is" } else { "are" };
            notes.push(format!(
                "* {} {verb} not over on {}: more usage may come",
                ranges_in_words(&provenance.partial_periods),
                day_in_words(provenance.as_of)
            ));
        }
        notes.extend(provenance.comparison.iter().filter_map(Compared::left_out_text));
        notes.extend(provenance.pricing.iter().flat_map(rounding_notes));
        notes
    }
}

fn has_credits(report: &Report) -> bool {
    let column = report.column(ColumnId::ChargeDescription);
    let cells = report.rows.cells();
    column.is_some_and(|column| (0..report.rows.len()).any(|row| cells.get(row, column) != Cell::Empty))
}

/// The words over a column of a table.
pub(super) fn headed(column: ColumnId) -> String {
    match column {
        ColumnId::Time(dimension) | ColumnId::Label(dimension) => dimension.name().replace('_', " "),
        ColumnId::MeasuredUnit => "unit".to_owned(),
        _ => brief(&column.name().replace("_percent", " %").replace('_', " ")).into_owned(),
    }
}

/// `Rounding difference EUR 0.0123 (rounded up, to 0.01, each charge line)`, one for each currency.
fn rounding_notes(pricing: &Pricing) -> impl Iterator<Item = String> {
    pricing.totals.iter().filter_map(|total| {
        let (currency, difference) =
            (&total.currency, grouped_decimal(total.rounding_difference.as_deref()?));
        Some(format!(
            "Rounding difference {currency} {difference} (rounded {})",
            pricing.rounding_of(currency)
        ))
    })
}

/// The months, quarters and years that are not over.
///
/// Where a fiscal year begins is not told by a report, so it gets no star.
fn partial_stretches(periods: &[BillingPeriod]) -> HashSet<String> {
    let stretches = |period: &BillingPeriod| {
        let quarter = (period.month() - 1) / 3 + 1;
        [period.to_string(), format!("{:04}-Q{quarter}", period.year()), format!("{:04}", period.year())]
    };
    periods.iter().flat_map(stretches).collect()
}

/// `Usage in 2026-10 as of 2026-11-23, time zone UTC`, then the months' states in a book and the filters. Rows of no
/// dimension may be of anything, so only the day and the states are stated.
fn title(report: &Report) -> Vec<String> {
    let provenance = &report.provenance;
    let states = || provenance.states.iter().map(|month| format!("{} is {}", month.period, month.state));
    if report.by.is_empty() {
        let day = format!("As of {}, time zone {}", provenance.as_of, provenance.timezone);
        return [day].into_iter().chain(states()).collect();
    }
    let period = match provenance.period {
        Some(range) => range.to_string(),
        None => "all periods".to_owned(),
    };
    let mut lines =
        vec![format!("Usage in {period} as of {}, time zone {}", provenance.as_of, provenance.timezone)];
    lines.extend(states());
    if !provenance.filters.is_empty() {
        let filters =
            provenance.filters.iter().map(|(name, values)| format!("{name} = {}", values.join(" or ")));
        lines.push(brief(&format!("Only {}", filters.collect::<Vec<_>>().join(", "))).into_owned());
    }
    lines
}
