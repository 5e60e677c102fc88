//! Every operation of a book on files goes through here, so that tests can fail or stop at each of them in turn.

use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::files::access::Access;
use crate::system;

/// What a book asks of a file system.
pub trait Disk: Debug + Send + Sync {
    /// Opens a plain file for reading.
    fn open(&self, path: &Path) -> io::Result<File>;
    /// Opens a file to lock it, and makes it where it is not there.
    fn open_lock(&self, path: &Path) -> io::Result<File>;
    /// Locks a file for writing until it is dropped. Returns whether nobody else holds it.
    fn try_lock(&self, file: &File) -> io::Result<bool>;
    /// Locks a file for reading until it is dropped.
    fn lock_shared(&self, file: &File) -> io::Result<()>;
    /// The names in a folder, in order.
    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>>;
    /// Where a link points to.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;
    /// Makes a folder whose parent is there.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that is not there yet.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Brings a file's bytes, or a folder's names, to the medium.
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Gives a file or link another name, in place of what has it, in one step.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Makes a link that a reader follows.
    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()>;
    /// Removes a file or link.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// Removes a folder that is empty.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;
    /// When a file was written last.
    fn modified(&self, path: &Path) -> io::Result<SystemTime>;
    /// The time now: how long something waits is measured from here.
    fn now(&self) -> SystemTime;
    /// Whether a process of this machine runs; `None` if the system does not tell.
    fn is_running(&self, process: u32) -> Option<bool>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk {
    /// Who can read what is created.
    pub access: Access,
}

impl Disk for RealDisk {
    fn open(&self, path: &Path) -> io::Result<File> {
        check_plain(path)?;
        File::open(path)
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        match check_plain(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.access.open(path, OpenOptions::new().write(true).create(true).truncate(false))
    }

    fn try_lock(&self, file: &File) -> io::Result<bool> {
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn lock_shared(&self, file: &File) -> io::Result<()> {
        file.lock_shared()
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut names =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
        names.sort();
        Ok(names)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        fs::read_link(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.access.create_folder(path)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.access.create_file(path)?.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        system::symlink(target, link)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        fs::symlink_metadata(path)?.modified()
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn is_running(&self, process: u32) -> Option<bool> {
        system::is_running(process)
    }
}

/// A pipe or device in a file's place could make the reader wait for ever.
fn check_plain(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path)?.is_file() {
        true => Ok(()),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, "it is not a plain file")),
    }
}

/// Whether a file system refuses something because it does not have it: links, locks.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied, io::ErrorKind::TooManyLinks];
    kinds.contains(&error.kind()) || system::is_without_locks(error)
}
