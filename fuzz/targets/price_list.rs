//! A price list: TOML, or a table.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;

use usagebook::price::PriceList;
use usagebook_fuzz::survive;

fuzz_target!(|bytes: &[u8]| {
    survive(PriceList::parse(Path::new("prices.toml"), bytes));
    survive(PriceList::parse(Path::new("prices.csv"), bytes));
});
