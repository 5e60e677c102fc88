//! Money first: what each customer has to pay, and for each currency the largest customers and the months.

use maud::{Markup, html};

use super::super::grid::{Grid, Line, Value};
use super::LINES;
use super::chart::bars::{self, Bar};
use super::chart::lines::{self, LINES_MAX};
use super::figure;
use super::look::{Look, amount_at, plural};
use super::plain::{self, Entry};
use super::table::Table;
use crate::amount::Amount;
use crate::pack::{Amounts, CurrencyAmounts};
use crate::quantity::Quantity;
use crate::report::{Cell, ColumnId};
use crate::text::visible::shown;

/// Bars of a currency; the table has all customers.
const BARS_MAX: usize = 10;

/// More currencies than this have no charts; their figures are in the table.
const CURRENCIES_MAX: usize = 20;

/// Customers of a currency in the table of months.
const CUSTOMERS_MAX: usize = 100;

pub(super) fn amounts(look: &Look<'_>) -> Markup {
    let Some(amounts) = &look.pack.amounts else { return Markup::default() };
    let grid = Grid::flat(&amounts.report, look.medium()).with_headings(|column| amounts.heading(column));
    let table = Table::new("amounts-by-customer", "Amounts by customer and currency".to_owned(), grid, look);
    let more = amounts.currencies.len().saturating_sub(CURRENCIES_MAX);
    html! {
        p { (amounts.about()) } "\n"
        (table.draw(LINES))
        @for (index, of) in amounts.currencies.iter().take(CURRENCIES_MAX).enumerate() {
            @let currency = Currency::new(look, amounts, of, index);
            section.one aria-labelledby=(currency.id) {
                h3 id=(currency.id) { (shown(&of.currency)) } "\n"
                div.pair { div { (currency.draw_customers()) } div { (currency.draw_months()) } }
            }
            "\n"
        }
        @if more > 0 {
            p.note { (plural(more, "more currency has", "more currencies have")) " no chart here." } "\n"
        }
    }
}

/// One currency.
struct Currency<'a> {
    amounts: &'a Amounts,
    of: &'a CurrencyAmounts,
    index: usize,
    id: String,
    /// By customer, for names as tables have them.
    rows: Grid<'a>,
    months: Grid<'a>,
}

impl<'a> Currency<'a> {
    fn new(look: &'a Look<'a>, amounts: &'a Amounts, of: &'a CurrencyAmounts, index: usize) -> Self {
        Self {
            amounts,
            of,
            index,
            id: format!("c{}", index + 1),
            rows: Grid::flat(&amounts.report, look.medium()),
            months: Grid::flat(&amounts.by_month, look.medium()),
        }
    }

    fn draw_customers(&self) -> Markup {
        let currency = shown(&self.of.currency);
        let title = format!("Largest customers by amount in {currency}");
        let bars: Vec<Bar> = self.of.largest.iter().take(BARS_MAX).map(|row| self.bar(*row)).collect();
        if bars.is_empty() {
            return plain::note("No amount in this period.");
        }
        let description = format!("{}; the table above has the figures.", plural(bars.len(), "bar", "bars"));
        let count = self.of.largest.len();
        html! {
            figure {
                figcaption { "Largest customers" } "\n"
                (bars::draw(&format!("{}b", self.id), &title, &description, &bars)) "\n"
                @if count > bars.len() {
                    (plain::note(&format!("The {BARS_MAX} largest of {count} customers are drawn.")))
                }
            }
        }
    }

    fn bar(&self, row: usize) -> Bar {
        let line = self.rows.lines[row];
        let cell = |id| self.rows.cell(line, id);
        let amount = match cell(ColumnId::Amount) {
            Cell::Amount(amount) => amount,
            _ => Amount::ZERO,
        };
        let figure = match cell(ColumnId::AmountShare) {
            Cell::Quantity(share) => format!("{} · {}", figure::amount(amount), figure::share(share)),
            _ => figure::amount(amount),
        };
        Bar { name: name(&self.rows, line), figure, quantity: place(amount), is_others: false }
    }

    /// The amounts of a row of months, or of a total.
    fn figures(&self, row: Option<usize>) -> Vec<Option<Amount>> {
        let report = &self.amounts.by_month;
        let (cells, row) = match row {
            Some(row) => (report.rows.cells(), row),
            None => (report.totals.cells(), self.index),
        };
        self.amounts.months.iter().map(|month| amount_at(&cells, row, month.column)).collect()
    }

    fn draw_months(&self) -> Markup {
        if self.amounts.months.len() < 2 || self.of.by_month.is_empty() {
            return Markup::default();
        }
        let label = |month: &crate::pack::TrendMonth| lines::Month {
            label: format!("{}{}", month.period.in_short(), if month.is_partial { "*" } else { "" }),
            is_partial: month.is_partial,
        };
        let months: Vec<lines::Month> = self.amounts.months.iter().map(label).collect();
        let line = |row: &usize| lines::Line {
            name: name(&self.months, self.months.lines[*row]),
            quantities: self.figures(Some(*row)).into_iter().map(|amount| amount.map(place)).collect(),
        };
        let drawn: Vec<lines::Line> = self.of.by_month.iter().take(LINES_MAX).map(line).collect();
        let title = format!("Amounts in {} by customer, month by month", shown(&self.of.currency));
        let names: Vec<&str> = drawn.iter().map(|line| line.name.as_str()).collect();
        let description = format!("{}; the table below has the figures.", names.join(", "));
        let count = self.of.by_month.len();
        html! {
            figure {
                figcaption { "Customers, month by month" } "\n"
                (lines::draw(&format!("{}l", self.id), &title, &description, &months, &drawn)) "\n"
                @if count > LINES_MAX {
                    (plain::note(&format!("The {LINES_MAX} largest of {count} customers are drawn.")))
                }
                @if months.iter().any(|month| month.is_partial) {
                    (plain::note("* incomplete: more usage may come; dashed and hollow."))
                }
                (plain::unfold("data", "Figures of months", &self.draw_table(&title, &months)))
            }
        }
    }

    fn draw_table(&self, title: &str, months: &[lines::Month]) -> Markup {
        let headings: Vec<&str> =
            std::iter::once("Customer").chain(months.iter().map(|month| &*month.label)).collect();
        let entries = |name: String, amounts: Vec<Option<Amount>>| {
            let figure =
                |amount: Option<Amount>| Entry::Figure(amount.map(figure::amount).unwrap_or_default());
            std::iter::once(Entry::Text(name)).chain(amounts.into_iter().map(figure)).collect()
        };
        let row =
            |row: &usize| entries(name(&self.months, self.months.lines[*row]), self.figures(Some(*row)));
        let mut rows: Vec<Vec<Entry>> = self.of.by_month.iter().take(CUSTOMERS_MAX).map(row).collect();
        rows.push(entries("Total".to_owned(), self.figures(None)));
        let more = self.of.by_month.len().saturating_sub(CUSTOMERS_MAX);
        html! {
            (plain::table(title, &headings, &rows))
            @if more > 0 {
                @let more = plural(more, "more customer is", "more customers are");
                (plain::note(&format!("{more} in the workbook.")))
            }
        }
    }
}

/// The customer of a line, as tables name it.
fn name(grid: &Grid<'_>, line: Line) -> String {
    let label = grid.columns.iter().position(|column| column.id.is_label());
    match label.map(|label| grid.value(line, label)) {
        Some(Value::Text(name)) => name.marked(shown).into_owned(),
        _ => String::new(),
    }
}

/// Where an amount is in a chart, to the hundredth.
fn place(amount: Amount) -> Quantity {
    Quantity::from_hundredths(amount.thousandths() / 10)
}
