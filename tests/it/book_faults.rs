//! Whatever goes wrong while a book is written, it is as before or as after, and the next writer goes on.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use usagebook::Book;
use usagebook::book::disk::Disk;
use usagebook::book::{BookWriter, CloseRequest};
use usagebook::error::Error;

use crate::book::{Parcel, closing, seen, shelf};
use crate::book_disk::{DISK_VARIABLE, FailingDisk, Failure, LaterDisk, disk};
use crate::campaign::{money, scale};

/// Something that changes a book.
type Change = fn(&Path, Arc<dyn Disk>) -> Result<(), Error>;

fn first() -> Parcel {
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00\nacme cpu hour 2026-10 alice 2.00")
}

fn second() -> Parcel {
    Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 3.00\nacme cpu hour 2026-11 bob 4.00")
        .complete("2026-10")
}

fn add_first(book: &Path, disk: Arc<dyn Disk>) -> Result<(), Error> {
    first().deliver_on(book, disk).map(drop)
}

fn add_second(book: &Path, disk: Arc<dyn Disk>) -> Result<(), Error> {
    second().deliver_on(book, disk).map(drop)
}

fn close_september(book: &Path, disk: Arc<dyn Disk>) -> Result<(), Error> {
    BookWriter::open_on(book, None, disk)?.close(&closing("2026-09")).map(drop)
}

fn restate_october(book: &Path, disk: Arc<dyn Disk>) -> Result<(), Error> {
    BookWriter::open_on(book, None, disk)?.restate(&closing("2026-10")).map(drop)
}

pub fn copy(from: &Path, to: &Path) {
    let copied = std::process::Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

/// What a writer must not leave behind: temporary files at once, superseded files once they have waited.
fn check_tidy(book: &Path) {
    let count = |folder: &str| fs::read_dir(book.join(".book").join(folder)).expect("a folder").count();
    assert_eq!(count("tmp"), 0, "temporary files");
    let damage = |book: &Path| Book::open(book).expect("a book").verify().expect("it can be read").damage;
    assert_eq!(damage(book), []);
    let writer = BookWriter::open_on(book, None, disk()).expect("the book can be written");
    assert_eq!(writer.notes(), [""; 0]);
    drop(writer);
    collect(book);
    assert_eq!(damage(book), []);
}

/// Lets a day pass, after which everything is removed that is no longer needed.
pub fn collect(book: &Path) {
    let generations = || fs::read_dir(book.join(".book/generations")).expect("a folder").count();
    // A program that another test starts shares this one's locks until it is loaded; what was kept for it, the next
    // writer removes.
    for _ in 0..40 {
        let later = Arc::new(LaterDisk(Duration::from_secs(24 * 60 * 60 + 60)));
        drop(BookWriter::open_on(book, None, later).expect("the book can be written"));
        if generations() == 1 {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(generations(), 1, "generations");
}

/// The process that wrote has ended: on a disk without locks, the note of who holds the book is left.
fn end_process(book: &Path) {
    let note = book.join(".book/holder.json");
    if let Ok(text) = fs::read_to_string(&note) {
        let own = format!("\"process\": {}", std::process::id());
        fs::write(&note, text.replace(&own, "\"process\": 2147483647")).expect("it can be written");
    }
}

/// Lets every operation of a change go wrong in turn, in every way.
fn check_every_failure(prepare: &[Change], change: Change) {
    let (folder, start) = shelf();
    for step in prepare {
        step(&start, disk()).expect("it goes well");
    }
    let before = seen(&start);
    let done = folder.path().join("done");
    if start.exists() {
        copy(&start, &done);
    }
    let counting = Arc::new(FailingDisk::counting());
    change(&done, counting.clone()).expect("it goes well");
    let after = seen(&done);
    assert_ne!(before, after);
    check_tidy(&done);
    for at in 0..counting.operations() {
        // Each operation in one way; in every way if there is time.
        let ways = Failure::ALL.into_iter().enumerate().filter(|(way, _)| scale() > 1 || at % 3 == *way);
        for (_, failure) in ways {
            let book = folder.path().join("book");
            if start.exists() {
                copy(&start, &book);
            }
            let outcome = change(&book, Arc::new(FailingDisk::new(failure, at)));
            end_process(&book);
            let found = seen(&book);
            assert!(found == before || found == after, "{failure:?} at operation {at}: {outcome:?}\n{found}");
            // Only an error that says that the change is made stands for a changed book.
            let is_made = matches!(outcome, Ok(()) | Err(Error::Committed { .. }));
            assert_eq!(found == after, is_made, "{failure:?} at operation {at}: {outcome:?}");
            match change(&book, disk()) {
                Ok(()) | Err(Error::Refused { .. }) => {}
                Err(error) => panic!("{failure:?} at operation {at}: {error}"),
            }
            assert_eq!(seen(&book), after, "{failure:?} at operation {at}, once more");
            check_tidy(&book);
            fs::remove_dir_all(&book).expect("the book goes away");
        }
    }
}

#[test]
fn a_first_delivery_is_there_or_not_whatever_fails() {
    check_every_failure(&[], add_first);
}

#[test]
fn another_delivery_is_there_or_not_whatever_fails() {
    check_every_failure(&[add_first], add_second);
}

#[test]
fn a_closing_is_there_or_not_whatever_fails() {
    check_every_failure(&[add_first], close_september);
}

/// Closes September with a price list and all amounts.
fn close_september_with_prices(book: &Path, disk: Arc<dyn Disk>) -> Result<(), Error> {
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let request = closing("2026-09");
    let money = crate::frozen_amounts::money(&writer, &request)?;
    writer.close(&CloseRequest { money: Some(money), ..request }).map(drop)
}

#[test]
fn a_closing_with_prices_is_there_or_not_whatever_fails() {
    check_every_failure(&[add_first], close_september_with_prices);
}

#[test]
fn issued_bills_and_adjustments_are_there_or_not_whatever_fails() {
    check_every_failure(&[money::FIRST, money::CLOSE], money::ISSUE);
    check_every_failure(&[money::FIRST], money::ADJUST);
}

#[test]
fn a_restatement_is_there_or_not_whatever_fails() {
    let close_october: Change =
        |book, disk| BookWriter::open_on(book, None, disk)?.close(&closing("2026-10")).map(drop);
    check_every_failure(&[add_first, close_october, add_second], restate_october);
}

#[test]
fn a_killed_process_leaves_the_book_as_before_or_as_after() {
    let (folder, start) = shelf();
    let add = |book: &Path, month: &str| {
        let pages = format!("fixtures/real/complete/2026-{month}");
        let mut command = crate::binary::command();
        command.args(crate::binary::words(crate::binary::adding(book)));
        command.args([&pages, "--pulled-at", "2026-11-02T08:00:00Z", "-q", "--book"]).arg(book);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    assert!(add(&start, "09").status().expect("it runs").success());
    let before = seen(&start);
    let done = folder.path().join("done");
    copy(&start, &done);
    let begin = Instant::now();
    assert!(add(&done, "10").status().expect("it runs").success());
    let whole = begin.elapsed();
    let after = seen(&done);
    // Late in the run, where the book is written; the last round comes behind its end.
    for round in 0..8 {
        let book = folder.path().join(format!("killed-{round}"));
        copy(&start, &book);
        let mut child = add(&book, "10").spawn().expect("it starts");
        thread::sleep(whole.mul_f64(0.3 + 0.1 * f64::from(round)));
        let _ = child.kill();
        child.wait().expect("it ends");
        let found = seen(&book);
        assert!(found == before || found == after, "round {round}: {found}");
        assert!(add(&book, "10").status().expect("it runs").success());
        assert_eq!(seen(&book), after);
        check_tidy(&book);
    }
}

#[test]
fn a_reader_sees_one_state_while_another_is_written() {
    let (_folder, book) = shelf();
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
        let reader = scope.spawn(|| {
            let mut states = 0;
            while !is_over.load(Ordering::SeqCst) {
                let opened = Book::open(&book).expect("a reader is never in the way, nor is it kept waiting");
                thread::sleep(Duration::from_millis(5));
                let usage = |month: &str| {
                    let version = usagebook::book::Version::Now;
                    crate::book::lines(
                        &opened.records(month.parse().unwrap(), &version).expect("the state is held"),
                    )
                };
                assert_eq!(usage("2026-09"), usage("2026-10"));
                states += 1;
            }
            states
        });
        (2..28).for_each(|day| _ = parcel(day).deliver_on(&book, disk()).expect("it is taken in"));
        is_over.store(true, Ordering::SeqCst);
        assert!(reader.join().expect("the reader ends") > 0);
    });
    check_tidy(&book);
}

#[test]
fn a_disk_without_links_and_locks_holds_all_that_is_promised() {
    if std::env::var_os(DISK_VARIABLE).is_some() {
        return;
    }
    let program = std::env::current_exe().expect("a test is a program");
    let mut tests = std::process::Command::new(program);
    tests
        .args(["book", "--skip", "workbook", "--skip", "campaign", "--skip", "serve"])
        .env(DISK_VARIABLE, "unlinked")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let outcome = tests.output().expect("it runs");
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(outcome.status.success(), "{text}");
    assert!(!text.contains("running 0 tests"), "{text}");
}
