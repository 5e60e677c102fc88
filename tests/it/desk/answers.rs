//! Answers for warnings: they go into the book's log, from a page that shows the book as it is, and not from a desk that reads.

use super::running::{Browser, Desk, office};
use crate::binary::run;
use crate::month::Office;

const PAGE: &str = "/warnings?period=2026-11";

fn status(office: &Office) -> String {
    run(&format!("status --book '{}' --format json", office.0.path("usage.book").display())).stdout
}

/// What the form of a warning says, with a reason and a name.
fn form(browser: &Browser, reason: &str) -> String {
    let page = browser.page(PAGE);
    let state = page
        .text()
        .split("name=\"state\" value=\"")
        .nth(1)
        .expect("a form")
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    format!("period=2026-11&code=negative_total&state={state}&reason={reason}&by_whom=Mari+Maasikas")
}

#[test]
fn an_answer_goes_into_the_log_as_the_command_writes_it() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    assert!(browser.page("/").words().contains("Look at the warnings of November 2026"));
    let answer = browser.post("/acknowledge", &form(&browser, "a+correction+of+%3Cb%3EOctober"));
    assert_eq!((answer.status, answer.header("location")), (303, PAGE), "{}", answer.words());
    let words = browser.page(PAGE).words();
    assert!(words.contains("No open warning"), "{words}");
    assert!(
        words.contains("Acknowledged by Mari Maasikas on 1 December 2026: a correction of <b>October."),
        "{words}"
    );
    assert!(browser.page("/log").words().contains("Mari Maasikas a correction of <b>October"));
    assert!(status(&office).contains("a correction of <b>October"));
    assert!(browser.page("/").words().contains("See the figures of November 2026"));
}

#[test]
fn an_old_form_on_a_changed_book_is_refused_with_the_difference() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let old = form(&browser, "seen");
    let added = crate::records::records("gamma  cpu  hour  2026-11  erik  7.00");
    let file = office.0.write("more.json", crate::records::page(&added));
    let book = office.0.path("usage.book").display().to_string();
    let added =
        run(&format!("add '{file}' --book '{book}' --pulled-at 2026-12-01T09:00:00Z --accept-future -q"));
    // Those that it lacks are a warning.
    assert_eq!(added.code, 3, "{}", added.stderr);
    let answer = browser.post("/acknowledge", &old);
    assert_eq!(answer.status, 409, "{}", answer.words());
    assert!(answer.words().contains("What came since: delivery "), "{}", answer.words());
    assert!(!status(&office).contains("\"reason\": \"seen\""));
    assert_eq!(browser.post("/acknowledge", &form(&browser, "seen")).status, 303);
    let twice = browser.post("/acknowledge", &old);
    assert_eq!(twice.status, 409);
}

#[test]
fn an_answer_without_a_reason_or_for_no_warning_is_refused() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let good = form(&browser, "seen");
    for (wrong, status, text) in [
        (good.replace("reason=seen", "reason="), 400, "why the figures are right"),
        (good.replace("Mari+Maasikas", ""), 400, "who answers for them"),
        (good.replace("negative_total", "spike"), 0, "spike"),
        (good.replace("negative_total", "nonsense"), 400, "the code of a warning"),
        (good.replace("2026-11", "2025-11"), 404, "2025-11"),
    ] {
        let answer = browser.post("/acknowledge", &wrong);
        assert!(
            answer.status >= 400 && (status == 0 || answer.status == status),
            "{wrong}: {}",
            answer.status
        );
        assert!(answer.words().contains(text), "{wrong}: {}", answer.words());
    }
    assert!(!status(&office).contains("\"reason\": \"seen\""));
}

#[test]
fn a_desk_that_only_reads_writes_nothing() {
    let office = office();
    let writing = Desk::of(&office);
    let form = form(&writing.enter(), "seen");
    let config = office.0.path("usagebook.toml").display().to_string();
    let desk = Desk::start(&["--no-browser", "--read-only", "--config", &config], |_| {});
    let browser = desk.enter();
    assert!(!browser.page(PAGE).text().contains("/acknowledge"));
    let before = crate::month::files(&office.0.path("usage.book"));
    assert_eq!(browser.post("/acknowledge", &form).status, 403);
    assert_eq!(crate::month::files(&office.0.path("usage.book")), before);
}

#[test]
fn while_another_program_writes_the_desk_says_which() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let form = form(&browser, "seen");
    let options =
        usagebook::book::WriterOptions { command: "usagebook add".to_owned(), ..Default::default() };
    let disk = std::sync::Arc::new(usagebook::book::disk::RealDisk::default());
    let writer = usagebook::book::BookWriter::open_with(&office.0.path("usage.book"), &options, disk)
        .expect("the lock");
    let answer = browser.post("/acknowledge", &form);
    assert!(answer.status >= 400, "{}", answer.words());
    assert!(
        answer.words().contains("locked for writing") && answer.words().contains("usagebook add"),
        "{}",
        answer.words()
    );
    assert_eq!(browser.get("/").status, 200, "reading goes on");
    drop(writer);
    assert_eq!(browser.post("/acknowledge", &form).status, 303);
}
