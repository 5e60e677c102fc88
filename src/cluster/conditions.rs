//! The period and the filters of a report as conditions on the records that count, never on older versions.

use chrono::NaiveDate;

use super::quote::{literal, uuid};
use super::text::{Kind, Statement};
use super::{Asked, instants};
use crate::error::{Error, Result};
use crate::filter::{Condition, Filters};
use crate::period::PeriodRange;
use crate::report::ReportSpec;

/// The records that are asked for.
pub(super) fn asked(asked: &Asked<'_>) -> Result<Statement> {
    let mut all: Vec<String> = months(asked.spec).into_iter().collect();
    if asked.filters.excludes_all() {
        all.push("1 = 0".to_owned());
    }
    for conditions in asked.filters.conditions() {
        let any = conditions.map(|one| condition(one, asked.timezone)).collect::<Result<Vec<_>>>()?;
        all.push(match any.as_slice() {
            [one] => one.clone(),
            any => format!("({})", any.join("\n    OR ")),
        });
    }
    let mut text = "-- The records of the period that pass the filters. A name that no uuid or several uuids have is an error of the \
                    report: here\n-- it lets nothing through, or the engine refuses it.\nSELECT * FROM kept"
        .to_owned();
    if !all.is_empty() {
        text = format!("{text}\nWHERE {}", all.join("\n  AND "));
    }
    Ok(Statement::new(Kind::View, "asked", text))
}

/// 1 where a username passes the filter of usernames, else 0.
pub(super) fn username_condition(filters: &Filters) -> Result<String> {
    let Some(parts) = filters.username_parts() else { return Ok("1".to_owned()) };
    let any = parts.into_iter().map(|part| condition(&Condition::Username(part.to_owned()), chrono_tz::UTC));
    Ok(format!("CASE WHEN {} THEN 1 ELSE 0 END", any.collect::<Result<Vec<_>>>()?.join(" OR ")))
}

/// The months of the period; none for all.
pub(super) fn months(spec: &ReportSpec) -> Option<String> {
    let within = |range: PeriodRange| {
        let (first, last) = (day(range.first().first_day()), day(range.last().first_day()));
        format!("billing_period BETWEEN {first} AND {last}")
    };
    spec.period.map(within)
}

fn condition(condition: &Condition, timezone: chrono_tz::Tz) -> Result<String> {
    let named = |kind: &str, name: &str| {
        format!("{kind}_uuid = (SELECT uuid FROM names WHERE kind = '{kind}' AND name = {})", literal(name))
    };
    Ok(match condition {
        Condition::Customer(of) => format!("customer_uuid = {}", uuid(*of)),
        Condition::Project(of) => format!("project_uuid = {}", uuid(*of)),
        Condition::Offering(of) => format!("offering_uuid = {}", uuid(*of)),
        Condition::Resource(of) => format!("resource_uuid = {}", uuid(*of)),
        Condition::ComponentType(text) => format!("component_type = {}", literal(text)),
        Condition::Username(part) if part.is_ascii() => {
            format!("POSITION({} IN LOWER(username)) > 0", literal(part))
        }
        // Engines have different ideas of their lower case.
        Condition::Username(_) => {
            return Err(Error::NotInStatements {
                what: "a filter of usernames by letters beyond a to z".to_owned(),
            });
        }
        Condition::DateAfter(day) => instants::from_day_on(*day, timezone),
        Condition::DateBefore(day) => instants::up_to_day(*day, timezone),
        Condition::Year(year) => format!("YEAR(billing_period) = {year}"),
        Condition::Month(month) => format!("MONTH(billing_period) = {month}"),
        Condition::BillingPeriod(date) => format!("billing_period = {}", day(*date)),
        Condition::CustomerName(name) => named("customer", name),
        Condition::ProjectName(name) => named("project", name),
        Condition::OfferingName(name) => named("offering", name),
        Condition::Nothing => "FALSE".to_owned(),
    })
}

fn day(day: NaiveDate) -> String {
    format!("DATE '{}'", day.format("%Y-%m-%d"))
}
