//! `usagebook restate`: the next version of a closed month.

use std::path::Path;

use usagebook::book::{Book, Closed, Closing};
use usagebook::error::Error;
use usagebook::period::BillingPeriod;

use super::close::{described, prepare};
use crate::cli::arguments::RestateArguments;
use crate::cli::outputs::print_text;
use crate::cli::{Status, writing};

pub fn run(arguments: &RestateArguments) -> anyhow::Result<Status> {
    let (mut writer, request) =
        prepare(arguments.month, &arguments.closing, arguments.note.clone(), "restate")?;
    let closed = writer.restate(&request)?;
    match closed {
        Closed::New(closing) => {
            let text = described(arguments.month, &closing)
                + &to_correct(&arguments.closing.book, &closing, arguments.month);
            print_text(&text).map_err(Error::after_commit)?
        }
        Closed::Unchanged(closing) => print_text(&format!(
            "nothing to restate: {} has the records{} of v{}\n",
            arguments.month,
            if closing.money.is_some() { " and amounts" } else { "" },
            closing.version
        ))?,
    }
    writing::report(&arguments.closing.book, &writer, arguments.closing.notes.quiet);
    Ok(Status::Done)
}

/// What is to be done about bills of an earlier version; nothing if there are none.
fn to_correct(folder: &Path, closing: &Closing, period: BillingPeriod) -> String {
    let Ok(book) = Book::open(folder) else { return String::new() };
    let last = book.issues_of(period).next_back();
    let last = last.filter(|_| closing.money.is_some()).map(|issue| issue.version);
    let text = |version| {
        format!(
            "bills of v{version} were issued; `usagebook bills --issue` makes credit and debit notes for what changed\n"
        )
    };
    last.map(text).unwrap_or_default()
}
