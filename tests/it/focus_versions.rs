//! FOCUS 1.4: months that are open or closed, and what later versions of a closed month correct.

use std::fs;

use usagebook::price::{FocusTable, FocusVersion};

use crate::binary::said;
use crate::book::Parcel;
use crate::frozen_amounts::Desk;

const FOCUS: &str = "--format focus-csv --focus-version 1.4 --config usagebook.toml";

/// The columns that are named, row by row.
fn columns(csv: &str, names: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let index = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let indexes: Vec<usize> = names.split_whitespace().map(index).collect();
    let shown = |cell: &str| if cell.is_empty() { "~".to_owned() } else { cell.to_owned() };
    let row =
        |row: csv::StringRecord| indexes.iter().map(|at| shown(&row[*at])).collect::<Vec<_>>().join(" ");
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

/// October, closed with prices.
fn closed() -> Desk {
    let desk = Desk::new();
    desk.write("usagebook.toml", "organisation = \"Example\"\n");
    desk.ok("close 2026-10 --prices prices.toml --by-whom Mari");
    desk
}

/// October again: three more hours of acme's, and globex is not there any more.
fn restated() -> Desk {
    let desk = closed();
    let later = "
        acme   cpu  hour 2026-10 alice 13.00
        acme   disk GB   2026-10 alice 12.00
        initech cpu hour 2026-10 carol 1.00
    ";
    Parcel::new("2026-11-20", later).complete("2026-10").deliver(&desk.book);
    let acknowledged = desk.on("acknowledge 2026-10 customer_vanished --by-whom Mari --reason left");
    assert_eq!(acknowledged.code, 0, "{}", acknowledged.stderr);
    desk.ok("restate 2026-10 --note late");
    desk
}

#[test]
fn hosts_and_service_providers_are_named_in_place_of_providers_and_publishers() {
    let names = |version| FocusTable::column_names(version).collect::<Vec<_>>();
    let (old, new) = (names(FocusVersion::V1_2), names(FocusVersion::V1_4));
    let gone: Vec<&str> = old.iter().copied().filter(|name| !new.contains(name)).collect();
    assert_eq!(gone, ["ProviderName", "PublisherName"]);
    let csv = closed().ok(&format!("report --period 2026-10 {FOCUS}"));
    let expected = ["Example Example Example ~ v1"; 4];
    let names = "HostProviderName ServiceProviderName InvoiceIssuerName ChargeClass x_ClosingVersion";
    assert_eq!(columns(&csv, names), expected);
}

#[test]
fn a_restated_month_has_the_first_version_and_takes_back_what_later_ones_change() {
    let desk = restated();
    let first = desk.ok(&format!("report --period 2026-10 --version v1 {FOCUS}"));
    let second = desk.on(&format!("report --period 2026-10 --version v2 {FOCUS}"));
    assert!(second.stdout.starts_with(&first), "{first}\n{}", second.stdout);
    let names = "BillingAccountName SkuMeter PricingQuantity ContractedUnitPrice ContractedCost BilledCost \
                 ChargeClass x_ClosingVersion";
    let rows = columns(&second.stdout, names);
    let corrections = [
        "acme cpu -10.00 2.00 -20.00 -20.00 Correction v2",
        "globex cpu -4.00 2.00 -8.00 -8.00 Correction v2",
        "acme cpu 13.00 2.00 26.00 26.00 Correction v2",
        "initech cpu 1.00 2.00 2.00 2.00 Correction v2",
    ];
    assert_eq!(rows[columns(&first, names).len()..], corrections);
    let tie = "BilledCost of 8 rows is EUR 36.00, equal to the report's amount 36.00";
    assert!(second.stderr.contains(tie), "{}", second.stderr);
}

#[test]
fn months_are_open_until_they_are_closed() {
    let desk = closed();
    Parcel::new("2026-12-02", "acme cpu hour 2026-11 alice 1.00").complete("2026-11").deliver(&desk.book);
    let months = |asked: &str| {
        desk.ok(&format!("report {asked} --prices prices.toml {FOCUS} --focus-billing-periods months.csv"));
        let csv = fs::read_to_string(desk.path("months.csv")).expect("the months");
        columns(&csv, "BillingPeriodStart BillingPeriodEnd BillingPeriodStatus InvoiceIssuerName")
    };
    let october = "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z Closed Example";
    let november = "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z Open Example";
    assert_eq!(months("--period 2026-10..2026-11"), [october, november]);
    assert_eq!(months("--period 2026-11"), [november]);
}

#[test]
fn what_only_focus_1_4_has_is_refused_elsewhere() {
    let desk = closed();
    for (asked, message) in [
        ("--focus-version 1.4", "--focus-version needs --format focus-csv or focus-parquet"),
        ("--focus-billing-periods months.csv", "--focus-billing-periods needs --format focus-csv"),
        (
            "--format focus-csv --config usagebook.toml --focus-billing-periods months.csv",
            "--focus-billing-periods needs --focus-version 1.4",
        ),
    ] {
        let outcome = desk.on(&format!("report --period 2026-10 {asked}"));
        assert_eq!(outcome.code, 2, "{asked}: {}", outcome.stderr);
        assert!(said(&outcome, "error: ").concat().contains(message), "{asked}: {}", outcome.stderr);
    }
}

#[test]
fn a_note_says_which_version_will_be_written_next() {
    let desk = closed();
    let outcome = desk.on("report --period 2026-10 --format focus-csv --config usagebook.toml");
    let note =
        "note: this is FOCUS 1.2. The next release writes FOCUS 1.4 by default; --focus-version chooses one.";
    assert!(outcome.stderr.contains(note), "{}", outcome.stderr);
    assert!(!desk.on(&format!("report --period 2026-10 {FOCUS}")).stderr.contains("this is FOCUS"));
}

/// October, billed, restated and billed again.
fn billed() -> Desk {
    let desk = closed();
    let issue = |to: &str| {
        let to = desk.path(to).display().to_string();
        desk.ok(&format!("bills --period 2026-10 --issue --config usagebook.toml --to '{to}' --format csv"));
    };
    issue("october");
    let later = "
        acme   cpu  hour 2026-10 alice 13.00
        acme   disk GB   2026-10 alice 12.00
        globex cpu  hour 2026-10 bob   4.00
        initech cpu hour 2026-10 carol 1.00
    ";
    Parcel::new("2026-11-20", later).complete("2026-10").deliver(&desk.book);
    desk.ok("restate 2026-10 --note late");
    issue("notes");
    desk
}

#[test]
fn rows_name_the_document_that_charges_them_and_documents_come_to_their_rows() {
    let desk = billed();
    let report = |more: &str| {
        let asked = format!("report --period 2026-10 {FOCUS} {more} --focus-invoice-details details.csv");
        let outcome = desk.on(&asked);
        assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
        (outcome, fs::read_to_string(desk.path("details.csv")).expect("the details"))
    };
    let (outcome, details) = report("");
    let names = "InvoiceId InvoiceDetailId ChargeCategory BillingCurrency BilledCost ReferenceInvoiceId \
                 InvoiceIssueStatus PaymentTerms";
    let of_details = columns(&details, names);
    let register = fs::read_to_string(desk.path("notes").join("register.csv")).expect("a register");
    let of_register = columns(&register, "number currency total corrects kind");
    for row in &of_register {
        let cells: Vec<&str> = row.split(' ').collect();
        let of_document = of_details.iter().filter(|detail| {
            let words: Vec<&str> = detail.split(' ').collect();
            words[0] == cells[0] && words[3] == cells[1]
        });
        let cents = |text: &str| text.replace('.', "").parse::<i64>().expect("a decimal");
        let sum: i64 = of_document.map(|detail| cents(detail.split(' ').nth(4).expect("an amount"))).sum();
        assert_eq!(sum, cents(cells[2]), "{row}");
        let reference = if cells[3] == "~" { cells[0] } else { cells[3] };
        let is_named = |detail: &&String| detail.starts_with(&format!("{} ", cells[0]));
        let detail = of_details.iter().find(is_named).expect("a detail");
        assert_eq!(detail.split(' ').nth(5), Some(reference));
    }
    let kinds: Vec<&str> = of_register.iter().map(|row| row.rsplit(' ').next().expect("a kind")).collect();
    assert!(
        kinds.contains(&"debit_note") && kinds.iter().filter(|kind| **kind == "bill").count() >= 3,
        "{kinds:?}"
    );
    let rows = columns(&outcome.stdout, "BillingAccountName InvoiceId x_ClosingVersion BilledCost");
    let number = |name: &str, version: &str| {
        let row = rows.iter().find(|row| row.starts_with(name) && row.contains(version)).expect("a row");
        row.split(' ').nth(1).expect("a number").to_owned()
    };
    assert_ne!(number("acme", " v1 "), number("acme", " v2 "), "{rows:?}");
    assert!(rows.iter().all(|row| !row.contains(" ~ ")), "{rows:?}");
    let said = "issued documents is EUR ";
    assert!(
        outcome.stderr.contains("Invoice Detail of ") && outcome.stderr.contains(said),
        "{}",
        outcome.stderr
    );
    // Version 1 knows nothing of the notes.
    let (_, first) = report("--version v1");
    assert!(details.starts_with(&first) && first.len() < details.len());
    // In FOCUS 1.2 a row is on the document that has it as it is.
    let old =
        desk.ok("report --period 2026-10 --format focus-csv --focus-version 1.2 --config usagebook.toml");
    let old = columns(&old, "BillingAccountName SkuMeter InvoiceId");
    let expected = [("acme cpu", number("acme", " v2 ")), ("globex cpu", number("globex", " v1 "))];
    for (row, number) in expected {
        assert!(old.contains(&format!("{row} {number}")), "{row} {number}: {old:?}");
    }
}

#[test]
fn what_no_document_charges_has_no_invoice() {
    let desk = closed();
    let csv = desk.ok(&format!("report --period 2026-10 {FOCUS} --focus-invoice-details details.csv"));
    assert!(columns(&csv, "InvoiceId InvoiceDetailId").iter().all(|row| row == "~ ~"), "{csv}");
    let details = fs::read_to_string(desk.path("details.csv")).expect("the details");
    assert_eq!(details.lines().count(), 1, "{details}");
    let refused =
        desk.on(&format!("report --period 2026-10 {FOCUS} --focus-invoice-details d.csv --customer acme"));
    assert!(
        refused.code == 2 && refused.stderr.contains("documents are of all that a recipient has"),
        "{}",
        refused.stderr
    );
}
