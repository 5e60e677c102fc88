//! The doorway: parse, run, print the error chain, exit.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = cli::environment::settle() {
        return ExitCode::from(code);
    }
    let command = match cli::parse(std::env::args_os()) {
        Ok(command) => command,
        Err(code) => return ExitCode::from(code),
    };
    match cli::run(command) {
        Ok(status) => ExitCode::from(status.code()),
        Err(error) => ExitCode::from(cli::explain(&error)),
    }
}
