//! Books: taking a month in, and reading it.

use std::sync::{Arc, LazyLock};

use divan::Bencher;
use divan::counter::ItemsCount;
use tempfile::TempDir;
use usagebook::Book;
use usagebook::book::{AddRequest, BookWriter};
use usagebook::ingest::{Intake, ReadRequest, read};

use crate::data::{Data, Form};

static INTAKE: LazyLock<Intake> = LazyLock::new(|| {
    let mut request = ReadRequest::new([Data::shared().path(Form::Ndjson).display().to_string()]);
    request.reading.keeps_details = true;
    request.hashes_files = true;
    read(&request, &Arc::default()).expect("the records can be read")
});

static BOOK: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = TempDir::with_prefix("usagebook-bench-").expect("a temporary folder");
    add(&folder);
    folder
});

fn add(folder: &TempDir) {
    let mut writer = BookWriter::open(&folder.path().join("book"), None).expect("a new book");
    writer.add(&INTAKE, &AddRequest::default()).expect("room for a book");
}

/// What was read, into a new book of a month or more.
#[divan::bench(sample_count = 10)]
fn add_to_a_new_book(bencher: Bencher) {
    let records = INTAKE.frame.records.len();
    let folder = || TempDir::with_prefix("usagebook-bench-").expect("a temporary folder");
    bencher.counter(ItemsCount::new(records)).with_inputs(folder).bench_local_refs(|folder| add(folder));
}

/// All months of a book to the frame that a report needs, and with what a list needs.
#[divan::bench(args = [false, true])]
fn read_with_details(bencher: Bencher, keeps_details: bool) {
    let records = INTAKE.frame.records.len();
    let folder = BOOK.path().join("book");
    bencher.counter(ItemsCount::new(records)).bench_local(|| {
        let book = Book::open(&folder).expect("a book");
        book.read(&[], None, keeps_details).expect("the book can be read").frame
    });
}
