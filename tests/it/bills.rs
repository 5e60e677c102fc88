//! Bills: what each recipient has to pay, in numbers that one can add in the head, and that they come to the report.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use calamine::Reader as _;
use proptest::prelude::*;
use usagebook::Dimension;
use usagebook::bill::{BillSpec, Bills, Sender};
use usagebook::price::{PriceList, Tariff};
use usagebook::report::ReportSpec;
use usagebook::usecase::{Preparation, Prepared};

use crate::binary::{Outcome, run};
use crate::book::{Parcel, shelf};
use crate::prices::read_lines;
use crate::prices_laws as laws;
use crate::records::{Dumps, page, records, uuid};

/// What was made of records, prices and attributes.
pub struct Made {
    pub folder: Dumps,
    pub outcome: Outcome,
}

impl Made {
    /// Of drafts for October 2026; each attribute file has a name and a text.
    pub fn of(lines: &str, card: &str, attributes: &[&str], flags: &str) -> Self {
        let folder = Dumps::new();
        let dump = folder.write("a.json", page(&records(lines)));
        let card = folder.write("card.toml", card);
        let config = folder.write("usagebook.toml", CONFIGURATION);
        let tables = attributes.iter().enumerate().map(|(at, text)| {
            format!("--attributes '{}'", folder.write(&format!("attributes-{at}.csv"), text))
        });
        let tables = tables.collect::<Vec<_>>().join(" ");
        let to = folder.path("bills").display().to_string();
        let format = if flags.contains("--format") { "" } else { "--format html,xlsx,csv" };
        let outcome = run(&format!(
            "bills '{dump}' --as-of 2026-11-23 --period 2026-10 --prices '{card}' --config '{config}' --to '{to}' {tables} {format} {flags}"
        ));
        Self { folder, outcome }
    }

    pub fn ok(self) -> Self {
        assert!(matches!(self.outcome.code, 0 | 3), "{}", self.outcome.stderr);
        self
    }

    /// The message of a run that was refused, in which nothing was written.
    pub fn refusal(self) -> String {
        assert!(matches!(self.outcome.code, 1 | 2), "{}", self.outcome.stderr);
        assert!(!self.folder.path("bills").exists());
        self.outcome.stderr.replace(&format!("{}/", self.folder.text()), "")
    }

    /// The files that begin and end so, by name.
    pub fn files(&self, start: &str, end: &str) -> BTreeMap<String, String> {
        let entries = fs::read_dir(self.folder.path("bills")).unwrap().map(|entry| entry.unwrap().path());
        let named = entries.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path));
        let wanted = named.filter(|(name, _)| name.starts_with(start) && name.ends_with(end));
        wanted
            .map(|(name, path)| (name, String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()))
            .collect()
    }

    pub fn file(&self, start: &str, end: &str) -> String {
        let files = self.files(start, end);
        assert_eq!(files.len(), 1, "{:?}", files.keys());
        files.into_values().next().unwrap()
    }

    /// Some columns of a bill's lines.
    pub fn lines(&self, start: &str, columns: &[&str]) -> Vec<String> {
        columns_of(&self.file(start, ".csv"), columns)
    }

    /// The words of a page, one space between.
    pub fn words(&self, start: &str) -> String {
        let page = self.file(start, ".html");
        let (mut text, mut is_tag) = (String::new(), false);
        for character in page.split("</style>").nth(1).unwrap().chars() {
            match character {
                '<' => is_tag = true,
                '>' => (is_tag, text) = (false, text + " "),
                _ if !is_tag => text.push(character),
                _ => {}
            }
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",").replace('\u{a0}', " ")
    }
}

pub fn columns_of(table: &str, columns: &[&str]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &&str| header.iter().position(|column| column == *name).expect("a column");
    let places: Vec<usize> = columns.iter().map(place).collect();
    let row = |record: csv::StringRecord| places.iter().map(|at| &record[*at]).collect::<Vec<_>>().join("|");
    reader.records().map(|record| row(record.unwrap())).collect()
}

const CONFIGURATION: &str = r#"
organisation = "Example Computing"
contact = "billing@example.org"
[component_labels]
cpu = "CPU hours"
[bill]
address = ["Street 1", "50090 Tartu"]
vat_number = "EE100"
due_days = 30
payment = ["IBAN EE38 2200"]
"#;

/// 5,000 hours in two tiers are 80.00 + 260.00; 10 GB are 1.00.
pub const RECORDS: &str = "
    acme   cpu  hour 2026-10 alice 2000
    acme   cpu  hour 2026-10 bob   3000
    acme   disk GB   2026-10 alice 10
    globex cpu  hour 2026-10 carol 100
";

pub const CARD: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
tiers = [{ up_to = 1000, unit_price = "0.08" }, { unit_price = "0.065" }]

[[price]]
component_type = "disk"
measured_unit = "GB"
currency = "EUR"
unit_price = "0.1"

[[credit]]
customer = "acme"
period = "2026-10"
amount = "41.00"
currency = "EUR"
description = "Outage on 3 October"
"#;

pub const CUSTOMERS: &str = "customer_name,address,email,language,vat_number,debtor,purchase_order,vat_rate,vat_note\n\
    acme,\"Main Road 5; 10115 Berlin\",ap@acme.example,de,DE123,D-17,PO 4711,24,\n\
    globex,Side Street,,,FR9,,,0,\"Reverse charge: Article 196, Directive 2006/112/EC\"\n";

#[test]
fn a_bill_has_lines_subtotals_credits_vat_and_one_total() {
    let made = Made::of(RECORDS, CARD, &[CUSTOMERS], "").ok();
    let lines =
        made.lines("acme", &["charge_category", "component", "quantity", "price", "vat_rate", "amount"]);
    assert_eq!(
        lines,
        [
            "Usage|CPU hours|5000.00|1,000 × 0.08 + 4,000 × 0.065|24|340.00",
            "Usage|disk|10.00|0.1|24|1.00",
            "Credit||||24|-41.00",
        ]
    );
    let words = made.words("acme");
    for expected in [
        "Example Computing Street 1 50090 Tartu billing@example.org acme Main Road 5 10115 Berlin",
        "Date 23 November 2026 Period October 2026 Purchase order PO 4711 Debtor D-17 Your VAT number DE123 Our VAT \
         number EE100",
        "Bill for October 2026 This is a draft. It has no number and is not payable.",
        "CPU hours, acme-resource 5,000.00 hour 1,000 × 0.08 + 4,000 × 0.065 340.00",
        "Subtotal acme-project 341.00 Credits Outage on 3 October −41.00",
        "Net total 300.00 VAT 24 % of 300.00 72.00 Total to pay EUR 372.00",
        "Payment Payable within 30 days of the date of issue IBAN EE38 2200",
    ] {
        assert!(words.contains(expected), "{expected}\n{words}");
    }
    let words = made.words("globex");
    assert!(
        words.contains("VAT 0 % of 8.00 0.00 Total to pay EUR 8.00 Reverse charge: Article 196"),
        "{words}"
    );
    let said = "The 2 draft bills add up to the report exactly: EUR 308.00 without VAT.";
    assert!(made.outcome.stderr.contains(said), "{}", made.outcome.stderr);
}

#[test]
fn the_table_for_mail_merge_has_a_row_for_each_bill() {
    let made = Made::of(RECORDS, CARD, &[CUSTOMERS], "--format csv").ok();
    let merge = made.file("mail-merge", ".csv");
    let columns = [
        "recipient",
        "address",
        "email",
        "language",
        "debtor",
        "purchase_order",
        "net_EUR",
        "vat_EUR",
        "total_EUR",
    ];
    assert_eq!(
        columns_of(&merge, &columns),
        [
            "acme|Main Road 5; 10115 Berlin|ap@acme.example|de|D-17|PO 4711|300.00|72.00|372.00",
            "globex|Side Street|||||8.00|0.00|8.00",
        ]
    );
    let files = columns_of(&merge, &["file_csv"]);
    assert!(files.iter().all(|name| made.folder.path("bills").join(name).exists()), "{files:?}");
}

#[test]
fn a_bill_without_vat_has_one_total_and_says_nothing_of_checks() {
    let made = Made::of(RECORDS, CARD, &[], "").ok();
    let words = made.words("globex");
    assert!(words.contains("Subtotal globex-project 8.00 Total to pay EUR 8.00"), "{words}");
    assert!(!words.contains("VAT %") && !words.contains("Net total"), "{words}");
    let pages = made.files("", ".html").into_values().chain([made.lines("globex", &["price"]).join("")]);
    for text in pages {
        let text = text.to_lowercase();
        for word in ["record", "sha-256", "(none)", "usagebook", "check"] {
            assert!(!text.contains(word), "{word}");
        }
    }
    assert!(made.outcome.stderr.contains("note: 2 bills have no address"), "{}", made.outcome.stderr);
}

/// Two projects of acme with 600 and 400 hours, and one of globex.
pub const PROJECTS: &str = "
    acme   cpu hour 2026-10 alice 600 project_uuid=p1 project_name=Alpha component_usage=c1 resource_uuid=r1
    acme   cpu hour 2026-10 alice 400 project_uuid=p2 project_name=Beta  component_usage=c2 resource_uuid=r2 uuid=u2
    globex cpu hour 2026-10 carol 100
";

/// The first 500 hours of a customer cost 0.10 each, others 0.05.
const SHARED: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
scope = "customer"
tiers = [{ up_to = 500, unit_price = "0.1" }, { unit_price = "0.05" }]
"#;

#[test]
fn tiers_that_are_counted_over_several_lines_say_so_and_are_shared_by_usage() {
    let made = Made::of(PROJECTS, SHARED, &[], "--per project").ok();
    let price = "of 1,000 together: 500 × 0.1 + 500 × 0.05";
    assert_eq!(made.lines("alpha", &["quantity", "price", "amount"]), [format!("600.00|{price}|45.00")]);
    assert_eq!(made.lines("beta", &["quantity", "price", "amount"]), [format!("400.00|{price}|30.00")]);
    assert!(made.file("alpha", ".html").contains("Alpha"));
    assert_eq!(columns_of(&made.file("mail-merge", ".csv"), &["recipient", "net_EUR"])[0], "Alpha|45.00");
}

#[test]
fn a_cost_centre_gets_one_bill_for_all_that_it_has() {
    let centres =
        "project_name,cost_centre,address\nAlpha,4100,Room 1\nglobex-project,4100,Room 1\nBeta,4200,Room 2\n";
    let made = Made::of(PROJECTS, SHARED, &[centres], "--per cost_centre").ok();
    assert_eq!(
        made.lines("4100", &["customer_name", "project_name", "amount"]),
        ["acme|Alpha|45.00", "globex|globex-project|10.00"]
    );
    let words = made.words("4100");
    assert!(words.contains("4100 Room 1") && words.contains("Alpha (acme)"), "{words}");
    assert_eq!(made.lines("4200", &["amount"]), ["30.00"]);
}

#[test]
fn what_has_no_recipient_is_refused_and_named() {
    let centres = "project_name,cost_centre\nAlpha,4100\n";
    let said = Made::of(PROJECTS, SHARED, &[centres], "--per cost_centre").refusal();
    let beta = format!("no cost_centre is known of the project \"Beta\" ({})", uuid("p2"));
    assert!(said.contains(&beta), "{said}");
    let said = Made::of(RECORDS, CARD, &[], "--per project").refusal();
    assert!(said.contains("no project is known of the credit \"Outage on 3 October\""), "{said}");
    let said = Made::of(RECORDS, CARD, &[], "--per offering").refusal();
    assert!(said.contains("expected customer, project or a column of --attributes"), "{said}");
}

#[test]
fn attributes_that_contradict_each_other_or_are_no_rate_are_refused_with_their_values() {
    let centres = "project_name,address\nAlpha,Room 1\nBeta,Room 2\nglobex-project,Room 3\n";
    let said = Made::of(PROJECTS, SHARED, &[centres], "").refusal();
    assert!(
        said.contains(
            "attributes-0.csv: address of \"acme\" is \"Room 1\" and \"Room 2\"; expected one value"
        ),
        "{said}"
    );
    for rate in ["24%", "0.24"] {
        let rates = format!("customer_name,vat_rate\nacme,{rate}\n");
        let said = Made::of(PROJECTS, SHARED, &[&rates], "").refusal();
        let expected = format!("vat_rate of \"acme\" is {rate:?}; expected 0, or per cent from 1 to 100");
        assert!(said.contains(&expected), "{said}");
    }
}

#[test]
fn purchase_orders_of_several_projects_are_listed() {
    let orders = "project_name,purchase_order\nAlpha,PO 1\nBeta,PO 2\n";
    let made = Made::of(PROJECTS, SHARED, &[orders], "").ok();
    assert!(made.words("acme").contains("Purchase order PO 1, PO 2"));
}

#[test]
fn vat_is_computed_by_rate_on_the_net_of_each_rate() {
    let lines = "
        acme cpu  hour 2026-10 alice 1000 offering_uuid=aa offering_name=Compute
        acme disk GB   2026-10 alice 1000 offering_uuid=bb offering_name=Storage resource_uuid=r2
    ";
    let lines = lines.replace("offering_uuid=aa", "").replace("offering_uuid=bb", "");
    let card = CARD.split("[[credit]]").next().unwrap();
    let rates =
        "resource_uuid,vat_rate\n".to_owned() + &format!("{},24\n{},9\n", uuid("acme-resource"), uuid("r2"));
    let made = Made::of(&lines, card, &[&rates], "").ok();
    let words = made.words("acme");
    let expected = "Net total 180.00 VAT 9 % of 100.00 9.00 VAT 24 % of 80.00 19.20 Total to pay EUR 208.20";
    assert!(words.contains(expected), "{words}");
    // A credit is of no resource, and the bill has two rates.
    let said = Made::of(&lines, CARD, &[&rates], "").refusal();
    assert!(said.contains("no rate of VAT is known of the credit \"Outage on 3 October\""), "{said}");
}

#[test]
fn who_has_nothing_to_pay_gets_no_bill() {
    let lines = "
        acme   cpu hour 2026-10 alice 10
        globex cpu hour 2026-10 carol 0
    ";
    let made = Made::of(lines, &CARD.replace("acme", "nobody"), &[], "").ok();
    assert_eq!(made.files("globex", "").len(), 0);
    assert!(made.outcome.stderr.contains("1 recipient gets no bill, because nothing is to be paid: globex."));
    assert!(made.outcome.stderr.contains("The 1 draft bill adds up"), "{}", made.outcome.stderr);
}

#[test]
fn bills_of_a_month_without_records_are_none_and_a_warning_says_why() {
    let lines = "acme cpu hour 2026-11 alice 10";
    let made = Made::of(lines, CARD, &[], "").ok();
    assert_eq!(made.outcome.code, 3);
    let warning = "warning: October 2026 was asked for, but the input has no record of it.";
    assert!(made.outcome.stderr.contains(warning), "{}", made.outcome.stderr);
}

#[test]
fn more_credit_than_usage_is_a_total_in_favour_of_the_recipient() {
    let made = Made::of("acme disk GB 2026-10 alice 10", CARD, &[], "").ok();
    let words = made.words("acme");
    assert!(words.contains("Credit balance EUR −40.00") && !words.contains("Payable"), "{words}");
}

#[test]
fn yen_and_dinars_have_their_own_decimals_and_their_own_totals() {
    let lines = "
        acme cpu  hour 2026-10 alice 1234.50
        acme disk GB   2026-10 alice 1
    ";
    let card = "[rounding]\nmode = \"half-up\"\n".to_owned()
        + &CARD.split("[[credit]]").next().unwrap().replacen("EUR", "JPY", 1).replacen("EUR", "KWD", 1);
    let card =
        card.replace("\"0.08\"", "\"1\"").replace("\"0.065\"", "\"2\"").replace("\"0.1\"", "\"0.0005\"");
    let made = Made::of(lines, &card, &["customer_name,vat_rate\nacme,10\n"], "").ok();
    let words = made.words("acme");
    // 1,000 + 469 yen, and 0.0005 dinars, which are 0.001.
    assert!(words.contains("VAT 10 % of 1,469 147 Total to pay JPY 1,616"), "{words}");
    assert!(words.contains("VAT 10 % of 0.001 0.000 Total to pay KWD 0.001"), "{words}");
    assert!(words.contains("Charges in JPY") && words.contains("Charges in KWD"), "{words}");
    let merge = made.file("mail-merge", ".csv");
    assert_eq!(columns_of(&merge, &["total_JPY", "total_KWD"]), ["1616|0.001"]);
}

#[test]
fn amounts_finer_than_money_is_paid_are_refused() {
    let card = format!("[rounding]\ndecimals = 3\n{}", CARD.replace("\"0.1\"", "\"0.0001\""));
    let said = Made::of("acme disk GB 2026-10 alice 10", card.split("[[credit]]").next().unwrap(), &[], "")
        .refusal();
    assert!(said.contains("comes to EUR 0.001, which cannot be paid"), "{said}");
}

#[test]
fn bills_need_prices() {
    let outcome = run("bills fixtures/real/complete --period 2026-10 --to nowhere");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("--prices FILE"), "{}", outcome.stderr);
}

#[test]
fn a_filter_shows_some_of_the_bills_and_changes_none() {
    let of = |flags: &str| Made::of(PROJECTS, SHARED, &[], flags).ok().files("acme", ".csv");
    assert_eq!(of("--customer acme"), of(""));
    let made = Made::of(PROJECTS, SHARED, &[], "--project Alpha --per project").ok();
    assert_eq!(made.lines("alpha", &["amount"]), ["45.00"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let made = || Made::of(RECORDS, CARD, &[CUSTOMERS], "").ok();
    let files = |made: &Made| {
        let mut files = made.files("", "");
        files.remove("manifest.json");
        files
    };
    let (one, other) = (made(), made());
    assert!(files(&one).len() == 7 && files(&one) == files(&other));
}

#[test]
fn bills_and_postings_come_to_the_same_total() {
    let made = Made::of(RECORDS, CARD, &[CUSTOMERS], "").ok();
    let path = |name: &str| made.folder.path(name).display().to_string();
    let mapping = "[journal]\nby = 'customer'\ndebit_account = '1400'\ncredit_account = '8400'\n";
    let mapping = made.folder.write("journal.toml", mapping);
    let outcome = run(&format!(
        "report {} --as-of 2026-11-23 --period 2026-10 --prices {} --config {mapping} --journal {}",
        path("a.json"),
        path("card.toml"),
        path("journal.csv"),
    ));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    let postings =
        columns_of(&fs::read_to_string(path("journal.csv")).unwrap(), &["account", "debit", "credit"]);
    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap_or_default();
    let posted = postings.iter().filter_map(|row| row.strip_prefix("1400|")?.split_once('|'));
    assert_eq!(posted.map(|(debit, credit)| cents(debit) - cents(credit)).sum::<i64>(), 30_800);
    assert_eq!(columns_of(&made.file("mail-merge", ".csv"), &["net_EUR"]), ["300.00", "8.00"]);
}

#[test]
fn hostile_names_are_harmless_in_every_format() {
    let names =
        ["=1+1", "<script>alert(1)</script>", "\u{202e}drow", "🚀 Ltd", "#let x = $y$ *z* \\u{1}", "'"];
    let mut all = records(&names.map(|_| "acme cpu hour 2026-10 alice 1").join("\n"));
    for (at, (record, name)) in all.iter_mut().zip(names).enumerate() {
        let own = |kind: &str| format!("\"{}\"", uuid(&format!("{kind}{at}")));
        for (field, kind) in [(0, "uuid"), (3, "parent")] {
            let field = usagebook::usage::Field::ALL[field];
            let text = if kind == "parent" {
                format!(
                    "\"https://portal.example.org/api/marketplace-component-usages/{}/\"",
                    uuid(&format!("{kind}{at}"))
                )
            } else {
                own(kind)
            };
            record.set(field, text);
        }
        use usagebook::usage::Field;
        record.set(Field::CustomerUuid, own("customer"));
        record.set(Field::ProjectUuid, own("project"));
        record.set(Field::ResourceUuid, own("resource"));
        for field in [Field::CustomerName, Field::ProjectName, Field::ResourceName] {
            record.set(field, serde_json::to_string(name).unwrap());
        }
    }
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&all));
    let card = folder.write("card.toml", CARD.split("[[credit]]").next().unwrap());
    let to = folder.path("bills");
    let outcome = run(&format!(
        "bills '{dump}' --as-of 2026-11-23 --period 2026-10 --prices '{card}' --to '{}' --csv-profile excel",
        to.display()
    ));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    let made = Made { folder, outcome };
    assert_eq!(made.files("", ".xlsx").len(), names.len());
    for (name, page) in made.files("", ".html") {
        assert!(!page.contains("<script>") && !page.contains('\u{202e}'), "{name}");
    }
    for (name, table) in made.files("", ".csv") {
        assert!(!table.contains(",=1+1"), "{name}");
    }
}

#[test]
fn a_build_without_the_feature_says_which_one_has_pdf() {
    let made = Made::of(RECORDS, CARD, &[], "--format pdf");
    if cfg!(feature = "bill") {
        assert_eq!(made.ok().files("", ".pdf").len(), 2);
    } else {
        let said = made.refusal();
        assert!(
            said.contains("cannot write pdf; use one that has the feature bill: cargo install"),
            "{said}"
        );
    }
}

/// Bills of numbers, and what the report comes to in thousandths.
fn bills(records: &[laws::Numbers], card: &str, per: Dimension) -> (Bills, i128) {
    let tariff =
        Tariff::new(PriceList::parse(Path::new("card.toml"), card.as_bytes()).unwrap(), None, None, None);
    let tariff = tariff.unwrap();
    let mut spec = ReportSpec::monthly("2026-11-23".parse().unwrap());
    let period = usagebook::PeriodRange::parse("2026-09..2026-10", spec.calendar).unwrap();
    (spec.period, spec.by) = (Some(period), vec![Dimension::Customer]);
    let asked = Preparation { tariff: Some(&tariff), ..Preparation::of(&spec) };
    let prepared = Prepared::new(read_lines(&laws::lines(records)), &asked).unwrap();
    let (date, sender) = (spec.calendar.as_of, Sender::default());
    let total = laws::total(&prepared.report(&spec).unwrap());
    (prepared.bills(BillSpec { per, period, date, sender }).unwrap(), total)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn all_bills_come_to_the_report_and_each_to_its_lines(
        records in laws::some_records(),
        mode in prop::sample::select(&laws::MODES),
        per in prop::sample::select(&laws::PERS),
        scope in prop::sample::select(&laws::SCOPES),
        currency in prop::sample::select(&laws::CURRENCIES),
    ) {
        let card = laws::card(per, mode, scope, currency);
        for (card, per) in [
            (card.as_str(), Dimension::Customer),
            (card.split("[[credit]]").next().unwrap(), Dimension::Project),
        ] {
            let (bills, total) = bills(&records, card, per);
            let parts = || bills.bills.iter().flat_map(|bill| &bill.parts);
            prop_assert_eq!(parts().map(|part| part.net.thousandths()).sum::<i128>(), total);
            for part in parts() {
                let lines = part.lines().map(|(_, _, line)| line.amount);
                let credits = part.credits.iter().map(|credit| credit.amount);
                prop_assert_eq!(lines.chain(credits.clone()).sum::<usagebook::Amount>(), part.net);
                let subtotals = part.projects.iter().map(|project| project.subtotal);
                prop_assert_eq!(subtotals.chain(credits).sum::<usagebook::Amount>(), part.net);
                prop_assert_eq!(part.total, part.net, "there is no VAT");
                for project in &part.projects {
                    let sum = project.offerings.iter().map(|offering| offering.subtotal);
                    prop_assert_eq!(sum.sum::<usagebook::Amount>(), project.subtotal);
                }
            }
        }
    }
}

#[test]
fn a_workbook_has_a_sheet_for_each_currency_with_amounts_that_are_numbers() {
    let lines = "
        acme cpu  hour 2026-10 alice 1000
        acme disk GB   2026-10 alice 10
    ";
    let card = CARD.split("[[credit]]").next().unwrap();
    let sheets = |card: &str| {
        let made = Made::of(lines, card, &[], "--format xlsx").ok();
        let entries = fs::read_dir(made.folder.path("bills")).unwrap().map(|entry| entry.unwrap().path());
        let path =
            entries.into_iter().find(|path| path.extension().is_some_and(|end| end == "xlsx")).unwrap();
        let mut book = calamine::open_workbook_auto(path).unwrap();
        let last = |cells: &calamine::Range<calamine::Data>| {
            let total =
                cells.rows().find(|row| row[0].to_string().starts_with("Total to pay")).expect("a total");
            total.last().cloned()
        };
        book.worksheets().iter().map(|(name, cells)| (name.clone(), last(cells))).collect::<Vec<_>>()
    };
    let number = |value: f64| Some(calamine::Data::Float(value));
    assert_eq!(sheets(card), [("Bill".to_owned(), number(81.0))]);
    let expected = [("Bill EUR".to_owned(), number(1.0)), ("Bill USD".to_owned(), number(80.0))];
    assert_eq!(sheets(&card.replacen("EUR", "USD", 1)), expected);
}

#[test]
fn bills_of_a_closed_month_have_its_prices_and_adjustments() {
    let (folder, book) = shelf();
    Parcel::new("2026-11-02", RECORDS).complete("2026-10").deliver(&book);
    let card = folder.path().join("card.toml");
    fs::write(&card, CARD).unwrap();
    let (book, card) = (book.display(), card.display());
    let ok = |line: &str| {
        let outcome = run(line);
        assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
        outcome
    };
    ok(&format!(
        "adjust 2026-10 --book '{book}' --customer {} --amount=7.00 --currency EUR --by-whom Mari --reason 'A licence'",
        uuid("acme")
    ));
    let bills = |flags: &str, name: &str| {
        let to = folder.path().join(name);
        ok(&format!(
            "bills --book '{book}' --period 2026-10 --as-of 2026-11-23 {flags} --format csv,html --to '{}'",
            to.display()
        ));
        let entries = fs::read_dir(&to).unwrap().map(|entry| entry.unwrap().path());
        let acme =
            |path: &std::path::PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("acme");
        let mut files: Vec<_> = entries.filter(acme).collect();
        files.sort();
        files.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<Vec<_>>()
    };
    let open = bills(&format!("--prices '{card}'"), "open");
    assert_eq!(
        columns_of(&open[0], &["charge_category", "charge_description", "amount"])[2..],
        ["Credit|Outage on 3 October|-41.00", "Adjustment|A licence|7.00"]
    );
    assert!(open[1].contains("Credits and adjustments"), "{}", open[1]);
    ok(&format!("close 2026-10 --book '{book}' --prices '{card}' --by-whom Mari"));
    assert_eq!(bills("", "closed"), open, "a closed month needs no price list");
}
