//! What people read over the columns of a report, and which columns say nothing to them.

use std::borrow::Cow;

use crate::report::{Column, Report, ranges_text};

/// The columns of a comparison.
const COMPARISON: [&str; 4] = ["usage_compared", "usage_before", "change", "change_percent"];

/// Whether a column is of a comparison that is left out altogether; the reason is shown instead.
pub fn is_left_out(report: &Report, column: &Column) -> bool {
    let compared = report.provenance.comparison.as_ref();
    compared.is_some_and(|compared| compared.is_empty()) && COMPARISON.contains(&column.name.as_str())
}

/// The months that a column of a like-for-like comparison is of: ` (2026-01..2026-10)`.
pub fn months_of(report: &Report, column: &Column) -> Cow<'static, str> {
    let compared = report.provenance.comparison.as_ref().filter(|compared| compared.is_like_for_like);
    let months = match (column.name.as_str(), compared) {
        ("usage_compared", Some(compared)) => &compared.months,
        ("usage_before", Some(compared)) => &compared.months_before,
        _ => return Cow::Borrowed(""),
    };
    Cow::Owned(format!(" ({})", ranges_text(months)))
}

/// The words over a column of a workbook or page; what is before is a period in a report only.
pub fn heading(column: &Column, report: &Report) -> String {
    let text = match column.name.as_str() {
        "measured_unit" => "Unit",
        "component_type" => "Component",
        "username" => "User",
        "uuid" => "Record UUID",
        "usage_before" if !report.by.is_empty() => "Previous period",
        "change_percent" => "Change %",
        "used_percent" => "Used %",
        name => {
            let words = name.trim_end_matches("_name").replace("_uuid", " UUID").replace('_', " ");
            let mut characters = words.chars();
            let first = characters.next().map(|first| first.to_ascii_uppercase());
            let text: String = first.into_iter().chain(characters).collect();
            return text + &months_of(report, column);
        }
    };
    format!("{text}{}", months_of(report, column))
}

/// Whether a column is for machines: lines of totals are named by what it says.
pub fn is_for_machines(column: &Column) -> bool {
    column.name == super::totals::HAS_BUDGET
}
