//! The code's own rules, as ARCHITECTURE.md says them.

use std::fs;
use std::path::{Path, PathBuf};

use usagebook::dimension::Dimension;
use usagebook::report::{ColumnId, ColumnKind, Measure};

/// The modules from the bottom up; each imports from rows below its own only, or from its own row where it says so.
const LEVELS: [&[&str]; 14] = [
    &["conflict", "error", "fault", "notice", "period", "quantity", "quiet", "system", "text"],
    &["amount", "connections", "currency", "dimension", "files", "letterhead", "tabular"],
    &["usage"],
    &["filter", "report"],
    &["statement", "verdict"],
    &["aggregate", "ingest", "listing", "price", "worklist"],
    &["objects"],
    &["bill", "check", "compare", "join", "pack", "pseudonym"],
    &["write"],
    &["book", "config"],
    &["cluster"],
    &["usecase"],
    &["desk", "pull", "query", "serve"],
    &["cli"],
];

/// Where floats may be named: two doubles that print the same, columns of floats by their digits, and the cells of a
/// workbook, which holds nothing else.
const FLOATS: [&str; 6] = [
    "src/quantity.rs",
    "src/ingest/formats/parquet/columns.rs",
    "src/ingest/formats/parquet/tests.rs",
    "src/tabular/table/tests.rs",
    "src/tabular/workbook.rs",
    "src/write/xlsx/number.rs",
];

/// Where polars is named: the public names, the view of the frames, rows of reports, and SQL.
const POLARS: [&str; 6] =
    ["src/lib.rs", "src/query/", "src/report.rs", "src/report/section.rs", "src/usage.rs", "src/usage/"];

const LINES_MAX: usize = 600;

/// Every source file below a folder, with its text.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("a source is text");
                found.push((path.display().to_string(), text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 3, "{folder} has sources");
    found
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|modules| modules.contains(&module))
}

/// The module of the first row that a file belongs to.
fn module(path: &str) -> &str {
    let inner = path.strip_prefix("src/").expect("a path below src");
    inner.split('/').next().expect("a name").trim_end_matches(".rs")
}

/// The modules that code names, tests and documentation left out.
fn imports(text: &str) -> Vec<&str> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    code.flat_map(|line| ["crate::", "usagebook::"].into_iter().flat_map(|start| line.split(start).skip(1)))
        .map(|rest| rest.split(|character: char| !character.is_ascii_lowercase()).next().unwrap_or_default())
        .filter(|name| level(name).is_some())
        .collect()
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    for (path, text) in sources("src") {
        let from = module(&path);
        if matches!(from, "lib" | "main") || path.ends_with("tests.rs") {
            continue;
        }
        let own = level(from).unwrap_or_else(|| panic!("{path}: no level is named for {from}"));
        for import in imports(&text) {
            let below = level(import).expect("imports have a level") < own;
            let is_ground = own == 0 && level(import) == Some(0);
            if import != from && !below && !is_ground {
                wrong.push(format!("{path} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn clap_is_named_by_the_command_line_only() {
    for (path, text) in sources("src") {
        assert!(path.starts_with("src/cli/") || !text.contains("clap"), "{path} names clap");
    }
}

/// Columns of a frame have names inside these files only; all others read slices that cannot fail.
#[test]
fn no_file_outside_the_view_names_a_column_of_a_frame() {
    for (path, text) in sources("src") {
        let is_inside = POLARS.iter().any(|inside| path.starts_with(inside));
        assert!(is_inside || !text.contains("polars"), "{path} names polars");
    }
    let errors = fs::read_to_string("src/error.rs").expect("a source");
    assert!(!errors.contains("Polars"), "an error of the library is polars' own");
}

#[test]
fn no_float_holds_a_usage() {
    for (path, text) in sources("src") {
        if FLOATS.contains(&path.as_str()) {
            continue;
        }
        let is_word = |word: &str| {
            text.split(|character: char| !character.is_alphanumeric() && character != '_')
                .any(|part| part == word)
        };
        assert!(!is_word("f64") && !is_word("f32"), "{path} names a float");
    }
}

#[test]
fn every_file_opens_with_what_it_is_and_ends_before_it_is_two() {
    for (path, text) in sources("src").into_iter().chain(sources("tests")) {
        let is_inner = path.ends_with("tests.rs");
        assert!(is_inner || text.starts_with("//!"), "{path} does not open with a sentence of what it is");
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines");
    }
}

#[test]
fn sums_are_checked_in_releases_and_no_code_is_unsafe() {
    let manifest = fs::read_to_string("Cargo.toml").expect("the manifest");
    let profile = "[profile.release.package.usagebook]\noverflow-checks = true\n";
    assert!(manifest.contains(profile), "{profile}");
    let lints = manifest.split("[lints.rust]").nth(1).expect("lints for all targets");
    assert!(lints.contains("unsafe_code = \"forbid\""), "{lints}");
}

#[test]
fn nothing_is_left_for_later() {
    for (path, text) in sources("src") {
        for word in ["todo!", "unimplemented!", "TODO", "FIXME", "XXX", "dbg!", "#[allow("] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn the_columns_that_are_documented_are_those_of_the_reports() {
    let text =
        fs::read_to_string(Path::new("docs/reference/columns.md")).expect("the columns are documented");
    let cells =
        |line: &str| line.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`']).to_owned()).collect();
    let reports = text.lines().skip_while(|line| !line.starts_with("| column | dimension |")).skip(2);
    let documented: Vec<Vec<String>> = reports.take_while(|line| line.starts_with('|')).map(cells).collect();
    let of_dimensions = Dimension::ALL.into_iter().flat_map(|dimension| match dimension.columns().len() {
        _ if dimension.is_time() => vec![ColumnId::Time(dimension)],
        1 => vec![ColumnId::Label(dimension)],
        _ => vec![ColumnId::Uuid(dimension), ColumnId::Label(dimension)],
    });
    let budgets = [ColumnId::Budget(Measure::Usage), ColumnId::Remaining(Measure::Usage)];
    let figures = ColumnId::FIXED.iter().copied().take_while(|column| *column != ColumnId::Kind);
    let mut known: Vec<[String; 4]> = of_dimensions.chain(figures).chain(budgets).map(described).collect();
    let mut rows: Vec<[String; 4]> = documented
        .iter()
        .filter(|row| row[0] != "billing_period")
        .map(|row| [0, 1, 2, 3].map(|at| row[at].clone()))
        // A column of money is as wide as all money.
        .map(|[name, dimension, parquet, json]| {
            let parquet = match parquet.split_once(", ") {
                _ if parquet == "as budget" || parquet == "as `budget" => "DECIMAL(18,2)".to_owned(),
                Some((usage, _)) if name == "budget" => usage.to_owned(),
                _ => parquet,
            };
            [name, dimension, parquet, json]
        })
        .collect();
    known.sort();
    rows.sort();
    assert_eq!(rows, known);
    let pages = ["columns", "prices", "journal", "statements", "checks", "workbook"].map(|page| {
        fs::read_to_string(format!("docs/reference/{page}.md")).expect("a page of the reference")
    });
    for column in ColumnId::FIXED {
        let cell = format!("`{column}`");
        let is_first =
            |line: &str| line.starts_with('|') && line.split(" | ").next().unwrap().contains(&cell);
        assert!(pages.iter().flat_map(|page| page.lines()).any(is_first), "{column}");
    }
    let version = format!("schema version {}", usagebook::write::SCHEMA_VERSION);
    assert!(text.contains(&version), "{version}");
}

/// Name, dimension and types of a column, as the reference has them.
fn described(column: ColumnId) -> [String; 4] {
    let (parquet, json) = match column.kind() {
        ColumnKind::Amount => ("DECIMAL(20,3)", "decimal"),
        ColumnKind::Usage | ColumnKind::Percent => ("DECIMAL(18,2)", "decimal"),
        ColumnKind::Count => ("INT64", "integer"),
        ColumnKind::Uuid => ("STRING", "uuid"),
        _ => ("STRING", "text"),
    };
    let dimension = column.dimension().map_or("–", Dimension::name);
    [column.name().into_owned(), dimension.to_owned(), parquet.to_owned(), json.to_owned()]
}

#[test]
fn only_the_command_line_names_its_flags() {
    let is_flag = |after: &str| after.starts_with(|character: char| character.is_ascii_alphabetic());
    for (path, text) in sources("src").into_iter().filter(|(path, _)| !path.starts_with("src/cli/")) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            // Two signs that make numbers of a workbook formula's truth values.
            let line = line.replace("--EXACT(", "");
            assert!(!line.split("--").skip(1).any(is_flag), "{path} names a flag: {line}");
        }
    }
}

#[test]
fn another_crate_needs_the_library_alone() {
    let text = fs::read_to_string("tests/outside.rs").expect("a test");
    let imports = text.lines().filter_map(|line| line.strip_prefix("use "));
    let others: Vec<&str> =
        imports.filter(|path| !path.starts_with("std::") && !path.starts_with("usagebook::")).collect();
    assert!(others.is_empty() && text.contains("use usagebook::"), "{others:?}");
}
