//! What changed in months after they were closed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::amounts::{AmountChanges, PricedState, Pricer};
use super::frozen::tariff_of;
use super::watch::Watch;
use crate::book::{
    Book, Closing, DeliveryId, Origin, Retraction, Version, adjustments_after_closing,
    component_usages_changed, component_usages_note, time_text,
};
use crate::compare::{ClosedMonth, Difference, Ledger};
use crate::error::Result;
use crate::filter::Filters;
use crate::notice::Notice;
use crate::period::{BillingPeriod, PeriodRange};
use crate::price::Tariff;
use crate::statement::Caption;
use crate::usage::UsageFrame;

/// What changed, and what is to be said of it.
#[derive(Debug)]
pub struct Late {
    /// The closed months, in order, with what changed in them.
    pub ledger: Ledger,
    /// Customers that a later delivery no longer shows.
    pub notices: Vec<Notice>,
}

/// Compares each closed month with what it is now.
///
/// # Errors
/// A book that is damaged.
pub fn late(book: &Book, watch: &dyn Watch) -> Result<Late> {
    let months = since_closings(book, None, |_| true, |frame| frame, watch)?;
    let gone = closed_months(book).map(|(period, _)| book.vanished_since_closing(period));
    let mut notices = gone.collect::<Result<Vec<_>>>()?.concat();
    let changed = book.changed_component_usages(watch.progress())?;
    notices.extend(changed.iter().map(|(period, count)| component_usages_note(*period, *count)));
    Ok(Late { ledger: Ledger::new(months, caption(book, &changed)?), notices })
}

/// Compares what each closed month amounts to with what it amounts to now, by the prices that it was closed with. Months
/// that were closed without prices have those that are given.
///
/// # Errors
/// A book that is damaged, usage or a month without a price.
pub fn late_amounts(book: &Book, tariff: Option<&Tariff>, watch: &dyn Watch) -> Result<AmountChanges> {
    let mut pricer = Pricer::new(book, Filters::default())?;
    let usages = |version| book.component_usages(version, false, watch.progress());
    // Without a version, those that each month was closed with.
    let (closed, now) = (usages(None)?.map(Arc::new), usages(Some(&Version::Now))?.map(Arc::new));
    let mut changed = BTreeMap::new();
    for (period, _) in closed_months(book) {
        let between = closed.as_ref().zip(now.as_ref()).map(|(closed, now)| closed.differences(now, period));
        changed.extend(between.filter(|count| *count > 0).map(|count| (period, count)));
    }
    for (period, closing) in closed_months(book) {
        let month = book.month(period)?;
        let has_other_records = closing.state.file != month.now.file;
        if has_other_records || closing.adjustments != month.adjustments || changed.contains_key(&period) {
            let read = |version| book.read(&[PeriodRange::month(period)], Some(&version), false);
            let (frozen, basis) = tariff_of(book, period, closing)?.unzip();
            let before = read(Version::Closed(closing.version))?;
            let state = |intake, usages, adjustments| PricedState {
                intake,
                tariff,
                usages,
                frozen: frozen.clone(),
                basis,
                adjustments,
            };
            let before = state(before, &closed, closing.adjustments.as_slice());
            let after = state(read(Version::Now)?, &now, month.adjustments.as_slice());
            pricer.compare(period, [before, after])?;
        }
        watch.check()?;
    }
    let caption = caption(book, &changed)?;
    let nothing = match caption.title.len() {
        1 => caption.nothing,
        _ => "No amount changed since the months were closed.",
    };
    Ok(pricer.changes(caption, nothing))
}

/// How closed months that are asked for differ from their latest versions, or a replaced version from the one that
/// replaced it; both sides are prepared alike.
pub(super) fn since_closings(
    book: &Book,
    version: Option<&Version>,
    is_asked: impl Fn(BillingPeriod) -> bool,
    prepare: impl Fn(UsageFrame) -> UsageFrame,
    watch: &dyn Watch,
) -> Result<Vec<ClosedMonth>> {
    let mut months = Vec::new();
    for (period, closing) in closed_months(book).filter(|(period, _)| is_asked(*period)) {
        let (closing, difference, retracted) = match replaced(book, period, version)? {
            Some((closing, next)) => {
                let state = |version| book.records(period, &Version::Closed(version)).map(&prepare);
                let difference = Difference::between(&state(closing.version)?, &state(next)?)?;
                (closing, difference, HashSet::new())
            }
            None => {
                let difference = since_closing(book, period, closing, &prepare)?;
                (closing, difference, retracted(book, period, closing)?)
            }
        };
        months.push(ClosedMonth { billing_period: period, cut_off: closing.cut_off, retracted, difference });
        watch.check()?;
    }
    Ok(months)
}

/// The closing of a version that was replaced, and the number of the version that replaced it.
fn replaced<'a>(
    book: &'a Book,
    period: BillingPeriod,
    version: Option<&Version>,
) -> Result<Option<(&'a Closing, u32)>> {
    let Some(Version::Closed(number)) = version else { return Ok(None) };
    let is_replaced = book.closing(period, number + 1).is_ok();
    is_replaced.then(|| Ok((book.closing(period, *number)?, number + 1))).transpose()
}

/// The months that are closed, each with its latest version.
fn closed_months(book: &Book) -> impl Iterator<Item = (BillingPeriod, &Closing)> {
    book.months().filter_map(|(period, month)| Some((period, month.closings.last()?)))
}

fn since_closing(
    book: &Book,
    period: BillingPeriod,
    closing: &Closing,
    prepare: impl Fn(UsageFrame) -> UsageFrame,
) -> Result<Difference> {
    if closing.state.file == book.month(period)?.now.file {
        return Ok(Difference::default());
    }
    let state = |version| book.records(period, &version).map(&prepare);
    Difference::between(&state(Version::Closed(closing.version))?, &state(Version::Now)?)
}

/// The records of a closed month that are other ones because deliveries of it were retracted: those that only such a
/// delivery showed, and those that are now as an earlier delivery of the closed version showed them.
fn retracted(book: &Book, period: BillingPeriod, closing: &Closing) -> Result<HashSet<u128>> {
    let is_retracted =
        |id: &DeliveryId| book.retractions().iter().any(|retraction| retraction.delivery == *id);
    if !closing.deliveries.iter().any(is_retracted) {
        return Ok(HashSet::new());
    }
    let closed = book.origins(period, &Version::Closed(closing.version))?;
    let now = book.origins(period, &Version::Now)?;
    let was_there = |origin: &Origin<'_>| closing.deliveries.contains(&origin.delivery.id);
    let replaced = closed
        .iter()
        .filter(|(uuid, origin)| is_retracted(&origin.delivery.id) && now.get(uuid).is_none_or(was_there));
    let restored = now.iter().filter(|(uuid, origin)| !closed.contains_key(uuid) && was_there(origin));
    Ok(replaced.chain(restored).map(|(uuid, _)| *uuid).collect())
}

fn caption(book: &Book, changed: &BTreeMap<BillingPeriod, u64>) -> Result<Caption> {
    let adjusted = book.months().map(|(period, month)| (period, month.late_adjustments().len()));
    let adjusted: BTreeMap<BillingPeriod, usize> = adjusted.filter(|(_, count)| *count > 0).collect();
    let title = |(period, closing): (BillingPeriod, &Closing)| format!("{period}: {}", closing.describe());
    let fact = |(period, closing): (BillingPeriod, &Closing)| -> Value {
        json!({
            "period": period.to_string(),
            "version": closing.version,
            "cut_off": time_text(closing.cut_off),
            "component_usages_changed": changed.get(&period).copied().unwrap_or_default(),
            "adjustments": adjusted.get(&period).copied().unwrap_or_default(),
        })
    };
    let titles: Vec<String> = closed_months(book).map(title).collect();
    let is_of_closed = |retraction: &&Retraction| {
        closed_months(book).any(|(_, closing)| closing.deliveries.contains(&retraction.delivery))
    };
    let retractions: Vec<&Retraction> = book.retractions().iter().filter(is_of_closed).collect();
    Ok(Caption {
        as_of: book.day()?,
        nothing: match (titles.is_empty(), changed.is_empty() && adjusted.is_empty()) {
            (true, _) => "No month of the book is closed.",
            (false, true) => "Nothing changed since the months were closed.",
            (false, false) => "No record changed since the months were closed.",
        },
        title: ["Changes since months were closed".to_owned()]
            .into_iter()
            .chain(titles)
            .chain(retractions.iter().map(|retraction| retraction.describe()))
            .chain(changed.iter().map(|(period, count)| component_usages_changed(*period, *count) + "."))
            .chain(adjusted.iter().map(|(period, count)| {
                adjustments_after_closing(*period, *count) + ": compare the amounts of before and now."
            }))
            .collect(),
        facts: vec![
            ("closed_months", closed_months(book).map(fact).collect()),
            ("retractions", json!(retractions)),
        ],
    })
}
