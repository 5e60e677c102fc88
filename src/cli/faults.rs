//! Rejected records: shown where they stop the command, or written into a file.

use std::path::Path;

use usagebook::error::{Error, Result};
use usagebook::fault::{Faults, Reason};
use usagebook::report::grouped;
use usagebook::usecase::Rejected;
use usagebook::write::access::Access;
use usagebook::write::hashing::Hashing;

use super::notices::say;
use super::outputs::Output;

/// As many as a person reads.
const SHOWN_MAX: usize = 20;

/// Writes the file for rejected records, one object a line. It is written even if there are none, so that an earlier
/// one does not stay behind.
pub fn prepare(
    rejected: &mut Rejected,
    rejects: Option<(&Path, Access)>,
    hashing: Hashing,
) -> Result<Option<Output>> {
    let Some((path, access)) = rejects else { return Ok(None) };
    let output = Output::prepare(path, access, rejected.count as usize, hashing, |out| {
        let written = rejected.records.as_mut().map_or(Ok(()), |records| records.write(out));
        written.map_err(|source| Error::Output { source })
    });
    output.map(Some)
}

/// Prints the first of them, and how many there are of each kind.
pub fn show(faults: &Faults) {
    let shown = faults.first().iter().take(SHOWN_MAX);
    let more = faults.count() - shown.len() as u64;
    for fault in shown {
        say(format_args!("fault: {fault}"));
    }
    if more > 0 {
        let count = |(reason, count): (&Reason, &u64)| format!("{} {}", grouped(*count), reason.code());
        let counts: Vec<String> = faults.counts().iter().map(count).collect();
        say(format_args!("… and {} more; in all {}", grouped(more), counts.join(", ")));
    }
}
