//! From the flags that commands share to the question that they ask.

use std::path::Path;

use usagebook::book::Book;
use usagebook::cluster::{Cluster, EnginePaths, EngineSession};
use usagebook::dimension::{Attribute, Dimension};
use usagebook::error::Result;
use usagebook::files::access::exposed_secret;
use usagebook::filter::{Filter, Filters};
use usagebook::ingest::{ReadRequest, Reading, read_plain_file};
use usagebook::period::AskedPeriod;
use usagebook::pseudonym::Pseudonyms;
use usagebook::report::Basis;
pub use usagebook::usecase::own_columns as attributes;
use usagebook::usecase::{self, Question, Source};

use super::arguments::{BasisChoice, BookArguments, FilterArguments, InputArguments, ReadingEngineArguments};
use super::notices::say;
use super::progress::Watch;
use super::seen;
use super::words::Misuse;

/// What a command asks of its inputs; neither details of records nor hashes of files are among it.
pub fn request(arguments: &InputArguments) -> ReadRequest {
    ReadRequest {
        inputs: arguments.inputs.clone(),
        reading: Reading {
            timezone: arguments.timezone.unwrap_or(chrono_tz::UTC),
            keeps_details: false,
            keeps_raw: arguments.rejects.is_some(),
        },
        accepts_incomplete: arguments.accept_incomplete,
        hashes_files: false,
        threads: arguments.threads.map(usize::from),
    }
}

/// A session with an engine that reads the records, and where it sees their files.
#[derive(Debug)]
pub struct ReadingEngine {
    session: EngineSession,
    paths: EnginePaths,
}

impl ReadingEngine {
    /// To ask it.
    pub fn cluster(&self) -> Cluster<'_> {
        Cluster::new(&self.session, &self.paths)
    }
}

/// A session with the engine that is named.
pub fn engine(arguments: &ReadingEngineArguments, watch: &Watch) -> Result<Option<ReadingEngine>> {
    let connect = |address: &String| -> Result<ReadingEngine> {
        Ok(ReadingEngine {
            session: EngineSession::connect(&address.parse()?, usecase::Watch::progress(watch))?,
            paths: EnginePaths::new(&arguments.engine_path)?,
        })
    };
    arguments.engine.as_ref().map(connect).transpose()
}

/// A question about all records of the inputs, or of the book in their place.
pub fn question<'q>(
    arguments: &InputArguments,
    version: &BookArguments,
    book: Option<&'q Book>,
    hashes_files: bool,
) -> anyhow::Result<Question<'q>> {
    let source = match book {
        Some(book) => {
            let own = book.timezone()?;
            if let Some(other) = arguments.timezone.filter(|other| *other != own && !arguments.quiet) {
                say(format_args!("note: the book's time zone {own} holds, not the configuration's {other}"));
            }
            Source::Book(book, version.version.clone())
        }
        // With inputs, clap does not miss the book that a version needs.
        None if version.version.is_some() => {
            return Err(
                Misuse { what: "--version", need: "--book: the version is one of a book's months" }.into()
            );
        }
        None => Source::Inputs(ReadRequest { hashes_files, ..request(arguments) }),
    };
    let mut question = Question::new(source, usecase::now()?);
    question.rejects = arguments.rejects.as_ref().map(|path| path.display().to_string());
    Ok(question)
}

/// What figures are to be made of; `None` if what is there decides.
pub fn basis(choice: Option<BasisChoice>) -> Option<Basis> {
    choice.map(|choice| match choice {
        BasisChoice::ComponentUsage => Basis::ComponentUsage,
        BasisChoice::Users => Basis::Users,
    })
}

/// The period, whatever months it means.
pub fn period(text: Option<&str>) -> Result<Option<AskedPeriod>> {
    text.map(str::parse).transpose()
}

pub fn filters(arguments: &FilterArguments) -> Result<Filters> {
    let mut filters = Filters::default();
    for filter in Filter::ALL {
        arguments.values(filter).iter().try_for_each(|value| filters.add(filter, value))?;
    }
    Ok(filters)
}

/// The book that is named in the place of inputs.
pub fn book(arguments: &BookArguments) -> Result<Option<Book>> {
    arguments.book.as_deref().map(seen::open).transpose()
}

/// The key of pseudonyms.
pub fn pseudonyms(path: &Path) -> Result<Pseudonyms> {
    let key = read_plain_file(path)?;
    if let Some(warning) = exposed_secret(path) {
        say(format_args!("warning: {warning}"));
    }
    Pseudonyms::new(&key)
}

/// Who gets a statement or a bill: customers, if nobody is named.
pub fn per(text: Option<&str>, attributes: &[Attribute]) -> anyhow::Result<Dimension> {
    let Some(text) = text else { return Ok(Dimension::Customer) };
    match *Dimension::parse_list_with(text, attributes)? {
        [per @ (Dimension::Customer | Dimension::Project | Dimension::Attribute(_))] => Ok(per),
        _ => anyhow::bail!(
            "--per is {text:?}; expected customer, project or a column of --attributes, or of what months were closed with"
        ),
    }
}
