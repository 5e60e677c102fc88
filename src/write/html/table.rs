//! Tables of reports: the first rows as HTML, the rest as data that the script pages through, and no more than a page bears.

use std::borrow::Cow;
use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::{Value as Json, json};

use super::super::grid::{Alignment, Grid, Line, LineKind, Value};
use super::figure;
use super::look::{Look, plural};
use crate::report::{Cell, ColumnId, ColumnKind};
use crate::text::visible::shown;

/// Rows that a page holds of one table; the rest stands in the workbook and the other formats.
pub(crate) const ROWS_MAX: usize = 5_000;

/// Rows of totals that a page holds of one table.
const TOTALS_MAX: usize = 200;

/// A table of a report.
pub(crate) struct Table<'a> {
    id: &'static str,
    caption: String,
    look: &'a Look<'a>,
    grid: Grid<'a>,
    /// One for each column.
    kinds: Vec<Kind>,
    totals_left_out: usize,
}

/// What a column shows, which the script has to know to sort it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Usage,
    Change,
    Amount,
    AmountChange,
    Percent,
    /// A part, which has no sign.
    Share,
    Count,
}

impl LineKind {
    fn class(self) -> Option<&'static str> {
        matches!(self, Self::Subtotal | Self::Money).then_some("sub")
    }
}

impl Alignment {
    fn class(self) -> Option<&'static str> {
        (self == Self::Right).then_some("n")
    }
}

impl<'a> Table<'a> {
    pub(crate) fn new(id: &'static str, caption: String, grid: Grid<'a>, look: &'a Look<'a>) -> Self {
        let mut grid = grid.without_blank_columns();
        grid.cut(ROWS_MAX);
        let totals_left_out = grid.totals.len().saturating_sub(TOTALS_MAX);
        grid.totals.drain(..totals_left_out);
        let kinds = grid.columns.iter().map(|column| Kind::of(column.id)).collect();
        Self { id, caption, look, grid, kinds, totals_left_out }
    }

    /// The number of rows, those that the page does not hold among them.
    pub(crate) fn len(&self) -> usize {
        self.grid.rows
    }

    /// Draws the table, with its `first` lines as HTML.
    pub(crate) fn draw(&self, first: usize) -> Markup {
        let Grid { columns, lines, totals, .. } = &self.grid;
        let first = first.min(lines.len());
        html! {
            div.table id=(self.id) data-decimals=(self.look.decimals()) {
                div.scroll role="region" tabindex="0" aria-labelledby={ (self.id) "-c" } {
                    table {
                        caption id={ (self.id) "-c" } { (self.caption) } "\n"
                        thead { tr { @for (column, kind) in columns.iter().zip(&self.kinds) {
                            th scope="col" class=[column.alignment().class()] data-k=(kind.code()) {
                                (column.heading)
                            }
                        } } } "\n"
                        tbody { "\n" (self.drawn(&lines[..first])) } "\n"
                        @if !totals.is_empty() { tfoot { "\n" (self.drawn(totals)) } "\n" }
                    }
                } "\n"
                (self.draw_rest(first))
            } "\n"
        }
    }

    fn drawn(&self, lines: &[Line]) -> Markup {
        html! { @for line in lines {
            tr class=[line.kind.class()] {
                @for (index, column) in self.grid.columns.iter().enumerate() {
                    @let (class, value) = (column.alignment().class(), self.grid.value(*line, index));
                    @let exact = self.exact(&value, index);
                    @let raw = self.raw(&value, exact.is_some());
                    @if index == 0 {
                        th scope="row" class=[class] { (self.shown(value, index)) }
                    } @else {
                        td class=[class] data-v=[raw] title=[exact] { (self.shown(value, index)) }
                    }
                }
            } "\n"
        } }
    }

    /// What the HTML does not hold: as data, and in words.
    fn draw_rest(&self, first: usize) -> Markup {
        let lines = &self.grid.lines;
        let is_row = |line: &&Line| line.kind == LineKind::Row;
        let held = lines.iter().filter(is_row).count();
        let shown = lines[..first].iter().filter(is_row).count();
        html! {
            @if first < lines.len() {
                p.rest {
                    "Without scripts this page shows the first " (plural(shown, "row", "rows")) " of "
                    (figure::count(held as u64)) "; all of them are in the workbook and in CSV."
                } "\n"
                template { (self.data(&lines[first..])) } "\n"
            }
            @if held < self.len() {
                p.note {
                    "This page holds the first " (figure::count(held as u64)) " of "
                    (plural(self.len(), "row", "rows"))
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
        let mut json = |value: Value<'_>, index: usize| match value {
            Value::Figure(Cell::Amount(amount)) => amount.to_string().into(),
            Value::Figure(Cell::Count(count)) => number(i128::from(count)),
            Value::Figure(Cell::Quantity(quantity)) => number(quantity.hundredths()),
            Value::Figure(Cell::Empty | Cell::Text(_)) | Value::Empty => Json::Null,
            Value::Text(_) => {
                let text = self.shown(value, index).into_owned();
                let place = places.entry(text).or_insert_with_key(|text| {
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
                let cells = (0..self.kinds.len()).map(|column| json(self.grid.value(*line, column), column));
                std::iter::once(kind).chain(cells).collect()
            })
            .collect();
        json!({ "rows": rows, "texts": texts }).to_string()
    }

    fn shown(&self, value: Value<'a>, index: usize) -> Cow<'a, str> {
        match value {
            Value::Text(label) => label.marked(shown),
            Value::Figure(Cell::Count(count)) => figure::count(count).into(),
            Value::Figure(Cell::Amount(amount)) if self.kinds[index] == Kind::AmountChange => {
                figure::amount_change(amount).into()
            }
            Value::Figure(Cell::Amount(amount)) => figure::amount(amount).into(),
            Value::Figure(Cell::Quantity(quantity)) => match self.kinds[index] {
                Kind::Percent => figure::percent(quantity).into(),
                Kind::Share => figure::share(quantity).into(),
                Kind::Change => figure::signed(self.look.usage(quantity), quantity).into(),
                _ => self.look.usage(quantity).into(),
            },
            Value::Figure(Cell::Empty | Cell::Text(_)) | Value::Empty => "".into(),
        }
    }

    /// All digits, where fewer are shown.
    fn exact(&self, value: &Value<'_>, index: usize) -> Option<String> {
        let is_cut = matches!(self.kinds[index], Kind::Usage | Kind::Change) && self.look.decimals() < 2;
        match value {
            Value::Figure(Cell::Quantity(quantity)) if is_cut => Some(figure::exact(*quantity)),
            _ => None,
        }
    }

    /// What the script reads where the text does not tell all.
    fn raw(&self, value: &Value<'_>, is_cut: bool) -> Option<i128> {
        match value {
            Value::Figure(Cell::Amount(amount)) => Some(amount.thousandths()),
            Value::Figure(Cell::Quantity(quantity)) if is_cut => Some(quantity.hundredths()),
            _ => None,
        }
    }
}

/// A number of the script's holds 2^53.
fn number(number: i128) -> Json {
    match i64::try_from(number) {
        Ok(number) if number.unsigned_abs() < 1 << 53 => number.into(),
        _ => number.to_string().into(),
    }
}

impl Kind {
    fn of(column: ColumnId) -> Self {
        match (column, column.kind()) {
            (ColumnId::Change, _) => Self::Change,
            (ColumnId::AmountChange, _) => Self::AmountChange,
            (ColumnId::UsedPercent | ColumnId::AmountShare, _) => Self::Share,
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
            Self::AmountChange => "amountchange",
            Self::Percent => "percent",
            Self::Share => "share",
            Self::Count => "count",
        }
    }
}
