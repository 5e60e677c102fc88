//! `usagebook close`: version 1 of a month.

use usagebook::book::{BookWriter, CloseRequest, Closing};
use usagebook::error::Error;
use usagebook::period::BillingPeriod;
use usagebook::report::grouped;
use usagebook::write::hashing::Hashing;

use super::arguments::{CloseArguments, ClosingArguments};
use super::{Status, outputs};

pub fn run(arguments: &CloseArguments) -> anyhow::Result<Status> {
    let note = arguments.note.clone().unwrap_or_default();
    let mut writer = open(&arguments.closing)?;
    let closing = writer.close(&request(arguments.month, &arguments.closing, note))?;
    print(&described(arguments.month, &closing))?;
    Ok(Status::Done)
}

/// Opens a book that is there: nothing is closed in a new one.
pub(super) fn open(arguments: &ClosingArguments) -> Result<BookWriter, Error> {
    usagebook::Book::open(&arguments.book)?;
    BookWriter::open(&arguments.book, None)
}

pub(super) fn request(period: BillingPeriod, arguments: &ClosingArguments, note: String) -> CloseRequest {
    CloseRequest {
        period,
        as_of: arguments.as_of,
        note,
        accepts_incomplete: arguments.accept_incomplete,
        findings: Vec::new(),
    }
}

/// ```text
/// 2026-10 is CLOSED v1, cut-off 2026-11-02T08:00:00Z: 1,513 records, sha256 3f2a…
/// 26,351.20 hours
/// ```
pub(super) fn described(period: BillingPeriod, closing: &Closing) -> String {
    let records = grouped(closing.state.records);
    let mut text =
        format!("{period} is {}: {records} records, sha256 {}\n", closing.describe(), closing.digest);
    for total in &closing.state.totals {
        text += &format!("{} {}\n", total.usage, usagebook::write::visible(&total.measured_unit));
    }
    text
}

pub(super) fn print(text: &str) -> Result<(), Error> {
    let written = outputs::print(1, Hashing::Off, |out| {
        out.write_all(text.as_bytes()).map_err(|source| Error::Output { source })
    });
    written.map(|_| ())
}
