//! Processes that are killed while they write.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use usagebook::Book;

use super::{Random, scale};
use crate::book::{seen, shelf};
use crate::book_faults::copy;

fn add(book: &Path, month: &str) -> Command {
    let mut command = crate::binary::command();
    let pages = format!("fixtures/real/complete/{month}");
    command.args(crate::binary::words(crate::binary::adding(book)));
    command.args([&pages, "--pulled-at", "2026-11-02T08:00:00Z", "-q", "--book"]).arg(book);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_process_that_is_killed_leaves_the_book_as_before_or_as_after() {
    let mut random = Random::new(4);
    let (folder, start) = shelf();
    assert!(add(&start, "2026-09").status().expect("it runs").success());
    let before = seen(&start);
    let done = folder.path().join("done");
    copy(&start, &done);
    let begin = Instant::now();
    assert!(add(&done, "2026-10").status().expect("it runs").success());
    let whole = begin.elapsed();
    let after = seen(&done);
    let rounds = 4 * scale();
    let mut made = 0;
    for round in 0..rounds {
        let book = folder.path().join(format!("killed-{round}"));
        copy(&start, &book);
        // Two kills, then one that is left alone.
        for _ in 0..2 {
            let mut child = add(&book, "2026-10").spawn().expect("it starts");
            thread::sleep(whole.mul_f64(0.2 + random.below(90) as f64 / 100.0));
            let _ = child.kill();
            child.wait().expect("it ends");
            let found = seen(&book);
            assert!(found == before || found == after, "round {round}: {found}");
            made += u64::from(found == after);
        }
        assert!(add(&book, "2026-10").status().expect("it runs").success());
        assert_eq!(seen(&book), after, "round {round}");
        assert_eq!(Book::open(&book).expect("a book").verify().expect("it is read").damage, []);
        std::fs::remove_dir_all(&book).expect("it goes away");
    }
    println!("{} kills, {made} of them after the commit", rounds * 2);
}
