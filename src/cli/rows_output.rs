//! Where changes and records are written, whole or not at all.

use std::path::{Path, PathBuf};

use usagebook::Book;
use usagebook::error::Result;
use usagebook::files::hashing::Hashing;
use usagebook::letterhead::Letterhead;
use usagebook::statement::Statement;
use usagebook::usecase::AmountChanges;
use usagebook::write::{Format, FormatOptions, PackFormat, write_statement, write_statement_pack};

use super::arguments::{RowsFormat, RowsOutputArguments};
use super::outputs::Drawn;
use super::places::Place;
use super::terminal::Terminal;
use super::words::Misuse;
use super::{Status, configuration, formats, notices, outputs, places};

/// A place and a format.
pub struct Destination {
    path: Option<PathBuf>,
    form: Form,
}

/// How rows are drawn.
enum Form {
    Rows(FormatOptions),
    Pack(PackFormat, Box<Letterhead>),
}

impl Destination {
    /// # Errors
    /// A format that there is not for statements, choices that would do nothing, a file without a folder or one of
    /// those that are read.
    pub fn new<'a>(
        arguments: &'a RowsOutputArguments,
        reads: impl Iterator<Item = &'a Path>,
    ) -> anyhow::Result<Self> {
        let path = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
        let format = format(arguments.format, path)?;
        format.check()?;
        formats::check_csv(&arguments.csv, format.rows())?;
        let reads: Vec<&Path> = reads.chain(arguments.config.as_deref()).collect();
        path.map_or(Ok(()), |path| places::check(&[Place::File(path)], &reads))?;
        let terminal = path.map_or_else(Terminal::of_stdout, |_| Terminal::default());
        let form = match format {
            RowsFormat::Rows(format) => {
                Form::Rows(formats::options(format, &arguments.csv, arguments.totals, terminal))
            }
            RowsFormat::Pack(_) if path.is_none() && terminal.is_terminal => {
                return Err(Misuse { what: "a workbook, a page or PDF", need: "-o FILE or a pipe" }.into());
            }
            RowsFormat::Pack(format) => {
                let configuration = configuration::read(arguments.config.as_deref(), false)?;
                Form::Pack(format, Box::new(configuration.letterhead))
            }
        };
        Ok(Self { path: path.map(Path::to_owned), form })
    }

    /// Opens the book that is to be shown. The result never stands in it.
    pub fn open(&self, book: &Path) -> Result<Book> {
        let book = super::seen::open(book)?;
        self.path
            .as_deref()
            .map_or(Ok(()), |path| places::check_outside(&Place::File(path), book.folder()))?;
        Ok(book)
    }

    /// Says what is to be said of prices, and writes the amounts.
    pub fn write_amounts(&self, changes: &AmountChanges) -> anyhow::Result<Status> {
        notices::print(&changes.notices, false);
        self.write(&changes.statement)?;
        Ok(Status::of(&changes.notices))
    }

    pub fn write(&self, statement: &dyn Statement) -> Result<()> {
        let rows = statement.len();
        let drawn = match &self.form {
            Form::Rows(options) => options.into(),
            Form::Pack(..) => Drawn::ForPrograms,
        };
        let output =
            outputs::write(self.path.as_deref(), rows, Hashing::Off, drawn, |out| match &self.form {
                Form::Rows(options) => write_statement(statement, options, out),
                Form::Pack(format, letterhead) => write_statement_pack(statement, *format, letterhead, out),
            });
        output?.commit()
    }
}

/// The format that is asked for, else that of the file's ending, else a table.
pub fn format(given: Option<RowsFormat>, path: Option<&Path>) -> anyhow::Result<RowsFormat> {
    match (given, path) {
        (Some(format), _) => Ok(format),
        (None, None) => Ok(RowsFormat::Rows(Format::Table)),
        (None, Some(path)) => RowsFormat::of_path(path).ok_or_else(|| {
            Misuse {
                what: "an output file whose ending names no format",
                need: "--format, or one of the endings txt, csv, tsv, json, ndjson, md, xlsx, html, pdf",
            }
            .into()
        }),
    }
}
