//! FOCUS: what it needs of the command line and the configuration, and that it ties out with the report.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use usagebook::Amount;
use usagebook::error::Result as Outcome;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::filter::Filter;
use usagebook::price::{
    FocusBillingPeriods, FocusInvoiceDetail, FocusInvoiceDetails, FocusSpec, FocusTable, FocusVersion,
};
use usagebook::text::{counted, grouped, grouped_decimal, joined};
use usagebook::usage::UsageFrame;
use usagebook::usecase::{Answer, Focus};
use usagebook::write::{FocusFormat, write_focus};

use super::request::Target;
use crate::cli::arguments::{FocusArguments, ReportArguments, UnpricedChoice};
use crate::cli::notices::say;
use crate::cli::outputs::{self, Drawn, Output, OutputFile};
use crate::cli::prices;
use crate::cli::words::Misuse;
use usagebook::config::Configuration;

/// Refuses what a data set of charges has no room for.
pub fn check_arguments(arguments: &ReportArguments, format: FocusFormat) -> Result<()> {
    let flag = flag(format);
    let is_filtered = Filter::ALL.into_iter().any(|filter| !arguments.filters.values(filter).is_empty());
    if arguments.focus.focus_invoice_details.is_some() && is_filtered {
        let need = "a report without filters: documents are of all that a recipient has";
        return Err(Misuse { what: "--focus-invoice-details", need }.into());
    }
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
pub fn spec(
    target: &Target,
    asked: &FocusArguments,
    configuration: &Configuration,
) -> Result<Option<FocusSpec>> {
    let Target::Focus(_, format) = target else {
        let need = "--format focus-csv or focus-parquet";
        let typed = [
            (asked.focus_version.is_some(), "--focus-version"),
            (asked.focus_billing_periods.is_some(), "--focus-billing-periods"),
            (asked.focus_invoice_details.is_some(), "--focus-invoice-details"),
        ];
        return match typed.into_iter().find(|(is_typed, _)| *is_typed) {
            Some((_, what)) => Err(Misuse { what, need }.into()),
            None => Ok(None),
        };
    };
    let only_new = [
        (asked.focus_billing_periods.is_some(), "--focus-billing-periods"),
        (asked.focus_invoice_details.is_some(), "--focus-invoice-details"),
    ];
    let asked_for = only_new.into_iter().find(|(is_asked, _)| *is_asked);
    if let Some((_, what)) = asked_for.filter(|_| asked.version() == FocusVersion::V1_2) {
        let need = "--focus-version 1.4: FOCUS 1.2 has no such data set";
        return Err(Misuse { what, need }.into());
    }
    let organisation = configuration.letterhead.organisation.clone().ok_or(Misuse {
        what: flag(*format),
        need: "organisation in the configuration, usagebook.toml or that of --config: the name of who provides and invoices",
    })?;
    Ok(Some(FocusSpec { organisation, services: configuration.services.clone(), version: asked.version() }))
}

/// Writes the rows, and the months if they are asked for.
pub fn write(
    spec: &FocusSpec,
    answer: &Answer<Focus>,
    (path, format): (Option<&Path>, FocusFormat),
    asked: &FocusArguments,
    hashing: Hashing,
) -> Outcome<Vec<Output>> {
    let focus = &answer.result;
    let table =
        FocusTable::new(&focus.rows, focus.frames(&answer.frame), spec).with_invoices(&focus.invoices);
    let rows = outputs::write(path, focus.rows.len(), hashing, Drawn::ForPrograms, |out| {
        write_focus(&table, &focus.report, format, out)
    })?;
    let months = asked.focus_billing_periods.as_deref().map(|path| {
        let data = FocusBillingPeriods { periods: &focus.periods, spec };
        let file = OutputFile { path, access: Access::Public, hashing };
        file.prepare(focus.periods.len(), |out| write_focus(&data, &focus.report, format, out))
    });
    let details = asked.focus_invoice_details.as_deref().map(|path| {
        let data = FocusInvoiceDetails { details: &focus.invoices, spec };
        let file = OutputFile { path, access: Access::Public, hashing };
        file.prepare(focus.invoices.len(), |out| write_focus(&data, &focus.report, format, out))
    });
    [Ok(rows)].into_iter().chain(months).chain(details).collect()
}

/// Says that another version will be written unless this one is asked for.
pub fn say_version(asked: &FocusArguments) {
    if asked.focus_version.is_none() {
        say(format_args!(
            "note: this is FOCUS {}. The next release writes FOCUS {} by default; --focus-version chooses one.",
            FocusVersion::V1_2,
            FocusVersion::V1_4
        ));
    }
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

/// Says what the details of invoices come to, VAT included, if they are written.
pub fn say_invoices(focus: &Focus, asked: &FocusArguments) {
    if asked.focus_invoice_details.is_none() {
        return;
    }
    let numbers: BTreeSet<&str> = focus.invoices.iter().map(FocusInvoiceDetail::number).collect();
    let mut billed: BTreeMap<&str, Amount> = BTreeMap::new();
    for detail in &focus.invoices {
        *billed.entry(detail.currency()).or_default() += detail.billed();
    }
    let billed =
        billed.iter().map(|(currency, sum)| format!("{currency} {}", grouped_decimal(&sum.to_string())));
    let billed: Vec<String> = billed.collect();
    let documents = counted(numbers.len() as u64, "issued document");
    match billed.is_empty() {
        true => {
            say(format_args!("note: no bill was issued of these months, so that there is no Invoice Detail"))
        }
        false => say(format_args!("Invoice Detail of {documents} is {} with VAT", joined(&billed))),
    }
}

fn flag(format: FocusFormat) -> &'static str {
    match format {
        FocusFormat::Csv => "--format focus-csv",
        FocusFormat::Parquet => "--format focus-parquet",
        _ => "FOCUS",
    }
}
