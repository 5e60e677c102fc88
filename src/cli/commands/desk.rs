//! `usagebook desk`: the month-end in a browser.

mod browser;
mod words;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};
use usagebook::book::BookWriter;
use usagebook::config::{Configuration, FILE_NAME, MonthSettings};
use usagebook::connections::Server;
use usagebook::desk::{Asked, Desk, Settings, Surroundings};
use usagebook::usecase::{self, Watch as _};

use self::words::Words;
use crate::cli::arguments::DeskArguments;
use crate::cli::notices::say;
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, configuration, seen};

pub fn run(arguments: &DeskArguments) -> Result<Status> {
    Desk::check(arguments.listen)?;
    let configuration = configuration::read(arguments.config.as_deref(), false)?;
    let book = book(arguments, &configuration)?;
    seen::open(&book)?;
    let watch = Watch::start()?;
    let server = Server::bind(arguments.listen)?;
    let settings =
        Settings { book: book.clone(), configuration: path(arguments), is_read_only: arguments.read_only };
    let face = Face(Words { book, configuration: arguments.config.clone() });
    let desk = Desk::new(settings, server.address(), face, Arc::clone(watch.progress()))?;
    let start = desk.start_address().unwrap_or_default();
    say(format_args!("the desk is open at {start}"));
    say(format_args!("this address lets one browser in, once; Ctrl-C, or the button of the desk, ends it"));
    // The page that leads there has the secret in it, and goes when the desk ends.
    let _page = (!arguments.no_browser).then(|| browser::open(&start)).flatten();
    server.run(desk, || watch.check().is_err())?;
    say(format_args!("stopped"));
    Ok(Status::Done)
}

/// The book that is named, else that of the configuration.
fn book(arguments: &DeskArguments, configuration: &Configuration) -> Result<PathBuf> {
    let named = arguments.book.clone().or_else(|| Some(configuration.month.as_ref()?.book.clone()));
    named.ok_or_else(|| {
        Misuse { what: "desk", need: "--book DIR, or book in [month] of the configuration" }.into()
    })
}

/// The configuration that is read anew for each page.
fn path(arguments: &DeskArguments) -> Option<PathBuf> {
    let own = || Path::new(FILE_NAME).exists().then(|| PathBuf::from(FILE_NAME));
    arguments.config.clone().or_else(own)
}

/// The terminal that a desk was started from.
struct Face(Words);

impl Surroundings for Face {
    fn now(&self) -> usagebook::Result<DateTime<Utc>> {
        usecase::now()
    }

    fn command(&self, asked: &Asked<'_>, month: Option<&MonthSettings>) -> String {
        self.0.of(asked, month)
    }

    fn written(&self, writer: &BookWriter) {
        seen::remember(&self.0.book, writer);
        writer.notes().iter().for_each(|note| say(format_args!("note: {note}")));
    }

    fn failed(&self, cause: &str) {
        say(format_args!("error: {cause}"));
    }
}
