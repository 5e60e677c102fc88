//! The records behind a figure of a book, and where they came from.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::question::{AsOf, Question, Source};
use super::records::{Records, records};
use super::report::only;
use super::watch::Watch;
use crate::book::{Book, DeliveryId, Origin, Version, time_text};
use crate::compare::{Explanation, Origins, Source as OriginSource};
use crate::error::Result;
use crate::filter::Filters;
use crate::period::{AskedPeriod, BillingPeriod, Calendar, PeriodRange};
use crate::report::{MonthState, Provenance};
use crate::statement::Caption;

/// The records behind a figure, each with the delivery and file that it came from.
#[derive(Debug)]
pub struct Explained {
    /// The records that pass the filters.
    pub records: Records,
    origins: Origins,
    caption: Caption,
}

impl Explained {
    /// The rows that can be drawn.
    ///
    /// # Errors
    /// Memory that there is not.
    pub fn statement(&self) -> Result<Explanation<'_>> {
        Explanation::new(&self.records.frame, &self.origins, self.caption.clone())
    }

    /// Keeps the records of some component usages and usernames, by their places; the words for them are added to the title.
    #[cfg(feature = "desk")]
    pub(crate) fn keep(&mut self, words: String, parents: &[bool], usernames: &[bool]) {
        let is_kept = |parent: u32, username: u32| parents[parent as usize] && usernames[username as usize];
        self.records.frame.records.filter(is_kept);
        self.caption.title.push(words);
    }
}

/// Whose origin is asked for.
#[derive(Clone, Debug)]
pub struct ExplainQuestion {
    /// The months; the day that they are seen from is that of the book's latest delivery.
    pub period: AskedPeriod,
    /// `None` for closed months as they were closed last, and for others as they are now.
    pub version: Option<Version>,
    /// Which records count; all without filters.
    pub filters: Filters,
}

/// Shows the records of a period that pass filters, in a version of its months. Their usage adds up to the figures of a
/// report of the same period and filters. The period is seen from the day of the latest delivery.
///
/// # Errors
/// A version that a month does not have, names that nobody or several have, a book that is damaged.
pub fn explain(book: &Book, question: &ExplainQuestion, watch: &dyn Watch) -> Result<Explained> {
    let ExplainQuestion { period, version, filters } = question;
    let time = book.time().unwrap_or_default();
    let mut question = Question::new(Source::Book(book, version.clone()), time);
    question.as_of = Some(AsOf::Time(time));
    question.period = Some(*period);
    question.filters = filters.clone();
    let records = records(&question, |_| true, watch)?;
    let origins = origins(book, &records.provenance.states, version.as_ref())?;
    let caption = caption(&records.provenance);
    Ok(Explained { records, origins, caption })
}

/// The months that a period means, seen from the day of a book's latest delivery.
///
/// # Errors
/// A book that does not name a time zone.
pub fn period_of(book: &Book, period: AskedPeriod) -> Result<PeriodRange> {
    let as_of = book.day()?;
    Ok(period.seen(Calendar { as_of, fiscal_year_start: 1 }))
}

/// Where the records of the months came from.
fn origins(book: &Book, states: &[MonthState], asked: Option<&Version>) -> Result<Origins> {
    let mut origins = Origins::default();
    let mut places: HashMap<(&DeliveryId, &str), u32> = HashMap::new();
    for MonthState { period, .. } in states {
        let version = version(book, *period, asked)?;
        for (uuid, Origin { delivery, input }) in book.origins(*period, &version)? {
            let place = *places.entry((&delivery.id, &input.path)).or_insert_with(|| {
                origins.sources.push(OriginSource {
                    delivery: delivery.id.to_string(),
                    pulled_at: time_text(delivery.time),
                    file: input.path.clone(),
                });
                origins.sources.len() as u32 - 1
            });
            origins.of_records.insert((*period, uuid), place);
        }
        origins.versions.insert(*period, version.to_string());
    }
    Ok(origins)
}

/// The state that a month is read in.
fn version(book: &Book, period: BillingPeriod, asked: Option<&Version>) -> Result<Version> {
    let closed = book.month(period)?.closings.last().map(|closing| Version::Closed(closing.version));
    Ok(asked.cloned().or(closed).unwrap_or(Version::Now))
}

fn caption(provenance: &Provenance) -> Caption {
    let Provenance { states, filters, .. } = provenance;
    let period = provenance.period.map(|period| period.to_string()).unwrap_or_default();
    let mut title = vec![format!("Records behind the usage in {period}")];
    title.extend(states.iter().map(|MonthState { period, state }| format!("{period}: {state}")));
    title.extend(only(filters));
    let filters: BTreeMap<&str, &Vec<String>> =
        filters.iter().map(|(name, values)| (*name, values)).collect();
    let state = |MonthState { period, state }: &MonthState| -> Value {
        json!({"period": period.to_string(), "state": state})
    };
    Caption {
        title,
        facts: vec![
            ("period", period.into()),
            ("states", states.iter().map(state).collect()),
            ("filters", json!(filters)),
        ],
        nothing: "No record passes the filters.",
        as_of: provenance.as_of,
    }
}
