//! A power cut at any operation leaves a book as before or as after; so does one after a kill and a second writer.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use usagebook::Book;
use usagebook::book::BookWriter;
use usagebook::book::disk::Disk;
use usagebook::error::Error;

use super::power::PowerDisk;
use super::{Random, scale};
use crate::book::{Parcel, closing, seen, shelf};
use crate::book_disk::UnsyncedDisk;
use crate::book_faults::copy;

type Change = fn(&Path, Arc<dyn Disk>) -> Result<(), Error>;

const FIRST: Change = |book, disk| {
    Parcel::new("2026-11-01", "acme cpu hour 2026-09 alice 1.00\nacme cpu hour 2026-10 alice 2.00")
        .deliver_on(book, disk)
        .map(drop)
};
const SECOND: Change = |book, disk| {
    let parcel = Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 3.00\nacme cpu hour 2026-11 bob 4.00");
    parcel.complete("2026-10").deliver_on(book, disk).map(drop)
};
const THIRD: Change = |book, disk| {
    Parcel::new("2026-11-03", "acme cpu hour 2026-10 carol 5.00").deliver_on(book, disk).map(drop)
};
const CLOSE: Change =
    |book, disk| BookWriter::open_on(book, None, disk)?.close(&closing("2026-09")).map(drop);

/// A book after changes that went well, or an empty folder.
fn start(changes: &[Change]) -> tempfile::TempDir {
    let (folder, book) = shelf();
    for change in changes {
        change(&book, Arc::new(UnsyncedDisk)).expect("it goes well");
    }
    folder
}

fn seen_after(changes: &[Change]) -> String {
    seen(&start(changes).path().join("usage.book"))
}

/// Which unsynced changes last: none, all, or some.
pub fn patterns(random: &mut Random, count: u64) -> Vec<Box<dyn FnMut() -> bool>> {
    let mut patterns: Vec<Box<dyn FnMut() -> bool>> = vec![Box::new(|| false), Box::new(|| true)];
    for _ in 0..count {
        let mut random = Random(random.next());
        patterns.push(Box::new(move || random.next() & 1 == 0));
    }
    patterns
}

/// Checks what a power cut leaves: one of these states, whole, and a writer goes on.
fn check(disk: &PowerDisk, keeps: Box<dyn FnMut() -> bool>, allowed: &[&str], what: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shelf = folder.path().join("shelf");
    disk.cut(&shelf, keeps);
    let book = shelf.join("usage.book");
    let found = seen(&book);
    assert!(allowed.contains(&found.as_str()), "{what}:\n{found}");
    THIRD(&book, Arc::new(UnsyncedDisk)).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(seen(&book).contains("carol 5.00"), "{what}");
    assert_eq!(Book::open(&book).expect("a book").verify().expect("it is read").damage, [], "{what}");
}

/// Cuts the power at every operation of a change.
fn check_every_cut(before: &[Change], change: Change, random: &mut Random) -> usize {
    let origin = start(before);
    let after = [before, &[change]].concat();
    let (before, after) = (seen_after(before), seen_after(&after));
    let mut states = 0;
    // Each time other operations; all of them if there is time.
    let step = if scale() > 1 { 1 } else { 5 };
    for stop in (random.below(step)..).step_by(step) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("shelf");
        copy(origin.path(), &root);
        let disk = Arc::new(PowerDisk::new(&root));
        disk.stop_at(stop);
        let outcome = change(&root.join("usage.book"), disk.clone());
        // A change that was reported lasts.
        let allowed: &[&str] = if outcome.is_ok() { &[&after] } else { &[&before, &after] };
        for keeps in patterns(random, scale()) {
            check(&disk, keeps, allowed, &format!("cut at operation {stop}: {outcome:?}"));
            states += 1;
        }
        if disk.operations() < stop {
            return states;
        }
    }
    unreachable!("a change ends")
}

#[test]
fn a_power_cut_at_any_operation_leaves_the_book_as_before_or_as_after() {
    let mut random = Random::new(1);
    let mut states = 0;
    for (before, change) in [(&[][..], FIRST), (&[FIRST][..], SECOND), (&[FIRST, SECOND][..], CLOSE)] {
        states += check_every_cut(before, change, &mut random);
    }
    println!("{states} power cuts");
    assert!(states > 60, "{states}");
}

#[test]
fn a_power_cut_after_a_kill_and_a_second_writer_leaves_one_of_the_states() {
    let mut random = Random::new(2);
    let origin = start(&[FIRST]);
    let prepare = || {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("shelf");
        copy(origin.path(), &root);
        let disk = Arc::new(PowerDisk::new(&root));
        (folder, root.join("usage.book"), disk)
    };
    let (_folder, book, disk) = prepare();
    disk.stop_at(usize::MAX);
    SECOND(&book, disk.clone()).expect("it goes well");
    let operations = disk.operations();
    let of = [&[FIRST][..], &[FIRST, SECOND], &[FIRST, CLOSE], &[FIRST, SECOND, CLOSE]].map(seen_after);
    let [none, first, second, both] = [0, 1, 2, 3].map(|at| of[at].as_str());
    let mut states = 0;
    for round in 0..12 * scale() {
        let (_folder, book, disk) = prepare();
        // Most of what can go wrong is where the book is replaced, near the end.
        let stop = match round % 2 {
            0 => random.below(operations),
            _ => operations - 1 - random.below(operations / 3),
        };
        disk.stop_at(stop);
        let killed = SECOND(&book, disk.clone());
        disk.stop_at(usize::MAX);
        let is_made = seen(&book) == first;
        let end = random.below(operations * 3 / 2);
        disk.stop_at(end);
        let outcome = CLOSE(&book, disk.clone());
        let allowed: &[&str] = match (outcome.is_ok(), is_made) {
            (true, true) => &[both],
            (true, false) => &[second],
            (false, _) => &[none, first, second, both],
        };
        for keeps in patterns(&mut random, 3) {
            let what = format!("killed at {stop} ({killed:?}), cut at {end} ({outcome:?})");
            check(&disk, keeps, allowed, &what);
            states += 1;
        }
        fs::remove_dir_all(&book).expect("it goes away");
    }
    println!("{states} power cuts after a kill and a second writer");
}
