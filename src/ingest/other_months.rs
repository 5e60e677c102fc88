//! Parts of a file that stay closed, because all their records are of other months than those asked for.
//!
//! A Parquet file says of each row group which billing periods it has. A record that moved to another month, or whose
//! component usage did, would be met in two row groups, and the newer version counts. So the uuids of closed row groups
//! are compared with those that count for the months asked for, and a row group that has one of them is read, too: the
//! figures are those of the whole file.

use std::fs::File;
use std::sync::Arc;

use rayon::prelude::*;

use super::dumps::source::{Place, Sources};
use super::formats::parquet::ParquetInput;
use super::formats::parquet::other_months::Known;
use super::records::collector::{ChunkKey, Collector};
use super::workers;
use super::{Progress, ReadRequest};
use crate::error::Result;
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::text::{counted, grouped};

/// The row groups that stay closed.
#[derive(Default)]
pub(super) struct Closed {
    input: Option<ParquetInput>,
    row_groups: Vec<u32>,
}

impl Closed {
    /// Those of months that are not wanted, if there is one Parquet file alone, with no index that counts its records.
    pub(super) fn new(sources: &Sources, is_wanted: impl Fn(BillingPeriod) -> bool) -> Self {
        let ([file], [dump]) = (sources.files.as_slice(), sources.dumps.as_slice()) else {
            return Self::default();
        };
        let Place::File(path) = &file.place else { return Self::default() };
        if dump.index.is_some() || file.folders.has_fields() {
            return Self::default();
        }
        // What cannot be read is reported by those who read it.
        let input = File::open(path).ok().and_then(|file| ParquetInput::open(file).ok());
        let Some(input) = input else { return Self::default() };
        let row_groups = input.of_other_months(is_wanted);
        // A file without the months asked for is read, to say so of all of it.
        match row_groups.len() == input.row_groups() {
            true => Self::default(),
            false => Self { input: Some(input), row_groups },
        }
    }

    /// In order.
    pub(super) fn row_groups(&self) -> &[u32] {
        &self.row_groups
    }

    /// Reads those that have a component usage of a wanted month or a record of one, until no other has.
    pub(super) fn read_what_is_met(
        &mut self,
        request: &ReadRequest,
        sources: &Sources,
        (collectors, is_wanted): (&mut Vec<Collector>, impl Fn(BillingPeriod) -> bool),
        progress: &Arc<Progress>,
    ) -> Result<()> {
        let Some(input) = &self.input else { return Ok(()) };
        let mut known = Known::of_months(collectors, is_wanted);
        let mut compared = 0;
        while compared < collectors.len() && !self.row_groups.is_empty() {
            known = known.with_records(&collectors[compared..]);
            compared = collectors.len();
            let is_met = |row_group: &u32| {
                progress.check()?;
                Ok((*row_group, input.may_meet(*row_group, &known)))
            };
            let found: Vec<(u32, bool)> = self.row_groups.par_iter().map(is_met).collect::<Result<_>>()?;
            let (met, closed): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, is_met)| *is_met);
            let numbers =
                |found: Vec<(u32, bool)>| found.into_iter().map(|(row_group, _)| row_group).collect();
            let met: Vec<u32> = numbers(met);
            self.row_groups = numbers(closed);
            if !met.is_empty() {
                collectors.push(workers::read_row_groups(request, sources, (input, &met), progress)?);
            }
        }
        Ok(())
    }

    /// The places of their records in the file, and how many there are.
    pub(super) fn parts(&self) -> Vec<(ChunkKey, u64)> {
        let rows = |row_group: u32| self.input.as_ref().map_or(0, |input| input.rows(row_group));
        let part = |row_group: &u32| (ChunkKey { file: 0, piece: *row_group, part: 0 }, rows(*row_group));
        self.row_groups.iter().map(part).collect()
    }

    /// What is to be known of them.
    pub(super) fn notice(&self, sources: &Sources) -> Option<Notice> {
        let count = self.row_groups.len() as u64;
        let records: u64 = self.parts().iter().map(|(_, records)| records).sum();
        let all = self.input.as_ref().map_or(0, ParquetInput::row_groups) as u64;
        let label = sources.files.first().map_or("", |file| &file.label);
        let text = format!(
            "{label}: of {}, {} with {} of other months were not opened. Names are those of the others, and whether all \
             records of the file are there was not checked.",
            counted(all, "row group"),
            grouped(count),
            counted(records, "record"),
        );
        (count > 0).then(|| Notice::note(Code::NotOpened, count, text))
    }
}
