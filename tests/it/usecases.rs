//! What the library answers without a process is what the command prints, byte for byte.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use usagebook::book::{AddRequest, BookWriter, Version};
use usagebook::files::access::Access;
use usagebook::files::folder::NewFolder;
use usagebook::filter::{Filter, Filters};
use usagebook::join::Attributes;
use usagebook::price::{PriceList, Tariff};
use usagebook::usecase::{
    self, AsOf, CheckQuestion, DiffQuestion, ExplainQuestion, Layout, PackParts, Question, ReportQuestion,
    Source, StatementFormat, StatementForms, StatementsQuestion,
};
use usagebook::write::csv::CsvOptions;
use usagebook::write::verdict::{VerdictFormat, write_verdict};
use usagebook::write::{Format, PackFormat, write, write_pack, write_statement};
use usagebook::{Book, Dimension, Progress, ReadRequest};

use crate::binary::{CLOCK, run, stdout};

const INPUT: &str = "fixtures/real/complete";
const PRICES: &str = "fixtures/prices/rates.toml";
const OCTOBER: &str = "fixtures/real/complete --period 2026-10 --as-of 2026-11-23";

fn nobody() -> Arc<Progress> {
    Arc::new(Progress::default())
}

/// What is asked of the fixtures, or of a book: October as of 2026-11-23.
fn october(source: Source) -> Question {
    let clock = CLOCK.parse().ok().and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0));
    Question {
        period: Some("2026-10".parse().unwrap()),
        as_of: Some(AsOf::Date("2026-11-23".parse().unwrap())),
        ..Question::new(source, clock.unwrap())
    }
}

fn inputs() -> Source<'static> {
    let request = ReadRequest { hashes_files: true, ..ReadRequest::new([INPUT]) };
    Source::Inputs(request)
}

fn asked(records: Question) -> ReportQuestion {
    ReportQuestion::new(records, Layout::by(Dimension::DEFAULT.to_vec()))
}

fn tariff() -> Tariff {
    let card = PriceList::parse(Path::new(PRICES), &fs::read(PRICES).unwrap()).unwrap();
    Tariff::new(card, None, None, None).unwrap()
}

/// What a writer writes.
fn text(write: impl FnOnce(&mut dyn Write) -> usagebook::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A book of the fixtures whose October is closed.
fn book(folder: &Path) -> Book {
    let incoming = usecase::incoming(&ReadRequest::new([INPUT]), None, &nobody()).unwrap();
    let mut writer = BookWriter::open(folder, None).unwrap();
    let clock = "2026-12-01T00:00:00Z".parse().unwrap();
    writer.add(&incoming.intake, &AddRequest { clock, ..AddRequest::default() }).unwrap();
    drop(writer);
    let closed = run(&format!("close 2026-10 --book {} --accept-incomplete", folder.display()));
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    Book::open(folder).unwrap()
}

#[test]
fn a_report_with_prices_attributes_and_filters_is_the_commands() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("own.csv");
    fs::write(&own, "offering_name,kind\nnone,x\n").unwrap();
    let attributes = Attributes::read(std::slice::from_ref(&own), None).unwrap();
    let (tariff, mut filters) = (tariff(), Filters::default());
    filters.add(Filter::Type, "cpu_hours").unwrap();
    let mut question = asked(Question {
        filters,
        tariff: Some(&tariff),
        attributes: Some(&attributes),
        ..october(inputs())
    });
    question.layout.comparison = Some(usecase::Earlier::PreviousMonth);
    let answer = usecase::report(&question, &nobody()).unwrap();
    let csv = text(|out| write(&answer.result, &Format::Csv.with_defaults(), out));
    let flags = format!("--prices {PRICES} --attributes {} --type cpu_hours", own.display());
    assert_eq!(csv, stdout(&format!("report {OCTOBER} {flags} --compare previous-month --format csv")));
    assert!(answer.result.provenance.accounting.is_balanced());
    // A question can be asked again: nothing was taken out of it.
    let again = usecase::report(&question, &nobody()).unwrap();
    assert_eq!(csv, text(|out| write(&again.result, &Format::Csv.with_defaults(), out)));
}

#[test]
fn a_pack_is_the_commands() {
    let tariff = tariff();
    let question = asked(Question { tariff: Some(&tariff), ..october(inputs()) });
    let pack = usecase::pack(&question, &PackParts::default(), &nobody()).unwrap().result;
    let page = text(|out| write_pack(&pack, PackFormat::Html, out));
    assert_eq!(page, stdout(&format!("report {OCTOBER} --prices {PRICES} --format html")));
}

#[test]
fn how_amounts_came_about_is_the_commands() {
    let tariff = tariff();
    let question = asked(Question { tariff: Some(&tariff), ..october(inputs()) });
    let explained = usecase::explain_prices(&question, &nobody()).unwrap();
    let statement = explained.statement().unwrap();
    let json = text(|out| write_statement(&statement, &Format::Json.with_defaults(), out));
    assert_eq!(json, stdout(&format!("report {OCTOBER} --prices {PRICES} --explain-price --format json")));
    let unpriced = asked(october(inputs()));
    assert!(usecase::explain_prices(&unpriced, &nobody()).unwrap().statement().is_err());
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn statements_are_the_commands() {
    let root = tempfile::tempdir().unwrap();
    let (own, theirs) = (root.path().join("own"), root.path().join("theirs"));
    let tariff = tariff();
    let records = Question { tariff: Some(&tariff), ..october(inputs()) };
    let question = StatementsQuestion::new(records, Layout::by(Dimension::DEFAULT.to_vec()));
    let statements = usecase::statements(&question, &nobody()).unwrap();
    let forms = StatementForms { formats: StatementFormat::all().collect(), csv: CsvOptions::default() };
    let folder = NewFolder::create(&own, Access::Private).unwrap();
    let drawn = statements.draw(&forms, &folder, &nobody()).unwrap();
    folder.commit().unwrap();
    let outcome = run(&format!("statements {OCTOBER} --prices {PRICES} --to {}", theirs.display()));
    assert!(outcome.stderr.contains(&drawn.tie_out), "{}", outcome.stderr);
    let mut theirs = files(&theirs);
    assert!(theirs.remove("manifest.json").is_some());
    let own = files(&own);
    assert!(own.len() > 8 && own == theirs, "{:?}", own.keys());
}

#[test]
fn a_verdict_is_the_commands() {
    let question = CheckQuestion::new(october(inputs()));
    let checks = usecase::check(&question, &nobody()).unwrap();
    let json = text(|out| write_verdict(&checks.verdict, VerdictFormat::Json, out));
    assert_eq!(json, stdout(&format!("check {OCTOBER} --format json")));
}

#[test]
fn the_records_behind_a_figure_what_came_late_and_what_changed_are_the_commands() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("usage.book");
    let (book, named) = (book(&folder), format!("--book {} --format json", folder.display()));
    let json = Format::Json.with_defaults();

    let mut filters = Filters::default();
    filters.add(Filter::Type, "cpu_hours").unwrap();
    let question = ExplainQuestion { period: "2026-10".parse().unwrap(), version: None, filters };
    let explained = usecase::explain(&book, &question, &nobody()).unwrap();
    let own = text(|out| write_statement(&explained.statement().unwrap(), &json, out));
    assert_eq!(own, stdout(&format!("explain {named} --period 2026-10 --type cpu_hours")));

    let late = usecase::late(&book, &nobody()).unwrap();
    assert_eq!(text(|out| write_statement(&late.ledger, &json, out)), stdout(&format!("late {named}")));

    let month = "2026-10".parse().unwrap();
    let question = DiffQuestion { month, from: None, to: Version::Now };
    let changes = usecase::diff(&book, &question, &nobody()).unwrap();
    let own = text(|out| write_statement(&changes.statement(), &json, out));
    assert_eq!(own, stdout(&format!("diff 2026-10 {named}")));

    let question = asked(october(Source::Book(&book, Some(Version::Now))));
    let report = usecase::report(&question, &nobody()).unwrap().result;
    let flags = format!("{named} --version now --period 2026-10 --as-of 2026-11-23");
    assert_eq!(text(|out| write(&report, &json, out)), stdout(&format!("report {flags}")));
}

#[test]
fn what_is_interrupted_ends_with_no_answer() {
    let progress = nobody();
    progress.interrupt();
    let interrupted = usecase::report(&asked(october(inputs())), &progress).expect_err("no answer");
    assert!(matches!(interrupted, usagebook::Error::Interrupted), "{interrupted}");
}
