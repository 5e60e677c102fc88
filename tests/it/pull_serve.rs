//! What `serve` gives away and `pull` takes back is what there was.

use tempfile::TempDir;

use crate::binary::{run, stdout};
use crate::serve::running::{RECORDS, Running};

const REPORT: &str =
    "--by period,customer,project,offering,resource,component,user --format csv --as-of 2026-11-23";

#[test]
fn a_report_over_what_was_pulled_from_serve_is_the_one_over_what_is_served() {
    let folder = TempDir::new().expect("a folder");
    let pulled = folder.path().display();
    let server = Running::start(RECORDS);
    let line = format!("pull --url http://{} --to '{pulled}' --jobs 3", server.address);
    let outcome = run(&line);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("whole: 4,536 records, proved"), "{}", outcome.stderr);
    assert_eq!(run(&format!("{line} --resume")).code, 0);
    server.stop();
    let report = run(&format!("report '{pulled}' {REPORT}"));
    assert_eq!(report.code, 0, "{}", report.stderr);
    assert_eq!(report.stdout, stdout(&format!("report {RECORDS} {REPORT}")));
}

#[test]
fn one_month_of_one_component_is_pulled_as_it_is_served() {
    let folder = TempDir::new().expect("a folder");
    let pulled = folder.path().display();
    let server = Running::start(RECORDS);
    let filters = "--type storage --type cores";
    let line = format!("pull --url http://{} --to '{pulled}' --period 2026-09 {filters}", server.address);
    let outcome = run(&line);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    server.stop();
    let wanted = stdout(&format!("report {RECORDS} --period 2026-09 {filters} {REPORT}"));
    assert_eq!(stdout(&format!("report '{pulled}' {REPORT}")), wanted);
}
