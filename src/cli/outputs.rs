//! Results on standard output, and the refusal to write over what was read.

use std::io::{self, BufWriter, Write};
use std::path::Path;

use usagebook::error::{Error, Result};
use usagebook::ingest::InputFile;
use usagebook::write::access::Access;
use usagebook::write::hashing::{Hashing, HashingWriter};
pub use usagebook::write::output::{Output, OutputEntry};

use super::places::{self, Place};

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
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    match path {
        Some(path) => Output::prepare(path, Access::Public, rows, hashing, write),
        None => print(rows, hashing, write),
    }
}

/// Writes to standard output.
pub fn print(
    rows: usize,
    hashing: Hashing,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<Output> {
    let mut writer = HashingWriter::new(BufWriter::with_capacity(1 << 16, io::stdout().lock()), hashing);
    write(&mut writer)?;
    writer.flush().map_err(|source| Error::Output { source })?;
    let (_, digest) = writer.finish();
    Ok(Output::written(OutputEntry::new(&"-", rows, digest)))
}

/// Prints a text.
pub fn print_text(text: &str) -> Result<()> {
    print(1, Hashing::Off, |out| out.write_all(text.as_bytes()).map_err(|source| Error::Output { source }))
        .map(drop)
}
