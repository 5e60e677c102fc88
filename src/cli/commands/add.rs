//! `usagebook add`: inputs into a book.

use usagebook::book::{AddRequest, Added, AddedMonth, Book, Completeness, Evidence, time_text};
use usagebook::error::Error;
use usagebook::files::hashing::Hashing;
use usagebook::ingest;
use usagebook::text::grouped;
use usagebook::usecase::{self, Incoming, Watch as _};

use crate::cli::arguments::AddArguments;
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::{Output, print_text};
use crate::cli::places::Place;
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, inputs, notices, places, writing};

pub fn run(mut arguments: AddArguments) -> anyhow::Result<Status> {
    let typed = arguments.inputs.timezone;
    configuration::settle(&mut arguments.inputs)?;
    if arguments.inputs.inputs.is_empty() {
        return Err(Misuse { what: "add", need: "an INPUT" }.into());
    }
    let rejects = arguments.inputs.rejects.as_deref();
    places::check_rejects(&arguments.inputs, &[])?;
    places::check_no_further_input(&arguments.inputs, &arguments.parents)?;
    rejects.map_or(Ok(()), |path| places::check_outside(&Place::File(path), &arguments.book))?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let is_new = arguments.new;
    if is_new {
        writing::check_new(&arguments.book)?;
    } else if Book::is_new(&arguments.book)? {
        return Err(Error::NotABook { path: arguments.book }.into());
    }
    let timezone = if is_new { arguments.inputs.timezone } else { typed };
    let open = || {
        writing::open(&arguments.book, &arguments.lock, timezone, arguments.inputs.access.private(), "add")
    };
    // Another writer, or a folder that is no book, is told before hours are spent on reading; a new book is made only
    // once there is something to put into it.
    let opened = if is_new { None } else { Some(open()?) };
    let mut request = inputs::request(&arguments.inputs);
    if let Some(writer) = &opened {
        request.reading.timezone = writer.timezone();
    }
    let rejects = rejects.map(|path| path.display().to_string());
    let Incoming { intake, mut rejected } = usecase::incoming(&request, rejects.as_deref(), &watch)?;
    places::check_rejects_no_input(&arguments.inputs, &intake.files)?;
    let rejects = rejected.prepare(arguments.inputs.rejects(), Hashing::Off)?;
    notices::print(&intake.notices, arguments.inputs.quiet);
    say(format_args!("{}", intake.accounting));
    let request = AddRequest {
        pulled_at: arguments.pulled_at,
        clock: usecase::now()?,
        accepts_future: arguments.accept_future,
        complete: arguments.complete.iter().copied().collect(),
        customers: arguments.customer.iter().copied().collect(),
        accepts_incomplete: arguments.inputs.accept_incomplete,
        retire_up_to: arguments.retire_up_to,
        label: arguments.label.clone(),
        parents: ingest::read_files(&arguments.parents)?,
    };
    watch.check()?;
    let mut writer = opened.map_or_else(open, Ok)?;
    writer.check_customers(&intake, &request.customers)?;
    let change = writer.prepare_add(&intake, &request)?;
    // All is on disk; what is left are two names, the book's last: stopped in between, the same command completes it.
    rejects.map_or(Ok(()), Output::commit)?;
    let added = change.commit()?;
    notices::print(&added.notices, arguments.inputs.quiet);
    let told = print_text(&described(&added));
    if added.is_new { told.map_err(Error::after_commit) } else { told }?;
    let is_told = |month: &&AddedMonth| month.late > 0 && !arguments.inputs.quiet;
    for month in added.months.iter().filter(is_told) {
        say(format_args!("note: {} is closed; what came late: {}", month.period, month.state));
    }
    writing::report(&arguments.book, &writer, arguments.inputs.quiet);
    Ok(Status::of(&[intake.notices, added.notices].concat()))
}

/// ```text
/// delivery 3f2a1b0c9d8e of 2026-11-02T08:00:00Z
/// 2026-10: 1,513 added, 0 changed, 0 left as they were, 0 retired; complete, proved; OPEN
/// ```
fn described(added: &Added) -> String {
    if !added.is_new {
        return format!("nothing new: delivery {} brought these inputs\n", added.delivery.id);
    }
    let mut text = format!("delivery {} of {}\n", added.delivery.id, time_text(added.delivery.time));
    let seen_as = added.delivery.seen_as;
    for AddedMonth { period, counts, is_complete, customers, evidence, state, .. } in &added.months {
        let count = |count: u64| grouped(count);
        let is_lacking = *evidence == Evidence::Disproved;
        let complete = match (is_complete, customers.len()) {
            (false, _) if is_lacking => String::new(),
            (true, 0) if is_lacking => "added as complete, but ".to_owned(),
            (true, 0) => "complete, ".to_owned(),
            (true, 1) => "complete for 1 customer, ".to_owned(),
            (true, customers) => format!("complete for {} customers, ", count(customers as u64)),
            (false, _) => "completeness ".to_owned(),
        };
        text += &format!(
            "{period}: {} added, {} changed, {} left as they were, {} retired; {complete}{}; {}\n",
            count(counts.added),
            count(counts.changed),
            count(counts.unchanged),
            count(counts.retired),
            Completeness { evidence: *evidence, seen_as },
            state,
        );
    }
    text
}
