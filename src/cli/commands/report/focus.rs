//! FOCUS: what it needs of the command line and the configuration, and that it ties out with the report.

use std::collections::BTreeMap;

use anyhow::Result;
use usagebook::Amount;
use usagebook::price::FocusSpec;
use usagebook::text::{grouped, grouped_decimal};
use usagebook::usage::UsageFrame;
use usagebook::usecase::Focus;
use usagebook::write::FocusFormat;

use super::request::Target;
use crate::cli::arguments::{ReportArguments, UnpricedChoice};
use crate::cli::notices::say;
use crate::cli::prices;
use crate::cli::words::Misuse;
use usagebook::config::Configuration;

/// Refuses what a data set of charges has no room for.
pub fn check_arguments(arguments: &ReportArguments, format: FocusFormat) -> Result<()> {
    let flag = flag(format);
    if !prices::may_be_there(&arguments.prices, &arguments.book) {
        return Err(Misuse { what: flag, need: "--prices: its columns of costs may not be null" }.into());
    }
    if arguments.prices.unpriced == Some(UnpricedChoice::Omit) {
        let need = "--unpriced zero, or a price for everything: its columns of costs may not be null";
        return Err(Misuse { what: flag, need }.into());
    }
    let typed = [
        (arguments.by.is_some(), "--by"),
        (arguments.compare.is_some(), "--compare"),
        (arguments.pivot.is_some(), "--pivot"),
        (arguments.top.is_some(), "--top"),
        (arguments.totals, "--totals"),
        (arguments.join.budget.is_some(), "--budget"),
        (arguments.output.pseudonyms.is_some(), "--pseudonyms"),
        (arguments.output.partition_by.is_some(), "--partition-by"),
    ];
    let need =
        "another format than focus-csv and focus-parquet, which have a row for each charge line and credit";
    match typed.into_iter().find(|(is_typed, _)| *is_typed) {
        Some((_, what)) => Err(Misuse { what, need }.into()),
        None => Ok(()),
    }
}

/// What the records do not say; nothing where no data set of FOCUS is asked for.
pub fn spec(target: &Target, configuration: &Configuration) -> Result<Option<FocusSpec>> {
    let Target::Focus(_, format) = target else { return Ok(None) };
    let organisation = configuration.letterhead.organisation.clone().ok_or(Misuse {
        what: flag(*format),
        need: "organisation in the configuration, usagebook.toml or that of --config: the name of who provides and invoices",
    })?;
    Ok(Some(FocusSpec { organisation, services: configuration.services.clone() }))
}

/// Says which offerings the configuration has a service for and no record has: perhaps a name is misspelt.
pub fn say_idle_services(spec: &FocusSpec, frame: &UsageFrame) {
    let is_there = |name: &str| frame.offerings.iter().any(|offering| &*offering.name == name);
    let idle: Vec<String> =
        spec.services.0.keys().filter(|name| !is_there(name)).map(|name| format!("{name:?}")).collect();
    if !idle.is_empty() {
        say(format_args!(
            "note: focus.service_subcategory is for offerings that no record has: {}",
            idle.join(", ")
        ));
    }
}

/// Says what the rows come to beside what the report does.
pub fn say_tie(focus: &Focus) {
    let rows = &focus.rows;
    let mut billed: BTreeMap<&str, (Amount, u64)> = BTreeMap::new();
    for row in rows {
        let (sum, count) = billed.entry(row.currency()).or_default();
        *sum += row.billed();
        *count += 1;
    }
    for total in focus.report.provenance.pricing.iter().flat_map(|pricing| &pricing.totals) {
        let (sum, count) = billed.get(total.currency.as_str()).copied().unwrap_or_default();
        let is_equal = if sum == total.amount { "equal to" } else { "UNLIKE" };
        say(format_args!(
            "BilledCost of {} rows is {} {}, {is_equal} the report's amount {}",
            grouped(count),
            total.currency,
            grouped_decimal(&sum.to_string()),
            grouped_decimal(&total.amount.to_string()),
        ));
    }
}

fn flag(format: FocusFormat) -> &'static str {
    match format {
        FocusFormat::Csv => "--format focus-csv",
        FocusFormat::Parquet => "--format focus-parquet",
        _ => "FOCUS",
    }
}
