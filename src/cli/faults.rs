//! Rejected records: they stop the command unless a file is named for them.

use std::path::Path;

use usagebook::error::{Error, Result};
use usagebook::fault::{Faults, Reason};
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::text::grouped;
use usagebook::usecase::Rejected;

use super::notices::say;
use super::outputs::{Output, OutputFile};

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
    let output = OutputFile { path, access, hashing }.prepare(rejected.count as usize, |out| {
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
        say(format_args!("rejected: {fault}"));
    }
    if more > 0 {
        let count = |(reason, count): (&Reason, &u64)| format!("{} {}", grouped(*count), reason.code());
        let counts: Vec<String> = faults.counts().iter().map(count).collect();
        say(format_args!("… and {} more; in all {}", grouped(more), counts.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use usagebook::ingest::{Progress, ReadRequest};
    use usagebook::usecase::incoming;

    use super::*;

    /// Writes the file for this many records without a usage; returns its rows and text.
    fn rejected(records: usize, earlier: &str) -> (u64, String) {
        let folder = tempfile::tempdir().unwrap();
        let (file, rejects) = (folder.path().join("page.json"), folder.path().join("rejects.ndjson"));
        std::fs::write(&file, format!("[{}]", vec![r#"{"uuid":"1"}"#; records].join(","))).unwrap();
        std::fs::write(&rejects, earlier).unwrap();
        let request = ReadRequest::new([file.display().to_string()]);
        let mut incoming = incoming(&request, Some("rejects"), &Arc::new(Progress::default())).unwrap();
        let place = Some((rejects.as_path(), Access::Private));
        let output = prepare(&mut incoming.rejected, place, Hashing::Off).unwrap().unwrap();
        let rows = output.entries[0].rows;
        output.commit().unwrap();
        (rows, std::fs::read_to_string(&rejects).unwrap())
    }

    #[test]
    fn rejected_records_are_in_their_file_one_a_line() {
        let (rows, text) = rejected(2, "");
        assert_eq!((rows, text.lines().count()), (2, 2));
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["record"], &first["raw"]), (&1.into(), &r#"{"uuid":"1"}"#.into()));
    }

    #[test]
    fn an_earlier_file_of_rejected_records_does_not_stay_behind() {
        assert_eq!(rejected(0, "old"), (0, String::new()));
    }
}
