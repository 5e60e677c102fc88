//! Damage, foreign files and media that cannot be written to: found, named, and never a panic.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use usagebook::Book;
use usagebook::book::BookWriter;
use usagebook::error::Error;

use crate::book::{Parcel, bytes, close, lines, shelf};
use crate::book_disk::{ReadOnlyDisk, disk};

/// A book of two months, one of them closed, with a superseded record and a list of parents.
fn book() -> (tempfile::TempDir, PathBuf) {
    let (folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00\nacme cpu hour 2026-10 alice 2.00")
        .deliver(&book);
    close(&book, "2026-09").expect("it is closed");
    let parcel = Parcel::new("2026-11-02", "acme cpu hour 2026-09 alice 3.00 modified=2026-11-01T00:00:00Z");
    let mut request = parcel.request();
    request.parents = vec![("parents.json".to_owned(), b"[]".to_vec())];
    parcel.deliver_as(&book, disk(), &request).expect("it is taken in");
    crate::book_faults::collect(&book);
    (folder, book)
}

/// What `verify` says of a book, or why it cannot even be opened.
fn verified(book: &Path) -> String {
    match Book::open(book).and_then(|book| book.verify()) {
        Ok(verification) => {
            let line =
                |damage: &usagebook::book::Damage| format!("{}: {}\n", damage.path.display(), damage.reason);
            verification.damage.iter().map(line).collect()
        }
        Err(error) => error.to_string(),
    }
}

/// Reads everything that reports and lists read.
fn read_all(book: &Path) -> Result<String, Error> {
    let book = Book::open(book)?;
    let mut text = String::new();
    for keeps_details in [false, true] {
        for version in [None, Some("now".parse()?)] {
            text += &format!("{}\n", book.read(&[], version.as_ref(), keeps_details)?.frame.records.len());
        }
    }
    for delivery in book.deliveries() {
        let version = delivery.id.to_string().parse()?;
        text += &lines(&book.read(&[], Some(&version), true)?.frame);
    }
    Ok(text)
}

#[test]
fn a_flipped_bit_in_any_file_is_found_by_its_name() {
    let (_folder, book) = book();
    assert_eq!(verified(&book), "");
    let whole = read_all(&book).unwrap();
    let mut files = 0;
    for (path, content) in bytes(&book) {
        let is_link = fs::symlink_metadata(&path).unwrap().is_symlink();
        if is_link || content.is_empty() {
            continue;
        }
        files += 1;
        for at in [0, content.len() / 2, content.len() - 1] {
            let mut flipped = content.clone();
            flipped[at] ^= 0x10;
            fs::write(&path, &flipped).unwrap();
            let found = verified(&book);
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_named = found.contains(name);
            // A folder is no book, or of an unknown format, where the marker no longer says that it is.
            assert!(is_named || (name == "book.json" && !found.is_empty()), "{name} at {at}: {found}");
            match read_all(&book) {
                Ok(text) => assert_eq!(text, whole, "{name} at {at} was read"),
                Err(error) => assert!(error.to_string().contains(".book") || name == "book.json", "{error}"),
            }
        }
        fs::write(&path, &content).unwrap();
    }
    assert!(files > 8, "{files}");
    assert_eq!(verified(&book), "");
}

#[test]
fn a_missing_file_is_named_by_every_command_that_needs_it() {
    let (_folder, book) = book();
    for (path, content) in bytes(&book) {
        let is_stored = path.starts_with(book.join(".book/files"));
        if !is_stored {
            continue;
        }
        fs::remove_file(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(verified(&book).contains(&format!("{name}: it is not there")), "{name}");
        if let Err(error) = read_all(&book) {
            assert!(error.to_string().contains(name), "{error}");
            assert!(error.to_string().contains("put this file back from a backup"), "{error}");
        }
        fs::write(&path, &content).unwrap();
    }
    assert_eq!(verified(&book), "");
}

#[test]
fn a_book_is_read_from_a_medium_that_can_not_be_written_to() {
    let (_folder, book) = book();
    let opened = Book::open_on(&book, Arc::new(ReadOnlyDisk)).unwrap();
    assert_eq!(opened.read(&[], None, false).unwrap().frame.records.len(), 2);
    assert!(opened.verify().unwrap().damage.is_empty());
    let refused = BookWriter::open_on(&book, None, Arc::new(ReadOnlyDisk)).unwrap_err();
    assert!(matches!(refused, Error::Unwritable { .. }), "{refused}");
}

#[test]
fn links_in_a_book_are_not_followed() {
    let (folder, book) = book();
    // A device or pipe in the place of a file could make a reader wait for ever.
    for name in ["manifest.json", "book.json"] {
        let (file, _) = bytes(&book).into_iter().find(|(path, _)| path.ends_with(name)).unwrap();
        let aside = folder.path().join(name);
        fs::rename(&file, &aside).unwrap();
        symlink("/dev/zero", &file).unwrap();
        let error = Book::open(&book).unwrap_err().to_string();
        assert!(error.ends_with("cannot be read") || error.contains("move it away"), "{error}");
        let before = bytes(&book);
        assert!(BookWriter::open_on(&book, None, disk()).is_err());
        assert_eq!(bytes(&book), before);
        fs::remove_file(&file).unwrap();
        fs::rename(&aside, &file).unwrap();
    }
    assert_eq!(verified(&book), "");
}

#[test]
fn a_foreign_file_among_the_months_is_a_warning_and_a_hidden_one_a_note() {
    let (_folder, book) = book();
    let months = book.join("months");
    fs::write(months.join("period=2026-10/notes.txt"), "x").unwrap();
    fs::write(months.join("period=2026-10/.DS_Store"), "x").unwrap();
    fs::create_dir(months.join("period=1999-01")).unwrap();
    let foreign = Book::open(&book).unwrap().verify().unwrap().foreign;
    let found: Vec<(&str, bool)> = foreign
        .iter()
        .map(|foreign| (foreign.path.file_name().unwrap().to_str().unwrap(), foreign.is_among_months))
        .collect();
    assert_eq!(found, [("period=1999-01", true), (".DS_Store", false), ("notes.txt", true)]);
    let outcome = crate::binary::run(&format!("verify --book '{}'", book.display()));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("notes.txt: not a file of the book; programs that read the months"));
}

#[test]
fn a_folder_of_other_things_is_not_made_a_book_and_a_book_of_the_future_is_not_touched() {
    let (folder, book) = shelf();
    fs::create_dir(&book).unwrap();
    fs::write(book.join("thesis.tex"), "x").unwrap();
    let refused = BookWriter::open(&book, None).unwrap_err().to_string();
    assert!(refused.contains("holds other files than a book's"), "{refused}");
    assert_eq!(bytes(&book).len(), 1);
    assert!(matches!(Book::open(&book), Err(Error::NotABook { .. })));
    let missing = folder.path().join("no/such/book");
    assert!(matches!(Book::open(&missing), Err(Error::NotABook { .. })));
    assert!(matches!(BookWriter::open(&missing, None), Err(Error::Unwritable { .. })));

    let (_folder, book) = self::book();
    fs::write(book.join("book.json"), r#"{"format":"usagebook book","version":3,"novelty":true}"#).unwrap();
    let expected = "a book of format version 3; this usagebook knows version 2; use a newer one";
    assert!(Book::open(&book).unwrap_err().to_string().ends_with(expected));
    assert!(BookWriter::open(&book, None).unwrap_err().to_string().ends_with(expected));
}

#[test]
fn files_of_others_in_the_book_are_left_alone() {
    let (_folder, book) = book();
    let foreign = book.join(".book/files/readme.txt");
    fs::write(&foreign, "x").unwrap();
    Parcel::new("2026-11-09", "acme cpu hour 2026-10 bob 2.00").deliver(&book);
    assert!(foreign.exists());
    assert_eq!(verified(&book), "");
}

#[test]
fn a_parent_that_stands_in_another_month_is_refused() {
    let (_folder, book) = book();
    let before = bytes(&book);
    let parcel = Parcel::new("2026-11-09", "acme cpu hour 2026-10 alice 2.00 billing_period=2026-11-01");
    let disk = disk();
    let refused = parcel.deliver_on(&book, disk).err().unwrap().to_string();
    assert!(
        refused.starts_with("2026-11: 1 component usages of the inputs are in 2026-10 in the book"),
        "{refused}"
    );
    assert_eq!(bytes(&book), before);
}
