//! Tables of the user's own are read as their locale writes them, and nothing in them is guessed.

use std::fs;

use crate::frozen_amounts::Desk;

/// As Excel saves it in Germany: a mark, semicolons, CRLF.
const PRICES: &str = "\u{feff}component_type;measured_unit;currency;unit_price;tiers;valid_from\r\n\
                      cpu;hour;EUR;1.200;;01.10.2026\r\n\
                      disk;GB;EUR;;\"1.000:0,5;*:0,25\";Oktober 2026\r\n";

/// What October comes to with such prices: 14 hours at 1,200 euros, and 12 gigabytes at 0.50.
const AMOUNT: &str = "EUR 16,806.00";

fn refused(desk: &Desk, command: &str) -> String {
    let outcome = desk.on(command);
    assert_ne!(outcome.code, 0, "{command}: {}", outcome.stdout);
    outcome.stderr
}

#[test]
fn a_price_list_of_excel_in_germany_is_read_by_its_locale_and_kept_with_it() {
    let desk = Desk::new();
    desk.write("prices.csv", PRICES);
    let report = "report --period 2026-10 --prices prices.csv --format csv";
    let error = refused(&desk, report);
    assert!(
        error.contains("line 2: unit_price is \"1.200\"") && error.contains("write 1200 for thousands"),
        "{error}"
    );
    assert!(error.contains("under [tables] in the configuration"), "{error}");
    let error = refused(&desk, &format!("{report} --locale en"));
    assert!(error.contains("expected the territory too: one of ") && error.contains("en-GB"), "{error}");
    let closed = desk.ok("close 2026-10 --prices prices.csv --locale de");
    assert!(closed.contains(AMOUNT), "{closed}");
    // The closing knows how its list is written; nobody has to say it again.
    fs::remove_file(desk.path("prices.csv")).expect("it was there");
    let json = desk.ok("report --period 2026-10 --format json");
    assert!(json.contains("16806.00"), "{json}");
    desk.ok("verify");
    desk.write("prices.csv", &PRICES.replace("1.200", "1.201"));
    let error = refused(&desk, &format!("{report} --locale de"));
    assert!(error.contains("1201") && error.contains("1200"), "{error}");
}

#[test]
fn the_configuration_states_the_locale_and_the_command_line_overrides_it() {
    let desk = Desk::new();
    desk.write("prices.csv", PRICES);
    desk.write("settings.toml", "[tables]\nlocale = \"de\"\n");
    let report = "report --period 2026-10 --prices prices.csv --format csv --config settings.toml";
    assert!(desk.ok(report).contains(",12000.00,"));
    let error = refused(&desk, &format!("{report} --locale en-US"));
    assert!(
        error.contains("10 January 2026") || error.contains("expected a point before decimals"),
        "{error}"
    );
    desk.write("settings.toml", "[tables]\nlocale = \"Deutsch\"\n");
    let error = refused(&desk, report);
    assert!(error.contains("line 2: tables.locale") && error.contains("as de-DE or en-GB"), "{error}");
}

#[test]
fn budgets_exchange_rates_and_rates_of_vat_are_read_alike() {
    let desk = Desk::new();
    desk.write("budget.csv", "period;customer_name;currency;budget\r\n1.10.2026;acme;USD;1.200\r\n");
    desk.write("rates.csv", "period;from;to;rate\r\nOktober 2026;EUR;USD;1,250\r\n");
    desk.write("vat.csv", "customer_name;vat_rate\r\nacme;25,5\r\nglobex;0\r\n");
    let budget = "report --period 2026-10 --by customer --format csv --prices prices.toml --currency USD \
                  --exchange-rates rates.csv --budget budget.csv";
    let error = refused(&desk, budget);
    assert!(error.contains("rates.csv: line 2: ") && error.contains("expected a month"), "{error}");
    let csv = desk.ok(&format!("{budget} --locale de"));
    // 28 euros of acme are 35 dollars.
    assert!(csv.contains(",35.00,") && csv.contains(",1200.00,1165.00,"), "{csv}");
    let to = desk.path("bills");
    desk.ok(&format!(
        "bills --period 2026-10 --prices prices.toml --attributes vat.csv --locale de --format csv --to '{}'",
        to.display()
    ));
    let files = fs::read_dir(to).expect("bills").map(|file| file.expect("a file").path());
    let texts: String = files.filter_map(|file| fs::read_to_string(file).ok()).collect();
    assert!(texts.contains(",25.5"), "{texts}");
}

#[test]
fn a_table_of_invoices_has_its_days_and_amounts_in_the_locale() {
    let desk = Desk::new();
    let csv = desk.ok("list --all --format csv");
    let mut lines = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a header");
    let row = lines.find(|cells| cells.contains(&"disk")).expect("a record of disk");
    let at = |name: &str| row[head.iter().position(|column| *column == name).expect(name)];
    let invoices = format!(
        "resource_uuid;component_type;measured_unit;quantity;billing_type;start\r\n{};disk;GB;1.200;usage;01.10.2026\r\n",
        at("resource_uuid")
    );
    desk.write("invoices.csv", &invoices);
    let check = "check --period 2026-10 --invoices invoices.csv --format json";
    let german = desk.on(&format!("{check} --locale de"));
    assert!(german.stdout.contains("1200.00"), "{} {}", german.stdout, german.stderr);
    let none = desk.on(check);
    assert!(
        !none.stdout.contains("1200.00") && none.stdout.contains("1.200"),
        "{} {}",
        none.stdout,
        none.stderr
    );
}
