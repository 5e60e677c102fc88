//! `index.json`: what the server said of the pages of a dump when they were fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::seal;
use crate::error::{Error, Result};
use crate::ingest::records::token::after_host;

/// Why an index with a wrong checksum is not used.
pub(crate) const DAMAGED: &str = "its checksum differs, so it was damaged or changed after it was written; put it back from a copy, or pull again \
     into a new folder";

/// The pages of a dump as they were asked for.
///
/// A list of pages, as a script saves it; or what `usagebook pull` leaves, which knows more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Index {
    pages: Vec<IndexPage>,
    pull: Option<Pull>,
}

/// What an index says of how many records there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim<'i> {
    /// The server counted so many.
    Counted(u64),
    /// A pull proved that it has them all, so many different ones.
    Proved(u64),
    /// A pull ended without so many, or nobody knows how many where it is 0.
    Lacking { missing: u64, reason: &'i str },
    /// A pull has not ended; the server counted so many when it began.
    Unfinished(u64),
    /// The pages are of another list.
    OfNoRecords,
}

/// How much of the portal the token of a pull shows: newer portals show lists by role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeenAs {
    /// What the roles of the token's owner show.
    Part,
    /// Everything: the token is one of staff or support.
    All,
}

/// What was asked for, whatever the server, the page, its size, the order and the fields.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Query {
    path: String,
    filters: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct IndexPage {
    url: String,
    #[serde(rename = "X-Result-Count", deserialize_with = "count")]
    count: u64,
    /// The file's name, where the index gives it.
    file: Option<String>,
    /// When the page was fetched, where the index gives it.
    time: Option<DateTime<Utc>>,
}

/// What only a pull says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pull {
    request: PullRequest,
    #[serde(default)]
    seen_as: Option<SeenAs>,
    #[serde(rename = "X-Result-Count")]
    count: Option<u64>,
    verdict: Option<PullVerdict>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PullRequest {
    url: String,
    periods: Vec<String>,
    filters: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PullVerdict {
    verdict: Wholeness,
    records: u64,
    missing: u64,
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wholeness {
    Whole,
    WholeAtStart,
    Incomplete,
}

impl Index {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        Self::from_stream(File::open(path).map_err(unreadable)?, path)
    }

    /// Reads an index wherever it is; messages call it by `path`.
    pub(crate) fn from_stream(stream: impl Read, path: &Path) -> Result<Self> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let mut text = Vec::new();
        stream.take(INDEX_BYTES_MAX).read_to_end(&mut text).map_err(unreadable)?;
        let bad = |reason: String| Error::BadIndex { path: path.to_owned(), reason };
        if !seal::is_intact(&text) {
            return Err(bad(DAMAGED.to_owned()));
        }
        let index = Self::parse(&text).map_err(|error| bad(error.to_string()))?;
        match index.pages.is_empty() && index.pull.is_none() {
            true => Err(bad("it lists no page".to_owned())),
            false => Ok(index),
        }
    }

    /// What of the index is read, as JSON that [`parse`](Self::parse) takes.
    pub(crate) fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        #[derive(Serialize)]
        struct Pulled<'i> {
            pages: &'i [IndexPage],
            #[serde(flatten)]
            pull: &'i Pull,
        }
        match &self.pull {
            None => to_raw_value(&self.pages),
            Some(pull) => to_raw_value(&Pulled { pages: &self.pages, pull }),
        }
    }

    pub(crate) fn parse(text: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Pulled {
            pages: Vec<IndexPage>,
            #[serde(flatten)]
            pull: Pull,
        }
        if !text.trim_ascii_start().starts_with(b"{") {
            return Ok(Self { pages: serde_json::from_slice(text)?, pull: None });
        }
        let Pulled { pages, pull } = serde_json::from_slice(text)?;
        Ok(Self { pages, pull: Some(pull) })
    }

    /// Whether the index names a file as one of its pages.
    pub(crate) fn lists(&self, file: &str) -> bool {
        self.pages.iter().any(|page| page.file.as_deref() == Some(file))
    }

    /// When the last page was fetched.
    pub(crate) fn time(&self) -> Option<DateTime<Utc>> {
        self.pages.iter().filter_map(|page| page.time).max()
    }

    /// How much of the portal the pages show; `None` if nobody asked, as before this key existed.
    pub(crate) fn seen_as(&self) -> Option<SeenAs> {
        self.pull.as_ref()?.seen_as
    }

    /// What the pages are of, if not of records.
    pub(crate) fn other_list(&self) -> Option<&'static str> {
        let list = |url: &str| {
            let path = Query::of(url).path;
            OTHER_LISTS.iter().find(|(end, _)| path.ends_with(end)).map(|(_, what)| *what)
        };
        match &self.pull {
            Some(pull) => list(&pull.request.url),
            None => {
                let what = list(&self.pages.first()?.url)?;
                self.pages.iter().all(|page| list(&page.url) == Some(what)).then_some(what)
            }
        }
    }

    /// What is said of records.
    pub(crate) fn claim(&self) -> Claim<'_> {
        if self.other_list().is_some() { Claim::OfNoRecords } else { self.claim_of_pages() }
    }

    /// What is said of whatever the pages hold.
    pub(crate) fn claim_of_pages(&self) -> Claim<'_> {
        let Some(pull) = &self.pull else { return Claim::Counted(self.count()) };
        match &pull.verdict {
            None => Claim::Unfinished(pull.count.unwrap_or_default()),
            Some(PullVerdict { verdict: Wholeness::Incomplete, missing, reason, .. }) => {
                let reason = reason.as_deref().unwrap_or("records are missing");
                Claim::Lacking { missing: *missing, reason }
            }
            Some(PullVerdict { records, .. }) => Claim::Proved(*records),
        }
    }

    /// How many records the server said there are: each query's greatest count, summed over the queries.
    fn count(&self) -> u64 {
        let counts = self.counts();
        widest(counts.keys()).into_iter().map(|query| counts[query]).sum()
    }

    /// What was asked for; queries whose records are all among those of a wider one left out.
    pub(crate) fn queries(&self) -> Vec<Query> {
        match &self.pull {
            Some(Pull { request, .. }) if request.periods.is_empty() && request.filters.is_empty() => {
                vec![Query::of(&request.url)]
            }
            _ => widest(self.counts().keys()).into_iter().cloned().collect(),
        }
    }

    /// The filters of what was asked for. A pull answers for its request, however it sliced that.
    pub(crate) fn asked(&self) -> Vec<Vec<String>> {
        let Some(Pull { request, .. }) = &self.pull else {
            return self.queries().into_iter().map(|query| query.filters.into_iter().collect()).collect();
        };
        let values = |(name, values): &(String, Vec<String>)| {
            values.iter().map(|value| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let filters: Vec<String> = request.filters.iter().flat_map(values).collect();
        let of_period = |period: &String| {
            let month = format!("component_usage__billing_period={period}-01");
            filters.iter().cloned().chain([month]).collect()
        };
        match request.periods.is_empty() {
            true => vec![filters],
            false => request.periods.iter().map(of_period).collect(),
        }
    }

    fn counts(&self) -> BTreeMap<Query, u64> {
        let mut counts = BTreeMap::new();
        for page in &self.pages {
            let count: &mut u64 = counts.entry(Query::of(&page.url)).or_default();
            *count = page.count.max(*count);
        }
        counts
    }
}

/// Parameters that choose no records: pages, their size and order, fields and rendering.
const NO_FILTERS: [&str; 10] =
    ["page", "page_size", "o", "field", "format", "offset", "limit", "cursor", "$skip", "$skiptoken"];

impl Query {
    pub(crate) fn of(url: &str) -> Self {
        let (address, parameters) = url.split_once('?').unwrap_or((url, ""));
        let is_filter = |name: &str| !NO_FILTERS.contains(&name);
        let filters = form_urlencoded::parse(parameters.as_bytes())
            .filter(|(name, _)| is_filter(name))
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Self { path: after_host(address).to_owned(), filters }
    }

    /// Whether all records of this query are among those of another.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.path == other.path && other.filters.is_subset(&self.filters)
    }
}

/// The lists that lie beside records: their paths' ends, and what they list.
const OTHER_LISTS: [(&str, &str); 6] = [
    ("/marketplace-component-usages/", "component usages, the parents of records"),
    ("/invoices/", "invoices"),
    ("/invoice-items/", "invoice items"),
    ("/customers/", "customers"),
    ("/projects/", "projects"),
    ("/marketplace-offering-users/", "offering users"),
];

/// No index of a dump is longer.
const INDEX_BYTES_MAX: u64 = 256 << 20;

/// The queries that lie within no other.
fn widest<'q>(queries: impl Iterator<Item = &'q Query>) -> Vec<&'q Query> {
    let mut queries: Vec<&Query> = queries.collect();
    queries.sort_by_key(|query| query.filters.len());
    let mut widest: Vec<&Query> = Vec::new();
    for query in queries {
        if !widest.iter().any(|wider| query.is_within(wider)) {
            widest.push(query);
        }
    }
    widest
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

    fn index(pages: &[(&str, u64)]) -> Index {
        let page = |(url, count): &(&str, u64)| IndexPage {
            url: (*url).to_owned(),
            count: *count,
            file: None,
            time: None,
        };
        Index { pages: pages.iter().map(page).collect(), pull: None }
    }

    #[test]
    fn pages_of_one_query_are_counted_once() {
        let index = index(&[
            ("http://a/api/x/?month=8&year=2026&page_size=100", 150),
            ("http://b:81/api/x/?year=2026&page=2&month=8&page_size=100", 151),
            ("http://a/api/x/?month=9&year=2026", 7),
        ]);
        assert_eq!(index.claim(), Claim::Counted(158));
        assert_eq!(
            index.queries(),
            [Query::of("/api/x/?month=8&year=2026"), Query::of("/api/x/?month=9&year=2026")]
        );
    }

    #[test]
    fn one_query_is_spelled_in_several_ways() {
        let query = Query::of("/api/x/?customer_name=A%20B&o=usage&format=json");
        assert_eq!(query, Query::of("https://portal.example/api/x/?customer%5Fname=A+B&&page=2"));
        assert_ne!(query, Query::of("/api/x/?customer_name=A%2BB"));
    }

    #[test]
    fn a_slice_of_a_query_adds_nothing_to_its_count() {
        let index = index(&[
            ("http://a/api/x/?month=8&type=cpu", 3),
            ("http://a/api/x/?month=8", 5),
            ("http://a/api/x/?month=8&type=cpu&customer_uuid=c", 2),
            ("http://a/api/x/?month=9&type=cpu", 7),
        ]);
        assert_eq!(index.claim(), Claim::Counted(12));
    }

    #[test]
    fn pages_of_other_lists_are_told_by_their_paths() {
        let other = |url: &str| index(&[(url, 3)]).other_list();
        for (end, what) in OTHER_LISTS {
            assert_eq!(other(&format!("http://a/api{end}?page=1")), Some(what));
        }
        assert_eq!(other("http://a/api/marketplace-component-user-usages/?page=1"), None);
        assert_eq!(
            index(&[("http://a/api/invoices/?page=1", 3), ("http://a/api/customers/", 3)]).other_list(),
            None
        );
    }

    #[test]
    fn an_index_says_how_much_of_the_portal_its_token_shows() {
        for (text, seen_as) in [("all", SeenAs::All), ("part", SeenAs::Part)] {
            let text = format!(
                r#"{{"request":{{"url":"http://a/api/x/","periods":[],"filters":[]}},"seen_as":"{text}","X-Result-Count":5,"verdict":null,"pages":[]}}"#
            );
            assert_eq!(Index::parse(text.as_bytes()).unwrap().seen_as(), Some(seen_as));
        }
    }

    #[test]
    fn a_pull_claims_what_its_verdict_says() {
        let pulled = |verdict: &str| {
            let text = format!(
                r#"{{"request":{{"url":"http://a/api/x/","periods":[],"filters":[]}},"X-Result-Count":5,"verdict":{verdict},"pages":[]}}"#
            );
            Index::parse(text.as_bytes()).unwrap()
        };
        assert_eq!(pulled("null").claim(), Claim::Unfinished(5));
        assert_eq!(pulled("null").seen_as(), None, "an older index");
        let whole = r#"{"verdict":"whole_at_start","records":6,"missing":0,"reason":null}"#;
        assert_eq!(pulled(whole).claim(), Claim::Proved(6));
        let incomplete = r#"{"verdict":"incomplete","records":4,"missing":1,"reason":"why"}"#;
        assert_eq!(pulled(incomplete).claim(), Claim::Lacking { missing: 1, reason: "why" });
    }
}
