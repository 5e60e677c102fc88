//! A price list: TOML, or a table.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

use usagebook::price::RateCard;
use usagebook_fuzz::survive;

fuzz_target!(|bytes: &[u8]| {
    survive(RateCard::parse(Path::new("prices.toml"), bytes));
    survive(RateCard::parse(Path::new("prices.csv"), bytes));
});
