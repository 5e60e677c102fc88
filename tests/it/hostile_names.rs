//! Names and units that spell something else in some format are text in all of them, however long they are.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use calamine::{DataType as _, Reader as _};
use usagebook::usage::Field;
use zip::ZipArchive;

use crate::binary::run;
use crate::records::{Dumps, Record, ndjson};

/// Cell references, formulas, codes of print headers, escapes, markup, and what no XML can hold.
const NAMES: [&str; 27] = [
    "x!A1",
    "it's on sale!B2",
    "Sheet1!$A$1:$B$2",
    "'Summary'!A1",
    "=(A1)",
    "=tblDetail[usage]",
    "=1+1!C3",
    "!A1",
    "[Book]Sheet!A1",
    "#REF!A1",
    "{=A1}",
    "A1:B2",
    "R1C1",
    "&",
    "&P of &N",
    "&\"Arial,Bold\"x",
    "_x0041_",
    "<b>x</b>",
    "<r>&</r>",
    "]]>",
    "&amp;",
    "a\nb!A1",
    "\u{1}",
    "\u{202e}x",
    "\u{ffff}",
    "a|b",
    " ",
];

fn record(at: usize, name: &str) -> Record {
    let mut record = Record::new(&format!("customer{at} component{at} unit 2026-10 user{at} 1.50"));
    let text = || serde_json::to_string(name).expect("text");
    for field in
        [Field::MeasuredUnit, Field::CustomerName, Field::ProjectName, Field::OfferingName, Field::Username]
    {
        record.set(field, text());
    }
    record
}

fn dump(names: &[&str]) -> (Dumps, String) {
    let records: Vec<Record> = names.iter().enumerate().map(|(at, name)| record(at, name)).collect();
    let folder = Dumps::new();
    let input = folder.write("hostile.ndjson", ndjson(&records));
    (folder, input)
}

fn charts(workbook: &Path) -> Vec<String> {
    let mut archive = ZipArchive::new(File::open(workbook).expect("a workbook")).expect("a zip");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    let charts = names.into_iter().filter(|name| name.starts_with("xl/charts/chart"));
    let text = |name: String| {
        let mut text = String::new();
        archive.by_name(&name).expect("a chart").read_to_string(&mut text).expect("XML is text");
        text
    };
    charts.map(text).collect()
}

/// The title of a chart, if it is text.
fn title(chart: &str) -> Option<String> {
    let title = &chart[chart.find("<c:title>")?..chart.find("</c:title>")?];
    let text = &title[title.find("<a:t>")? + 5..title.find("</a:t>")?];
    let is_reference = title.contains("<c:f>");
    (!is_reference).then(|| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// What a run says that is none of its own lines.
fn foreign_lines(stderr: &str) -> Vec<&str> {
    let own = ["as of ", "note: ", "warning: ", "The "];
    let is_own = |line: &&str| own.iter().any(|start| line.starts_with(start)) || line.contains(" read: ");
    stderr.lines().filter(|line| !is_own(line)).collect()
}

#[test]
fn a_unit_or_name_that_spells_a_reference_is_the_text_of_a_chart() {
    let (folder, input) = dump(&NAMES);
    let workbook = folder.path("hostile.xlsx");
    let outcome = run(&format!("report '{input}' --as-of 2026-11-23 --users -o '{}'", workbook.display()));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    assert_eq!(foreign_lines(&outcome.stderr), [""; 0]);
    let titles: Vec<String> =
        charts(&workbook).iter().map(|chart| title(chart).expect("a title that is text")).collect();
    for name in NAMES.into_iter().filter(|name| name.chars().all(|character| !character.is_control())) {
        let name =
            if name.contains('\u{202e}') { name.replace('\u{202e}', "\\u{202e}") } else { name.to_owned() };
        let name = name.replace('\u{ffff}', "\\u{ffff}").replace("<r>", "\\u{3c}r>");
        assert!(titles.contains(&format!("Usage in {name} by component")), "{name:?} in {titles:?}");
    }
    let mut sheets = calamine::open_workbook_auto(&workbook).expect("a workbook");
    for sheet in ["Summary", "Detail"] {
        let cells = sheets.worksheet_range(sheet).expect("a sheet");
        let is_there = |text: &str| cells.used_cells().any(|(_, _, value)| value.get_string() == Some(text));
        assert!(is_there("<b>x</b>") && is_there("\\u{3c}r>&</r>"), "{sheet}");
    }
    let to = folder.path("statements");
    let outcome =
        run(&format!("statements '{input}' --period 2026-10 --as-of 2026-11-23 --to '{}'", to.display()));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    assert_eq!(foreign_lines(&outcome.stderr), [""; 0]);
    let workbooks = std::fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(
        workbooks.filter(|path| path.extension().is_some_and(|ending| ending == "xlsx")).count(),
        NAMES.len()
    );
}

#[test]
fn every_format_takes_every_name() {
    let (folder, input) = dump(&NAMES);
    for format in ["table", "csv", "tsv", "json", "ndjson", "markdown", "parquet", "html"] {
        let path = folder.path(&format!("report.{format}"));
        let line = format!(
            "report '{input}' --as-of 2026-11-23 --by user --format {format} -o '{}'",
            path.display()
        );
        let outcome = run(&line);
        assert!(matches!(outcome.code, 0 | 3), "{format}: {}", outcome.stderr);
        assert_eq!(foreign_lines(&outcome.stderr), [""; 0], "{format}");
    }
}

#[test]
fn one_name_of_a_megabyte_makes_no_wide_columns_and_is_whole_for_programs() {
    let long = "é".repeat(500_000);
    let mut names = vec![long.as_str()];
    names.extend(["short"; 50]);
    let (folder, input) = dump(&names);
    let report = |format: &str| {
        let path = folder.path(&format!("report.{format}"));
        let line = format!(
            "report '{input}' --as-of 2026-11-23 --by customer --format {format} -o '{}'",
            path.display()
        );
        let outcome = run(&line);
        assert!(matches!(outcome.code, 0 | 3), "{format}: {}", outcome.stderr);
        assert_eq!(foreign_lines(&outcome.stderr), [""; 0], "{format}");
        std::fs::read(path).expect("the report")
    };
    for format in ["table", "markdown", "html", "xlsx"] {
        let size = report(format).len();
        // The page has the name in some thirty places, each cut to 10,000 characters.
        let size_max = if format == "html" { 1_000_000 } else { 500_000 };
        assert!(size < size_max, "{format} has {size} bytes");
    }
    for format in ["csv", "json", "ndjson"] {
        let text = String::from_utf8(report(format)).expect("text");
        assert!(text.contains(&long), "{format}");
    }
}
