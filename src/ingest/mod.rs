//! Bytes to records: inputs are listed, read by all cores, and brought down to one truth.

pub mod collector;
pub mod interner;
pub mod parents;
pub mod progress;
pub mod raw;
pub mod token;

use chrono::{DateTime, Utc};

pub use self::collector::Reading;
pub use self::progress::Progress;
use crate::fault::Fault;
use crate::finding::Notice;
use crate::report::Accounting;
use crate::usage::UsageFrame;

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Files, folders, patterns, or `-` for standard input.
    pub inputs: Vec<String>,
    pub reading: Reading,
    /// Makes the completeness alarm a remark.
    pub accepts_incomplete: bool,
    /// Computes the SHA-256 of each file.
    pub hashes_files: bool,
    /// How many threads read; none for one a core.
    pub threads: Option<usize>,
}

/// What was read: the records that count, and everything that is to be said about the others.
#[derive(Debug)]
pub struct Intake {
    pub frame: UsageFrame,
    /// With nothing filtered out yet.
    pub accounting: Accounting,
    /// In the order of files and records.
    pub faults: Vec<Fault>,
    pub notices: Vec<Notice>,
    pub files: Vec<InputFile>,
    /// The latest time that an index of pages gives.
    pub index_time: Option<DateTime<Utc>>,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    pub path: String,
    /// On disk, compressed where the file is.
    pub bytes: u64,
    /// In hex, where asked for.
    pub sha256: Option<String>,
    pub records: u64,
}

/// How the endpoint writes a uuid: 32 hex digits, lower case.
fn uuid_hex(uuid: u128) -> [u8; 32] {
    let mut hex = [0; 32];
    for (at, digit) in hex.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(uuid >> (124 - 4 * at)) as usize & 15];
    }
    hex
}
