use std::io::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::*;
use crate::ingest::{Progress, ReadRequest, Reading, read};
use crate::usage::Field;

/// Records of a real server, one a line: a null user, a zero, control characters, more than 15 digits.
const RECORDS: &str = include_str!("records.ndjson");

fn frame(records: &[Json]) -> UsageFrame {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", Json::from(records.to_vec())).unwrap();
    let request = ReadRequest {
        inputs: vec![file.path().to_str().unwrap().to_owned()],
        reading: Reading { timezone: chrono_tz::UTC, keeps_details: true, keeps_raw: true },
        accepts_incomplete: false,
        hashes_files: false,
        threads: Some(1),
    };
    let intake = read(&request, &Arc::new(Progress::default())).unwrap();
    assert_eq!(intake.faults.first(), []);
    intake.frame
}

fn real_records() -> Vec<Json> {
    RECORDS.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Four records, named by the last digit of their uuid; 1 and 2 differ in nothing else that orders them.
fn small_frame() -> UsageFrame {
    let changes = [
        json!({"uuid": "2", "username": "ada", "usage": 5, "component_type": "cpu", "date": "09"}),
        json!({"uuid": "1", "username": "ada", "usage": 5, "component_type": "cpu", "date": "09"}),
        json!({"uuid": "4", "username": "Zoe", "usage": -7, "component_type": "ram", "date": "10"}),
        json!({"uuid": "3", "username": "été", "usage": 30, "component_type": "cpu", "date": "10"}),
    ];
    let template = real_records().remove(0);
    let records = changes.map(|change| {
        let mut record = template.clone();
        for (field, value) in change.as_object().unwrap() {
            record[field] = value.clone();
        }
        let month = change["date"].as_str().unwrap();
        record["uuid"] = format!("{:0>32}", change["uuid"].as_str().unwrap()).into();
        record["component_usage"] = format!("https://x/{}/", record["uuid"].as_str().unwrap()).into();
        record["date"] = format!("2026-{month}-15T12:00:00Z").into();
        record["billing_period"] = format!("2026-{month}-01").into();
        record
    });
    frame(&records)
}

/// The uuids' last digits of a page.
fn listed(orders: &[&str], paging: Paging) -> String {
    let frame = small_frame();
    let request = ListRequest { orders: Order::parse_lists(orders).unwrap(), paging };
    match list(&frame, &request) {
        Ok(listing) => {
            let reader = RecordReader::new(&frame).unwrap();
            let digit = |row: &u32| match reader.value(*row, Field::Uuid) {
                record::Value::Uuid(uuid) => uuid.to_string(),
                other => panic!("{other:?} is no uuid"),
            };
            listing.rows.iter().map(digit).collect()
        }
        Err(error) => error.to_string(),
    }
}

fn page(number: usize, size: usize) -> Paging {
    Paging::Page { page: Page::Number(number), size }
}

/// The records of a frame in the order in which they are given.
fn written(records: &[Json], format: ListFormat, rendering: &Rendering) -> String {
    let frame = frame(records);
    let row = |record: &Json| {
        let uuid = u128::from_str_radix(record["uuid"].as_str().unwrap(), 16).unwrap();
        retrieve(&frame, uuid).unwrap().unwrap()
    };
    let rows: Vec<u32> = records.iter().map(row).collect();
    let mut out = Vec::new();
    RecordReader::new(&frame).unwrap().write(&rows, format, rendering, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_record_is_rendered_byte_for_byte_as_the_server_renders_it() {
    assert_eq!(written(&real_records(), ListFormat::Ndjson, &Rendering::default()), RECORDS);
    let array = format!("[{}]\n", RECORDS.trim_end().replace('\n', ","));
    assert_eq!(written(&real_records(), ListFormat::Json, &Rendering::default()), array);
}

#[test]
fn usage_is_an_exact_number_or_an_exact_string() {
    let mut record = real_records().remove(0);
    let rendered = |record: &Json, usage| {
        let rendering = Rendering { fields: vec![Field::Usage], usage };
        written(std::slice::from_ref(record), ListFormat::Ndjson, &rendering).trim_end().to_owned()
    };
    for (usage, number, string) in [
        (json!(12.5), "12.5", "12.50"),
        (json!(100), "100.0", "100.00"),
        (json!(0.01), "0.01", "0.01"),
        (json!(-5.25), "-5.25", "-5.25"),
        (json!(1e16), "10000000000000000.0", "10000000000000000.00"),
    ] {
        record["usage"] = usage;
        assert_eq!(rendered(&record, UsageStyle::Number), format!(r#"{{"usage":{number}}}"#));
        assert_eq!(rendered(&record, UsageStyle::String), format!(r#"{{"usage":"{string}"}}"#));
    }
}

#[test]
fn the_line_ends_of_unicode_are_escaped_as_the_server_escapes_them() {
    let mut record = real_records().remove(0);
    record["description"] = "a\u{2028}b\u{2029}\u{7f}\u{1}é".into();
    let rendering = Rendering { fields: vec![Field::Description], usage: UsageStyle::Number };
    let line = written(&[record], ListFormat::Ndjson, &rendering);
    assert_eq!(line, "{\"description\":\"a\\u2028b\\u2029\u{7f}\\u0001é\"}\n");
}

#[test]
fn tables_hold_the_fields_by_name_and_nothing_for_null() {
    let fields = parse_fields(&["usage,user", "uuid"]).unwrap();
    let record = real_records().remove(1);
    let table = written(&[record], ListFormat::Csv, &Rendering { fields, usage: UsageStyle::Number });
    assert_eq!(table, "uuid,user,usage\nf7674ee06f7b4774b59eed7e05ff12c4,,7614913.12\n");
}

#[test]
fn the_newest_date_comes_first_then_the_component_type_then_the_uuid() {
    assert_eq!(listed(&[], Paging::All), "3412");
}

#[test]
fn orders_count_in_the_order_given_and_ties_go_by_uuid() {
    assert_eq!(listed(&["usage"], Paging::All), "4123");
    assert_eq!(listed(&["-usage"], Paging::All), "3124");
    assert_eq!(listed(&["component_usage__billing_period,-usage"], Paging::All), "1234");
    assert_eq!(listed(&["-component_usage__billing_period", "usage"], Paging::All), "4312");
}

#[test]
fn usernames_are_ordered_by_code_points() {
    assert_eq!(listed(&["username"], Paging::All), "4123");
}

#[test]
fn pages_neither_overlap_nor_leave_a_record_out() {
    for orders in [&[][..], &["usage"], &["-username"], &["component_usage__billing_period"]] {
        for size in 1..=5 {
            let pages: String =
                (1..=4_usize.div_ceil(size)).map(|number| listed(orders, page(number, size))).collect();
            assert_eq!(pages, listed(orders, Paging::All), "{orders:?} {size}");
        }
    }
    assert_eq!(listed(&[], Paging::Page { page: Page::Last, size: 3 }), "2");
}

#[test]
fn a_page_that_there_is_not_is_refused_with_those_there_are() {
    assert_eq!(listed(&[], page(3, 2)), r#"page is "3"; expected 1 to 2, or last"#);
    assert_eq!(listed(&[], page(0, 2)), r#"page is "0"; expected 1 to 2, or last"#);
    assert_eq!(listed(&[], page(1, 301)), r#"page_size is "301"; expected a number from 1 to 300"#);
    assert_eq!("99999999999999999999".parse::<Page>().unwrap(), Page::Number(usize::MAX));
    for text in ["", "-1", "abc", "1.0", "+1"] {
        assert!(text.parse::<Page>().unwrap_err().is_usage(), "{text}");
    }
}

#[test]
fn the_first_page_of_nothing_is_empty_and_there_is_no_second() {
    let nothing = frame(&[]);
    let listing = list(&nothing, &ListRequest::default()).unwrap();
    assert_eq!(listing.to_string(), "page 1 of 1; 0 records");
    assert_eq!(written(&[], ListFormat::Json, &Rendering::default()), "[]\n");
    assert!(list(&nothing, &ListRequest { orders: vec![], paging: page(2, 10) }).is_err());
}

#[test]
fn one_record_is_found_by_its_uuid() {
    let frame = small_frame();
    let row = retrieve(&frame, 4).unwrap().unwrap();
    let username = RecordReader::new(&frame).unwrap().value(row, Field::Username);
    assert_eq!(username, record::Value::Text("Zoe"));
    assert_eq!(retrieve(&frame, 5).unwrap(), None);
}

#[test]
fn an_unknown_field_or_ordering_is_refused_with_those_there_are() {
    let field = parse_fields(&["uuid", "usages"]).unwrap_err().to_string();
    assert!(field.contains(r#"field is "usages"; expected one of uuid, user, username"#), "{field}");
    let order = Order::parse_lists(&["usage,-date"]).unwrap_err().to_string();
    assert!(order.contains(r#"o is "-date"; expected component_usage__billing_period, usage"#), "{order}");
}
