//! Which state of each month is read, and what a reading of it is: the frame, what is to be said, and where it is from.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::decode::{read_figures, read_rows};
use super::frames::{self, MonthFigures, Names, doubles};
use super::history::History;
use super::manifest::{Evidence, Month, Slice, State};
use super::rows::Texts;
use super::version::{DeliveryId, Version};
use super::{Book, close};
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::ingest::{InputFile, Intake, Role, ServerCounts, imprecise_usage, shared, two_owners};
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{Accounting, MonthState, Status};
use crate::usage::UsageFrame;

/// A month, and the state of it that is read.
pub(super) struct Chosen<'a> {
    pub period: BillingPeriod,
    month: &'a Month,
    pub source: Source<'a>,
    /// The parts that the state was made of, in time.
    slices: Vec<&'a Slice>,
    described: MonthState,
    is_closed: bool,
}

pub(super) enum Source<'a> {
    State(&'a State),
    /// By the deliveries of a version, from the history.
    Deliveries(Version),
}

/// The months that a question reads, before any record is read.
pub(crate) struct ChosenMonths<'a> {
    book: &'a Book,
    chosen: Vec<Chosen<'a>>,
}

/// The file of a month, and how fresh its names are.
#[derive(Clone, Debug)]
pub(crate) struct MonthFile {
    pub period: BillingPeriod,
    pub path: PathBuf,
    pub records: u64,
    /// The rank of the delivery that gave the names.
    pub delivery: usize,
    /// Uuids that an earlier delivery named, with its rank.
    pub named_before: Vec<(u128, usize)>,
}

impl Book {
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
        let months = self.chosen_months(&role, version)?;
        let frame = months.frame(keeps_details)?;
        let mut notices = shared(&frame, is_asked);
        notices.extend(imprecise_usage(doubles(&frame, is_asked)));
        Ok(months.intake(frame, notices, role))
    }

    /// The months that a question reads, each in the state of a version.
    ///
    /// # Errors
    /// A version that a month does not have.
    pub(crate) fn chosen_months(
        &self,
        role: impl Fn(BillingPeriod) -> Role,
        version: Option<&Version>,
    ) -> Result<ChosenMonths<'_>> {
        let is_asked = |period| role(period) == Role::Asked;
        let wanted = self.months().filter(|(period, _)| role(*period) != Role::Unused);
        let chosen = wanted.map(|(period, month)| {
            let is_missing = |version: &&Version| match version {
                Version::Closed(number) => !is_asked(period) && self.closing(period, *number).is_err(),
                Version::Now | Version::Delivery(_) => false,
            };
            self.choose(period, month, version.filter(|version| !is_missing(version)))
        });
        let chosen = chosen.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
        Ok(ChosenMonths { book: self, chosen })
    }

    /// Whether a month was closed with prices or attributes of its own.
    pub(crate) fn has_frozen(&self) -> bool {
        let mut closings = self.months().flat_map(|(_, month)| &month.closings);
        closings.any(|closing| closing.money.is_some() || closing.attributes.is_some())
    }

    /// Whether a month was closed with prices.
    pub(crate) fn month_with_prices(
        &self,
        is_wanted: impl Fn(BillingPeriod) -> bool,
    ) -> Option<BillingPeriod> {
        let has_prices = |month: &Month| month.closings.iter().any(|closing| closing.money.is_some());
        let mut months = self.months().filter(|(period, month)| is_wanted(*period) && has_prices(month));
        months.next().map(|(period, _)| period)
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

    /// Which state of a month is read; none if no delivery of it is in the version.
    pub(super) fn choose<'a>(
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

impl ChosenMonths<'_> {
    /// The files that have the records, by month. A month without records has none.
    ///
    /// # Errors
    /// A version that is no file.
    pub(crate) fn files(&self) -> Result<Vec<MonthFile>> {
        let mut files = Vec::new();
        for Chosen { period, source, .. } in &self.chosen {
            let Source::State(state) = source else {
                return Err(Error::NotInStatements {
                    what: "the version of a delivery, which is no file; choose now or a closed version"
                        .to_owned(),
                });
            };
            let Some(file) = &state.file else { continue };
            let Names { rank, before } = self.book.names(state);
            let mut named_before: Vec<(u128, usize)> = before.into_iter().collect();
            named_before.sort_unstable();
            files.push(MonthFile {
                period: *period,
                path: self.book.store.path(file),
                records: state.records,
                delivery: rank.unwrap_or_default(),
                named_before,
            });
        }
        Ok(files)
    }

    /// What is read of the months if the records are these. The notices are those about shared names and digits.
    pub(crate) fn intake(
        self,
        mut frame: UsageFrame,
        shared: Vec<Notice>,
        role: impl Fn(BillingPeriod) -> Role,
    ) -> Intake {
        let Self { book, chosen } = self;
        let is_closed = |period| chosen.iter().any(|month| month.period == period && month.is_closed);
        let mut notices: Vec<Notice> = chosen.iter().filter_map(|month| book.doubt(month)).collect();
        notices.extend(two_owners(&frame, &role, is_closed));
        notices.extend(shared);
        let manifest = &book.generation.manifest;
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
        let records = frame.record_count();
        Intake {
            frame,
            accounting: Accounting { read: records, kept: records, ..Accounting::default() },
            faults: Faults::default(),
            rejects: None,
            notices,
            server_counts,
            files: chosen.iter().filter_map(|month| book.input_file(month)).collect(),
            index_time: chosen.iter().filter_map(Chosen::time).max(),
            dumps: Vec::new(),
            record_files: Vec::new(),
            states: chosen.into_iter().map(|month| month.described).collect(),
        }
    }

    fn frame(&self, keeps_details: bool) -> Result<UsageFrame> {
        let has_folds = self.chosen.iter().any(|month| matches!(month.source, Source::Deliveries(_)));
        match keeps_details || has_folds {
            true => self.book.read_details(&self.chosen),
            false => self.book.read_sums(&self.chosen),
        }
    }
}

impl Chosen<'_> {
    fn time(&self) -> Option<DateTime<Utc>> {
        match self.source {
            Source::State(state) => state.time,
            Source::Deliveries(_) => None,
        }
    }
}
