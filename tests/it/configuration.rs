//! The configuration, as it reaches what people look at, and what it must not reach.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::binary::{command, run, said, stdout};
use crate::workbook::{Workbook, rows, workbook};

const OCTOBER: &str = "report fixtures/real/complete --period 2026-10 --as-of 2026-11-23";
const CONFIG: &str = "--config fixtures/letterhead/usagebook.toml";

fn values(workbook: &Workbook, sheet: &str) -> Vec<String> {
    workbook.sheet(sheet).into_values().map(|cell| cell.value).collect()
}

#[test]
fn the_workbook_bears_the_sender() {
    let (_folder, path, workbook) = workbook(&format!("{OCTOBER} {CONFIG}"));
    let cover = values(&workbook, "Cover");
    for text in ["Example Computing & Data", "billing@example.org, +372 555 0100"] {
        assert!(cover.iter().any(|cell| cell == text), "{text}");
    }
    let file = fs::File::open(&path).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    let mut picture = Vec::new();
    std::io::copy(&mut archive.by_name("xl/media/image1.png").unwrap(), &mut picture).unwrap();
    assert!(picture == fs::read("fixtures/letterhead/logo.png").unwrap());
    let sheets = workbook.parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
    for (name, xml) in sheets {
        assert!(xml.contains("· Example Computing &amp;&amp; Data&amp;R"), "{name}: {xml:.2000}");
    }
    assert!(workbook.parts["docProps/app.xml"].contains("<Company>Example Computing &amp; Data</Company>"));
}

#[test]
fn people_read_labels_and_machines_read_types() {
    let (_folder, _, labelled) = workbook(&format!("{OCTOBER} {CONFIG} --users"));
    for sheet in ["Summary", "By project", "By offering", "Users", "Trend"] {
        let components = rows(&labelled.sheet(sheet), 5);
        let components: Vec<&str> = components
            .iter()
            .filter_map(|row| row.get("Component"))
            .map(|cell| cell.value.as_str())
            .collect();
        assert!(
            components.contains(&"Storage") && !components.contains(&"storage"),
            "{sheet}: {components:?}"
        );
    }
    let (_folder, _, plain) = workbook(OCTOBER);
    let types = |workbook: &Workbook| -> Vec<String> {
        rows(&workbook.sheet("Detail"), 1)
            .into_iter()
            .map(|row| row["component_type"].value.clone())
            .collect()
    };
    assert_eq!(types(&labelled), types(&plain));
    assert!(values(&labelled, "Notes").iter().any(|text| text.contains("Storage (storage)")));
    for format in ["csv", "tsv", "json", "ndjson", "markdown", "table"] {
        let drawn = stdout(&format!("{OCTOBER} --timezone UTC {CONFIG} --format {format}"));
        assert!(drawn.contains("storage") && !drawn.contains("Storage"), "{format}");
    }
}

#[test]
fn fewer_decimals_are_shown_and_all_are_there() {
    let figures = |more: &str| {
        let (_folder, _, workbook) = workbook(&format!("{OCTOBER} {more}"));
        let usage: Vec<String> = rows(&workbook.sheet("Summary"), 5)
            .into_iter()
            .filter_map(|row| Some(row.get("Usage")?.value.clone()))
            .collect();
        (usage, workbook.parts["xl/styles.xml"].clone())
    };
    let ((exact, styles), (shown, styles_with_one)) = (figures(""), figures(CONFIG));
    assert_eq!(exact, shown);
    assert!(!styles.contains("\"#,##0.0;"), "{styles}");
    assert!(styles_with_one.contains("\"#,##0.0;[Red]-#,##0.0\""), "{styles_with_one}");
}

#[test]
fn a_configuration_of_the_working_folder_is_said_and_stands_in_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("usagebook.toml"), "timezone = 'Europe/Tallinn'\nfiscal_year_start = 7\n")
        .unwrap();
    let dump = Path::new("fixtures/real/complete").canonicalize().unwrap();
    let run = |more: &[&str]| {
        let mut command = command();
        command.current_dir(folder.path()).args(["report", "--by", "fiscal-year", "--as-of", "2026-11-23"]);
        let output =
            command.args(["--manifest", "manifest.json", "-o", "out.csv"]).args(more).arg(&dump).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
        let manifest: Value =
            serde_json::from_slice(&fs::read(folder.path().join("manifest.json")).unwrap()).unwrap();
        (String::from_utf8(output.stderr).unwrap(), manifest)
    };
    let (stderr, manifest) = run(&[]);
    assert!(stderr.contains("note: using the settings of usagebook.toml in this folder"), "{stderr}");
    assert_eq!(manifest["configuration"]["path"], "usagebook.toml");
    assert_eq!(manifest["configuration"]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(
        (manifest["timezone"].as_str(), manifest["fiscal_year_start"].as_u64()),
        (Some("Europe/Tallinn"), Some(7))
    );
    assert!(fs::read_to_string(folder.path().join("out.csv")).unwrap().contains("fy2027"));

    let (stderr, _) = run(&["--quiet"]);
    assert!(!stderr.contains("usagebook.toml"), "{stderr}");
    let (_, manifest) = run(&["--timezone", "UTC", "--fiscal-year-start", "1"]);
    assert_eq!(
        (manifest["timezone"].as_str(), manifest["fiscal_year_start"].as_u64()),
        (Some("UTC"), Some(1))
    );

    fs::write(folder.path().join("other.toml"), "").unwrap();
    let (stderr, manifest) = run(&["--config", "other.toml"]);
    assert!(!stderr.contains("usagebook.toml"), "{stderr}");
    assert_eq!(
        (manifest["timezone"].as_str(), manifest["configuration"]["path"].as_str()),
        (Some("UTC"), Some("other.toml"))
    );
}

#[test]
fn a_books_own_time_zone_beats_the_configurations() {
    let folder = tempfile::tempdir().unwrap();
    let add = |book: &str, more: &str| {
        let book = folder.path().join(book);
        run(&format!(
            "{} --book {} fixtures/real/complete/2026-10 --pulled-at 2026-11-01T00:00:00Z {more}",
            crate::binary::adding(&book),
            book.display()
        ))
    };
    assert_eq!(add("utc.book", "").code, 0);
    assert_eq!(add("utc.book", CONFIG).code, 0, "a configuration is no demand");
    assert_eq!(add("utc.book", "--timezone Europe/Tallinn").code, 2, "what is typed is one");
    assert_eq!(add("tallinn.book", CONFIG).code, 0);
    let report = |book: &str| {
        let book = folder.path().join(book);
        run(&format!("report --book {} --by period --format json {CONFIG}", book.display()))
    };
    let utc = report("utc.book");
    let note = "note: the book's time zone UTC holds, not the configuration's Europe/Tallinn";
    assert!(utc.stderr.contains(note), "{}", utc.stderr);
    assert!(utc.stdout.contains("\"UTC\""), "{:.600}", utc.stdout);
    let tallinn = report("tallinn.book");
    assert!(said(&tallinn, "note: the book's time zone").is_empty(), "{}", tallinn.stderr);
    assert!(tallinn.stdout.contains("\"Europe/Tallinn\""), "{:.600}", tallinn.stdout);
}

#[test]
fn a_mistake_stops_every_command_that_reads_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wrong.toml");
    fs::write(&path, "decimals = 3\n").unwrap();
    let dump = "fixtures/real/complete/2026-10";
    let uuid = "3b5259228a484b45b2c6b1f876076310";
    let book = folder.path().join("never.book");
    let commands = [
        format!("report {dump}"),
        format!("check {dump}"),
        format!("list {dump}"),
        format!("get {uuid} {dump}"),
        format!("serve {dump}"),
        format!("add --new {dump} --book {}", book.display()),
    ];
    for line in commands {
        let outcome = run(&format!("{line} --config {}", path.display()));
        assert_eq!(outcome.code, 2, "{line}: {}", outcome.stderr);
        let message =
            "wrong.toml: line 1: decimals: invalid value: integer `3`, expected a whole number from 0 to 2";
        assert!(outcome.stderr.contains(message), "{line}: {}", outcome.stderr);
    }
    assert!(!book.exists());
    let outcome = run(&format!("report {dump} --config {}/none.toml", folder.path().display()));
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("none.toml: cannot be read"), "{}", outcome.stderr);
}

#[test]
fn the_documented_configuration_is_the_one_that_is_tested() {
    let documented = fs::read_to_string("docs/reference/configuration.md").unwrap();
    let tested = fs::read_to_string("fixtures/letterhead/usagebook.toml").unwrap();
    assert!(documented.contains(&format!("```toml\n{tested}```")));
}

/// The keys that there are at the top of a configuration, or in one of its tables, as the refusal of another one lists them.
fn keys(table: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.toml");
    fs::write(&path, format!("{table}\nno_such_key = 1\n")).unwrap();
    let outcome = run(&format!("{OCTOBER} --config {}", path.display()));
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    let (_, listed) = outcome.stderr.split_once("no_such_key").expect("the key is named");
    let listed = listed.split_once("expected").expect("the keys are listed").1;
    listed.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The keys that a page describes: what stands first in the rows of its table of keys.
fn described(page: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let (_, table) = text.split_once("| key |").expect("a table of keys");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let cells =
        rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches(['`', '[', ']']).to_owned());
    cells.collect()
}

#[test]
fn every_key_is_described_and_no_other() {
    let described_keys: BTreeSet<String> = described("docs/reference/configuration.md")
        .iter()
        .map(|key| key.split('.').next().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(described_keys, keys(""));
    let journal: BTreeSet<String> = described("docs/reference/journal.md")
        .iter()
        .map(|key| key.trim_start_matches("journal.").to_owned())
        .collect();
    assert_eq!(journal, keys("[journal]"));
    let focus = described("docs/reference/configuration.md");
    let focus: BTreeSet<String> =
        focus.iter().filter_map(|key| key.strip_prefix("focus.")).map(str::to_owned).collect();
    assert_eq!(focus, keys("[focus]"));
}
