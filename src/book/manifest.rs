//! What a book says of itself: one document for each generation, from which everything else is found.
//!
//! Facts only; no file is touched here. docs/reference/book-format.md describes the fields.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::close::telling;
use super::issue::Issue;
use super::log::Link;
use super::money::{ClosedAttributes, ClosedMoney};
use super::version::DeliveryId;
use crate::error::{Error, Result};
use crate::ingest::SeenAs;
use crate::notice::Acknowledgement;
use crate::period::BillingPeriod;
use crate::price::Adjustment;
use crate::quantity::Quantity;
use crate::report::Accounting;

/// The version of the format that is written. Version 1 is read as well; the next commit upgrades it.
pub(crate) const FORMAT_VERSION: u64 = 2;

/// What `book.json` says under `format`.
pub(crate) const FORMAT: &str = "usagebook book";

/// `book.json`: what makes a folder a book, and which generation is current. Each commit replaces it as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Root {
    /// Always [`FORMAT`].
    pub format: String,
    pub version: u64,
    /// The zone in which days and missing billing periods are read.
    pub timezone: String,
    /// The number of the current generation; 0 before the first commit.
    pub generation: u64,
    /// The SHA-256 of the current generation's manifest; `None` before the first commit.
    pub manifest: Option<String>,
    /// The digest of the last closing; `None` if there is none, or only ones of programs that knew no chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The digest of what was issued last; `None` if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
}

/// `book.json` of format version 1, in which the link `months` named the current generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marker {
    pub format: String,
    pub version: u64,
    pub timezone: String,
}

/// All that a book holds, as of one commit.
///
/// A field that is added within a format version needs a `#[serde(default)]`, or books of an earlier program cannot be
/// read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// Of the format.
    pub version: u64,
    pub generation: u64,
    /// The zone in which days and missing billing periods are read.
    pub timezone: String,
    /// By time, then id.
    pub deliveries: Vec<Delivery>,
    /// Deliveries that no longer count, in the order in which they were retracted.
    #[serde(default)]
    pub retractions: Vec<Retraction>,
    pub months: BTreeMap<BillingPeriod, Month>,
    /// The digest of the last closing, as in `book.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// Signatures by the digests of closings.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signatures: BTreeMap<String, String>,
    /// Bills and notes, in the order in which they were issued.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Issue>,
    /// The digest of what was issued last, as in `book.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// The entries of all months' logs in the order in which they were made; those of earlier programs have no link.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<Link>,
}

impl Manifest {
    /// What a book holds before its first commit.
    pub(crate) fn new(timezone: &str) -> Self {
        Self {
            version: FORMAT_VERSION,
            generation: 0,
            timezone: timezone.to_owned(),
            deliveries: Vec::new(),
            retractions: Vec::new(),
            months: BTreeMap::new(),
            head: None,
            signatures: BTreeMap::new(),
            issues: Vec::new(),
            issued: None,
            log: Vec::new(),
        }
    }

    /// Its bytes as they are stored.
    pub(crate) fn text(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest is text and numbers")
    }

    /// The delivery of an id, or of the digits that an id begins with.
    pub(crate) fn delivery(&self, id: &str) -> Result<&Delivery> {
        let mut found = self.deliveries.iter().filter(|delivery| delivery.id.0.starts_with(id));
        match (found.next(), found.next()) {
            (Some(delivery), None) => Ok(delivery),
            _ => Err(Error::NoSuchDelivery { id: id.to_owned() }),
        }
    }

    /// The index of a delivery among all, in time.
    pub(crate) fn place(&self, id: &DeliveryId) -> Option<usize> {
        self.deliveries.iter().position(|delivery| delivery.id == *id)
    }

    /// The same of a delivery that counts; `None` if it is retracted.
    pub(crate) fn rank(&self, id: &DeliveryId) -> Option<usize> {
        self.place(id).filter(|_| self.retraction(id).is_none())
    }

    pub(crate) fn retraction(&self, id: &DeliveryId) -> Option<&Retraction> {
        self.retractions.iter().find(|retraction| retraction.delivery == *id)
    }

    /// The deliveries that count, in time.
    pub(crate) fn counting(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.deliveries.iter().filter(|delivery| self.retraction(&delivery.id).is_none())
    }

    /// The latest delivery of a month.
    pub(crate) fn latest_of(&self, period: BillingPeriod) -> Option<&Delivery> {
        let month = self.months.get(&period)?;
        let has_part = |delivery: &&Delivery| month.slices.iter().any(|slice| slice.delivery == delivery.id);
        self.counting().rev().find(has_part)
    }

    /// What is known of a month's completeness by some of its parts in time.
    pub(crate) fn completeness(&self, slices: &[&Slice]) -> Completeness {
        let slice = telling(slices);
        let delivery =
            slice.and_then(|slice| self.place(&slice.delivery)).map(|place| &self.deliveries[place]);
        Completeness {
            evidence: slice.map_or(Evidence::Unproved, |slice| slice.evidence),
            seen_as: delivery.and_then(|delivery| delivery.seen_as),
        }
    }

    /// A month's parts that count, in time.
    pub(crate) fn slices_of<'m>(&self, month: &'m Month) -> Vec<&'m Slice> {
        let ranked = month.slices.iter().filter_map(|slice| Some((self.rank(&slice.delivery)?, slice)));
        let mut slices: Vec<(usize, &Slice)> = ranked.collect();
        slices.sort_by_key(|(rank, _)| *rank);
        slices.into_iter().map(|(_, slice)| slice).collect()
    }
}

/// A delivery that was taken back. What it showed stays in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retraction {
    /// The delivery that no longer counts.
    pub delivery: DeliveryId,
    /// When it was taken back, by the machine's clock.
    pub time: DateTime<Utc>,
    /// Why, in the user's own words; never empty.
    pub reason: String,
}

/// One taking-in of inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// What the book calls it.
    pub id: DeliveryId,
    /// When the server said so.
    pub time: DateTime<Utc>,
    /// Who says so.
    pub time_source: TimeSource,
    /// The user's own word for it, for people alone.
    pub label: Option<String>,
    /// The files that it was read from.
    pub inputs: Vec<Input>,
    /// What became of the records that they hold.
    pub accounting: Accounting,
    /// How much of the portal the token of the inputs shows; `None` if they do not tell.
    #[serde(default)]
    pub seen_as: Option<SeenAs>,
    /// The list of parents that came with it, for the tie-out.
    pub parents: Vec<ParentsInput>,
}

/// Who says when the server said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeSource {
    /// `--pulled-at`.
    PulledAt,
    /// The index of the pages.
    Index,
    /// The time at which it was taken in.
    Clock,
}

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// As it was given.
    pub path: String,
    /// Its size as it was read, packed or not.
    pub bytes: u64,
    /// 64 hex digits, over the bytes as they were read.
    pub sha256: String,
    /// How many records it has, those that were rejected or replaced included.
    pub records: u64,
}

/// A file of component usages, kept as it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParentsInput {
    /// As it was given.
    pub path: String,
    pub(crate) file: StoredFile,
}

/// A file of the book: named by its content, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFile {
    /// 64 hex digits; the file is called so.
    pub sha256: String,
    /// The ending of its name.
    pub kind: FileKind,
    pub(crate) bytes: u64,
    /// The CRC-32 of each block of 256 KiB, so that a part can be proved.
    pub blocks: Vec<u32>,
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileKind {
    /// Records of one month, in 21 columns.
    Parquet,
    /// Which rows a delivery showed.
    Shown,
    /// Uuids of 16 bytes each, in order.
    Parents,
    /// Any other file, packed with zstd as it came.
    Zst,
}

impl FileKind {
    pub(crate) const ALL: [Self; 4] = [Self::Parquet, Self::Shown, Self::Parents, Self::Zst];

    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Shown => "shown",
            Self::Parents => "parents",
            Self::Zst => "zst",
        }
    }
}

/// One month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Month {
    /// What the month is by all deliveries.
    pub now: State,
    /// In the order in which they were taken in, which later ones refer to.
    pub slices: Vec<Slice>,
    /// v1, v2 and so on.
    pub closings: Vec<Closing>,
    /// How many records differ between the latest closing and now.
    pub late_changes: u64,
    /// How many component usages differ between the latest closing and now; 0 if it was closed without component usages.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub component_usages_changed: u64,
    /// Who answers for which warnings, in the order in which they did.
    #[serde(default)]
    pub acknowledgements: Vec<Acknowledgement>,
    /// What was decided after the price list, in the order in which it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    /// The uuids of all parents that the deliveries of `now` and of the latest closing showed in the month.
    pub(crate) parents: StoredFile,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// The records of a month, as some deliveries make them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// None if the month has no record.
    pub(crate) file: Option<StoredFile>,
    /// How many records it has.
    pub records: u64,
    /// One for each unit, by unit.
    pub totals: Vec<Total>,
    /// The latest delivery of the month; `None` if all are retracted.
    pub delivery: Option<DeliveryId>,
    /// The time of that delivery.
    pub time: Option<DateTime<Utc>>,
    /// Names that hold since an earlier delivery than the latest: the delivery, and the uuids that it named.
    pub named_before: BTreeMap<DeliveryId, Vec<String>>,
}

/// The usage of one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Total {
    /// Byte for byte as the records have it.
    pub measured_unit: String,
    /// The sum over the records of this unit.
    pub usage: Quantity,
    /// How many records have this unit.
    pub records: u64,
}

/// A delivery's part in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slice {
    /// The delivery that the part is of.
    pub delivery: DeliveryId,
    /// How many records of the month the delivery holds.
    pub records: u64,
    /// Whether somebody said that it holds every record of the month, or of some customers in it.
    pub is_complete: bool,
    /// The uuids of the customers that it is complete for; empty for all.
    #[serde(default)]
    pub customers: Vec<String>,
    /// The filter of the endpoint that narrowed all its pages, if one did.
    #[serde(default)]
    pub filtered_by: Option<String>,
    /// What the server's counts prove of its completeness.
    pub evidence: Evidence,
    /// What the evidence is, in words.
    pub reason: String,
    /// The records that the book did not know in this form; none if there is none.
    pub(crate) rows: Option<StoredFile>,
    pub(crate) row_count: u64,
    /// Which of the rows of earlier slices it showed again, and the input of each of its own rows.
    pub(crate) shown: StoredFile,
    /// What it did to the month when it was taken in.
    pub counts: Counts,
}

/// What a delivery did to the month when it was taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// Records that the month did not have.
    pub added: u64,
    /// Records that the month had in another form.
    pub changed: u64,
    /// Records that the month had as they are.
    pub unchanged: u64,
    /// Records that were there and are not in the complete delivery.
    pub retired: u64,
}

/// What is known of a delivery's completeness in a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The server's count equals the distinct records.
    Proved,
    /// Records are missing, or the pages were filtered by more than the month.
    Disproved,
    /// There is no index.
    Unproved,
}

impl Evidence {
    /// The word in machine-readable output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proved => "proved",
            Self::Disproved => "disproved",
            Self::Unproved => "unproved",
        }
    }
}

/// What is known of the completeness of a month, and for whose eyes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completeness {
    /// By the latest delivery that states it.
    pub evidence: Evidence,
    /// `None` if the inputs do not tell.
    pub seen_as: Option<SeenAs>,
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self.evidence {
            Evidence::Unproved => "not proved",
            Evidence::Disproved => "records are missing",
            Evidence::Proved => "proved",
        })?;
        match (self.evidence, self.seen_as) {
            (Evidence::Proved, Some(SeenAs::Part) | None) => f.write_str(" for what this token sees"),
            _ => Ok(()),
        }
    }
}

/// The word for how much of the portal a token shows.
pub fn seen_as_name(seen_as: Option<SeenAs>) -> &'static str {
    match seen_as {
        Some(SeenAs::All) => "all",
        Some(SeenAs::Part) => "part",
        None => "unknown",
    }
}

/// A version of a month that never changes again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// From 1.
    pub version: u32,
    /// Deliveries up to this time are in it.
    pub cut_off: DateTime<Utc>,
    /// The user's own words; empty for none.
    pub note: String,
    /// Those that are in it, in time.
    pub deliveries: Vec<DeliveryId>,
    /// The records of the version.
    pub state: State,
    /// SHA-256 over the canonical records.
    pub digest: String,
    /// What was known of the month's completeness when it was closed.
    pub evidence: Evidence,
    /// The codes of what was found in the month when it was closed.
    #[serde(alias = "findings")]
    pub warnings: Vec<String>,
    /// Who answered for them.
    #[serde(default)]
    pub acknowledgements: Vec<Acknowledgement>,
    /// The codes of what could not be looked for when it was closed.
    #[serde(default)]
    pub not_checked: Vec<String>,
    /// Who closed it; empty if nobody said.
    #[serde(default)]
    pub by_whom: String,
    /// When it was closed, by the machine's clock; versions of earlier programs do not say.
    #[serde(default)]
    pub time: Option<DateTime<Utc>>,
    /// The prices that it was closed with and all amounts; `None` if it was closed without prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<ClosedMoney>,
    /// The attributes that it was closed with; `None` if it was closed without any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<ClosedAttributes>,
    /// The digest of the closing before, in the whole book; `None` in closings of programs that knew no chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// The adjustments that are in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
}
