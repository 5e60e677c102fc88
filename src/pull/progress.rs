//! How far a pull has come, for whoever watches, and whether it shall go on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counters that grow while a pull runs.
#[derive(Debug, Default)]
pub struct PullProgress {
    /// Shares of the whole that are read, and that there are.
    pub slices: AtomicU64,
    /// How many there are; it is known once the portal has counted them.
    pub slices_total: AtomicU64,
    /// How many pages were read, those that were read again included.
    pub pages: AtomicU64,
    /// Different records.
    pub records: AtomicU64,
    /// As the server counts them.
    pub records_total: AtomicU64,
    /// How many requests were sent, those that were sent once more included.
    pub requests: AtomicU64,
    /// Requests that were sent once more.
    pub retries: AtomicU64,
    /// Why a request is being sent once more.
    trouble: Mutex<String>,
    is_interrupted: AtomicBool,
}

impl PullProgress {
    /// Makes the pull stop as soon as it can.
    pub fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked for a stop.
    pub fn is_interrupted(&self) -> bool {
        self.is_interrupted.load(Ordering::Relaxed)
    }

    /// Why it does not go on at the moment; empty where it does.
    pub fn trouble(&self) -> String {
        self.trouble.lock().map(|trouble| trouble.clone()).unwrap_or_default()
    }

    pub(super) fn set_trouble(&self, text: String) {
        if let Ok(mut trouble) = self.trouble.lock() {
            *trouble = text;
        }
    }

    pub(super) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}
