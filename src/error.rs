//! What can be wrong, one variant each, named as a user would name it.

mod engine;
mod words;

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use self::engine::EngineFailure;
use self::words::{in_file, listed, more_of, open_instead, suggestion, until_unlocked};
use crate::conflict::Conflict;
use crate::fault::{Fault, Faults};
use crate::notice::Code;
use crate::period::BillingPeriod;
use crate::text::counted;

/// The library's error: nothing was done, unless it is [`Error::Committed`].
///
/// Wrong records are not errors but [faults](crate::fault::Fault), collected beside the good ones. Paths are as they were
/// given; `reason`, `found` and `expected` are clauses for people.
#[expect(missing_docs, reason = "the message of a variant says what its fields are")]
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that names no months.
    #[error(
        "{text:?} is not a period; expected 2026-10, 2026-07..2026-10, 2026-Q3, 2026, fy2026 or last-month"
    )]
    UnknownPeriod { text: String },

    /// A text that is not one month.
    #[error("{text:?} is not a month; expected one month, as 2026-10")]
    UnknownMonth { text: String },

    /// Columns that are no frame, as two of one name.
    #[error("the columns cannot be put into one frame: {reason}")]
    Frame { reason: String },

    /// A customer or project that a book knows nothing of. What is written about it could not be taken back.
    #[error("no record of the book is of {what}; check the uuid: what is written to a book stays in it")]
    UnknownOwner { what: String },

    /// A result that would replace what it may not.
    #[error("{place} cannot be written: {reason}; name another file")]
    TakenPlace { place: String, reason: String },

    /// A range of months whose first is after its last.
    #[error("the period {start}..{last} ends before it begins; put the earlier month first")]
    ReversedPeriod { start: BillingPeriod, last: BillingPeriod },

    /// A word to group by that is neither a dimension nor an attribute at hand. `expected` lists those that
    /// are.
    #[error("{text:?} is not a dimension; expected one of {expected}")]
    UnknownDimension { text: String, expected: String },

    /// A dimension that is named twice, or two stretches of time.
    #[error("the dimensions {first} and {second} cannot be combined; leave one out")]
    ConflictingDimensions { first: &'static str, second: &'static str },

    /// A configuration that says what it cannot. Lines count from 1.
    #[error("{path}: line {line}: {reason}; correct it", path = .path.display())]
    BadConfiguration { path: PathBuf, line: usize, reason: String },

    /// A value that does not fit its parameter: a filter, an order, a field, a format.
    #[error("{parameter} is {value:?}; expected {expected}")]
    BadParameter { parameter: &'static str, value: String, expected: String },

    /// A name that nothing in the records has; `similar` are the closest ones that are there, the closest
    /// first.
    #[error("no {kind} is named {name:?}{}", suggestion(.similar))]
    UnknownName { kind: &'static str, name: String, similar: Vec<String> },

    /// A name that several uuids have; `uuids` lists them, separated by commas.
    #[error("{count} {kind}s are named {name:?}; name the one you mean by its uuid: {uuids}", count = .uuids.split(", ").count())]
    AmbiguousName { kind: &'static str, name: String, uuids: String },

    /// Figures made of component usages, of months that have records and no component usage.
    #[error("{months}: records, and no component usages")]
    NoComponentUsages { months: String },

    /// Wishes that exclude each other.
    #[error(transparent)]
    Conflict(#[from] Conflict),

    /// A file with a token, a key or certificates that has something else. What it has is not repeated.
    #[error("{path}: holds something else than {expected}", path = .path.display())]
    UnusableFile { path: PathBuf, expected: &'static str },

    /// A variable of the environment that has something else than is needed. What it has is not repeated.
    #[error("{name} needs {expected}")]
    UnusableVariable { name: &'static str, expected: &'static str },

    /// An input that is not there.
    #[error("{path}: not found; name a file, a folder, a pattern or - for standard input", path = .path.display())]
    InputNotFound { path: PathBuf },

    /// A folder in which no file can be a dump's.
    #[error("{path}: holds no file of records; name the folder that the dump was saved in", path = .path.display())]
    InputWithoutFiles { path: PathBuf },

    /// An input of records that is a pipe, a socket or a device. They can be read by way of standard input.
    #[error("{path}: is {what}, which may never end; name a plain file, or pipe it in: usagebook … - < {path}", path = .path.display())]
    NoPlainFile { path: PathBuf, what: &'static str },

    /// A month that is to be closed, its open warnings with their instances, and the version that has them if it is not shown.
    #[error("{period} has warnings that nobody has answered for: {}", listed(.open))]
    OpenWarnings { period: BillingPeriod, open: Vec<(Code, usize)>, book: PathBuf, version: Option<String> },

    /// An answer for a warning that the month does not have, or that somebody has answered for.
    #[error("{period} has no open warning {code}; {}", open_instead(.open), code = .code.name())]
    WarningNotOpen { period: BillingPeriod, code: Code, open: Vec<(Code, usize)> },

    /// Another input than records that is a pipe, a socket or a device.
    #[error("{path}: is {what}, which may never end; name a plain file", path = .path.display())]
    OtherThanFile { path: PathBuf, what: &'static str },

    /// An archive that cannot be read to its end, or that no reader should unpack.
    #[error("{path}: {reason}", path = .path.display())]
    BadArchive { path: PathBuf, reason: String },

    /// The folder of a book where records are expected.
    #[error("{path}: is a book, not a dump", path = .path.display())]
    BookAsInput { path: PathBuf },

    /// A dump that is not staged, where an engine reads the records.
    #[error("{label}: is not staged, and an engine can read only staged dumps")]
    NotStaged { label: String },

    /// A path that an engine would take for a pattern, or for more than a path.
    #[error("{path}: contains {character:?}, which an engine does not take as a part of a path", path = .path.display())]
    PathForEngine { path: PathBuf, character: char },

    /// What the statements for an engine cannot express.
    #[error("the statements for an engine cannot express {what}")]
    NotInStatements { what: String },

    /// An engine that did not compute what it was asked for.
    #[error("the engine at {address} {failure}")]
    Engine { address: String, failure: EngineFailure },

    /// A file that a descriptor in this place cannot name, as it names files below its own folder only.
    #[error("{}: cannot describe {}, which is not in its folder or below; write the descriptor beside it or above", .descriptor.display(), .path.display())]
    NotBelowDescriptor { path: PathBuf, descriptor: PathBuf },

    /// Rows whose users an engine cannot count with the others.
    #[error(
        "an engine cannot count the users of every row of this report: not of rows that sum up all others, nor of one group that has several currencies"
    )]
    UsersNotCounted,

    /// What is not asked of an engine.
    #[error("an engine does not compute {what}")]
    NotByEngine { what: String },

    /// Records that cannot be used, where an engine reads them and nobody lists them.
    #[error(
        "{rejected} of the staged records and files were rejected when they were staged, and {conflicting} records contradict each other"
    )]
    RejectedInEngine { rejected: u64, conflicting: u64 },

    /// Results of an engine that contradict each other, or are not what was asked for.
    #[error("the engine's results do not agree, so nothing was written: {reason}")]
    EngineDisagrees { reason: String },

    /// A pattern that no file's name matches.
    #[error("{pattern}: no file matches this pattern")]
    PatternWithoutMatch { pattern: String },

    /// A file or folder that the system does not let us read.
    #[error("{path}: cannot be read", path = .path.display())]
    Unreadable { path: PathBuf, source: io::Error },

    /// A file of a staged dump that is not as it was written, or is of another time zone.
    #[error("{path}: {reason}", path = .path.display())]
    BadStagedDump { path: PathBuf, reason: String },

    /// A file or folder that the system does not let us write.
    #[error("{path}: cannot be written", path = .path.display())]
    Unwritable { path: PathBuf, source: io::Error },

    /// Standard output, or whatever the caller writes to, that fails. A closed pipe is one of its sources.
    #[error("the output cannot be written")]
    Output { source: io::Error },

    /// A folder of monthly files to which files of other columns were to be added.
    #[error("{path} holds files of another schema ({found}); expected {expected}; choose another folder", path = .path.display())]
    ForeignFolder { path: PathBuf, found: String, expected: String },

    /// A mapping to ledger postings that lacks an account or a text that the report needs.
    #[error("{path}: the journal has {missing}; add them to [journal], or to a rule of it", path = .path.display())]
    JournalIncomplete { path: PathBuf, missing: String },

    /// The same of a closed month, which keeps the attributes that it was closed with.
    #[error("{path}: the journal has {missing}; {period} keeps the attributes of its closing", path = .path.display())]
    ClosedAttributesLack { path: PathBuf, missing: String, period: BillingPeriod, book: PathBuf },

    /// Postings whose sum is not the report's. It is checked of every journal.
    #[error(
        "the journal of {currency} does not come to the report: {found} instead of {expected}; nothing is written"
    )]
    JournalUnbalanced { currency: String, found: String, expected: String },

    /// A table of prices, attributes, budgets or rates with something unusable in it. Lines count from 1; in a
    /// workbook they are rows.
    #[error("{path}: line {line}: {found}; expected {expected}")]
    BadTable { path: String, line: u64, found: String, expected: String },

    /// Statements of a period whose records are probably incomplete, which nobody accepted.
    #[error("no statement is written, because usage is probably missing: {reason}")]
    StatementsIncomplete { reason: String },

    /// Records or files that cannot be used, where nothing says what to do with them.
    #[error("{} cannot be used; nothing was written", counted(faults.count(), "record or file"))]
    Rejected { faults: Box<Faults> },

    /// Bills of a part of what recipients used.
    #[error("a bill has all usage of its {per}, and the filter {filter} would leave some of it out")]
    BillsOfParts { per: &'static str, filter: &'static str },

    /// Amounts are asked for and no prices are given.
    #[error("usage has no prices, which this needs")]
    NoPrices,

    /// A price list that says something else of a closed month than the month was closed with.
    #[error("{path}: closed months have other prices: {}", more_of(.differences, *.count), path = .path.display())]
    FrozenPricesDiffer { path: PathBuf, count: usize, differences: Vec<String> },

    /// Figures that are grouped by what changed between closed months.
    #[error(
        "{attribute} changed between closed months: {difference}; ask for the months one by one, or not by {attribute}"
    )]
    FrozenAttributesDiffer { attribute: String, difference: String },

    /// Closed months that are to have other prices, where none has any.
    #[error("no month that is asked for was closed with prices")]
    NothingFrozen,

    /// Figures that are asked for on another basis than a month was closed with.
    #[error("{months} closed with amounts made of {frozen}, not of {asked}")]
    FrozenBasisDiffers { months: String, frozen: String, asked: String },

    /// What is compared with the latest closed version needs one.
    #[error("{period} is not closed; name the earlier state")]
    NotClosed { period: BillingPeriod },

    /// A file in which damage leaves no record to go on from, where one cannot be rejected.
    #[error("{fault}")]
    BadDump { fault: Box<Fault> },

    /// An `index.json` that does not describe pages.
    #[error("{path}: not an index of pages: {reason}; correct it or take it away", path = .path.display())]
    BadIndex { path: PathBuf, reason: String },

    /// A sum with more than 16 digits before the point in a Parquet column of 18 digits. Rows count from 1.
    #[error("{column} is {value} in row {row}; it does not fit DECIMAL(18,2)")]
    DecimalTooLarge { column: String, value: String, row: usize },

    /// An amount with more than 17 digits before the point in Parquet. Rows count from 1.
    #[error(
        "{column} is {value} in row {row}; it does not fit DECIMAL(20,3), the type of amounts in Parquet; write it as CSV or JSON"
    )]
    AmountTooWide { column: String, value: String, row: usize },

    /// Parquet that cannot be written.
    #[error("the report could not be encoded as Parquet")]
    Parquet(#[source] Cause),

    /// A workbook that cannot be written.
    #[error("the workbook could not be put together")]
    Workbook(#[source] Cause),

    /// A data frame, made elsewhere, that is none of records or parents.
    #[error("the column {column} of the {rows} is {found}; expected {expected}")]
    BadFrame { rows: &'static str, column: &'static str, found: String, expected: String },

    /// Records were read without what tells single ones apart.
    #[error("single records were not kept; ask for them when you read")]
    NoDetails,

    /// SQL that cannot be understood or answered exactly. `place` is a line and a column, both from 1.
    #[error("SQL{place}: {reason}", place = .place.map_or_else(String::new, |(line, column)| format!(", line {line}, column {column}")))]
    BadQuery { place: Option<(u64, u64)>, reason: String },

    /// A folder in which there is no book.
    #[error("{path}: is not a book", path = .path.display())]
    NotABook { path: PathBuf },

    /// A folder in which a book is to be made and is.
    #[error("{path}: is a book already", path = .path.display())]
    BookThere { path: PathBuf },

    /// A folder for a new book that has other files.
    #[error("{path}: holds other files than a book's; name a folder that is empty or not there yet", path = .path.display())]
    OccupiedFolder { path: PathBuf },

    /// A book of a later program.
    #[error("{path}: a book of format version {found}; this usagebook knows version {expected}; use a newer one", path = .path.display())]
    UnknownBookFormat { path: PathBuf, found: u64, expected: u64 },

    /// A file of a book that is missing or not as it was written.
    #[error("{path}: {reason}; the book is damaged here: usagebook verify names all that is wrong, usagebook repair looks for copies; else put this file back from a backup", path = .path.display())]
    DamagedBook { path: PathBuf, reason: String },

    /// What names the current state of a book is lost or damaged, though files of a book are there.
    #[error("{path}: {reason}; nothing was changed", path = .path.display())]
    RootLost { path: PathBuf, folder: PathBuf, reason: String },

    /// A book without its root, of which several states prove themselves. `known` describes them.
    #[error("{path}: {reason}; nothing was changed. The book still has {known}", path = .path.display())]
    GenerationUnclear { path: PathBuf, reason: String, known: String },

    /// A book without its root, of which no state proves itself.
    #[error("{path}: the remains of a book, in which nothing proves what the book was; nothing was changed: restore the book from a backup", path = .path.display())]
    BookLost { path: PathBuf },

    /// A book that another process is writing to.
    #[error("{path}: locked for writing by {holder}; {}", until_unlocked(*.waited, .note.as_deref()), path = .path.display())]
    BookLocked {
        path: PathBuf,
        holder: String,
        waited: Duration,
        /// The note of the holder, where the file system has no locks.
        note: Option<PathBuf>,
    },

    /// A statement whose sums are not those of the report. It is checked of every statement.
    #[error(
        "the statement of {whose} does not come to what the report has; nothing was written; this is a defect of usagebook"
    )]
    NotTied { whose: String },

    /// Bills whose sums are not those of the report. It is checked of all bills.
    #[error(
        "the bills do not come to what the report has; nothing was written; this is a defect of usagebook"
    )]
    BillsNotTied,

    /// A month of which no bills can be issued as it is asked for.
    #[error("{period} cannot be billed: {reason}")]
    NotBilled { period: BillingPeriod, reason: String },

    /// Amounts that nobody would pay.
    #[error(
        "bills per {per}: no {per} is known of {missing}; add it to the attributes or the price list, or make bills per customer"
    )]
    WithoutRecipient { per: &'static str, missing: String },

    /// Usage or credits that nobody would get a statement of.
    #[error(
        "statements per {per}: no {per} is known of {missing}; add it to the attributes or the price list, or make statements per \
         customer"
    )]
    StatementsWithoutRecipient { per: &'static str, missing: String },

    /// A value of an attribute that a bill has no use for.
    #[error("{path}: {attribute} of {whose} is {found}; expected {expected}")]
    BadBillAttribute {
        path: String,
        attribute: &'static str,
        whose: String,
        found: String,
        expected: &'static str,
    },

    /// A credit on a bill of several rates of VAT, of which none is its own.
    #[error(
        "the bill of {whose:?}: no rate of VAT is known of the credit {credit:?}, because vat_rate is an attribute of what was \
         used; make vat_rate an attribute of customers or projects"
    )]
    CreditWithoutRate { whose: String, credit: String },

    /// A bill with digits after the minor unit of its currency.
    #[error(
        "the bill of {whose:?} comes to {currency} {net}, which cannot be paid; round to the minor unit: leave decimals out of \
         [rounding] in the price list"
    )]
    BillTooFine { whose: String, currency: String, net: String },

    /// A sum beyond all bounds.
    #[error("the bill of {whose:?} comes to more than an amount has room for")]
    BillTooLarge { whose: String },

    /// A template of bills that cannot be set.
    #[error("{path}: {reason}")]
    BadTemplate { path: String, reason: String },

    /// An engine, which only a build with another feature asks.
    #[error("this build of usagebook cannot ask an engine; use one that has the feature cluster")]
    WithoutCluster,

    /// A format that only a build with another feature has.
    #[error("this build of usagebook cannot write {format}; use one that has the feature {feature}")]
    WithoutFeature { format: &'static str, feature: &'static str },

    /// A folder that was to be made and is there.
    #[error("{path}: is there already; name a folder that is not there yet, or move this one away", path = .path.display())]
    FolderThere { path: PathBuf },

    /// A folder of results that has files of somebody else, or changed ones.
    #[error(
        "{folder}: {file} is not as usagebook wrote it, and would be lost; move it out of the folder, or the folder away",
        folder = .folder.display()
    )]
    FolderChanged { folder: PathBuf, file: String },

    /// A text that names no version of a month.
    #[error("{text:?} is not a version; expected v1, v2 and so on, now, or the id of a delivery")]
    UnknownVersion { text: String },

    /// A version that the month does not have; `known` lists those that it has.
    #[error("{period} has no version {version}, only {known}")]
    NoSuchVersion { period: BillingPeriod, version: String, known: String },

    /// A delivery that is not in the book.
    #[error("the book has no delivery {id}; usagebook history lists them")]
    NoSuchDelivery { id: String },

    /// A month that no delivery of the book has shown.
    #[error("the book has no month {period}; usagebook status lists them")]
    NoSuchMonth { period: BillingPeriod },

    /// A delivery with a time that is yet to come.
    #[error(
        "the delivery's time, {time}, is after this machine's clock, {clock}: later deliveries would count as older \
         than it; correct {source_of_time}, or the clock"
    )]
    FutureDelivery { time: String, source_of_time: &'static str, clock: String },

    /// A complete delivery by a token that does not see all customers, and no word of those that it sees.
    #[error(
        "{period}: the token of these inputs sees only a part of the portal (seen_as is part), so that the records of all \
         other customers would be retired; name the customers that it sees whole"
    )]
    SeenInPart { period: BillingPeriod },

    /// A change of a month that would lose or restate something.
    #[error("{period}: {reason}; {remedy}")]
    Refused { period: BillingPeriod, reason: String, remedy: Remedy },

    /// A folder for a pull that has something else, or another pull.
    #[error("{path}: {found}; a new pull needs a folder of its own", path = .path.display())]
    FolderTaken { path: PathBuf, found: &'static str },

    /// A portal that did not give what a pull begins with.
    #[error("{url}: nothing was pulled: {reason}")]
    NotPulled { url: String, reason: String },

    /// A pull that was stopped from outside. It can be resumed.
    #[error("interrupted; what was pulled is kept")]
    PullInterrupted,

    /// A price list that cannot be used. Lines count from 1.
    #[error("{path}: line {line}: {reason}", path = .path.display())]
    BadPriceList { path: PathBuf, line: usize, reason: String },

    /// Usage without a price, and no word of what becomes of it.
    #[error("{path}: the price list has no price for some usage", path = .path.display())]
    PriceMissing {
        path: PathBuf,
        count: usize,
        /// Month, offering, component, unit, records and usage of the first of them, a line each.
        missing: Vec<String>,
    },

    /// Prices for another unit than the usage has. `mismatches` names some.
    #[error("{path}: prices are for another unit than the records': {mismatches}; correct measured_unit there, or add a price for the records' unit", path = .path.display())]
    PriceForOtherUnit { path: PathBuf, mismatches: String },

    /// An amount that cannot be converted; `missing` names currencies and months.
    #[error("no exchange rate {missing}; add it to the exchange rates{}", in_file(.path.as_deref()))]
    RateMissing { missing: String, path: Option<PathBuf> },

    /// An amount that does not fit its type. The line is that of the price, from 1.
    #[error("{path}: line {line}: the amount of {usage} does not fit 18 digits before the point; correct the price", path = .path.display())]
    AmountTooLarge { path: PathBuf, line: usize, usage: String },

    /// An address that is taken, or not the machine's.
    #[error("cannot listen on {address}")]
    Unlistenable { address: SocketAddr, source: io::Error },

    /// The change is made; this is what failed after it.
    #[error("committed; {what}")]
    Committed { what: std::borrow::Cow<'static, str>, source: Box<Self> },

    /// The caller asked to stop.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// What a package that writes files says is wrong.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Cause(Box<dyn StdError + Send + Sync>);

#[doc(hidden)]
impl From<parquet::errors::ParquetError> for Error {
    fn from(cause: parquet::errors::ParquetError) -> Self {
        Self::Parquet(Cause(Box::new(cause)))
    }
}

#[doc(hidden)]
impl From<rust_xlsxwriter::XlsxError> for Error {
    fn from(cause: rust_xlsxwriter::XlsxError) -> Self {
        Self::Workbook(Cause(Box::new(cause)))
    }
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

impl Error {
    /// What failed after the change was made: telling about it.
    pub fn after_commit(self) -> Self {
        Self::Committed { what: "the report could not be written".into(), source: Box::new(self) }
    }

    /// Whether the request was wrong, not the data, the disk or the network.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::UnknownPeriod { .. }
                | Self::UnknownMonth { .. }
                | Self::TakenPlace { .. }
                | Self::UnknownOwner { .. }
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
                | Self::FolderChanged { .. }
                | Self::BookThere { .. }
                | Self::NotClosed { .. }
                | Self::BillsOfParts { .. }
                | Self::NoPrices
                | Self::NotStaged { .. }
                | Self::PathForEngine { .. }
                | Self::NotInStatements { .. }
                | Self::NotByEngine { .. }
                | Self::UsersNotCounted
                | Self::FrozenPricesDiffer { .. }
                | Self::NothingFrozen
                | Self::FrozenAttributesDiffer { .. }
                | Self::FrozenBasisDiffers { .. }
                | Self::WithoutFeature { .. }
                | Self::WithoutCluster
                | Self::NoComponentUsages { .. }
        )
    }
}

/// A result whose error is the library's, unless another one is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;
