//! Unit by unit: the largest customers, their shares, and months side by side, each chart with its table.

use maud::{Markup, html};

use super::super::grid::{Grid, Value};
use super::chart::bars::{self, Bar};
use super::chart::lines::{self, LINES_MAX};
use super::chart::shares;
use super::figure;
use super::look::{Look, plural, quantity_at, text_at};
use super::plain::{self, Entry};
use crate::quantity::Quantity;
use crate::report::{Cells, ColumnId, Report};
use crate::text::visible::shown;

/// More units than this have no charts; their figures stand in the tables.
const UNITS_MAX: usize = 40;

/// Components of a unit in the table of months.
const COMPONENTS_MAX: usize = 100;

/// Folded if money comes first.
pub(super) fn units(look: &Look<'_>) -> Markup {
    let units = names(&look.pack.summary);
    let drawn = draw_units(look, &units);
    match look.pack.amounts {
        Some(_) => {
            let summary = format!("Usage in {}, with charts", plural(units.len(), "unit", "units"));
            plain::unfold("fold", &summary, &drawn)
        }
        None => drawn,
    }
}

fn draw_units(look: &Look<'_>, units: &[&str]) -> Markup {
    let more = units.len().saturating_sub(UNITS_MAX);
    html! {
        @for (index, unit) in units.iter().take(UNITS_MAX).enumerate() {
            @let id = format!("u{}", index + 1);
            section.one aria-labelledby=(id) {
                h3 id=(id) { (shown(unit)) } "\n"
                div.pair {
                    // A statement is of one customer.
                    @if look.pack.addressee.is_none() { div { (Customers::new(look, unit).draw(&id)) } }
                    div { (Months::new(look, unit).draw(&id)) }
                }
            }
            "\n"
        }
        @if more > 0 {
            p.note {
                (plural(more, "more unit has", "more units have"))
                " no chart here; their figures are in the " a href="#summary" { "summary" } "."
            }
            "\n"
        }
    }
}

/// The units in the order of the totals.
fn names(summary: &Report) -> Vec<&str> {
    let unit = summary.column(ColumnId::MeasuredUnit);
    let cells = summary.totals.cells();
    let mut units: Vec<&str> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    units.extend(
        (0..summary.totals.len())
            .filter_map(|row| text_at(&cells, row, unit))
            .filter(|unit| seen.insert(*unit)),
    );
    units
}

/// The rows of a report of one unit, and what each is called.
struct Rows<'a> {
    report: &'a Report,
    cells: Cells<'a>,
    rows: Vec<usize>,
    usage: Option<usize>,
}

impl<'a> Rows<'a> {
    fn new(report: &'a Report, unit: &str) -> Self {
        let cells = report.rows.cells();
        let unit_at = report.column(ColumnId::MeasuredUnit);
        let rows =
            (0..report.rows.len()).filter(|row| text_at(&cells, *row, unit_at) == Some(unit)).collect();
        Self { report, cells, rows, usage: report.column(ColumnId::Usage) }
    }

    fn usage(&self, row: usize) -> Quantity {
        quantity_at(&self.cells, row, self.usage).unwrap_or_default()
    }

    /// `Acme [0a1b2c3d], EUR`.
    fn names(&self, look: &Look<'_>) -> Vec<String> {
        let grid = Grid::flat(self.report, look.medium());
        let label = grid.columns.iter().position(|column| column.id.is_label());
        let label = label.expect("charts are of what has names");
        let name =
            |row: &usize| match (grid.value(grid.lines[*row], label), self.report.column(ColumnId::Currency))
            {
                (Value::Text(name), currency) => {
                    let name = name.marked(shown);
                    match text_at(&self.cells, *row, currency) {
                        Some(currency) => format!("{name}, {currency}"),
                        None => name.into_owned(),
                    }
                }
                _ => String::new(),
            };
        self.rows.iter().map(name).collect()
    }
}

/// The largest customers of a unit.
struct Customers<'a> {
    look: &'a Look<'a>,
    unit: &'a str,
    rows: Rows<'a>,
    names: Vec<String>,
    shares: Vec<Option<Quantity>>,
    /// Whether the last row is that of all who are not named.
    has_others: bool,
}

impl<'a> Customers<'a> {
    fn new(look: &'a Look<'a>, unit: &'a str) -> Self {
        let rows = Rows::new(&look.pack.largest, unit);
        let uuid = rows.report.columns.iter().position(ColumnId::is_uuid);
        let has_others = rows.rows.last().is_some_and(|row| text_at(&rows.cells, *row, uuid).is_none());
        let shares = rows.rows.iter().map(|row| look.pack.shares.get(*row).copied().flatten()).collect();
        Self { names: rows.names(look), look, unit, rows, shares, has_others }
    }

    fn draw(&self, id: &str) -> Markup {
        let title = format!("Largest customers by usage in {}", shown(self.unit));
        let bars: Vec<Bar> = (0..self.names.len()).map(|index| self.bar(index)).collect();
        let description = format!("{}; the table below has the figures.", plural(bars.len(), "bar", "bars"));
        let table_title = format!("{title}, and their shares");
        let table = plain::table(&table_title, &["Customer", "Usage", "Share"], &self.table());
        html! {
            figure {
                figcaption { "Largest customers" } "\n"
                (bars::draw(&format!("{id}b"), &title, &description, &bars))
            } "\n"
            figure.shares { figcaption { "Shares, numbered as above" } "\n" (self.draw_shares(id)) } "\n"
            (plain::unfold("data", "Figures of customers and shares", &table))
        }
    }

    fn bar(&self, index: usize) -> Bar {
        let quantity = self.rows.usage(self.rows.rows[index]);
        let is_others = self.has_others && index + 1 == self.names.len();
        let name = match is_others {
            true => self.names[index].clone(),
            false => format!("{}  {}", index + 1, self.names[index]),
        };
        let usage = self.look.usage(quantity);
        let figure = match self.shares[index] {
            Some(share) => format!("{usage} · {}", figure::share(share)),
            None => usage,
        };
        Bar { name, figure, quantity, is_others }
    }

    fn table(&self) -> Vec<Vec<Entry>> {
        let line = |index: usize| {
            vec![
                Entry::Text(self.names[index].clone()),
                Entry::Figure(self.look.usage(self.rows.usage(self.rows.rows[index]))),
                Entry::Figure(self.shares[index].map(figure::share).unwrap_or_default()),
            ]
        };
        (0..self.names.len()).map(line).collect()
    }

    fn draw_shares(&self, id: &str) -> Markup {
        let shares: Vec<Quantity> = self.shares.iter().copied().flatten().collect();
        if shares.is_empty() {
            return plain::note("No shares: usage in this unit is zero, or partly negative.");
        }
        let title = format!("Shares of usage in {}", shown(self.unit));
        let named = self.names.iter().zip(&shares);
        let named: Vec<String> =
            named.map(|(name, share)| format!("{name} {}", figure::share(*share))).collect();
        shares::draw(&format!("{id}s"), &title, &named.join(", "), &shares, self.has_others)
    }
}

/// A unit's components month by month.
struct Months<'a> {
    look: &'a Look<'a>,
    unit: &'a str,
    rows: Rows<'a>,
    names: Vec<String>,
}

impl<'a> Months<'a> {
    /// The components of most usage first.
    fn new(look: &'a Look<'a>, unit: &'a str) -> Self {
        let mut rows = Rows::new(&look.pack.trend.report, unit);
        let mut order: Vec<usize> = std::mem::take(&mut rows.rows);
        order.sort_by_key(|row| (std::cmp::Reverse(rows.usage(*row)), *row));
        rows.rows = order;
        Self { names: rows.names(look), look, unit, rows }
    }

    fn draw(&self, id: &str) -> Markup {
        let months = &self.look.pack.trend.months;
        if months.is_empty() || self.rows.rows.is_empty() {
            return Markup::default();
        }
        let label = |month: &crate::pack::TrendMonth| lines::Month {
            label: format!("{}{}", month.period.in_short(), if month.is_partial { "*" } else { "" }),
            is_partial: month.is_partial,
        };
        let months: Vec<lines::Month> = months.iter().map(label).collect();
        let drawn: Vec<lines::Line> =
            (0..self.names.len().min(LINES_MAX)).map(|index| self.line(index)).collect();
        let title = format!("Usage in {} by component, month by month", shown(self.unit));
        let names: Vec<&str> = drawn.iter().map(|line| line.name.as_str()).collect();
        let description = format!("{}; the table below has the figures.", names.join(", "));
        html! {
            figure {
                figcaption { "Components, month by month" } "\n"
                (lines::draw(&format!("{id}l"), &title, &description, &months, &drawn)) "\n"
                (self.draw_notes(&months))
                (plain::unfold("data", "Figures of months", &self.draw_table(&title, &months)))
            }
        }
    }

    fn line(&self, index: usize) -> lines::Line {
        let row = self.rows.rows[index];
        let months = self.look.pack.trend.months.iter();
        let quantities = months.map(|month| quantity_at(&self.rows.cells, row, month.column)).collect();
        lines::Line { name: self.names[index].clone(), quantities }
    }

    fn draw_notes(&self, months: &[lines::Month]) -> Markup {
        let mut notes = Vec::new();
        if self.names.len() > LINES_MAX {
            notes.push(format!(
                "The {LINES_MAX} largest of {} are drawn.",
                plural(self.names.len(), "component", "components")
            ));
        }
        if months.iter().any(|month| month.is_partial) {
            notes.push("* incomplete: more usage may come; dashed and hollow.".to_owned());
        }
        html! { @if !notes.is_empty() { (plain::note(&notes.join(" "))) } }
    }

    fn draw_table(&self, title: &str, months: &[lines::Month]) -> Markup {
        let labels = months.iter().map(|month| &*month.label);
        let headings: Vec<&str> = std::iter::once("Component").chain(labels).collect();
        let figure = |quantity: Option<Quantity>| {
            Entry::Figure(quantity.map(|quantity| self.look.usage(quantity)).unwrap_or_default())
        };
        let row = |index: usize| {
            let name = Entry::Text(self.names[index].clone());
            std::iter::once(name).chain(self.line(index).quantities.into_iter().map(figure)).collect()
        };
        let rows: Vec<Vec<Entry>> = (0..self.names.len().min(COMPONENTS_MAX)).map(row).collect();
        let more = self.names.len() - rows.len();
        html! {
            (plain::table(title, &headings, &rows))
            @if more > 0 {
                @let more = plural(more, "more component stands", "more components stand");
                (plain::note(&format!("{more} in the workbook.")))
            }
        }
    }
}
