//! `index.json` as a pull writes it: what was asked for, each page with its URL and hash, and the verdict.

use std::collections::BTreeMap;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::verdict::{Lacking, Verdict};
use crate::ingest::{DAMAGED, SeenAs, seal};

/// Everything about a pull but the bytes of its pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PullIndex {
    pub request: AskedFor,
    /// When the first count was taken, by the server's clock.
    pub started: Option<DateTime<Utc>>,
    /// What the server counted then.
    #[serde(rename = "X-Result-Count")]
    pub count: Option<u64>,
    /// How much of the portal the token showed; `None` if the portal does not say.
    #[serde(default)]
    pub seen_as: Option<SeenAs>,
    /// None until the pull has ended.
    pub verdict: Option<Verdict>,
    /// The shares that were read to their ends, by name.
    pub slices: BTreeMap<String, ShareOutcome>,
    pub pages: Vec<PageEntry>,
}

/// What a pull was asked for; a resumed one must be asked for the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedFor {
    /// The list, without parameters.
    pub url: String,
    pub periods: Vec<String>,
    pub filters: Vec<(String, Vec<String>)>,
}

/// What came of reading a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShareOutcome {
    /// Its filters, as in a URL.
    pub query: String,
    /// When its reading began, by the server's clock.
    pub started: DateTime<Utc>,
    /// What the server counted then.
    #[serde(rename = "X-Result-Count")]
    pub count: u64,
    /// Different ones.
    pub records: u64,
    /// Those that were made before the pull began.
    pub records_before: u64,
    /// Those that were made or written since the pull began.
    pub records_written: u64,
    /// Whether it holds everything that the server counted, and that is proved.
    pub whole: bool,
    /// Whether the server changed it while it was read.
    pub moved: bool,
    /// Where it does not, the slices that lack records.
    pub lacking: Vec<Lacking>,
}

/// A page as it was fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageEntry {
    pub page: usize,
    pub url: String,
    pub status: u16,
    #[serde(rename = "X-Result-Count")]
    pub count: u64,
    pub rows: usize,
    pub file: String,
    pub sha256: String,
    /// When it came, by this machine's clock.
    pub time: DateTime<Utc>,
    /// When it left, by the server's clock.
    pub date: DateTime<Utc>,
    /// The name of the share that it was read for.
    pub slice: String,
}

impl PullIndex {
    pub(crate) fn new(request: AskedFor) -> Self {
        Self {
            request,
            started: None,
            count: None,
            seen_as: None,
            verdict: None,
            slices: BTreeMap::new(),
            pages: Vec::new(),
        }
    }

    /// The text, with each slice and page in a line of its own, and a checksum at the end.
    pub(crate) fn text(&self) -> io::Result<Vec<u8>> {
        let mut text = seal::START.as_bytes().to_vec();
        self.write(&mut text)?;
        seal::seal(&mut text);
        Ok(text)
    }

    /// Reads the text of one, with a checksum or from before there were any.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        match seal::is_intact(text) {
            true => serde_json::from_slice(text).map_err(|error| format!("no pull wrote it: {error}")),
            false => Err(DAMAGED.to_owned()),
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        writeln!(out, "\"request\":{},", serde_json::to_string(&self.request)?)?;
        writeln!(out, "\"started\":{},", serde_json::to_string(&self.started)?)?;
        writeln!(out, "\"X-Result-Count\":{},", serde_json::to_string(&self.count)?)?;
        if let Some(seen_as) = self.seen_as {
            writeln!(out, "\"seen_as\":{},", serde_json::to_string(&seen_as)?)?;
        }
        writeln!(out, "\"verdict\":{},", serde_json::to_string(&self.verdict)?)?;
        writeln!(out, "\"slices\":{{")?;
        for (at, (name, slice)) in self.slices.iter().enumerate() {
            let comma = if at + 1 < self.slices.len() { "," } else { "" };
            writeln!(out, "{}:{}{comma}", serde_json::to_string(name)?, serde_json::to_string(slice)?)?;
        }
        writeln!(out, "}},\n\"pages\":[")?;
        for (at, page) in self.pages.iter().enumerate() {
            let comma = if at + 1 < self.pages.len() { "," } else { "" };
            writeln!(out, "{}{comma}", serde_json::to_string(page)?)?;
        }
        write!(out, "]")
    }
}
