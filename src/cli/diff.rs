//! `usagebook diff`: what became of a month between two of its states.

use serde_json::json;
use usagebook::Book;
use usagebook::book::Version;
use usagebook::compare::{Difference, DifferenceStatement};
use usagebook::error::{Error, Result};
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::report::grouped;
use usagebook::statement::Caption;
use usagebook::usage::UsageFrame;

use super::Status;
use super::arguments::DiffArguments;
use super::progress::Watch;
use super::rows_output::Destination;

pub fn run(arguments: DiffArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let month = arguments.month;
    let closed = book.month(month)?.closings.last().map(|closing| Version::Closed(closing.version));
    let from = arguments.from.or(closed).ok_or(Error::Incompatible {
        what: "the difference of a month that is not closed",
        need: "--from with the id of a delivery; usagebook history lists them",
    })?;
    let before = State::read(&book, month, from)?;
    let after = State::read(&book, month, arguments.to)?;
    let difference = Difference::between(&before.frame, &after.frame)?;
    watch.check()?;
    destination
        .write(&DifferenceStatement { difference: &difference, caption: caption(month, &before, &after) })?;
    Ok(Status::Done)
}

/// A state of a month.
struct State {
    version: Version,
    /// What it is, in words.
    state: String,
    frame: UsageFrame,
}

impl State {
    fn read(book: &Book, month: BillingPeriod, version: Version) -> Result<Self> {
        let intake = book.read(&[PeriodRange::month(month)], Some(&version), true)?;
        let state = intake.states.into_iter().next().map(|month| month.state);
        let state = state.unwrap_or_else(|| "no delivery of the month had come".to_owned());
        Ok(Self { version, state, frame: intake.frame })
    }

    fn records(&self) -> u64 {
        self.frame.records.height() as u64
    }

    fn title(&self) -> String {
        let records = self.records();
        let noun = if records == 1 { "record" } else { "records" };
        format!("{}: {}, {} {noun}", self.version, self.state, grouped(records))
    }

    fn facts(&self) -> serde_json::Value {
        json!({"version": self.version.to_string(), "state": self.state, "records": self.records()})
    }
}

fn caption(month: BillingPeriod, before: &State, after: &State) -> Caption {
    Caption {
        title: vec![
            format!("Changes in {month} from {} to {}", before.version, after.version),
            before.title(),
            after.title(),
        ],
        facts: vec![("period", month.to_string().into()), ("from", before.facts()), ("to", after.facts())],
        nothing: "Nothing changed: no record, line or name differs.",
    }
}
