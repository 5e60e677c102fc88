//! A configuration: TOML, and the files that it names in its folder.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook::config::Configuration;
use usagebook_fuzz::{file, survive};

fuzz_target!(|bytes: &[u8]| survive(Configuration::read(&file("usagebook.toml", bytes))));
