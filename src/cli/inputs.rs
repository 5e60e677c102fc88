//! Reading: from the flags that all commands share to the records that count.

use usagebook::error::Result;
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::{self, Intake, ReadRequest, Reading};
use usagebook::report::grouped;

use super::arguments::{FilterArguments, InputArguments};
use super::notices::say;
use super::progress::{Bar, Watch};

/// What a command asks of its inputs; neither details of records nor hashes of files are among it.
pub fn request(arguments: &InputArguments) -> ReadRequest {
    ReadRequest {
        inputs: arguments.inputs.clone(),
        reading: Reading {
            timezone: arguments.timezone,
            keeps_details: false,
            keeps_raw: arguments.rejects.is_some(),
        },
        accepts_incomplete: arguments.accept_incomplete,
        hashes_files: false,
        threads: arguments.threads.map(usize::from),
    }
}

pub fn filters(arguments: &FilterArguments) -> Result<Filters> {
    let mut filters = Filters::default();
    for filter in Filter::ALL {
        arguments.values(filter).iter().try_for_each(|value| filters.add(filter, value))?;
    }
    Ok(filters)
}

/// Reads with a bar on the terminal.
pub fn read(request: &ReadRequest, arguments: &InputArguments, watch: &Watch) -> Result<Intake> {
    let bar = Bar::draw(watch, arguments.quiet);
    let intake = watch.reading(|| ingest::read(request, watch.progress()));
    drop(bar);
    let intake = intake?;
    if arguments.verbose {
        for file in &intake.files {
            let (bytes, records) = (grouped(file.bytes), grouped(file.records));
            say(format_args!("{}: {bytes} bytes, {records} records", file.path));
        }
    }
    Ok(intake)
}
