//! A backup is a whole book of one commit, and a lock never waits for ever.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use usagebook::Book;
use usagebook::book::{BookWriter, WriterOptions};
use usagebook::error::Error;
use usagebook::files::access::Access;

use crate::book::{Parcel, bytes, seen, shelf};
use crate::book_disk::{DISK_VARIABLE, UnlinkedDisk, disk};

fn unpacked(archive: &Path, folder: &Path) -> PathBuf {
    let target = folder.join("unpacked.book");
    let mut archive = zip::ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
    archive.extract(&target).unwrap();
    target
}

#[test]
fn a_backup_is_a_book_that_is_read_verified_and_written_to() {
    let (folder, book) = crate::book_root::book();
    let (to_folder, to_file) = (folder.path().join("copy.book"), folder.path().join("copy.zip"));
    let opened = Book::open(&book).unwrap();
    let done = opened.back_up(&to_folder, Access::Private).unwrap();
    assert_eq!(done, opened.back_up(&to_file, Access::Private).unwrap());
    assert!(done.generation == 3 && done.files > 5 && done.bytes > 1_000, "{done:?}");
    for copy in [to_folder.clone(), unpacked(&to_file, folder.path())] {
        assert_eq!(seen(&copy), seen(&book));
        assert_eq!(Book::open(&copy).unwrap().verify().unwrap().damage, []);
        Parcel::new("2026-11-04", "acme cpu hour 2026-10 dora 5.00").deliver(&copy);
        assert!(seen(&copy).contains("dora 5.00"));
    }
    assert!(!seen(&book).contains("dora"));
    let before = fs::read(&to_file).unwrap();
    assert!(matches!(opened.back_up(&to_file, Access::Private), Err(Error::FolderThere { .. })));
    assert!(matches!(opened.back_up(&to_folder, Access::Private), Err(Error::FolderThere { .. })));
    assert_eq!(fs::read(&to_file).unwrap(), before);
    let again = folder.path().join("again.zip");
    opened.back_up(&again, Access::Private).unwrap();
    assert_eq!(fs::read(&again).unwrap(), before, "the same book makes the same bytes");
    for other in ["copy.tar", "copy.tar.gz", "copy.7z"] {
        let refused = opened.back_up(&folder.path().join(other), Access::Private).unwrap_err();
        assert!(refused.to_string().contains("a file that ends in .zip"), "{refused}");
    }
}

#[test]
fn a_backup_of_a_damaged_book_is_refused_and_leaves_nothing() {
    let (folder, book) = crate::book_root::book();
    let is_shown = |path: &Path| path.extension().is_some_and(|ending| ending == "shown");
    let files = bytes(&book.join(".book/files"));
    let (path, _) = files.into_iter().find(|(path, _)| is_shown(path)).unwrap();
    fs::write(&path, "rotten").unwrap();
    for target in ["copy.book", "copy.zip"] {
        let refused =
            Book::open(&book).unwrap().back_up(&folder.path().join(target), Access::Private).unwrap_err();
        assert!(matches!(refused, Error::DamagedBook { .. }), "{refused}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn backups_while_others_write_are_each_of_one_commit() {
    let (folder, book) = shelf();
    // The two months are always written together, with the same usage.
    let parcel = |day: usize| {
        let month = |month: &str| {
            format!("acme cpu hour {month} alice {day}.00 modified=2026-12-{day:02}T00:00:00Z\n")
        };
        Parcel::new(&format!("2026-12-{day:02}"), &(month("2026-09") + &month("2026-10")))
    };
    parcel(1).deliver(&book);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let copier = scope.spawn(|| {
            let mut copies = 0;
            while copies == 0 || !is_over.load(Ordering::SeqCst) {
                let copy = folder.path().join(format!("copy-{copies}.book"));
                Book::open(&book).unwrap().back_up(&copy, Access::Private).unwrap();
                let opened = Book::open(&copy).unwrap();
                assert_eq!(opened.verify().unwrap().damage, []);
                let usage = |month: &str| {
                    let month = opened.month(month.parse().unwrap()).unwrap();
                    month.now.totals.clone()
                };
                assert_eq!(usage("2026-09"), usage("2026-10"));
                copies += 1;
            }
        });
        (2..20).for_each(|day| _ = parcel(day).deliver(&book));
        is_over.store(true, Ordering::SeqCst);
        copier.join().unwrap();
    });
}

#[test]
fn the_command_backs_up_and_refuses_a_target_in_the_book() {
    let (folder, book) = crate::book_root::book();
    let run = |to: &Path| {
        crate::binary::run(&format!("backup --book '{}' --to '{}'", book.display(), to.display()))
    };
    let target = folder.path().join("copy.zip");
    let outcome = run(&target);
    assert!(outcome.stdout.starts_with("generation 3 copied to "), "{}", outcome.stdout);
    assert_eq!(run(&target).code, 2);
    assert_eq!(run(&book.join("copy.zip")).code, 2);
    assert!(!book.join("copy.zip").exists());
}

fn options(seconds: u64, command: &str) -> WriterOptions {
    WriterOptions {
        lock_timeout: Duration::from_secs(seconds),
        command: command.to_owned(),
        ..WriterOptions::default()
    }
}

#[test]
fn a_lock_that_is_held_for_ever_is_given_up_after_the_time_out_and_its_holder_named() {
    let (_folder, book) = crate::book_root::book();
    let _held = BookWriter::open_with(&book, &options(0, "usagebook add"), disk()).unwrap();
    let start = Instant::now();
    let error = BookWriter::open_with(&book, &options(1, "usagebook close"), disk()).unwrap_err().to_string();
    assert!((1..10).contains(&start.elapsed().as_secs()));
    assert!(error.contains("locked for writing by \"usagebook add\" (process "), "{error}");
    let line = format!("close 2026-10 --book '{}' --lock-timeout 0", book.display());
    if std::env::var_os(DISK_VARIABLE).is_none() {
        let outcome = crate::binary::run(&line);
        assert_eq!(outcome.code, 1);
        assert!(
            outcome.stderr.contains("waited 0 s; wait until it is done, or raise --lock-timeout"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn without_locks_the_note_of_a_process_that_has_ended_is_removed_and_that_of_another_machine_is_not() {
    let (_folder, book) = crate::book_root::book();
    let note = book.join(".book/holder.json");
    let disk = || std::sync::Arc::new(UnlinkedDisk);
    let held = BookWriter::open_with(&book, &options(0, "usagebook add"), disk()).unwrap();
    let text = fs::read_to_string(&note).unwrap();
    drop(held);
    assert!(!note.exists());
    let ended = text.replace(&format!("\"process\": {}", std::process::id()), "\"process\": 2147483647");
    assert_ne!(ended, text);
    fs::write(&note, &ended).unwrap();
    drop(BookWriter::open_with(&book, &options(1, "usagebook close"), disk()).unwrap());
    let host =
        serde_json::from_str::<serde_json::Value>(&ended).unwrap()["host"].as_str().unwrap().to_owned();
    let elsewhere = ended.replace(&host, "elsewhere.example.com");
    fs::write(&note, &elsewhere).unwrap();
    let error = BookWriter::open_with(&book, &options(0, "usagebook close"), disk()).unwrap_err().to_string();
    assert!(error.contains("process 2147483647 on elsewhere.example.com, since 20"), "{error}");
    assert!(error.contains("if that process no longer runs, delete "), "{error}");
    assert_eq!(fs::read_to_string(&note).unwrap(), elsewhere);
    // Where there are locks, the note alone locks nobody out.
    drop(BookWriter::open_with(&book, &options(0, "usagebook close"), crate::book_disk::disk()).ok());
}

#[test]
fn a_pipe_in_the_place_of_the_lock_is_refused() {
    let (_folder, book) = crate::book_root::book();
    let lock = book.join(".book/lock");
    let _ = fs::remove_file(&lock);
    assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
    assert!(matches!(BookWriter::open_on(&book, None, disk()), Err(Error::Unwritable { .. })));
}

#[test]
fn an_older_copy_in_the_place_of_a_book_is_a_warning_until_what_it_lacks_is_there_again_or_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let run = |line: &str| {
        let mut command = crate::binary::command();
        command.args(crate::binary::words(line)).env("XDG_STATE_HOME", folder.path().join("state"));
        let output = command.output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let book = at("usage.book");
    let add = |month: &str| {
        run(&format!(
            "{} fixtures/real/complete/{month} --book '{book}' --pulled-at 2026-11-02T08:00:00Z -q",
            crate::binary::adding(&book)
        ))
    };
    let older = |stderr: &str| {
        let lost = "commits to it that it does not have: delivery ";
        stderr.contains(lost) && stderr.contains(" of 2026-11-02T08:00:00Z; put the newer book back")
    };
    assert_eq!(add("2026-09").0, 0);
    assert_eq!(run(&format!("backup --book '{book}' --to '{}'", at("copy.book"))).0, 0);
    assert_eq!(add("2026-10").0, 0);
    assert_eq!(run(&format!("status --book '{book}'")), (0, String::new()));
    // A copy elsewhere is no older book.
    assert_eq!(run(&format!("status --book '{}'", at("copy.book"))), (0, String::new()));
    fs::remove_dir_all(&book).unwrap();
    fs::rename(at("copy.book"), &book).unwrap();
    for command in ["status", "history", "verify", "report -q", "late"] {
        let (code, stderr) = run(&format!("{command} --book '{book}'"));
        assert!(code == 3 && older(&stderr), "{command}: {code} {stderr}");
    }
    // Another commit hides nothing.
    for command in ["close 2026-09 --accept-incomplete", "status", "repair", "status"] {
        let (code, stderr) = run(&format!("{command} --book '{book}'"));
        assert!(code == 3 && older(&stderr), "{command}: {code} {stderr}");
    }
    crate::book_faults::copy(Path::new(&book), Path::new(&at("closed.book")));
    let (code, stderr) = add("2026-10");
    assert!(code == 3 && older(&stderr), "{code} {stderr}");
    assert_eq!(run(&format!("status --book '{book}'")), (0, String::new()));
    // The same loss once more: somebody says that it is accepted.
    fs::remove_dir_all(&book).unwrap();
    fs::rename(at("closed.book"), &book).unwrap();
    let (code, stderr) = run(&format!("status --book '{book}'"));
    assert!(
        code == 3 && stderr.contains(&format!("repair --book {book} --generation 2` accepts")),
        "{stderr}"
    );
    assert_eq!(run(&format!("repair --book '{book}' --generation 2")), (0, String::new()));
    assert_eq!(run(&format!("status --book '{book}'")), (0, String::new()));
    // A book that begins anew in the folder has lost nothing.
    fs::remove_dir_all(&book).unwrap();
    assert_eq!(add("2026-10").0, 0);
    assert_eq!(run(&format!("status --book '{book}'")), (0, String::new()));
    // Whatever is in the note's place, nothing fails.
    fs::write(folder.path().join("state/usagebook/books.json"), "{").unwrap();
    assert_eq!(run(&format!("status --book '{book}'")), (0, String::new()));
}
