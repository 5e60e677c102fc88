//! Deliveries: when they are from, which customers they cover, and how one is taken back.

use std::path::Path;

use usagebook::Book;
use usagebook::book::{AddRequest, Added};
use usagebook::error::Error;
use usagebook::notice::{Code, Notice, Severity};

use crate::binary::{Outcome, run, said};
use crate::book::{Parcel, bytes, shelf, state};
use crate::book_disk::disk;
use crate::records::{Dumps, page, records, uuid};

/// Takes a delivery of one day in at a time of another.
fn deliver_at(parcel: &Parcel, book: &Path, clock: &str, accepts_future: bool) -> Result<Added, Error> {
    let clock = clock.parse().expect("a time");
    parcel.deliver_as(book, disk(), &AddRequest { clock, accepts_future, ..parcel.request() })
}

#[test]
fn a_delivery_from_the_future_is_refused_unless_it_is_accepted() {
    let (folder, book) = shelf();
    Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    let before = bytes(folder.path());
    let parcel = Parcel::new("2026-11-02", "acme cpu hour 2026-10 bob 2.00");
    // The parcel is of 08:00.
    let refused = deliver_at(&parcel, &book, "2026-11-02T07:54:59Z", false).unwrap_err();
    insta::assert_snapshot!(refused, @"the delivery's time, 2026-11-02T08:00:00Z, is after this machine's clock, 2026-11-02T07:54:59Z: later deliveries would count as older than it; correct that time, or the clock");
    assert_eq!(bytes(folder.path()), before);
    assert!(deliver_at(&parcel, &book, "2026-11-02T07:54:59Z", true).unwrap().is_new);
    let (_folder, other) = shelf();
    assert!(
        deliver_at(&parcel, &other, "2026-11-02T07:55:00Z", false).unwrap().is_new,
        "clocks differ a little"
    );
}

#[test]
fn what_a_book_holds_is_not_judged_by_the_clock() {
    let (_folder, book) = shelf();
    let future = Parcel::new("2030-01-01", "acme cpu hour 2026-10 alice 1.00");
    assert!(deliver_at(&future, &book, "2026-11-02T00:00:00Z", true).unwrap().is_new);
    assert_eq!(state(&book, "2026-10", "now"), "acme acme-project cpu hour alice 1.00\n");
    assert!(!deliver_at(&future, &book, "2026-11-02T00:00:00Z", false).unwrap().is_new);
    let outcome = run(&format!("status --book '{}'", book.display()));
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}

#[test]
fn a_delivery_that_is_older_than_the_months_latest_is_noted() {
    let (_folder, book) = shelf();
    let first = Parcel::new("2026-11-05", "acme cpu hour 2026-10 alice 1.00").deliver(&book);
    assert_eq!(first.notices, []);
    let older =
        Parcel::new("2026-11-01", "acme cpu hour 2026-10 alice 2.00\nacme cpu hour 2026-09 alice 3.00");
    let notices = older.deliver(&book).notices;
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    assert_eq!((notice.code, notice.severity), (Code::OlderDelivery, Severity::Note));
    let latest = format!("older than the month's latest, {} of 2026-11-05T08:00:00Z", first.delivery.id);
    assert!(
        notice.message.starts_with("2026-10: ") && notice.message.contains(&latest),
        "{}",
        notice.message
    );
}

#[test]
fn the_clock_of_a_command_is_the_one_that_is_set_for_it() {
    let (_folder, book) = shelf();
    let line = format!(
        "add fixtures/real/complete/2026-10 --book '{}' --new -q --pulled-at 2026-12-01T00:05:01Z",
        book.display()
    );
    let outcome = run(&line);
    let refused = "is after this machine's clock, 2026-12-01T00:00:00Z";
    assert!(outcome.code == 1 && outcome.stderr.contains(refused), "{}", outcome.stderr);
    assert!(!book.join("months").exists());
    assert_eq!(run(&format!("{line} --accept-future")).code, 0);
    let mut child = crate::binary::command();
    let output =
        child.args(["status", "--book", "fixtures"]).env("SOURCE_DATE_EPOCH", "now").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "a command that needs no clock does not read it");
    let mut child = crate::binary::command();
    child.args(crate::binary::words(&line.replace(" --new", ""))).env("SOURCE_DATE_EPOCH", "now");
    let output = child.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let expected = "SOURCE_DATE_EPOCH is \"now\"; expected seconds since 1970";
    assert!(output.status.code() == Some(2) && stderr.contains(expected), "{stderr}");
}

/// Records as a pull leaves them: a page, and an index that says what was asked for and whose eyes saw it.
struct Pulled {
    dumps: Dumps,
}

impl Pulled {
    /// `seen_as` is a value of JSON; `filters` are those of the request, `["customer_uuid",["…"]]`.
    fn new(day: &str, lines: &str, seen_as: &str, filters: &str) -> Self {
        let dumps = Dumps::new();
        let records = records(lines);
        dumps.write("page-1.json", page(&records));
        let (url, count) = ("https://portal.example/api/marketplace-component-user-usages/", records.len());
        let index = format!(
            r#"{{"request":{{"url":"{url}","periods":["2026-10"],"filters":[{filters}]}},"seen_as":{seen_as},
            "X-Result-Count":{count},"verdict":{{"verdict":"whole","records":{count},"missing":0,"reason":null}},
            "pages":[{{"url":"{url}?page=1","X-Result-Count":{count},"file":"page-1.json","time":"{day}T08:00:00Z"}}]}}"#
        );
        dumps.write("index.json", index);
        Self { dumps }
    }

    fn add(&self, book: &Path, more: &str) -> Outcome {
        run(&format!(
            "{} '{}' --book '{}' {more}",
            crate::binary::adding(book),
            self.dumps.text(),
            book.display()
        ))
    }
}

const TWO: &str = "acme cpu hour 2026-10 alice 1.00\nzeta cpu hour 2026-10 zoe 2.00";
const ACME: &str = "acme cpu hour 2026-10 alice 1.00";

fn october(book: &Path) -> String {
    state(book, "2026-10", "now")
}

#[test]
fn what_a_token_sees_in_part_is_taken_in_and_never_retires_the_rest() {
    let (_folder, book) = shelf();
    let outcome = Pulled::new("2026-11-01", TWO, r#""all""#, "").add(&book, "--complete 2026-10 -q");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stdout.contains("0 retired; complete, proved; OPEN"), "{}", outcome.stdout);
    let both = october(&book);

    let part = Pulled::new("2026-11-02", ACME, r#""part""#, "");
    let before = bytes(&book);
    let refused = part.add(&book, "--complete 2026-10 --retire-up-to 9 -q");
    assert_eq!(refused.code, 1);
    let way_out =
        "would be retired; name the customers that it sees whole: --complete 2026-10 --customer UUID";
    assert!(refused.stderr.contains(way_out), "{}", refused.stderr);
    assert_eq!(bytes(&book), before);

    let taken = part.add(&book, "-q");
    assert!(taken.stdout.contains("completeness proved for what this token sees"), "{}", taken.stdout);
    assert_eq!(october(&book), both);
    let customer = format!("--complete 2026-10 --customer {} -q", uuid("acme"));
    let taken = part.add(&book, &customer);
    assert!(
        taken.stdout.contains("complete for 1 customer, proved for what this token sees"),
        "{}",
        taken.stdout
    );
    assert_eq!(october(&book), both);
    let history = crate::binary::stdout(&format!("history --book '{}'", book.display()));
    assert!(history.contains("for 1 customer, proved for what this token sees"), "{history}");
}

#[test]
fn a_delivery_of_an_unknown_scope_is_complete_with_a_note() {
    for index in ["null", r#""all""#] {
        let (_folder, book) = shelf();
        let outcome = Pulled::new("2026-11-01", TWO, index, "").add(&book, "--complete 2026-10");
        let notes = said(&outcome, "note: 2026-10: complete for what the token of these inputs sees");
        let (is_noted, word) =
            (index == "null", if index == "null" { "proved for what this token sees" } else { "proved" });
        assert_eq!((outcome.code, notes.len() == 1), (0, is_noted), "{}", outcome.stderr);
        assert!(outcome.stdout.contains(&format!("complete, {word}; OPEN")), "{}", outcome.stdout);
    }
}

#[test]
fn of_several_dumps_the_least_is_what_is_known_of_whose_eyes_they_were() {
    let (all, part, unknown) = (r#""all""#, r#""part""#, "null");
    for (seen, expected) in
        [([all, all], "all"), ([all, part], "part"), ([unknown, part], "part"), ([all, unknown], "unknown")]
    {
        let (_folder, book) = shelf();
        let [first, second] = seen.map(|seen_as| Pulled::new("2026-11-01", ACME, seen_as, ""));
        let line = format!(
            "add --new '{}' '{}' --book '{}' -q",
            first.dumps.text(),
            second.dumps.text(),
            book.display()
        );
        assert_eq!(run(&line).code, 0);
        let history = crate::binary::stdout(&format!("history --format json --book '{}'", book.display()));
        let history: serde_json::Value = serde_json::from_str(&history).unwrap();
        assert_eq!(history[0]["seen_as"], expected, "{seen:?}");
    }
}

#[test]
fn a_delivery_that_is_complete_for_a_customer_retires_that_ones_records_alone() {
    let (_folder, book) = shelf();
    let more =
        "acme cpu hour 2026-10 alice 1.00\nacme gpu hour 2026-10 bob 5.00\nzeta cpu hour 2026-10 zoe 2.00";
    Parcel::new("2026-11-01", more).deliver(&book);
    let added = Parcel::new("2026-11-02", ACME).complete("2026-10").for_customers(&["acme"]).deliver(&book);
    assert_eq!((added.months[0].counts.retired, added.months[0].counts.unchanged), (1, 1));
    assert_eq!(
        october(&book),
        "acme acme-project cpu hour alice 1.00\nzeta zeta-project cpu hour zoe 2.00\n"
    );
    let added =
        Parcel::new("2026-11-03", ACME).complete("2026-10").for_customers(&["acme", "zeta"]).deliver(&book);
    assert_eq!(added.months[0].counts.retired, 1);
    assert_eq!(october(&book), "acme acme-project cpu hour alice 1.00\n");
}

#[test]
fn a_moved_projects_records_are_those_of_its_owner_when_the_delivery_was_complete() {
    let (_folder, book) = shelf();
    let lines = "acme cpu hour 2026-10 alice 1.00\nacme cpu hour 2026-10 bob 5.00";
    let moved = "acme cpu hour 2026-10 alice 1.00 customer_uuid=zeta customer_name=zeta";
    Parcel::new("2026-11-01", lines).deliver(&book);
    Parcel::new("2026-11-02", moved).deliver(&book);
    // Bob's record went along with its project: it is zeta's now, and acme's delivery says nothing of it.
    Parcel::new("2026-11-03", "acme gpu hour 2026-10 eve 3.00")
        .complete("2026-10")
        .for_customers(&["acme"])
        .deliver(&book);
    let all = "acme acme-project gpu hour eve 3.00\nzeta acme-project cpu hour alice 1.00\nzeta acme-project cpu hour bob 5.00\n";
    assert_eq!(october(&book), all);
    Parcel::new("2026-11-04", moved).complete("2026-10").for_customers(&["zeta"]).deliver(&book);
    assert_eq!(october(&book), all.replace("zeta acme-project cpu hour bob 5.00\n", ""));
}

#[test]
fn a_dump_that_was_asked_for_customers_is_complete_for_these() {
    let filter = |name: &str| format!(r#"["customer_uuid",["{}"]]"#, uuid(name));
    let customer = |name: &str| format!("--complete 2026-10 --customer {} -q", uuid(name));
    let dump = Pulled::new("2026-11-01", ACME, r#""all""#, &filter("acme"));
    let (_folder, book) = shelf();
    // So that the book knows the other customer.
    assert_eq!(Pulled::new("2026-10-31", TWO, r#""all""#, "").add(&book, "-q").code, 0);
    let taken = dump.add(&book, &customer("acme"));
    assert!(
        taken.stdout.contains("complete for 1 customer, proved; OPEN"),
        "{}{}",
        taken.stdout,
        taken.stderr
    );
    for asked in ["--complete 2026-10 -q", &customer("zeta")] {
        let refused = dump.add(&book, asked);
        let reason = "2026-10: the inputs do not hold every record of it: ";
        assert!(refused.code == 1 && refused.stderr.contains(reason), "{}", refused.stderr);
        assert!(refused.stderr.contains("its pages were filtered by customer_uuid"), "{}", refused.stderr);
    }
}

#[test]
fn a_customer_that_neither_the_inputs_nor_the_book_know_is_refused() {
    let (_folder, book) = shelf();
    let two = Pulled::new("2026-11-01", TWO, r#""all""#, "");
    let customer = |name: &str| format!("--complete 2026-10 --customer {} -q", uuid(name));
    let refused = |asked: &str, dump: &Pulled| {
        let before = if book.exists() { bytes(&book) } else { Vec::new() };
        let outcome = dump.add(&book, asked);
        let error = "expected the uuid of a customer; neither the inputs nor the book know this one";
        assert!(outcome.code == 2 && outcome.stderr.contains(error), "{}", outcome.stderr);
        assert!(outcome.stderr.contains(&uuid("typo")), "{}", outcome.stderr);
        assert!(before.is_empty() || bytes(&book) == before);
    };
    refused(&customer("typo"), &two);
    assert_eq!(two.add(&book, "-q").code, 0);
    refused(&format!("{} --customer {}", customer("acme"), uuid("typo")), &two);
    // The book knows zeta, and this dump says that it was asked for.
    let zeta = Pulled::new("2026-11-02", ACME, r#""all""#, "");
    let taken = zeta.add(&book, &format!("{} --retire-up-to 9", customer("zeta")));
    assert!(taken.code == 3 && taken.stdout.contains("1 retired"), "it vanished: {}", taken.stderr);
    let filter = format!(r#"["customer_uuid",["{}"]]"#, uuid("idle"));
    let idle = Pulled::new("2026-11-03", ACME, r#""all""#, &filter);
    assert_eq!(idle.add(&book, &customer("idle")).code, 0, "a customer whose dump is without usage");
}

#[test]
fn check_says_of_a_months_completeness_what_the_book_knows() {
    let (_folder, book) = shelf();
    let dumps = Dumps::new();
    let unproved = dumps.write("september.json", page(&records(&TWO.replace("2026-10", "2026-09"))));
    let add =
        format!("add --new '{unproved}' --book '{}' --pulled-at 2026-10-02T08:00:00Z -q", book.display());
    assert_eq!(run(&add).code, 0);
    assert_eq!(Pulled::new("2026-11-01", TWO, r#""all""#, "").add(&book, "--complete 2026-10 -q").code, 0);
    let verdict = |period: &str| -> serde_json::Value {
        let line = format!("check --book '{}' {period} --as-of 2026-11-23 --format json", book.display());
        serde_json::from_str(&crate::binary::stdout(&line)).expect("JSON")
    };
    let has = |value: &serde_json::Value, list: &str| value[list].to_string().contains("\"incomplete\"");
    let october = verdict("--period 2026-10");
    assert!(has(&october, "passed") && !has(&october, "not_checked"), "{october}");
    let september = verdict("--period 2026-09");
    assert!(!has(&september, "passed") && has(&september, "not_checked"), "{september}");
    let reason = "2026-09: no delivery of the book says how many records the server had";
    assert!(september["not_checked"].to_string().contains(reason), "{september}");
    let both = verdict("");
    assert!(has(&both, "passed") && both["not_checked"].to_string().contains(reason), "{both}");

    // What came in after October was closed says nothing of the closed version.
    crate::book::close(&book, "2026-10").unwrap();
    Parcel::new("2026-11-09", "acme cpu hour 2026-10 alice 7.00 modified=2026-11-08T00:00:00Z")
        .complete("2026-10")
        .deliver(&book);
    let now = verdict("--period 2026-10 --version now");
    assert!(has(&now, "not_checked"), "{now}");
    for version in ["", "--version v1"] {
        let closed = verdict(&format!("--period 2026-10 {version}"));
        assert!(has(&closed, "passed") && !has(&closed, "not_checked"), "{closed}");
    }
}

#[test]
fn a_book_makes_the_same_notes_about_names_as_a_dump() {
    let lines = "acme cpu hour 2026-10 alice 1.00\nbeta cpu hour 2026-10 alice 2.00 customer_name=acme";
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", lines).deliver(&book);
    let dumps = Dumps::new();
    let dump = dumps.write("a.json", page(&records(lines)));
    let notes = |input: &str| -> Vec<serde_json::Value> {
        let line = format!("check {input} --period 2026-10 --as-of 2026-11-23 --format json");
        let verdict: serde_json::Value = serde_json::from_str(&crate::binary::stdout(&line)).expect("JSON");
        let checks = verdict["checks"].as_array().expect("a list").iter();
        checks
            .filter(|check| check["code"].as_str().is_some_and(|code| code.starts_with("shared")))
            .cloned()
            .collect()
    };
    let of_book = notes(&format!("--book '{}'", book.display()));
    assert_eq!(of_book.len(), 2, "{of_book:?}");
    assert_eq!(of_book, notes(&format!("'{dump}'")));
}

#[test]
fn a_customer_without_complete_is_a_mistake_of_the_command_line() {
    for line in [
        format!("add x.json --book b --customer {}", uuid("acme")),
        "add x.json --book b --complete 2026-10 --customer Acme".to_owned(),
    ] {
        assert_eq!(run(&line).code, 2, "{line}");
    }
}

#[test]
fn a_month_without_a_record_is_never_proved_in_silence() {
    for (seen_as, severity) in [(r#""part""#, "warning"), ("null", "warning"), (r#""all""#, "note")] {
        let dump = Pulled::new("2026-11-01", "", seen_as, "");
        let (_folder, book) = shelf();
        let add = format!("add --new '{}' --book '{}'", dump.dumps.text(), book.display());
        let (report, check) = (
            format!("report '{}'", dump.dumps.text()),
            format!("check '{}' --format json", dump.dumps.text()),
        );
        for line in [add, report, check] {
            let outcome = run(&line);
            assert_eq!(outcome.code, if severity == "warning" { 3 } else { 0 }, "{line} {}", outcome.stderr);
            let text = outcome.stderr + &outcome.stdout;
            assert!(text.contains("the portal counted no records; its token"), "{line} {text}");
        }
    }
}

/// The notices about customers that are gone.
fn gone(added: &Added) -> Vec<&str> {
    let is_gone = |notice: &&Notice| notice.code == Code::CustomerVanished;
    added.notices.iter().filter(is_gone).map(|notice| notice.message.as_str()).collect()
}

#[test]
fn a_customer_that_vanishes_from_one_delivery_to_the_next_is_a_warning() {
    let (_folder, book) = shelf();
    let first = Parcel::new("2026-11-01", TWO).deliver(&book);
    assert_eq!(gone(&first), [""; 0]);
    let second = Parcel::new("2026-11-02", ACME).deliver(&book);
    let [message] = gone(&second)[..] else { panic!("{:?}", second.notices) };
    let expected = format!(
        "October 2026: 1 customer of earlier deliveries has no record in delivery {} of 2026-11-02T08:00:00Z: \"zeta\" ({}, \
         1 record in delivery {} of 2026-11-01T08:00:00Z). Its records were deleted or moved to another customer, the \
         token does not see them, or the inputs are only a part of the month.",
        second.delivery.id,
        uuid("zeta"),
        first.delivery.id
    );
    assert_eq!(message, expected);
    assert_eq!(second.notices[0].severity, Severity::Warning);
    let check = format!("check --book '{}' --format json", book.display());
    let outcome = run(&check);
    assert!(
        outcome.code == 3 && outcome.stdout.contains("\"code\":\"customer_vanished\""),
        "{}",
        outcome.stdout
    );
    // It was said of the delivery that lacked it first.
    let again = ACME.replace("1.00", "1.50 modified=2026-11-03T00:00:00Z");
    assert_eq!(gone(&Parcel::new("2026-11-03", &again).deliver(&book)), [""; 0]);
    assert!(run(&check).stdout.contains("\"code\":\"customer_vanished\""), "it is still gone");
    assert_eq!(gone(&Parcel::new("2026-11-04", TWO).deliver(&book)), [""; 0]);
    assert!(!run(&check).stdout.contains("\"code\":\"customer_vanished\""), "it is back");
}

#[test]
fn what_nobody_expected_to_come_has_not_vanished() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", TWO).deliver(&book);
    let scoped = Parcel::new("2026-11-02", ACME).complete("2026-10").for_customers(&["acme"]).deliver(&book);
    assert_eq!(gone(&scoped), [""; 0]);
    let filter = format!(r#"["customer_uuid",["{}"]]"#, uuid("acme"));
    let filtered = Pulled::new("2026-11-03", ACME, r#""all""#, &filter).add(&book, "");
    assert_eq!((filtered.code, said(&filtered, "warning: ").len()), (0, 0), "{}", filtered.stderr);
    let older = Parcel::new("2026-10-31", "acme cpu hour 2026-10 alice 0.50 modified=2026-10-01T00:00:00Z");
    assert_eq!(gone(&older.deliver(&book)), [""; 0], "a later delivery shows it");
    let scoped =
        Parcel::new("2026-11-05", ACME).complete("2026-10").for_customers(&["acme", "zeta"]).deliver(&book);
    assert_eq!(gone(&scoped).len(), 1, "it was asked for by name");
}

#[test]
fn late_warns_of_customers_that_are_gone_since_a_month_was_closed() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", TWO).deliver(&book);
    crate::book::close(&book, "2026-10").unwrap();
    let late = format!("late --book '{}'", book.display());
    assert_eq!(run(&late).code, 0);
    Parcel::new("2026-11-02", ACME).deliver(&book);
    let outcome = run(&late);
    let [warning] = said(&outcome, "warning: ")[..] else { panic!("{}", outcome.stderr) };
    assert!(outcome.code == 3 && warning.contains("\"zeta\""), "{warning}");
}

/// Retracts a delivery by a command line.
fn retract(book: &Path, id: &str, reason: &str) -> Outcome {
    run(&format!("retract {id} --book '{}' --reason '{reason}'", book.display()))
}

#[test]
fn a_retracted_delivery_no_longer_counts_and_what_was_closed_with_it_stays() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", ACME).deliver(&book);
    let wrong = Parcel::new("2026-11-02", "acme cpu hour 2026-10 alice 9.00 modified=2026-11-02T00:00:00Z");
    let id = wrong.deliver(&book).delivery.id.to_string();
    let closing = crate::book::close(&book, "2026-10").unwrap();
    let outcome = retract(&book, &id[..6], "of the test portal");
    let expected = format!(
        "delivery {id} of 2026-11-02T08:00:00Z is retracted: of the test portal\n2026-10: 0 added, 1 changed, 0 removed; \
         CLOSED v1, 1 late change\n"
    );
    assert_eq!((outcome.code, outcome.stdout), (0, expected));
    assert_eq!(october(&book), "acme acme-project cpu hour alice 1.00\n");
    let opened = Book::open(&book).unwrap();
    assert_eq!(opened.closing("2026-10".parse().unwrap(), 1).unwrap(), &closing);
    assert_eq!(state(&book, "2026-10", "v1"), "acme acme-project cpu hour alice 9.00\n");
    assert_eq!(
        state(&book, "2026-10", &id),
        "acme acme-project cpu hour alice 9.00\n",
        "as it left the month"
    );

    let said = format!("delivery {id} was retracted on 2026-12-01T00:00:00Z: of the test portal\n");
    let book_of = |command: &str| crate::binary::stdout(&format!("{command} --book '{}'", book.display()));
    for command in ["status", "verify", "late"] {
        assert!(book_of(command).contains(&said), "{command}: {}", book_of(command));
    }
    assert!(book_of("late").contains("-8.00"), "{}", book_of("late"));
    assert!(book_of("late").contains("\nretracted  "), "{}", book_of("late"));
    assert!(!book_of("late").contains("missed"), "{}", book_of("late"));
    assert!(book_of("history").contains("of the test portal"));
    let history: serde_json::Value = serde_json::from_str(&book_of("history --format json")).unwrap();
    assert_eq!(history[1]["retraction"]["reason"], "of the test portal");
    assert_eq!(history[0]["retraction"], serde_json::Value::Null);
    let uuid = uuid(&format!("{}/alice", uuid("acme/cpu/2026-10")));
    assert!(book_of(&format!("history {uuid}")).contains(&format!("{id} (retracted)")), "its rows stay");
}

#[test]
fn what_is_retracted_twice_or_not_there_or_without_a_reason_changes_nothing() {
    let (_folder, book) = shelf();
    let id = Parcel::new("2026-11-01", ACME).deliver(&book).delivery.id.to_string();
    let before = bytes(&book);
    assert_eq!(retract(&book, &id, " ").code, 2);
    assert_eq!(retract(&book, "0123abcd", "x").code, 2);
    assert_eq!(retract(&book, "v1", "x").code, 2);
    assert_eq!(bytes(&book), before);
    assert_eq!(retract(&book, &id, "a mistake").code, 0);
    let before = bytes(&book);
    let again = retract(&book, &id, "another reason");
    assert!(
        again.code == 0 && again.stdout.contains("was retracted on 2026-12-01T00:00:00Z: a mistake"),
        "{}",
        again.stdout
    );
    assert_eq!(bytes(&book), before);
}

#[test]
fn the_same_inputs_after_a_retraction_are_a_new_delivery() {
    let (_folder, book) = shelf();
    let parcel = Parcel::new("2026-11-01", ACME).complete("2026-10");
    let mut ids = vec![parcel.deliver(&book).delivery.id];
    for round in 1..=2 {
        assert_eq!(retract(&book, &ids[round - 1].to_string(), "a mistake").code, 0);
        assert_eq!(october(&book), "");
        let status = crate::binary::stdout(&format!("status --book '{}'", book.display()));
        assert!(status.contains("OPEN"), "a month without a delivery is shown: {status}");
        let added = parcel.deliver(&book);
        assert!(added.is_new && !ids.contains(&added.delivery.id));
        ids.push(added.delivery.id);
        assert_eq!(october(&book), "acme acme-project cpu hour alice 1.00\n");
        assert!(!parcel.deliver(&book).is_new);
    }
    assert!(Book::open(&book).unwrap().verify().unwrap().damage.is_empty());
}

#[test]
fn a_delivery_of_the_wrong_month_is_retracted_and_added_to_the_right_one() {
    let (_folder, book) = shelf();
    let parent = "component_usage=one";
    let wrong = Parcel::new("2026-11-01", &format!("acme cpu hour 2026-09 alice 1.00 {parent}"));
    let right = Parcel::new("2026-11-02", &format!("acme cpu hour 2026-10 alice 1.00 {parent}"));
    let id = wrong.deliver(&book).delivery.id.to_string();
    assert!(right.deliver_on(&book, disk()).is_err(), "its usage would count in both months");
    assert_eq!(retract(&book, &id, "a wrong time zone").code, 0);
    assert!(right.deliver(&book).is_new);
    // A month that is closed with it keeps it, so that it must not count anew before the month is restated.
    let (_folder, book) = shelf();
    let id = wrong.deliver(&book).delivery.id.to_string();
    Parcel::new("2026-11-01", "acme gpu hour 2026-09 alice 2.00").deliver(&book);
    crate::book::close(&book, "2026-09").unwrap();
    assert_eq!(retract(&book, &id, "a wrong time zone").code, 0);
    assert!(right.deliver_on(&book, disk()).is_err());
    assert_eq!(run(&format!("restate 2026-09 --note moved --book '{}'", book.display())).code, 0);
    assert!(right.deliver(&book).is_new);
}

#[test]
fn a_retracted_delivery_of_the_future_is_not_the_time_of_the_book() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", ACME).deliver(&book);
    let future = deliver_at(&Parcel::new("2030-01-01", TWO), &book, "2026-11-02T00:00:00Z", true).unwrap();
    assert_eq!(retract(&book, &future.delivery.id.to_string(), "a wrong clock").code, 0);
    let opened = Book::open(&book).unwrap();
    assert_eq!(opened.time().unwrap().to_rfc3339(), "2026-11-01T08:00:00+00:00");
    assert_eq!(Parcel::new("2026-11-03", ACME).deliver(&book).notices, []);
}

#[test]
fn a_month_that_was_swept_to_zero_is_a_change_and_no_deletion() {
    let (_folder, book) = shelf();
    Parcel::new("2026-11-01", TWO).complete("2026-10").deliver(&book);
    crate::book::close(&book, "2026-10").unwrap();
    let swept = TWO.replace("1.00", "0.00").replace("2.00", "0.00");
    let swept: String = swept.lines().map(|line| format!("{line} modified=2026-11-05T00:00:00Z\n")).collect();
    let added = Parcel::new("2026-11-06", &swept).complete("2026-10").deliver(&book);
    let counts = added.months[0].counts;
    assert_eq!((counts.added, counts.changed, counts.retired), (0, 2, 0));
    assert_eq!(
        added.notices.iter().filter(|notice| notice.severity == Severity::Warning).count(),
        0,
        "nobody is gone"
    );
    assert_eq!(
        october(&book),
        "acme acme-project cpu hour alice 0.00\nzeta zeta-project cpu hour zoe 0.00\n"
    );
    let book_of =
        |command: &str| crate::binary::stdout(&format!("{command} --format csv --book '{}'", book.display()));
    let (diff, late) = (book_of("diff 2026-10"), book_of("late"));
    assert_eq!(diff.matches("usage_changed").count(), 2, "{diff}");
    assert!(!diff.contains("removed"), "{diff}");
    assert_eq!(late.lines().filter(|line| line.starts_with("late,")).count(), 2, "{late}");
    assert!(!late.contains("retired"), "{late}");
}
