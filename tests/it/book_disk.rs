//! Disks that fail, stop, do not sync, or can not be written to.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use usagebook::book::disk::{Disk, RealDisk};

/// How an operation goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It fails, and nothing is done.
    Broken,
    /// The disk is full; of bytes to write, half are written.
    Short,
    /// The process ends before it: nothing more is done.
    Stop,
}

impl Failure {
    pub const ALL: [Self; 3] = [Self::Broken, Self::Short, Self::Stop];
}

/// A disk on which one operation goes wrong.
#[derive(Debug)]
pub struct FailingDisk {
    failure: Failure,
    /// The number of that operation, from 0.
    at: usize,
    done: AtomicUsize,
}

impl FailingDisk {
    pub fn new(failure: Failure, at: usize) -> Self {
        Self { failure, at, done: AtomicUsize::new(0) }
    }

    /// Counts operations; none goes wrong.
    pub fn counting() -> Self {
        Self::new(Failure::Broken, usize::MAX)
    }

    pub fn operations(&self) -> usize {
        self.done.load(Ordering::SeqCst)
    }

    fn pass<T>(&self, operation: impl FnOnce() -> io::Result<T>, half: impl FnOnce()) -> io::Result<T> {
        let number = self.done.fetch_add(1, Ordering::SeqCst);
        match self.failure {
            Failure::Stop if number >= self.at => {
                Err(io::Error::new(ErrorKind::Interrupted, "the process has ended"))
            }
            _ if number != self.at => operation(),
            Failure::Short => {
                half();
                Err(ErrorKind::StorageFull.into())
            }
            _ => Err(io::Error::from_raw_os_error(5)),
        }
    }
}

impl Disk for FailingDisk {
    fn open(&self, path: &Path) -> io::Result<File> {
        self.pass(|| RealDisk.open(path), || {})
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.pass(|| RealDisk.open_lock(path), || {})
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.pass(|| RealDisk.list(folder), || {})
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.pass(|| RealDisk.read_link(path), || {})
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.make_folder(path), || {})
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let half = || _ = RealDisk.write_new(path, &bytes[..bytes.len() / 2]);
        self.pass(|| RealDisk.write_new(path, bytes), half)
    }

    fn sync(&self, _: &Path) -> io::Result<()> {
        self.pass(|| Ok(()), || {})
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.rename(from, to), || {})
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.link(from, to), || {})
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.symlink(target, link), || {})
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.remove_file(path), || {})
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.pass(|| RealDisk.remove_folder(path), || {})
    }
}

/// A disk that leaves the syncing to the system: for tests that write a lot.
#[derive(Debug)]
pub struct UnsyncedDisk;

/// A medium that can only be read.
#[derive(Debug)]
pub struct ReadOnlyDisk;

/// A file system that knows no second names of files.
#[derive(Debug)]
pub struct UnlinkedDisk;

macro_rules! disk {
    ($disk:ty, $written:expr, $synced:expr, $linked:expr) => {
        impl Disk for $disk {
            fn open(&self, path: &Path) -> io::Result<File> {
                RealDisk.open(path)
            }

            fn open_lock(&self, path: &Path) -> io::Result<File> {
                $written?;
                RealDisk.open_lock(path)
            }

            fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
                RealDisk.list(folder)
            }

            fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
                RealDisk.read_link(path)
            }

            fn make_folder(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk.make_folder(path)
            }

            fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
                $written?;
                RealDisk.write_new(path, bytes)
            }

            fn sync(&self, _: &Path) -> io::Result<()> {
                $synced
            }

            fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
                $written?;
                RealDisk.rename(from, to)
            }

            fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
                $linked?;
                RealDisk.link(from, to)
            }

            fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
                $written?;
                RealDisk.symlink(target, link)
            }

            fn remove_file(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk.remove_file(path)
            }

            fn remove_folder(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk.remove_folder(path)
            }
        }
    };
}

fn refused(kind: ErrorKind) -> io::Result<()> {
    Err(kind.into())
}

disk!(UnsyncedDisk, Ok::<(), io::Error>(()), Ok(()), Ok::<(), io::Error>(()));
disk!(
    ReadOnlyDisk,
    refused(ErrorKind::ReadOnlyFilesystem),
    refused(ErrorKind::ReadOnlyFilesystem),
    refused(ErrorKind::ReadOnlyFilesystem)
);
disk!(UnlinkedDisk, Ok::<(), io::Error>(()), Ok(()), refused(ErrorKind::Unsupported));
