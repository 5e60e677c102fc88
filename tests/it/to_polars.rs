//! Records and reports as polars frames.

use usagebook::listing::{RecordReader, record::Value, time_text};
use usagebook::polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit};
use usagebook::report::Cell;
use usagebook::text::uuid_text;
use usagebook::{Field, Intake, ReadRequest, UsageFrame};

use crate::frames::{intake, report, request};

pub const LARGE: [&str; 4] =
    ["999999999999999999.99", "123456789012345678.91", "-123456789012345678.92", "0.01"];

/// One record for each of these usages.
pub fn records(usages: &[&str]) -> String {
    let record = |(number, usage): (usize, &&str)| {
        format!(
            r#"{{"uuid":"{number:032x}","user":null,"username":"user{number}","component_usage":"https://portal.example/api/marketplace-component-usages/{:032x}/","usage":"{usage}","measured_unit":"hour","description":"","created":"2026-10-01T00:00:00Z","modified":"2026-10-02T00:00:00Z","backend_id":"","resource_name":"VM","resource_uuid":"{:032x}","offering_name":"Cloud","offering_uuid":"{:032x}","project_name":"Alpha","project_uuid":"{:032x}","customer_name":"Acme","customer_uuid":"{:032x}","component_type":"cpu","date":"2026-10-31T12:00:00Z","billing_period":"2026-10-01"}}
"#,
            1, 2, 3, 4, 5
        )
    };
    usages.iter().enumerate().map(record).collect()
}

fn detailed(input: &str) -> Intake {
    let mut request: ReadRequest = request(&[input]);
    request.reading.keeps_details = true;
    usagebook::read(&request, &Default::default()).unwrap()
}

/// Decimals of a column, as their digits.
fn decimals(frame: &DataFrame, column: &str) -> Vec<String> {
    let column = frame.column(column).unwrap().decimal().unwrap();
    let scale = column.scale();
    let text = |value: i128| {
        let sign = if value < 0 { "-" } else { "" };
        let unit = 10_u128.pow(scale as u32);
        format!("{sign}{}.{:0scale$}", value.unsigned_abs() / unit, value.unsigned_abs() % unit)
    };
    column.physical().iter().map(|value| value.map_or_else(String::new, text)).collect()
}

/// What a frame has for a field of a record, as the endpoint's list would show it.
fn shown(value: AnyValue) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(text) => text.to_owned(),
        AnyValue::Datetime(micros, TimeUnit::Microseconds, None) => time_text(micros).unwrap(),
        AnyValue::Date(days) => (chrono::NaiveDate::default() + chrono::Days::new(days as u64)).to_string(),
        AnyValue::Decimal(..) => "a decimal".to_owned(),
        other => panic!("{other:?}"),
    }
}

fn expected(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Text(text) => text.to_owned(),
        Value::Uuid(uuid) => uuid_text(uuid),
        Value::Usage(_) => "a decimal".to_owned(),
        Value::Time(micros) => time_text(micros).unwrap(),
        Value::Month(month) => format!("{month}-01"),
    }
}

#[test]
fn a_frame_has_every_field_of_every_record_under_the_endpoints_names() {
    let frame = detailed("fixtures/real/complete").frame;
    let records = frame.to_polars().unwrap();
    let names = Field::ALL.iter().map(|field| field.name()).chain(["period"]);
    assert!(records.get_column_names().into_iter().map(|name| name.as_str()).eq(names));
    let reader = RecordReader::new(&frame).unwrap();
    for field in Field::ALL {
        let column = records.column(field.name()).unwrap();
        for row in 0..records.height() {
            let value = reader.value(row as u32, field);
            assert_eq!(shown(column.get(row).unwrap()), expected(value), "{} of record {row}", field.name());
        }
    }
}

#[test]
fn usage_of_eighteen_digits_is_exact_in_records_and_reports() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("large.ndjson");
    std::fs::write(&input, records(&LARGE)).unwrap();
    let input = input.to_str().unwrap();
    let of_records = decimals(&intake(&[input]).frame.to_polars().unwrap(), "usage");
    assert_eq!(of_records, LARGE);
    let report = report(intake(&[input]), "period,user").to_polars().unwrap();
    let mut of_report = decimals(&report, "usage");
    of_report.sort();
    let mut all = LARGE.map(str::to_owned);
    all.sort();
    assert_eq!(of_report, all);
}

#[test]
fn figures_alone_have_the_fields_that_were_kept() {
    let frame = intake(&["fixtures/real/complete"]).frame;
    let records = frame.to_polars().unwrap();
    let absent = ["uuid", "user", "component_usage", "description", "created", "modified", "backend_id"];
    let names = Field::ALL.iter().map(|field| field.name()).chain(["period"]);
    assert!(
        records
            .get_column_names()
            .into_iter()
            .map(|name| name.as_str())
            .eq(names.filter(|name| !absent.contains(name)))
    );
    assert_eq!(records.column("usage").unwrap().dtype(), &DataType::Decimal(38, 2));
    assert_eq!(records.column("billing_period").unwrap().dtype(), &DataType::Date);
}

#[test]
fn parents_are_there_once_each() {
    let frame = detailed("fixtures/real/complete").frame;
    let (records, parents) = (frame.to_polars().unwrap(), frame.parents_to_polars().unwrap());
    let texts = |frame: &DataFrame| -> Vec<String> {
        let uris = frame.column("component_usage").unwrap().str().unwrap();
        uris.iter().flatten().map(str::to_owned).collect()
    };
    let mut of_records = texts(&records);
    of_records.sort();
    of_records.dedup();
    let mut of_parents = texts(&parents);
    of_parents.sort();
    assert_eq!(of_parents, of_records);
    assert!(parents.column("usage").is_err() && parents.column("period").is_ok());
}

#[test]
fn a_reports_frame_has_the_cells_of_its_rows() {
    let report = report(intake(&["fixtures/real/complete"]), "period,customer,user");
    let frame = report.to_polars().unwrap();
    assert!(
        frame
            .get_column_names()
            .into_iter()
            .map(|name| name.as_str())
            .eq(report.columns.iter().map(|column| column.name()))
    );
    let cells = report.rows.cells();
    for row in 0..report.rows.len() {
        for (at, column) in frame.columns().iter().enumerate() {
            match (cells.get(row, at), column.get(row).unwrap()) {
                (Cell::Empty, AnyValue::Null) => {}
                (Cell::Text(text), AnyValue::String(other)) => assert_eq!(text, other),
                (Cell::Count(count), AnyValue::UInt64(other)) => assert_eq!(count, other),
                (Cell::Quantity(quantity), AnyValue::Decimal(hundredths, 38, 2)) => {
                    assert_eq!(quantity.hundredths(), hundredths);
                }
                (cell, value) => panic!("{cell:?} is {value:?}"),
            }
        }
    }
}

#[test]
fn no_records_are_a_frame_of_the_same_columns() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("none.json");
    std::fs::write(&input, "[]").unwrap();
    let frame: UsageFrame = detailed(input.to_str().unwrap()).frame;
    let records = frame.to_polars().unwrap();
    assert_eq!((records.height(), records.width()), (0, Field::COUNT + 1));
    assert_eq!(frame.parents_to_polars().unwrap().height(), 0);
}
