//! What a month's end begins with: a download or inputs, into the book, if they have anything that it lacks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{MonthQuestion, Steps, Surroundings, closed_with_money};
use crate::book::{AddRequest, AddedMonth, Book, Version};
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::files::hashing::Digest;
use crate::ingest::{self, Intake, ReadRequest, SeenAs};
use crate::notice::Notice;
use crate::objects::{ComponentUsageReading, ComponentUsages, read_component_usages};
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::report::{Basis, Status};
use crate::usecase::add::{Incoming, incoming};
use crate::usecase::check::figures_of;
use crate::usecase::prepare::{Preparation, Prepared};
use crate::usecase::question::{Layout, Seen};
use crate::usecase::report::Rejected;
use crate::usecase::watch::{Watch as _, reading};

/// What is taken into the book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arriving {
    /// The book has all.
    Nothing,
    /// Files, folders and patterns.
    Inputs {
        /// The records.
        inputs: Vec<String>,
        /// Component usages.
        parents: Vec<String>,
        /// Whether they have every record of the month.
        is_complete: bool,
    },
    /// What the portal has, into a new folder of this one. Folders with something new are kept.
    Download {
        /// It is made if it is not there.
        dumps: PathBuf,
    },
}

/// What came of a download.
#[derive(Clone, Debug)]
pub struct Download {
    /// Why it is not whole; `None` if it is.
    pub lacking: Option<String>,
    /// How much of the portal the token shows; `None` if the portal does not say.
    pub seen_as: Option<SeenAs>,
}

/// A month that a delivery changed besides the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherMonth {
    /// The month.
    pub period: BillingPeriod,
    /// How many of its records were added, changed or removed.
    pub records: u64,
    /// Whether it was closed before, so that the changes came late.
    pub is_closed: bool,
}

/// What was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// Neither a portal nor inputs are named.
    Nothing,
    /// The book had all of it.
    Known,
    /// The book has a new delivery.
    New {
        /// Records of the month that the book did not have.
        added: u64,
        /// Records of the month that were others before.
        changed: u64,
        /// Records of the month that are gone.
        retired: u64,
        /// What else the delivery changed.
        others: Vec<OtherMonth>,
    },
    /// The download lacks records, and was not taken in.
    Incomplete {
        /// Why.
        reason: String,
    },
}

/// What came of all that arrives.
pub(super) struct Taken {
    pub arrival: Arrival,
    /// What was noticed.
    pub notices: Vec<Notice>,
    /// The records that cannot be used, if something was read and they are kept.
    pub rejected: Option<Rejected>,
}

impl Taken {
    fn nothing(arrival: Arrival) -> Self {
        Self { arrival, notices: Vec::new(), rejected: None }
    }
}

/// Where component usages of a download are, in its folder.
const COMPONENT_USAGES: &str = "component-usages";

/// What is to be taken in.
struct Taking<'a> {
    inputs: Vec<String>,
    parents: Vec<String>,
    is_complete: bool,
    /// The folder of a download: it goes if it has nothing new.
    download: Option<&'a Path>,
}

impl MonthQuestion<'_> {
    /// Takes in what arrives.
    pub(super) fn take_in(&self, surroundings: &dyn Surroundings, watch: &Steps<'_>) -> Result<Taken> {
        match &self.arriving {
            Arriving::Nothing => Ok(Taken::nothing(Arrival::Nothing)),
            Arriving::Inputs { inputs, parents, is_complete } => {
                let (inputs, parents) = (inputs.clone(), parents.clone());
                let taking = Taking { inputs, parents, is_complete: *is_complete, download: None };
                self.take(taking, surroundings, watch)
            }
            Arriving::Download { dumps } => {
                let folder = self.dump_folder(dumps, surroundings)?;
                let Download { lacking, seen_as } = surroundings.download(&folder)?;
                if let Some(reason) = lacking {
                    return Ok(Taken::nothing(Arrival::Incomplete { reason }));
                }
                watch.check()?;
                let parents = folder.join(COMPONENT_USAGES);
                let taking = Taking {
                    inputs: vec![folder.display().to_string()],
                    parents: vec![parents.display().to_string()],
                    is_complete: seen_as != Some(SeenAs::Part),
                    download: Some(&folder),
                };
                self.take(taking, surroundings, watch)
            }
        }
    }

    /// A new folder for a download, or that of one that was stopped before the book had it.
    fn dump_folder(&self, dumps: &Path, surroundings: &dyn Surroundings) -> Result<PathBuf> {
        let unwritable = |source| Error::Unwritable { path: dumps.to_owned(), source };
        self.access.create_folder_all(dumps).map_err(unwritable)?;
        let start = format!("{}-", self.period);
        let unreadable = |source| Error::Unreadable { path: dumps.to_owned(), source };
        let mut last = 0;
        for entry in fs::read_dir(dumps).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(&start)?.parse::<u32>().ok());
            last = last.max(number.unwrap_or(0));
        }
        let folder = |number: u32| dumps.join(format!("{start}{number}"));
        let is_taken = match (last, self.is_new) {
            (0, _) => true,
            (_, true) => false,
            (last, false) => is_in(&surroundings.book()?, &folder(last))?,
        };
        Ok(if is_taken { folder(last + 1) } else { folder(last) })
    }

    fn take(&self, taking: Taking<'_>, surroundings: &dyn Surroundings, watch: &Steps<'_>) -> Result<Taken> {
        let mut writer = surroundings.writer()?;
        let mut request = ReadRequest::new(taking.inputs.iter().cloned());
        request.reading.timezone = writer.timezone();
        request.reading.keeps_raw = self.keeps_rejects;
        let place = self.to.join(self.rejects_name()).display().to_string();
        let Incoming { intake, rejected } =
            incoming(&request, self.keeps_rejects.then_some(place.as_str()), watch)?;
        let rejected = Some(rejected).filter(|_| self.keeps_rejects);
        self.check_priced(&intake, (&taking.parents, writer.timezone()), surroundings, watch)?;
        let mut complete = BTreeSet::new();
        complete.extend(taking.is_complete.then_some(self.period));
        let request = AddRequest {
            pulled_at: self.pulled_at,
            clock: self.clock,
            complete,
            retire_up_to: self.retire_up_to,
            parents: ingest::read_files(&taking.parents)?,
            ..AddRequest::default()
        };
        watch.check()?;
        let timezone = writer.timezone();
        let change = writer.prepare_add(&intake, &request)?;
        let is_unchanged = !change.outcome.is_new
            || taking.download.is_some()
                && change.outcome.months.iter().all(is_unchanged)
                && !self.is_new
                && self.has_same_usages(&surroundings.book()?, (&taking.parents, timezone), watch)?;
        if is_unchanged {
            drop(change);
            // It was made for this, and the book has all that is in it.
            if let Some(folder) = taking.download {
                let unwritable = |source| Error::Unwritable { path: folder.to_owned(), source };
                fs::remove_dir_all(folder).map_err(unwritable)?;
            }
            surroundings.written(&writer);
            return Ok(Taken { arrival: Arrival::Known, notices: intake.notices, rejected });
        }
        watch.check()?;
        let added = change.commit()?;
        surroundings.written(&writer);
        let (own, others): (Vec<_>, Vec<_>) =
            added.months.iter().partition(|month| month.period == self.period);
        let counts = own.first().map(|month| month.counts).unwrap_or_default();
        let others = others.into_iter().filter(|month| of_counts(month) > 0).map(|month| OtherMonth {
            period: month.period,
            records: of_counts(month),
            is_closed: month.state != Status::Open,
        });
        let arrival = Arrival::New {
            added: counts.added,
            changed: counts.changed,
            retired: counts.retired,
            others: others.collect(),
        };
        Ok(Taken { arrival, notices: [intake.notices, added.notices].concat(), rejected })
    }

    /// The file of the records that cannot be used.
    pub(super) fn rejects_name(&self) -> String {
        format!("rejects-{}.ndjson", self.period)
    }

    /// Rates what arrives, so that usage that lacks a price or a rate stops the run before the book has it. A month that
    /// was closed with prices has its own.
    fn check_priced(
        &self,
        intake: &Intake,
        (parents, timezone): (&[String], chrono_tz::Tz),
        surroundings: &dyn Surroundings,
        watch: &Steps<'_>,
    ) -> Result<()> {
        let Some(tariff) = self.tariff else { return Ok(()) };
        if !self.is_new && surroundings.book()?.month(self.period).is_ok_and(closed_with_money) {
            return Ok(());
        }
        let usages = match parents.is_empty() || self.basis == Some(Basis::Users) {
            true => None,
            false => {
                let asked = ComponentUsageReading { timezone, accepts_incomplete: true, keeps_fields: false };
                Some(reading(watch, |progress| read_component_usages(parents, asked, progress))?)
            }
        };
        let calendar = Calendar { as_of: self.clock.date_naive(), fiscal_year_start: self.fiscal_year_start };
        let period = Some(PeriodRange::month(self.period));
        let spec = Layout::by(vec![Dimension::Period]).spec(calendar, period);
        let asked = Preparation {
            tariff: Some(tariff),
            component_usages: usages.map(Arc::new),
            seen: Seen { calendar, timezone, period },
            ..Preparation::of(&spec)
        };
        match Prepared::new(figures_of(intake), &asked) {
            Err(
                error @ (Error::PriceMissing { .. }
                | Error::PriceForOtherUnit { .. }
                | Error::RateMissing { .. }),
            ) => Err(error),
            // What else is wrong may be right with all that the book has; the report finds it.
            _ => Ok(()),
        }
    }

    /// Whether the book has the month, proved as well as a download proves it, and these component usages of it.
    fn has_same_usages(
        &self,
        book: &Book,
        (parents, timezone): (&[String], chrono_tz::Tz),
        watch: &Steps<'_>,
    ) -> Result<bool> {
        let Ok(month) = book.month(self.period) else { return Ok(false) };
        if month.completeness(book).evidence != crate::book::Evidence::Proved {
            return Ok(false);
        }
        let known = book.component_usages(Some(&Version::Now), false, watch.progress())?.unwrap_or_default();
        let asked = ComponentUsageReading { timezone, accepts_incomplete: true, keeps_fields: false };
        let read = reading(watch, |progress| read_component_usages(parents, asked, progress))?;
        let has = |usages: &ComponentUsages, month: BillingPeriod| usages.has_month(month);
        Ok(has(&known, self.period) == has(&read, self.period) && known.differences(&read, self.period) == 0)
    }
}

fn is_unchanged(month: &AddedMonth) -> bool {
    of_counts(month) == 0
}

/// How many records of a month were added, changed or removed.
fn of_counts(month: &AddedMonth) -> u64 {
    month.counts.added + month.counts.changed + month.counts.retired
}

/// Whether a delivery of the book brought all pages of a folder.
fn is_in(book: &Book, folder: &Path) -> Result<bool> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Unreadable { path, source }
    };
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let is_page = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("page-"));
        if is_page && path.is_file() {
            let bytes = fs::read(&path).map_err(unreadable(&path))?;
            pages.extend(Digest::of(&bytes).sha256);
        }
    }
    let brought = |delivery: &crate::book::Delivery| {
        let known: BTreeSet<&str> = delivery.inputs.iter().map(|input| input.sha256.as_str()).collect();
        pages.iter().all(|page| known.contains(page.as_str()))
    };
    Ok(!pages.is_empty() && book.deliveries().iter().any(brought))
}
