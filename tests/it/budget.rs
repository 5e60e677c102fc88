//! Usage beside what was planned for it: what is left, what is over, and budgets that nobody used.

use proptest::prelude::*;
use usagebook::join::Budget;
use usagebook::quantity::Quantity;
use usagebook::report::{Report, ReportSpec};
use usagebook::usecase::{Preparation, Prepared};
use usagebook::{Dimension, Filters};

use crate::binary::{Outcome, run, said};
use crate::frames::{intake, rows as cells};
use crate::records::{Dumps, page, records, uuid};

const RECORDS: &str = "
    acme   cpu     hour 2026-10 alice 1.00
    acme   cpu     hour 2026-10 bob   2.00
    acme   storage GB   2026-10 alice 4.00
    globex cpu     hour 2026-10 bob   8.00
    globex cpu     hour 2026-09 bob   16.00
";

const BUDGETS: &str = "\
period,customer_name,component_type,measured_unit,budget
2026-10,acme,cpu,hour,12.00
2026-10,globex,cpu,hour,5.00
2026-10-01,globex,storage,GB,100
";

const BY: &str = "--by period,customer,component --period 2026-10";

fn asked(budgets: &str, flags: &str) -> Outcome {
    let folder = Dumps::new();
    let dump = folder.write("a.json", page(&records(RECORDS)));
    let file = folder.write("budget.csv", budgets);
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --budget '{file}' {flags}"));
    let name = |text: &str| text.replace(&format!("{}/", folder.text()), "");
    Outcome { stdout: outcome.stdout, stderr: name(&outcome.stderr), code: outcome.code }
}

/// The rows and totals of CSV behind the header, without uuids.
fn rows(budgets: &str, flags: &str) -> String {
    let outcome = asked(budgets, &format!("--format csv --totals {flags}"));
    assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
    let is_uuid = |cell: &&str| cell.len() == 32 && cell.bytes().all(|byte| byte.is_ascii_hexdigit());
    let line = |line: &str| line.split(',').filter(|cell| !is_uuid(cell)).collect::<Vec<_>>().join(",");
    outcome.stdout.lines().skip(1).map(line).collect::<Vec<_>>().join("\n")
}

fn check(budgets: &str, flags: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(rows(budgets, flags), expected.join("\n"), "{flags}");
}

fn refused(budgets: &str, flags: &str, code: i32) -> String {
    let outcome = asked(budgets, flags);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (code, ""), "{}", outcome.stderr);
    said(&outcome, "error: ").join("\n")
}

#[test]
fn usage_stands_beside_its_budget_and_a_budget_without_usage_is_a_row() {
    let header = asked(BUDGETS, &format!("--format csv {BY}")).stdout;
    assert!(
        header.starts_with(
            "period,customer_uuid,customer_name,component_type,measured_unit,usage,budget,remaining,used_percent,over_budget,has_budget,records,users\n"
        ),
        "{header}"
    );
    check(
        BUDGETS,
        BY,
        "
        2026-10,acme,cpu,hour,3.00,12.00,9.00,25.00,,yes,2,2
        2026-10,acme,storage,GB,4.00,,,,,no,1,1
        2026-10,globex,cpu,hour,8.00,5.00,-3.00,160.00,yes,yes,1,1
        2026-10,globex,storage,GB,0.00,100.00,100.00,0.00,,yes,0,0
        With a budget,,,,GB,0.00,100.00,100.00,0.00,,yes,0,
        Without a budget,,,,GB,4.00,,,,,no,1,
        Total,,,,GB,4.00,100.00,96.00,,,,1,1
        Total,,,,hour,11.00,17.00,6.00,64.71,,,3,2
    ",
    );
}

#[test]
fn customers_get_subtotals_of_their_budgets() {
    let table = asked(BUDGETS, BY).stdout;
    let line = |beginning: &str| {
        let line = table.lines().find(|line| line.trim_start().starts_with(beginning));
        line.unwrap_or_else(|| panic!("{beginning} in {table}"))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("Total acme"), "Total acme GB 4.00 1 1");
    assert_eq!(line("Total globex"), "Total globex GB 0.00 100.00 100.00 0.00 0 0");
    assert!(table.contains("-3.00  160.00  yes"), "{table}");
    assert_eq!(line("With a budget"), "With a budget GB 0.00 100.00 100.00 0.00 0");
    assert_eq!(line("Without a budget"), "Without a budget GB 4.00 1");
    assert!(!table.contains("has budget"), "{table}");
}

#[test]
fn a_customers_subtotal_tells_rows_with_a_budget_from_those_without() {
    let folder = Dumps::new();
    let lines = "acme cpu hour 2026-10 alice 3.00\nacme gpu hour 2026-10 alice 4.00";
    let dump = folder.write("a.json", page(&records(lines)));
    let file = folder.write(
        "budget.csv",
        "period,customer_name,component_type,measured_unit,budget\n2026-10,acme,cpu,hour,10\n",
    );
    let outcome = run(&format!("report '{dump}' --as-of 2026-11-23 --budget '{file}' {BY}"));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let subtotals: Vec<String> =
        outcome.stdout.lines().map(words).filter(|line| line.contains(" acme hour")).collect();
    // In each line what remains is its budget less its usage.
    assert_eq!(
        subtotals,
        [
            "With a budget acme hour 3.00 10.00 7.00 30.00 1",
            "Without a budget acme hour 4.00 1",
            "Total acme hour 7.00 10.00 3.00 2 1",
        ],
        "{}",
        outcome.stdout
    );
}

#[test]
fn one_month_that_is_asked_for_needs_no_column() {
    check(
        "period;customer_uuid;measured_unit;budget\r\n2026-10;@acme;hour;1,5\r\n2026-09;@acme;hour;9\r\n"
            .replace("@acme", &uuid("acme"))
            .as_str(),
        "--by customer --period 2026-10",
        "
        acme,GB,4.00,,,,,no,1,1
        acme,hour,3.00,1.50,-1.50,200.00,yes,yes,2,2
        globex,hour,8.00,,,,,no,1,1
        ,Total,GB,4.00,,,,,,1,1
        ,With a budget,hour,3.00,1.50,-1.50,200.00,yes,yes,2,
        ,Without a budget,hour,8.00,,,,,no,1,
        ,Total,hour,11.00,1.50,-9.50,,,,3,2
    ",
    );
}

#[test]
fn a_budget_of_another_month_gives_each_month_its_totals() {
    check(
        "period,project_name,component_type,measured_unit,budget\n2026-09,acme-project,cpu,hour,7\n",
        "--by period,project,component --period 2026-08..2026-10 --billing-period-month 9 --billing-period-month 8",
        "
        2026-09,acme-project,cpu,hour,0.00,7.00,7.00,0.00,,yes,0,0
        2026-09,globex-project,cpu,hour,16.00,,,,,no,1,1
        With a budget,,,,hour,0.00,7.00,7.00,0.00,,yes,0,
        Without a budget,,,,hour,16.00,,,,,no,1,
        Total,,,,hour,16.00,7.00,-9.00,,,,1,1
    ",
    );
    let august = "period,project_name,component_type,measured_unit,budget\n2026-08,acme-project,cpu,hour,7\n";
    let lines = rows(august, "--by period,project,component --period 2026-08..2026-09");
    let totals: Vec<&str> = lines.lines().filter(|line| line.contains("Total")).collect();
    assert_eq!(
        totals,
        [
            "2026-08,,Total,,hour,0.00,7.00,7.00,0.00,,,0,0",
            "2026-09,,Total,,hour,16.00,,,,,,1,1",
            "Total,,,,hour,16.00,7.00,-9.00,,,,1,1"
        ]
        .map(|line| line.to_owned())
    );
}

#[test]
fn what_the_user_knows_of_a_customer_stands_in_rows_of_budgets_alone_as_well() {
    let folder = Dumps::new();
    let own = folder.write("own.csv", "customer_name,cost_centre\nglobex,4200\n");
    let by = "--by period,cost_centre,customer,component --period 2026-10 --customer globex";
    check(
        BUDGETS,
        &format!("--attributes '{own}' {by}"),
        "
        2026-10,4200,globex,cpu,hour,8.00,5.00,-3.00,160.00,yes,yes,1,1
        2026-10,4200,globex,storage,GB,0.00,100.00,100.00,0.00,,yes,0,0
        Total,,,,,GB,0.00,100.00,100.00,0.00,,,0,0
        Total,,,,,hour,8.00,5.00,-3.00,160.00,yes,,1,1
    ",
    );
    let json = asked(BUDGETS, &format!("--attributes '{own}' {BY} --format ndjson")).stdout;
    assert!(
        json.contains(
            r#""cost_centre":"4200","component_type":"storage","measured_unit":"GB","usage":"0.00""#
        )
    );
    assert!(json.contains(r#""used_percent":"160.00","over_budget":"yes","#), "{json}");
    assert!(
        json.contains(r#""budget":null,"remaining":null,"used_percent":null,"over_budget":null,"#),
        "{json}"
    );
}

#[test]
fn budgets_of_nobody_that_is_known_stand_without_usage_and_are_noted() {
    let budgets = format!("{BUDGETS}2026-10,umbrella,cpu,hour,7.00\n2026-12,acme,cpu,hour,1.00\n");
    let lines = rows(&budgets, &format!("{BY} --type cpu"));
    assert!(lines.contains("2026-10,,umbrella,cpu,hour,0.00,7.00,7.00,0.00,,yes,0,0"), "{lines}");
    let notes = said(&asked(&budgets, BY), "note: ").join("\n");
    assert!(
        notes.contains("budget.csv: 1 row is of months that are not reported on, or left out by filters."),
        "{notes}"
    );
    assert!(
        notes.contains("budget.csv: 1 row names a customer or project that no record has (line 5); its budget stands without usage."),
        "{notes}"
    );
    let none = rows(&budgets, &format!("{BY} --customer acme --type storage"));
    assert!(!none.contains("umbrella") && !none.contains("globex"), "{none}");
}

#[test]
fn a_report_in_other_groups_says_which_by_to_use() {
    for flags in [
        "",
        "--by customer,component",
        "--by period,customer",
        "--by quarter,customer,component",
        "--by period,customer,component,user",
    ] {
        let message = refused(BUDGETS, flags, 2);
        assert!(
            message.ends_with("expected period,customer,component, as the budgets of budget.csv are"),
            "{message}"
        );
    }
    assert!(refused(BUDGETS, "--by period,customer,component --top 3", 2).contains("leave --top out"));
    assert!(
        refused(BUDGETS, "--by period,customer,component --pivot period", 2).contains("leave --pivot out")
    );
    for filter in
        ["--project acme-project", "--username alice", "--offering cluster", "--date-after 2026-10-02"]
    {
        let message = refused(BUDGETS, &format!("{BY} {filter}"), 2);
        assert!(message.contains("leaves out part of the usage that these budgets are for"), "{message}");
    }
}

#[test]
fn a_file_that_is_no_budget_is_refused_with_its_line() {
    let with = |row: &str| format!("period,customer_name,component_type,measured_unit,budget\n{row}\n");
    for (row, expected) in [
        (
            "2026-13,acme,cpu,hour,1",
            "line 2: period is \"2026-13\"; expected a month, as 2026-10 or 2026-10-01",
        ),
        ("2026-10,acme,cpu,hour,1.005", "line 2: budget is \"1.005\"; expected a decimal of two places"),
        ("2026-10,acme,cpu,hour,", "line 2: budget is \"\"; expected a number"),
        ("2026-10,acme,cpu,hour,-1", "line 2: budget is \"-1\"; expected zero or more"),
        (
            "2026-10,acme,cpu,hours,1",
            "line 2: measured_unit is \"hours\"; expected one that cpu is measured in: \"hour\"",
        ),
        (
            "2026-10,acme,gpu,parsec,1",
            "line 2: measured_unit is \"parsec\"; expected one that records are measured in: \"GB\", \"hour\"",
        ),
        ("2026-10,,cpu,hour,1", "line 2: customer_name is \"\"; expected a name"),
        (
            "2026-10,acme,cpu,hour,1\n2026-10-01,acme,cpu,hour,2",
            "line 3: a second budget for what line 2 has one for; expected one row for each",
        ),
    ] {
        let message = refused(&with(row), BY, 1);
        assert!(message.contains(expected), "{row}: {message}");
    }
    for (header, expected) in [
        ("period,customer_name,budget", "line 1: neither measured_unit nor currency"),
        ("period,customer_name,measured_unit,currency,budget", "line 1: measured_unit beside currency"),
        ("customer_name,measured_unit,budget", "line 1: no column period"),
        ("period,measured_unit", "line 1: no column budget"),
        (
            "period,customer_name,customer_uuid,measured_unit,budget",
            "line 1: customer_uuid beside customer_name",
        ),
        (
            "period,offering_name,measured_unit,budget",
            "line 1: the column \"offering_name\"; expected period, customer_uuid",
        ),
    ] {
        let message = refused(header, BY, 1);
        assert!(message.contains(expected), "{header}: {message}");
    }
}

#[test]
fn the_workbook_has_a_sheet_for_budgets() {
    let folder = Dumps::new();
    let book = folder.path("october.xlsx");
    let outcome = asked(BUDGETS, &format!("--period 2026-10 -o '{}'", book.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&book).expect("a workbook")).expect("a zip");
    let mut sheets = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a part");
        let mut text = String::new();
        if file.name().expect("a name").starts_with("xl/worksheets/sheet") {
            std::io::Read::read_to_string(&mut file, &mut text).expect("text");
            sheets.push(text);
        }
    }
    let marked: Vec<&String> = sheets
        .iter()
        .filter(|sheet| sheet.contains("=\"yes\"</formula>") || sheet.contains("=&quot;yes&quot;</formula>"))
        .collect();
    assert_eq!(marked.len(), 1, "one sheet marks what is over");
    assert!(marked[0].contains("<v>-3</v>") && marked[0].contains("<v>1.6</v>"), "numbers: {}", marked[0]);
}

#[test]
fn a_budget_whose_usage_is_in_several_currencies_has_a_row_of_its_own() {
    let price = |project: &str, currency: &str| {
        format!(
            "[[price]]\nproject = \"{project}\"\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"{currency}\"\n"
        )
    };
    let folder = Dumps::new();
    let card = format!(
        "[rounding]\nmode = \"up\"\ndecimals = 2\nper = \"line\"\n{}{}",
        price("one", "EUR"),
        price("two", "USD") + &price("three", "EUR")
    );
    let card = folder.write("rates.toml", card);
    let lines = "
        acme   cpu hour 2026-10 alice 3.00 project_name=one project_uuid=one component_usage=1
        acme   cpu hour 2026-10 alice 5.00 project_name=two project_uuid=two resource_uuid=2 component_usage=2 uuid=2
        globex cpu hour 2026-10 bob   1.00 project_name=three component_usage=3
    ";
    let dump = folder.write("a.json", page(&records(lines)));
    let budgets =
        "period,customer_name,measured_unit,budget\n2026-10,acme,hour,7.00\n2026-10,globex,hour,9.00\n";
    let file = folder.write("budget.csv", budgets);
    let outcome = run(&format!(
        "report '{dump}' --as-of 2026-11-23 --prices '{card}' --budget '{file}' --by period,customer --format csv --totals"
    ));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let mut reader = csv::Reader::from_reader(outcome.stdout.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let shown = ["usage", "currency", "budget", "remaining", "over_budget", "records"].map(at);
    let rows: Vec<String> = reader
        .records()
        .map(|row| row.expect("a row"))
        .map(|row| shown.map(|at| row[at].to_owned()).join(" "))
        .collect();
    let (rows, totals) = rows.split_at(4);
    assert_eq!(rows, ["3.00 EUR    1", "5.00 USD    1", "  7.00 -1.00 yes ", "1.00 EUR 9.00 8.00  1"]);
    assert_eq!(totals[0], "9.00  16.00 7.00  3");
}

#[test]
fn budgets_in_a_currency_that_no_amount_is_in_are_a_warning() {
    let folder = Dumps::new();
    let price = |component: &str, unit: &str| {
        format!(
            "[[price]]\ncomponent_type = \"{component}\"\nmeasured_unit = \"{unit}\"\nunit_price = \"1\"\ncurrency = \"EUR\"\n"
        )
    };
    let rounding = "[rounding]\nmode = \"up\"\ndecimals = 2\nper = \"line\"\n";
    let card =
        folder.write("rates.toml", format!("{rounding}{}{}", price("cpu", "hour"), price("storage", "GB")));
    let budgets = "period,customer_name,currency,budget\n2026-10,acme,USD,9.50\n2026-10,globex,EUR,20\n";
    let outcome = asked(budgets, &format!("--prices '{card}' --by period,customer --period 2026-10"));
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let expected = "warning: budget.csv: 1 budget is in USD, but no amount is in that currency, so nothing counts \
                    against it. Correct the currency, or add prices in it.";
    assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
}

#[test]
fn budgets_of_money_bring_the_units_of_a_currency_together() {
    let card = "[rounding]\nmode = \"up\"\ndecimals = 2\nper = \"line\"\n\
        [[price]]\noffering = \"cluster\"\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"EUR\"\n\
        [[price]]\noffering = \"cluster\"\ncomponent_type = \"storage\"\nmeasured_unit = \"GB\"\nunit_price = \"1\"\ncurrency = \"EUR\"\n\
        [[credit]]\ncustomer = \"globex\"\nperiod = \"2026-10\"\namount = \"6\"\ncurrency = \"EUR\"\ndescription = \"Outage\"\n";
    let folder = Dumps::new();
    let card = folder.write("rates.toml", card);
    let budgets = "period,customer_name,currency,budget\n2026-10,acme,EUR,9.50\n2026-10,globex,EUR,20\n";
    let by = "--by period,customer --period 2026-10";
    let expected = "2026-10,acme,,,EUR,10.00,9.50,-0.50,105.26,yes,yes,3\n\
                    2026-10,globex,,,EUR,10.00,20.00,10.00,50.00,,yes,1\n\
                    Total,,,,,EUR,20.00,29.50,9.50,67.80,,,";
    let lines = rows(budgets, &format!("--prices '{card}' {by}"));
    assert!(lines.starts_with(expected), "{lines}");
    let some = "period,customer_name,currency,budget\n2026-10,acme,EUR,9.50\n";
    let lines = rows(some, &format!("--prices '{card}' {by}"));
    let totals: Vec<&str> = lines.lines().skip(2).collect();
    assert_eq!(
        totals,
        [
            "With a budget,,,,,EUR,10.00,9.50,-0.50,105.26,yes,yes,",
            "Without a budget,,,,,EUR,10.00,,,,,no,",
            "Total,,,,,EUR,20.00,9.50,-10.50,,,,",
        ]
    );
    let refused = refused(budgets, by, 2);
    assert!(refused.contains("--budget of money needs --prices"), "{refused}");
    let book = folder.path("october.xlsx");
    let outcome = asked(budgets, &format!("--prices '{card}' --period 2026-10 -o '{}'", book.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
}

/// A report of these customers' usage beside budgets, and the report without.
fn both(usage: &[(u8, i32)], budgets: &[Option<u32>]) -> (Report, Report) {
    let folder = Dumps::new();
    let lines = usage.iter().enumerate().map(|(at, (customer, hundredths))| {
        format!(
            "customer{customer} cpu hour 2026-10 user{at} {}\n",
            Quantity::from_hundredths((*hundredths).into())
        )
    });
    let dump = folder.write("a.json", page(&records(&lines.collect::<String>())));
    let rows = budgets.iter().enumerate().filter_map(|(customer, budget)| {
        Some(format!("2026-10,customer{customer},hour,{}\n", Quantity::from_hundredths((*budget)?.into())))
    });
    let file = folder.path("budget.csv");
    let header = "period,customer_name,measured_unit,budget\n";
    std::fs::write(&file, format!("{header}{}", rows.collect::<String>())).expect("a file");
    let budget = Budget::read(&file, None).expect("budgets");
    let as_of = "2026-11-23".parse().expect("a date");
    let spec = ReportSpec { by: vec![Dimension::Period, Dimension::Customer], ..ReportSpec::monthly(as_of) };
    let prepared = Prepared::new(intake(&[dump]), &Preparation::of(&spec)).expect("records");
    let plain = prepared.report(&spec).expect("a report");
    (budget.apply(plain.clone(), &prepared.frame, &Filters::default()).expect("budgets").0, plain)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn budgets_move_no_usage_and_what_remains_in_a_total_is_its_budget_less_its_usage(
        usage in prop::collection::vec((0..4_u8, -500..100_000_i32), 1..12),
        budgets in prop::collection::vec(prop::option::of(0..100_000_u32), 5),
    ) {
        let (report, plain) = both(&usage, &budgets);
        let text = |report: &Report| cells(&report.rows, report.columns.len());
        let used: Vec<Vec<String>> = text(&report)
            .into_iter()
            .filter(|row| row[10] != "0")
            .map(|row| [&row[..5], &row[10..]].concat())
            .collect();
        prop_assert_eq!(used, text(&plain));
        let sum = |rows: &[Vec<String>], at: usize| -> Quantity {
            rows.iter().filter(|row| !row[at].is_empty()).map(|row| Quantity::parse(row[at].as_bytes()).unwrap()).sum()
        };
        let rows = text(&report);
        let planned: Quantity = budgets.iter().flatten().map(|budget| Quantity::from_hundredths((*budget).into())).sum();
        prop_assert_eq!(sum(&rows, 5), planned);
        for row in rows.iter().filter(|row| !row[5].is_empty()) {
            let of = |at: usize| Quantity::parse(row[at].as_bytes()).unwrap();
            prop_assert_eq!(of(5), of(4) + of(6));
            prop_assert_eq!(row[8] == "yes", of(4) > of(5));
        }
        let totals = cells(&report.totals, report.columns.len());
        let (total, parts) = totals.split_last().unwrap();
        prop_assert!(total[9].is_empty() && (parts.is_empty() || parts.len() == 2));
        let of = |at: usize| Quantity::parse(total[at].as_bytes()).unwrap_or_default();
        prop_assert_eq!(of(4), sum(&rows, 4));
        prop_assert_eq!(of(5), planned);
        if rows.iter().any(|row| row[9] == "yes") {
            prop_assert_eq!(of(6), of(5) - of(4));
        }
        for (part, has_budget) in parts.iter().zip(["yes", "no"]) {
            let own: Vec<Vec<String>> = rows.iter().filter(|row| row[9] == has_budget).cloned().collect();
            prop_assert_eq!(&part[9], has_budget);
            for at in [4, 5, 6] {
                prop_assert_eq!(Quantity::parse(part[at].as_bytes()).unwrap_or_default(), sum(&own, at), "column {}", at);
            }
        }
    }
}
