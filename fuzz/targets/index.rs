//! The index of a pull, beside a page.

#![no_main]

use libfuzzer_sys::fuzz_target;
use usagebook_fuzz::{file, survive_inputs};

fuzz_target!(|bytes: &[u8]| {
    let page = file("page-0001.json", include_bytes!("../../fixtures/formats/page.json"));
    file("index.json", bytes);
    survive_inputs(&[page.parent().expect("it is in a folder").to_owned()]);
});
