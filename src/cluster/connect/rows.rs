//! The rows that have come, and the proof that none is missing between them.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;

use super::wire::{ArrowBatch, KeptRows};
use crate::error::EngineFailure;
use crate::quiet::quietly;

/// The batches of one result, in order.
#[derive(Debug, Default)]
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
    count: u64,
    /// Rows that the server keeps, if it was asked to.
    pub kept: Option<KeptRows>,
}

impl Rows {
    /// Takes the next batch.
    ///
    /// # Errors
    /// Rows are missing before it or in it; bytes that are no rows.
    pub(super) fn take(&mut self, batch: ArrowBatch) -> Result<(), EngineFailure> {
        if batch.num_chunks_in_batch.is_some_and(|chunks| chunks > 1) {
            return Err(unusable("a batch of rows in parts, which nobody asked for"));
        }
        if let Some(offset) = batch.start_offset {
            same(offset, self.count)?;
        }
        let decoded =
            quietly(|| StreamReader::try_new(Cursor::new(batch.data), None)?.collect::<Result<Vec<_>, _>>());
        let decoded = match decoded {
            Some(Ok(batches)) => batches,
            Some(Err(error)) => return Err(unusable(&format!("rows that are not Arrow: {error}"))),
            None => return Err(unusable("rows that are not Arrow")),
        };
        let rows = decoded.iter().map(|batch| batch.num_rows() as u64).sum();
        same(batch.row_count, rows)?;
        if let (Some(first), Some(next)) = (self.batches.first(), decoded.first())
            && first.schema().fields() != next.schema().fields()
        {
            return Err(unusable("rows of one result with different columns"));
        }
        self.count += rows;
        self.batches.extend(decoded);
        Ok(())
    }

    pub(super) fn into_batches(self) -> Vec<RecordBatch> {
        self.batches
    }
}

fn same(announced: i64, received: u64) -> Result<(), EngineFailure> {
    match u64::try_from(announced) {
        Ok(announced) if announced == received => Ok(()),
        Ok(announced) => Err(EngineFailure::RowsDiffer { announced, received }),
        Err(_) => Err(unusable("a number of rows below zero")),
    }
}

fn unusable(reason: &str) -> EngineFailure {
    EngineFailure::Unusable { reason: crate::text::visible_line(reason).into_owned() }
}
