//! `usagebook report`: from dumps to one report, or a pack of several, whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use usagebook::aggregate::aggregate;
use usagebook::book::{Book, Version};
use usagebook::compare::Ledger;
use usagebook::compute::{compute, compute_focus};
use usagebook::error::Result;
use usagebook::filter::Filters;
use usagebook::ingest::Intake;
use usagebook::join::Budget;
use usagebook::notice::Notice;
use usagebook::pack::{Checked, Pack, pack};
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::price::{FocusRow, FocusSpec, FocusTable, Tariff};
use usagebook::report::{Report, ReportSpec};
use usagebook::statement::{Caption, Statement};
use usagebook::usage::UsageFrame;
use usagebook::write::access::Access;
use usagebook::write::hashing::Hashing;
use usagebook::write::partitions::{PreparedPartitions, Replaced, prepare_partitions};
use usagebook::write::{Format, write, write_pack};

use super::arguments::ReportArguments;
use super::config::Configuration;
use super::joined::Joined;
use super::manifest::{self, Facts, Manifest};
use super::notices::say;
use super::outputs::{self, Output};
use super::places::{self, Place};
use super::progress::Watch;
use super::reading::{self, Asked, Read};
use super::request::{ReportRequest, Target};
use super::terminal::Terminal;
use super::{Status, check, focus, formats, inputs, late, notices, prices};

pub fn run(mut arguments: ReportArguments) -> anyhow::Result<Status> {
    let configuration = Configuration::settle(&mut arguments.inputs)?;
    let joined = Joined::read(&arguments.join, &configuration)?;
    let request =
        ReportRequest::new(&arguments, &configuration, &joined.attributes(), Terminal::of_stdout())?;
    check_places(&arguments, &request.target, &configuration)?;
    joined.check(&request, arguments.prices.prices.is_some())?;
    arguments.output.pseudonyms.iter().try_for_each(|_| joined.check_pseudonymous())?;
    if arguments.explain.explain_price {
        prices::check_target(&request.target)?;
    }
    let focus_spec = focus::spec(&request.target, &configuration)?;
    let tariff = prices::tariff(&arguments.prices)?;
    let watch = Watch::start()?;
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(reading::pseudonyms).transpose()?;
    let book = inputs::book(&arguments.book)?;
    let timezone = inputs::timezone(&arguments.inputs, book.as_ref())?;
    let hashing = if arguments.output.manifest.is_some() { Hashing::Sha256 } else { Hashing::Off };
    let asked = Asked {
        inputs: &arguments.inputs,
        book: &arguments.book,
        as_of: arguments.as_of,
        hashes_files: arguments.output.manifest.is_some() || matches!(request.target, Target::Pack(..)),
        pseudonyms: pseudonyms.as_ref(),
        outputs: written(&arguments, &request.target),
        hashing,
    };
    let spec = |as_of| request.spec(as_of);
    let Read { mut intake, spec, rejects } =
        asked.read(book.as_ref(), spec, |spec| request.months_needed(spec), &watch)?;
    joined.join(&mut intake)?;
    if let Some(spec) = focus_spec.as_ref().filter(|_| !arguments.inputs.quiet) {
        focus::say_idle_services(spec, &intake.frame);
    }
    if request.is_period_relative()
        && let Some(period) = spec.period
    {
        say(format_args!("last-month is {period}"));
    }
    let mut filters = request.filters.clone();
    filters.resolve_names(&intake.frame)?;
    if let Some(tariff) = tariff.as_ref().filter(|_| arguments.explain.explain_price) {
        let is_quiet = arguments.inputs.quiet;
        let status =
            prices::explain(&mut intake, tariff, &filters, &spec, timezone, &request.target, is_quiet)?;
        rejects.into_iter().try_for_each(Output::commit)?;
        return Ok(status);
    }
    let verdict = match request.target {
        Target::Pack(..) => {
            let calendar = (spec.calendar.as_of, timezone);
            Some(check::verdict(&intake, book.as_ref(), calendar, spec.period, &watch)?)
        }
        _ => None,
    };
    let (frame, mut computed) =
        computed(&mut intake, &request, filters.clone(), &spec, timezone, tariff.as_ref())?;
    if let (Computed::Pack(pack), Some(verdict)) = (&mut computed, verdict) {
        pack.checked = Some(Checked::new(verdict, &frame, spec.period)?);
    }
    if let Some(budget) = &joined.budget {
        computed = computed.set_against(budget, &frame, &filters, &spec)?;
    }
    if let (Computed::Pack(pack), Some(book)) = (&mut computed, &book) {
        let prepare = |mut frame: UsageFrame| {
            pseudonyms.iter().for_each(|pseudonyms| pseudonyms.hide_usernames(&mut frame));
            filters.apply(frame, &[], timezone)
        };
        put_late(pack, book, arguments.book.version.as_ref(), spec.period, prepare, &watch)?;
    }
    let journal = joined.journal(&frame, &spec, &computed.report().provenance)?;
    if let Some(journal) = &journal {
        computed.add_notices(journal.notices.clone());
    }
    let report = computed.report();
    watch.check()?;
    notices::print(&report.provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", report.provenance.accounting));
    report.provenance.pricing.iter().for_each(prices::say_amounts);
    if let (Computed::Focus(_, rows), Some(pricing)) = (&computed, &report.provenance.pricing) {
        focus::say_tie(rows, pricing);
    }

    let status = Status::of(&report.provenance.notices);
    let mut results: Vec<Output> = vec![output(
        &request.target,
        &computed,
        &spec,
        focus_spec.as_ref(),
        &frame,
        arguments.output.prune,
        hashing,
    )?];
    results[0].check_no_input(&intake.files)?;
    results.extend(rejects);
    if let (Some(journal), Some(path)) = (&journal, &arguments.join.journal) {
        let options = formats::options(Format::Csv, &arguments.output.csv, false, Terminal::default());
        let postings = journal.report.rows.len();
        results.push(outputs::prepare(path, Access::Public, postings, hashing, |out| {
            write(&journal.report, &options, out)
        })?);
    }
    if let Some(path) = &arguments.output.manifest {
        let source = configuration.source.as_ref();
        let facts = Facts::new(&report.provenance, &spec, &intake.files, source, status);
        let manifest = Manifest::new(facts, &frame, &spec, report, &results)?;
        results.push(outputs::prepare(path, Access::Public, 1, Hashing::Off, |out| {
            manifest::write(&manifest, out)
        })?);
    }
    watch.check()?;
    results.into_iter().try_for_each(Output::commit)?;
    Ok(status)
}

fn check_places(arguments: &ReportArguments, target: &Target, configuration: &Configuration) -> Result<()> {
    let (join, output) = (&arguments.join, &arguments.output);
    let read = configuration.path().into_iter().chain(arguments.prices.files());
    let read = read.chain([&join.budget, &output.pseudonyms].into_iter().flatten().map(PathBuf::as_path));
    let read = read.chain(join.attributes.iter().map(PathBuf::as_path));
    places::check(&written(arguments, target), &read.collect::<Vec<_>>())
}

/// Where results go.
fn written<'a>(arguments: &'a ReportArguments, target: &'a Target) -> Vec<Place<'a>> {
    let output = match target {
        Target::File(path, _) | Target::Pack(Some(path), _) | Target::Focus(Some(path), _) => {
            Place::File(path)
        }
        Target::Partitions(folder, _) => Place::Folder(folder),
        Target::Stdout(_) | Target::Pack(None, _) | Target::Focus(None, _) => Place::Stdout,
    };
    let files = [&arguments.output.manifest, &arguments.inputs.rejects, &arguments.join.journal];
    let files = files.into_iter().flatten().map(|path| Place::File(path));
    [output].into_iter().chain(files).collect()
}

/// What came out of the records.
enum Computed {
    Report(Box<Report>),
    Pack(Box<Pack>),
    /// The report beside the rows, of the same records.
    Focus(Box<Report>, Vec<FocusRow>),
}

impl Computed {
    /// The one row a group; of a pack, its flat detail.
    fn report(&self) -> &Report {
        match self {
            Self::Report(report) | Self::Focus(report, _) => report,
            Self::Pack(pack) => &pack.detail,
        }
    }

    fn add_notices(&mut self, notices: Vec<Notice>) {
        match self {
            Self::Report(report) | Self::Focus(report, _) => report.provenance.add_notices(notices),
            Self::Pack(pack) => pack.add_notices(notices),
        }
    }

    /// The same beside budgets; a pack gets a report of its own for them.
    fn set_against(
        self,
        budget: &Budget,
        frame: &UsageFrame,
        filters: &Filters,
        spec: &ReportSpec,
    ) -> Result<Self> {
        match self {
            Self::Report(report) => {
                let (mut report, notices) = budget.apply(*report, frame, filters)?;
                report.provenance.add_notices(notices);
                Ok(Self::Report(Box::new(report)))
            }
            Self::Pack(mut pack) => {
                let spec = ReportSpec { by: budget.dimensions(), comparison: None, ..spec.clone() };
                let report = aggregate(frame, &spec, pack.provenance.clone())?;
                let (report, notices) = budget.apply(report, frame, filters)?;
                pack.budget = Some(report);
                pack.add_notices(notices);
                Ok(Self::Pack(pack))
            }
            Self::Focus(..) => unreachable!("budgets are refused for FOCUS"),
        }
    }
}

fn computed(
    intake: &mut Intake,
    request: &ReportRequest,
    filters: Filters,
    spec: &ReportSpec,
    timezone: Tz,
    tariff: Option<&Tariff>,
) -> Result<(UsageFrame, Computed)> {
    if let Target::Pack(..) = request.target {
        let (frame, pack) = pack(intake, filters, &request.pack_spec(spec), timezone, tariff)?;
        return Ok((frame, Computed::Pack(Box::new(pack))));
    }
    if let (Target::Focus(..), Some(tariff)) = (&request.target, tariff) {
        let (frame, report, rows) = compute_focus(intake, filters, spec, timezone, tariff)?;
        return Ok((frame, Computed::Focus(Box::new(report), rows)));
    }
    let (frame, report) = compute(intake, filters, spec, timezone, tariff)?;
    Ok((frame, Computed::Report(Box::new(report))))
}

/// As many changes as somebody looks through; `late` has all.
const LATE_MAX: usize = 100_000;

/// What changed after months were closed, of those reported on.
fn put_late(
    pack: &mut Pack,
    book: &Book,
    version: Option<&Version>,
    period: Option<PeriodRange>,
    prepare: impl Fn(UsageFrame) -> Result<UsageFrame>,
    watch: &Watch,
) -> Result<()> {
    let is_asked = |month| period.is_none_or(|range| range.contains(month));
    for state in pack.provenance.states.iter().filter(|_| version.is_some()) {
        let replacement =
            version.map(|version| book.replacement(state.period, version)).transpose()?.flatten();
        pack.replaced.extend(replacement.map(|replacement| (state.period, replacement.to_string())));
    }
    let months = late::since_closings(book, version, is_asked, prepare, watch)?;
    let ledger = Ledger::new(months, Caption::default());
    pack.set_late(ledger.columns(), ledger.rows(0..ledger.len().min(LATE_MAX))?);
    Ok(())
}

fn output(
    target: &Target,
    computed: &Computed,
    spec: &ReportSpec,
    focus_spec: Option<&FocusSpec>,
    frame: &UsageFrame,
    prunes: bool,
    hashing: Hashing,
) -> Result<Output> {
    let report = computed.report();
    let rows = report.rows.len();
    match (target, computed) {
        (Target::Pack(path, format), Computed::Pack(pack)) => {
            let write = |out: &mut dyn Write| write_pack(pack, *format, out);
            match path {
                Some(path) => outputs::prepare(path, Access::Public, rows, hashing, write),
                None => outputs::print(rows, hashing, write),
            }
        }
        (Target::Focus(path, format), Computed::Focus(report, rows)) => {
            let spec = focus_spec.expect("it was made with the target");
            focus::output(path.as_deref(), *format, &FocusTable { rows, frame, spec }, report, hashing)
        }
        (Target::Stdout(options), _) => outputs::print(rows, hashing, |out| write(report, options, out)),
        (Target::File(path, options), _) => {
            outputs::prepare(path, Access::Public, rows, hashing, |out| write(report, options, out))
        }
        (Target::Partitions(folder, options), _) => {
            let replaced = match spec.period {
                Some(period) => Replaced::Range(period),
                None if prunes => Replaced::All,
                None => Replaced::Written,
            };
            let partitions = prepare_partitions(report, options, folder, replaced)?;
            say_absent(&partitions, folder, spec.period.is_none());
            Ok(Output::of_partitions(partitions))
        }
        (Target::Pack(..) | Target::Focus(..), _) => unreachable!("what is computed is what is asked for"),
    }
}

/// Says which months of a folder this report has no rows of, and what becomes of them.
fn say_absent(partitions: &PreparedPartitions, folder: &Path, is_complete: bool) {
    let listed =
        |periods: &[BillingPeriod]| periods.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let folder = folder.display();
    if !partitions.removed().is_empty() {
        let months = listed(partitions.removed());
        say(format_args!("note: {folder} loses {months}: this report has no usage there"));
    }
    if is_complete && !partitions.left().is_empty() {
        let months = listed(partitions.left());
        say(format_args!(
            "note: {folder} also has {months}, of which this report has no usage; --prune removes such months"
        ));
    }
}
