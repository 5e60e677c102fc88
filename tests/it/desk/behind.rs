//! A figure leads to exactly what it is made of, and a warning to exactly what it is about.

use super::running::{Answer, Browser, Desk, office};
use crate::binary::run;
use crate::records::{Dumps, page, records};

/// A component, its unit, its price and the currency.
const PRICES: [(&str, &str, &str, &str); 5] = [
    ("cpu", "hour", "2", "EUR"),
    ("net", "core", "2", "EUR"),
    ("disk", "", "2", "EUR"),
    (" lead", "hour", "3", "EUR"),
    ("gpu", "hour", "5", "USD"),
];

/// A month with two units, two currencies, no unit, and names that filters do not tell apart.
fn mixed() -> (Dumps, Desk) {
    let folder = Dumps::new();
    let mut rows = records(
        "acme  cpu  hour  2026-10  ali    10.00
         acme  net  core  2026-10  alice   5.00
         acme  gpu  hour  2026-10  alice   4.00
         acme  disk none  2026-10  blank   3.00
         acme  lead hour  2026-10  ali     2.00
         beta  cpu  hour  2026-10  dora    7.00",
    );
    rows[3].set(usagebook::Field::MeasuredUnit, "\"\"".to_owned());
    rows[3].set(usagebook::Field::Username, "\"  \"".to_owned());
    rows[4].set(usagebook::Field::ComponentType, "\" lead\"".to_owned());
    let file = folder.write("a.json", page(&rows));
    let price = |(component, unit, price, currency): (&str, &str, &str, &str)| {
        format!(
            "[[price]]\ncomponent_type = {component:?}\nmeasured_unit = {unit:?}\nunit_price = {price:?}\ncurrency = {currency:?}\n"
        )
    };
    folder.write("card.toml", PRICES.map(price).concat());
    let config = folder.write(
        "usagebook.toml",
        "[month]\nbook = \"usage.book\"\nto = \"outputs\"\nprices = \"card.toml\"\n",
    );
    let book = folder.path("usage.book").display().to_string();
    let added = run(&format!("add '{file}' --book '{book}' --new --pulled-at 2026-11-02T08:00:00Z -q"));
    assert_eq!(added.code, 0, "{}", added.stderr);
    let desk = Desk::start(&["--no-browser", "--config", &config], |_| {});
    (folder, desk)
}

/// The rows of a download, without its header.
fn rows(browser: &Browser, behind: &Answer, what: &str) -> Vec<Vec<String>> {
    let links = behind.links(&format!("/download/{what}.csv"));
    let text = browser.page(&links[0]).text().to_owned();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let wanted = ["component_type", "username", "measured_unit", "usage", "currency", "amount"];
    let places: Vec<Option<usize>> =
        wanted.iter().map(|name| header.iter().position(|known| known == name)).collect();
    lines
        .map(|row| places.iter().map(|place| place.map_or(String::new(), |at| row[at].clone())).collect())
        .collect()
}

/// The links of the row with these words, each once.
fn links_of(answer: &Answer, row: &str) -> Vec<String> {
    let text = answer.text();
    let rows = text.split("<tr").filter(|part| {
        let words: Vec<&str> = part.split(['<', '>']).collect();
        row.split('|').all(|word| words.contains(&word))
    });
    let mut links: Vec<String> = rows
        .flat_map(|part| part.split("href=\"").skip(1).filter_map(|part| part.split('"').next()))
        .filter(|link| link.starts_with("/behind"))
        .map(|link| link.replace("&amp;", "&"))
        .collect();
    links.dedup();
    links
}

#[test]
fn unit_and_currency_belong_to_a_figure_and_to_what_is_behind_it() {
    let (_folder, desk) = mixed();
    let browser = desk.enter();
    let figures = browser.page("/figures?period=2026-10&by=customer");
    for (row, usage, amount) in [
        ("acme|hour|EUR", "12.00", "26.00"),
        ("acme|hour|USD", "4.00", "20.00"),
        ("acme|core|EUR", "5.00", "10.00"),
        ("acme|(none)|EUR", "3.00", "6.00"),
        ("beta|hour|EUR", "7.00", "14.00"),
    ] {
        let links = links_of(&figures, row);
        assert_eq!(links.len(), 1, "{row}: {links:?}");
        let behind = browser.page(&links[0]);
        let sum = |rows: Vec<Vec<String>>, at: usize| -> i64 {
            rows.iter().map(|row| row[at].replace('.', "").parse::<i64>().expect("a figure")).sum()
        };
        let hundredths = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
        assert_eq!(sum(rows(&browser, &behind, "records"), 3), hundredths(usage), "{row}");
        assert_eq!(sum(rows(&browser, &behind, "arithmetic"), 5), hundredths(amount), "{row}");
        assert!(behind.words().contains("Unit") && behind.words().contains("Currency"), "{}", behind.words());
    }
    // What all rows come to, of a unit and of a currency.
    let unit = links_of(&figures, "Total|hour");
    assert_eq!(rows(&browser, &browser.page(&unit[0]), "records").len(), 4, "{unit:?}");
    let currency = links_of(&figures, "Total|EUR");
    assert_eq!(rows(&browser, &browser.page(&currency[0]), "arithmetic").len(), 5, "{currency:?}");
}

#[test]
fn a_username_that_others_contain_and_odd_names_lead_to_their_own_records() {
    let (_folder, desk) = mixed();
    let browser = desk.enter();
    let users = browser.page("/figures?period=2026-10&by=user");
    let own = links_of(&users, "ali|hour|EUR");
    assert_eq!(own.len(), 1, "{own:?}");
    let behind = browser.page(&own[0]);
    let found = rows(&browser, &behind, "records");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|row| row[1] == "ali"), "{found:?}");
    assert!(!behind.words().contains("How the amounts came about"), "lines are of all users");
    let blank = users.links("/behind").into_iter().find(|link| link.contains("user=++"));
    assert_eq!(rows(&browser, &browser.page(&blank.expect("a link")), "records").len(), 1);
    let components = browser.page("/figures?period=2026-10&by=component");
    let lead = components.links("/behind").into_iter().find(|link| link.contains("component=+lead"));
    let found = rows(&browser, &browser.page(&lead.expect("a link")), "records");
    assert_eq!((found.len(), found[0][0].as_str()), (1, " lead"));
    assert!(!components.links("/figures").iter().any(|link| link.contains("lead")), "no filter names it");
}

#[test]
fn a_quarter_that_is_asked_for_in_part_leads_to_that_part() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let links = browser.page("/figures?period=2026-11&by=quarter&by=customer").links("/behind");
    assert!(!links.is_empty() && links.iter().all(|link| link.contains("period=2026-11")), "{links:?}");
}

#[test]
fn a_warning_leads_to_the_instance_that_it_is_about() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let links = browser.page("/warnings?period=2026-11").links("/behind");
    let of_total: Vec<&String> = links.iter().filter(|link| link.contains("resource_uuid")).collect();
    assert!(!of_total.is_empty(), "{links:?}");
    for link in of_total {
        assert!(link.contains("customer_uuid=") && link.contains("period=2026-11"), "{link}");
        assert!(link.contains("type=cpu"), "{link}");
        let words = browser.page(link).words();
        assert!(words.contains("dora") && !words.contains("alice"), "{words}");
    }
}

#[test]
fn closed_months_keep_their_amounts_when_the_price_list_changes() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let card = std::fs::read_to_string(office.0.path("card.toml")).unwrap();
    office.0.write("card.toml", card.replace("\"2\"", "\"2.50\""));
    let figures = browser.page("/figures?period=2026-10&by=customer").words();
    assert!(figures.contains("Total EUR 38.00"), "{figures}");
    let warnings = browser.page("/warnings?period=2026-10").words();
    assert!(!warnings.contains("other prices"), "{warnings}");
    let behind = browser.page("/behind?period=2026-10").words();
    assert!(behind.contains("15.00 × 2") || behind.contains("15 × 2"), "{behind}");
    let both = browser.page("/figures?period=2026-10..2026-11&by=customer").words();
    assert!(both.contains("closed months have other prices"), "{both}");
    assert!(
        both.contains("Usage is shown without amounts of open months") && both.contains("acme"),
        "{both}"
    );
}
