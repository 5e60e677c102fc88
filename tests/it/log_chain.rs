//! Acknowledgements and adjustments form a chain: what is changed, removed or moved is found, in a closing or after it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use usagebook::Book;
use usagebook::book::BookWriter;
use usagebook::price::Adjustment;
use usagebook::text::parse_uuid;

use crate::binary::stdout;
use crate::book::{Parcel, close, shelf};
use crate::book_disk::UnsyncedDisk;
use crate::closings_chain::verified;
use crate::records::uuid;

const RECORDS: &str = "
    acme cpu hour 2026-09 alice 2.00
    acme cpu hour 2026-10 alice 3.00
";

/// Decides something for acme, for a reason.
fn adjust(book: &Path, month: &str, amount: &str, reason: &str) {
    let customer = parse_uuid(uuid("acme").as_bytes()).expect("a uuid");
    let time = "2026-11-20T00:00:00Z".parse().expect("a time");
    let adjustment = Adjustment::new((customer, None), (amount, "EUR"), (reason, "Mari"), time).expect("one");
    let mut writer = BookWriter::open_on(book, None, Arc::new(UnsyncedDisk)).expect("a book");
    writer.adjust(month.parse().expect("a month"), adjustment).expect("it is kept");
}

/// A book whose log has three entries: one before its month was closed, and two after that.
fn logged() -> (tempfile::TempDir, PathBuf) {
    let (folder, book) = shelf();
    Parcel::new("2026-11-02", RECORDS).deliver(&book);
    adjust(&book, "2026-10", "-1.00", "an outage");
    close(&book, "2026-10").unwrap();
    adjust(&book, "2026-10", "-2.00", "another outage");
    adjust(&book, "2026-09", "-3.00", "a gift");
    (folder, book)
}

fn entries<'m>(manifest: &'m mut Value, month: &str) -> &'m mut Vec<Value> {
    manifest["months"][month]["adjustments"].as_array_mut().expect("adjustments")
}

#[test]
fn an_entry_that_was_changed_removed_or_moved_is_named_though_all_checksums_fit() {
    let (_folder, book) = logged();
    assert_eq!(verified(&book, |_| {}), [""; 0]);
    let changed = verified(&book, |manifest| entries(manifest, "2026-10")[1]["amount"] = "-20.00".into());
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(changed[0].starts_with("entry 2 of the log (2026-10: adjustment EUR -20.00 "), "{changed:?}");
    let removed = verified(&book, |manifest| {
        entries(manifest, "2026-10").pop();
    });
    assert_eq!(removed, ["the log has 1 of 2 adjustments of 2026-10: entries were removed"]);
    let with_its_link = verified(&book, |manifest| {
        entries(manifest, "2026-10").pop();
        manifest["log"].as_array_mut().expect("links").remove(1);
    });
    assert!(with_its_link.join("").contains("entry 2 of the log (2026-09: "), "{with_its_link:?}");
    let moved = verified(&book, |manifest| entries(manifest, "2026-10").swap(0, 1));
    assert!(moved.len() >= 2, "both are in the place of the other: {moved:?}");
    let swapped = verified(&book, |manifest| manifest["log"].as_array_mut().expect("links").swap(1, 2));
    assert!(!swapped.is_empty());
}

#[test]
fn the_last_entry_is_proved_by_the_digest_that_verify_prints() {
    let (_folder, book) = logged();
    let (count, digest) =
        Book::open(&book).unwrap().log_head().map(|(count, digest)| (count, digest.to_owned())).unwrap();
    assert_eq!(count, 3);
    let said = stdout(&format!("verify --book '{}'", book.display()));
    assert!(said.ends_with(&format!("log: 3 entries, digest {digest}\n")), "{said}");
    let without_the_last = |manifest: &mut Value| {
        entries(manifest, "2026-09").pop();
        manifest["log"].as_array_mut().expect("links").pop();
    };
    assert_eq!(verified(&book, without_the_last), [""; 0], "nothing in the book can tell");
}

#[test]
fn entries_of_earlier_programs_have_no_link_and_are_proved_by_the_first_that_has_one() {
    let (_folder, book) = logged();
    let unlinked = |manifest: &mut Value| {
        manifest.as_object_mut().expect("a manifest").remove("log");
    };
    assert_eq!(verified(&book, unlinked), [""; 0], "such a book opens");
    let (_folder, book) = shelf();
    Parcel::new("2026-11-02", RECORDS).deliver(&book);
    assert_eq!(Book::open(&book).unwrap().log_head(), None);
    assert!(!stdout(&format!("verify --book '{}'", book.display())).contains("log:"));
}
