//! Deliveries: when they are from, which customers they cover, and how one is taken back.

use std::path::Path;
use std::sync::Arc;

use usagebook::book::disk::RealDisk;
use usagebook::book::{AddRequest, Added};
use usagebook::error::Error;
use usagebook::finding::{Code, Severity};

use crate::binary::run;
use crate::book::{Parcel, bytes, shelf, state};

/// Takes a delivery of one day in at a time of another.
fn deliver_at(parcel: &Parcel, book: &Path, clock: &str, accepts_future: bool) -> Result<Added, Error> {
    let clock = clock.parse().expect("a time");
    parcel.deliver_as(
        book,
        Arc::new(RealDisk::default()),
        &AddRequest { clock, accepts_future, ..parcel.request() },
    )
}

#[test]
fn a_delivery_from_the_future_is_refused_unless_it_is_accepted() {
    let (folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let before = bytes(folder.path());
    let parcel = Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 2.00");
    // The parcel is of 08:00.
    let refused = deliver_at(&parcel, &book, "2026-11-02T07:54:59Z", false).unwrap_err();
    insta::assert_snapshot!(refused, @"the delivery's time, 2026-11-02T08:00:00Z, is after this machine's clock, 2026-11-02T07:54:59Z: later deliveries would count as older than it; correct --pulled-at, or the clock, or add --accept-future");
    assert_eq!(bytes(folder.path()), before);
    assert!(deliver_at(&parcel, &book, "2026-11-02T07:54:59Z", true).unwrap().is_new);
    let (_folder, other) = shelf();
    assert!(
        deliver_at(&parcel, &other, "2026-11-02T07:55:00Z", false).unwrap().is_new,
        "clocks differ a little"
    );
}

#[test]
fn what_a_book_holds_is_not_judged_by_the_clock() {
    let (_folder, book) = shelf();
    let future = Parcel::new("2030-01-01", "acme cpu hour 2026-10 alice 1.00");
    assert!(deliver_at(&future, &book, "2026-11-02T00:00:00Z", true).unwrap().is_new);
    assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 1.00\n");
    assert!(!deliver_at(&future, &book, "2026-11-02T00:00:00Z", false).unwrap().is_new);
    let outcome = run(&format!("status --book '{}'", book.display()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn a_delivery_that_is_older_than_the_months_latest_is_noted() {
    let (_folder, book) = shelf();
    let first = Parcel::new("2026-11-05", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    assert_eq!(first.notices, []);
    let older =
        Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 2.00\nacme cpu hour 2026-09 alice 3.00");
    let notices = older.deliver(&book).notices;
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!((notice.code, notice.severity), (Code::OlderDelivery, Severity::Remark));
    let latest = format!("older than the month's latest, {} of 2026-11-05T08:00:00Z", first.delivery.id);
    assert!(
        notice.message.starts_with("2026-10: ") && notice.message.contains(&latest),
        "{}",
        notice.message
    );
}

#[test]
fn the_clock_of_a_command_is_the_one_that_is_set_for_it() {
    let (_folder, book) = shelf();
    let line = format!(
        "add fixtures/real/complete/2026-10 --book '{}' -q --pulled-at 2026-12-01T00:05:01Z",
        book.display()
    );
    let outcome = run(&line);
    let refused = "is after this machine's clock, 2026-12-01T00:00:00Z";
    assert!(outcome.code == 1 && outcome.stderr.contains(refused), "{}", outcome.stderr);
    assert!(!book.join("months").exists());
    assert_eq!(run(&format!("{line} --accept-future")).code, 0);
    let mut child = crate::binary::command();
    let output =
        child.args(["status", "--book", "fixtures"]).env("SOURCE_DATE_EPOCH", "now").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "a command that needs no clock does not read it");
    let mut child = crate::binary::command();
    child.args(crate::binary::words(&line)).env("SOURCE_DATE_EPOCH", "now");
    let output = child.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "SOURCE_DATE_EPOCH is \"now\"; expected seconds since 1970";
    assert!(output.status.code() == Some(2) && stderr.contains(expected), "{stderr}");
}
