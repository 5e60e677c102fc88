//! Where results go: standard output, or files that appear together once all are on disk.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use usagebook::error::{Error, Result};
use usagebook::ingest::InputFile;
use usagebook::write::access::Access;
use usagebook::write::atomic::{AtomicFile, PreparedFile};
use usagebook::write::hashing::{Digest, Hashing, HashingWriter};
use usagebook::write::leftovers::remove_leftovers;
use usagebook::write::partitions::{PreparedPartitions, WrittenPartition};

use super::places::{self, Place};

/// An output as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputEntry {
    /// `-` for standard output.
    pub path: String,
    pub rows: u64,
    pub bytes: u64,
    /// Where a manifest asks for it.
    pub sha256: Option<String>,
}

/// An output that is on disk, but not yet under its name. Dropped, it leaves no trace.
pub struct Output {
    pub entries: Vec<OutputEntry>,
    pending: Pending,
}

enum Pending {
    File(PreparedFile),
    Partitions(PreparedPartitions),
    /// It is written already.
    Nothing,
}

impl Output {
    pub fn of_partitions(partitions: PreparedPartitions) -> Self {
        let entry = |written: &WrittenPartition| {
            OutputEntry::new(&written.path.display(), written.rows, written.digest.clone())
        };
        Self { entries: partitions.files().map(entry).collect(), pending: Pending::Partitions(partitions) }
    }

    /// Refuses files that were read.
    pub fn check_no_input(&self, inputs: &[InputFile]) -> Result<()> {
        let written = self.entries.iter().filter(|entry| entry.path != "-");
        written
            .map(|entry| Path::new(&entry.path))
            .try_for_each(|path| places::check_no_input(&Place::File(path), inputs))
    }

    /// Puts it under its name.
    pub fn commit(self) -> Result<()> {
        match self.pending {
            Pending::File(file) => file.commit(),
            Pending::Partitions(partitions) => partitions.commit().map(|_| ()),
            Pending::Nothing => Ok(()),
        }
    }
}

impl OutputEntry {
    pub fn new(path: &dyn ToString, rows: usize, digest: Digest) -> Self {
        Self { path: path.to_string(), rows: rows as u64, bytes: digest.bytes, sha256: digest.sha256 }
    }
}

/// Writes a file, short of its name. What a run that was killed left beside it is removed.
pub fn prepare(
    path: &Path,
    access: Access,
    rows: usize,
    hashing: Hashing,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    remove_leftovers(path);
    let mut writer = HashingWriter::new(AtomicFile::create(path, access)?, hashing);
    write(&mut writer).map_err(|error| named(error, path))?;
    let (file, digest) = writer.finish();
    let entries = vec![OutputEntry::new(&path.display(), rows, digest)];
    Ok(Output { entries, pending: Pending::File(file.prepare()?) })
}

/// Writes to standard output.
pub fn print(
    rows: usize,
    hashing: Hashing,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    let mut writer = HashingWriter::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()), hashing);
    write(&mut writer)?;
    writer.flush().map_err(|source| Error::Output { source })?;
    let (_, digest) = writer.finish();
    Ok(Output { entries: vec![OutputEntry::new(&"-", rows, digest)], pending: Pending::Nothing })
}

/// The error of a writer that does not know where it writes to.
fn named(error: Error, path: &Path) -> Error {
    match error {
        Error::Output { source } => Error::Unwritable { path: path.to_owned(), source },
        error => error,
    }
}
