//! Lays a report out for people: which columns and lines there are, and what each cell says when it is asked for.
//!
//! Terminal, Markdown, page and workbook draw it; how wide, how spelled and in which colour is theirs.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use super::headings::{Medium, columns, heading};
use super::instants;
use super::totals::{TOTAL, TotalLabels};
use super::twins::Twins;
use crate::dimension::Dimension;
use crate::pack::Grouped;
use crate::period::BillingPeriod;
use crate::report::{Cell, Cells, ColumnId, ColumnKind, NOT_ATTRIBUTED, Report, Section, capitalised};

/// Columns and lines of a report.
pub(crate) struct Grid<'a> {
    pub columns: Vec<GridColumn>,
    /// Rows, and after those of an owner what they come to.
    pub lines: Vec<Line>,
    pub totals: Vec<Line>,
    /// The number of all rows, those that were cut off among them.
    pub rows: usize,
    /// By [`Line::source`].
    sources: Vec<Source<'a>>,
    /// What bears the label of a subtotal.
    owner: Option<ColumnId>,
    grouped: Option<&'a Grouped>,
    medium: Medium<'a>,
    /// Whether times are as people read them.
    has_words: bool,
    /// The stretches of time that hold a month that is not over, as they are written in cells and headings.
    partial: HashSet<String>,
}

#[derive(Clone)]
pub(crate) struct GridColumn {
    pub id: ColumnId,
    pub heading: String,
    /// Its index in the report.
    place: usize,
    /// Its index in what subtotals come from, where they have such a column.
    place_in_subtotals: Option<usize>,
    /// The index of what its cells have as well: `Acme → Beta`.
    after: Option<usize>,
}

/// The edge that the cells of a column are aligned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Texts.
    Left,
    /// Figures.
    Right,
}

/// A line, and where its values come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    pub kind: LineKind,
    source: usize,
    /// The row of the source; of money its index among that of the owners.
    row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineKind {
    Row,
    /// The sum of an owner's rows of one unit.
    Subtotal,
    /// What an owner's rows come to in a currency.
    Money,
    /// The sum of a unit, over a stretch of time or over all.
    Total,
}

/// What a cell says.
pub(crate) enum Value<'a> {
    Empty,
    /// Never text.
    Figure(Cell<'a>),
    Text(Label<'a>),
}

/// `Total Acme [0a1b2c3d]`; the text is as the data has it, not harmless anywhere.
pub(crate) struct Label<'a> {
    /// What it is of what the text names: `Total`, or nothing.
    pub lead: &'static str,
    pub text: Cow<'a, str>,
    /// Follows the text and is never cut: a partial month's star, what tells two of one name apart.
    pub mark: Cow<'static, str>,
}

/// Stands for the empty text, so that no cell of a table is blank.
pub(super) const NO_TEXT: &str = "(none)";

const ROWS: usize = 0;
const TOTALS: usize = 1;
const SUBTOTALS: usize = 2;

/// Where lines come from.
struct Source<'a> {
    cells: Cells<'a>,
    twins: Rc<Twins<'a>>,
    labels: Option<TotalLabels>,
    /// How the words of the first column read.
    words: Option<fn(&str) -> Label<'static>>,
}

impl<'a> Grid<'a> {
    /// Rows, then totals.
    pub(crate) fn flat(report: &'a Report, medium: Medium<'a>) -> Self {
        Self::new(report, medium, &[&report.rows])
    }

    /// Rows, the subtotals of each customer after its last row, then totals.
    pub(crate) fn with_subtotals(report: &'a Report, medium: Medium<'a>) -> Self {
        let mut grid = Self::new(report, medium, &[&report.rows, &report.subtotals]);
        grid.owner = Some(ColumnId::Label(Dimension::Customer));
        let rows = &grid.sources[ROWS];
        let source = Source::new(&report.subtotals, &rows.twins, rows.labels.clone());
        grid.sources.push(source);
        grid.add_subtotals(report);
        grid
    }

    /// Rows in blocks, each with what it comes to after it, then totals.
    pub(crate) fn blocks(grouped: &'a Grouped, medium: Medium<'a>) -> Self {
        let mut grid = Self::flat(&grouped.report, medium);
        grid.grouped = Some(grouped);
        grid.owner = grouped.report.columns.iter().copied().find(ColumnId::is_label);
        let owners = &grouped.owners;
        let twins = Rc::new(Twins::new(&owners.columns, &[&owners.rows]));
        grid.sources.push(Source::new(&owners.rows, &twins, None));
        for column in &mut grid.columns {
            column.place_in_subtotals = owners.column(column.id);
        }
        grid.lines.clear();
        let mut money = (0..).zip(&grouped.money).peekable();
        for (number, block) in (1..).zip(&grouped.blocks) {
            grid.lines.extend(block.rows.iter().map(|row| Line::new(LineKind::Row, ROWS, *row)));
            grid.lines.extend(block.owner.map(|row| Line::new(LineKind::Subtotal, SUBTOTALS, row)));
            while let Some((index, _)) = money.next_if(|(_, money)| money.blocks.end == number) {
                grid.lines.push(Line::new(LineKind::Money, ROWS, index));
            }
        }
        grid
    }

    /// Rows, what those of each first word come to, and what all come to.
    pub(crate) fn of_statement(
        ids: &[ColumnId],
        columns: Vec<GridColumn>,
        sections: [&'a Section; 3],
    ) -> Self {
        let [rows, parts, totals] = sections;
        let twins = Rc::new(Twins::new(ids, &[rows, totals]));
        let source = |section, words: fn(&str) -> Label<'static>| Source {
            words: Some(words),
            ..Source::new(section, &twins, None)
        };
        let sums = [(parts, SUBTOTALS), (totals, TOTALS)].into_iter().filter(|_| !rows.is_empty());
        Self {
            columns,
            lines: lines_of(LineKind::Row, ROWS, rows).collect(),
            totals: sums.flat_map(|(section, source)| lines_of(LineKind::Total, source, section)).collect(),
            rows: rows.len(),
            sources: vec![source(rows, in_words), source(totals, as_total), source(parts, as_part)],
            owner: None,
            grouped: None,
            medium: Medium::Text,
            has_words: false,
            partial: HashSet::new(),
        }
    }

    /// A grid of rows and totals; names are told apart among those of some sections.
    fn new(report: &'a Report, medium: Medium<'a>, named: &[&'a Section]) -> Self {
        let partial = match medium {
            // A month is a date there.
            Medium::Workbook(_) => HashSet::new(),
            Medium::Text | Medium::Page(_) => partial_stretches(&report.provenance.partial_periods),
        };
        let column = |(place, id)| {
            let mut column = GridColumn::new(id, place, heading(id, report, medium));
            if partial.contains(&column.heading) {
                column.heading.push('*');
            }
            column
        };
        let columns: Vec<GridColumn> = columns(report, medium).into_iter().map(column).collect();
        let mut labels = TotalLabels::new(&report.columns);
        if let (Medium::Workbook(_), Some(first)) = (medium, columns.first()) {
            labels = labels.map(|labels| labels.in_column(first.place));
        }
        let twins = Rc::new(Twins::new(&report.columns, named));
        let source = |section| Source::new(section, &twins, labels.clone());
        let has_totals = labels.is_some() && !report.rows.is_empty();
        Self {
            columns,
            lines: lines_of(LineKind::Row, ROWS, &report.rows).collect(),
            totals: lines_of(LineKind::Total, TOTALS, &report.totals).filter(|_| has_totals).collect(),
            rows: report.rows.len(),
            sources: vec![source(&report.rows), source(&report.totals)],
            owner: None,
            grouped: None,
            medium,
            has_words: !matches!(medium, Medium::Text),
            partial,
        }
    }

    /// Times are as people read them, as on a page.
    pub(crate) fn with_times_in_words(self) -> Self {
        Self { has_words: true, ..self }
    }

    /// Puts each customer's subtotals after its last row.
    fn add_subtotals(&mut self, report: &'a Report) {
        let block = block_columns(report);
        let (rows, subtotals) = (report.rows.cells(), report.subtotals.cells());
        let mut waiting: HashMap<Vec<Cell<'_>>, Vec<usize>> = HashMap::new();
        for row in 0..report.subtotals.len() {
            waiting.entry(key(&subtotals, row, &block)).or_default().push(row);
        }
        let mut lines = Vec::with_capacity(report.rows.len() + report.subtotals.len());
        let subtotal = |row| Line::new(LineKind::Subtotal, SUBTOTALS, row);
        for line in &self.lines {
            lines.push(*line);
            if waiting.is_empty() {
                continue;
            }
            let customer = key(&rows, line.row, &block);
            let after = line.row + 1;
            if after == report.rows.len() || key(&rows, after, &block) != customer {
                lines.extend(waiting.remove(&customer).into_iter().flatten().map(subtotal));
            }
        }
        // A customer whose rows are all among the others still has a subtotal.
        let mut others: Vec<usize> = waiting.into_values().flatten().collect();
        others.sort_unstable();
        lines.extend(others.into_iter().map(subtotal));
        self.lines = lines;
    }

    /// Cuts off the rows after the first `rows_max`; the owner of the last of them keeps its subtotals, which are over
    /// all of its rows.
    pub(crate) fn cut(&mut self, rows_max: usize) {
        let is_row = |line: &&Line| line.kind == LineKind::Row;
        let mut rows = (0..self.lines.len()).filter(|index| is_row(&&self.lines[*index]));
        let Some(end) = rows.nth(rows_max) else { return };
        let rest = self.lines.split_off(end);
        if self.lines.last().is_some_and(|line| line.kind == LineKind::Row) {
            self.lines.extend(rest.iter().skip_while(is_row).take_while(|line| !is_row(line)));
        }
    }

    /// With other words over some columns.
    pub(crate) fn with_headings(mut self, heading: impl Fn(ColumnId) -> Option<String>) -> Self {
        for column in &mut self.columns {
            if let Some(heading) = heading(column.id) {
                column.heading = heading;
            }
        }
        self
    }

    /// Leaves out the columns of words in which no row has any.
    pub(crate) fn without_blank_columns(mut self) -> Self {
        let cells = &self.sources[ROWS].cells;
        let is_blank = |place| (0..self.rows).all(|row| cells.get(row, place) == Cell::Empty);
        self.columns.retain(|column| {
            column.alignment() == Alignment::Right
                || column.id == ColumnId::MeasuredUnit
                || !is_blank(column.place)
        });
        self
    }

    /// What a row or total has in a column of the grid, as the data has it; nothing where there is no such column.
    pub(crate) fn cell(&self, line: Line, id: ColumnId) -> Cell<'a> {
        let column = self.columns.iter().find(|column| column.id == id);
        let place = column.and_then(|column| column.place_in(line));
        place.map_or(Cell::Empty, |place| self.sources[line.source].cells.get(line.row, place))
    }

    /// The row of the report or statement that a line is; `None` of what rows come to.
    #[cfg(feature = "desk")]
    pub(crate) fn row(&self, line: Line) -> Option<usize> {
        (line.kind == LineKind::Row).then_some(line.row)
    }

    /// What a line says in a column, which is given by its index.
    pub(crate) fn value(&self, line: Line, column: usize) -> Value<'a> {
        let column = &self.columns[column];
        let source = &self.sources[line.source];
        match (line.kind, &source.labels) {
            (LineKind::Money, _) => return self.money(line.row, column),
            (LineKind::Total, Some(labels)) => {
                let label = labels.of(&source.cells, line.row);
                if label.column == column.place {
                    let text = match label.of {
                        Cell::Text(text) => self.text(column.id, text),
                        _ => "",
                    };
                    return Value::Text(Label { lead: label.word, text: text.into(), mark: "".into() });
                }
            }
            _ => {}
        }
        let value = match column.place_in(line) {
            Some(place) => self.value_at(line, column.id, place),
            None => Value::Empty,
        };
        match (value, column.after) {
            (Value::Text(before), Some(after)) => {
                let Label { text, mark, .. } = self.value_at(line, column.id, after).into_label();
                let text = format!("{}{} → {text}", before.text, before.mark).into();
                Value::Text(Label { lead: "", text, mark })
            }
            (Value::Text(name), None) if line.kind == LineKind::Subtotal && self.owner == Some(column.id) => {
                let labels = source.labels.as_ref();
                let lead = labels.map_or(TOTAL, |labels| labels.word(&source.cells, line.row));
                Value::Text(Label { lead, ..name })
            }
            (value, _) => value,
        }
    }

    fn value_at(&self, line: Line, id: ColumnId, place: usize) -> Value<'a> {
        let Source { cells, twins, words, .. } = &self.sources[line.source];
        match (cells.get(line.row, place), words) {
            (Cell::Empty, None) if self.is_of_no_user(line, id) => Value::Text(Label::plain(NOT_ATTRIBUTED)),
            (Cell::Empty, _) => Value::Empty,
            (Cell::Text(text), Some(words)) if place == 0 => Value::Text(words(text)),
            (Cell::Text(text), _) => {
                let mark = match id {
                    ColumnId::Time(_) if self.partial.contains(text) => "*".into(),
                    _ => twins.mark(cells, line.row, place),
                };
                let text = match id {
                    _ if !self.has_words => self.text(id, text).into(),
                    ColumnId::Modified | ColumnId::PulledAt | ColumnId::Message | ColumnId::Figures => {
                        instants::in_words(self.text(id, text))
                    }
                    _ => self.text(id, text).into(),
                };
                Value::Text(Label { lead: "", text, mark })
            }
            (figure, _) => Value::Figure(figure),
        }
    }

    /// Whether a column names users, and a row is of usage that no user has.
    fn is_of_no_user(&self, line: Line, column: ColumnId) -> bool {
        line.kind == LineKind::Row
            && column == ColumnId::Label(Dimension::User)
            && self.cell(line, ColumnId::MeasuredUnit) != Cell::Empty
    }

    /// What an owner's rows come to in a currency.
    fn money(&self, index: usize, column: &GridColumn) -> Value<'a> {
        let Some(grouped) = self.grouped else { return Value::Empty };
        let money = &grouped.money[index];
        match column.id {
            ColumnId::Currency => Value::Text(Label::plain(&money.currency)),
            ColumnId::Amount => Value::Figure(Cell::Amount(money.amount)),
            id if self.owner == Some(id) => {
                let row = Line::new(LineKind::Row, ROWS, grouped.first_row(money));
                Value::Text(Label { lead: TOTAL, ..self.value_at(row, id, column.place).into_label() })
            }
            _ => Value::Empty,
        }
    }

    /// Text as people read it.
    fn text(&self, id: ColumnId, text: &'a str) -> &'a str {
        match (id, self.medium) {
            _ if text.is_empty() => NO_TEXT,
            (
                ColumnId::Label(Dimension::Component),
                Medium::Page(letterhead) | Medium::Workbook(letterhead),
            ) => letterhead.component(text),
            _ => text,
        }
    }

    /// The rows of the owner whose money a line is, among the lines, with the subtotals between them.
    pub(crate) fn rows_of_owner(&self, index: usize) -> Range<usize> {
        let first = self.grouped.map(|grouped| grouped.first_row(&grouped.money[self.lines[index].row]));
        let above = &self.lines[..index];
        let start = above.iter().rposition(|line| line.kind == LineKind::Row && Some(line.row) == first);
        let last = above.iter().rposition(|line| line.kind == LineKind::Row);
        start.unwrap_or(index)..last.map_or(index, |last| last + 1)
    }
}

impl GridColumn {
    pub(crate) fn new(id: ColumnId, place: usize, heading: String) -> Self {
        Self { id, heading, place, place_in_subtotals: Some(place), after: None }
    }

    /// Two names in one column.
    pub(crate) fn with_arrow(self, after: Self) -> Self {
        let heading = format!("{} → {}", self.heading, after.heading);
        Self { heading, after: Some(after.place), ..self }
    }

    /// Its index in what a line comes from.
    fn place_in(&self, line: Line) -> Option<usize> {
        if line.source == SUBTOTALS { self.place_in_subtotals } else { Some(self.place) }
    }

    pub(crate) fn alignment(&self) -> Alignment {
        if self.id.kind().is_figure() { Alignment::Right } else { Alignment::Left }
    }

    /// Whether its text may be shortened.
    pub(crate) fn is_label(&self) -> bool {
        matches!(self.id.kind(), ColumnKind::Name | ColumnKind::Attribute)
    }
}

impl<'a> Value<'a> {
    fn into_label(self) -> Label<'a> {
        match self {
            Self::Text(label) => label,
            Self::Empty | Self::Figure(_) => Label::plain(""),
        }
    }
}

impl<'a> Label<'a> {
    pub(crate) fn plain(text: &'a str) -> Self {
        Self { lead: "", text: text.into(), mark: "".into() }
    }

    /// All but the mark, with the text made harmless.
    pub(crate) fn shown(self, harmless: fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
        if self.text.is_empty() && !self.lead.is_empty() {
            return self.lead.into();
        }
        let text = match self.text {
            Cow::Borrowed(text) => harmless(text),
            Cow::Owned(text) => Cow::Owned(harmless(&text).into_owned()),
        };
        if self.lead.is_empty() { text } else { format!("{} {text}", self.lead).into() }
    }

    /// All of it, with the text made harmless.
    pub(crate) fn marked(mut self, harmless: fn(&str) -> Cow<'_, str>) -> Cow<'a, str> {
        let mark = std::mem::take(&mut self.mark);
        let text = self.shown(harmless);
        if mark.is_empty() { text } else { text + mark }
    }
}

impl<'a> Source<'a> {
    fn new(section: &'a Section, twins: &Rc<Twins<'a>>, labels: Option<TotalLabels>) -> Self {
        Self { cells: section.cells(), twins: Rc::clone(twins), labels, words: None }
    }
}

impl Line {
    fn new(kind: LineKind, source: usize, row: usize) -> Self {
        Self { kind, source, row }
    }
}

fn lines_of(kind: LineKind, source: usize, section: &Section) -> impl Iterator<Item = Line> {
    (0..section.len()).map(move |row| Line::new(kind, source, row))
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

/// `usage changed` for `usage_changed`.
fn in_words(name: &str) -> Label<'static> {
    Label { lead: "", text: name.replace('_', " ").into(), mark: "".into() }
}

/// `Total usage changed`.
fn as_part(name: &str) -> Label<'static> {
    Label { lead: TOTAL, ..in_words(name) }
}

/// `Total`, `Other customers`.
fn as_total(name: &str) -> Label<'static> {
    Label { text: capitalised(&in_words(name).text).into(), ..in_words("") }
}
