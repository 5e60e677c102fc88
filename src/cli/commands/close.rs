//! `usagebook close`: version 1 of a month.

use usagebook::book::{Book, BookWriter, CloseRequest, Closing};
use usagebook::error::Error;
use usagebook::period::BillingPeriod;
use usagebook::text::grouped;
use usagebook::usecase::{self, Watch as _};

use crate::cli::arguments::{CloseArguments, ClosingArguments};
use crate::cli::outputs::print_text;
use crate::cli::progress::Watch;
use crate::cli::words::usage_and_unit;
use crate::cli::{Status, writing};

pub fn run(arguments: &CloseArguments) -> anyhow::Result<Status> {
    let note = arguments.note.clone().unwrap_or_default();
    let (mut writer, request) = prepare(arguments.month, &arguments.closing, note, "close")?;
    let closing = writer.close(&request)?;
    print_text(&described(arguments.month, &closing)).map_err(Error::after_commit)?;
    writing::report(&arguments.closing.book, &writer, false);
    Ok(Status::Done)
}

/// Opens a book that is there, for nothing is closed in a new one, and checks the month.
pub(super) fn prepare(
    period: BillingPeriod,
    arguments: &ClosingArguments,
    note: String,
    command: &str,
) -> anyhow::Result<(BookWriter, CloseRequest)> {
    let watch = Watch::start()?;
    Book::open(&arguments.book)?.month(period)?;
    let writer = writing::open(&arguments.book, &arguments.lock, None, arguments.access.private(), command)?;
    // Opened behind the lock: nobody writes any more.
    let warnings = usecase::warnings_of(&Book::open(&arguments.book)?, period, &watch)?;
    watch.check()?;
    let request = CloseRequest {
        period,
        as_of: arguments.as_of,
        note,
        accepts_incomplete: arguments.accept_incomplete,
        warnings,
    };
    Ok((writer, request))
}

/// ```text
/// 2026-10 is CLOSED v1, cut-off 2026-11-02T08:00:00Z: 1,513 records, sha256 3f2a…
/// 26,351.20 hours
/// ```
pub(super) fn described(period: BillingPeriod, closing: &Closing) -> String {
    let records = grouped(closing.state.records);
    let mut text =
        format!("{period} is {}: {records} records, sha256 {}\n", closing.describe(), closing.digest);
    if !closing.warnings.is_empty() {
        let (count, codes) = (closing.warnings.len(), closing.warnings.join(", "));
        let kinds =
            if count == 1 { "1 kind of warning".to_owned() } else { format!("{count} kinds of warnings") };
        text += &format!("the checks before closing gave {kinds}: {codes}; `usagebook check` shows them\n");
    }
    closing.state.totals.iter().for_each(|total| text += &format!("{}\n", usage_and_unit(total).join(" ")));
    text
}
