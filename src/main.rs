//! The doorway: parse, run, print the error chain, exit.

mod cli;

use std::panic;
use std::process::ExitCode;

use usagebook::quiet::is_decoding;

fn main() -> ExitCode {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !is_decoding() {
            hook(panic);
        }
    }));
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
