//! Who watches while a question is answered.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::error::{Error, Result};
use crate::ingest::{InputFile, Progress};
use crate::period::PeriodRange;

/// Sees how far the work has come, and can stop it.
pub trait Watch: Sync {
    /// The counters of a reading, and whether the work is to stop.
    fn progress(&self) -> &Arc<Progress>;

    /// Reading begins or ends.
    fn reading(&self, _is_reading: bool) {}

    /// Takes note of something as soon as it is known.
    fn note(&self, _event: Event<'_>) {}

    /// # Errors
    /// [`Error::Interrupted`] once the work is to stop.
    fn check(&self) -> Result<()> {
        if self.progress().is_interrupted() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Counters alone.
impl Watch for Arc<Progress> {
    fn progress(&self) -> &Arc<Progress> {
        self
    }
}

/// What becomes known on the way to an answer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// The files that were read.
    Read(&'a [InputFile]),
    /// The day on which the data is seen, if the question does not name it.
    AsOf {
        /// That day, in the zone in which dates are read.
        day: NaiveDate,
        /// What says so.
        source: AsOfSource,
    },
    /// The month that the last one is, if the question asks for it.
    LastMonth(PeriodRange),
    /// Something that may be wrong with what is about to be made.
    Warning(&'a str),
    /// How many of all statements are drawn.
    Drawn {
        /// Those that are on disk.
        statements: usize,
        /// Those that there will be.
        total: usize,
    },
}

/// Where the day comes from on which the data is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOfSource {
    /// The index of a dump.
    Index,
    /// The latest delivery of a book.
    Delivery,
    /// The latest cut-off of a book's closed months: later deliveries were retracted.
    CutOff,
    /// The clock.
    Clock,
}

/// Does what reads inputs.
pub(super) fn reading<T>(watch: &dyn Watch, read: impl FnOnce(&Arc<Progress>) -> T) -> T {
    watch.reading(true);
    let outcome = read(watch.progress());
    watch.reading(false);
    outcome
}
