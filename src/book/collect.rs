//! Removing what a book no longer needs: only against a proved manifest, only after a time, and never a condition of
//! writing.
//!
//! A generation that is not current is marked, and stays for [`GRACE`]: for readers on file systems without locks, for
//! other programs that read its months, and for a root that has to be put back. So do files that no manifest names. What
//! a generation needs whose manifest is lost is not known: until that generation goes, all files stay. After a repair
//! that put another generation back everything stays for [`GRACE`].

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::manifest::Manifest;
use super::root::{SUPERSEDED, number_of};
use super::store::{MANIFEST, MARKER, MONTHS, Store, is_own_file};
use super::writer::files_of;
use crate::error::{Error, Result};

/// How long something stays that is no longer needed: a day.
pub(crate) const GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// An empty file: when a repair put a generation back.
pub(super) const REPAIRED: &str = "repaired";

/// The current generation: what is kept whatever its age.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Current<'a> {
    pub name: &'a str,
    pub manifest: &'a Manifest,
}

impl Store {
    /// Removes temporary files, and what has not been needed for long enough. Returns what could not be removed.
    pub(crate) fn collect(&self, current: Option<Current>) -> Vec<String> {
        let mut notes = Vec::new();
        // A rename that an earlier writer did not bring to the medium must not be lost once its forerunner is removed.
        if let Err(error) = self.sync(&self.folder) {
            return vec![reason(&error)];
        }
        let temporary = self.temporary();
        let is_own = |name: &OsString| name.to_str().is_some_and(is_own_temporary);
        for name in self.list(&temporary).unwrap_or_default().iter().filter(|name| is_own(name)) {
            note(&mut notes, self.remove(&temporary.join(name)));
        }
        let repaired = self.repaired();
        if self.disk.modified(&repaired).is_ok() {
            if !self.is_due(&repaired) {
                return notes;
            }
            note(&mut notes, self.remove(&repaired));
        }
        match current.map(|current| self.collect_generations(current, &mut notes)) {
            Some(Ok(Some(needed))) => self.collect_files(&needed, &mut notes),
            Some(Err(error)) => notes.push(reason(&error)),
            Some(Ok(None)) | None => {}
        }
        notes
    }

    /// The file that says when a generation was put back.
    pub(super) fn repaired(&self) -> PathBuf {
        self.inner().join(REPAIRED)
    }

    /// Returns the names of the files that are still needed; `None` if a generation stays that does not say what it
    /// needs.
    fn collect_generations(
        &self,
        current: Current,
        notes: &mut Vec<String>,
    ) -> Result<Option<BTreeSet<String>>> {
        let mut needed = files_of(current.manifest);
        let mut is_known = true;
        let proved = self.candidates()?;
        for name in self.list(&self.generations())? {
            let Some(name) = name.to_str().filter(|name| number_of(name).is_some() && *name != current.name)
            else {
                continue;
            };
            let folder = self.generations().join(name);
            let mark = folder.join(SUPERSEDED);
            if self.disk.modified(&mark).is_err() {
                note(notes, self.write_new(&mark, b""));
            }
            if self.is_due(&mark) && !self.is_held(name) {
                note(notes, self.remove_generation(&folder));
            } else {
                let candidate = proved.iter().find(|candidate| candidate.name == name);
                is_known &= candidate.is_some();
                needed.extend(candidate.into_iter().flat_map(|candidate| files_of(&candidate.manifest)));
            }
        }
        Ok(is_known.then_some(needed))
    }

    fn collect_files(&self, needed: &BTreeSet<String>, notes: &mut Vec<String>) {
        for name in self.list(&self.files()).unwrap_or_default() {
            let Some(name) = name.to_str().filter(|name| is_own_file(name) && !needed.contains(*name)) else {
                continue;
            };
            let path = self.files().join(name);
            if self.is_due(&path) {
                note(notes, self.remove(&path));
            }
        }
    }

    /// Whether a file was written long enough ago.
    fn is_due(&self, path: &Path) -> bool {
        self.age(path).is_some_and(|age| age >= GRACE)
    }

    /// How long ago a file was written; `None` if that is not known, or in the future.
    pub(crate) fn age(&self, path: &Path) -> Option<Duration> {
        self.disk.now().duration_since(self.disk.modified(path).ok()?).ok()
    }

    /// Whether somebody reads a generation at this moment.
    fn is_held(&self, name: &str) -> bool {
        let file = self.disk.open(&self.manifest_path(name));
        file.is_ok_and(|file| matches!(self.disk.try_lock(&file), Ok(false)))
    }

    /// What other programs left in the folder stays, and so do the folder and its mark.
    fn remove_generation(&self, folder: &Path) -> Result<()> {
        let view = self.remove_view(&folder.join(MONTHS), |_| true);
        let manifest = folder.join(MANIFEST);
        if self.disk.modified(&manifest).is_ok() {
            self.remove(&manifest)?;
        }
        match view {
            Err(Error::Unwritable { source, .. }) if source.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            outcome => outcome?,
        }
        if self.list(folder)?.iter().any(|name| name != SUPERSEDED) {
            return Ok(());
        }
        let mark = folder.join(SUPERSEDED);
        self.remove(&mark)?;
        self.remove_folder(folder)
    }
}

/// Whether a name in `.book/tmp` is one that a writer gives: that of the file or link that it becomes.
pub(crate) fn is_own_temporary(name: &str) -> bool {
    [MARKER, MANIFEST, MONTHS, REPAIRED].contains(&name) || is_own_file(name)
}

fn note(notes: &mut Vec<String>, outcome: Result<()>) {
    notes.extend(outcome.err().map(|error| reason(&error)));
}

/// An error with its cause.
pub(crate) fn reason(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
