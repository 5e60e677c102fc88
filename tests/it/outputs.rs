//! What is written: the same bytes each time, the same figures in every format, whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal128Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use usagebook::quantity::Quantity;

use crate::basis::component_usages;
use crate::binary::{command, run, stdout, words};
use crate::properties::gzip;
use crate::records::Dumps;

const DOZEN: &str = "fixtures/formats/page.json --as-of 2026-11-23";
const FORMATS: [&str; 7] = ["table", "csv", "tsv", "json", "ndjson", "markdown", "parquet"];

/// Usage in hundredths and records of each unit.
type Totals = BTreeMap<String, (i128, u64)>;

fn add(totals: &mut Totals, unit: &str, usage: &str, records: u64) {
    let usage = Quantity::parse(usage.as_bytes()).expect("a usage").hundredths();
    let total = totals.entry(unit.to_owned()).or_default();
    *total = (total.0 + usage, total.1 + records);
}

fn json_totals<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Totals {
    let mut totals = Totals::new();
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}")).to_owned();
        add(&mut totals, &text("measured_unit"), &text("usage"), row["records"].as_u64().expect("a count"));
    }
    totals
}

fn csv_totals(text: &str, separator: u8) -> Totals {
    let mut totals = Totals::new();
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|column| column == name).expect("a column");
    for record in reader.records() {
        let record = record.expect("a line");
        let records = record[place("records")].parse().expect("a count");
        add(&mut totals, &record[place("measured_unit")], &record[place("usage")], records);
    }
    totals
}

fn parquet_totals(path: &Path) -> Totals {
    let file = fs::File::open(path).expect("a Parquet file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("Parquet");
    let mut totals = Totals::new();
    for batch in reader {
        let batch = batch.expect("rows");
        let column = |name: &str| batch.column_by_name(name).unwrap_or_else(|| panic!("no column {name}"));
        let usage = column("usage").as_primitive::<Decimal128Type>();
        assert_eq!((usage.precision(), usage.scale()), (18, 2));
        for row in 0..batch.num_rows() {
            let unit = column("measured_unit").as_string::<i32>().value(row);
            let records = column("records").as_primitive::<Int64Type>().value(row);
            let quantity = Quantity::from_hundredths(usage.value(row)).to_string();
            add(&mut totals, unit, &quantity, records.try_into().expect("a count"));
        }
    }
    totals
}

/// A report written to a file of a folder.
fn written(folder: &Dumps, format: &str, flags: &str) -> Vec<u8> {
    let path = folder.path(&format!("report.{format}"));
    let outcome = run(&format!("report {flags} --format {format} -o '{}'", path.display()));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "", "the result goes to the file alone");
    fs::read(path).expect("the report")
}

#[test]
fn every_format_is_byte_identical_from_run_to_run_and_on_any_number_of_threads() {
    let folder = Dumps::new();
    for format in FORMATS {
        let flags = "fixtures/real/default-order/2026-08 --as-of 2026-11-23";
        let first = written(&folder, format, flags);
        assert!(!first.is_empty());
        assert_eq!(written(&folder, format, flags), first, "{format}");
        assert_eq!(
            written(&folder, format, &format!("{flags} --threads 1")),
            first,
            "{format} on one thread"
        );
        assert_eq!(
            written(&folder, format, &format!("{flags} --threads 5")),
            first,
            "{format} on five threads"
        );
    }
}

#[test]
fn the_totals_of_all_formats_agree() {
    let folder = Dumps::new();
    let flags = "fixtures/real/complete --as-of 2026-11-23";
    let text = |format: &str| String::from_utf8(written(&folder, format, flags)).expect("text");
    let expected = csv_totals(&text("csv"), b',');
    assert_eq!(csv_totals(&text("tsv"), b'\t'), expected);
    let json: Value = serde_json::from_str(&text("json")).expect("JSON");
    assert_eq!(json_totals(json["rows"].as_array().expect("rows")), expected);
    let over_all = json["totals"].as_array().expect("totals").iter().filter(|row| row["period"].is_null());
    assert_eq!(json_totals(over_all), expected);
    let lines: Vec<Value> =
        text("ndjson").lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(json_totals(&lines), expected);
    written(&folder, "parquet", flags);
    assert_eq!(parquet_totals(&folder.path("report.parquet")), expected);
}

#[test]
fn partitions_hold_the_report_month_by_month() {
    let folder = Dumps::new();
    let lake = folder.path("lake");
    let outcome = run(&format!("report {DOZEN} --partition-by period -o '{}'", lake.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut sum = Totals::new();
    for month in ["2026-09", "2026-10"] {
        for (unit, (usage, records)) in parquet_totals(&lake.join(format!("period={month}/usage.parquet"))) {
            let total = sum.entry(unit).or_default();
            *total = (total.0 + usage, total.1 + records);
        }
    }
    assert_eq!(sum, csv_totals(&stdout(&format!("report {DOZEN} --format csv")), b','));
}

#[test]
fn after_a_failure_earlier_outputs_and_the_manifest_stand_as_they_were() {
    let folder = Dumps::new();
    let path = |name: &str| folder.path(name).display().to_string();
    let line = |input: &str| {
        format!(
            "report {input} --as-of 2026-11-23 -o '{}' --manifest '{}'",
            path("report.csv"),
            path("manifest.json")
        )
    };
    assert_eq!(run(&line("fixtures/formats/page.json")).code, 0);
    let before = (fs::read(path("report.csv")).unwrap(), fs::read(path("manifest.json")).unwrap());
    assert_eq!(run(&line("fixtures/broken/usage-third-decimal.json")).code, 1);
    assert_eq!(run(&line("nowhere.json")).code, 1);
    assert_eq!(run(&line("fixtures/formats/page.json --customer Acne")).code, 2);
    assert_eq!((fs::read(path("report.csv")).unwrap(), fs::read(path("manifest.json")).unwrap()), before);
    let left: Vec<_> = fs::read_dir(folder.text()).unwrap().collect();
    assert_eq!(left.len(), 2, "no temporary file stays behind: {left:?}");
}

#[test]
fn the_manifest_says_what_went_in_what_came_out_and_how_sure_it_is() {
    let folder = Dumps::new();
    let (report, manifest) = (folder.path("report.csv"), folder.path("manifest.json"));
    let input = "fixtures/real/default-order/2026-08/";
    let line = format!(
        "report {input} --as-of 2026-11-23 --period 2026-08 --type cores -o '{}' --manifest '{}'",
        report.display(),
        manifest.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).expect("JSON");
    assert_eq!(manifest["tool_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["exit_status"], 3);
    assert_eq!(manifest["period"], "2026-08");
    assert_eq!(manifest["as_of"], "2026-11-23");
    assert_eq!(manifest["filters"]["type"][0], "cores");
    let line = outcome.stderr.lines().find(|line| line.contains(" read: ")).expect("the line");
    let grouped = |count: &Value| usagebook::text::grouped(count.as_u64().expect("a count"));
    let [read, kept] = ["read", "kept"].map(|name| grouped(&manifest["accounting"][name]));
    assert!(line.starts_with(&format!("{read} records read: {kept} used, ")), "{line}");
    assert_eq!(manifest["warnings"][0]["code"], "incomplete");
    assert_eq!(manifest["warnings"][0]["count"], 20);
    let inputs = manifest["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 16);
    for entry in inputs {
        let bytes = fs::read(entry["path"].as_str().expect("a path")).expect("the input");
        assert_eq!(entry["bytes"], bytes.len());
        assert_eq!(entry["sha256"], sha256(&bytes));
    }
    let records: u64 = inputs.iter().map(|entry| entry["records"].as_u64().expect("a count")).sum();
    assert_eq!(records, 1_554);
    let written = fs::read(&report).unwrap();
    assert_eq!(manifest["outputs"][0]["sha256"], sha256(&written));
    assert_eq!(manifest["outputs"][0]["bytes"], written.len());
    let text = String::from_utf8(written).expect("text");
    assert_eq!(json_totals(manifest["totals"].as_array().expect("totals")), csv_totals(&text, b','));
}

#[test]
fn the_manifest_names_component_usages_among_the_inputs() {
    let folder = Dumps::new();
    let packed = gzip(component_usages("acme cpu hour 2026-10 3").as_bytes());
    let (usages, manifest) = (folder.write("usages.json.gz", &packed), folder.path("manifest.json"));
    let line = format!(
        "report fixtures/formats/page.json --as-of 2026-11-23 --parents '{usages}' -o '{}' --manifest '{}'",
        folder.path("report.csv").display(),
        manifest.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).expect("JSON");
    let input = &manifest["inputs"][1];
    assert_eq!(input["path"], usages);
    assert_eq!((&input["bytes"], &input["records"]), (&packed.len().into(), &0.into()));
    assert_eq!(input["sha256"], sha256(&packed));
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = command()
        .args(words("list fixtures/real/complete --all --format ndjson -q"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let mut stdout = child.stdout.take().expect("a pipe");
    let mut start = [0; 10];
    stdout.read_exact(&mut start).expect("ten bytes");
    drop(stdout);
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(!said.contains("error") && !said.to_lowercase().contains("pipe"), "{said}");
}

#[test]
fn each_way_to_end_has_its_status() {
    for (line, code) in [
        ("report fixtures/formats/page.json --as-of 2026-11-23", 0),
        ("report fixtures/formats/page.json --as-of 2026-10-15", 0),
        ("report fixtures/broken/empty.json", 1),
        ("report fixtures/formats/page.json --by flavour", 2),
        ("report fixtures/formats/page.json --period 2026-13", 2),
        ("report fixtures/formats/page.json --format xml", 2),
        ("report fixtures/formats/page.json -o /nowhere/at/all/report.csv", 1),
        ("report fixtures/formats/page.json --period 2026-11 --as-of 2026-11-23", 3),
        ("report fixtures/real/default-order/2026-10 --as-of 2026-11-23", 3),
        ("--help", 0),
        ("--version", 0),
        ("", 2),
    ] {
        let outcome = run(line);
        assert_eq!(outcome.code, code, "{line}: {}", outcome.stderr);
    }
}

#[test]
fn a_name_in_the_data_is_no_formula_for_a_spreadsheet_and_untouched_for_a_program() {
    let excel = stdout(&format!("report {DOZEN} --by user --format csv --csv-profile excel"));
    assert!(excel.starts_with('\u{feff}'));
    assert!(excel.contains("'=1+1"), "{excel}");
    assert!(excel.contains("-5.25"), "a negative usage is a number and stays one: {excel}");
    let pipeline = stdout(&format!("report {DOZEN} --by user --format csv"));
    assert!(pipeline.starts_with("username,") && pipeline.contains("\n=1+1,"), "{pipeline}");
}

#[test]
fn control_characters_in_the_data_never_reach_a_terminal() {
    let table = stdout(&format!("report {DOZEN} --by user"));
    assert!(!table.contains('\t') && !table.contains('\u{1b}'), "{table}");
    assert!(!table.contains("two\nlines"), "{table}");
}

#[test]
fn a_month_that_is_not_over_is_marked_and_stays_out_of_comparisons() {
    let line = "report fixtures/formats/page.json --as-of 2026-10-15 --by period,component --format json \
                --compare previous-month";
    let outcome = run(line);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let json: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    let october: Vec<&Value> = rows.iter().filter(|row| row["period"] == "2026-10").collect();
    assert!(!october.is_empty() && october.iter().all(|row| row["usage_before"].is_null()), "{october:?}");
}

#[test]
fn the_largest_rows_and_the_others_add_up_to_the_whole() {
    let whole = csv_totals(&stdout(&format!("report {DOZEN} --by user --format csv")), b',');
    let top = stdout(&format!("report {DOZEN} --by user --format csv --top 1"));
    assert!(top.contains("\nOthers,"), "{top}");
    assert_eq!(csv_totals(&top, b','), whole);
}

#[test]
fn what_was_read_is_never_written_over() {
    let folder = Dumps::new();
    let input = folder.write("a.csv", fs::read("fixtures/formats/comma.csv").expect("a fixture"));
    let manifest = folder.path("manifest.json").display().to_string();
    for flags in [
        format!("-o '{input}'"),
        format!("--manifest '{input}'"),
        format!("--rejects '{input}'"),
        format!("-o '{manifest}' --manifest '{manifest}'"),
    ] {
        let outcome = run(&format!("report '{input}' --as-of 2026-11-23 {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}: {}", outcome.stderr);
    }
    assert_eq!(fs::read(&input).unwrap(), fs::read("fixtures/formats/comma.csv").unwrap());
    assert_eq!(run(&format!("list '{input}' --rejects '{input}'")).code, 2);
}

#[test]
fn an_interruption_ends_even_a_reading_that_waits_for_a_pipe() {
    let folder = Dumps::new();
    let output = folder.path("report.csv");
    let mut child = command()
        .args(words(&format!("report - --as-of 2026-11-23 -o '{}'", output.display())))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // Held open, so that the command waits for more.
    let pipe = child.stdin.take();
    std::thread::sleep(std::time::Duration::from_secs(1));
    let killed =
        Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().expect("a shell");
    assert!(killed.success());
    let ended = child.wait_with_output().expect("the command ends");
    drop(pipe);
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "error: interrupted; nothing was written\n");
    assert!(!output.exists());
}
