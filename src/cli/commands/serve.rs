//! `usagebook serve`: the endpoint over HTTP, from inputs or from a book that may grow meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chrono_tz::Tz;
use usagebook::book::Book;
use usagebook::connections::Server;
use usagebook::error::Result;
use usagebook::files::access::exposed_secret;
use usagebook::ingest::Progress;
use usagebook::listing::{Catalogue, UsageStyle};
use usagebook::objects::{ComponentUsageReading, ComponentUsages};
use usagebook::serve::{
    COMPONENT_USAGES_PATH, ComponentUsageList, LIST_PATH, Log, Settings, Shelf, Site, Tokens,
};
use usagebook::text::grouped;
use usagebook::usecase::{self, Records, Watch as _};

use super::list;
use crate::cli::arguments::{BookArguments, ServeArguments, ServingArguments, UsageChoice};
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::Output;
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs, notices, places};

/// The variable of the environment that may hold a token.
const TOKEN_VARIABLE: &str = "USAGEBOOK_TOKEN";

/// How often it is seen whether a book has changed.
const LOOK: Duration = Duration::from_secs(1);

pub fn run(mut arguments: ServeArguments) -> anyhow::Result<Status> {
    configuration::settle(&mut arguments.inputs)?;
    let settings = settings(&arguments.serving)?;
    settings.check(arguments.serving.listen)?;
    let token_files: Vec<&Path> = arguments.serving.token_file.iter().map(PathBuf::as_path).collect();
    places::check_rejects(&arguments.inputs, &token_files)?;
    let watch = Watch::start()?;
    let server = Server::bind(arguments.serving.listen)?;
    let book = inputs::book(&arguments.book)?;
    let records = read(&arguments, book.as_ref(), &watch)?;
    let (status, timezone) = (Status::of(&records.provenance.notices), records.provenance.timezone);
    let catalogue = Catalogue::new(records.frame, timezone)?;
    let usages = component_usages(&arguments, book.as_ref(), timezone, &watch)?;
    watch.check()?;
    let records = grouped(catalogue.len() as u64);
    let shelf = Arc::new(Shelf::new(catalogue));
    let mut site = Site::new(settings, Arc::clone(&shelf), server.address());
    let mut usages_shelf = None;
    if let Some(usages) = usages {
        let usages = ComponentUsageList::new(usages, timezone);
        let count = grouped(usages.len() as u64);
        say(format_args!("{count} component usages at http://{}{COMPONENT_USAGES_PATH}", server.address()));
        let shelf = Arc::new(Shelf::new(usages));
        site = site.with_component_usages(Arc::clone(&shelf));
        // Those that were given are not the book's, and stay.
        usages_shelf = Some(shelf).filter(|_| arguments.parents.is_empty());
    }
    if let Some(book) = book {
        let (arguments, generation) = (arguments.book, book.generation());
        drop(book);
        thread::spawn(move || follow(&arguments, &shelf, usages_shelf.as_deref(), generation));
    }
    say(format_args!("{records} records at http://{}{LIST_PATH}", server.address()));
    let log = Log { write: |line| say(format_args!("{line}")), has_all: !arguments.inputs.quiet };
    server.run(site.logged(log), || watch.check().is_err())?;
    say(format_args!("stopped"));
    Ok(status)
}

fn settings(arguments: &ServingArguments) -> Result<Settings> {
    let mut tokens = Tokens::default();
    arguments.token_file.iter().filter_map(|path| exposed_secret(path)).for_each(|warning| {
        say(format_args!("warning: {warning}"));
    });
    arguments.token_file.iter().try_for_each(|path| tokens.add_file(path))?;
    if let Some(token) = std::env::var_os(TOKEN_VARIABLE) {
        tokens.add_variable(TOKEN_VARIABLE, &token.to_string_lossy())?;
    }
    Ok(Settings {
        tokens,
        base_url: arguments.base_url.as_deref().map(str::parse).transpose()?,
        page_size_max: arguments.page_size_max as usize,
        cors_origins: arguments.cors_origin.clone(),
        usage: match arguments.usage_as {
            UsageChoice::Number => UsageStyle::Number,
            UsageChoice::String => UsageStyle::String,
        },
    })
}

/// Reads the records and says what there is to know of them.
fn read(arguments: &ServeArguments, book: Option<&Book>, watch: &Watch) -> anyhow::Result<Records> {
    let question = inputs::question(&arguments.inputs, &arguments.book, book, false)?;
    let mut records = usecase::records(&question, |_| true, watch)?;
    list::tell(&mut records, &arguments.inputs)?.map_or(Ok(()), Output::commit)?;
    Ok(records)
}

/// Reads the component usages, if there are any, and says what there is to know of them.
fn component_usages(
    arguments: &ServeArguments,
    book: Option<&Book>,
    timezone: Tz,
    watch: &Watch,
) -> Result<Option<ComponentUsages>> {
    let accepts_incomplete = arguments.inputs.accept_incomplete;
    let reading = ComponentUsageReading { timezone, accepts_incomplete, keeps_fields: true };
    let usages = usecase::component_usages(&arguments.parents, book, reading, watch.progress())?;
    if let Some(usages) = &usages {
        notices::print(&usages.notices, arguments.inputs.quiet);
        if let Some(first) = usages.faults.first().first() {
            let count = grouped(usages.faults.count());
            say(format_args!("warning: {count} component usages cannot be used and are not served: {first}"));
        }
    }
    Ok(usages)
}

/// Puts what a book has on the shelf whenever it has changed, for as long as the process lives.
///
/// A book that cannot be read for a time changes nothing: what was served is served on.
fn follow(
    arguments: &BookArguments,
    shelf: &Shelf<Catalogue>,
    usages_shelf: Option<&Shelf<ComponentUsageList>>,
    mut generation: u64,
) {
    let mut last_error = String::new();
    loop {
        thread::sleep(LOOK);
        match renewed(arguments, usages_shelf.is_some(), generation) {
            Ok(None) => {}
            Ok(Some(Renewed { generation: newer, catalogue, usages })) => {
                say(format_args!("{} records from here on", grouped(catalogue.len() as u64)));
                generation = newer;
                shelf.replace(catalogue);
                if let Some((shelf, usages)) = usages_shelf.zip(usages) {
                    shelf.replace(usages);
                }
                last_error.clear();
            }
            Err(error) => {
                let error = crate::cli::words::message(&error.into());
                if error != last_error {
                    say(format_args!("the book cannot be read; it is served as it was before: {error}"));
                }
                last_error = error;
            }
        }
    }
}

struct Renewed {
    generation: u64,
    catalogue: Catalogue,
    usages: Option<ComponentUsageList>,
}

/// What a book has now if that is another generation.
fn renewed(arguments: &BookArguments, wants_usages: bool, generation: u64) -> Result<Option<Renewed>> {
    let Some(book) = inputs::book(arguments)?.filter(|book| book.generation() != generation) else {
        return Ok(None);
    };
    let timezone = book.timezone()?;
    let records = book.read(&[], arguments.version.as_ref(), true)?;
    let usages = match wants_usages {
        true => usecase::book_component_usages(&book, true, &Progress::default())?,
        false => None,
    };
    Ok(Some(Renewed {
        generation: book.generation(),
        catalogue: Catalogue::new(records.frame, timezone)?,
        usages: usages.map(|usages| ComponentUsageList::new(usages, timezone)),
    }))
}
