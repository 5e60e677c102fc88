//! What comes with every form of a report: notes, rejected records, postings, the manifest; all of it appears together.

use std::path::{Path, PathBuf};

use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::ingest::InputFile;
use usagebook::report::{Provenance, Report};
use usagebook::statement::Statement as _;
use usagebook::usecase::{
    AmountChanges, Answer, Facts, Manifest, PricesExplained, Proved, Watch as _, write_manifest,
};
use usagebook::write::data_package::{DataPackage, Described};
use usagebook::write::{Format, FormatOptions, write, write_statement};

use super::request::Target;
use crate::cli::arguments::{FocusArguments, ReportArguments};
use crate::cli::notices::say;
use crate::cli::outputs::{self, Output, OutputFile};
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::terminal::Terminal;
use crate::cli::{Status, formats, notices, prices};
use usagebook::config::Configuration;

/// What is done with an answer, whatever form it has.
pub struct Run<'a> {
    arguments: &'a ReportArguments,
    configuration: &'a Configuration,
    /// Where results go.
    places: Vec<Place<'a>>,
}

impl<'a> Run<'a> {
    /// # Errors
    /// A result that would be written over a file that is read, or over another result.
    pub fn new(
        arguments: &'a ReportArguments,
        target: &'a Target,
        configuration: &'a Configuration,
    ) -> Result<Self> {
        let (join, output) = (&arguments.join, &arguments.output);
        let FocusArguments { focus_billing_periods: periods, focus_invoice_details: details, .. } =
            &arguments.focus;
        let files = [
            &output.data_package,
            &output.manifest,
            &arguments.inputs.rejects,
            &join.journal,
            periods,
            details,
        ];
        let files = files.into_iter().flatten().map(|path| Place::File(path));
        let places: Vec<Place> = [target.place()].into_iter().chain(files).collect();
        let read =
            configuration.path().into_iter().chain(arguments.prices.files()).chain(arguments.inputs.paths());
        let read = read.chain([&join.budget, &output.pseudonyms].into_iter().flatten().map(PathBuf::as_path));
        let read = read.chain(join.attributes.iter().map(PathBuf::as_path));
        places::check(&places, &read.collect::<Vec<_>>())?;
        Ok(Self { arguments, configuration, places })
    }

    pub fn hashing(&self) -> Hashing {
        let output = &self.arguments.output;
        let is_asked = output.manifest.is_some() || output.data_package.is_some();
        if is_asked { Hashing::Sha256 } else { Hashing::Off }
    }

    /// The outputs of a report, and their descriptor if there shall be one.
    pub fn described(
        &self,
        report: &Report,
        described: Described<'_>,
        output: Output,
    ) -> Result<Vec<Output>> {
        let Some(path) = &self.arguments.output.data_package else { return Ok(vec![output]) };
        let package = DataPackage::new(report, described, &output.entries, path)?;
        let file = OutputFile { path, access: Access::Public, hashing: self.hashing() };
        let descriptor = file.prepare(1, |out| write_manifest(&package, out))?;
        Ok(vec![output, descriptor])
    }

    fn check_no_input(&self, files: &[InputFile]) -> Result<()> {
        self.places.iter().try_for_each(|place| places::check_no_input(place, files))
    }

    /// Says what there is to know of the figures.
    fn say(&self, provenance: &Provenance) -> Status {
        notices::print(&provenance.notices, self.arguments.inputs.quiet);
        say(format_args!("{}", provenance.accounting_text()));
        provenance.pricing.iter().for_each(prices::say_amounts);
        Status::of(&provenance.notices)
    }

    /// Says what there is to know, and writes the result and what goes with it; the manifest last.
    pub fn finish<T: Proved>(
        &self,
        mut answer: Answer<T>,
        watch: &Watch,
        write_results: impl FnOnce(&Answer<T>) -> Result<Vec<Output>>,
    ) -> anyhow::Result<Status> {
        watch.check()?;
        self.check_no_input(&answer.files)?;
        let (arguments, hashing) = (self.arguments, self.hashing());
        let status = self.say(answer.result.provenance());

        let rejects = answer.rejected.prepare(arguments.inputs.rejects(), hashing)?;
        let mut results = write_results(&answer)?;
        results.iter().try_for_each(|output| outputs::check_no_input(output, &answer.files))?;
        results.extend(rejects);
        if let (Some(journal), Some(path)) = (&answer.journal, &arguments.join.journal) {
            let options = formats::options(Format::Csv, &arguments.output.csv, false, Terminal::default());
            let postings = journal.report.rows.len();
            let file = OutputFile { path, access: Access::Public, hashing };
            results.push(file.prepare(postings, |out| write(&journal.report, &options, out))?);
        }
        if let Some(path) = &arguments.output.manifest {
            let (provenance, source) = (answer.result.provenance(), self.configuration.source.as_ref());
            let facts = Facts::new(provenance, &answer.spec, &answer.files, source, status.code());
            let manifest = Manifest::new(facts, &answer.frame, &answer.spec, provenance, &results)?;
            let file = OutputFile { path, access: Access::Public, hashing: Hashing::Off };
            results.push(file.prepare(1, |out| write_manifest(&manifest, out))?);
        }
        watch.check()?;
        results.into_iter().try_for_each(Output::commit)?;
        Ok(status)
    }

    /// Says what there is to know, and writes what amounts are beside what they would be.
    pub fn repriced(
        &self,
        changes: &AmountChanges,
        path: Option<&Path>,
        options: &FormatOptions,
    ) -> anyhow::Result<Status> {
        notices::print(&changes.notices, self.arguments.inputs.quiet);
        let statement = &changes.statement;
        let output = outputs::write(path, statement.len(), Hashing::Off, options.into(), |out| {
            write_statement(statement, options, out)
        })?;
        output.commit()?;
        Ok(Status::of(&changes.notices))
    }

    /// Says what there is to know, and writes how amounts came about.
    pub fn explained(
        &self,
        mut explained: PricesExplained<'_>,
        path: Option<&Path>,
        options: &FormatOptions,
    ) -> anyhow::Result<Status> {
        self.check_no_input(&explained.prepared.files)?;
        let status = self.say(&explained.prepared.provenance);
        let rejects = explained.rejected.prepare(self.arguments.inputs.rejects(), Hashing::Off)?;
        let statement = explained.statement()?;
        let output = outputs::write(path, statement.len(), Hashing::Off, options.into(), |out| {
            write_statement(&statement, options, out)
        })?;
        output.commit()?;
        rejects.map_or(Ok(()), Output::commit)?;
        Ok(status)
    }
}
