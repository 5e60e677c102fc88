//! `usagebook adjust`: a customer's credit or charge beyond the price list, in the book's log.

use chrono::SubsecRound as _;
use usagebook::book::Book;
use usagebook::error::Error;
use usagebook::price::Adjustment;
use usagebook::text::uuid_text;
use usagebook::usecase;

use crate::cli::arguments::AdjustArguments;
use crate::cli::configuration;
use crate::cli::outputs::print_text;
use crate::cli::{Status, writing};

pub fn run(arguments: &AdjustArguments) -> anyhow::Result<Status> {
    let by_whom =
        configuration::by_whom(&arguments.who, &configuration::of(&arguments.who)?).unwrap_or_default();
    let month = arguments.month;
    let adjustment = Adjustment::new(
        (arguments.customer, arguments.project),
        (&arguments.amount, &arguments.currency),
        (&arguments.reason, &by_whom),
        usecase::now()?.trunc_subsecs(6),
    )?;
    let book = Book::open(&arguments.book)?;
    book.month(month)?;
    if !book.has_customer(month, arguments.customer, arguments.project)? {
        let customer = format!("the customer {}", uuid_text(arguments.customer));
        let project = arguments.project.map(|project| format!("the project {} of ", uuid_text(project)));
        return Err(Error::UnknownOwner { what: project.unwrap_or_default() + &customer }.into());
    }
    let access = arguments.access.private();
    let mut writer = writing::open(&arguments.book, &arguments.lock, None, access, "adjust")?;
    // Opened behind the lock: nobody writes any more.
    let closings = Book::open(&arguments.book)?.month(month)?.closings.len();
    let mut text = format!("{month}: {}\n", adjustment.describe());
    if closings > 0 {
        text += &format!(
            "{month} is closed as v{closings}, which does not change; `usagebook restate` makes the version with the adjustment\n"
        );
    }
    writer.adjust(month, adjustment)?;
    print_text(&text).map_err(Error::after_commit)?;
    writing::report(&arguments.book, &writer, arguments.notes.quiet);
    Ok(Status::Done)
}
