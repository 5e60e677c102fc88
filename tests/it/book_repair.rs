//! Repairs go back to nothing unasked, and what they leave behind stays until its day is over.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use usagebook::Book;
use usagebook::book::{BookWriter, Repaired, WriterOptions, repair};
use usagebook::error::Error;

use crate::book::{Parcel, bytes, seen, shelf};
use crate::book_disk::{DISK_VARIABLE, LaterDisk, disk};
use crate::book_root::{book, manifest};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn repaired(book: &Path, generation: Option<&str>) -> Result<Repaired, Error> {
    repair(book, generation, &WriterOptions::default(), disk())
}

/// Everything in a book seems to have been written three days ago.
fn age(book: &Path) {
    let old = std::time::SystemTime::now() - 72 * HOUR;
    for (path, _) in bytes(book) {
        if !fs::symlink_metadata(&path).unwrap().is_symlink() {
            fs::File::open(&path).unwrap().set_modified(old).unwrap();
        }
    }
}

fn next() -> Parcel {
    Parcel::new("2026-11-12", "acme cpu hour 2026-11 dave 5.00")
}

fn files(book: &Path) -> Vec<PathBuf> {
    bytes(&book.join(".book/files")).into_iter().map(|(path, _)| path).collect()
}

fn unclear(book: &Path) -> String {
    match repaired(book, None) {
        Err(error @ Error::GenerationUnclear { .. }) => error.to_string(),
        outcome => panic!("{outcome:?}"),
    }
}

#[test]
fn repair_never_goes_back_to_an_earlier_generation_unasked() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-02", "acme cpu hour 2026-10 alice 3.00").deliver(&book);
    Parcel::new("2026-11-05", "acme cpu hour 2026-10 bob 4.50").deliver(&book);
    let whole = seen(&book);
    let lost = manifest(&book);
    let text = fs::read(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    let before = bytes(&book);
    let message = unclear(&book);
    let expected = format!("generation 2 is lost: {} is missing or damaged; put it back", lost.display());
    assert!(message.contains(&expected), "{message}");
    assert_eq!(bytes(&book), before);
    // Nor where the root is lost besides, or the folder of the generation.
    let root = fs::read(book.join("book.json")).unwrap();
    fs::remove_file(book.join("book.json")).unwrap();
    unclear(&book);
    let folder = lost.parent().unwrap();
    fs::rename(folder, book.join("elsewhere")).unwrap();
    assert!(unclear(&book).contains("a later commit replaced each generation that is left"));
    fs::write(book.join("book.json"), root).unwrap();
    assert!(unclear(&book).contains("generation 2 is lost"));
    fs::rename(book.join("elsewhere"), folder).unwrap();
    fs::write(&lost, text).unwrap();
    assert!(repaired(&book, None).unwrap().done.is_empty());
    assert_eq!(seen(&book), whole);
}

#[test]
fn a_commit_that_was_interrupted_is_not_put_back_instead_of_the_lost_one_before_it() {
    let (_folder, book) = book();
    let root = fs::read(book.join("book.json")).unwrap();
    let lost = manifest(&book);
    next().deliver(&book);
    // As if the last rename had not happened: generation 4 is there and was never current.
    fs::write(book.join("book.json"), root).unwrap();
    fs::remove_file(lost.with_file_name("superseded")).unwrap();
    fs::remove_file(&lost).unwrap();
    assert!(unclear(&book).contains("generation 3 is lost"));
}

#[test]
fn what_a_lost_generation_needs_stays_for_a_day_after_another_one_was_put_back() {
    for is_folder_lost in [false, true] {
        let (_folder, book) = book();
        let (root, lost) = (fs::read(book.join("book.json")).unwrap(), manifest(&book));
        let (whole, needed) = (seen(&book), files(&book));
        let text = fs::read(&lost).unwrap();
        age(&book);
        match is_folder_lost {
            true => fs::remove_dir_all(lost.parent().unwrap()).unwrap(),
            false => fs::remove_file(&lost).unwrap(),
        }
        let done = repaired(&book, Some("2")).unwrap().done;
        assert!(done.iter().any(|done| done.contains("its files stay for a day")), "{done:?}");
        assert!(needed.iter().all(|file| file.exists()));
        let soon = Arc::new(LaterDisk(23 * HOUR));
        next().deliver_on(&book, soon).unwrap();
        assert!(needed.iter().all(|file| file.exists()), "{is_folder_lost}");
        // A backup of the two small files brings everything back.
        let (_other, copy) = shelf();
        crate::book_faults::copy(&book, &copy);
        let restored = copy.join(lost.strip_prefix(&book).unwrap());
        fs::create_dir_all(restored.parent().unwrap()).unwrap();
        fs::write(&restored, text).unwrap();
        let _ = fs::remove_file(restored.with_file_name("superseded"));
        fs::write(copy.join("book.json"), root).unwrap();
        assert_eq!(Book::open(&copy).unwrap().verify().unwrap().damage, []);
        assert_eq!(seen(&copy), whole);
        // Two days later nobody needs them.
        drop(BookWriter::open_on(&book, None, Arc::new(LaterDisk(48 * HOUR))).unwrap());
        assert!(needed.iter().any(|file| !file.exists()), "{is_folder_lost}");
        assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage, []);
    }
}

#[test]
fn while_a_generation_without_its_manifest_waits_no_file_is_removed() {
    let (_folder, book) = book();
    let superfluous = book.join(".book/files").join(format!("{}.shown", "0".repeat(64)));
    fs::write(&superfluous, "of a generation that does not say so").unwrap();
    let lost = book.join(".book/generations/3-0123456789abcdef");
    fs::create_dir_all(lost.join("months")).unwrap();
    age(&book);
    drop(BookWriter::open_on(&book, None, disk()).unwrap());
    assert!(superfluous.exists() && lost.join("superseded").exists());
    drop(BookWriter::open_on(&book, None, Arc::new(LaterDisk(25 * HOUR))).unwrap());
    assert!(!superfluous.exists() && !lost.exists());
}

#[test]
fn a_folder_that_is_no_generation_stops_no_writer() {
    for (name, is_foreign) in
        [("5-aaa", true), ("999-deadbeefdeadbeef", false), ("+9-deadbeefdeadbeef", true)]
    {
        let (_folder, book) = book();
        let stray = book.join(".book/generations").join(name);
        fs::create_dir(&stray).unwrap();
        next().deliver(&book);
        let foreign = Book::open(&book).unwrap().verify().unwrap().foreign;
        assert_eq!(foreign.iter().any(|foreign| foreign.path == stray), is_foreign, "{name}");
        assert!(repaired(&book, None).unwrap().done.is_empty(), "{name}");
    }
}

#[test]
fn files_of_others_keep_the_folder_of_a_generation_and_hold_up_nothing() {
    let (_folder, book) = book();
    let old = book.join(".book/generations").join(Book::open(&book).unwrap().generation_name());
    fs::write(old.join("notes.txt"), "mine").unwrap();
    next().deliver(&book);
    // A program that another test starts shares this one's locks until it is loaded.
    for round in 0..40 {
        let writer = BookWriter::open_on(&book, None, Arc::new(LaterDisk(25 * HOUR))).unwrap();
        assert_eq!(writer.notes(), [""; 0]);
        if round > 0 && !old.join("manifest.json").exists() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(old.join("notes.txt").exists() && !old.join("manifest.json").exists());
    let superfluous = book.join(".book/files").join(format!("{}.shown", "0".repeat(64)));
    fs::write(&superfluous, "x").unwrap();
    drop(BookWriter::open_on(&book, None, Arc::new(LaterDisk(25 * HOUR))).unwrap());
    assert!(!superfluous.exists());
}

#[test]
fn generations_that_differ_by_a_closing_read_differently() {
    let (_folder, book) = book();
    fs::remove_file(manifest(&book)).unwrap();
    let message = unclear(&book);
    assert!(message.contains("generation 1 (1 delivery of 2026-11-01T08:00:00Z), folder"), "{message}");
    assert!(message.contains("generation 2 (1 delivery of 2026-11-01T08:00:00Z; closings: 1)"), "{message}");
    assert!(!message.contains("nothing says which is current"), "{message}");
}

#[test]
fn what_is_in_the_way_of_one_file_stops_the_repair_of_no_other() {
    let (_folder, book) = book();
    let months: Vec<PathBuf> = bytes(&book.join(".book/generations"))
        .into_iter()
        .filter_map(|(path, _)| path.extension().is_some_and(|ending| ending == "parquet").then_some(path))
        .filter(|path| path.starts_with(manifest(&book).parent().unwrap()))
        .collect();
    let [first, second] = months.as_slice() else {
        // Without links there is no copy.
        return;
    };
    let stored = |month: &Path| book.join(".book/files").join(month.file_name().unwrap());
    let (blocked, free) = (stored(first), stored(second));
    fs::remove_file(&blocked).unwrap();
    fs::create_dir(&blocked).unwrap();
    fs::remove_file(&free).unwrap();
    fs::remove_file(book.join("book.json")).unwrap();
    fs::remove_file(book.join("months")).unwrap();
    let line = format!("repair --book '{}'", book.display());
    let outcome = crate::binary::run(&line);
    assert_eq!(outcome.code, 3, "book.json was put back: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "generation 3 is current; not everything was put back\n");
    let expected = format!(
        "warning: not put back: {}: a folder is in its place; move it away and repair again",
        blocked.display()
    );
    assert!(outcome.stderr.contains(&expected), "{}", outcome.stderr);
    assert!(free.is_file() && book.join("months").exists() && book.join("book.json").is_file());
    assert_eq!(fs::read_dir(book.join(".book/tmp")).unwrap().count(), 0);
    let again = crate::binary::run(&line);
    assert_eq!(again.code, 1, "nothing more was done: {}", again.stderr);
    fs::remove_dir(&blocked).unwrap();
    assert_eq!(crate::binary::run(&line).code, 0);
    assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage, []);
}

#[test]
fn what_stops_every_writer_is_named_by_verify_and_every_message_says_what_to_do() {
    if std::env::var_os(DISK_VARIABLE).is_some() {
        // The program would give the book the links that it has not.
        return;
    }
    for (name, is_folder) in [(".book/lock", true), (".book/tmp", false), ("book.json", true)] {
        let (_folder, book) = book();
        let path = book.join(name);
        let aside = book.join("aside");
        let _ = fs::rename(&path, &aside);
        match is_folder {
            true => fs::create_dir(&path).unwrap(),
            false => fs::write(&path, "").unwrap(),
        }
        let before = bytes(&book);
        let dump = "fixtures/real/complete/2026-10";
        for command in ["verify", "repair", &format!("add {dump} --pulled-at 2026-11-12T08:00:00Z")] {
            let outcome = crate::binary::run(&format!("{command} --book '{}'", book.display()));
            assert_eq!(outcome.code, 1, "{name}: {command}: {}", outcome.stderr);
            assert!(outcome.stderr.contains(&path.display().to_string()), "{name}: {}", outcome.stderr);
            assert!(
                outcome.stderr.contains("stops every writer; move it away"),
                "{name}: {}",
                outcome.stderr
            );
            let mut errors = outcome.stderr.lines().filter(|line| !line.starts_with("note: "));
            assert!(!errors.any(|line| line.contains(" lost")), "{name}: {command}: {}", outcome.stderr);
        }
        assert_eq!(bytes(&book), before, "{name}");
        match is_folder {
            true => fs::remove_dir(&path).unwrap(),
            false => fs::remove_file(&path).unwrap(),
        }
        let _ = fs::rename(&aside, &path);
        next().deliver(&book);
        assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage, [], "{name}");
    }
}

#[test]
fn a_commit_that_misses_a_file_names_that_file() {
    let (_folder, book) = book();
    let Ok(mut month) = fs::read_dir(book.join("months/period=2026-09")) else {
        // Without links no commit needs it.
        return;
    };
    let stored = book.join(".book/files").join(month.next().unwrap().unwrap().file_name());
    fs::remove_file(&stored).unwrap();
    let before = fs::read(book.join("book.json")).unwrap();
    let error = next().deliver_on(&book, disk()).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{}: it is not there; ", stored.display())), "{error}");
    assert!(error.contains("usagebook verify") && error.contains("usagebook repair"), "{error}");
    assert_eq!(fs::read(book.join("book.json")).unwrap(), before);
    assert_eq!(repaired(&book, None).unwrap().lost, []);
    next().deliver(&book);
}
