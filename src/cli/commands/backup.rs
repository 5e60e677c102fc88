//! `usagebook backup`: a copy of a book as of one commit.

use usagebook::error::Error;
use usagebook::text::{counted, grouped};

use crate::cli::Status;
use crate::cli::arguments::BackupArguments;
use crate::cli::outputs::print_text;
use crate::cli::places::{self, Place};

pub fn run(arguments: &BackupArguments) -> anyhow::Result<Status> {
    // What is there already is refused for that, an earlier copy of the book included.
    if !arguments.to.exists() {
        places::check_outside(&Place::File(&arguments.to), &arguments.book)?;
    }
    let done = crate::cli::seen::open(&arguments.book)?.back_up(&arguments.to, arguments.access.private())?;
    let (files, bytes) = (counted(done.files, "file"), grouped(done.bytes));
    let target = arguments.to.display().to_string();
    let target = usagebook::text::visible(&target);
    print_text(&format!(
        "generation {} copied to {target}: {files}, {bytes} bytes, all proved\n",
        done.generation
    ))
    .map_err(Error::after_commit)?;
    Ok(Status::Done)
}
