//! The files of staged dumps as tables that an engine reads: which there are, and which dump is the later one.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::manifest::{CHANGED, ClaimText, Manifest, damaged};
use super::read::Shelf;
use crate::error::{Error, Result};
use crate::ingest::dumps::source::{self, Sources};

/// A staged dump, of which only `dump.json` was read.
#[derive(Clone, Debug)]
pub(crate) struct StagedTable {
    /// The folder or file that was staged, as messages name it.
    pub label: String,
    /// The files of records.
    pub parts: Vec<PathBuf>,
    /// A later dump has a greater rank.
    pub rank: u32,
    /// Rejected ones included.
    pub records: u64,
    /// How many records were rejected.
    pub rejected: u64,
    /// How many files could not be read.
    pub unreadable: u64,
    /// How many records the server had, if the index says so.
    pub claim: Option<u64>,
    /// The latest time that the index gives.
    pub index_time: Option<DateTime<Utc>>,
}

/// The staged dumps that inputs are, in the order in which they were named, and the latest time that an index gives.
///
/// # Errors
/// Inputs that are not there or not staged, a dump that is damaged or was staged in another time zone.
pub(crate) fn staged_tables(
    inputs: &[String],
    timezone: chrono_tz::Tz,
) -> Result<(Vec<StagedTable>, Option<DateTime<Utc>>)> {
    let sources = source::list(inputs)?;
    Ok((tables_of(&sources, timezone)?, sources.index_time()))
}

/// The same of inputs that are listed.
pub(crate) fn tables_of(sources: &Sources, timezone: chrono_tz::Tz) -> Result<Vec<StagedTable>> {
    let ranks = sources.ranks();
    let tables = sources.dumps.iter().zip(ranks).enumerate().map(|(place, (dump, rank))| {
        let mut files = sources.files.iter().filter(|source| source.dump == place);
        let staged = files.find_map(|source| source.place.staged());
        let staged = staged.ok_or_else(|| Error::NotStaged { label: dump.label.clone() })?;
        Shelf::new(staged.clone(), 0, rank).check_timezone(timezone)?;
        let Manifest { records, rejected, faults, claim, index_time, .. } = staged.manifest();
        Ok(StagedTable {
            label: dump.label.clone(),
            parts: staged.parts()?,
            rank,
            records: *records,
            rejected: *rejected,
            unreadable: faults.saturating_sub(*rejected),
            claim: match claim {
                Some(ClaimText::Counted(count) | ClaimText::Proved(count)) => Some(*count),
                _ => None,
            },
            index_time: *index_time,
        })
    });
    tables.collect()
}

impl super::StagedDump {
    /// The files of records. They have the sizes that they were written with; nothing else of them is read.
    fn parts(&self) -> Result<Vec<PathBuf>> {
        let files = self.manifest().files.iter().filter(|file| file.name.ends_with(".parquet"));
        let part = |path: PathBuf, bytes| match std::fs::metadata(&path) {
            Ok(metadata) if metadata.len() == bytes => Ok(path),
            Ok(_) => Err(damaged(&path, CHANGED)),
            Err(source) => Err(Error::Unreadable { path, source }),
        };
        files.map(|file| part(self.folder().join(&file.name), file.bytes)).collect()
    }
}
