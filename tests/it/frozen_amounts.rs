//! A month that is closed with prices keeps its amounts, whatever becomes of the price list.

use std::fs;
use std::path::{Path, PathBuf};

use usagebook::Error;
use usagebook::book::{BookWriter, CloseRequest, MoneyToKeep};
use usagebook::price::{SourceText, TariffText};
use usagebook::usecase::{KeepQuestion, to_keep};

use crate::binary::{Outcome, run};
use crate::book::{Parcel, close, shelf};
use crate::workbook::Workbook;

/// Hours at 2 euros each, gigabytes in tiers, and a credit.
const PRICES: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
unit_price = "2"

[[price]]
component_type = "disk"
measured_unit = "GB"
currency = "EUR"
tiers = [{ up_to = 10, unit_price = "1" }, { unit_price = "0.50" }]

[[credit]]
customer = "acme"
period = "2026-10"
amount = "3.00"
currency = "EUR"
description = "an outage"
"#;

const OCTOBER: &str = "
    acme   cpu  hour 2026-10 alice 10.00
    acme   disk GB   2026-10 alice 12.00
    globex cpu  hour 2026-10 bob   4.00
";

/// What October comes to: 20 and 10 + 1 less 3 for acme, 8 for globex.
const OCTOBER_AMOUNT: &str = "EUR 36.00";

/// A book with October, and a price list beside it.
pub struct Desk {
    folder: tempfile::TempDir,
    pub book: PathBuf,
}

impl Desk {
    pub fn new() -> Self {
        let (folder, book) = shelf();
        Parcel::new("2026-11-02", OCTOBER).complete("2026-10").deliver(&book);
        let desk = Self { folder, book };
        desk.write("prices.toml", PRICES);
        desk
    }

    fn closed() -> Self {
        let desk = Self::new();
        desk.ok("close 2026-10 --prices prices.toml --by-whom Mari");
        desk
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is written");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a command on the book; words that end in .toml or another ending of files are files of the folder.
    pub fn on(&self, command: &str) -> Outcome {
        let is_file =
            |word: &&str| [".toml", ".csv", ".html", ".xlsx", ".json"].iter().any(|end| word.ends_with(end));
        let mut line = format!("{command} --book '{}'", self.book.display());
        for word in command.split_whitespace().filter(is_file) {
            line = line.replacen(&format!(" {word}"), &format!(" '{}'", self.path(word).display()), 1);
        }
        run(&line)
    }

    pub fn ok(&self, command: &str) -> String {
        let outcome = self.on(command);
        assert!(matches!(outcome.code, 0 | 3), "{command}: {}", outcome.stderr);
        outcome.stdout
    }

    /// The amounts of a report by customer, `acme EUR 28.00` and so on.
    fn amounts(&self, rest: &str) -> String {
        let csv = self.ok(&format!("report --by customer --format csv {rest}"));
        let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let head = lines.next().expect("a header");
        let at = |name: &str| head.iter().position(|column| *column == name);
        let (Some(currency), Some(amount)) = (at("currency"), at("amount")) else {
            return "no amounts".to_owned();
        };
        let customer = at("customer_name").expect("a column");
        let rows = lines.map(|cells| format!("{} {} {}", cells[customer], cells[currency], cells[amount]));
        rows.collect::<Vec<_>>().join("; ")
    }
}

/// What September of a book is closed with by [`PRICES`].
pub fn money(writer: &BookWriter, request: &CloseRequest) -> Result<MoneyToKeep, Error> {
    let prices = SourceText::new("prices.toml".as_ref(), PRICES.as_bytes());
    let tariff = TariffText { prices, rates: None, currency: None, unpriced: None };
    let asked = KeepQuestion { tariff: Some(tariff), ..KeepQuestion::default() };
    let clock = "2026-12-01T00:00:00Z".parse().expect("a time");
    let watch: std::sync::Arc<usagebook::Progress> = std::sync::Arc::default();
    Ok(to_keep(writer, request, &asked, clock, &watch)?.money.expect("there are prices"))
}

#[test]
fn a_closed_month_gives_the_same_bytes_after_the_price_list_was_edited_or_is_gone() {
    let desk = Desk::new();
    let closed = desk.ok("close 2026-10 --prices prices.toml");
    assert!(closed.ends_with("prices.toml, made of users\n") && closed.contains(OCTOBER_AMOUNT), "{closed}");
    let expected = "acme EUR 11.00; acme EUR 20.00; acme EUR -3.00; globex EUR 8.00";
    let reports = [
        "report --period 2026-10 --format csv",
        "report --period 2026-10 --format json",
        "report --period 2026-10 --format html -o a.html",
        "report --period 2026-10 --explain-price --format csv",
        "statements --period 2026-10 --format csv --to",
    ];
    let drawn = |round: &str| -> Vec<String> {
        let draw = |report: &&str| match report.strip_suffix(" --to") {
            Some(start) => {
                let to = desk.path(&format!("to-{round}"));
                desk.ok(&format!("{start} --to '{}'", to.display()));
                let mut files: Vec<PathBuf> =
                    fs::read_dir(to).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
                files.sort();
                files.iter().map(|file| fs::read_to_string(file).expect("text")).collect()
            }
            None if report.contains("-o a.html") => {
                desk.ok(report);
                fs::read_to_string(desk.path("a.html")).expect("a page")
            }
            None => desk.ok(report),
        };
        reports.iter().map(draw).collect()
    };
    assert_eq!(desk.amounts("--period 2026-10"), expected);
    let before = drawn("before");
    desk.write("prices.toml", &PRICES.replace("\"2\"", "\"9\""));
    assert!(drawn("edited") == before, "a report differs after the price list was edited");
    fs::remove_file(desk.path("prices.toml")).expect("it goes away");
    assert!(drawn("gone") == before, "a report differs without the price list");
    assert!(before[2].contains("Amounts frozen") && before[2].contains("October 2026 (version 1, "));
}

#[test]
fn a_price_list_that_says_the_same_of_the_month_is_silent_and_another_one_is_an_error_that_names_the_price() {
    let desk = Desk::closed();
    let own = desk.ok("report --period 2026-10 --format json");
    // Other words for the same: a name, an order, a price of another month.
    let same = format!(
        "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"7\"\nvalid_from = \"2026-11\"\n{}",
        PRICES.replace("unit_price = \"2\"", "unit_price = \"2.000\"\nvalid_to = \"2026-10\"")
    );
    desk.write("same.toml", &same);
    assert_eq!(desk.ok("report --period 2026-10 --format json --prices same.toml"), own);

    desk.write("other.toml", &PRICES.replace("\"2\"", "\"2.50\""));
    let refused = desk.on("report --period 2026-10 --prices other.toml");
    assert!(refused.code != 0 && refused.stdout.is_empty(), "{}", refused.stdout);
    let said = "October 2026, cpu of \"cluster\" in \"hour\": frozen EUR 2; rounded up to 0.01 for each line, given EUR 2.5; ";
    assert!(refused.stderr.contains(said), "{}", refused.stderr);
    assert!(
        !refused.stderr.contains("disk") && refused.stderr.contains("usagebook restate"),
        "{}",
        refused.stderr
    );

    for (change, said) in [
        (("up_to = 10", "up_to = 11"), "given EUR graduated by resource: 1 up to 11, then 0.5;"),
        (("\"3.00\"", "\"4.00\""), "given EUR -4.00 for \"an outage\""),
        (
            ("[[credit]]", "[rounding]\nmode = \"half-up\"\n\n[[credit]]"),
            "given EUR 2; rounded half-up to 0.01",
        ),
        (("\"cpu\"", "\"gpu\""), "given no price"),
    ] {
        desk.write("other.toml", &PRICES.replace(change.0, change.1));
        let refused = desk.on("report --period 2026-10 --prices other.toml");
        assert!(refused.code != 0 && refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    // A customer without usage in the month may have any price.
    desk.write("more.toml", &format!("{PRICES}\n[[price]]\ncustomer = \"nobody\"\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"1\"\n"));
    assert_eq!(desk.ok("report --period 2026-10 --format json --prices more.toml"), own);
}

#[test]
fn open_months_have_the_price_list_that_is_given_beside_closed_ones() {
    let desk = Desk::closed();
    Parcel::new("2026-12-02", "acme cpu hour 2026-11 alice 1.00").deliver(&desk.book);
    let new = format!(
        "{}\n[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"5\"\nvalid_from = \"2026-11\"\n",
        PRICES.replace("unit_price = \"2\"", "unit_price = \"2\"\nvalid_to = \"2026-10\"")
    );
    desk.write("new.toml", &new);
    let by_month = "acme EUR 11.00; acme EUR 25.00; acme EUR -3.00; globex EUR 8.00";
    assert_eq!(desk.amounts("--period 2026-10..2026-11 --prices new.toml"), by_month);
    // Nothing prices November: a total of October alone would look like one of both.
    let left_out = desk.on("report --by customer --format csv --period 2026-10..2026-11");
    assert!(left_out.code == 0 && !left_out.stdout.contains("amount"), "{}", left_out.stdout);
    let said = "no amounts are shown, because November 2026 has no prices";
    assert!(left_out.stderr.contains(said), "{}", left_out.stderr);
    assert_eq!(desk.amounts("--period 2026-11"), "no amounts");
    let journal = desk.on("report --period 2026-11 --explain-price");
    assert!(journal.code != 0 && journal.stderr.contains("--prices FILE"), "{}", journal.stderr);
}

#[test]
fn a_month_that_was_closed_without_prices_takes_any_list_and_says_that_its_amounts_are_not_frozen() {
    let desk = Desk::new();
    close(&desk.book, "2026-10").expect("it is closed");
    let said = "amounts not frozen: October 2026 was closed without prices";
    for price in ["2", "7"] {
        desk.write("any.toml", &PRICES.replace("\"2\"", &format!("\"{price}\"")));
        let reported = desk.on("report --period 2026-10 --prices any.toml -o a.html");
        assert!(reported.code == 0 && reported.stderr.contains(said), "{}", reported.stderr);
    }
    let page = fs::read_to_string(desk.path("a.html")).expect("a page");
    assert!(page.contains(said));
    desk.ok("report --period 2026-10 --prices any.toml -o a.xlsx --manifest manifest.json");
    let cells: Vec<String> = Workbook::open(&desk.path("a.xlsx"))
        .names()
        .iter()
        .flat_map(|name| Workbook::open(&desk.path("a.xlsx")).sheet(name).into_values())
        .map(|cell| cell.value)
        .collect();
    assert!(cells.iter().any(|cell| cell.contains(said)), "{cells:?}");
    assert!(fs::read_to_string(desk.path("manifest.json")).expect("a manifest").contains(said));
    assert!(desk.ok("status").ends_with("2026-10 v1: amounts not frozen\n"));
    assert_eq!(desk.amounts("--period 2026-10"), "no amounts");
}

#[test]
fn a_restated_month_has_the_list_of_the_last_closing_unless_another_one_is_named() {
    let desk = Desk::closed();
    let unchanged = desk.ok("restate 2026-10 --note again");
    assert_eq!(unchanged, "nothing to restate: 2026-10 has the records and amounts of v1\n");
    let later = "
        acme   cpu hour 2026-10 alice 11.00 modified=2026-11-05T00:00:00Z
        globex cpu hour 2026-10 bob   4.00
    ";
    Parcel::new("2026-11-09", later).deliver(&desk.book);
    fs::remove_file(desk.path("prices.toml")).expect("it goes away");
    let late = desk.ok("late --amounts --format csv");
    assert!(late.contains(",acme-project,EUR,31.00,33.00,2.00"), "{late}");
    let restated = desk.ok("restate 2026-10 --note late");
    assert!(restated.contains("CLOSED v2") && restated.contains("EUR 38.00 by "), "{restated}");
    desk.write("other.toml", &PRICES.replace("\"2\"", "\"3\""));
    let restated = desk.ok("restate 2026-10 --note agreed --prices other.toml");
    assert!(restated.contains("CLOSED v3") && restated.contains("EUR 53.00 by "), "{restated}");
    for (version, amount) in [("v1", "20.00"), ("v2", "22.00"), ("v3", "33.00"), ("now", "33.00")] {
        let shown = desk.amounts(&format!("--period 2026-10 --version {version}"));
        assert!(
            shown.starts_with(&format!("acme EUR 11.00; acme EUR {amount}; acme EUR -3.00")),
            "{version}: {shown}"
        );
    }
    let diff = desk.ok("diff 2026-10 --from v1 --to v3 --amounts --format csv");
    assert!(
        diff.contains(",acme-project,EUR,31.00,44.00,13.00") && diff.contains("EUR,8.00,12.00,4.00"),
        "{diff}"
    );
}

#[test]
fn repricing_shows_both_amounts_and_leaves_the_book_alone() {
    let desk = Desk::closed();
    let before = crate::book::bytes(&desk.book);
    desk.write("other.toml", &PRICES.replace("\"2\"", "\"2.50\""));
    let shown = desk.ok("report --period 2026-10 --prices other.toml --reprice");
    insta::assert_snapshot!(shown.split_once("\n\n").expect("a title and a table").1, @"
    kind           period   customer  project         currency  amount before  amount  change
    ─────────────────────────────────────────────────────────────────────────────────────────
    changed        2026-10  acme      acme-project    EUR               31.00   36.00    5.00
                            globex    globex-project  EUR                8.00   10.00    2.00
    ─────────────────────────────────────────────────────────────────────────────────────────
    Total changed                                     EUR               39.00   46.00    7.00
    Total                   acme                      EUR               28.00   33.00    5.00
    Total                   globex                    EUR                8.00   10.00    2.00
    Total                                             EUR               36.00   43.00    7.00
    ");
    let csv = desk.ok("report --period 2026-10 --prices other.toml --reprice --customer globex --format csv");
    assert!(csv.lines().count() == 2 && csv.ends_with(",globex-project,EUR,8.00,10.00,2.00\n"), "{csv}");
    assert_eq!(crate::book::bytes(&desk.book), before);
    Parcel::new("2026-12-02", "acme cpu hour 2026-11 alice 1.00").deliver(&desk.book);
    let refused = desk.on("report --period 2026-11 --prices other.toml --reprice");
    assert!(refused.code != 0 && refused.stderr.contains("was closed with prices"), "{}", refused.stderr);
}

#[test]
fn usage_without_a_price_stops_a_closing_and_nothing_is_committed() {
    let desk = Desk::new();
    desk.write("few.toml", &PRICES.replace("\"disk\"", "\"tape\""));
    let refused = desk.on("close 2026-10 --prices few.toml");
    assert!(refused.code == 1 && refused.stderr.contains("disk in \"GB\""), "{}", refused.stderr);
    assert!(desk.ok("status").contains("OPEN"));
    let closed = desk.ok("close 2026-10 --prices few.toml --unpriced omit");
    assert!(closed.contains("EUR 25.00 by "), "{closed}");
    let refused = desk.on("close 2026-10 --basis users");
    assert!(refused.code == 1 && refused.stderr.contains("it is closed as v1"), "{}", refused.stderr);
}

#[test]
fn verify_makes_all_amounts_again_and_finds_any_changed_byte() {
    let desk = Desk::closed();
    let verified = desk.ok("verify");
    assert!(verified.contains("records and figures agree"), "{verified}");
    let files = desk.book.join(".book/files");
    let packed: Vec<PathBuf> = fs::read_dir(files)
        .expect("a folder")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "zst"))
        .collect();
    assert_eq!(packed.len(), 2, "a price list and its charges");
    for path in &packed {
        let whole = fs::read(path).expect("bytes");
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(path, &bytes).expect("it is written");
            let found = desk.on("verify");
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            assert!(found.code == 1 && found.stderr.contains(name), "{}", found.stderr);
        }
        fs::write(path, &whole).expect("it is written");
    }
    desk.ok("verify");
}

#[test]
fn verify_finds_amounts_that_the_price_list_does_not_make() {
    let desk = Desk::new();
    let mut writer = BookWriter::open(&desk.book, None).expect("a book");
    let request = crate::book::closing("2026-10");
    let mut money = money(&writer, &request).expect("amounts");
    let text = String::from_utf8(money.charges).expect("text").replace(",EUR,8.00", ",EUR,8.01");
    money.charges = text.into_bytes();
    writer.close(&CloseRequest { money: Some(money), ..request }).expect("it is closed");
    drop(writer);
    let found = desk.on("verify");
    assert!(found.code == 1, "{}", found.stderr);
    let said = "the amounts of 2026-10 v1 are not those that its price list makes: the line ";
    assert!(found.stderr.contains(said) && found.stderr.contains("8.01"), "{}", found.stderr);
}

/// A book whose closings know nothing of money is read as ever.
#[test]
fn a_closing_without_prices_is_written_as_by_earlier_programs() {
    let desk = Desk::new();
    close(&desk.book, "2026-10").expect("it is closed");
    let manifest = manifest(&desk.book);
    assert!(manifest.contains("\"closings\":[{") && !manifest.contains("money"), "{manifest}");
}

fn manifest(book: &Path) -> String {
    let generations = fs::read_dir(book.join(".book/generations")).expect("a folder");
    let last = generations.map(|entry| entry.expect("a folder").path()).max();
    fs::read_to_string(last.expect("a generation").join("manifest.json")).expect("a manifest")
}

/// An adjustment of a customer of the tests.
pub fn adjust(desk: &Desk, customer: &str, amount: &str, reason: &str) -> Outcome {
    let customer = crate::records::uuid(customer);
    desk.on(&format!("adjust 2026-10 --customer {customer} --amount={amount} --currency EUR --by-whom Mari --reason '{reason}'"))
}

#[test]
fn an_adjustment_is_of_a_customer_and_a_project_that_the_book_knows() {
    let desk = Desk::new();
    let unknown = adjust(&desk, "nobody", "7.00", "a licence");
    let said = format!("no record of the book is of the customer {}", crate::records::uuid("nobody"));
    assert!(unknown.code == 2 && unknown.stderr.contains(&said), "{}", unknown.stderr);
    let globex = crate::records::uuid("globex");
    let project = crate::records::uuid("acme-project");
    let rest = "--amount=7 --currency EUR --by-whom Mari --reason x";
    let foreign = desk.on(&format!("adjust 2026-10 --customer {globex} --project {project} {rest}"));
    let said = format!("is of the project {project} of the customer {globex}; check the uuid");
    assert!(foreign.code == 2 && foreign.stderr.contains(&said), "{}", foreign.stderr);
    assert!(!desk.ok("status").contains("adjustment"));
}

#[test]
fn an_adjustment_is_a_row_beside_usage_in_every_output_and_in_its_totals() {
    let desk = Desk::new();
    let adjusted = adjust(&desk, "globex", "-2.50", "agreed by phone");
    let said = "adjustment EUR -2.50 for customer ";
    assert!(adjusted.code == 0 && adjusted.stdout.contains(said), "{}{}", adjusted.stdout, adjusted.stderr);
    adjust(&desk, "acme", "7.00", "a licence");
    let csv = desk.ok("report --period 2026-10 --by customer --format csv --prices prices.toml");
    assert!(
        csv.contains("globex,,,EUR,-2.50,Credit,agreed by phone") || csv.contains("Credit,agreed by phone"),
        "{csv}"
    );
    assert!(csv.contains("Adjustment,a licence"), "{csv}");
    let json: serde_json::Value =
        serde_json::from_str(&desk.ok("report --period 2026-10 --format json --prices prices.toml"))
            .expect("JSON");
    assert_eq!(json["pricing"]["totals"][0]["amount"], "40.50", "36.00 - 2.50 + 7.00");
    // Nothing without amounts, and nothing of another month.
    assert!(!desk.ok("report --period 2026-10 --by customer --format csv").contains("licence"));
    assert!(desk.ok("status").contains("2026-10: adjustment EUR 7.00 for customer "));
    let explained = desk.ok("report --period 2026-10 --explain-price --format csv --prices prices.toml");
    assert!(explained.contains("adjustment: agreed by phone"), "{explained}");

    desk.write("usagebook.toml", "organisation = \"Cloud\"\n");
    let focus =
        desk.on("report --period 2026-10 --format focus-csv --prices prices.toml --config usagebook.toml");
    assert!(focus.stderr.contains("EUR 40.50, equal to the report's amount 40.50"), "{}", focus.stderr);
    assert!(focus.stdout.contains(",Adjustment,") && focus.stdout.contains(",Credit,"), "{}", focus.stdout);
    let to = desk.path("statements");
    let statements = desk.on(&format!(
        "statements --period 2026-10 --prices prices.toml --format csv --to '{}'",
        to.display()
    ));
    assert!(statements.stderr.contains("add up to the report exactly"), "{}", statements.stderr);
}

#[test]
fn a_closed_version_keeps_its_adjustments_and_a_later_one_belongs_to_the_next() {
    let desk = Desk::new();
    adjust(&desk, "globex", "-2.50", "agreed by phone");
    let closed = desk.ok("close 2026-10 --prices prices.toml");
    assert!(closed.contains("EUR 33.50 by ") && closed.contains("Mari: agreed by phone"), "{closed}");
    let own = desk.ok("report --period 2026-10 --format json");
    let adjusted = adjust(&desk, "acme", "7.00", "a licence");
    assert!(adjusted.stdout.contains("is closed as v1, which does not change"), "{}", adjusted.stdout);
    assert_eq!(desk.ok("report --period 2026-10 --format json"), own);
    let late = desk.ok("late --amounts --format csv");
    assert!(late.contains(",acme,,,EUR,-3.00,4.00,7.00"), "{late}");
    let named = "Adjustment in October 2026: EUR 7.00 for acme: a licence (Mari)";
    for command in ["late --amounts", "diff 2026-10 --amounts"] {
        let said = desk.ok(command);
        assert!(said.contains(named) && !said.contains("agreed by phone"), "{said}");
        let facts: serde_json::Value =
            serde_json::from_str(&desk.ok(&format!("{command} --format json"))).unwrap();
        assert_eq!(facts["adjustments"][0]["period"], "2026-10");
        assert_eq!(facts["adjustments"][0]["adjustment"]["reason"], "a licence");
    }
    let late = desk.ok("late");
    let said = "1 adjustment of October 2026 came after the month was closed: compare the amounts of before and now.";
    assert!(late.contains(said) && late.contains("No record changed") && !late.contains("Nothing"), "{late}");
    let status = desk.ok("status");
    assert!(status.contains("2026-10: adjustment EUR -2.50"), "{status}");
    assert!(status.contains("2026-10, after the month was closed: adjustment EUR 7.00"), "{status}");
    let restated = desk.ok("restate 2026-10 --note licence");
    assert!(restated.contains("CLOSED v2") && restated.contains("EUR 40.50 by "), "{restated}");
    assert!(desk.amounts("--period 2026-10 --version v1").contains("globex EUR -2.50"));
    desk.ok("verify");
    // A later delivery keeps the log.
    Parcel::new("2026-11-09", OCTOBER).deliver(&desk.book);
    assert!(desk.ok("status").contains("adjustment EUR 7.00 for customer "));
}

#[test]
fn an_adjustment_needs_an_amount_a_currency_and_a_reason() {
    let desk = Desk::new();
    for (amount, currency, reason) in [
        ("0", "EUR", "why"),
        ("1.005", "EUR", "why"),
        ("1,50", "EUR", "why"),
        ("1", "euro", "why"),
        ("1", "EUR", " "),
    ] {
        let customer = crate::records::uuid("acme");
        let refused = desk.on(&format!(
            "adjust 2026-10 --customer {customer} --amount={amount} --currency {currency} --reason '{reason}'"
        ));
        assert!(refused.code != 0 && !refused.stderr.is_empty(), "{amount} {currency} {reason}");
    }
    assert!(!desk.ok("status").contains("adjustment"));
    let customer = crate::records::uuid("acme");
    let other =
        desk.on(&format!("adjust 2020-01 --customer {customer} --amount=1 --currency EUR --reason why"));
    assert!(other.code != 0 && other.stderr.contains("2020-01"), "{}", other.stderr);
}
