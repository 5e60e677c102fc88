//! Records that are handed on while reading goes on, so that memory does not grow with them.

use std::mem;
use std::sync::Arc;

use super::{Chunk, ChunkKey, Collector, Columns, Reading};
use crate::ingest::records::interner::Interner;
use crate::ingest::records::parents::ParentTable;

/// Takes the records that a collector has read.
pub(crate) trait Sink: Send + Sync {
    fn take(&self, rows: Rows);
}

/// Records of some chunks, and what they point to.
pub(crate) struct Rows {
    pub columns: Columns,
    /// What each record shows, not what holds in the end.
    pub parents: ParentTable,
    pub usernames: Interner,
    pub texts: Interner,
    pub component_usages: Vec<Box<str>>,
    pub chunks: Vec<Chunk>,
}

/// How many records are handed on together. It bounds the memory of a reading, and is the size of a row group. Few in
/// debug builds, so that tests of small dumps see many groups.
const ROWS_MAX: usize = if cfg!(debug_assertions) { 1 << 6 } else { 1 << 17 };

impl Collector {
    /// A collector that keeps no more than some records: `sink` gets them as they come, with what each of them shows of
    /// its parent.
    pub(crate) fn handing_on(reading: Reading, sink: Arc<dyn Sink>) -> Self {
        Self { sink: Some(sink), parents: ParentTable::of_showings(), ..Self::new(reading) }
    }

    /// Hands on all records that are there.
    pub(crate) fn hand_on(&mut self) {
        let Some(sink) = self.sink.clone() else { return };
        let parents = mem::replace(&mut self.parents, ParentTable::of_showings());
        sink.take(Rows {
            columns: mem::take(&mut self.columns),
            parents,
            usernames: mem::take(&mut self.usernames),
            texts: mem::take(&mut self.texts),
            component_usages: mem::take(&mut self.component_usages),
            chunks: mem::take(&mut self.chunks),
        });
    }

    pub(super) fn is_full(&self) -> bool {
        self.sink.is_some() && self.columns.uuid.len() >= ROWS_MAX
    }

    /// Hands on the records if there are enough of them; the piece that is being read goes on as its next part.
    ///
    /// Called before the parents of records are looked up: none of them is known afterwards.
    pub(super) fn make_room(&mut self) {
        if !self.is_full() {
            return;
        }
        let Chunk { key, dump, records, .. } = *self.chunk();
        self.hand_on();
        self.handed_on += records;
        let key = ChunkKey { part: key.part + 1, ..key };
        self.chunks.push(Chunk { key, dump, start: 0, records: 0, faulty: Vec::new(), lines: 0 });
    }
}
