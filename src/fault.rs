//! Records and files that cannot be used, and why.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// How many rejected records are kept with their place and text. All of them are counted.
pub const FAULTS_KEPT_MAX: usize = 1000;

/// Rejected records and unreadable files: the first of them, and how many there are of each reason.
///
/// Its size does not depend on how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    first: Vec<Fault>,
    counts: BTreeMap<Reason, u64>,
}

impl Faults {
    /// `first` is in the order of files and records.
    pub fn new(mut first: Vec<Fault>, counts: BTreeMap<Reason, u64>) -> Self {
        first.truncate(FAULTS_KEPT_MAX);
        Self { first, counts }
    }

    /// Adds the next one in the order of files and records.
    pub fn push(&mut self, fault: Fault) {
        *self.counts.entry(fault.reason).or_default() += 1;
        if self.first.len() < FAULTS_KEPT_MAX {
            self.first.push(fault);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// How many there are, those not kept included.
    pub fn count(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The first of them, at most [`FAULTS_KEPT_MAX`].
    pub fn first(&self) -> &[Fault] {
        &self.first
    }

    pub fn counts(&self) -> &BTreeMap<Reason, u64> {
        &self.counts
    }

    /// Removes the values and texts that were found, which may contain personal data.
    pub fn withhold(&mut self, instead: &str) {
        self.first.iter_mut().for_each(|fault| fault.withhold(instead));
    }
}

/// A record, or a whole file, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub file: String,
    /// The record's number in its file, from 1; none where the whole file is at fault.
    pub record: Option<u64>,
    /// Bytes before the record in its (decompressed) file; none in Parquet.
    pub offset: Option<u64>,
    /// The line in which the record begins, as an editor or spreadsheet numbers it; none in JSON and Parquet.
    pub line: Option<u64>,
    pub field: Option<&'static str>,
    /// What was found, shortened to 120 characters.
    pub value: String,
    pub expected: String,
    pub reason: Reason,
    /// The record as it stands in the file, shortened to 64 KiB; empty where nobody asked for it.
    pub raw: String,
}

impl Fault {
    /// Removes the value and the text that were found.
    pub fn withhold(&mut self, instead: &str) {
        instead.clone_into(&mut self.value);
        self.raw = String::new();
    }
}

/// Why a record or file is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The file has no byte.
    EmptyFile,
    /// The file holds something else than records.
    NotRecords,
    /// The file ends inside a record.
    Truncated,
    /// The text of the record breaks its format's grammar.
    Malformed,
    /// The bytes are not UTF-8.
    NotUtf8,
    /// The record is longer than 16 MiB.
    TooLong,
    /// A field stands twice in one record.
    DuplicateField,
    /// A required field is missing.
    MissingField,
    /// A field is null that must not be.
    NullField,
    /// A field has a value of the wrong kind or out of its range.
    BadValue,
    /// Two records of one uuid and `modified` with different usage.
    ConflictingVersions,
    /// Two uuids for one user under one parent in one dump.
    DuplicateKey,
    /// The compressed stream is damaged.
    DamagedCompression,
    /// The Parquet file cannot be decoded.
    DamagedParquet,
}

impl Reason {
    /// The code as it stands in machine-readable output.
    pub fn code(self) -> &'static str {
        match self {
            Self::EmptyFile => "empty_file",
            Self::NotRecords => "not_records",
            Self::Truncated => "truncated",
            Self::Malformed => "malformed",
            Self::NotUtf8 => "not_utf8",
            Self::TooLong => "too_long",
            Self::DuplicateField => "duplicate_field",
            Self::MissingField => "missing_field",
            Self::NullField => "null_field",
            Self::BadValue => "bad_value",
            Self::ConflictingVersions => "conflicting_versions",
            Self::DuplicateKey => "duplicate_key",
            Self::DamagedCompression => "damaged_compression",
            Self::DamagedParquet => "damaged_parquet",
        }
    }
}

/// `page-0001.json: record 3, byte 2207: usage is "12,5"; expected a decimal … [bad_value]`
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match (self.line, self.record, self.offset) {
            (Some(line), ..) => write!(f, "line {line}: ")?,
            (None, Some(record), Some(offset)) => write!(f, "record {record}, byte {offset}: ")?,
            (None, Some(record), None) => write!(f, "record {record}: ")?,
            (None, None, _) => {}
        }
        if let Some(field) = self.field {
            write!(f, "{field} ")?;
            if !self.value.is_empty() {
                f.write_str("is ")?;
            }
        }
        if !self.value.is_empty() {
            f.write_str(&self.value)?;
        }
        if !self.expected.is_empty() {
            write!(f, "; expected {}", self.expected)?;
        }
        write!(f, " [{}]", self.reason.code())
    }
}
