//! What a report is asked for, understood as far as that is possible before anything is read.

use std::path::{Path, PathBuf};

use anyhow::Result;
use usagebook::conflict::Conflict;
use usagebook::dimension::{Attribute, Dimension};
use usagebook::filter::{Filter, Filters};
use usagebook::join::Budget;
use usagebook::period::AskedPeriod;
use usagebook::usecase::{Earlier, Layout, PackParts};
use usagebook::write::data_package::Described;
use usagebook::write::parquet::ParquetOptions;
use usagebook::write::{FileFormat, FocusFormat, Format, FormatOptions, PackFormat, check_statement_format};

use super::focus;
use crate::cli::arguments::{CompareChoice, FormatChoice, ReportArguments, ReportOutputArguments};
use crate::cli::places::Place;
use crate::cli::terminal::Terminal;
use crate::cli::words::Misuse;
use crate::cli::{formats, inputs};
use usagebook::config::Configuration;

/// A report that is asked for.
#[derive(Debug)]
pub struct ReportRequest {
    pub layout: Layout,
    pub period: Option<AskedPeriod>,
    pub fiscal_year_start: u32,
    pub parts: PackParts,
    pub filters: Filters,
    pub target: Target,
}

/// Where the report goes, and in which format: to a file, or else to standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Report(Option<PathBuf>, FormatOptions),
    Partitions(PathBuf, ParquetOptions),
    Pack(Option<PathBuf>, PackFormat),
    Focus(Option<PathBuf>, FocusFormat),
}

impl Target {
    /// Where the result stands.
    pub fn place(&self) -> Place<'_> {
        match self {
            Self::Partitions(folder, _) => Place::Folder(folder),
            Self::Report(path, _) | Self::Pack(path, _) | Self::Focus(path, _) => {
                path.as_deref().map_or(Place::Stdout, Place::File)
            }
        }
    }

    /// The files that a descriptor describes.
    fn described(&self) -> usagebook::error::Result<Described<'_>> {
        match self {
            Self::Report(Some(_), options) => Ok(Described::File(options)),
            Self::Partitions(..) => Ok(Described::Partitions),
            Self::Report(None, _) | Self::Pack(..) | Self::Focus(..) => Err(Conflict::DescribedRows.into()),
        }
    }

    /// Refuses a format that the explanation of prices, or a comparison of amounts, is not written in.
    pub fn check_rows(&self, what: &'static str) -> Result<()> {
        match self {
            Self::Report(_, FormatOptions::Parquet(_)) => Ok(check_statement_format(Format::Parquet)?),
            Self::Report(..) => Ok(()),
            Self::Partitions(..) | Self::Pack(..) | Self::Focus(..) => {
                Err(Misuse { what, need: "a format of rows: table, csv, tsv, json, ndjson or markdown" }
                    .into())
            }
        }
    }
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
            period: inputs::period(arguments.period.as_deref())?,
            fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
            parts: PackParts {
                has_users: arguments.output.users,
                letterhead: configuration.letterhead.clone(),
            },
            filters: inputs::filters(&arguments.filters)?,
            target: target(arguments, &by, terminal)?,
            layout: Layout {
                by,
                comparison: arguments.compare.map(|choice| match choice {
                    CompareChoice::PreviousMonth => Earlier::PreviousMonth,
                    CompareChoice::PreviousYear => Earlier::PreviousYear,
                    CompareChoice::LikeForLike => Earlier::LikeForLike,
                }),
                is_pivoted: arguments.pivot.is_some(),
                top: arguments.top.map(|top| top as usize),
            },
        };
        if arguments.output.data_package.is_some() {
            request.target.described()?.check()?;
        }
        match request.target {
            Target::Pack(..) => request.layout.check_pack(request.period)?,
            _ => request.layout.check(request.period)?,
        }
        Ok(request)
    }

    /// Whether what is reported on can be set against budgets.
    pub fn check_budget(&self, budget: &Budget) -> usagebook::error::Result<()> {
        budget.check_filters(&self.filters)?;
        match self.target {
            // It has a report of its own for them.
            Target::Pack(..) => Ok(()),
            _ => budget.check(&self.layout.on_any_day(self.period)),
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
                PackFormat::Pdf => "--format pdf",
                _ => "a format of files",
            };
            return Err(Misuse { what, need: "-o FILE or a pipe" }.into());
        }
        FormatChoice::Pack(format) => {
            format.check()?;
            return Ok(Target::Pack(path.map(Path::to_owned), format));
        }
        FormatChoice::Focus(FocusFormat::Parquet) if path.is_none() && terminal.is_terminal => {
            return Err(Misuse { what: "--format focus-parquet", need: "-o FILE or a pipe" }.into());
        }
        FormatChoice::Focus(format) => return Ok(Target::Focus(path.map(Path::to_owned), format)),
    };
    if output.partition_by.is_some() {
        let need = "-o FOLDER";
        let folder = path.ok_or(Misuse { what: "--partition-by period", need })?;
        return Ok(Target::Partitions(folder.to_owned(), formats::parquet_options(output.parquet_decimal)));
    }
    let Some(path) = path else {
        if format == Format::Parquet && terminal.is_terminal {
            return Err(Misuse { what: "--format parquet", need: "-o FILE or a pipe" }.into());
        }
        return Ok(Target::Report(None, options(format, arguments, terminal)));
    };
    Ok(Target::Report(Some(path.to_owned()), options(format, arguments, Terminal::default())))
}

/// The format that is asked for, or that the file's ending stands for.
fn format(output: &ReportOutputArguments, path: Option<&Path>) -> Result<FormatChoice> {
    let of_path = |path| {
        FileFormat::of_path(path).map(|format| match format {
            FileFormat::Report(format) => FormatChoice::Report(format),
            FileFormat::Pack(format) => FormatChoice::Pack(format),
        })
    };
    match (output.format, path) {
        (Some(choice), _) => Ok(choice),
        (None, None) => Ok(FormatChoice::Report(Format::Table)),
        (None, Some(path)) => of_path(path).ok_or_else(|| {
            Misuse {
                what: "an output file whose ending names no format",
                need: "--format, or one of the endings txt, csv, tsv, json, ndjson, md, parquet, xlsx, html, pdf",
            }
            .into()
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
            "another format than xlsx, html or pdf, which have their months across",
        ),
        (
            arguments.top.is_some() && is_pack,
            "--top",
            "another format than xlsx, html or pdf, which show the largest",
        ),
        (
            arguments.totals && is_pack,
            "--totals",
            "another format than xlsx, html or pdf, which have their totals",
        ),
        (output.users && !is_pack, "--users", "--format xlsx, html or pdf; in others put user into --by"),
        (
            output.pseudonyms.is_some() && !arguments.filters.values(Filter::Username).is_empty(),
            "--username",
            "usernames in sight; leave --pseudonyms out",
        ),
    ];
    match rules.into_iter().find(|(is_broken, ..)| *is_broken) {
        Some((_, what, need)) => Err(Misuse { what, need }.into()),
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
        FormatOptions::Parquet(_) => {
            FormatOptions::Parquet(formats::parquet_options(arguments.output.parquet_decimal))
        }
        options => options,
    }
}
