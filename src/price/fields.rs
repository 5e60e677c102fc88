//! The keys of one entry, whether they stand in TOML or in a row of CSV, taken one by one.

use std::path::Path;

use uuid::Uuid;

use super::exact::plain;
use super::named::Named;
use crate::currency::{self, Currency};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::quantity::{QuantityFault, parse_exact};

/// A key's value as it is written.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Text(String),
    Integer(String),
    /// What is none of the others, with what it is.
    Other(String),
    Entries(Vec<Fields<'a>>),
    Entry(Fields<'a>),
}

#[derive(Debug)]
pub(crate) struct Field<'a> {
    pub key: String,
    pub line: usize,
    pub value: Value<'a>,
}

/// The keys of an entry that nobody took yet.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub path: &'a Path,
    /// As it is written: `[[price]]`.
    pub what: &'static str,
    pub line: usize,
    pub fields: Vec<Field<'a>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn take(&mut self, key: &str) -> Option<Field<'a>> {
        let at = self.fields.iter().position(|field| field.key == key)?;
        Some(self.fields.remove(at))
    }

    /// Refuses what is left.
    pub(crate) fn finish(self, known: &[&str]) -> Result<()> {
        let Some(field) = self.fields.first() else { return Ok(()) };
        let reason =
            format!("{:?} is not a key of {}; expected one of {}", field.key, self.what, known.join(", "));
        Err(refused(self.path, field.line, reason))
    }

    pub(crate) fn text(&mut self, key: &'static str, expected: &str) -> Result<Option<(String, usize)>> {
        let Some(field) = self.take(key) else { return Ok(None) };
        match field.value {
            Value::Text(text) => Ok(Some((text, field.line))),
            value => Err(self.unexpected(key, &value.written(), field.line, expected)),
        }
    }

    pub(crate) fn required<T>(&self, key: &'static str, value: Option<T>, expected: &str) -> Result<T> {
        value.ok_or_else(|| {
            refused(self.path, self.line, format!("{} has no {key}; expected {expected}", self.what))
        })
    }

    /// A decimal, of which zeros behind the last place are fine: a whole number of that place.
    pub(crate) fn decimal(&mut self, key: &'static str, decimals: u8) -> Result<Option<i128>> {
        let Some(field) = self.take(key) else { return Ok(None) };
        let expected = match self.what {
            ROW => format!("a number of at most {decimals} decimals: round it"),
            _ => {
                format!("a decimal in quotes of at most {decimals} decimals, as \"0.05\", or a whole number")
            }
        };
        let text = match field.value {
            Value::Text(text) | Value::Integer(text) => text,
            Value::Other(written) => {
                return Err(self.unexpected(key, &written, field.line, &expected));
            }
            value => return Err(self.unexpected(key, &value.written(), field.line, &expected)),
        };
        match decimal(&text, decimals) {
            Some(value) => Ok(Some(value)),
            None if text.contains(['e', 'E'])
                && let Ok(value) = parse_exact(text.as_bytes(), decimals) =>
            {
                let expected = format!("it without an exponent: write {:?}", plain(value, decimals));
                Err(self.unexpected(key, &format!("{text:?}"), field.line, &expected))
            }
            None => Err(self.unexpected(key, &format!("{text:?}"), field.line, &expected)),
        }
    }

    /// As [`Self::decimal`], and not below zero.
    pub(crate) fn positive(&mut self, key: &'static str, decimals: u8) -> Result<Option<i128>> {
        let line = self.line_of(key);
        match self.decimal(key, decimals)? {
            Some(value) if value < 0 => {
                Err(self.unexpected(key, &plain(value, decimals), line, "zero or more"))
            }
            value => Ok(value),
        }
    }

    pub(crate) fn currency(&mut self, key: &'static str) -> Result<Option<Currency>> {
        let Some((text, line)) = self.text(key, currency::EXPECTED)? else { return Ok(None) };
        let wrong = || self.unexpected(key, &format!("{text:?}"), line, &currency::expected_instead(&text));
        Currency::parse(&text).ok_or_else(wrong).map(Some)
    }

    pub(crate) fn month(&mut self, key: &'static str) -> Result<Option<BillingPeriod>> {
        const EXPECTED: &str = "a month in quotes, as \"2026-10\"";
        let Some((text, line)) = self.text(key, EXPECTED)? else { return Ok(None) };
        let wrong = |_| self.unexpected(key, &format!("{text:?}"), line, EXPECTED);
        text.parse().map_err(wrong).map(Some)
    }

    /// A name under one key, or a uuid under the other.
    pub(crate) fn named(&mut self, name: &'static str, uuid: &'static str) -> Result<Option<Named>> {
        let by_name = self.text(name, "a name in quotes")?;
        let Some((text, line)) = self.text(uuid, "a uuid in quotes")? else {
            return Ok(by_name.map(|(name, _)| Named::Name(name)));
        };
        if by_name.is_some() {
            let reason = format!("{} has {name} and {uuid}; expected one of them", self.what);
            return Err(refused(self.path, line, reason));
        }
        self.uuid(uuid, &text, line).map(|uuid| Some(Named::Uuid(uuid)))
    }

    pub(crate) fn uuid(&self, key: &'static str, text: &str, line: usize) -> Result<u128> {
        let expected = "a uuid of 32 hex digits, with or without dashes";
        Uuid::try_parse(text)
            .map(|uuid| uuid.as_u128())
            .map_err(|_| self.unexpected(key, &format!("{text:?}"), line, expected))
    }

    /// One of some words.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Result<Option<T>> {
        let all = || words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(" or ");
        let Some((text, line)) = self.text(key, &all())? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(Some(*value)),
            None => Err(self.unexpected(key, &format!("{text:?}"), line, &all())),
        }
    }

    /// A whole number.
    pub(crate) fn integer(&mut self, key: &'static str) -> Result<Option<i64>> {
        let Some(field) = self.take(key) else { return Ok(None) };
        let number = match &field.value {
            Value::Text(text) | Value::Integer(text) => text.parse().ok(),
            _ => None,
        };
        let wrong = || self.unexpected(key, &field.value.written(), field.line, "a whole number");
        number.ok_or_else(wrong).map(Some)
    }

    /// The line of a key that nobody took yet; that of the entry where it is not there.
    pub(crate) fn line_of(&self, key: &str) -> usize {
        self.fields.iter().find(|field| field.key == key).map_or(self.line, |field| field.line)
    }

    pub(crate) fn unexpected(&self, key: &str, found: &str, line: usize, expected: &str) -> Error {
        refused(self.path, line, format!("{key} is {found}; expected {expected}"))
    }
}

impl Value<'_> {
    fn written(&self) -> String {
        match self {
            Self::Text(text) => format!("{text:?}"),
            Self::Integer(written) | Self::Other(written) => written.clone(),
            Self::Entries(_) => "a list".to_owned(),
            Self::Entry(_) => "a table".to_owned(),
        }
    }
}

/// What an entry is that comes from a table.
pub(super) const ROW: &str = "the row";

pub(super) fn refused(path: &Path, line: usize, reason: String) -> Error {
    Error::BadPriceList { path: path.to_owned(), line, reason }
}

/// Digits with a point and a sign at most: no exponent, so that what is written is what is read.
pub(crate) fn decimal(text: &str, decimals: u8) -> Option<i128> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
    match is_plain.then(|| parse_exact(text.as_bytes(), decimals)) {
        Some(Ok(value)) => Some(value),
        Some(Err(QuantityFault::NotANumber | QuantityFault::TooPrecise | QuantityFault::TooLarge)) | None => {
            None
        }
    }
}
