//! Taking a delivery back: it no longer counts for what a month is now. What it showed stays in the history, and what was
//! closed with it stays closed.

use chrono::{DateTime, SubsecRound as _, Utc};

use super::add::counts;
use super::fold::fold;
use super::history::History;
use super::manifest::{Counts, Delivery, Manifest, Month, Retraction};
use super::rows::Texts;
use super::writer::{BookWriter, NewFile};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::report::Status;

/// What a retraction did.
#[derive(Clone, Debug)]
pub struct Retracted {
    /// The delivery that was taken back.
    pub delivery: Delivery,
    /// When and why.
    pub retraction: Retraction,
    /// Whether the delivery counted until now. If not, nothing was changed.
    pub is_new: bool,
    /// The months that it had a part in, in order; none if nothing was changed.
    pub months: Vec<RetractedMonth>,
}

/// What a retraction did to a month.
#[derive(Clone, Debug)]
pub struct RetractedMonth {
    /// The month.
    pub period: BillingPeriod,
    /// What became of the month's records.
    pub counts: Counts,
    /// The month's state afterwards.
    pub state: Status,
}

impl BookWriter {
    /// Takes back the delivery of an id, or of the digits that an id begins with.
    ///
    /// # Errors
    /// A delivery that the book does not have, no reason, damage, the disk. Nothing is changed then.
    pub fn retract(&mut self, id: &str, reason: &str, clock: DateTime<Utc>) -> Result<Retracted> {
        let delivery = self.manifest.delivery(id)?.clone();
        if let Some(known) = self.manifest.retraction(&delivery.id).cloned() {
            return Ok(Retracted { delivery, retraction: known, is_new: false, months: Vec::new() });
        }
        if reason.trim().is_empty() {
            return Err(Error::BadParameter {
                parameter: "reason",
                value: reason.to_owned(),
                expected: "why the delivery is taken back".to_owned(),
            });
        }
        let retraction = Retraction {
            delivery: delivery.id.clone(),
            time: clock.trunc_subsecs(6),
            reason: reason.to_owned(),
        };
        let mut manifest = self.manifest.clone();
        manifest.retractions.push(retraction.clone());
        let mut files = Vec::new();
        let mut months: Vec<RetractedMonth> = Vec::new();
        for (period, month) in &self.manifest.months {
            if month.slices.iter().any(|slice| slice.delivery == delivery.id) {
                let (month, counts) = self.without(&manifest, *period, month, &mut files)?;
                months.push(RetractedMonth { period: *period, counts, state: month.describe() });
                manifest.months.insert(*period, month);
            }
        }
        if !delivery.parents.is_empty() {
            self.count_changed_component_usages(&mut manifest, &files)?;
            for month in &mut months {
                month.state = manifest.months[&month.period].describe();
            }
        }
        self.commit(manifest, files)?;
        Ok(Retracted { delivery, retraction, is_new: true, months })
    }

    /// A month by the deliveries that a manifest counts, and what differs from what it is by those that count so far.
    fn without(
        &self,
        manifest: &Manifest,
        period: BillingPeriod,
        month: &Month,
        files: &mut Vec<NewFile>,
    ) -> Result<(Month, Counts)> {
        let mut texts = Texts::default();
        let history = History::read(&self.store, month, &mut texts)?;
        let before = fold(&history, |id| self.manifest.rank(id), &texts).rows;
        let folded = fold(&history, |id| manifest.rank(id), &texts);
        let counts = counts(&before, &folded.rows, &folded.rows, &texts);
        let parts = (month.slices.clone(), month.closings.clone());
        let month = self.month_of(manifest, period, (&history, &folded), parts, &mut texts, files)?;
        Ok((month, counts))
    }
}
