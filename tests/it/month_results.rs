//! What a month's end leaves behind: where its files may be, what they say of others, and how changes are named.

use std::fs;

use crate::month::{LINES, Office, files};
use crate::records::{page, records};

const BEGIN: &str = "2026-10 october.json --complete --pulled-at 2026-11-02T08:00:00Z --new -q";

#[test]
fn results_are_not_written_into_the_book_that_the_command_makes() {
    for to in ["usage.book", "usage.book/outputs", "./usage.book/../usage.book/deep/outputs"] {
        let office = Office::new();
        let settings = fs::read_to_string(office.0.path("usagebook.toml")).unwrap();
        office.0.write("usagebook.toml", settings.replace("to = \"outputs\"", &format!("to = {to:?}")));
        let outcome = office.run(BEGIN);
        assert_eq!(outcome.code, 2, "{to}: {}{}", outcome.stdout, outcome.stderr);
        assert!(outcome.stderr.contains("it is inside the book"), "{to}: {}", outcome.stderr);
        assert!(!office.0.path("usage.book").exists(), "{to}");
    }
}

#[test]
fn results_do_not_depend_on_how_the_configuration_is_typed() {
    let office = Office::with("prices = \"card.toml\"\nattributes = [\"customers.csv\"]\n", "");
    office.0.write("customers.csv", "customer_name,cost_centre\nacme,CC1\nnobody,CC2\n");
    let month = |config: &str| {
        let mut command = crate::binary::command();
        command.current_dir(office.0.path("")).args(["month", "2026-10", "-q", "--config", config]);
        command.args(["october.json", "--complete", "--pulled-at", "2026-11-02T08:00:00Z"]);
        command.args((!office.0.path("usage.book").exists()).then_some("--new"));
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    assert_eq!(month("usagebook.toml").0, Some(0));
    let first = files(&office.0.path("outputs"));
    let full = office.0.path("usagebook.toml").display().to_string();
    for config in ["./usagebook.toml", full.as_str()] {
        let (code, said) = month(config);
        assert!(code == Some(0) && said.contains("nothing changed since the last run"), "{config}: {said}");
        assert!(files(&office.0.path("outputs")) == first, "{config}");
    }
}

/// October with a record that has no usage.
fn with_a_broken_record(office: &Office, name: &str) {
    let good = page(&records(LINES));
    let broken = format!(
        "{}, {{\"uuid\": \"1\", \"username\": \"zoe\"}}]",
        good.trim_end().strip_suffix(']').unwrap()
    );
    office.0.write(name, broken);
}

#[test]
fn rejected_records_stop_the_month_or_are_kept_in_its_folder() {
    let office = Office::new();
    with_a_broken_record(&office, "broken.json");
    let line = "2026-10 broken.json --pulled-at 2026-11-02T08:00:00Z --new -q";
    let refused = office.run(line);
    assert_eq!(refused.code, 1, "{}{}", refused.stdout, refused.stderr);
    let said = crate::binary::said(&refused, "error: ");
    assert_eq!(
        said,
        [
            "1 record or file cannot be used, so nothing was added; correct what is wrong, or add --rejects: the month's \
          folder then keeps what is left out"
        ]
    );
    assert!(refused.stderr.contains("rejected: "), "{}", refused.stderr);
    assert!(!office.0.path("outputs/2026-10").exists());

    let taken = office.run(&format!("{line} --rejects"));
    assert_eq!(taken.code, 3, "{}{}", taken.stdout, taken.stderr);
    let has = |text: &str| assert!(taken.stdout.contains(text), "{text}:\n{}", taken.stdout);
    has("1 rejected record or file");
    has("Decide: rejected: 1 record or file was rejected and is listed with its reason in ");
    has(
        "Next: correct what the warnings name, then usagebook month 2026-10 --rejects --config usagebook.toml",
    );
    let kept = office.outputs()["2026-10/rejects-2026-10.ndjson"].clone();
    let text = String::from_utf8(kept.clone()).expect("text");
    assert!(text.lines().count() == 1 && text.contains("zoe"), "{text}");
    let manifest: serde_json::Value =
        serde_json::from_slice(&office.outputs()["2026-10/manifest.json"]).unwrap();
    assert_eq!(manifest["rejected"], 1);

    // Without anything to read the file stays; once what is read has no such records it goes.
    let again = office.run("2026-10 -q");
    assert!(
        again.code == 0 && again.stdout.contains("nothing changed since"),
        "{}{}",
        again.stdout,
        again.stderr
    );
    assert_eq!(office.outputs()["2026-10/rejects-2026-10.ndjson"], kept);
    let corrected = office.run("2026-10 october.json --pulled-at 2026-11-03T08:00:00Z -q --rejects");
    assert_eq!(corrected.code, 0, "{}{}", corrected.stdout, corrected.stderr);
    assert!(corrected.stdout.contains("rejects-2026-10.ndjson (gone)"), "{}", corrected.stdout);
    assert!(!office.outputs().contains_key("2026-10/rejects-2026-10.ndjson"));
}

#[test]
fn e_mails_of_drafts_and_the_pack_as_pdf_are_in_the_folder() {
    let office = Office::new();
    let outcome = office.run(&format!("{BEGIN} --eml"));
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout, outcome.stderr);
    let outputs = office.outputs();
    let mails: Vec<&String> = outputs.keys().filter(|name| name.ends_with(".eml")).collect();
    assert_eq!(mails.len(), 2, "{:?}", outputs.keys());
    let mail = String::from_utf8_lossy(&outputs[mails[0]]).into_owned();
    assert!(mail.contains("X-Unsent: 1") && mail.contains("Draft"), "{mail}");
    let pdf = outputs.get("2026-10/report-2026-10.pdf");
    assert_eq!(pdf.is_some_and(|bytes| bytes.starts_with(b"%PDF-")), cfg!(feature = "bill"));
    assert_eq!(
        outcome.stdout.contains("workbook, page, PDF, checks"),
        cfg!(feature = "bill"),
        "{}",
        outcome.stdout
    );
    // The same again changes nothing, also without the network or a clock.
    let again = office.run("2026-10 -q --eml");
    assert!(again.stdout.contains("nothing changed since"), "{}", again.stdout);
    let without = office.run("2026-10 -q");
    assert!(without.stdout.contains(".eml (gone)"), "{}", without.stdout);
}

#[test]
fn a_second_run_names_what_changed_in_ten_lines_at_most() {
    let office = Office::new();
    let customers = |count: u32, usage: &str| -> String {
        (0..count).map(|at| format!("c{at:02} cpu hour 2026-10 alice {usage}\n")).collect()
    };
    let odd = "acme cpu hour 2026-10 bob -20.00\n";
    office.0.write("first.json", page(&records(&customers(12, "1.00"))));
    office
        .0
        .write("second.json", page(&records(&(customers(12, "2.00 modified=2026-11-09T00:00:00Z") + odd))));
    let first = office.run("2026-10 first.json --pulled-at 2026-11-02T08:00:00Z --new -q");
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let second = office.run("2026-10 second.json --pulled-at 2026-11-10T08:00:00Z -q");
    let lines: Vec<&str> = second.stdout.lines().collect();
    assert!(lines.len() <= 10, "{}", second.stdout);
    let changed = lines.iter().find(|line| line.starts_with("Changed: ")).expect("a line");
    for name in
        ["report-2026-10.{html,", "journal-2026-10.csv", "bills/mail-merge.csv", "bills/c00-", "bills/c11-"]
    {
        assert!(changed.contains(name), "{name}: {changed}");
    }
    assert!(changed.contains("bills/acme-") && changed.contains(" (new)"), "{changed}");
    let third = office.run("2026-10 first.json --pulled-at 2026-11-17T08:00:00Z --format json -q");
    let json: serde_json::Value = serde_json::from_str(&third.stdout).expect("JSON");
    let results =
        json["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "results").expect("results");
    assert!(
        results["text"].as_str().unwrap().contains("nothing changed") || results["files"].is_array(),
        "{json}"
    );
}
