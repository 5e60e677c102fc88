//! The command line: flags become a request, the library does the work, what came out is printed.
//!
//! The only place that knows clap, the clock and the terminal. No arithmetic here.

mod arguments;
mod commands;
mod configuration;
pub mod environment;
mod faults;
mod formats;
mod inputs;
mod notices;
mod outputs;
mod places;
mod prices;
mod progress;
mod rows_output;
mod seen;
mod signing;
mod terminal;
mod words;
mod writing;

use std::ffi::OsString;
use std::io::{self, Write as _};

use clap::Parser as _;
use usagebook::error::Error;
use usagebook::notice::Notice;

use self::arguments::{Arguments, Command};

/// What was asked for.
pub struct Invocation(Command);

/// How a command ended that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Done,
    /// The result is there, and something may make its figures wrong.
    Warnings,
}

impl Status {
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Warnings => 3,
        }
    }

    fn of(notices: &[Notice]) -> Self {
        match notices.iter().any(Notice::is_open) {
            true => Self::Warnings,
            false => Self::Done,
        }
    }
}

/// Reads the command line. Help and mistakes are printed here; what is left is the exit code.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Invocation, u8> {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => Ok(Invocation(arguments.command)),
        Err(error) => {
            let written = error.print().and_then(|()| io::stdout().flush());
            match written {
                // Nobody is left to tell that standard error is gone.
                Err(source) if !error.use_stderr() => Err(explain(&Error::Output { source }.into())),
                _ => Err(error.exit_code() as u8),
            }
        }
    }
}

/// Does what was asked for.
pub fn run(Invocation(command): Invocation) -> anyhow::Result<Status> {
    Ok(seen::settle(commands::run(command)?))
}

/// Prints what failed, and returns the exit code. A reader that has gone away is no error.
pub fn explain(error: &anyhow::Error) -> u8 {
    if is_closed_pipe(error) {
        return 0;
    }
    if let Some(Error::Rejected { faults }) = error.downcast_ref::<Error>() {
        faults::show(faults);
    }
    notices::say(format_args!("error: {}", words::message(error)));
    let error_or_cause = match error.downcast_ref::<Error>() {
        Some(Error::Committed { source, .. }) => Some(&**source),
        error => error,
    };
    if let Some(Error::PriceMissing { count, missing, .. }) = error_or_cause {
        missing.iter().for_each(|line| notices::say(format_args!("  {line}")));
        if *count > missing.len() {
            notices::say(format_args!("  and {} more", count - missing.len()));
        }
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Committed { .. }) => Status::Warnings.code(),
        Some(Error::Interrupted | Error::PullInterrupted) => 130,
        _ if words::is_misuse(error) => 2,
        _ => 1,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

#[cfg(all(test, feature = "desk", feature = "pull", feature = "serve"))]
mod reference;
#[cfg(all(test, feature = "desk", feature = "pull", feature = "serve"))]
mod tests;
