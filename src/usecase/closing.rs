//! What is between a month and its closing: warnings, until somebody answers for them.

use std::collections::BTreeSet;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::check::{CheckQuestion, check};
use super::question::{AsOf, Question, Source};
use super::watch::Watch;
use crate::book::{Book, CloseRequest, Delivery, DeliveryId, Version};
use crate::error::{Error, Result};
use crate::notice::{Acknowledgement, Code, Example, Notice};
use crate::period::{AskedPeriod, BillingPeriod, PeriodRange};
use crate::tabular::Locale;
use crate::verdict::Verdict;

/// An answer for a warning.
#[derive(Clone, Debug)]
pub struct AcknowledgeQuestion {
    /// The month that the warning is about.
    pub period: BillingPeriod,
    /// The cut-off of the closing that it is for; as the month is now without it.
    pub as_of: Option<DateTime<Utc>>,
    /// Which warning.
    pub code: Code,
    /// The first digits of uuids or ids of examples, for these alone; empty for all that are open.
    pub examples: Vec<String>,
    /// Why the figures are right.
    pub reason: String,
    /// Who says so.
    pub by_whom: String,
    /// Dumps of invoices, for warnings that need them.
    pub invoices: Vec<String>,
    /// How those that are tables are written, if it is stated.
    pub locale: Option<Locale>,
}

/// What a book's month is closed with, up to a cut-off or as it is now: the warnings about it, with those who answer for them.
///
/// # Errors
/// A warning that nobody answers for, a month that the book does not have, damage.
pub fn close_request(
    book: &Book,
    (period, as_of): (BillingPeriod, Option<DateTime<Utc>>),
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<CloseRequest> {
    book.month(period)?;
    let verdict = month_verdict(book, (period, as_of), (Vec::new(), None), clock, watch)?;
    let open = open(&verdict);
    if !open.is_empty() {
        let version = (book.month(period)?.closings.last().is_some() || as_of.is_some())
            .then(|| version_at(book, period, as_of).to_string());
        return Err(Error::OpenWarnings { period, open, book: book.folder().to_owned(), version });
    }
    let known =
        verdict.checks.iter().map(|check| &check.notice).filter(|notice| !notice.acknowledgements.is_empty());
    let not_checked =
        verdict.not_checked.iter().filter(|not_checked| !verdict.is_partly_checked(not_checked));
    let not_checked = not_checked.flat_map(|not_checked| &not_checked.codes);
    let not_checked: BTreeSet<&str> = not_checked.map(|code| code.name()).collect();
    Ok(CloseRequest {
        warnings: known.clone().map(|notice| notice.code.name().to_owned()).collect(),
        acknowledgements: known.flat_map(|notice| notice.acknowledgements.clone()).collect(),
        not_checked: not_checked.into_iter().map(str::to_owned).collect(),
        time: Some(clock.trunc_subsecs(6)),
        as_of,
        ..CloseRequest::new(period)
    })
}

/// The answer as the book keeps it.
///
/// # Errors
/// A warning that is not open, an id that none of its open instances has, a month that the book does not have, damage.
pub fn acknowledgement(
    book: &Book,
    question: &AcknowledgeQuestion,
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Acknowledgement> {
    let AcknowledgeQuestion { period, as_of, code, .. } = *question;
    book.month(period)?;
    let invoices = (question.invoices.clone(), question.locale);
    let verdict = month_verdict(book, (period, as_of), invoices, clock, watch)?;
    let notices: Vec<&Notice> = verdict.open().filter(|notice| notice.code == code).collect();
    if notices.is_empty() {
        return Err(Error::WarningNotOpen { period, code, open: open(&verdict) });
    }
    Ok(Acknowledgement {
        code: code.name().to_owned(),
        instances: chosen(code, &notices, &question.examples)?,
        reason: question.reason.clone(),
        by_whom: question.by_whom.clone(),
        time: clock.trunc_subsecs(6),
    })
}

/// The open instances of a warning, or those of the examples that are named by their ids or uuids.
fn chosen(code: Code, notices: &[&Notice], named: &[String]) -> Result<BTreeSet<String>> {
    let open: BTreeSet<String> = notices.iter().flat_map(|notice| notice.open_instances()).collect();
    if named.is_empty() {
        return Ok(open);
    }
    let mut chosen = BTreeSet::new();
    for name in named {
        let is_named = |example: &&Example| {
            let uuids = example.labels.iter().map(|(_, value)| value.as_str());
            uuids.chain([example.id(code).as_str()]).any(|text| text.starts_with(name.as_str()))
        };
        let examples = notices.iter().flat_map(|notice| &notice.examples);
        let found = examples.filter(is_named).map(|example| example.id(code));
        let before = chosen.len();
        chosen.extend(found.filter(|id| open.contains(id)));
        if chosen.len() == before {
            return Err(Error::BadParameter {
                parameter: "example",
                value: name.clone(),
                expected: format!(
                    "a uuid or id of an open example of {}, as the check shows it",
                    code.name()
                ),
            });
        }
    }
    Ok(chosen)
}

/// Each code that has open warnings, and how many instances are open.
fn open(verdict: &Verdict) -> Vec<(Code, usize)> {
    let mut open: Vec<(Code, usize)> = Vec::new();
    for notice in verdict.open() {
        let count = notice.open_instances().len();
        match open.iter_mut().find(|(code, _)| *code == notice.code) {
            Some((_, known)) => *known += count,
            None => open.push((notice.code, count)),
        }
    }
    open
}

/// All checks of a month as it is now, or as its last delivery up to a cut-off left it.
pub(super) fn month_verdict(
    book: &Book,
    (period, as_of): (BillingPeriod, Option<DateTime<Utc>>),
    (invoices, locale): (Vec<String>, Option<Locale>),
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<Verdict> {
    let version = version_at(book, period, as_of);
    let records = Question {
        period: Some(AskedPeriod::Months(PeriodRange::month(period))),
        as_of: book.time().map(AsOf::Time),
        ..Question::new(Source::Book(book, Some(version)), clock)
    };
    Ok(check(&CheckQuestion { invoices, locale, ..CheckQuestion::new(records) }, watch)?.verdict)
}

/// The month as it is now, or as its last delivery up to a cut-off left it.
fn version_at(book: &Book, period: BillingPeriod, as_of: Option<DateTime<Utc>>) -> Version {
    let is_of_month = |id: &DeliveryId| {
        book.month(period).is_ok_and(|month| month.slices.iter().any(|slice| slice.delivery == *id))
    };
    let counts = |delivery: &&Delivery| book.retraction(&delivery.id).is_none() && is_of_month(&delivery.id);
    let last = |time| book.deliveries().iter().filter(counts).rfind(|delivery| delivery.time <= time);
    match as_of.and_then(last) {
        Some(delivery) => Version::Delivery(delivery.id.to_string()),
        None => Version::Now,
    }
}
