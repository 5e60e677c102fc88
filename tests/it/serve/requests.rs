//! Every request that was put to a running portal, put to `serve` over three of that portal's months.
//!
//! `requests.tsv` has them: what was asked, the status, the count (of these months, counted by another program), the
//! first record where these months have it, the answer of what was refused, and why ours differs where it does.

use std::collections::BTreeMap;

use serde_json::Value;

use super::client::{Answer, LIST, ask, get};
use super::running::{RECORDS, Running};
use crate::binary::stdout;

const REQUESTS: &str = include_str!("requests.tsv");

struct Asked<'a> {
    case: String,
    method: &'a str,
    target: &'a str,
    header: &'a str,
    status: u16,
    count: Option<&'a str>,
    first: Option<&'a str>,
    answer: &'a str,
}

fn asked(line: &str) -> Asked<'_> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [group, case, method, target, header, status, count, first, answer, _difference] = cells[..] else {
        panic!("{line}")
    };
    Asked {
        case: format!("{group}: {case}"),
        method,
        target,
        header,
        status: status.parse().expect("a status"),
        count: Some(count).filter(|count| !count.is_empty()),
        first: Some(first).filter(|first| !first.is_empty()),
        answer,
    }
}

/// The records as the portal wrote them, by uuid.
fn records() -> BTreeMap<String, Value> {
    let text = stdout(&format!("list {RECORDS} --all --format ndjson"));
    let record = |line: &str| {
        let record: Value = serde_json::from_str(line).expect("a record");
        (record["uuid"].as_str().expect("a uuid").to_owned(), record)
    };
    text.lines().map(record).collect()
}

/// What a record is ordered by: the portal leaves open in which order equal ones come.
fn order_key(record: &Value, target: &str) -> Vec<String> {
    let fields: &[&str] = match target.split(['?', '&']).find_map(|part| part.strip_prefix("o=")) {
        Some("-usage" | "-usage,username") => &["usage"],
        Some("-component_usage__billing_period") => &["billing_period"],
        _ => &["date", "component_type"],
    };
    fields.iter().map(|field| record[field].to_string()).collect()
}

fn check(asked: &Asked, answer: &Answer, records: &BTreeMap<String, Value>) {
    let Asked { case, .. } = asked;
    assert_eq!(answer.status, asked.status, "{case}: {answer:?}");
    assert_eq!(answer.header("x-result-count"), asked.count, "{case}");
    assert_eq!(answer.header("link").is_some(), asked.count.is_some(), "{case}");
    let is_unauthorized = asked.status == 401;
    assert_eq!(answer.header("www-authenticate").is_some(), is_unauthorized, "{case}");
    if let Some(location) = asked.answer.strip_prefix("location: ") {
        assert_eq!(answer.header("location"), Some(location), "{case}");
    } else if asked.method == "HEAD" {
        assert_eq!(answer.body, "", "{case}");
        assert_ne!(answer.header("content-length"), Some("0"), "{case}");
    } else if !asked.answer.is_empty() {
        assert_eq!(answer.body, asked.answer, "{case}");
    }
    if let Some(first) = asked.first {
        let found = answer.json();
        let found = if found.is_array() { &found[0] } else { &found };
        let uuid = found["uuid"].as_str().expect("a uuid");
        assert_eq!(
            order_key(&records[uuid], asked.target),
            order_key(&records[first], asked.target),
            "{case}"
        );
    }
}

#[test]
fn every_request_of_the_portal_is_answered_as_the_portal_answered() {
    let server = Running::start_with(RECORDS, |command| {
        command.env("USAGEBOOK_TOKEN", "secret");
    });
    let records = records();
    let mut count = 0;
    for line in REQUESTS.lines().skip(1) {
        let asked = asked(line);
        let headers = match asked.header {
            "Authorization:" => String::new(),
            header if header.starts_with("Authorization:") => header.to_owned(),
            header => format!("Authorization: Token secret\n{header}").trim_end().to_owned(),
        };
        check(&asked, &ask(server.address, asked.method, asked.target, &headers), &records);
        count += 1;
    }
    assert_eq!(count, 176);
}

#[test]
fn records_come_as_the_portal_wrote_them() {
    let server = Running::start(RECORDS);
    let listed = get(server.address, &format!("{LIST}?o=username&page_size=300"));
    assert_eq!(listed.header("content-type"), Some("application/json"));
    let expected = stdout(&format!("list {RECORDS} --o=username --page-size 300"));
    assert_eq!(listed.body, expected.trim_end());
    let uuid = listed.json()[7]["uuid"].as_str().expect("a uuid").to_owned();
    let record = get(server.address, &format!("{LIST}{uuid}/"));
    assert_eq!(record.body, stdout(&format!("get {uuid} {RECORDS}")).trim_end());
    let head = ask(server.address, "HEAD", &format!("{LIST}?o=username&page_size=300"), "");
    assert_eq!(head.header("content-length"), Some(&*listed.body.len().to_string()));
}

#[test]
fn usage_comes_as_text_where_that_is_asked_for() {
    let server = Running::start(&format!("{RECORDS} --usage-as string --page-size-max 7"));
    let page = get(server.address, &format!("{LIST}?page_size=300&field=usage&o=-usage")).json();
    assert_eq!(page.as_array().expect("a page").len(), 7);
    assert_eq!(page[0]["usage"], "1000000000000000.00");
}

#[test]
fn days_are_those_of_the_time_zone() {
    let count = |zone: &str| {
        let server = Running::start(&format!("{RECORDS} --timezone {zone}"));
        let answer = get(server.address, &format!("{LIST}?date_after=2026-11-01"));
        answer.header("x-result-count").expect("a count").to_owned()
    };
    assert_eq!((count("UTC").as_str(), count("Europe/Tallinn").as_str()), ("0", "1513"));
}

#[test]
fn links_begin_as_the_request_or_the_base_says() {
    let server = Running::start(RECORDS);
    let first = |server: &Running, headers: &str| {
        let answer = ask(server.address, "GET", &format!("{LIST}?page=2"), headers);
        answer.link("prev").map(str::to_owned)
    };
    assert_eq!(first(&server, "Host: localhost:1"), Some(format!("http://localhost:1{LIST}")));
    drop(server);
    let server = Running::start(&format!("{RECORDS} --base-url https://usage.example.org/proxied/"));
    let expected = Some(format!("https://usage.example.org/proxied{LIST}"));
    assert_eq!(first(&server, ""), expected);
    assert_eq!(first(&server, "Host: usage.example.org"), expected);
}

#[test]
fn pages_of_the_origins_that_may_call_can_read_the_answers() {
    let server =
        Running::start_with(&format!("{RECORDS} --cors-origin https://app.example.org"), |command| {
            command.env("USAGEBOOK_TOKEN", "secret");
        });
    let origin = |origin: &str, rest: &str| {
        let method = if rest.is_empty() { "GET" } else { "OPTIONS" };
        ask(server.address, method, LIST, &format!("Origin: {origin}\n{rest}"))
    };
    let preflight = origin("https://app.example.org", "Access-Control-Request-Method: GET");
    assert_eq!((preflight.status, preflight.body.as_str()), (200, ""));
    assert!(preflight.header("access-control-allow-headers").expect("headers").contains("authorization"));
    let answer = origin("https://app.example.org", "");
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (401, Some("https://app.example.org"))
    );
    assert_eq!(answer.header("access-control-expose-headers"), Some("Link, X-Result-Count"));
    let other = origin("https://evil.example.org", "Access-Control-Request-Method: GET");
    assert_eq!((other.status, other.header("access-control-allow-origin")), (401, None));
}

#[test]
fn supervisors_and_programs_need_no_token_for_what_holds_no_records() {
    let server = Running::start_with(RECORDS, |command| {
        command.env("USAGEBOOK_TOKEN", "secret");
    });
    assert_eq!(get(server.address, "/healthz").body, r#"{"status":"ok"}"#);
    let description = get(server.address, "/openapi.json").json();
    let parameters = &description["paths"][LIST]["get"]["parameters"];
    for name in ["customer_uuid", "component_usage__billing_period", "o", "field", "page_size"] {
        assert!(
            parameters.as_array().expect("parameters").iter().any(|known| known["name"] == name),
            "{name}"
        );
    }
    assert_eq!(ask(server.address, "POST", "/healthz", "").status, 405);
}
