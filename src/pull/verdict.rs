//! How sure it is that a pull holds every record.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::text::{counted, grouped};

/// The end of a pull.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the folder holds every record.
    pub verdict: Wholeness,
    /// The time at which the server held what the pull holds: its start, by the server's clock.
    pub time: DateTime<Utc>,
    /// How many different records the folder holds.
    pub records: u64,
    /// How many of them, or of those that were there at that time, are known to have changed since.
    pub changed: u64,
    /// How many are known to be missing.
    pub missing: u64,
    /// What the server counted at the end; `None` if the pull stopped before it.
    #[serde(rename = "X-Result-Count")]
    pub count: Option<u64>,
    /// The slices that lack records.
    pub lacking: Vec<Lacking>,
    /// Why it is not whole.
    pub reason: Option<String>,
    /// What was seen under several owners, although it has one at a time: it was moved while the pull ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<String>,
}

/// How much of what the server held a folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wholeness {
    /// Every record that the server held, as it held it.
    Whole,
    /// Every record that the server held at the start, but for those that changed since.
    WholeAtStart,
    /// Records are missing, or nobody can tell.
    Incomplete,
}

/// A slice in which fewer records were found than counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lacking {
    /// Its filters, as in a URL.
    pub query: String,
    /// How many records the server counted.
    #[serde(rename = "X-Result-Count")]
    pub count: u64,
    /// Different ones.
    pub records: u64,
}

impl Verdict {
    /// Whether nothing that the server held at the start is missing.
    pub fn is_whole(&self) -> bool {
        self.verdict != Wholeness::Incomplete
    }

    /// Writes `whole: 4,500 records`, or what else there is to say of this many of what a noun names.
    pub(super) fn write(&self, f: &mut fmt::Formatter, noun: &str) -> fmt::Result {
        let records = counted(self.records, noun);
        match self.verdict {
            Wholeness::Whole => write!(f, "whole: {records}"),
            Wholeness::WholeAtStart => {
                let time = self.time.to_rfc3339_opts(SecondsFormat::Secs, true);
                write!(f, "whole at {time}: {records}, {} changed since", counted(self.changed, noun))
            }
            Wholeness::Incomplete => {
                let reason = self.reason.as_deref().unwrap_or("records are missing");
                write!(f, "incomplete: {records}, {} missing: {reason}", missing(self.missing))
            }
        }
    }
}

fn missing(count: u64) -> String {
    if count == 0 { "perhaps some".to_owned() } else { grouped(count) }
}
