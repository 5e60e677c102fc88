//! `usagebook explain`: the records behind a figure, and where they came from.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, SecondsFormat};
use serde_json::{Value, json};
use usagebook::Book;
use usagebook::book::{DeliveryId, Origin, Version};
use usagebook::compare::{Explanation, Origins, Source};
use usagebook::error::Result;
use usagebook::filter::Filters;
use usagebook::period::{BillingPeriod, Calendar, PeriodRange};
use usagebook::report::MonthState;
use usagebook::statement::Caption;

use super::arguments::ExplainArguments;
use super::notices::say;
use super::progress::Watch;
use super::rows_output::Destination;
use super::{Status, inputs, list};

pub fn run(arguments: ExplainArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output)?;
    let filters = inputs::filters(&arguments.filters)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let period = PeriodRange::parse(&arguments.period, calendar(&book)?)?;
    let mut intake = book.read(&[period], arguments.version.as_ref(), true)?;
    let caption = caption(period, &intake.states, &filters);
    list::filter(&mut intake, filters, book.timezone()?)?;
    let origins = origins(&book, &intake.states, arguments.version.as_ref())?;
    let explanation = Explanation::new(&intake.frame, origins, caption)?;
    watch.check()?;
    say(format_args!("{}", intake.accounting));
    destination.write(&explanation)?;
    Ok(Status::Done)
}

/// Seen from the day of the latest delivery.
pub(super) fn calendar(book: &Book) -> Result<Calendar> {
    let timezone = book.timezone()?;
    let as_of = book.time().map_or(NaiveDate::default(), |time| time.with_timezone(&timezone).date_naive());
    Ok(Calendar { as_of, fiscal_year_start: 1 })
}

/// Where the records of the months came from.
fn origins(book: &Book, states: &[MonthState], asked: Option<&Version>) -> Result<Origins> {
    let mut origins = Origins::default();
    let mut places: HashMap<(&DeliveryId, &str), u32> = HashMap::new();
    for MonthState { period, .. } in states {
        let version = version(book, *period, asked)?;
        for (uuid, Origin { delivery, input }) in book.origins(*period, &version)? {
            let place = *places.entry((&delivery.id, &input.path)).or_insert_with(|| {
                origins.sources.push(Source {
                    delivery: delivery.id.to_string(),
                    pulled_at: delivery.time.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                    file: input.path.clone(),
                });
                origins.sources.len() as u32 - 1
            });
            origins.of_records.insert((*period, uuid), place);
        }
        origins.versions.insert(*period, version.to_string());
    }
    Ok(origins)
}

/// The state that a month is read in.
fn version(book: &Book, period: BillingPeriod, asked: Option<&Version>) -> Result<Version> {
    let closed = book.month(period)?.closings.last().map(|closing| Version::Closed(closing.version));
    Ok(asked.cloned().or(closed).unwrap_or(Version::Now))
}

fn caption(period: PeriodRange, states: &[MonthState], filters: &Filters) -> Caption {
    let described = filters.described();
    let mut title = vec![format!("Records behind the usage in {period}")];
    title.extend(states.iter().map(|MonthState { period, state }| format!("{period}: {state}")));
    if !described.is_empty() {
        let filters = described.iter().map(|(name, values)| format!("{name} = {}", values.join(" or ")));
        title.push(format!("Only {}", filters.collect::<Vec<_>>().join(", ")));
    }
    let filters: BTreeMap<&str, Vec<String>> = described.into_iter().collect();
    let state = |MonthState { period, state }: &MonthState| -> Value {
        json!({"period": period.to_string(), "state": state})
    };
    Caption {
        title,
        facts: vec![
            ("period", period.to_string().into()),
            ("states", states.iter().map(state).collect()),
            ("filters", json!(filters)),
        ],
        nothing: "No record passes the filters.",
    }
}
