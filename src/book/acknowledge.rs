//! The log of a month: who answers for which warnings, and what was decided after the price list. It is only ever added
//! to.

use std::collections::BTreeSet;

use super::Book;
use super::log::EntryKind;
use super::writer::BookWriter;
use crate::error::{Error, Result};
use crate::notice::{Acknowledgement, Notice, Severity};
use crate::period::BillingPeriod;
use crate::price::Adjustment;

/// More characters are no reason that somebody reads.
const TEXT_MAX: usize = 1_000;

impl Book {
    /// Puts beside each warning who answers for it. An instance belongs to the first who answered for it.
    pub fn acknowledge<'n>(&self, notices: impl IntoIterator<Item = &'n mut Notice>) {
        for notice in notices.into_iter().filter(|notice| notice.severity == Severity::Warning) {
            let of_code = self.months().flat_map(|(_, month)| &month.acknowledgements);
            let mut of_code = of_code.filter(|known| known.code == notice.code.name()).peekable();
            notice.acknowledgements.clear();
            if of_code.peek().is_none() {
                continue;
            }
            let mut open = notice.instances();
            for known in of_code {
                let covered: BTreeSet<String> = open.intersection(&known.instances).cloned().collect();
                open.retain(|id| !covered.contains(id));
                if !covered.is_empty() {
                    notice.acknowledgements.push(Acknowledgement { instances: covered, ..known.clone() });
                }
            }
        }
    }
}

impl BookWriter {
    /// Adds an adjustment to a month's log. It belongs to the next version of the month.
    ///
    /// # Errors
    /// A month that the book does not have, the disk.
    pub fn adjust(&mut self, period: BillingPeriod, adjustment: Adjustment) -> Result<()> {
        let mut manifest = self.manifest.clone();
        let month = manifest.months.get_mut(&period).ok_or(Error::NoSuchMonth { period })?;
        month.adjustments.push(adjustment);
        manifest.link_last(period, EntryKind::Adjustment);
        self.commit(manifest, Vec::new())
    }

    /// Adds an answer to a month's log.
    ///
    /// # Errors
    /// A month that the book does not have, no reason or name, the disk.
    pub fn acknowledge(&mut self, period: BillingPeriod, acknowledgement: Acknowledgement) -> Result<()> {
        let given = [
            (
                "reason",
                &acknowledgement.reason,
                "why the figures are right, in one line of at most 1,000 characters",
            ),
            (
                "by-whom",
                &acknowledgement.by_whom,
                "who answers for them, in one line of at most 1,000 characters",
            ),
        ];
        for (parameter, value, expected) in given {
            let is_line =
                value.chars().all(|character| !character.is_control()) && value.chars().count() <= TEXT_MAX;
            if !is_line || !value.chars().any(char::is_alphanumeric) {
                return Err(Error::BadParameter {
                    parameter,
                    value: value.clone(),
                    expected: expected.to_owned(),
                });
            }
        }
        let mut manifest = self.manifest.clone();
        let month = manifest.months.get_mut(&period).ok_or(Error::NoSuchMonth { period })?;
        month.acknowledgements.push(acknowledgement);
        manifest.link_last(period, EntryKind::Acknowledgement);
        self.commit(manifest, Vec::new())
    }
}
