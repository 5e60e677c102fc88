//! The descriptor beside files of figures, which tells tools of others what the columns hold.

use std::fs;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::binary::run;
use crate::records::Dumps;

const COMPLETE: &str =
    "report fixtures/real/complete --as-of 2026-11-23 -q --prices fixtures/prices/rates.toml";

fn described(folder: &Dumps, options: &str, output: &str) -> Value {
    let path = |name: &str| folder.path(name).display().to_string();
    let descriptor = path("datapackage.json");
    let outcome = run(&format!("{COMPLETE} {options} -o '{}' --data-package '{descriptor}'", path(output)));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    serde_json::from_slice(&fs::read(descriptor).expect("a descriptor")).expect("JSON")
}

#[test]
fn a_descriptor_has_the_columns_in_the_order_of_the_file_and_its_checksum() {
    let folder = Dumps::new();
    let package = described(&folder, "--by period,customer --period 2026-10", "october.csv");
    let text = fs::read(folder.path("october.csv")).expect("a file");
    let resource = &package["resources"][0];
    assert_eq!(resource["path"], "october.csv");
    assert_eq!(resource["bytes"], text.len());
    let digest: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(resource["hash"], format!("sha256:{digest}"));
    let header = String::from_utf8(text).expect("text").lines().next().expect("a header").to_owned();
    let fields = resource["schema"]["fields"].as_array().expect("fields");
    let names: Vec<_> = fields.iter().map(|field| field["name"].as_str().expect("a name")).collect();
    assert_eq!(names.join(","), header);
}

#[test]
fn every_file_of_a_folder_of_months_is_described() {
    let folder = Dumps::new();
    let package = described(&folder, "--partition-by period", "lake");
    let resources = package["resources"].as_array().expect("resources");
    let paths: Vec<_> = resources.iter().map(|resource| resource["path"].as_str().expect("a path")).collect();
    let months = ["2026-08", "2026-09", "2026-10"];
    assert_eq!(paths, months.map(|month| format!("lake/period={month}/usage.parquet")));
    let keys = resources[0]["schema"]["primaryKey"].to_string();
    assert!(keys.starts_with("[\"billing_period\",\"customer_uuid\","), "{keys}");
}

#[test]
fn what_no_descriptor_can_describe_is_refused_before_anything_is_written() {
    let folder = Dumps::new();
    let path = |name: &str| folder.path(name).display().to_string();
    let (csv, other) = (path("october.csv"), path("other"));
    fs::create_dir(&other).expect("a folder");
    for (line, code, expected) in [
        (format!("-o '{}' --data-package '{}'", path("o.xlsx"), path("d.json")), 2, "csv, tsv or parquet"),
        (format!("--data-package '{}'", path("d.json")), 2, "-o FILE"),
        (format!("-o '{csv}' --totals --data-package '{}'", path("d.json")), 2, "leave --totals out"),
        (format!("-o '{csv}' --data-package '{other}/d.json'"), 1, "write the descriptor beside it or above"),
        (format!("-o '{csv}' --data-package '{csv}'"), 2, "which is written, too"),
    ] {
        let outcome = run(&format!("{COMPLETE} {line}"));
        assert_eq!(outcome.code, code, "{line}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{line}: {}", outcome.stderr);
    }
    let left = fs::read_dir(folder.path("")).expect("a folder").count();
    assert_eq!(left, 1, "the empty folder is all that is there");
}
