//! Prices: from the flags to a tariff, and how its amounts came about.

use std::collections::BTreeMap;
use std::path::Path;

use chrono_tz::Tz;
use serde_json::json;
use usagebook::error::{Error, Result};
use usagebook::filter::Filters;
use usagebook::ingest::Intake;
use usagebook::price::{ExchangeRates, PriceExplanation, RateCard, Tariff};
use usagebook::report::{Pricing, ReportSpec, Unpriced, grouped_decimal};
use usagebook::statement::Caption;
use usagebook::write::access::Access;
use usagebook::write::{FormatOptions, check_statement_format, write_statement};

use super::Status;
use super::arguments::{PriceArguments, UnpricedChoice};
use super::notices::{self, say};
use super::outputs;
use super::request::Target;

/// The card, rates and choices that were named.
pub fn tariff(arguments: &PriceArguments) -> Result<Option<Tariff>> {
    let Some(path) = &arguments.prices else { return Ok(None) };
    let card = RateCard::parse(path, &bytes(path)?)?;
    let rates = arguments.exchange_rates.as_deref();
    let rates = rates.map(|path| ExchangeRates::parse(path, &bytes(path)?)).transpose()?;
    let unpriced = arguments.unpriced.map(|choice| match choice {
        UnpricedChoice::Zero => Unpriced::Zero,
        UnpricedChoice::Omit => Unpriced::Omit,
    });
    Tariff::new(card, rates, arguments.currency.as_deref(), unpriced).map(Some)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}

/// Refuses a format that the explanation of prices is not written in.
pub fn check_target(target: &Target) -> Result<()> {
    match target {
        Target::Stdout(options) | Target::File(_, options) => match options {
            FormatOptions::Parquet(_) => check_statement_format(usagebook::write::Format::Parquet),
            _ => Ok(()),
        },
        Target::Partitions(..) | Target::Pack(..) | Target::Focus(..) => Err(Error::Incompatible {
            what: "--explain-price",
            need: "a format of rows: table, csv, tsv, json, ndjson or markdown",
        }),
    }
}

/// Writes how every amount came about.
pub fn explain(
    intake: &mut Intake,
    tariff: &Tariff,
    filters: &Filters,
    spec: &ReportSpec,
    timezone: Tz,
    target: &Target,
    is_quiet: bool,
) -> anyhow::Result<Status> {
    let mut frame = std::mem::take(&mut intake.frame);
    let months = spec.months_needed();
    let rated = tariff.rate(&mut frame, &months)?;
    let mut frame = filters.apply(frame, &months, timezone)?;
    let (pricing, mut found) = rated.settle(&mut frame, spec.period, filters)?;
    found.append(&mut intake.notices);
    found.sort();
    notices::print(&found, is_quiet);
    say(format_args!("{}", intake.accounting.filtered_to(frame.records.height() as u64)));
    say_amounts(&pricing);
    let explanation =
        PriceExplanation::new(&rated, &frame, spec.period, filters, caption(&pricing, spec, filters))?;
    let rows = usagebook::statement::Statement::len(&explanation);
    let hashing = usagebook::write::hashing::Hashing::Off;
    let output = match target {
        Target::Stdout(options) => {
            outputs::print(rows, hashing, |out| write_statement(&explanation, options, out))?
        }
        Target::File(path, options) => outputs::prepare(path, Access::Public, rows, hashing, |out| {
            write_statement(&explanation, options, out)
        })?,
        Target::Partitions(..) | Target::Pack(..) | Target::Focus(..) => {
            unreachable!("the target was checked")
        }
    };
    output.commit()?;
    Ok(Status::of(&found))
}

/// What amounts come to, and what rounding did.
pub fn say_amounts(pricing: &Pricing) {
    for total in &pricing.totals {
        let amount = grouped_decimal(&total.amount.to_string());
        let difference = grouped_decimal(total.rounding_difference.as_deref().unwrap_or_default());
        say(format_args!(
            "{} {amount} in all, of which {difference} by rounding ({})",
            total.currency, pricing.rounding
        ));
    }
}

fn caption(pricing: &Pricing, spec: &ReportSpec, filters: &Filters) -> Caption {
    let period = spec.period.map(|period| period.to_string());
    let described = filters.described();
    let mut title = vec![
        format!("How amounts came about in {}", period.as_deref().unwrap_or("all periods")),
        format!("Prices of {}, rounded {}", pricing.card.path, pricing.rounding),
    ];
    if !described.is_empty() {
        let filters = described.iter().map(|(name, values)| format!("{name} = {}", values.join(" or ")));
        title.push(format!("Only {}", filters.collect::<Vec<_>>().join(", ")));
    }
    let filters: BTreeMap<&str, Vec<String>> = described.into_iter().collect();
    Caption {
        title,
        facts: vec![("period", json!(period)), ("filters", json!(filters)), ("pricing", json!(pricing))],
        nothing: "No record is left to price.",
    }
}
