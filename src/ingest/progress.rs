//! How far a reading has come, for whoever watches, and whether it shall stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Counters that grow while inputs are read.
#[derive(Debug, Default)]
pub struct Progress {
    /// Known once the inputs are listed.
    pub files_total: AtomicU64,
    /// Bytes on disk, compressed where files are.
    pub bytes_total: AtomicU64,
    /// How many files are read to the end.
    pub files: AtomicU64,
    /// How many bytes are read of those files that are on disk.
    pub bytes: AtomicU64,
    /// How many records are read, those that will be rejected included.
    pub records: AtomicU64,
    is_interrupted: AtomicBool,
}

impl Progress {
    /// Asks the reading to stop as soon as it can.
    pub fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for a stop.
    pub fn is_interrupted(&self) -> bool {
        self.is_interrupted.load(Ordering::Relaxed)
    }

    /// # Errors
    /// Somebody asked for a stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_interrupted() { Err(Error::Interrupted) } else { Ok(()) }
    }

    pub(crate) fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }
}
