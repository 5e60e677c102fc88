//! `usagebook restate`: the next version of a closed month.

use usagebook::book::Closed;

use super::Status;
use super::arguments::RestateArguments;
use super::close::{described, open, print, request};

pub fn run(arguments: &RestateArguments) -> anyhow::Result<Status> {
    let mut writer = open(&arguments.closing)?;
    let closed = writer.restate(&request(arguments.month, &arguments.closing, arguments.note.clone()))?;
    print(&match closed {
        Closed::New(closing) => described(arguments.month, &closing),
        Closed::Unchanged(closing) => {
            format!("nothing to restate: {} has the records of v{}\n", arguments.month, closing.version)
        }
    })?;
    Ok(Status::Done)
}
