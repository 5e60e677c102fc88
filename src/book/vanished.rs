//! Customers that one delivery of a month shows and a later one does not: deleted, moved, or out of the token's sight.

use std::collections::BTreeMap;

use super::Book;
use super::decode::read_figures;
use super::history::{History, SliceRows, read_slices};
use super::manifest::{Delivery, Manifest, Month};
use super::rows::{Named, Texts};
use super::time_text;
use super::version::DeliveryId;
use crate::error::Result;
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::text::{grouped, uuid_text};

/// How many customers a notice names.
const NAMED_MAX: usize = 3;

/// A customer that is gone.
#[derive(Clone, Debug)]
pub(crate) struct Vanished {
    uuid: u128,
    name: String,
    /// In the last delivery that shows it.
    records: u64,
    last: DeliveryId,
    /// The first delivery after that, which does not.
    since: DeliveryId,
}

impl Vanished {
    /// Whether a delivery makes it vanish: it does not show it, or it is the last that does and a later one is known.
    pub(super) fn is_of(&self, delivery: &DeliveryId) -> bool {
        self.since == *delivery || self.last == *delivery
    }
}

impl Book {
    /// The customers that deliveries of a month showed and later ones do not, as notices.
    ///
    /// # Errors
    /// A month that the book does not have, damage.
    pub(crate) fn vanished_customers(&self, period: BillingPeriod) -> Result<Vec<Notice>> {
        let month = self.month(period)?;
        let gone = self.vanished(month)?;
        Ok(notices(&self.generation.manifest, period, gone))
    }

    /// The same of deliveries that are not in the month's latest closed version.
    ///
    /// # Errors
    /// As of [`Book::vanished_customers`].
    pub(crate) fn vanished_since_closing(&self, period: BillingPeriod) -> Result<Vec<Notice>> {
        let month = self.month(period)?;
        let Some(closing) = month.closings.last() else { return Ok(Vec::new()) };
        let gone = self.vanished(month)?.into_iter();
        let gone = gone.filter(|gone| !closing.deliveries.contains(&gone.since)).collect();
        Ok(notices(&self.generation.manifest, period, gone))
    }

    fn vanished(&self, month: &Month) -> Result<Vec<Vanished>> {
        let manifest = &self.generation.manifest;
        if manifest.slices_of(month).len() < 2 {
            return Ok(Vec::new());
        }
        let mut texts = Texts::default();
        let mut customers = Vec::new();
        let slices = read_slices(&self.store, month, |file| {
            let figures = read_figures(|| self.store.open(file))?;
            let of_parent: Vec<Named> = figures
                .parents
                .iter()
                .map(|parent| Named {
                    name: texts.intern(figures.texts.get(parent.customer.name)),
                    ..parent.customer
                })
                .collect();
            customers.extend(figures.parent.iter().map(|parent| of_parent[*parent as usize]));
            Ok(figures.parent.len())
        })?;
        Ok(vanished(manifest, month, &slices, &customers, &texts))
    }
}

/// A warning for each delivery that lacks customers.
pub(super) fn notices(manifest: &Manifest, period: BillingPeriod, gone: Vec<Vanished>) -> Vec<Notice> {
    let of = |delivery: &Delivery| gone.iter().filter(|gone| gone.since == delivery.id).cloned().collect();
    manifest.counting().filter_map(|delivery| notice(manifest, period, of(delivery))).collect()
}

/// The customers that are gone by what a month's deliveries showed.
pub(crate) fn of_history(
    manifest: &Manifest,
    month: &Month,
    history: &History,
    texts: &Texts,
) -> Vec<Vanished> {
    let rows = &history.rows;
    let customers: Vec<Named> = rows.records.iter().map(|record| rows.parent(record).customer).collect();
    vanished(manifest, month, &history.slices, &customers, texts)
}

/// Goes through a month's deliveries in time. `customers` has the customer of each row of the history.
fn vanished(
    manifest: &Manifest,
    month: &Month,
    shown: &[SliceRows],
    customers: &[Named],
    texts: &Texts,
) -> Vec<Vanished> {
    let mut last: BTreeMap<u128, Vanished> = BTreeMap::new();
    let mut gone: BTreeMap<u128, Vanished> = BTreeMap::new();
    for slice in manifest.slices_of(month) {
        let rows = shown.iter().find(|rows| rows.delivery == slice.delivery).expect("a slice has its rows");
        let mut here: BTreeMap<u128, Vanished> = BTreeMap::new();
        for row in rows.shown() {
            let Named { uuid, name } = customers[row as usize];
            let customer = here.entry(uuid).or_insert_with(|| Vanished {
                uuid,
                name: texts.get(name).to_owned(),
                records: 0,
                last: slice.delivery.clone(),
                since: slice.delivery.clone(),
            });
            customer.records += 1;
        }
        // A filter of the endpoint, or customers that are named, say which customers to expect.
        let is_expected = |uuid: &u128| match rows.customers.is_empty() {
            true => slice.filtered_by.is_none(),
            false => rows.customers.contains(uuid),
        };
        for (uuid, customer) in last.iter().filter(|(uuid, _)| is_expected(uuid) && !here.contains_key(uuid))
        {
            let since = slice.delivery.clone();
            gone.entry(*uuid).or_insert_with(|| Vanished { since, ..customer.clone() });
        }
        gone.retain(|uuid, _| !here.contains_key(uuid));
        last.extend(here);
    }
    gone.into_values().collect()
}

/// A warning about customers that one delivery lacks; `None` if there are none.
fn notice(manifest: &Manifest, period: BillingPeriod, mut gone: Vec<Vanished>) -> Option<Notice> {
    gone.sort_by_key(|customer| (std::cmp::Reverse(customer.records), customer.uuid));
    let since = &gone.first()?.since;
    let time = |id: &DeliveryId| {
        let place = manifest.place(id).expect("the delivery of a slice is known");
        time_text(manifest.deliveries[place].time)
    };
    let named = gone.iter().take(NAMED_MAX).map(|Vanished { uuid, name, records, last, .. }| {
        let noun = if *records == 1 { "record" } else { "records" };
        format!(
            "{name:?} ({}, {} {noun} in delivery {last} of {})",
            uuid_text(*uuid),
            grouped(*records),
            time(last)
        )
    });
    let named = named.collect::<Vec<_>>().join(", ");
    let more = match gone.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {} more", grouped(more as u64)),
    };
    let (customers, have, their) = match gone.len() {
        1 => ("1 customer".to_owned(), "has", "Its"),
        count => (format!("{} customers", grouped(count as u64)), "have", "Their"),
    };
    let text = format!(
        "{}: {customers} of earlier deliveries {have} no record in delivery {since} of {}: {named}{more}. {their} \
         records were deleted or moved to another customer, the token does not see them, or the inputs are only a part of \
         the month.",
        period.in_words(),
        time(since)
    );
    Some(Notice::warning(Code::CustomerVanished, gone.len() as u64, text))
}
