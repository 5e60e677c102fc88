//! The component usages of months, as the deliveries of a version showed them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::manifest::{Delivery, Manifest, ParentsInput};
use super::store::Store;
use super::version::{DeliveryId, Version};
use super::writer::NewFile;
use super::{Book, BookWriter};
use crate::error::Result;
use crate::ingest::Progress;
use crate::notice::{Code, Notice};
use crate::objects::{ComponentUsage, ComponentUsageReading, ComponentUsages, read_component_usages};
use crate::period::BillingPeriod;
use crate::text::{counted, uuid_text};

impl Book {
    /// The component usages of all months that deliveries of a version came with; `None` if none of the book did. Without
    /// a version a closed month has those that it was closed with, another one those that it has now.
    ///
    /// Of a customer's month those of the latest delivery count that has any: what it lacks was deleted on the portal. So
    /// was what a delivery lacks that is complete for the month, or for the customer in it.
    ///
    /// # Errors
    /// Files that are damaged or not there, a delivery that the book does not have.
    pub(crate) fn component_usages(
        &self,
        version: Option<&Version>,
        keeps_fields: bool,
        progress: &Progress,
    ) -> Result<Option<ComponentUsages>> {
        let last = match version {
            Some(Version::Delivery(id)) => self.place(&self.delivery(id)?.id),
            _ => None,
        };
        let is_in = |delivery: &Delivery, month: BillingPeriod| {
            let closings = self.month(month).map(|month| month.closings.as_slice()).unwrap_or_default();
            let closing = match version {
                None => closings.last(),
                Some(Version::Closed(number)) => {
                    closings.iter().find(|closing| closing.version == *number).or(closings.last())
                }
                Some(Version::Now | Version::Delivery(_)) => None,
            };
            let place = self.place(&delivery.id);
            match closing {
                Some(closing) => closing.deliveries.contains(&delivery.id),
                None => {
                    (self.retraction(&delivery.id).is_none() || place == last)
                        && last.is_none_or(|last| place <= Some(last))
                }
            }
        };
        let (store, manifest) = (&self.store, &self.generation.manifest);
        let reader = Reader { store, manifest, timezone: self.timezone()?, keeps_fields, progress };
        reader.read(is_in)
    }

    /// How many component usages of each closed month are not as they were when it was closed. Months without such ones
    /// are left out, and months that were closed without component usages.
    ///
    /// # Errors
    /// Files that are damaged or not there.
    pub(crate) fn changed_component_usages(
        &self,
        progress: &Progress,
    ) -> Result<BTreeMap<BillingPeriod, u64>> {
        let closed_months = self.months().filter(|(_, month)| !month.closings.is_empty());
        let closed_months: Vec<BillingPeriod> = closed_months.map(|(period, _)| period).collect();
        if closed_months.is_empty() {
            return Ok(BTreeMap::new());
        }
        let usages = |version| -> Result<ComponentUsages> {
            Ok(self.component_usages(version, false, progress)?.unwrap_or_default())
        };
        // Without a version, those that each month was closed with.
        let (closed, now) = (usages(None)?, usages(Some(&Version::Now))?);
        let counted = closed_months.into_iter().map(|period| (period, closed.differences(&now, period)));
        Ok(counted.filter(|(_, count)| *count > 0).collect())
    }

    /// How many component usages of a month differ between two versions; 0 if the first has none.
    ///
    /// # Errors
    /// Files that are damaged or not there, a delivery that the book does not have.
    pub(crate) fn component_usages_between(
        &self,
        month: BillingPeriod,
        [before, after]: [&Version; 2],
        progress: &Progress,
    ) -> Result<u64> {
        let usages = |version| -> Result<ComponentUsages> {
            Ok(self.component_usages(Some(version), false, progress)?.unwrap_or_default())
        };
        Ok(usages(before)?.differences(&usages(after)?, month))
    }
}

impl BookWriter {
    /// Counts again, in a manifest that is still to be committed with its files, the component usages that are not as
    /// closed months were closed with them. Returns the months that have more of them than before.
    pub(super) fn count_changed_component_usages(
        &self,
        manifest: &mut Manifest,
        files: &[NewFile],
    ) -> Result<Vec<(BillingPeriod, u64)>> {
        let has_usages = manifest.deliveries.iter().any(|delivery| !delivery.parents.is_empty());
        if !has_usages || manifest.months.values().all(|month| month.closings.is_empty()) {
            return Ok(Vec::new());
        }
        let Some(book) = self.foreseen_as(manifest.clone(), files)? else { return Ok(Vec::new()) };
        let changed = book.changed_component_usages(&Progress::default())?;
        let mut more = Vec::new();
        for (period, month) in &mut manifest.months {
            let count = changed.get(period).copied().unwrap_or_default();
            if count > month.component_usages_changed {
                more.push((*period, count));
            }
            month.component_usages_changed = count;
        }
        Ok(more)
    }

    /// The deliveries that count and have component usages of a month, those of other months among them, up to a time.
    ///
    /// # Errors
    /// Files that are damaged or not there.
    pub(super) fn deliveries_with_component_usages(
        &self,
        month: BillingPeriod,
        as_of: Option<DateTime<Utc>>,
    ) -> Result<Vec<DeliveryId>> {
        let progress = Progress::default();
        let (store, manifest) = (&self.store, &self.manifest);
        let reader =
            Reader { store, manifest, timezone: self.timezone, keeps_fields: false, progress: &progress };
        let met = RefCell::new(BTreeSet::new());
        let counts = |delivery: &Delivery| {
            manifest.rank(&delivery.id).is_some() && as_of.is_none_or(|as_of| delivery.time <= as_of)
        };
        reader.read(|delivery, period| {
            let is_in = period == month && counts(delivery);
            if is_in {
                met.borrow_mut().insert(delivery.id.clone());
            }
            is_in
        })?;
        Ok(met.into_inner().into_iter().collect())
    }

    /// Whether a month has other component usages by some deliveries than by others.
    pub(super) fn has_other_component_usages(
        &self,
        month: BillingPeriod,
        before: &[DeliveryId],
        after: &[DeliveryId],
    ) -> Result<bool> {
        let progress = Progress::default();
        let (store, manifest) = (&self.store, &self.manifest);
        let reader =
            Reader { store, manifest, timezone: self.timezone, keeps_fields: false, progress: &progress };
        let of = |deliveries: &[DeliveryId]| -> Result<Vec<ComponentUsage>> {
            let is_in = |delivery: &Delivery, period| period == month && deliveries.contains(&delivery.id);
            Ok(reader.read(is_in)?.unwrap_or_default().rows)
        };
        Ok(before != after && of(before)? != of(after)?)
    }
}

struct Reader<'a> {
    store: &'a Store,
    manifest: &'a Manifest,
    timezone: Tz,
    keeps_fields: bool,
    progress: &'a Progress,
}

impl Reader<'_> {
    fn read(&self, is_in: impl Fn(&Delivery, BillingPeriod) -> bool) -> Result<Option<ComponentUsages>> {
        let reading = ComponentUsageReading {
            timezone: self.timezone,
            accepts_incomplete: true,
            keeps_fields: self.keeps_fields,
        };
        let mut all = ComponentUsages::default();
        let mut unusable = 0;
        // The latest delivery last.
        let mut shown = Vec::new();
        for delivery in self.manifest.deliveries.iter().filter(|delivery| !delivery.parents.is_empty()) {
            let files: Vec<String> =
                delivery.parents.iter().map(|parents| self.proved(parents)).collect::<Result<_>>()?;
            let mut usages = read_component_usages(&files, reading, self.progress)?;
            usages.rows.retain(|usage| is_in(delivery, usage.billing_period));
            unusable += usages.faults.count();
            all.notices.append(&mut usages.notices);
            all.is_incomplete |= usages.is_incomplete;
            shown.push(Shown { complete: self.complete(delivery, &usages.rows), usages: usages.rows });
        }
        if shown.is_empty() {
            return Ok(None);
        }
        all.rows = latest(shown);
        let text = format!(
            "{} of the book cannot be used; take the component usages in again.",
            counted(unusable, "component usage")
        );
        all.notices.extend((unusable > 0).then(|| Notice::warning(Code::Unusable, unusable, text)));
        Ok(Some(all))
    }

    /// The months of these usages that a delivery is complete for, and the customers if it is for some only.
    fn complete(&self, delivery: &Delivery, usages: &[ComponentUsage]) -> Vec<(BillingPeriod, Vec<String>)> {
        let shown: BTreeSet<BillingPeriod> = usages.iter().map(|usage| usage.billing_period).collect();
        let months = self.manifest.months.iter().filter(|(period, _)| shown.contains(period));
        let slices =
            months.flat_map(|(period, month)| month.slices.iter().map(move |slice| (*period, slice)));
        let complete = slices.filter(|(_, slice)| slice.is_complete && slice.delivery == delivery.id);
        complete.map(|(period, slice)| (period, slice.customers.clone())).collect()
    }

    /// Where a list is, once its bytes are proved.
    fn proved(&self, parents: &ParentsInput) -> Result<String> {
        self.store.read(&parents.file)?;
        Ok(self.store.path(&parents.file).display().to_string())
    }
}

/// What a delivery shows of the months that it is in.
struct Shown {
    usages: Vec<ComponentUsage>,
    /// The months that it has all of, or all of some customers by their uuids.
    complete: Vec<(BillingPeriod, Vec<String>)>,
}

/// Of each customer's month, what the latest that has any shows; of a component usage in several, the latest. What is
/// complete leaves nothing of earlier ones.
fn latest(shown: Vec<Shown>) -> Vec<ComponentUsage> {
    let key = |usage: &ComponentUsage| (usage.billing_period, usage.customer_uuid);
    let mut last = HashMap::new();
    for (at, Shown { usages, .. }) in shown.iter().enumerate() {
        last.extend(usages.iter().map(|usage| (key(usage), at)));
    }
    let mut rows: HashMap<u128, ComponentUsage> = HashMap::new();
    for (at, Shown { usages, complete }) in shown.into_iter().enumerate() {
        for (period, customers) in &complete {
            let is_of = |usage: &ComponentUsage| {
                let is_named = |customer| customers.contains(&uuid_text(customer));
                usage.billing_period == *period
                    && (customers.is_empty() || usage.customer_uuid.is_some_and(is_named))
            };
            rows.retain(|_, usage| !is_of(usage));
        }
        let counting = usages.into_iter().filter(|usage| last[&key(usage)] == at);
        rows.extend(counting.map(|usage| (usage.uuid, usage)));
    }
    let mut rows: Vec<ComponentUsage> = rows.into_values().collect();
    rows.sort_unstable_by_key(|usage| usage.uuid);
    rows
}
