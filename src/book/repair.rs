//! Putting back what proves itself: the root, files of which a copy is left, and the folder `months`.
//!
//! Nothing is removed, nothing is guessed: what has no proof is reported as lost.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Book;
use super::collect::reason;
use super::disk::Disk;
use super::manifest::{Manifest, StoredFile};
use super::root::{BookState, Candidate, SUPERSEDED, marker_of_version_1, number_of};
use super::store::{MARKER, MONTHS, Store, sha256};
use super::verify::Damage;
use super::writer::{WriterOptions, kept_aside, stored_files};
use crate::error::{Error, Result};

/// What a repair did.
#[derive(Clone, Debug)]
pub struct Repaired {
    /// The generation that is current.
    pub generation: u64,
    /// What was put back, a sentence each.
    pub done: Vec<String>,
    /// What could not be put back, with the reason.
    pub left: Vec<String>,
    /// What remains damaged.
    pub lost: Vec<Damage>,
}

/// Puts a book back as far as its files prove what it was. `generation` names the one to go back to, by its number or
/// folder, if several prove themselves.
///
/// # Errors
/// A folder that is no book, another writer, no generation that proves itself or several, the disk.
pub fn repair(
    folder: &Path,
    generation: Option<&str>,
    options: &WriterOptions,
    disk: Arc<dyn Disk>,
) -> Result<Repaired> {
    let store = Store { folder: folder.to_owned(), disk };
    if store.list(&store.inner())?.is_empty() {
        return Err(match store.has_months()? {
            true => Error::BookLost { path: folder.to_owned() },
            false => Error::NotABook { path: folder.to_owned() },
        });
    }
    let _lock = store.lock(options.lock_timeout, &options.command)?;
    let mut done = Vec::new();
    store.repair_root(generation, &mut done)?;
    let Some(current) = store.generation()? else {
        return Err(Error::NotABook { path: folder.to_owned() });
    };
    store.repair_files(&current.manifest, &mut done)?;
    let left = store.repair_view(&current.name, &current.manifest, &mut done).err();
    let left = left.map(|error| format!("{}: {}", store.folder.join(MONTHS).display(), reason(&error)));
    let number = current.manifest.generation;
    let lost = Book { store, generation: current }.verify()?.damage;
    Ok(Repaired { generation: number, done, left: left.into_iter().collect(), lost })
}

impl Store {
    fn repair_root(&self, wanted: Option<&str>, done: &mut Vec<String>) -> Result<()> {
        let found = self.state().and_then(|state| {
            let number = match &state {
                BookState::Committed(generation) => generation.manifest.generation,
                BookState::New | BookState::Empty { .. } => 0,
            };
            self.check_no_newer(number).map(|()| number)
        });
        let why = match (found, wanted) {
            (Ok(_), None) => return Ok(()),
            (Ok(number), Some(value)) => {
                return Err(Error::BadParameter {
                    parameter: "generation",
                    value: value.to_owned(),
                    expected: format!("nothing: {MARKER} proves that generation {number} is the current one"),
                });
            }
            (Err(error @ (Error::RootLost { .. } | Error::Unreadable { .. })), _) => error,
            (Err(error), _) => return Err(error),
        };
        let candidates = self.candidates()?;
        let chosen = self.chosen(&candidates, wanted)?;
        for name in self.list(&self.generations())? {
            let mark = self.generations().join(&name).join(SUPERSEDED);
            let is_other = name.to_str().is_some_and(|name| number_of(name).is_some() && name != chosen.name);
            if is_other && self.disk.modified(&mark).is_err() {
                self.write_new(&mark, b"")?;
            }
        }
        if chosen.is_superseded {
            self.remove(&self.generations().join(&chosen.name).join(SUPERSEDED))?;
        }
        match chosen.version {
            1 => {
                self.put(&self.folder.join(MARKER), &marker_of_version_1(&chosen.manifest.timezone))?;
                self.sync(&self.folder)?;
                self.show_view(&chosen.name)?;
            }
            _ => {
                let text = self.read_whole(&self.manifest_path(&chosen.name))?;
                self.put_root(&chosen.manifest, Some(sha256(&text)))?;
                self.sync(&self.folder)?;
            }
        }
        let lost = match &why {
            Error::RootLost { path, reason, .. } => format!("{}: {reason}", path.display()),
            error => reason(error),
        };
        done.push(format!("{lost}; put back: {} is current", chosen.described()));
        Ok(())
    }

    fn chosen<'a>(&self, candidates: &'a [Candidate], wanted: Option<&str>) -> Result<&'a Candidate> {
        let is_wanted = |candidate: &&Candidate| match wanted {
            Some(wanted) => candidate.name == wanted || candidate.manifest.generation.to_string() == wanted,
            None => !candidate.is_superseded,
        };
        let mut fitting: Vec<&Candidate> = candidates.iter().filter(is_wanted).collect();
        if fitting.is_empty() && wanted.is_none() {
            fitting = candidates.iter().collect();
        }
        match (fitting.as_slice(), candidates.is_empty()) {
            ([candidate], _) => Ok(candidate),
            (_, true) => Err(Error::BookLost { path: self.folder.clone() }),
            _ => Err(Error::GenerationUnclear {
                path: self.folder.clone(),
                known: candidates
                    .iter()
                    .map(|candidate| format!("{}, folder {}", candidate.described(), candidate.name))
                    .collect::<Vec<_>>()
                    .join("; "),
            }),
        }
    }

    /// Replaces damaged and missing files by copies that prove themselves.
    fn repair_files(&self, manifest: &Manifest, done: &mut Vec<String>) -> Result<()> {
        for file in stored_files(manifest) {
            let path = self.path(file);
            if self.is_proved(&path, file) {
                continue;
            }
            let Some(copy) = self.copies(file).into_iter().find(|copy| self.is_proved(copy, file)) else {
                continue;
            };
            self.put(&path, &self.read_whole(&copy)?)?;
            self.sync(&self.files())?;
            done.push(format!("{}: put back from {}", path.display(), copy.display()));
        }
        Ok(())
    }

    /// Where a copy of a file may be: among the months of any generation.
    fn copies(&self, file: &StoredFile) -> Vec<PathBuf> {
        let folders = |folder: &Path| {
            let names = self.list(folder).unwrap_or_default();
            names.into_iter().map(|name| folder.join(name)).collect::<Vec<_>>()
        };
        let generations = folders(&self.generations()).into_iter().map(|generation| generation.join(MONTHS));
        let months: Vec<PathBuf> = generations.chain([self.folder.join(MONTHS)]).collect();
        months
            .iter()
            .flat_map(|months| folders(months))
            .map(|partition| partition.join(file.name()))
            .collect()
    }

    fn repair_view(&self, name: &str, manifest: &Manifest, done: &mut Vec<String>) -> Result<()> {
        let link = self.folder.join(MONTHS);
        let before = self.disk.read_link(&link).ok();
        self.write_view(name, manifest)?;
        let aside = self.show_view(name)?;
        if before != self.disk.read_link(&link).ok() {
            done.push(format!("{}: put back", link.display()));
        }
        done.extend(aside.map(|aside| kept_aside(&aside)));
        Ok(())
    }
}

impl Candidate {
    /// `generation 7 (3 deliveries, the latest of 2026-11-02T08:00:00Z)`
    fn described(&self) -> String {
        let deliveries = &self.manifest.deliveries;
        let latest = deliveries.last().map(|delivery| super::time_text(delivery.time)).unwrap_or_default();
        let count = match deliveries.len() {
            1 => "1 delivery".to_owned(),
            count => format!("{count} deliveries, the latest"),
        };
        format!("generation {} ({count} of {latest})", self.manifest.generation)
    }
}
