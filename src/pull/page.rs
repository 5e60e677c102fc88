//! One page: a JSON array of records, of which a pull understands what proves that none is missing.

use std::borrow::Cow;
use std::hash::BuildHasher as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use foldhash::fast::FixedState;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::endpoint::Splitter;
use crate::period::BillingPeriod;
use crate::text::parse_uuid;

/// What a pull knows of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub uuid: u128,
    /// Of parent and username, under which a server has one record at a time; `None` if the record has no parent.
    pub key: Option<u64>,
    /// None if the record does not say.
    pub created: Option<DateTime<Utc>>,
    pub modified: Option<DateTime<Utc>>,
    /// From `billing_period`, or from the `year` and `month` of an invoice; none in older servers.
    pub period: Option<BillingPeriod>,
    /// The month of `date` in UTC.
    pub date_month: Option<BillingPeriod>,
    /// The values of [`Splitter::ALL`]; empty where the record has none.
    pub values: [String; Splitter::COUNT],
}

/// Lists differ in what they have under a name: it is looked at where it is needed.
type Value<'a> = Option<&'a RawValue>;

/// What a pull looks at in a record; everything else is stored unread.
#[derive(Debug, Deserialize)]
struct RawFacts<'a> {
    #[serde(borrow)]
    uuid: Value<'a>,
    /// Of a user usage: its parent, and the user under it, of whom there is one record at a time.
    #[serde(borrow)]
    component_usage: Value<'a>,
    #[serde(borrow)]
    username: Value<'a>,
    #[serde(borrow)]
    created: Value<'a>,
    #[serde(borrow)]
    modified: Value<'a>,
    #[serde(borrow)]
    billing_period: Value<'a>,
    /// Of an invoice.
    #[serde(borrow)]
    year: Value<'a>,
    #[serde(borrow)]
    month: Value<'a>,
    #[serde(borrow)]
    date: Value<'a>,
    /// Of an invoice, which has the customer's URL only.
    #[serde(borrow)]
    customer: Value<'a>,
    #[serde(borrow)]
    customer_uuid: Value<'a>,
    #[serde(borrow)]
    project_uuid: Value<'a>,
    #[serde(borrow)]
    offering_uuid: Value<'a>,
    #[serde(borrow)]
    resource_uuid: Value<'a>,
    /// Of a user usage.
    #[serde(borrow)]
    component_type: Value<'a>,
    /// Of a component usage.
    #[serde(borrow, rename = "type")]
    parent_type: Value<'a>,
}

/// Understands a page.
///
/// # Errors
/// What it is instead of an array of records, in words.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<Facts>, String> {
    let text = simdutf8::basic::from_utf8(body).map_err(|_| "a body that is not UTF-8".to_owned())?;
    let raw: Vec<RawFacts> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "a body that breaks off".to_owned(),
        _ => format!("a body that is not a list of records: {error}"),
    })?;
    raw.into_iter().map(facts).collect()
}

fn facts(raw: RawFacts) -> Result<Facts, String> {
    let uuid = text(raw.uuid).unwrap_or_default();
    let uuid = parse_uuid(uuid.as_bytes()).ok_or_else(|| format!("a record whose uuid is {uuid:?}"))?;
    let period = match (text(raw.billing_period), number(raw.year), number(raw.month)) {
        (Some(text), ..) => Some(month(&text).ok_or_else(|| format!("a billing_period of {text:?}"))?),
        // Of a list without months these may be anything.
        (None, Some(year), Some(month)) => i32::try_from(year).ok().and_then(|year| plausible(year, month)),
        _ => None,
    };
    let owned = |value| text(value).map(Cow::into_owned).unwrap_or_default();
    let key = match (text(raw.component_usage), text(raw.username)) {
        (Some(parent), Some(username)) => Some(FixedState::default().hash_one((&*parent, &*username))),
        _ => None,
    };
    let customer = text(raw.customer_uuid).or_else(|| text(raw.customer)).unwrap_or_default();
    Ok(Facts {
        uuid,
        key,
        created: time(raw.created),
        modified: time(raw.modified),
        period,
        date_month: time(raw.date).and_then(|time| plausible(time.year(), time.month())),
        values: [
            last_segment(&customer).to_owned(),
            owned(raw.project_uuid),
            owned(raw.offering_uuid),
            owned(raw.resource_uuid),
            owned(raw.component_type.or(raw.parent_type)),
        ],
    })
}

/// `9ae06d33f04549108516cf372efd3d5e` of `https://portal.example.org/api/customers/9ae06d33f04549108516cf372efd3d5e/`.
fn last_segment(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn month(text: &str) -> Option<BillingPeriod> {
    text.parse::<NaiveDate>().ok().and_then(|date| plausible(date.year(), date.month()))
}

/// A month that others can be looked for around.
fn plausible(year: i32, month: u32) -> Option<BillingPeriod> {
    BillingPeriod::new(year, month).filter(|_| (1..=9_000).contains(&year))
}

fn time(value: Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&text(value)?).ok().map(|time| time.with_timezone(&Utc))
}

/// The text that a value is, copied only if it has escapes; `None` for whatever is not text.
fn text(value: Value<'_>) -> Option<Cow<'_, str>> {
    let quoted = value?.get();
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    match text.contains('\\') {
        false => Some(Cow::Borrowed(text)),
        true => serde_json::from_str(quoted).ok().map(Cow::Owned),
    }
}

/// The whole number that a value is; `None` for whatever is not one.
fn number(value: Value) -> Option<u32> {
    value?.get().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_has_its_month_and_its_customer_in_other_fields() {
        let body = br#"[{"uuid":"ac2ea21121e64533863981c2e065dc76","number":1,"year":2026,"month":10,
            "customer":"https://portal.example.org/api/customers/9ae06d33f04549108516cf372efd3d5e/","items":[]}]"#;
        let facts = &parse(body).unwrap()[0];
        assert_eq!(facts.period, BillingPeriod::new(2026, 10));
        assert_eq!(facts.values[Splitter::Customer as usize], "9ae06d33f04549108516cf372efd3d5e");
    }

    #[test]
    fn what_a_list_has_under_a_name_may_be_of_any_type() {
        let body = br#"[{"uuid":"ac2ea21121e64533863981c2e065dc76","type":{"a":[1]},"year":1e3,"month":"x",
            "customer":[true],"username":null,"created":7,"date":false}]"#;
        let facts = &parse(body).unwrap()[0];
        assert_eq!((facts.period, facts.created), (None, None));
        assert_eq!(facts.values, <[String; Splitter::COUNT]>::default());
        for body in [&b"[{}]"[..], b"[{\"uuid\":7}]", b"{}", b"[", b"[1]"] {
            assert!(parse(body).is_err());
        }
    }
}
