//! What can be wrong, one variant each, named as a user would name it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::conflict::Conflict;
use crate::fault::{Fault, Faults};
use crate::period::BillingPeriod;
use crate::text::counted;

/// The library's error: nothing was done, unless it is [`Error::Committed`].
///
/// Wrong records are not errors but [faults](crate::fault::Fault), collected beside the good ones.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(
        "{text:?} is not a period; expected 2026-10, 2026-07..2026-10, 2026-Q3, 2026, fy2026 or last-month"
    )]
    UnknownPeriod { text: String },

    #[error("the period {start}..{last} ends before it begins; put the earlier month first")]
    ReversedPeriod { start: BillingPeriod, last: BillingPeriod },

    #[error("{text:?} is not a dimension; expected one of {expected}")]
    UnknownDimension { text: String, expected: String },

    #[error("the dimensions {first} and {second} cannot be combined; leave one out")]
    ConflictingDimensions { first: &'static str, second: &'static str },

    #[error("{path}: line {line}: {reason}; correct it", path = .path.display())]
    BadConfiguration { path: PathBuf, line: usize, reason: String },

    #[error("{parameter} is {value:?}; expected {expected}")]
    BadParameter { parameter: &'static str, value: String, expected: String },

    #[error("no {kind} is named {name:?}{}", suggestion(.similar))]
    UnknownName { kind: &'static str, name: String, similar: Vec<String> },

    #[error("{count} {kind}s are named {name:?}; name the one you mean by its uuid: {uuids}", count = .uuids.split(", ").count())]
    AmbiguousName { kind: &'static str, name: String, uuids: String },

    #[error(transparent)]
    Conflict(#[from] Conflict),

    #[error("{path}: holds something else than {expected}", path = .path.display())]
    UnusableFile { path: PathBuf, expected: &'static str },

    #[error("{name} needs {expected}")]
    UnusableVariable { name: &'static str, expected: &'static str },

    #[error("{path}: not found; name a file, a folder, a pattern or - for standard input", path = .path.display())]
    InputNotFound { path: PathBuf },

    #[error("{path}: holds no file of records; name the folder that the dump was saved in", path = .path.display())]
    InputWithoutFiles { path: PathBuf },

    #[error("{path}: is {what}, whose end may never come; name a plain file, or pipe it in: usagebook … - < {path}", path = .path.display())]
    NoPlainFile { path: PathBuf, what: &'static str },

    #[error("{path}: is {what}, whose end may never come; name a plain file", path = .path.display())]
    OtherThanFile { path: PathBuf, what: &'static str },

    #[error("{path}: {reason}", path = .path.display())]
    BadArchive { path: PathBuf, reason: String },

    #[error("{path}: is a book, not a dump", path = .path.display())]
    BookAsInput { path: PathBuf },

    #[error("{pattern}: no file matches this pattern")]
    PatternWithoutMatch { pattern: String },

    #[error("{path}: cannot be read", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    #[error("{path}: cannot be written", path = .path.display())]
    Unwritable { path: PathBuf, source: io::Error },

    #[error("the output cannot be written")]
    Output { source: io::Error },

    #[error("{path} holds files of another schema ({found}); expected {expected}; choose another folder", path = .path.display())]
    ForeignFolder { path: PathBuf, found: String, expected: String },

    #[error("{path}: the journal has {missing}; add them to [journal], or to a rule of it", path = .path.display())]
    JournalIncomplete { path: PathBuf, missing: String },

    #[error(
        "the journal of {currency} does not come to the report: {found} instead of {expected}; nothing is written"
    )]
    JournalUnbalanced { currency: String, found: String, expected: String },

    #[error("{path}: line {line}: {found}; expected {expected}")]
    BadTable { path: String, line: u64, found: String, expected: String },

    #[error("no statement is written, because usage is probably missing: {reason}")]
    StatementsIncomplete { reason: String },

    /// Records or files that cannot be used, where nothing says what to do with them.
    #[error("{} cannot be used; nothing was written", counted(faults.count(), "record or file"))]
    Rejected { faults: Box<Faults> },

    #[error("usage has no prices, which this needs")]
    NoPrices,

    /// What is compared with the latest closed version needs one.
    #[error("{period} is not closed; name the earlier state")]
    NotClosed { period: BillingPeriod },

    #[error("{fault}")]
    BadDump { fault: Box<Fault> },

    #[error("{path}: not an index of pages: {reason}; correct it or take it away", path = .path.display())]
    BadIndex { path: PathBuf, reason: String },

    #[error("{column} is {value} in row {row}; it does not fit DECIMAL(18,2)")]
    DecimalTooLarge { column: String, value: String, row: usize },

    #[error(
        "{column} is {value} in row {row}; it does not fit DECIMAL(20,3), the type of amounts in Parquet; write it as CSV or JSON"
    )]
    AmountTooWide { column: String, value: String, row: usize },

    #[error("the report could not be encoded as Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),

    #[error("the workbook could not be put together")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),

    #[error("the columns could not be put together")]
    Frame(#[from] polars::error::PolarsError),

    #[error("SQL{place}: {reason}", place = .place.map_or_else(String::new, |(line, column)| format!(", line {line}, column {column}")))]
    BadQuery { place: Option<(u64, u64)>, reason: String },

    #[error("{path}: is no book", path = .path.display())]
    NotABook { path: PathBuf },

    #[error("{path}: holds other files than a book's; name a folder that is empty or not there yet", path = .path.display())]
    OccupiedFolder { path: PathBuf },

    #[error("{path}: a book of format version {found}; this usagebook knows version {expected}; use a newer one", path = .path.display())]
    UnknownBookFormat { path: PathBuf, found: u64, expected: u64 },

    #[error("{path}: {reason}; the book is damaged here: put this file back from a copy; usagebook verify names all that is wrong", path = .path.display())]
    DamagedBook { path: PathBuf, reason: String },

    /// What names the current state of a book is lost or damaged, though files of a book are there.
    #[error("{path}: {reason}; nothing was changed", path = .path.display())]
    RootLost { path: PathBuf, folder: PathBuf, reason: String },

    #[error(
        "{path}: several generations prove themselves, and nothing says which is current: {known}", path = .path.display()
    )]
    GenerationUnclear { path: PathBuf, known: String },

    #[error("{path}: the remains of a book, in which nothing proves what the book was; nothing was changed: restore the book from a backup", path = .path.display())]
    BookLost { path: PathBuf },

    #[error("{path}: locked for writing by {holder}; {}", until_unlocked(*.waited, .note.as_deref()), path = .path.display())]
    BookLocked {
        path: PathBuf,
        holder: String,
        waited: Duration,
        /// The note of the holder, where the file system has no locks.
        note: Option<PathBuf>,
    },

    #[error(
        "the statement of {whose} does not come to what the report has; nothing was written; this is a defect of usagebook"
    )]
    NotTied { whose: String },

    #[error("{path}: is there already; name a folder that is not there yet, or move this one away", path = .path.display())]
    FolderThere { path: PathBuf },

    #[error("{text:?} is not a version; expected v1, v2 and so on, now, or the id of a delivery")]
    UnknownVersion { text: String },

    #[error("{period} has no version {version}; it has {known}")]
    NoSuchVersion { period: BillingPeriod, version: String, known: String },

    #[error("the book has no delivery {id}; usagebook history lists them")]
    NoSuchDelivery { id: String },

    #[error("the book has no month {period}; usagebook status lists them")]
    NoSuchMonth { period: BillingPeriod },

    #[error(
        "the delivery's time, {time}, is after this machine's clock, {clock}: later deliveries would count as older \
         than it; correct {source_of_time}, or the clock"
    )]
    FutureDelivery { time: String, source_of_time: &'static str, clock: String },

    #[error(
        "{period}: the token of these inputs sees only a part of the portal (seen_as is part), so that the records of all \
         other customers would be retired; name the customers that it sees whole"
    )]
    SeenInPart { period: BillingPeriod },

    #[error("{period}: {reason}; {remedy}")]
    Refused { period: BillingPeriod, reason: String, remedy: Remedy },

    #[error("{path}: {found}; a new pull needs a folder of its own", path = .path.display())]
    FolderTaken { path: PathBuf, found: &'static str },

    #[error("{url}: nothing was pulled: {reason}")]
    NotPulled { url: String, reason: String },

    #[error("interrupted; what was pulled is kept")]
    PullInterrupted,

    #[error("{path}: line {line}: {reason}", path = .path.display())]
    BadRateCard { path: PathBuf, line: usize, reason: String },

    #[error("{path}: the price list has no price for some usage", path = .path.display())]
    PriceMissing {
        path: PathBuf,
        count: usize,
        /// Month, offering, component, unit, records and usage of the first of them, a line each.
        missing: Vec<String>,
    },

    #[error("{path}: prices are for another unit than the records': {mismatches}; correct measured_unit there, or add a price for the records' unit", path = .path.display())]
    PriceForOtherUnit { path: PathBuf, mismatches: String },

    #[error("no exchange rate {missing}; add it to the exchange rates")]
    RateMissing { missing: String },

    #[error("{path}: line {line}: the amount of {usage} does not fit 18 digits before the point; correct the price", path = .path.display())]
    AmountTooLarge { path: PathBuf, line: usize, usage: String },

    #[error("cannot listen on {address}")]
    Unlistenable { address: SocketAddr, source: io::Error },

    /// The change is made; this is what failed after it.
    #[error("committed; {what}")]
    Committed { what: &'static str, source: Box<Self> },

    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// The table: each remedy, and what to do in a clause without names of flags.
macro_rules! remedies {
    ($($remedy:ident $text:literal;)*) => {
        /// What can be done about a change that was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum Remedy {
            $(
                #[doc = $text]
                #[error($text)]
                $remedy,
            )*
        }
    };
}

remedies! {
    ServersTimezone
        "a billing period that is missing is derived from date: make the book in the server's time zone";
    NotAsComplete
        "take them in as what they are, or as complete nevertheless";
    AllowRetiring
        "allow that if they are gone from the server";
    LaterDump
        "take a later dump in";
    WholeDump
        "take a whole dump in";
    Restate
        "usagebook restate makes the next version";
    Close
        "usagebook close makes its first version";
    LookIntoHistory
        "usagebook history lists the deliveries";
}

fn until_unlocked(waited: Duration, note: Option<&Path>) -> String {
    match note {
        None => format!("waited {} s; wait until it is done", waited.as_secs()),
        Some(note) => {
            format!("the file system has no locks: if that process no longer runs, delete {}", note.display())
        }
    }
}

fn suggestion(similar: &[String]) -> String {
    match similar {
        [] => String::new(),
        names => format!(
            "; did you mean {}?",
            names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" or ")
        ),
    }
}

impl Error {
    /// What failed after the change was made: telling about it.
    pub fn after_commit(self) -> Self {
        Self::Committed { what: "the report could not be written", source: Box::new(self) }
    }

    /// Whether the request was wrong, not the data, the disk or the network.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownPeriod { .. }
                | Self::ReversedPeriod { .. }
                | Self::UnknownDimension { .. }
                | Self::ConflictingDimensions { .. }
                | Self::BadConfiguration { .. }
                | Self::BadParameter { .. }
                | Self::BadQuery { .. }
                | Self::UnknownName { .. }
                | Self::AmbiguousName { .. }
                | Self::Conflict(_)
                | Self::UnusableFile { .. }
                | Self::UnusableVariable { .. }
                | Self::UnknownVersion { .. }
                | Self::NoSuchVersion { .. }
                | Self::NoSuchDelivery { .. }
                | Self::NoSuchMonth { .. }
                | Self::FolderTaken { .. }
                | Self::FolderThere { .. }
                | Self::NotClosed { .. }
                | Self::NoPrices
        )
    }
}

pub type Result<T, E = Error> = std::result::Result<T, E>;
