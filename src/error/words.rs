//! Parts of messages that depend on how many things there are.

use std::path::Path;
use std::time::Duration;

use crate::notice::Code;

pub(super) fn until_unlocked(waited: Duration, note: Option<&Path>) -> String {
    match note {
        None => format!("waited {} s; wait until it is done", waited.as_secs()),
        Some(note) => {
            format!("the file system has no locks: if that process no longer runs, delete {}", note.display())
        }
    }
}

/// The name of a file that is there.
pub(super) fn in_file(path: Option<&Path>) -> String {
    path.map(|path| format!(", {}", path.display())).unwrap_or_default()
}

pub(super) fn listed(open: &[(Code, usize)]) -> String {
    open.iter().map(|(code, count)| format!("{} ({count})", code.name())).collect::<Vec<_>>().join(", ")
}

/// The texts, and how many more there are.
pub(super) fn more_of(shown: &[String], count: usize) -> String {
    match count.saturating_sub(shown.len()) {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

pub(super) fn open_instead(open: &[(Code, usize)]) -> String {
    match open.is_empty() {
        true => "none is open".to_owned(),
        false => format!("open are {}", listed(open)),
    }
}

pub(super) fn suggestion(similar: &[String]) -> String {
    match similar {
        [] => String::new(),
        names => format!(
            "; did you mean {}?",
            names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ")
        ),
    }
}
