//! One page: a JSON array of records, of which a pull understands what proves that none is missing.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher as _;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use foldhash::fast::FixedState;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::endpoint::Splitter;
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
    /// From `billing_period`, or from the `year` and `month` of an invoice; none in older servers.
    pub period: Option<BillingPeriod>,
    /// The month of `date` in UTC.
    pub date_month: Option<BillingPeriod>,
    /// The values of [`Splitter::ALL`]; empty where the record has none.
    pub values: [String; Splitter::COUNT],
}

/// What a pull looks at in a record; everything else is stored unread.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawFacts<'a> {
    #[serde(borrow)]
    uuid: Text<'a>,
    /// Of a user usage: its parent, and the user under it, of whom there is one record at a time.
    #[serde(borrow)]
    component_usage: Text<'a>,
    #[serde(borrow)]
    username: Text<'a>,
    #[serde(borrow)]
    created: Text<'a>,
    #[serde(borrow)]
    modified: Text<'a>,
    #[serde(borrow)]
    billing_period: Text<'a>,
    /// Of an invoice.
    year: Number,
    month: Number,
    #[serde(borrow)]
    date: Text<'a>,
    /// Of an invoice, which has the customer's URL only.
    #[serde(borrow)]
    customer: Text<'a>,
    #[serde(borrow)]
    customer_uuid: Text<'a>,
    #[serde(borrow)]
    project_uuid: Text<'a>,
    #[serde(borrow)]
    offering_uuid: Text<'a>,
    #[serde(borrow)]
    resource_uuid: Text<'a>,
    /// Of a user usage.
    #[serde(borrow)]
    component_type: Text<'a>,
    /// Of a component usage.
    #[serde(borrow, rename = "type")]
    parent_type: Text<'a>,
}

/// Text, copied only if it has escapes; `None` for whatever is not text.
#[derive(Debug, Default)]
struct Text<'a>(Option<Cow<'a, str>>);

/// A whole number; `None` for whatever is not one.
#[derive(Debug, Default)]
struct Number(Option<i32>);

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
    let uuid = raw.uuid.0.as_deref().unwrap_or_default();
    let uuid = parse_uuid(uuid.as_bytes()).ok_or_else(|| format!("a record whose uuid is {uuid:?}"))?;
    let period = match (&raw.billing_period.0, raw.year.0, raw.month.0) {
        (Some(text), ..) => Some(month(text).ok_or_else(|| format!("a billing_period of {text:?}"))?),
        // Of a list without months these may be anything.
        (None, Some(year), Some(month)) => u32::try_from(month).ok().and_then(|month| plausible(year, month)),
        _ => None,
    };
    let owned = |text: Text| text.0.map(Cow::into_owned).unwrap_or_default();
    let key = match (&raw.component_usage.0, &raw.username.0) {
        (Some(parent), Some(username)) => Some(FixedState::default().hash_one((&**parent, &**username))),
        _ => None,
    };
    let customer = match raw.customer_uuid.0 {
        Some(_) => owned(raw.customer_uuid),
        None => raw.customer.0.as_deref().map(last_segment).unwrap_or_default().to_owned(),
    };
    let kind = if raw.component_type.0.is_some() { raw.component_type } else { raw.parent_type };
    Ok(Facts {
        uuid,
        key,
        created: time(&raw.created),
        modified: time(&raw.modified),
        period,
        date_month: time(&raw.date).and_then(|time| plausible(time.year(), time.month())),
        values: [
            customer,
            owned(raw.project_uuid),
            owned(raw.offering_uuid),
            owned(raw.resource_uuid),
            owned(kind),
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

fn time(text: &Text) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.0.as_deref()?).ok().map(|time| time.with_timezone(&Utc))
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Lenient)? {
            Value::Text(text) => Ok(Self(Some(text))),
            Value::Number(_) | Value::Other => Ok(Self(None)),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(Lenient)? {
            Value::Number(number) => Ok(Self(i32::try_from(number).ok())),
            Value::Text(_) | Value::Other => Ok(Self(None)),
        }
    }
}

enum Value<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Other,
}

/// Takes any JSON: lists differ in what they have under a name.
struct Lenient;

impl<'de> Visitor<'de> for Lenient {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
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
