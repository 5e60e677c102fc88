//! `usagebook report`: from dumps to one report, whole or not at all.

use std::path::{Path, PathBuf};

use usagebook::book::Book;
use usagebook::compute::compute;
use usagebook::error::Result;
use usagebook::ingest::Intake;
use usagebook::report::{Report, ReportSpec};
use usagebook::write::hashing::Hashing;
use usagebook::write::partitions::prepare_partitions;
use usagebook::write::write;

use super::arguments::ReportArguments;
use super::manifest::Manifest;
use super::notices::say;
use super::outputs::{self, Output};
use super::progress::Watch;
use super::request::{ReportRequest, Target};
use super::terminal::Terminal;
use super::{Status, faults, inputs, notices};

pub fn run(arguments: ReportArguments) -> anyhow::Result<Status> {
    let request = ReportRequest::new(&arguments, Terminal::of_stdout())?;
    check_files(&arguments, &request.target)?;
    let watch = Watch::start()?;
    let book = inputs::book(&arguments.book)?;
    let timezone = inputs::timezone(&arguments.inputs, book.as_ref())?;
    // A book knows its time before it is read, so that those months only are read that are needed.
    let known = book.as_ref().map(|book| book_spec(&arguments, &request, book)).transpose()?;
    let mut intake = match (&book, &known) {
        (Some(book), Some(spec)) => read_book(&arguments, spec, book)?,
        _ => read_inputs(&arguments, &watch)?,
    };
    files(&arguments, &request.target).try_for_each(|path| outputs::check_no_input(path, &intake.files))?;
    let hashing = if arguments.output.manifest.is_some() { Hashing::Sha256 } else { Hashing::Off };
    let rejects = faults::settle(&mut intake, arguments.inputs.rejects.as_deref(), hashing)?;

    let spec = match known {
        Some(spec) => spec,
        None => request.spec(inputs::as_of(
            arguments.as_of,
            intake.index_time,
            "the time of the dump's index",
            timezone,
        ))?,
    };
    if request.is_period_relative()
        && let Some(period) = spec.period
    {
        say(format_args!("last-month is {period}"));
    }
    let (frame, report) = compute(&mut intake, request.filters, &spec, timezone)?;
    watch.check()?;
    notices::print(&report.provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", report.provenance.accounting));

    let status = Status::of(&report.provenance.notices);
    let mut results: Vec<Output> = vec![output(&request.target, &report, &spec, hashing)?];
    results.extend(rejects);
    if let Some(path) = &arguments.output.manifest {
        let manifest = Manifest::new(&frame, &spec, &report, &intake.files, &results, status)?;
        results.push(outputs::prepare(path, 1, Hashing::Off, |out| manifest.write(out))?);
    }
    watch.check()?;
    results.into_iter().try_for_each(Output::commit)?;
    Ok(status)
}

fn read_inputs(arguments: &ReportArguments, watch: &Watch) -> Result<Intake> {
    let mut request = inputs::request(&arguments.inputs);
    request.hashes_files = arguments.output.manifest.is_some();
    inputs::read(&request, &arguments.inputs, watch)
}

fn book_spec(arguments: &ReportArguments, request: &ReportRequest, book: &Book) -> Result<ReportSpec> {
    let source = "the time of the book's latest delivery";
    request.spec(inputs::as_of(arguments.as_of, book.time(), source, book.timezone()?))
}

/// Reads those months only that the report needs.
fn read_book(arguments: &ReportArguments, spec: &ReportSpec, book: &Book) -> Result<Intake> {
    let needed = spec.months_needed();
    let is_needed = |period| needed.is_empty() || needed.iter().any(|range| range.contains(period));
    inputs::read_book(book, &arguments.book, is_needed, false, arguments.inputs.verbose)
}

fn check_files(arguments: &ReportArguments, target: &Target) -> Result<()> {
    outputs::check_distinct(&files(arguments, target).collect::<Vec<_>>())?;
    files(arguments, target).try_for_each(outputs::check_folder)
}

/// The files to write. A folder of partitions is made where it is not there.
fn files<'a>(arguments: &'a ReportArguments, target: &'a Target) -> impl Iterator<Item = &'a Path> {
    let output = match target {
        Target::File(path, _) => Some(path),
        Target::Stdout(_) | Target::Partitions(..) => None,
    };
    let files = [output, arguments.output.manifest.as_ref(), arguments.inputs.rejects.as_ref()];
    files.into_iter().flatten().map(PathBuf::as_path)
}

fn output(target: &Target, report: &Report, spec: &ReportSpec, hashing: Hashing) -> Result<Output> {
    let rows = report.rows.len();
    match target {
        Target::Stdout(options) => outputs::print(rows, hashing, |out| write(report, options, out)),
        Target::File(path, options) => {
            outputs::prepare(path, rows, hashing, |out| write(report, options, out))
        }
        Target::Partitions(folder, options) => {
            prepare_partitions(report, options, folder, spec.period).map(Output::of_partitions)
        }
    }
}
