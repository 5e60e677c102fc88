//! A book whose root is lost is never written to, and is put back if it proves itself; copies of a book are books.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use usagebook::Book;
use usagebook::book::{BookWriter, Repaired, WriterOptions, repair};
use usagebook::error::Error;

use crate::book::{Parcel, bytes, close, seen, shelf};
use crate::book_disk::disk;

const VERSION_1: &str = "fixtures/book/version-1.book";

/// Something that happens to a book.
type Damage = fn(&Path);

/// A book of three commits.
pub fn book() -> (tempfile::TempDir, PathBuf) {
    let (folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00\nacme cpu hour 2026-10 alice 2.00")
        .deliver(&book);
    close(&book, "2026-09").expect("it is closed");
    second().deliver(&book);
    (folder, book)
}

fn second() -> Parcel {
    Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 3.00")
}

fn third() -> Parcel {
    Parcel::new("2026-11-03", "acme cpu hour 2026-10 carol 4.00")
}

fn repaired(book: &Path, generation: Option<&str>) -> Result<Repaired, Error> {
    repair(book, generation, &WriterOptions::default(), disk())
}

/// How a program copies links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    Kept,
    Followed,
    Skipped,
}

fn copy(from: &Path, to: &Path, links: Links) {
    fs::create_dir(to).expect("a new folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let from = entry.expect("an entry").path();
        let to = to.join(from.file_name().expect("a name"));
        let kind = fs::symlink_metadata(&from).expect("it is there").file_type();
        match links {
            Links::Kept if kind.is_symlink() => {
                symlink(fs::read_link(&from).expect("a link"), &to).expect("a new link");
            }
            Links::Skipped if kind.is_symlink() => {}
            _ if from.is_dir() => copy(&from, &to, links),
            _ => drop(fs::copy(&from, &to).expect("it can be copied")),
        }
    }
}

fn copied(book: &Path, links: Links) -> (tempfile::TempDir, PathBuf) {
    let (folder, target) = shelf();
    copy(book, &target, links);
    (folder, target)
}

pub fn manifest(book: &Path) -> PathBuf {
    let root: serde_json::Value = serde_json::from_slice(&fs::read(book.join("book.json")).unwrap()).unwrap();
    let digits = &root["manifest"].as_str().unwrap()[..16];
    book.join(format!(".book/generations/{}-{digits}/manifest.json", root["generation"]))
}

#[test]
fn a_root_that_can_not_be_proved_stops_every_writer_and_nothing_is_removed() {
    let (_folder, whole) = book();
    let whole_is = seen(&whole);
    let damages: [(&str, Damage); 8] = [
        ("no root", |book| fs::remove_file(book.join("book.json")).unwrap()),
        ("an empty root", |book| fs::write(book.join("book.json"), "").unwrap()),
        ("half a root", |book| {
            let text = fs::read(book.join("book.json")).unwrap();
            fs::write(book.join("book.json"), &text[..text.len() / 2]).unwrap();
        }),
        ("a folder instead", |book| {
            fs::remove_file(book.join("book.json")).unwrap();
            fs::create_dir(book.join("book.json")).unwrap();
        }),
        ("another time zone", |book| {
            let text = fs::read_to_string(book.join("book.json")).unwrap();
            fs::write(book.join("book.json"), text.replace("UTC", "Europe/Tallinn")).unwrap();
        }),
        ("the root of an empty book", |book| {
            let text =
                r#"{"format":"usagebook book","version":2,"timezone":"UTC","generation":0,"manifest":null}"#;
            fs::write(book.join("book.json"), text).unwrap();
        }),
        ("no manifest", |book| fs::remove_file(manifest(book)).unwrap()),
        ("another manifest", |book| fs::write(manifest(book), "{}").unwrap()),
    ];
    for (name, damage) in damages {
        let (_folder, book) = copied(&whole, Links::Kept);
        damage(&book);
        let before = bytes(&book);
        for _ in 0..2 {
            let error = third().deliver_on(&book, disk()).expect_err(name);
            assert!(matches!(error, Error::RootLost { .. } | Error::Unreadable { .. }), "{name}: {error}");
            assert!(error.to_string().contains(&*book.to_string_lossy()), "{name}: {error}");
            assert_eq!(bytes(&book), before, "{name}");
        }
        match name {
            // A reader cannot tell it from a book that has just begun.
            "the root of an empty book" => assert!(matches!(Book::open(&book), Err(Error::NotABook { .. }))),
            _ => assert!(!Book::open(&book).expect_err(name).to_string().contains("makes one"), "{name}"),
        }
        if name == "a folder instead" {
            fs::remove_dir(book.join("book.json")).unwrap();
        }
        match (name, repaired(&book, None)) {
            ("no manifest" | "another manifest", Err(Error::GenerationUnclear { known, .. })) => {
                assert!(known.contains("generation 1 (1 delivery of 2026-11-01T08:00:00Z"), "{known}");
                assert!(known.contains("; generation 2 ("), "{known}");
                assert_eq!(repaired(&book, Some("2")).unwrap().lost, []);
                second().deliver(&book);
            }
            ("no manifest" | "another manifest", outcome) => panic!("{name}: {outcome:?}"),
            (_, outcome) => {
                let outcome = outcome.expect(name);
                assert_eq!((outcome.generation, outcome.lost), (3, Vec::new()), "{name}");
                assert!(outcome.done[0].contains("put back: generation 3"), "{name}: {:?}", outcome.done);
            }
        }
        assert_eq!(seen(&book), whole_is, "{name}");
        assert!(repaired(&book, None).unwrap().done.is_empty(), "{name}");
        third().deliver(&book);
        assert!(Book::open(&book).unwrap().verify().unwrap().damage.is_empty(), "{name}");
    }
}

#[test]
fn neither_report_nor_verify_advises_to_add_to_a_book_whose_root_is_lost() {
    let (_folder, book) = book();
    fs::remove_file(book.join("book.json")).unwrap();
    let before = bytes(&book);
    for command in ["report", "verify", "status", "add fixtures/formats/page.json"] {
        let outcome = crate::binary::run(&format!("{command} --book '{}'", book.display()));
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("makes one"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("`usagebook repair --book"), "{}", outcome.stderr);
    }
    assert_eq!(bytes(&book), before);
    let outcome = crate::binary::run(&format!("repair --book '{}'", book.display()));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "repaired: generation 3 is whole\n"));
    let outcome = crate::binary::run(&format!("verify --book '{}'", book.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

#[test]
fn a_copy_of_a_book_is_a_book_however_its_links_were_copied() {
    let (_folder, original) = book();
    for links in [Links::Kept, Links::Followed, Links::Skipped] {
        let (_folder, book) = copied(&original, links);
        assert_eq!(seen(&book), seen(&original), "{links:?}");
        assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage, [], "{links:?}");
        third().deliver(&book);
        assert!(seen(&book).contains("carol 4.00"), "{links:?}");
        assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage, [], "{links:?}");
        // What other programs read is the new state, or nothing; never the copied one.
        let months = book.join("months");
        match fs::symlink_metadata(&months) {
            Ok(found) => {
                assert!(found.is_symlink(), "{links:?}");
                assert!(months.join("period=2026-10").is_dir(), "{links:?}");
            }
            Err(_) => assert!(std::env::var_os(crate::book_disk::DISK_VARIABLE).is_some(), "{links:?}"),
        }
    }
}

#[test]
fn a_book_of_version_1_is_read_and_upgraded_by_the_next_commit_with_or_without_its_link() {
    let original = Path::new(VERSION_1);
    let whole = seen(original);
    assert!(whole.contains("2026-09 v1: CLOSED v1, 1 late change"), "{whole}");
    for links in [Links::Kept, Links::Followed, Links::Skipped] {
        let (_folder, book) = copied(original, links);
        assert_eq!(seen(&book), whole, "{links:?}");
        assert_eq!(Book::open(&book).unwrap().timezone().unwrap(), chrono_tz::Europe::Tallinn);
        let added = third().deliver(&book);
        assert!(added.is_new);
        let root = fs::read_to_string(book.join("book.json")).unwrap();
        assert!(root.contains("\"version\": 2") && root.contains("Europe/Tallinn"), "{root}");
        let upgraded = seen(&book);
        assert!(upgraded.contains("alice 2.00") && upgraded.contains("carol 4.00"), "{links:?}: {upgraded}");
        let opened = Book::open(&book).unwrap();
        assert_eq!((opened.deliveries().len(), opened.generation()), (3, 4));
        assert_eq!(opened.verify().unwrap().damage, [], "{links:?}");
    }
}

#[test]
fn the_root_of_a_book_of_version_1_is_put_back_with_its_time_zone() {
    let (_folder, book) = copied(Path::new(VERSION_1), Links::Skipped);
    fs::remove_file(book.join("book.json")).unwrap();
    let before = bytes(&book);
    assert!(matches!(third().deliver_on(&book, disk()), Err(Error::RootLost { .. })));
    assert_eq!(bytes(&book), before);
    assert_eq!(repaired(&book, None).unwrap().lost, []);
    assert_eq!(seen(&book), seen(Path::new(VERSION_1)));
    let marker = |book: &Path| fs::read(book.join("book.json")).unwrap();
    assert_eq!(marker(&book), marker(Path::new(VERSION_1)));
}

#[test]
fn an_older_root_beside_later_commits_stops_writers_and_is_named_by_repair() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 2.00").deliver(&book);
    let root = fs::read(book.join("book.json")).unwrap();
    second().deliver(&book);
    third().deliver(&book);
    let newest = seen(&book);
    fs::write(book.join("book.json"), root).unwrap();
    let before = bytes(&book);
    let error = third().deliver_on(&book, disk()).unwrap_err().to_string();
    assert!(error.contains("it is an older copy: a later commit replaced the one that it names"), "{error}");
    assert_eq!(bytes(&book), before);
    let repaired = repaired(&book, None).unwrap();
    assert_eq!((repaired.generation, repaired.lost), (3, Vec::new()));
    assert_eq!(seen(&book), newest);
}

#[test]
fn an_older_root_beside_one_later_commit_stops_readers_and_writers() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 2.00").deliver(&book);
    let root = fs::read(book.join("book.json")).unwrap();
    second().deliver(&book);
    let newest = seen(&book);
    fs::write(book.join("book.json"), root).unwrap();
    let before = bytes(&book);
    let reading = Book::open(&book).unwrap_err().to_string();
    let writing = third().deliver_on(&book, disk()).unwrap_err().to_string();
    for error in [reading, writing] {
        assert!(
            error.contains("it is an older copy: a later commit replaced the one that it names"),
            "{error}"
        );
    }
    assert_eq!(bytes(&book), before);
    let repaired = repaired(&book, None).unwrap();
    assert_eq!((repaired.generation, repaired.lost), (2, Vec::new()));
    assert_eq!(seen(&book), newest);
}

#[test]
fn a_damaged_file_is_put_back_from_a_copy_that_proves_itself_and_else_named_as_lost() {
    let (_folder, original) = book();
    let (_folder, book) = copied(&original, Links::Followed);
    let months: Vec<PathBuf> = bytes(&book.join(".book/generations"))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect();
    let Some(month) = months.last() else {
        // Without links there is no copy.
        return;
    };
    let stored = book.join(".book/files").join(month.file_name().unwrap());
    fs::write(&stored, "rotten").unwrap();
    assert_eq!(Book::open(&book).unwrap().verify().unwrap().damage.len(), 1);
    let outcome = repaired(&book, None).unwrap();
    assert_eq!(outcome.lost, []);
    assert!(outcome.done.iter().any(|done| done.contains("put back from")), "{:?}", outcome.done);
    assert_eq!(seen(&book), seen(&original));

    let (shown, _) = bytes(&book.join(".book/files"))
        .into_iter()
        .find(|(path, _)| path.extension().unwrap() == "shown")
        .unwrap();
    fs::remove_file(&shown).unwrap();
    let lost = repaired(&book, None).unwrap().lost;
    assert_eq!((lost.len(), lost[0].path.as_path()), (1, shown.as_path()));
}

#[test]
fn what_repair_cannot_put_back_is_reported_and_no_success() {
    let (_folder, original) = book();
    let (_folder, book) = copied(&original, Links::Skipped);
    let name = Book::open(&book).unwrap().generation_name().to_owned();
    let months = book.join(".book/generations").join(name).join("months");
    let _ = fs::remove_dir_all(&months);
    fs::write(&months, "mine").unwrap();
    let line = format!("repair --book '{}'", book.display());
    let outcome = crate::binary::run(&line);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""), "{}", outcome.stderr);
    let notes = book.join("months").display().to_string();
    assert!(outcome.stderr.contains(&format!("warning: not put back: {notes}: ")), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("error: nothing could be put back; generation 3"), "{}", outcome.stderr);

    fs::remove_file(book.join("book.json")).unwrap();
    let outcome = crate::binary::run(&line);
    assert_eq!(outcome.code, 3, "the root was put back, months was not: {}", outcome.stderr);
    assert_eq!(outcome.stdout, "generation 3 is current; not everything was put back\n");
    assert_eq!(fs::read_to_string(&months).unwrap(), "mine");
    fs::remove_file(&months).unwrap();
    assert_eq!(crate::binary::run(&line).code, 0);
}

#[test]
fn a_copy_of_months_with_foreign_files_is_replaced_and_these_are_kept() {
    let (_folder, original) = book();
    for foreign in ["notes.txt", "period=2026-10/notes.txt", "period=2026-10/.DS_Store", "2026/notes.txt"] {
        let (_folder, book) = copied(&original, Links::Followed);
        let months = book.join("months");
        let path = months.join(foreign);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "mine").unwrap();
        // A file of an earlier state that the book no longer has.
        let earlier = months.join(format!("period=2026-10/{}.parquet", "0".repeat(64)));
        fs::create_dir_all(earlier.parent().unwrap()).unwrap();
        fs::write(&earlier, "earlier").unwrap();
        let outcome = match foreign {
            "notes.txt" => crate::binary::run(&format!("repair --book '{}'", book.display())),
            _ => crate::binary::run(&format!("close 2026-10 --book '{}'", book.display())),
        };
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let aside = book.join("months.foreign");
        let said = outcome.stdout + &outcome.stderr;
        let expected = format!("held files that are not the book's; they are kept in {}", aside.display());
        assert!(said.contains(&expected), "{said}");
        assert_eq!(fs::read_to_string(aside.join(foreign)).unwrap(), "mine");
        assert_eq!(bytes(&aside).len(), 2, "{:?}", bytes(&aside));
        if let Ok(link) = fs::read_link(&months) {
            assert!(book.join(link).join("period=2026-10").is_dir());
        } else {
            assert!(!months.exists(), "nothing that is stale");
        }
        let verified = crate::binary::run(&format!("verify --book '{}'", book.display()));
        assert!(verified.stderr.contains("months.foreign: not a file of the book"), "{}", verified.stderr);
    }
}

#[test]
fn what_has_only_the_months_of_a_book_is_its_remains_and_no_new_book() {
    let (_folder, original) = book();
    let dumps = crate::records::Dumps::new();
    let dump = dumps.write("a.json", crate::records::page(&third().records));
    for links in [Links::Kept, Links::Followed] {
        let (_folder, book) = copied(&original, links);
        fs::remove_dir_all(book.join(".book")).unwrap();
        fs::remove_file(book.join("book.json")).unwrap();
        if fs::symlink_metadata(book.join("months")).is_err() {
            fs::create_dir_all(book.join("months/period=2026-10")).unwrap();
        }
        let before = bytes(&book);
        for command in ["report", "verify", "status", "repair", &format!("add '{dump}'"), "close 2026-10"] {
            let outcome = crate::binary::run(&format!("{command} --book '{}'", book.display()));
            assert_eq!(outcome.code, 1, "{command}: {}", outcome.stderr);
            let expected = "the remains of a book, in which nothing proves what the book was; nothing was changed: restore";
            assert!(outcome.stderr.contains(expected), "{command}: {}", outcome.stderr);
            assert_eq!(bytes(&book), before, "{command}");
        }
    }
}

#[test]
fn what_is_left_among_temporary_files_is_removed_and_what_others_put_there_is_named() {
    let (_folder, book) = book();
    let temporary = book.join(".book/tmp");
    fs::create_dir_all(temporary.join("theirs")).unwrap();
    for name in ["notes.txt", "theirs/copy", "book.json", &format!("{}.parquet", "0".repeat(64))] {
        fs::write(temporary.join(name), "x").unwrap();
    }
    let names = || {
        let mut names: Vec<String> = fs::read_dir(&temporary)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let foreign = || -> Vec<PathBuf> {
        Book::open(&book).unwrap().verify().unwrap().foreign.into_iter().map(|foreign| foreign.path).collect()
    };
    assert_eq!(foreign(), [temporary.join("notes.txt"), temporary.join("theirs")]);
    drop(BookWriter::open(&book, None).unwrap());
    assert_eq!(names(), ["notes.txt", "theirs"]);
    assert_eq!(foreign().len(), 2);
}

#[test]
fn repair_of_what_is_no_book_makes_none() {
    let (folder, book) = shelf();
    fs::create_dir(&book).unwrap();
    fs::write(book.join("notes.txt"), "x").unwrap();
    assert!(matches!(repaired(&book, None), Err(Error::NotABook { .. })));
    assert!(matches!(repaired(&folder.path().join("missing"), None), Err(Error::NotABook { .. })));
    assert_eq!(bytes(folder.path()).len(), 1);
}

#[test]
fn foreign_files_in_every_folder_stop_nobody_and_verify_names_them() {
    let (_folder, book) = book();
    let whole = seen(&book);
    let names =
        [".DS_Store", "_SUCCESS", "@eaDir", "desktop.ini", "Thumbs.db", ".syncthing.x.tmp", "x.partial"];
    let mut folders = vec![book.clone()];
    let mut at = 0;
    while let Some(folder) = folders.get(at).cloned() {
        at += 1;
        let inner = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        folders.extend(inner.filter(|path| fs::symlink_metadata(path).unwrap().is_dir()));
    }
    assert!(folders.len() > 6);
    for folder in &folders {
        for name in names {
            match name {
                "@eaDir" => {
                    fs::create_dir(folder.join(name)).unwrap();
                    fs::write(folder.join(name).join("thumb"), "x").unwrap();
                }
                _ => fs::write(folder.join(name), "x").unwrap(),
            }
        }
    }
    assert_eq!(seen(&book), whole);
    for later in [Duration::ZERO, Duration::from_secs(2 * 24 * 60 * 60)] {
        third().deliver_on(&book, std::sync::Arc::new(crate::book_disk::LaterDisk(later))).unwrap();
        assert!(seen(&book).contains("carol 4.00"));
    }
    let verification = Book::open(&book).unwrap().verify().unwrap();
    assert_eq!(verification.damage, []);
    let found: Vec<&Path> = verification.foreign.iter().map(|foreign| foreign.path.as_path()).collect();
    for folder in folders.iter().filter(|folder| folder.is_dir() && !folder.ends_with("tmp")) {
        for name in names.map(|name| folder.join(name)) {
            assert!(found.contains(&&*name), "{} of {found:?}", name.display());
        }
    }
    assert!(verification.foreign.iter().all(|foreign| !foreign.is_among_months));
}

#[test]
fn a_folder_with_nothing_but_hidden_files_becomes_a_book() {
    let (_folder, book) = shelf();
    fs::create_dir(&book).unwrap();
    fs::write(book.join(".DS_Store"), "x").unwrap();
    fs::write(book.join("desktop.ini"), "x").unwrap();
    assert!(Book::is_new(&book).unwrap());
    third().deliver(&book);
    assert!(seen(&book).contains("carol 4.00"));
}

#[test]
fn a_lost_or_wrong_months_is_built_again_by_the_next_writer() {
    let (_folder, book) = book();
    let months = book.join("months");
    let Ok(target) = fs::read_link(&months) else {
        // There are no links.
        return;
    };
    for wrong in [None, Some("/etc"), Some("../x")] {
        fs::remove_file(&months).unwrap();
        wrong.map_or(Ok(()), |wrong| symlink(wrong, &months)).unwrap();
        assert!(seen(&book).contains("bob 3.00"), "readers do not need it");
        drop(BookWriter::open_on(&book, None, disk()).unwrap());
        assert_eq!(fs::read_link(&months).unwrap(), target);
    }
    fs::remove_file(&months).unwrap();
    fs::remove_dir_all(book.join(&target)).unwrap();
    drop(BookWriter::open_on(&book, None, disk()).unwrap());
    assert!(months.join("period=2026-10").is_dir());
}

#[test]
fn status_prints_the_files_of_the_months() {
    let (_folder, book) = book();
    let paths =
        |more: &str| crate::binary::stdout(&format!("status --book '{}' --paths {more}", book.display()));
    let all = paths("");
    assert_eq!(all.lines().count(), 2);
    assert!(all.lines().all(|path| Path::new(path).is_file()), "{all}");
    assert_eq!(paths("2026-10"), all.lines().last().unwrap().to_owned() + "\n");
    assert_eq!(paths("2026-07..2026-10"), all);
    assert_eq!(paths("2025"), "");
    let json: serde_json::Value = serde_json::from_str(&paths("--format json")).unwrap();
    assert_eq!(json["2026-10"], all.lines().last().unwrap());
}
