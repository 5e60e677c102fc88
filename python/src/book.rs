//! What is done with a book: as the command does it, each change in one commit.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use serde_json::{Value, json};
use usagebook::book::disk::RealDisk;
use usagebook::book::{
    AddRequest, Added, Book, BookWriter, CloseRequest, Closed, Version, WriterOptions, time_text,
};
use usagebook::error::{Error, Result};
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::ingest::{self, ReadRequest, Reading};
use usagebook::join::Attributes;
use usagebook::notice::Code;
use usagebook::period::BillingPeriod;
use usagebook::text::parse_uuid;
use usagebook::usecase::places::{self, Place};
use usagebook::usecase::{
    self, AcknowledgeQuestion, DiffQuestion, Incoming, KeepQuestion, ToKeep, Watch as _,
};
use usagebook::write::output::Output;

use crate::ask::{Asked, PricesAsked, bad, basis, locale, timezone};
use crate::error::raised;
use crate::report::{notices_json, to_json};
use crate::rows::{Records, Rows};
use crate::work::{Watch, work};

/// How a book is opened for writing. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct WriterAsked {
    book: PathBuf,
    lock_timeout: u64,
    group_readable: bool,
}

impl WriterAsked {
    fn access(&self) -> Access {
        if self.group_readable { Access::Group } else { Access::Private }
    }

    fn open(&self, timezone: Option<chrono_tz::Tz>, command: &str) -> Result<BookWriter> {
        let options = WriterOptions {
            timezone,
            lock_timeout: Duration::from_secs(self.lock_timeout),
            command: format!("usagebook {command} in Python"),
        };
        BookWriter::open_with(&self.book, &options, Arc::new(RealDisk { access: self.access() }))
    }
}

/// What is added to a book. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct AddAsked {
    inputs: Vec<String>,
    new: bool,
    timezone: Option<String>,
    complete: Vec<String>,
    customer: Vec<String>,
    pulled_at: Option<String>,
    accept_future: bool,
    accept_incomplete: bool,
    retire_up_to: Option<u64>,
    parents: Vec<String>,
    label: Option<String>,
    rejects: Option<PathBuf>,
    threads: Option<usize>,
}

/// What a month is closed with. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct CloseAsked {
    month: String,
    as_of: Option<String>,
    note: String,
    by_whom: String,
    accept_incomplete: bool,
    prices: PricesAsked,
    basis: Option<String>,
    attributes: Vec<PathBuf>,
}

/// An answer for a warning. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct AcknowledgeAsked {
    month: String,
    code: String,
    reason: String,
    by_whom: String,
    example: Vec<String>,
    as_of: Option<String>,
    invoices: Vec<String>,
    locale: Option<String>,
}

/// Whether a folder is one of a book; an error if it is neither that nor new.
#[pyfunction]
pub fn is_book(py: Python<'_>, book: PathBuf, new: bool) -> PyResult<()> {
    let check = || match (new, Book::is_new(&book)?) {
        (false, _) => Book::open(&book).map(drop),
        (true, false) => Err(Error::BookThere { path: book.clone() }),
        (true, true) if Book::is_at(&book) => Ok(()),
        (true, true) => places::check_outside_books(&Place::Folder(&book)),
    };
    check().map_err(|error| raised(py, &error))
}

/// The months, as JSON.
#[pyfunction]
pub fn status(py: Python<'_>, book: PathBuf) -> PyResult<String> {
    work(py, None, |_| Ok(usecase::months_json(&Book::open(&book)?)))
}

/// Takes inputs in; returns what that did, as JSON.
#[pyfunction]
pub fn add(
    py: Python<'_>,
    writer: WriterAsked,
    asked: AddAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<String> {
    work(py, progress.as_ref(), |watch| added(&writer, asked, watch))
}

fn added(folder: &WriterAsked, asked: AddAsked, watch: &Watch) -> Result<String> {
    let zone = asked.timezone.as_deref().map(timezone).transpose()?;
    let request = AddRequest {
        pulled_at: asked.pulled_at.as_deref().map(|text| time("pulled_at", text)).transpose()?,
        clock: usecase::now()?,
        accepts_future: asked.accept_future,
        complete: asked.complete.iter().map(|month| month.parse()).collect::<Result<_>>()?,
        customers: asked.customer.iter().map(|uuid| customer(uuid)).collect::<Result<_>>()?,
        accepts_incomplete: asked.accept_incomplete,
        retire_up_to: asked.retire_up_to,
        label: asked.label,
        parents: ingest::read_files(&asked.parents)?,
    };
    let place = asked.rejects.as_deref().map(Place::File);
    let reads: Vec<&Path> = asked.inputs.iter().chain(&asked.parents).map(Path::new).collect();
    places::check(place.as_slice(), &reads)?;
    place.iter().try_for_each(|place| places::check_outside(place, &folder.book))?;
    // Another writer is reported before hours are spent on reading; a new book is made once there is something to put into it.
    let opened = if asked.new { None } else { Some(folder.open(zone, "add")?) };
    let own = opened.as_ref().map(BookWriter::timezone);
    let read = ReadRequest {
        inputs: asked.inputs,
        reading: Reading {
            timezone: own.or(zone).unwrap_or(chrono_tz::UTC),
            keeps_details: true,
            keeps_raw: asked.rejects.is_some(),
        },
        accepts_incomplete: asked.accept_incomplete,
        hashes_files: true,
        threads: asked.threads,
    };
    let listed = asked.rejects.as_ref().map(|path| path.display().to_string());
    let Incoming { intake, mut rejected } = usecase::incoming(&read, listed.as_deref(), watch)?;
    place.iter().try_for_each(|place| places::check_no_input(place, &intake.files))?;
    let rejects = asked.rejects.as_deref().map(|path| (path, folder.access()));
    let rejects = rejected.prepare(rejects, Hashing::Off)?;
    let mut writer = opened.map_or_else(|| folder.open(zone, "add"), Ok)?;
    writer.check_customers(&intake, &request.customers)?;
    let change = writer.prepare_add(&intake, &request)?;
    watch.check()?;
    rejects.map_or(Ok(()), Output::commit)?;
    let added = change.commit()?;
    let notices = [intake.notices, added.notices.clone()].concat();
    let mut facts = facts(&added, &json!(intake.accounting));
    facts["notices"] = notices_json(&notices).into();
    Ok(facts.to_string())
}

fn facts(added: &Added, accounting: &Value) -> Value {
    let month = |month: &usagebook::book::AddedMonth| {
        json!({
            "period": month.period.to_string(),
            "added": month.counts.added,
            "changed": month.counts.changed,
            "unchanged": month.counts.unchanged,
            "retired": month.counts.retired,
            "is_complete": month.is_complete,
            "evidence": month.evidence.name(),
            "state": month.state.to_string(),
            "late": month.late,
        })
    };
    json!({
        "delivery": added.delivery.id.to_string(),
        "time": time_text(added.delivery.time),
        "is_new": added.is_new,
        "months": added.months.iter().map(month).collect::<Vec<_>>(),
        "accounting": accounting,
    })
}

/// Closes a month, or makes the next version of a closed one; returns the version, whether it is new, and what is to be said of
/// its prices as JSON.
#[pyfunction]
pub fn close(
    py: Python<'_>,
    writer: WriterAsked,
    asked: CloseAsked,
    restates: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<(u32, bool, String)> {
    work(py, progress.as_ref(), |watch| {
        let command = if restates { "restate" } else { "close" };
        let month: BillingPeriod = asked.month.parse()?;
        let locale = locale(asked.prices.locale.as_deref())?;
        let as_of = asked.as_of.as_deref().map(|text| time("as_of", text)).transpose()?;
        let clock = usecase::now()?;
        Book::open(&writer.book)?.month(month)?;
        let folder = &writer.book;
        let mut writer = writer.open(None, command)?;
        // Opened behind the lock: nobody writes any more.
        let checked = usecase::close_request(&Book::open(folder)?, (month, as_of), clock, watch)?;
        let request = CloseRequest {
            note: asked.note.clone(),
            accepts_incomplete: asked.accept_incomplete,
            by_whom: asked.by_whom.clone(),
            ..checked
        };
        let keep = KeepQuestion {
            tariff: asked.prices.text(locale)?,
            basis: asked.basis.as_deref().map(basis).transpose()?,
            attributes: Attributes::texts(&asked.attributes, locale)?,
        };
        let ToKeep { money, attributes, notices } = usecase::to_keep(&writer, &request, &keep, clock, watch)?;
        watch.check()?;
        let request = CloseRequest { money, attributes, ..request };
        let (closing, is_new) = match restates {
            false => (writer.close(&request)?, true),
            true => match writer.restate(&request)? {
                Closed::New(closing) => (closing, true),
                Closed::Unchanged(closing) => (closing, false),
            },
        };
        Ok((closing.version, is_new, notices_json(&notices)))
    })
}

/// Answers for a warning; returns the answer as JSON.
#[pyfunction]
pub fn acknowledge(py: Python<'_>, writer: WriterAsked, asked: AcknowledgeAsked) -> PyResult<String> {
    work(py, None, |watch| {
        let code = Code::ALL.into_iter().find(|code| code.name() == asked.code);
        let question = AcknowledgeQuestion {
            period: asked.month.parse()?,
            as_of: asked.as_of.as_deref().map(|text| time("as_of", text)).transpose()?,
            code: code.ok_or_else(|| bad("code", &asked.code, "the code of a warning, as spike"))?,
            examples: asked.example.clone(),
            reason: asked.reason.clone(),
            by_whom: asked.by_whom.clone(),
            invoices: asked.invoices.clone(),
            locale: locale(asked.locale.as_deref())?,
        };
        Book::open(&writer.book)?.month(question.period)?;
        let folder = &writer.book;
        let mut writer = writer.open(None, "acknowledge")?;
        let book = Book::open(folder)?;
        let acknowledgement = usecase::acknowledgement(&book, &question, usecase::now()?, watch)?;
        watch.check()?;
        let text = to_json(&acknowledgement);
        writer.acknowledge(question.period, acknowledgement)?;
        Ok(text)
    })
}

/// What changed in months after they were closed.
#[pyfunction]
pub fn late(
    py: Python<'_>,
    book: PathBuf,
    amounts: bool,
    prices: PricesAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Rows> {
    work(py, progress.as_ref(), |watch| {
        let book = Book::open(&book)?;
        let tariff = prices.text(locale(prices.locale.as_deref())?)?.map(|text| text.parse()).transpose()?;
        if amounts || tariff.is_some() {
            let changes = usecase::late_amounts(&book, tariff.as_ref(), watch)?;
            return Rows::new(&changes.statement, changes.notices);
        }
        let late = usecase::late(&book, watch)?;
        Rows::new(&late.ledger, late.notices)
    })
}

/// How a month differs between two of its states.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "each is a keyword of the package")]
pub fn diff(
    py: Python<'_>,
    book: PathBuf,
    month: String,
    from: Option<String>,
    to: String,
    amounts: bool,
    prices: PricesAsked,
    progress: Option<Py<PyAny>>,
) -> PyResult<Rows> {
    work(py, progress.as_ref(), |watch| {
        let version = |text: &String| text.parse::<Version>();
        let question = DiffQuestion {
            month: month.parse()?,
            from: from.as_ref().map(version).transpose()?,
            to: version(&to)?,
        };
        let book = Book::open(&book)?;
        let tariff = prices.text(locale(prices.locale.as_deref())?)?.map(|text| text.parse()).transpose()?;
        if amounts || tariff.is_some() {
            let changes = usecase::diff_amounts(&book, &question, tariff.as_ref(), watch)?;
            return Rows::new(&changes.statement, changes.notices);
        }
        Rows::new(&usecase::diff(&book, &question, watch)?.statement(), Vec::new())
    })
}

/// Reads every byte; returns what was proved and what is wrong, as JSON.
#[pyfunction]
pub fn verify(py: Python<'_>, book: PathBuf, progress: Option<Py<PyAny>>) -> PyResult<String> {
    work(py, progress.as_ref(), |watch| {
        let book = Book::open(&book)?;
        let verification = usecase::verify(&book, usecase::now()?, watch)?;
        let damage =
            verification.damage.iter().map(|damage| (damage.path.display().to_string(), &damage.reason));
        let foreign = verification.foreign.iter().map(|foreign| foreign.path.display().to_string());
        let facts = json!({
            "files": verification.files,
            "bytes": verification.bytes,
            "damage": damage.collect::<Vec<_>>(),
            "foreign": foreign.collect::<Vec<_>>(),
        });
        Ok(facts.to_string())
    })
}

/// Single records, of inputs or of a book.
#[pyfunction]
pub fn scan(py: Python<'_>, asked: Asked, progress: Option<Py<PyAny>>) -> PyResult<Records> {
    work(py, progress.as_ref(), |watch| {
        let owned = asked.read()?;
        let question = owned.question();
        let records = usecase::records(&question, |month| owned.filters().takes_month(month), watch)?;
        Ok(Records { frame: records.frame, notices: records.provenance.notices })
    })
}

fn time(parameter: &'static str, text: &str) -> Result<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    time.map_err(|_| bad(parameter, text, "a time with its zone, as 2026-11-02T08:00:00Z"))
}

fn customer(text: &str) -> Result<u128> {
    let uuid = parse_uuid(text.as_bytes());
    uuid.ok_or_else(|| bad("customer", text, "a customer's uuid, 32 hex digits with or without dashes"))
}
