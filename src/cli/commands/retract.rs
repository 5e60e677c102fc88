//! `usagebook retract`: a delivery that no longer counts.

use usagebook::book::{Book, Retracted, RetractedMonth, time_text};
use usagebook::error::Error;
use usagebook::text::{grouped, visible};
use usagebook::usecase;

use crate::cli::arguments::RetractArguments;
use crate::cli::outputs::print_text;
use crate::cli::{Status, writing};

pub fn run(arguments: &RetractArguments) -> anyhow::Result<Status> {
    // Nothing is retracted in a book that is not there yet.
    Book::open(&arguments.book)?.delivery(&arguments.delivery)?;
    let access = arguments.access.private();
    let mut writer = writing::open(&arguments.book, &arguments.lock, None, access, "retract")?;
    let retracted = writer.retract(&arguments.delivery, &arguments.reason, usecase::now()?)?;
    let told = print_text(&described(&retracted));
    if retracted.is_new { told.map_err(Error::after_commit) } else { told }?;
    writing::report(&arguments.book, &writer, arguments.notes.quiet);
    Ok(Status::Done)
}

/// ```text
/// delivery 3f2a1b0c9d8e of 2026-11-02T08:00:00Z is retracted: of the test portal
/// 2026-10: 0 added, 12 changed, 3 removed; CLOSED v1, 15 late changes
/// ```
fn described(retracted: &Retracted) -> String {
    let Retracted { delivery, retraction, is_new, months } = retracted;
    let (id, time, reason) = (&delivery.id, time_text(delivery.time), visible(&retraction.reason));
    if !is_new {
        let since = time_text(retraction.time);
        return format!("nothing to retract: delivery {id} was retracted on {since}: {reason}\n");
    }
    let mut text = format!("delivery {id} of {time} is retracted: {reason}\n");
    for RetractedMonth { period, counts, state } in months {
        let count = |count: u64| grouped(count);
        text += &format!(
            "{period}: {} added, {} changed, {} removed; {}\n",
            count(counts.added),
            count(counts.changed),
            count(counts.retired),
            state,
        );
    }
    text
}
