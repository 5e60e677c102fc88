//! Results on standard output, and the refusal to write over what was read.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use usagebook::error::{Error, Result};
use usagebook::files::access::Access;
use usagebook::files::hashing::{Hashing, HashingWriter};
use usagebook::ingest::InputFile;
use usagebook::text::visible::VisibleWriter;
use usagebook::write::FormatOptions;
pub use usagebook::write::output::{Output, OutputEntry, OutputFile};

use super::places::{self, Place};

/// What standard output is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// For people: names are harmless already, and there may be colours.
    ForPeople,
    /// For programs: names are as the data has them. On a terminal, what would act on it is spelled out.
    ForPrograms,
}

impl From<&FormatOptions> for Drawn {
    fn from(options: &FormatOptions) -> Self {
        match options {
            FormatOptions::Table(_) => Self::ForPeople,
            _ => Self::ForPrograms,
        }
    }
}

/// Refuses files that were read.
pub fn check_no_input(output: &Output, inputs: &[InputFile]) -> Result<()> {
    let written = output.entries.iter().filter(|entry| entry.path != "-");
    written
        .map(|entry| Path::new(&entry.path))
        .try_for_each(|path| places::check_no_input(&Place::File(path), inputs))
}

/// Writes to a file short of its name, or else to standard output.
pub fn write(
    path: Option<&Path>,
    rows: usize,
    hashing: Hashing,
    drawn: Drawn,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    match path {
        Some(path) => OutputFile { path, access: Access::Public, hashing }.prepare(rows, write),
        None => print(rows, hashing, drawn, write),
    }
}

/// Writes to standard output.
pub fn print(
    rows: usize,
    hashing: Hashing,
    drawn: Drawn,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    let stdout = io::stdout().lock();
    let is_shown = drawn == Drawn::ForPrograms && stdout.is_terminal();
    let stdout = BufWriter::with_capacity(1 << 16, stdout);
    let stdout: Box<dyn Write> =
        if is_shown { Box::new(VisibleWriter::new(stdout)) } else { Box::new(stdout) };
    let mut writer = HashingWriter::new(stdout, hashing);
    write(&mut writer)?;
    writer.flush().map_err(|source| Error::Output { source })?;
    let (_, digest) = writer.finish();
    Ok(Output::written(OutputEntry::new(&"-", rows, digest)))
}

/// Prints a text.
pub fn print_text(text: &str) -> Result<()> {
    print(1, Hashing::Off, Drawn::ForPrograms, |out| {
        out.write_all(text.as_bytes()).map_err(|source| Error::Output { source })
    })
    .map(drop)
}
