//! The workbook of the finance pack, read back cell by cell.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use usagebook::quantity::Quantity;
use usagebook::text::visible;
use zip::ZipArchive;

use crate::binary::{run, stdout};
use crate::records::{Dumps, page, records, uuid};
use crate::truth::{Table, table, truth};

const OCTOBER: &str = "report fixtures/real/complete --period 2026-10 --as-of 2026-11-23";

/// The parts of a workbook by their names, pictures left out.
pub struct Workbook {
    pub parts: BTreeMap<String, String>,
}

/// A cell as it stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub formula: String,
    /// Shared and inline text looked up.
    pub value: String,
    pub is_text: bool,
}

pub type Sheet = BTreeMap<(usize, String), Cell>;

impl Workbook {
    pub fn open(path: &Path) -> Self {
        let mut archive = ZipArchive::new(File::open(path).expect("a workbook")).expect("a zip file");
        let names: Vec<String> =
            (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
        let mut parts = BTreeMap::new();
        for name in names {
            if name.starts_with("xl/media/") {
                continue;
            }
            let mut text = String::new();
            archive.by_name(&name).unwrap().read_to_string(&mut text).expect("parts are XML");
            parts.insert(name, text);
        }
        Self { parts }
    }

    pub fn names(&self) -> Vec<String> {
        let sheets = elements(&self.parts["xl/workbook.xml"], "sheet");
        sheets.iter().map(|sheet| unescaped(attribute(sheet, "name"))).collect()
    }

    /// The defined names, without those that the program itself gives for printing and filters.
    fn defined_names(&self) -> Vec<String> {
        let names = elements(&self.parts["xl/workbook.xml"], "definedName");
        let names = names.iter().map(|name| attribute(name, "name").to_owned());
        names.filter(|name| !name.starts_with("_xlnm")).collect()
    }

    pub fn sheet(&self, name: &str) -> Sheet {
        let place =
            self.names().iter().position(|sheet| sheet == name).unwrap_or_else(|| panic!("no sheet {name}"));
        let strings: Vec<String> =
            elements(&self.parts["xl/sharedStrings.xml"], "si").iter().map(|item| text_of(item)).collect();
        let xml = &self.parts[&format!("xl/worksheets/sheet{}.xml", place + 1)];
        let mut sheet = Sheet::new();
        for cell in elements(xml, "c") {
            let address = attribute(cell, "r");
            let letters = address.trim_end_matches(|character: char| character.is_ascii_digit());
            let row = address[letters.len()..].parse().expect("a row");
            let value = elements(cell, "v").first().map(|value| text_of(value)).unwrap_or_default();
            let kind = if cell.contains(" t=\"") { attribute(cell, "t") } else { "n" };
            let value = match kind {
                "s" => strings[value.parse::<usize>().expect("a number of a text")].clone(),
                "inlineStr" => text_of(cell),
                _ => value,
            };
            let formula = elements(cell, "f").first().map(|formula| text_of(formula)).unwrap_or_default();
            sheet.insert((row, letters.to_owned()), Cell { formula, value, is_text: kind != "n" });
        }
        sheet
    }
}

/// All elements of a name; none holds one of its own name.
fn elements<'t>(xml: &'t str, name: &str) -> Vec<&'t str> {
    let (start, end) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find(&start) {
        rest = &rest[at..];
        let tag = rest.find('>').expect("tags end");
        if !rest[start.len()..].starts_with([' ', '>', '/']) {
            rest = &rest[tag..];
            continue;
        }
        let length =
            if rest[..tag].ends_with('/') { tag + 1 } else { rest.find(&end).expect("elements end") };
        found.push(&rest[..length]);
        rest = &rest[length..];
    }
    found
}

fn attribute<'t>(element: &'t str, name: &str) -> &'t str {
    let start = element.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {element}"));
    element[start + name.len() + 3..].split('"').next().expect("attributes end")
}

/// The text between all tags.
fn text_of(element: &str) -> String {
    let texts = element.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(_, text)| text);
    unescaped(&texts.collect::<String>())
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Writes a workbook and opens it; the folder is there as long as its guard is.
pub fn workbook(line: &str) -> (tempfile::TempDir, PathBuf, Workbook) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("report.xlsx");
    let outcome = run(&format!("{line} -o {}", path.display()));
    assert!(outcome.code == 0 || outcome.code == 3, "{}", outcome.stderr);
    let workbook = Workbook::open(&path);
    (folder, path, workbook)
}

/// The rows below a header, by its names.
pub fn rows(sheet: &Sheet, header: usize) -> Vec<BTreeMap<String, Cell>> {
    let headings: BTreeMap<&str, &str> = sheet
        .range((header, String::new())..(header + 1, String::new()))
        .map(|((_, column), cell)| (column.as_str(), cell.value.as_str()))
        .collect();
    let last = sheet.keys().map(|(row, _)| *row).max().unwrap_or(header);
    let row = |row| {
        let cells = sheet.range((row, String::new())..(row + 1, String::new()));
        cells
            .filter_map(|((_, column), cell)| {
                Some(((*headings.get(column.as_str())?).to_owned(), cell.clone()))
            })
            .collect()
    };
    (header + 1..=last).map(row).collect()
}

fn quantity(text: &str) -> String {
    Quantity::parse_float(text.as_bytes()).unwrap_or_else(|fault| panic!("{text} {fault:?}")).to_string()
}

/// The month that a serial number of a day stands for.
fn month(serial: &str) -> String {
    let day = chrono::NaiveDate::from_ymd_opt(1899, 12, 30).unwrap()
        + chrono::Days::new(serial.parse().expect("whole days"));
    day.format("%Y-%m").to_string()
}

const KEYS: [&str; 9] = [
    "period",
    "customer_uuid",
    "customer_name",
    "project_uuid",
    "project_name",
    "offering_uuid",
    "offering_name",
    "component_type",
    "measured_unit",
];

fn detail(workbook: &Workbook) -> Table {
    let mut table = Table::new();
    for row in rows(&workbook.sheet("Detail"), 1) {
        let key = KEYS.map(|name| match name {
            "period" => month(&row[name].value),
            _ => text(&row[name]),
        });
        let figures =
            vec![quantity(&row["usage"].value), row["records"].value.clone(), row["users"].value.clone()];
        assert_eq!(table.insert(key.to_vec(), figures), None, "a group stands once");
    }
    table
}

/// The text that a cell stands for: none is blank.
fn text(cell: &Cell) -> String {
    if cell.value == "(none)" { String::new() } else { cell.value.clone() }
}

#[test]
fn every_figure_of_the_detail_is_the_databases() {
    let mut keys = KEYS;
    keys[0] = "billing_period";
    let truth = truth("monthly_totals", &keys, &["usage_sum_of_floats", "row_count", "username_count"]);
    let shown = |key: Vec<String>| key.iter().map(|text| visible(text).into_owned()).collect();
    let mut truth: Table = truth.into_iter().map(|(key, figures)| (shown(key), figures)).collect();
    let (_folder, _, all) = workbook("report fixtures/real/complete --as-of 2026-11-23");
    assert_eq!(detail(&all), truth);
    let (_folder, _, october) = workbook(OCTOBER);
    truth.retain(|key, _| key[0] == "2026-10");
    assert_eq!(detail(&october), truth);
}

#[test]
fn the_summary_is_the_comparison_with_the_month_before() {
    let (_folder, _, workbook) = workbook(OCTOBER);
    let keys = ["customer_uuid", "component_type", "measured_unit"];
    let figures = ["usage", "usage_before", "change", "change_percent", "records", "users"];
    let csv = stdout(&format!("{OCTOBER} --by customer,component --compare previous-month --format csv"));
    let mut expected = table(csv.as_bytes(), &keys, &figures);
    // No value is none to the reader of usage.
    let blank = |figure: &mut String| {
        if figure == " NotANumber" {
            figure.clear()
        }
    };
    expected.values_mut().flatten().for_each(blank);
    let mut found = Table::new();
    let lines = rows(&workbook.sheet("Summary"), 5);
    for row in
        lines.into_iter().take_while(|row| row.get("Customer").is_some_and(|cell| cell.value != "Total"))
    {
        let text = |name: &str| row.get(name).map_or(String::new(), text);
        let figure = |name: &str| match text(name).as_str() {
            "" => String::new(),
            text => quantity(text),
        };
        let percent = match text("Change %").as_str() {
            "" => String::new(),
            fraction => percent_of(fraction),
        };
        let key = ["Customer UUID", "Component", "Unit"].map(text).to_vec();
        let usage = [figure("Usage"), figure("Previous period"), figure("Change"), percent];
        found.insert(key, usage.into_iter().chain(["Records", "Users"].map(text)).collect());
    }
    assert!(found.len() > 20, "{} rows", found.len());
    assert_eq!(found, expected);
}

#[test]
fn no_chart_refers_to_a_figure_that_is_text() {
    let (_folder, _, workbook) = workbook("report fixtures/real/complete --as-of 2026-11-23");
    let (mut numbers, mut helpers) = (0, 0);
    for (name, xml) in workbook.parts.iter().filter(|(name, _)| name.starts_with("xl/charts/chart")) {
        for values in elements(xml, "c:val") {
            let reference = text_of(elements(values, "c:f")[0]);
            let (sheet, range) = reference.rsplit_once('!').expect("a sheet and a range");
            let cells = workbook.sheet(sheet.trim_matches('\''));
            for address in addresses(range) {
                let Some(cell) = cells.get(&address).filter(|cell| !cell.value.is_empty()) else { continue };
                assert!(!cell.is_text, "{name}: {sheet}!{address:?} is the text {}", cell.value);
                let number: f64 = cell.value.parse().expect("a number");
                numbers += 1;
                helpers += usize::from(number.abs() >= 1e13);
            }
        }
    }
    assert!(numbers > 100 && helpers > 0, "{numbers} numbers, {helpers} of them beyond what a cell shows");
}

/// The cells of `$D$6:$F$6` or `$D$6:$D$9`.
fn addresses(range: &str) -> Vec<(usize, String)> {
    let corner = |text: &str| {
        let (letters, row) = text.trim_start_matches('$').split_once('$').expect("an address");
        let column = letters.bytes().fold(0, |column, letter| column * 26 + usize::from(letter - b'A') + 1);
        (row.parse::<usize>().expect("a row"), column)
    };
    let letters = |mut column: usize| {
        let mut text = String::new();
        while column > 0 {
            text.insert(0, char::from(b'A' + ((column - 1) % 26) as u8));
            column = (column - 1) / 26;
        }
        text
    };
    let (first, last) = range.split_once(':').unwrap_or((range, range));
    let (first, last) = (corner(first), corner(last));
    let row = |row| (first.1..=last.1).map(move |column| (row, letters(column)));
    (first.0..=last.0).flat_map(row).collect()
}

/// `0.1234` as `12.34`.
fn percent_of(fraction: &str) -> String {
    let (mantissa, exponent) = fraction.split_once('e').unwrap_or((fraction, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent");
    quantity(&format!("{mantissa}e{}", exponent + 2))
}

#[test]
fn all_sheets_tie_out_and_say_so() {
    let (_folder, _, workbook) = workbook(OCTOBER);
    let checks = workbook.sheet("Checks");
    let verdicts: Vec<&Cell> = checks
        .iter()
        .filter(|((_, column), cell)| column == "B" && !cell.formula.is_empty())
        .map(|(_, cell)| cell)
        .collect();
    assert!(verdicts.len() > 4, "{} checks", verdicts.len());
    assert!(verdicts.iter().all(|cell| cell.value == "adds up"), "{verdicts:?}");
    let cover = workbook.sheet("Cover");
    let tie_out =
        cover.iter().find(|(_, cell)| cell.value == "Every sheet").expect("the cover has a verdict");
    assert_eq!(cover[&(tie_out.0.0, "B".to_owned())].value, "adds up");
}

#[test]
fn the_sheets_come_in_one_order_and_users_on_request() {
    let (_folder, _, without) = workbook(OCTOBER);
    let names = [
        "Cover",
        "Summary",
        "By project",
        "By offering",
        "Trend",
        "Checks",
        "Worklist",
        "Detail",
        "Inputs",
        "Notes",
    ];
    assert_eq!(without.names(), names);
    let (_folder, _, with) = workbook(&format!("{OCTOBER} --users"));
    assert_eq!(with.names()[4], "Users");
    let users = rows(&with.sheet("Users"), 5);
    assert!(users.iter().any(|row| row.get("User").is_some_and(|cell| cell.value == "olga041")));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (_one, first, _) = workbook(&format!("{OCTOBER} --users --threads 1"));
    let (_two, second, _) = workbook(&format!("{OCTOBER} --users"));
    assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
}

#[test]
fn names_stay_the_same_from_month_to_month() {
    let (_folder, _, october) = workbook(OCTOBER);
    let (_folder, _, september) = workbook(&OCTOBER.replace("2026-10", "2026-09"));
    let names = october.defined_names();
    assert_eq!(names, september.defined_names());
    let documented =
        std::fs::read_to_string("docs/reference/workbook.md").expect("the workbook is documented");
    for name in names.iter().chain(&october.names()) {
        assert!(documented.contains(&format!("`{name}`")), "{name} is not documented");
    }
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    let (_folder, _, workbook) = workbook(&format!("{OCTOBER} --users"));
    for (name, text) in &workbook.parts {
        assert!(!name.contains("vba") && !name.contains("externalLink"), "{name}");
        assert!(!text.contains("TargetMode=\"External\""), "{name}");
    }
}

#[test]
fn text_that_looks_like_a_formula_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string("fixtures/single/record-01.json").unwrap();
    let name = between(&page, "\"customer_name\": \"", "\"");
    let dump = folder.path().join("dump.json");
    let evil = "=HYPERLINK(1)&<b>_x0041_";
    std::fs::write(&dump, page.replace(name, evil)).unwrap();
    let (_folder, _, workbook) = workbook(&format!("report {} --as-of 2026-11-23", dump.display()));
    for sheet in ["Summary", "By project", "By offering", "Detail"] {
        let cells = workbook.sheet(sheet);
        let found: Vec<&Cell> = cells.values().filter(|cell| cell.value.contains("HYPERLINK")).collect();
        assert!(!found.is_empty(), "{sheet}");
        assert!(found.iter().all(|cell| cell.is_text && cell.formula.is_empty()), "{sheet} {found:?}");
    }
    assert_eq!(
        rows(&workbook.sheet("Detail"), 1)[0]["customer_name"].value,
        evil.replace("_x0041_", "_x005F_x0041_")
    );
}

#[test]
fn customers_and_projects_of_one_name_are_told_apart_on_every_sheet_for_people() {
    let folder = Dumps::new();
    let lines = "
        Acme cpu hour 2026-10 alice 1.00 customer_uuid=one
        Acme cpu hour 2026-10 alice 2.00 customer_uuid=two project_uuid=two component_usage=two uuid=two
        Globex cpu hour 2026-10 bob 2.00
    ";
    let dump = folder.write("a.json", page(&records(lines)));
    let path = folder.path("october.xlsx");
    stdout(&format!("report '{dump}' --period 2026-10 --as-of 2026-11-23 -o '{}'", path.display()));
    let workbook = Workbook::open(&path);
    let values = |sheet: &str| -> Vec<String> {
        workbook.sheet(sheet).into_values().filter(|cell| cell.is_text).map(|cell| cell.value).collect()
    };
    for customer in ["one", "two"] {
        let name = format!("Acme [{}]", &uuid(customer)[..8]);
        for sheet in ["Summary", "By project"] {
            assert!(values(sheet).contains(&name), "{sheet}: {:?}", values(sheet));
        }
    }
    let project = format!("Acme-project [{}]", &uuid("two")[..8]);
    assert!(values("By project").contains(&project), "{:?}", values("By project"));
    assert!(values("Summary").contains(&"Globex".to_owned()));
    assert!(values("Detail").contains(&"Acme".to_owned()), "names as other programs know them");
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let at = text.find(start).expect("the field") + start.len();
    text[at..].split(end).next().expect("the end")
}

#[test]
fn what_was_rejected_stands_on_a_sheet_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.ndjson");
    let line = format!(
        "report fixtures/broken/usage-third-decimal.json --as-of 2026-11-23 --rejects {}",
        rejects.display()
    );
    let (_folder, _, workbook) = workbook(&line);
    let exceptions = rows(&workbook.sheet("Exceptions"), 5);
    assert_eq!(exceptions.len(), 1);
    let text = |name: &str| exceptions[0][name].value.as_str();
    assert_eq!(
        (text("Record"), text("Field"), text("Found"), text("Reason")),
        ("2", "usage", "12.505", "bad value")
    );
}

#[test]
fn pseudonyms_are_the_same_month_by_month_and_no_username_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("secret.key");
    std::fs::write(&key, "a secret of sixteen bytes and more\n").unwrap();
    let pseudonyms = format!("--pseudonyms {}", key.display());
    let (_folder, _, workbook) = workbook(&format!("{OCTOBER} --users {pseudonyms}"));
    assert!(workbook.parts.values().all(|text| !text.contains("olga041")));
    let users = rows(&workbook.sheet("Users"), 5);
    assert!(users.iter().filter_map(|row| row.get("User")).any(|cell| cell.value.starts_with("user-")));

    let by_user = |month: &str, more: &str| {
        let line = OCTOBER.replace("2026-10", month);
        let csv = stdout(&format!("{line} --by user --format csv {more}"));
        table(csv.as_bytes(), &["username", "measured_unit"], &["usage"])
    };
    let (september, october) = (by_user("2026-09", &pseudonyms), by_user("2026-10", &pseudonyms));
    assert_eq!(october.len(), by_user("2026-10", "").len());
    assert!(october.keys().filter(|key| september.contains_key(*key)).count() > 50);
}

#[test]
fn choices_that_would_do_nothing_are_refused() {
    for (more, message) in [
        ("-o x.xlsx --pivot period", "--pivot period needs another format than xlsx, html or pdf"),
        ("-o x.xlsx --top 3", "--top needs another format than xlsx, html or pdf"),
        ("-o x.xlsx --totals", "--totals needs another format than xlsx, html or pdf"),
        ("--format xlsx -o x --partition-by period", "--partition-by period needs --format parquet"),
        ("-o x.xlsx --csv-profile excel", "--csv-profile needs --format csv or tsv"),
        ("-o x.csv --users", "--users needs --format xlsx, html or pdf"),
        ("-o x.csv --username a --pseudonyms key", "--username needs usernames in sight"),
        ("-o x.xlsx --compare previous-year --period 2024-01..2026-10", "at most a year"),
    ] {
        let outcome = run(&format!("report fixtures/real/complete --as-of 2026-11-23 {more}"));
        assert_eq!(outcome.code, 2, "{more}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{more}: {}", outcome.stderr);
    }
}

#[test]
fn a_figure_of_more_than_fifteen_digits_is_text_and_still_ties_out() {
    let (_folder, _, workbook) =
        workbook("report fixtures/real/numbers/numbers.user-usages.2024.json.gz --as-of 2026-11-23");
    let long = rows(&workbook.sheet("Detail"), 1).into_iter().filter(|row| row["usage"].is_text).count();
    assert!(long > 0);
    let checks = workbook.sheet("Checks");
    assert!(checks.values().any(|cell| cell.formula.contains("NUMBERVALUE")));
    assert!(checks.values().all(|cell| cell.value != "does not add up"));
}

#[test]
fn no_record_at_all_is_a_workbook_too() {
    let (_folder, _, workbook) = workbook(&format!("{OCTOBER} --type nothing_is_called_so"));
    assert_eq!(workbook.sheet("Detail").keys().map(|(row, _)| *row).max(), Some(1));
    assert!(!workbook.parts.keys().any(|name| name.contains("table")));
}

#[test]
fn a_book_says_the_state_of_its_month_and_what_changed_after_it_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("usage.book");
    let add = |input: &str, day: &str| {
        run(&format!(
            "{} --book {} fixtures/real/{input} --pulled-at {day}T00:00:00Z",
            crate::binary::adding(&book),
            book.display()
        ))
    };
    add("complete/2026-10", "2026-11-01");
    let close = run(&format!("close --book {} 2026-10 --as-of 2026-11-02T00:00:00Z", book.display()));
    assert_eq!(close.code, 0, "{}", close.stderr);
    add("renamed/before", "2026-11-10");
    add("renamed/after", "2026-11-20");
    let report = format!("report --book {} --period 2026-10 --as-of 2026-11-23", book.display());
    let (_folder, _, whole) = workbook(&report);
    let cover = whole.sheet("Cover");
    assert!(cover.values().any(|cell| cell.value.starts_with("CLOSED v1, cut-off 2 November 2026, ")));
    let late = rows(&whole.sheet("Late"), 5);
    assert!(late.iter().any(|row| row["Cause"].value == "renamed"), "{late:?}");

    let (_folder, _, other) = workbook(&format!("{report} --customer 'Tartu Ülikool'"));
    let all: Vec<String> = other.sheet("Late").into_values().map(|cell| cell.value).collect();
    assert!(!all.iter().any(|text| text.contains("nach Umbenennung")), "another customer's changes: {all:?}");
}
