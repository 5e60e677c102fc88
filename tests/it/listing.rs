//! `list` and `get` as the endpoint answers, over the pages of a real server.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::Value;
use serde_json::value::RawValue;
use usagebook::filter::Filters;
use usagebook::listing::{ListFormat, ListRequest, Order, Page, Paging, RecordReader, Rendering, list};

use crate::binary::{run, stdout};

const OCTOBER: &str = "fixtures/real/complete/2026-10";

/// The text of each record as the server wrote it, by uuid.
fn server_texts() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for page in fs::read_dir(OCTOBER).expect("the pages") {
        let mut text = String::new();
        let page = File::open(page.expect("a page").path()).expect("a page");
        GzDecoder::new(page).read_to_string(&mut text).expect("text");
        let records: Vec<Box<RawValue>> = serde_json::from_str(&text).expect("a page");
        for record in records {
            let value: Value = serde_json::from_str(record.get()).expect("a record");
            texts.insert(value["uuid"].as_str().expect("a uuid").to_owned(), record.get().to_owned());
        }
    }
    texts
}

/// The text with its usage in the way that we write floats: `100` for `100.0`, `1000000000000000` for `1e+15`.
fn with_plain_usage(text: &str) -> String {
    let (before, rest) = text.split_once("\"usage\":").expect("a usage");
    let (token, after) = rest.split_once(',').expect("more fields");
    let usage = usagebook::quantity::Quantity::parse(token.as_bytes()).expect("a usage");
    format!("{before}\"usage\":{usage},{after}")
}

#[test]
fn records_come_out_as_the_server_rendered_them() {
    let expected = server_texts();
    let text = stdout(&format!("list {OCTOBER} --all --format ndjson"));
    assert_eq!(text.lines().count(), expected.len());
    let mut identical = 0;
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("a record");
        let server = &expected[value["uuid"].as_str().expect("a uuid")];
        identical += usize::from(line == server);
        assert_eq!(with_plain_usage(line), with_plain_usage(server));
    }
    // The others are floats of more than fifteen digits, which we write exactly.
    assert!(identical >= expected.len() - 4, "{identical} of {} byte for byte", expected.len());
}

#[test]
fn one_record_comes_out_as_the_server_rendered_it() {
    let uuid = "08acaea8762e41608ce143f78629258b";
    let server = &server_texts()[uuid];
    let found = stdout(&format!("get {uuid} {OCTOBER}"));
    assert_eq!(with_plain_usage(found.trim_end()), with_plain_usage(server));
    assert_eq!(stdout(&format!("get 08ACAEA8-762e-4160-8ce1-43f78629258b {OCTOBER}")), found);
}

#[test]
fn a_record_that_is_not_there_is_said() {
    let outcome = run(&format!("get {} {OCTOBER}", "0".repeat(32)));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    assert_eq!(run(&format!("get nonsense {OCTOBER}")).code, 2);
}

#[test]
fn usage_comes_as_text_with_two_places_where_it_is_asked_for() {
    let text =
        stdout(&format!("list {OCTOBER} --usage-as string --field usage --format ndjson --page-size 3"));
    for line in text.lines() {
        let value: Value = serde_json::from_str(line).expect("a record");
        let usage = value["usage"].as_str().expect("a string");
        assert_eq!(usage.split_once('.').expect("a point").1.len(), 2, "{usage}");
    }
}

#[test]
fn a_listing_read_again_is_the_same_listing() {
    let folder = crate::records::Dumps::new();
    for format in ["json", "ndjson", "csv", "tsv"] {
        let list = |input: &str| stdout(&format!("list '{input}' --all --format {format}"));
        let first = list(OCTOBER);
        let again = list(&folder.write(&format!("again.{format}"), &first));
        assert_eq!(again, first, "{format}");
    }
}

#[test]
fn pages_never_overlap_and_miss_nothing_whatever_their_size_and_order() {
    let mut request = crate::frames::request(&["fixtures/real/complete/2026-08"]);
    request.reading.keeps_details = true;
    let intake = usagebook::ingest::read(&request, &Default::default()).expect("the month");
    let frame = Filters::default().apply(intake.frame, &[], chrono_tz::UTC);
    let all = frame.records.len();
    for order in
        ["", "usage", "-usage", "username", "-username", "component_usage__billing_period", "-usage,username"]
    {
        let given: &[&str] = if order.is_empty() { &[] } else { &[order] };
        let orders = Order::parse_lists(given).expect("an order");
        let whole = list(&frame, &ListRequest { orders: orders.clone(), paging: Paging::All }).expect("all");
        assert_eq!(whole.rows.len(), all);
        for size in [1, 7, 10, 100, 299, 300] {
            let mut rows = Vec::new();
            let pages = all.div_ceil(size);
            // Single records would take a listing each: the first pages show the same.
            for number in 1..=pages.min(40) {
                let paging = Paging::Page { page: Page::Number(number), size };
                let page = list(&frame, &ListRequest { orders: orders.clone(), paging }).expect("a page");
                assert_eq!((page.total, page.pages), (all, pages));
                rows.extend(page.rows);
            }
            assert_eq!(rows, whole.rows[..rows.len()], "{order:?} by {size}");
            assert!(pages > 40 || rows.len() == all);
        }
    }
}

#[test]
fn the_default_order_is_newest_date_then_component_type() {
    let text = stdout(&format!(
        "list {OCTOBER} --all --field date --field component_type --field uuid --format ndjson"
    ));
    let keys: Vec<(String, String, String)> = text
        .lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).expect("a record");
            let text = |field: &str| value[field].as_str().expect("text").to_owned();
            (text("date"), text("component_type"), text("uuid"))
        })
        .collect();
    let is_ordered = |pair: &[(String, String, String)]| {
        let [(date, kind, uuid), (next_date, next_kind, next_uuid)] = pair else { unreachable!("pairs") };
        moment(date) > moment(next_date)
            || (moment(date) == moment(next_date) && (kind, uuid) < (next_kind, next_uuid))
    };
    assert!(keys.windows(2).all(is_ordered));
}

fn moment(time: &str) -> chrono::DateTime<chrono::FixedOffset> {
    chrono::DateTime::parse_from_rfc3339(time).expect("a time")
}

#[test]
fn the_command_line_is_strict_where_the_server_is_silent() {
    for flags in [
        "--o created",
        "--o=-date",
        "--field nope",
        "--page 0",
        "--page abc",
        "--page-size 301",
        "--page-size 0",
    ] {
        let outcome = run(&format!("list {OCTOBER} {flags}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{flags}: {}", outcome.stderr);
    }
}

#[test]
fn the_last_page_is_there_and_the_one_behind_it_is_not() {
    let last = stdout(&format!("list {OCTOBER} --page last --page-size 100"));
    assert_eq!(last, stdout(&format!("list {OCTOBER} --page 16 --page-size 100")));
    let records: Vec<Value> = serde_json::from_str(&last).expect("a page");
    assert_eq!(records.len(), 13);
    assert_ne!(run(&format!("list {OCTOBER} --page 17 --page-size 100")).code, 0);
}

#[test]
fn the_library_writes_what_the_command_prints() {
    let mut request = crate::frames::request(&["fixtures/formats/page.json"]);
    request.reading.keeps_details = true;
    let intake = usagebook::ingest::read(&request, &Default::default()).expect("the dozen");
    let rows =
        list(&intake.frame, &ListRequest { orders: Vec::new(), paging: Paging::All }).expect("all").rows;
    let mut text = Vec::new();
    let reader = RecordReader::new(&intake.frame).expect("details are kept");
    reader.write(&rows, ListFormat::Csv, &Rendering::default(), &mut text).expect("memory");
    assert_eq!(stdout("list fixtures/formats/page.json --all --format csv").as_bytes(), text);
}
