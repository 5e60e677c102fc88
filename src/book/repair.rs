//! Putting back what proves itself: the root, files of which a copy is left, and the folder `months`.
//!
//! Nothing is removed, nothing is guessed: what has no proof is reported as lost, and nobody goes back to an earlier
//! generation unasked.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Book;
use super::collect::reason;
use super::disk::Disk;
use super::manifest::{Manifest, StoredFile};
use super::root::{BookState, Candidate, SUPERSEDED, marker_of_version_1, number_of};
use super::store::{MARKER, MONTHS, NOT_PLAIN, Store, in_the_way, sha256};
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
    /// What is there and could not be put back, or not be looked at.
    pub left: Vec<Damage>,
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
    // From here on nothing stops the rest: what is in the way of one file is in nobody else's.
    let mut left = store.repair_files(&current.manifest, &mut done);
    let (months, temporary) = (store.folder.join(MONTHS), store.temporary());
    if let Err(error) = store.repair_view(&current.name, &current.manifest, &mut done) {
        left.push(Damage { path: months, reason: reason(&error) });
    }
    let number = current.manifest.generation;
    let mut lost = match (Book { store, generation: current }).verify() {
        Ok(verification) => verification.damage,
        Err(error) => {
            left.push(Damage { path: folder.to_owned(), reason: reason(&error) });
            Vec::new()
        }
    };
    lost.retain(|lost| left.iter().all(|left| left.path != lost.path));
    // What is in a writer's way is no file of the book.
    left.extend(lost.extract_if(.., |lost| lost.path == temporary));
    Ok(Repaired { generation: number, done, left, lost })
}

impl Store {
    fn repair_root(&self, wanted: Option<&str>, done: &mut Vec<String>) -> Result<()> {
        let found = self.state().and_then(|state| {
            let (number, name) = match state {
                BookState::Committed(generation) => (generation.manifest.generation, generation.name),
                BookState::New | BookState::Empty { .. } => (0, String::new()),
            };
            self.check_no_newer(number).map(|()| (number, name))
        });
        let why = match (found, wanted) {
            (Ok(_), None) => return Ok(()),
            (Ok((number, name)), Some(value)) if value == name || value == number.to_string() => {
                return Ok(());
            }
            (Ok((number, _)), Some(value)) => {
                return Err(Error::BadParameter {
                    parameter: "generation",
                    value: value.to_owned(),
                    expected: format!(
                        "{number}, or nothing: {MARKER} proves that generation {number} is the current one"
                    ),
                });
            }
            (Err(error @ (Error::RootLost { .. } | Error::Unreadable { .. })), _) => error,
            (Err(error), _) => return Err(error),
        };
        let marker = self.folder.join(MARKER);
        if self.disk.open(&marker).is_err_and(|error| error.kind() == io::ErrorKind::InvalidData) {
            return Err(in_the_way(&marker, NOT_PLAIN));
        }
        let candidates = self.candidates()?;
        let chosen = self.chosen(&candidates, wanted)?;
        // From now on others may be superfluous that were not: their day begins anew.
        self.put(&self.repaired(), b"")?;
        self.sync(&self.inner())?;
        let named = self.named().and_then(|name| number_of(&name));
        let mut is_last = named.is_none_or(|number| number <= chosen.manifest.generation);
        for name in self.list(&self.generations())? {
            let Some(name) = name.to_str().filter(|name| *name != chosen.name) else { continue };
            let Some(number) = number_of(name) else { continue };
            is_last &= number < chosen.manifest.generation;
            if !self.is_marked(name) {
                self.write_new(&self.generations().join(name).join(SUPERSEDED), b"")?;
            }
        }
        if chosen.is_superseded {
            self.remove(&self.generations().join(&chosen.name).join(SUPERSEDED))?;
        }
        match chosen.version {
            1 => {
                self.put(&self.folder.join(MARKER), &marker_of_version_1(&chosen.manifest.timezone))?;
                self.sync(&self.folder).and_then(|()| self.show_view(&chosen.name)).map_err(half_done)?;
            }
            _ => {
                let text = self.read_whole(&self.manifest_path(&chosen.name))?;
                self.put_root(&chosen.manifest, Some(sha256(&text)))?;
                self.sync(&self.folder).map_err(half_done)?;
            }
        }
        let lost = match &why {
            Error::RootLost { path, reason, .. } => format!("{}: {reason}", path.display()),
            error => reason(error),
        };
        done.push(format!("{lost}; put back: {} is current", chosen.described()));
        if wanted.is_some() && !is_last {
            done.push(
                "what was committed after it is no longer in the book; its files stay for a day".to_owned(),
            );
        }
        Ok(())
    }

    /// The generation to put back: the one that is wanted, or the only one that can be current.
    fn chosen<'a>(&self, candidates: &'a [Candidate], wanted: Option<&str>) -> Result<&'a Candidate> {
        if candidates.is_empty() {
            return Err(Error::BookLost { path: self.folder.clone() });
        }
        let is_fitting = |candidate: &&Candidate| match wanted {
            Some(wanted) => candidate.name == wanted || candidate.manifest.generation.to_string() == wanted,
            None => !candidate.is_superseded,
        };
        let fitting: Vec<&Candidate> = candidates.iter().filter(is_fitting).collect();
        let lost = self.lost_generations(candidates)?;
        let reason = match (fitting.as_slice(), wanted) {
            ([candidate], Some(_)) => return Ok(candidate),
            ([candidate], None) if lost.iter().all(|name| self.is_earlier(name, candidate)) => {
                return Ok(candidate);
            }
            ([], Some(wanted)) => format!("{wanted:?} is not a generation that proves itself"),
            _ => self.unclear(&lost, candidates, fitting.is_empty()),
        };
        let known: Vec<String> = candidates
            .iter()
            .map(|candidate| format!("{}, folder {}", candidate.described(), candidate.name))
            .collect();
        Err(Error::GenerationUnclear { path: self.folder.clone(), reason, known: known.join("; ") })
    }

    /// Why no generation can be put back unasked.
    fn unclear(&self, lost: &[String], candidates: &[Candidate], are_all_superseded: bool) -> String {
        let is_later = |name: &&String| !candidates.iter().any(|candidate| self.is_earlier(name, candidate));
        match lost.iter().rev().find(is_later) {
            Some(name) => format!(
                "generation {} {}: {} is missing or damaged; put it back from a backup and repair again",
                number_of(name).unwrap_or_default(),
                if self.named().as_ref() == Some(name) { "is lost" } else { "is lost or was never finished" },
                self.manifest_path(name).display()
            ),
            None if are_all_superseded => {
                "a later commit replaced each generation that is left; restore a backup".to_owned()
            }
            None => "several generations prove themselves, and nothing says which is current".to_owned(),
        }
    }

    /// The folders of the generations that may be current and do not prove themselves, in the order of their numbers.
    fn lost_generations(&self, candidates: &[Candidate]) -> Result<Vec<String>> {
        let named = self.named();
        let listed = self.list(&self.generations())?.into_iter().filter_map(|name| name.into_string().ok());
        let mut names: Vec<String> = listed.filter(|name| self.has_commit(name)).chain(named).collect();
        let is_proved = |name: &str| candidates.iter().any(|candidate| candidate.name == name);
        names.retain(|name| number_of(name).is_some() && !is_proved(name) && !self.is_marked(name));
        names.sort_by_key(|name| number_of(name));
        names.dedup();
        Ok(names)
    }

    /// Whether a generation that does not prove itself says nothing against a candidate: `book.json` is an older copy
    /// that names it, or the commit after the candidate was interrupted.
    fn is_earlier(&self, name: &str, candidate: &Candidate) -> bool {
        let number = number_of(name).unwrap_or(u64::MAX);
        let current = candidate.manifest.generation;
        match self.named() {
            Some(named) if named == candidate.name => number <= current.saturating_add(1),
            _ => number < current && self.disk.modified(&self.generations().join(name)).is_err(),
        }
    }

    /// Replaces damaged and missing files by copies that prove themselves. Returns those that a copy could not replace.
    fn repair_files(&self, manifest: &Manifest, done: &mut Vec<String>) -> Vec<Damage> {
        let mut left = Vec::new();
        let mut seen = BTreeSet::new();
        for file in stored_files(manifest).filter(|file| seen.insert(file.name())) {
            let path = self.path(file);
            if self.is_proved(&path, file) {
                continue;
            }
            let Some(copy) = self.copies(file).into_iter().find(|copy| self.is_proved(copy, file)) else {
                continue;
            };
            let outcome =
                self.make_folder(&self.files()).and_then(|()| self.put(&path, &self.read_whole(&copy)?));
            match outcome {
                Ok(()) => {
                    done.push(format!("{}: put back from {}", path.display(), copy.display()));
                    let unsynced = self.sync(&self.files()).err();
                    left.extend(unsynced.map(|error| Damage { path: self.files(), reason: reason(&error) }));
                }
                Err(error) => left.push(Damage { path, reason: obstacle(&error) }),
            }
        }
        left
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

/// What fails once `book.json` is put back.
fn half_done(error: Error) -> Error {
    Error::Committed {
        what: "book.json was put back; repair again for the rest".into(),
        source: Box::new(error),
    }
}

/// Why a file could not be put back, and what helps.
fn obstacle(error: &Error) -> String {
    match error {
        Error::Unwritable { source, .. } if source.kind() == io::ErrorKind::IsADirectory => {
            "a folder is in its place; move it away and repair again".to_owned()
        }
        error => reason(error),
    }
}

impl Candidate {
    /// `generation 7 (3 deliveries, the latest of 2026-11-02T08:00:00Z; closings: 2)`
    fn described(&self) -> String {
        let deliveries = &self.manifest.deliveries;
        let latest = deliveries.last().map(|delivery| super::time_text(delivery.time)).unwrap_or_default();
        let count = match deliveries.len() {
            1 => "1 delivery".to_owned(),
            count => format!("{count} deliveries, the latest"),
        };
        let closings: usize = self.manifest.months.values().map(|month| month.closings.len()).sum();
        let issued: u64 = self.manifest.issues.iter().map(|issue| issue.count).sum();
        let retractions = self.manifest.retractions.len();
        let more =
            [("closings", closings), ("retractions", retractions), ("documents issued", issued as usize)]
                .into_iter()
                .filter(|(_, count)| *count > 0)
                .map(|(name, count)| format!("; {name}: {count}"))
                .collect::<String>();
        format!("generation {} ({count} of {latest}{more})", self.manifest.generation)
    }
}
