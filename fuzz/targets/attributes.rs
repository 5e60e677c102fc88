//! A table of the user's own columns.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook::join::Attributes;
use usagebook_fuzz::{file, survive};

fuzz_target!(|bytes: &[u8]| {
    survive(Attributes::read(&[file("attributes.csv", bytes)], None));
});
