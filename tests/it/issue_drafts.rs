//! Drafts of notes: what `--issue` would give numbers to can be looked at before, in every format, and is what is issued then.

use std::collections::BTreeMap;

use crate::book::bytes;
use crate::frozen_amounts::Desk;
use crate::issue::{closed, columns, file, files, issued, register, restate, words};

/// Drafts of October in a folder, from a book that stays as it was; what is said of them.
fn drafted(desk: &Desk, to: &str, more: &str) -> String {
    let before = bytes(&desk.book);
    let to = desk.path(to).display().to_string();
    let outcome = desk.on(&format!("bills --period 2026-10 --config usagebook.toml --to '{to}' {more}"));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    assert!(bytes(&desk.book) == before, "a draft changes no book");
    outcome.stderr
}

/// A book whose October was issued and restated: acme has two hours more, globex has none any more, and zeta is new.
fn restated() -> Desk {
    let desk = closed();
    issued(&desk, "october", "");
    restate(
        &desk,
        "2026-11-09",
        "acme cpu hour 2026-10 alice 12.00 modified=2026-11-08T00:00:00Z
         globex cpu hour 2026-10 bob 0.00 modified=2026-11-08T00:00:00Z
         zeta cpu hour 2026-10 carol 3.00",
    );
    desk
}

/// The tables of lines in a folder, by what is left of their names without a number.
fn tables(desk: &Desk, folder: &str) -> BTreeMap<String, String> {
    let tables = files(&desk.path(folder)).into_iter().filter(|(name, _)| {
        name.ends_with(".csv") && !["mail-merge.csv", "register.csv"].contains(&name.as_str())
    });
    let stem = |name: &str| {
        ["acme", "globex", "zeta"]
            .into_iter()
            .find(|stem| name.contains(stem))
            .expect("a recipient")
            .to_owned()
    };
    tables.map(|(name, text)| (stem(&name), text)).collect()
}

#[test]
fn drafts_of_a_restated_month_are_the_notes_that_are_issued_then() {
    let desk = restated();
    let said = drafted(&desk, "drafts", "--format html,csv,xlsx --eml");
    let sentence = "October 2026 v2 would be issued as 1 bill, 1 credit note, 1 debit note: EUR 2.00 without VAT. Nothing is issued yet.";
    assert!(said.contains(sentence), "{said}");
    let page = words(&file(&desk, "drafts", &["acme", ".html"]));
    let first = register(&desk, "october", &["number", "name"]);
    let acme =
        first.iter().find(|row| row.ends_with("|acme")).expect("a bill").split('|').next().expect("a number");
    for expected in [
        "Draft Example Computing".to_owned(),
        "Debit note for October 2026 This is a draft. It has no number and is not payable.".to_owned(),
        format!("Corrects Bill {acme} of 1 December 2026"),
        "Before: cpu, acme-resource −10.00 hour 2 −20.00 Now: cpu, acme-resource 12.00 hour 2 24.00"
            .to_owned(),
        "Net total 4.00 VAT 24 % of 4.00 0.96 Total to pay EUR 4.96".to_owned(),
    ] {
        assert!(page.contains(&expected), "{expected}\n{page}");
    }
    let globex = words(&file(&desk, "drafts", &["globex", ".html"]));
    assert!(
        globex.contains("Credit note for October 2026 This is a draft.")
            && globex.contains("Credit balance EUR −8.80"),
        "{globex}"
    );
    let mail = file(&desk, "drafts", &["acme", ".eml"]);
    assert!(mail.contains("Subject: Draft: Debit note for October 2026\r\n"), "{mail}");

    let amounts = ["recipient", "net_EUR", "vat_EUR", "total_EUR"];
    let drafts = columns(&file(&desk, "drafts", &["mail-merge"]), &amounts);
    issued(&desk, "notes", "--as-of 2026-12-05");
    assert_eq!(columns(&file(&desk, "notes", &["mail-merge"]), &amounts), drafts);
    assert_eq!(tables(&desk, "notes"), tables(&desk, "drafts"));
    assert_eq!(tables(&desk, "notes").len(), 3);
    let manifest: serde_json::Value =
        serde_json::from_str(&files(&desk.path("drafts"))["manifest.json"]).expect("JSON");
    let mut kinds: Vec<String> = manifest["bills"]
        .as_array()
        .expect("bills")
        .iter()
        .map(|bill| {
            let corrects = bill["corrects"].as_array().map_or(0, Vec::len);
            format!(
                "{} {} {corrects}",
                bill["recipient"].as_str().expect("a name"),
                bill["kind"].as_str().expect("a kind")
            )
        })
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["acme debit_note 1", "globex credit_note 1", "zeta bill 0"]);
    assert_eq!(manifest["amounts"][0]["net"], serde_json::json!("2.00"));
    assert_eq!(manifest["is_draft"], serde_json::json!(true));
}

#[test]
fn nothing_to_correct_makes_an_empty_folder_of_drafts() {
    let desk = closed();
    issued(&desk, "october", "");
    restate(
        &desk,
        "2026-11-09",
        "acme cpu hour 2026-10 alice 9.00 modified=2026-11-08T00:00:00Z
         acme cpu hour 2026-10 bob 1.00",
    );
    let said = drafted(&desk, "drafts", "--format csv");
    assert!(
        said.contains("October 2026 v2 would be issued without a document, because no amount changed."),
        "{said}"
    );
    assert_eq!(tables(&desk, "drafts").len(), 0);
}

#[test]
fn drafts_of_notes_are_of_all_recipients_and_of_what_was_closed() {
    let desk = restated();
    let to = desk.path("refused").display().to_string();
    for flag in
        ["--prices prices.toml", "--attributes customers.csv", "--basis users", "--customer-name acme"]
    {
        let flag = flag.replace("--customer-name", "--customer");
        let outcome = desk.on(&format!("bills --period 2026-10 --to '{to}' --format csv {flag}"));
        assert!(
            outcome.code == 2
                && outcome.stderr.contains("notes that correct issued bills are drafted for all recipients"),
            "{flag}: {}",
            outcome.stderr
        );
    }
    let other = desk.on(&format!("bills --period 2026-10 --to '{to}' --format csv --per project"));
    assert!(
        other.code == 1
            && other.stderr.contains("it was billed per customer; it cannot be billed per project as well"),
        "{}",
        other.stderr
    );
    assert!(!desk.path("refused").exists());
    // The bills of the version before can still be drawn as they were.
    let said = drafted(&desk, "whole", "--format csv --version v1");
    assert!(
        said.contains("The 2 draft bills add up to the report exactly: EUR 28.00 and USD 12.00 without VAT."),
        "{said}"
    );
}

#[test]
fn a_draft_below_zero_is_called_what_it_will_be_issued_as() {
    let desk = crate::issue::desk();
    let adjusted = crate::frozen_amounts::adjust(&desk, "globex", "-50.00", "an outage");
    assert_eq!(adjusted.code, 0, "{}", adjusted.stderr);
    desk.ok("close 2026-10 --prices prices.toml --attributes customers.csv");
    drafted(&desk, "drafts", "--format html");
    let page = words(&file(&desk, "drafts", &["globex", ".html"]));
    assert!(page.contains("Credit note for October 2026 This is a draft."), "{page}");
}

/// PDF says the same as the page; its words are looked at where PDF is built.
#[cfg(feature = "bill")]
#[test]
fn a_note_is_drafted_as_pdf() {
    let desk = restated();
    drafted(&desk, "drafts", "--format pdf");
    let pdf = file(&desk, "drafts", &["acme", ".pdf"]);
    assert!(pdf.starts_with("%PDF-1.7"));
}
