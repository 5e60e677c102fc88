//! Files that appear whole or not at all.
//!
//! Several outputs are prepared first and committed then, so that a disk that is full leaves all of them as
//! they were.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::BUFFER_SIZE;
use super::access::Access;
use super::leftovers;
use crate::error::{Error, Result};
use crate::system::{self, NAMED_PIPE};

/// A file being written under a temporary name. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    /// Takes the target's place once all is written.
    Replacement {
        writer: BufWriter<NamedTempFile>,
        /// What it gets once it is written; until then its owner alone can read it.
        permissions: Permissions,
    },
    /// A device or pipe, which nothing can take the place of.
    Through(BufWriter<File>),
}

/// A file that is on disk, but not yet under its name. Dropped, it leaves no trace.
#[derive(Debug)]
#[must_use = "a prepared file appears when it is committed"]
pub struct PreparedFile {
    target: PathBuf,
    /// None if the bytes went straight through.
    replacement: Option<NamedTempFile>,
}

impl AtomicFile {
    /// Opens a temporary file beside the target. A device or pipe is opened itself. A file that is replaced keeps its
    /// permissions, whatever access is asked for.
    pub fn create(target: &Path, access: Access) -> Result<Self> {
        Self::open(target, access).map_err(|source| unwritable(target, source))
    }

    fn open(target: &Path, access: Access) -> io::Result<Self> {
        let metadata = fs::metadata(target).ok();
        if metadata.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if !is_stream(target)
            && metadata.as_ref().is_some_and(|metadata| system::kind(metadata) == NAMED_PIPE)
        {
            let reason =
                "a named pipe, which may never have a reader; write to standard output and redirect it there";
            return Err(io::Error::other(reason));
        }
        if is_stream(target) || metadata.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().append(true).open(target)?;
            return Ok(Self { target: target.to_owned(), sink: Sink::Through(BufWriter::new(file)) });
        }
        // The file that a link points to is replaced, not the link.
        let target = match metadata {
            Some(_) => fs::canonicalize(target)?,
            None => target.to_owned(),
        };
        let file = temporary_beside(&target, if metadata.is_some() { Access::Private } else { access })?;
        let permissions = match metadata {
            Some(metadata) => metadata.permissions(),
            None => file.as_file().metadata()?.permissions(),
        };
        make_private(file.as_file())?;
        let writer = BufWriter::with_capacity(BUFFER_SIZE, file);
        Ok(Self { target, sink: Sink::Replacement { writer, permissions } })
    }

    /// Brings everything to disk, short of the last step.
    pub fn prepare(self) -> Result<PreparedFile> {
        let target = self.target;
        match Self::synced(self.sink) {
            Ok(replacement) => Ok(PreparedFile { target, replacement }),
            Err(source) => Err(unwritable(&target, source)),
        }
    }

    fn synced(sink: Sink) -> io::Result<Option<NamedTempFile>> {
        match sink {
            Sink::Replacement { writer, permissions } => {
                let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
                if file.as_file().metadata()?.permissions() != permissions {
                    file.as_file().set_permissions(permissions)?;
                }
                file.as_file().sync_all()?;
                Ok(Some(file))
            }
            Sink::Through(mut writer) => {
                writer.flush()?;
                Ok(None)
            }
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match &mut self.sink {
            Sink::Replacement { writer, .. } => writer.write(buffer),
            Sink::Through(writer) => writer.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Replacement { writer, .. } => writer.flush(),
            Sink::Through(writer) => writer.flush(),
        }
    }
}

impl PreparedFile {
    /// Puts the file under its name, in one step.
    pub fn commit(self) -> Result<()> {
        let Some(file) = self.replacement else { return Ok(()) };
        file.persist(&self.target)
            .map_err(|error| error.error)
            .and_then(|_| sync_folder(folder_of(&self.target)))
            .map_err(|source| unwritable(&self.target, source))
    }
}

/// Makes a rename or removal in a folder last.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Other systems do not open folders.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

pub(crate) fn unwritable(path: &Path, source: io::Error) -> Error {
    Error::Unwritable { path: path.to_owned(), source }
}

/// Whether the path names an open stream of a process, which may be a regular file that is appended to.
fn is_stream(path: &Path) -> bool {
    ["/dev/stdout", "/dev/stderr"].map(Path::new).contains(&path)
        || ["/dev/fd", "/proc"].iter().any(|folder| path.starts_with(folder))
}

pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// A hidden file in the target's folder, so that the rename stays on one disk.
fn temporary_beside(target: &Path, access: Access) -> io::Result<NamedTempFile> {
    let (prefix, mut builder) = leftovers::names(target)?;
    builder.prefix(&prefix).make_in(folder_of(target), |path| {
        let file = access.create_file(path)?;
        leftovers::claim(&file, path)?;
        Ok(file)
    })
}

/// Keeps a file to its owner until it is whole: a run that is killed leaves it behind.
fn make_private(file: &File) -> io::Result<()> {
    let is_open = system::mode(&file.metadata()?).is_some_and(|mode| mode & 0o077 != 0);
    match system::permissions(0o600).filter(|_| is_open) {
        Some(private) => file.set_permissions(private),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_appears_when_it_is_committed_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.csv");
        fs::write(&target, "old").unwrap();
        let mut file = AtomicFile::create(&target, Access::Public).unwrap();
        file.write_all(b"new").unwrap();
        let prepared = file.prepare().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        prepared.commit().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(names(folder.path()), ["report.csv"]);
    }

    #[test]
    fn what_is_dropped_leaves_no_trace() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.csv");
        let mut file = AtomicFile::create(&target, Access::Public).unwrap();
        file.write_all(b"half").unwrap();
        assert!(names(folder.path()).iter().all(|name| name.starts_with('.')));
        drop(file);
        drop(AtomicFile::create(&target, Access::Public).unwrap().prepare().unwrap());
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        for target in [folder.path().to_owned(), folder.path().join("missing/report.csv")] {
            let error = AtomicFile::create(&target, Access::Public).map(drop).unwrap_err();
            assert!(error.to_string().starts_with(&target.display().to_string()), "{error}");
        }
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.csv");
        fs::write(&target, "old").unwrap();
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
        AtomicFile::create(&target, Access::Public).unwrap().prepare().unwrap().commit().unwrap();
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_file_is_its_owners_until_it_is_whole_and_then_as_it_was_asked_for() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for access in [Access::Private, Access::Group, Access::Public] {
            let folder = tempfile::tempdir().unwrap();
            let (target, other) = (folder.path().join("rejects.ndjson"), folder.path().join("other"));
            let file = AtomicFile::create(&target, access).unwrap();
            assert_eq!(mode(&folder.path().join(&names(folder.path())[0])), 0o600);
            file.prepare().unwrap().commit().unwrap();
            access.create_file(&other).unwrap();
            assert_eq!(mode(&target), mode(&other), "{access:?}");
        }
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("report.csv"), folder.path().join("latest.csv"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut file = AtomicFile::create(&link, Access::Public).unwrap();
        file.write_all(b"new").unwrap();
        file.prepare().unwrap().commit().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_named_pipe_that_nobody_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = AtomicFile::create(&pipe, Access::Public).map(drop).unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("a named pipe, which may never have a reader"), "{cause}");
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        use std::os::unix::fs::FileTypeExt;
        let mut file = AtomicFile::create(Path::new("/dev/null"), Access::Public).unwrap();
        file.write_all(b"gone").unwrap();
        file.prepare().unwrap().commit().unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    }
}
