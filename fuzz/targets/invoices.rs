//! A dump of invoices.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook::Progress;
use usagebook::ingest::read_invoice_items;
use usagebook_fuzz::{file, survive};

fuzz_target!(|bytes: &[u8]| {
    let path = file("invoices.json", bytes).display().to_string();
    survive(read_invoice_items(&[path], chrono_tz::Tz::UTC, true, &Progress::default()));
});
