//! What a pull may spend on a portal that deletes and moves records while they are read.

/// A share is read anew no more often than this in a row.
pub(crate) const ROUNDS: usize = 8;

/// So many records may be read once more however small the pull is.
const RECORDS_MIN: u64 = 2_000;

/// How many records are read once more at most: as many as there are, so that churn at most doubles a pull.
#[derive(Debug)]
pub(crate) struct Effort {
    allowed: u64,
    /// Records that were read and then thrown away.
    wasted: u64,
}

impl Effort {
    /// For a pull of this many records.
    pub(crate) fn new(records: u64) -> Self {
        Self { allowed: records.max(RECORDS_MIN), wasted: 0 }
    }

    /// Whether this many records may be thrown away; if so, they count as wasted.
    pub(crate) fn spend(&mut self, records: u64) -> bool {
        let is_allowed = self.allows(records);
        if is_allowed {
            self.wasted += records;
        }
        is_allowed
    }

    pub(crate) fn allows(&self, records: u64) -> bool {
        self.wasted.saturating_add(records) <= self.allowed
    }
}
