//! Disks that fail, stop, do not sync, or cannot be written to.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use usagebook::book::disk::{Disk, RealDisk};

/// The variable that has the tests of books run on another disk than the machine's.
pub const DISK_VARIABLE: &str = "USAGEBOOK_TEST_DISK";

/// The disk that the tests of books write to: this machine's, or one without links and locks.
pub fn disk() -> Arc<dyn Disk> {
    match std::env::var(DISK_VARIABLE).as_deref() {
        Ok("unlinked") => Arc::new(UnlinkedDisk),
        _ => Arc::new(UnsyncedDisk),
    }
}

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
    disk: Arc<dyn Disk>,
    failure: Failure,
    /// The number of that operation, from 0.
    at: usize,
    done: AtomicUsize,
}

impl FailingDisk {
    pub fn new(failure: Failure, at: usize) -> Self {
        Self { disk: disk(), failure, at, done: AtomicUsize::new(0) }
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
        self.pass(|| self.disk.open(path), || {})
    }

    fn open_lock(&self, path: &Path) -> io::Result<File> {
        self.pass(|| self.disk.open_lock(path), || {})
    }

    fn try_lock(&self, file: &File) -> io::Result<bool> {
        self.pass(|| self.disk.try_lock(file), || {})
    }

    fn lock_shared(&self, file: &File) -> io::Result<()> {
        self.pass(|| self.disk.lock_shared(file), || {})
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        self.pass(|| self.disk.list(folder), || {})
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.pass(|| self.disk.read_link(path), || {})
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        self.pass(|| self.disk.make_folder(path), || {})
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let half = || _ = self.disk.write_new(path, &bytes[..bytes.len() / 2]);
        self.pass(|| self.disk.write_new(path, bytes), half)
    }

    fn sync(&self, _: &Path) -> io::Result<()> {
        self.pass(|| Ok(()), || {})
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(|| self.disk.rename(from, to), || {})
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.pass(|| self.disk.link(from, to), || {})
    }

    fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
        self.pass(|| self.disk.symlink(target, link), || {})
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.pass(|| self.disk.remove_file(path), || {})
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.pass(|| self.disk.remove_folder(path), || {})
    }

    fn modified(&self, path: &Path) -> io::Result<SystemTime> {
        self.disk.modified(path)
    }

    fn now(&self) -> SystemTime {
        self.disk.now()
    }

    fn is_running(&self, process: u32) -> Option<bool> {
        self.disk.is_running(process)
    }
}

/// A disk that leaves the syncing to the system: for tests that write a lot.
#[derive(Debug)]
pub struct UnsyncedDisk;

/// A disk on which a time has passed since the files were written.
#[derive(Debug)]
pub struct LaterDisk(pub Duration);

/// A medium that can only be read.
#[derive(Debug)]
pub struct ReadOnlyDisk;

/// A file system that knows neither links nor locks.
#[derive(Debug)]
pub struct UnlinkedDisk;

macro_rules! disk {
    ($disk:ty, $written:expr, $linked:expr, $later:expr) => {
        impl Disk for $disk {
            fn open(&self, path: &Path) -> io::Result<File> {
                RealDisk::default().open(path)
            }

            fn open_lock(&self, path: &Path) -> io::Result<File> {
                $written?;
                RealDisk::default().open_lock(path)
            }

            fn try_lock(&self, file: &File) -> io::Result<bool> {
                $linked?;
                RealDisk::default().try_lock(file)
            }

            fn lock_shared(&self, file: &File) -> io::Result<()> {
                $linked?;
                RealDisk::default().lock_shared(file)
            }

            fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
                RealDisk::default().list(folder)
            }

            fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
                RealDisk::default().read_link(path)
            }

            fn make_folder(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk::default().make_folder(path)
            }

            fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
                $written?;
                RealDisk::default().write_new(path, bytes)
            }

            fn sync(&self, _: &Path) -> io::Result<()> {
                $written
            }

            fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
                $written?;
                RealDisk::default().rename(from, to)
            }

            fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
                $linked?;
                RealDisk::default().link(from, to)
            }

            fn symlink(&self, target: &Path, link: &Path) -> io::Result<()> {
                $linked?;
                RealDisk::default().symlink(target, link)
            }

            fn remove_file(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk::default().remove_file(path)
            }

            fn remove_folder(&self, path: &Path) -> io::Result<()> {
                $written?;
                RealDisk::default().remove_folder(path)
            }

            fn modified(&self, path: &Path) -> io::Result<SystemTime> {
                RealDisk::default().modified(path)
            }

            fn now(&self) -> SystemTime {
                let later: fn(&Self) -> Duration = $later;
                RealDisk::default().now() + later(self)
            }

            fn is_running(&self, process: u32) -> Option<bool> {
                RealDisk::default().is_running(process)
            }
        }
    };
}

fn refused(kind: ErrorKind) -> io::Result<()> {
    Err(kind.into())
}

disk!(UnsyncedDisk, Ok::<(), io::Error>(()), Ok::<(), io::Error>(()), |_| Duration::ZERO);
disk!(LaterDisk, Ok::<(), io::Error>(()), Ok::<(), io::Error>(()), |disk| disk.0);
disk!(UnlinkedDisk, Ok::<(), io::Error>(()), refused(ErrorKind::Unsupported), |_| Duration::ZERO);
disk!(ReadOnlyDisk, refused(ErrorKind::ReadOnlyFilesystem), refused(ErrorKind::ReadOnlyFilesystem), |_| {
    Duration::ZERO
});
