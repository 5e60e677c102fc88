//! `index.json`: what the server said of the pages of a dump when they were fetched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::error::{Error, Result};

/// The pages of a dump as they were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    pages: Vec<IndexPage>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct IndexPage {
    url: String,
    #[serde(rename = "X-Result-Count", deserialize_with = "count")]
    count: u64,
    /// The file's name, where the index gives it.
    file: Option<String>,
    /// When the page was fetched, where the index gives it.
    time: Option<DateTime<Utc>>,
}

impl Index {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
        let pages: Vec<IndexPage> = serde_json::from_slice(&text)
            .map_err(|error| Error::BadIndex { path: path.to_owned(), reason: error.to_string() })?;
        match pages.is_empty() {
            true => Err(Error::BadIndex { path: path.to_owned(), reason: "it lists no page".to_owned() }),
            false => Ok(Self { pages }),
        }
    }

    /// Whether the index names a file as one of its pages.
    pub fn lists(&self, file: &str) -> bool {
        self.pages.iter().any(|page| page.file.as_deref() == Some(file))
    }

    /// When the last page was fetched.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.pages.iter().filter_map(|page| page.time).max()
    }

    /// How many records the server said there are: each query's greatest count, summed over the queries.
    pub fn count(&self) -> u64 {
        self.counts().values().sum()
    }

    /// What was asked for, whatever the page, the page's size, the order and the fields.
    pub fn queries(&self) -> Vec<String> {
        self.counts().into_keys().collect()
    }

    fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for page in &self.pages {
            let count: &mut u64 = counts.entry(query(&page.url)).or_default();
            *count = page.count.max(*count);
        }
        counts
    }
}

/// The path and the filters of a URL, sorted.
fn query(url: &str) -> String {
    let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
    let path = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest.find('/').map_or("", |slash| &rest[slash..]));
    let is_filter = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        !parameter.is_empty() && !matches!(name, "page" | "page_size" | "o" | "field")
    };
    let mut filters: Vec<&str> = parameters.split('&').filter(is_filter).collect();
    filters.sort_unstable();
    format!("{path}?{}", filters.join("&"))
}

/// The count as the header's text or as a number.
fn count<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(u64),
        Text(String),
    }
    match Count::deserialize(deserializer)? {
        Count::Number(count) => Ok(count),
        Count::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_one_query_are_counted_once() {
        let page = |url: &str, count| IndexPage { url: url.to_owned(), count, file: None, time: None };
        let index = Index {
            pages: vec![
                page("http://a/api/x/?month=8&year=2026&page_size=100", 150),
                page("http://b:81/api/x/?year=2026&page=2&month=8&page_size=100", 151),
                page("http://a/api/x/?month=9&year=2026", 7),
            ],
        };
        assert_eq!(index.count(), 158);
        assert_eq!(index.queries(), ["/api/x/?month=8&year=2026", "/api/x/?month=9&year=2026"]);
    }
}
