//! The month as ledger postings: balanced to the cent, and equal to the report.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use usagebook::Quantity;

use crate::binary::{Outcome, run, said, stdout};
use crate::records::{Dumps, page, records, uuid};

const RECORDS: &str = "
    acme   cpu     hour 2026-10 alice 10.00
    acme   cpu     hour 2026-10 bob   2.00
    acme   storage GB   2026-10 alice 4.00
    globex cpu     hour 2026-10 bob   8.00
    hooli  free    hour 2026-10 carol 3.00
";

const CARD: &str = r#"
[rounding]
mode = "half-up"
decimals = 2
per = "line"

[[price]]
offering = "cluster"
component_type = "cpu"
measured_unit = "hour"
unit_price = "0.50"
currency = "EUR"

[[price]]
offering = "cluster"
component_type = "storage"
measured_unit = "GB"
unit_price = "0.25"
currency = "USD"

[[price]]
offering = "cluster"
component_type = "free"
measured_unit = "hour"
unit_price = "0"
currency = "EUR"

[[credit]]
customer = "globex"
period = "2026-10"
amount = "3.00"
currency = "EUR"
description = "Outage"
"#;

const MAPPING: &str = r#"
[journal]
by = "customer,component"
debit_account = "1400"
credit_account = "8400"
cost_centre = "{cost_centre}"
text = "{component_type} {period}"

[[journal.rules]]
when = { component_type = "storage" }
credit_account = "8410"

[[journal.rules]]
when = { charge_category = "Credit" }
credit_account = "8790"
text = "{charge_description}"
"#;

const CENTRES: &str = "customer_name,cost_centre\nacme,4100\nglobex,4200\n";

/// Runs a report with a journal; gives its outcome and the journal, where it was written.
fn posted(card: &str, mapping: &str, flags: &str) -> (Outcome, Option<String>) {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let card = folder.write("rates.toml", card);
    let mapping = folder.write("usagebook.toml", mapping);
    let centres = folder.write("centres.csv", CENTRES);
    let journal = folder.path("journal.csv");
    let outcome = run(&format!(
        "report '{dump}' --as-of 2026-11-23 --prices '{card}' --config '{mapping}' --attributes '{centres}' --journal '{}' {flags}",
        journal.display()
    ));
    let name = |text: &str| text.replace(&format!("{}/", folder.text()), "");
    let outcome = Outcome { stderr: name(&outcome.stderr), ..outcome };
    (outcome, fs::read_to_string(journal).ok())
}

/// The postings of a journal without the uuids.
fn postings(mapping: &str, flags: &str) -> String {
    let (outcome, journal) = posted(CARD, mapping, flags);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let journal = journal.expect("a journal");
    let line = |line: &str| line.rsplitn(3, ',').last().expect("a line").to_owned();
    journal.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
}

fn text(lines: &str) -> String {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn customers_of_one_name_are_told_apart_where_an_account_is_missing() {
    let folder = Dumps::new();
    let lines = "
        Acme cpu hour 2026-10 alice 1.00 customer_uuid=one
        Acme cpu hour 2026-10 alice 2.00 customer_uuid=two project_uuid=two component_usage=two uuid=two
        Globex cpu hour 2026-10 bob 2.00
    ";
    let dump = folder.write("a.json", page(&records(lines)));
    let card = folder.write("rates.toml", CARD.split("[[credit]]").next().expect("prices"));
    let mapping =
        folder.write("m.toml", "[journal]\nby = 'customer'\ndebit_account = ''\ncredit_account = '2'\n");
    let outcome = run(&format!(
        "report '{dump}' --as-of 2026-11-23 --prices '{card}' --config '{mapping}' --journal '{}'",
        folder.path("journal.csv").display()
    ));
    for customer in ["one", "two"] {
        let named = format!("customer_name \"Acme\" [{}]", &uuid(customer)[..8]);
        assert!(outcome.stderr.contains(&named), "{named}: {}", outcome.stderr);
    }
    assert!(outcome.stderr.contains("customer_name \"Globex\"") && !outcome.stderr.contains("\"Globex\" ["));
}

/// Debits less credits by account and currency, in hundredths.
fn balances(journal: &str) -> BTreeMap<(String, String), i128> {
    let mut balances: BTreeMap<(String, String), i128> = BTreeMap::new();
    for record in csv::Reader::from_reader(journal.as_bytes()).records() {
        let record = record.expect("a posting");
        let amount = |at: usize| match &record[at] {
            "" => 0,
            text => Quantity::parse(text.as_bytes()).expect("an amount").hundredths(),
        };
        assert!((amount(3) == 0) != (amount(4) == 0), "one side: {record:?}");
        assert!(amount(3) >= 0 && amount(4) >= 0, "no sign: {record:?}");
        *balances.entry((record[1].to_owned(), record[5].to_owned())).or_default() += amount(3) - amount(4);
    }
    balances
}

fn sums(balances: &BTreeMap<(String, String), i128>, is_it: impl Fn(&str) -> bool) -> BTreeMap<String, i128> {
    let mut sums = BTreeMap::new();
    for ((_, currency), amount) in balances.iter().filter(|((account, _), _)| is_it(account)) {
        *sums.entry(currency.clone()).or_default() += amount;
    }
    sums
}

#[test]
fn every_amount_is_a_debit_and_a_credit_on_the_last_day_of_its_month() {
    let (outcome, journal) = posted(CARD, MAPPING, "");
    let header = "date,account,cost_centre,debit,credit,currency,text,customer_uuid,project_uuid\n";
    assert!(journal.expect("a journal").starts_with(header), "{}", outcome.stderr);
    let expected = text(
        "
        2026-10-31,1400,4100,6.00,,EUR,cpu 2026-10
        2026-10-31,8400,4100,,6.00,EUR,cpu 2026-10
        2026-10-31,1400,4100,1.00,,USD,storage 2026-10
        2026-10-31,8410,4100,,1.00,USD,storage 2026-10
        2026-10-31,1400,4200,4.00,,EUR,cpu 2026-10
        2026-10-31,8400,4200,,4.00,EUR,cpu 2026-10
        2026-10-31,1400,4200,,3.00,EUR,Outage
        2026-10-31,8790,4200,3.00,,EUR,Outage
    ",
    );
    assert_eq!(postings(MAPPING, ""), expected);
    assert!(said(&outcome, "note: ").join("\n").contains("1 amount of zero"), "{}", outcome.stderr);
}

#[test]
fn postings_are_by_what_the_mapping_says_whatever_the_report_is_by() {
    let mapping =
        "[journal]\nby = 'cost_centre'\ndebit_account = '{cost_centre}00'\ncredit_account = '8400'\n";
    let expected = text(
        "
        2026-10-31,410000,,1.00,,USD,Usage 2026-10
        2026-10-31,8400,,,1.00,USD,Usage 2026-10
        2026-10-31,410000,,6.00,,EUR,Usage 2026-10
        2026-10-31,8400,,,6.00,EUR,Usage 2026-10
        2026-10-31,420000,,4.00,,EUR,Usage 2026-10
        2026-10-31,8400,,,4.00,EUR,Usage 2026-10
        2026-10-31,420000,,,3.00,EUR,Usage 2026-10
        2026-10-31,8400,,3.00,,EUR,Usage 2026-10
    ",
    );
    assert_eq!(postings(mapping, "--by period --period 2026-10"), expected);
    let (_, journal) = posted(CARD, mapping, "");
    assert!(journal.expect("a journal").lines().nth(1).is_some_and(|line| line.ends_with(",,")), "no owner");
}

#[test]
fn filters_and_a_spreadsheets_dialect_hold_for_the_journal() {
    let lines = postings(MAPPING, "--customer acme --type storage --format json");
    assert_eq!(lines.lines().count(), 2, "{lines}");
    let (outcome, journal) = posted(
        CARD,
        MAPPING,
        "--customer acme --type storage --csv-profile excel --csv-separator semicolon --csv-decimal comma",
    );
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let expected = format!(
        "\u{feff}date;account;cost_centre;debit;credit;currency;text;customer_uuid;project_uuid\r\n2026-10-31;1400;4100;1,00;;USD;storage 2026-10;{};\r\n",
        uuid("acme")
    );
    assert!(journal.as_deref().is_some_and(|journal| journal.starts_with(&expected)), "{journal:?}");
}

#[test]
fn what_the_mapping_does_not_say_is_listed_and_nothing_is_written() {
    let mapping = "[journal]\nby = 'customer,component'\ncost_centre = '{cost_centre}'\n\
                   [[journal.rules]]\nwhen = { component_type = 'cpu' }\ndebit_account = '1400'\ncredit_account = '8400'\n";
    let (outcome, journal) = posted(CARD, mapping, "-o report.csv");
    assert_eq!((outcome.code, journal), (1, None), "{}", outcome.stderr);
    assert!(!std::path::Path::new("report.csv").exists(), "nor the report");
    let message = said(&outcome, "error: ").join("\n");
    for missing in [
        "no debit_account for customer_name \"acme\"",
        "no credit_account for component_type \"storage\"",
        "no credit_account for credits and what else has no such column",
    ] {
        assert!(message.contains(missing), "{message}");
    }
    let unknown = MAPPING.replace("{cost_centre}", "{period}{customer_name}{nothing}");
    let (outcome, _) = posted(CARD, &unknown, "");
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("usagebook.toml: line 6: journal: cost_centre: found the column \"nothing\", expected one of period, customer_uuid"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_mapping_that_does_not_hold_together_is_refused_with_its_line() {
    for (from, to, expected) in [
        (
            "by = \"customer,component\"",
            "by = \"quarter\"",
            "line 3: journal.by: found quarter, expected other dimensions",
        ),
        (
            "by = \"customer,component\"",
            "by = \"custom\"",
            "line 3: journal.by: \"custom\" is not a dimension",
        ),
        ("\"1400\"", "1400", "line 4: journal.debit_account: invalid type: integer"),
        ("{period}\"", "{period\"", "line 7: journal: found"),
        (
            "component_type = \"storage\"",
            "offering_name = \"storage\"",
            "line 10: journal: when: found the column \"offering_name\"",
        ),
        (
            "component_type = \"storage\"",
            "customer_uuid = \"acme\"",
            "line 10: journal: when.customer_uuid: found \"acme\", expected a uuid",
        ),
        ("debit_account", "debit", "line 4: journal: unknown field `debit`"),
    ] {
        let (outcome, _) = posted(CARD, &MAPPING.replacen(from, to, 1), "");
        assert_eq!(outcome.code, 2, "{to}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(expected), "{to}: {}", outcome.stderr);
    }
}

#[test]
fn a_journal_needs_prices_and_a_mapping() {
    let line = "report fixtures/formats/page.json --as-of 2026-11-23 --journal journal.csv";
    let without_prices = run(line);
    assert_eq!(without_prices.code, 2);
    assert!(without_prices.stderr.contains("--prices"), "{}", without_prices.stderr);
    let without_mapping = run(&format!("{line} --prices fixtures/prices/rates.toml"));
    assert_eq!(without_mapping.code, 2);
    assert!(
        without_mapping.stderr.contains("--journal needs [journal] in the configuration"),
        "{}",
        without_mapping.stderr
    );
    let same = run(&format!("{line} --prices fixtures/prices/rates.toml -o journal.csv"));
    assert_eq!(same.code, 2);
    assert!(!std::path::Path::new("journal.csv").exists());
}

#[test]
fn the_real_pages_are_posted_to_the_cent() {
    let folder = Dumps::new();
    let (journal, manifest) = (folder.path("journal.csv"), folder.path("manifest.json"));
    let flags = "--as-of 2026-11-23 --period 2026-10 --prices fixtures/prices/rates.toml --config fixtures/join/usagebook.toml \
                 --attributes fixtures/join/customers.csv";
    for format in ["json", "xlsx"] {
        stdout(&format!(
            "report fixtures/real/complete {flags} --format {format} -o '{}' --journal '{}' --manifest '{}'",
            folder.path("report").display(),
            journal.display(),
            manifest.display()
        ));
        let balances = balances(&fs::read_to_string(&journal).expect("a journal"));
        assert!(sums(&balances, |_| true).values().all(|sum| *sum == 0), "{balances:?}");
        let debits = sums(&balances, |account| account.starts_with("14"));
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(&manifest).expect("a manifest")).expect("JSON");
        let totals = manifest["pricing"]["totals"].as_array().expect("totals");
        let expected: BTreeMap<String, i128> = totals
            .iter()
            .map(|total| {
                let amount = total["amount"].as_str().expect("an amount");
                let amount = Quantity::parse(amount.as_bytes()).expect("an amount").hundredths();
                (total["currency"].as_str().expect("a currency").to_owned(), amount)
            })
            .collect();
        assert_eq!(debits, expected, "{format}");
        assert_eq!(debits.len(), 2);
        let outputs = manifest["outputs"].as_array().expect("outputs");
        assert!(outputs.iter().any(|output| output["path"] == journal.display().to_string().as_str()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_balances_for_any_prices_and_equals_the_report(
        usage in prop::collection::vec((0..3_u8, 0..2_u8, -500..100_000_i32), 1..10),
        prices in prop::collection::vec(0..10_000_u32, 2),
        credit in 1..100_000_u32,
        decimals in 0..4_u32,
    ) {
        let folder = Dumps::new();
        let lines = usage.iter().enumerate().map(|(at, (customer, component, hundredths))| {
            format!("customer{customer} c{component} hour 2026-10 user{at} {}\n", Quantity::from_hundredths((*hundredths).into()))
        });
        let dump = folder.write("a.json", page(&records(&lines.collect::<String>())));
        let mut card = "[rounding]\nmode = \"half-even\"\ndecimals = 2\nper = \"line\"\n".to_owned();
        for (at, (price, currency)) in prices.iter().zip(["EUR", "USD"]).enumerate() {
            let shift = 10_u32.pow(decimals);
            let price = format!("{}.{:0width$}", price / shift, price % shift, width = decimals.max(1) as usize);
            card.push_str(&format!(
                "[[price]]\noffering = \"cluster\"\ncomponent_type = \"c{at}\"\nmeasured_unit = \"hour\"\nunit_price = \"{price}\"\ncurrency = \"{currency}\"\n"
            ));
        }
        let credit = Quantity::from_hundredths(credit.into());
        card.push_str(&format!(
            "[[credit]]\ncustomer_uuid = \"{}\"\nperiod = \"2026-10\"\namount = \"{credit}\"\ncurrency = \"EUR\"\ndescription = \"back\"\n",
            uuid("customer0")
        ));
        let card = folder.write("rates.toml", card);
        let mapping = folder.write("m.toml", "[journal]\ndebit_account = '1'\ncredit_account = '2'\n");
        let journal = folder.path("journal.csv");
        let outcome = run(&format!(
            "report '{dump}' --as-of 2026-11-23 --prices '{card}' --config '{mapping}' --journal '{}' --by customer --totals --format csv",
            journal.display()
        ));
        prop_assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
        let mut expected: BTreeMap<String, i128> = BTreeMap::new();
        let mut reader = csv::Reader::from_reader(outcome.stdout.as_bytes());
        let header = reader.headers().expect("a header").clone();
        let place = |name: &str| header.iter().position(|column| column == name).expect("a column");
        let (name, currency, amount) = (place("customer_name"), place("currency"), place("amount"));
        for row in reader.records().map(|row| row.expect("a row")).filter(|row| &row[name] != "Total") {
            if !row[amount].is_empty() {
                let amount = Quantity::parse(row[amount].as_bytes()).expect("an amount").hundredths();
                *expected.entry(row[currency].to_owned()).or_default() += amount;
            }
        }
        expected.retain(|_, amount| *amount != 0);
        let balances = balances(&fs::read_to_string(&journal).expect("a journal"));
        prop_assert!(sums(&balances, |_| true).values().all(|sum| *sum == 0));
        let mut debits = sums(&balances, |account| account == "1");
        debits.retain(|_, amount| *amount != 0);
        prop_assert_eq!(debits, expected);
    }
}
