//! Bytes to records: inputs are listed, read by all cores, and brought down to one truth.
//!
//! In this order: parse, set faults aside, newest version, natural key, live attributes. Filters come after.

pub(crate) mod dumps;
pub(crate) mod formats;
mod notes;
mod other_months;
mod progress;
pub(crate) mod records;
mod rejected;
mod staged;
#[doc(hidden)]
pub mod steps;
mod workers;

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::dumps::completeness;
pub(crate) use self::dumps::completeness::DumpFacts;
pub(crate) use self::dumps::index::DAMAGED;
pub use self::dumps::index::SeenAs;
use self::dumps::reach;
pub(crate) use self::dumps::reach::Reach;
pub(crate) use self::dumps::seal;
use self::dumps::source::{self, Place, Source, Sources};
pub use self::dumps::source::{FileIdentity, read_plain_file};
use self::dumps::stream;
pub use self::dumps::stream::unpacked_start;
pub(crate) use self::notes::owners::two_owners;
pub(crate) use self::notes::shared::{shared, shared_but_for_usernames};
pub(crate) use self::notes::{Flags, imprecise_usage};
use self::other_months::Closed;
pub use self::progress::Progress;
pub use self::records::collector::Reading;
use self::records::frame;
pub(crate) use self::records::interner::Interner;
use self::records::merged::Merged;
pub use self::records::rejects::Rejects;
pub(crate) use self::records::token::after_host;
pub(crate) use self::records::values::is_imprecise_double;
use self::records::versions::{self, Fate, Verdict};
pub(crate) use self::staged::{
    DumpTally, OtherRows, RewrittenParent, Settled, StagedInputs, StagedTable, has_component_usages,
    stage_others, staged_properties, staged_tables,
};
pub use self::staged::{StageRequest, Staged, is_staged_dump, stage};
use self::workers::Harvest;
use crate::conflict::Conflict;
use crate::error::Result;
use crate::fault::Faults;
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::report::{Accounting, MonthState};
use crate::usage::UsageFrame;

/// What to read, and how.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// Files, folders, patterns, or `-` for standard input.
    pub inputs: Vec<String>,
    /// What is kept of each record, and how its values are understood.
    pub reading: Reading,
    /// Makes the completeness alarm a note.
    pub accepts_incomplete: bool,
    /// Computes the SHA-256 of each file.
    pub hashes_files: bool,
    /// How many threads read; none for one a core.
    pub threads: Option<usize>,
}

impl ReadRequest {
    /// Files, folders or patterns, read for their figures, in UTC, by all cores.
    pub fn new(inputs: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            inputs: inputs.into_iter().map(Into::into).collect(),
            reading: Reading { timezone: chrono_tz::UTC, keeps_details: false, keeps_raw: true },
            accepts_incomplete: false,
            hashes_files: false,
            threads: None,
        }
    }
}

/// What was read: the records that count, and everything that is to be said about the others.
#[derive(Debug)]
pub struct Intake {
    /// The records that count.
    pub frame: UsageFrame,
    /// With nothing filtered out yet.
    pub accounting: Accounting,
    /// Records and files that cannot be used: the first of them, and all counts.
    pub faults: Faults,
    /// All rejected records with their texts, if they were asked for.
    pub rejects: Option<Rejects>,
    /// Warnings first, then by code.
    pub notices: Vec<Notice>,
    /// The files that hold records, in the order in which they count: those of later ones win.
    pub files: Vec<InputFile>,
    /// The latest time that an index of pages gives.
    pub index_time: Option<DateTime<Utc>>,
    /// What is known of the completeness of each dump.
    pub(crate) dumps: Vec<DumpFacts>,
    /// For each record of the frame its place in `files`; empty where details are not kept.
    pub(crate) record_files: Vec<u32>,
    /// Where it was read from a book: which state of each month.
    pub states: Vec<MonthState>,
    /// Whether completeness can be proved at all.
    pub server_counts: ServerCounts,
}

/// Whether it is known how many records the server had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerCounts {
    /// By the indexes of the dumps, or the deliveries of a book.
    Known,
    /// A dump has no index.
    Unknown,
    /// No delivery of a book says it of these months.
    UnknownIn(Vec<BillingPeriod>),
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFile {
    /// As it was given; a file of an archive comes after the archive's name, standard input is `-`.
    pub path: String,
    /// On disk, compressed where the file is.
    pub bytes: u64,
    /// In hex, where asked for.
    pub sha256: Option<String>,
    /// How many records it holds, faulty ones included.
    pub records: u64,
    /// None for standard input.
    pub identity: Option<FileIdentity>,
}

/// What becomes of parts of files that hold other months alone than those asked for and compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtherMonths {
    Read,
    /// Not opened, where the figures are the same without: names and notes about all of a file may differ.
    LeaveClosed,
}

/// What a month of the records is to the question that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is in the answer.
    Asked,
    /// Asked months are compared with it.
    Compared,
    /// Its records are in neither.
    Unused,
}

/// Reads all inputs and decides which records count. Notices are about all months.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption. Faults of records are no error:
/// they are in [`Intake::faults`].
pub fn read(request: &ReadRequest, progress: &Arc<Progress>) -> Result<Intake> {
    read_for(request, OtherMonths::Read, progress, |_| |_| Role::Asked)
}

/// Does the same for a question, which knows the [`Role`] of a month from the time of the latest index. Notices about
/// records, component usages and names are about the months asked for.
///
/// # Errors
/// As of [`read`].
pub(crate) fn read_for<R: Fn(BillingPeriod) -> Role>(
    request: &ReadRequest,
    other_months: OtherMonths,
    progress: &Arc<Progress>,
    question: impl FnOnce(Option<DateTime<Utc>>) -> R,
) -> Result<Intake> {
    let sources = source::list(&request.inputs)?;
    let index_time = sources.index_time();
    let role = question(index_time);
    let is_wanted = |month| role(month) != Role::Unused;
    let mut closed = match other_months {
        OtherMonths::Read => Closed::default(),
        OtherMonths::LeaveClosed => Closed::new(&sources, is_wanted),
    };
    let harvest = workers::read_all(request, &sources, closed.row_groups(), progress)?;
    let Harvest { mut collectors, mut files, component_usages } = harvest;
    closed.read_what_is_met(request, &sources, (&mut collectors, is_wanted), progress)?;
    let mut merged = Merged::new(collectors);
    let closed_parts = closed.parts();
    merged.leave_out(&closed_parts);
    let read = merged.chunks.iter().map(|chunk| (chunk.key, chunk.records));
    for (key, records) in read.chain(closed_parts.iter().copied()) {
        files[key.file as usize].records += records;
    }
    let verdict = versions::decide(&merged);
    progress.check()?;
    let (faults, rejects) = rejected::all_faults(request, &sources, &mut merged, &verdict)?;
    let (mut notices, dumps) = completeness::check(&sources, &merged, &verdict, request.accepts_incomplete);
    let is_asked = |month| role(month) == Role::Asked;
    notices.extend(notes::about_records(&merged, &verdict.fates, is_asked, &sources));
    notices.extend(skipped_files(&sources, &component_usages));
    notices.extend(closed.notice(&sources));
    let not_opened = closed_parts.iter().map(|(_, records)| records).sum();
    let accounting = Accounting { not_opened, ..accounting(&merged, &verdict) };
    let record_files =
        if request.reading.keeps_details { record_files(&merged, &verdict.fates) } else { Vec::new() };
    let server_counts = match completeness::is_counted(&sources) {
        true => ServerCounts::Known,
        false => ServerCounts::Unknown,
    };
    let mut frame = frame::build(merged, &verdict.fates, request.reading.keeps_details);
    frame.empty_months = reach::empty_months(&dumps, &frame.months);
    notices.extend(two_owners(&frame, &role, |_| false));
    notices.extend(shared(&frame, is_asked));
    notices.sort();
    let states = Vec::new();
    Ok(Intake {
        frame,
        accounting,
        faults,
        rejects,
        notices,
        files,
        index_time,
        dumps,
        record_files,
        states,
        server_counts,
    })
}

/// The file that each kept record stands in.
fn record_files(merged: &Merged, fates: &[Fate]) -> Vec<u32> {
    let of_chunks =
        merged.chunk_ranges().flat_map(|(chunk, range)| std::iter::repeat_n(chunk.key.file, range.len()));
    of_chunks.zip(fates).filter(|(_, fate)| **fate == Fate::Kept).map(|(file, _)| file).collect()
}

/// The files that inputs of other lists than records stand for.
///
/// # Errors
/// Inputs that are not there, or that are no files.
pub fn list_files(inputs: &[String]) -> Result<Vec<PathBuf>> {
    let sources = source::list_others(inputs)?;
    let path = |source: Source| match source.place {
        Place::File(path) => Ok(path),
        Place::Stdin | Place::Pipe(_) => Err(Conflict::StandardInput.into()),
        Place::Archived(_) => Err(Conflict::Archive.into()),
        Place::Staged(staged, _) => Ok(staged.folder().to_owned()),
        Place::Packed(path) => Ok(path),
    };
    sources.files.into_iter().map(path).collect()
}

/// The bytes of these files, as messages name them.
///
/// # Errors
/// Inputs that are not there, cannot be read, or are no files.
pub fn read_files(inputs: &[String]) -> Result<Vec<(String, Vec<u8>)>> {
    let read = |source: Source| {
        let mut bytes = Vec::new();
        let read = match source.place {
            Place::Stdin | Place::Pipe(_) => return Err(Conflict::StandardInput.into()),
            Place::Archived(_) => return Err(Conflict::Archive.into()),
            _ => source.place.open().and_then(|mut file| file.read_to_end(&mut bytes)),
        };
        read.map_err(|error| stream::unreadable(&source, error))?;
        Ok((source.label, bytes))
    };
    source::list_others(inputs)?.files.into_iter().map(read).collect()
}

fn accounting(merged: &Merged, verdict: &Verdict) -> Accounting {
    let read = merged.records_read();
    Accounting {
        read,
        kept: verdict.count(Fate::Kept),
        older_versions: verdict.count(Fate::OlderVersion),
        exact_repeats: verdict.count(Fate::ExactRepeat),
        rejected: verdict.count(Fate::Rejected) + (read - merged.len() as u64),
        filtered_out: 0,
        not_opened: 0,
    }
}

fn skipped_files(sources: &Sources, component_usages: &[usize]) -> Vec<Notice> {
    let skipped = sources.skipped.iter().map(|(label, why)| (label.as_str(), why.as_ref()));
    let parents = component_usages
        .iter()
        .map(|&file| (sources.files[file].label.as_str(), "component usages, the parents of records"));
    let notice = |(label, why)| Notice::note(Code::SkippedFile, 1, format!("{label} is passed over: {why}."));
    skipped.chain(parents).map(notice).collect()
}
