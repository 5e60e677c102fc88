//! The component usages' own endpoint, as its clients meet it.

use serde_json::Value;

use super::client::{get, send};
use super::running::{RECORDS, Running};
use crate::binary::stdout;
use crate::records::Dumps;

const USAGES: &str = "/api/marketplace-component-usages/";
const DUMPS: &str = "fixtures/real/component-usages";

/// All component usages as the portal wrote them.
fn dumped() -> Vec<Value> {
    let pages = glob::glob(&format!("{DUMPS}/*/page-*.json.gz")).expect("a pattern");
    let page = |path: std::path::PathBuf| -> Vec<Value> {
        let page = flate2::read::GzDecoder::new(std::fs::File::open(path).expect("a page"));
        serde_json::from_reader(page).expect("an array")
    };
    pages.flat_map(|path| page(path.expect("a path"))).collect()
}

fn uuid(usage: &Value) -> &str {
    usage["uuid"].as_str().expect("a uuid")
}

fn date(usage: &Value) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(usage["date"].as_str().expect("text")).expect("a time")
}

#[test]
fn component_usages_are_served_as_the_portal_wrote_them() {
    let server = Running::start(&format!("{RECORDS} --parents {DUMPS}"));
    let mut expected = dumped();
    expected.sort_by(|one, other| uuid(one).cmp(uuid(other)));
    let mut served = Vec::new();
    let mut next = Some(format!("{USAGES}?page_size=300"));
    while let Some(target) = next {
        let answer = get(server.address, &target);
        assert_eq!(answer.header("x-result-count"), Some(&*expected.len().to_string()));
        served.extend(answer.json().as_array().expect("an array").clone());
        next = answer.link("next").map(|link| link[link.find("/api/").expect("a path")..].to_owned());
    }
    let keys: Vec<_> = served
        .iter()
        .map(|usage| (std::cmp::Reverse(date(usage)), usage["type"].as_str(), uuid(usage)))
        .collect();
    assert!(keys.is_sorted(), "the newest date first, then the component type");
    let mut by_uuid = served.clone();
    by_uuid.sort_by(|one, other| uuid(one).cmp(uuid(other)));
    assert_eq!(by_uuid, expected);
    let text = get(server.address, &format!("{USAGES}?page_size=1")).body;
    let fields = "[{\"uuid\":,\"created\":,\"description\":,\"type\":,\"name\":,\"measured_unit\":,\"usage\":,\"date\":";
    let positions: Vec<_> =
        fields.split(',').map(|field| text.find(field.trim_start_matches("[{"))).collect();
    assert!(positions.is_sorted() && positions.iter().all(Option::is_some), "{text}");
}

#[test]
fn filters_orders_and_fields_are_those_of_the_endpoint() {
    let server = Running::start(&format!("{RECORDS} --parents {DUMPS}"));
    let all = dumped();
    let count = |query: &str| -> usize {
        let answer = get(server.address, &format!("{USAGES}?{query}"));
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        answer.header("x-result-count").expect("a count").parse().expect("a number")
    };
    let first = &all[0];
    for (query, field) in [
        ("billing_period", "billing_period"),
        ("type", "type"),
        ("resource_uuid", "resource_uuid"),
        ("offering_uuid", "offering_uuid"),
        ("project_uuid", "project_uuid"),
        ("customer_uuid", "customer_uuid"),
    ] {
        let value = first[field].as_str().expect("text");
        let expected = all.iter().filter(|usage| usage[field] == first[field]).count();
        assert!(expected < all.len(), "{field}");
        assert_eq!(count(&format!("{query}={value}")), expected, "{field}");
    }
    let resource = first["resource_uuid"].as_str().expect("text");
    let url = format!("https://portal.example.org/api/marketplace-resources/{resource}/");
    assert_eq!(count(&format!("resource={url}")), count(&format!("resource_uuid={resource}")));
    let in_month = |month: &str| all.iter().filter(|usage| usage["billing_period"] == month).count();
    assert_eq!(count("billing_period_year=2026&billing_period_month=9"), in_month("2026-09-01"));
    assert_eq!(count("date_after=2026-10-01&billing_period=2026-08-01"), 0);
    assert_eq!(
        count("component_usage__billing_period=2026-08-01&username=x"),
        all.len(),
        "of the other endpoint"
    );
    let answer =
        get(server.address, &format!("{USAGES}?o=-usage&field=usage&field=type&field=x&page_size=300"));
    let usages = answer.json();
    let usages: Vec<f64> = usages
        .as_array()
        .expect("an array")
        .iter()
        .map(|usage| usage["usage"].as_f64().expect("a number"))
        .collect();
    assert!(usages.is_sorted_by(|one, other| one >= other));
    assert_eq!(answer.json()[0].as_object().expect("an object").len(), 2);
    let refused = get(server.address, &format!("{USAGES}?o=username&billing_period=x"));
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body,
        "{\"billing_period\":[\"Enter a valid date.\"],\"o\":[\"Select a valid choice. username is not one of the \
         available choices.\"]}"
    );
    assert_eq!(get(server.address, &format!("{USAGES}?page=9999")).status, 404);
}

#[test]
fn one_component_usage_is_found_by_its_uuid() {
    let server = Running::start(&format!("{RECORDS} --parents {DUMPS} --usage-as string"));
    let all = dumped();
    let uuid = uuid(&all[0]);
    let answer = get(server.address, &format!("{USAGES}{uuid}/?field=uuid&field=usage"));
    let usage = all[0]["usage"].as_f64().expect("a number");
    assert_eq!(answer.body, format!("{{\"uuid\":\"{uuid}\",\"usage\":\"{usage:.2}\"}}"));
    let none = get(server.address, &format!("{USAGES}{}/", "0".repeat(32)));
    assert_eq!(
        (none.status, &*none.body),
        (404, "{\"detail\":\"No ComponentUsage matches the given query.\"}")
    );
    assert_eq!(get(server.address, USAGES.trim_end_matches('/')).status, 301);
    let options =
        send(server.address, format!("OPTIONS {USAGES} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
    assert!(options.expect("an answer").body.contains("\"Component Usage List\""));
    let described = get(server.address, "/openapi.json").json();
    assert!(described["paths"][format!("{USAGES}{{uuid}}/")]["get"].is_object());
}

#[test]
fn without_component_usages_there_is_no_such_endpoint() {
    let server = Running::start("fixtures/real/complete/2026-08");
    assert_eq!(get(server.address, USAGES).status, 404);
    assert!(get(server.address, "/openapi.json").json()["paths"][USAGES].is_null());
}

#[test]
fn a_book_serves_the_component_usages_that_were_taken_into_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let book = folder.path().join("usage.book").display().to_string();
    let month = "2026-08";
    stdout(&format!(
        "add --new fixtures/real/complete/{month} --parents {DUMPS}/{month} --book {book} --quiet"
    ));
    let server = Running::start(&format!("--book {book}"));
    let expected = dumped().iter().filter(|usage| usage["billing_period"] == "2026-08-01").count();
    assert!(expected > 200, "{expected}");
    let answer = get(server.address, &format!("{USAGES}?page_size=1"));
    assert_eq!(answer.header("x-result-count"), Some(&*expected.to_string()));
    // What the book packed had been packed already, and is checked as well.
    let checked = crate::binary::run(&format!("check --book {book} --as-of 2026-11-23"));
    assert!(
        checked.stdout.contains("WARNING users_exceed_parent")
            && !checked.stdout.contains("WARNING unusable")
    );
}

#[test]
fn the_newest_field_and_a_table_are_served_alike() {
    let folder = Dumps::new();
    let record = crate::records::page(&crate::records::records("acme cpu hour 2026-10 alice 1.50"));
    let record = folder.write("r.json", record);
    let header = "uuid,type,measured_unit,usage,date,recurring,modified_by,missing_usage_policy,resource_name,resource_uuid";
    let uuid = crate::records::uuid("acme/cpu/2026-10");
    let line = format!("{uuid},cpu,hour,1.50,2026-10-31T23:59:59Z,False,7,reuse,\"a \"\"b\"\"\",{uuid}");
    let table = folder.write("usages.csv", format!("{header}\n{line}\n"));
    let server = Running::start(&format!("'{record}' --parents '{table}'"));
    let usage = &get(server.address, USAGES).json()[0];
    assert_eq!(usage["recurring"], false);
    assert_eq!(usage["modified_by"], 7);
    assert_eq!(usage["missing_usage_policy"], "reuse");
    assert_eq!(usage["resource_name"], "a \"b\"");
    assert_eq!(usage["usage"], 1.5);
    assert_eq!(usage["billing_period"], "2026-10-01");
    assert!(usage["customer_uuid"].is_null());
}
