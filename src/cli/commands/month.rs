//! `usagebook month`: the settings of a month's end to one question, and its last lines.

mod desk;
mod lines;
mod next;

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use usagebook::Book;
use usagebook::config::{Configuration, MonthSettings};
use usagebook::error::Error;
use usagebook::join::{Attributes, Budget};
use usagebook::period::{AskedPeriod, Calendar};
use usagebook::text::counted;
use usagebook::usecase::{self, Arriving, MonthQuestion};

use self::desk::Desk;
use self::lines::Lines;
use crate::cli::arguments::{MonthArguments, MonthChoice, MonthFormatChoice};
use crate::cli::outputs::print_text;
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::words::Misuse;
use crate::cli::{Status, configuration, faults, inputs, notices, seen, writing};

pub fn run(arguments: &MonthArguments) -> Result<Status> {
    let configuration = configuration::read(arguments.config.as_deref(), arguments.notes.quiet)?;
    let need = match configuration.path() {
        Some(_) => "[month] in the configuration, with book and to",
        None => {
            "a configuration with [month]: there is no usagebook.toml in this folder, and --config names no file"
        }
    };
    let settings = configuration.month.as_ref().ok_or(Misuse { what: "month", need })?;
    let clock = usecase::now()?;
    let book = book(arguments, settings)?;
    let timezone = match &book {
        Some(book) => book.timezone()?,
        None => configuration.timezone.unwrap_or(chrono_tz::UTC),
    };
    let calendar = Calendar { as_of: clock.with_timezone(&timezone).date_naive(), fiscal_year_start: 1 };
    let period = match arguments.month {
        Some(MonthChoice::Named(period)) => period,
        Some(MonthChoice::Last) | None => AskedPeriod::LastMonth.seen(calendar).first(),
    };
    let to = settings.to.join(period.to_string());
    check_places(settings, &configuration, &to)?;

    let locale = configuration.locale(None);
    // Everything that is read is read, and everything that is named is found, before the long part begins.
    let tariff = settings.tariff(locale)?;
    let attributes = Attributes::read(&settings.attributes, locale)?;
    let columns = inputs::attributes(&attributes, book.as_ref());
    let budget = settings.budget.as_deref().map(|path| Budget::read(path, locale)).transpose()?;
    if budget.as_ref().is_some_and(Budget::is_money) && tariff.is_none() {
        return Err(Misuse { what: "a budget of money in [month]", need: "prices there" }.into());
    }
    let mapping = configuration.journal.clone().map(|journal| journal.checked(&columns)).transpose()?;
    let per = inputs::per(Some(&settings.per), &columns).context("per in [month]")?;
    if let Some(key) = settings.sign.as_deref().filter(|key| !key.is_file()) {
        bail!("{}: the key of sign in [month] is not there", key.display());
    }
    let watch = Watch::start()?.quiet(arguments.notes.quiet);
    let desk = Desk::new(arguments, settings, &configuration, period, &watch)?;
    let question = MonthQuestion {
        period,
        arriving: arriving(arguments, settings)?,
        is_new: arguments.new,
        pulled_at: arguments.pulled_at,
        retire_up_to: arguments.retire_up_to,
        clock,
        fiscal_year_start: configuration.fiscal_year_start(None),
        tariff: tariff.as_ref(),
        basis: settings.basis,
        attributes: &attributes,
        budget: budget.as_ref(),
        journal: mapping.as_ref(),
        per,
        sender: configuration.sender.clone(),
        keeps_rejects: arguments.rejects,
        has_mail: arguments.eml,
        to,
        access: arguments.access.private(),
    };
    let end = match usecase::month(&question, &desk, &watch) {
        Err(Error::Rejected { faults }) => {
            faults::show(&faults);
            let count = counted(faults.count(), "record or file");
            bail!(
                "{count} cannot be used, so nothing was added; correct what is wrong, or add --rejects: the month's folder \
                 then keeps what is left out"
            )
        }
        end => end?,
    };
    notices::print(&end.notices, arguments.notes.quiet);
    let lines = Lines::new(&end, arguments, settings, configuration.by_whom.is_some());
    print_text(&match arguments.format {
        MonthFormatChoice::Text => lines.text(),
        MonthFormatChoice::Json => lines.json(),
    })?;
    Ok(if end.is_decided() { Status::Done } else { Status::Warnings })
}

/// The book that is there; `None` if it is to be made.
fn book(arguments: &MonthArguments, settings: &MonthSettings) -> Result<Option<Book>> {
    if arguments.new {
        writing::check_new(&settings.book)?;
        return Ok(None);
    }
    match seen::open(&settings.book) {
        Err(Error::NotABook { path }) => {
            bail!("{}: is not a book; add --new to this command to make one", path.display())
        }
        opened => Ok(Some(opened?)),
    }
}

/// What is taken in: the inputs that are typed, else what the portal has.
fn arriving(arguments: &MonthArguments, settings: &MonthSettings) -> Result<Arriving> {
    match (arguments.inputs.is_empty(), &settings.url) {
        (false, _) => Ok(Arriving::Inputs {
            inputs: arguments.inputs.clone(),
            parents: arguments.parents.clone(),
            is_complete: arguments.complete,
        }),
        (true, Some(_)) => Ok(Arriving::Download { dumps: settings.dumps.clone() }),
        (true, None) if arguments.new => {
            Err(Misuse { what: "month --new", need: "an INPUT, or url in [month]" }.into())
        }
        (true, None) => Ok(Arriving::Nothing),
    }
}

/// Refuses results inside a book, and over what is read.
fn check_places(settings: &MonthSettings, configuration: &Configuration, to: &Path) -> Result<()> {
    let read: Vec<&Path> = configuration.path().into_iter().chain(settings.files()).collect();
    let written = [Place::Folder(to), Place::Folder(&settings.dumps)];
    places::check(&written, &read)?;
    // Also one that is still to be made.
    Ok(written.iter().try_for_each(|place| places::check_outside(place, &settings.book))?)
}
