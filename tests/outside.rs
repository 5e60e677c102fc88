//! A month's end as another crate would program it: nothing but the library and the standard library. Every figure is the
//! command's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use usagebook::book::{AddRequest, BookWriter, CloseRequest, Version};
use usagebook::files::access::Access;
use usagebook::files::folder::NewFolder;
use usagebook::listing::{ListFormat, RecordReader, Rendering};
use usagebook::price::{PriceList, Tariff};
use usagebook::usecase::{
    self, AsOf, Layout, Question, ReportQuestion, Source, StatementFormat, StatementForms, StatementsQuestion,
};
use usagebook::write::csv::CsvOptions;
use usagebook::write::write_statement;
use usagebook::{Book, Dimension, Field, Format, Progress, ReadRequest, Report, read, write};

const INPUT: &str = "fixtures/real/complete";
const PRICES: &str = "fixtures/prices/rates.toml";

/// 1 December 2026, as the machine's clock is set.
const CLOCK: (&str, &str) = ("2026-12-01T00:00:00Z", "1796083200");

fn progress() -> Arc<Progress> {
    Arc::new(Progress::default())
}

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("outside").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the folder of an earlier run goes");
    }
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What the command prints.
fn command(words: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_usagebook"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("SOURCE_DATE_EPOCH", CLOCK.1)
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let is_done = matches!(output.status.code(), Some(0 | 3));
    assert!(is_done, "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn tariff() -> Tariff {
    let prices = fs::read(PRICES).expect("a price list");
    let card = PriceList::parse(Path::new(PRICES), &prices).expect("a price list");
    Tariff::new(card, None, None, None).expect("prices without exchange")
}

/// October 2026, seen from a day in November.
fn october(source: Source<'_>) -> Question<'_> {
    Question {
        period: Some("2026-10".parse().expect("a month")),
        as_of: Some(AsOf::Date("2026-11-23".parse().expect("a day"))),
        ..Question::new(source, CLOCK.0.parse().expect("a time"))
    }
}

fn inputs() -> Source<'static> {
    Source::Inputs(ReadRequest { hashes_files: true, ..ReadRequest::new([INPUT]) })
}

fn layout() -> Layout {
    Layout::by(Dimension::DEFAULT.to_vec())
}

fn csv(report: &Report) -> Vec<u8> {
    let mut csv = Vec::new();
    write(report, &Format::Csv.with_defaults(), &mut csv).expect("memory takes it");
    csv
}

/// The files below a folder by their names, without what says when and by which command they were made.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file"));
    let named = entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let files = named.filter(|(name, _)| name != "manifest.json");
    files.map(|(name, path)| (name, fs::read(path).expect("a file"))).collect()
}

#[test]
fn records_are_read_and_reported_on() {
    let intake = read(&ReadRequest::new([INPUT]), &progress()).expect("a dump");
    assert!(intake.accounting.is_balanced() && intake.faults.is_empty());
    let question = ReportQuestion::new(october(inputs()), layout());
    let answer = usecase::report(&question, &progress()).expect("a report");
    let flags = ["--period", "2026-10", "--as-of", "2026-11-23", "--format", "csv"];
    assert_eq!(csv(&answer.result), command(&[&["report", INPUT], &flags[..]].concat()));
    assert!(answer.result.provenance.accounting.kept < intake.accounting.kept);
}

#[test]
fn usage_is_priced() {
    let tariff = tariff();
    let records = Question { tariff: Some(&tariff), ..october(inputs()) };
    let answer = usecase::report(&ReportQuestion::new(records, layout()), &progress()).expect("a report");
    let flags = ["--prices", PRICES, "--period", "2026-10", "--as-of", "2026-11-23", "--format", "csv"];
    assert_eq!(csv(&answer.result), command(&[&["report", INPUT], &flags[..]].concat()));
    let pricing = answer.result.provenance.pricing.as_ref().expect("amounts");
    assert!(pricing.totals.iter().all(|total| total.amount > usagebook::Amount::ZERO));
}

#[test]
fn every_customer_gets_a_statement() {
    let folder = folder("statements");
    let (own, theirs) = (folder.join("own"), folder.join("theirs"));
    let tariff = tariff();
    let records = Question { tariff: Some(&tariff), ..october(inputs()) };
    let question = StatementsQuestion::new(records, layout());
    let statements = usecase::statements(&question, &progress()).expect("statements");
    let forms = StatementForms { formats: StatementFormat::all().collect(), csv: CsvOptions::default() };
    let target = NewFolder::create(&own, Access::Private).expect("a folder");
    let drawn = statements.draw(&forms, &target, &progress()).expect("files");
    target.commit().expect("a folder");
    let to = theirs.to_string_lossy();
    let flags = ["--prices", PRICES, "--period", "2026-10", "--as-of", "2026-11-23", "--to", &to];
    command(&[&["statements", INPUT], &flags[..]].concat());
    assert!(drawn.statements.len() > 3);
    assert_eq!(files(&own), files(&theirs));
}

/// One record of the input, with another usage, modified before the month is closed.
fn restated(to: &Path) {
    let mut request = ReadRequest::new([INPUT]);
    request.reading.keeps_details = true;
    let frame = read(&request, &progress()).expect("a dump").frame;
    let reader = RecordReader::new(&frame).expect("details");
    let mut line = Vec::new();
    let rendering = Rendering::default();
    assert_eq!(rendering.fields.len(), Field::COUNT);
    let is_fit = |line: &[u8]| {
        let text = String::from_utf8_lossy(line);
        text.contains("\"billing_period\":\"2026-10-01\"") && !text.contains("\"usage\":-")
    };
    for row in 0.. {
        line.clear();
        reader.write(&[row], ListFormat::Ndjson, &rendering, &mut line).expect("a record of October");
        if is_fit(&line) {
            break;
        }
    }
    let text = String::from_utf8(line).expect("JSON");
    let (before, rest) = text.split_once("\"usage\":").expect("a usage");
    let (usage, rest) = rest.split_once(',').expect("more fields");
    let (between, rest) = rest.split_once("\"modified\":\"").expect("a time");
    let (_, after) = rest.split_once('"').expect("its end");
    let text = format!("{before}\"usage\":1{usage},{between}\"modified\":\"2026-11-30T10:00:00Z\"{after}");
    fs::write(to, text).expect("a file");
}

#[test]
fn a_month_is_closed_and_what_comes_late_is_seen() {
    let folder = folder("book");
    let (own, theirs) = (folder.join("own.book"), folder.join("theirs.book"));
    let correction = folder.join("correction.ndjson");
    restated(&correction);
    let month = "2026-10".parse().expect("a month");
    let add = |input: &Path| {
        let request = ReadRequest::new([input.to_string_lossy()]);
        let incoming = usecase::incoming(&request, None, &progress()).expect("a dump");
        let mut writer = BookWriter::open(&own, None).expect("a book");
        let clock = CLOCK.0.parse().expect("a time");
        writer.add(&incoming.intake, &AddRequest { clock, ..AddRequest::default() }).expect("a delivery");
    };
    add(Path::new(INPUT));
    let book = Book::open(&own).expect("a book");
    let clock = CLOCK.0.parse().expect("a time");
    let close = usecase::close_request(&book, (month, None), clock, &progress()).expect("no open warning");
    let close = CloseRequest { accepts_incomplete: true, ..close };
    let closing = BookWriter::open(&own, None).expect("a book").close(&close).expect("a closing");
    add(&correction);

    let (named, input) = (theirs.to_string_lossy(), correction.to_string_lossy());
    command(&["add", INPUT, "--book", &named, "--new"]);
    let said = command(&["close", "2026-10", "--book", &named, "--accept-incomplete"]);
    assert!(String::from_utf8_lossy(&said).contains(&closing.digest), "{closing:?}");
    command(&["add", &input, "--book", &named]);

    let book = Book::open(&own).expect("a book");
    let late = usecase::late(&book, &progress()).expect("closed months");
    let mut csv_of_late = Vec::new();
    write_statement(&late.ledger, &Format::Csv.with_defaults(), &mut csv_of_late).expect("memory takes it");
    assert_eq!(csv_of_late, command(&["late", "--book", &named, "--format", "csv"]));
    assert!(String::from_utf8_lossy(&csv_of_late).lines().any(|line| line.starts_with("missed,")));

    let closed = Source::Book(&book, Some(Version::Closed(closing.version)));
    let question = ReportQuestion::new(october(closed), layout());
    let answer = usecase::report(&question, &progress()).expect("a report");
    let flags = ["--version", "v1", "--period", "2026-10", "--as-of", "2026-11-23", "--format", "csv"];
    assert_eq!(csv(&answer.result), command(&[&["report", "--book", &named], &flags[..]].concat()));
}
