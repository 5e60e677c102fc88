//! Issued bills of hostile names.

use crate::book::Parcel;
use crate::issue::{CONFIGURATION, desk, files, issued};

#[test]
fn long_and_hostile_names_are_kept_and_found_again() {
    let (long, desk) = ("x".repeat(300), desk());
    desk.write(
        "usagebook.toml",
        &CONFIGURATION.replace("UB-{year}/{n:04}", "A-very-long/number.of_ours/{n:012}"),
    );
    let lines = format!(
        "acme cpu hour 2026-10 alice 10.00 customer_name={long}\nglobex cpu hour 2026-10 bob 4.00 customer_name=../=1+1"
    );
    Parcel::new("2026-11-04", &lines).deliver(&desk.book);
    desk.ok("close 2026-10 --prices prices.toml");
    issued(&desk, "first", "");
    issued(&desk, "second", "");
    assert_eq!(files(&desk.path("second")), files(&desk.path("first")));
    assert!(files(&desk.path("first")).keys().all(|name| !name.contains("..") && !name.contains('=')));
    desk.ok("verify");
}
