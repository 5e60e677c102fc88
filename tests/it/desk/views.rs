//! What the pages show: what a command prints, with a way to what is behind it.

use super::running::{Desk, office};
use crate::binary::{run, stdout};
use crate::month::Office;
use crate::records::{Dumps, page, records};

#[test]
fn the_board_says_how_far_each_month_is_and_what_comes_next() {
    let office = office();
    let desk = Desk::of(&office);
    let words = desk.enter().page("/").words();
    let months: Vec<&str> = words.split("2026 Closed v1").collect();
    assert_eq!(months.len(), 2, "{words}");
    let (november, october) = (months[0], months[1]);
    assert!(november.contains("November 2026 Open Completeness not proved EUR 38.00"), "{november}");
    assert!(november.contains("October 2026: 38.00"), "{november}");
    assert!(
        november.contains("See the figures of November 2026")
            || november.contains("Look at the warnings of November 2026"),
        "{november}"
    );
    assert!(october.starts_with(" 3 late changes"), "{october}");
    assert!(october.contains("EUR 38.00"), "{october}");
    assert!(october.contains("by Mari: seen"), "{october}");
    assert!(october.contains("See what changed of October 2026"), "{october}");
}

#[test]
fn figures_are_those_of_the_command_and_the_page_says_which() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for query in [
        "period=2026-10",
        "period=2026-10&version=now&by=customer&by=component",
        "period=2026-11&by=customer&compare=previous-month",
        "period=2026&by=period&by=project&type=cpu",
        "period=all&by=user&top=1",
        "period=2026-10&by=resource&username=ALI",
    ] {
        let answer = browser.page(&format!("/figures?{query}"));
        let words = answer.words();
        let shown = words
            .split("Show the command ")
            .nth(1)
            .expect("a command")
            .split(" usagebook 0.")
            .next()
            .unwrap();
        let command = shown.strip_prefix("usagebook ").expect("the command");
        let csv = stdout(&format!("{command} --format csv"));
        let mut rows = csv.lines();
        let header: Vec<&str> = rows.next().unwrap().split(',').collect();
        let mut count = 0;
        for row in rows {
            for (name, value) in header.iter().zip(row.split(',')) {
                let is_figure = ["usage", "usage_before", "change", "amount", "amount_before"].contains(name);
                let value = value.replace('-', "\u{2212}");
                assert!(
                    !is_figure || value.is_empty() || words.contains(&value),
                    "{query}: {name} {value}: {words}"
                );
            }
            count += 1;
        }
        assert!(count > 0, "{query}: {csv}");
    }
}

#[test]
fn every_figure_leads_to_the_records_and_the_arithmetic_behind_it() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let figures = browser.page("/figures?period=2026-10&by=customer&by=component");
    let links = figures.links("/behind");
    assert!(links.len() >= 6, "{links:?}");
    let acme = links.iter().find(|link| link.contains("customer_uuid")).expect("a customer's figure");
    let words = browser.page(acme).words();
    assert!(words.contains("Customer acme"), "{words}");
    assert!(words.contains("How the amounts came about"), "{words}");
    assert!(words.contains("15.00 × 2") || words.contains("15 × 2"), "{words}");
    assert!(words.contains("october.json"), "{words}");
    assert!(words.contains("alice") && words.contains("bob") && !words.contains("carol"), "{words}");
    assert!(words.contains("usagebook explain --book") && words.contains("--explain-price"), "{words}");
    // The records of all rows lead from the total.
    let all = links.iter().find(|link| !link.contains("customer_uuid")).expect("the total's figure");
    assert!(browser.page(all).words().contains("carol"));
}

#[test]
fn names_narrow_the_figures_and_a_filter_can_be_taken_away() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let figures = browser.page("/figures?period=2026-10&by=customer&sort=-usage");
    let narrower =
        figures.links("/figures").into_iter().find(|link| link.contains("customer_uuid")).expect("a name");
    assert!(!narrower.contains("sort="), "{narrower}");
    let alone = browser.page(&narrower);
    let words = alone.words();
    assert!(words.contains("Customer: acme Remove"), "{words}");
    assert!(!words.contains("beta"), "{words}");
    let back =
        alone.links("/figures").into_iter().find(|link| *link == "/figures?period=2026-10&by=customer");
    assert!(browser.page(&back.expect("a way back")).words().contains("beta"));
}

#[test]
fn rows_are_sorted_by_the_column_that_is_asked_for() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let order = |sort: &str| {
        let words = browser.page(&format!("/figures?period=2026-10&by=customer&sort={sort}")).words();
        let table = words.split("Usage by customer").nth(1).expect("a table").to_owned();
        table.find("acme") < table.find("beta")
    };
    assert!(order("-usage") && !order("usage") && order("customer_name") && !order("-customer_name"));
    let sorted = browser.page("/figures?period=2026-10&by=customer&sort=-usage");
    assert!(sorted.text().contains("aria-sort=\"descending\""));
}

#[test]
fn changes_are_shown_in_money_and_record_by_record() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let words = browser.page("/changes?period=2026-10").words();
    assert!(words.contains("v1: CLOSED v1") && words.contains("now: CLOSED v1, 3 late changes"), "{words}");
    assert!(words.contains("In money") && words.contains("+4.00"), "{words}");
    assert!(words.contains("usage changed") && words.contains("dora") && words.contains("carol"), "{words}");
    let open = browser.page("/changes?period=2026-11").words();
    assert!(open.contains("November 2026 was not closed yet"), "{open}");
}

#[test]
fn warnings_say_what_to_do_and_lead_to_the_records() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let answer = browser.page("/warnings?period=2026-11");
    let command = stdout(&format!(
        "check --book '{}' --period 2026-11 --format csv",
        office.0.path("usage.book").display()
    ));
    let messages: Vec<&str> = command.lines().skip(1).collect();
    assert!(!messages.is_empty());
    let words = answer.words();
    assert!(words.contains("negative usage"), "{words}");
    assert!(words.contains("Not checked"), "{words}");
    for link in answer.links("/behind") {
        assert_eq!(browser.get(&link).status, 200, "{link}");
    }
}

#[test]
fn the_log_says_who_did_what_when_and_why() {
    let office = office();
    let desk = Desk::of(&office);
    let words = desk.enter().page("/log").words();
    assert!(words.contains("Closed v1, 3 records 2026-10 Mari seen"), "{words}");
    assert!(words.contains("2026-11-09 08:00 UTC Added delivery"), "{words}");
    let order = ["2026-12-01 08:00", "2026-11-09 08:00", "2026-11-02 08:00"].map(|time| words.find(time));
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?} {words}");
}

#[test]
fn what_is_wrong_is_said_on_the_page() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for (path, status, text) in [
        ("/figures?period=nonsense", 400, "nonsense"),
        ("/figures?period=2026-10&by=planet", 400, "planet"),
        ("/figures?period=2026-10&top=0", 400, "a number of rows"),
        ("/figures?period=2026-10&customer_uuid=acme", 400, "a uuid"),
        ("/changes?period=2025-01", 404, "2025-01"),
        ("/warnings?period=2026-10&version=v9", 404, "v9"),
        ("/nowhere", 404, "There is no such page"),
    ] {
        let answer = browser.get(path);
        assert_eq!(answer.status, status, "{path}: {}", answer.words());
        assert!(answer.words().contains(text), "{path}: {}", answer.words());
    }
    // A question that cannot be answered keeps its form.
    let kept = browser.get("/figures?period=2026-10..2026-11&by=customer&compare=previous-month");
    assert_eq!(kept.status, 400);
    assert!(kept.words().contains("needs one month") && kept.text().contains("value=\"2026-10..2026-11\""));
}

#[test]
fn a_book_that_grows_and_prices_that_change_are_shown_by_the_next_reload() {
    let office = Office::new().begun();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    assert!(browser.page("/").words().contains("EUR 38.00"));
    let card = std::fs::read_to_string(office.0.path("card.toml")).unwrap();
    office.0.write("card.toml", card.replace("\"2\"", "\"2.50\""));
    assert!(browser.page("/").words().contains("EUR 47.50"), "{}", browser.page("/").words());
    let later = office
        .on_book("add later.json --complete 2026-10 --retire-up-to 1 --pulled-at 2026-11-09T08:00:00Z -q");
    assert_eq!(later.code, 0, "{}", later.stderr);
    assert!(browser.page("/").words().contains("EUR 52.50"));
    office.0.write("card.toml", "broken");
    assert!(matches!(browser.get("/").status, 400 | 500));
}

#[test]
fn names_from_the_data_are_text_everywhere() {
    let folder = Dumps::new();
    let mut rows = records("acme  cpu  hour  2026-10  alice  10.00\nbeta  cpu  hour  2026-10  bob  1.00");
    let hostile = "</td><script>alert(1)</script>\" onload='x' \u{202e}&amp;";
    for (record, name) in rows.iter_mut().zip([hostile.to_owned(), "x".repeat(10_000)]) {
        let text = serde_json::to_string(&name).unwrap();
        for field in [
            usagebook::Field::CustomerName,
            usagebook::Field::ProjectName,
            usagebook::Field::ResourceName,
            usagebook::Field::ComponentType,
            usagebook::Field::Username,
            usagebook::Field::MeasuredUnit,
        ] {
            record.set(field, text.clone());
        }
    }
    let file = folder.write("a.json", page(&rows));
    let book = folder.path("usage.book").display().to_string();
    let added = run(&format!("add '{file}' --book '{book}' --new --pulled-at 2026-11-02T08:00:00Z -q"));
    assert_eq!(added.code, 0, "{}", added.stderr);
    let desk = Desk::start(&["--no-browser", "--book", &book], |_| {});
    let browser = desk.enter();
    let mut paths: Vec<String> = [
        "/",
        "/warnings",
        "/changes",
        "/log",
        "/figures?by=customer&by=project&by=resource&by=component&by=user",
    ]
    .map(str::to_owned)
    .into();
    let behind = browser.page(&paths[4]).links("/behind");
    assert!(!behind.is_empty());
    paths.extend(behind);
    paths.extend(browser.page(&paths[4]).links("/figures"));
    for path in paths {
        let answer = browser.page(&path);
        let text = answer.text();
        assert!(
            !text.contains("<script") && !text.contains("onload='x'") || text.contains("&lt;script"),
            "{path}"
        );
        assert!(!text.contains('\u{202e}') && !text.to_lowercase().contains("<script"), "{path}");
    }
}

#[test]
fn an_address_says_what_a_page_knows_and_nothing_is_passed_over() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    for (path, text) in [
        ("/figures?perod=2026-10", "\"perod\" is not known here"),
        ("/figures?period=2026-10&period=2026-11", "\"period\" is given twice"),
        ("/figures?sort=nothing", "the name of a column"),
        ("/figures?figures-page=x", "the number of a page"),
        ("/figures?type=%ff", "is no UTF-8"),
        ("/?all=maybe", "expected yes"),
        ("/log?page=2", "no parameters"),
        ("/warnings?by=customer", "period, version"),
        ("/changes?period=2026-10&version=v1", "period, from, to"),
        ("/download/figures.csv?unit=hour", "\"unit\" is not known here"),
    ] {
        let answer = browser.get(path);
        assert_eq!(answer.status, 400, "{path}: {}", answer.words());
        assert!(answer.words().contains(text), "{path}: {}", answer.words());
    }
    let beyond = browser.page("/figures?period=2026-10&figures-page=9").words();
    assert!(beyond.contains("There is no page 9") && beyond.contains("acme"), "{beyond}");
}

#[test]
fn values_of_filters_are_sent_as_they_are() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let page = browser.page("/figures?period=2026-10&type=+a%E2%80%AE%22&username=x");
    assert!(page.text().contains("name=\"type\" value=\" a&#8238;&#34;\""), "{}", page.text());
    let without =
        page.links("/figures").into_iter().find(|link| link.contains("type=") && !link.contains("username="));
    assert!(without.expect("a chip").contains("type=+a%E2%80%AE%22"));
}

#[test]
fn a_damaged_book_is_an_error_on_every_page_that_needs_what_is_damaged() {
    let office = office();
    let desk = Desk::of(&office);
    let browser = desk.enter();
    let files = office.0.path("usage.book").join(".book").join("files");
    for entry in std::fs::read_dir(files).expect("the files of the book") {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "parquet") {
            std::fs::write(path, "broken").unwrap();
        }
    }
    for path in [
        "/figures?period=2026-10",
        "/behind?period=2026-10",
        "/warnings?period=2026-10",
        "/changes?period=2026-10",
    ] {
        let answer = browser.get(path);
        assert_eq!(answer.status, 500, "{path}: {}", answer.words());
        assert!(answer.words().contains("damaged"), "{path}: {}", answer.words());
    }
    assert_eq!(browser.get("/log").status, 200);
}
