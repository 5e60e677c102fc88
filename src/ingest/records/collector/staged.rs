//! Records that were read before, and come back from a staged dump.

use std::ops::Range;

use super::Collector;

impl Collector {
    /// Whether it looks for some records.
    pub(crate) fn is_looking(&self) -> bool {
        self.wanted.is_some()
    }

    /// Goes on to the number of the next record in its piece: those in the ranges were rejected.
    pub(crate) fn pass_rejected(&mut self, ranges: &[(u64, u64)]) {
        let chunk = self.chunk_mut();
        while let Some((_, end)) = ranges.iter().find(|(start, end)| (*start..*end).contains(&chunk.records))
        {
            chunk.records = *end;
        }
    }

    /// Ends a piece with the numbers that it had when it was staged. False if it has other records.
    pub(crate) fn complete_chunk(&mut self, records: u64, faulty: Vec<Range<u64>>, lines: u64) -> bool {
        let end = self.columns.uuid.len();
        let chunk = self.chunk_mut();
        let taken = (end - chunk.start) as u64;
        let is_accepted = chunk.faulty.is_empty();
        (chunk.records, chunk.faulty, chunk.lines) = (records, faulty, lines);
        is_accepted && taken + chunk.faulty_records() == records
    }
}
