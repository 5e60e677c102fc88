//! Bills that are issued: numbers without a gap, one commit, the same bytes ever after, and notes for what changed later.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::binary::Outcome;
use crate::book::{Parcel, bytes};
use crate::closings_chain::verified;
use crate::frozen_amounts::{Desk, adjust};
use crate::records::uuid;

/// Without the credit of [`Desk`], hours at 2 euros each and gigabytes at 1.
pub const PRICES: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
unit_price = "2"

[[price]]
component_type = "disk"
measured_unit = "GB"
currency = "USD"
unit_price = "1"
"#;

pub const CONFIGURATION: &str = r#"
organisation = "Example Computing"
[bill]
address = ["Street 1", "50090 Tartu"]
due_days = 30
number = "UB-{year}/{n:04}"
payment = ["IBAN EE38 2200"]
"#;

const CUSTOMERS: &str = "customer_name,address,vat_rate,cost_centre\nacme,Main Road 5,24,K1\nglobex,Side Street,10,K2\nzeta,,24,K1\n";

/// A book with October, prices and customers beside it: acme 20.00 and USD 12.00, globex 8.00.
pub fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("prices.toml", PRICES);
    desk.write("usagebook.toml", CONFIGURATION);
    desk.write("customers.csv", CUSTOMERS);
    desk
}

pub fn closed() -> Desk {
    let desk = desk();
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    desk
}

/// Issues October into a folder.
pub fn issue(desk: &Desk, to: &str, more: &str) -> Outcome {
    let to = desk.path(to).display().to_string();
    desk.on(&format!(
        "bills --period 2026-10 --issue --config usagebook.toml --to '{to}' --format html,csv {more}"
    ))
}

pub fn issued(desk: &Desk, to: &str, more: &str) -> String {
    let outcome = issue(desk, to, more);
    // Some have no address, which is a warning.
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    outcome.stderr
}

pub fn refusal(desk: &Desk, more: &str) -> String {
    let before = bytes(&desk.book);
    let outcome = issue(desk, "refused", more);
    assert!(matches!(outcome.code, 1 | 2), "{more}: {}", outcome.stderr);
    assert!(!desk.path("refused").exists());
    assert!(bytes(&desk.book) == before, "{more}: nothing is changed");
    outcome.stderr
}

/// The files of a folder by name.
pub fn files(folder: &Path) -> BTreeMap<String, String> {
    let found = bytes(folder).into_iter();
    let name = |path: PathBuf| path.file_name().expect("a name").to_string_lossy().into_owned();
    found.map(|(path, bytes)| (name(path), String::from_utf8_lossy(&bytes).into_owned())).collect()
}

/// Some columns of a table.
pub fn columns(table: &str, names: &[&str]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().expect("a header").clone();
    let at = |name: &&str| header.iter().position(|column| column == *name).expect("a column");
    let places: Vec<usize> = names.iter().map(at).collect();
    let row = |record: csv::StringRecord| places.iter().map(|at| &record[*at]).collect::<Vec<_>>().join("|");
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

pub fn register(desk: &Desk, to: &str, names: &[&str]) -> Vec<String> {
    columns(&files(&desk.path(to))["register.csv"], names)
}

/// The one file whose name has all of these.
pub fn file(desk: &Desk, to: &str, parts: &[&str]) -> String {
    let found = files(&desk.path(to)).into_iter();
    let mut found = found.filter(|(name, _)| parts.iter().all(|part| name.contains(part)));
    let (_, text) = found.next().expect("it is there");
    assert_eq!(found.next(), None);
    text
}

/// The words of a page, one space between.
pub fn words(page: &str) -> String {
    let (mut text, mut is_tag) = (String::new(), false);
    for character in page.split("</style>").nth(1).expect("a body").chars() {
        match character {
            '<' => is_tag = true,
            '>' => (is_tag, text) = (false, text + " "),
            _ if !is_tag => text.push(character),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace('\u{a0}', " ")
}

/// What came late and is restated: other figures, by records of one line each. What is not said of globex is as it was.
pub fn restate(desk: &Desk, day: &str, lines: &str) {
    let globex = if lines.contains("globex") { "" } else { "\nglobex cpu hour 2026-10 bob 4.00" };
    Parcel::new(day, &format!("{lines}{globex}")).deliver(&desk.book);
    desk.ok("restate 2026-10 --note late");
}

#[test]
fn bills_of_a_closed_month_get_numbers_dates_and_a_register() {
    let desk = closed();
    let said = issued(&desk, "october", "");
    // Recipients are in the order of their uuids.
    let mut order = ["acme", "globex"];
    order.sort_by_key(|name| uuid(name));
    let said_of = "October 2026 v1 is issued: 2 bills, UB-2026/0001 to UB-2026/0002 of 1 December 2026: \
                   EUR 28.00 and USD 12.00 without VAT.";
    assert!(said.contains(said_of), "{said}");
    let rows = register(
        &desk,
        "october",
        &["version", "number", "kind", "name", "date", "due_date", "currency", "net", "vat", "total"],
    );
    let row = |place: usize, name: &str| {
        let amounts: &[&str] = match name {
            "acme" => &["EUR|20.00|4.80|24.80", "USD|12.00|2.88|14.88"],
            _ => &["EUR|8.00|0.80|8.80"],
        };
        let head = format!("v1|UB-2026/000{place}|bill|{name}|2026-12-01|2026-12-31");
        amounts.iter().map(|amounts| format!("{head}|{amounts}")).collect::<Vec<_>>()
    };
    assert_eq!(rows, [row(1, order[0]), row(2, order[1])].concat());
    let page = words(&file(&desk, "october", &["globex", ".html"]));
    let number = format!("UB-2026/000{}", if order[1] == "globex" { 2 } else { 1 });
    for expected in [
        format!(
            "Number {number} Date of issue 1 December 2026 Due date 31 December 2026 Period October 2026"
        ),
        format!("Bill {number} for October 2026 Description"),
        "Total to pay EUR 8.80".to_owned(),
        "Payment Payable by 31 December 2026 IBAN EE38 2200".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected}\n{page}");
    }
    assert!(!page.contains("raft"), "{page}");
    for row in register(&desk, "october", &["file_csv", "sha256_csv", "file_html", "sha256_html"]) {
        let cells: Vec<&str> = row.split('|').collect();
        for pair in cells.chunks(2) {
            let text = fs::read(desk.path("october").join(pair[0])).expect("a file");
            assert_eq!(sha256(&text), pair[1]);
        }
    }
    let verified = desk.ok("verify");
    assert!(verified.contains("October 2026 v1: 2 documents issued on 1 December 2026"), "{verified}");
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    usagebook::text::hex(&sha2::Sha256::digest(bytes))
}

#[test]
fn the_same_command_again_writes_the_same_files_and_takes_no_number() {
    let desk = closed();
    issued(&desk, "first", "");
    let (first, book) = (files(&desk.path("first")), bytes(&desk.book));
    // Neither the price list nor the configuration matters any more, nor does the day.
    desk.write("prices.toml", "");
    desk.write("usagebook.toml", "organisation = \"Somebody else\"\n");
    let said = issued(&desk, "second", "--as-of 2027-03-01");
    assert!(
        said.contains("October 2026 v1 was issued before, and the same files are written again"),
        "{said}"
    );
    assert_eq!(files(&desk.path("second")), first);
    let to = desk.path("third").display().to_string();
    desk.ok(&format!("bills --period 2026-10 --issue --to '{to}'"));
    assert_eq!(files(&desk.path("third")), first);
    assert!(bytes(&desk.book) == book, "the book is as it was");
    assert!(issue(&desk, "third", "").stderr.contains("is there already"));
}

#[test]
fn numbers_go_on_from_month_to_month_without_a_gap() {
    let desk = closed();
    issued(&desk, "october", "");
    Parcel::new("2026-12-02", "acme cpu hour 2026-11 alice 1.00\nzeta cpu hour 2026-11 alice 0.00")
        .deliver(&desk.book);
    desk.ok("close 2026-11 --prices prices.toml --attributes customers.csv");
    let to = desk.path("november").display().to_string();
    let november = format!("bills --period 2026-11 --issue --config usagebook.toml --to '{to}' --format csv");
    let early = desk.on(&format!("{november} --as-of 2026-11-30"));
    let said = "2026-11 cannot be billed: the date of issue would be 2026-11-30, and the last document is of 2026-12-01";
    assert!(early.code == 1 && early.stderr.contains(said), "{}", early.stderr);
    desk.ok(&format!("{november} --as-of 2027-01-04"));
    // A recipient whose lines are all zero gets no bill.
    assert_eq!(
        register(&desk, "november", &["number", "name", "due_date", "net"]),
        ["UB-2027/0003|acme|2027-02-03|2.00"]
    );
    desk.ok("verify");
}

#[test]
fn what_would_change_figures_or_is_not_closed_is_refused() {
    let desk = desk();
    let said = refusal(&desk, "");
    assert!(
        said.contains("2026-10 cannot be billed: it is not closed; `usagebook close` freezes its amounts"),
        "{said}"
    );
    desk.ok("close 2026-10");
    let said = refusal(&desk, "");
    assert!(said.contains("v1 was closed without prices; `usagebook restate` with a price list"), "{said}");
    desk.ok("restate 2026-10 --note prices --prices prices.toml --attributes customers.csv");
    for flag in [
        "--prices prices.toml",
        "--attributes customers.csv",
        "--basis users",
        "--customer-name acme",
        "--username alice",
        "--period 2026-09..2026-10",
        "--version now",
    ] {
        let said = refusal(&desk, flag);
        assert!(said.contains("--issue") || said.contains("--period"), "{flag}: {said}");
    }
    let said = refusal(&desk, "--version v1");
    assert!(said.contains("v1 was not issued, and v2 is its last version; bill that"), "{said}");
    assert!(refusal(&desk, "--version v7").contains("v7"));
    issued(&desk, "october", "");
    let said = refusal(&desk, "--per project");
    assert!(said.contains("it was billed per customer; it cannot be billed per project as well"), "{said}");
    let pdf = crate::binary::run(&format!(
        "bills --book '{}' --period 2026-10 --issue --format csv --to '{}'",
        desk.book.display(),
        desk.path("refused").display()
    ));
    assert!(
        pdf.stderr.contains("v2 was issued as html,csv; it cannot be issued as csv as well"),
        "{}",
        pdf.stderr
    );
}

#[test]
fn a_month_is_billed_by_a_column_that_it_was_closed_with() {
    let desk = closed();
    let said = issued(&desk, "october", "--per cost_centre");
    assert!(said.contains("2 bills, UB-2026/0001 to UB-2026/0002"), "{said}");
    assert_eq!(
        register(&desk, "october", &["recipient", "currency", "net"]),
        ["K1|EUR|20.00", "K1|USD|12.00", "K2|EUR|8.00"]
    );
    // The next version is billed alike without a word.
    restate(&desk, "2026-11-09", "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z");
    issued(&desk, "notes", "");
    assert_eq!(
        register(&desk, "notes", &["version", "kind", "recipient", "net"])[3],
        "v2|debit_note|K1|4.00"
    );
    desk.ok("verify");
}

#[test]
fn a_bill_below_zero_is_a_credit_note_that_asks_for_nothing() {
    let desk = desk();
    let refused = adjust(&desk, "globex", "-50.00", "an outage");
    assert_eq!(refused.code, 0, "{}", refused.stderr);
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    let said = issued(&desk, "october", "");
    assert!(said.contains("1 bill, 1 credit note"), "{said}");
    let rows = register(&desk, "october", &["kind", "name", "due_date", "total"]);
    assert!(rows.contains(&"credit_note|globex||-46.20".to_owned()), "{rows:?}");
    let page = words(&file(&desk, "october", &["globex", ".html"]));
    assert!(page.contains("Credit balance EUR −46.20") && !page.contains("Payable"), "{page}");
    assert!(page.contains("Credit note UB-2026/"), "{page}");
}

#[test]
fn a_restated_month_gets_notes_line_by_line_that_name_what_they_correct() {
    let desk = closed();
    issued(&desk, "october", "");
    // acme has two hours more, globex none any more, and zeta is new.
    restate(
        &desk,
        "2026-11-09",
        "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z
         globex cpu hour 2026-10 bob 0.00 modified=2026-11-08T00:00:00Z
         zeta cpu hour 2026-10 carol 3.00",
    );
    let said = issued(&desk, "notes", "--as-of 2026-12-05");
    assert!(said.contains("October 2026 v2 is issued: 1 bill, 1 credit note, 1 debit note"), "{said}");
    let number = |name: &str| {
        let rows = register(&desk, "october", &["number", "name"]);
        let row = rows.iter().find(|row| row.ends_with(name)).expect("a bill");
        row.split('|').next().expect("a number").to_owned()
    };
    let (acme, globex) = (number("acme"), number("globex"));
    let rows = register(&desk, "notes", &["version", "kind", "name", "corrects", "net", "vat", "total"]);
    let mut of_notes: Vec<&String> = rows.iter().filter(|row| row.starts_with("v2")).collect();
    of_notes.sort();
    assert_eq!(
        of_notes,
        [
            &"v2|bill|zeta||6.00|1.44|7.44".to_owned(),
            &format!("v2|credit_note|globex|{globex}|-8.00|-0.80|-8.80"),
            &format!("v2|debit_note|acme|{acme}|4.00|0.96|4.96"),
        ]
    );
    let lines = columns(
        &file(&desk, "notes", &["acme", ".csv"]),
        &["charge_description", "component", "quantity", "price", "amount"],
    );
    assert_eq!(lines, ["Before|cpu|-10.00|2|-20.00", "Now|cpu|12.00|2|24.00"]);
    let page = words(&file(&desk, "notes", &["acme", ".html"]));
    for expected in [
        format!("Corrects Bill {acme} of 1 December 2026"),
        "Before: cpu, acme-resource −10.00 hour 2 −20.00 Now: cpu, acme-resource 12.00 hour 2 24.00"
            .to_owned(),
        "Net total 4.00 VAT 24 % of 4.00 0.96 Total to pay EUR 4.96".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected}\n{page}");
    }
    desk.ok("verify");
    // What was issued of the first version can still be had.
    issued(&desk, "again", "--version v1");
    assert_eq!(files(&desk.path("again")), files(&desk.path("october")));
}

#[test]
fn notes_go_back_to_the_version_that_was_issued_last_and_later_ones_name_all_before_them() {
    let desk = closed();
    issued(&desk, "october", "");
    restate(&desk, "2026-11-09", "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z");
    restate(&desk, "2026-11-10", "acme cpu hour 2026-10 alice 11.00 modified=2026-11-09T00:00:00Z");
    issued(&desk, "third", "");
    assert_eq!(
        register(&desk, "third", &["version", "kind", "net"])[3..],
        ["v3|debit_note|2.00"],
        "v2 was not issued"
    );
    restate(&desk, "2026-11-11", "acme cpu hour 2026-10 alice 1.00 modified=2026-11-10T00:00:00Z");
    issued(&desk, "fourth", "");
    let rows = register(&desk, "fourth", &["version", "kind", "corrects", "net"]);
    let numbers = register(&desk, "fourth", &["number", "name"]);
    let of_acme: Vec<&str> = numbers
        .iter()
        .filter(|row| row.ends_with("acme"))
        .map(|row| row.split('|').next().expect("a number"))
        .collect();
    assert_eq!(rows[4], format!("v4|credit_note|{} {}|-20.00", of_acme[0], of_acme[2]));
    let refused = refusal(&desk, "--version v2");
    assert!(refused.contains("v2 was not issued"), "{refused}");
    desk.ok("verify");
}

#[test]
fn a_restated_month_in_which_no_amount_changed_has_no_note() {
    let desk = closed();
    issued(&desk, "october", "");
    // An hour of alice's becomes bob's: another record, the same charge.
    restate(
        &desk,
        "2026-11-09",
        "acme cpu hour 2026-10 alice 9.00 modified=2026-11-08T00:00:00Z
         acme cpu hour 2026-10 bob 1.00",
    );
    let said = issued(&desk, "notes", "");
    assert!(
        said.contains(
            "October 2026 v2 is issued on 1 December 2026: no document, because no amount changed."
        ),
        "{said}"
    );
    assert_eq!(register(&desk, "notes", &["version"]), ["v1", "v1", "v1"]);
    let again = issued(&desk, "again", "");
    assert!(again.contains("v2 was issued on 1 December 2026: no document"), "{again}");
    desk.ok("verify");
}

#[test]
fn another_rate_of_vat_is_a_correction_though_the_net_is_the_same() {
    let desk = closed();
    issued(&desk, "october", "");
    desk.write("customers.csv", &CUSTOMERS.replace("Side Street,10", "Side Street,24"));
    desk.ok("restate 2026-10 --note vat --attributes customers.csv");
    issued(&desk, "notes", "");
    assert_eq!(
        register(&desk, "notes", &["kind", "name", "net", "vat", "total"])[3..],
        ["debit_note|globex|0.00|1.12|1.12"]
    );
    let page = words(&file(&desk, "notes", &["globex", ".html"]));
    assert!(
        page.contains("Net total 0.00 VAT 10 % of −8.00 −0.80 VAT 24 % of 8.00 1.92 Total to pay EUR 1.12"),
        "{page}"
    );
    desk.ok("verify");
}

#[test]
fn an_adjustment_after_closing_is_a_note_with_its_reason() {
    let desk = closed();
    issued(&desk, "october", "");
    assert_eq!(adjust(&desk, "acme", "-2.50", "an outage").code, 0);
    desk.ok("restate 2026-10 --note outage");
    issued(&desk, "notes", "");
    let lines = columns(
        &file(&desk, "notes", &["acme", ".csv"]),
        &["charge_category", "charge_description", "amount"],
    );
    assert_eq!(lines, ["Credit|Now: an outage|-2.50"]);
    assert_eq!(register(&desk, "notes", &["kind", "net"])[3..], ["credit_note|-2.50"]);
}

#[test]
fn a_retracted_delivery_leaves_what_was_issued_and_its_restatement_is_corrected() {
    let desk = closed();
    restate(&desk, "2026-11-03", "acme cpu hour 2026-10 alice 12.00 modified=2026-11-03T00:00:00Z");
    issued(&desk, "october", "");
    let history = desk.ok("history --format json");
    let history: Value = serde_json::from_str(&history).expect("JSON");
    let deliveries = history
        .as_array()
        .cloned()
        .or_else(|| history["deliveries"].as_array().cloned())
        .expect("deliveries");
    let last = deliveries.iter().map(|one| one["id"].as_str().expect("an id")).next_back().expect("one");
    desk.ok(&format!("retract {last} --reason wrong"));
    issued(&desk, "again", "");
    assert_eq!(files(&desk.path("again")), files(&desk.path("october")));
    desk.ok("restate 2026-10 --note retracted");
    issued(&desk, "notes", "");
    assert_eq!(register(&desk, "notes", &["kind", "name", "net"])[3..], ["credit_note|acme|-4.00"]);
    desk.ok("verify");
}

#[test]
fn verify_finds_documents_that_were_changed_removed_or_swapped_though_all_checksums_fit() {
    let desk = closed();
    issued(&desk, "october", "");
    restate(&desk, "2026-11-09", "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z");
    issued(&desk, "notes", "");
    assert_eq!(verified(&desk.book, |_| {}), [""; 0]);
    let find = |edit: fn(&mut Value), expected: &str| {
        let found = verified(&desk.book, edit);
        assert!(found.join("\n").contains(expected), "{expected}: {found:?}");
    };
    let last = "the documents that the book names as issued last are not there";
    find(|manifest| drop(manifest["issues"].as_array_mut().expect("issues").pop()), last);
    find(
        |manifest| drop(manifest["issues"].as_array_mut().expect("issues").remove(0)),
        "they do not name those before them: some were removed, changed or moved",
    );
    find(
        |manifest| manifest["issues"].as_array_mut().expect("issues").swap(0, 1),
        "they do not name those before them",
    );
    find(
        |manifest| manifest["issues"][0]["date"] = "2026-12-02".into(),
        "says something else than the register",
    );
    find(|manifest| manifest["issues"][1]["count"] = 2.into(), "their number is not the one in the register");
    // The registers of two issues are swapped, with all that belongs to them.
    find(
        |manifest| {
            let [one, other] = [0, 1].map(|at| manifest["issues"][at]["register"].clone());
            manifest["issues"][0]["register"] = other;
            manifest["issues"][1]["register"] = one;
        },
        "their number is not the one in the register",
    );
    // Every byte of what is kept counts.
    let files = desk.book.join(".book/files");
    for path in fs::read_dir(files).expect("a folder").map(|entry| entry.expect("a file").path()) {
        let whole = fs::read(&path).expect("bytes");
        let mut other = whole.clone();
        other[whole.len() / 2] ^= 1;
        fs::write(&path, &other).expect("it is written");
        assert_eq!(desk.on("verify").code, 1, "{}", path.display());
        fs::write(&path, &whole).expect("it is written");
    }
    desk.ok("verify");
}

#[test]
fn a_restated_month_says_that_notes_are_due_and_an_issued_one_what_came_late() {
    let desk = closed();
    issued(&desk, "october", "");
    Parcel::new(
        "2026-11-09",
        "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z\nglobex cpu hour 2026-10 bob 4.00",
    )
    .deliver(&desk.book);
    let said = issued(&desk, "again", "");
    assert!(
        said.contains("note: October 2026 has 1 late change since v1, which this does not bill"),
        "{said}"
    );
    let restated = desk.ok("restate 2026-10 --note late");
    assert!(
        restated.contains("bills of v1 were issued; `usagebook bills --issue` makes credit and debit notes"),
        "{restated}"
    );
}

#[test]
fn a_book_whose_root_is_lost_has_what_was_issued_once_it_is_repaired() {
    let desk = closed();
    issued(&desk, "first", "");
    fs::remove_file(desk.book.join("book.json")).expect("it goes away");
    assert!(issue(&desk, "refused", "").code != 0);
    desk.ok("repair");
    issued(&desk, "second", "");
    assert_eq!(files(&desk.path("second")), files(&desk.path("first")));
    desk.ok("verify");
}

#[test]
fn a_backup_has_what_was_issued() {
    let desk = closed();
    issued(&desk, "october", "");
    let copy = desk.path("copy");
    desk.ok(&format!("backup --to '{}'", copy.display()));
    let to = desk.path("from-copy");
    let outcome = crate::binary::run(&format!(
        "bills --book '{}' --period 2026-10 --issue --to '{}'",
        copy.display(),
        to.display()
    ));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(files(&to), files(&desk.path("october")));
}

#[test]
fn of_two_runs_at_once_one_issues_and_both_write_the_same_files() {
    let desk = closed();
    let run = |to: &'static str| {
        let (book, config, to) = (desk.book.clone(), desk.path("usagebook.toml"), desk.path(to));
        std::thread::spawn(move || {
            crate::binary::run(&format!(
                "bills --book '{}' --period 2026-10 --issue --config '{}' --to '{}' --format html,csv --lock-timeout 60",
                book.display(),
                config.display(),
                to.display()
            ))
        })
    };
    let runs = [run("one"), run("other")];
    let said: String = runs
        .map(|run| run.join().expect("it ends"))
        .into_iter()
        .map(|outcome| {
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
            outcome.stderr
        })
        .collect();
    assert_eq!(said.matches("v1 is issued: 2 bills").count(), 1, "{said}");
    assert_eq!(said.matches("v1 was issued before").count(), 1, "{said}");
    assert_eq!(files(&desk.path("one")), files(&desk.path("other")));
    desk.ok("verify");
}

#[cfg(feature = "bill")]
#[test]
fn pdf_is_kept_as_it_was_issued() {
    let desk = closed();
    let write = |to: &str| {
        let to = desk.path(to);
        desk.ok(&format!("bills --period 2026-10 --issue --config usagebook.toml --to '{}'", to.display()));
        bytes(&to).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>()
    };
    let first = write("first");
    desk.write("usagebook.toml", "");
    assert!(write("second") == first);
    assert_eq!(first.iter().filter(|bytes| bytes.starts_with(b"%PDF")).count(), 2);
}
