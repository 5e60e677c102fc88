//! `dump.json`: what a staged dump is made of, and the checksums of its files; its own is its last key.
//!
//! ```text
//! {"staged":1,
//!   "input_bytes": 1832,
//!   "program": "usagebook 0.1.0",
//!   …
//! "sha256":"5f70bf18a0…"}
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::NAME_DIGITS;
use crate::error::{Error, Result};
use crate::ingest::dumps::index::Claim;
use crate::ingest::dumps::seal;
use crate::ingest::formats::envelope::Envelope;

/// The version of the format.
pub(crate) const FORMAT_VERSION: u32 = 1;

const START: &str = "{\"staged\":1,\n";

/// The file that makes a folder a staged dump.
pub(crate) const NAME: &str = "dump.json";
/// The file of the pieces of the inputs.
pub(super) const PIECES: &str = "pieces.ndjson";
/// The table of component usages.
const COMPONENT_USAGES: &str = "component_usages.parquet";
/// The file of rejected records and unreadable files.
pub(super) const REJECTED: &str = "rejected.ndjson";

/// What a staged dump is made of.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Of all inputs together, packed as they are. First, to be found without reading on.
    pub input_bytes: u64,
    pub program: String,
    /// The SHA-256 over what the inputs are; the folder's name is its beginning.
    pub digest: String,
    /// The folder or file, as messages name it.
    pub label: String,
    /// The folder of the dump that was named before it: this one counts after it.
    pub after: Option<String>,
    /// The zone in which missing billing periods were derived.
    pub timezone: String,
    /// Rejected ones included.
    pub records: u64,
    pub rejected: u64,
    /// Rejected records and unreadable files.
    pub faults: u64,
    /// How many have a billing period that was derived.
    pub derived: u64,
    /// The latest time that the index gives.
    pub index_time: Option<DateTime<Utc>>,
    /// What the index says of how many records there are.
    pub claim: Option<ClaimText>,
    pub inputs: Vec<Input>,
    /// Files that were passed over, and why.
    pub skipped: Vec<(String, String)>,
    /// Fields that no record of the endpoint has, and how often they came.
    pub unknown_fields: BTreeMap<String, u64>,
    /// Columns whose names are spelled in another way than their fields.
    pub respelled_columns: BTreeSet<String>,
    /// What the objects around lists say of them, with the numbers of their inputs.
    pub envelopes: Vec<(u32, Envelope)>,
    pub files: Vec<StoredFile>,
    /// What is read of the index of the pages.
    pub index: Option<Box<RawValue>>,
}

/// An input of a dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    /// As messages name it.
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
    /// Standard input or a pipe, which has no name.
    pub is_stream: bool,
    /// It has component usages instead of records.
    pub has_component_usages: bool,
    /// Rejected ones included.
    pub records: u64,
}

/// A file of the staged dump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
    pub records: u64,
}

/// What an index says of how many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClaimText {
    Counted(u64),
    Proved(u64),
    Lacking(u64),
    Unfinished(u64),
    OfNoRecords,
}

impl From<Claim<'_>> for ClaimText {
    fn from(claim: Claim<'_>) -> Self {
        match claim {
            Claim::Counted(count) => Self::Counted(count),
            Claim::Proved(count) => Self::Proved(count),
            Claim::Lacking { missing, .. } => Self::Lacking(missing),
            Claim::Unfinished(count) => Self::Unfinished(count),
            Claim::OfNoRecords => Self::OfNoRecords,
        }
    }
}

impl Manifest {
    /// The bytes of the file.
    pub(super) fn to_bytes(&self) -> serde_json::Result<Vec<u8>> {
        let text = serde_json::to_string_pretty(self)?;
        let inner = text.trim_start_matches('{').trim_end_matches('}').trim_end();
        let mut bytes = [START, inner].concat().into_bytes();
        seal::seal(&mut bytes);
        Ok(bytes)
    }

    /// # Errors
    /// A file that is missing, damaged or of another version.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        let text = fs::read(&path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        if !seal::is_sealed(&text, START) {
            return Err(damaged(&path, CHANGED));
        }
        serde_json::from_slice(&text).map_err(|error| damaged(&path, &error.to_string()))
    }

    /// Whether the folder is of inputs that have this many bytes; nothing else is read.
    pub(super) fn has_input_bytes(folder: &Path, bytes: u64) -> bool {
        let expected = format!("{START}\n  \"input_bytes\": {bytes},");
        let mut start = Vec::new();
        let file = File::open(folder.join(NAME));
        let read = file.and_then(|file| file.take(expected.len() as u64).read_to_end(&mut start));
        read.is_ok() && start == expected.as_bytes()
    }
}

/// Why a file of a staged dump is not used.
pub(super) const CHANGED: &str = "its checksum differs, so it was damaged or changed after it was written; remove its folder and stage the dump again";

pub(super) fn damaged(path: &Path, reason: &str) -> Error {
    Error::BadStagedDump { path: path.to_owned(), reason: reason.to_owned() }
}

/// What a staged dump is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Records,
    ComponentUsages,
}

impl Kind {
    /// The file that no staged dump of the other kind has.
    pub(super) fn mark(self) -> &'static str {
        match self {
            Self::Records => PIECES,
            Self::ComponentUsages => COMPONENT_USAGES,
        }
    }

    /// Whether a folder is a staged dump of this kind.
    pub(crate) fn is_at(self, folder: &Path) -> bool {
        [NAME, self.mark()].iter().all(|name| folder.join(name).is_file())
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Records => "record",
            Self::ComponentUsages => "component usage",
        }
    }
}

/// Refuses a folder that has the name of a staged dump, and not all of its files.
pub(crate) fn check_whole(folder: &Path) -> Result<()> {
    let name = folder.file_name().unwrap_or_default().as_encoded_bytes();
    let is_named = name.len() == NAME_DIGITS && name.iter().all(u8::is_ascii_hexdigit);
    match is_named && !is_staged_dump(folder) {
        true => Err(damaged(
            folder,
            "files of the staged dump are missing; remove the folder and stage the dump again",
        )),
        false => Ok(()),
    }
}

/// Whether a folder is a staged dump.
pub fn is_staged_dump(folder: &Path) -> bool {
    Kind::Records.is_at(folder) || Kind::ComponentUsages.is_at(folder)
}

/// Whether an input is a folder with staged component usages.
pub(crate) fn has_component_usages(input: &str) -> bool {
    let (folder, kind) = (Path::new(input), Kind::ComponentUsages);
    kind.is_at(folder) || !dumps_in(folder, kind).is_empty()
}

/// The folders of staged dumps that are in a folder.
pub(super) fn dumps_in(folder: &Path, kind: Kind) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    entries.map(|entry| entry.path()).filter(|path| !is_hidden(path) && kind.is_at(path)).collect()
}
