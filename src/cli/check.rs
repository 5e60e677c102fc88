//! `usagebook check`: from dumps to one verdict.

use chrono::NaiveDate;
use chrono_tz::Tz;
use usagebook::book::{Book, Version};
use usagebook::check::{self, Subject};
use usagebook::error::Result;
use usagebook::fault::Faults;
use usagebook::ingest::{self, ComponentUsages, Intake, InvoiceItems};
use usagebook::notice::{Notice, Severity};
use usagebook::period::{BillingPeriod, Calendar, PeriodRange};
use usagebook::verdict::Verdict;
use usagebook::write::hashing::Hashing;
use usagebook::write::table::TableOptions;
use usagebook::write::verdict::{VerdictFormat, write_verdict};

use super::arguments::{CheckArguments, CheckFormatChoice};
use super::config::Configuration;
use super::notices::say;
use super::outputs::{self, Output};
use super::progress::Watch;
use super::terminal::Terminal;
use super::{Status, faults, inputs, places};

pub fn run(mut arguments: CheckArguments) -> anyhow::Result<Status> {
    let configuration = Configuration::settle(&mut arguments.inputs)?;
    // Any day does to tell whether it is a period.
    period(&arguments, &configuration, NaiveDate::default())?;
    places::check_rejects(&arguments.inputs, &[])?;
    places::check_no_further_input(&arguments.inputs, &arguments.parents)?;
    places::check_no_further_input(&arguments.inputs, &arguments.invoices)?;
    let watch = Watch::start()?;
    let book = inputs::book(&arguments.book)?;
    let mut intake = match &book {
        Some(book) => {
            let day = inputs::day(arguments.as_of, book.time().unwrap_or_default(), book.timezone()?);
            let asked = period(&arguments, &configuration, day)?;
            inputs::read_book(book, &arguments.book, |_| true, asked, false, arguments.inputs.verbose)?
        }
        None => inputs::read(&inputs::request(&arguments.inputs), &arguments.inputs, &watch)?,
    };
    let parents = watch.reading(|| parents(&arguments, book.as_ref(), &watch))?;
    let invoices = watch.reading(|| invoices(&arguments, &watch))?;
    // What cannot be used stops a report, but is what a check is there to tell.
    let rejects = match arguments.inputs.rejects() {
        Some(rejects) => faults::settle(&mut intake, Some(rejects), Hashing::Off)?,
        None => None,
    };
    let timezone = inputs::timezone(&arguments.inputs, book.as_ref())?;
    let (time, source) = match &book {
        Some(book) => (book.time(), "the time of the book's latest delivery"),
        None => (intake.index_time, "the time of the dump's index"),
    };
    let as_of = inputs::as_of(arguments.as_of, time, source, timezone)?;
    let period = period(&arguments, &configuration, as_of)?;
    if arguments.period.as_deref() == Some("last-month")
        && let Some(period) = period
    {
        say(format_args!("last-month is {period}"));
    }
    if let Some(book) = &book {
        intake.notices.extend(vanished(book, period)?);
    }
    let none = Faults::default();
    let verdict = check::run(&Subject {
        frame: &intake.frame,
        accounting: intake.accounting,
        notices: &intake.notices,
        server_counts: &intake.server_counts,
        faults: if rejects.is_some() { &none } else { &intake.faults },
        parents: parents.as_ref(),
        invoices: invoices.as_ref(),
        as_of,
        timezone,
        period,
    })?;
    watch.check()?;
    say(format_args!("{}", verdict.accounting));
    outputs::print(verdict.checks.len(), Hashing::Off, |out| {
        write_verdict(&verdict, format(&arguments), out)
    })?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(if verdict.has_warnings() { Status::Warnings } else { Status::Done })
}

fn period(
    arguments: &CheckArguments,
    configuration: &Configuration,
    as_of: NaiveDate,
) -> Result<Option<PeriodRange>> {
    let fiscal_year_start = configuration.fiscal_year_start(arguments.fiscal_year_start);
    let calendar = Calendar { as_of, fiscal_year_start };
    arguments.period.as_deref().map(|text| PeriodRange::parse(text, calendar)).transpose()
}

/// All checks that can be made with what was read, and with the component usages of a book.
pub(super) fn verdict(
    intake: &Intake,
    book: Option<&Book>,
    calendar: (NaiveDate, Tz),
    period: Option<PeriodRange>,
    watch: &Watch,
) -> Result<Verdict> {
    let (as_of, timezone) = calendar;
    let parents =
        book.map(|book| inputs::book_component_usages(book, false, watch.progress())).transpose()?.flatten();
    let vanished = book.map(|book| vanished(book, period)).transpose()?.unwrap_or_default();
    let notices = [intake.notices.as_slice(), &vanished].concat();
    check::run(&Subject {
        frame: &intake.frame,
        accounting: intake.accounting,
        notices: &notices,
        server_counts: &intake.server_counts,
        faults: &Faults::default(),
        parents: parents.as_ref(),
        invoices: None,
        as_of,
        timezone,
        period,
    })
}

/// The codes of what is found in a month of a book as it is now.
pub(super) fn warnings(book: &Book, period: BillingPeriod, watch: &Watch) -> Result<Vec<String>> {
    let intake = book.read(&[], Some(&Version::Now), false)?;
    let timezone = book.timezone()?;
    let as_of = book.time().unwrap_or_default().with_timezone(&timezone).date_naive();
    let month = Some(PeriodRange::month(period));
    let verdict = verdict(&intake, Some(book), (as_of, timezone), month, watch)?;
    let warnings = verdict.checks.iter().filter(|check| check.notice.severity == Severity::Warning);
    Ok(warnings.map(|check| check.notice.code.name().to_owned()).collect())
}

/// What is reported of customers that later deliveries of the months lack.
fn vanished(book: &Book, asked: Option<PeriodRange>) -> Result<Vec<Notice>> {
    let months = book.months().map(|(period, _)| period);
    let months = months.filter(|period| asked.is_none_or(|range| range.contains(*period)));
    Ok(months.map(|period| book.vanished_customers(period)).collect::<Result<Vec<_>>>()?.concat())
}

fn parents(
    arguments: &CheckArguments,
    book: Option<&Book>,
    watch: &Watch,
) -> Result<Option<ComponentUsages>> {
    inputs::component_usages(&arguments.parents, &arguments.inputs, book, false, watch)
}

fn invoices(arguments: &CheckArguments, watch: &Watch) -> Result<Option<InvoiceItems>> {
    let inputs = &arguments.inputs;
    let read = |dumps: &Vec<String>| {
        ingest::read_invoice_items(dumps, inputs.timezone(), inputs.accept_incomplete, watch.progress())
    };
    Some(&arguments.invoices).filter(|dumps| !dumps.is_empty()).map(read).transpose()
}

fn format(arguments: &CheckArguments) -> VerdictFormat {
    match arguments.format {
        CheckFormatChoice::Json => VerdictFormat::Json,
        CheckFormatChoice::Table => {
            let Terminal { width, has_color, .. } = Terminal::of_stdout();
            let options = TableOptions { width, has_color };
            VerdictFormat::Table { options, hides_notes: arguments.inputs.quiet }
        }
    }
}
