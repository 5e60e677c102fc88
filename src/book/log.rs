//! The chain of the log: acknowledgements and adjustments, each with a digest over it and the entry before it in the whole
//! book. So an entry that was changed, removed or moved is found, also if no closing has it yet.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Book;
use super::manifest::{Manifest, Month};
use super::store::sha256;
use crate::notice::Acknowledgement;
use crate::period::BillingPeriod;
use crate::price::Adjustment;
use crate::text::counted;

/// Where an entry of the log is: of its kind, the next one in its month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Link {
    pub period: BillingPeriod,
    pub kind: EntryKind,
    /// The SHA-256 over the digest before, the month and the entry.
    pub digest: String,
}

/// What an entry of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EntryKind {
    Acknowledgement,
    Adjustment,
}

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Entry<'m> {
    Acknowledgement(&'m Acknowledgement),
    Adjustment(&'m Adjustment),
}

impl Entry<'_> {
    fn digest(self, previous: &str, period: BillingPeriod) -> String {
        sha256(&serde_json::to_vec(&(previous, period, self)).expect("an entry is text and numbers"))
    }

    fn describe(self, period: BillingPeriod) -> String {
        match self {
            Self::Acknowledgement(one) => {
                format!("{period}: {} acknowledged by {}", one.code, one.by_whom)
            }
            Self::Adjustment(one) => format!("{period}: {}", one.describe()),
        }
    }
}

impl Month {
    fn entries(&self, kind: EntryKind) -> usize {
        match kind {
            EntryKind::Acknowledgement => self.acknowledgements.len(),
            EntryKind::Adjustment => self.adjustments.len(),
        }
    }

    fn entry(&self, kind: EntryKind, at: usize) -> Option<Entry<'_>> {
        match kind {
            EntryKind::Acknowledgement => self.acknowledgements.get(at).map(Entry::Acknowledgement),
            EntryKind::Adjustment => self.adjustments.get(at).map(Entry::Adjustment),
        }
    }
}

impl Manifest {
    /// Adds the link of the entry that a month got last.
    pub(super) fn link_last(&mut self, period: BillingPeriod, kind: EntryKind) {
        let previous = self.log_end(1, (period, kind));
        let month = self.months.get(&period).expect("it got an entry");
        let entry = month.entry(kind, month.entries(kind) - 1).expect("it got an entry");
        let digest = entry.digest(&previous, period);
        self.log.push(Link { period, kind, digest });
    }

    /// The digest that the next link follows; `new` entries of one kind in a month have no link yet.
    fn log_end(&self, new: usize, of: (BillingPeriod, EntryKind)) -> String {
        self.log.last().map_or_else(|| self.log_start(new, of), |link| link.digest.clone())
    }

    /// The digest over all entries of programs that knew no chain of them.
    fn log_start(&self, new: usize, of: (BillingPeriod, EntryKind)) -> String {
        let linked = self.linked();
        let unlinked = |period: BillingPeriod, month: &Month, kind: EntryKind| {
            let later = linked.get(&(period, kind)).copied().unwrap_or_default();
            let later = later + if (period, kind) == of { new } else { 0 };
            month.entries(kind).saturating_sub(later)
        };
        let months = self.months.iter().map(|(period, month)| {
            let acknowledgements = unlinked(*period, month, EntryKind::Acknowledgement);
            let adjustments = unlinked(*period, month, EntryKind::Adjustment);
            (period, &month.acknowledgements[..acknowledgements], &month.adjustments[..adjustments])
        });
        let entries: Vec<_> =
            months.filter(|(_, one, other)| !(one.is_empty() && other.is_empty())).collect();
        sha256(&serde_json::to_vec(&entries).expect("entries are text and numbers"))
    }

    fn linked(&self) -> HashMap<(BillingPeriod, EntryKind), usize> {
        let mut linked = HashMap::new();
        for Link { period, kind, .. } in &self.log {
            *linked.entry((*period, *kind)).or_default() += 1;
        }
        linked
    }

    /// What is wrong with the log, one text for each entry that is not as it was written.
    pub(super) fn broken_log(&self) -> Vec<String> {
        let Some(first) = self.log.first() else { return Vec::new() };
        let linked = self.linked();
        let entries = |period, kind| self.months.get(&period).map_or(0, |month| month.entries(kind));
        for Link { period, kind, .. } in &self.log {
            let (is, was) = (entries(*period, *kind), linked[&(*period, *kind)]);
            if is < was {
                let name = match kind {
                    EntryKind::Acknowledgement => "acknowledgement",
                    EntryKind::Adjustment => "adjustment",
                };
                let was = counted(was as u64, name);
                return vec![format!("the log has {is} of {was} of {period}: entries were removed")];
            }
        }
        let mut next: HashMap<(BillingPeriod, EntryKind), usize> = HashMap::new();
        let mut previous = self.log_start(0, (first.period, first.kind));
        let mut broken = Vec::new();
        for (number, Link { period, kind, digest }) in (1..).zip(&self.log) {
            let place = next
                .entry((*period, *kind))
                .or_insert_with(|| entries(*period, *kind) - linked[&(*period, *kind)]);
            let month = &self.months[period];
            let entry = month.entry(*kind, *place).expect("no entry is missing");
            if entry.digest(&previous, *period) != *digest {
                let before = match number {
                    1 => "an entry of an earlier program",
                    _ => "an entry before it",
                };
                let entry = entry.describe(*period);
                broken.push(format!(
                    "entry {number} of the log ({entry}) is not as it was written: it was changed or moved, or {before} was \
                     changed, removed or moved"
                ));
            }
            *place += 1;
            previous.clone_from(digest);
        }
        broken
    }
}

impl Book {
    /// How many entries the log has in its chain, and the digest of the last one; `None` if it has none.
    ///
    /// Nothing in the book proves that the last entry is there: that takes a copy of the digest elsewhere.
    pub fn log_head(&self) -> Option<(usize, &str)> {
        let log = &self.generation.manifest.log;
        log.last().map(|link| (log.len(), link.digest.as_str()))
    }
}
