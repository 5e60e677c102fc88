//! Months that are taken in, kept, closed and restated: a folder that never loses what it was given.
//!
//! The state of a month is a function of the set of its deliveries (`fold`); the files of a book are named by their
//! content and never change; a commit (`writer`) is one rename of `book.json` (`root`). docs/reference/book-format.md describes the folder.

mod acknowledge;
mod add;
mod backup;
mod canonical;
mod chain;
mod chosen;
mod close;
mod collect;
mod component_usages;
mod decode;
mod described;
pub mod disk;
mod encode;
mod evidence;
mod fold;
mod frames;
mod history;
mod issue;
mod lock;
mod log;
mod manifest;
mod money;
mod repair;
mod replacement;
mod retract;
mod root;
mod rows;
mod store;
mod vanished;
mod verify;
mod version;
mod view;
mod writer;

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::add::{AddRequest, Added, AddedMonth};
pub use self::backup::BackedUp;
pub(crate) use self::chosen::MonthFile;
use self::chosen::Source;
pub use self::close::{CloseRequest, Closed};
use self::decode::has_record;
pub use self::described::time_text;
pub(crate) use self::described::{
    adjustments_after_closing, component_usages_changed, component_usages_note,
};
use self::disk::{Disk, RealDisk};
use self::fold::{Folded, fold};
use self::frames::Names;
use self::history::History;
pub use self::issue::{Issue, IssueRegister, IssueRequest, IssuedAmount, IssuedDocument, IssuedFile};
pub use self::manifest::{
    Closing, Completeness, Counts, Delivery, Evidence, Input, Month, ParentsInput, Retraction, Slice, State,
    TimeSource, Total, seen_as_name,
};
pub use self::money::{
    AttributesToKeep, ClosedAttributes, ClosedColumn, ClosedMoney, ClosedTotal, KeptFile, MoneyToKeep,
};
pub use self::repair::{Repaired, repair};
pub use self::retract::{Retracted, RetractedMonth};
use self::root::{BookState, Generation};
use self::rows::{Texts, forms};
use self::store::{Store, damaged};
pub use self::verify::{Damage, Foreign, Verification};
pub use self::version::{DeliveryId, Version};
pub use self::writer::{BookWriter, Change, LOCK_TIMEOUT, WriterOptions};
use crate::error::{Error, Result};
use crate::period::{BillingPeriod, PeriodRange};
use crate::usage::UsageFrame;

/// A book as of one commit: whatever is written meanwhile, this does not change.
#[derive(Clone, Debug)]
pub struct Book {
    store: Store,
    generation: Generation,
}

/// Where a record of a month came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The first delivery that showed the record as it is.
    pub delivery: &'a Delivery,
    /// The file of that delivery.
    pub input: &'a Input,
}

/// One form in which deliveries showed a record.
#[derive(Clone, Debug)]
pub struct RecordVersion {
    /// The month in which they showed it.
    pub period: BillingPeriod,
    /// All deliveries that showed it so, in time.
    pub deliveries: Vec<DeliveryId>,
    /// Whether the month's state now has it.
    pub is_current: bool,
    /// The record alone, as the first of them showed it.
    pub frame: UsageFrame,
}

impl Book {
    /// Opens a book for reading.
    ///
    /// # Errors
    /// A folder that is no book, a book of another format, damage.
    pub fn open(folder: &Path) -> Result<Self> {
        Self::open_on(folder, Arc::new(RealDisk::default()))
    }

    /// Opens a book on a disk of one's own.
    pub fn open_on(folder: &Path, disk: Arc<dyn Disk>) -> Result<Self> {
        let store = Store { folder: folder.to_owned(), disk };
        match store.generation()? {
            Some(generation) => Ok(Self { store, generation }),
            None => Err(Error::NotABook { path: folder.to_owned() }),
        }
    }

    /// Whether a folder has no book yet in which anything was committed, and a writer would make one of it.
    ///
    /// # Errors
    /// A folder that cannot be read, or whose book cannot be proved.
    pub fn is_new(folder: &Path) -> Result<bool> {
        let store = Store { folder: folder.to_owned(), disk: Arc::new(RealDisk::default()) };
        Ok(matches!(store.state()?, BookState::New | BookState::Empty { .. }))
    }

    /// Whether a folder is that of a book, whole or damaged.
    pub fn is_at(folder: &Path) -> bool {
        let store = Store { folder: folder.to_owned(), disk: Arc::new(RealDisk::default()) };
        let marker = folder.join(store::MARKER);
        let is_plain = std::fs::metadata(&marker).is_ok_and(|metadata| metadata.is_file());
        let names_format = || {
            let text = store.read_whole(&marker).unwrap_or_default();
            let value: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            value.get("format").and_then(serde_json::Value::as_str) == Some(manifest::FORMAT)
        };
        store.generations().is_dir() || is_plain && names_format()
    }

    /// The Parquet file of a month as it is now; `None` if the month has no record.
    ///
    /// # Errors
    /// A month that the book does not have.
    pub fn month_file(&self, period: BillingPeriod) -> Result<Option<std::path::PathBuf>> {
        Ok(self.month(period)?.now.file.as_ref().map(|file| self.store.path(file)))
    }

    /// The folder as it was opened.
    pub fn folder(&self) -> &Path {
        &self.store.folder
    }

    /// The zone in which days and missing billing periods are read.
    pub fn timezone(&self) -> Result<chrono_tz::Tz> {
        self.store.timezone(&self.generation.manifest)
    }

    /// The number of the commit.
    pub fn generation(&self) -> u64 {
        self.generation.manifest.generation
    }

    /// The folder of the current generation, which its content determines.
    pub fn generation_name(&self) -> &str {
        &self.generation.name
    }

    /// Everything that was committed to the book and never goes again, in words.
    pub fn committed(&self) -> BTreeSet<String> {
        self.generation.manifest.committed()
    }

    /// All months, in order.
    pub fn months(&self) -> impl Iterator<Item = (BillingPeriod, &Month)> {
        self.generation.manifest.months.iter().map(|(period, month)| (*period, month))
    }

    /// # Errors
    /// A month that the book does not have.
    pub fn month(&self, period: BillingPeriod) -> Result<&Month> {
        self.generation.manifest.months.get(&period).ok_or(Error::NoSuchMonth { period })
    }

    /// All deliveries, by time, then id.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.generation.manifest.deliveries
    }

    /// The delivery of an id, or of the digits that an id begins with.
    pub fn delivery(&self, id: &str) -> Result<&Delivery> {
        self.generation.manifest.delivery(id)
    }

    /// Why a delivery no longer counts; `None` if it does.
    pub fn retraction(&self, id: &DeliveryId) -> Option<&Retraction> {
        self.generation.manifest.retraction(id)
    }

    /// All retractions, in the order in which they were made.
    pub fn retractions(&self) -> &[Retraction] {
        &self.generation.manifest.retractions
    }

    /// When the book was told last how things are: its latest delivery that counts, or a later cut-off of a closed
    /// month, which stays as it was closed if a delivery is retracted.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.delivery_time().max(self.cut_off_time())
    }

    /// The day of that in the book's time zone: what its figures are known as of.
    ///
    /// # Errors
    /// A time zone that cannot be read.
    pub fn day(&self) -> Result<NaiveDate> {
        Ok(self.time().unwrap_or_default().with_timezone(&self.timezone()?).date_naive())
    }

    /// The time of the latest delivery that counts.
    pub fn delivery_time(&self) -> Option<DateTime<Utc>> {
        self.generation.manifest.counting().next_back().map(|delivery| delivery.time)
    }

    fn cut_off_time(&self) -> Option<DateTime<Utc>> {
        let months = self.generation.manifest.months.values();
        months.flat_map(|month| &month.closings).map(|closing| closing.cut_off).max()
    }

    /// A closed version of a month.
    pub fn closing(&self, period: BillingPeriod, version: u32) -> Result<&Closing> {
        let month = self.month(period)?;
        let closing = month.closings.iter().find(|closing| closing.version == version);
        closing.ok_or_else(|| Error::NoSuchVersion {
            period,
            version: format!("v{version}"),
            known: month.known_versions(),
        })
    }

    /// The months that have a record in a version.
    ///
    /// # Errors
    /// As of [`Book::read`].
    pub(crate) fn months_of(&self, uuid: u128, version: Option<&Version>) -> Result<Vec<PeriodRange>> {
        let mut months = Vec::new();
        for (period, month) in self.months() {
            let has_record = match self.choose(period, month, version)?.map(|chosen| chosen.source) {
                None | Some(Source::State(State { file: None, .. })) => false,
                Some(Source::State(State { file: Some(file), .. })) => {
                    has_record(self.store.open(file)?, uuid)?
                }
                // Its records are not in one file.
                Some(Source::Deliveries(_)) => true,
            };
            if has_record {
                months.push(PeriodRange::month(period));
            }
        }
        Ok(months)
    }

    /// All records of a month in a version, with their details.
    pub fn records(&self, period: BillingPeriod, version: &Version) -> Result<UsageFrame> {
        self.month(period)?;
        Ok(self.read(&[PeriodRange::month(period)], Some(version), true)?.frame)
    }

    /// Where each record of a month in a version came from, by the record's uuid.
    pub fn origins(&self, period: BillingPeriod, version: &Version) -> Result<HashMap<u128, Origin<'_>>> {
        let mut texts = Texts::default();
        let month = self.month(period)?;
        let history = History::read(&self.store, month, &mut texts)?;
        let folded = self.fold(period, &history, version, &texts)?;
        let origin = |row: u32| -> Result<Origin> {
            let (slice, input) = history.origin(row);
            let delivery = self.delivery(&slice.delivery.0)?;
            let path = self.store.path(&month.now_slice(&slice.delivery).shown);
            let input = delivery.inputs.get(input as usize);
            Ok(Origin {
                delivery,
                input: input.ok_or_else(|| damaged(&path, "it names an input that is none"))?,
            })
        };
        let records = folded.rows.records.iter().zip(folded.sources);
        records.map(|(record, row)| Ok((record.uuid, origin(row)?))).collect()
    }

    /// Every form in which a record was ever shown, by month and time.
    pub fn record_versions(&self, uuid: u128) -> Result<Vec<RecordVersion>> {
        let mut versions = Vec::new();
        for (period, month) in self.months() {
            let mut texts = Texts::default();
            let history = History::read(&self.store, month, &mut texts)?;
            let rows: Vec<u32> = (0..)
                .zip(&history.rows.records)
                .filter(|(_, record)| record.uuid == uuid)
                .map(|(row, _)| row)
                .collect();
            if rows.is_empty() {
                continue;
            }
            let folded = self.fold(period, &history, &Version::Now, &texts)?;
            let version = |rows: Vec<u32>| {
                let shown = |slice: &&history::SliceRows| slice.shown().any(|shown| rows.contains(&shown));
                let mut deliveries: Vec<DeliveryId> =
                    history.slices.iter().filter(shown).map(|slice| slice.delivery.clone()).collect();
                deliveries.sort_by_key(|id| self.place(id));
                let alone = history.rows.arranged(&rows[..1]);
                Ok(RecordVersion {
                    period,
                    deliveries,
                    is_current: rows.iter().any(|row| folded.sources.contains(row)),
                    frame: frames::of_rows([(period, &alone, Names::default())], &texts),
                })
            };
            let mut of_month =
                forms(rows, &history.rows, &texts).into_iter().map(version).collect::<Result<Vec<_>>>()?;
            of_month.sort_by_key(|version| version.deliveries.first().map(|id| self.place(id)));
            versions.append(&mut of_month);
        }
        Ok(versions)
    }

    /// The place of a delivery among all, in time.
    fn place(&self, id: &DeliveryId) -> Option<usize> {
        self.generation.manifest.place(id)
    }

    fn fold(
        &self,
        period: BillingPeriod,
        history: &History,
        version: &Version,
        texts: &Texts,
    ) -> Result<Folded> {
        let closing = match version {
            Version::Closed(number) => Some(self.closing(period, *number)?),
            _ => None,
        };
        let last = match version {
            Version::Delivery(id) => self.place(&self.delivery(id)?.id),
            _ => None,
        };
        let rank = |id: &DeliveryId| {
            // What was closed stays, whatever was retracted since.
            let is_in = match closing {
                Some(closing) => closing.deliveries.contains(id),
                None => self.retraction(id).is_none() || self.place(id) == last,
            };
            self.place(id).filter(|place| is_in && last.is_none_or(|last| *place <= last))
        };
        Ok(fold(history, rank, texts))
    }
}
