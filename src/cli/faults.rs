//! Rejected records: they stop the command unless a file is named for them.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use usagebook::error::Error;
use usagebook::fault::{Faults, Reason};
use usagebook::ingest::{Intake, Rejects};
use usagebook::notice::{Code, Notice};
use usagebook::report::grouped;
use usagebook::write::access::Access;
use usagebook::write::hashing::Hashing;

use super::notices::say;
use super::outputs::{self, Output};
use super::places::{self, Place};

/// As many as a person reads.
const SHOWN_MAX: usize = 20;

/// Stops if there are faults, unless a file is named for them. The file is written even if there are none,
/// so that an earlier one does not stay behind.
pub fn settle(
    intake: &mut Intake,
    rejects: Option<(&Path, Access)>,
    hashing: Hashing,
) -> anyhow::Result<Option<Output>> {
    let count = intake.faults.count();
    match rejects {
        Some((path, access)) => {
            places::check_no_input(&Place::File(path), &intake.files)?;
            let rows = count as usize;
            let output =
                outputs::prepare(path, access, rows, hashing, |out| write(&mut intake.rejects, out))?;
            if count > 0 {
                intake.notices.push(rejected(count, path));
            }
            Ok(Some(output))
        }
        None if count == 0 => Ok(None),
        None => {
            show(&intake.faults);
            bail!(
                "{} rejected, so nothing was written; correct {}, or continue without {}: --rejects FILE",
                counted(count),
                if count == 1 { "it" } else { "them" },
                if count == 1 { "it" } else { "them" },
            )
        }
    }
}

fn show(faults: &Faults) {
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

fn rejected(count: u64, path: &Path) -> Notice {
    let list = if count == 1 { "is listed with its reason" } else { "are listed with their reasons" };
    let message = format!(
        "{} rejected and {list} in {}; the figures do not include {}.",
        counted(count),
        path.display(),
        if count == 1 { "it" } else { "them" },
    );
    Notice::warning(Code::Rejected, count, message)
}

fn counted(count: u64) -> String {
    let noun = if count == 1 { "record or file was" } else { "records or files were" };
    format!("{} {noun}", grouped(count))
}

/// One object a line.
fn write(rejects: &mut Option<Rejects>, out: &mut dyn Write) -> Result<(), Error> {
    rejects.as_mut().map_or(Ok(()), |rejects| rejects.write(out)).map_err(|source| Error::Output { source })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use usagebook::ingest::{self, Progress, ReadRequest};

    use super::*;

    /// What is read of this many records without a usage.
    fn intake(faults: usize) -> Intake {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.json");
        std::fs::write(&file, format!("[{}]", vec![r#"{"uuid":"1"}"#; faults].join(","))).unwrap();
        ingest::read(&ReadRequest::new([file.display().to_string()]), &Arc::new(Progress::default())).unwrap()
    }

    #[test]
    fn faults_stop_a_command_that_names_no_file_for_them() {
        assert!(settle(&mut intake(0), None, Hashing::Off).unwrap().is_none());
        let error = settle(&mut intake(1), None, Hashing::Off).err().unwrap().to_string();
        assert!(
            error.starts_with("1 record or file was rejected, so nothing was written; correct it"),
            "{error}"
        );
        let error = settle(&mut intake(1_021), None, Hashing::Off).err().unwrap().to_string();
        assert!(error.starts_with("1,021 records or files were rejected"), "{error}");
    }

    #[test]
    fn faults_rejected_are_a_warning_and_stand_in_their_file_one_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        let mut intake = intake(2);
        let output = settle(&mut intake, Some((&path, Access::Private)), Hashing::Off).unwrap().unwrap();
        assert_eq!(output.entries[0].rows, 2);
        output.commit().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        let first: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!((&first["record"], &first["raw"]), (&1.into(), &r#"{"uuid":"1"}"#.into()));
        assert_eq!((intake.notices[0].code, intake.notices[0].count), (Code::Rejected, 2));
    }

    #[test]
    fn an_earlier_file_of_faults_does_not_stay_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        std::fs::write(&path, "old").unwrap();
        let mut intake = intake(0);
        settle(&mut intake, Some((&path, Access::Private)), Hashing::Off).unwrap().unwrap().commit().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        assert_eq!(intake.notices, []);
    }
}
