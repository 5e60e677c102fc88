//! Amounts in what the command writes: the same in every format, and on the pages of a real server.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;
use usagebook::quantity::Quantity;
use usagebook::report::Unpriced;
use usagebook::write::{Format, write};

use crate::binary::{run, stdout};
use crate::prices::{Asked, priced, read_lines};
use crate::records::{Dumps, page, records};

const LINES: &str = "
    acme cpu hour 2026-10 alice 70
    acme cpu hour 2026-10 bob 50.5
    acme disk GB 2026-10 alice 10
    beta cpu hour 2026-10 carol 1
    beta tape TB 2026-10 carol 2";

const CARD: &str = r#"
[rounding]
mode = "half-up"

[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
tiers = [{ up_to = 100, unit_price = "0.05" }, { unit_price = "0.04" }]

[[price]]
offering = "cluster"
component_type = "disk"
measured_unit = "GB"
unit_price = "0.1234567891"
currency = "EUR"

[[credit]]
customer = "acme"
period = "2026-10"
amount = "1.50"
currency = "EUR"
description = "Outage | 12 October"
"#;

/// The same prices as rows of CSV, which has no credits and no rounding.
const ROWS: &str = "\
offering,component_type,measured_unit,currency,unit_price,tiers
,cpu,hour,EUR,,100:0.05;*:0.04
cluster,disk,GB,EUR,0.1234567891,
";

fn drawn(format: Format) -> String {
    let asked = Asked { by: "customer,component", unpriced: Some(Unpriced::Omit), ..Asked::default() };
    let report = priced(read_lines(LINES), CARD, &asked).unwrap();
    let mut out = Vec::new();
    write(&report, &format.with_defaults(), &mut out).unwrap();
    String::from_utf8_lossy(&out).into_owned()
}

/// A folder with the records and the card, and how a report of them is asked for.
fn workplace() -> (Dumps, String) {
    let folder = Dumps::new();
    folder.write("usage.json", page(&records(LINES)));
    folder.write("rates.toml", CARD);
    let command = format!(
        "report {0}/usage.json --as-of 2026-11-23 --by customer,component --prices {0}/rates.toml",
        folder.text()
    );
    (folder, command)
}

#[test]
fn a_table_with_amounts_looks_like_this() {
    assert_snapshot!(drawn(Format::Table), @r#"
    Usage in all periods as of 2026-11-23, time zone UTC

    customer    component  unit   usage  currency  amount  unpriced usage  charge category  charge description   records  users
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    acme        cpu        hour  120.50  EUR         5.82            0.00  Usage                                       2      2
                disk       GB     10.00  EUR         1.23            0.00  Usage                                       1      1
                                         EUR        -1.50                  Credit           Outage | 12 October
    Total acme             GB     10.00                              0.00                                              1      1
                           hour  120.50                              0.00                                              2      2
                                         EUR         5.55
    beta        cpu        hour    1.00  EUR         0.05            0.00  Usage                                       1      1
                tape       TB      2.00                              2.00  Usage                                       1      1
    Total beta             TB      2.00                              2.00                                              1      1
                           hour    1.00                              0.00                                              1      1
                                         EUR         0.05
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    Total                  GB     10.00                              0.00                                              1      1
    Total                  TB      2.00                              2.00                                              1      1
    Total                  hour  121.50                              0.00                                              3      3
    Total                                EUR         5.60

    Rounding difference EUR -0.004567891 (rounded half-up, to 0.01, each charge line)
    "#);
}

#[test]
fn csv_with_amounts_looks_like_this() {
    assert_snapshot!(drawn(Format::Csv), @r#"
    customer_uuid,customer_name,component_type,measured_unit,usage,currency,amount,unpriced_usage,charge_category,charge_description,records,users
    0724d383f4f6de0fd325a7686dcea0ff,acme,cpu,hour,120.50,EUR,5.82,0.00,Usage,,2,2
    0724d383f4f6de0fd325a7686dcea0ff,acme,disk,GB,10.00,EUR,1.23,0.00,Usage,,1,1
    0724d383f4f6de0fd325a7686dcea0ff,acme,,,,EUR,-1.50,,Credit,Outage | 12 October,,
    7627619b954620a7429535800e7ab577,beta,cpu,hour,1.00,EUR,0.05,0.00,Usage,,1,1
    7627619b954620a7429535800e7ab577,beta,tape,TB,2.00,,,2.00,Usage,,1,1
    "#);
}

#[test]
fn markdown_with_amounts_looks_like_this() {
    assert_snapshot!(drawn(Format::Markdown), @r#"
    Usage in all periods as of 2026-11-23, time zone UTC

    | customer | component | unit | usage | currency | amount | unpriced usage | charge category | charge description | records | users |
    | :--- | :--- | :--- | ---: | :--- | ---: | ---: | :--- | :--- | ---: | ---: |
    | acme | cpu | hour | 120.50 | EUR | 5.82 | 0.00 | Usage |  | 2 | 2 |
    | acme | disk | GB | 10.00 | EUR | 1.23 | 0.00 | Usage |  | 1 | 1 |
    | acme |  |  |  | EUR | -1.50 |  | Credit | Outage \| 12 October |  |  |
    | **Total acme** |  | **GB** | **10.00** |  |  | **0.00** |  |  | **1** | **1** |
    | **Total acme** |  | **hour** | **120.50** |  |  | **0.00** |  |  | **2** | **2** |
    | **Total acme** |  |  |  | **EUR** | **5.55** |  |  |  |  |  |
    | beta | cpu | hour | 1.00 | EUR | 0.05 | 0.00 | Usage |  | 1 | 1 |
    | beta | tape | TB | 2.00 |  |  | 2.00 | Usage |  | 1 | 1 |
    | **Total beta** |  | **TB** | **2.00** |  |  | **2.00** |  |  | **1** | **1** |
    | **Total beta** |  | **hour** | **1.00** |  |  | **0.00** |  |  | **1** | **1** |
    | **Total beta** |  |  |  | **EUR** | **0.05** |  |  |  |  |  |
    | **Total** |  | **GB** | **10.00** |  |  | **0.00** |  |  | **1** | **1** |
    | **Total** |  | **TB** | **2.00** |  |  | **2.00** |  |  | **1** | **1** |
    | **Total** |  | **hour** | **121.50** |  |  | **0.00** |  |  | **3** | **3** |
    | **Total** |  |  |  | **EUR** | **5.60** |  |  |  |  |  |

    Rounding difference EUR -0.004567891 (rounded half-up, to 0.01, each charge line)
    "#);
}

#[test]
fn json_with_amounts_looks_like_this() {
    let json = drawn(Format::Json);
    let at = json.find("\"columns\"").unwrap();
    assert_snapshot!(&json[at..], @r#"
    "columns":[{"name":"customer_uuid","type":"uuid"},{"name":"customer_name","type":"text"},{"name":"component_type","type":"text"},{"name":"measured_unit","type":"text"},{"name":"usage","type":"decimal"},{"name":"currency","type":"text"},{"name":"amount","type":"decimal"},{"name":"unpriced_usage","type":"decimal"},{"name":"charge_category","type":"text"},{"name":"charge_description","type":"text"},{"name":"records","type":"integer"},{"name":"users","type":"integer"}],
    "partial_periods":[],
    "pricing":{"price_list":{"path":"card.toml","sha256":"d32d02cd17ef128d3c81718ca7ec64cb4ae69eecf8133db4de3615c6d2a7e598"},"rounding":"half-up, to 0.01, each charge line","unpriced":"omit","has_credits":true,"totals":[{"currency":"EUR","amount":"5.60","credits":"-1.50","rounding_difference":"-0.004567891"}],"months":[{"period":"2026-10","currency":"EUR","amount":"5.60","credits":"-1.50","rounding_difference":"-0.004567891"}]},
    "basis":{"on":"users","reason":"no component usages are given"},
    "accounting":{"read":5,"kept":5,"older_versions":0,"exact_repeats":0,"rejected":0,"filtered_out":0,"not_opened":0},
    "notices":[{"severity":"warning","code":"unpriced_usage","count":1,"message":"usage without a price has no amount in 1 record: 2026-10 \"cluster\" (72bd87d332d5304d99ff631f795be19d) tape in \"TB\": 1 record, usage 2.00. The amounts are not all that this usage costs."}],
    "totals":[
    {"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"GB","usage":"10.00","currency":null,"amount":null,"unpriced_usage":"0.00","charge_category":null,"charge_description":null,"records":1,"users":1},
    {"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"TB","usage":"2.00","currency":null,"amount":null,"unpriced_usage":"2.00","charge_category":null,"charge_description":null,"records":1,"users":1},
    {"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":"hour","usage":"121.50","currency":null,"amount":null,"unpriced_usage":"0.00","charge_category":null,"charge_description":null,"records":3,"users":3},
    {"customer_uuid":null,"customer_name":null,"component_type":null,"measured_unit":null,"usage":null,"currency":"EUR","amount":"5.60","unpriced_usage":null,"charge_category":null,"charge_description":null,"records":null,"users":null}
    ],
    "rows":[
    {"customer_uuid":"0724d383f4f6de0fd325a7686dcea0ff","customer_name":"acme","component_type":"cpu","measured_unit":"hour","usage":"120.50","currency":"EUR","amount":"5.82","unpriced_usage":"0.00","charge_category":"Usage","charge_description":null,"records":2,"users":2},
    {"customer_uuid":"0724d383f4f6de0fd325a7686dcea0ff","customer_name":"acme","component_type":"disk","measured_unit":"GB","usage":"10.00","currency":"EUR","amount":"1.23","unpriced_usage":"0.00","charge_category":"Usage","charge_description":null,"records":1,"users":1},
    {"customer_uuid":"0724d383f4f6de0fd325a7686dcea0ff","customer_name":"acme","component_type":null,"measured_unit":null,"usage":null,"currency":"EUR","amount":"-1.50","unpriced_usage":null,"charge_category":"Credit","charge_description":"Outage | 12 October","records":null,"users":null},
    {"customer_uuid":"7627619b954620a7429535800e7ab577","customer_name":"beta","component_type":"cpu","measured_unit":"hour","usage":"1.00","currency":"EUR","amount":"0.05","unpriced_usage":"0.00","charge_category":"Usage","charge_description":null,"records":1,"users":1},
    {"customer_uuid":"7627619b954620a7429535800e7ab577","customer_name":"beta","component_type":"tape","measured_unit":"TB","usage":"2.00","currency":null,"amount":null,"unpriced_usage":"2.00","charge_category":"Usage","charge_description":null,"records":1,"users":1}
    ]
    }
    "#);
}

#[test]
fn ndjson_with_amounts_has_the_rows_of_json() {
    let json: Value = serde_json::from_str(&drawn(Format::Json)).unwrap();
    let lines: Vec<Value> =
        drawn(Format::Ndjson).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json["rows"], Value::Array(lines));
}

#[test]
fn a_card_of_csv_has_the_prices_of_one_of_toml() {
    let (folder, command) = workplace();
    let command = command + " --unpriced omit --format csv";
    let toml = CARD.split("[[credit]]").next().unwrap().replace("mode = \"half-up\"", "");
    let toml = command.replace("rates.toml", folder.write("plain.toml", toml).rsplit('/').next().unwrap());
    folder.write("rates.csv", ROWS);
    let csv = command.replace("rates.toml", "rates.csv");
    assert_eq!(run(&toml).stdout, run(&csv).stdout);
    assert!(run(&csv).stdout.contains(",disk,GB,10.00,EUR,1.24,0.00,1,1\n"), "{}", run(&csv).stdout);
}

#[test]
fn usage_without_a_price_ends_with_1_and_is_listed_and_with_3_where_it_was_asked_for() {
    let (_folder, command) = workplace();
    let refused = run(&command);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{}", refused.stderr);
    assert!(refused.stderr.contains("the price list has no price for some usage"), "{}", refused.stderr);
    assert!(refused.stderr.ends_with("tape in \"TB\": 1 record, usage 2.00\n"), "{}", refused.stderr);
    let zero = run(&(command + " --unpriced zero --format csv"));
    assert_eq!(zero.code, 3, "{}", zero.stderr);
    assert!(zero.stdout.contains("tape,TB,2.00,EUR,0.00,2.00,Usage,,1,1"), "{}", zero.stdout);
}

#[test]
fn the_manifest_says_where_amounts_come_from() {
    let (folder, command) = workplace();
    let manifest = folder.path("manifest.json");
    run(&format!("{command} --unpriced omit --manifest {}", manifest.display()));
    let manifest: Value = serde_json::from_slice(&fs::read(manifest).unwrap()).unwrap();
    let pricing = &manifest["pricing"];
    assert!(pricing["price_list"]["path"].as_str().unwrap().ends_with("rates.toml"));
    assert_eq!(pricing["price_list"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        (&pricing["rounding"], &pricing["unpriced"]),
        (&"half-up, to 0.01, each charge line".into(), &"omit".into())
    );
    // 100 × 0.05 + 20.5 × 0.04, 10 × 0.1234567891, 0.05, and the credit.
    let total = serde_json::json!({"currency": "EUR", "amount": "5.60", "credits": "-1.50", "rounding_difference": "-0.004567891"});
    assert_eq!(pricing["totals"][0], total);
}

#[test]
fn parquet_has_amounts_as_decimals_and_says_where_they_come_from() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let (folder, command) = workplace();
    let command = command.replace("customer,component", "period,customer")
        + " --unpriced omit --partition-by period -o ";
    run(&(command + &folder.path("lake").display().to_string()));
    let file = fs::File::open(folder.path("lake/period=2026-10/usage.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let metadata = reader.metadata().file_metadata();
    let column = |name: &str| {
        metadata.schema_descr().columns().iter().find(|column| column.name() == name).cloned().unwrap()
    };
    assert_eq!((column("amount").type_precision(), column("amount").type_scale()), (20, 3));
    assert_eq!(column("currency").physical_type(), parquet::basic::Type::BYTE_ARRAY);
    let pricing =
        metadata.key_value_metadata().unwrap().iter().find(|entry| entry.key == "usagebook.pricing").unwrap();
    let pricing: Value = serde_json::from_str(pricing.value.as_deref().unwrap()).unwrap();
    assert_eq!(pricing["totals"][0]["amount"], "5.60");
    let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
    assert!(rows.iter().any(|row| row.contains("currency: \"EUR\", amount: -1.500")), "{rows:#?}");
}

#[test]
fn without_prices_there_is_no_column_of_them() {
    let (_folder, command) = workplace();
    let command = command.split(" --prices").next().unwrap().to_owned();
    for format in ["csv", "json"] {
        let text = stdout(&format!("{command} --format {format}"));
        assert!(!text.contains("currency") && !text.contains("pricing"), "{text}");
    }
}

#[test]
fn months_across_have_the_amount_beside_their_sum_and_a_comparison_that_of_the_period() {
    let lines = "acme cpu hour 2026-09 alice 10\nacme cpu hour 2026-10 alice 20";
    let folder = Dumps::new();
    folder.write("usage.json", page(&records(lines)));
    folder.write("rates.toml", CARD);
    let command = format!(
        "report {0}/usage.json --as-of 2026-11-23 --prices {0}/rates.toml --format csv",
        folder.text()
    );
    let pivoted = stdout(&format!("{command} --by period,customer --pivot period"));
    assert!(pivoted.contains("acme,hour,10.00,20.00,30.00,EUR,1.50,Usage,\n"), "{pivoted}");
    assert!(pivoted.contains("acme,,,,,EUR,-1.50,Credit,Outage | 12 October\n"), "{pivoted}");
    let compared = stdout(&format!("{command} --by customer --period 2026-10 --compare previous-month"));
    assert!(compared.contains("acme,hour,20.00,10.00,10.00,100.00,EUR,1.00,Usage,,1,1\n"), "{compared}");
}

#[test]
fn usage_of_an_earlier_month_stands_in_the_row_of_what_is_charged_whatever_the_currency() {
    let lines =
        "acme cpu hour 2026-09 alice 10\nacme cpu hour 2026-10 alice 20\nacme disk GB 2026-10 alice 1";
    let folder = Dumps::new();
    folder.write("usage.json", page(&records(lines)));
    let price = |component, unit, currency, keys| {
        format!(
            "[[price]]\ncomponent_type = \"{component}\"\nmeasured_unit = \"{unit}\"\ncurrency = \"{currency}\"\nunit_price = 1\n{keys}\n"
        )
    };
    let card = price("cpu", "hour", "EUR", "valid_from = \"2026-10\"") + &price("disk", "GB", "USD", "");
    folder.write("rates.toml", card);
    let command = format!(
        "report {0}/usage.json --as-of 2026-11-23 --prices {0}/rates.toml --format csv",
        folder.text()
    );
    let compared = stdout(&format!("{command} --by component --period 2026-10 --compare previous-month"));
    let rows: Vec<&str> = compared.lines().skip(1).collect();
    assert_eq!(rows, ["cpu,hour,20.00,10.00,10.00,100.00,EUR,20.00,1,1", "disk,GB,1.00,,1.00,,USD,1.00,1,1"]);
}

#[test]
fn the_top_rows_are_those_of_most_usage_and_others_have_their_amount() {
    let lines = "a cpu hour 2026-10 u 30\nb cpu hour 2026-10 u 20\nc cpu hour 2026-10 u 10";
    let folder = Dumps::new();
    folder.write("usage.json", page(&records(lines)));
    folder.write("rates.toml", CARD.replace("customer = \"acme\"", "customer = \"b\""));
    let command = format!(
        "report {0}/usage.json --as-of 2026-11-23 --prices {0}/rates.toml --format csv",
        folder.text()
    );
    let top = stdout(&format!("{command} --by customer --top 1"));
    let rows: Vec<&str> = top.lines().skip(1).map(|line| line.split_once(',').unwrap().1).collect();
    let expected = [
        "a,hour,30.00,EUR,1.50,Usage,,1,1",
        "Others,hour,30.00,EUR,1.50,Usage,,2,1",
        "b,,,EUR,-1.50,Credit,Outage | 12 October,,",
    ];
    assert_eq!(rows, expected);
}

#[test]
fn how_prices_came_about_is_written_in_rows_and_not_in_a_workbook() {
    let (_folder, command) = workplace();
    let command = command + " --unpriced omit --explain-price";
    let explained = run(&(command.clone() + " --format csv"));
    assert_eq!(explained.code, 3, "{}", explained.stderr);
    assert!(explained.stdout.contains("cpu,"), "{}", explained.stdout);
    assert!(
        explained.stdout.contains("100 × 0.05 + 20.5 × 0.04,5.82,EUR,,EUR,5.82\n"),
        "{}",
        explained.stdout
    );
    let json: Value = serde_json::from_str(&run(&(command.clone() + " --format json")).stdout).unwrap();
    assert_eq!(
        (json["totals"][0]["amount"].as_str(), json["pricing"]["totals"][0]["amount"].as_str()),
        (Some("5.60"), Some("5.60"))
    );
    assert!(run(&(command.clone() + " --format table")).stdout.contains("Total"));
    assert_eq!(run(&(command.clone() + " -o x.xlsx")).code, 2);
    assert_eq!(run(&(command + " --format parquet")).code, 2);
}

#[test]
fn choices_that_need_prices_say_so() {
    for (arguments, needed) in [
        ("--currency EUR", "--prices"),
        ("--unpriced zero", "--prices"),
        ("--explain-price", "--prices"),
        (
            "--exchange-rates fixtures/prices/exchange-rates.csv --prices fixtures/prices/rates.toml",
            "--currency",
        ),
        ("--prices fixtures/prices/rates.toml --currency ERU", "ISO 4217"),
    ] {
        let outcome = run(&format!("report fixtures/real/complete {arguments}"));
        assert!(outcome.code == 2 && outcome.stderr.contains(needed), "{arguments}: {}", outcome.stderr);
    }
    let outcome = run("report fixtures/real/complete --prices fixtures/prices/none.toml");
    assert!(outcome.code == 1 && outcome.stderr.contains("none.toml: cannot be read"), "{}", outcome.stderr);
}

const REAL: &str =
    "report fixtures/real/complete --as-of 2026-11-23 --prices fixtures/prices/rates.toml --format csv";

/// Amounts of CSV by currency.
fn sums(text: &str) -> BTreeMap<String, i128> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut sums = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        let amount = Quantity::parse(row[place("amount")].as_bytes()).unwrap().hundredths();
        *sums.entry(row[place("currency")].to_owned()).or_default() += amount;
    }
    sums
}

/// The amounts are those of `tests/foreign/prices.py`, which computes them in fractions.
#[test]
fn the_pages_of_a_real_server_cost_the_same_however_they_are_grouped() {
    let expected = BTreeMap::from([("EUR".to_owned(), 7_651_812), ("USD".to_owned(), 757_367_178)]);
    for by in ["period,customer,project,offering,component", "resource", "user,component", "year,offering"] {
        assert_eq!(sums(&stdout(&format!("{REAL} --by {by}"))), expected, "{by}");
    }
    let rates = "--currency EUR --exchange-rates fixtures/prices/exchange-rates.csv";
    let converted = BTreeMap::from([("EUR".to_owned(), 657_191_792)]);
    assert_eq!(sums(&stdout(&format!("{REAL} {rates} --by customer,user"))), converted);
}

#[test]
fn a_book_and_pseudonyms_change_no_amount_of_a_customer() {
    let folder = Dumps::new();
    let book = folder.path("usage.book").display().to_string();
    for month in ["2026-08", "2026-09", "2026-10"] {
        run(&format!("{} fixtures/real/complete/{month} --book {book}", crate::binary::adding(&book)));
    }
    let by = "--by period,customer,component";
    let expected = stdout(&format!("{REAL} {by}"));
    let of_book = REAL.replace("fixtures/real/complete", &format!("--book {book}"));
    assert_eq!(stdout(&format!("{of_book} {by}")), expected);
    let key = folder.write("key", "a secret of sixteen bytes and more");
    assert_eq!(stdout(&format!("{REAL} {by} --pseudonyms {key}")), expected);
}

/// The example of the documentation is a card, and prices what it says.
#[test]
fn the_documented_card_is_one() {
    let text = fs::read_to_string("docs/reference/prices.md").expect("prices are documented");
    let mut blocks = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let card = blocks.next().expect("a card");
    let card = usagebook::price::PriceList::parse(Path::new("rates.toml"), card.as_bytes()).unwrap();
    assert!(card.prices() > 3 && card.credits() > 0);
    let rates = blocks.next().expect("rates");
    usagebook::price::ExchangeRates::parse(Path::new("rates.toml"), rates.as_bytes()).unwrap();
    let rows =
        text.split("```csv\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a card of CSV");
    let of_rows = usagebook::price::PriceList::parse(Path::new("rates.csv"), rows.as_bytes()).unwrap();
    assert_eq!(of_rows.prices(), 2);
    for key in usagebook::price::PRICE_KEYS {
        assert!(text.contains(&format!("| `{key}` |")), "{key}");
    }
}
