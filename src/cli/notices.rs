//! What stands on standard error beside the result.

use std::fmt;
use std::io::{self, Write};

use usagebook::notice::{Notice, Severity};
use usagebook::text::visible_line;

/// Prints a line that may hold text from the data. A terminal that is gone is no reason to stop.
pub fn say(line: fmt::Arguments) {
    let _ = writeln!(io::stderr().lock(), "{}", visible_line(&line.to_string()));
}

/// Prints warnings, and notes unless they are not wanted.
pub fn print(notices: &[Notice], is_quiet: bool) {
    for notice in notices {
        match notice.severity {
            Severity::Warning => say(format_args!("warning: {}", notice.message)),
            Severity::Note if is_quiet => {}
            Severity::Note => say(format_args!("note: {}", notice.message)),
        }
    }
}
