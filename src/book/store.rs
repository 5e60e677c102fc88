//! The files of a book by their content, and the way to the manifest of the current generation.
//!
//! ```text
//! book.json                                   what makes the folder a book
//! months -> .book/generations/7-…/months      switched by one rename
//! .book/lock
//! .book/generations/7-…/manifest.json         7 and the digits that its SHA-256 begins with
//! .book/generations/7-…/months/period=2026-10/….parquet
//! .book/files/….parquet                       each file under the SHA-256 of its bytes
//! ```

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::disk::Disk;
use super::manifest::{FORMAT_VERSION, FileKind, Manifest, Marker, StoredFile};
use crate::error::{Error, Result};
use crate::write::hashing::hex;

/// How many bytes one CRC-32 in a [`StoredFile`] proves.
pub const BLOCK_BYTES: usize = 1 << 18;

pub const MARKER: &str = "book.json";
pub const MONTHS: &str = "months";
pub const MANIFEST: &str = "manifest.json";
/// How many digits of the manifest's SHA-256 stand in the name of its generation.
const NAME_DIGITS: usize = 16;
/// How often a generation may be replaced between the reading of the link and that of the manifest.
const ATTEMPTS: usize = 10;

/// A book's folder.
#[derive(Clone, Debug)]
pub struct Store {
    pub folder: PathBuf,
    pub disk: Arc<dyn Disk>,
}

/// One commit of a book, held: its files stay as long as this does.
#[derive(Debug)]
pub struct Generation {
    /// Of its folder.
    pub name: String,
    pub marker: Marker,
    pub manifest: Manifest,
    /// Locked for reading, so that no writer takes its files away.
    _hold: File,
}

impl StoredFile {
    /// What is to be known of a file before it is written.
    pub fn of(bytes: &[u8], kind: FileKind) -> Self {
        let blocks = bytes.chunks(BLOCK_BYTES).map(crc32fast::hash).collect();
        Self { sha256: sha256(bytes), kind, bytes: bytes.len() as u64, blocks }
    }

    pub fn name(&self) -> String {
        format!("{}.{}", self.sha256, self.kind.ending())
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The name of the generation that has this manifest.
pub fn generation_name(generation: u64, manifest: &[u8]) -> String {
    format!("{generation}-{}", &sha256(manifest)[..NAME_DIGITS])
}

impl Store {
    pub fn inner(&self) -> PathBuf {
        self.folder.join(".book")
    }

    pub fn files(&self) -> PathBuf {
        self.inner().join("files")
    }

    pub fn generations(&self) -> PathBuf {
        self.inner().join("generations")
    }

    pub fn path(&self, file: &StoredFile) -> PathBuf {
        self.files().join(file.name())
    }

    /// Where `months` points to for a generation.
    pub fn link_target(name: &str) -> PathBuf {
        Path::new(".book").join("generations").join(name).join(MONTHS)
    }

    /// The current generation; none where the folder is not there, or holds a book that is not yet begun.
    pub fn generation(&self) -> Result<Option<Generation>> {
        for _ in 1..ATTEMPTS {
            match self.generation_once() {
                // The writer took it away after the link was read.
                Err(Error::Unreadable { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                outcome => return outcome,
            }
        }
        self.generation_once()
    }

    fn generation_once(&self) -> Result<Option<Generation>> {
        let link = self.folder.join(MONTHS);
        let target = match self.disk.read_link(&link) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Err(damaged(&link, "it is no symbolic link"));
            }
            Err(source) => return Err(Error::Unreadable { path: link, source }),
        };
        let name = target.iter().nth(2).and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if target != Self::link_target(&name) {
            return Err(damaged(&link, format!("it points to {}, out of the book", target.display())));
        }
        let marker_text = self.read_whole(&self.folder.join(MARKER))?;
        let marker = self.marker(&marker_text)?;
        let path = self.generations().join(&name).join(MANIFEST);
        let mut hold = self.disk.open(&path).map_err(unreadable(&path))?;
        // Where files can not be locked, the writer's keeping of the generation before has to do.
        let _ = hold.lock_shared();
        let mut text = Vec::new();
        hold.read_to_end(&mut text).map_err(unreadable(&path))?;
        // The folder may have been taken away before the lock was there.
        self.disk.open(&path).map_err(unreadable(&path))?;
        let number = name.split('-').next().and_then(|number| number.parse().ok()).unwrap_or_default();
        if name != generation_name(number, &text) {
            return Err(damaged(&path, "its bytes do not match their SHA-256"));
        }
        let manifest: Manifest = parse(&path, &text)?;
        match manifest.marker == sha256(&marker_text) {
            true => Ok(Some(Generation { name, marker, manifest, _hold: hold })),
            false => Err(damaged(&self.folder.join(MARKER), "its bytes do not match their SHA-256")),
        }
    }

    /// What `book.json` says, if this program knows its format.
    pub fn marker(&self, text: &[u8]) -> Result<Marker> {
        let path = self.folder.join(MARKER);
        let value: serde_json::Value = parse(&path, text)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(FORMAT_VERSION) => parse(&path, text),
            Some(found) => {
                Err(Error::UnknownBookFormat { path: self.folder.clone(), found, expected: FORMAT_VERSION })
            }
            None => Err(damaged(&path, "it names no version")),
        }
    }

    pub fn read_whole(&self, path: &Path) -> Result<Vec<u8>> {
        let mut file = self.disk.open(path).map_err(unreadable(path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable(path))?;
        Ok(bytes)
    }

    /// Opens a file of the book, to read parts of it.
    pub fn open(&self, stored: &StoredFile) -> Result<CheckedFile> {
        let path = self.path(stored);
        let file = match self.disk.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(damaged(&path, "it is not there"));
            }
            Err(source) => return Err(Error::Unreadable { path, source }),
        };
        let found = file.metadata().map_err(unreadable(&path))?.len();
        match found == stored.bytes {
            true => Ok(CheckedFile { path, file, stored: stored.clone() }),
            false => Err(damaged(&path, format!("it has {found} bytes instead of {}", stored.bytes))),
        }
    }

    /// All bytes of a file of the book.
    pub fn read(&self, stored: &StoredFile) -> Result<Bytes> {
        self.open(stored)?.read(0..stored.bytes)
    }
}

/// A file of the book whose bytes are proved as they are read.
#[derive(Debug)]
pub struct CheckedFile {
    pub path: PathBuf,
    file: File,
    pub stored: StoredFile,
}

impl CheckedFile {
    /// Some bytes of the file.
    ///
    /// # Errors
    /// [`Error::DamagedBook`] where they are not those that were written.
    pub fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let block = BLOCK_BYTES as u64;
        let first = range.start / block;
        let start = first * block;
        let end = range.end.div_ceil(block).saturating_mul(block).min(self.stored.bytes);
        if range.end > self.stored.bytes || range.start > range.end {
            return Err(damaged(&self.path, "it names bytes that it has not"));
        }
        let mut bytes = vec![0; (end - start) as usize];
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start)).map_err(unreadable(&self.path))?;
        file.read_exact(&mut bytes).map_err(unreadable(&self.path))?;
        let mut expected = self.stored.blocks.iter().skip(first as usize);
        let is_whole =
            bytes.chunks(BLOCK_BYTES).all(|block| expected.next() == Some(&crc32fast::hash(block)));
        match is_whole {
            true => {
                Ok(Bytes::from(bytes).slice((range.start - start) as usize..(range.end - start) as usize))
            }
            false => Err(damaged(&self.path, "its bytes do not match their checksum")),
        }
    }
}

pub fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| damaged(path, format!("it can not be understood ({error})")))
}

pub fn damaged(path: &Path, reason: impl Into<String>) -> Error {
    Error::DamagedBook { path: path.to_owned(), reason: reason.into() }
}

pub fn unreadable(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Unreadable { path: path.to_owned(), source }
}

pub fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Unwritable { path: path.to_owned(), source }
}
