//! Months, closings and retractions in words, and what is known of their completeness.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;

use super::Book;
use super::issue::Issue;
use super::manifest::{Closing, Completeness, Manifest, Month, Retraction, Slice};
use super::money::{ClosedMoney, ClosedTotal};
use super::version::DeliveryId;
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, day_in_words};
use crate::price::Adjustment;
use crate::report::Status;
use crate::text::{counted, grouped_decimal, joined, visible};

impl Manifest {
    /// All that no later commit takes away: `delivery 3f2a1b0c9d8e of 2026-11-02T08:00:00Z`, `2026-10 v1 of digest
    /// 5d41402abc4b`, `the retraction of delivery 3f2a1b0c9d8e`.
    pub(super) fn committed(&self) -> BTreeSet<String> {
        let deliveries = self
            .deliveries
            .iter()
            .map(|delivery| format!("delivery {} of {}", delivery.id, time_text(delivery.time)));
        let retractions = self
            .retractions
            .iter()
            .map(|retraction| format!("the retraction of delivery {}", retraction.delivery));
        let closings = self.months.iter().flat_map(|(period, month)| {
            month.closings.iter().map(move |Closing { version, digest, money, .. }| {
                let short = |digest: &str| digest.get(..12).unwrap_or(digest).to_owned();
                let charges = money.as_ref().map(|money| short(&money.charges.sha256));
                let charges = charges.map(|charges| format!(" with charges {charges}")).unwrap_or_default();
                format!("{period} v{version} of digest {}{charges}", short(digest))
            })
        });
        let issued = self.issues.iter().map(|issue| {
            let Issue { period, version, count, register, .. } = issue;
            let digest = register.sha256.get(..12).unwrap_or_default();
            format!("{count} documents issued of {period} v{version}, digest {digest}")
        });
        deliveries.chain(retractions).chain(closings).chain(issued).collect()
    }
}

impl Month {
    /// `OPEN`, or `CLOSED v1, 14 late changes`, or `CLOSED v1, 0 late changes, 1 component usage changed`.
    pub fn describe(&self) -> Status {
        let closed = |closing: &Closing| Status::Closed {
            version: closing.version,
            late_changes: Some(self.late_changes),
            component_usages_changed: self.component_usages_changed,
        };
        self.closings.last().map_or(Status::Open, closed)
    }

    /// The adjustments that came after the month was closed; none if it is open.
    pub fn late_adjustments(&self) -> &[Adjustment] {
        let closed = self.closings.last().map_or(self.adjustments.len(), |last| last.adjustments.len());
        self.adjustments.get(closed..).unwrap_or_default()
    }

    /// Completeness, according to the most recent delivery that states it.
    pub fn completeness(&self, book: &Book) -> Completeness {
        let manifest = &book.generation.manifest;
        manifest.completeness(&manifest.slices_of(self))
    }

    pub(super) fn known_versions(&self) -> String {
        let closed = self.closings.iter().map(|closing| format!("v{}", closing.version));
        closed.chain(["now".to_owned()]).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn now_slice(&self, delivery: &DeliveryId) -> &Slice {
        let slice = self.slices.iter().find(|slice| slice.delivery == *delivery);
        slice.expect("the history is made of the month's slices")
    }
}

impl Retraction {
    /// `delivery 3f2a1b0c9d8e was retracted on 2026-11-20T08:00:00Z: of the test portal`
    pub fn describe(&self) -> String {
        let Self { delivery, time, reason } = self;
        format!("delivery {delivery} was retracted on {}: {}", time_text(*time), visible(reason))
    }
}

impl ClosedMoney {
    /// `EUR 1,234.50 and USD 3.00 by prices.toml, made of component usages`
    pub fn describe(&self) -> String {
        let total = |total: &ClosedTotal| format!("{} {}", total.currency, grouped_decimal(&total.amount));
        let totals = match self.totals.is_empty() {
            true => "no amount".to_owned(),
            false => joined(&self.totals.iter().map(total).collect::<Vec<_>>()),
        };
        format!("{totals} by {}, made of {}", visible(&self.price_list.path), self.basis)
    }
}

impl Closing {
    /// `2026-10 v1: EUR 1,234.50 by prices.toml, made of users`; `2026-10 v1: amounts not frozen`
    pub fn describe_money(&self, period: BillingPeriod) -> String {
        let money = self.money.as_ref().map(ClosedMoney::describe);
        let money = money.unwrap_or_else(|| "amounts not frozen".to_owned());
        format!("{period} v{}: {money}", self.version)
    }

    /// Completeness, according to the most recent of its deliveries that states it.
    pub fn completeness(&self, month: &Month, book: &Book) -> Completeness {
        book.generation.manifest.completeness(&self.slices(month, book))
    }

    /// The month's parts that it was closed with, in time; those of deliveries that were retracted since are among them.
    pub(super) fn slices<'m>(&self, month: &'m Month, book: &Book) -> Vec<&'m Slice> {
        let mut slices: Vec<&Slice> =
            month.slices.iter().filter(|slice| self.deliveries.contains(&slice.delivery)).collect();
        slices.sort_by_key(|slice| book.generation.manifest.place(&slice.delivery));
        slices
    }

    /// `Version 1, closed by Mari Maasikas on 3 November 2026: approved`, of what is known; `None` if nothing is.
    pub(super) fn describe_who(&self, timezone: Tz) -> Option<String> {
        let Self { version, by_whom, note, .. } = self;
        let by = if by_whom.is_empty() { String::new() } else { format!(" by {}", visible(by_whom)) };
        let on =
            self.time.map(|time| format!(" on {}", day_in_words(time.with_timezone(&timezone).date_naive())));
        let why = if note.is_empty() { String::new() } else { format!(": {}", visible(note)) };
        let told = [by, on.unwrap_or_default(), why].concat();
        (!told.is_empty()).then(|| format!("Version {version}, closed{told}"))
    }

    /// `CLOSED v1, cut-off 2026-11-02T08:00:00Z`
    pub fn describe(&self) -> Status {
        Status::Version { version: self.version, cut_off: self.cut_off, replaced_by: None }
    }
}

/// `1 component usage of October 2026 changed since the month was closed`
pub(crate) fn component_usages_changed(period: BillingPeriod, count: u64) -> String {
    let usages = counted(count, "component usage");
    format!("{usages} of {} changed since the month was closed", period.in_words())
}

/// `1 adjustment of October 2026 came after the month was closed`
pub(crate) fn adjustments_after_closing(period: BillingPeriod, count: usize) -> String {
    format!(
        "{} of {} came after the month was closed",
        counted(count as u64, "adjustment"),
        period.in_words()
    )
}

/// The note that a closed month has other component usages by now.
pub(crate) fn component_usages_note(period: BillingPeriod, count: u64) -> Notice {
    let text = component_usages_changed(period, count) + ": compare the amounts of before and now.";
    Notice::note(Code::ComponentUsagesChanged, count, text)
}

/// `2026-11-02T08:00:00Z`
pub fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
