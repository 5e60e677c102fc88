//! Tables of a page: the lines of a grid, some at a time, with links from names and figures.

use std::cmp::Ordering;
use std::ops::Range;

use maud::{Markup, html};

use super::parameters::Parameters;
use crate::error::{Error, Result};
use crate::report::{Cell, ColumnId, ColumnKind};
use crate::statement::Statement;
use crate::text::visible::shown;
use crate::write::grid::{Alignment, Grid, GridColumn, Line, LineKind, Value};
use crate::write::html::statement::spelled;
use crate::write::statement::{piece, shown_columns};

/// Rows of a page.
pub(crate) const ROWS: usize = 500;

/// Lines of totals of a page.
const TOTALS: usize = 100;

/// Where a cell leads, and what that is in words.
pub(crate) struct Link {
    pub address: String,
    pub title: &'static str,
}

/// What a table has beside its cells.
pub(crate) struct Table<'a> {
    pub id: &'static str,
    pub caption: &'a str,
    /// Where cells lead.
    pub link: &'a dyn Fn(Line, &GridColumn) -> Option<Link>,
    /// The address of the page, if its rows can be sorted, and the column that they are sorted by.
    pub sorting: Option<(&'a str, &'a Parameters)>,
}

/// The name of a parameter that says which rows a table shows.
fn page_name(id: &str) -> String {
    format!("{id}-page")
}

/// Some rows of all.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub range: Range<usize>,
    page: usize,
    pages: usize,
    /// A page that was asked for and is not there.
    missing: Option<usize>,
}

impl Window {
    /// The rows that an address asks for; the last ones if there are not as many.
    pub(crate) fn new(id: &str, parameters: &Parameters, rows: usize) -> Self {
        let pages = rows.div_ceil(ROWS).max(1);
        let asked = parameters.one(&page_name(id)).and_then(|text| text.parse().ok()).unwrap_or(1);
        let page = asked.clamp(1, pages);
        let missing = (asked > pages).then_some(asked);
        Self { range: (page - 1) * ROWS..rows.min(page * ROWS), page, pages, missing }
    }

    /// Leads to the other rows; nothing if there are none.
    pub(crate) fn draw(&self, id: &str, path: &str, parameters: &Parameters, rows: usize) -> Markup {
        let name = page_name(id);
        let address =
            |page: usize| format!("{}#{id}", parameters.with(&name, &page.to_string()).address(path));
        html! {
            @if let Some(missing) = self.missing {
                p.note { "There is no page " (missing) " of these rows; this is the last one." } "\n"
            }
            @if self.pages > 1 {
                nav.rows aria-label={ "Rows of " (id) } {
                    @if self.page > 1 { a rel="prev" href=(address(self.page - 1)) { "Previous rows" } " " }
                    span { "Rows " (self.range.start + 1) " to " (self.range.end) " of " (rows) }
                    @if self.page < self.pages { " " a rel="next" href=(address(self.page + 1)) { "Next rows" } }
                } "\n"
            }
        }
    }
}

impl Table<'_> {
    /// Draws some lines of a grid, and its totals.
    pub(crate) fn draw(&self, grid: &Grid<'_>, range: Range<usize>) -> Markup {
        let totals = &grid.totals[..grid.totals.len().min(TOTALS)];
        html! {
            div.scroll #(self.id) role="region" tabindex="0" aria-label=(self.caption) {
                table {
                    caption { (self.caption) } "\n"
                    thead { tr { @for column in &grid.columns { (self.heading(column)) } } } "\n"
                    tbody { "\n" @for line in &grid.lines[range] { (self.line(grid, *line)) } } "\n"
                    @if !totals.is_empty() { tfoot { "\n" @for line in totals { (self.line(grid, *line)) } } "\n" }
                }
            } "\n"
        }
    }

    fn heading(&self, column: &GridColumn) -> Markup {
        let class = class(column);
        let Some((path, parameters)) = self.sorting else {
            return html! { th scope="col" class=[class] { (column.heading) } };
        };
        let name = column.id.name();
        let order = Order::read(parameters).filter(|order| order.column == name);
        let sorted = order.as_ref().map(|order| if order.is_descending { "descending" } else { "ascending" });
        // Figures are looked at from the largest on.
        let is_descending = order.map_or(class.is_some(), |order| !order.is_descending);
        let value = if is_descending { format!("-{name}") } else { name.into_owned() };
        let address = format!("{}#{}", parameters.with("sort", &value).address(path), self.id);
        html! { th scope="col" class=[class] aria-sort=[sorted] { a.sort href=(address) { (column.heading) } } }
    }

    fn line(&self, grid: &Grid<'_>, line: Line) -> Markup {
        let is_sum = matches!(line.kind, LineKind::Subtotal | LineKind::Money);
        html! {
            tr class=[is_sum.then_some("sub")] {
                @for (index, column) in grid.columns.iter().enumerate() {
                    @let (text, class) = (text(grid, line, index), class(column));
                    @let link = (self.link)(line, column).filter(|_| !text.is_empty());
                    @if index == 0 {
                        th scope="row" class=[class] { (linked(&text, link.as_ref())) }
                    } @else if column.id.kind() == ColumnKind::Attribute {
                        td.cut title=[(!text.is_empty()).then_some(&text)] { (text) }
                    } @else {
                        td class=[class] { (linked(&text, link.as_ref())) }
                    }
                }
            } "\n"
        }
    }
}

fn linked(text: &str, link: Option<&Link>) -> Markup {
    html! {
        @match link {
            Some(link) => a href=(link.address) title=(link.title) { (text) },
            None => (text),
        }
    }
}

fn class(column: &GridColumn) -> Option<&'static str> {
    (column.alignment() == Alignment::Right).then_some("n")
}

fn text(grid: &Grid<'_>, line: Line, index: usize) -> String {
    match grid.value(line, index) {
        Value::Text(label) => label.marked(shown).into_owned(),
        Value::Figure(cell) => spelled(grid.columns[index].id, cell),
        Value::Empty => String::new(),
    }
}

/// By which column rows are sorted.
struct Order<'p> {
    column: &'p str,
    is_descending: bool,
}

impl<'p> Order<'p> {
    fn read(parameters: &'p Parameters) -> Option<Self> {
        let text = parameters.one("sort")?;
        let column = text.strip_prefix('-');
        Some(Self { column: column.unwrap_or(text), is_descending: column.is_some() })
    }
}

/// Sorts the rows of a grid as an address asks for. Rows without a value come last, whichever way; equal ones stay in order.
///
/// # Errors
/// A column that there is not among those of the rows.
pub(crate) fn sort(grid: &mut Grid<'_>, all: &[ColumnId], parameters: &Parameters) -> Result<()> {
    let Some(order) = Order::read(parameters) else { return Ok(()) };
    let Some(column) = all.iter().copied().find(|id| id.name() == order.column) else {
        let names: Vec<_> = all.iter().map(|id| id.name()).collect();
        return Err(Error::BadParameter {
            parameter: "sort",
            value: order.column.to_owned(),
            expected: format!("the name of a column, perhaps with \"-\" before it: {}", names.join(", ")),
        });
    };
    let mut lines = std::mem::take(&mut grid.lines);
    lines.sort_by(|one, other| {
        let (one, other) = (grid.cell(*one, column), grid.cell(*other, column));
        match (is_empty(&one), is_empty(&other)) {
            (false, false) if order.is_descending => compare(&other, &one),
            (false, false) => compare(&one, &other),
            (one, other) => one.cmp(&other),
        }
    });
    grid.lines = lines;
    Ok(())
}

fn is_empty(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Empty)
}

fn compare(one: &Cell<'_>, other: &Cell<'_>) -> Ordering {
    match (one, other) {
        (Cell::Text(one), Cell::Text(other)) => one.to_lowercase().cmp(&other.to_lowercase()),
        (Cell::Quantity(one), Cell::Quantity(other)) => one.cmp(other),
        (Cell::Amount(one), Cell::Amount(other)) => one.cmp(other),
        (Cell::Count(one), Cell::Count(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

/// A cell of a line that is drawn, by its column: what a link needs to know.
pub(crate) type CellOf<'c> = dyn Fn(ColumnId) -> Option<String> + 'c;

/// The rows of a statement, some at a time. Links know the cells of their row, those that are not drawn among them.
pub(crate) fn statement(
    statement: &dyn Statement,
    (id, caption): (&'static str, &str),
    (path, parameters): (&str, &Parameters),
    link: &dyn Fn(&CellOf<'_>, ColumnId) -> Option<Link>,
) -> Markup {
    if statement.is_empty() {
        return html! { p.note { (statement.caption().nothing) } "\n" };
    }
    let window = Window::new(id, parameters, statement.len());
    let piece = piece(statement, window.range.clone());
    let columns = shown_columns(statement, piece.rows());
    let mut grid = piece.grid(columns);
    for column in &mut grid.columns {
        column.heading = column.id.heading().into_owned();
    }
    let (ids, cells) = (statement.columns(), piece.rows().cells());
    let link = |line: Line, column: &GridColumn| {
        let row = grid.row(line)?;
        let cell = |wanted: ColumnId| {
            let at = ids.iter().position(|id| *id == wanted)?;
            match cells.get(row, at) {
                Cell::Text(text) => Some(text.to_owned()),
                _ => None,
            }
        };
        link(&cell, column.id)
    };
    let table = Table { id, caption, link: &link, sorting: None };
    html! {
        (table.draw(&grid, 0..grid.lines.len()))
        (window.draw(id, path, parameters, statement.len()))
    }
}
