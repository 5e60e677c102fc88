//! Closing with prices, adjusting and issuing, stopped at any step: the book is as before or as after, and no number is taken
//! twice or lost.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use usagebook::bill::Sender;
use usagebook::book::disk::Disk;
use usagebook::book::{BookWriter, CloseRequest};
use usagebook::error::Error;
use usagebook::notice::Acknowledgement;
use usagebook::price::Adjustment;
use usagebook::text::parse_uuid;
use usagebook::usecase::{self, IssueQuestion};
use usagebook::write::bill::BillFormat;
use usagebook::{Book, Dimension};

use super::power::PowerDisk;
use super::power_cut::patterns;
use super::{Random, scale};
use crate::book::{Parcel, closing, seen, shelf};
use crate::book_disk::UnsyncedDisk;
use crate::book_faults::copy;
use crate::frozen_amounts::money;
use crate::records::uuid;

pub type Change = fn(&Path, Arc<dyn Disk>) -> Result<(), Error>;

pub const FIRST: Change = |book, disk| {
    let lines = "acme cpu hour 2026-10 alice 10.00\nglobex cpu hour 2026-10 bob 4.00\nzeta cpu hour 2026-10 carol 1.00";
    Parcel::new("2026-11-02", lines).complete("2026-10").deliver_on(book, disk).map(drop)
};
const LATE: Change = |book, disk| {
    let lines = "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z\nzeta cpu hour 2026-10 carol 0.00 modified=2026-11-08T00:00:00Z";
    Parcel::new("2026-11-09", lines).deliver_on(book, disk).map(drop)
};
pub const CLOSE: Change = |book, disk| {
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let request = closing("2026-10");
    let money = Some(money(&writer, &request)?);
    writer.close(&CloseRequest { money, ..request }).map(drop)
};
const RESTATE: Change = |book, disk| {
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let request = closing("2026-10");
    let money = Some(money(&writer, &request)?);
    writer.restate(&CloseRequest { money, ..request }).map(drop)
};
/// Once.
pub const ADJUST: Change = |book, disk| {
    let customer = parse_uuid(uuid("acme").as_bytes()).expect("a uuid");
    let time = "2026-11-20T00:00:00Z".parse().expect("a time");
    let adjustment = Adjustment::new((customer, None), ("-2.50", "EUR"), ("an outage", "Mari"), time)?;
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let period = "2026-10".parse().expect("a month");
    match Book::open(book)?.month(period)?.adjustments.is_empty() {
        true => writer.adjust(period, adjustment),
        false => Ok(()),
    }
};
/// Once.
const ACKNOWLEDGE: Change = |book, disk| {
    let acknowledgement = Acknowledgement {
        code: "negative_total".to_owned(),
        instances: BTreeSet::from(["0123456789abcdef".to_owned()]),
        reason: "a refund".to_owned(),
        by_whom: "Mari".to_owned(),
        time: "2026-11-20T00:00:00Z".parse().expect("a time"),
    };
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let period = "2026-10".parse().expect("a month");
    match Book::open(book)?.month(period)?.acknowledgements.is_empty() {
        true => writer.acknowledge(period, acknowledgement),
        false => Ok(()),
    }
};
/// The bills of the first version, or the notes of the second, unless they are there.
pub const ISSUE: Change = |book, disk| {
    let mut writer = BookWriter::open_on(book, None, disk)?;
    let opened = Book::open(book)?;
    let period = "2026-10".parse().expect("a month");
    let version = opened.month(period)?.closings.len() as u32;
    if opened.issues_of(period).any(|issue| issue.version == version) {
        return Ok(());
    }
    let question = IssueQuestion {
        period,
        version,
        per: Dimension::Customer,
        sender: Sender::default(),
        formats: vec![BillFormat::Html, BillFormat::Csv],
        csv: usagebook::write::csv::CsvOptions::default(),
        date: "2026-12-01".parse().expect("a day"),
        clock: "2026-12-01T00:00:00Z".parse().expect("a time"),
    };
    let watch = watch();
    usecase::issue(&mut writer, &opened, &question, &watch).map(drop)
};

fn watch() -> Arc<usagebook::Progress> {
    Arc::default()
}

/// A book after changes that went well.
fn start(changes: &[Change]) -> tempfile::TempDir {
    let (folder, book) = shelf();
    for change in changes {
        change(&book, Arc::new(UnsyncedDisk)).expect("it goes well");
    }
    folder
}

fn is_whole(book: &Path, what: &str) {
    let book = Book::open(book).expect("a book");
    let clock = "2026-12-01T00:00:00Z".parse().expect("a time");
    let watch = watch();
    assert_eq!(usecase::verify(&book, clock, &watch).expect("it is read").damage, [], "{what}");
}

/// Stops a change at its operations, then makes it again if it is not made: the end is always the same.
fn check_every_stop(before: &[Change], change: Change, random: &mut Random) -> usize {
    let origin = start(before);
    let (first, last) = {
        let done = start(&[before, &[change]].concat());
        (seen(&origin.path().join("usage.book")), seen(&done.path().join("usage.book")))
    };
    let mut states = 0;
    // Each time other operations; all of them if there is time.
    let step = if scale() > 1 { 1 } else { 6 };
    for stop in (random.below(step)..).step_by(step) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("shelf");
        copy(origin.path(), &root);
        let disk = Arc::new(PowerDisk::new(&root));
        disk.stop_at(stop);
        let outcome = change(&root.join("usage.book"), disk.clone());
        for keeps in patterns(random, scale().min(4)) {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let shelf = folder.path().join("shelf");
            disk.cut(&shelf, keeps);
            let book = shelf.join("usage.book");
            let what = format!("stopped at operation {stop}: {outcome:?}");
            let found = seen(&book);
            assert!(found == last || found == first && outcome.is_err(), "{what}:\n{found}");
            if found == first {
                change(&book, Arc::new(UnsyncedDisk)).unwrap_or_else(|error| panic!("{what}: {error}"));
            }
            assert_eq!(seen(&book), last, "{what}");
            is_whole(&book, &what);
            states += 1;
        }
        if disk.operations() < stop {
            return states;
        }
    }
    unreachable!("a change ends")
}

#[test]
fn closing_with_prices_adjusting_acknowledging_and_issuing_happen_as_a_whole_or_not_at_all() {
    let mut random = Random::new(5);
    let mut states = 0;
    let issued = [FIRST, CLOSE, ISSUE, LATE];
    for (before, change) in [
        (&[FIRST][..], CLOSE),
        (&[FIRST][..], ADJUST),
        (&[FIRST, CLOSE][..], ACKNOWLEDGE),
        (&[FIRST, CLOSE][..], ISSUE),
        (&issued[..], RESTATE),
        (&[issued.as_slice(), &[RESTATE]].concat()[..], ISSUE),
    ] {
        states += check_every_stop(before, change, &mut random);
    }
    println!("{states} stops");
    assert!(states > 60, "{states}");
}

/// A command on a book, and where it writes its files.
fn command(line: &str, book: &Path, to: Option<&Path>) -> Command {
    let mut command = crate::binary::command();
    command.args(crate::binary::words(line)).arg("--book").arg(book);
    if let Some(to) = to {
        command.arg("--to").arg(to);
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_process_that_is_killed_while_it_closes_adjusts_or_issues_leaves_the_book_as_before_or_as_after() {
    let mut random = Random::new(6);
    let prices = tempfile::tempdir().expect("a temporary folder");
    let file = prices.path().join("prices.toml");
    fs::write(&file, crate::issue::PRICES).expect("it is written");
    let close = format!("close 2026-10 --prices '{}'", file.display());
    let adjust = format!(
        "adjust 2026-10 --customer {} --amount=-2.50 --currency EUR --by-whom Mari --reason outage",
        uuid("acme")
    );
    let issue = "bills --period 2026-10 --issue --format html,csv --as-of 2026-12-01";
    let mut made = 0;
    let rounds = 2 * scale();
    for (before, line, has_folder) in [
        (&[FIRST][..], close.as_str(), false),
        (&[FIRST][..], &adjust, false),
        (&[FIRST, CLOSE][..], issue, true),
    ] {
        let origin = start(before);
        let done = start(before);
        let (book, to) = (done.path().join("usage.book"), done.path().join("bills"));
        let begin = Instant::now();
        let status = command(line, &book, has_folder.then_some(&to)).status().expect("it runs");
        // The bills have no address, which is a warning.
        assert!(matches!(status.code(), Some(0 | 3)), "{line}");
        let whole = begin.elapsed();
        let (first, last) = (seen(&origin.path().join("usage.book")), seen(&book));
        for round in 0..rounds {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let shelf = folder.path().join("shelf");
            copy(origin.path(), &shelf);
            let (book, other) = (shelf.join("usage.book"), shelf.join("bills"));
            let mut child = command(line, &book, has_folder.then_some(&other)).spawn().expect("it starts");
            thread::sleep(whole.mul_f64(0.2 + random.below(90) as f64 / 100.0));
            let _ = child.kill();
            child.wait().expect("it ends");
            let found = seen(&book);
            assert!(found == first || found == last, "{line}, round {round}: {found}");
            assert!(found == last || !other.exists(), "no file appears before the commit");
            made += u64::from(found == last);
            if found == first || has_folder && !other.exists() {
                let again = command(line, &book, has_folder.then_some(&other)).status().expect("it runs");
                assert!(matches!(again.code(), Some(0 | 3)), "{line}, round {round}");
            }
            assert_eq!(seen(&book), last, "{line}, round {round}");
            if has_folder {
                assert!(
                    crate::book::bytes(&other).into_iter().map(|(_, bytes)| bytes).eq(crate::book::bytes(
                        &to
                    )
                    .into_iter()
                    .map(|(_, bytes)| bytes)),
                    "the same files"
                );
            }
            is_whole(&book, line);
        }
    }
    println!("{} kills, {made} of them after the commit", 3 * rounds);
}
