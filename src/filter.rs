//! Which records are asked for: one vocabulary of filters, named as the endpoint names them.

use chrono::{DateTime, Datelike, NaiveDate};
use polars::prelude::{BooleanChunked, NewChunkedArray};

use crate::error::{Error, Result};
use crate::ingest::{parse_uri_uuid, parse_uuid};
use crate::period::{BillingPeriod, PeriodRange};
use crate::usage::{Entity, UsageFrame, parent_column, record_column, uuid_text};

/// One filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Filter {
    CustomerUuid,
    ProjectUuid,
    OfferingUuid,
    ResourceUuid,
    Resource,
    Type,
    Username,
    DateAfter,
    DateBefore,
    BillingPeriodYear,
    BillingPeriodMonth,
    ComponentUsageBillingPeriod,
    Customer,
    Project,
    Offering,
}

impl Filter {
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

    /// Understands a value of this filter; none where it is empty, which filters nothing.
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
enum Condition {
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
}

/// Filters with their values: any value of each filter, all filters together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filters {
    given: Vec<(Filter, Vec<(String, Condition)>)>,
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

    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// The filters and their values as they were given, in the order of [`Filter::ALL`].
    pub fn described(&self) -> Vec<(&'static str, Vec<String>)> {
        let texts = |values: &[(String, Condition)]| values.iter().map(|(text, _)| text.clone()).collect();
        self.given.iter().map(|(filter, values)| (filter.name(), texts(values))).collect()
    }

    /// Turns names into uuids.
    ///
    /// # Errors
    /// A name that nothing in the frame has, or that several uuids share.
    pub fn resolve_names(&mut self, frame: &UsageFrame) -> Result<()> {
        for (_, condition) in self.given.iter_mut().flat_map(|(_, values)| values) {
            *condition = match &*condition {
                Condition::CustomerName(name) => {
                    Condition::Customer(uuid_named("customer", name, &frame.customers)?)
                }
                Condition::ProjectName(name) => {
                    Condition::Project(uuid_named("project", name, &frame.projects)?)
                }
                Condition::OfferingName(name) => {
                    Condition::Offering(uuid_named("offering", name, &frame.offerings)?)
                }
                _ => continue,
            };
        }
        Ok(())
    }

    /// The records that pass all filters and lie in one of the ranges of months; in any month where there is none.
    ///
    /// Dates are compared as calendar dates of `timezone`. Names must be [resolved](Self::resolve_names).
    pub fn apply(
        &self,
        mut frame: UsageFrame,
        months: &[PeriodRange],
        timezone: chrono_tz::Tz,
    ) -> Result<UsageFrame> {
        if self.is_empty() && months.is_empty() {
            return Ok(frame);
        }
        let passing_parents = self.passing_parents(&frame, months, timezone)?;
        let passing_usernames = self.passing_usernames(&frame);
        let parents = frame.records.column(record_column::PARENT)?.u32()?;
        let usernames = frame.records.column(record_column::USERNAME)?.u32()?;
        let passes =
            parents.into_no_null_iter().zip(usernames.into_no_null_iter()).map(|(parent, username)| {
                passing_parents[parent as usize]
                    && passing_usernames.as_ref().is_none_or(|passing| passing[username as usize])
            });
        let mask = BooleanChunked::from_iter_values("passes".into(), passes);
        frame.records = frame.records.filter(&mask)?;
        Ok(frame)
    }

    fn passing_parents(
        &self,
        frame: &UsageFrame,
        months: &[PeriodRange],
        timezone: chrono_tz::Tz,
    ) -> Result<Vec<bool>> {
        let number = |name| -> Result<Vec<u32>> {
            Ok(frame.parents.column(name)?.u32()?.into_no_null_iter().collect())
        };
        let customers = number(parent_column::CUSTOMER)?;
        let projects = number(parent_column::PROJECT)?;
        let offerings = number(parent_column::OFFERING)?;
        let resources = number(parent_column::RESOURCE)?;
        let types = number(parent_column::COMPONENT_TYPE)?;
        let periods = frame.parents.column(parent_column::BILLING_PERIOD)?.i32()?;
        let dates = frame.parents.column(parent_column::DATE)?.datetime()?.physical();
        let passes = |parent: usize| {
            let billing_period =
                BillingPeriod::from_number(periods.get(parent).expect("a parent has a period"));
            let date = || local_date(dates.get(parent), timezone);
            let matches = |condition: &Condition| match condition {
                Condition::Customer(uuid) => frame.customers[customers[parent] as usize].uuid == *uuid,
                Condition::Project(uuid) => frame.projects[projects[parent] as usize].uuid == *uuid,
                Condition::Offering(uuid) => frame.offerings[offerings[parent] as usize].uuid == *uuid,
                Condition::Resource(uuid) => frame.resources[resources[parent] as usize].uuid == *uuid,
                Condition::ComponentType(name) => *frame.component_types[types[parent] as usize] == **name,
                Condition::DateAfter(after) => date().is_some_and(|date| date >= *after),
                Condition::DateBefore(before) => date().is_some_and(|date| date <= *before),
                Condition::Year(year) => billing_period.year() == *year,
                Condition::Month(month) => billing_period.month() == *month,
                Condition::BillingPeriod(day) => billing_period.first_day() == *day,
                Condition::Username(_) => true,
                Condition::CustomerName(_) | Condition::ProjectName(_) | Condition::OfferingName(_) => {
                    unreachable!("names are resolved before filters are applied")
                }
            };
            (months.is_empty() || months.iter().any(|range| range.contains(billing_period)))
                && self.given.iter().all(|(_, values)| values.iter().any(|(_, condition)| matches(condition)))
        };
        Ok((0..frame.parents.height()).map(passes).collect())
    }

    /// None where no filter asks for usernames.
    fn passing_usernames(&self, frame: &UsageFrame) -> Option<Vec<bool>> {
        let (_, values) = self.given.iter().find(|(filter, _)| *filter == Filter::Username)?;
        let passes = |username: &str| {
            let username = username.to_lowercase();
            values.iter().any(|(_, condition)| match condition {
                Condition::Username(part) => username.contains(part.as_str()),
                _ => false,
            })
        };
        Some(frame.usernames.iter().map(|username| passes(username)).collect())
    }
}

fn local_date(micros: Option<i64>, timezone: chrono_tz::Tz) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp_micros(micros?)?.with_timezone(&timezone).date_naive())
}

fn uuid_named(kind: &'static str, name: &str, entities: &[Entity]) -> Result<u128> {
    let named: Vec<u128> =
        entities.iter().filter(|entity| *entity.name == *name).map(|entity| entity.uuid).collect();
    match named[..] {
        [uuid] => Ok(uuid),
        [] => Err(Error::UnknownName { kind, name: name.to_owned(), similar: similar_names(name, entities) }),
        _ => {
            let mut uuids: Vec<String> = named.into_iter().map(uuid_text).collect();
            uuids.sort();
            Err(Error::AmbiguousName { kind, name: name.to_owned(), uuids: uuids.join(", ") })
        }
    }
}

/// Up to three names that the given one may have been meant for: the same but for case, or one within the other.
fn similar_names(name: &str, entities: &[Entity]) -> Vec<String> {
    let wanted = name.to_lowercase();
    let is_similar = |other: &str| {
        let other = other.to_lowercase();
        !other.is_empty() && (other.contains(&wanted) || wanted.contains(&other))
    };
    let mut names: Vec<String> = entities
        .iter()
        .filter(|entity| is_similar(&entity.name))
        .map(|entity| entity.name.to_string())
        .collect();
    names.sort();
    names.dedup();
    names.truncate(3);
    names
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
