//! FOCUS: every row's figures by numbers that one can add in the head, and that nothing is lost on the way there.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use usagebook::price::{FocusSpec, FocusTable, FocusVersion, PriceList, Services, Tariff};
use usagebook::report::ReportSpec;
use usagebook::usecase::{Preparation, Prepared};
use usagebook::write::{FocusFormat, write_focus};
use usagebook::{Amount, Quantity};

use crate::binary::{Outcome, run, said};
use crate::prices::read_lines;
use crate::records::{Dumps, page, records};

const RECORDS: &str = "
    acme   cpu  hour     2026-10 alice 12.00
    acme   cpu  hour     2026-10 bob    3.00
    acme   gpu  hour     2026-10 alice  2.00
    globex gpu  hour     2026-10 bob   -1.00
    globex disk GB*hours 2026-10 bob   50.00
";

const CARD: &str = r#"
[rounding]
mode = "half-up"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
tiers = [{ up_to = 10, unit_price = "1" }, { unit_price = "0.5" }]
[[price]]
component_type = "gpu"
measured_unit = "hour"
currency = "EUR"
unit_price = 3
[[price]]
component_type = "gpu"
measured_unit = "hour"
currency = "EUR"
unit_price = 2
customer = "acme"
[[price]]
component_type = "disk"
measured_unit = "GB*hours"
currency = "USD"
unit_price = "0.01"
[[credit]]
customer = "acme"
period = "2026-10"
amount = 5
currency = "EUR"
description = "Outage"
"#;

const CONFIGURATION: &str =
    "organisation = \"Example\"\n[focus.service_subcategory]\ncluster = \"Virtual Machines\"\n";

fn asked(configuration: &str, flags: &str) -> Outcome {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let card = folder.write("card.toml", CARD);
    let configuration = folder.write("usagebook.toml", configuration);
    folder.write("rates.csv", "period,from,to,rate\n2026-10,USD,EUR,0.8\n");
    folder.write("tags.csv", "customer_name,cost_centre,site\nacme,4711,\n");
    let flags = flags.replace("CARD", &card).replace("FOLDER", &folder.text());
    run(&format!("report '{dump}' --as-of 2026-11-23 --config '{configuration}' {flags}"))
}

/// The columns that are named, row by row.
fn rows(flags: &str, columns: &str) -> String {
    let outcome = asked(CONFIGURATION, &format!("--format focus-csv --prices CARD {flags}"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut reader = csv::Reader::from_reader(outcome.stdout.as_bytes());
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> = columns
        .split_whitespace()
        .map(|name| header.iter().position(|column| column == name).expect("a column"))
        .collect();
    let shown = |cell: &str| if cell.is_empty() { "~".to_owned() } else { cell.to_owned() };
    let line =
        |row: csv::StringRecord| places.iter().map(|at| shown(&row[*at])).collect::<Vec<_>>().join(" ");
    reader.records().map(|row| line(row.unwrap())).collect::<Vec<_>>().join("\n")
}

fn check(flags: &str, columns: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(rows(flags, columns), expected.join("\n"), "{flags}");
}

#[test]
fn a_unit_price_times_the_quantity_is_the_cost_with_tiers_exceptions_and_corrections() {
    check(
        "",
        "SkuMeter PricingQuantity ListUnitPrice ListCost ContractedUnitPrice ContractedCost BilledCost BillingCurrency",
        "
        cpu 15.00 1.00 15.00 0.83333333333333333333 12.50 12.50 EUR
        gpu 2.00 3.00 6.00 2.00 4.00 4.00 EUR
        disk 50.00 0.01 0.50 0.01 0.50 0.50 USD
        gpu -1.00 3.00 -3.00 3.00 -3.00 -3.00 EUR
        ~ ~ ~ -5.00 ~ -5.00 -5.00 EUR
        ",
    );
}

#[test]
fn who_what_and_when_stand_as_focus_names_them() {
    check(
        "--type disk",
        "ChargeCategory ChargeFrequency BillingPeriodStart ChargePeriodEnd BillingAccountName SubAccountName ServiceName \
         ServiceCategory ServiceSubcategory ConsumedUnit ProviderName InvoiceId",
        "Usage Usage-Based 2026-10-01T00:00:00Z 2026-11-01T00:00:00Z globex globex-project cluster Compute \
         Virtual Machines GB-Hours Example ~",
    );
    check(
        "--customer acme --attributes FOLDER/tags.csv",
        "ChargeCategory SubAccountName ServiceName ServiceCategory ChargeDescription Tags",
        r#"
        Usage acme-project cluster Compute cpu of cluster: 15.00 Hours {"cost_centre":"4711"}
        Usage acme-project cluster Compute gpu of cluster: 2.00 Hours {"cost_centre":"4711"}
        Credit ~ Credit Other Outage {"cost_centre":"4711"}
        "#,
    );
}

#[test]
fn what_is_converted_keeps_its_price_in_the_currency_of_the_card() {
    check(
        "--type disk --currency EUR --exchange-rates FOLDER/rates.csv",
        "BillingCurrency BilledCost ContractedUnitPrice PricingCurrency PricingCurrencyContractedUnitPrice \
         PricingCurrencyEffectiveCost",
        "EUR 0.40 0.008 USD 0.01 0.50",
    );
}

#[test]
fn of_a_line_that_a_filter_cuts_a_row_has_the_part_that_is_left() {
    check(
        "--username bob --customer acme",
        "PricingQuantity ContractedUnitPrice ContractedCost BilledCost",
        "3.00 0.83333333333333333333 2.50 2.50",
    );
}

#[test]
fn usage_without_a_price_costs_nothing_where_that_is_asked_for() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records("acme cpu hour 2026-10 alice 1.00")));
    let card = folder.write("card.csv", "component_type,measured_unit,currency,unit_price\ngpu,hour,EUR,1\n");
    let configuration = folder.write("usagebook.toml", CONFIGURATION);
    let flags = format!("--format focus-csv --unpriced zero --config '{configuration}' --prices '{card}'");
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 {flags}"));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let row = outcome.stdout.lines().nth(1).expect("a row");
    assert!(row.starts_with(",0.00,"), "{row}");
}

#[test]
fn what_focus_has_no_room_for_is_refused_before_anything_is_read() {
    let priced = "--format focus-csv --prices CARD";
    for (configuration, flags, message) in [
        (CONFIGURATION, "--format focus-csv", "needs --prices: its columns of costs may not be null"),
        (CONFIGURATION, "--format focus-csv --prices CARD --unpriced omit", "needs --unpriced zero"),
        ("contact = 'x'", priced, "needs organisation in the configuration"),
        (CONFIGURATION, &format!("{priced} --by customer"), "--by needs another format"),
        (CONFIGURATION, &format!("{priced} --compare previous-month"), "--compare needs another format"),
        (CONFIGURATION, &format!("{priced} --pivot period"), "--pivot needs another format"),
        (CONFIGURATION, &format!("{priced} --top 3"), "--top needs another format"),
        (CONFIGURATION, &format!("{priced} --totals"), "--totals needs another format"),
        (CONFIGURATION, &format!("{priced} --explain-price"), "--explain-price needs a format of rows"),
        (CONFIGURATION, &format!("{priced} --csv-profile excel"), "--csv-profile needs --format csv"),
        (
            "[focus.service_subcategory]\ncluster = 'Compute'",
            priced,
            "line 2: focus.service_subcategory.cluster: invalid value: string \"Compute\", expected a ServiceSubcategory",
        ),
    ] {
        let outcome = asked(configuration, flags);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}: {}", outcome.stderr);
        assert!(said(&outcome, "error: ").concat().contains(message), "{flags}: {}", outcome.stderr);
    }
}

#[test]
fn parquet_holds_what_csv_does() {
    let folder = Dumps::new();
    let path = format!("{}/focus.parquet", folder.text());
    let outcome = asked(CONFIGURATION, &format!("--format focus-parquet --prices CARD -o '{path}'"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
    let entries = reader.metadata().file_metadata().key_value_metadata().expect("it says what it is");
    assert!(entries.iter().any(|entry| entry.key == "FocusVersion" && entry.value.as_deref() == Some("1.2")));
    let mut schema = Vec::new();
    parquet::schema::printer::print_schema(&mut schema, reader.metadata().file_metadata().schema());
    let schema = String::from_utf8(schema).unwrap();
    for line in [
        "REQUIRED FIXED_LEN_BYTE_ARRAY (9) BilledCost (DECIMAL(20,3))",
        "OPTIONAL FIXED_LEN_BYTE_ARRAY (16) ContractedUnitPrice (DECIMAL(38,20))",
        "REQUIRED INT64 ChargePeriodStart (TIMESTAMP(MICROS,true))",
        "OPTIONAL BYTE_ARRAY ResourceId (STRING)",
    ] {
        assert!(schema.contains(line), "{line}: {schema}");
    }
    let billed: Vec<String> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let columns = row.unwrap().into_columns();
            let billed =
                columns.iter().find(|(name, _)| name == "BilledCost").expect("the column").1.to_string();
            billed.strip_suffix('0').expect("three decimals, of which euros have two").to_owned()
        })
        .collect();
    assert_eq!(billed.join("\n"), rows("", "BilledCost"));
}

#[test]
fn every_column_is_documented() {
    let text = fs::read_to_string("docs/reference/focus.md").expect("the columns are documented");
    for version in [FocusVersion::V1_2, FocusVersion::V1_4] {
        for name in FocusTable::column_names(version) {
            assert!(text.contains(&format!("`{name}`")), "{name}");
        }
    }
}

/// The bytes of CSV, and what is billed beside the report's amount, by currency.
fn drawn(lines: &str) -> (Vec<u8>, BTreeMap<String, (Amount, Amount)>) {
    let card = PriceList::parse(Path::new("card.toml"), CARD.as_bytes()).unwrap();
    let tariff = Tariff::new(card, None, None, None).unwrap();
    let report = ReportSpec::monthly("2026-11-23".parse().unwrap());
    let asked = Preparation { tariff: Some(&tariff), ..Preparation::of(&report) };
    let prepared = Prepared::new(read_lines(lines), &asked).unwrap();
    let (report, rows) = (prepared.report(&report).unwrap(), prepared.focus_rows().unwrap());
    let mut sums = BTreeMap::<String, (Amount, Amount)>::new();
    for row in &rows {
        sums.entry(row.currency().to_owned()).or_default().0 += row.billed();
    }
    for total in &report.provenance.pricing.as_ref().expect("it has prices").totals {
        sums.entry(total.currency.clone()).or_default().1 += total.amount;
    }
    let spec = FocusSpec {
        organisation: "Example".to_owned(),
        services: Services::default(),
        version: FocusVersion::V1_2,
    };
    let mut csv = Vec::new();
    let table = FocusTable::new(&rows, vec![&prepared.frame], &spec);
    write_focus(&table, &report, FocusFormat::Csv, &mut csv).unwrap();
    (csv, sums)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn what_is_billed_is_the_report_s_amount_in_any_order_of_records(
        usages in prop::collection::vec((0..3_usize, 0..2_u8, 0..3_u8, -500_i128..100_000), 1..20),
        seed: prop::sample::Index,
    ) {
        let mut records: BTreeMap<(usize, u8, u8), i128> = BTreeMap::new();
        for (component, customer, user, usage) in usages {
            records.insert((component, customer, user), usage);
        }
        let line = |((component, customer, user), usage): (&(usize, u8, u8), &i128)| {
            let (component, unit) = [("cpu", "hour"), ("gpu", "hour"), ("disk", "GB*hours")][*component];
            let (customer, usage) = (["acme", "globex"][usize::from(*customer)], Quantity::from_hundredths(*usage));
            format!("{customer} {component} {unit} 2026-10 u{user} {usage}")
        };
        let mut lines: Vec<String> = records.iter().map(line).collect();
        let (csv, sums) = drawn(&lines.join("\n"));
        prop_assert!(sums.values().all(|(billed, amount)| billed == amount), "{:?}", sums);
        let middle = seed.index(lines.len());
        lines.rotate_left(middle);
        lines.reverse();
        prop_assert_eq!(drawn(&lines.join("\n")).0, csv);
    }
}
