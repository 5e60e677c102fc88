//! Which state of a month the figures show.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

use crate::period::BillingPeriod;
use crate::text::counted;

/// The state of a month that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MonthState {
    /// The month.
    pub period: BillingPeriod,
    /// Which state of it the figures show.
    pub state: Status,
}

/// A state of a month in a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// What is known now of a month that was never closed.
    Open,
    /// What is known now of a month that was closed.
    Closed {
        /// The latest closed version, from 1.
        version: u32,
        /// Records that are not as in that version; `None` if they were not counted.
        late_changes: Option<u64>,
        /// Component usages that are not as in that version.
        component_usages_changed: u64,
    },
    /// The month as it was closed.
    Version {
        /// From 1.
        version: u32,
        /// Deliveries up to here are in it.
        cut_off: DateTime<Utc>,
        /// The version that was closed after it.
        replaced_by: Option<u32>,
    },
    /// The month as a delivery left it.
    Delivery {
        /// The first hex digits of the delivery's id.
        id: String,
        /// When the delivery's data was as it is, by its index or the time that was given.
        time: DateTime<Utc>,
    },
}

/// `OPEN`, `CLOSED v1, 14 late changes`, `CLOSED v1, cut-off 2026-11-02T08:00:00Z`, `as of delivery 3f2a1b0c9d8e of
/// 2026-11-02T08:00:00Z`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let text = |time: &DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        match self {
            Self::Open => f.write_str("OPEN"),
            Self::Closed { version, late_changes, component_usages_changed: usages } => {
                write!(f, "CLOSED v{version}")?;
                late_changes.map_or(Ok(()), |count| write!(f, ", {}", counted(count, "late change")))?;
                match usages {
                    0 => Ok(()),
                    _ => write!(f, ", {} changed", counted(*usages, "component usage")),
                }
            }
            Self::Version { version, cut_off, replaced_by } => {
                write!(f, "CLOSED v{version}, cut-off {}", text(cut_off))?;
                replaced_by.map_or(Ok(()), |version| write!(f, ", replaced by v{version}"))
            }
            Self::Delivery { id, time } => write!(f, "as of delivery {id} of {}", text(time)),
        }
    }
}

/// The text that people read.
impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_reads_as_a_phrase() {
        let time: DateTime<Utc> = "2026-11-02T08:00:00Z".parse().unwrap();
        let closed = |late_changes| Status::Closed { version: 1, late_changes, component_usages_changed: 0 };
        let with_usages = |component_usages_changed| Status::Closed {
            version: 1,
            late_changes: Some(0),
            component_usages_changed,
        };
        for (state, text) in [
            (Status::Open, "OPEN"),
            (closed(None), "CLOSED v1"),
            (closed(Some(1)), "CLOSED v1, 1 late change"),
            (closed(Some(1_414)), "CLOSED v1, 1,414 late changes"),
            (with_usages(1), "CLOSED v1, 0 late changes, 1 component usage changed"),
            (with_usages(1_414), "CLOSED v1, 0 late changes, 1,414 component usages changed"),
            (
                Status::Version { version: 1, cut_off: time, replaced_by: Some(2) },
                "CLOSED v1, cut-off 2026-11-02T08:00:00Z, replaced by v2",
            ),
            (Status::Delivery { id: "3f2a".to_owned(), time }, "as of delivery 3f2a of 2026-11-02T08:00:00Z"),
        ] {
            assert_eq!(state.to_string(), text);
        }
    }
}
