//! Small reports for tests, written as rows of text.

use std::ops::Range;

use chrono::NaiveDate;

use super::{Format, FormatOptions, write};
use crate::amount::Amount;
use crate::dimension::{Attribute, Dimension};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::quantity::Quantity;
use crate::report::{
    Accounting, Based, ColumnId, ColumnKind, Provenance, Report, Section, SectionColumn, Stretch,
};
use crate::statement::{Caption, Statement};

/// Stands for an empty cell.
pub(crate) const EMPTY: &str = "~";

pub(crate) const ACME: &str = "0a1b2c3d00000000000000000000000a";
pub(crate) const ACME_TWIN: &str = "b0b0b0b000000000000000000000000b";
pub(crate) const FORMULA: &str = "c0c0c0c000000000000000000000000c";
pub(crate) const TRICKY: &str = "d0d0d0d000000000000000000000000d";
pub(crate) const TOKYO: &str = "e0e0e0e000000000000000000000000e";

/// Two months, the second not over; two customers of one name, and names that try the writers.
#[rustfmt::skip]
pub(crate) fn sample() -> Report {
    report(
        &[Dimension::Period, Dimension::Customer, Dimension::Component],
        "period customer_uuid customer_name component_type measured_unit usage records users",
        &[
            &["2026-10", FORMULA, "=1+1;\"x\"", "cpu", "hour", "1012.50", "2", "2"],
            &["2026-10", ACME, "Acme", "cpu", "hour", "2.00", "1", "1"],
            &["2026-10", ACME, "Acme", "storage", "GB", "-5.00", "1", "1"],
            &["2026-10", ACME_TWIN, "Acme", "cpu", "hour", "3.25", "1", "1"],
            &["2026-11", TRICKY, "a\u{202e}b\nc, <d>", "-x|y", "hour", "0.25", "1", "1"],
            &["2026-11", TOKYO, "東京 👩‍🔬", "cpu", "", "7.00", "1", "1"],
        ],
        &[
            &["2026-10", FORMULA, "=1+1;\"x\"", "~", "hour", "1012.50", "2", "2"],
            &["2026-10", ACME, "Acme", "~", "GB", "-5.00", "1", "1"],
            &["2026-10", ACME, "Acme", "~", "hour", "2.00", "1", "1"],
            &["2026-10", ACME_TWIN, "Acme", "~", "hour", "3.25", "1", "1"],
            &["2026-11", TRICKY, "a\u{202e}b\nc, <d>", "~", "hour", "0.25", "1", "1"],
            &["2026-11", TOKYO, "東京 👩‍🔬", "~", "", "7.00", "1", "1"],
        ],
        &[
            &["2026-10", "~", "~", "~", "GB", "-5.00", "1", "1"],
            &["2026-10", "~", "~", "~", "hour", "1017.75", "4", "3"],
            &["2026-11", "~", "~", "~", "", "7.00", "1", "1"],
            &["2026-11", "~", "~", "~", "hour", "0.25", "1", "1"],
            &["~", "~", "~", "~", "", "7.00", "1", "1"],
            &["~", "~", "~", "~", "GB", "-5.00", "1", "1"],
            &["~", "~", "~", "~", "hour", "1018.00", "5", "3"],
        ],
    )
}

/// A report of rows alone, of the usual names of columns.
pub(crate) fn rows_only(by: &[Dimension], columns: &str, rows: &[&[&str]]) -> Report {
    report(by, columns, rows, &[], &[])
}

pub(crate) fn report(
    by: &[Dimension],
    columns: &str,
    rows: &[&[&str]],
    subtotals: &[&[&str]],
    totals: &[&[&str]],
) -> Report {
    let columns: Vec<ColumnId> = columns.split(' ').map(column).collect();
    Report {
        by: by.to_owned(),
        rows: section(&columns, rows),
        subtotals: section(&columns, subtotals),
        totals: section(&columns, totals),
        columns,
        provenance: provenance(),
    }
}

/// Draws a report with a format's usual choices.
pub(crate) fn drawn(report: &Report, format: Format) -> String {
    drawn_with(report, &format.with_defaults())
}

pub(crate) fn drawn_with(report: &Report, options: &FormatOptions) -> String {
    let mut out = Vec::new();
    write(report, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn provenance() -> Provenance {
    let october = BillingPeriod::new(2026, 10).unwrap();
    Provenance {
        tool_version: "0.1.0",
        period: Some(PeriodRange { start: october, end: october.plus_months(2) }),
        as_of: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
        timezone: chrono_tz::UTC,
        filters: vec![("type", vec!["cpu".to_owned(), "\u{1b}[31m".to_owned()])],
        based: Based::default(),
        accounting: Accounting { read: 8, kept: 7, exact_repeats: 1, ..Accounting::default() },
        notices: vec![Notice::note(Code::PartialPeriod, 1, "2026-11 is not over")],
        partial_periods: vec![october.plus_months(1)],
        comparison: None,
        states: Vec::new(),
        pricing: None,
    }
}

/// The column of that name.
fn column(name: &str) -> ColumnId {
    let of_dimension = Dimension::ALL.into_iter().find(|dimension| dimension.columns().contains(&name));
    match of_dimension {
        Some(dimension) if dimension.is_time() => ColumnId::Time(dimension),
        Some(dimension) if name.ends_with("_uuid") => ColumnId::Uuid(dimension),
        Some(dimension) => ColumnId::Label(dimension),
        None if name == "cost_centre" => ColumnId::Attribute(Attribute::new(name, Dimension::Customer)),
        None => match name.parse() {
            Ok(period) => ColumnId::UsageIn(Stretch::month(period)),
            Err(_) => *ColumnId::FIXED.iter().find(|column| column.name() == name).expect("a known column"),
        },
    }
}

fn section(columns: &[ColumnId], rows: &[&[&str]]) -> Section {
    let column = |(at, column): (usize, &ColumnId)| {
        let cells = rows.iter().map(|row| Some(row[at]).filter(|cell| *cell != EMPTY));
        match column.kind() {
            ColumnKind::Usage | ColumnKind::Percent => {
                SectionColumn::quantities(cells.map(|cell| Some(Quantity::parse(cell?.as_bytes()).unwrap())))
            }
            ColumnKind::Amount => {
                SectionColumn::amounts(cells.map(|cell| Some(Amount::parse(cell?.as_bytes(), 2).unwrap())))
            }
            ColumnKind::Count => SectionColumn::counts(cells.map(|cell| Some(cell?.parse().unwrap()))),
            _ => SectionColumn::texts(cells),
        }
    };
    Section::new(rows.len(), columns.iter().enumerate().map(column).collect())
}

/// Rows that each have their number.
pub(super) struct Numbered {
    rows: usize,
    pub caption: Caption,
}

impl Numbered {
    pub(super) fn new(rows: usize) -> Self {
        Self { rows, caption: Caption { nothing: "no rows", ..Caption::default() } }
    }
}

fn numbered(word: &str, numbers: Range<usize>) -> Section {
    let words = SectionColumn::texts(numbers.clone().map(|_| Some(word)));
    let counts = SectionColumn::counts(numbers.clone().map(|number| Some(number as u64)));
    Section::new(numbers.len(), vec![words, counts])
}

impl Statement for Numbered {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn columns(&self) -> Vec<ColumnId> {
        vec![ColumnId::Kind, ColumnId::Records]
    }

    fn hidden_columns(&self) -> &'static [ColumnId] {
        &[]
    }

    fn len(&self) -> usize {
        self.rows
    }

    fn rows(&self, range: Range<usize>) -> Section {
        numbered("row_of_data", range)
    }

    fn parts(&self) -> Section {
        numbered("row_of_data", 0..0)
    }

    fn totals(&self) -> Section {
        numbered("total", self.rows..self.rows + 1)
    }
}
