//! Amounts follow the minor unit of their currency: yen have no decimals, euros two, Kuwaiti dinars three.

use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use usagebook::report::Report;

use crate::binary::{Outcome, run, said};
use crate::frames::lines;
use crate::prices::{Asked, priced, read_lines};
use crate::records::{Dumps, page, records};
use crate::workbook::Workbook;

/// 1,234.5 and 10 hours that three users share, and an hour at a price of half a thousandth.
const RECORDS: &str = "
    ichi  cpu  hour 2026-10 alice 1234.50
    ichi  disk GB   2026-10 alice 1.00
    ichi  disk GB   2026-10 bob   1.00
    ichi  disk GB   2026-10 carol 1.00
    kuwa  gpu  hour 2026-10 alice 1.00
    lyon  net  GB   2026-10 alice 1.00
";

fn price(component: &str, unit: &str, unit_price: &str, currency: &str) -> String {
    format!(
        "[[price]]\ncomponent_type = \"{component}\"\nmeasured_unit = \"{unit}\"\nunit_price = \"{unit_price}\"\n\
         currency = \"{currency}\"\n"
    )
}

fn card(rounding: &str) -> String {
    let prices = [
        price("cpu", "hour", "1", "JPY"),
        price("disk", "GB", "3.3333", "JPY"),
        price("gpu", "hour", "0.0005", "KWD"),
        price("net", "GB", "0.125", "EUR"),
    ];
    format!("[rounding]\nmode = \"half-up\"\n{rounding}\n{}", prices.concat())
}

fn report(card: &str, by: &str) -> Report {
    priced(read_lines(RECORDS), card, &Asked { by, ..Asked::default() }).unwrap()
}

fn refusal(card: &str, asked: &Asked) -> String {
    priced(read_lines(RECORDS), card, asked).unwrap_err().to_string()
}

/// The last cells of the rows: the amounts, after their currencies.
fn amounts(report: &Report) -> Vec<String> {
    let amount = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let at = words.iter().position(|word| ["JPY", "EUR", "KWD"].contains(word)).expect("a currency");
        words[at..at + 2].join(" ")
    };
    lines(report).lines().map(amount).collect()
}

#[test]
fn amounts_are_rounded_to_the_minor_unit_of_their_currency() {
    let amounts = amounts(&report(&card(""), "customer,component"));
    assert_eq!(amounts, ["JPY 1235", "JPY 10", "KWD 0.001", "EUR 0.13"]);
}

#[test]
fn decimals_of_the_price_list_hold_for_every_currency() {
    let with =
        |decimals: u8| amounts(&report(&card(&format!("decimals = {decimals}")), "customer,component"));
    assert_eq!(with(0), ["JPY 1235", "JPY 10", "KWD 0", "EUR 0"]);
    assert_eq!(with(1), ["JPY 1234.5", "JPY 10.0", "KWD 0.0", "EUR 0.1"]);
    assert_eq!(with(3), ["JPY 1234.500", "JPY 10.000", "KWD 0.001", "EUR 0.125"]);
    assert!(
        refusal(&card("decimals = 4"), &Asked::default()).contains("decimals is 4; expected 0, 1, 2 or 3")
    );
}

#[test]
fn a_lines_yen_go_to_its_users_whole() {
    // 3 × 3.3333 is 10 yen; the first of three equal users has the one that is left over.
    let disk = amounts(&report(&card(""), "component,user"));
    assert_eq!(disk[1..4], ["JPY 4", "JPY 3", "JPY 3"]);
}

#[test]
fn a_customers_month_is_rounded_once_to_the_minor_unit_of_each_currency() {
    let total = report(&(card("per = \"total\"")), "customer");
    let totals = &total.provenance.pricing.as_ref().unwrap().totals;
    let told: Vec<String> = totals
        .iter()
        .map(|total| {
            format!("{} {} {}", total.currency, total.amount, total.rounding_difference.as_deref().unwrap())
        })
        .collect();
    // 1,234.5 + 9.9999 = 1,244.4999, so 1,244 yen.
    assert_eq!(told, ["EUR 0.13 0.005", "JPY 1244 -0.4999", "KWD 0.001 0.0005"]);
}

#[test]
fn the_rule_names_the_unit_of_each_currency() {
    let rule = |rounding: &str| report(&card(rounding), "customer").provenance.pricing.unwrap().rounding;
    assert_eq!(rule(""), "half-up, to 1 (JPY) and 0.01 (EUR) and 0.001 (KWD), each charge line");
    assert_eq!(rule("decimals = 2"), "half-up, to 0.01, each charge line");
}

#[test]
fn amounts_are_converted_to_the_minor_unit_of_the_currency_asked_for() {
    let rates = "period,from,to,rate\n2026-10,EUR,JPY,161.2\n2026-10,KWD,JPY,500\n\
                 2026-10,JPY,KWD,0.002\n2026-10,EUR,KWD,0.33\n";
    let converted = |currency| {
        let asked = Asked {
            by: "customer,component",
            currency: Some(currency),
            rates: Some(rates),
            ..Asked::default()
        };
        amounts(&priced(read_lines(RECORDS), &card(""), &asked).unwrap())
    };
    // 0.0005 × 500 = 0.25 and 0.125 × 161.2 = 20.15; 1,234.5 × 0.002 = 2.469 and 0.125 × 0.33 = 0.04125.
    assert_eq!(converted("JPY"), ["JPY 1235", "JPY 10", "JPY 0", "JPY 20"]);
    assert_eq!(converted("KWD"), ["KWD 2.469", "KWD 0.020", "KWD 0.001", "KWD 0.041"]);
}

#[test]
fn tiers_free_quantities_and_minimums_come_to_minor_units() {
    let tiers = "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"JPY\"\nincluded = \"34.5\"\n\
                 tiers = [{ up_to = 1000, unit_price = \"0.5\" }, { unit_price = \"0.4\" }]\n";
    let minimum = price("gpu", "hour", "0.0005", "KWD") + "minimum = \"0.0025\"\n";
    let others = price("disk", "GB", "1", "JPY") + &price("net", "GB", "1", "EUR");
    let card = format!("[rounding]\nmode = \"half-even\"\n{tiers}{minimum}{others}");
    // 1,000 × 0.5 + 200 × 0.4 = 580; the minimum of 0.0025 goes to the even 0.002.
    assert_eq!(amounts(&report(&card, "customer,component")), ["JPY 580", "JPY 3", "KWD 0.002", "EUR 1.00"]);
}

#[test]
fn a_credit_is_a_whole_number_of_minor_units() {
    let credit = |amount: &str, currency: &str| {
        format!(
            "{}[[credit]]\ncustomer = \"ichi\"\nperiod = \"2026-10\"\namount = \"{amount}\"\ncurrency = \"{currency}\"\ndescription = \"thanks\"\n",
            card("")
        )
    };
    let told = |amount, currency| lines(&report(&credit(amount, currency), "customer"));
    assert!(told("35", "JPY").contains("JPY -35 "), "{}", told("35", "JPY"));
    assert!(told("0.125", "KWD").contains("KWD -0.125 "), "{}", told("0.125", "KWD"));
    for (amount, currency, expected) in [
        ("0.5", "JPY", "amount is 0.5; expected an amount without decimals, as JPY has none"),
        ("1.005", "EUR", "amount is 1.005; expected an amount of 2 decimals at most, as EUR has"),
        ("0.0005", "KWD", "amount is \"0.0005\"; expected a decimal in quotes of at most 3 decimals"),
    ] {
        let message = refusal(&credit(amount, currency), &Asked::default());
        assert!(message.contains(expected), "{message}");
    }
}

/// A run of the command on the records and the price list.
fn ran(folder: &Dumps, flags: &str) -> Outcome {
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let card = folder.write("card.toml", card(""));
    let by =
        if flags.contains("--by") || flags.contains("focus") { "" } else { "--by period,customer,component" };
    run(&format!("report '{dump}' --as-of 2026-11-23 {by} --prices '{card}' {flags}"))
}

#[test]
fn text_formats_show_the_decimals_of_the_currency() {
    let folder = Dumps::new();
    let output = |format: &str| ran(&folder, &format!("--format {format}")).stdout;
    assert!(output("csv").contains(",JPY,1235,") && output("csv").contains(",KWD,0.001,"));
    assert!(output("json").contains(r#""currency":"JPY","amount":"1235""#));
    assert!(output("json").contains(r#""currency":"EUR","amount":"0.13""#));
    for format in ["table", "markdown"] {
        let text = output(format);
        assert!(text.contains(" 1,235 ") && text.contains(" 0.001 ") && text.contains(" 0.13 "), "{text}");
    }
    let outcome = ran(&folder, "--format csv");
    assert!(outcome.stderr.contains("total JPY 1,245"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("total KWD 0.001"), "{}", outcome.stderr);
}

/// The type of a column of a Parquet file, and its values as text.
fn column(path: &str, name: &str) -> (String, Vec<String>) {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema().clone();
    let field = schema.get_fields().iter().find(|field| field.name() == name).expect("a column");
    let mut printed = Vec::new();
    parquet::schema::printer::print_schema(&mut printed, field);
    let rows = reader.get_row_iter(None).unwrap();
    let values = rows.map(|row| {
        let columns = row.unwrap().into_columns();
        columns.into_iter().find(|(column, _)| column == name).unwrap().1.to_string()
    });
    (String::from_utf8(printed).unwrap(), values.collect())
}

#[test]
fn amounts_in_parquet_have_one_type_whatever_the_currencies_are() {
    let folder = Dumps::new();
    for (name, flags) in [("a", ""), ("b", "--parquet-decimal 38"), ("c", "--customer lyon")] {
        let path = folder.path(&format!("{name}.parquet")).display().to_string();
        let outcome = ran(&folder, &format!("{flags} -o '{path}'"));
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let (kind, values) = column(&path, "amount");
        assert!(kind.contains("FIXED_LEN_BYTE_ARRAY (9) amount (DECIMAL(20,3))"), "{kind}");
        let expected = if name == "c" { vec!["0.130"] } else { vec!["1235.000", "10.000", "0.001", "0.130"] };
        assert_eq!(values, expected);
    }
    let settings = folder.write("usagebook.toml", "organisation = \"Example\"\n");
    let path = folder.path("f.parquet").display().to_string();
    let outcome = ran(&folder, &format!("--config '{settings}' --format focus-parquet -o '{path}'"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    for name in ["BilledCost", "EffectiveCost"] {
        let (kind, values) = column(&path, name);
        assert!(kind.contains("(DECIMAL(20,3))"), "{kind}");
        assert_eq!(values, ["1235.000", "10.000", "0.001", "0.130"]);
    }
    let focus = ran(&folder, &format!("--config '{settings}' --format focus-csv")).stdout;
    let billed: Vec<&str> = focus.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(billed, ["1235", "10", "0.001", "0.13"]);
}

#[test]
fn the_workbook_has_numbers_with_the_format_of_their_currency() {
    let folder = Dumps::new();
    let path = folder.path("a.xlsx");
    let outcome = ran(&folder, &format!("-o '{}'", path.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let workbook = Workbook::open(&path);
    let styles = &workbook.parts["xl/styles.xml"];
    for format in ["#,##0;[Red]-#,##0", "#,##0.00;[Red]-#,##0.00", "#,##0.000;[Red]-#,##0.000"] {
        assert!(styles.contains(format), "{format}");
    }
    let sheets = workbook.parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
    let text: String = sheets.map(|(_, text)| text.as_str()).collect();
    for value in ["<v>1235</v>", "<v>0.001</v>", "<v>0.13</v>"] {
        assert!(text.contains(value), "{value}");
    }
    assert!(text.contains(",0)</f><v>1245</v>"), "sums of yen are rounded to yen");
    assert!(text.contains(",3)</f><v>0.001</v>"), "sums of dinars are rounded to fils");
    assert!(!text.contains("does not add up</v>"));
}

#[test]
fn the_page_sorts_amounts_by_their_value_and_shows_their_decimals() {
    let folder = Dumps::new();
    let path = folder.path("a.html");
    let outcome = ran(&folder, &format!("-o '{}'", path.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let page = fs::read_to_string(path).unwrap();
    assert!(page.contains("data-v=\"1235000\">1\u{202f}235<"));
    assert!(page.contains("data-v=\"1\">0.001<") && page.contains("data-v=\"130\">0.13<"));
}

#[test]
fn the_journal_balances_in_every_currency() {
    let folder = Dumps::new();
    let settings = folder.write(
        "usagebook.toml",
        "[journal]\nby = \"customer\"\ndebit_account = \"1400\"\ncredit_account = \"8400\"\ntext = \"{period}\"\n",
    );
    let path = folder.path("journal.csv").display().to_string();
    let outcome = ran(&folder, &format!("--config '{settings}' --journal '{path}' --format csv"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let journal = fs::read_to_string(Path::new(&path)).unwrap();
    let postings: Vec<String> = journal
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(1).take(5).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(
        postings,
        [
            "1400,,1245,,JPY",
            "8400,,,1245,JPY",
            "1400,,0.001,,KWD",
            "8400,,,0.001,KWD",
            "1400,,0.13,,EUR",
            "8400,,,0.13,EUR",
        ]
    );
}

#[test]
fn statements_show_each_customer_the_decimals_of_its_currency() {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let card = folder.write("card.toml", card(""));
    let to = folder.path("statements").display().to_string();
    let outcome = run(&format!(
        "statements '{dump}' --as-of 2026-11-23 --period 2026-10 --prices '{card}' --to '{to}' --format csv,html --accept-incomplete"
    ));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    let merge = fs::read_to_string(Path::new(&to).join("mail-merge.csv")).unwrap();
    let line = |name: &str| merge.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(merge.lines().next().unwrap().ends_with("amount_EUR,amount_JPY,amount_KWD"), "{merge}");
    assert!(line("ichi").ends_with(",,1245,"), "{merge}");
    assert!(line("kuwa").ends_with(",,,0.001"), "{merge}");
    assert!(line("lyon").ends_with(",0.13,,"), "{merge}");
}

/// The rows of a report beside budgets: name, currency, amount, budget, what remains and per cent.
fn beside(budgets: &str, flags: &str) -> Outcome {
    let folder = Dumps::new();
    let file = folder.write("budget.csv", budgets);
    let outcome = ran(&folder, &format!("--by period,customer --budget '{file}' {flags}"));
    let name = |text: &str| text.replace(&format!("{}/", folder.text()), "");
    Outcome { stderr: name(&outcome.stderr), ..outcome }
}

#[test]
fn budgets_of_yen_and_dinars_are_compared_in_minor_units() {
    let budgets = "period,customer_name,currency,budget\n2026-10,ichi,JPY,2000\n2026-10,kuwa,KWD,0.004\n";
    let outcome = beside(budgets, "--format json");
    for expected in [
        r#""currency":"JPY","amount":"1245","budget":"2000","remaining":"755","used_percent":"62.25""#,
        r#""currency":"KWD","amount":"0.001","budget":"0.004","remaining":"0.003","used_percent":"25.00""#,
        r#""currency":"EUR","amount":"0.13","budget":null"#,
    ] {
        assert!(outcome.stdout.contains(expected), "{}", outcome.stdout);
    }
    for (currency, budget, expected) in [
        ("JPY", "2000.5", "an amount without decimals, as JPY has none"),
        ("EUR", "1.005", "an amount of 2 decimals at most, as EUR has"),
        ("KWD", "0.0004", "an amount of 3 decimals at most, as KWD has"),
        ("Yen", "1", "a code of ISO 4217"),
    ] {
        let row = format!("period,customer_name,currency,budget\n2026-10,ichi,{currency},{budget}\n");
        let outcome = beside(&row, "");
        assert_eq!(outcome.code, 1);
        assert!(said(&outcome, "error: ").join("\n").contains(expected), "{}", outcome.stderr);
    }
}

#[test]
fn budgets_of_another_currency_than_all_amounts_are_refused() {
    let folder = Dumps::new();
    let rates = folder.write("rates.csv", "period,from,to,rate\n2026-10,JPY,EUR,0.0062\n2026-10,KWD,EUR,3\n");
    let budgets =
        "period,customer_name,currency,budget\n2026-10,lyon,EUR,5\n2026-10,ichi,USD,7\n2026-10,kuwa,KWD,7\n";
    let outcome = beside(budgets, &format!("--currency EUR --exchange-rates '{rates}'"));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let message = said(&outcome, "error: ").join("\n");
    assert!(
        message.contains(
            "budget.csv: line 3: currency is \"USD\", but all amounts are converted to EUR, and 1 more row is in \
             another currency; expected budgets in EUR, or amounts that are not converted"
        ),
        "{message}"
    );
}
