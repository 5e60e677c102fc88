//! Which records are asked for: one vocabulary of filters, named as the endpoint names them.

mod names;

use crate::error::{Error, Result};
use crate::period::{BillingPeriod, PeriodRange};
use crate::text::{parse_uri_uuid, parse_uuid};
use crate::usage::{Entity, UsageFrame};
use chrono::{DateTime, Datelike, NaiveDate};

/// One filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Filter {
    /// The customer's uuid.
    CustomerUuid,
    /// The project's uuid.
    ProjectUuid,
    /// The offering's uuid.
    OfferingUuid,
    /// The resource's uuid.
    ResourceUuid,
    /// The resource's uuid, as its URI; the endpoint has this one as well.
    Resource,
    /// The component type, byte for byte.
    Type,
    /// A part of the username, in whatever case.
    Username,
    /// The first day, in the zone of the question. Records without a date do not pass.
    DateAfter,
    /// The last day, in the zone of the question. Records without a date do not pass.
    DateBefore,
    /// The year of the billing period.
    BillingPeriodYear,
    /// The month of the billing period, 1 to 12.
    BillingPeriodMonth,
    /// The billing period, by its first day.
    ComponentUsageBillingPeriod,
    /// The customer's name, byte for byte.
    Customer,
    /// The project's name, byte for byte.
    Project,
    /// The offering's name, byte for byte.
    Offering,
}

impl Filter {
    /// In the order in which filters are listed.
    pub const ALL: [Self; 15] = [
        Self::CustomerUuid,
        Self::ProjectUuid,
        Self::OfferingUuid,
        Self::ResourceUuid,
        Self::Resource,
        Self::Type,
        Self::Username,
        Self::DateAfter,
        Self::DateBefore,
        Self::BillingPeriodYear,
        Self::BillingPeriodMonth,
        Self::ComponentUsageBillingPeriod,
        Self::Customer,
        Self::Project,
        Self::Offering,
    ];

    /// The parameter of the endpoint; the last three, which filter by name, are our own.
    pub fn name(self) -> &'static str {
        match self {
            Self::CustomerUuid => "customer_uuid",
            Self::ProjectUuid => "project_uuid",
            Self::OfferingUuid => "offering_uuid",
            Self::ResourceUuid => "resource_uuid",
            Self::Resource => "resource",
            Self::Type => "type",
            Self::Username => "username",
            Self::DateAfter => "date_after",
            Self::DateBefore => "date_before",
            Self::BillingPeriodYear => "billing_period_year",
            Self::BillingPeriodMonth => "billing_period_month",
            Self::ComponentUsageBillingPeriod => "component_usage__billing_period",
            Self::Customer => "customer",
            Self::Project => "project",
            Self::Offering => "offering",
        }
    }

    /// Understands a value of this filter; none if it is empty, which filters nothing.
    fn condition(self, text: &str) -> Result<Option<Condition>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let bad = |expected: &str| Error::BadParameter {
            parameter: self.name(),
            value: text.to_owned(),
            expected: expected.to_owned(),
        };
        let uuid = || {
            parse_uuid(text.trim().as_bytes())
                .ok_or_else(|| bad("a uuid, 32 hex digits with or without dashes"))
        };
        let date = || parse_date(text.trim()).ok_or_else(|| bad("a date, as 2026-10-31"));
        Ok(Some(match self {
            Self::CustomerUuid => Condition::Customer(uuid()?),
            Self::ProjectUuid => Condition::Project(uuid()?),
            Self::OfferingUuid => Condition::Offering(uuid()?),
            Self::ResourceUuid => Condition::Resource(uuid()?),
            Self::Resource => Condition::Resource(
                parse_uri_uuid(text.trim().as_bytes())
                    .ok_or_else(|| bad("the URL of a resource, which ends in its uuid"))?,
            ),
            Self::Type => Condition::ComponentType(text.trim().to_owned()),
            Self::Username => Condition::Username(text.trim().to_lowercase()),
            Self::DateAfter => Condition::DateAfter(date()?),
            Self::DateBefore => Condition::DateBefore(date()?),
            Self::BillingPeriodYear => Condition::Year(
                whole_number(text)
                    .filter(|year| (1..=9999).contains(year))
                    .ok_or_else(|| bad("a year, as 2026"))?,
            ),
            Self::BillingPeriodMonth => Condition::Month(
                whole_number(text)
                    .filter(|month| (1..=12).contains(month))
                    .ok_or_else(|| bad("the number of a month, 1 to 12"))? as u32,
            ),
            Self::ComponentUsageBillingPeriod => Condition::BillingPeriod(date()?),
            Self::Customer => Condition::CustomerName(text.to_owned()),
            Self::Project => Condition::ProjectName(text.to_owned()),
            Self::Offering => Condition::OfferingName(text.to_owned()),
        }))
    }
}

/// One value of one filter, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    Customer(u128),
    Project(u128),
    Offering(u128),
    Resource(u128),
    ComponentType(String),
    /// In lower case.
    Username(String),
    DateAfter(NaiveDate),
    DateBefore(NaiveDate),
    Year(i32),
    Month(u32),
    BillingPeriod(NaiveDate),
    CustomerName(String),
    ProjectName(String),
    OfferingName(String),
    /// A name that nothing has: no record passes it.
    Nothing,
}

/// Filters with their values: any value of each filter, all filters together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    given: Vec<(Filter, Vec<(String, Condition)>)>,
    excludes_all: bool,
}

impl Filters {
    /// Adds a value as a person or a URL gives it. An empty one filters nothing.
    pub fn add(&mut self, filter: Filter, text: &str) -> Result<()> {
        let Some(condition) = filter.condition(text)? else { return Ok(()) };
        let value = (text.to_owned(), condition);
        match self.given.binary_search_by_key(&filter, |(given, _)| *given) {
            Ok(at) => self.given[at].1.push(value),
            Err(at) => self.given.insert(at, (filter, vec![value])),
        }
        Ok(())
    }

    /// Whether every record passes.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && !self.excludes_all
    }

    /// The filters and their values as they were given, in the order of [`Filter::ALL`].
    pub fn described(&self) -> Vec<(&'static str, Vec<String>)> {
        let texts = |values: &[(String, Condition)]| values.iter().map(|(text, _)| text.clone()).collect();
        self.given.iter().map(|(filter, values)| (filter.name(), texts(values))).collect()
    }

    /// Whether records of a month may pass, as far as the filters of billing periods tell.
    pub fn takes_month(&self, period: BillingPeriod) -> bool {
        let matches = |condition: &Condition| match condition {
            Condition::Year(year) => period.year() == *year,
            Condition::Month(month) => period.month() == *month,
            Condition::BillingPeriod(day) => period.first_day() == *day,
            _ => true,
        };
        self.given.iter().all(|(_, values)| values.iter().any(|(_, condition)| matches(condition)))
    }

    /// The filters that were given, in the order of [`Filter::ALL`].
    pub fn given(&self) -> impl Iterator<Item = Filter> {
        self.given.iter().map(|(filter, _)| *filter)
    }

    /// The values of each filter that was given.
    pub(crate) fn conditions(&self) -> impl Iterator<Item = impl Iterator<Item = &Condition>> {
        self.given.iter().map(|(_, values)| values.iter().map(|(_, condition)| condition))
    }

    /// Whether no record passes, whatever it is.
    pub(crate) fn excludes_all(&self) -> bool {
        self.excludes_all
    }

    /// Whether usage of a month, customer, project and component would pass. What is not known passes no filter that
    /// asks for it.
    ///
    /// Names must be [resolved](Self::resolve_names).
    pub(crate) fn admits(&self, facts: &Facts<'_>) -> bool {
        let holds = |condition: &Condition| match condition {
            Condition::Customer(uuid) => facts.customer == Some(*uuid),
            Condition::Project(uuid) => facts.project == Some(*uuid),
            Condition::Offering(uuid) => facts.offering == Some(*uuid),
            Condition::Resource(uuid) => facts.resource == Some(*uuid),
            Condition::DateAfter(_) | Condition::DateBefore(_) => {
                facts.date.is_some_and(|date| condition.holds_on(date))
            }
            Condition::ComponentType(wanted) => facts.component_type == Some(wanted),
            condition => condition.holds_in(facts.period),
        };
        let any = |(_, values): &(Filter, Vec<(String, Condition)>)| {
            values.iter().any(|(_, condition)| holds(condition))
        };
        !self.excludes_all && self.given.iter().all(any)
    }

    /// Whether what belongs to a customer, and perhaps to a project, passes the filters of customers and projects.
    ///
    /// Names must be [resolved](Self::resolve_names).
    pub(crate) fn takes_owner(&self, customer: u128, project: Option<u128>) -> bool {
        let passes = |(filter, values): &(Filter, Vec<(String, Condition)>)| match filter {
            Filter::CustomerUuid | Filter::Customer => {
                values.iter().any(|(_, condition)| condition.names(customer))
            }
            Filter::ProjectUuid | Filter::Project => {
                project.is_some_and(|project| values.iter().any(|(_, condition)| condition.names(project)))
            }
            _ => true,
        };
        !self.excludes_all && self.given.iter().all(passes)
    }

    /// Whether any filter asks for more than customers, projects and months: for a part of what they used.
    pub(crate) fn asks_for_usage(&self) -> bool {
        let is_of_owner = |filter: &Filter| {
            matches!(
                filter,
                Filter::CustomerUuid
                    | Filter::Customer
                    | Filter::ProjectUuid
                    | Filter::Project
                    | Filter::BillingPeriodYear
                    | Filter::BillingPeriodMonth
                    | Filter::ComponentUsageBillingPeriod
            )
        };
        self.given.iter().any(|(filter, _)| !is_of_owner(filter))
    }

    pub(crate) fn asks_for_projects(&self) -> bool {
        self.given.iter().any(|(filter, _)| matches!(filter, Filter::ProjectUuid | Filter::Project))
    }

    /// Lets nothing through: a value was given that no record can have.
    pub fn exclude_all(&mut self) {
        self.excludes_all = true;
    }

    /// The records that pass all filters and lie in one of the ranges of months; in any month where there is none.
    ///
    /// Dates are compared as calendar dates of `timezone`. Names must be [resolved](Self::resolve_names).
    pub fn apply(
        &self,
        mut frame: UsageFrame,
        months: &[PeriodRange],
        timezone: chrono_tz::Tz,
    ) -> UsageFrame {
        if self.is_empty() && months.is_empty() {
            return frame;
        }
        let dates = if self.asks_for_dates() { local_dates(&frame, timezone) } else { Vec::new() };
        let sieve = self.sieve(&frame, &dates);
        let in_months =
            |period: BillingPeriod| months.is_empty() || months.iter().any(|range| range.contains(period));
        let parents = frame.parents.periods().enumerate();
        let passing_parents: Vec<bool> =
            parents.map(|(parent, period)| in_months(period) && sieve.passes_parent(parent)).collect();
        let passing_usernames = self.username_parts().map(|parts| passing_usernames(&frame, &parts));
        frame.records.filter(|parent, username| {
            passing_parents[parent as usize]
                && passing_usernames.as_ref().is_none_or(|passing| passing[username as usize])
        });
        frame.refresh_people();
        frame
    }

    /// Makes the filters ready for the parents of one frame, whose [`local_dates`] are given.
    ///
    /// Names must be [resolved](Self::resolve_names).
    pub fn sieve<'a>(&'a self, frame: &'a UsageFrame, dates: &'a [Option<NaiveDate>]) -> Sieve<'a> {
        let parents = &frame.parents;
        let mut tests = Vec::new();
        for (filter, values) in &self.given {
            let conditions = values.iter().map(|(_, condition)| condition);
            let by_uuid = |places: &'a [u32], entities: &[Entity]| Test::Place {
                places,
                passing: places_where(entities, |entity| {
                    conditions.clone().any(|condition| condition.names(entity.uuid))
                }),
            };
            tests.push(match filter {
                Filter::Username => continue,
                Filter::CustomerUuid | Filter::Customer => by_uuid(parents.customer(), &frame.customers),
                Filter::ProjectUuid | Filter::Project => by_uuid(parents.project(), &frame.projects),
                Filter::OfferingUuid | Filter::Offering => by_uuid(parents.offering(), &frame.offerings),
                Filter::ResourceUuid | Filter::Resource => by_uuid(parents.resource(), &frame.resources),
                Filter::Type => Test::Place {
                    places: parents.component_type(),
                    passing: places_where(&frame.component_types, |name| {
                        conditions.clone().any(|condition| {
                            matches!(condition, Condition::ComponentType(wanted) if **wanted == **name)
                        })
                    }),
                },
                Filter::DateAfter | Filter::DateBefore => {
                    Test::Date { dates, conditions: conditions.collect() }
                }
                Filter::BillingPeriodYear
                | Filter::BillingPeriodMonth
                | Filter::ComponentUsageBillingPeriod => {
                    Test::Period { periods: parents.billing_period(), conditions: conditions.collect() }
                }
            });
        }
        Sieve { tests, excludes_all: self.excludes_all }
    }

    /// What usernames must contain one of, in lower case; none if no filter asks for usernames.
    pub(crate) fn username_parts<'a>(&'a self) -> Option<Vec<&'a str>> {
        let (_, values) = self.given.iter().find(|(filter, _)| *filter == Filter::Username)?;
        let part = |value: &'a (String, Condition)| match &value.1 {
            Condition::Username(part) => Some(part.as_str()),
            _ => None,
        };
        Some(values.iter().filter_map(part).collect())
    }

    fn asks_for_dates(&self) -> bool {
        self.given.iter().any(|(filter, _)| matches!(filter, Filter::DateAfter | Filter::DateBefore))
    }
}

/// What is known of usage that no record of a user tells of: a budget's, a credit's, a component usage's.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub(crate) period: BillingPeriod,
    pub(crate) customer: Option<u128>,
    pub(crate) project: Option<u128>,
    pub(crate) offering: Option<u128>,
    pub(crate) resource: Option<u128>,
    pub(crate) component_type: Option<&'a str>,
    /// In the zone that the filters mean.
    pub date: Option<NaiveDate>,
}

/// Filters made ready for one frame: which of its parents pass.
#[derive(Debug)]
pub struct Sieve<'a> {
    /// A parent passes all of them.
    tests: Vec<Test<'a>>,
    excludes_all: bool,
}

/// One filter over a column of parents: any of its values.
#[derive(Debug)]
enum Test<'a> {
    /// The place that a parent points to is one of these.
    Place {
        places: &'a [u32],
        passing: Vec<u32>,
    },
    Period {
        periods: &'a [i32],
        conditions: Vec<&'a Condition>,
    },
    Date {
        dates: &'a [Option<NaiveDate>],
        conditions: Vec<&'a Condition>,
    },
}

impl Sieve<'_> {
    /// Whether the parent's records pass, as far as their usernames do.
    pub(crate) fn passes_parent(&self, parent: usize) -> bool {
        !self.excludes_all && self.tests.iter().all(|test| test.passes(parent))
    }
}

impl Test<'_> {
    fn passes(&self, parent: usize) -> bool {
        match self {
            Self::Place { places, passing } => passing.contains(&places[parent]),
            Self::Period { periods, conditions } => {
                let period = BillingPeriod::from_number(periods[parent]);
                conditions.iter().any(|condition| condition.holds_in(period))
            }
            Self::Date { dates, conditions } => {
                dates[parent].is_some_and(|date| conditions.iter().any(|condition| condition.holds_on(date)))
            }
        }
    }
}

impl Condition {
    fn names(&self, other: u128) -> bool {
        match self {
            Self::Customer(uuid) | Self::Project(uuid) | Self::Offering(uuid) | Self::Resource(uuid) => {
                *uuid == other
            }
            Self::CustomerName(_) | Self::ProjectName(_) | Self::OfferingName(_) => {
                unreachable!("names are resolved before filters are applied")
            }
            _ => false,
        }
    }

    fn holds_in(&self, period: BillingPeriod) -> bool {
        match self {
            Self::Year(year) => period.year() == *year,
            Self::Month(month) => period.month() == *month,
            Self::BillingPeriod(day) => period.first_day() == *day,
            _ => false,
        }
    }

    fn holds_on(&self, date: NaiveDate) -> bool {
        match self {
            Self::DateAfter(after) => date >= *after,
            Self::DateBefore(before) => date <= *before,
            _ => false,
        }
    }
}

/// The calendar date of each parent in a time zone.
pub fn local_dates(frame: &UsageFrame, timezone: chrono_tz::Tz) -> Vec<Option<NaiveDate>> {
    frame.parents.dates().map(|micros| local_date(micros, timezone)).collect()
}

fn passing_usernames(frame: &UsageFrame, parts: &[&str]) -> Vec<bool> {
    let passes = |username: &str| {
        let username = username.to_lowercase();
        parts.iter().any(|part| username.contains(part))
    };
    (0..).zip(&frame.usernames).map(|(place, username)| frame.is_user(place) && passes(username)).collect()
}

fn places_where<T>(values: &[T], passes: impl Fn(&T) -> bool) -> Vec<u32> {
    (0..).zip(values).filter(|(_, value)| passes(value)).map(|(place, _)| place).collect()
}

/// The calendar date of a time in a time zone.
pub(crate) fn local_date(micros: Option<i64>, timezone: chrono_tz::Tz) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_micros(micros?)?.with_timezone(&timezone).date_naive())
}

fn whole_number(text: &str) -> Option<i32> {
    text.trim().parse().ok()
}

/// `2026-10-31`, or `10/31/2026` as the endpoint also takes it.
fn parse_date(text: &str) -> Option<NaiveDate> {
    let formats = ["%Y-%m-%d", "%m/%d/%Y"];
    formats
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
        .filter(|date| date.year() > 0)
}
