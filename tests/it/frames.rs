//! The library as a program uses it: inputs to an intake, an intake to the lines of a report.

use std::sync::Arc;

use usagebook::notice::{Code, Severity};
use usagebook::report::{Cell, Report, ReportSpec, Section};
use usagebook::usecase::{Preparation, Prepared};
use usagebook::{Dimension, Filter, Filters, Intake, Progress, ReadRequest, read};

/// What is read when nothing special is asked for.
pub fn request<T: AsRef<str>>(inputs: &[T]) -> ReadRequest {
    ReadRequest { threads: Some(2), ..ReadRequest::new(inputs.iter().map(|input| input.as_ref().to_owned())) }
}

pub fn intake<T: AsRef<str>>(inputs: &[T]) -> Intake {
    let intake = read(&request(inputs), &Arc::new(Progress::default())).expect("the inputs can be read");
    assert!(intake.accounting.is_balanced(), "{}", intake.accounting);
    intake
}

/// Everything that was read, by these dimensions.
pub fn report(intake: Intake, by: &str) -> Report {
    report_of(intake, by, &[])
}

/// What filters let through, by these dimensions.
pub fn report_of(intake: Intake, by: &str, filters: &[(Filter, &str)]) -> Report {
    let mut conditions = Filters::default();
    for (filter, value) in filters {
        conditions.add(*filter, value).expect("a value of the filter");
    }
    let as_of = "2026-11-23".parse().expect("a date");
    let spec =
        ReportSpec { by: Dimension::parse_list(by).expect("dimensions"), ..ReportSpec::monthly(as_of) };
    let asked = Preparation { filters: conditions, ..Preparation::of(&spec) };
    let report = Prepared::new(intake, &asked).and_then(|prepared| prepared.report(&spec));
    let report = report.expect("a frame can be added up");
    assert!(report.provenance.accounting.is_balanced(), "{}", report.provenance.accounting);
    report
}

/// Rows as text, cell by cell.
pub fn rows(section: &Section, columns: usize) -> Vec<Vec<String>> {
    let cells = section.cells();
    let text = |row, column| match cells.get(row, column) {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Quantity(quantity) => quantity.to_string(),
        Cell::Amount(amount) => amount.to_string(),
        Cell::Count(count) => count.to_string(),
    };
    (0..section.len()).map(|row| (0..columns).map(|column| text(row, column)).collect()).collect()
}

/// The rows of a report, one a line, without the uuids.
pub fn lines(report: &Report) -> String {
    let shown: Vec<usize> = (0..report.columns.len()).filter(|&at| !report.columns[at].is_uuid()).collect();
    let rows = rows(&report.rows, report.columns.len());
    let line = |row: Vec<String>| shown.iter().map(|&at| row[at].clone()).collect::<Vec<_>>().join(" ");
    rows.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Codes and counts of what was noticed, warnings first: `warning incomplete 20`.
pub fn noticed(intake: &Intake) -> Vec<String> {
    let notice = |notice: &usagebook::notice::Notice| {
        let severity = match notice.severity {
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        format!("{severity} {} {}", notice.code.name(), notice.count)
    };
    intake.notices.iter().map(notice).collect()
}

/// What is said about one thing.
pub fn message(intake: &Intake, code: Code) -> &str {
    let notice = intake.notices.iter().find(|notice| notice.code == code);
    &notice.unwrap_or_else(|| panic!("no {} in {:?}", code.name(), intake.notices)).message
}
