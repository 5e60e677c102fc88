//! Issued bills of hostile names, and of dates that cannot be.

use crate::book::Parcel;
use crate::issue::{CONFIGURATION, closed, desk, files, issued, refusal};

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

#[test]
fn a_date_with_a_wrong_year_takes_no_number() {
    let desk = closed();
    for (date, why) in [
        ("2026-10-30", "before the month ends on 2026-10-31"),
        ("1999-01-01", "before the month ends"),
        ("2206-11-23", "more than 92 days after today"),
    ] {
        let said = refusal(&desk, &format!("--as-of {date}"));
        assert!(said.contains(why), "{date}: {said}");
    }
}
