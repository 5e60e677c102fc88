//! A book that grows while it is served.

use std::time::{Duration, Instant};

use super::client::{LIST, get};
use super::running::Running;
use crate::binary::stdout;

const MONTHS: [&str; 2] = ["fixtures/real/complete/2026-08", "fixtures/real/complete/2026-10"];

fn add(month: &str, book: &str) {
    stdout(&format!("{} {month} --book {book} --quiet", crate::binary::adding(book)));
}

/// The count, once it is another one.
fn count_after(server: &Running, before: &str) -> String {
    let start = Instant::now();
    loop {
        let answer = get(server.address, &format!("{LIST}?page_size=1"));
        let count = answer.header("x-result-count").expect("a count").to_owned();
        if count != before {
            return count;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "still {before}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_is_added_to_a_book_is_served_without_a_restart() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("usage.book").display().to_string();
    add(MONTHS[0], &book);
    let server = Running::start(&format!("--book {book}"));
    assert_eq!(count_after(&server, ""), "1554");
    add(MONTHS[1], &book);
    assert_eq!(count_after(&server, "1554"), "3067");
    let (code, log) = server.stop();
    assert!(code.is_some_and(|code| code == 0 || code == 3), "{code:?} {log}");
    assert!(log.contains("3,067 records from here on"), "{log}");
}

#[test]
fn a_book_that_goes_away_is_served_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("usage.book");
    add(MONTHS[0], &book.display().to_string());
    let server = Running::start(&format!("--book {}", book.display()));
    std::fs::remove_dir_all(&book).expect("it goes away");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(count_after(&server, ""), "1554");
    let (_, log) = server.stop();
    assert!(log.contains("it is served as it was before"), "{log}");
}
