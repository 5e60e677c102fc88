//! What a report is asked for, understood as far as that is possible before anything is read.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use usagebook::dimension::{Attribute, Dimension};
use usagebook::error::{Error, Result};
use usagebook::filter::{Filter, Filters};
use usagebook::join::Budget;
use usagebook::letterhead::Letterhead;
use usagebook::pack::PackSpec;
use usagebook::period::{Calendar, PeriodRange};
use usagebook::report::{Comparison, ReportSpec};
use usagebook::write::parquet::{DecimalWidth, ParquetOptions};
use usagebook::write::{FocusFormat, Format, FormatOptions, PackFormat};

use super::arguments::{
    CompareChoice, FormatChoice, ParquetDecimalChoice, ReportArguments, ReportOutputArguments,
};
use super::config::Configuration;
use super::terminal::Terminal;
use super::{focus, formats, inputs};

/// A report that is asked for.
#[derive(Debug)]
pub struct ReportRequest {
    pub by: Vec<Dimension>,
    /// As it was typed: `last-month` is known once the data is.
    period: Option<String>,
    fiscal_year_start: u32,
    comparison: Option<CompareChoice>,
    is_pivoted: bool,
    top: Option<usize>,
    has_users: bool,
    is_pseudonymous: bool,
    letterhead: Letterhead,
    pub filters: Filters,
    pub target: Target,
}

/// Where the report goes, and in which format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Stdout(FormatOptions),
    File(PathBuf, FormatOptions),
    Partitions(PathBuf, ParquetOptions),
    /// A file, or else standard output; so the one below.
    Pack(Option<PathBuf>, PackFormat),
    Focus(Option<PathBuf>, FocusFormat),
}

impl ReportRequest {
    /// # Errors
    /// What is no period, dimension or filter, and flags that contradict one another.
    pub fn new(
        arguments: &ReportArguments,
        configuration: &Configuration,
        own: &[Attribute],
        terminal: Terminal,
    ) -> Result<Self> {
        let by = match &arguments.by {
            Some(list) => Dimension::parse_list_with(list, own)?,
            None => Dimension::DEFAULT.to_vec(),
        };
        let request = Self {
            period: arguments.period.clone(),
            fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
            letterhead: configuration.letterhead.clone(),
            comparison: arguments.compare,
            is_pivoted: arguments.pivot.is_some(),
            top: arguments.top.map(|top| top as usize),
            has_users: arguments.output.users,
            is_pseudonymous: arguments.output.pseudonyms.is_some(),
            filters: inputs::filters(&arguments.filters)?,
            target: target(arguments, &by, terminal)?,
            by,
        };
        // Any day does to tell whether it is a period.
        let spec = request.spec(NaiveDate::default())?;
        match request.target {
            Target::Pack(..) => request.pack_spec(&spec).check()?,
            _ => spec.check()?,
        }
        Ok(request)
    }

    /// What to compute, seen from a day.
    pub fn spec(&self, as_of: NaiveDate) -> Result<ReportSpec> {
        let calendar = Calendar { as_of, fiscal_year_start: self.fiscal_year_start };
        let period = self.period.as_deref().map(|text| PeriodRange::parse(text, calendar)).transpose()?;
        Ok(ReportSpec {
            by: self.by.clone(),
            period,
            calendar,
            comparison: self.comparison.map(|choice| comparison(choice, period)),
            is_pivoted: self.is_pivoted,
            top: self.top,
        })
    }

    /// The months whose records are needed; empty for all.
    pub fn months_needed(&self, spec: &ReportSpec) -> Vec<PeriodRange> {
        match self.target {
            Target::Pack(..) => self.pack_spec(spec).months_needed(),
            _ => spec.months_needed(),
        }
    }

    /// What to put into a pack with that detail.
    pub fn pack_spec(&self, spec: &ReportSpec) -> PackSpec {
        PackSpec {
            report: spec.clone(),
            has_users: self.has_users,
            is_pseudonymous: self.is_pseudonymous,
            letterhead: self.letterhead.clone(),
        }
    }

    /// Whether what is reported on can be set against budgets.
    pub fn check_budget(&self, budget: &Budget) -> Result<()> {
        budget.check_filters(&self.filters)?;
        match self.target {
            // It has a report of its own for them.
            Target::Pack(..) => Ok(()),
            _ => budget.check(&self.spec(NaiveDate::default())?),
        }
    }

    /// Whether the period is typed in words that mean another one on another day.
    pub fn is_period_relative(&self) -> bool {
        self.period.as_deref() == Some("last-month")
    }
}

fn comparison(choice: CompareChoice, period: Option<PeriodRange>) -> Comparison {
    match choice {
        CompareChoice::PreviousMonth => Comparison::PreviousMonth,
        CompareChoice::PreviousYear => Comparison::PreviousYear,
        CompareChoice::LikeForLike => {
            Comparison::LikeForLike { months: period.map_or(0, |period| period.months()) }
        }
    }
}

fn target(arguments: &ReportArguments, by: &[Dimension], terminal: Terminal) -> Result<Target> {
    let output = &arguments.output;
    let path = output.output.as_deref().filter(|path| *path != Path::new("-"));
    let choice = match output.partition_by {
        Some(_) => output.format.unwrap_or(FormatChoice::Report(Format::Parquet)),
        None => format(output, path)?,
    };
    check_choices(arguments, choice, by)?;
    let format = match choice {
        FormatChoice::Report(format) => format,
        FormatChoice::Pack(format) if path.is_none() && terminal.is_terminal => {
            let what = match format {
                PackFormat::Xlsx => "--format xlsx",
                PackFormat::Html => "--format html",
            };
            return Err(Error::Incompatible { what, need: "-o FILE or a pipe" });
        }
        FormatChoice::Pack(format) => return Ok(Target::Pack(path.map(Path::to_owned), format)),
        FormatChoice::Focus(FocusFormat::Parquet) if path.is_none() && terminal.is_terminal => {
            return Err(Error::Incompatible { what: "--format focus-parquet", need: "-o FILE or a pipe" });
        }
        FormatChoice::Focus(format) => return Ok(Target::Focus(path.map(Path::to_owned), format)),
    };
    if output.partition_by.is_some() {
        let need = "-o FOLDER";
        let folder = path.ok_or(Error::Incompatible { what: "--partition-by period", need })?;
        return Ok(Target::Partitions(folder.to_owned(), parquet_options(output)));
    }
    let Some(path) = path else {
        if format == Format::Parquet && terminal.is_terminal {
            return Err(Error::Incompatible { what: "--format parquet", need: "-o FILE or a pipe" });
        }
        return Ok(Target::Stdout(options(format, arguments, terminal)));
    };
    Ok(Target::File(path.to_owned(), options(format, arguments, Terminal::default())))
}

/// The format that is asked for, or that the file's ending stands for.
fn format(output: &ReportOutputArguments, path: Option<&Path>) -> Result<FormatChoice> {
    let of_path = |path| {
        let report = Format::of_path(path).map(FormatChoice::Report);
        report.or_else(|| PackFormat::of_path(path).map(FormatChoice::Pack))
    };
    match (output.format, path) {
        (Some(choice), _) => Ok(choice),
        (None, None) => Ok(FormatChoice::Report(Format::Table)),
        (None, Some(path)) => of_path(path).ok_or(Error::Incompatible {
            what: "an output file whose ending names no format",
            need: "--format, or one of the endings txt, csv, tsv, json, ndjson, md, parquet, xlsx, html",
        }),
    }
}

/// Refuses choices that would do nothing, or cannot be had together.
fn check_choices(arguments: &ReportArguments, choice: FormatChoice, by: &[Dimension]) -> Result<()> {
    let output = &arguments.output;
    let is_pack = matches!(choice, FormatChoice::Pack(_));
    let is_parquet = choice == FormatChoice::Report(Format::Parquet);
    let is_partitioned = output.partition_by.is_some();
    let is_pivoted = arguments.pivot.is_some();
    if let FormatChoice::Focus(format) = choice {
        focus::check_arguments(arguments, format)?;
    }
    let rules: [(bool, &str, &str); 10] = [
        (is_partitioned && !is_parquet, "--partition-by period", "--format parquet"),
        (is_partitioned && !by.contains(&Dimension::Period), "--partition-by period", "period among --by"),
        (is_pivoted && is_parquet, "--pivot period", "another format than parquet"),
        (
            arguments.totals && is_parquet,
            "--totals",
            "another format than parquet, which has the totals in its metadata",
        ),
        (output.parquet_decimal.is_some() && !is_parquet, "--parquet-decimal", "--format parquet"),
        (
            is_pivoted && is_pack,
            "--pivot period",
            "another format than xlsx or html, which have their months across",
        ),
        (
            arguments.top.is_some() && is_pack,
            "--top",
            "another format than xlsx or html, which show the largest",
        ),
        (
            arguments.totals && is_pack,
            "--totals",
            "another format than xlsx or html, which have their totals",
        ),
        (output.users && !is_pack, "--users", "--format xlsx or html; in others put user into --by"),
        (
            output.pseudonyms.is_some() && !arguments.filters.values(Filter::Username).is_empty(),
            "--username",
            "usernames in sight; leave --pseudonyms out",
        ),
    ];
    match rules.into_iter().find(|(is_broken, ..)| *is_broken) {
        Some((_, what, need)) => Err(Error::Incompatible { what, need }),
        None => {
            let format = match choice {
                FormatChoice::Report(format @ (Format::Csv | Format::Tsv)) => Some(format),
                // The journal is a CSV file whatever the report is.
                _ if arguments.join.journal.is_some() => Some(Format::Csv),
                FormatChoice::Report(format) => Some(format),
                FormatChoice::Pack(_) | FormatChoice::Focus(_) => None,
            };
            formats::check_csv(&output.csv, format)
        }
    }
}

fn options(format: Format, arguments: &ReportArguments, terminal: Terminal) -> FormatOptions {
    match formats::options(format, &arguments.output.csv, arguments.totals, terminal) {
        FormatOptions::Parquet(_) => FormatOptions::Parquet(parquet_options(&arguments.output)),
        options => options,
    }
}

fn parquet_options(output: &ReportOutputArguments) -> ParquetOptions {
    let decimal = match output.parquet_decimal {
        Some(ParquetDecimalChoice::Digits38) => DecimalWidth::Digits38,
        Some(ParquetDecimalChoice::Digits18) | None => DecimalWidth::Digits18,
    };
    ParquetOptions { decimal }
}
