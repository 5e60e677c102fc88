//! Where results go: standard output, or files that appear together once all are on disk.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use usagebook::error::{Error, Result};
use usagebook::ingest::{FileIdentity, InputFile};
use usagebook::write::access::Access;
use usagebook::write::atomic::{AtomicFile, PreparedFile};
use usagebook::write::hashing::{Digest, Hashing, HashingWriter};
use usagebook::write::partitions::{PreparedPartitions, WrittenPartition};

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

/// Refuses a file whose folder is not there, before hours are spent on what is to be written.
pub fn check_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match folder.is_none_or(Path::is_dir) {
        true => Ok(()),
        false => {
            let source = io::Error::new(io::ErrorKind::NotFound, "its folder is not there; make it first");
            Err(Error::Unwritable { path: path.to_owned(), source })
        }
    }
}

/// Refuses a file that is to hold two things.
pub fn check_distinct(paths: &[&Path]) -> Result<()> {
    for (at, path) in paths.iter().enumerate() {
        if paths[..at].contains(path) {
            return Err(taken(path, "another file for each output"));
        }
    }
    Ok(())
}

/// Refuses to write over what was read: a dump may be the only copy of what the server said.
pub fn check_no_input(path: &Path, files: &[InputFile]) -> Result<()> {
    let Some(target) = std::fs::metadata(path).ok().as_ref().and_then(FileIdentity::of) else {
        return Ok(());
    };
    match files.iter().any(|file| file.identity == Some(target)) {
        true => Err(taken(path, "a file that is not read")),
        false => Ok(()),
    }
}

/// Refuses to write into a book: its files are nobody's but its own.
pub fn check_outside(path: &Path, book: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    match (folder.canonicalize(), book.canonicalize()) {
        (Ok(folder), Ok(book)) if folder.starts_with(&book) => Err(taken(path, "a file outside of the book")),
        _ => Ok(()),
    }
}

fn taken(path: &Path, expected: &str) -> Error {
    let value = path.display().to_string();
    Error::BadParameter { parameter: "the file to write", value, expected: expected.to_owned() }
}

/// Writes a file, short of its name.
pub fn prepare(
    path: &Path,
    access: Access,
    rows: usize,
    hashing: Hashing,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
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
