//! `usagebook serve`: the endpoint over HTTP.

use std::sync::Arc;

use usagebook::error::Result;
use usagebook::listing::{Catalogue, UsageStyle};
use usagebook::portal::serve::{LIST_PATH, Server, Settings, Shelf, Site, Tokens};
use usagebook::report::grouped;
use usagebook::write::hashing::Hashing;

use super::arguments::{ServeArguments, ServingArguments, UsageChoice};
use super::notices::say;
use super::progress::Watch;
use super::{Status, faults, inputs, list, notices, outputs};

/// The variable of the environment that may hold a token.
const TOKEN_VARIABLE: &str = "USAGEBOOK_TOKEN";

pub fn run(arguments: ServeArguments) -> anyhow::Result<Status> {
    let settings = settings(&arguments.serving)?;
    settings.check(arguments.serving.listen)?;
    arguments.inputs.rejects.as_deref().map_or(Ok(()), outputs::check_folder)?;
    let watch = Watch::start()?;
    let server = Server::bind(arguments.serving.listen)?;
    let (catalogue, status) = catalogue(&arguments, &watch)?;
    let records = grouped(catalogue.len() as u64);
    let site = Site::new(settings, Arc::new(Shelf::new(catalogue)), server.address());
    say(format_args!("{records} records at http://{}{LIST_PATH}", server.address()));
    let log = |line: &str| say(format_args!("{line}"));
    server.run(site, || watch.check().is_err(), (!arguments.inputs.quiet).then_some(log))?;
    say(format_args!("stopped"));
    Ok(status)
}

fn settings(arguments: &ServingArguments) -> Result<Settings> {
    let mut tokens = Tokens::default();
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

/// Reads the inputs and says what there is to know of them.
fn catalogue(
    ServeArguments { inputs: arguments, book: book_arguments, .. }: &ServeArguments,
    watch: &Watch,
) -> anyhow::Result<(Catalogue, Status)> {
    let book = inputs::book(book_arguments)?;
    let mut intake = list::read(arguments, book_arguments, book.as_ref(), |_| true, watch)?;
    let rejects = faults::settle(&mut intake, arguments.rejects.as_deref(), Hashing::Off)?;
    rejects.map_or(Ok(()), outputs::Output::commit)?;
    notices::print(&intake.notices, arguments.quiet);
    say(format_args!("{}", intake.accounting));
    let status = Status::of(&intake.notices);
    let catalogue = Catalogue::new(intake.frame, inputs::timezone(arguments, book.as_ref())?)?;
    watch.check()?;
    Ok((catalogue, status))
}
