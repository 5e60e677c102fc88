//! A report whose records were settled and added up by an engine. Here the engine is a list of recorded answers; a real one is asked
//! by tests/foreign/cluster.py.

use std::cell::RefCell;
use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use usagebook::book::{Book, Version};
use usagebook::cluster::{Cluster, Connection, EnginePaths};
use usagebook::error::{Error, Result};
use usagebook::usecase::{self, AsOf, Layout, Question, ReportQuestion, Source};
use usagebook::write::write;
use usagebook::{Dimension, FormatOptions, Progress, ReadRequest};

use crate::binary::run;
use crate::records::{Dumps, ndjson, records, uuid};

/// What the engine answers: by a part of the statement that no other one has.
#[derive(Debug)]
struct Recorded {
    answers: Vec<(&'static str, Vec<RecordBatch>)>,
    statements: RefCell<Vec<String>>,
}

impl Connection for Recorded {
    fn run(&self, statement: &str) -> Result<()> {
        self.statements.borrow_mut().push(statement.to_owned());
        Ok(())
    }

    fn query(&self, statement: &str) -> Result<Vec<RecordBatch>> {
        self.statements.borrow_mut().push(statement.to_owned());
        let answer = self.answers.iter().find(|(part, _)| statement.contains(part));
        Ok(answer.unwrap_or_else(|| panic!("nobody knows {statement}")).1.clone())
    }
}

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

fn numbers(numbers: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(numbers.to_vec()))
}

fn usage(hundredths: &[i128]) -> ArrayRef {
    let usage = Decimal128Array::from(hundredths.to_vec());
    Arc::new(usage.with_precision_and_scale(38, 2).unwrap())
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let columns = columns.into_iter().enumerate();
    RecordBatch::try_from_iter(columns.map(|(at, column)| (format!("column {at}"), column))).unwrap()
}

const LINES: &str = "
    acme cpu hours 2026-10 ann 1.50
    acme cpu hours 2026-10 bob 2.25
    acme cpu hours 2026-10 ann 9.00 modified=2026-10-01T00:00:00Z
    beta gpu hours 2026-10 ann -4.00
";

/// What an engine makes of these records.
fn recorded() -> Recorded {
    let month = 2026 * 12 + 10;
    let of = |name: &str| uuid(name);
    let parents = [of("acme/cpu/2026-10"), of("beta/gpu/2026-10")];
    let [acme, beta, cluster] = ["acme", "beta", "cluster"].map(of);
    let projects = ["acme-project", "beta-project"].map(of);
    let resources = ["acme-resource", "beta-resource"].map(of);
    let names = [
        ("customer", &acme, "acme"),
        ("customer", &beta, "beta"),
        ("project", &projects[0], "acme-project"),
        ("project", &projects[1], "beta-project"),
        ("offering", &cluster, "cluster"),
        ("resource", &resources[0], "acme-resource"),
        ("resource", &resources[1], "beta-resource"),
    ];
    let names = batch(vec![
        texts(&names.map(|(kind, ..)| kind)),
        texts(&names.map(|(_, uuid, _)| uuid.as_str())),
        texts(&names.map(|(.., name)| name)),
        numbers(&[1; 7]),
    ]);
    let two = |texts_of: &[String; 2]| texts(&texts_of.each_ref().map(String::as_str));
    let date: ArrayRef = numbers(&[1_792_065_600_000_000; 2]);
    let sums = |parts: std::ops::Range<usize>| {
        let whole = batch(vec![
            two(&parents),
            numbers(&[month; 2]),
            date.clone(),
            texts(&[&acme, &beta]),
            two(&projects),
            texts(&[cluster.as_str(); 2]),
            two(&resources),
            texts(&["cpu", "gpu"]),
            texts(&["hours"; 2]),
            texts(&[""; 2]),
            numbers(&[1, 1]),
            usage(&[375, -400]),
            numbers(&[2, 1]),
            numbers(&[0, 1]),
            numbers(&[0, 0]),
            numbers(&[2, 0]),
            numbers(&[0; 2]),
            numbers(&[0; 2]),
            numbers(&[0; 2]),
            numbers(&[0; 2]),
        ]);
        whole.slice(parts.start, parts.len())
    };
    let customers: ArrayRef = Arc::new(StringArray::from(vec![Some(&*acme), Some(&*beta), None]));
    let levels = batch(vec![
        numbers(&[0, 0, 1]),
        customers,
        texts(&["hours"; 3]),
        numbers(&[month; 3]),
        usage(&[375, -400, -25]),
        numbers(&[2, 1, 3]),
        numbers(&[2, 1, 2]),
    ]);
    let fates = batch(vec![texts(&["kept", "older_version"]), numbers(&[month; 2]), numbers(&[3, 1])]);
    let answers = vec![
        ("SELECT f.fate", vec![fates]),
        ("records_of_dumps", vec![batch(vec![numbers(&[0]), numbers(&[4]), numbers(&[3]), numbers(&[0])])]),
        ("FROM names", vec![names]),
        ("DISTINCT component_type", vec![batch(vec![texts(&["gpu", "cpu"])])]),
        ("owner_rewritten = 1 OR", Vec::new()),
        ("HAVING MIN(customer_uuid)", vec![batch(vec![numbers(&[1])])]),
        ("AS passes", vec![sums(0..1), sums(1..2)]),
        ("GROUPING SETS", vec![levels]),
    ];
    Recorded { answers, statements: RefCell::default() }
}

fn staged() -> Dumps {
    let folder = Dumps::new();
    let dump = folder.write("dump.ndjson", ndjson(&records(LINES)));
    let outcome = run(&format!("stage '{dump}' --to '{}' -q", folder.path("staged").display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    folder
}

/// The report by customer, as JSON.
fn reported(folder: &Dumps, engine: Option<&Recorded>) -> Result<String> {
    let inputs = ReadRequest::new([folder.path("staged").display().to_string()]);
    reported_from(Source::Inputs(inputs), engine)
}

fn reported_from(source: Source<'_>, engine: Option<&Recorded>) -> Result<String> {
    let paths = EnginePaths::default();
    let records = Question {
        as_of: Some(AsOf::Date("2026-11-23".parse().unwrap())),
        cluster: engine.map(|engine| Cluster::new(engine, &paths)),
        ..Question::new(source, Default::default())
    };
    let question = ReportQuestion::new(records, Layout::by(vec![Dimension::Customer]));
    let report = usecase::report(&question, &Arc::new(Progress::default()))?.result;
    let mut json = Vec::new();
    write(&report, &FormatOptions::Json, &mut json)?;
    Ok(String::from_utf8(json).unwrap())
}

/// The answers with one of them changed.
fn changed(part: &str, change: impl FnOnce(&mut Vec<RecordBatch>)) -> Recorded {
    let mut engine = recorded();
    let answer = engine.answers.iter_mut().find(|(of, _)| *of == part);
    change(&mut answer.expect("an answer").1);
    engine
}

#[test]
fn a_report_of_sums_is_that_of_the_records() {
    let (folder, engine) = (staged(), recorded());
    assert_eq!(reported(&folder, Some(&engine)).unwrap(), reported(&folder, None).unwrap());
    let statements = engine.statements.into_inner();
    let views = statements.iter().filter(|text| text.starts_with("CREATE OR REPLACE TEMPORARY VIEW "));
    assert!(views.count() > 8, "{statements:?}");
    assert!(!statements.iter().any(|text| text.starts_with("--")), "{statements:?}");
}

#[test]
fn an_answer_that_lacks_rows_or_has_another_sum_makes_no_report() {
    let folder = staged();
    let refused = |engine: Recorded| reported(&folder, Some(&engine)).unwrap_err().to_string();
    let lacking = refused(changed("AS passes", |batches| _ = batches.pop()));
    assert!(lacking.contains("3 records count, and the sums are of 2"), "{lacking}");
    let other = refused(changed("GROUPING SETS", |batches| {
        let mut columns = batches[0].columns().to_vec();
        columns[4] = usage(&[375, -400, -26]);
        batches[0] = batch(columns);
    }));
    assert!(other.contains("do not come to the usage"), "{other}");
    let missing = refused(changed("GROUPING SETS", |batches| batches[0] = batches[0].slice(0, 2)));
    assert!(missing.contains("do not come to the usage"), "{missing}");
    let fates = refused(changed("SELECT f.fate", |batches| batches[0] = batches[0].slice(0, 1)));
    assert!(fates.contains("of the staged records"), "{fates}");
    let nameless = refused(changed("FROM names", |batches| batches[0] = batches[0].slice(1, 6)));
    assert!(nameless.contains("has no name"), "{nameless}");
    let typed =
        refused(changed("DISTINCT component_type", |batches| batches[0] = batch(vec![numbers(&[1])])));
    assert!(typed.contains("expected a text"), "{typed}");
}

/// A book with one delivery of these records.
fn book(folder: &Dumps) -> Book {
    let dump = folder.write("delivery.ndjson", ndjson(&records(LINES)));
    let book = folder.path("book");
    let outcome =
        run(&format!("add '{dump}' --book '{}' --new --pulled-at 2026-11-02T00:00:00Z -q", book.display()));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    Book::open(&book).unwrap()
}

/// What an engine makes of the months of that book.
fn recorded_of_book() -> Recorded {
    let mut engine = recorded();
    let months = batch(vec![numbers(&[2026 * 12 + 10]), numbers(&[3])]);
    engine.answers.push(("FROM kept\nGROUP BY YEAR(billing_period)", vec![months]));
    engine.answers.push(("10000000000000", Vec::new()));
    engine
}

#[test]
fn a_report_of_the_sums_of_a_book_is_that_of_its_records() {
    let (folder, engine) = (Dumps::new(), recorded_of_book());
    let book = book(&folder);
    let here = reported_from(Source::Book(&book, None), None).unwrap();
    assert_eq!(reported_from(Source::Book(&book, None), Some(&engine)).unwrap(), here);
    assert!(engine.statements.into_inner()[0].contains(".parquet`"));
}

#[test]
fn a_book_of_which_the_engine_read_less_makes_no_report() {
    let folder = Dumps::new();
    let book = book(&folder);
    let mut engine = recorded_of_book();
    engine.answers[8].1 = vec![batch(vec![numbers(&[2026 * 12 + 10]), numbers(&[2])])];
    let error = reported_from(Source::Book(&book, None), Some(&engine)).unwrap_err().to_string();
    assert!(error.contains("2026-10 has 3 records in the book, and 2 were read"), "{error}");
}

#[test]
fn the_version_of_a_delivery_is_no_file_that_an_engine_could_read() {
    let folder = Dumps::new();
    let book = book(&folder);
    let version = Version::Delivery(book.deliveries()[0].id.to_string());
    let error = reported_from(Source::Book(&book, Some(version)), Some(&recorded_of_book())).unwrap_err();
    assert!(matches!(error, Error::NotInStatements { .. }), "{error}");
}

#[test]
fn contradicting_records_are_refused_with_their_number() {
    let folder = staged();
    let engine = changed("SELECT f.fate", |batches| {
        let mut columns = batches[0].columns().to_vec();
        columns[0] = texts(&["kept", "conflicting_version"]);
        batches[0] = batch(columns);
    });
    let error = reported(&folder, Some(&engine)).unwrap_err();
    assert!(matches!(error, Error::RejectedInEngine { rejected: 0, conflicting: 1 }), "{error}");
}

#[test]
fn options_that_an_engine_does_not_take_are_refused_by_name() {
    let refused = |line: &str| {
        let outcome = run(&format!("report fixtures/plan-switch {line}"));
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{line}: {}", outcome.stderr);
        outcome.stderr
    };
    for option in ["--rejects r.ndjson", "--print-sql", "--explain-price", "--reprice", "--journal j.toml"] {
        let stderr = refused(&format!("--engine sc://localhost:1 {option}"));
        let name = option.split(' ').next().unwrap();
        assert!(stderr.contains("--engine") && stderr.contains(name), "{stderr}");
    }
    let stderr = refused("--engine-path /data=/mnt");
    assert!(stderr.contains("--engine or --print-sql"), "{stderr}");
    let stderr = refused("--engine 'spark;token=secret'");
    assert!(!stderr.contains("secret"), "{stderr}");
}

#[cfg(not(feature = "cluster"))]
#[test]
fn a_build_that_cannot_ask_an_engine_says_which_one_can() {
    let outcome = run("report fixtures/plan-switch --engine sc://localhost:15002");
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("cargo install usagebook --features cluster"), "{}", outcome.stderr);
}
