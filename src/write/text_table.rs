//! A grid as lines of text: what a terminal and Markdown show above, in and below it.

use std::borrow::Cow;

use super::figures::{Figures, Spelling};
use super::grid::{Grid, Line, Value};
use super::headings::Medium;
use crate::period::day_in_words;
use crate::report::{Cell, Compared, Pricing, Report, ranges_in_words};
use crate::text::grouped_decimal;
use crate::text::visible::brief;

/// A grid with its title and notes.
pub(super) struct TextTable<'a> {
    /// What the figures are about, one fact or more a line.
    pub title: Vec<String>,
    pub grid: Grid<'a>,
    /// What to say where there are no rows.
    pub nothing: &'static str,
    /// Below the lines.
    pub notes: Vec<String>,
}

/// Text to show; harmless on a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextCell<'a> {
    pub text: Cow<'a, str>,
    /// Follows the text and is never cut.
    pub mark: Cow<'static, str>,
}

impl<'a> TextTable<'a> {
    pub(crate) fn new(report: &'a Report) -> Self {
        Self {
            title: title(report),
            grid: Grid::with_subtotals(report, Medium::Text),
            nothing: "No usage: no record is left to report on.",
            notes: notes(report),
        }
    }

    /// The cells of a line, spelled out now.
    pub(crate) fn cells(&self, line: Line) -> Vec<TextCell<'a>> {
        (0..self.grid.columns.len()).map(|column| TextCell::new(self.grid.value(line, column))).collect()
    }

    /// All lines in their order.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        self.grid.lines.iter().chain(&self.grid.totals).copied()
    }
}

impl<'a> TextCell<'a> {
    fn new(value: Value<'a>) -> Self {
        let mut figures = Figures::new(Spelling::GROUPED);
        let figure = match value {
            Value::Text(mut label) => {
                let mark = std::mem::take(&mut label.mark);
                return Self { text: label.shown(brief), mark };
            }
            Value::Figure(Cell::Quantity(quantity)) => figures.quantity(quantity),
            Value::Figure(Cell::Amount(amount)) => figures.amount(amount),
            Value::Figure(Cell::Count(count)) => figures.count(count),
            Value::Figure(Cell::Empty | Cell::Text(_)) | Value::Empty => "",
        };
        Self { text: figure.to_owned().into(), mark: "".into() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.mark.is_empty()
    }
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

fn notes(report: &Report) -> Vec<String> {
    let provenance = &report.provenance;
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
    let frozen = provenance.pricing.as_ref().and_then(Pricing::frozen_text);
    notes.extend(frozen.map(|months| format!("Amounts frozen: {months}")));
    notes.extend(provenance.pricing.iter().flat_map(rounding_notes));
    notes
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
