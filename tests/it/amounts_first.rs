//! Money first: the amounts of a page and a workbook, on tables that a bookkeeper adds up in the head.

use std::collections::BTreeMap;

use crate::binary::{run, stdout};
use crate::book::{Parcel, shelf};
use crate::records::{Dumps, page, records};
use crate::workbook::{Cell, Sheet, Workbook};

const PRICES: &str = r#"
[[price]]
component_type = "cpu"
measured_unit = "hour"
currency = "EUR"
unit_price = "2"

[[price]]
component_type = "disk"
measured_unit = "GB"
currency = "USD"
unit_price = "1"

[[credit]]
customer = "acme"
period = "2026-04"
amount = "3.00"
currency = "EUR"
description = "an outage"
"#;

const SPRING: &str = "
    acme    cpu  hour 2026-03 alice  5.00
    acme    cpu  hour 2026-04 alice 10.00
    initech cpu  hour 2026-04 carol  3.00
    acme    cpu  hour 2026-05 alice 12.50
    globex  cpu  hour 2026-05 bob    4.00
    initech disk GB   2026-05 carol  7.00
";

/// A desk with records and prices on it.
struct Desk {
    dumps: Dumps,
}

impl Desk {
    fn new(prices: &str, lines: &str) -> Self {
        let dumps = Dumps::new();
        dumps.write("dump/a.json", page(&records(lines)));
        dumps.write("prices.toml", prices);
        Self { dumps }
    }

    fn line(&self, rest: &str) -> String {
        let (dump, prices) = (self.dumps.path("dump"), self.dumps.path("prices.toml"));
        format!("report '{}' --as-of 2026-06-10 --prices '{}' {rest}", dump.display(), prices.display())
    }

    fn page(&self, rest: &str) -> String {
        stdout(&format!("{} --format html", self.line(rest)))
    }

    fn workbook(&self, rest: &str) -> Workbook {
        let path = self.dumps.path("report.xlsx");
        let outcome = run(&format!("{} -o '{}'", self.line(rest), path.display()));
        assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
        Workbook::open(&path)
    }
}

/// The amounts of a page, a line each: what the first table of the section says, without separators.
fn amounts(html: &str) -> String {
    let Some((_, rest)) = html.split_once("id=\"amounts-by-customer\"") else {
        return "no amounts".to_owned();
    };
    let table = rest.split("</table>").next().unwrap_or_default();
    let lines = table.lines().filter(|line| line.starts_with("<tr") || line.contains("<thead>"));
    let cells = |line: &str| {
        let cells = line.split("</th>").flat_map(|part| part.split("</td>"));
        let text = |cell: &str| cell.rsplit_once('>').map_or_else(String::new, |(_, text)| text.to_owned());
        let texts: Vec<String> = cells.map(text).collect();
        texts[..texts.len() - 1].join(" | ").replace(['\u{202f}'], "")
    };
    lines.map(cells).collect::<Vec<_>>().join("\n")
}

/// The sentence over the table.
fn about(html: &str) -> String {
    let rest = html.split_once("id=\"amounts-h\"").map(|(_, rest)| rest).unwrap_or_default();
    let rest = rest.split_once("<p>").map(|(_, rest)| rest).unwrap_or_default();
    rest.split("</p>").next().unwrap_or_default().to_owned()
}

#[test]
fn each_customer_has_this_month_last_month_the_change_and_the_year_to_date() {
    let desk = Desk::new(PRICES, SPRING);
    let html = desk.page("--period 2026-05 --fiscal-year-start 3");
    let expected = "\
Customer | Currency | May 2026 | April 2026 | Change | Change % | Year to date | Share
acme | EUR | 25.00 | 17.00 | +8.00 | +47.06% | 52.00 | 75.76%
globex | EUR | 8.00 |  | +8.00 |  | 8.00 | 24.24%
initech | EUR |  | 6.00 | −6.00 | −100.00% | 6.00 | 
initech | USD | 7.00 |  | +7.00 |  | 7.00 | 100.00%
Total | EUR | 33.00 | 23.00 | +10.00 | +43.48% | 66.00 | 
Total | USD | 7.00 |  | +7.00 |  | 7.00 | ";
    assert_eq!(amounts(&html), expected);
    assert_eq!(
        about(&html),
        "Amounts of May 2026, without VAT. Compared with April 2026. Year to date: March to May 2026."
    );
    let (amounts, units) = (html.find("id=\"amounts\""), html.find("id=\"units\""));
    assert!(amounts < units, "money comes before usage by unit");
}

#[test]
fn a_month_without_prices_for_all_of_its_usage_is_missing_and_not_zero() {
    let late = PRICES.replacen("unit_price = \"2\"", "unit_price = \"2\"\nvalid_from = \"2026-05\"", 1);
    let desk = Desk::new(&late, SPRING);
    let html = desk.page("--period 2026-05 --fiscal-year-start 3");
    let expected = "\
Customer | Currency | May 2026 | Share
acme | EUR | 25.00 | 75.76%
globex | EUR | 8.00 | 24.24%
initech | USD | 7.00 | 100.00%
Total | EUR | 33.00 | 
Total | USD | 7.00 | ";
    assert_eq!(amounts(&html), expected);
    assert_eq!(
        about(&html),
        "Amounts of May 2026, without VAT. Not compared (April 2026: not all usage has a price). No year to date (March to May \
         2026: 1 of 3 months available; March to April 2026: not all usage has a price). No amounts of March to April 2026."
    );
}

#[test]
fn shares_are_left_out_for_a_reason_that_is_above_the_table() {
    let credit = "\n[[credit]]\ncustomer = \"globex\"\nperiod = \"2026-05\"\namount = \"50\"\ncurrency = \"EUR\"\ndescription = \"thanks\"\n";
    let html = Desk::new(&format!("{PRICES}{credit}"), SPRING).page("--period 2026-05");
    let reason = "No shares in EUR: the amount of a customer is below zero.";
    assert!(about(&html).contains(reason), "{}", about(&html));
    assert!(amounts(&html).contains("initech | USD | 7.00"), "{}", amounts(&html));
}

#[test]
fn without_prices_nothing_of_money_appears_and_usage_comes_first() {
    let desk = Desk::new(PRICES, SPRING);
    let dump = desk.dumps.path("dump");
    let line = format!("report '{}' --as-of 2026-06-10 --period 2026-05", dump.display());
    let html = stdout(&format!("{line} --format html"));
    assert_eq!(amounts(&html), "no amounts");
    assert!(!html.contains("Amounts") && !html.contains("with charts</summary>"), "usage is not folded");
}

#[test]
fn budgets_of_customers_are_in_their_rows() {
    let desk = Desk::new(PRICES, SPRING);
    let budgets = desk.dumps.write(
        "budget.csv",
        "period,customer_name,currency,budget\n2026-05,acme,EUR,20\n2026-05,globex,EUR,10\n2026-05,hooli,EUR,5\n",
    );
    let html = desk.page(&format!("--period 2026-05 --budget '{budgets}'"));
    let table = amounts(&html);
    assert!(table.contains("acme | EUR | 25.00 | 17.00 | +8.00 | +47.06% | 20.00 | 75.76%"), "{table}");
    assert!(table.contains("Total | EUR | 33.00 | 23.00 | +10.00 | +43.48% | 35.00 | "), "{table}");
}

/// The rows of a sheet from a header down to the first empty row, as texts.
fn table(sheet: &Sheet, header: usize) -> Vec<BTreeMap<String, Cell>> {
    let rows = crate::workbook::rows(sheet, header);
    rows.into_iter()
        .take_while(|row| row.get("Customer").is_some_and(|cell| !cell.value.is_empty()))
        .collect()
}

#[test]
fn the_workbook_begins_with_amounts_whose_changes_and_totals_are_live_formulas() {
    let desk = Desk::new(PRICES, SPRING);
    let workbook = desk.workbook("--period 2026-05 --fiscal-year-start 3");
    assert_eq!(workbook.names()[..3], ["Cover", "Amounts", "Amounts by month"]);
    let sheet = workbook.sheet("Amounts");
    let shown: Vec<String> = table(&sheet, 5)
        .iter()
        .map(|row| {
            let value = |name: &str| row.get(name).map(|cell| cell.value.clone()).unwrap_or_default();
            ["Customer", "Currency", "May 2026", "April 2026", "Change", "Year to date"].map(value).join(" ")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "acme EUR 25 17 8.00 52",
            "globex EUR 8  8.00 8",
            "initech EUR  6 -6.00 6",
            "initech USD 7  7.00 7",
            "Total EUR 33.00 23.00 10.00 66.00",
            "Total USD 7.00  7.00 7.00",
        ]
    );
    let total = &table(&sheet, 5)[4];
    assert!(total["May 2026"].formula.starts_with("SUMPRODUCT("), "{:?}", total["May 2026"]);
    assert_eq!(total["Change"].formula, "ROUND(C10-D10,3)");
    let cover = workbook.sheet("Cover");
    let label = cover.iter().find(|(_, cell)| cell.value == "Amount in EUR").expect("an amount").0;
    let amount = &cover[&(label.0, "B".to_owned())];
    assert_eq!((amount.value.as_str(), amount.is_text), ("33", false));
}

#[test]
fn earlier_months_have_the_amounts_that_they_were_closed_with_whatever_the_list_of_this_month_says() {
    let (folder, book) = shelf();
    let april = "acme cpu hour 2026-04 alice 10.00";
    let may = "acme cpu hour 2026-05 alice 12.50";
    Parcel::new("2026-06-02", &format!("{april}\n{may}"))
        .complete("2026-04")
        .complete("2026-05")
        .deliver(&book);
    let file = |name: &str, price: &str| {
        let path = folder.path().join(name);
        let text = format!(
            "[[price]]\ncomponent_type = \"cpu\"\nmeasured_unit = \"hour\"\ncurrency = \"EUR\"\nunit_price = \"{price}\"\n"
        );
        std::fs::write(&path, text).expect("it is written");
        path.display().to_string()
    };
    let (two, three) = (file("two.toml", "2"), file("three.toml", "3"));
    let ok = |line: &str| {
        let outcome = run(&format!("{line} --book '{}'", book.display()));
        assert!(matches!(outcome.code, 0 | 3), "{line}: {}", outcome.stderr);
        outcome.stdout
    };
    ok(&format!("close 2026-04 --prices '{two}' --accept-incomplete"));
    let html = ok(&format!("report --period 2026-05 --prices '{three}' --format html"));
    let table = amounts(&html);
    assert!(table.contains("acme | EUR | 37.50 | 20.00 | +17.50 | +87.50%"), "{table}");
}

/// Cells of the rows of a sheet, below a header.
fn cells(sheet: &Sheet, header: usize, columns: &[&str]) -> Vec<String> {
    let value = |row: &BTreeMap<String, Cell>, name: &str| row.get(name).map(|cell| cell.value.clone());
    let line = |row: &BTreeMap<String, Cell>| {
        columns.iter().map(|name| value(row, name).unwrap_or_default()).collect::<Vec<_>>().join(" ")
    };
    crate::workbook::rows(sheet, header).iter().map(line).collect()
}

#[test]
fn every_warning_has_a_line_with_what_is_at_stake() {
    let usual = |month: u32| {
        format!("acme cpu hour 2026-{month:02} alice 100.00\nacme gpu hour 2026-{month:02} alice 1.00\n")
    };
    let months: String = (1..=4).map(usual).collect();
    let may = "acme cpu hour 2026-05 alice 100000.00\nacme disk GB 2026-05 alice 7.00\n";
    let prices = PRICES.replacen("component_type = \"cpu\"\n", "", 1);
    let desk =
        Desk::new(&prices.replace("component_type = \"disk\"", "component_type = \"tape\""), &(months + may));
    let dump = desk.dumps.path("dump");
    let list = desk.dumps.path("worklist.csv");
    let check = format!("check '{}' --as-of 2026-06-10 --period 2026-05", dump.display());
    assert_eq!(run(&format!("{check} -o '{}'", list.display())).code, 3);
    let csv = std::fs::read_to_string(&list).expect("a table");
    let open: Vec<&str> = csv.lines().filter(|line| line.starts_with("open,")).collect();
    assert!(open.iter().any(|line| line.starts_with("open,missing_usage,2026-05,")), "{csv}");
    assert!(open.iter().any(|line| line.starts_with("open,spike,2026-05,")), "{csv}");
    assert!(csv.lines().any(|line| line.starts_with("not_checked,incomplete,")), "{csv}");

    let path = desk.dumps.path("worklist.xlsx");
    assert_eq!(run(&format!("{check} -o '{}'", path.display())).code, 3);
    let rows = cells(&Workbook::open(&path).sheet("Rows"), 5, &["Kind", "Check", "Component"]);
    assert!(rows.contains(&"open spike cpu".to_owned()), "{rows:?}");
}

#[test]
fn the_workbooks_worklist_has_the_amount_of_each_line() {
    let usual = |month: u32| format!("acme cpu hour 2026-{month:02} alice 100.00\n");
    let months: String = (1..=4).map(usual).collect();
    let desk = Desk::new(PRICES, &(months + "acme cpu hour 2026-05 alice 100000.00\n"));
    let workbook = desk.workbook("--period 2026-05");
    let rows = cells(&workbook.sheet("Worklist"), 5, &["Kind", "Check", "Currency", "At stake"]);
    assert!(rows.contains(&"open spike EUR 200000".to_owned()), "{rows:?}");
}

#[test]
fn a_check_with_prices_says_what_is_at_stake_and_tells_namesakes_apart() {
    let usual = |month: u32| {
        let first = format!("acme cpu hour 2026-{month:02} alice 100.00\n");
        first.clone()
            + &first
                .replace("acme", "zeta")
                .replace('\n', " customer_name=acme resource_name=acme-resource\n")
    };
    let months: String = (1..=4).map(usual).collect();
    let may = "acme cpu hour 2026-05 alice 100000.00\n\
               zeta cpu hour 2026-05 alice 30000.00 customer_name=acme resource_name=acme-resource\n\
               acme tape reel 2026-05 alice -1.00\n";
    let desk = Desk::new(PRICES, &(months + may));
    let (dump, prices) = (desk.dumps.path("dump"), desk.dumps.path("prices.toml"));
    let list = desk.dumps.path("worklist.xlsx");
    let checked = run(&format!(
        "check '{}' --as-of 2026-06-10 --period 2026-05 --prices '{}' -o '{}'",
        dump.display(),
        prices.display(),
        list.display()
    ));
    assert_eq!(checked.code, 3, "usage without a price stops no check: {}", checked.stderr);
    let columns = ["Kind", "Check", "Customer UUID", "Resource UUID", "Currency", "At stake"];
    let rows = cells(&Workbook::open(&list).sheet("Rows"), 5, &columns);
    let line = |check: &str, customer: &str, stake: &str| {
        let [customer, resource] =
            [customer.to_owned(), format!("{customer}-resource")].map(|name| crate::records::uuid(&name));
        format!("open {check} {customer} {resource} {stake}")
    };
    for line in [
        line("spike", "acme", "EUR 200000"),
        line("spike", "zeta", "EUR 60000"),
        line("negative_total", "acme", " "),
    ] {
        assert!(rows.contains(&line), "{line}: {rows:?}");
    }
    let workbook = desk.workbook("--period 2026-05 --unpriced omit");
    let of_report = cells(&workbook.sheet("Worklist"), 5, &columns);
    let spikes =
        |rows: &[String]| rows.iter().filter(|row| row.contains(" spike ")).cloned().collect::<Vec<_>>();
    assert_eq!(spikes(&rows), spikes(&of_report), "as in the workbook of the report");
}

#[test]
fn a_closed_months_list_has_the_amounts_that_it_was_closed_with() {
    let (folder, book) = shelf();
    let records = "acme cpu hour 2026-10 alice 10.00\nglobex cpu hour 2026-10 bob -4.00";
    Parcel::new("2026-11-02", records).complete("2026-10").deliver(&book);
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, PRICES).expect("it is written");
    let on = |line: &str| run(&format!("{line} --book '{}'", book.display()));
    let list = |rest: &str| {
        let path = folder.path().join("list.csv");
        let outcome = on(&format!("check --period 2026-10 {rest} -o '{}'", path.display()));
        assert!(matches!(outcome.code, 0 | 3), "{}", outcome.stderr);
        let csv = std::fs::read_to_string(path).expect("a table");
        csv.lines().find(|line| line.contains(",negative_total,")).expect("a line").to_owned()
    };
    assert!(!list("").contains(",EUR,"), "{}", list(""));
    let answered = on("acknowledge 2026-10 negative_total --by-whom Mari --reason 'a refund'");
    assert_eq!(answered.code, 0, "{}", answered.stderr);
    let closed = on(&format!("close 2026-10 --prices '{}'", prices.display()));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    for rest in [String::new(), format!("--prices '{}'", prices.display())] {
        let line = list(&rest);
        assert!(line.starts_with("acknowledged,") && line.contains(",EUR,8"), "{rest}: {line}");
    }
    assert!(!list("--version now").contains(",EUR,"), "what it is by now has no amounts yet");
}

#[test]
fn late_and_diff_are_workbooks_and_pages_too_and_their_differences_are_that_of_the_totals() {
    let (folder, book) = shelf();
    let october = "acme cpu hour 2026-10 alice 10.00\nglobex cpu hour 2026-10 bob 4.00";
    let later = "acme cpu hour 2026-10 alice 12.50\nglobex cpu hour 2026-10 bob 4.00";
    Parcel::new("2026-11-02", october).complete("2026-10").deliver(&book);
    let prices = folder.path().join("prices.toml");
    std::fs::write(&prices, PRICES).expect("it is written");
    let ok = |line: &str| {
        let outcome = run(&format!("{line} --book '{}'", book.display()));
        assert!(matches!(outcome.code, 0 | 3), "{line}: {}", outcome.stderr);
        outcome.stdout
    };
    ok(&format!("close 2026-10 --prices '{}'", prices.display()));
    let changed = later.replace("12.50", "12.50 modified=2026-11-20T00:00:00Z");
    Parcel::new("2026-11-23", &changed).complete("2026-10").deliver(&book);
    for (command, amounts) in
        [("late", ""), ("diff 2026-10", ""), ("late", "--amounts"), ("diff 2026-10", "--amounts")]
    {
        let path = folder.path().join("late.xlsx");
        ok(&format!("{command} {amounts} -o '{}'", path.display()));
        let sheet = Workbook::open(&path).sheet("Rows");
        let html = ok(&format!("{command} {amounts} --format html"));
        assert!(html.contains("<caption>Totals</caption>") && html.contains("acme"), "{html}");
        assert!(html.contains("CLOSED v1, cut-off 2 November 2026, 08:00 UTC"), "{html}");
        let is_instant = |text: &str| text.contains("T08:00:00Z") || text.contains("T00:00:00Z");
        assert!(!is_instant(&html), "{html}");
        assert!(!sheet.values().any(|cell| is_instant(&cell.value)), "{sheet:?}");
        let text = ok(&format!("{command} {amounts}"));
        assert!(text.contains("cut-off 2026-11-02T08:00:00Z"), "{text}");
        if amounts.is_empty() {
            assert!(
                cells(&sheet, 5, &["Usage before", "Usage", "Change"]).contains(&"10 12.5 2.5".to_owned())
            );
            continue;
        }
        let rows = cells(&sheet, 5, &["Kind", "Currency", "Amount before", "Amount", "Change"]);
        assert!(rows.contains(&"changed EUR 20 25 5".to_owned()), "{rows:?}");
        assert_eq!(rows.last().map(String::as_str), Some("Total EUR 28 33 5"), "{rows:?}");
    }
    let path = folder.path().join("report.xlsx");
    ok(&format!("report --period 2026-10 -o '{}'", path.display()));
    let late = Workbook::open(&path).sheet("Late");
    assert!(late.values().any(|cell| cell.value == "20 November 2026, 00:00 UTC"), "{late:?}");
}

#[test]
fn a_build_that_cannot_write_pdf_says_which_one_can() {
    let desk = Desk::new(PRICES, SPRING);
    let path = desk.dumps.path("may.pdf");
    let outcome = run(&format!("{} -o '{}'", desk.line("--period 2026-05"), path.display()));
    match cfg!(feature = "bill") {
        true => assert!(path.exists(), "{}", outcome.stderr),
        false => {
            assert_ne!(outcome.code, 0);
            assert!(outcome.stderr.contains("pdf") && outcome.stderr.contains("bill"), "{}", outcome.stderr);
            assert!(!path.exists());
        }
    }
}
