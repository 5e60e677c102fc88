//! What closed months would amount to by other prices, beside what they were closed with.

use std::sync::Arc;

use serde_json::json;

use super::amounts::{AmountChanges, PricedState, Pricer};
use super::frozen::tariff_of;
use super::question::{Question, Source};
use super::watch::Watch;
use crate::book::{Closing, Version};
use crate::error::{Error, Result};
use crate::period::{BillingPeriod, PeriodRange};
use crate::statement::Caption;

/// Compares what the months that were closed with prices amount to with what they would by the given prices. Nothing is
/// written.
///
/// # Errors
/// No book, no closed month with prices among those asked for, usage without a price, damage.
pub fn reprice(question: &Question<'_>, watch: &dyn Watch) -> Result<AmountChanges> {
    let Source::Book(book, version) = &question.source else { return Err(Error::NothingFrozen) };
    let seen = question.seen(book.time(), book.timezone()?);
    let months = book.months().filter(|(period, _)| seen.period.is_none_or(|range| range.contains(*period)));
    let closed = months.filter_map(|(period, month)| {
        let closing = match version {
            Some(Version::Closed(number)) => {
                month.closings.iter().find(|closing| closing.version == *number)?
            }
            None => month.closings.last()?,
            Some(Version::Now | Version::Delivery(_)) => return None,
        };
        closing.money.is_some().then_some((period, closing))
    });
    let closed: Vec<(BillingPeriod, &Closing)> = closed.collect();
    if closed.is_empty() {
        return Err(Error::NothingFrozen);
    }
    let mut pricer = Pricer::new(book, question.filters.clone())?;
    for (period, closing) in &closed {
        let version = Version::Closed(closing.version);
        let usages = book.component_usages(Some(&version), false, watch.progress())?.map(Arc::new);
        let (frozen, basis) = tariff_of(book, *period, closing)?.unzip();
        let state = |tariff, frozen| -> Result<_> {
            let intake = book.read(&[PeriodRange::month(*period)], Some(&version), false)?;
            Ok(PricedState {
                intake,
                tariff,
                usages: &usages,
                frozen,
                basis,
                adjustments: &closing.adjustments,
            })
        };
        pricer.compare(*period, [state(None, frozen)?, state(question.tariff, None)?])?;
        watch.check()?;
    }
    let named = |(period, closing): &(BillingPeriod, &Closing)| format!("{period}: {}", closing.describe());
    let fact = |(period, closing): &(BillingPeriod, &Closing)| json!({"period": period.to_string(), "version": closing.version});
    let caption = Caption {
        title: ["Amounts of closed months: as they were closed, and by the given prices".to_owned()]
            .into_iter()
            .chain(closed.iter().map(named))
            .collect(),
        facts: vec![("closed_months", closed.iter().map(fact).collect())],
        nothing: "",
        as_of: book.day()?,
    };
    Ok(pricer.changes(caption, "No amount differs."))
}
