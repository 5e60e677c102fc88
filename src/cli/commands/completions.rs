//! `usagebook completions`: scripts that complete commands.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::cli::Status;
use crate::cli::arguments::{Arguments, CompletionsArguments};

pub fn run(arguments: &CompletionsArguments) -> anyhow::Result<Status> {
    let mut command = Arguments::command();
    let name = command.get_name().to_owned();
    // Into memory, for the generator cannot bear that a reader goes away.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    let mut out = io::stdout().lock();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Status::Done)
}
