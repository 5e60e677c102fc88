//! Months that are taken in, kept, closed and restated: a folder that never loses what it was given.
//!
//! The state of a month is a function of the set of its deliveries (`fold`); the files of a book are named by their
//! content and never change; a commit (`writer`) is one rename of `book.json` (`root`). docs/reference/book-format.md describes the folder.

mod acknowledge;
mod add;
mod backup;
mod canonical;
mod chain;
mod close;
mod collect;
mod component_usages;
mod decode;
mod described;
pub mod disk;
mod encode;
mod evidence;
mod files;
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
use rayon::prelude::*;

pub use self::add::{AddRequest, Added, AddedMonth};
pub use self::backup::BackedUp;
pub use self::close::{CloseRequest, Closed};
use self::decode::{has_record, read_figures, read_rows};
pub use self::described::time_text;
pub(crate) use self::described::{
    adjustments_after_closing, component_usages_changed, component_usages_note,
};
use self::disk::{Disk, RealDisk};
pub(crate) use self::files::MonthFile;
use self::fold::{Folded, fold};
use self::frames::{MonthFigures, Names, doubles};
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
use crate::fault::Faults;
use crate::ingest::{InputFile, Intake, Role, ServerCounts, imprecise_usage, shared, two_owners};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{Accounting, MonthState, Status};
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

    /// Reads months as files are read: the frame, what is to be said, and where it is from.
    ///
    /// No range for all months; [`Book::read_months`] takes those that are named. Without a version a closed month is read as it was closed last, another one as it is
    /// now. Details of single records are there where they are asked for.
    ///
    /// # Errors
    /// A version that a month has not; files of the book that are damaged or not there.
    pub fn read(
        &self,
        ranges: &[PeriodRange],
        version: Option<&Version>,
        keeps_details: bool,
    ) -> Result<Intake> {
        let is_asked = |period| ranges.is_empty() || ranges.iter().any(|range| range.contains(period));
        let role = |period| if is_asked(period) { Role::Asked } else { Role::Unused };
        self.read_months(role, version, keeps_details)
    }

    /// Reads those months that a question uses, as [`Book::read`] does. The version is that of the months that are asked
    /// for; of those that they are compared with, a closed version counts only if they have it.
    pub fn read_months(
        &self,
        role: impl Fn(BillingPeriod) -> Role,
        version: Option<&Version>,
        keeps_details: bool,
    ) -> Result<Intake> {
        let is_asked = |period| role(period) == Role::Asked;
        let wanted = self.months().filter(|(period, _)| role(*period) != Role::Unused);
        let chosen = wanted.map(|(period, month)| {
            let is_missing = |version: &&Version| match version {
                Version::Closed(number) => !is_asked(period) && self.closing(period, *number).is_err(),
                Version::Now | Version::Delivery(_) => false,
            };
            self.choose(period, month, version.filter(|version| !is_missing(version)))
        });
        let chosen: Vec<Chosen> = chosen.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        let has_folds = chosen.iter().any(|month| matches!(month.source, Source::Deliveries(_)));
        let mut frame = match keeps_details || has_folds {
            true => self.read_details(&chosen)?,
            false => self.read_sums(&chosen)?,
        };
        let is_closed = |period| chosen.iter().any(|month| month.period == period && month.is_closed);
        let mut notices: Vec<Notice> = chosen.iter().filter_map(|month| self.doubt(month)).collect();
        notices.extend(two_owners(&frame, &role, is_closed));
        notices.extend(shared(&frame, is_asked));
        notices.extend(imprecise_usage(doubles(&frame, is_asked)));
        let manifest = &self.generation.manifest;
        let is_told = |month: &&Chosen| !month.slices.is_empty();
        let months = chosen.iter().filter(is_told).map(|month| month.period.number());
        frame.empty_months = months.filter(|month| frame.months.binary_search(month).is_err()).collect();
        let is_unknown =
            |month: &&Chosen| manifest.completeness(&month.slices).evidence == Evidence::Unproved;
        let unknown: Vec<BillingPeriod> =
            chosen.iter().filter(is_unknown).map(|month| month.period).collect();
        let server_counts = match unknown.is_empty() {
            true => ServerCounts::Known,
            false => ServerCounts::UnknownIn(unknown),
        };
        let records = frame.records.len() as u64;
        Ok(Intake {
            frame,
            accounting: Accounting { read: records, kept: records, ..Accounting::default() },
            faults: Faults::default(),
            rejects: None,
            notices,
            server_counts,
            files: chosen.iter().filter_map(|month| self.input_file(month)).collect(),
            index_time: chosen.iter().filter_map(Chosen::time).max(),
            dumps: Vec::new(),
            record_files: Vec::new(),
            states: chosen.into_iter().map(|month| month.described).collect(),
        })
    }

    /// What is to be said of months that are known not to be complete.
    ///
    /// # Errors
    /// A version that a month does not have.
    pub(crate) fn doubts(&self, range: PeriodRange, version: Option<&Version>) -> Result<Vec<Notice>> {
        let wanted = self.months().filter(|(period, _)| range.contains(*period));
        let chosen = wanted.map(|(period, month)| self.choose(period, month, version));
        let chosen: Vec<Chosen> = chosen.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        Ok(chosen.iter().filter_map(|month| self.doubt(month)).collect())
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

    /// Which state of a month is read; none if no delivery of it is in the version.
    fn choose<'a>(
        &'a self,
        period: BillingPeriod,
        month: &'a Month,
        version: Option<&Version>,
    ) -> Result<Option<Chosen<'a>>> {
        let manifest = &self.generation.manifest;
        let (source, slices, state) = match (version, month.closings.last()) {
            (None, Some(closing)) => {
                (Source::State(&closing.state), closing.slices(month, self), closing.describe())
            }
            (None | Some(Version::Now), _) => {
                (Source::State(&month.now), manifest.slices_of(month), month.describe())
            }
            (Some(Version::Closed(number)), _) => {
                let closing = self.closing(period, *number)?;
                let next = month.closings.iter().find(|later| later.version == number + 1);
                let state = Status::Version {
                    version: closing.version,
                    cut_off: closing.cut_off,
                    replaced_by: next.map(|next| next.version),
                };
                (Source::State(&closing.state), closing.slices(month, self), state)
            }
            (Some(version @ Version::Delivery(id)), _) => {
                let delivery = self.delivery(id)?;
                let is_before = |slice: &&Slice| {
                    let is_counting =
                        self.retraction(&slice.delivery).is_none() || slice.delivery == delivery.id;
                    is_counting && self.place(&slice.delivery) <= self.place(&delivery.id)
                };
                let mut slices: Vec<&Slice> = month.slices.iter().filter(is_before).collect();
                if slices.is_empty() {
                    return Ok(None);
                }
                slices.sort_by_key(|slice| self.place(&slice.delivery));
                let state = Status::Delivery { id: delivery.id.to_string(), time: delivery.time };
                (Source::Deliveries(version.clone()), slices, state)
            }
        };
        let is_closed = match version {
            None => !month.closings.is_empty(),
            Some(version) => matches!(version, Version::Closed(_)),
        };
        Ok(Some(Chosen { period, month, source, slices, described: MonthState { period, state }, is_closed }))
    }

    fn read_sums(&self, chosen: &[Chosen]) -> Result<UsageFrame> {
        let figures = chosen.par_iter().filter_map(|month| {
            let Source::State(state) = month.source else { return None };
            let file = state.file.as_ref()?;
            let figures = read_figures(|| self.store.open(file));
            Some(figures.map(|figures| MonthFigures {
                period: month.period,
                figures,
                names: self.names(state),
            }))
        });
        Ok(frames::of_figures(figures.collect::<Result<Vec<_>>>()?))
    }

    fn read_details(&self, chosen: &[Chosen]) -> Result<UsageFrame> {
        let mut texts = Texts::default();
        let mut months = Vec::new();
        for month in chosen {
            let (rows, names) = match &month.source {
                Source::State(state) => match &state.file {
                    Some(file) => (read_rows(self.store.open(file)?, &mut texts)?, self.names(state)),
                    None => continue,
                },
                Source::Deliveries(version) => {
                    let history = History::read(&self.store, month.month, &mut texts)?;
                    let folded = self.fold(month.period, &history, version, &texts)?;
                    (folded.rows, folded.names)
                }
            };
            months.push((month.period, rows, names));
        }
        let months = months.iter().map(|(period, rows, names)| (*period, rows, names.clone()));
        Ok(frames::of_rows(months, &texts))
    }

    fn names(&self, state: &State) -> Names {
        let place = |id: &DeliveryId| self.place(id).unwrap_or_default();
        let rank = state.delivery.as_ref().map(place);
        let before = state.named_before.iter().flat_map(|(id, uuids)| {
            let parsed = uuids.iter().filter_map(|uuid| crate::text::parse_uuid(uuid.as_bytes()));
            parsed.map(move |uuid| (uuid, place(id)))
        });
        Names { rank, before: before.collect() }
    }

    /// What is to be said of a month that is known not to be complete; a note where somebody has accepted that.
    fn doubt(&self, month: &Chosen) -> Option<Notice> {
        let slice = close::telling(&month.slices).filter(|slice| slice.evidence == Evidence::Disproved)?;
        let text = format!("{}: {}", month.period, slice.reason);
        Some(match slice.is_complete || month.is_closed {
            true => Notice::note(Code::Incomplete, 1, text),
            false => Notice::warning(Code::Incomplete, 1, text),
        })
    }

    fn input_file(&self, month: &Chosen) -> Option<InputFile> {
        let Source::State(State { file: Some(file), records, .. }) = month.source else { return None };
        let path = self.store.path(file).display().to_string();
        let (bytes, sha256) = (file.bytes, Some(file.sha256.clone()));
        Some(InputFile { path, bytes, sha256, records: *records, identity: None })
    }
}

/// A month, and the state of it that is read.
struct Chosen<'a> {
    period: BillingPeriod,
    month: &'a Month,
    source: Source<'a>,
    /// The parts that the state was made of, in time.
    slices: Vec<&'a Slice>,
    described: MonthState,
    is_closed: bool,
}

enum Source<'a> {
    State(&'a State),
    /// By the deliveries of a version, from the history.
    Deliveries(Version),
}

impl Chosen<'_> {
    fn time(&self) -> Option<DateTime<Utc>> {
        match self.source {
            Source::State(state) => state.time,
            Source::Deliveries(_) => None,
        }
    }
}
