//! The end of a month by one command: what it says, what it leaves alone, and that it can be stopped anywhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::Value;
use usagebook::book::{BookWriter, WriterOptions};
use usagebook::error::Error;
use usagebook::files::access::Access;
use usagebook::join::Attributes;
use usagebook::price::{PriceList, Tariff};
use usagebook::usecase::{self, Arriving, Download, MonthEnd, MonthQuestion, Surroundings, Watch};
use usagebook::{Book, Dimension, Progress};

use crate::binary::{CLOCK, Outcome, command, run, said};
use crate::records::{Dumps, page, records};
use crate::serve::running::Running;

pub const LINES: &str = "
    acme  cpu  hour  2026-10  alice  10.00
    acme  cpu  hour  2026-10  bob     5.00
    beta  cpu  hour  2026-10  carol   4.00
";

/// The same a week later: bob used more, and carol is gone.
const LATER: &str = "
    acme  cpu  hour  2026-10  alice  10.00
    acme  cpu  hour  2026-10  bob     7.00  modified=2026-11-09T00:00:00Z
    beta  cpu  hour  2026-10  dora    4.00
";

const CARD: &str =
    "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"EUR\"\n";

const JOURNAL: &str = "\n[journal]\nby = \"customer\"\ndebit_account = \"1\"\ncredit_account = \"2\"\n";

/// An organisation's folder: its settings, and what it was sent.
pub struct Office(pub Dumps);

impl Office {
    /// With a book, prices and postings.
    pub fn new() -> Self {
        Self::with("prices = \"card.toml\"\n", JOURNAL)
    }

    pub fn with(month: &str, rest: &str) -> Self {
        let folder = Dumps::new();
        folder.write("card.toml", CARD);
        let settings =
            format!("by_whom = \"Mari\"\n\n[month]\nbook = \"usage.book\"\nto = \"outputs\"\n{month}{rest}");
        folder.write("usagebook.toml", settings);
        folder.write("october.json", page(&records(LINES)));
        folder.write("later.json", page(&records(LATER)));
        Self(folder)
    }

    /// Runs the command with these settings; paths of the folder are shown without it.
    pub fn run(&self, line: &str) -> Outcome {
        let config = self.0.path("usagebook.toml");
        let outcome = run(&format!("month {} --config '{}'", self.placed(line), config.display()));
        let without = |text: String| text.replace(&format!("{}/", self.0.text()), "");
        Outcome { stdout: without(outcome.stdout), stderr: without(outcome.stderr), code: outcome.code }
    }

    /// Another command on the book.
    pub fn on_book(&self, line: &str) -> Outcome {
        run(&format!("{} --book '{}'", self.placed(line), self.0.path("usage.book").display()))
    }

    fn placed(&self, line: &str) -> String {
        let place = |word: &str| match word.ends_with(".json") {
            true => format!("'{}'", self.0.path(word).display()),
            false => word.to_owned(),
        };
        line.split(' ').map(place).collect::<Vec<_>>().join(" ")
    }

    /// The first run, which makes the book.
    pub fn begun(self) -> Self {
        let outcome = self.run("2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z --new -q");
        assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
        self
    }

    pub fn outputs(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.0.path("outputs"))
    }
}

/// All files below a folder, hidden ones left out.
pub fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            let is_hidden = path.file_name().unwrap().to_string_lossy().starts_with('.');
            match path.is_dir() {
                _ if is_hidden => {}
                true => folders.push(path),
                false => {
                    let name = path.strip_prefix(folder).unwrap().display().to_string();
                    found.insert(name, fs::read(&path).unwrap());
                }
            }
        }
    }
    found
}

#[test]
fn a_month_without_warnings_can_be_closed_and_the_next_command_closes_it() {
    let office = Office::new();
    let outcome = office.run("2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "October 2026 is ready to be closed.",
            "Records: 3, completeness not proved; this delivery added 3, changed 0 and removed 0.",
            "Amounts: EUR 38.00.",
            "Results: outputs/2026-10 has workbook, page, checks, 2 draft bills and postings.",
            "Next: usagebook close 2026-10 --book usage.book --prices card.toml --config usagebook.toml",
        ]
    );
    let card = office.0.path("card.toml").display().to_string();
    let closed = office.on_book(&format!("close 2026-10 --by-whom Mari --prices '{card}'"));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    let outcome = office.run("2026-10 -q");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome
            .stdout
            .starts_with("October 2026 is closed as version 1, and its bills are not issued yet.\n"),
        "{}",
        outcome.stdout
    );
    let next = "Next: usagebook bills --book usage.book --period 2026-10 --issue --to outputs/2026-10-bills";
    assert!(outcome.stdout.contains(next), "{}", outcome.stdout);
}

#[test]
fn the_folder_has_workbook_page_checks_bills_and_postings() {
    let office = Office::new().begun();
    let names: Vec<String> = office.outputs().into_keys().collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    for name in [
        "2026-10/report-2026-10.xlsx",
        "2026-10/report-2026-10.html",
        "2026-10/check-2026-10.txt",
        "2026-10/journal-2026-10.csv",
        "2026-10/bills/mail-merge.csv",
        "2026-10/manifest.json",
    ] {
        assert!(has(name), "{name} of {names:?}");
    }
    assert!(
        names.iter().any(|name| name.starts_with("2026-10/bills/acme-") && name.ends_with(".html")),
        "{names:?}"
    );
    let manifest: Value = serde_json::from_slice(&office.outputs()["2026-10/manifest.json"]).unwrap();
    assert_eq!(manifest["totals"][0]["amount"], "38.00");
    assert_eq!(manifest["outputs"].as_array().unwrap().len(), names.len() - 1);
}

#[test]
fn run_again_it_changes_nothing_or_says_what_changed() {
    let office = Office::new().begun();
    let before = (office.outputs(), files(&office.0.path("usage.book")).len());
    let again = office.run("2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z -q");
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(again.stdout.contains("nothing new since the last delivery"), "{}", again.stdout);
    assert!(again.stdout.contains("nothing changed since the last run"), "{}", again.stdout);
    assert_eq!((office.outputs(), files(&office.0.path("usage.book")).len()), before);

    let later =
        office.run("2026-10 later.json --complete --retire-up-to 1 --pulled-at 2026-11-09T08:00:00Z -q");
    let has = |text: &str| assert!(later.stdout.contains(text), "{text}:\n{}{}", later.stdout, later.stderr);
    has("this delivery added 1, changed 1 and removed 1");
    has("Amounts: EUR 42.00; before it was EUR 38.00.");
    has(" files changed since the last run.");
    has("\nChanged: check-2026-10.txt, journal-2026-10.csv, report-2026-10.{html,");
    assert_ne!(office.outputs(), before.0);
}

#[test]
fn a_warning_is_a_decision_until_somebody_answers_for_it() {
    let office = Office::new();
    office.0.write(
        "odd.json",
        page(&records("acme cpu hour 2026-10 alice 10.00\nacme cpu hour 2026-10 bob -20.00")),
    );
    let outcome = office.run("2026-10 odd.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "October 2026 needs 1 decision before it can be closed.");
    let decision = lines.iter().find(|line| line.starts_with("Decide: ")).expect("a decision");
    assert!(decision.starts_with("Decide: negative_total (EUR 20.00 at stake): "), "{decision}");
    assert!(
        decision.contains(" Answer: usagebook acknowledge 2026-10 negative_total --book usage.book"),
        "{decision}"
    );
    let answered = office.on_book("acknowledge 2026-10 negative_total --by-whom Mari --reason agreed");
    assert_eq!(answered.code, 0, "{}", answered.stderr);
    let outcome = office.run("2026-10 -q");
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn as_json_each_line_has_its_kind_its_amounts_and_its_commands() {
    let office = Office::new().begun();
    let outcome = office.run("2026-10 --format json -q");
    let lines: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!((&lines["period"], &lines["status"]), (&Value::from("2026-10"), &Value::from("ready")));
    let lines = lines["lines"].as_array().unwrap();
    assert!(lines.len() <= 10);
    let of = |kind: &str| lines.iter().find(|line| line["kind"] == kind).expect("a line of that kind");
    assert_eq!(of("amounts")["amounts"]["EUR"], "38.00");
    assert!(of("next")["commands"][0].as_str().unwrap().starts_with("usagebook close 2026-10"));
    assert!(of("left_out")["text"].as_str().unwrap().contains("no url"));
}

#[test]
fn steps_without_settings_are_left_out_and_that_is_said() {
    let office = Office::with("", JOURNAL).begun();
    let outcome = office.run("2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z -q");
    assert!(
        outcome.stdout.contains("Left out: draft bills and postings, because [month] names no prices.\n"),
        "{}",
        outcome.stdout
    );
    assert!(!office.outputs().keys().any(|name| name.contains("bills") || name.contains("journal")));

    let office = Office::with("prices = \"card.toml\"\n", "").begun();
    let outcome = office.run("2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z -q");
    let text = "Left out: postings, because the configuration has no [journal].\n";
    assert!(outcome.stdout.contains(text), "{}", outcome.stdout);
}

#[test]
fn what_cannot_work_is_found_before_anything_is_taken_in() {
    let begin = "2026-10 october.json --pulled-at 2026-11-02T08:00:00Z --new -q";
    for (month, rest, message) in [
        ("prices = \"missing.toml\"\n", "", "missing.toml"),
        ("prices = \"card.toml\"\nattributes = [\"missing.csv\"]\n", "", "missing.csv"),
        ("budget = \"missing.csv\"\n", "", "missing.csv"),
        ("per = \"nobody\"\n", "", "nobody"),
        ("sign = \"key\"\n", "", "the key of sign in [month] is not there"),
        ("dumps = \"usage.book/dumps\"\n", "", "it is inside the book"),
        ("url = \"ftp://x\"\ntoken_file = \"token\"\n", "", ""),
    ] {
        let office = Office::with(month, rest);
        let line = if message.is_empty() { "2026-10 --new -q" } else { begin };
        let outcome = office.run(line);
        assert!(matches!(outcome.code, 1 | 2), "{month}{}", outcome.stdout);
        assert!(outcome.stderr.contains(message), "{month}{}", outcome.stderr);
        for name in ["usage.book", "outputs", "dumps"] {
            assert!(!office.0.path(name).exists(), "{month}{name}");
        }
    }
    let outcome = Office::new().run("2026-12 october.json --new -q");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("expected a month that is over: December 2026 ends after 2026-12-01"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn no_book_is_made_unless_that_is_asked_for() {
    let office = Office::new();
    let outcome = office.run("2026-10 october.json -q");
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.stderr.contains("usage.book: is not a book") && outcome.stderr.contains("--new"),
        "{}",
        outcome.stderr
    );
    assert!(!office.0.path("usage.book").exists());
    let office = office.begun();
    let outcome = office.run("2026-10 october.json --new -q");
    assert_eq!(outcome.code, 2);
    assert_eq!(
        said(&outcome, "error: "),
        ["usage.book: is a book already; leave --new out, or name another folder"]
    );
    let outcome = Office::new().run("2026-10 --new");
    assert_eq!(said(&outcome, "error: "), ["month --new needs an INPUT, or url in [month]"]);
}

#[test]
fn files_of_somebody_else_in_the_folder_are_never_lost() {
    let office = Office::new().begun();
    let notes = office.0.write("outputs/2026-10/notes.txt", "mine");
    let outcome = office.run("2026-10 later.json --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("outputs/2026-10: notes.txt is not as usagebook wrote it"),
        "{}",
        outcome.stderr
    );
    assert_eq!(office.on_book("history").stdout.matches("2026-11-09").count(), 0, "nothing was taken in");
    fs::remove_file(notes).unwrap();
    let journal = office.0.path("outputs/2026-10/journal-2026-10.csv");
    fs::write(&journal, "changed").unwrap();
    assert!(office.run("2026-10 -q").stderr.contains("journal-2026-10.csv is not as usagebook wrote it"));
    fs::remove_file(&journal).unwrap();
    let outcome = office.run("2026-10 -q");
    assert!(
        outcome.stdout.contains("1 file changed since the last run: journal-2026-10.csv."),
        "{}{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(journal.is_file(), "one that was removed is made again");
}

#[test]
fn a_closed_month_that_changed_is_a_decision_with_its_money() {
    let office = Office::new().begun();
    let card = office.0.path("card.toml").display().to_string();
    assert_eq!(office.on_book(&format!("close 2026-10 --by-whom Mari --prices '{card}'")).code, 0);
    let outcome = office.run("2026-10 later.json --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "October 2026 is closed as version 1 and needs 1 decision.");
    assert!(lines.contains(&"Amounts: EUR 38.00."), "the closed amounts stay: {lines:?}");
    let late = "Decide: the month changed after it was closed (EUR 12.00 more): CLOSED v1, 2 late changes.";
    assert!(lines.contains(&late), "{lines:?}");
    assert!(lines.last().unwrap().contains("usagebook restate 2026-10 --book usage.book"), "{lines:?}");
}

#[test]
fn it_waits_for_another_writer_no_longer_than_asked_and_takes_nothing_in() {
    let office = Office::new().begun();
    let book = office.0.path("usage.book");
    let held = BookWriter::open(&book, None).unwrap();
    let begin = Instant::now();
    let outcome = office.run("2026-10 later.json --lock-timeout 0 -q");
    assert!(begin.elapsed().as_secs() < 8);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("locked for writing"), "{}", outcome.stderr);
    drop(held);
}

#[test]
fn a_portal_is_pulled_once_for_what_it_has() {
    let server = Running::start("fixtures/real/complete --parents fixtures/real/component-usages");
    let office = Office::with(&format!("url = \"http://{}\"\ntoken_file = \"token\"\n", server.address), "");
    office.0.write("token", "s3cret-t0ken");
    let first = office.run("2026-10 --new --pulled-at 2026-11-03T08:00:00Z");
    assert_eq!(first.code, 3, "{}{}", first.stdout, first.stderr);
    assert!(
        first.stdout.contains(
            "Records: 1,513, completeness proved for what this token sees; this delivery added 1,513"
        ),
        "{}",
        first.stdout
    );
    let dumps = |office: &Office| fs::read_dir(office.0.path("dumps")).unwrap().count();
    assert_eq!(dumps(&office), 1);
    let generation = Book::open(&office.0.path("usage.book")).unwrap().generation();
    let second = office.run("2026-10 --pulled-at 2026-11-04T08:00:00Z");
    assert!(
        second.stdout.contains("nothing new since the last delivery"),
        "{}{}",
        second.stdout,
        second.stderr
    );
    assert!(second.stdout.contains("nothing changed since the last run"), "{}", second.stdout);
    assert_eq!(dumps(&office), 1, "a download without anything new is not kept");
    assert_eq!(Book::open(&office.0.path("usage.book")).unwrap().generation(), generation);
    server.stop();
    let without = office.run("2026-10");
    assert_eq!(without.code, 1, "{}", without.stdout);
    for outcome in [first, second, without] {
        assert!(
            !outcome.stdout.contains("s3cret") && !outcome.stderr.contains("s3cret"),
            "the token is printed"
        );
    }
}

/// Stops the work at one of its checks.
struct Stopping {
    progress: Arc<Progress>,
    left: AtomicUsize,
}

impl Watch for Stopping {
    fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    fn check(&self) -> usagebook::Result<()> {
        let is_over =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err();
        if is_over { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// A book, and a portal that is a copy of a folder.
struct Desk {
    book: PathBuf,
    portal: PathBuf,
}

impl Surroundings for Desk {
    fn book(&self) -> usagebook::Result<Book> {
        Book::open(&self.book)
    }

    fn writer(&self) -> usagebook::Result<BookWriter> {
        BookWriter::open_with(
            &self.book,
            &WriterOptions::default(),
            Arc::new(usagebook::book::disk::RealDisk::default()),
        )
    }

    fn download(&self, to: &Path) -> usagebook::Result<Download> {
        crate::book_faults::copy(&self.portal, to);
        Ok(Download { lacking: None, seen_as: None })
    }
}

/// October, taken in from the portal, up to a number of checks.
fn month(desk: &Desk, office: &Path, checks: usize) -> usagebook::Result<MonthEnd> {
    let card = PriceList::parse(Path::new("card.toml"), CARD.as_bytes()).unwrap();
    let tariff = Tariff::new(card, None, None, None).unwrap();
    let attributes = Attributes::default();
    let clock = CLOCK.parse().ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0)).unwrap();
    let question = MonthQuestion {
        period: "2026-10".parse().unwrap(),
        arriving: Arriving::Download { dumps: office.join("dumps") },
        is_new: false,
        pulled_at: Some("2026-11-02T08:00:00Z".parse().unwrap()),
        retire_up_to: None,
        clock,
        fiscal_year_start: 1,
        tariff: Some(&tariff),
        basis: None,
        attributes: &attributes,
        budget: None,
        journal: None,
        per: Dimension::Customer,
        sender: usagebook::bill::Sender::default(),
        keeps_rejects: false,
        has_mail: false,
        to: office.join("outputs/2026-10"),
        access: Access::Private,
    };
    let watch = Stopping { progress: Arc::default(), left: AtomicUsize::new(checks) };
    usecase::month(&question, desk, &watch)
}

/// The process, killed with no chance to tidy up.
#[test]
fn killed_at_any_moment_the_same_command_completes_the_month() {
    let server = Running::start("fixtures/real/complete --parents fixtures/real/component-usages");
    let begin = |name: &str, folder: &Dumps| {
        let settings = format!(
            "[month]\nbook = \"usage.book\"\nto = \"outputs\"\nurl = \"http://{}\"\nprices = \"rates.toml\"\n",
            server.address
        );
        folder.write(&format!("{name}/usagebook.toml"), settings);
        fs::copy("fixtures/prices/rates.toml", folder.path(&format!("{name}/rates.toml"))).unwrap();
        let book = folder.path(&format!("{name}/usage.book"));
        let line = "add fixtures/real/complete/2026-09 --new --pulled-at 2026-10-03T08:00:00Z -q --book";
        assert_eq!(run(&format!("{line} '{}'", book.display())).code, 0);
    };
    let folder = Dumps::new();
    let start = |name: &str| {
        let mut command = command();
        command.args(["month", "2026-10", "-q", "--pulled-at", "2026-11-03T08:00:00Z", "--config"]);
        command.arg(folder.path(&format!("{name}/usagebook.toml")));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let seen = |name: &str| {
        let outputs = files(&folder.path(&format!("{name}/outputs")));
        outputs
            .into_iter()
            .filter(|(path, _)| path.ends_with(".csv") || path.ends_with(".json"))
            .collect::<BTreeMap<_, _>>()
    };
    begin("whole", &folder);
    let clock = Instant::now();
    assert_eq!(start("whole").status().unwrap().code(), Some(3));
    let took = clock.elapsed();
    let wanted = seen("whole");
    assert!(wanted.len() > 8);
    for round in 0..6u32 {
        let name = format!("killed-{round}");
        begin(&name, &folder);
        let mut child = start(&name).spawn().unwrap();
        std::thread::sleep(took * (round * 3 + 1) / 18);
        let _ = child.kill();
        child.wait().unwrap();
        let outputs = seen(&name);
        assert!(outputs.is_empty() || outputs.contains_key("2026-10/manifest.json"), "round {round}");
        assert_eq!(start(&name).status().unwrap().code(), Some(3), "round {round}");
        let found: Vec<String> = seen(&name).into_keys().collect();
        assert_eq!(found, wanted.keys().cloned().collect::<Vec<_>>(), "round {round}");
        let manifest = |seen: &BTreeMap<String, Vec<u8>>| -> Value {
            serde_json::from_slice(&seen["2026-10/manifest.json"]).unwrap()
        };
        assert_eq!(manifest(&seen(&name))["totals"], manifest(&wanted)["totals"], "round {round}");
        let book = Book::open(&folder.path(&format!("{name}/usage.book"))).unwrap();
        assert_eq!(book.verify().unwrap().damage, []);
        assert_eq!(book.deliveries().len(), 2, "round {round}: September, and October once");
    }
    server.stop();
}

#[test]
fn stopped_at_any_step_the_same_command_completes_the_month() {
    let folder = Dumps::new();
    folder.write("portal/page-1.json", page(&records(LINES)));
    fs::create_dir_all(folder.path("portal/component-usages")).unwrap();
    folder.write("portal/component-usages/page-1.json", "[]");
    let begun = folder.path("begun.book");
    let september = folder.write("september.json", page(&records("acme cpu hour 2026-09 alice 1.00")));
    let added = run(&format!(
        "add '{september}' --book '{}' --new --pulled-at 2026-10-02T08:00:00Z -q",
        begun.display()
    ));
    assert!(matches!(added.code, 0 | 3), "{}", added.stderr);
    // The same folder each time: results name the files that they are made of.
    let office = folder.path("office");
    let desk = Desk { book: office.join("usage.book"), portal: folder.path("portal") };
    let begin = || {
        let _ = fs::remove_dir_all(&office);
        fs::create_dir_all(&office).unwrap();
        crate::book_faults::copy(&begun, &desk.book);
    };
    let seen = || {
        let book = Book::open(&desk.book).unwrap();
        let months = book.months().map(|(period, month)| format!("{period} {:?}", month.now.totals));
        let months: Vec<String> = months.collect();
        assert_eq!(book.verify().unwrap().damage, []);
        (months, book.deliveries().len(), files(&office.join("outputs")))
    };
    begin();
    month(&desk, &office, usize::MAX).expect("nothing stops it");
    let wanted = seen();
    assert!(!wanted.2.is_empty());
    let mut stops = 0;
    for checks in 0.. {
        begin();
        match month(&desk, &office, checks) {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, Error::Interrupted), "{error}"),
        }
        stops += 1;
        let outputs = files(&office.join("outputs"));
        assert!(outputs.is_empty() || outputs == wanted.2, "the folder is whole or not there");
        month(&desk, &office, usize::MAX).expect("nothing stops it");
        assert!(seen() == wanted, "after {checks} checks");
    }
    assert!(stops > 10, "{stops} places to stop at");
}
