//! What became of a month between two of its states.

use serde_json::json;

use super::watch::Watch;
use crate::book::{Book, Version};
use crate::compare::{Difference, DifferenceStatement};
use crate::error::{Error, Result};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::counted;
use crate::statement::Caption;
use crate::usage::UsageFrame;

/// How two states of a month differ, record by record.
pub struct Changes {
    pub difference: Difference,
    caption: Caption,
}

impl Changes {
    /// The rows that can be drawn.
    pub fn statement(&self) -> DifferenceStatement<'_> {
        DifferenceStatement { difference: &self.difference, caption: self.caption.clone() }
    }
}

/// Compares two states of a month; the earlier one is the latest closed version if none is named.
///
/// # Errors
/// A month or version that the book does not have, a month without a closed version if none is named.
pub fn diff(
    book: &Book,
    month: BillingPeriod,
    from: Option<Version>,
    to: Version,
    watch: &dyn Watch,
) -> Result<Changes> {
    let closed = book.month(month)?.closings.last().map(|closing| Version::Closed(closing.version));
    let from = from.or(closed).ok_or(Error::NotClosed { period: month })?;
    let before = State::read(book, month, from)?;
    let after = State::read(book, month, to)?;
    let difference = Difference::between(&before.frame, &after.frame)?;
    watch.check()?;
    Ok(Changes { difference, caption: caption(month, &before, &after) })
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
        format!("{}: {}, {}", self.version, self.state, counted(self.records(), "record"))
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
