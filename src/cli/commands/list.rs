//! `usagebook list`: a page of records.

use usagebook::error::{Error, Result};
use usagebook::files::hashing::Hashing;
use usagebook::listing::{
    self, ListFormat, ListRequest, Order, PAGE_SIZE_DEFAULT, Page, Paging, RecordReader, Rendering,
    UsageStyle, parse_fields,
};
use usagebook::usecase::{self, Question, Records};

use crate::cli::arguments::{
    InputArguments, ListArguments, ListFormatChoice, RenderingArguments, UsageChoice,
};
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::{self, Drawn, Output};
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs, notices, places};

pub fn run(mut arguments: ListArguments) -> anyhow::Result<Status> {
    configuration::settle(&mut arguments.inputs)?;
    let request = request(&arguments)?;
    let rendering = rendering(&arguments.rendering)?;
    let filters = inputs::filters(&arguments.filters)?;
    places::check_rejects(&arguments.inputs, &[])?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let question = Question {
        filters: filters.clone(),
        ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?
    };
    let mut records = usecase::records(&question, |period| filters.takes_month(period), &watch)?;
    let rejects = tell(&mut records, &arguments.inputs)?;
    let listing = listing::list(&records.frame, &request)?;
    let reader = RecordReader::new(&records.frame)?;
    say(format_args!("{listing}"));
    let format = match arguments.format {
        ListFormatChoice::Json => ListFormat::Json,
        ListFormatChoice::Ndjson => ListFormat::Ndjson,
        ListFormatChoice::Csv => ListFormat::Csv,
        ListFormatChoice::Tsv => ListFormat::Tsv,
    };
    outputs::print(listing.rows.len(), Hashing::Off, Drawn::ForPrograms, |out| {
        reader.write(&listing.rows, format, &rendering, out).map_err(|source| Error::Output { source })
    })?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(Status::of(&records.provenance.notices))
}

/// Says what there is to know of records, and prepares the file of those that are rejected.
pub(super) fn tell(
    Records { provenance, rejected, files, .. }: &mut Records,
    arguments: &InputArguments,
) -> Result<Option<Output>> {
    places::check_rejects_no_input(arguments, files)?;
    let rejects = rejected.prepare(arguments.rejects(), Hashing::Off)?;
    notices::print(&provenance.notices, arguments.quiet);
    say(format_args!("{}", provenance.accounting));
    Ok(rejects)
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
