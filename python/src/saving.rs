//! Reports as files: the format by the name's end, whole or not at all, and the manifest last.

use std::path::PathBuf;

use pyo3::prelude::*;
use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::hashing::Hashing;
use usagebook::ingest::InputFile;
use usagebook::notice::Notice;
use usagebook::usecase::places::{self, Place};
use usagebook::usecase::{self, Answer, Facts, Manifest, PackParts, Proved, Watch as _, write_manifest};
use usagebook::write::csv::{CsvOptions, CsvProfile, CsvSeparator, DecimalMark};
use usagebook::write::json::NdjsonOptions;
use usagebook::write::output::{Output, OutputFile};
use usagebook::write::parquet::{DecimalWidth, ParquetOptions};
use usagebook::write::{FileFormat, Format, FormatOptions, write, write_pack};

use crate::ask::{Owned, bad};
use crate::report::Report;
use crate::work::Watch;

/// A file and how it is written. Each field is a keyword of the package.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub struct SaveAsked {
    path: PathBuf,
    manifest: Option<PathBuf>,
    users: bool,
    totals: bool,
    csv_profile: Option<String>,
    csv_separator: Option<String>,
    csv_decimal: Option<String>,
    parquet_decimal: Option<u32>,
}

/// Writes a report; returns the input that changed meanwhile, if one did and nothing was written.
///
/// # Errors
/// Choices that do not go with the format, a place that is read or cannot be written to; for a workbook, page or PDF those of
/// the report.
pub fn save(report: &Report, asked: &SaveAsked, watch: &Watch) -> Result<Option<String>> {
    let Report { asked: question, answer, .. } = report;
    let format = FileFormat::of_path(&asked.path).ok_or_else(|| {
        let expected = format!("a name that ends in one of {}", FileFormat::ENDINGS);
        bad("path", &asked.path.display().to_string(), &expected)
    })?;
    asked.check(format, question.layout.is_pivoted, question.layout.top.is_some())?;
    let places: Vec<Place<'_>> = [Some(&asked.path), asked.manifest.as_ref()]
        .into_iter()
        .flatten()
        .map(|path| Place::File(path))
        .collect();
    let reads: Vec<_> = question.owned.reads.iter().map(PathBuf::as_path).collect();
    places::check(&places, &reads)?;
    places.iter().try_for_each(|place| places::check_no_input(place, &answer.files))?;
    let hashing = if asked.manifest.is_some() { Hashing::Sha256 } else { Hashing::Off };
    let file = OutputFile { path: &asked.path, access: Access::Public, hashing };
    let outputs = match format {
        FileFormat::Report(format) => {
            let options = asked.options(format)?;
            let result = &answer.result;
            let output = file.prepare(result.rows.len(), |out| write(result, &options, out))?;
            asked.with_manifest(output, &question.owned, answer)?
        }
        FileFormat::Pack(format) => {
            format.check()?;
            question.layout.check_pack(question.owned.period())?;
            let letterhead = question.owned.configuration.letterhead.clone();
            let parts = PackParts { has_users: asked.users, letterhead };
            let packed = usecase::pack(&question.question(), &parts, watch)?;
            if question.owned.book.is_none()
                && let Some(changed) = changed(&answer.files, &packed.files)
            {
                return Ok(Some(changed));
            }
            let pack = &packed.result;
            let output = file.prepare(pack.detail.rows.len(), |out| write_pack(pack, format, out))?;
            asked.with_manifest(output, &question.owned, &packed)?
        }
    };
    watch.check()?;
    outputs.into_iter().try_for_each(Output::commit)?;
    Ok(None)
}

/// The manifest of an answer and of what was written of it.
///
/// # Errors
/// Memory that there is not.
pub fn manifest<T: Proved>(owned: &Owned, answer: &Answer<T>, outputs: &[Output]) -> Result<Vec<u8>> {
    let provenance = answer.result.provenance();
    let exit_status = if provenance.notices.iter().any(Notice::is_open) { 3 } else { 0 };
    let source = owned.configuration.source.as_ref();
    let facts = Facts::new(provenance, &answer.spec, &answer.files, source, exit_status);
    let manifest = Manifest::new(facts, &answer.frame, &answer.spec, provenance, outputs)?;
    let mut text = Vec::new();
    write_manifest(&manifest, &mut text)?;
    Ok(text)
}

/// The first file that is another one than before.
fn changed(before: &[InputFile], now: &[InputFile]) -> Option<String> {
    let is_same = |one: &InputFile, other: &InputFile| one.path == other.path && one.sha256 == other.sha256;
    let differing = before.iter().zip(now).find(|(one, other)| !is_same(one, other)).map(|(one, _)| one);
    let longer = if before.len() > now.len() { before } else { now };
    let more = longer.get(before.len().min(now.len()));
    differing.or(more).map(|file| file.path.clone())
}

impl SaveAsked {
    fn with_manifest<T: Proved>(
        &self,
        output: Output,
        owned: &Owned,
        answer: &Answer<T>,
    ) -> Result<Vec<Output>> {
        let Some(path) = &self.manifest else { return Ok(vec![output]) };
        let outputs = vec![output];
        let text = manifest(owned, answer, &outputs)?;
        let file = OutputFile { path, access: Access::Public, hashing: Hashing::Off };
        let manifest = file
            .prepare(1, |out| out.write_all(&text).map_err(|source| usagebook::Error::Output { source }))?;
        Ok(outputs.into_iter().chain([manifest]).collect())
    }

    /// Refuses choices that would do nothing, or cannot be had together.
    fn check(&self, format: FileFormat, is_pivoted: bool, has_top: bool) -> Result<()> {
        let is_pack = matches!(format, FileFormat::Pack(_));
        let is_parquet = format == FileFormat::Report(Format::Parquet);
        let is_separated = matches!(format, FileFormat::Report(Format::Csv | Format::Tsv));
        let has_rows = is_separated || format == FileFormat::Report(Format::Ndjson);
        let rules: [(bool, &'static str, &str, &str); 8] = [
            (is_pivoted && is_parquet, "pivot", "period", "a report without it for parquet"),
            (
                is_pivoted && is_pack,
                "pivot",
                "period",
                "a report without it for xlsx, html and pdf, which have their months across",
            ),
            (
                has_top && is_pack,
                "top",
                "a number",
                "a report without it for xlsx, html and pdf, which show the largest",
            ),
            (self.totals && !has_rows, "totals", "True", "a file of csv, tsv or ndjson"),
            (
                self.users && !is_pack,
                "users",
                "True",
                "a file of xlsx, html or pdf; for others put user into by",
            ),
            (
                self.parquet_decimal.is_some() && !is_parquet,
                "parquet_decimal",
                "a number",
                "a file of parquet",
            ),
            (self.csv_profile.is_some() && !is_separated, "csv_profile", "a profile", "a file of csv or tsv"),
            (
                (self.csv_separator.is_some() && format != FileFormat::Report(Format::Csv))
                    || (self.csv_decimal.is_some() && !is_separated),
                "csv_separator or csv_decimal",
                "a choice",
                "a file of csv",
            ),
        ];
        match rules.into_iter().find(|(is_broken, ..)| *is_broken) {
            Some((_, parameter, value, expected)) => Err(bad(parameter, value, expected)),
            None => self.csv().and_then(|options| options.check()),
        }
    }

    fn csv(&self) -> Result<CsvOptions> {
        Ok(CsvOptions {
            profile: match self.csv_profile.as_deref() {
                None | Some("pipeline") => CsvProfile::Pipeline,
                Some("excel") => CsvProfile::Excel,
                Some(other) => return Err(bad("csv_profile", other, "pipeline or excel")),
            },
            separator: match self.csv_separator.as_deref() {
                None | Some("comma") => CsvSeparator::Comma,
                Some("semicolon") => CsvSeparator::Semicolon,
                Some(other) => return Err(bad("csv_separator", other, "comma or semicolon")),
            },
            decimal: match self.csv_decimal.as_deref() {
                None | Some("point") => DecimalMark::Point,
                Some("comma") => DecimalMark::Comma,
                Some(other) => return Err(bad("csv_decimal", other, "point or comma")),
            },
            has_totals: self.totals,
        })
    }

    fn options(&self, format: Format) -> Result<FormatOptions> {
        Ok(match format {
            Format::Csv => FormatOptions::Csv(self.csv()?),
            Format::Tsv => FormatOptions::Tsv(self.csv()?),
            Format::Ndjson => FormatOptions::Ndjson(NdjsonOptions { has_totals: self.totals }),
            Format::Parquet => FormatOptions::Parquet(ParquetOptions {
                decimal: match self.parquet_decimal {
                    None | Some(18) => DecimalWidth::Digits18,
                    Some(38) => DecimalWidth::Digits38,
                    Some(other) => return Err(bad("parquet_decimal", &other.to_string(), "18 or 38")),
                },
            }),
            format => format.with_defaults(),
        })
    }
}
