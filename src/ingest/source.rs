//! Which files there are, which dump each belongs to, and what is passed over.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::index::Index;
use crate::error::{Error, Result};

/// Where bytes come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    Stdin,
}

/// One file to read.
#[derive(Clone, Debug)]
pub struct Source {
    pub place: Place,
    /// As messages name it.
    pub label: String,
    /// On disk; 0 for standard input.
    pub bytes: u64,
    pub identity: Option<FileIdentity>,
    /// The place of its dump in [`Sources::dumps`].
    pub dump: usize,
}

impl Source {
    /// The number in the name of a page.
    pub fn page_number(&self) -> Option<u64> {
        let Place::File(path) = &self.place else { return None };
        page_number(&path.file_name()?.to_string_lossy())?.parse().ok()
    }
}

/// What tells a file from all others on this machine, under whatever names it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// None where the system does not tell.
    #[cfg(unix)]
    pub fn of(metadata: &fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        Some(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    /// None where the system does not tell.
    #[cfg(not(unix))]
    pub fn of(_: &fs::Metadata) -> Option<Self> {
        None
    }
}

/// The files that were fetched together.
#[derive(Clone, Debug)]
pub struct Dump {
    /// The folder or file, as messages name it.
    pub label: String,
    pub index: Option<Index>,
}

impl Dump {
    fn time(&self) -> Option<DateTime<Utc>> {
        self.index.as_ref()?.time()
    }
}

/// Everything that the inputs on a command line stand for.
#[derive(Debug, Default)]
pub struct Sources {
    pub files: Vec<Source>,
    /// In the order of the command line.
    pub dumps: Vec<Dump>,
    /// Files that are passed over, and why.
    pub skipped: Vec<(String, &'static str)>,
    /// Whether folders of other lists than records are listed too, instead of passed over.
    takes_others: bool,
    /// The dump of the pages of a folder that are named one by one.
    page_dumps: HashMap<PathBuf, usize>,
}

/// Lists files, folders (in name order, with everything below), patterns and `-`.
///
/// A dump is one file, or the page files of one folder. Files that are named one by one, or by a pattern, are
/// pages of one dump where the `index.json` beside them lists them, or where they are called `page…` and a number.
pub fn list(inputs: &[String]) -> Result<Sources> {
    Sources::default().listing(inputs)
}

/// Lists in the same way what holds something else than records.
pub fn list_others(inputs: &[String]) -> Result<Sources> {
    Sources { takes_others: true, ..Sources::default() }.listing(inputs)
}

impl Source {
    fn new(path: PathBuf, dump: usize) -> Self {
        let label = path.display().to_string();
        Self { place: Place::File(path), label, bytes: 0, identity: None, dump }
    }

    fn measure(&mut self) -> Result<()> {
        let Place::File(path) = &self.place else { return Ok(()) };
        let metadata =
            fs::metadata(path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        self.bytes = metadata.len();
        self.identity = FileIdentity::of(&metadata);
        Ok(())
    }
}

impl Sources {
    fn listing(mut self, inputs: &[String]) -> Result<Self> {
        for input in inputs {
            let path = Path::new(input);
            if input == "-" {
                let dump = self.add_dump("standard input".to_owned(), None);
                self.files.push(Source {
                    place: Place::Stdin,
                    label: "standard input".to_owned(),
                    bytes: 0,
                    identity: None,
                    dump,
                });
            } else if path.is_dir() {
                let files_before = self.files.len();
                self.add_folder(path)?;
                if self.files.len() == files_before {
                    return Err(Error::InputWithoutFiles { path: path.to_owned() });
                }
            } else if path.exists() {
                self.add_named_file(path)?;
            } else if input.contains(['*', '?', '[']) {
                self.add_pattern(input)?;
            } else {
                return Err(Error::InputNotFound { path: path.to_owned() });
            }
        }
        self.files.par_iter_mut().try_for_each(Source::measure)?;
        Ok(self)
    }

    /// The rank of each dump: a later one has a greater rank.
    ///
    /// Dumps stand in the order of the command line; those with a time are put in the order of their times, in the
    /// places that they have together.
    pub fn ranks(&self) -> Vec<u32> {
        let timed: Vec<usize> =
            (0..self.dumps.len()).filter(|&dump| self.dumps[dump].time().is_some()).collect();
        let mut by_time = timed.clone();
        by_time.sort_by_key(|&dump| self.dumps[dump].time());
        let mut ranks: Vec<u32> = (0..self.dumps.len() as u32).collect();
        for (place, dump) in timed.into_iter().zip(by_time) {
            ranks[dump] = place as u32;
        }
        ranks
    }

    /// The latest time that an index gives.
    pub fn index_time(&self) -> Option<DateTime<Utc>> {
        self.dumps.iter().filter_map(Dump::time).max()
    }

    fn add_dump(&mut self, label: String, index: Option<Index>) -> usize {
        self.dumps.push(Dump { label, index });
        self.dumps.len() - 1
    }

    /// The files of a folder are one dump; so are those of each folder in it.
    fn add_folder(&mut self, folder: &Path) -> Result<()> {
        let mut folders = Vec::new();
        let mut dump = None;
        for (path, is_folder) in entries(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                self.skipped.push((path.display().to_string(), "hidden"));
            } else if is_folder {
                folders.push(path);
            } else if name == INDEX {
                self.skipped.push((path.display().to_string(), "index of pages, read for its counts"));
            } else {
                let dump = match dump {
                    Some(dump) => dump,
                    None => *dump.insert(self.add_dump(folder.display().to_string(), index_beside(folder)?)),
                };
                self.files.push(Source::new(path, dump));
            }
        }
        for folder in folders {
            match if self.takes_others { None } else { other_list(&folder)? } {
                Some(what) => self.skipped.push((folder.display().to_string(), what)),
                None => self.add_folder(&folder)?,
            }
        }
        Ok(())
    }

    fn add_named_file(&mut self, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == INDEX {
            self.skipped.push((path.display().to_string(), "index of pages, read for its counts"));
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let index = index_beside(folder)?;
        let is_page = page_number(&name).is_some() || index.as_ref().is_some_and(|index| index.lists(&name));
        let dump = match is_page {
            false => self.add_dump(path.display().to_string(), None),
            true => match self.page_dumps.get(folder) {
                Some(dump) => *dump,
                None => {
                    let dump = self.add_dump(folder.display().to_string(), index);
                    self.page_dumps.insert(folder.to_owned(), dump);
                    dump
                }
            },
        };
        self.files.push(Source::new(path.to_owned(), dump));
        Ok(())
    }

    fn add_pattern(&mut self, pattern: &str) -> Result<()> {
        let no_match = || Error::PatternWithoutMatch { pattern: pattern.to_owned() };
        let mut is_any = false;
        for path in glob::glob(pattern).map_err(|_| no_match())? {
            let path = path
                .map_err(|error| Error::Unreadable { path: error.path().to_owned(), source: error.into() })?;
            is_any = true;
            match path.is_dir() {
                true => self.add_folder(&path)?,
                false => self.add_named_file(&path)?,
            }
        }
        if is_any { Ok(()) } else { Err(no_match()) }
    }
}

const INDEX: &str = "index.json";

fn index_beside(folder: &Path) -> Result<Option<Index>> {
    let path = folder.join(INDEX);
    match path.is_file() {
        true => Index::read(&path).map(Some),
        false => Ok(None),
    }
}

/// What a folder beside records holds, if its index says that it is another list of the portal.
fn other_list(folder: &Path) -> Result<Option<&'static str>> {
    Ok(index_beside(folder)?.and_then(|index| index.other_list()))
}

/// What is in a folder, in name order, and whether it is a folder itself.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, bool)>> {
    let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        let is_folder = if kind.is_symlink() { path.is_dir() } else { kind.is_dir() };
        entries.push((path, is_folder));
    }
    // Paths compare part by part, and these differ in the last one only.
    entries.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    Ok(entries)
}

/// The digits of `page-0001.json`, `page7.json.gz` or `page_12`: "page" and a number.
fn page_number(name: &str) -> Option<&str> {
    let stem = name.split('.').next()?;
    let (page, rest) = stem.split_at_checked(4)?;
    let number = rest.trim_start_matches(['-', '_', ' ']);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (page.eq_ignore_ascii_case("page") && is_number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_files_is_no_dump() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".hidden"), "x").unwrap();
        let error = list(&[folder.path().display().to_string()]).unwrap_err();
        assert!(matches!(error, Error::InputWithoutFiles { .. }));
    }

    #[test]
    fn pages_are_told_by_their_names() {
        for name in ["page-0001.json", "page7.json.gz", "Page_12", "page 3.json"] {
            assert!(page_number(name).is_some(), "{name}");
        }
        for name in ["pages.json", "page.json", "page-last.json", "2026-10.json", "october-1.json"] {
            assert!(page_number(name).is_none(), "{name}");
        }
    }
}
