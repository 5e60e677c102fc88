//! How figures of reports read on a page, and cells of them.

use super::super::headings::Medium;
use super::figure;
use crate::pack::Pack;
use crate::period::PeriodRange;
use crate::report::{Cell, Cells, Compared, LeftOut, ranges_in_words};

/// What a pack says about looks.
pub(crate) struct Look<'a> {
    pub pack: &'a Pack,
}

impl<'a> Look<'a> {
    pub(crate) fn medium(&self) -> Medium<'a> {
        Medium::Page(&self.pack.letterhead)
    }

    pub(crate) fn decimals(&self) -> u8 {
        self.pack.letterhead.decimals.min(2)
    }

    pub(crate) fn usage(&self, quantity: crate::Quantity) -> String {
        figure::usage(quantity, self.decimals())
    }
}

/// Text of a cell, where there is a column and text in it.
pub(crate) fn text_at<'a>(cells: &Cells<'a>, row: usize, column: Option<usize>) -> Option<&'a str> {
    match cells.get(row, column?) {
        Cell::Text(text) => Some(text),
        _ => None,
    }
}

/// A decimal of a cell, where there is a column and a decimal in it.
pub(crate) fn quantity_at(cells: &Cells<'_>, row: usize, column: Option<usize>) -> Option<crate::Quantity> {
    match cells.get(row, column?) {
        Cell::Quantity(quantity) => Some(quantity),
        _ => None,
    }
}

/// An amount of a cell, where there is a column and an amount in it.
pub(crate) fn amount_at(cells: &Cells<'_>, row: usize, column: Option<usize>) -> Option<crate::Amount> {
    match cells.get(row, column?) {
        Cell::Amount(amount) => Some(amount),
        _ => None,
    }
}

pub(crate) fn count_at(cells: &Cells<'_>, row: usize, column: Option<usize>) -> Option<u64> {
    match cells.get(row, column?) {
        Cell::Count(count) => Some(count),
        _ => None,
    }
}

/// `October 2026`, `August to October 2026`.
pub(crate) fn period(range: Option<PeriodRange>) -> String {
    range.map_or_else(|| "no month".to_owned(), PeriodRange::in_words)
}

/// What usage is compared with, or why it is not: `September 2026`, `nothing (2025: 2 of 12 months available)`.
pub(crate) fn compared(compared: &Compared, before: Option<PeriodRange>) -> String {
    if compared.is_empty() {
        return format!(
            "nothing ({})",
            compared.left_out.iter().map(LeftOut::to_string).collect::<Vec<_>>().join("; ")
        );
    }
    if compared.is_like_for_like {
        return format!("{} (only months available on both sides)", ranges_in_words(&compared.months_before));
    }
    period(before)
}

/// `1 row`, `2 rows`.
pub(crate) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{} {}", figure::count(count as u64), if count == 1 { one } else { many })
}
