//! A dump of invoices.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook::Progress;
use usagebook::objects::{InvoiceReading, read_invoice_items};
use usagebook_fuzz::{file, survive};

fuzz_target!(|bytes: &[u8]| {
    let path = file("invoices.json", bytes).display().to_string();
    let reading = InvoiceReading { timezone: chrono_tz::Tz::UTC, locale: None, accepts_incomplete: true };
    survive(read_invoice_items(&[path], reading, &Progress::default()));
});
