//! Closing a month: a version that never changes again. Restating it: the next one.

use chrono::{DateTime, Utc};

use super::add::{differences, parents, state};
use super::fold::fold;
use super::frames;
use super::history::History;
use super::manifest::{Closing, Evidence, Month, Slice, StoredFile};
use super::money::{AttributesToKeep, ClosedAttributes, ClosedMoney, MoneyToKeep};
use super::rows::Texts;
use super::version::DeliveryId;
use super::writer::{BookWriter, NewFile};
use super::{Book, canonical, chain, time_text};
use crate::error::{Error, Remedy, Result};
use crate::notice::Acknowledgement;
use crate::period::BillingPeriod;
use crate::price::check_line;

/// What a closing is to be.
#[derive(Clone, Debug)]
pub struct CloseRequest {
    /// The month to close.
    pub period: BillingPeriod,
    /// Deliveries up to this time are in it; all, and the time of the month's last one, where nothing is said.
    pub as_of: Option<DateTime<Utc>>,
    /// The user's own words, kept with the version; empty for none.
    pub note: String,
    /// Closes a month that is not over, or of which records are missing.
    pub accepts_incomplete: bool,
    /// The codes of what the checks found.
    pub warnings: Vec<String>,
    /// Who answers for it.
    pub acknowledgements: Vec<Acknowledgement>,
    /// The codes of what could not be looked for.
    pub not_checked: Vec<String>,
    /// Who closes it; empty for nobody who is named.
    pub by_whom: String,
    /// When it is closed.
    pub time: Option<DateTime<Utc>>,
    /// The price list and the amounts that it keeps; `None` for a month without prices.
    pub money: Option<MoneyToKeep>,
    /// The attributes that it keeps; `None` for a month without any.
    pub attributes: Option<AttributesToKeep>,
    /// A signature of the digest that the closing will have.
    pub signature: Option<String>,
}

impl CloseRequest {
    /// A month as all its deliveries make it, without a note, if nothing is known to be missing.
    pub fn new(period: BillingPeriod) -> Self {
        Self {
            period,
            as_of: None,
            note: String::new(),
            accepts_incomplete: false,
            warnings: Vec::new(),
            acknowledgements: Vec::new(),
            not_checked: Vec::new(),
            by_whom: String::new(),
            time: None,
            money: None,
            attributes: None,
            signature: None,
        }
    }
}

/// What a closing did.
#[derive(Clone, Debug)]
pub enum Closed {
    /// The version that was made.
    New(Closing),
    /// The records are those of this version.
    Unchanged(Closing),
}

impl BookWriter {
    /// Makes version 1 of a month.
    ///
    /// # Errors
    /// A month that is closed, not over, or known to be incomplete; a cut-off before its first delivery.
    pub fn close(&mut self, request: &CloseRequest) -> Result<Closing> {
        let month = self.month(request.period)?;
        if let Some(closing) = month.closings.last() {
            return Err(Error::Refused {
                period: request.period,
                reason: format!("it is closed as v{}", closing.version),
                remedy: Remedy::Restate,
            });
        }
        self.freeze(request)
    }

    /// The book as it would be with the month closed like this, as its next version. Nothing is committed.
    ///
    /// # Errors
    /// What keeps a month from being closed.
    pub fn foreseen(&self, request: &CloseRequest) -> Result<Book> {
        let Frozen { closing, files, .. } = self.frozen(request)?;
        let mut manifest = self.manifest.clone();
        let month = manifest.months.get_mut(&request.period);
        month.ok_or(Error::NoSuchMonth { period: request.period })?.closings.push(closing);
        let book = self.foreseen_as(manifest, &files)?;
        book.ok_or(Error::NoSuchMonth { period: request.period })
    }

    /// Makes the next version of a closed month, unless no record, amount, adjustment or attribute differs.
    ///
    /// # Errors
    /// A month that is not closed, and what keeps a month from being closed.
    pub fn restate(&mut self, request: &CloseRequest) -> Result<Closed> {
        let Some(closing) = self.month(request.period)?.closings.last().cloned() else {
            return Err(Error::Refused {
                period: request.period,
                reason: "it is not closed".to_owned(),
                remedy: Remedy::Close,
            });
        };
        let next = self.frozen(request)?;
        match next.is_unchanged {
            true => Ok(Closed::Unchanged(closing)),
            false => self.keep(request, next).map(Closed::New),
        }
    }

    fn month(&self, period: BillingPeriod) -> Result<&Month> {
        self.manifest.months.get(&period).ok_or(Error::NoSuchMonth { period })
    }

    fn freeze(&mut self, request: &CloseRequest) -> Result<Closing> {
        let frozen = self.frozen(request)?;
        self.keep(request, frozen)
    }

    fn frozen(&self, request: &CloseRequest) -> Result<Frozen> {
        let period = request.period;
        check_line("by-whom", &request.by_whom)?;
        let month = self.month(period)?;
        let time = |id: &DeliveryId| {
            let place = self.manifest.place(id).expect("a slice's delivery is known");
            self.manifest.deliveries[place].time
        };
        let mut slices = self.manifest.slices_of(month);
        slices.retain(|slice| request.as_of.is_none_or(|as_of| time(&slice.delivery) <= as_of));
        let Some(last) = slices.last() else {
            return Err(Error::Refused {
                period,
                reason: "no delivery of it that counts is from before the cut-off".to_owned(),
                remedy: Remedy::LookIntoHistory,
            });
        };
        let with_usages = self.deliveries_with_component_usages(period, request.as_of)?;
        let latest = with_usages.iter().map(time).max().max(Some(time(&last.delivery)));
        let cut_off = request.as_of.or(latest).expect("there is a delivery");
        let evidence = self.manifest.completeness(&slices).evidence;
        if !request.accepts_incomplete {
            // Component usages that came later do not say that all records had come.
            self.check_over(period, request.as_of.unwrap_or(time(&last.delivery)))?;
            check_not_disproved(period, evidence, &slices)?;
        }
        let mut deliveries: Vec<DeliveryId> = slices.iter().map(|slice| slice.delivery.clone()).collect();
        deliveries
            .extend(with_usages.into_iter().filter(|id| !slices.iter().any(|slice| slice.delivery == *id)));
        deliveries.sort_by_key(|id| self.manifest.place(id));
        let mut texts = Texts::default();
        let history = History::read(&self.store, month, &mut texts)?;
        let rank = |id: &DeliveryId| self.manifest.rank(id).filter(|_| deliveries.contains(id));
        let folded = fold(&history, rank, &texts);
        let mut files = Vec::new();
        let state = state(&self.manifest, period, &folded, &texts, &mut files)?;
        let frame = frames::of_rows([(period, &folded.rows, folded.names.clone())], &texts);
        let closing = Closing {
            version: month.closings.len() as u32 + 1,
            cut_off,
            note: request.note.clone(),
            deliveries,
            state,
            digest: canonical::digest(&frame)?,
            evidence,
            warnings: request.warnings.clone(),
            acknowledgements: request.acknowledgements.clone(),
            not_checked: request.not_checked.clone(),
            by_whom: request.by_whom.clone(),
            time: request.time,
            money: request.money.as_ref().map(|money| ClosedMoney::new(money, &mut files)),
            adjustments: month.adjustments.clone(),
            previous: Some(self.manifest.chain_end()),
            attributes: request.attributes.as_ref().map(|kept| ClosedAttributes::new(kept, &mut files)),
        };
        let now = fold(&history, |id| self.manifest.rank(id), &texts);
        let late_changes = differences(&folded.rows, &now.rows, &texts);
        let parents = parents(&self.manifest, &history, Some(&closing), &mut files);
        let is_unchanged = match month.closings.last() {
            Some(last) => {
                self.changes_since(last, &folded.rows, &mut texts)? == 0
                    && !self.has_other_component_usages(period, &last.deliveries, &closing.deliveries)?
                    && match (&last.money, &closing.money) {
                        (Some(before), Some(after)) => after.has_charges_of(before),
                        (before, after) => before.is_none() && after.is_none(),
                    }
                    && last.adjustments == closing.adjustments
                    && match (&last.attributes, &closing.attributes) {
                        (Some(before), Some(after)) => after.says_the_same(before),
                        (before, after) => before.is_none() && after.is_none(),
                    }
            }
            None => false,
        };
        Ok(Frozen { closing, files, late_changes, parents, is_unchanged })
    }

    /// The closing that a request makes.
    pub(super) fn frozen_closing(&self, request: &CloseRequest) -> Result<Closing> {
        self.frozen(request).map(|frozen| frozen.closing)
    }

    fn keep(&mut self, request: &CloseRequest, frozen: Frozen) -> Result<Closing> {
        let Frozen { closing, files, late_changes, parents, .. } = frozen;
        let mut manifest = self.manifest.clone();
        let digest = chain::digest(request.period, &closing);
        manifest.signatures.extend(request.signature.clone().map(|signature| (digest.clone(), signature)));
        manifest.head = Some(digest);
        let month = manifest.months.get_mut(&request.period).expect("it was closed");
        month.closings.push(closing.clone());
        month.late_changes = late_changes;
        month.parents = parents;
        self.count_changed_component_usages(&mut manifest, &files)?;
        self.commit(manifest, files)?;
        Ok(closing)
    }

    fn check_over(&self, period: BillingPeriod, cut_off: DateTime<Utc>) -> Result<()> {
        match period.is_partial(cut_off.with_timezone(&self.timezone).date_naive()) {
            true => Err(Error::Refused {
                period,
                reason: format!("it was not over at the cut-off, {}", time_text(cut_off)),
                remedy: Remedy::LaterDump,
            }),
            false => Ok(()),
        }
    }
}

/// A closing that is not yet in the book.
struct Frozen {
    closing: Closing,
    files: Vec<NewFile>,
    late_changes: u64,
    parents: StoredFile,
    /// Whether no record, component usage or amount differs from the version before.
    is_unchanged: bool,
}

/// The last of a month's deliveries in time that states whether the whole month is complete.
pub(super) fn telling<'a>(slices: &[&'a Slice]) -> Option<&'a Slice> {
    let says = |slice: &&&Slice| {
        slice.customers.is_empty() && (slice.is_complete || slice.evidence != Evidence::Unproved)
    };
    slices.iter().rev().find(says).copied()
}

fn check_not_disproved(period: BillingPeriod, evidence: Evidence, slices: &[&Slice]) -> Result<()> {
    let reason = telling(slices).filter(|slice| slice.evidence == Evidence::Disproved);
    match (evidence, reason) {
        (Evidence::Disproved, Some(slice)) => Err(Error::Refused {
            period,
            reason: format!(
                "its deliveries do not hold every record of it: {}",
                slice.reason.trim_end_matches('.')
            ),
            remedy: Remedy::WholeDump,
        }),
        _ => Ok(()),
    }
}
