//! Statements: each customer's own, together the report, all of them or none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use usagebook::Quantity;
use usagebook::files::hashing::Digest;
use usagebook::text::grouped_decimal;
use zip::ZipArchive;

use crate::binary::{Outcome, command, run, said, stdout, words};
use crate::records::{Dumps, page, records};
use crate::workbook::Workbook;

const OCTOBER: &str = "fixtures/real/complete --period 2026-10 --as-of 2026-11-23";

#[test]
fn a_customer_with_a_credit_has_one_total_in_each_currency() {
    let folder = Dumps::new();
    let lines = "acme cpu hour 2026-10 alice 2.00\nacme cpu GB 2026-10 alice 5.00 component_usage=2 uuid=2";
    let dump = folder.write("a.json", page(&records(lines)));
    let price = |unit: &str| {
        format!(
            "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"{unit}\"\nunit_price = \"1\"\ncurrency = \"EUR\"\n"
        )
    };
    let credit = "[[credit]]\ncustomer = \"acme\"\nperiod = \"2026-10\"\namount = \"3.00\"\ncurrency = \"EUR\"\ndescription = \"thanks\"\n";
    let prices = folder.write("prices.toml", price("hour") + &price("GB") + credit);
    let to = folder.path("out");
    let line = format!("--period 2026-10 --as-of 2026-11-23 --prices '{prices}' --accept-incomplete");
    let outcome = run(&format!("statements '{dump}' {line} --to '{}' --format xlsx,html", to.display()));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    let file = |ending: &str| {
        let mut files = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path());
        files
            .find(|path| path.extension().is_some_and(|own| own == ending) && !path.ends_with("index.html"))
            .expect("a statement")
    };
    let html = fs::read_to_string(file("html")).unwrap();
    let table =
        html.split("id=\"by-project\"").nth(1).and_then(|rest| rest.split("</tbody>").next()).unwrap();
    let totals: Vec<&str> = table
        .split("<tr class=\"sub\">")
        .skip(1)
        .filter_map(|rest| rest.split("</tr>").next())
        .filter(|line| line.contains("EUR"))
        .collect();
    assert!(matches!(totals.as_slice(), [total] if total.contains("4.00")), "{totals:?}");
    assert_eq!(
        table.matches("-3.00").count() + table.matches("\u{2212}3.00").count(),
        1,
        "the credit: {table}"
    );
}

/// A folder of statements; there as long as its guard is.
pub struct Statements {
    root: tempfile::TempDir,
    pub outcome: Outcome,
}

impl Statements {
    pub fn of(line: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let outcome = run(&format!("statements {line} --to {}", root.path().join("out").display()));
        Self { root, outcome }
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("out")
    }

    /// Every file with its bytes.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        assert!(matches!(self.outcome.code, 0 | 3), "{}", self.outcome.stderr);
        let entries = fs::read_dir(self.folder()).unwrap().map(|entry| entry.unwrap());
        entries
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .collect()
    }

    pub fn manifest(&self) -> Value {
        serde_json::from_slice(&self.files()["manifest.json"]).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.files()[name].clone()).unwrap()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// All text of a file, the parts of a workbook unpacked.
fn unpacked(name: &str, path: &Path) -> String {
    if !name.ends_with(".xlsx") {
        return fs::read_to_string(path).unwrap();
    }
    let mut archive = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut text = String::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_string(&mut text).expect("parts are XML");
    }
    text
}

fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}

#[test]
fn the_statements_together_are_the_report() {
    let statements = Statements::of(&format!("{OCTOBER} --format csv"));
    let report = stdout(&format!("report {OCTOBER} --format csv"));
    let (header, rows) = report.split_once('\n').unwrap();
    let mut together: Vec<String> = Vec::new();
    for (name, bytes) in statements.files().iter().filter(|(name, _)| name.len() > 40) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let (own_header, own) = text.split_once('\n').unwrap();
        assert_eq!(own_header, header, "{name}");
        assert!(!own.is_empty(), "{name}");
        together.extend(own.lines().map(str::to_owned));
    }
    let mut rows: Vec<String> = rows.lines().map(str::to_owned).collect();
    rows.sort();
    together.sort();
    assert_eq!(together, rows);
    let tie_out = said(&statements.outcome, "The ");
    assert_eq!(tie_out, ["8 statements add up to the report exactly: 1,513 records, usage in 14 units."]);
}

#[test]
fn the_manifest_names_every_file_and_all_totals() {
    let statements = Statements::of(OCTOBER);
    let (files, manifest) = (statements.files(), statements.manifest());
    let entries = |value: &Value| value["files"].as_array().unwrap().clone();
    let own: Vec<Value> = manifest["statements"].as_array().unwrap().iter().flat_map(entries).collect();
    let mut named = BTreeSet::from(["manifest.json".to_owned()]);
    for entry in own.iter().chain(&entries(&manifest)) {
        let path = entry["path"].as_str().unwrap();
        let digest = Digest::of(&files[path]);
        assert_eq!(entry["sha256"].as_str(), digest.sha256.as_deref(), "{path}");
        assert_eq!(entry["bytes"].as_u64(), Some(digest.bytes), "{path}");
        assert!(named.insert(path.to_owned()), "{path} twice");
    }
    assert!(named.iter().eq(files.keys()), "{named:?}");

    let report: Value =
        serde_json::from_str(&stdout(&format!("report {OCTOBER} --by customer --format json"))).unwrap();
    let figures = |rows: &Value, key: &str| -> BTreeSet<(String, String, String, u64)> {
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| {
            (text(row, key), text(row, "measured_unit"), text(row, "usage"), row["records"].as_u64().unwrap())
        })
        .collect()
    };
    let mut of_customers = BTreeSet::new();
    for statement in manifest["statements"].as_array().unwrap() {
        let uuid = statement["customer_uuid"].as_str().unwrap();
        let totals = figures(&statement["totals"], "none").into_iter();
        of_customers.extend(totals.map(|(_, unit, usage, records)| (uuid.to_owned(), unit, usage, records)));
    }
    assert!(of_customers.len() > 40);
    assert_eq!(of_customers, figures(&report["rows"], "customer_uuid"));
    assert_eq!(figures(&manifest["totals"], "none"), figures(&report["totals"], "none"));
    assert_eq!(manifest["accounting"]["kept"], 1_513);
}

#[test]
fn a_statement_tells_of_no_other_customer() {
    let filters = "--customer 'Tartu Ülikool' --customer-uuid 340b959cb6f84baa97735bfd0e96d612 \
                   --customer-uuid 289b41e3699d4868b998d449d55465b9";
    for more in ["", filters] {
        let line = format!("{OCTOBER} --users --by customer,project,offering,resource,component,user {more}");
        let statements = Statements::of(&line);
        // Whatever stands in the report of one customer and not in its own.
        let rows = stdout(&format!("report {OCTOBER} --by customer,project,resource,user --format csv"));
        let mut words: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(rows.as_bytes());
        for record in reader.records().map(Result::unwrap) {
            let owner = words.entry(record[0].to_owned()).or_default();
            owner.extend(record.iter().take(7).filter(|word| word.len() > 3).map(str::to_owned));
        }
        assert!(words.len() >= 3);
        let manifest = statements.manifest();
        for statement in manifest["statements"].as_array().unwrap() {
            let uuid = statement["customer_uuid"].as_str().unwrap();
            let own = words[uuid].iter().cloned().collect::<Vec<_>>().join("\n");
            let others = words.iter().filter(|(other, _)| *other != uuid).flat_map(|(_, words)| words);
            let others: BTreeSet<&String> = others.filter(|word| !own.contains(word.as_str())).collect();
            assert!(others.len() > 100, "{}", others.len());
            for file in statement["files"].as_array().unwrap() {
                let name = file["path"].as_str().unwrap();
                let text = unpacked(name, &statements.folder().join(name));
                assert!(name.contains(uuid) && text.len() > 1_000, "{name}");
                for word in &others {
                    // Common words of every page: a username may be one.
                    let is_said = text.contains(word.as_str()) || text.contains(&escaped(word));
                    assert!(!is_said || is_ours(word), "{name} has {word:?}");
                }
                assert!(!text.contains("fixtures/"), "{name} names what was read");
                for count in ["1513", "1,513", "4536", "4,536"] {
                    assert!(!has_word(&text, count), "{name} has {count}");
                }
            }
        }
    }
}

/// Whether a number stands in a text, and not as a part of another one.
fn has_word(text: &str, number: &str) -> bool {
    let is_part = |character: char| character.is_ascii_digit() || character == ',' || character == '.';
    text.split(|character: char| !is_part(character)).any(|word| word == number)
}

/// Whether a word is one of the outputs' own, too.
fn is_ours(word: &str) -> bool {
    ["default", "usage", "report", "user", "alice"].iter().any(|own| own.eq_ignore_ascii_case(word))
}

#[test]
fn a_statement_says_whose_it_is_and_who_sends_it() {
    let config = "--config fixtures/letterhead/usagebook.toml";
    let statements = Statements::of(&format!("{OCTOBER} {config} --customer 'Tartu Ülikool'"));
    let stem = "tartu-uelikool-5ba88ecc5f2a469b9bce015bc9639663";
    let files: Vec<String> = statements.files().into_keys().collect();
    let mut expected: Vec<String> = ["csv", "html", "xlsx"].map(|ending| format!("{stem}.{ending}")).into();
    expected.splice(0..0, ["index.html", "mail-merge.csv", "manifest.json"].map(str::to_owned));
    assert_eq!(files, expected);
    let workbook = Workbook::open(&statements.folder().join(format!("{stem}.xlsx")));
    let cover: Vec<String> = workbook.sheet("Cover").into_values().map(|cell| cell.value).collect();
    for text in ["Example Computing & Data", "Usage statement", "Tartu Ülikool"] {
        assert!(cover.iter().any(|cell| cell == text), "{text}: {cover:?}");
    }
    assert!(!cover.iter().any(|cell| cell == "Inputs"), "{cover:?}");
    assert!(!workbook.names().contains(&"Inputs".to_owned()));
    assert!(!workbook.names().contains(&"Checks".to_owned()), "{:?}", workbook.names());
    let is_of_checks = |text: &str| ["OK", "Checks", "Warnings", "Warnings", "adds up"].contains(&text);
    assert!(!cover.iter().any(|cell| is_of_checks(cell)), "{cover:?}");
    let page = statements.text(&format!("{stem}.html"));
    assert!(
        page.contains("Tartu Ülikool: usage in October 2026")
            && page.contains("Example Computing &amp; Data")
    );
    assert!(page.contains("data:image/png;base64,"));
    assert!(!page.contains("Largest customers"), "there is one");
    for text in ["Checks", "Tables add up", "Warning", "Not checked", "Warnings"] {
        assert!(!page.contains(text), "{text}");
    }
}

#[test]
fn the_index_links_to_every_statement_and_runs_nothing() {
    let statements = Statements::of(OCTOBER);
    let (index, files) = (statements.text("index.html"), statements.files());
    let links: Vec<&str> = index
        .split(" href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|link| *link != "data:,")
        .collect();
    let own = files.keys().filter(|name| name.len() > 40);
    assert_eq!(links.iter().copied().collect::<BTreeSet<_>>(), own.map(String::as_str).collect());
    assert!(!index.contains("<script") && !index.contains("http://") && !index.contains("https://"));
    assert!(index.contains("Statements of October 2026") && index.contains("O'Brien &amp; Søn; A/S"));
    assert!(index.contains("Acme Labs [289b41e3]") && index.contains("Acme Labs [e85737a1]"));
}

#[test]
fn the_mail_merge_table_has_one_row_a_customer_that_no_spreadsheet_runs() {
    let statements = Statements::of(&format!("{OCTOBER} --format csv,xlsx"));
    let text = statements.text("mail-merge.csv");
    let text = text.strip_prefix('\u{feff}').expect("a spreadsheet knows the encoding by this");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        header,
        ["customer_uuid", "customer_name", "period", "file_xlsx", "file_csv", "records", "totals"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 8);
    let files = statements.files();
    assert!(rows.iter().all(|row| files.contains_key(&row[3]) && files.contains_key(&row[4])));
    assert_eq!(rows.iter().map(|row| row[5].parse::<u64>().unwrap()).sum::<u64>(), 1_513);
    let tartu = rows.iter().find(|row| &row[1] == "Tartu Ülikool").unwrap();
    let totals = stdout(&format!("report {OCTOBER} --by customer --customer 'Tartu Ülikool' --format csv"));
    let mut totals = csv::Reader::from_reader(totals.as_bytes());
    let totals: Vec<String> = totals
        .records()
        .map(|row| row.unwrap())
        .map(|row| {
            let unit = if row[2].is_empty() { "(none)" } else { &row[2] };
            format!("{} {unit}", grouped_decimal(&row[3]))
        })
        .collect();
    assert_eq!(tartu[6], totals.join("; "));

    let folder = tempfile::tempdir().unwrap();
    let record = fs::read_to_string("fixtures/single/record-01.json").unwrap();
    let name = record.split("\"customer_name\": \"").nth(1).unwrap().split('"').next().unwrap();
    let dump = folder.path().join("dump.json");
    fs::write(&dump, record.replace(name, "=HYPERLINK(1)")).unwrap();
    let evil = Statements::of(&format!("{} --period 2026 --as-of 2026-11-23", dump.display()));
    assert!(evil.text("mail-merge.csv").contains(",'=HYPERLINK(1),"), "{}", evil.outcome.stderr);
    assert!(evil.files().keys().any(|name| name.starts_with("hyperlink-1-")));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, other) = (Statements::of(OCTOBER), Statements::of(&format!("{OCTOBER} --threads 1")));
    assert!(one.files() == other.files());
}

#[test]
fn what_is_there_is_not_touched_and_what_fails_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let to = root.path().join("out");
    let fails = |line: &str, code: i32, message: &str| {
        let outcome = run(&format!("statements {line} --to {}", to.display()));
        assert_eq!(outcome.code, code, "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{line}: {}", outcome.stderr);
    };
    fails("fixtures/broken/usage-third-decimal.json --period 2026-10", 1, "nothing was written");
    fails(&format!("{OCTOBER} --customer tartu"), 2, "no customer is named \"tartu\"");
    fails(&format!("{OCTOBER} --format pdf"), 2, "pdf");
    fails(&format!("{OCTOBER} --format xlsx --csv-profile excel"), 2, "--csv-profile needs --format csv");
    fails("fixtures/real/complete", 2, "--period");
    fails(&format!("{OCTOBER} --username a --pseudonyms key"), 2, "--username needs usernames in sight");
    assert_eq!(names(root.path()), [""; 0]);
    fs::create_dir(&to).unwrap();
    fails(OCTOBER, 2, "is there already; name a folder that is not there yet, or move this one away");
    assert_eq!(names(&to), [""; 0]);
    let outcome = run(&format!("statements {OCTOBER} --to {}/no/out", root.path().display()));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
}

#[test]
fn hundreds_of_customers_are_drawn_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("dump.ndjson");
    let page: Value =
        serde_json::from_str(&fs::read_to_string("fixtures/single/record-01.json").unwrap()).unwrap();
    let record = |number: u32| {
        let mut record = page.clone();
        let uuid = |kind: u32| Value::from(format!("{kind:08x}{number:024x}"));
        (record["uuid"], record["customer_uuid"], record["project_uuid"]) = (uuid(1), uuid(2), uuid(3));
        record["resource_uuid"] = uuid(4);
        let parent = format!(
            "https://portal.example.org/api/marketplace-component-usages/{}/",
            uuid(5).as_str().unwrap()
        );
        record["component_usage"] = parent.into();
        record.to_string()
    };
    fs::write(&dump, (0..600).map(|number| record(number) + "\n").collect::<String>()).unwrap();
    let statements =
        Statements::of(&format!("{} --period 2026 --as-of 2026-11-23 --format csv", dump.display()));
    assert_eq!(statements.files().len(), 603, "{}", statements.outcome.stderr);
}

#[test]
fn an_interruption_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let line = format!("statements - --period 2026-10 --to {}", root.path().join("out").display());
    let mut child =
        command().args(words(&line)).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Held open, so that the command waits for more.
    let pipe = child.stdin.take();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let killed = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap();
    assert!(killed.success());
    let ended = child.wait_with_output().unwrap();
    drop(pipe);
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(names(root.path()), [""; 0]);
}

#[test]
fn faults_are_rejected_beside_the_statements() {
    let root = tempfile::tempdir().unwrap();
    let rejects = root.path().join("rejects.ndjson");
    let line = format!(
        "fixtures/broken/usage-third-decimal.json --period 2026-10 --as-of 2026-11-23 --rejects {}",
        rejects.display()
    );
    let statements = Statements::of(&line);
    assert_eq!(statements.outcome.code, 3, "{}", statements.outcome.stderr);
    assert_eq!(fs::read_to_string(&rejects).unwrap().lines().count(), 1);
    let manifest = statements.manifest();
    assert_eq!(
        (manifest["exit_status"].as_u64(), manifest["accounting"]["rejected"].as_u64()),
        (Some(3), Some(1))
    );
    let paths: Vec<&str> =
        manifest["files"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&rejects.to_str().unwrap()), "{paths:?}");
}

#[test]
fn pseudonyms_stand_in_every_file() {
    let root = tempfile::tempdir().unwrap();
    let key = root.path().join("secret.key");
    fs::write(&key, "a secret of sixteen bytes and more\n").unwrap();
    let statements = Statements::of(&format!("{OCTOBER} --users --by user --pseudonyms {}", key.display()));
    let files = statements.files();
    let texts: Vec<String> =
        files.keys().map(|name| unpacked(name, &statements.folder().join(name))).collect();
    assert!(texts.iter().all(|text| !text.contains("olga041")));
    assert!(texts.iter().filter(|text| text.contains("user-")).count() >= 24);
}

#[test]
fn a_book_says_the_state_of_its_month_but_not_what_others_changed() {
    let root = tempfile::tempdir().unwrap();
    let book = root.path().join("usage.book");
    let add = |input: &str, day: &str| {
        run(&format!(
            "{} --book {} fixtures/real/{input} --pulled-at {day}T00:00:00Z",
            crate::binary::adding(&book),
            book.display()
        ))
    };
    assert_eq!(add("complete/2026-10", "2026-11-01").code, 0);
    let close = run(&format!("close --book {} 2026-10 --as-of 2026-11-02T00:00:00Z", book.display()));
    assert_eq!(close.code, 0, "{}", close.stderr);
    let line = format!("--book {} --period 2026-10 --as-of 2026-11-23 --format xlsx", book.display());
    let statements = Statements::of(&line);
    assert_eq!(statements.manifest()["statements"].as_array().unwrap().len(), 8);
    let tartu = statements.folder().join("tartu-uelikool-5ba88ecc5f2a469b9bce015bc9639663.xlsx");
    let cover = Workbook::open(&tartu).sheet("Cover");
    let is_internal =
        |text: &str| text.contains("CLOSED") || text.contains("cut-off") || text.contains("frozen");
    assert!(!cover.values().any(|cell| is_internal(&cell.value)), "states are the sender's: {cover:?}");

    let inside = run(&format!("statements {line} --to {}/months/out", book.display()));
    assert_eq!(inside.code, 2, "{}", inside.stderr);
}

#[test]
fn no_record_in_the_period_is_a_folder_without_statements() {
    let statements =
        Statements::of("fixtures/real/complete --period 2026-10 --as-of 2026-11-23 --type nothing");
    let files: Vec<String> = statements.files().into_keys().collect();
    assert_eq!(files, ["index.html", "mail-merge.csv", "manifest.json"]);
    assert_eq!(statements.text("mail-merge.csv").lines().count(), 1);
}

#[test]
fn amounts_and_columns_of_the_users_own_stand_in_the_statements_and_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let centres = folder.path().join("centres.csv");
    fs::write(&centres, "customer_name,cost_centre\nTartu Ülikool,CC-TARTU\nO'Brien & Søn; A/S,CC-OBRIEN\n")
        .unwrap();
    let card = folder.path().join("rates.toml");
    let text = fs::read_to_string("fixtures/prices/rates.toml").unwrap();
    fs::write(&card, text).unwrap();
    let more = format!("--prices {} --unpriced omit --attributes {}", card.display(), centres.display());
    let statements = Statements::of(&format!("{OCTOBER} {more}"));
    let manifest = statements.manifest();
    let report: Value =
        serde_json::from_str(&stdout(&format!("report {OCTOBER} {more} --by customer --format json")))
            .unwrap();

    let amounts = |value: &Value| -> BTreeMap<String, Quantity> {
        let rows = value.as_array().unwrap().iter();
        rows.map(|row| (text_of(row, "currency"), quantity(&text_of(row, "amount")))).collect()
    };
    let totals = amounts(&report["pricing"]["totals"]);
    assert!(!totals.is_empty());
    assert_eq!(amounts(&manifest["amounts"]), totals);
    let mut of_statements: BTreeMap<String, Quantity> = BTreeMap::new();
    for statement in manifest["statements"].as_array().unwrap() {
        for (currency, amount) in
            statement["amounts"].as_array().iter().flat_map(|_| amounts(&statement["amounts"]))
        {
            *of_statements.entry(currency).or_default() += amount;
        }
    }
    assert_eq!(of_statements, totals);

    let merge = statements.text("mail-merge.csv");
    let header = merge.lines().next().unwrap();
    for currency in totals.keys() {
        assert!(header.contains(&format!(",amount_{currency}")), "{header}");
    }
    let tie_out = said(&statements.outcome, "The ");
    assert!(tie_out[0].contains("and amounts in "), "{tie_out:?}");
    for (name, bytes) in statements.files() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if name.ends_with(".csv") && name.starts_with("tartu") {
            assert!(text.contains("CC-TARTU") && text.contains("amount"), "{text:.500}");
        }
        if name.starts_with("tartu") {
            let text = unpacked(&name, &statements.folder().join(&name));
            assert!(!text.contains("CC-OBRIEN") && !text.contains("rates.toml"), "{name}");
        }
    }
}

fn text_of(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse_float(text.as_bytes()).unwrap()
}

#[test]
fn statements_of_an_incomplete_download_are_refused_unless_that_is_accepted() {
    let dumps = Dumps::new();
    dumps.write("dump/page-0001.json", page(&records("acme cpu hour 2026-10 alice 3.00")));
    dumps.write("dump/index.json", r#"[{"url":"http://h/api/x/?page=1","X-Result-Count":"2"}]"#);
    let to = dumps.path("out");
    let line = format!(
        "statements '{}' --period 2026-10 --as-of 2026-11-23 --to '{}'",
        dumps.path("dump").display(),
        to.display()
    );
    let refused = run(&line);
    assert_eq!((refused.code, to.exists()), (1, false), "{}", refused.stderr);
    for text in ["no statement is written, because usage is probably missing", "--accept-incomplete"] {
        assert!(refused.stderr.contains(text), "{}", refused.stderr);
    }
    let accepted = run(&format!("{line} --accept-incomplete"));
    assert_eq!((accepted.code, to.exists()), (0, true), "{}", accepted.stderr);
}

#[test]
fn statements_from_a_book_are_refused_if_their_month_is_known_to_be_incomplete() {
    let dumps = Dumps::new();
    let book = dumps.path("book");
    for (month, count) in [("2026-09", 2), ("2026-10", 1)] {
        let lines = format!("acme cpu hour {month} alice 3.00");
        dumps.write(&format!("{month}/page-0001.json"), page(&records(&lines)));
        let url = format!("http://h/api/x/?component_usage__billing_period={month}-01");
        let index = format!(r#"[{{"url":"{url}","X-Result-Count":"{count}"}}]"#);
        dumps.write(&format!("{month}/index.json"), index);
        let added = run(&format!(
            "{} --book '{}' '{}' --pulled-at 2026-11-02T00:00:00Z",
            crate::binary::adding(&book),
            book.display(),
            dumps.path(month).display()
        ));
        assert!(added.code == 0 || added.code == 3, "{}", added.stderr);
    }
    let statements = |month: &str| {
        let to = dumps.path(&format!("to-{month}"));
        let line = format!("statements --book '{}' --period {month} --to '{}'", book.display(), to.display());
        (run(&line).code, to.exists())
    };
    assert_eq!(statements("2026-09"), (1, false));
    // What the month before lacks is a warning, and refuses nothing.
    assert_eq!(statements("2026-10"), (3, true));
}
