//! What standard output is: a terminal of some width, or a file or pipe.

use std::io::{self, IsTerminal as _};

/// Where results are seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    pub is_terminal: bool,
    /// In columns; none if it is not known.
    pub width: Option<usize>,
    pub has_color: bool,
}

impl Terminal {
    pub fn of_stdout() -> Self {
        if !io::stdout().is_terminal() {
            return Self::default();
        }
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let has_no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Self { is_terminal: true, width, has_color: !has_no_color && !is_dumb }
    }
}
