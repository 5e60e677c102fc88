//! What the targets share: bytes as the file that a person would give, and what must hold whatever they are.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use tempfile::TempDir;
use usagebook::{Progress, ReadRequest, read};

/// A folder for the process, on a disk in memory where the machine has one.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    folder.expect("a temporary folder")
});

/// Writes the bytes under a name.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = FOLDER.path().join(name);
    std::fs::write(&path, bytes).expect("the temporary folder takes a file");
    path
}

/// Reads the bytes as a dump: every record is accounted for and every fault says what was expected, or an error says
/// why nothing was read.
pub fn survive_dump(name: &str, bytes: &[u8]) {
    survive_inputs(&[file(name, bytes)]);
}

/// The same of several files together.
pub fn survive_inputs(paths: &[PathBuf]) {
    let inputs = paths.iter().map(|path| path.display().to_string());
    let request = ReadRequest { threads: Some(1), ..ReadRequest::new(inputs) };
    match read(&request, &Arc::new(Progress::default())) {
        Ok(intake) => {
            assert!(intake.accounting.is_balanced(), "{}", intake.accounting);
            assert!(intake.faults.first().iter().all(|fault| !fault.expected.is_empty()));
        }
        Err(error) => assert_ne!(error.to_string(), ""),
    }
}

/// Asks that a refusal says something.
pub fn survive<T>(outcome: usagebook::Result<T>) {
    if let Err(error) = outcome {
        assert_ne!(error.to_string(), "");
    }
}
