//! Which columns of a report people read, in which order, and the words over them.

use std::borrow::Cow;

use crate::letterhead::Letterhead;
use crate::report::{Cell, ColumnId, ColumnKind, Measure, Report, ranges_text};
use crate::text::visible::brief;

/// Where a report is drawn for people, and with which words for components.
#[derive(Clone, Copy)]
pub(crate) enum Medium<'a> {
    /// Lines of text: columns in the order of the report, headings in small letters.
    Text,
    /// What has the least room: names in place of uuids.
    Page(&'a Letterhead),
    /// All columns, the uuids last.
    Workbook(&'a Letterhead),
}

/// The columns that people read, each with its place in the report.
pub(crate) fn columns(report: &Report, medium: Medium<'_>) -> Vec<(usize, ColumnId)> {
    let has_credits = has_credits(report);
    let ids = report.columns.iter().copied().enumerate().filter(|(_, id)| !is_left_out(report, *id));
    let mut columns: Vec<_> = match medium {
        Medium::Text => ids.filter(|(_, id)| is_in_text(report, *id, has_credits)).collect(),
        Medium::Page(_) => ids.filter(|(_, id)| is_on_page(*id)).collect(),
        Medium::Workbook(_) => ids.collect(),
    };
    columns.sort_by_key(|(_, id)| rank(report, *id, medium));
    columns
}

/// Whether a column is of a comparison that is left out altogether; the reason is shown instead.
fn is_left_out(report: &Report, column: ColumnId) -> bool {
    let compared = report.provenance.comparison.as_ref();
    let is_of_comparison = matches!(
        column,
        ColumnId::UsageCompared | ColumnId::UsageBefore | ColumnId::Change | ColumnId::ChangePercent
    );
    is_of_comparison && compared.is_some_and(|compared| compared.is_empty())
}

fn is_in_text(report: &Report, column: ColumnId, has_credits: bool) -> bool {
    match column {
        // A name says more, if there is one.
        ColumnId::Uuid(dimension) => report.column(ColumnId::Label(dimension)).is_none(),
        // Lines of totals are named by what it says.
        ColumnId::HasBudget => false,
        // What tells credits from usage says nothing where there are none.
        column => has_credits || !column.is_of_charge(),
    }
}

/// Uuids tell machines apart, not people, and a credit is known by its words.
fn is_on_page(column: ColumnId) -> bool {
    column.kind() != ColumnKind::Uuid && !matches!(column, ColumnId::HasBudget | ColumnId::ChargeCategory)
}

fn has_credits(report: &Report) -> bool {
    let column = report.column(ColumnId::ChargeDescription);
    let cells = report.rows.cells();
    column.is_some_and(|column| (0..report.rows.len()).any(|row| cells.get(row, column) != Cell::Empty))
}

/// Where a column stands among the others: names, unit, figures, money, counts.
fn rank(report: &Report, column: ColumnId, medium: Medium<'_>) -> u8 {
    let is_money = report.columns.contains(&ColumnId::Budget(Measure::Amount));
    match (medium, column.kind()) {
        (Medium::Text, _) => 0,
        // What a budget comes to stands after it, be it of usage or of money.
        _ if matches!(column, ColumnId::UsedPercent | ColumnId::OverBudget | ColumnId::HasBudget) => {
            if is_money {
                4
            } else {
                2
            }
        }
        // What says of an amount whether it is a credit stands after it.
        (Medium::Workbook(_), _) if column.is_of_charge() => 4,
        (Medium::Page(_), _) if column.is_of_charge() => 6,
        // Figures stay in sight, however many columns the user adds.
        (Medium::Page(_), ColumnKind::Attribute) => 8,
        (Medium::Workbook(_), ColumnKind::Attribute) => 5,
        (_, ColumnKind::Time | ColumnKind::Name | ColumnKind::Text) => 0,
        (_, ColumnKind::Unit) => 1,
        (_, ColumnKind::Percent) if !report.columns.contains(&ColumnId::Usage) => 4,
        (_, ColumnKind::Usage | ColumnKind::Percent) => 2,
        (_, ColumnKind::Currency) => 3,
        (_, ColumnKind::Amount) => 4,
        (_, ColumnKind::Count) => 6,
        (_, ColumnKind::Uuid) => 7,
    }
}

/// The words over a column.
pub(crate) fn heading(column: ColumnId, report: &Report, medium: Medium<'_>) -> String {
    let text = match (medium, column) {
        (Medium::Text, _) => in_small_letters(column),
        // What is before is a period in a report only.
        (_, ColumnId::UsageBefore) if !report.by.is_empty() => "Previous period".into(),
        _ => column.heading(),
    };
    format!("{text}{}", months_of(report, column))
}

/// The words over a column of a table of text.
pub(crate) fn in_small_letters(column: ColumnId) -> Cow<'static, str> {
    match column {
        ColumnId::Time(dimension) | ColumnId::Label(dimension) => dimension.name().replace('_', " ").into(),
        ColumnId::MeasuredUnit => "unit".into(),
        _ => brief(&column.name().replace("_percent", " %").replace('_', " ")).into_owned().into(),
    }
}

/// The months that a column of a like-for-like comparison is of: ` (2026-01..2026-10)`.
fn months_of(report: &Report, column: ColumnId) -> String {
    let compared = report.provenance.comparison.as_ref().filter(|compared| compared.is_like_for_like);
    match (column, compared) {
        (ColumnId::UsageCompared, Some(compared)) => format!(" ({})", ranges_text(&compared.months)),
        (ColumnId::UsageBefore, Some(compared)) => format!(" ({})", ranges_text(&compared.months_before)),
        _ => String::new(),
    }
}
