//! What is taken into a book.

use super::prepare::{Named, Rejecting};
use super::report::Rejected;
use super::watch::{Event, Watch, reading};
use crate::error::Result;
use crate::ingest::{self, Intake, ReadRequest};

/// Inputs that are read and can be added to a book.
#[derive(Debug)]
pub struct Incoming {
    /// What was read, with the details of every record.
    pub intake: Intake,
    /// What cannot be used and is left out.
    pub rejected: Rejected,
}

/// Reads inputs for a book, with the details of every record and the SHA-256 of every file.
///
/// # Errors
/// Inputs that cannot be read, rejected records without a place for them.
pub fn incoming(request: &ReadRequest, rejects: Option<&str>, watch: &dyn Watch) -> Result<Incoming> {
    let mut request = ReadRequest { hashes_files: true, ..request.clone() };
    request.reading.keeps_details = true;
    let intake = reading(watch, |progress| ingest::read(&request, progress))?;
    watch.note(Event::Read(&intake.files));
    let rejecting = rejects.map_or(Rejecting::Refused, Rejecting::Listed);
    let mut intake = Named::new(intake, None).accepted(rejecting)?.into_intake();
    let rejected = Rejected { count: intake.faults.count(), records: intake.rejects.take() };
    watch.check()?;
    Ok(Incoming { intake, rejected })
}
