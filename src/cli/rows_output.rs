//! Where changes and records are written, whole or not at all.

use std::path::{Path, PathBuf};

use usagebook::Book;
use usagebook::error::Result;
use usagebook::files::hashing::Hashing;
use usagebook::statement::Statement;
use usagebook::usecase::AmountChanges;
use usagebook::write::{FormatOptions, check_statement_format, write_statement};

use super::arguments::RowsOutputArguments;
use super::places::Place;
use super::terminal::Terminal;
use super::{Status, formats, notices, outputs, places};

/// A place and a format.
pub struct Destination {
    path: Option<PathBuf>,
    options: FormatOptions,
}

impl Destination {
    /// # Errors
    /// A format that there is not for statements, choices that would do nothing, a file without a folder or one of
    /// those that are read.
    pub fn new<'a>(
        arguments: &RowsOutputArguments,
        reads: impl Iterator<Item = &'a Path>,
    ) -> anyhow::Result<Self> {
        let path = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
        let format = formats::format(arguments.format, path)?;
        check_statement_format(format)?;
        formats::check_csv(&arguments.csv, format)?;
        path.map_or(Ok(()), |path| places::check(&[Place::File(path)], &reads.collect::<Vec<_>>()))?;
        let terminal = path.map_or_else(Terminal::of_stdout, |_| Terminal::default());
        let options = formats::options(format, &arguments.csv, arguments.totals, terminal);
        Ok(Self { path: path.map(Path::to_owned), options })
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
        let output =
            outputs::write(self.path.as_deref(), rows, Hashing::Off, (&self.options).into(), |out| {
                write_statement(statement, &self.options, out)
            });
        output?.commit()
    }
}
