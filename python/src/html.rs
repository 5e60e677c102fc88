//! The first rows of a report as HTML, for notebooks. Names in the data are untrusted: each is escaped, and what would act on
//! text, such as a change of direction, is spelled out.

use maud::{Markup, html};
use usagebook::Report;
use usagebook::report::{Cell, ColumnId, ColumnKind};
use usagebook::text::visible::shown;
use usagebook::text::{counted, grouped, grouped_decimal};

/// As many rows as one looks over.
const ROWS_MAX: usize = 20;

/// A table of the first rows, the warnings above it.
pub fn of_report(report: &Report) -> String {
    let columns: Vec<(usize, &ColumnId)> =
        report.columns.iter().enumerate().filter(|(_, column)| is_shown(report, column)).collect();
    let cells = report.rows.cells();
    let rows = report.rows.len();
    let warnings = report.provenance.notices.iter().filter(|notice| notice.is_open());
    html! {
        div class="usagebook" {
            @for warning in warnings { p { strong { "Warning: " } (shown(&warning.message)) } }
            table {
                thead { tr { @for (_, column) in &columns { th { (shown(&column.name())) } } } }
                tbody {
                    @for row in 0..rows.min(ROWS_MAX) {
                        tr { @for (source, _) in &columns { (drawn(cells.get(row, *source))) } }
                    }
                }
            }
            p {
                (counted(rows as u64, "row"))
                @if rows > ROWS_MAX { ", the first " (ROWS_MAX) " of them shown" }
            }
        }
    }
    .into_string()
}

/// A uuid is left out where its name says more.
fn is_shown(report: &Report, column: &ColumnId) -> bool {
    let has_name = |column: &ColumnId| match column {
        ColumnId::Uuid(dimension) => report.column(ColumnId::Label(*dimension)).is_some(),
        _ => false,
    };
    column.kind() != ColumnKind::Uuid || !has_name(column)
}

fn drawn(cell: Cell<'_>) -> Markup {
    let figure = |text: String| html! { td style="text-align: right" { (text) } };
    match cell {
        Cell::Empty => html! { td {} },
        Cell::Text(text) => html! { td style="text-align: left" { (shown(text)) } },
        Cell::Quantity(quantity) => figure(grouped_decimal(&quantity.to_string())),
        Cell::Amount(amount) => figure(grouped_decimal(&amount.to_string())),
        Cell::Count(count) => figure(grouped(count)),
    }
}
