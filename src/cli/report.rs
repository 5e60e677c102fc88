//! `usagebook report`: from dumps to one report, whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use usagebook::compute::compute;
use usagebook::error::{Error, Result};
use usagebook::pack::{Pack, pack};
use usagebook::pseudonym::Pseudonyms;
use usagebook::report::{Report, ReportSpec};
use usagebook::write::hashing::Hashing;
use usagebook::write::partitions::prepare_partitions;
use usagebook::write::{write, write_pack};

use super::arguments::{AsOf, ReportArguments};
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
    let mut read_request = inputs::request(&arguments.inputs);
    read_request.hashes_files =
        arguments.output.manifest.is_some() || matches!(request.target, Target::Pack(..));
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(pseudonyms).transpose()?;
    let mut intake = inputs::read(&read_request, &arguments.inputs, &watch)?;
    if let Some(pseudonyms) = &pseudonyms {
        pseudonyms.hide(&mut intake);
    }
    files(&arguments, &request.target).try_for_each(|path| outputs::check_no_input(path, &intake.files))?;
    let hashing = if arguments.output.manifest.is_some() { Hashing::Sha256 } else { Hashing::Off };
    let rejects = faults::settle(&mut intake, arguments.inputs.rejects.as_deref(), hashing)?;

    let spec = request.spec(as_of(&arguments, intake.index_time))?;
    if request.is_period_relative()
        && let Some(period) = spec.period
    {
        say(format_args!("last-month is {period}"));
    }
    let timezone = arguments.inputs.timezone;
    let (frame, computed) = match &request.target {
        Target::Pack(..) => {
            let pack_spec = request.pack_spec(&spec);
            let (frame, pack) = pack(&mut intake, request.filters, &pack_spec, timezone)?;
            (frame, Computed::Pack(Box::new(pack)))
        }
        _ => {
            let (frame, report) = compute(&mut intake, request.filters, &spec, timezone)?;
            (frame, Computed::Report(report))
        }
    };
    let report = computed.report();
    watch.check()?;
    notices::print(&report.provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", report.provenance.accounting));

    let status = Status::of(&report.provenance.notices);
    let mut results: Vec<Output> = vec![output(&request.target, &computed, &spec, hashing)?];
    results.extend(rejects);
    if let Some(path) = &arguments.output.manifest {
        let manifest = Manifest::new(&frame, &spec, report, &intake.files, &results, status)?;
        results.push(outputs::prepare(path, 1, Hashing::Off, |out| manifest.write(out))?);
    }
    watch.check()?;
    results.into_iter().try_for_each(Output::commit)?;
    Ok(status)
}

/// What came out of the records.
enum Computed {
    Report(Report),
    Pack(Box<Pack>),
}

impl Computed {
    /// The one row a group; of a pack, its flat detail.
    fn report(&self) -> &Report {
        match self {
            Self::Report(report) => report,
            Self::Pack(pack) => &pack.detail,
        }
    }
}

fn pseudonyms(path: &Path) -> Result<Pseudonyms> {
    let key = std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    Pseudonyms::new(&key)
}

fn check_files(arguments: &ReportArguments, target: &Target) -> Result<()> {
    outputs::check_distinct(&files(arguments, target).collect::<Vec<_>>())?;
    files(arguments, target).try_for_each(outputs::check_folder)
}

/// The files to write. A folder of partitions is made where it is not there.
fn files<'a>(arguments: &'a ReportArguments, target: &'a Target) -> impl Iterator<Item = &'a Path> {
    let output = match target {
        Target::File(path, _) | Target::Pack(Some(path), _) => Some(path),
        Target::Stdout(_) | Target::Partitions(..) | Target::Pack(None, _) => None,
    };
    let files = [output, arguments.output.manifest.as_ref(), arguments.inputs.rejects.as_ref()];
    files.into_iter().flatten().map(PathBuf::as_path)
}

/// The day on which the data is seen; said where it was not typed.
pub(super) fn as_of(arguments: &ReportArguments, index_time: Option<DateTime<Utc>>) -> NaiveDate {
    let timezone = arguments.inputs.timezone;
    match (arguments.as_of, index_time) {
        (Some(AsOf::Date(date)), _) => date,
        (Some(AsOf::Time(time)), _) => time.with_timezone(&timezone).date_naive(),
        (None, Some(time)) => {
            let date = time.with_timezone(&timezone).date_naive();
            say(format_args!("as of {date} (the time of the dump's index)"));
            date
        }
        (None, None) => {
            let date = Utc::now().with_timezone(&timezone).date_naive();
            say(format_args!("as of {date} (this machine's date)"));
            date
        }
    }
}

fn output(target: &Target, computed: &Computed, spec: &ReportSpec, hashing: Hashing) -> Result<Output> {
    let report = computed.report();
    let rows = report.rows.len();
    match (target, computed) {
        (Target::Pack(path, format), Computed::Pack(pack)) => {
            let write = |out: &mut dyn Write| write_pack(pack, *format, out);
            match path {
                Some(path) => outputs::prepare(path, rows, hashing, write),
                None => outputs::print(rows, hashing, write),
            }
        }
        (Target::Stdout(options), _) => outputs::print(rows, hashing, |out| write(report, options, out)),
        (Target::File(path, options), _) => {
            outputs::prepare(path, rows, hashing, |out| write(report, options, out))
        }
        (Target::Partitions(folder, options), _) => {
            prepare_partitions(report, options, folder, spec.period).map(Output::of_partitions)
        }
        (Target::Pack(..), Computed::Report(_)) => unreachable!("packs are computed for packs"),
    }
}
