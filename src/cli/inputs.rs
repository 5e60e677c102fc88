//! Reading: from the flags that all commands share to the records that count.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use usagebook::book::Book;
use usagebook::error::Result;
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::{
    self, ComponentUsageReading, ComponentUsages, Intake, Progress, ReadRequest, Reading,
};
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::report::grouped;

use super::arguments::{AsOf, BookArguments, FilterArguments, InputArguments};
use super::notices::say;
use super::progress::{Bar, Watch};
use super::{clock, seen};

/// What a command asks of its inputs; neither details of records nor hashes of files are among it.
pub fn request(arguments: &InputArguments) -> ReadRequest {
    ReadRequest {
        inputs: arguments.inputs.clone(),
        reading: Reading {
            timezone: arguments.timezone(),
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
    name_files(&intake, arguments.verbose);
    Ok(intake)
}

/// The book that is named in the place of inputs.
pub fn book(arguments: &BookArguments) -> Result<Option<Book>> {
    arguments.book.as_deref().map(seen::open).transpose()
}

/// The zone in which dates are read: a book's own, whatever is configured.
pub fn timezone(arguments: &InputArguments, book: Option<&Book>) -> Result<Tz> {
    let Some(book) = book else { return Ok(arguments.timezone()) };
    let own = book.timezone()?;
    if let Some(other) = arguments.timezone.filter(|other| *other != own && !arguments.quiet) {
        say(format_args!("note: the book's time zone {own} holds, not the configuration's {other}"));
    }
    Ok(own)
}

/// Reads those months of a book that are wanted; the version is that of the months that are asked for.
pub fn read_book(
    book: &Book,
    arguments: &BookArguments,
    is_wanted: impl Fn(BillingPeriod) -> bool,
    asked: Option<PeriodRange>,
    keeps_details: bool,
    is_verbose: bool,
) -> Result<Intake> {
    let is_asked = |period| asked.is_none_or(|range| range.contains(period));
    let intake = book.read_months(is_wanted, is_asked, arguments.version.as_ref(), keeps_details)?;
    name_files(&intake, is_verbose);
    Ok(intake)
}

fn name_files(intake: &Intake, is_verbose: bool) {
    for file in intake.files.iter().filter(|_| is_verbose) {
        let (bytes, records) = (grouped(file.bytes), grouped(file.records));
        say(format_args!("{}: {bytes} bytes, {records} records", file.path));
    }
}

/// The day on which the data is seen; said where it was not typed. `source` says whose the known time is.
pub fn as_of(
    typed: Option<AsOf>,
    known: Option<DateTime<Utc>>,
    source: &str,
    timezone: Tz,
) -> Result<NaiveDate> {
    let (time, source) = match known {
        Some(time) => (time, source),
        None => (clock::now()?, "this machine's date"),
    };
    let date = day(typed, time, timezone);
    if typed.is_some() {
        return Ok(date);
    }
    say(format_args!("as of {date} ({source})"));
    Ok(date)
}

/// Component usages from dumps, or those that were taken into a book; `keeps_fields` to show single ones.
pub fn component_usages(
    dumps: &[String],
    arguments: &InputArguments,
    book: Option<&Book>,
    keeps_fields: bool,
    watch: &Watch,
) -> Result<Option<ComponentUsages>> {
    if dumps.is_empty() {
        return book.map_or(Ok(None), |book| book_component_usages(book, keeps_fields, watch.progress()));
    }
    let timezone = timezone(arguments, book)?;
    let accepts_incomplete = arguments.accept_incomplete;
    let reading = ComponentUsageReading { timezone, accepts_incomplete, keeps_fields };
    ingest::read_component_usages(dumps, reading, watch.progress()).map(Some)
}

/// The component usages that were taken into a book.
pub fn book_component_usages(
    book: &Book,
    keeps_fields: bool,
    progress: &Progress,
) -> Result<Option<ComponentUsages>> {
    let files = book.parents_files()?;
    let reading =
        ComponentUsageReading { timezone: book.timezone()?, accepts_incomplete: true, keeps_fields };
    let read = |files: &Vec<String>| ingest::read_component_usages(files, reading, progress);
    Some(&files).filter(|files| !files.is_empty()).map(read).transpose()
}

/// The day that was typed, or else the one on which a time is.
pub fn day(typed: Option<AsOf>, time: DateTime<Utc>, timezone: Tz) -> NaiveDate {
    match typed {
        Some(AsOf::Date(date)) => date,
        Some(AsOf::Time(time)) => time.with_timezone(&timezone).date_naive(),
        None => time.with_timezone(&timezone).date_naive(),
    }
}
