//! `usagebook acknowledge`: an answer for a warning, in the book's log.

use usagebook::book::Book;
use usagebook::error::Error;
use usagebook::notice::Acknowledgement;
use usagebook::usecase::{self, AcknowledgeQuestion, Watch as _};

use crate::cli::arguments::AcknowledgeArguments;
use crate::cli::configuration;
use crate::cli::outputs::print_text;
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, writing};

pub fn run(arguments: &AcknowledgeArguments) -> anyhow::Result<Status> {
    let configuration = configuration::of(&arguments.who)?;
    let by_whom = configuration::by_whom(&arguments.who, &configuration);
    let need = "--by-whom NAME, or by_whom in the configuration";
    let question = AcknowledgeQuestion {
        period: arguments.month,
        as_of: arguments.as_of,
        code: arguments.code,
        examples: arguments.example.clone(),
        reason: arguments.reason.clone(),
        by_whom: by_whom.ok_or(Misuse { what: "acknowledge", need })?,
        invoices: arguments.invoices.clone(),
        locale: configuration.locale(arguments.tables.locale),
    };
    let watch = Watch::start()?;
    Book::open(&arguments.book)?.month(arguments.month)?;
    let access = arguments.access.private();
    let mut writer = writing::open(&arguments.book, &arguments.lock, None, access, "acknowledge")?;
    // Opened behind the lock: nobody writes any more.
    let book = Book::open(&arguments.book)?;
    let acknowledgement = usecase::acknowledgement(&book, &question, usecase::now()?, &watch)?;
    watch.check()?;
    let text = described(arguments, &acknowledgement);
    writer.acknowledge(arguments.month, acknowledgement)?;
    print_text(&text).map_err(Error::after_commit)?;
    writing::report(&arguments.book, &writer, arguments.notes.quiet);
    Ok(Status::Done)
}

/// `2026-10: spike is acknowledged by Mari Maasikas, 3 instances: a benchmark, confirmed`
fn described(arguments: &AcknowledgeArguments, acknowledgement: &Acknowledgement) -> String {
    let Acknowledgement { code, instances, reason, by_whom, .. } = acknowledgement;
    let instances = match instances.len() {
        1 => "1 instance".to_owned(),
        count => format!("{count} instances"),
    };
    format!("{}: {code} is acknowledged by {by_whom}, {instances}: {reason}\n", arguments.month)
}
