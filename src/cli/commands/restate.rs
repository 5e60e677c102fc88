//! `usagebook restate`: the next version of a closed month.

use usagebook::book::Closed;
use usagebook::error::Error;

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
            print_text(&described(arguments.month, &closing)).map_err(Error::after_commit)?
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
