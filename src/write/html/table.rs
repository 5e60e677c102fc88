//! Tables of reports: the first rows as HTML, the rest as data that the script pages through, and no more than a page bears.

use std::borrow::Cow;
use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::{Value as Json, json};

use super::super::headings::{heading, is_for_machines, is_left_out};
use super::super::totals::{TotalLabels, labelled};
use super::super::twins::Twins;
use super::figure;
use super::look::{Look, plural};
use crate::amount::Amount;
use crate::pack::{Grouped, OwnerMoney};
use crate::quantity::Quantity;
use crate::report::{Cell, Cells, ColumnId, ColumnKind, Report, Section};
use crate::text::visible::shown;

/// Rows that a page holds of one table; the rest stands in the workbook and the other formats.
pub(super) const ROWS_MAX: usize = 5_000;

/// Rows of totals that a page holds of one table.
const TOTALS_MAX: usize = 200;

/// What a column shows, which the script has to know to sort it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Usage,
    Change,
    Amount,
    Percent,
    /// A part, which has no sign.
    Share,
    Count,
}

struct TableColumn {
    heading: String,
    kind: Kind,
    id: ColumnId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineKind {
    Row,
    Subtotal,
    /// What an owner's rows come to in a currency.
    Money,
    Total,
}

impl LineKind {
    fn class(self) -> Option<&'static str> {
        matches!(self, Self::Subtotal | Self::Money).then_some("sub")
    }
}

/// A row of one of the table's sources; of money its place among that of the owners.
#[derive(Clone, Copy, Debug)]
struct Line {
    kind: LineKind,
    source: usize,
    row: usize,
}

/// Where lines come from: a section, and which of its columns the table's are.
struct Source<'a> {
    cells: Cells<'a>,
    /// None where the section has no such column.
    places: Vec<Option<usize>>,
    twins: Twins<'a>,
    labels: Option<TotalLabels>,
}

/// A table of a report.
pub(super) struct Table<'a> {
    id: &'static str,
    caption: String,
    look: &'a Look<'a>,
    columns: Vec<TableColumn>,
    sources: Vec<Source<'a>>,
    lines: Vec<Line>,
    totals: Vec<Line>,
    totals_left_out: usize,
    /// Of owners, in their order.
    money: &'a [OwnerMoney],
    /// For each of them that is shown a row of its owner.
    owners: Vec<usize>,
    /// All rows, those that the page does not hold among them; without subtotals.
    rows: usize,
}

/// What stands in a cell.
enum Value<'a> {
    Empty,
    Text(Cow<'a, str>),
    Figure {
        shown: String,
        /// Hundredths, or a count.
        raw: i128,
        /// All digits, where fewer are shown.
        exact: Option<String>,
    },
    Amount(Amount),
}

impl Value<'_> {
    fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Figure { shown, .. } => Cow::Borrowed(shown),
            Self::Amount(amount) => Cow::Owned(figure::amount(*amount)),
        }
    }

    /// What the script reads where the text does not tell all.
    fn raw(&self) -> Option<i128> {
        match self {
            Self::Amount(amount) => Some(amount.thousandths()),
            Self::Figure { raw, exact: Some(_), .. } => Some(*raw),
            _ => None,
        }
    }

    fn exact(&self) -> Option<&str> {
        match self {
            Self::Figure { exact, .. } => exact.as_deref(),
            _ => None,
        }
    }
}

impl<'a> Table<'a> {
    /// Rows, then totals.
    pub(super) fn flat(id: &'static str, caption: String, report: &'a Report, look: &'a Look<'a>) -> Self {
        let mut table = Self::empty(id, caption, report, look).without_blank_columns();
        let lines = (0..report.rows.len()).map(|row| Line { kind: LineKind::Row, source: 0, row });
        table.lines = lines.take(ROWS_MAX).collect();
        table
    }

    /// Rows, the subtotals of each customer behind its last row, then totals.
    pub(super) fn with_subtotals(
        id: &'static str,
        caption: String,
        report: &'a Report,
        look: &'a Look<'a>,
    ) -> Self {
        let mut table = Self::flat(id, caption, report, look);
        table.sources.push(Source::new(report, &report.subtotals, &table.columns));
        let owner = report.columns.iter().position(ColumnId::is_uuid);
        let Some(owner) = owner else { return table };
        let (rows, subtotals) = (report.rows.cells(), report.subtotals.cells());
        let mut waiting: HashMap<Cell<'_>, Vec<Line>> = HashMap::new();
        for row in 0..report.subtotals.len() {
            let line = Line { kind: LineKind::Subtotal, source: 2, row };
            waiting.entry(subtotals.get(row, owner)).or_default().push(line);
        }
        let mut lines = Vec::with_capacity(table.lines.len() * 2);
        for (index, line) in table.lines.iter().enumerate() {
            lines.push(*line);
            let own = rows.get(line.row, owner);
            if table.lines.get(index + 1).is_none_or(|after| rows.get(after.row, owner) != own) {
                // A customer that is cut off keeps its subtotals, which are over all of its rows.
                lines.extend(waiting.remove(&own).into_iter().flatten());
            }
        }
        table.lines = lines;
        table
    }

    /// Rows in blocks, each with what it comes to behind it, then totals.
    pub(super) fn blocks(
        id: &'static str,
        caption: String,
        grouped: &'a Grouped,
        look: &'a Look<'a>,
    ) -> Self {
        let mut table = Self::empty(id, caption, &grouped.report, look).without_blank_columns();
        table.sources.push(Source::new(&grouped.owners, &grouped.owners.rows, &table.columns));
        table.money = &grouped.money;
        let mut money = (0..).zip(&grouped.money).peekable();
        for (number, block) in (1..).zip(&grouped.blocks) {
            if table.lines.len() >= ROWS_MAX {
                break;
            }
            let line = |row: &usize| Line { kind: LineKind::Row, source: 0, row: *row };
            table.lines.extend(block.rows.iter().map(line));
            let subtotal = |row| Line { kind: LineKind::Subtotal, source: 2, row };
            table.lines.extend(block.owner.map(subtotal));
            while let Some((row, _)) = money.next_if(|(_, money)| money.blocks.end == number) {
                table.owners.push(block.rows[0]);
                table.lines.push(Line { kind: LineKind::Money, source: 0, row });
            }
        }
        table.lines.truncate(ROWS_MAX);
        table
    }

    fn empty(id: &'static str, caption: String, report: &'a Report, look: &'a Look<'a>) -> Self {
        let columns = columns(report);
        let sources =
            vec![Source::new(report, &report.rows, &columns), Source::new(report, &report.totals, &columns)];
        let total = |row| Line { kind: LineKind::Total, source: 1, row };
        let totals_left_out = report.totals.len().saturating_sub(TOTALS_MAX);
        let totals = (0..report.totals.len()).skip(totals_left_out).map(total).collect();
        let (lines, rows) = (Vec::new(), report.rows.len());
        let (money, owners) = (&[], Vec::new());
        Self { id, caption, look, columns, sources, lines, totals, totals_left_out, money, owners, rows }
    }

    /// Leaves out the columns of words in which no row has any.
    fn without_blank_columns(mut self) -> Self {
        let source = &self.sources[0];
        let is_blank = |place: Option<usize>| {
            place.is_none_or(|place| (0..self.rows).all(|row| source.cells.get(row, place) == Cell::Empty))
        };
        let keeps = |(column, place): (&TableColumn, &Option<usize>)| {
            column.kind != Kind::Text || column.id == ColumnId::MeasuredUnit || !is_blank(*place)
        };
        let keep: Vec<bool> = self.columns.iter().zip(&source.places).map(keeps).collect();
        let mut kept = keep.iter();
        self.columns.retain(|_| *kept.next().expect("one for each column"));
        for source in &mut self.sources {
            let mut kept = keep.iter();
            source.places.retain(|_| *kept.next().expect("one for each column"));
        }
        self
    }

    /// The number of rows, those that the page does not hold among them.
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Draws the table, with its `first` lines as HTML.
    pub(super) fn draw(&self, first: usize) -> Markup {
        let first = first.min(self.lines.len());
        html! {
            div.table id=(self.id) data-decimals=(self.look.decimals()) {
                div.scroll role="region" tabindex="0" aria-labelledby={ (self.id) "-c" } {
                    table {
                        caption id={ (self.id) "-c" } { (self.caption) } "\n"
                        thead { tr { @for column in &self.columns {
                            th scope="col" class=[column.kind.class()] data-k=(column.kind.code()) {
                                (column.heading)
                            }
                        } } } "\n"
                        tbody { "\n" (self.drawn(&self.lines[..first])) } "\n"
                        @if !self.totals.is_empty() && self.rows > 0 {
                            tfoot { "\n" (self.drawn(&self.totals)) } "\n"
                        }
                    }
                } "\n"
                (self.draw_rest(first))
            } "\n"
        }
    }

    fn drawn(&self, lines: &[Line]) -> Markup {
        html! { @for line in lines {
            tr class=[line.kind.class()] {
                @for (index, column) in self.columns.iter().enumerate() {
                    @let (class, value) = (column.kind.class(), self.value(*line, index));
                    @if index == 0 {
                        th scope="row" class=[class] { (value.shown()) }
                    } @else {
                        td class=[class] data-v=[value.raw()] title=[value.exact()] { (value.shown()) }
                    }
                }
            } "\n"
        } }
    }

    /// What the HTML does not hold: as data, and in words.
    fn draw_rest(&self, first: usize) -> Markup {
        let is_row = |line: &&Line| line.kind == LineKind::Row;
        let held = self.lines.iter().filter(is_row).count();
        let shown = self.lines[..first].iter().filter(is_row).count();
        html! {
            @if first < self.lines.len() {
                p.rest {
                    "Without scripts this page shows the first " (plural(shown, "row", "rows")) " of "
                    (figure::count(held as u64)) "; all of them are in the workbook and in CSV."
                } "\n"
                template { (self.data(&self.lines[first..])) } "\n"
            }
            @if held < self.rows {
                p.note {
                    "This page holds the first " (figure::count(held as u64)) " of "
                    (plural(self.rows, "row", "rows"))
                    "; all of them are in the workbook and in CSV. Totals are over all rows."
                } "\n"
            }
            @if self.totals_left_out > 0 {
                p.note {
                    (plural(self.totals_left_out, "total is", "totals are"))
                    " left out here; they are in the workbook and in JSON."
                } "\n"
            }
        }
    }

    /// `{"texts":["Acme","cpu"],"rows":[[0,0,1,123450],…]}`: a line is its kind, 0 or 1 for a subtotal, then its cells; text by its
    /// place, usage in hundredths, amounts as text with their decimals, counts as they are, null for nothing.
    fn data(&self, lines: &[Line]) -> String {
        let mut texts: Vec<String> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut value = |value: Value<'_>| match value {
            Value::Empty => Json::Null,
            // A number of the script's holds 2^53.
            Value::Figure { raw, .. } => match i64::try_from(raw) {
                Ok(raw) if raw.unsigned_abs() < 1 << 53 => raw.into(),
                _ => raw.to_string().into(),
            },
            Value::Amount(amount) => amount.to_string().into(),
            Value::Text(text) => {
                let place = places.entry(text.into_owned()).or_insert_with_key(|text| {
                    texts.push(text.clone());
                    texts.len() - 1
                });
                (*place).into()
            }
        };
        let rows: Vec<Vec<Json>> = lines
            .iter()
            .map(|line| {
                let kind = u8::from(line.kind != LineKind::Row).into();
                let cells = (0..self.columns.len()).map(|column| value(self.value(*line, column)));
                std::iter::once(kind).chain(cells).collect()
            })
            .collect();
        json!({ "rows": rows, "texts": texts }).to_string()
    }

    fn value(&self, line: Line, index: usize) -> Value<'_> {
        if line.kind == LineKind::Money {
            return self.money(line, index);
        }
        let source = &self.sources[line.source];
        let column = &self.columns[index];
        // What stands there marks rows; the amounts of a block are in the owner's total of the currency.
        let is_of_money = matches!(column.id, ColumnId::Currency | ColumnId::Amount);
        let is_blank = column.id.is_of_charge() || is_of_money && !self.money.is_empty();
        if line.kind == LineKind::Subtotal && is_blank {
            return Value::Empty;
        }
        if line.kind == LineKind::Total
            && let Some(labels) = &source.labels
        {
            let (at, label) = labels.of(&source.cells, line.row);
            if source.places[index] == Some(at) {
                return Value::Text(label);
            }
        }
        let Some(place) = source.places[index] else { return Value::Empty };
        match source.cells.get(line.row, place) {
            Cell::Empty => Value::Empty,
            Cell::Count(count) => {
                Value::Figure { shown: figure::count(count), raw: i128::from(count), exact: None }
            }
            Cell::Quantity(quantity) => self.figure(column.kind, quantity),
            Cell::Amount(amount) => Value::Amount(amount),
            Cell::Text(text) => {
                let text = self.look.text(column.id, text);
                let mark = source.twins.mark(&source.cells, line.row, place);
                match line.kind == LineKind::Subtotal && index == 0 {
                    true => Value::Text(Cow::Owned(labelled(Cell::Text(&format!("{text}{mark}"))))),
                    false if mark.is_empty() => Value::Text(text),
                    false => Value::Text(Cow::Owned(format!("{text}{mark}"))),
                }
            }
        }
    }

    fn money(&self, line: Line, index: usize) -> Value<'_> {
        let money = &self.money[line.row];
        match self.columns[index].id {
            _ if index == 0 => {
                let kind = LineKind::Subtotal;
                self.value(Line { kind, row: self.owners[line.row], ..line }, index)
            }
            ColumnId::Currency => Value::Text(shown(&money.currency)),
            ColumnId::Amount => Value::Amount(money.amount),
            _ => Value::Empty,
        }
    }

    fn figure(&self, kind: Kind, quantity: Quantity) -> Value<'_> {
        let raw = quantity.hundredths();
        let shown = match kind {
            Kind::Percent => figure::percent(quantity),
            Kind::Share => figure::share(quantity),
            Kind::Change => figure::signed(self.look.usage(quantity), quantity),
            Kind::Text | Kind::Usage | Kind::Amount | Kind::Count => self.look.usage(quantity),
        };
        let is_cut = matches!(kind, Kind::Usage | Kind::Change) && self.look.decimals() < 2;
        Value::Figure { shown, raw, exact: is_cut.then(|| figure::exact(quantity)) }
    }
}

impl<'a> Source<'a> {
    fn new(report: &'a Report, section: &'a Section, columns: &[TableColumn]) -> Self {
        let place = |column: &TableColumn| report.column(column.id);
        Self {
            cells: section.cells(),
            // A section without rows may have no columns.
            places: match section.is_empty() {
                true => vec![None; columns.len()],
                false => columns.iter().map(place).collect(),
            },
            // Subtotals are of names that rows have.
            twins: Twins::new(&report.columns, &[&report.rows]),
            labels: TotalLabels::new(&report.columns),
        }
    }
}

impl Kind {
    fn of(column: ColumnId) -> Self {
        match (column, column.kind()) {
            (ColumnId::Change, _) => Self::Change,
            (ColumnId::UsedPercent, _) => Self::Share,
            (_, ColumnKind::Usage) => Self::Usage,
            (_, ColumnKind::Amount) => Self::Amount,
            (_, ColumnKind::Percent) => Self::Percent,
            (_, ColumnKind::Count) => Self::Count,
            _ => Self::Text,
        }
    }

    /// The word for it that the script knows.
    fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Usage => "usage",
            Self::Change => "change",
            Self::Amount => "amount",
            Self::Percent => "percent",
            Self::Share => "share",
            Self::Count => "count",
        }
    }

    fn class(self) -> Option<&'static str> {
        (self != Self::Text).then_some("n")
    }
}

/// The columns as people read them: names, unit, figures, money, counts. Ids tell machines apart, not people.
fn columns(report: &Report) -> Vec<TableColumn> {
    let rank = |column: ColumnId| match column.kind() {
        _ if is_left_out(report, column) || is_for_machines(column) => None,
        // What a budget comes to stands behind it, be it of usage or of money.
        _ if matches!(column, ColumnId::UsedPercent | ColumnId::OverBudget) => Some(4),
        // A credit is told by its words.
        _ if column == ColumnId::ChargeCategory => None,
        _ if column == ColumnId::ChargeDescription => Some(6),
        ColumnKind::Time | ColumnKind::Name | ColumnKind::Text => Some(0),
        // Figures stay in sight, however many columns the user adds.
        ColumnKind::Attribute => Some(7),
        ColumnKind::Unit => Some(1),
        ColumnKind::Usage | ColumnKind::Percent => Some(2),
        ColumnKind::Currency => Some(3),
        ColumnKind::Amount => Some(4),
        ColumnKind::Count => Some(5),
        ColumnKind::Uuid => None,
    };
    let columns = report.columns.iter();
    let mut columns: Vec<(i32, ColumnId)> =
        columns.filter_map(|column| Some((rank(*column)?, *column))).collect();
    columns.sort_by_key(|(rank, _)| *rank);
    let column = |(_, id)| TableColumn { heading: heading(id, report), kind: Kind::of(id), id };
    columns.into_iter().map(column).collect()
}
