//! `usagebook list`: a page of records.

use usagebook::book::Book;
use usagebook::error::{Error, Result};
use usagebook::filter::Filters;
use usagebook::ingest::Intake;
use usagebook::listing::{
    self, ListFormat, ListRequest, Order, PAGE_SIZE_DEFAULT, Page, Paging, RecordReader, Rendering,
    UsageStyle, parse_fields,
};
use usagebook::period::BillingPeriod;
use usagebook::write::hashing::Hashing;

use super::arguments::{
    BookArguments, InputArguments, ListArguments, ListFormatChoice, RenderingArguments, UsageChoice,
};
use super::config::Configuration;
use super::notices::say;
use super::progress::Watch;
use super::{Status, faults, inputs, notices, outputs, places};

pub fn run(mut arguments: ListArguments) -> anyhow::Result<Status> {
    Configuration::settle(&mut arguments.inputs)?;
    let request = request(&arguments)?;
    let rendering = rendering(&arguments.rendering)?;
    let filters = inputs::filters(&arguments.filters)?;
    places::check_rejects(&arguments.inputs, &[])?;
    let watch = Watch::start()?;
    let book = inputs::book(&arguments.book)?;
    let mut intake = read(
        &arguments.inputs,
        &arguments.book,
        book.as_ref(),
        |period| filters.takes_month(period),
        &watch,
    )?;
    let rejects = faults::settle(&mut intake, arguments.inputs.rejects(), Hashing::Off)?;
    filter(&mut intake, filters, inputs::timezone(&arguments.inputs, book.as_ref())?)?;

    let listing = listing::list(&intake.frame, &request)?;
    let reader = RecordReader::new(&intake.frame)?;
    watch.check()?;
    notices::print(&intake.notices, arguments.inputs.quiet);
    say(format_args!("{}", intake.accounting));
    say(format_args!("{listing}"));
    let format = match arguments.format {
        ListFormatChoice::Json => ListFormat::Json,
        ListFormatChoice::Ndjson => ListFormat::Ndjson,
        ListFormatChoice::Csv => ListFormat::Csv,
        ListFormatChoice::Tsv => ListFormat::Tsv,
    };
    outputs::print(listing.rows.len(), Hashing::Off, |out| {
        reader.write(&listing.rows, format, &rendering, out).map_err(|source| Error::Output { source })
    })?;
    rejects.map_or(Ok(()), outputs::Output::commit)?;
    Ok(Status::of(&intake.notices))
}

/// Reads single records, from inputs or those months of a book that are wanted.
pub(super) fn read(
    arguments: &InputArguments,
    book_arguments: &BookArguments,
    book: Option<&Book>,
    is_wanted: impl Fn(BillingPeriod) -> bool,
    watch: &Watch,
) -> Result<Intake> {
    if let Some(book) = book {
        return inputs::read_book(book, book_arguments, is_wanted, None, true, arguments.verbose);
    }
    let mut request = inputs::request(arguments);
    request.reading.keeps_details = true;
    inputs::read(&request, arguments, watch)
}

/// Keeps the records that pass.
pub(super) fn filter(intake: &mut Intake, mut filters: Filters, timezone: chrono_tz::Tz) -> Result<()> {
    filters.resolve_names(&intake.frame)?;
    let frame = std::mem::take(&mut intake.frame);
    intake.frame = filters.apply(frame, &[], timezone)?;
    intake.accounting = intake.accounting.filtered_to(intake.frame.records.height() as u64);
    Ok(())
}

pub(super) fn rendering(arguments: &RenderingArguments) -> Result<Rendering> {
    let usage = match arguments.usage_as {
        UsageChoice::Number => UsageStyle::Number,
        UsageChoice::String => UsageStyle::String,
    };
    Ok(Rendering { fields: parse_fields(&arguments.field)?, usage })
}

fn request(arguments: &ListArguments) -> Result<ListRequest> {
    let paging = if arguments.all {
        Paging::All
    } else {
        let page = arguments.page.as_deref().map_or(Ok(Page::Number(1)), str::parse)?;
        Paging::Page { page, size: arguments.page_size.unwrap_or(PAGE_SIZE_DEFAULT) }
    };
    paging.check()?;
    Ok(ListRequest { orders: Order::parse_lists(&arguments.o)?, paging })
}
