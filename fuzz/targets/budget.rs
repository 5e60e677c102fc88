//! A table of budgets.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook::join::Budget;
use usagebook_fuzz::{file, survive};

fuzz_target!(|bytes: &[u8]| {
    survive(Budget::read(&file("budget.csv", bytes), None));
});
