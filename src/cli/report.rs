//! `usagebook report`: from dumps to one report, or a pack of several, whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::ingest::InputFile;
use usagebook::period::BillingPeriod;
use usagebook::price::FocusTable;
use usagebook::statement::Statement as _;
use usagebook::usecase::{self, Answer, PricesExplained, Proved, Question, ReportQuestion, Watch as _};
use usagebook::write::partitions::{PreparedPartitions, Replaced, prepare_partitions};
use usagebook::write::{Format, FormatOptions, write, write_focus, write_pack, write_statement};

use super::arguments::ReportArguments;
use super::config::Configuration;
use super::joined::Joined;
use super::manifest::{self, Facts, Manifest};
use super::notices::say;
use super::outputs::{self, Drawn, Output, OutputFile};
use super::places::{self, Place};
use super::progress::Watch;
use super::request::{ReportRequest, Target};
use super::terminal::Terminal;
use super::{Status, faults, focus, formats, inputs, notices, prices};

pub fn run(mut arguments: ReportArguments) -> anyhow::Result<Status> {
    let configuration = Configuration::settle(&mut arguments.inputs)?;
    let joined = Joined::read(&arguments.join, &configuration)?;
    let own = joined.attributes.list();
    let request = ReportRequest::new(&arguments, &configuration, &own, Terminal::of_stdout())?;
    let run = Run::new(&arguments, &request.target, &configuration)?;
    joined.check(&request, arguments.prices.prices.is_some())?;
    if arguments.explain.explain_price {
        prices::check_target(&request.target)?;
    }
    let focus_spec = focus::spec(&request.target, &configuration)?;
    let tariff = prices::tariff(&arguments.prices)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let pseudonyms = arguments.output.pseudonyms.as_deref().map(inputs::pseudonyms).transpose()?;
    let book = inputs::book(&arguments.book)?;
    let hashes_files = arguments.output.manifest.is_some() || matches!(request.target, Target::Pack(..));
    let question = ReportQuestion {
        records: Question {
            period: request.period,
            as_of: arguments.as_of,
            fiscal_year_start: request.fiscal_year_start,
            filters: request.filters.clone(),
            pseudonyms: pseudonyms.as_ref(),
            attributes: Some(&joined.attributes),
            tariff: tariff.as_ref(),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), hashes_files)?
        },
        layout: request.layout.clone(),
        budget: joined.budget.as_ref(),
        journal: joined.mapping.as_ref(),
    };
    let hashing = run.hashing();
    match &request.target {
        Target::Report(path, options) if arguments.explain.explain_price => {
            let explained = usecase::explain_prices(&question, &watch)?;
            run.explained(explained, path.as_deref(), options)
        }
        Target::Report(path, options) => {
            let answer = usecase::report(&question, &watch)?;
            run.finish(answer, &watch, |Answer { result: report, .. }| {
                outputs::write(path.as_deref(), report.rows.len(), hashing, options.into(), |out| {
                    write(report, options, out)
                })
            })
        }
        Target::Partitions(folder, options) => {
            let answer = usecase::report(&question, &watch)?;
            run.finish(answer, &watch, |Answer { result: report, spec, .. }| {
                let replaced = match spec.period {
                    Some(period) => Replaced::Range(period),
                    None if arguments.output.prune => Replaced::All,
                    None => Replaced::Written,
                };
                let partitions = prepare_partitions(report, options, folder, replaced)?;
                say_absent(&partitions, folder, spec.period.is_none());
                Ok(Output::of_partitions(partitions))
            })
        }
        Target::Pack(path, format) => {
            let answer = usecase::pack(&question, &request.parts, &watch)?;
            run.finish(answer, &watch, |Answer { result: pack, .. }| {
                let rows = pack.detail.rows.len();
                outputs::write(path.as_deref(), rows, hashing, Drawn::ForPrograms, |out| {
                    write_pack(pack, *format, out)
                })
            })
        }
        Target::Focus(path, format) => {
            let answer = usecase::focus(&question, &watch)?;
            let spec = focus_spec.expect("it was made with the target");
            if !arguments.inputs.quiet {
                focus::say_idle_services(&spec, &answer.frame);
            }
            run.finish(answer, &watch, |Answer { result: focus, frame, .. }| {
                let table = FocusTable { rows: &focus.rows, frame, spec: &spec };
                focus
                    .report
                    .provenance
                    .pricing
                    .iter()
                    .for_each(|pricing| focus::say_tie(&focus.rows, pricing));
                let write = |out: &mut dyn Write| write_focus(&table, &focus.report, *format, out);
                outputs::write(path.as_deref(), focus.rows.len(), hashing, Drawn::ForPrograms, write)
            })
        }
    }
}

/// What is done with an answer, whatever form it has.
struct Run<'a> {
    arguments: &'a ReportArguments,
    configuration: &'a Configuration,
    /// Where results go.
    places: Vec<Place<'a>>,
}

impl<'a> Run<'a> {
    /// # Errors
    /// A result that would be written over a file that is read, or over another result.
    fn new(
        arguments: &'a ReportArguments,
        target: &'a Target,
        configuration: &'a Configuration,
    ) -> Result<Self> {
        let (join, output) = (&arguments.join, &arguments.output);
        let result = match target {
            Target::Report(Some(path), _) | Target::Pack(Some(path), _) | Target::Focus(Some(path), _) => {
                Place::File(path)
            }
            Target::Partitions(folder, _) => Place::Folder(folder),
            Target::Report(None, _) | Target::Pack(None, _) | Target::Focus(None, _) => Place::Stdout,
        };
        let files = [&output.manifest, &arguments.inputs.rejects, &join.journal];
        let files = files.into_iter().flatten().map(|path| Place::File(path));
        let places: Vec<Place> = [result].into_iter().chain(files).collect();
        let read = configuration.path().into_iter().chain(arguments.prices.files());
        let read = read.chain([&join.budget, &output.pseudonyms].into_iter().flatten().map(PathBuf::as_path));
        let read = read.chain(join.attributes.iter().map(PathBuf::as_path));
        places::check(&places, &read.collect::<Vec<_>>())?;
        Ok(Self { arguments, configuration, places })
    }

    fn hashing(&self) -> Hashing {
        if self.arguments.output.manifest.is_some() { Hashing::Sha256 } else { Hashing::Off }
    }

    fn check_no_input(&self, files: &[InputFile]) -> Result<()> {
        self.places.iter().try_for_each(|place| places::check_no_input(place, files))
    }

    /// Says what there is to know, and writes the result and what goes with it; the manifest last.
    fn finish<T: Proved>(
        &self,
        mut answer: Answer<T>,
        watch: &Watch,
        write_result: impl FnOnce(&Answer<T>) -> Result<Output>,
    ) -> anyhow::Result<Status> {
        watch.check()?;
        self.check_no_input(&answer.files)?;
        let (arguments, hashing) = (self.arguments, self.hashing());
        let provenance = answer.result.provenance();
        notices::print(&provenance.notices, arguments.inputs.quiet);
        say(format_args!("{}", provenance.accounting));
        provenance.pricing.iter().for_each(prices::say_amounts);
        let status = Status::of(&provenance.notices);

        let rejects = faults::prepare(&mut answer.rejected, arguments.inputs.rejects(), hashing)?;
        let mut results = vec![write_result(&answer)?];
        outputs::check_no_input(&results[0], &answer.files)?;
        results.extend(rejects);
        if let (Some(journal), Some(path)) = (&answer.journal, &arguments.join.journal) {
            let options = formats::options(Format::Csv, &arguments.output.csv, false, Terminal::default());
            let postings = journal.report.rows.len();
            let file = OutputFile { path, access: Access::Public, hashing };
            results.push(file.prepare(postings, |out| write(&journal.report, &options, out))?);
        }
        if let Some(path) = &arguments.output.manifest {
            let (provenance, source) = (answer.result.provenance(), self.configuration.source.as_ref());
            let facts = Facts::new(provenance, &answer.spec, &answer.files, source, status);
            let manifest = Manifest::new(facts, &answer.frame, &answer.spec, provenance, &results)?;
            let file = OutputFile { path, access: Access::Public, hashing: Hashing::Off };
            results.push(file.prepare(1, |out| manifest::write(&manifest, out))?);
        }
        watch.check()?;
        results.into_iter().try_for_each(Output::commit)?;
        Ok(status)
    }

    /// Says what there is to know, and writes how amounts came about.
    fn explained(
        &self,
        mut explained: PricesExplained<'_>,
        path: Option<&Path>,
        options: &FormatOptions,
    ) -> anyhow::Result<Status> {
        self.check_no_input(&explained.prepared.files)?;
        let provenance = &explained.prepared.provenance;
        notices::print(&provenance.notices, self.arguments.inputs.quiet);
        say(format_args!("{}", provenance.accounting));
        provenance.pricing.iter().for_each(prices::say_amounts);
        let status = Status::of(&provenance.notices);
        let rejects =
            faults::prepare(&mut explained.rejected, self.arguments.inputs.rejects(), Hashing::Off)?;
        let statement = explained.statement()?;
        let output = outputs::write(path, statement.len(), Hashing::Off, options.into(), |out| {
            write_statement(&statement, options, out)
        })?;
        output.commit()?;
        rejects.map_or(Ok(()), Output::commit)?;
        Ok(status)
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
