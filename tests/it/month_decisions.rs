//! What the end of a month asks for before a month is closed or published again, and that its commands work.

use std::fs;

use serde_json::Value;

use crate::binary::{Outcome, command, said};
use crate::month::{LINES, Office};
use crate::records::{page, records};
use crate::workbook::Workbook;

/// A portal that counted more records than it showed.
fn part(lines: &str) -> String {
    format!(r#"{{"count":9,"next":null,"previous":null,"results":{}}}"#, page(&records(lines)))
}

/// The last line of an outcome: what to type next, without its beginning.
fn next(outcome: &Outcome) -> String {
    let line = outcome.stdout.lines().last().expect("a line");
    line.strip_prefix("Next: ").expect("what comes next").to_owned()
}

/// Types a printed command in the office's folder.
fn typed(office: &Office, line: &str) -> Outcome {
    let words = line.strip_prefix("usagebook ").expect("a command").split(' ');
    let output = command().current_dir(office.0.path("")).args(words).output().expect("the command runs");
    Outcome {
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

fn close(office: &Office, rest: &str) {
    let card = office.0.path("card.toml").display().to_string();
    let closed = office.on_book(&format!("close 2026-10 --by-whom Mari --prices '{card}'{rest}"));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
}

fn has(outcome: &Outcome, text: &str) {
    assert!(outcome.stdout.contains(text), "{text}:\n{}{}", outcome.stdout, outcome.stderr);
}

#[test]
fn a_month_that_lacks_records_is_incomplete_even_once_somebody_answers_for_it() {
    let office = Office::new();
    office.0.write("part.json", part("acme cpu hour 2026-10 alice 10.00"));
    let first = office.run("2026-10 part.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert_eq!(first.code, 3, "{}{}", first.stdout, first.stderr);
    has(&first, "Records: 1 and others are missing: ");
    assert_eq!(office.on_book("acknowledge 2026-10 incomplete --by-whom Mari --reason agreed").code, 0);
    let outcome = office.run("2026-10 -q");
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    has(&outcome, "October 2026 is incomplete, acknowledged by Mari. It can be closed nevertheless.\n");
    has(&outcome, "1 draft bill");
    let json: Value = serde_json::from_str(&office.run("2026-10 --format json -q").stdout).unwrap();
    assert_eq!(json["status"], "incomplete");
    let cover = Workbook::open(&office.0.path("outputs/2026-10/report-2026-10.xlsx")).sheet("Cover");
    let cells: Vec<String> = cover.into_values().map(|cell| cell.value).collect();
    assert!(cells.contains(&"October 2026: records are missing".to_owned()), "{cells:?}");
    let closing = next(&outcome);
    assert!(closing.contains(" --accept-incomplete"), "{closing}");
    let closed = typed(&office, &closing);
    assert_eq!(closed.code, 0, "{closing}\n{}", closed.stderr);
    has(&office.run("2026-10 -q"), "It is incomplete, acknowledged by Mari.");
}

/// Prices of two components.
const CARD: &str = "
    [[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"EUR\"
    [[price]]\ncomponent_type = \"disk\"\nmeasured_unit = \"hour\"\nunit_price = \"1\"\ncurrency = \"EUR\"
";

const OWNED: &str = "acme cpu hour 2026-10 alice 10.00\nacme disk hour 2026-10 alice 3.00";

/// Its disk belongs to zeta by now.
const MOVED: &str = "acme cpu hour 2026-10 alice 10.00
    acme disk hour 2026-10 alice 3.00 customer_uuid=zeta customer_name=zeta";

/// October closed with one owner, and delivered again with two.
fn moved() -> Office {
    let office = Office::new();
    office.0.write("card.toml", CARD);
    office.0.write("october.json", page(&records(OWNED)));
    office.0.write("moved.json", page(&records(MOVED)));
    let office = office.begun();
    close(&office, "");
    office
}

#[test]
fn what_keeps_a_month_from_being_published_again_is_a_decision_and_the_commands_show_it() {
    let office = moved();
    let outcome = office.run("2026-10 moved.json --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    has(&outcome, "Decide: two_owners");
    let shown = next(&outcome);
    let check = shown.split(" explains").next().unwrap();
    assert!(check.ends_with("--version now"), "{check}");
    has(&typed(&office, check), "WARNING two_owners");

    let refused = office.on_book("restate 2026-10 --by-whom Mari --note moved");
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--period 2026-10 --version now` shows them"), "{}", refused.stderr);
    assert_eq!(office.on_book("acknowledge 2026-10 two_owners --by-whom Mari --reason moved").code, 0);
    let outcome = office.run("2026-10 -q");
    has(&outcome, "usagebook restate 2026-10 --book usage.book");
    assert_eq!(office.on_book("restate 2026-10 --by-whom Mari --note moved").code, 0);
}

#[test]
fn money_that_moves_from_one_customer_to_another_is_shown_though_the_sum_stays() {
    let office = moved();
    let outcome = office.run("2026-10 moved.json --pulled-at 2026-11-09T08:00:00Z -q");
    has(&outcome, "Decide: the month changed after it was closed (EUR 3.00 more and EUR 3.00 less): ");
    let json: Value = serde_json::from_str(&office.run("2026-10 --format json -q").stdout).unwrap();
    let late = json["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "decision").unwrap();
    assert_eq!(late["amounts"]["EUR"], "0.00");
}

#[test]
fn an_answered_warning_is_none_in_any_format() {
    let office = Office::new();
    office.0.write("card.toml", CARD);
    // Other months are read with a page and a workbook, and the owners in them do not make it another warning.
    office.0.write("october.json", page(&records(&format!("{MOVED}\nacme cpu hour 2026-09 alice 1.00"))));
    let add = "2026-10 october.json --pulled-at 2026-11-02T08:00:00Z --new -q";
    has(&office.run(add), "Decide: two_owners");
    assert_eq!(office.on_book("acknowledge 2026-10 two_owners --by-whom Mari --reason moved").code, 0);
    let card = office.0.path("card.toml").display().to_string();
    let config = office.0.write("org.toml", "organisation = \"Org\"\n");
    let focus = format!(" --format focus-csv --config '{config}'");
    for (name, rest) in [("a.csv", ""), ("a.json", ""), ("a.html", ""), ("a.xlsx", ""), ("f.csv", &*focus)] {
        let path = office.0.path(name).display().to_string();
        let outcome = office.on_book(&format!("report --period 2026-10 --prices '{card}'{rest} -o '{path}'"));
        assert_eq!((outcome.code, said(&outcome, "warning: ")), (0, vec![]), "{name}: {}", outcome.stderr);
    }
    let to = office.0.path("drafts").display().to_string();
    let drafts =
        office.on_book(&format!("bills --period 2026-10 --prices '{card}' --format csv --to '{to}'"));
    assert_eq!((drafts.code, said(&drafts, "warning: ")), (0, vec![]));
}

#[test]
fn attributes_of_new_customers_need_a_new_version_and_the_message_has_its_command() {
    let journal = "\n[journal]\nby = \"customer\"\ndebit_account = \"1\"\ncredit_account = \"2\"\n\
                   cost_centre = \"{cost_centre}\"\n";
    let office = Office::with("prices = \"card.toml\"\nattributes = [\"own.csv\"]\n", journal);
    office.0.write("own.csv", "customer_name,cost_centre\nacme,1\nbeta,2\n");
    let office = office.begun();
    let own = office.0.path("own.csv").display().to_string();
    close(&office, &format!(" --attributes '{own}'"));
    office.0.write("own.csv", "customer_name,cost_centre\nacme,1\nbeta,2\ngamma,3\n");
    office.0.write("new.json", page(&records(&format!("{LINES}gamma cpu hour 2026-10 gina 1.00"))));
    let outcome = office.run("2026-10 new.json --pulled-at 2026-11-09T08:00:00Z -q");
    assert!(next(&outcome).contains(" --attributes own.csv"), "{}", outcome.stdout);
    assert_eq!(office.on_book("restate 2026-10 --by-whom Mari --note late").code, 0);
    let outcome = office.run("2026-10 -q");
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    let cure = "usagebook restate 2026-10 --book usage.book --attributes FILE --note TEXT";
    assert!(
        outcome.stderr.contains("no cost_centre for") && outcome.stderr.contains(cure),
        "{}",
        outcome.stderr
    );
    let again = office.on_book(&format!("restate 2026-10 --by-whom Mari --note own --attributes '{own}'"));
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(office.run("2026-10 -q").code, 0);
}

#[test]
fn once_the_book_has_changed_what_fails_is_said_to_be_after_that() {
    let office =
        Office::with("prices = \"card.toml\"\nattributes = [\"own.csv\"]\nper = \"cost_centre\"\n", "");
    office.0.write("own.csv", "customer_name,cost_centre,address\nacme,4100,Here\nbeta,4100,There\n");
    let begin = "2026-10 october.json --pulled-at 2026-11-02T08:00:00Z -q";
    let outcome = office.run(&format!("{begin} --new"));
    assert_eq!(outcome.code, 3, "{}{}", outcome.stdout, outcome.stderr);
    let said = said(&outcome, "error: ");
    assert!(
        said[0].starts_with(
            "committed; this delivery added 3, changed 0 and removed 0, and the book keeps it. The month's results could not \
             be made; correct what is wrong, and the same command again makes them"
        ),
        "{said:?}"
    );
    assert!(said[0].contains("address of cost_centre"), "{said:?}");
    assert_eq!(office.run("2026-10 -q").code, 1, "nothing changed this time");
    office.0.write("own.csv", "customer_name,cost_centre,address\nacme,4100,Here\nbeta,4100,Here\n");
    let again = office.run(begin);
    assert!(
        again.code == 0 && again.stdout.contains("nothing new since"),
        "{}{}",
        again.stdout,
        again.stderr
    );
}

#[test]
fn a_missing_price_or_rate_is_found_before_anything_is_taken_in() {
    let odd = "acme gpu hour 2026-10 alice 10.00";
    for (card, lines, said) in [
        ("prices = \"card.toml\"\n", odd, "the price list has no price for some usage"),
        (
            "prices = \"card.toml\"\n",
            "acme cpu minute 2026-10 alice 1.00",
            "for another unit than the records'",
        ),
        (
            "prices = \"card.toml\"\ncurrency = \"USD\"\nexchange_rates = \"rates.csv\"\n",
            "acme cpu hour 2026-10 alice 1.00",
            "no exchange rate from EUR to USD in 2026-10",
        ),
    ] {
        let office = Office::with(card, "");
        office.0.write("rates.csv", "period,from,to,rate\n2026-09,EUR,USD,1.1\n");
        office.0.write("odd.json", page(&records(lines)));
        let outcome = office.run("2026-10 odd.json --pulled-at 2026-11-02T08:00:00Z --new -q");
        assert!(outcome.code == 1 && outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("committed"), "{}", outcome.stderr);
        let book = office.0.path("usage.book");
        assert!(!book.exists() || usagebook::Book::open(&book).is_err(), "no book was made");
    }
    // A book that is there stays as it is; so does a month that is not the one of the prices.
    let office = Office::new().begun();
    let before = crate::book::seen(&office.0.path("usage.book"));
    office.0.write("odd.json", page(&records(odd)));
    let refused = office.run("2026-10 odd.json --pulled-at 2026-11-09T08:00:00Z -q");
    assert!(refused.code == 1 && refused.stderr.contains("gpu"), "{}", refused.stderr);
    assert_eq!(crate::book::seen(&office.0.path("usage.book")), before);
    // What is left out or free by the settings is no error.
    let office = Office::with("prices = \"card.toml\"\nunpriced = \"omit\"\n", "");
    office.0.write("odd.json", page(&records(odd)));
    let omitted = office.run("2026-10 odd.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert_eq!(omitted.code, 3, "{}", omitted.stderr);
    assert!(omitted.stdout.contains("unpriced_usage"), "{}", omitted.stdout);
}

#[test]
fn bills_are_issued_into_a_folder_of_their_own_and_drafts_do_not_contradict_them() {
    let office = Office::new().begun();
    close(&office, "");
    let issued = typed(&office, &next(&office.run("2026-10 -q")));
    assert_eq!(issued.code, 3, "bills without addresses: {}", issued.stderr);
    let outcome = office.run("2026-10 -q");
    has(
        &outcome,
        "Left out: the download, because [month] names no url and no inputs were given; draft bills, because the bills of version 1 are issued.",
    );
    assert!(!office.outputs().keys().any(|name| name.starts_with("2026-10/bills/")));
    office.run("2026-10 later.json --complete --retire-up-to 1 --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(office.on_book("restate 2026-10 --by-whom Mari --note late").code, 0);
    let outcome = office.run("2026-10 -q");
    let first =
        "October 2026 is closed as version 2, and the notes that correct its bills are not issued yet.\n";
    has(&outcome, first);
    let notes = next(&outcome);
    assert!(notes.ends_with("--to outputs/2026-10-bills-v2 --config usagebook.toml"), "{notes}");
    assert_eq!(typed(&office, &notes).code, 3, "notes without addresses");
    has(&office.run("2026-10 -q"), "October 2026 is closed as version 2, and nothing changed since.\n");
}

#[test]
fn a_draft_does_not_change_with_the_day() {
    let office = Office::new().begun();
    let drafts = |office: &Office| {
        let mut files = office.outputs();
        files.retain(|name, _| name.contains("/bills/") && !name.ends_with(".xlsx"));
        files
    };
    let before = drafts(&office);
    assert!(before.len() > 2);
    let again = office.run("2026-10 october.json --complete --pulled-at 2026-11-20T08:00:00Z -q");
    has(&again, " since the last run: ");
    assert!(!again.stdout.contains("bills/"), "{}", again.stdout);
    assert_eq!(drafts(&office), before);
}

#[test]
fn only_the_months_own_warnings_are_decisions_and_no_more_is_at_stake_than_it_comes_to() {
    let credit = "\n[[credit]]\ncustomer = \"acme\"\nperiod = \"2026-10\"\namount = \"5.00\"\ncurrency = \"EUR\"\ndescription = \"outage\"\n";
    let office = Office::new();
    office.0.write("card.toml", CARD.to_owned() + credit);
    office.0.write("september.json", part("acme cpu hour 2026-09 alice 10.00"));
    office.0.write("part.json", part("acme cpu hour 2026-10 alice 10.00"));
    let first = office.run("2026-09 september.json --pulled-at 2026-10-02T08:00:00Z --new -q");
    has(&first, "Decide: incomplete (EUR 20.00 at stake)");
    let outcome = office.run("2026-10 part.json --pulled-at 2026-11-02T08:00:00Z -q");
    has(&outcome, "October 2026 needs 1 decision before it can be closed.\n");
    has(&outcome, "Amounts: EUR 15.00.\n");
    has(&outcome, "Decide: incomplete (EUR 15.00 at stake): 2026-10: ");
}

#[test]
fn each_decision_has_its_answer_and_the_checks_count_notes_as_the_cover_does() {
    let office = Office::new();
    let lines = "acme cpu hour 2026-10 alice -10.00\nzero cpu hour 2026-10 bob 0.00";
    office.0.write("odd.json", part(lines));
    let outcome = office.run("2026-10 odd.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    has(&outcome, "October 2026 needs 2 decisions before it can be closed.\n");
    for code in ["incomplete", "negative_total"] {
        has(&outcome, &format!("Answer: usagebook acknowledge 2026-10 {code} --book usage.book"));
    }
    assert!(outcome.stdout.lines().count() <= 10);
    let checks = fs::read_to_string(office.0.path("outputs/2026-10/check-2026-10.txt")).unwrap();
    let cover = Workbook::open(&office.0.path("outputs/2026-10/report-2026-10.xlsx")).sheet("Cover");
    let cells: Vec<String> = cover.into_values().map(|cell| cell.value).collect();
    let at = cells.iter().position(|cell| cell == "Notes").expect("a line of notes");
    let title = checks.lines().next().unwrap();
    assert!(title.ends_with(&format!(", {} notes", cells[at + 1])), "{title}: {cells:?}");
    assert!(checks.contains("note not_posted: "), "{checks}");
}

#[test]
fn what_is_wrong_with_the_settings_is_said_by_their_keys() {
    for (month, message) in [
        (
            "currency = \"EURO\"\n",
            "line 7: month.currency: invalid value: string \"EURO\", expected a code of ISO 4217",
        ),
        ("exchange_rates = \"x.csv\"\n", "month.exchange_rates: expected the key currency beside it"),
        ("attributes = \"x\"\n", "expected a list of files, as attributes = [\"customers.csv\"]"),
    ] {
        let office = Office::with(&format!("prices = \"card.toml\"\n{month}"), "");
        let outcome = office.run("2026-10 october.json --new -q");
        assert_eq!(outcome.code, 2, "{month}");
        assert!(outcome.stderr.contains(message), "{month}{}", outcome.stderr);
    }
    let office = Office::new();
    let none = typed(&office, "usagebook month 2026-10 october.json -q --config usagebook.toml");
    assert!(none.stderr.contains("is not a book; add --new to this command to make one"), "{}", none.stderr);
    fs::remove_file(office.0.path("usagebook.toml")).unwrap();
    let none = typed(&office, "usagebook month 2026-10");
    assert_eq!(none.code, 2);
    assert!(none.stderr.contains("there is no usagebook.toml in this folder"), "{}", none.stderr);
}

#[test]
fn a_missing_rate_is_looked_for_in_the_file_that_is_named() {
    let office =
        Office::with("prices = \"card.toml\"\ncurrency = \"USD\"\nexchange_rates = \"rates.csv\"\n", "");
    office.0.write("rates.csv", "period,from,to,rate\n2026-09,EUR,USD,1.1\n");
    let outcome = office.run("2026-10 october.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert!(
        outcome
            .stderr
            .contains("no exchange rate from EUR to USD in 2026-10; add it to the exchange rates, rates.csv"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn two_values_for_a_recipient_name_the_attribute_that_makes_it() {
    let office =
        Office::with("prices = \"card.toml\"\nattributes = [\"own.csv\"]\nper = \"cost_centre\"\n", "");
    office.0.write("own.csv", "customer_name,cost_centre,address\nacme,4100,Here\nbeta,4100,There\n");
    let outcome = office.run("2026-10 october.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert!(outcome.stderr.contains("address of cost_centre \"4100\" is "), "{}", outcome.stderr);
}
