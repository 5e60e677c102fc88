//! The files of a book by their content.
//!
//! ```text
//! book.json                                   names the current generation; replaced by one rename
//! months -> .book/generations/7-…/months      for other programs, where the file system has links
//! .book/lock, .book/holder.json               locked by the writer, and who that is
//! .book/generations/7-…/manifest.json         7 and the digits that its SHA-256 begins with
//! .book/generations/7-…/months/period=2026-10/….parquet
//! .book/files/….parquet                       each file under the SHA-256 of its bytes
//! ```

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::disk::Disk;
use super::manifest::{FileKind, StoredFile};
use crate::error::{Error, Result};
use crate::text::hex;

/// How many bytes one CRC-32 in a [`StoredFile`] proves.
pub(crate) const BLOCK_BYTES: usize = 1 << 18;

pub(crate) const MARKER: &str = "book.json";
pub(crate) const MONTHS: &str = "months";
pub(crate) const MANIFEST: &str = "manifest.json";
/// How many digits of the manifest's SHA-256 stand in the name of its generation.
pub(super) const NAME_DIGITS: usize = 16;
/// How many digits a SHA-256 has.
const DIGITS: usize = 64;

/// A book's folder.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub folder: PathBuf,
    pub disk: Arc<dyn Disk>,
}

impl StoredFile {
    /// What is to be known of a file before it is written.
    pub(crate) fn of(bytes: &[u8], kind: FileKind) -> Self {
        let blocks = bytes.chunks(BLOCK_BYTES).map(crc32fast::hash).collect();
        Self { sha256: sha256(bytes), kind, bytes: bytes.len() as u64, blocks }
    }

    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.sha256, self.kind.ending())
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The name of the generation that has this manifest.
pub(crate) fn generation_name(generation: u64, manifest: &[u8]) -> String {
    generation_name_of(generation, &sha256(manifest))
}

/// The name of the generation whose manifest has this SHA-256.
pub(crate) fn generation_name_of(generation: u64, sha256: &str) -> String {
    format!("{generation}-{}", sha256.get(..NAME_DIGITS).unwrap_or(sha256))
}

/// Whether a name is that of a stored file.
pub(crate) fn is_own_file(name: &str) -> bool {
    let is_digest =
        |digits: &str| digits.len() == DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    name.split_once('.').is_some_and(|(digits, kind)| {
        is_digest(digits) && FileKind::ALL.iter().any(|own| own.ending() == kind)
    })
}

impl Store {
    pub(crate) fn inner(&self) -> PathBuf {
        self.folder.join(".book")
    }

    pub(crate) fn files(&self) -> PathBuf {
        self.inner().join("files")
    }

    pub(crate) fn generations(&self) -> PathBuf {
        self.inner().join("generations")
    }

    /// The manifest of a generation.
    pub(crate) fn manifest_path(&self, name: &str) -> PathBuf {
        self.generations().join(name).join(MANIFEST)
    }

    pub(crate) fn path(&self, file: &StoredFile) -> PathBuf {
        self.files().join(file.name())
    }

    /// Where `months` points to for a generation.
    pub(crate) fn link_target(name: &str) -> PathBuf {
        Path::new(".book").join("generations").join(name).join(MONTHS)
    }

    /// The names in a folder; none if it is not there.
    pub(crate) fn list(&self, folder: &Path) -> Result<Vec<OsString>> {
        match self.disk.list(folder) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            outcome => outcome.map_err(unreadable(folder)),
        }
    }

    pub(crate) fn read_whole(&self, path: &Path) -> Result<Vec<u8>> {
        let mut file = self.disk.open(path).map_err(unreadable(path))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(unreadable(path))?;
        Ok(bytes)
    }

    /// Opens a file of the book, to read parts of it.
    pub(crate) fn open(&self, stored: &StoredFile) -> Result<CheckedFile> {
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

    /// Whether a path has the bytes of a stored file.
    pub(crate) fn is_proved(&self, path: &Path, stored: &StoredFile) -> bool {
        self.read_whole(path).is_ok_and(|bytes| sha256(&bytes) == stored.sha256)
    }

    /// All bytes of a file of the book.
    pub(crate) fn read(&self, stored: &StoredFile) -> Result<Bytes> {
        self.open(stored)?.read(0..stored.bytes)
    }
}

/// A file of the book whose bytes are proved as they are read.
#[derive(Debug)]
pub(crate) struct CheckedFile {
    pub path: PathBuf,
    file: File,
    pub stored: StoredFile,
}

impl CheckedFile {
    /// Some bytes of the file.
    ///
    /// # Errors
    /// [`Error::DamagedBook`] where they are not those that were written.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Bytes> {
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

pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &[u8]) -> Result<T> {
    serde_json::from_slice(text).map_err(|error| damaged(path, format!("it cannot be understood ({error})")))
}

pub(crate) fn damaged(path: &Path, reason: impl Into<String>) -> Error {
    Error::DamagedBook { path: path.to_owned(), reason: reason.into() }
}

pub(crate) fn unreadable(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Unreadable { path: path.to_owned(), source }
}

/// What helps where a writer needs a file and finds something else.
pub(crate) const NOT_PLAIN: &str = "it is not a plain file, and stops every writer; move it away";

/// What helps where a writer needs a folder and finds something else.
pub(crate) const NOT_A_FOLDER: &str = "it is not a folder, and stops every writer; move it away";

/// Something else is where the book has a file or folder.
pub(crate) fn in_the_way(path: &Path, what: &'static str) -> Error {
    Error::Unwritable { path: path.to_owned(), source: io::Error::new(io::ErrorKind::InvalidData, what) }
}

pub(crate) fn unwritable(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::Unwritable { path: path.to_owned(), source }
}
