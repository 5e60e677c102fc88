//! Staged dumps: records that were read and checked, and nothing decided yet, as Parquet for engines of others.
//!
//! ```text
//! staged/
//!   3f2a1b0c9d8e7f60/        one folder a dump, named by the digest of its inputs
//!     part-00000.parquet     the records as they show themselves
//!     pieces.ndjson          the pieces of the inputs: which records are where
//!     rejected.ndjson          rejected records and unreadable files
//!     dump.json              everything else; written last
//! ```
//!
//! A reading of the folder gives what a reading of the dump gives: records, faults, warnings.

mod manifest;
mod others;
mod read;
mod settled;
mod table;
mod tables;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub use self::manifest::is_staged_dump;
use self::manifest::{
    ClaimText, FORMAT_VERSION, Input, Manifest, NAME, PIECES, REJECTED, StoredFile, damaged, dumps_in,
};
pub(crate) use self::manifest::{Kind, check_whole, has_component_usages};
pub(crate) use self::others::{Rows as OtherRows, stage_others};
pub(crate) use self::read::{Shelf, StagedDump, Work, staged_dumps};
pub(crate) use self::settled::{DumpTally, RewrittenParent, Settled, StagedInputs};
pub(crate) use self::table::{MARKER, properties as staged_properties};
pub(crate) use self::tables::{StagedTable, staged_tables};
pub(crate) use self::writer::Piece;
use self::writer::{Writer, Written};
use super::dumps::index::Claim;
use super::dumps::source::{self, Place, Sources};
use super::dumps::stream;
use super::records::collector::{Collector, Reading};
use super::records::rejects::Rejected;
use super::workers::{self, Harvest};
use super::{Progress, ReadRequest};
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::files::atomic::unwritable;
use crate::files::folder::NewFolder;
use crate::files::hashing::HashingWriter;
use crate::files::leftovers::remove_leftovers;
use crate::text::hex;

/// Which dumps to stage, and where to.
#[derive(Clone, Debug)]
pub struct StageRequest {
    /// Files, folders, patterns, or `-` for standard input.
    pub inputs: Vec<String>,
    /// The zone in which a missing billing period is derived from `date`.
    pub timezone: chrono_tz::Tz,
    /// How many threads read; none for one a core.
    pub threads: Option<usize>,
    /// The folder of staged dumps. It is made if it is missing.
    pub to: PathBuf,
    /// Who can read what is written.
    pub access: Access,
}

/// What became of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Staged {
    /// The folder or file, as messages name it.
    pub label: String,
    /// What it is of: `record` or `component usage`.
    pub noun: &'static str,
    /// The folder of the staged dump.
    pub folder: PathBuf,
    /// False if the same inputs were staged before: nothing was written.
    pub is_new: bool,
    /// How many records can be used.
    pub records: u64,
    /// How many records and files are rejected.
    pub rejected: u64,
}

/// Reads dumps, and writes what they show: one folder a dump, which appears whole or not at all. Any number of
/// processes may stage dumps into one folder at once.
///
/// # Errors
/// Inputs that are not there or cannot be read, an index that is none, an interruption, a disk that says no. Dumps that
/// were staged before remain.
pub fn stage(request: &StageRequest, progress: &Arc<Progress>) -> Result<Vec<Staged>> {
    let sources = source::list(&request.inputs)?;
    check_unstaged(&sources)?;
    prepare(request)?;
    let mut dumps: Vec<Staged> = Vec::new();
    for sources in sources.by_dump() {
        let after = folder_name(dumps.last());
        dumps.push(Staging { request, kind: Kind::Records, sources, after, progress }.run()?);
    }
    Ok(dumps)
}

/// Makes the folder of staged dumps, and removes what killed runs left in it.
fn prepare(request: &StageRequest) -> Result<()> {
    let refused = |source| unwritable(&request.to, source);
    request.access.create_folder_all(&request.to).map_err(refused)?;
    remove_leftovers(&request.to.join(TEMPORARY));
    Ok(())
}

fn check_unstaged(sources: &Sources) -> Result<()> {
    let staged = sources.files.iter().find_map(|source| match &source.place {
        Place::Staged(dump, _) => Some(dump.folder()),
        Place::Packed(path) => path.parent(),
        _ => None,
    });
    let reason = "it is a staged dump already; name the dumps that are to be staged";
    staged.map_or(Ok(()), |folder| Err(damaged(folder, reason)))
}

fn folder_name(dump: Option<&Staged>) -> Option<String> {
    Some(dump?.folder.file_name()?.to_string_lossy().into_owned())
}

/// What a folder is called until it has its name.
const TEMPORARY: &str = "dump";

/// The digits of a digest that name a folder.
const NAME_DIGITS: usize = 16;

/// One dump that is staged.
struct Staging<'r> {
    request: &'r StageRequest,
    kind: Kind,
    sources: Sources,
    /// The folder of the dump that is named before it.
    after: Option<String>,
    progress: &'r Arc<Progress>,
}

impl Staging<'_> {
    fn run(&self) -> Result<Staged> {
        if let Some(known) = self.known()? {
            return Ok(known);
        }
        let folder = NewFolder::temporary(&self.request.to.join(TEMPORARY), self.request.access)?;
        let writer = Arc::new(Writer::new(folder, self.progress.clone())?);
        let harvest = workers::hand_on_all(&self.reading(), &self.sources, writer.clone(), self.progress);
        if let Some(failure) = writer.failure() {
            return Err(failure);
        }
        let mut found = Found::new(harvest?);
        let Written { mut files, pieces, derived } = writer.finish()?;
        files.push(
            self.write(&writer, PIECES, |out| pieces.iter().try_for_each(|piece| write_line(piece, out)))?,
        );
        let faults = found.rejected.counts.values().sum();
        files.push(self.write(&writer, REJECTED, |out| found.write_faults(out))?);
        let manifest = Manifest { faults, ..self.manifest(found, pieces, derived, files)? };
        let bytes = manifest.to_bytes().map_err(|error| damaged(Path::new(NAME), &error.to_string()))?;
        writer.folder.write(NAME, |out| out.write_all(&bytes).map_err(|source| Error::Output { source }))?;
        self.progress.check()?;
        let writer = Arc::into_inner(writer).expect("the workers have ended");
        let is_new = writer.folder.commit_as(&manifest.digest[..NAME_DIGITS])?;
        self.placed(&manifest, is_new)
    }

    fn reading(&self) -> ReadRequest {
        ReadRequest {
            inputs: Vec::new(),
            reading: Reading { timezone: self.request.timezone, keeps_details: true, keeps_raw: true },
            accepts_incomplete: false,
            hashes_files: true,
            threads: self.request.threads,
        }
    }

    /// The staged dump once it has its name, or the one that has it.
    fn placed(&self, manifest: &Manifest, is_new: bool) -> Result<Staged> {
        let staged = self.staged(manifest, is_new);
        check_whole(&staged.folder)?;
        Manifest::read(&staged.folder)?;
        Ok(staged)
    }

    fn staged(&self, manifest: &Manifest, is_new: bool) -> Staged {
        Staged {
            label: manifest.label.clone(),
            noun: self.kind.noun(),
            folder: self.request.to.join(&manifest.digest[..NAME_DIGITS]),
            is_new,
            records: manifest.records - manifest.rejected,
            rejected: manifest.faults,
        }
    }

    /// The staged dump of the same inputs, if there is one. The inputs are read only if one of as many bytes is there.
    fn known(&self) -> Result<Option<Staged>> {
        let bytes = self.sources.files.iter().map(|source| source.bytes).sum();
        let has_stream = self.sources.files.iter().any(|source| source.place.is_stream());
        let folders = dumps_in(&self.request.to, self.kind);
        if has_stream || !folders.iter().any(|folder| Manifest::has_input_bytes(folder, bytes)) {
            return Ok(None);
        }
        let digests = self.sources.files.iter().map(|source| {
            self.progress.check()?;
            stream::sha256_of(source)
        });
        let digest = self.digest(&digests.collect::<Result<Vec<_>>>()?)?;
        let folder = self.request.to.join(&digest[..NAME_DIGITS]);
        match self.kind.is_at(&folder) {
            true => {
                let manifest = Manifest::read(&folder)?;
                Ok(Some(self.staged(&manifest, false)))
            }
            false => Ok(None),
        }
    }

    /// The SHA-256 over what the inputs are: bytes, names, what folders and the index say, and the time zone.
    fn digest(&self, sha256: &[String]) -> Result<String> {
        let mut digest = Sha256::new();
        let (zone, what) = (self.request.timezone.name(), self.kind.noun());
        digest.update(format!("{FORMAT_VERSION} {zone} {what}\n"));
        for (source, sha256) in self.sources.files.iter().zip(sha256) {
            let name = source.name().unwrap_or_default();
            digest.update(format!("{sha256} {name:?} {}\n", source.folders.told()));
        }
        let index = self.sources.dumps[0].index.as_ref().map(|index| index.to_json()).transpose();
        let index = index.map_err(|error| damaged(Path::new(NAME), &error.to_string()))?;
        digest.update(index.as_ref().map_or("", |index| index.get()));
        Ok(hex(&digest.finalize()))
    }

    fn manifest(
        &self,
        found: Found,
        pieces: Vec<Piece>,
        derived: u64,
        files: Vec<StoredFile>,
    ) -> Result<Manifest> {
        let mut inputs = found.inputs;
        for piece in &pieces {
            inputs[piece.file as usize].records += piece.records;
        }
        for (input, source) in inputs.iter_mut().zip(&self.sources.files) {
            input.is_stream = source.place.is_stream();
        }
        let rejected = |piece: &Piece| piece.rejected.iter().map(|(start, end)| end - start).sum::<u64>();
        self.named(Manifest {
            records: pieces.iter().map(|piece| piece.records).sum(),
            rejected: pieces.iter().map(rejected).sum(),
            derived,
            inputs,
            unknown_fields: found.unknown_fields,
            respelled_columns: found.respelled_columns,
            envelopes: found.envelopes,
            files,
            ..self.described(self.sources.dumps[0].index.as_ref().map(|index| index.claim()))?
        })
    }

    /// What is known of the dump before it is read.
    fn described(&self, claim: Option<Claim>) -> Result<Manifest> {
        let dump = &self.sources.dumps[0];
        let index = dump.index.as_ref().map(|index| index.to_json()).transpose();
        let skipped = self.sources.skipped.iter().map(|(label, why)| (label.clone(), why.to_string()));
        Ok(Manifest {
            input_bytes: 0,
            program: concat!("usagebook ", env!("CARGO_PKG_VERSION")).to_owned(),
            digest: String::new(),
            label: dump.label.clone(),
            after: self.after.clone(),
            timezone: self.request.timezone.name().to_owned(),
            records: 0,
            rejected: 0,
            faults: 0,
            derived: 0,
            index_time: self.sources.index_time(),
            claim: claim.map(ClaimText::from),
            inputs: Vec::new(),
            skipped: skipped.collect(),
            unknown_fields: BTreeMap::new(),
            respelled_columns: BTreeSet::new(),
            envelopes: Vec::new(),
            files: Vec::new(),
            index: index.map_err(|error| damaged(Path::new(NAME), &error.to_string()))?,
        })
    }

    /// The same with what its inputs make of it: their size and digest.
    fn named(&self, manifest: Manifest) -> Result<Manifest> {
        let sha256: Vec<String> = manifest.inputs.iter().map(|input| input.sha256.clone()).collect();
        let input_bytes = manifest.inputs.iter().map(|input| input.bytes).sum();
        Ok(Manifest { input_bytes, digest: self.digest(&sha256)?, ..manifest })
    }

    fn write(
        &self,
        writer: &Writer,
        name: &str,
        write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
    ) -> Result<StoredFile> {
        let digest =
            writer.folder.write(name, |out| write(out).map_err(|source| Error::Output { source }))?;
        let sha256 = digest.sha256.expect("files of a folder are hashed");
        Ok(StoredFile { name: name.to_owned(), bytes: digest.bytes, sha256, records: 0 })
    }
}

fn write_line(line: &impl serde::Serialize, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// The size and SHA-256 of a file that is written.
fn digest_of<W: std::io::Write>(writer: HashingWriter<BufWriter<W>>, name: &str) -> Result<(u64, String)> {
    let (mut inner, digest) = writer.finish();
    inner.flush().map_err(|source| unwritable(Path::new(name), source))?;
    Ok((digest.bytes, digest.sha256.expect("files of a folder are hashed")))
}

/// What workers found besides records.
struct Found {
    inputs: Vec<Input>,
    rejected: Rejected,
    unknown_fields: BTreeMap<String, u64>,
    respelled_columns: BTreeSet<String>,
    envelopes: Vec<(u32, super::formats::envelope::Envelope)>,
}

impl Found {
    fn new(harvest: Harvest) -> Self {
        let input = |(at, file): (usize, super::InputFile)| Input {
            path: file.path,
            bytes: file.bytes,
            sha256: file.sha256.unwrap_or_default(),
            is_stream: false,
            has_component_usages: harvest.component_usages.contains(&at),
            records: 0,
        };
        let mut found = Self {
            inputs: harvest.files.into_iter().enumerate().map(input).collect(),
            rejected: Rejected::new(false),
            unknown_fields: BTreeMap::new(),
            respelled_columns: BTreeSet::new(),
            envelopes: Vec::new(),
        };
        for collector in harvest.collectors {
            let Collector { rejected, unknown_fields, respelled_columns, envelopes, .. } = collector;
            found.rejected.absorb(rejected);
            for (name, count) in unknown_fields {
                *found.unknown_fields.entry(name).or_default() += count;
            }
            found.respelled_columns.extend(respelled_columns);
            found.envelopes.extend(envelopes);
        }
        found.envelopes.sort_by_key(|(file, _)| *file);
        found
    }

    /// Writes rejected records and unreadable files in the order of their places, one a line.
    fn write_faults(&mut self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let rejected = std::mem::replace(&mut self.rejected, Rejected::new(false));
        rejected.for_each(|placed| {
            let line = read::FaultLine {
                file: placed.chunk.file,
                piece: table::piece_number(placed.chunk),
                record: placed.record,
                offset: placed.offset,
                line: placed.line,
                sheet: placed.sheet.map(|sheet| sheet.to_string()),
                field: placed.fault.field.map(|field| field.name().to_owned()),
                value: placed.fault.value,
                expected: placed.fault.expected.into_owned(),
                reason: placed.fault.reason,
                raw: placed.raw,
            };
            write_line(&line, out)
        })
    }
}
