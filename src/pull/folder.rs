//! The folder of a pull: pages byte for byte, and an index that is true at every moment.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::endpoint::Endpoint;
use super::fetch::Page;
use super::index::{AskedFor, PageEntry, PullIndex};
use super::page::{self, Facts};
use crate::conflict::Conflict;
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::files::atomic::AtomicFile;
use crate::files::hashing::Digest;

pub(super) const INDEX: &str = "index.json";

/// The index is written again after so much time, and ten times what the last writing took.
const PAUSE_MIN: Duration = Duration::from_secs(2);

/// A folder that one pull writes into.
pub(crate) struct Folder {
    path: PathBuf,
    pub index: PullIndex,
    /// The places of the pages in the index, by URL.
    places: HashMap<String, usize>,
    last_written: Instant,
    writing_took: Duration,
    access: Access,
    /// Held as long as the pull runs.
    _lock: File,
}

/// Where a page belongs.
pub(crate) struct PagePlace<'a> {
    pub url: &'a str,
    pub number: usize,
    /// The share's name.
    pub slice: &'a str,
    /// None in the share's first pass; the filters, order and page size of any other one.
    pub detail: Option<String>,
}

impl Folder {
    /// Opens a folder for a new pull, or for one that goes on.
    ///
    /// # Errors
    /// A folder that holds something else, or that another pull writes into.
    pub(crate) fn open(path: &Path, request: AskedFor, is_resumed: bool, access: Access) -> Result<Self> {
        access.create_folder_all(path).map_err(|source| unwritable(path, source))?;
        let lock = lock(path)?;
        let index_path = path.join(INDEX);
        let index = match fs::read(&index_path) {
            Ok(text) if is_resumed => resumed(&index_path, &text, &request)?,
            Ok(text) if !holds_nothing(&text) => return Err(taken(path, "holds a dump already")),
            Ok(_) => PullIndex::new(request),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                check_empty(path)?;
                PullIndex::new(request)
            }
            Err(source) => return Err(Error::Unreadable { path: index_path, source }),
        };
        let mut folder = Self {
            path: path.to_owned(),
            index,
            places: HashMap::new(),
            last_written: Instant::now(),
            writing_took: Duration::ZERO,
            access,
            _lock: lock,
        };
        folder.drop_damaged();
        folder.save()?;
        folder.remove_strays()?;
        Ok(folder)
    }

    /// A page that is there already.
    pub(crate) fn stored(&self, url: &str) -> Option<Page> {
        let entry = &self.index.pages[*self.places.get(url)?];
        let body = fs::read(self.path.join(&entry.file)).ok()?;
        let facts = page::parse(&body).ok()?;
        Some(Page {
            status: entry.status,
            count: entry.count,
            time: entry.time,
            server_time: entry.date,
            body,
            facts,
        })
    }

    /// What is known of the records of a share, page by page.
    pub(crate) fn stored_facts(&self, slice: &str) -> impl Iterator<Item = Facts> {
        let pages = self.index.pages.iter().filter(move |page| page.slice == slice);
        let facts = |page: &PageEntry| {
            fs::read(self.path.join(&page.file))
                .ok()
                .and_then(|body| page::parse(&body).ok())
                .unwrap_or_default()
        };
        pages.flat_map(facts)
    }

    /// Stores a page, and the index from time to time.
    pub(crate) fn store(&mut self, place: &PagePlace, page: &Page) -> Result<()> {
        let file = file_name(place);
        let path = self.path.join(&file);
        self.write(&path, |out| out.write_all(&page.body))?;
        let entry = PageEntry {
            page: place.number,
            url: place.url.to_owned(),
            status: page.status,
            count: page.count,
            rows: page.facts.len(),
            file,
            sha256: sha256(&page.body),
            time: page.time,
            date: page.server_time,
            slice: place.slice.to_owned(),
        };
        match self.places.get(place.url) {
            Some(&at) => self.index.pages[at] = entry,
            None => {
                self.places.insert(place.url.to_owned(), self.index.pages.len());
                self.index.pages.push(entry);
            }
        }
        let pause = PAUSE_MIN.max(self.writing_took * 10);
        if self.last_written.elapsed() >= pause { self.save() } else { Ok(()) }
    }

    /// Forgets a share and its pages, so that it is read from the server again.
    pub(crate) fn forget(&mut self, slice: &str) -> Result<()> {
        self.index.slices.remove(slice);
        self.index.pages.retain(|page| page.slice != slice);
        self.save()?;
        self.remove_strays()
    }

    /// The names of the shares of which something is there.
    pub(crate) fn shares(&self) -> HashSet<String> {
        let read = self.index.slices.keys().cloned();
        read.chain(self.index.pages.iter().map(|page| page.slice.clone())).collect()
    }

    /// Puts the index in place, its pages in the order of their files.
    pub(crate) fn save(&mut self) -> Result<()> {
        let begun = Instant::now();
        self.index.pages.sort_by(|a, b| a.file.cmp(&b.file));
        self.places = (0..).zip(&self.index.pages).map(|(at, page)| (page.url.clone(), at)).collect();
        let index_path = self.path.join(INDEX);
        let text = self.index.text().map_err(|source| unwritable(&index_path, source))?;
        self.write(&index_path, |out| out.write_all(&text))?;
        self.last_written = Instant::now();
        self.writing_took = begun.elapsed();
        Ok(())
    }

    fn write(&self, path: &Path, fill: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
        let mut file = AtomicFile::create(path, self.access)?;
        fill(&mut file).map_err(|source| unwritable(path, source))?;
        file.prepare()?.commit()
    }

    /// Drops what is not as the index has it: pages, and the shares that had them.
    fn drop_damaged(&mut self) {
        let is_sound = |page: &PageEntry| {
            fs::read(self.path.join(&page.file)).is_ok_and(|body| sha256(&body) == page.sha256)
        };
        let (sound, damaged): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.index.pages).into_iter().partition(is_sound);
        self.index.pages = sound;
        for page in damaged {
            self.index.slices.remove(&page.slice);
            self.index.verdict = None;
        }
    }

    /// Removes pages that the index does not list: left by a pull that was killed, or forgotten.
    fn remove_strays(&self) -> Result<()> {
        let listed: HashSet<&str> = self.index.pages.iter().map(|page| page.file.as_str()).collect();
        for name in names(&self.path)? {
            let is_page = name.starts_with("page-") && name.ends_with(".json");
            let is_leftover = [".page-", ".index.json."].iter().any(|start| name.starts_with(start))
                && name.ends_with(".tmp");
            if is_leftover || is_page && !listed.contains(name.as_str()) {
                let path = self.path.join(name);
                fs::remove_file(&path).map_err(|source| unwritable(&path, source))?;
            }
        }
        Ok(())
    }
}

/// `page-2026-10-0001.json`; with a number for the filters and the order where a share is read in more than one way.
fn file_name(place: &PagePlace) -> String {
    let PagePlace { slice, number, detail, .. } = place;
    match detail {
        None => format!("page-{slice}-{number:04}.json"),
        Some(detail) => format!("page-{slice}-{}-{number:04}.json", &sha256(detail.as_bytes())[..12]),
    }
}

fn resumed(path: &Path, text: &[u8], request: &AskedFor) -> Result<PullIndex> {
    let index = PullIndex::parse(text).map_err(|reason| Error::BadIndex { path: path.to_owned(), reason })?;
    match index.request == *request {
        true => Ok(index),
        false => Err(Conflict::ResumedOtherwise.into()),
    }
}

/// Whether it is the index of a pull that never got a page.
fn holds_nothing(text: &[u8]) -> bool {
    PullIndex::parse(text).is_ok_and(|index| index.pages.is_empty())
}

fn check_empty(path: &Path) -> Result<()> {
    let is_own = |name: &String| Endpoint::OTHERS.iter().any(|endpoint| endpoint.folder() == name);
    let is_foreign = |name: &String| !name.starts_with('.') && !is_own(name);
    match names(path)?.iter().any(is_foreign) {
        true => Err(taken(path, "holds other files")),
        false => Ok(()),
    }
}

fn names(path: &Path) -> Result<Vec<String>> {
    let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
    let entries = fs::read_dir(path).map_err(unreadable)?;
    entries.map(|entry| Ok(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned())).collect()
}

/// Locks the folder itself, which leaves no file behind, whatever becomes of the process.
fn lock(path: &Path) -> Result<File> {
    let folder = File::open(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(taken(path, "is being written by another pull")),
        Err(TryLockError::Error(source)) => Err(unwritable(path, source)),
    }
}

fn taken(path: &Path, found: &'static str) -> Error {
    Error::FolderTaken { path: path.to_owned(), found }
}

fn unwritable(path: &Path, source: std::io::Error) -> Error {
    Error::Unwritable { path: path.to_owned(), source }
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Digest::of(bytes).sha256.expect("a digest of bytes has a hash")
}
