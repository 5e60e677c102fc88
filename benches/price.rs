//! Records to amounts: a price for each component usage, rounding, each record's part; then to a report.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use usagebook::aggregate::aggregate;
use usagebook::filter::Filters;
use usagebook::price::{PriceList, Tariff};

use crate::aggregate::{default_spec, provenance};
use crate::data::Form;
use crate::ingest::intake;

/// A card of every component of the data.
fn tariff(kind: &str) -> Tariff {
    let units = [
        ("cpu_hours", "core-hours"),
        ("gpu_hours", "GPU-hours"),
        ("storage_gb_hours", "GB-hours"),
        ("ram_gb_hours", "GB-hours"),
        ("floating_ip", "count"),
    ];
    let price = match kind {
        "tiers" => {
            "scope = \"customer\"\ntiers = [{ up_to = 1000, unit_price = \"0.05\" }, { unit_price = \"0.04\" }]"
        }
        _ => "unit_price = \"0.0123\"",
    };
    let prices = units.map(|(component, unit)| {
        format!("[[price]]\ncomponent_type = \"{component}\"\nmeasured_unit = \"{unit}\"\ncurrency = \"EUR\"\n{price}\n")
    });
    let per = if kind == "total" { "total" } else { "line" };
    let card = format!("[rounding]\nper = \"{per}\"\n{}", prices.concat());
    let card = PriceList::parse(Path::new("rates.toml"), card.as_bytes()).expect("a card");
    Tariff::new(card, None, None, None).expect("a tariff")
}

/// From usage to an amount for every record.
#[divan::bench(args = ["flat", "tiers", "total"], sample_count = 50)]
fn rate(bencher: Bencher, kind: &str) {
    let intake = intake(Form::Parquet, None);
    let tariff = tariff(kind);
    bencher
        .counter(ItemsCount::new(intake.frame.records.len()))
        .with_inputs(|| intake.frame.clone())
        .bench_local_values(|mut frame| {
            tariff.rate(&mut frame, &[]).expect("amounts").settle(&mut frame, None, &Filters::default())
        });
}

/// The usual report with amounts.
#[divan::bench(sample_count = 50)]
fn by(bencher: Bencher) {
    let mut intake = intake(Form::Parquet, None);
    let tariff = tariff("flat");
    let rated = tariff.rate(&mut intake.frame, &[]).expect("amounts");
    let settled = rated.settle(&mut intake.frame, None, &Filters::default());
    let (pricing, _) = settled.expect("all usage has a price");
    let mut provenance = provenance(&intake);
    provenance.pricing = Some(pricing);
    bencher
        .counter(ItemsCount::new(intake.frame.records.len()))
        .with_inputs(|| provenance.clone())
        .bench_local_values(|provenance| aggregate(&intake.frame, &default_spec(), provenance));
}
