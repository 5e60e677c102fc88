//! One page: a JSON array of records, of which a pull understands what proves that none is missing.

use std::hash::BuildHasher as _;

use chrono::{DateTime, NaiveDate, Utc};
use foldhash::fast::FixedState;

use super::endpoint::{RawFacts, Splitter, Text};
use crate::ingest::parse_uuid;
use crate::period::BillingPeriod;

/// What a pull knows of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub uuid: u128,
    /// Of parent and username, under which a server has one record at a time; none where the record has no parent.
    pub key: Option<u64>,
    /// None where the record does not say.
    pub created: Option<DateTime<Utc>>,
    pub modified: Option<DateTime<Utc>>,
    /// From `billing_period`; none in older servers.
    pub period: Option<BillingPeriod>,
    /// The month of `date` in UTC.
    pub date_month: Option<BillingPeriod>,
    /// The values of [`Splitter::ALL`]; empty where the record has none.
    pub values: [String; Splitter::COUNT],
}

/// Understands a page.
///
/// # Errors
/// What it is instead of an array of records, in words.
pub fn parse(body: &[u8]) -> Result<Vec<Facts>, String> {
    let text = simdutf8::basic::from_utf8(body).map_err(|_| "a body that is not UTF-8".to_owned())?;
    let raw: Vec<RawFacts> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "a body that breaks off".to_owned(),
        _ => format!("a body that is no list of records: {error}"),
    })?;
    raw.into_iter().map(facts).collect()
}

fn facts(raw: RawFacts) -> Result<Facts, String> {
    let uuid = parse_uuid(raw.uuid.0.as_bytes())
        .ok_or_else(|| format!("a record whose uuid is {:?}", raw.uuid.0))?;
    let period = match raw.billing_period.as_ref() {
        Some(text) => Some(month(&text.0).ok_or_else(|| format!("a billing_period of {:?}", text.0))?),
        None => None,
    };
    let owned = |text: Option<Text>| text.map(|text| text.0.into_owned()).unwrap_or_default();
    let key = match (&raw.component_usage, &raw.username) {
        (Some(parent), Some(username)) => Some(FixedState::default().hash_one((&*parent.0, &*username.0))),
        _ => None,
    };
    Ok(Facts {
        uuid,
        key,
        created: raw.created.as_ref().and_then(time),
        modified: raw.modified.as_ref().and_then(time),
        period,
        date_month: raw.date.as_ref().and_then(time).map(|time| BillingPeriod::of(time.date_naive())),
        values: [
            owned(raw.customer_uuid),
            owned(raw.project_uuid),
            owned(raw.offering_uuid),
            owned(raw.resource_uuid),
            owned(raw.component_type.or(raw.parent_type)),
        ],
    })
}

fn month(text: &str) -> Option<BillingPeriod> {
    text.parse::<NaiveDate>().ok().map(BillingPeriod::of)
}

fn time(text: &Text) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text.0).ok().map(|time| time.with_timezone(&Utc))
}
