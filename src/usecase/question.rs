//! What every question about records says, and the day, zone and months that it is seen from.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::prepare::{Accepted, Named, Rejecting};
use super::watch::{AsOfSource, Event, Watch, reading};
use crate::book::{Book, Version};
use crate::cluster::Cluster;
use crate::dimension::{Attribute, Dimension};
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::{self, OtherMonths, ReadRequest, Role, has_component_usages};
use crate::join::Attributes;
use crate::letterhead::Letterhead;
use crate::pack::PackSpec;
use crate::period::{AskedPeriod, BillingPeriod, Calendar, PeriodRange};
use crate::price::Tariff;
use crate::pseudonym::Pseudonyms;
use crate::report::{Basis, Comparison, ReportSpec};

/// Where records are, which of them count, and what is joined to them.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// The inputs or the book.
    pub source: Source<'q>,
    /// `None` for all months that there are.
    pub period: Option<AskedPeriod>,
    /// When the data is seen; the index of a dump or the latest delivery of a book says so if this does not.
    pub as_of: Option<AsOf>,
    /// The time now, which counts if nothing else says when the data is seen.
    pub clock: DateTime<Utc>,
    /// 1 to 12.
    pub fiscal_year_start: u32,
    /// Which records count; all without filters.
    pub filters: Filters,
    /// Hides usernames.
    pub pseudonyms: Option<&'q Pseudonyms>,
    /// Columns of the user's own that are joined to the records.
    pub attributes: Option<&'q Attributes>,
    /// The prices; `None` for usage alone.
    pub tariff: Option<&'q Tariff>,
    /// What figures are made of; left open, component usages if there are prices and component usages of every month.
    pub basis: Option<Basis>,
    /// Whether figures are to get prices later, so that they are made of what prices would be for.
    pub wants_prices: bool,
    /// Dumps of component usages; where there is none, those of the book, or those that are staged among the inputs.
    pub parents: Vec<String>,
    /// Where rejected records will be listed, as a notice names it; without it they are an error.
    pub rejects: Option<String>,
    /// The engine that reads the records of staged dumps or of a book where they are; `None` to do it here.
    pub cluster: Option<Cluster<'q>>,
}

/// Where records are.
#[derive(Clone, Debug)]
pub enum Source<'q> {
    /// Files, folders and patterns.
    Inputs(ReadRequest),
    /// A book, and the version of the months that are asked for.
    Book(&'q Book, Option<Version>),
}

/// What is kept of what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    Figures,
    /// The figures of the months that are needed; other months need not be read.
    FiguresOfMonths,
    /// With every field of single records.
    Records,
}

/// When the data is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// The day itself.
    Date(NaiveDate),
    /// A moment, whose day depends on the zone in which dates are read.
    Time(DateTime<Utc>),
}

/// The day, zone and months that a question turned out to mean.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The day that the data is seen on, and where fiscal years begin.
    pub calendar: Calendar,
    /// The zone in which dates are read.
    pub timezone: Tz,
    /// The months asked for; `None` for all.
    pub period: Option<PeriodRange>,
}

/// How usage is grouped and compared, whatever the day.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// In the order of the columns and of the rows.
    pub by: Vec<Dimension>,
    /// `None` for figures without earlier ones.
    pub comparison: Option<Earlier>,
    /// One column of usage for each stretch of time, instead of one row.
    pub is_pivoted: bool,
    /// Keeps that many rows for each stretch of time and unit, and sums the rest up as "Others".
    pub top: Option<usize>,
}

/// The earlier time that usage is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// The month before, for each month.
    PreviousMonth,
    /// The same month a year before, for each month.
    PreviousYear,
    /// As many months earlier as the period has, of those that are available on both sides.
    LikeForLike,
}

impl<'q> Question<'q> {
    /// A question about all records of a source, with nothing joined, seen from a time at the latest.
    pub fn new(source: Source<'q>, clock: DateTime<Utc>) -> Self {
        Self {
            source,
            period: None,
            as_of: None,
            clock,
            fiscal_year_start: 1,
            filters: Filters::default(),
            pseudonyms: None,
            attributes: None,
            tariff: None,
            basis: None,
            wants_prices: false,
            parents: Vec::new(),
            rejects: None,
            cluster: None,
        }
    }

    /// The dumps of component usages that are named, else the inputs in which such are staged.
    pub(super) fn parents_or_staged(&self) -> Vec<String> {
        match &self.source {
            Source::Inputs(request) if self.parents.is_empty() => {
                request.inputs.iter().filter(|input| has_component_usages(input)).cloned().collect()
            }
            _ => self.parents.clone(),
        }
    }

    /// The book that is asked.
    pub fn book(&self) -> Option<&'q Book> {
        match self.source {
            Source::Inputs(_) => None,
            Source::Book(book, _) => Some(book),
        }
    }

    /// Reads the months of a book that are wanted, or all inputs.
    pub(super) fn read(
        &self,
        detail: Detail,
        is_wanted: impl Fn(&Seen, BillingPeriod) -> bool,
        rejecting: Rejecting<'_>,
        watch: &dyn Watch,
    ) -> Result<(Accepted, Seen)> {
        if let (Some(attributes), Some(_)) = (self.attributes, self.pseudonyms) {
            attributes.check_pseudonymous()?;
        }
        match &self.source {
            Source::Inputs(request) => {
                let mut request = request.clone();
                request.reading.keeps_details |= detail == Detail::Records;
                let timezone = request.reading.timezone;
                let role = |time| {
                    let seen = self.seen(time, timezone);
                    move |month| seen.role(month, &is_wanted)
                };
                let other_months = match detail {
                    Detail::FiguresOfMonths => OtherMonths::LeaveClosed,
                    Detail::Figures | Detail::Records => OtherMonths::Read,
                };
                let intake = reading(watch, |progress| match &self.cluster {
                    None => ingest::read_for(&request, other_months, progress, role),
                    Some(cluster) => cluster.read(&request, &self.filters, progress, role),
                })?;
                watch.note(Event::Read(&intake.files));
                let time = intake.index_time;
                let accepted = Named::new(intake, self.pseudonyms).accepted(rejecting)?;
                let seen = self.seen(time, timezone);
                self.note_seen(&seen, time.map(|_| AsOfSource::Index), watch);
                Ok((accepted, seen))
            }
            Source::Book(book, version) => {
                let seen = self.seen_of_book(book, watch)?;
                let role = |month| seen.role(month, &is_wanted);
                let version = version.as_ref();
                let mut intake = match &self.cluster {
                    None => book.read_months(role, version, detail == Detail::Records)?,
                    Some(cluster) => reading(watch, |progress| {
                        cluster.read_book(book, version, &self.filters, progress, role)
                    })?,
                };
                book.acknowledge(&mut intake.notices);
                watch.note(Event::Read(&intake.files));
                Ok((Named::new(intake, self.pseudonyms).accepted(rejecting)?, seen))
            }
        }
    }

    /// What the question means to a book.
    pub(super) fn seen_of_book(&self, book: &Book, watch: &dyn Watch) -> Result<Seen> {
        let seen = self.seen(book.time(), book.timezone()?);
        let source = match book.time() > book.delivery_time() {
            true => AsOfSource::CutOff,
            false => AsOfSource::Delivery,
        };
        self.note_seen(&seen, book.time().map(|_| source), watch);
        Ok(seen)
    }

    /// What happens to rejected records.
    pub(super) fn rejecting(&self) -> Rejecting<'_> {
        self.rejects.as_deref().map_or(Rejecting::Refused, Rejecting::Listed)
    }

    /// What the question means if the source was last told how things are at a known time.
    pub(super) fn seen(&self, known: Option<DateTime<Utc>>, timezone: Tz) -> Seen {
        let time = known.unwrap_or(self.clock);
        let as_of = self.as_of.unwrap_or(AsOf::Time(time)).day(timezone);
        let calendar = Calendar { as_of, fiscal_year_start: self.fiscal_year_start };
        Seen { calendar, timezone, period: self.period.map(|period| period.seen(calendar)) }
    }

    pub(super) fn note_seen(&self, seen: &Seen, source: Option<AsOfSource>, watch: &dyn Watch) {
        if self.as_of.is_none() {
            let source = source.unwrap_or(AsOfSource::Clock);
            watch.note(Event::AsOf { day: seen.calendar.as_of, source });
        }
        if let (Some(AskedPeriod::LastMonth), Some(period)) = (self.period, seen.period) {
            watch.note(Event::LastMonth(period));
        }
    }
}

/// The columns of the user's own: those of the tables that are named, and those that months of a book were closed with.
pub fn own_columns(named: &Attributes, book: Option<&Book>) -> Vec<Attribute> {
    let mut all = named.list();
    for closed in book.map(Book::closed_columns).unwrap_or_default() {
        if !all.iter().any(|known| known.name() == closed.name()) {
            all.push(closed);
        }
    }
    all
}

impl Seen {
    fn role(&self, month: BillingPeriod, is_wanted: impl Fn(&Self, BillingPeriod) -> bool) -> Role {
        match self.period {
            _ if !is_wanted(self, month) => Role::Unused,
            Some(period) if !period.contains(month) => Role::Compared,
            _ => Role::Asked,
        }
    }
}

impl AsOf {
    /// How one is written.
    pub const EXPECTED: &'static str = "a date, as 2026-11-23, or a time, as 2026-11-23T10:00:00Z";

    /// The day in a zone.
    pub fn day(self, timezone: Tz) -> NaiveDate {
        match self {
            Self::Date(date) => date,
            Self::Time(time) => time.with_timezone(&timezone).date_naive(),
        }
    }
}

impl FromStr for AsOf {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let time = DateTime::parse_from_rfc3339(text).map(|time| Self::Time(time.to_utc()));
        time.or_else(|_| text.parse().map(Self::Date)).map_err(|_| Error::BadParameter {
            parameter: "as_of",
            value: text.to_owned(),
            expected: Self::EXPECTED.to_owned(),
        })
    }
}

impl Layout {
    /// Groups alone.
    pub fn by(by: Vec<Dimension>) -> Self {
        Self { by, ..Self::default() }
    }

    /// Whether a report of this layout contradicts itself, whatever the day.
    ///
    /// # Errors
    /// A comparison, pivot or grouping that does not go with the rest.
    pub fn check(&self, period: Option<AskedPeriod>) -> Result<()> {
        self.on_any_day(period).check()
    }

    /// The same of a pack.
    ///
    /// # Errors
    /// As of [`check`](Self::check).
    pub fn check_pack(&self, period: Option<AskedPeriod>) -> Result<()> {
        PackSpec {
            report: self.on_any_day(period),
            has_users: false,
            is_pseudonymous: false,
            letterhead: Letterhead::default(),
        }
        .check()
    }

    /// What to compute but for the months, which depend on the day; as many as they will be.
    pub fn on_any_day(&self, period: Option<AskedPeriod>) -> ReportSpec {
        let calendar = Calendar { as_of: NaiveDate::default(), fiscal_year_start: 1 };
        self.spec(calendar, period.map(|period| period.seen(calendar)))
    }

    /// What to compute, once it is known what is seen.
    pub fn spec(&self, calendar: Calendar, period: Option<PeriodRange>) -> ReportSpec {
        let comparison = |earlier| match earlier {
            Earlier::PreviousMonth => Comparison::PreviousMonth,
            Earlier::PreviousYear => Comparison::PreviousYear,
            Earlier::LikeForLike => {
                Comparison::LikeForLike { months: period.map_or(0, |period| period.months()) }
            }
        };
        ReportSpec {
            by: self.by.clone(),
            period,
            calendar,
            comparison: self.comparison.map(comparison),
            is_pivoted: self.is_pivoted,
            top: self.top,
        }
    }
}
