//! From what was asked to the records that count and the day on which they are seen, of dumps or of a book.

use std::path::Path;

use chrono::NaiveDate;
use usagebook::book::Book;
use usagebook::error::{Error, Result};
use usagebook::ingest::Intake;
use usagebook::period::PeriodRange;
use usagebook::pseudonym::Pseudonyms;
use usagebook::report::ReportSpec;
use usagebook::write::access::exposed_secret;
use usagebook::write::hashing::Hashing;

use super::arguments::{AsOf, BookArguments, InputArguments};
use super::notices::say;
use super::outputs::Output;
use super::places::{self, Place};
use super::progress::Watch;
use super::{faults, inputs};

/// What is read.
pub struct Asked<'a> {
    pub inputs: &'a InputArguments,
    pub book: &'a BookArguments,
    pub as_of: Option<AsOf>,
    /// Whether somebody wants the SHA-256 of what is read.
    pub hashes_files: bool,
    pub pseudonyms: Option<&'a Pseudonyms>,
    /// Where results go, which must not be where records come from.
    pub outputs: Vec<Place<'a>>,
    /// Of the records that are rejected.
    pub hashing: Hashing,
}

/// What was read.
pub struct Read {
    pub intake: Intake,
    pub spec: ReportSpec,
    /// The file of the records that were rejected.
    pub rejects: Option<Output>,
}

impl Asked<'_> {
    /// Reads inputs, or those months of a book that a report needs. `spec` is the report seen from a day.
    pub fn read(
        &self,
        book: Option<&Book>,
        spec: impl Fn(NaiveDate) -> Result<ReportSpec>,
        months_needed: impl Fn(&ReportSpec) -> Vec<PeriodRange>,
        watch: &Watch,
    ) -> anyhow::Result<Read> {
        match book {
            Some(book) => Ok(self.read_book(book, spec, months_needed)?),
            None => self.read_inputs(spec, watch),
        }
    }

    fn read_inputs(
        &self,
        spec: impl Fn(NaiveDate) -> Result<ReportSpec>,
        watch: &Watch,
    ) -> anyhow::Result<Read> {
        let mut request = inputs::request(self.inputs);
        request.hashes_files = self.hashes_files;
        let mut intake = inputs::read(&request, self.inputs, watch)?;
        self.outputs.iter().try_for_each(|place| places::check_no_input(place, &intake.files))?;
        self.hide(&mut intake);
        let rejects = faults::settle(&mut intake, self.inputs.rejects(), self.hashing)?;
        let source = "the time of the dump's index";
        let as_of = inputs::as_of(self.as_of, intake.index_time, source, self.inputs.timezone())?;
        Ok(Read { intake, spec: spec(as_of)?, rejects })
    }

    fn read_book(
        &self,
        book: &Book,
        spec: impl Fn(NaiveDate) -> Result<ReportSpec>,
        months_needed: impl Fn(&ReportSpec) -> Vec<PeriodRange>,
    ) -> Result<Read> {
        self.outputs.iter().try_for_each(|place| places::check_outside(place, book.folder()))?;
        let source = "the time of the book's latest delivery";
        let spec = spec(inputs::as_of(self.as_of, book.time(), source, book.timezone()?)?)?;
        let needed = months_needed(&spec);
        let is_needed = |period| needed.is_empty() || needed.iter().any(|range| range.contains(period));
        let mut intake =
            inputs::read_book(book, self.book, is_needed, spec.period, false, self.inputs.verbose)?;
        self.hide(&mut intake);
        Ok(Read { intake, spec, rejects: None })
    }

    fn hide(&self, intake: &mut Intake) {
        self.pseudonyms.iter().for_each(|pseudonyms| pseudonyms.hide(intake));
    }
}

/// The key of pseudonyms.
pub fn pseudonyms(path: &Path) -> Result<Pseudonyms> {
    let key = std::fs::read(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    if let Some(warning) = exposed_secret(path) {
        say(format_args!("warning: {warning}"));
    }
    Pseudonyms::new(&key)
}
