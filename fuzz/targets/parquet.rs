//! Records as Parquet.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook_fuzz::survive_dump;

fuzz_target!(|bytes: &[u8]| survive_dump("records.parquet", bytes));
