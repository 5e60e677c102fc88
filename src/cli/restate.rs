//! `usagebook restate`: the next version of a closed month.

use usagebook::book::Closed;

use super::arguments::RestateArguments;
use super::close::{described, prepare, print};
use super::{Status, writing};

pub fn run(arguments: &RestateArguments) -> anyhow::Result<Status> {
    let (mut writer, request) = prepare(arguments.month, &arguments.closing, arguments.note.clone(), "restate")?;
    let closed = writer.restate(&request)?;
    print(&match closed {
        Closed::New(closing) => described(arguments.month, &closing),
        Closed::Unchanged(closing) => {
            format!("nothing to restate: {} has the records of v{}\n", arguments.month, closing.version)
        }
    })?;
    Ok(writing::report(&writer, false))
}
