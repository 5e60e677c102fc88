//! `usagebook restate`: the next version of a closed month.

use usagebook::book::Closed;

use super::Status;
use super::arguments::RestateArguments;
use super::close::{described, prepare, print};

pub fn run(arguments: &RestateArguments) -> anyhow::Result<Status> {
    let (mut writer, request) = prepare(arguments.month, &arguments.closing, arguments.note.clone())?;
    let closed = writer.restate(&request)?;
    print(&match closed {
        Closed::New(closing) => described(arguments.month, &closing),
        Closed::Unchanged(closing) => {
            format!("nothing to restate: {} has the records of v{}\n", arguments.month, closing.version)
        }
    })?;
    Ok(Status::Done)
}
