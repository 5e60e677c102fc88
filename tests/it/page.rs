//! The page of the finance pack, read back as text; tests/foreign/page.py opens it in a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use usagebook::text::visible;

use crate::binary::{run, stdout};

const OCTOBER: &str = "report fixtures/real/complete --period 2026-10 --as-of 2026-11-23";

/// The characters that a text in a page cannot hold as they are.
const ENTITIES: [(&str, &str); 4] = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];

fn page(line: &str) -> String {
    stdout(&format!("{line} --format html"))
}

fn unescaped(text: &str) -> String {
    ENTITIES.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let at = text.find(start).unwrap_or_else(|| panic!("no {start}")) + start.len();
    text[at..].split(end).next().expect("the end")
}

/// The rows of a table, those that the script draws among them; figures without their separators.
fn rows(html: &str, id: &str) -> Vec<Vec<String>> {
    let table = between(html, &format!("<div class=\"table\" id=\"{id}\""), "</div>\n</");
    let body = between(table, "<tbody>\n", "</tbody>");
    let mut rows: Vec<Vec<String>> =
        body.lines().filter(|line| line.starts_with("<tr>")).map(cells).collect();
    let kinds: Vec<&str> =
        table.split("data-k=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    if let Some((_, rest)) = table.split_once("<template>") {
        let json = unescaped(rest.split("</template>").next().unwrap());
        let data: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let lines = data["rows"].as_array().expect("rows").iter().map(|line| line.as_array().unwrap());
        let cell = |(value, kind): (&serde_json::Value, &&str)| match (value, *kind) {
            (serde_json::Value::Null, _) => String::new(),
            (place, "text") => data["texts"][place.as_u64().unwrap() as usize].as_str().unwrap().to_owned(),
            (count, "count") => count.to_string(),
            (amount, "amount") => amount.as_str().unwrap().to_owned(),
            (hundredths, _) => {
                let digits = hundredths.to_string().replace('"', "");
                usagebook::Quantity::from_hundredths(digits.parse().unwrap()).to_string()
            }
        };
        rows.extend(
            lines.filter(|line| line[0] == 0).map(|line| line[1..].iter().zip(&kinds).map(cell).collect()),
        );
    }
    rows
}

fn cells(line: &str) -> Vec<String> {
    let cell = |cell: &str| {
        let (tag, text) = cell.split_once('>').expect("tags end");
        let text = unescaped(text.split('<').next().unwrap());
        match tag.contains("class=\"n\"") {
            true => text.replace('\u{202f}', "").replace('\u{2212}', "-"),
            false => text,
        }
    };
    line.split("<t").skip(2).map(cell).collect()
}

/// The rows of the same report in CSV: the columns that people read, in the page's order.
fn csv_rows(line: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let csv = stdout(&format!("{line} --format csv"));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &&str| header.iter().position(|column| column == *name).expect("a column");
    let places: Vec<usize> = columns.iter().map(place).collect();
    let row = |record: csv::StringRecord| places.iter().map(|at| record[*at].to_owned()).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// As the page shows a name, but for what tells two of one name apart.
fn shown(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let text = |cell: String| if cell.is_empty() { "(none)".to_owned() } else { visible(&cell).into_owned() };
    rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
}

fn without_marks(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let text = |cell: String| match cell.rsplit_once(" [") {
        Some((name, mark)) if mark.ends_with(']') => name.to_owned(),
        _ => cell,
    };
    rows.into_iter().map(|row| row.into_iter().map(text).collect()).collect()
}

#[test]
fn every_figure_of_the_detail_is_that_of_the_report() {
    let columns = [
        "period",
        "customer_name",
        "project_name",
        "offering_name",
        "component_type",
        "measured_unit",
        "usage",
        "records",
        "users",
    ];
    let found = without_marks(rows(&page(OCTOBER), "detail"));
    assert_eq!(found.len(), 243);
    assert_eq!(found, shown(csv_rows(OCTOBER, &columns)));
}

#[test]
fn every_figure_of_the_other_tables_is_that_of_a_report() {
    let html = page(&format!("{OCTOBER} --users"));
    let figures = ["measured_unit", "usage", "records", "users"];
    for (id, by, names) in [
        ("by-project", "customer,project,component", ["customer_name", "project_name", "component_type"]),
        ("by-offering", "offering,customer,component", ["offering_name", "customer_name", "component_type"]),
        ("all-users", "user,customer,component", ["username", "customer_name", "component_type"]),
    ] {
        let columns: Vec<&str> = names.into_iter().chain(figures).collect();
        let mut expected = shown(csv_rows(&format!("{OCTOBER} --by {by}"), &columns));
        let mut found = without_marks(rows(&html, id));
        assert!(found.len() > 150, "{id}");
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{id}");
    }
}

#[test]
fn the_summary_is_the_comparison_with_the_month_before() {
    let line = format!("{OCTOBER} --compare previous-month");
    let columns = ["customer_name", "component_type", "measured_unit", "usage", "usage_before", "change"];
    let expected = csv_rows(&format!("{line} --by customer,component"), &columns);
    let found = without_marks(rows(&page(&line), "by-customer"));
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        let names = shown(vec![expected[..3].to_vec()]);
        assert_eq!(found[..3], names[0]);
        assert_eq!(found[3..5], expected[3..5]);
        assert_eq!(found[5].trim_start_matches('+'), expected[5]);
    }
}

#[test]
fn amounts_are_those_of_the_report_and_stand_at_the_head() {
    let line = format!("{OCTOBER} --prices fixtures/prices/rates.toml");
    let columns = ["customer_name", "component_type", "measured_unit", "usage", "currency", "amount"];
    let html = page(&format!("{line} --by customer,component"));
    let found: Vec<Vec<String>> =
        without_marks(rows(&html, "detail")).into_iter().map(|row| row[..6].to_vec()).collect();
    // Of a credit nothing but its customer is named, where it has one.
    let is_credit = |row: &[String]| row[3].is_empty();
    let text = |row: Vec<String>| if is_credit(&row) { vec![row] } else { shown(vec![row]) };
    let expected: Vec<Vec<String>> =
        csv_rows(&format!("{line} --by customer,component"), &columns).into_iter().flat_map(text).collect();
    assert_eq!(expected.iter().filter(|row| is_credit(row)).count(), 2);
    assert_eq!(found, expected);
    for (currency, amount) in [("EUR", "29\u{202f}887.01"), ("USD", "4\u{202f}759\u{202f}412.26")] {
        let card = format!("<p class=\"unit\">Amount, {currency}</p><p class=\"figure\">{amount}</p>");
        assert!(html.contains(&card), "{currency}");
        let check = format!(
            "<tr><th scope=\"row\">{currency}</th><td class=\"good\">adds up</td><td class=\"n\">{amount}</td>"
        );
        assert!(html.contains(&check), "{currency}");
    }
}

#[test]
fn a_usual_month_is_less_than_350_kb_even_with_its_users() {
    for more in ["", "--users"] {
        let length = page(&format!("{OCTOBER} {more}")).len();
        assert!(length < 350_000, "{length} bytes {more}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    assert_eq!(page(OCTOBER), page(OCTOBER));
    let folder = tempfile::tempdir().unwrap();
    for ending in ["html", "htm", "HTML"] {
        let path = folder.path().join(format!("october.{ending}"));
        assert_eq!(run(&format!("{OCTOBER} -o {}", path.display())).code, 0);
        assert_eq!(std::fs::read_to_string(path).unwrap(), page(OCTOBER), "{ending}");
    }
}

/// The values of an attribute, quoted as ours are.
fn attributes<'t>(html: &'t str, name: &str) -> Vec<&'t str> {
    html.split(&format!(" {name}=\"")).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn nothing_is_fetched_and_only_the_script_of_the_page_runs() {
    let html = page(&format!("{OCTOBER} --users"));
    let links: Vec<&str> = ["src", "href", "xlink:href", "srcset", "action"]
        .iter()
        .flat_map(|name| attributes(&html, name))
        .collect();
    assert!(
        links.len() > 5 && links.iter().all(|link| link.starts_with('#') || link.starts_with("data:")),
        "{links:?}"
    );
    let style = between(&html, "<style>", "</style>");
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert!(!html.contains(" style=") && !html.contains(" onclick=") && !html.contains("javascript:"));
    let script = between(&html, "<script>", "</script>");
    for word in ["fetch(", "XMLHttpRequest", "WebSocket", "import(", "innerHTML", "eval("] {
        assert!(!script.contains(word), "{word}");
    }
    let hash = |text: &str| format!("'sha256-{}'", BASE64.encode(Sha256::digest(text)));
    let policy = attributes(&html, "content")[0];
    let expected = format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(style),
        hash(script)
    );
    assert_eq!(policy, expected);
    assert_eq!(html.matches("<style").count(), 1);
    assert_eq!(html.matches("<script").count(), 1, "scripts other than the page's own");
}

#[test]
fn names_from_the_data_are_text_wherever_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let record = std::fs::read_to_string("fixtures/single/record-01.json").unwrap();
    let name = between(&record, "\"customer_name\": \"", "\"");
    let evil = "</script><img src=x onerror=alert(1)><!--'&\u{202e}";
    let dump = folder.path().join("dump.json");
    let escaped = serde_json::to_string(&format!("{evil}\"\u{7}")).unwrap();
    std::fs::write(&dump, record.replace(&format!("\"{name}\""), &escaped)).unwrap();
    let html = page(&format!("report {} --as-of 2026-11-23 --users", dump.display()));
    let text = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&lt;!--'&amp;\\u{202e}&quot;\\u{7}";
    assert!(html.matches(text).count() > 5, "in charts, tables and titles");
    assert!(!html.contains("<img") && !html.contains("<!--") && !html.contains(['\u{202e}', '\u{7}']));
}

#[test]
fn every_id_is_there_once_and_every_link_leads_somewhere() {
    let html = page(&format!("{OCTOBER} --users"));
    let ids = attributes(&html, "id");
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "an id stands twice");
    let named = attributes(&html, "aria-labelledby").into_iter().flat_map(str::split_whitespace);
    let links = attributes(&html, "href").into_iter().filter_map(|link| link.strip_prefix('#'));
    for id in named.chain(links) {
        assert!(distinct.contains(id), "{id}");
    }
}

#[test]
fn a_month_that_is_not_over_is_marked_and_dashed() {
    let html = page("report fixtures/real/complete --as-of 2026-10-20");
    assert!(html.contains("October 2026* is incomplete: more usage may come"));
    assert!(html.contains("class=\"line s1 dashed\"") && html.contains("marker s1 hollow"));
    assert!(rows(&html, "detail").iter().any(|row| row[0] == "2026-10*"));
    assert!(!page(OCTOBER).contains("class=\"line dashed"));
}

#[test]
fn every_chart_is_of_one_unit_has_words_and_a_table() {
    let html = page(OCTOBER);
    let charts: Vec<&str> =
        html.split("<svg ").skip(1).map(|rest| rest.split("</svg>").next().unwrap()).collect();
    assert_eq!(charts.len(), 14 * 3, "bars, shares and lines of 14 units");
    for chart in charts {
        assert!(chart.starts_with("class=\"chart\" role=\"img\""));
        let (title, description) = (between(chart, "-t\">", "</title>"), between(chart, "-d\">", "</desc>"));
        assert!(title.contains(" in ") && !description.is_empty(), "{title}");
    }
    assert_eq!(html.matches("<details class=\"data\">").count(), 14 * 2);
    let hours = between(&html, ">hours</h3>", "</section>");
    assert_eq!(hours.matches("Tartu Ülikool").count(), 3, "beside its bar, among the shares, in the table");
}

#[test]
fn what_was_rejected_stands_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.ndjson");
    let line = format!(
        "report fixtures/broken/usage-third-decimal.json --as-of 2026-11-23 --format html --rejects {}",
        rejects.display()
    );
    let outcome = run(&line);
    assert_eq!(outcome.code, 3, "{}", outcome.stderr);
    let exceptions = between(&outcome.stdout, "<section id=\"exceptions\"", "</section>");
    assert!(exceptions.contains(
        "<td>usage</td><td>12.505</td><td>at most 2 digits after the point</td><td>bad value</td>"
    ));
    assert!(outcome.stdout.contains("<a class=\"badge warn\" href=\"#warnings\">1 warning</a>"));
}

#[test]
fn pseudonyms_leave_no_username() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("secret.key");
    std::fs::write(&key, "a secret of sixteen bytes and more\n").unwrap();
    assert!(page(&format!("{OCTOBER} --users")).contains("olga041"));
    let html = page(&format!("{OCTOBER} --users --pseudonyms {}", key.display()));
    assert!(!html.contains("olga041"));
    assert!(rows(&html, "all-users").iter().all(|row| row[0].starts_with("user-")));
    assert!(!page(OCTOBER).contains("id=\"users\""), "users are shown where they are asked for");
}

#[test]
fn no_record_at_all_is_a_page_too() {
    let html = page(&format!("{OCTOBER} --type nothing_is_called_so"));
    assert!(html.contains("No record is of this time") && html.ends_with("</html>\n"));
}

#[test]
fn a_book_says_the_state_of_its_month_and_what_changed_after_it_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("usage.book");
    let add = |input: &str, day: &str| {
        run(&format!(
            "{} --book {} fixtures/real/{input} --pulled-at {day}T00:00:00Z",
            crate::binary::adding(&book),
            book.display()
        ))
    };
    add("complete/2026-10", "2026-11-01");
    let report = format!("report --book {} --period 2026-10 --as-of 2026-11-23", book.display());
    assert!(page(&report).contains("<span class=\"badge\">OPEN</span>"));
    run(&format!("close --book {} 2026-10 --as-of 2026-11-02T00:00:00Z", book.display()));
    add("renamed/before", "2026-11-10");
    add("renamed/after", "2026-11-20");
    let html = page(&report);
    assert!(html.contains("<span class=\"badge\">CLOSED v1, cut-off 2 November 2026, "));
    let late = rows(&html, "late-changes");
    assert!(!late.is_empty() && late.iter().any(|row| row.contains(&"renamed".to_owned())), "{late:?}");
}

#[test]
fn a_manifest_names_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let (path, manifest) = (folder.path().join("october.html"), folder.path().join("october.json"));
    let outcome = run(&format!("{OCTOBER} -o {} --manifest {}", path.display(), manifest.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(manifest).unwrap()).unwrap();
    let sha256: String =
        Sha256::digest(std::fs::read(&path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(manifest["outputs"][0]["sha256"], sha256.as_str());
    assert_eq!(manifest["outputs"][0]["rows"], 243);
}

#[test]
fn choices_that_would_do_nothing_are_refused() {
    for (more, message) in [
        ("-o x.html --pivot period", "--pivot period needs another format than xlsx, html or pdf"),
        ("--format html --top 3", "--top needs another format than xlsx, html or pdf"),
        ("-o x.htm --totals", "--totals needs another format than xlsx, html or pdf"),
        ("-o x.html --csv-profile excel", "--csv-profile needs --format csv or tsv"),
        ("-o x.page", "parquet, xlsx, html"),
    ] {
        let outcome = run(&format!("{OCTOBER} {more}"));
        assert_eq!(outcome.code, 2, "{more}: {}", outcome.stderr);
        assert!(outcome.stderr.contains(message), "{more}: {}", outcome.stderr);
    }
}

/// The colours of a theme by their names.
fn colors(css: &str) -> BTreeMap<&str, u32> {
    let lines = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';'));
    let colors = lines.filter_map(|line| line.split_once(": #"));
    colors.map(|(name, value)| (name, u32::from_str_radix(value, 16).expect("six digits"))).collect()
}

/// The relative luminance of WCAG.
fn luminance(color: u32) -> f64 {
    let channel = |shift: u32| {
        let value = f64::from((color >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(16) + 0.7152 * channel(8) + 0.0722 * channel(0)
}

fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn colours_have_contrast_in_light_and_dark() {
    let css = std::fs::read_to_string(Path::new("src/write/html/page.css")).unwrap();
    let (light, rest) =
        css.split_once("@media screen and (prefers-color-scheme: dark)").expect("a dark theme");
    let dark = rest.split("* {").next().unwrap();
    for theme in [colors(light), colors(dark)] {
        assert_eq!(theme.len(), 21, "{:?}", theme.keys());
        for name in ["ink", "quiet", "accent", "good", "bad", "warn"] {
            for ground in ["paper", "soft"] {
                let contrast = contrast(theme[name], theme[ground]);
                assert!(contrast >= 4.5, "text {name} on {ground}: {contrast:.2}");
            }
        }
        for ground in ["share", "share-b"] {
            assert!(contrast(theme["on"], theme[ground]) >= 4.5, "numbers on {ground}");
        }
        let graphics = (1..=8).map(|series| format!("s{series}"));
        for name in graphics.chain(["share", "share-b", "others"].map(str::to_owned)) {
            let contrast = contrast(theme[name.as_str()], theme["paper"]);
            assert!(contrast >= 3.0, "{name}: {contrast:.2}");
        }
    }
}
