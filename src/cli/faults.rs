//! Records that can not be used: they stop the command, or they are set aside into a file.

use std::io::Write;
use std::path::Path;

use anyhow::bail;
use usagebook::error::Error;
use usagebook::fault::Fault;
use usagebook::finding::{Code, Notice};
use usagebook::ingest::Intake;
use usagebook::report::grouped;
use usagebook::write::access::Access;
use usagebook::write::hashing::Hashing;

use super::notices::say;
use super::outputs::{self, Output};
use super::places::{self, Place};

/// As many as a person reads.
const SHOWN_MAX: usize = 20;

/// Stops where there are faults, unless a file is named for them. The file is written even if there are none,
/// so that an earlier one does not stay behind.
pub fn settle(
    intake: &mut Intake,
    rejects: Option<(&Path, Access)>,
    hashing: Hashing,
) -> anyhow::Result<Option<Output>> {
    let count = intake.faults.len();
    match rejects {
        Some((path, access)) => {
            places::check_no_input(&Place::File(path), &intake.files)?;
            let output = outputs::prepare(path, access, count, hashing, |out| write(&intake.faults, out))?;
            if count > 0 {
                intake.notices.push(set_aside(count, path));
            }
            Ok(Some(output))
        }
        None if count == 0 => Ok(None),
        None => {
            show(&intake.faults);
            bail!(
                "{} can not be used; nothing was written; correct {}, or set {} aside with --rejects FILE",
                counted(count),
                if count == 1 { "it" } else { "them" },
                if count == 1 { "it" } else { "them" },
            )
        }
    }
}

fn show(faults: &[Fault]) {
    for fault in faults.iter().take(SHOWN_MAX) {
        say(format_args!("fault: {fault}"));
    }
    if let Some(rest) = faults.len().checked_sub(SHOWN_MAX).filter(|rest| *rest > 0) {
        say(format_args!("… and {} more", grouped(rest as u64)));
    }
}

fn set_aside(count: usize, path: &Path) -> Notice {
    let stand = if count == 1 { "stands" } else { "stand" };
    let message = format!(
        "{} could not be used and {stand} with the reason in {}; the figures are without them.",
        counted(count),
        path.display()
    );
    Notice::finding(Code::SetAside, count as u64, message)
}

fn counted(count: usize) -> String {
    let noun = if count == 1 { "record or file" } else { "records or files" };
    format!("{} {noun}", grouped(count as u64))
}

/// One object a line.
fn write(faults: &[Fault], out: &mut dyn Write) -> Result<(), Error> {
    for fault in faults {
        let mut line = serde_json::to_vec(fault).expect("a fault is text and numbers");
        line.push(b'\n');
        out.write_all(&line).map_err(|source| Error::Output { source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use usagebook::fault::Reason;
    use usagebook::report::Accounting;
    use usagebook::usage::UsageFrame;

    use super::*;

    fn intake(faults: usize) -> Intake {
        let fault = Fault {
            file: "page.json".to_owned(),
            record: Some(1),
            offset: Some(1),
            field: Some("usage"),
            value: "\"12,5\"".to_owned(),
            expected: "a decimal".to_owned(),
            reason: Reason::BadValue,
            raw: "{}".to_owned(),
        };
        Intake {
            frame: UsageFrame::default(),
            accounting: Accounting::default(),
            faults: vec![fault; faults],
            notices: Vec::new(),
            files: Vec::new(),
            index_time: None,
            dumps: Vec::new(),
            record_files: Vec::new(),
            states: Vec::new(),
            has_server_counts: false,
        }
    }

    #[test]
    fn faults_stop_a_command_that_names_no_file_for_them() {
        assert!(settle(&mut intake(0), None, Hashing::Off).unwrap().is_none());
        let error = settle(&mut intake(1), None, Hashing::Off).err().unwrap().to_string();
        assert!(
            error.starts_with("1 record or file can not be used; nothing was written; correct it"),
            "{error}"
        );
        let error = settle(&mut intake(1_021), None, Hashing::Off).err().unwrap().to_string();
        assert!(error.starts_with("1,021 records or files can not be used"), "{error}");
    }

    #[test]
    fn faults_set_aside_are_a_finding_and_stand_in_their_file_one_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.ndjson");
        let mut intake = intake(2);
        let output = settle(&mut intake, Some((&path, Access::Private)), Hashing::Off).unwrap().unwrap();
        assert_eq!(output.entries[0].rows, 2);
        output.commit().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.starts_with(r#"{"file":"page.json","record":1,"#), "{text}");
        assert_eq!((intake.notices[0].code, intake.notices[0].count), (Code::SetAside, 2));
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
