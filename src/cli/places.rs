//! Where results may go, and what the file of rejected records adds to that.

use std::path::{Path, PathBuf};

use usagebook::config::FILE_NAME;
use usagebook::error::Result;
use usagebook::ingest::{InputFile, list_files};
pub use usagebook::usecase::places::{Place, check, check_no_input, check_outside, check_outside_books};

use super::arguments::InputArguments;

/// The same for a command that prints its result and may write a file of rejected records.
pub fn check_rejects(arguments: &InputArguments, reads: &[&Path]) -> Result<()> {
    let Some(rejects) = &arguments.rejects else { return Ok(()) };
    let configuration = arguments.config.as_deref().unwrap_or(Path::new(FILE_NAME));
    let reads = reads.iter().copied().chain([configuration]).chain(arguments.paths());
    check(&[Place::Stdout, Place::File(rejects)], &reads.collect::<Vec<_>>())
}

/// Refuses to write rejected records over what was read.
pub fn check_rejects_no_input(arguments: &InputArguments, files: &[InputFile]) -> Result<()> {
    arguments.rejects.as_deref().map_or(Ok(()), |path| check_no_input(&Place::File(path), files))
}

/// Refuses to write rejected records over further inputs of the command.
pub fn check_no_further_input(arguments: &InputArguments, inputs: &[String]) -> Result<()> {
    if arguments.rejects.is_none() || inputs.is_empty() {
        return Ok(());
    }
    let files = list_files(inputs)?;
    check_rejects(arguments, &files.iter().map(PathBuf::as_path).collect::<Vec<_>>())
}
