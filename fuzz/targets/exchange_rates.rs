//! Exchange rates: TOML, or a table.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

use usagebook::price::ExchangeRates;
use usagebook_fuzz::survive;

fuzz_target!(|bytes: &[u8]| {
    survive(ExchangeRates::parse(Path::new("rates.toml"), bytes));
    survive(ExchangeRates::parse(Path::new("rates.csv"), bytes));
});
