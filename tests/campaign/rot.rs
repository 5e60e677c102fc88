//! Files that rot: read right or refused, and nothing else is lost by whatever is done next.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use usagebook::Book;
use usagebook::error::Error;

use super::{Random, scale};
use crate::book::{Parcel, bytes, lines, seen};
use crate::book_disk::UnsyncedDisk;
use crate::book_faults::copy;

/// Damages a file in one of the ways in which files are damaged.
fn damage(path: &Path, random: &mut Random) -> &'static str {
    let mut bytes = fs::read(path).expect("a file");
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => {
            fs::remove_file(path).expect("it goes away");
            return "removed";
        }
        1 => bytes.truncate(at),
        2 => bytes.clear(),
        3 => bytes.extend_from_slice(b"\n{}"),
        4 => bytes.iter_mut().skip(at).take(512).for_each(|byte| *byte = 0),
        _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random.below(8)),
    }
    // A new file: another name of the same bytes is not damaged.
    fs::remove_file(path).expect("it goes away");
    fs::write(path, bytes).expect("it is written");
    "damaged"
}

fn figures(book: &Path) -> Result<String, Error> {
    let intake = Book::open(book)?.read(&[], None, true)?;
    Ok(lines(&intake.frame))
}

#[test]
fn a_rotten_file_is_read_right_or_refused_and_costs_nothing_but_itself() {
    let mut random = Random::new(3);
    let (_folder, original) = crate::book_root::book();
    let whole = figures(&original).expect("it is whole");
    let files: Vec<_> = bytes(&original)
        .into_iter()
        .filter(|(path, content)| {
            !content.is_empty() && !fs::symlink_metadata(path).expect("it is there").is_symlink()
        })
        .collect();
    let third = Parcel::new("2026-11-03", "acme cpu hour 2026-10 carol 4.00");
    let mut refused = 0;
    let rounds = 60 * scale();
    for round in 0..rounds {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let book = folder.path().join("usage.book");
        copy(&original, &book);
        let (path, content) = &files[random.below(files.len())];
        let path = book.join(path.strip_prefix(&original).expect("a path of the book"));
        let what = format!("round {round}: {} {}", path.display(), damage(&path, &mut random));
        match figures(&book) {
            Ok(found) => assert_eq!(found, whole, "{what}"),
            Err(_) => refused += 1,
        }
        let _ = Book::open(&book).and_then(|book| book.verify());
        let added = third.deliver_on(&book, Arc::new(UnsyncedDisk));
        if added.is_err() || !seen_safely(&book).is_some_and(|seen| seen.contains("carol")) {
            // With the file put back from a copy the book is whole: nobody made it worse.
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is there");
            let _ = fs::remove_file(&path);
            fs::write(&path, content).expect("it is put back");
        }
        let found = figures(&book).unwrap_or_else(|error| panic!("{what}: {error}"));
        let without: String = found
            .lines()
            .filter(|line| !line.contains("carol"))
            .fold(String::new(), |text, line| text + line + "\n");
        assert_eq!(without, whole, "{what}");
    }
    println!("{rounds} rotten files, {refused} of them refused by a reader of all months");
    assert!(refused > 0);
}

fn seen_safely(book: &Path) -> Option<String> {
    let opened = Book::open(book).ok()?;
    let is_whole = opened.verify().is_ok_and(|verification| verification.damage.is_empty());
    is_whole.then(|| seen(book))
}
