//! Reading: from the flags that all commands share to the records that count.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use usagebook::error::Result;
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::{self, Intake, ReadRequest, Reading};
use usagebook::report::grouped;

use super::arguments::{AsOf, FilterArguments, InputArguments};
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

/// The day on which the data is seen; said where it was not typed.
pub fn as_of(typed: Option<AsOf>, timezone: Tz, index_time: Option<DateTime<Utc>>) -> NaiveDate {
    match (typed, index_time) {
        (Some(AsOf::Date(date)), _) => date,
        (Some(AsOf::Time(time)), _) => time.with_timezone(&timezone).date_naive(),
        (None, Some(time)) => {
            let date = time.with_timezone(&timezone).date_naive();
            say(format_args!("as of {date} (the time of the dump's index)"));
            date
        }
        (None, None) => {
            let date = Utc::now().with_timezone(&timezone).date_naive();
            say(format_args!("as of {date} (this machine's date)"));
            date
        }
    }
}
