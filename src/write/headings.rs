//! What people read over the columns of a report, and which columns say nothing to them.

use std::borrow::Cow;

use crate::report::{ColumnId, Report, ranges_text};

/// Whether a column is of a comparison that is left out altogether; the reason is shown instead.
pub(crate) fn is_left_out(report: &Report, column: ColumnId) -> bool {
    let compared = report.provenance.comparison.as_ref();
    let is_of_comparison = matches!(
        column,
        ColumnId::UsageCompared | ColumnId::UsageBefore | ColumnId::Change | ColumnId::ChangePercent
    );
    is_of_comparison && compared.is_some_and(|compared| compared.is_empty())
}

/// The months that a column of a like-for-like comparison is of: ` (2026-01..2026-10)`.
pub(crate) fn months_of(report: &Report, column: ColumnId) -> Cow<'static, str> {
    let compared = report.provenance.comparison.as_ref().filter(|compared| compared.is_like_for_like);
    let months = match (column, compared) {
        (ColumnId::UsageCompared, Some(compared)) => &compared.months,
        (ColumnId::UsageBefore, Some(compared)) => &compared.months_before,
        _ => return Cow::Borrowed(""),
    };
    Cow::Owned(format!(" ({})", ranges_text(months)))
}

/// The words over a column of a workbook or page; what is before is a period in a report only.
pub(crate) fn heading(column: ColumnId, report: &Report) -> String {
    let text = match column {
        ColumnId::UsageBefore if !report.by.is_empty() => "Previous period".into(),
        _ => column.heading(),
    };
    format!("{text}{}", months_of(report, column))
}

/// Whether a column is for machines: lines of totals are named by what it says.
pub(crate) fn is_for_machines(column: ColumnId) -> bool {
    column == ColumnId::HasBudget
}
