//! Files that hold no records, as faults: what they are, and what to do.

use crate::fault::Reason;
use crate::ingest::records::collector::RecordFault;
use crate::tabular::foreign::{Foreign, Wanted};

/// The fault of a file whose first bytes are those of another kind of file; `None` for text, Parquet and what is
/// unpacked on the way.
pub(crate) fn foreign_kind(start: &[u8]) -> Option<RecordFault> {
    Foreign::of(start, Wanted::Records).map(foreign)
}

/// The fault of a file whose first line names no field.
pub(crate) fn without_header(start: &[u8]) -> Option<RecordFault> {
    if let Some(kind) = Foreign::without_header(start) {
        return Some(foreign(kind));
    }
    let start = &start[..start.len().min(512)];
    let error = std::str::from_utf8(start).err().filter(|error| error.error_len().is_some())?;
    let at = error.valid_up_to();
    let what = format!("the byte 0x{:02X} at byte {at}, which is not UTF-8", start[at]);
    Some(RecordFault {
        reason: Reason::NotUtf8,
        ..fault(&what, "save text as UTF-8, in a spreadsheet as \"CSV UTF-8\"")
    })
}

/// What a file is that a report was written to.
pub(crate) const REPORT: &str = "a report that usagebook wrote";

/// What to do about it.
pub(crate) const NO_REPORT: &str = "name the dump or the book that the report was made from";

/// The fault of a report of our own.
pub(crate) fn report() -> RecordFault {
    fault(REPORT, NO_REPORT)
}

pub(crate) fn fault(what: &str, advice: &str) -> RecordFault {
    RecordFault::of_whole(Reason::NotRecords, what, format!("records; {advice}"))
}

/// The fault of a file that is something else.
pub(crate) fn foreign(Foreign { what, advice }: Foreign) -> RecordFault {
    fault(&what, &advice)
}
