//! Which files there are, which dump each belongs to, and what is passed over.

mod staged;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rayon::prelude::*;

use super::archive::{self, Member};
use super::index::Index;
use super::pages::is_page;
use super::stream::Rest;
use crate::error::{Error, Result};
use crate::ingest::records::folders::Folders;
use crate::ingest::staged::{StagedDump, is_staged_dump};
use crate::system;

/// Where bytes come from.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    File(PathBuf),
    /// A pipe that the command line names, as `/dev/stdin` and `<(…)` of a shell do.
    Pipe(PathBuf),
    Stdin,
    Archived(Member),
    /// An input of a staged dump, and its number there.
    Staged(Arc<StagedDump>, u32),
    /// A file that was packed when it was staged.
    Packed(PathBuf),
}

impl Place {
    pub(crate) fn open(&self) -> io::Result<Rest> {
        Ok(match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::File(path) | Self::Pipe(path) => Box::new(File::open(path)?),
            Self::Archived(member) => member.open(),
            Self::Packed(path) => Box::new(zstd::Decoder::new(File::open(path)?)?),
            Self::Staged(..) => {
                return Err(io::Error::other("its records are staged; nothing else of it is there"));
            }
        })
    }

    /// The staged dump that it is an input of.
    pub(crate) fn staged(&self) -> Option<&Arc<StagedDump>> {
        match self {
            Self::Staged(staged, _) => Some(staged),
            _ => None,
        }
    }

    /// Whether it had no name when it was read.
    fn is_nameless(&self) -> bool {
        match self {
            Self::Staged(staged, input) => staged.inputs()[*input as usize].is_stream,
            _ => self.is_stream(),
        }
    }

    /// Whether its bytes can be read only once.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self, Self::Stdin | Self::Pipe(_))
    }
}

/// One file to read.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub place: Place,
    /// As messages name it.
    pub label: String,
    /// On disk; 0 for standard input.
    pub bytes: u64,
    pub identity: Option<FileIdentity>,
    /// The place of its dump in [`Sources::dumps`].
    pub dump: usize,
    /// The folder it was found in; none for a file that is named by itself.
    pub found_in: Option<PathBuf>,
    pub folders: Folders,
}

impl Source {
    /// Its name without its folder; none for a stream.
    pub(crate) fn name(&self) -> Option<&str> {
        let name = self.label.rsplit('/').next();
        name.filter(|_| !self.place.is_nameless())
    }
}

/// What tells a file from all others on this machine, under whatever names it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// None if the system does not tell.
    pub fn of(metadata: &fs::Metadata) -> Option<Self> {
        system::identity(metadata).map(|(device, inode)| Self { device, inode })
    }
}

/// The files that were fetched together.
#[derive(Clone, Debug)]
pub(crate) struct Dump {
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
pub(crate) struct Sources {
    pub files: Vec<Source>,
    /// In the order of the command line.
    pub dumps: Vec<Dump>,
    /// Files that are passed over, and why.
    pub skipped: Vec<(String, Cow<'static, str>)>,
    /// Whether folders of other lists than records are listed too, instead of passed over.
    takes_others: bool,
    /// The dump of the pages of a folder that are named one by one.
    page_dumps: HashMap<PathBuf, usize>,
    /// The folders of the input that is being listed: a link to one of them is not followed.
    entered: HashSet<PathBuf>,
}

/// Lists files, folders (in name order, with everything below), patterns and `-`.
///
/// A dump is one file, or the page files of one folder. Files that are named one by one, or by a pattern, are
/// pages of one dump where the `index.json` beside them lists them, or where they are called `page…` and a number.
pub(crate) fn list(inputs: &[String]) -> Result<Sources> {
    Sources::default().listing(inputs)
}

/// Lists in the same way what holds something else than records.
pub(crate) fn list_others(inputs: &[String]) -> Result<Sources> {
    Sources { takes_others: true, ..Sources::default() }.listing(inputs)
}

impl Source {
    fn new(path: PathBuf, dump: usize) -> Self {
        Self::at(path.display().to_string(), Place::File(path), dump)
    }

    fn at(label: String, place: Place, dump: usize) -> Self {
        let folders = Folders::of(Path::new(&label));
        Self { place, label, bytes: 0, identity: None, dump, found_in: None, folders }
    }

    fn measure(&mut self) -> Result<()> {
        let path = match &self.place {
            Place::File(path) => path,
            Place::Stdin => {
                self.identity = system::stdin_file().as_ref().and_then(FileIdentity::of);
                return Ok(());
            }
            _ => return Ok(()),
        };
        let metadata =
            fs::metadata(path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        if !metadata.is_file() {
            return Err(Error::NoPlainFile { path: path.clone(), what: system::kind(&metadata) });
        }
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
                self.files.push(Source::at("standard input".to_owned(), Place::Stdin, dump));
            } else if is_named_stream(path) {
                let dump = self.add_dump(input.clone(), None);
                self.files.push(Source::at(input.clone(), Place::Pipe(path.to_owned()), dump));
            } else if path.is_dir() {
                let files_before = self.files.len();
                self.add_named_folder(path)?;
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
    pub(crate) fn ranks(&self) -> Vec<u32> {
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
    pub(crate) fn index_time(&self) -> Option<DateTime<Utc>> {
        self.dumps.iter().filter_map(Dump::time).max()
    }

    fn add_dump(&mut self, label: String, index: Option<Index>) -> usize {
        self.dumps.push(Dump { label, index });
        self.dumps.len() - 1
    }

    fn add_named_folder(&mut self, folder: &Path) -> Result<()> {
        self.entered.clear();
        self.enter(folder)?;
        self.add_folder(folder)
    }

    /// The files of a folder are one dump; so are those of each folder in it, and of each archive.
    fn add_folder(&mut self, folder: &Path) -> Result<()> {
        if is_book(folder) {
            return Err(Error::BookAsInput { path: folder.to_owned() });
        }
        let entries = entries(folder)?;
        let is_staged = |(path, kind): &(PathBuf, EntryKind)| {
            *kind == EntryKind::Folder && !is_hidden(path) && is_staged_dump(path)
        };
        if entries.iter().any(is_staged) || is_staged_dump(folder) {
            return self.add_staged(folder);
        }
        let mut folders = Vec::new();
        let mut dump = None;
        for (path, kind) in entries {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if let Some(why) = reason_to_skip(&name) {
                self.skipped.push((path.display().to_string(), why.into()));
            } else if kind == EntryKind::Folder {
                folders.push(path);
            } else if kind == EntryKind::Other {
                self.skipped.push((path.display().to_string(), "no plain file".into()));
            } else if !self.add_archive(&path, &name)? {
                let dump = match dump {
                    Some(dump) => dump,
                    None => *dump.insert(self.add_dump(folder.display().to_string(), index_beside(folder)?)),
                };
                let found_in = Some(folder.to_owned());
                self.files.push(Source { found_in, ..Source::new(path, dump) });
            }
        }
        for folder in folders {
            if !self.enter(&folder)? {
                self.skipped.push((folder.display().to_string(), "a link to a folder that is read".into()));
                continue;
            }
            match if self.takes_others { None } else { other_list(&folder)? } {
                Some(what) => self.skipped.push((folder.display().to_string(), what.into())),
                None => self.add_folder(&folder)?,
            }
        }
        Ok(())
    }

    /// Whether a folder is met for the first time, whatever it is called.
    fn enter(&mut self, folder: &Path) -> Result<bool> {
        let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
        Ok(self.entered.insert(folder.canonicalize().map_err(unreadable)?))
    }

    /// The files of an archive, those of each folder in it as one dump; false if the file is no archive.
    fn add_archive(&mut self, path: &Path, name: &str) -> Result<bool> {
        if !may_be_archive(name) || !path.is_file() {
            return Ok(false);
        }
        let Some(members) = archive::members(path)? else { return Ok(false) };
        let identity = fs::metadata(path).ok().and_then(|metadata| FileIdentity::of(&metadata));
        let mut folders: BTreeMap<String, Vec<(String, Member)>> = BTreeMap::new();
        for (name, member) in members {
            let name = name.trim_start_matches("./");
            let label = path.join(name).display().to_string();
            match name.split('/').find_map(|part| reason_to_skip(part).filter(|_| part != INDEX)) {
                Some(why) => self.skipped.push((label, why.into())),
                None => {
                    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                    folders.entry(folder).or_default().push((label, member));
                }
            }
        }
        if folders.is_empty() {
            return Err(Error::InputWithoutFiles { path: path.to_owned() });
        }
        for (folder, mut members) in folders {
            let label = match folder.as_str() {
                "" => path.display().to_string(),
                folder => path.join(folder).display().to_string(),
            };
            let is_index = |(label, _): &(String, Member)| label.rsplit('/').next() == Some(INDEX);
            let index = match members.iter().position(is_index) {
                Some(at) => {
                    let (label, member) = members.remove(at);
                    let index = Index::from_stream(member.open(), Path::new(&label))?;
                    self.skipped.push((label, READ_INDEX.into()));
                    Some(index)
                }
                None => None,
            };
            if let Some(what) = index.as_ref().filter(|_| !self.takes_others).and_then(Index::other_list) {
                self.skipped.push((label, what.into()));
                continue;
            }
            let found_in = Some(path.to_owned());
            let dump = self.add_dump(label, index);
            for (label, member) in members {
                let (bytes, found_in) = (member.bytes, found_in.clone());
                let source = Source::at(label, Place::Archived(member), dump);
                self.files.push(Source { bytes, identity, found_in, ..source });
            }
        }
        Ok(true)
    }

    fn add_named_file(&mut self, path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name == INDEX {
            self.skipped.push((path.display().to_string(), READ_INDEX.into()));
            return Ok(());
        }
        if self.add_archive(path, &name)? {
            return Ok(());
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        let index = index_beside(folder)?;
        let is_page = is_page(&name) || index.as_ref().is_some_and(|index| index.lists(&name));
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
        // What a pattern matches is found, not named: what is no plain file is passed over.
        for path in glob::glob(pattern).map_err(|_| no_match())? {
            let path = path
                .map_err(|error| Error::Unreadable { path: error.path().to_owned(), source: error.into() })?;
            is_any = true;
            match fs::metadata(&path).map(|metadata| EntryKind::of(&metadata)) {
                Ok(EntryKind::Folder) => self.add_named_folder(&path)?,
                Ok(EntryKind::Other) => {
                    self.skipped.push((path.display().to_string(), "no plain file".into()))
                }
                _ => self.add_named_file(&path)?,
            }
        }
        if is_any { Ok(()) } else { Err(no_match()) }
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

const INDEX: &str = "index.json";

const READ_INDEX: &str = "index of pages, read for its counts";

/// Why a file or folder of this name is passed over in a folder or archive.
fn reason_to_skip(name: &str) -> Option<&'static str> {
    match name {
        INDEX => Some(READ_INDEX),
        "__MACOSX" => Some("what macOS adds to archives"),
        // Spark, Dask and Delta Lake keep what they know of a folder under such names.
        // While a workbook is open.
        _ if name.starts_with("~$") => Some("Excel's lock file"),
        _ if name.starts_with(['.', '_']) => Some("hidden"),
        _ => None,
    }
}

/// Endings of files that are read as they are: to look for an archive in each page would cost another opening.
const NO_ARCHIVES: [&str; 8] = [".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".txt", ".parquet", ".xlsx"];

fn may_be_archive(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let unpacked = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
    !NO_ARCHIVES.iter().any(|ending| unpacked.ends_with(ending))
}

/// Whether a folder is a book, or the months of one.
fn is_book(folder: &Path) -> bool {
    let is_marked = |folder: &Path| {
        let marker = fs::read(folder.join("book.json")).unwrap_or_default();
        memchr::memmem::find(&marker, b"usagebook book").is_some()
    };
    is_marked(folder) || (folder.ends_with("months") && folder.parent().is_some_and(is_marked))
}

/// A pipe or terminal that the command line names as an open file of this process.
fn is_named_stream(path: &Path) -> bool {
    let is_open_file = ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|start| path.starts_with(start));
    is_open_file && fs::metadata(path).is_ok_and(|metadata| EntryKind::of(&metadata) == EntryKind::Other)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EntryKind {
    File,
    Folder,
    /// A pipe, a socket or a device, whose end may never come.
    Other,
}

impl EntryKind {
    fn of(metadata: &fs::Metadata) -> Self {
        match (metadata.is_file(), metadata.is_dir()) {
            (true, _) => Self::File,
            (_, true) => Self::Folder,
            _ => Self::Other,
        }
    }
}

/// The bytes of a file beside the inputs. A pipe that the shell has opened, as `<(…)`, is read to its end.
///
/// # Errors
/// A file that cannot be read, or a pipe, socket or device, whose end may never come.
pub fn read_plain_file(path: &Path) -> Result<Vec<u8>> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    let what = system::kind(&metadata);
    match metadata.is_file() || metadata.is_dir() || (is_named_stream(path) && what == system::NAMED_PIPE) {
        true => fs::read(path).map_err(unreadable),
        false => Err(Error::OtherThanFile { path: path.to_owned(), what }),
    }
}

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

/// What is in a folder, in name order, and what each entry is.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, EntryKind)>> {
    let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(unreadable)?);
        let kind = match (kind.is_file(), kind.is_dir()) {
            (true, _) => EntryKind::File,
            (_, true) => EntryKind::Folder,
            // A link that leads nowhere is reported as a file that cannot be read.
            _ => fs::metadata(&path).map_or(EntryKind::File, |metadata| EntryKind::of(&metadata)),
        };
        entries.push((path, kind));
    }
    // Paths compare part by part, and these differ in the last one only.
    entries.sort_by(|(a, _), (b, _)| a.as_os_str().cmp(b.as_os_str()));
    Ok(entries)
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

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn links_that_lead_back_are_followed_once() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("october");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("page-1.json"), "[]").unwrap();
        for (to, link) in [(".", "here"), ("october", "again"), ("..", "october/up"), (".", "october/same")] {
            std::os::unix::fs::symlink(to, folder.path().join(link)).unwrap();
        }
        for inputs in [folder.path().to_owned(), folder.path().join("*")] {
            let sources = list(&[inputs.display().to_string()]).unwrap();
            let links = sources.skipped.iter().filter(|(_, why)| *why == "a link to a folder that is read");
            assert!(links.count() >= 3, "{:?}", sources.skipped);
        }
        assert_eq!(list(&[folder.path().display().to_string()]).unwrap().files.len(), 1);
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn what_is_no_plain_file_is_refused_by_name_and_passed_over_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.json");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let error = list(&[pipe.display().to_string()]).unwrap_err();
        assert!(matches!(error, Error::NoPlainFile { what: "a named pipe", .. }), "{error}");
        let error = list(&["/dev/zero".to_owned()]).unwrap_err();
        assert!(matches!(error, Error::NoPlainFile { what: "a device", .. }), "{error}");
        std::os::unix::net::UnixListener::bind(folder.path().join("socket.json")).unwrap();
        fs::write(folder.path().join("page-1.json"), "[]").unwrap();
        for inputs in [folder.path().to_owned(), folder.path().join("*")] {
            let sources = list(&[inputs.display().to_string()]).unwrap();
            assert_eq!((sources.files.len(), sources.skipped.len()), (1, 2), "{:?}", sources.skipped);
        }
    }

    #[test]
    fn pages_are_told_by_their_names() {
        for name in ["page-0001.json", "page7.json.gz", "Page_12", "page 3.json", "u?page=1&page_size=4"] {
            assert!(is_page(name), "{name}");
        }
        for name in ["pages.json", "page.json", "page-last.json", "2026-10.json", "october-1.json"] {
            assert!(!is_page(name), "{name}");
        }
    }
}
