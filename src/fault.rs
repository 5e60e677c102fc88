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
    /// The sheet of a workbook; its line is a row there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
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
#[non_exhaustive]
pub enum Reason {
    EmptyFile,
    NotRecords,
    Truncated,
    Malformed,
    NotUtf8,
    TooLong,
    DuplicateField,
    MissingField,
    NullField,
    BadValue,
    ConflictingVersions,
    DuplicateKey,
    DamagedCompression,
    DamagedParquet,
}

impl Reason {
    pub const ALL: [Self; 14] = [
        Self::EmptyFile,
        Self::NotRecords,
        Self::Truncated,
        Self::Malformed,
        Self::NotUtf8,
        Self::TooLong,
        Self::DuplicateField,
        Self::MissingField,
        Self::NullField,
        Self::BadValue,
        Self::ConflictingVersions,
        Self::DuplicateKey,
        Self::DamagedCompression,
        Self::DamagedParquet,
    ];

    /// What is wrong, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::EmptyFile => "The file is empty.",
            Self::NotRecords => "The file has something else than records.",
            Self::Truncated => "The file ends inside a record.",
            Self::Malformed => "The text of the record is not valid in its format.",
            Self::NotUtf8 => "The bytes are not UTF-8.",
            Self::TooLong => "The record is longer than 16 MiB.",
            Self::DuplicateField => "A record has a field twice.",
            Self::MissingField => "A required field is missing.",
            Self::NullField => "A field is null that must have a value.",
            Self::BadValue => "A value has the wrong kind or is out of range.",
            Self::ConflictingVersions => "Two records with one uuid and one `modified` have different usage.",
            Self::DuplicateKey => "Two uuids are used for one user of one component usage in one dump.",
            Self::DamagedCompression => "The compressed stream is damaged.",
            Self::DamagedParquet => "The Parquet file cannot be decoded.",
        }
    }

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
        if let Some(sheet) = &self.sheet {
            write!(f, "sheet {sheet:?}, ")?;
        }
        match (self.line, self.record, self.offset) {
            (Some(row), ..) if self.sheet.is_some() => write!(f, "row {row}: ")?,
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
