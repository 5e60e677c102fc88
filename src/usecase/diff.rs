//! What became of a month between two of its states, in records or in money.

use std::sync::Arc;

use serde_json::json;

use super::amounts::{AmountChanges, PricedState, Pricer};
use super::frozen::tariff_of;
use super::watch::Watch;
use crate::book::{Book, Version};
use crate::compare::{Difference, DifferenceStatement};
use crate::dimension::Attribute;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::Intake;
use crate::objects::ComponentUsages;
use crate::period::{BillingPeriod, PeriodRange};
use crate::price::Tariff;
use crate::statement::Caption;
use crate::text::{counted, uuid_text};

/// How two states of a month differ, record by record.
#[derive(Debug)]
pub struct Changes {
    /// From the earlier state to the later one.
    pub difference: Difference,
    caption: Caption,
}

impl Changes {
    /// The rows that can be drawn.
    pub fn statement(&self) -> DifferenceStatement<'_> {
        DifferenceStatement { difference: &self.difference, caption: self.caption.clone() }
    }
}

/// Two states of a month that are compared.
#[derive(Clone, Debug)]
pub struct DiffQuestion {
    /// The month, of which the book has both states.
    pub month: BillingPeriod,
    /// `None` for the latest closed version.
    pub from: Option<Version>,
    /// The later state, in most cases [`Version::Now`].
    pub to: Version,
}

impl DiffQuestion {
    fn states(&self, book: &Book, keeps_details: bool) -> Result<[State; 2]> {
        let month = self.month;
        let closed = book.month(month)?.closings.last().map(|closing| Version::Closed(closing.version));
        let from = self.from.clone().or(closed).ok_or(Error::NotClosed { period: month })?;
        let read = |version| State::read(book, month, version, keeps_details);
        Ok([read(from)?, read(self.to.clone())?])
    }
}

/// Compares two states of a month, record by record.
///
/// # Errors
/// A month or version that the book does not have, a month without a closed version if none is named.
pub fn diff(book: &Book, question: &DiffQuestion, watch: &dyn Watch) -> Result<Changes> {
    let [before, after] = question.states(book, true)?;
    let difference = Difference::between(&before.intake.frame, &after.intake.frame)?;
    watch.check()?;
    let versions = [&before.version, &after.version];
    let usages = book.component_usages_between(question.month, versions, watch.progress())?;
    Ok(Changes { difference, caption: caption(book, question.month, [&before, &after], usages)? })
}

/// Compares what two states of a month amount to: a closed version by the prices that it was closed with, what is known
/// now by those of the latest version. Without such prices it is by those that are given.
///
/// # Errors
/// As of [`diff`], and usage without a price.
pub fn diff_amounts(
    book: &Book,
    question: &DiffQuestion,
    tariff: Option<&Tariff>,
    watch: &dyn Watch,
) -> Result<AmountChanges> {
    let [before, after] = question.states(book, false)?;
    let usages = |state: &State| -> Result<Option<Arc<ComponentUsages>>> {
        let usages = book.component_usages(Some(&state.version), false, watch.progress())?;
        Ok(usages.map(Arc::new))
    };
    let (usages_before, usages_after) = (usages(&before)?, usages(&after)?);
    let mut pricer = Pricer::new(book, Filters::default())?;
    let changed = usages_before.as_ref().zip(usages_after.as_ref());
    let changed = changed.map_or(0, |(before, after)| before.differences(after, question.month));
    let caption = caption(book, question.month, [&before, &after], changed)?;
    let frozen = |version: &Version| -> Result<_> {
        let closing = match version {
            Version::Closed(number) => Some(book.closing(question.month, *number)?),
            Version::Now | Version::Delivery(_) => book.month(question.month)?.closings.last(),
        };
        let found = closing.map(|closing| tariff_of(book, question.month, closing)).transpose()?.flatten();
        Ok(found.unzip())
    };
    let state = |state: State, usages| -> Result<_> {
        let (frozen, basis) = frozen(&state.version)?;
        let adjustments = match state.version {
            Version::Closed(number) => book.closing(question.month, number)?.adjustments.as_slice(),
            Version::Now | Version::Delivery(_) => book.month(question.month)?.adjustments.as_slice(),
        };
        Ok(PricedState { intake: state.intake, tariff, usages, frozen, basis, adjustments })
    };
    pricer.compare(question.month, [state(before, &usages_before)?, state(after, &usages_after)?])?;
    watch.check()?;
    Ok(pricer.changes(caption, "No amount differs."))
}

/// A state of a month.
struct State {
    version: Version,
    /// What it is, in words.
    state: String,
    intake: Intake,
}

impl State {
    fn read(book: &Book, month: BillingPeriod, version: Version, keeps_details: bool) -> Result<Self> {
        let intake = book.read(&[PeriodRange::month(month)], Some(&version), keeps_details)?;
        let state = intake.states.first().map(|month| month.state.to_string());
        let state = state.unwrap_or_else(|| "no delivery of the month had come".to_owned());
        Ok(Self { version, state, intake })
    }

    fn records(&self) -> u64 {
        self.intake.frame.records.len() as u64
    }

    fn title(&self) -> String {
        format!("{}: {}, {}", self.version, self.state, counted(self.records(), "record"))
    }

    fn facts(&self) -> serde_json::Value {
        json!({"version": self.version.to_string(), "state": self.state, "records": self.records()})
    }
}

/// With the number of component usages that differ.
fn caption(book: &Book, month: BillingPeriod, [before, after]: [&State; 2], usages: u64) -> Result<Caption> {
    let mut title = vec![
        format!("Changes in {month} from {} to {}", before.version, after.version),
        before.title(),
        after.title(),
    ];
    if usages > 0 {
        let differ = if usages == 1 { "differs" } else { "differ" };
        title.push(format!("{} of {} {differ}.", counted(usages, "component usage"), month.in_words()));
    }
    let mut facts = vec![
        ("period", month.to_string().into()),
        ("from", before.facts()),
        ("to", after.facts()),
        ("component_usages_changed", usages.into()),
    ];
    let moves = moves(book, month, [before, after])?;
    title.extend(moves.chunk_by(|one, other| one.attribute == other.attribute).map(moves_in_words));
    if !moves.is_empty() {
        facts.push(("attributes_changed", moves.iter().map(Move::fact).collect()));
    }
    Ok(Caption {
        title,
        as_of: book.day()?,
        facts,
        nothing: match (usages, moves.is_empty()) {
            (0, true) => "Nothing changed: no record, line or name differs.",
            _ => "No record, line or name differs.",
        },
    })
}

/// An attribute of an entity that two closings have in another way: bills by that attribute differ, even if no amount of a
/// customer does.
struct Move {
    attribute: Attribute,
    uuid: u128,
    name: String,
    before: String,
    after: String,
}

/// As many as are named in words.
const MOVES_NAMED_MAX: usize = 5;

impl Move {
    fn fact(&self) -> serde_json::Value {
        json!({
            "attribute": self.attribute.name(),
            "owner": self.attribute.owner().name(),
            "uuid": uuid_text(self.uuid),
            "name": self.name,
            "before": self.before,
            "after": self.after,
        })
    }
}

/// The attributes that differ between two closed versions.
fn moves(book: &Book, month: BillingPeriod, [before, after]: [&State; 2]) -> Result<Vec<Move>> {
    let (Version::Closed(earlier), Version::Closed(later)) = (&before.version, &after.version) else {
        return Ok(Vec::new());
    };
    let values = |version: u32| -> Result<_> {
        let attributes = book.closing(month, version)?.attributes.as_ref();
        attributes.map(|attributes| book.attribute_values(attributes)).transpose()
    };
    let (Some(earlier), Some(later)) = (values(*earlier)?, values(*later)?) else { return Ok(Vec::new()) };
    let one = |(attribute, uuid, before, after_value): (Attribute, u128, &str, &str)| {
        let entity =
            after.intake.frame.entities(attribute.owner()).iter().find(|entity| entity.uuid == uuid)?;
        let (name, before, after) = (entity.name.to_string(), before.to_owned(), after_value.to_owned());
        Some(Move { attribute, uuid, name, before, after })
    };
    Ok(earlier.differences(&later).into_iter().filter_map(one).collect())
}

/// `cost_centre of 2 customers changed: "acme" (0a1b…) from "4100" to "4200", "beta" (2c3d…) from "4200" to "4100".`
fn moves_in_words(moves: &[Move]) -> String {
    let attribute = moves[0].attribute;
    let named = moves.iter().take(MOVES_NAMED_MAX).map(|Move { uuid, name, before, after, .. }| {
        format!("{name:?} ({}) from {before:?} to {after:?}", uuid_text(*uuid))
    });
    let mut named: Vec<String> = named.collect();
    if moves.len() > MOVES_NAMED_MAX {
        named.push(format!("{} more", moves.len() - MOVES_NAMED_MAX));
    }
    let owners = counted(moves.len() as u64, attribute.owner().name());
    format!("{} of {owners} changed: {}.", attribute.name(), named.join(", "))
}
