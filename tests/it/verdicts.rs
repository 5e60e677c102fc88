//! What cover and page say of all checks: warnings, the amounts at stake, and what could not be checked.

use crate::binary::run;
use crate::records::{Dumps, page, records};
use crate::workbook::Workbook;

const PRICES: &str = "[rounding]\nmode = \"up\"\ndecimals = 2\nper = \"line\"\n[[price]]\noffering = \"cluster\"\n\
    component_type = \"cpu\"\nmeasured_unit = \"hour\"\nunit_price = \"2\"\ncurrency = \"EUR\"\n";

#[test]
fn cover_and_page_carry_the_verdict_of_all_checks_and_the_amounts_at_stake() {
    let folder = Dumps::new();
    let lines = "acme cpu hour 2026-10 alice -5.00\nglobex cpu hour 2026-10 bob 100.00";
    let dump = folder.write("a.json", page(&records(lines)));
    let prices = folder.write("prices.toml", PRICES);
    let report = |name: &str| {
        let output = folder.path(name);
        let line = "--period 2026-10 --as-of 2026-11-23";
        let outcome = run(&format!("report '{dump}' {line} --prices '{prices}' -o '{}'", output.display()));
        assert_eq!(outcome.code, 3, "{}", outcome.stderr);
        output
    };
    let checked = run(&format!("check '{dump}' --period 2026-10 --as-of 2026-11-23 --format json"));
    assert_eq!(checked.code, 3, "{}", checked.stdout);
    let said = "1 warning, EUR 10.00 of 190.00 at stake";
    let html = std::fs::read_to_string(report("a.html")).expect("a page");
    for text in
        [said, "At stake: EUR 10.00.", "checks not made", "no component usages are given", "Tables add up"]
    {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains(">OK<") && !html.contains("Checks OK"));
    let workbook = Workbook::open(&report("a.xlsx"));
    let cover: Vec<String> = workbook.sheet("Cover").into_values().map(|cell| cell.value).collect();
    for text in [said, "Not checked", "Checks", "adds up"] {
        assert!(cover.iter().any(|cell| cell == text), "{text}: {cover:?}");
    }
    assert!(!cover.iter().any(|cell| cell == "OK"), "{cover:?}");
    // A long message goes on in the next row.
    let checks: Vec<String> = workbook.sheet("Checks").into_values().map(|cell| cell.value).collect();
    assert!(checks.join(" ").contains("At stake: EUR 10.00."), "{checks:?}");
}

#[test]
fn the_real_months_show_every_warning_that_check_finds() {
    let folder = Dumps::new();
    let path = folder.path("a.html");
    let month = "fixtures/real/complete --period 2026-10 --as-of 2026-11-23";
    run(&format!("report {month} -q -o '{}'", path.display()));
    let html = std::fs::read_to_string(path).expect("a page");
    let json = run(&format!("check {month} --format json")).stdout;
    let verdict: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let checks = verdict["checks"].as_array().expect("checks");
    assert!(checks.len() > 3, "{json}");
    let escaped = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    for check in checks {
        let message = check["message"].as_str().expect("a message");
        assert!(html.contains(&escaped(message)) || html.contains(message), "{message}");
    }
}
