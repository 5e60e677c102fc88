//! Months, closings and retractions in words, and what is known of their completeness.

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, Utc};

use super::Book;
use super::manifest::{Closing, Completeness, Manifest, Month, Retraction, Slice};
use super::version::DeliveryId;
use crate::report::Status;
use crate::text::visible;

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
            month.closings.iter().map(move |Closing { version, digest, .. }| {
                format!("{period} v{version} of digest {}", digest.get(..12).unwrap_or(digest))
            })
        });
        deliveries.chain(retractions).chain(closings).collect()
    }
}

impl Month {
    /// `OPEN`, or `CLOSED v1, 14 late changes`.
    pub fn describe(&self) -> Status {
        let closed = |closing: &Closing| Status::Closed {
            version: closing.version,
            late_changes: Some(self.late_changes),
        };
        self.closings.last().map_or(Status::Open, closed)
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

impl Closing {
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

    /// `CLOSED v1, cut-off 2026-11-02T08:00:00Z`
    pub fn describe(&self) -> Status {
        Status::Version { version: self.version, cut_off: self.cut_off, replaced_by: None }
    }
}

/// `2026-11-02T08:00:00Z`
pub fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
