//! What stands on standard error beside the result.

use std::fmt;
use std::io::{self, Write};

use usagebook::notice::Notice;
use usagebook::text::visible_line;

/// Prints a line that may hold text from the data. A terminal that is gone is no reason to stop.
pub fn say(line: fmt::Arguments) {
    let _ = writeln!(io::stderr().lock(), "{}", visible_line(&line.to_string()));
}

/// Prints warnings, and notes unless they are not wanted. A warning that somebody answers for is a note.
pub fn print(notices: &[Notice], is_quiet: bool) {
    for notice in notices {
        let Notice { message, .. } = notice;
        match (notice.is_open(), notice.answers()) {
            (true, answers) if answers.is_empty() => say(format_args!("warning: {message}")),
            (true, answers) => say(format_args!("warning: {message} {answers}")),
            (false, _) if is_quiet => {}
            (false, answers) if answers.is_empty() => say(format_args!("note: {message}")),
            (false, answers) => say(format_args!("note: {message} {answers}")),
        }
    }
}
