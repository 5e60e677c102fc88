//! The configuration of a run: the file that is named, else the one of the working folder.

use std::path::{Path, PathBuf};

use usagebook::config::{Configuration, FILE_NAME};
use usagebook::error::Result;

use super::arguments::{InputArguments, WhoArguments};
use super::notices::say;

/// Reads the file that is named, else the one of the working folder, and puts what it says in the place of what was
/// not typed.
pub fn settle(arguments: &mut InputArguments) -> Result<Configuration> {
    let configuration = read(arguments.config.as_deref(), arguments.quiet)?;
    arguments.timezone = arguments.timezone.or(configuration.timezone);
    Ok(configuration)
}

/// The configuration of a command that changes a book.
pub fn of(who: &WhoArguments) -> Result<Configuration> {
    read(who.config.as_deref(), true)
}

/// Who changes a book: the one who was typed, else the file's; `None` if neither says it.
pub fn by_whom(who: &WhoArguments, configuration: &Configuration) -> Option<String> {
    who.by_whom.clone().or_else(|| configuration.by_whom.clone())
}

/// The file by one name, however it was typed, so that results which name it, or a file next to it, do not depend on that:
/// by the way from the working folder if it is below, else in full.
fn named(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let (Ok(folder), Some(name)) = (folder.canonicalize(), path.file_name()) else { return path.to_owned() };
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here.ok().and_then(|here| Some(folder.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or(folder).join(name)
}

/// Reads the file that is named, else the one of the working folder, of which a note says that it is used.
pub fn read(path: Option<&Path>, is_quiet: bool) -> Result<Configuration> {
    match path {
        Some(path) => Configuration::read(&named(path)),
        None if Path::new(FILE_NAME).exists() => {
            let configuration = Configuration::read(Path::new(FILE_NAME))?;
            if !is_quiet {
                say(format_args!("note: using the settings of {FILE_NAME} in this folder"));
            }
            Ok(configuration)
        }
        None => Ok(Configuration::default()),
    }
}
