//! A month closes when somebody answers for each of its warnings, and the answers stay in the book.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use crate::binary::{Outcome, run, stdout};
use crate::book::{Parcel, shelf};
use crate::records::Dumps;
use crate::workbook::Workbook;

/// Two resources whose usage is below zero.
const NEGATIVE: &str = "acme cpu hour 2026-10 alice -5.00\nglobex cpu hour 2026-10 bob -2.00";

fn on(book: &Path, command: &str) -> Outcome {
    run(&format!("{command} --book '{}'", book.display()))
}

fn acknowledge(book: &Path, rest: &str) -> Outcome {
    on(book, &format!("acknowledge 2026-10 negative_total --by-whom Mari --reason 'a refund, agreed' {rest}"))
}

fn verdict(book: &Path) -> serde_json::Value {
    serde_json::from_str(&on(book, "check --period 2026-10 --format json").stdout).expect("JSON")
}

/// The result of the check of totals below zero.
fn negative(verdict: &serde_json::Value) -> serde_json::Value {
    let checks = verdict["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["code"] == "negative_total").expect("a warning").clone()
}

#[test]
fn a_month_with_an_open_warning_is_not_closed_and_the_message_says_how() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    let refused = on(&book, "close 2026-10");
    let said = "2026-10 has warnings that nobody has answered for: negative_total (2).";
    assert!(refused.code == 1 && refused.stderr.contains(said), "{}", refused.stderr);
    assert!(refused.stderr.contains("--by-whom NAME --reason TEXT"), "{}", refused.stderr);
    assert!(stdout(&format!("status --book '{}'", book.display())).contains("OPEN"));

    let answered = acknowledge(&book, "");
    let said = "2026-10: negative_total is acknowledged by Mari, 2 instances: a refund, agreed\n";
    assert_eq!((answered.code, answered.stdout.as_str()), (0, said), "{}", answered.stderr);
    let two_lines = on(&book, "close 2026-10 --by-whom 'Eve\nx' --note 'approved'");
    assert!(two_lines.code == 2 && two_lines.stderr.contains("one line"), "{}", two_lines.stderr);
    let closed = on(&book, "close 2026-10 --by-whom Jaan --note 'approved'");
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    assert!(
        closed.stdout.contains("\nnegative_total is acknowledged by Mari: a refund, agreed\n"),
        "{}",
        closed.stdout
    );
    assert!(closed.stdout.contains("\nnot checked: "), "{}", closed.stdout);

    let status = stdout(&format!("status --format json --book '{}'", book.display()));
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    let closing = &status[0]["closings"][0];
    assert_eq!((&closing["by_whom"], &closing["time"]), (&"Jaan".into(), &"2026-12-01T00:00:00Z".into()));
    assert_eq!(closing["acknowledgements"], status[0]["acknowledgements"]);
    assert_eq!(closing["acknowledgements"][0]["reason"], "a refund, agreed");

    // The page and the workbook say who closed the month, when and why, and who answers for the warning.
    let said = ["Version 1, closed by Jaan on 1 December 2026: approved", "Mari", "a refund, agreed"];
    let page = book.with_file_name("closed.html");
    let workbook = book.with_file_name("closed.xlsx");
    for output in [&page, &workbook] {
        let outcome = on(&book, &format!("report --period 2026-10 -o '{}'", output.display()));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    }
    let page = std::fs::read_to_string(page).expect("a page");
    let workbook = Workbook::open(&workbook);
    let cells = ["Cover", "Checks"].map(|sheet| workbook.sheet(sheet).into_values().map(|cell| cell.value));
    let cells: String = cells.into_iter().flatten().collect::<Vec<_>>().join(" ");
    for text in said {
        assert!(page.contains(text) && cells.contains(text), "{text}: {cells}");
    }
}

#[test]
fn an_answered_warning_stays_visible_and_no_longer_changes_the_exit_status() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    assert_eq!(verdict(&book)["verdict"], "warnings");
    assert_eq!(on(&book, "check --period 2026-10").code, 3);
    acknowledge(&book, "");
    let checked = on(&book, "check --period 2026-10");
    assert_eq!(checked.code, 0, "{}", checked.stdout);
    assert!(checked.stdout.contains("no warning, 1 warning acknowledged, "), "{}", checked.stdout);
    let answer = "Acknowledged by Mari on 1 December 2026: a refund, agreed.";
    assert!(checked.stdout.contains("\nacknowledged negative_total: ") && checked.stdout.contains(answer));
    let warning = negative(&verdict(&book));
    assert_eq!((&warning["severity"], &warning["is_open"]), (&"warning".into(), &false.into()));
    assert_eq!(warning["acknowledgements"][0]["by_whom"], "Mari");

    let folder = Dumps::new();
    for name in ["a.html", "a.xlsx"] {
        let path = folder.path(name);
        let report = on(&book, &format!("report --period 2026-10 -o '{}'", path.display()));
        assert_eq!(report.code, 0, "{}", report.stderr);
    }
    let html = std::fs::read_to_string(folder.path("a.html")).expect("a page");
    assert!(html.contains("Acknowledged</strong>") && html.contains(answer));
    assert!(html.contains("No open warnings, 1 acknowledged"));
    let workbook = Workbook::open(&folder.path("a.xlsx"));
    let checks: Vec<String> = workbook.sheet("Checks").into_values().map(|cell| cell.value).collect();
    assert!(checks.iter().any(|cell| cell == "acknowledged"), "{checks:?}");
    assert!(checks.join(" ").contains(answer), "{checks:?}");
}

#[test]
fn an_answer_covers_only_the_examples_that_it_names() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    let warning = negative(&verdict(&book));
    let ids: Vec<&str> =
        warning["examples"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 2, "{warning}");
    let resource = warning["examples"][0]["resource_uuid"].as_str().expect("a uuid");
    assert_eq!(acknowledge(&book, &format!("--example {}", &resource[..8])).code, 0);
    let checked = on(&book, "check --period 2026-10");
    assert!(
        checked.code == 3 && checked.stdout.contains("1 of 2 acknowledged by Mari"),
        "{}",
        checked.stdout
    );
    let refused = on(&book, "close 2026-10");
    assert!(refused.stderr.contains("negative_total (1)"), "{}", refused.stderr);
    for unknown in [ids[0], resource, "ffffffffffffffff", ""] {
        let unknown = acknowledge(&book, &format!("--example '{unknown}'"));
        assert!(
            unknown.code != 0 && unknown.stderr.contains("uuid or id of an open example"),
            "{}",
            unknown.stderr
        );
    }
    assert_eq!(acknowledge(&book, &format!("--example {}", ids[1])).code, 0);
    assert_eq!(on(&book, "close 2026-10").code, 0);
}

#[test]
fn changed_figures_and_new_instances_are_open_again_and_what_is_as_it_was_is_not() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    acknowledge(&book, "");
    let changed =
        "acme cpu hour 2026-10 alice -6.00 modified=2026-11-02T00:00:00Z\nzeta cpu hour 2026-10 eve -1.00";
    Parcel::new("2026-11-02", changed).deliver(&book);
    let warning = negative(&verdict(&book));
    assert_eq!(warning["is_open"], true);
    assert_eq!(warning["acknowledgements"][0]["instances"].as_array().map(Vec::len), Some(1), "{warning}");
    let refused = on(&book, "close 2026-10");
    assert!(refused.code == 1 && refused.stderr.contains("negative_total (2)"), "{}", refused.stderr);
}

/// Component usages of acme, which has a total below its users, and none of globex.
fn absent(folder: &Dumps, total: &str) -> String {
    let usages = crate::basis::component_usages(&format!("acme cpu hour 2026-10 {total}"));
    folder.write(&format!("usages-{total}.json"), usages)
}

const USED: &str = "acme cpu hour 2026-10 alice 5.00\nglobex cpu hour 2026-10 bob 2.00";

fn add(book: &Path, folder: &Dumps, day: &str, usages: &str) {
    let records = crate::records::page(&crate::records::records(USED));
    let records = folder.write(&format!("records-{day}.json"), records);
    let added = on(
        book,
        &format!(
            "{} '{records}' --parents '{usages}' --pulled-at 2026-11-{day}T08:00:00Z",
            crate::binary::adding(book)
        ),
    );
    assert_eq!(added.code, 0, "{}", added.stderr);
}

#[test]
fn one_answer_covers_the_check_and_the_report() {
    let (folder, (_shelf, book)) = (Dumps::new(), shelf());
    let prices = folder.write(
        "prices.toml",
        "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"EUR\"\n",
    );
    add(&book, &folder, "01", &absent(&folder, "5.00"));
    let html = folder.path("a.html");
    let report = format!("report --period 2026-10 --prices '{prices}' -o '{}'", html.display());
    assert_eq!(on(&book, &report).code, 3);
    let answered = on(&book, "acknowledge 2026-10 parent_absent --by-whom Mari --reason deleted");
    assert_eq!(answered.code, 0, "{}", answered.stderr);
    let reported = on(&book, &report);
    assert_eq!(reported.code, 0, "{}", reported.stderr);
    let page = std::fs::read_to_string(&html).expect("a page");
    assert_eq!(
        (page.matches("<strong>Acknowledged").count(), page.matches("<strong>Warning").count()),
        (1, 0)
    );
    let filtered = on(&book, &format!("report --period 2026-10 --prices '{prices}' --customer globex"));
    assert_eq!(filtered.code, 0, "{}", filtered.stderr);
}

/// The process, killed with no chance to tidy up.
#[test]
fn killed_at_any_moment_the_book_is_whole_and_the_answer_is_there_or_not() {
    let (folder, start) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&start);
    let answer = |book: &Path| {
        let mut command = crate::binary::command();
        command.args(["acknowledge", "2026-10", "negative_total", "--by-whom", "Mari", "--reason", "agreed"]);
        command.arg("--book").arg(book).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let copy = |name: &str| {
        let book = folder.path().join(name);
        crate::book_faults::copy(&start, &book);
        book
    };
    let answers = |book: &Path| {
        assert_eq!(on(book, "verify").code, 0, "the book is whole");
        negative(&verdict(book))["acknowledgements"].as_array().map_or(0, Vec::len)
    };
    let done = copy("done");
    let begin = Instant::now();
    assert!(answer(&done).status().expect("it runs").success());
    let whole = begin.elapsed();
    assert_eq!(answers(&done), 1);
    for round in 0..12u32 {
        let book = copy(&format!("killed-{round}"));
        let mut child = answer(&book).spawn().expect("it starts");
        std::thread::sleep(whole * (round + 1) / 12);
        let _ = child.kill();
        child.wait().expect("it ends");
        let found = answers(&book);
        let again = answer(&book).status().expect("it runs");
        assert_eq!(
            again.success(),
            found == 0,
            "round {round}: the same command again answers, or finds the answer"
        );
        assert_eq!(answers(&book), 1, "round {round}");
        assert_eq!(on(&book, "close 2026-10").code, 0, "round {round}");
    }
}

#[test]
fn the_ids_that_books_have_answers_for_never_change() {
    let (folder, (_shelf, book)) = (Dumps::new(), shelf());
    let usages = absent(&folder, "4.00");
    let records = "acme cpu hour 2026-10 alice 5.00\nglobex cpu hour 2026-10 bob -2.00";
    let records = folder.write("records.json", crate::records::page(&crate::records::records(records)));
    let added = on(&book, &format!("{} '{records}' --parents '{usages}'", crate::binary::adding(&book)));
    assert_eq!(added.code, 0, "{}", added.stderr);
    // As the first release that has acknowledgements wrote them.
    let ids = [
        ("users_exceed_parent", "b67ae1b3f432830c"),
        ("parent_absent", "a50b3789a7be4271"),
        ("negative_total", "17b5625184de8f12"),
    ];
    for (code, id) in ids {
        let line = format!("acknowledge 2026-10 {code} --by-whom Mari --reason agreed --example {id}");
        let answered = on(&book, &line);
        assert_eq!(answered.code, 0, "{code}: {}", answered.stderr);
    }
    let verdict = verdict(&book);
    let example = &negative(&verdict)["examples"][0];
    assert_eq!(example["id"], "17b5625184de8f12");
    assert_eq!(example["customer_uuid"], crate::records::uuid("globex"), "told apart, and not by the id");
    assert_eq!(verdict["verdict"], "clean", "{verdict}");
}

#[test]
fn a_cut_off_is_checked_as_its_last_delivery_left_the_month() {
    let (folder, (_shelf, book)) = (Dumps::new(), shelf());
    add(&book, &folder, "02", &absent(&folder, "4.00"));
    add(&book, &folder, "09", &absent(&folder, "5.00"));
    let absent = on(&book, "acknowledge 2026-10 parent_absent --by-whom Mari --reason deleted");
    assert_eq!(absent.code, 0, "{}", absent.stderr);
    let close = "close 2026-10 --as-of 2026-11-03T00:00:00Z";
    let refused = on(&book, close);
    assert!(refused.code == 1 && refused.stderr.contains("users_exceed_parent (1)"), "{}", refused.stderr);
    let answer = "acknowledge 2026-10 users_exceed_parent --by-whom Mari --reason agreed";
    assert_eq!(on(&book, answer).code, 1, "now the totals agree");
    assert_eq!(on(&book, &format!("{answer} --as-of 2026-11-03T00:00:00Z")).code, 0);
    assert_eq!(on(&book, close).code, 0);
    let checked = on(&book, "check --period 2026-10 --version v1");
    assert!(
        checked.code == 0 && checked.stdout.contains("acknowledged users_exceed_parent"),
        "{}",
        checked.stdout
    );
}

#[test]
fn a_reason_is_one_line_that_somebody_can_read() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    for reason in ["\u{200b}", "...", "agreed\nspike is acknowledged by Jaan: yes", &"x".repeat(1_001)] {
        let words =
            ["acknowledge", "2026-10", "negative_total", "--by-whom", "Mari", "--reason", reason, "--book"];
        let words: Vec<String> =
            words.iter().map(|word| word.to_string()).chain([book.display().to_string()]).collect();
        let refused = crate::binary::run_with(&words, "");
        assert!(refused.code != 0 && refused.stderr.contains("in one line"), "{reason}: {}", refused.stderr);
    }
}

#[test]
fn what_is_not_open_cannot_be_answered_for() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    let spike = on(&book, "acknowledge 2026-10 spike --by-whom Mari --reason x");
    let said = "2026-10 has no open warning spike; open are negative_total (2)";
    assert!(spike.code == 1 && spike.stderr.contains(said), "{}", spike.stderr);
    assert_eq!(acknowledge(&book, "").code, 0);
    let again = acknowledge(&book, "");
    assert!(
        again.code == 1 && again.stderr.contains("no open warning negative_total; none is open"),
        "{}",
        again.stderr
    );
    let misspelt = on(&book, "acknowledge 2026-10 negative --by-whom Mari --reason x");
    assert!(misspelt.code == 2 && misspelt.stderr.contains("negative_total"), "{}", misspelt.stderr);
    let nobody = on(&book, "acknowledge 2026-10 spike --reason x");
    assert!(nobody.code == 2 && nobody.stderr.contains("--by-whom"), "{}", nobody.stderr);
    let blank = on(&book, "acknowledge 2026-10 spike --by-whom Mari --reason ' '");
    assert_ne!(blank.code, 0);
    let absent = on(&book, "acknowledge 2026-09 spike --by-whom Mari --reason x");
    assert!(absent.code == 2 && absent.stderr.contains("2026-09"), "{}", absent.stderr);
}

#[test]
fn the_configuration_says_who_answers() {
    let folder = Dumps::new();
    let (_shelf, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    let config = folder.write("usagebook.toml", "by_whom = \"Mari Maasikas\"\n");
    let line = format!("acknowledge 2026-10 negative_total --reason agreed --config '{config}'");
    let answered = on(&book, &line);
    assert!(answered.stdout.contains("acknowledged by Mari Maasikas, "), "{}", answered.stderr);
    let closed = on(&book, &format!("close 2026-10 --config '{config}'"));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    let status = stdout(&format!("status --format json --book '{}'", book.display()));
    assert!(status.contains("\"by_whom\": \"Mari Maasikas\""), "{status}");
}

#[test]
fn the_log_is_proved_like_everything_in_a_book() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", NEGATIVE).deliver(&book);
    acknowledge(&book, "");
    assert_eq!(on(&book, "verify").code, 0);
    let mut tampered = 0;
    for (path, bytes) in crate::book::bytes(&book) {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("a refund, agreed") {
            std::fs::write(book.join(path), text.replace("a refund, agreed", "a refund, denied"))
                .expect("a file");
            tampered += 1;
        }
    }
    assert!(tampered > 0);
    assert_ne!(on(&book, "verify").code, 0);
}
