//! Files that are on disk and appear under their names together.

use std::path::Path;

use serde::Serialize;

use super::partitions::{PreparedPartitions, WrittenPartition};
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::files::atomic::{AtomicFile, PreparedFile};
use crate::files::hashing::{Digest, Hashing, HashingWriter};
use crate::files::leftovers::remove_leftovers;

/// An output as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputEntry {
    /// `-` for standard output.
    pub path: String,
    /// Rows of the report, without totals.
    pub rows: u64,
    /// The size of the file.
    pub bytes: u64,
    /// Where a manifest asks for it.
    pub sha256: Option<String>,
}

/// A file that is to be written.
#[derive(Clone, Copy, Debug)]
pub struct OutputFile<'a> {
    /// Its name, once it is whole.
    pub path: &'a Path,
    /// Who can read it, if it is new.
    pub access: Access,
    /// Whether its entry has a checksum.
    pub hashing: Hashing,
}

/// An output that is on disk, but not yet under its name. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct Output {
    /// One for each file.
    pub entries: Vec<OutputEntry>,
    pending: Pending,
}

#[derive(Debug)]
enum Pending {
    File(PreparedFile),
    Partitions(PreparedPartitions),
    /// It is written already.
    Nothing,
}

impl OutputFile<'_> {
    /// Writes that many rows to the file, short of its name. What a run that was killed left beside it is removed.
    ///
    /// # Errors
    /// A folder or disk that cannot be written to, and those of `write`.
    pub fn prepare(
        self,
        rows: usize,
        write: impl FnOnce(&mut dyn std::io::Write) -> Result<()>,
    ) -> Result<Output> {
        let Self { path, access, hashing } = self;
        remove_leftovers(path);
        let mut writer = HashingWriter::new(AtomicFile::create(path, access)?, hashing);
        // A writer does not know where it writes to.
        write(&mut writer).map_err(|error| match error {
            Error::Output { source } => Error::Unwritable { path: path.to_owned(), source },
            error => error,
        })?;
        let (file, digest) = writer.finish();
        let entries = vec![OutputEntry::new(&path.display(), rows, digest)];
        Ok(Output { entries, pending: Pending::File(file.prepare()?) })
    }
}

impl Output {
    /// Files of months.
    pub fn of_partitions(partitions: PreparedPartitions) -> Self {
        let entry = |written: &WrittenPartition| {
            OutputEntry::new(&written.path.display(), written.rows, written.digest.clone())
        };
        Self { entries: partitions.files().map(entry).collect(), pending: Pending::Partitions(partitions) }
    }

    /// What is written already, as to standard output.
    pub fn written(entry: OutputEntry) -> Self {
        Self { entries: vec![entry], pending: Pending::Nothing }
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
    /// Of what went through a writer.
    pub fn new(path: &dyn ToString, rows: usize, digest: Digest) -> Self {
        Self { path: path.to_string(), rows: rows as u64, bytes: digest.bytes, sha256: digest.sha256 }
    }
}
