//! What an object around a list says of the list: how many there are in all, and which pages are next to this one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::json::Entries;
use super::shape;
use crate::ingest::dumps::index::Query;
use crate::ingest::notes::doing;
use crate::text::{counted, grouped, of_count};

/// `{"count": 300, "next": "…", "results": […]}`, or PowerShell's `{"value": […], "Count": 4}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Envelope {
    /// How many are in its list, rejected ones included.
    pub records: u64,
    count: Option<u64>,
    /// Whether `count` is that of its own list, as PowerShell writes it.
    is_own_count: bool,
    next: Option<String>,
    previous: Option<String>,
}

impl Envelope {
    /// `entries` are those of the object, with anything in the place of its list; `records` are in the list.
    pub(crate) fn new(entries: &Entries, list: &str, records: u64) -> Self {
        let get = |names: &[&str]| {
            let is_named = |name: &str| names.iter().any(|known| name.eq_ignore_ascii_case(known));
            entries.0.iter().find(|(name, _)| is_named(name)).map(|(_, value)| value.get())
        };
        let url = |names: &[&str]| serde_json::from_str::<String>(get(names)?).ok();
        let count = get(&["count", "total_count", "@odata.count"]);
        let next = url(&["next", "@odata.nextLink"]);
        Self {
            records,
            count: count.and_then(|count| count.trim_matches('"').parse().ok()),
            is_own_count: list == "value" && next.is_none(),
            next,
            previous: url(&["previous"]),
        }
    }

    /// What its pages are of, if it names one of its neighbours.
    fn query(&self) -> Option<Query> {
        self.next.as_deref().or(self.previous.as_deref()).map(Query::of)
    }
}

/// The name of another list of records in an object, of which one list is read.
pub(crate) fn second_list(entries: &Entries, list: &str) -> Option<String> {
    let mut is_first = true;
    for (name, value) in &entries.0 {
        // Its own value was taken out.
        if name == list && std::mem::take(&mut is_first) {
            continue;
        }
        let is_list = value.get().starts_with('[') && value.get() != "[]";
        if is_list && matches!(name.as_ref(), "results" | "value") {
            return Some(name.clone().into_owned());
        }
    }
    shape::path_to_records(entries, shape::is_record).map(|path| path.named().trim_matches('"').to_owned())
}

/// What is not there of the list that some envelopes are pages of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    Counted {
        count: u64,
        found: u64,
    },
    /// A neighbour that a page names.
    Page(String),
}

impl Shortfall {
    /// At least this many are missing.
    pub(crate) fn missing(&self) -> u64 {
        match self {
            Self::Counted { count, found } => count - found,
            Self::Page(_) => 1,
        }
    }

    pub(crate) fn text(&self, noun: &str) -> String {
        match self {
            Self::Counted { count, found } => format!(
                "{} missing: its pages give the count {}, and {} there.",
                counted(count - found, noun),
                grouped(*count),
                doing(*found, noun, ["is", "are"])
            ),
            Self::Page(url) => {
                let nouns = of_count(2, noun);
                format!("{nouns} missing: a page names another one that is not there, {url}.")
            }
        }
    }
}

/// The pages of one list.
#[derive(Default)]
struct Group<'e> {
    dumps: BTreeSet<usize>,
    count: Option<u64>,
    /// Records by the neighbours of a page: a page that was fetched twice has the same ones.
    pages: BTreeMap<(Option<&'e str>, Option<&'e str>), u64>,
}

impl Group<'_> {
    fn shortfall(&self) -> Option<Shortfall> {
        let found: u64 = self.pages.values().sum();
        if let Some(count) = self.count {
            return (found < count).then_some(Shortfall::Counted { count, found });
        }
        let is_there = |at: fn(&(Option<&str>, Option<&str>)) -> bool| self.pages.keys().any(at);
        let missing = if !is_there(|(next, _)| next.is_none()) {
            self.pages.keys().find_map(|(next, _)| *next)
        } else if !is_there(|(_, previous)| previous.is_none()) {
            self.pages.keys().find_map(|(_, previous)| *previous)
        } else {
            None
        };
        missing.map(|url| Shortfall::Page(url.to_owned()))
    }
}

/// What is missing from each dump, by the envelopes of all dumps: the pages of a list may be in several of them.
pub(crate) fn shortfalls(envelopes: &[(usize, Envelope)]) -> BTreeMap<usize, Shortfall> {
    let mut by_query: BTreeMap<Query, Group> = BTreeMap::new();
    // Those that name no neighbour: how many are there of each count.
    let mut by_count: BTreeMap<u64, (BTreeSet<usize>, u64)> = BTreeMap::new();
    let mut shortfalls: BTreeMap<usize, Shortfall> = BTreeMap::new();
    let mut note = |dumps: &BTreeSet<usize>, shortfall: Shortfall| {
        for dump in dumps {
            shortfalls.entry(*dump).or_insert_with(|| shortfall.clone());
        }
    };
    for (dump, envelope) in envelopes {
        let found = envelope.records;
        match (envelope.query(), envelope.count) {
            (Some(query), count) => {
                let group = by_query.entry(query).or_default();
                group.dumps.insert(*dump);
                group.count = group.count.max(count);
                let neighbours = (envelope.next.as_deref(), envelope.previous.as_deref());
                let records = group.pages.entry(neighbours).or_default();
                *records = found.max(*records);
            }
            (None, Some(count)) if envelope.is_own_count && found < count => {
                note(&BTreeSet::from([*dump]), Shortfall::Counted { count, found });
            }
            (None, Some(count)) if found < count => {
                let (dumps, sum) = by_count.entry(count).or_default();
                dumps.insert(*dump);
                *sum += found;
            }
            _ => {}
        }
    }
    for group in by_query.values() {
        if let Some(shortfall) = group.shortfall() {
            note(&group.dumps, shortfall);
        }
    }
    for (count, (dumps, found)) in &by_count {
        // Several lists may have the same count.
        let count = count * found.div_ceil(*count).max(1);
        if *found < count {
            note(dumps, Shortfall::Counted { count, found: *found });
        }
    }
    shortfalls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::json::parse_object;

    /// What is missing from dumps whose envelopes are given, one a line: the dump, the records, the rest of the object.
    fn missing(lines: &str) -> String {
        let envelope = |line: &str| {
            let mut words = line.trim().splitn(4, ' ');
            let mut word = || words.next().unwrap();
            let (dump, list) = (word().parse().unwrap(), word());
            let records = word().parse().unwrap();
            let text = format!("{{\"{list}\":0{}}}", word());
            (dump, Envelope::new(&parse_object(text.as_bytes()).unwrap(), list, records))
        };
        let envelopes: Vec<_> = lines.lines().filter(|line| !line.trim().is_empty()).map(envelope).collect();
        let shown = |(dump, shortfall): (usize, Shortfall)| format!("{dump}: {}", shortfall.missing());
        shortfalls(&envelopes).into_iter().map(shown).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_page_of_a_longer_list_lacks_the_other_pages() {
        assert_eq!(missing(r#"0 results 3 ,"count":3,"next":null,"previous":null"#), "");
        assert_eq!(missing(r#"0 results 3 ,"count":8,"next":"http://a/x/?page=2","previous":null"#), "0: 5");
        assert_eq!(missing(r#"0 results 3 ,"count":8"#), "0: 5");
        assert_eq!(missing(r#"0 results 3 ,"COUNT":"8""#), "0: 5");
        assert_eq!(missing(r#"0 value 3 ,"Count":4"#), "0: 1");
        assert_eq!(missing(r#"0 value 3 ,"@odata.count":4,"@odata.nextLink":"http://a/x/?$skip=3""#), "0: 1");
        assert_eq!(missing(r#"0 results 3 ,"next":"http://a/x/?page=2""#), "0: 1");
        assert_eq!(missing(r#"0 results 3 ,"next":null,"previous":"http://a/x/""#), "0: 1");
        assert_eq!(missing(r#"0 results 3 ,"results":0"#), "");
    }

    #[test]
    fn pages_that_are_all_there_lack_nothing_in_whatever_files_they_are() {
        let first = r#"results 3 ,"count":8,"next":"http://a/x/?page=2","previous":null"#;
        let second = r#"results 3 ,"count":8,"next":"http://a/x/?page=3","previous":"http://a/x/""#;
        let last = r#"results 2 ,"count":8,"next":null,"previous":"http://a/x/?page=2""#;
        assert_eq!(missing(&format!("0 {first}\n0 {second}\n0 {last}")), "");
        assert_eq!(missing(&format!("0 {first}\n1 {second}\n2 {last}")), "");
        assert_eq!(missing(&format!("0 {first}\n0 {last}")), "0: 3");
        assert_eq!(missing(&format!("0 {first}\n1 {first}\n1 {last}")), "0: 3, 1: 3", "one page twice");
        let other_month = r#"results 3 ,"count":8,"next":"http://a/x/?page=2&month=9","previous":null"#;
        assert_eq!(missing(&format!("0 {first}\n0 {second}\n0 {last}\n1 {other_month}")), "1: 5");
        let plain = r#"results 4 ,"count":8"#;
        assert_eq!(missing(&format!("0 {plain}\n0 {plain}")), "");
        assert_eq!(missing(&format!("0 {plain}\n0 {plain}\n0 {plain}")), "0: 4");
    }
}
