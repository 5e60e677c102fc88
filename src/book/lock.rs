//! One writer at a time: a lock that has a time-out, and a note of who holds it.
//!
//! Where the file system has locks, `.book/lock` is locked, and the system ends the lock with its process.
//! `.book/holder.json` says who that is. Where it has none, that note is the lock: whoever creates it may write.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::disk::{Disk, is_unsupported};
use super::root::pretty;
use super::store::{NOT_PLAIN, Store, in_the_way, unwritable};
use crate::error::{Error, Result};
use crate::system;

/// How often it is tried again while another process writes.
const PAUSE: Duration = Duration::from_millis(20);

/// How old a note is that a process that has ended did not finish; one that runs needs no second for it.
const UNFINISHED: Duration = Duration::from_secs(60);

/// The lock, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    disk: Arc<dyn Disk>,
    holder: PathBuf,
    /// `None` where the file system has no locks.
    _file: Option<File>,
}

/// `holder.json`: who writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    process: u32,
    host: String,
    since: DateTime<Utc>,
    command: String,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before the lock ends: afterwards the note may be another writer's.
        let _ = self.disk.remove_file(&self.holder);
    }
}

impl Store {
    /// Waits for the lock.
    ///
    /// # Errors
    /// [`Error::BookLocked`] after the time-out.
    pub(crate) fn lock(&self, timeout: Duration, command: &str) -> Result<Lock> {
        let path = self.inner().join("lock");
        let holder = self.inner().join("holder.json");
        let file = self.disk.open_lock(&path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => in_the_way(&path, NOT_PLAIN),
            _ => unwritable(&path)(error),
        })?;
        let own = Holder {
            process: std::process::id(),
            host: system::host(),
            since: DateTime::from(self.disk.now()),
            command: command.to_owned(),
        };
        let start = Instant::now();
        loop {
            let locked = match self.disk.try_lock(&file) {
                Ok(true) => {
                    // Only a message needs the note.
                    let _ = self.disk.remove_file(&holder);
                    let _ = self.disk.write_new(&holder, &pretty(&own));
                    true
                }
                Ok(false) => false,
                Err(error) if is_unsupported(&error) => {
                    if self.created(&holder, &own)? {
                        return Ok(Lock { disk: Arc::clone(&self.disk), holder, _file: None });
                    }
                    self.remove_abandoned(&holder, &own.host);
                    if start.elapsed() >= timeout {
                        let note = Some(holder.clone());
                        return Err(self.locked(&holder, timeout, note));
                    }
                    false
                }
                Err(source) => return Err(Error::Unwritable { path, source }),
            };
            if locked {
                return Ok(Lock { disk: Arc::clone(&self.disk), holder, _file: Some(file) });
            }
            if start.elapsed() >= timeout {
                return Err(self.locked(&holder, timeout, None));
            }
            thread::sleep(PAUSE.min(timeout));
        }
    }

    /// Creates the note, unless another process has.
    fn created(&self, holder: &Path, own: &Holder) -> Result<bool> {
        match self.disk.write_new(holder, &pretty(own)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => {
                // Half a note would lock everybody out.
                let _ = self.disk.remove_file(holder);
                Err(unwritable(holder)(error))
            }
        }
    }

    /// Removes the note of a process of this machine that has ended, and one that was never finished.
    fn remove_abandoned(&self, holder: &Path, host: &str) {
        let found = self.holder(holder);
        let is_abandoned = match &found {
            Some(found) => found.host == host && self.disk.is_running(found.process) == Some(false),
            None => self.age(holder).is_some_and(|age| age >= UNFINISHED),
        };
        if !is_abandoned {
            return;
        }
        // Two processes may see the same note: only one of them renames it, and what it renamed must be that note.
        let aside = holder.with_file_name(format!("holder-{}.json", std::process::id()));
        if self.disk.rename(holder, &aside).is_ok() {
            if self.holder(&aside) != found {
                let _ = self.disk.rename(&aside, holder);
            }
            let _ = self.disk.remove_file(&aside);
        }
    }

    fn holder(&self, path: &Path) -> Option<Holder> {
        serde_json::from_slice(&self.read_whole(path).ok()?).ok()
    }

    fn locked(&self, holder: &Path, waited: Duration, note: Option<PathBuf>) -> Error {
        let holder = match self.holder(holder) {
            Some(Holder { process, host, since, command }) => {
                let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!("{command:?} (process {process} on {host}, since {since})")
            }
            None => "another process".to_owned(),
        };
        Error::BookLocked { path: self.folder.clone(), holder, waited, note }
    }
}
