//! The way from a folder to the current generation of its book, and the proof that it is the right one.
//!
//! `book.json` names the generation by its number and the SHA-256 of its manifest. In format version 1 the link
//! `months` named it. Where the way is lost, nothing is guessed: the caller gets [`Error::RootLost`].

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;

use super::manifest::{FORMAT, FORMAT_VERSION, Manifest, Marker, Root};
use super::store::{
    MARKER, MONTHS, NAME_DIGITS, NOT_PLAIN, Store, damaged, generation_name, generation_name_of, is_own_file,
    parse, sha256, unreadable,
};
use super::view::is_partition;
use crate::error::{Error, Result};

/// How often a generation may be replaced between the reading of `book.json` and that of the manifest.
const ATTEMPTS: usize = 10;

/// The name of an empty file in the folder of a generation that is no longer current.
pub(crate) const SUPERSEDED: &str = "superseded";

/// What is in a folder that is or becomes a book.
#[derive(Debug)]
pub(crate) enum BookState {
    /// No book, and no files of one.
    New,
    /// A book in which nothing was committed yet.
    Empty {
        timezone: String,
    },
    Committed(Box<Generation>),
}

/// One commit of a book, held: its files stay as long as this does.
#[derive(Clone, Debug)]
pub(crate) struct Generation {
    /// Of its folder.
    pub name: String,
    pub manifest: Manifest,
    /// The version of the format that it was read from.
    pub version: u64,
    /// Whether the link `months` of a book of version 1 was lost, and the only generation that proves itself was taken.
    pub is_inferred: bool,
    /// Locked for reading, so that no writer removes its files.
    _hold: Arc<File>,
}

/// A generation whose manifest proves itself: its bytes match the name of its folder.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub name: String,
    pub manifest: Manifest,
    /// The version of the format that it was written in.
    pub version: u64,
    /// Whether a later commit replaced it, or no commit ever named it.
    pub is_superseded: bool,
}

impl Store {
    /// Finds the current generation.
    ///
    /// # Errors
    /// [`Error::RootLost`] if files of a book are there but the current generation cannot be proved; a book of another
    /// format.
    pub(crate) fn state(&self) -> Result<BookState> {
        for _ in 1..ATTEMPTS {
            match self.state_once() {
                // A writer replaced the generation after its name was read.
                Err(Error::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                outcome => return outcome,
            }
        }
        self.state_once().map_err(|error| match error {
            Error::Unreadable { path, source } if source.kind() == io::ErrorKind::NotFound => {
                Error::RootLost { path, folder: self.folder.clone(), reason: "it is missing".to_owned() }
            }
            error => error,
        })
    }

    /// The current generation; `None` if nothing was committed.
    pub(crate) fn generation(&self) -> Result<Option<Generation>> {
        Ok(match self.state()? {
            BookState::New | BookState::Empty { .. } => None,
            BookState::Committed(generation) => Some(*generation),
        })
    }

    fn state_once(&self) -> Result<BookState> {
        let path = self.folder.join(MARKER);
        let text = match self.disk.open(&path) {
            Ok(mut file) => {
                let mut text = Vec::new();
                file.read_to_end(&mut text).map_err(unreadable(&path))?;
                text
            }
            Err(error) if is_absent(&error) => {
                return match (self.has_content()?, self.has_months()?) {
                    (true, _) => Err(self.lost(MARKER, "it is missing, but files of a book are here")),
                    (false, true) => Err(Error::BookLost { path: self.folder.clone() }),
                    (false, false) => Ok(BookState::New),
                };
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(self.lost(MARKER, NOT_PLAIN));
            }
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        match self.version(&text)? {
            1 => self.state_of_version_1(&text),
            _ => self.state_of_version_2(&text),
        }
    }

    fn state_of_version_2(&self, root_text: &[u8]) -> Result<BookState> {
        let root: Root = parse(&self.folder.join(MARKER), root_text).map_err(|error| self.as_lost(error))?;
        let Some(sha256) = root.manifest.filter(|_| root.format == FORMAT) else {
            return match root.format == FORMAT && root.generation == 0 {
                true => Ok(BookState::Empty { timezone: root.timezone }),
                false => Err(self.lost(MARKER, "it does not name a generation")),
            };
        };
        let name = generation_name_of(root.generation, &sha256);
        let path = self.manifest_path(&name);
        let (text, hold) = self.held_manifest(&name)?;
        if super::store::sha256(&text) != sha256 {
            return Err(self.as_lost(damaged(&path, "its bytes do not match their SHA-256")));
        }
        let manifest: Manifest = parse(&path, &text).map_err(|error| self.as_lost(error))?;
        if self.is_marked(&name) {
            return Err(match self.read_whole(&self.folder.join(MARKER))? == root_text {
                true => {
                    self.lost(MARKER, "it is an older copy: a later commit replaced the one that it names")
                }
                // A writer replaced the generation after its name was read.
                false => Error::Unreadable { path, source: io::ErrorKind::NotFound.into() },
            });
        }
        let is_same = manifest.timezone == root.timezone && manifest.generation == root.generation;
        match is_same && manifest.head == root.head && manifest.issued == root.issued {
            true => Ok(BookState::Committed(Box::new(Generation {
                name,
                manifest,
                version: FORMAT_VERSION,
                is_inferred: false,
                _hold: Arc::new(hold),
            }))),
            false => Err(self.lost(MARKER, "it contradicts the manifest that it names")),
        }
    }

    fn state_of_version_1(&self, text: &[u8]) -> Result<BookState> {
        let marker: Marker = parse(&self.folder.join(MARKER), text).map_err(|error| self.as_lost(error))?;
        let (name, is_inferred) = match self.linked_generation()? {
            Some(name) => (name, false),
            // Many programs copy a folder without its links, or with what they point to.
            None => match self.candidates()?.as_slice() {
                [] if !self.has_content()? => return Ok(BookState::Empty { timezone: marker.timezone }),
                [candidate] => (candidate.name.clone(), true),
                found => {
                    let reason =
                        format!("the link is missing, and {} generations prove themselves", found.len());
                    return Err(self.lost(MONTHS, &reason));
                }
            },
        };
        let path = self.manifest_path(&name);
        let (manifest_text, hold) = self.held_manifest(&name)?;
        if !is_named(&name, &manifest_text) {
            return Err(self.as_lost(damaged(&path, "its bytes do not match their SHA-256")));
        }
        let is_own = |digest: &str| (digest == sha256(text)).then(|| marker.timezone.clone());
        match manifest_of_version_1(&manifest_text, is_own) {
            Some(manifest) => Ok(BookState::Committed(Box::new(Generation {
                name,
                manifest,
                version: 1,
                is_inferred,
                _hold: Arc::new(hold),
            }))),
            None => Err(self.lost(MARKER, "its bytes do not match their SHA-256")),
        }
    }

    /// The generation that the link `months` points to; `None` if there is no such link.
    fn linked_generation(&self) -> Result<Option<String>> {
        let link = self.folder.join(MONTHS);
        let target = match self.disk.read_link(&link) {
            Ok(target) => target,
            // A folder in the link's place is a copy of what it pointed to.
            Err(error) if is_absent(&error) || error.kind() == io::ErrorKind::InvalidInput => {
                return Ok(None);
            }
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(None),
            Err(source) => return Err(Error::Unreadable { path: link, source }),
        };
        let name = target.iter().nth(2).and_then(|name| name.to_str()).unwrap_or_default();
        match target == Self::link_target(name) {
            true => Ok(Some(name.to_owned())),
            false => Err(self.lost(MONTHS, &format!("it points to {}, out of the book", target.display()))),
        }
    }

    /// The bytes of a manifest and the lock on it.
    fn held_manifest(&self, name: &str) -> Result<(Vec<u8>, File)> {
        let path = self.manifest_path(name);
        let mut hold = self.disk.open(&path).map_err(unreadable(&path))?;
        // Where files cannot be locked, the time that superseded generations are kept protects the reader.
        let _ = self.disk.lock_shared(&hold);
        let mut text = Vec::new();
        hold.read_to_end(&mut text).map_err(unreadable(&path))?;
        // The folder may have been removed before the lock was there.
        self.disk.open(&path).map_err(unreadable(&path))?;
        Ok((text, hold))
    }

    /// All generations that prove themselves, in the order of their numbers.
    ///
    /// # Errors
    /// A folder that cannot be listed. A manifest that cannot be read does not prove itself.
    pub(crate) fn candidates(&self) -> Result<Vec<Candidate>> {
        let names = self.list(&self.generations())?;
        let candidate = |name: std::ffi::OsString| {
            let name = name.into_string().ok()?;
            let text = self.read_whole(&self.manifest_path(&name)).ok()?;
            if !is_named(&name, &text) {
                return None;
            }
            let (manifest, version) = match serde_json::from_slice::<Manifest>(&text) {
                Ok(manifest) => (manifest, FORMAT_VERSION),
                Err(_) => (manifest_of_version_1(&text, timezone_of_marker)?, 1),
            };
            let is_superseded = self.is_marked(&name);
            Some(Candidate { name, manifest, version, is_superseded })
        };
        let mut candidates: Vec<Candidate> = names.into_iter().filter_map(candidate).collect();
        candidates.sort_by_key(|candidate| candidate.manifest.generation);
        Ok(candidates)
    }

    /// The folder of the generation that `book.json` names, if it can be read.
    pub(super) fn named(&self) -> Option<String> {
        let text = self.read_whole(&self.folder.join(MARKER)).ok()?;
        let root: Root = serde_json::from_slice(&text).ok()?;
        Some(generation_name_of(root.generation, &root.manifest?))
    }

    /// Whether a commit was written under this name: an empty folder, or one of other files, is none.
    pub(super) fn has_commit(&self, name: &str) -> bool {
        let months = self.generations().join(name).join(MONTHS);
        [self.manifest_path(name), months].iter().any(|path| self.disk.modified(path).is_ok())
    }

    /// Whether a generation is marked as no longer current.
    pub(super) fn is_marked(&self, name: &str) -> bool {
        self.disk.modified(&self.generations().join(name).join(SUPERSEDED)).is_ok()
    }

    /// Whether files of a book are there, whatever names the current ones.
    fn has_content(&self) -> Result<bool> {
        let is_generation = |name: &std::ffi::OsString| number_of(&name.to_string_lossy()).is_some();
        Ok(self.list(&self.generations())?.iter().any(is_generation)
            || self.list(&self.files())?.iter().any(|name| is_own_file(&name.to_string_lossy())))
    }

    /// Whether the folder `months` of a book is there, or the link that points to it.
    pub(crate) fn has_months(&self) -> Result<bool> {
        let months = self.folder.join(MONTHS);
        let has_partition =
            || Ok(self.list(&months)?.iter().any(|name| is_partition(&name.to_string_lossy())));
        if self.disk.read_link(&months).is_ok() { Ok(true) } else { has_partition() }
    }

    /// The version of the format, if this program knows it.
    fn version(&self, text: &[u8]) -> Result<u64> {
        let path = self.folder.join(MARKER);
        let value: serde_json::Value = parse(&path, text).map_err(|error| self.as_lost(error))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version @ 1..=FORMAT_VERSION) => Ok(version),
            Some(found) => {
                Err(Error::UnknownBookFormat { path: self.folder.clone(), found, expected: FORMAT_VERSION })
            }
            None => Err(self.lost(MARKER, "it does not name a version")),
        }
    }

    fn lost(&self, name: &str, reason: &str) -> Error {
        let path = self.folder.join(name);
        Error::RootLost { path, folder: self.folder.clone(), reason: reason.to_owned() }
    }

    /// Damage on the way to the current generation.
    fn as_lost(&self, error: Error) -> Error {
        match error {
            Error::DamagedBook { path, reason } => {
                Error::RootLost { path, folder: self.folder.clone(), reason }
            }
            error => error,
        }
    }
}

/// The number that the name of a generation begins with; `None` if it is not the name of one.
pub(crate) fn number_of(name: &str) -> Option<u64> {
    let (number, digits) = name.split_once('-')?;
    let number: u64 = number.parse().ok()?;
    let is_digest = digits.len() == NAME_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    (is_digest && name == format!("{number}-{}", digits.to_ascii_lowercase())).then_some(number)
}

/// Whether the name of a generation is that of a manifest.
fn is_named(name: &str, manifest: &[u8]) -> bool {
    number_of(name).is_some_and(|number| name == generation_name(number, manifest))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A manifest of format version 1, whose time zone is in the `book.json` of which it holds the SHA-256.
fn manifest_of_version_1(text: &[u8], timezone: impl Fn(&str) -> Option<String>) -> Option<Manifest> {
    let mut value: serde_json::Value = serde_json::from_slice(text).ok()?;
    let fields = value.as_object_mut()?;
    let marker = fields.remove("marker")?;
    fields.insert("timezone".to_owned(), timezone(marker.as_str()?)?.into());
    fields.insert("version".to_owned(), FORMAT_VERSION.into());
    serde_json::from_value(value).ok()
}

/// The time zone of the `book.json` of format version 1 that has this SHA-256: one of a few hundred.
fn timezone_of_marker(digest: &str) -> Option<String> {
    let is_own = |timezone: &&chrono_tz::Tz| sha256(&marker_of_version_1(timezone.name())) == digest;
    chrono_tz::TZ_VARIANTS.iter().find(is_own).map(|timezone| timezone.name().to_owned())
}

/// The bytes of `book.json` of format version 1.
pub(crate) fn marker_of_version_1(timezone: &str) -> Vec<u8> {
    let marker = Marker { format: FORMAT.to_owned(), version: 1, timezone: timezone.to_owned() };
    pretty(&marker)
}

/// A small document as it is stored for people to read.
pub(crate) fn pretty(document: &impl serde::Serialize) -> Vec<u8> {
    let mut text = serde_json::to_vec_pretty(document).expect("a document is text and numbers");
    text.push(b'\n');
    text
}
