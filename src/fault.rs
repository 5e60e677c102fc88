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

    /// Whether every record and file could be used.
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

    /// How many there are of each reason, those not kept included. Their sum is [`count`](Self::count).
    pub fn counts(&self) -> &BTreeMap<Reason, u64> {
        &self.counts
    }

    /// Removes the values and texts that were found, which may contain personal data.
    pub(crate) fn withhold(&mut self, instead: &str) {
        self.first.iter_mut().for_each(|fault| fault.withhold(instead));
    }
}

/// A record, or a whole file, that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The file, as the inputs name it; `-` is standard input, and a file of an archive comes after the archive's
    /// name.
    pub file: String,
    /// The record's number in its file, from 1; none if the whole file is at fault.
    pub record: Option<u64>,
    /// Bytes before the record in its (decompressed) file; none in Parquet.
    pub offset: Option<u64>,
    /// The line in which the record begins, as an editor or spreadsheet numbers it; none in JSON and Parquet.
    pub line: Option<u64>,
    /// The sheet of a workbook; its line is a row there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The field at fault, by the endpoint's name; `None` if the record or file as a whole is.
    pub field: Option<&'static str>,
    /// What was found, shortened to 120 characters.
    pub value: String,
    /// What a value has to look like, as a noun phrase; empty where the reason says it all.
    pub expected: String,
    /// Which kind of fault it is.
    pub reason: Reason,
    /// The record as it stands in the file, shortened to 64 KiB; empty where nobody asked for it.
    pub raw: String,
}

impl Fault {
    /// Removes the value and the text that were found.
    pub(crate) fn withhold(&mut self, instead: &str) {
        instead.clone_into(&mut self.value);
        self.raw = String::new();
    }
}

/// The table: reason, code in machine-readable output, and what is wrong, in a sentence.
macro_rules! reasons {
    ($($reason:ident $code:literal $meaning:literal;)*) => {
        /// Why a record or file is rejected.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $meaning] $reason,)*
        }

        impl Reason {
            /// In the order in which reasons are listed.
            pub const ALL: [Self; [$(Self::$reason),*].len()] = [$(Self::$reason),*];

            /// What is wrong, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$reason => $meaning,)*
                }
            }

            /// The code in machine-readable output.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$reason => $code,)*
                }
            }
        }
    };
}

reasons! {
    EmptyFile           "empty_file"            "The file is empty.";
    NotRecords          "not_records"           "The file has something else than records.";
    Truncated           "truncated"             "The file ends inside a record.";
    Malformed           "malformed"             "The text of the record is not valid in its format.";
    NotUtf8             "not_utf8"              "The bytes are not UTF-8.";
    TooLong             "too_long"              "The record is longer than 16 MiB.";
    DuplicateField      "duplicate_field"       "A record has a field twice.";
    MissingField        "missing_field"         "A required field is missing.";
    NullField           "null_field"            "A field is null that must have a value.";
    BadValue            "bad_value"             "A value has the wrong kind or is out of range.";
    ConflictingVersions "conflicting_versions"  "Two records with one uuid and one `modified` have different usage.";
    DuplicateKey        "duplicate_key"         "Two uuids are used for one user of one component usage in one dump.";
    DamagedCompression  "damaged_compression"   "The compressed stream is damaged.";
    DamagedParquet      "damaged_parquet"       "The Parquet file cannot be decoded.";
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
