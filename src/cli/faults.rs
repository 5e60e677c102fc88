//! Rejected records: they stop the command unless a file is named for them.

use usagebook::fault::{Faults, Reason};
use usagebook::text::grouped;

use super::notices::say;

/// As many as a person reads.
const SHOWN_MAX: usize = 20;

/// Prints the first of them, and how many there are of each kind.
pub fn show(faults: &Faults) {
    let shown = faults.first().iter().take(SHOWN_MAX);
    let more = faults.count() - shown.len() as u64;
    for fault in shown {
        say(format_args!("rejected: {fault}"));
    }
    if more > 0 {
        let count = |(reason, count): (&Reason, &u64)| format!("{} {}", grouped(*count), reason.code());
        let counts: Vec<String> = faults.counts().iter().map(count).collect();
        say(format_args!("… and {} more; in all {}", grouped(more), counts.join(", ")));
    }
}
