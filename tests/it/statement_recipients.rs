//! Statements for projects and for the values of an attribute.

use crate::records::{Dumps, page, records, uuid};
use crate::statements::Statements;

/// Two projects of acme and one of globex, in an hour's unit.
const SHARED: &str = "
    acme cpu hour 2026-10 alice 2.00 project_uuid=p1 project_name=Alpha component_usage=c1 resource_uuid=r1
    acme cpu hour 2026-10 bob 3.00 project_uuid=p2 project_name=Beta component_usage=c2 resource_uuid=r2 uuid=u2
    globex cpu hour 2026-10 carol 5.00 project_uuid=p3 project_name=Gamma component_usage=c3 resource_uuid=r3 uuid=u3";

/// Statements of these records with further words on the line.
fn shared(attributes: &str, line: &str) -> (Dumps, Statements) {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(SHARED)));
    let own = folder.write("centres.csv", attributes);
    let line = format!(
        "'{dump}' --period 2026-10 --as-of 2026-11-23 --attributes '{own}' --accept-incomplete {line}"
    );
    (folder, Statements::of(&line))
}

fn centres(rows: &[(&str, &str)]) -> String {
    let rows = rows.iter().map(|(project, centre)| format!("{},{centre}\n", uuid(project)));
    format!("project_uuid,cost_centre\n{}", rows.collect::<String>())
}

#[test]
fn a_cost_centre_gets_one_statement_for_all_that_it_has() {
    let known = centres(&[("p1", "4100"), ("p2", "4200"), ("p3", "4100")]);
    let (_folder, statements) = shared(&known, "--per cost_centre --by customer,project --format csv,html");
    let manifest = statements.manifest();
    assert_eq!(manifest["per"], "cost_centre");
    let entries = manifest["statements"].as_array().unwrap();
    let of = |at: usize| {
        (entries[at]["recipient"].as_str().unwrap(), entries[at]["totals"][0]["usage"].as_str().unwrap())
    };
    assert_eq!((entries.len(), of(0), of(1)), (2, ("4100", "7.00"), ("4200", "3.00")));
    assert!(entries[0].get("customer_uuid").is_none() && entries[0].get("recipient_uuid").is_none());
    let file = |ending: &str| {
        let files = statements.files();
        let name = files.keys().find(|name| name.starts_with("4100-") && name.ends_with(ending)).cloned();
        statements.text(&name.expect("a statement"))
    };
    let csv = file(".csv");
    assert!(csv.contains("acme") && csv.contains("globex") && !csv.contains("3.00"), "{csv}");
    assert!(file(".html").contains("<h1>4100: usage in October 2026</h1>"));
    let merge = statements.text("mail-merge.csv");
    assert!(
        merge.trim_start_matches('\u{feff}').starts_with("cost_centre,period,file_html,file_csv,"),
        "{merge}"
    );
    assert!(statements.text("index.html").contains("<th scope=\"col\">Cost centre</th>"));
    assert!(statements.outcome.stderr.contains("The 2 statements add up to the report exactly: 3 records"));
}

#[test]
fn a_project_gets_a_statement_of_its_own() {
    let (_folder, statements) = shared("customer_name,sector\nacme,x\n", "--per project --format csv");
    let manifest = statements.manifest();
    let entries = manifest["statements"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    assert!(
        entries.iter().all(|entry| entry["recipient_uuid"].is_string() && entry["recipient"].is_string())
    );
    let merge = statements.text("mail-merge.csv");
    assert!(merge.contains("project_uuid,project_name,period,"), "{merge}");
}

#[test]
fn usage_that_nobody_would_get_a_statement_of_is_refused_and_named() {
    let known = centres(&[("p1", "4100"), ("p2", "4200")]);
    let (_folder, statements) = shared(&known, "--per cost_centre");
    assert_eq!(statements.outcome.code, 1, "{}", statements.outcome.stderr);
    assert!(
        statements.outcome.stderr.contains("no cost_centre is known of the project "),
        "{}",
        statements.outcome.stderr
    );
    assert!(!statements.folder().exists());
    let (_folder, statements) = shared(&known, "--per offering");
    assert!(statements.outcome.stderr.contains("expected customer, project or a column of --attributes"));
}
