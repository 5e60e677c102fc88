//! Small records from lines of words, and the dumps that they make.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use usagebook::usage::Field;

/// A record as the text of its fields' values in JSON, in the endpoint's order.
#[derive(Clone, Debug)]
pub struct Record([String; Field::COUNT]);

impl Record {
    /// `acme cpu hour 2026-10 alice 1.50`, and behind it fields that are not as usual: `modified=2026-11-01T00:00:00Z`.
    ///
    /// Each customer has one project, offering and resource; each of its components one parent a month.
    pub fn new(line: &str) -> Self {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [customer, component, unit, month, username, usage, changes @ ..] = words.as_slice() else {
            panic!("{line}: expected customer component unit month username usage");
        };
        let parent = uuid(&format!("{customer}/{component}/{month}"));
        let mut record = Self(std::array::from_fn(|at| match Field::ALL[at] {
            Field::Uuid => quoted(&uuid(&format!("{parent}/{username}"))),
            Field::User => "null".to_owned(),
            Field::Username => quoted(username),
            Field::ComponentUsage => quoted(&uri(&parent)),
            Field::Usage => (*usage).to_owned(),
            Field::MeasuredUnit => quoted(unit),
            Field::Description | Field::BackendId => quoted(""),
            Field::Created | Field::Modified | Field::Date => quoted(&format!("{month}-15T12:00:00Z")),
            Field::ResourceName => quoted(&format!("{customer}-resource")),
            Field::ResourceUuid => quoted(&uuid(&format!("{customer}-resource"))),
            Field::OfferingName => quoted("cluster"),
            Field::OfferingUuid => quoted(&uuid("cluster")),
            Field::ProjectName => quoted(&format!("{customer}-project")),
            Field::ProjectUuid => quoted(&uuid(&format!("{customer}-project"))),
            Field::CustomerName => quoted(customer),
            Field::CustomerUuid => quoted(&uuid(customer)),
            Field::ComponentType => quoted(component),
            Field::BillingPeriod => quoted(&format!("{month}-01")),
        }));
        for change in changes {
            let (field, value) = change.split_once('=').expect("field=value");
            let value = match field {
                "uuid" | "customer_uuid" | "project_uuid" => quoted(&uuid(value)),
                "component_usage" => quoted(&uri(&uuid(value))),
                "resource_uuid" => quoted(&uuid(value)),
                "usage" => value.to_owned(),
                _ => quoted(value),
            };
            record.set(Field::named(field.as_bytes()).expect("a field"), value);
        }
        record
    }

    pub fn set(&mut self, field: Field, token: impl Into<String>) {
        self.0[field as usize] = token.into();
    }

    /// As the server writes it.
    pub fn json(&self) -> String {
        let entries = Field::ALL.iter().zip(&self.0);
        let entries: Vec<String> =
            entries.map(|(field, token)| format!("{:?}:{token}", field.name())).collect();
        format!("{{{}}}", entries.join(","))
    }

    /// A table of one record without some columns.
    pub fn csv_without(&self, names: &[&str]) -> String {
        let is_kept = |at: &usize| !names.contains(&Field::ALL[*at].name());
        let kept: Vec<usize> = (0..Field::COUNT).filter(is_kept).collect();
        let header: Vec<&str> = kept.iter().map(|at| Field::ALL[*at].name()).collect();
        let cells: Vec<String> = kept.iter().map(|at| cell(&self.0[*at])).collect();
        format!("{}\n{}\n", header.join(","), cells.join(","))
    }

    /// As a line of CSV: null is the empty text.
    pub fn csv(&self) -> String {
        self.0.iter().map(|token| cell(token)).collect::<Vec<_>>().join(",")
    }
}

fn cell(token: &str) -> String {
    match serde_json::from_str(token) {
        Ok(serde_json::Value::String(text)) => format!("\"{}\"", text.replace('"', "\"\"")),
        Ok(serde_json::Value::Null) => String::new(),
        _ => token.to_owned(),
    }
}

/// A Parquet file of text, with this many records in each row group.
pub fn parquet(records: &[Record], rows_per_group: usize) -> Vec<u8> {
    let column = |field: Field| {
        let texts = records.iter().map(|record| cell_text(&record.0[field as usize]));
        (field.name(), Arc::new(texts.collect::<StringArray>()) as ArrayRef)
    };
    let batch = RecordBatch::try_from_iter(Field::ALL.map(column)).expect("columns of one length");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows_per_group)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).expect("a schema");
    writer.write(&batch).expect("memory");
    writer.into_inner().expect("memory")
}

/// The text of a value; nothing for null.
fn cell_text(token: &str) -> Option<String> {
    match serde_json::from_str(token) {
        Ok(serde_json::Value::String(text)) => Some(text),
        Ok(serde_json::Value::Null) => None,
        _ => Some(token.to_owned()),
    }
}

/// A uuid that belongs to a name.
pub fn uuid(name: &str) -> String {
    let half = |seed: u64| {
        name.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("{:016x}{:016x}", half(0xcbf2_9ce4_8422_2325), half(0x9e37_79b9_7f4a_7c15))
}

/// The records of lines; empty lines are passed over.
pub fn records(lines: &str) -> Vec<Record> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(Record::new).collect()
}

pub fn page(records: &[Record]) -> String {
    format!("[{}]", records.iter().map(Record::json).collect::<Vec<_>>().join(","))
}

pub fn ndjson(records: &[Record]) -> String {
    records.iter().map(|record| record.json() + "\n").collect()
}

pub fn csv(records: &[Record]) -> String {
    let header = Field::ALL.map(Field::name).join(",");
    let lines = records.iter().map(Record::csv);
    [header].into_iter().chain(lines).map(|line| line + "\n").collect()
}

/// A folder of dumps that goes away at the end of a test.
pub struct Dumps(tempfile::TempDir);

impl Dumps {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    /// Dumps of one file each, `a.json`, `b.json` …
    pub fn of(dumps: &[&str]) -> (Self, Vec<String>) {
        let folder = Self::new();
        let names = (b'a'..).map(|letter| format!("{}.json", char::from(letter)));
        let files = dumps.iter().zip(names).map(|(lines, name)| folder.write(&name, page(&records(lines))));
        let files = files.collect();
        (folder, files)
    }

    /// Writes a file, with the folders above it, and gives its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path.display().to_string()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn text(&self) -> String {
        self.0.path().display().to_string()
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

fn uri(uuid: &str) -> String {
    format!("https://waldur.example/api/marketplace-component-usages/{uuid}/")
}
