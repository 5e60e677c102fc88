//! Writing to a book: one writer at a time, and each commit is one rename.
//!
//! Everything that a commit needs is on the medium under names that no reader looks at, before the link `months` is
//! switched to it. What a stopped writer left behind is taken away by the next one.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::disk::{Disk, RealDisk};
use super::manifest::{FORMAT_VERSION, Manifest, Marker, Month, State, StoredFile};
use super::store::{
    Generation, MANIFEST, MARKER, MONTHS, Store, generation_name, sha256, unreadable, unwritable,
};
use crate::error::{Error, Result};

/// The right to write to a book, until it is dropped.
#[derive(Debug)]
pub struct BookWriter {
    pub(super) store: Store,
    pub(super) timezone: chrono_tz::Tz,
    pub(super) manifest: Manifest,
    /// The current one; none where nothing was committed yet.
    generation: Option<Generation>,
    /// Locked.
    _lock: File,
}

/// The bytes of a file that is to be stored.
pub(super) type NewFile = (StoredFile, Vec<u8>);

impl BookWriter {
    /// Opens a book to write to it; makes one where the folder is empty or not there. Days of a new book are read in
    /// `timezone`, UTC where none is given.
    ///
    /// # Errors
    /// Another writer, a folder of other files, a book of another time zone or format, damage.
    pub fn open(folder: &Path, timezone: Option<chrono_tz::Tz>) -> Result<Self> {
        Self::open_on(folder, timezone, Arc::new(RealDisk))
    }

    /// Opens a book on a disk of one's own.
    pub fn open_on(folder: &Path, timezone: Option<chrono_tz::Tz>, disk: Arc<dyn Disk>) -> Result<Self> {
        let store = Store { folder: folder.to_owned(), disk };
        store.make_folder(folder)?;
        store.check_own_names()?;
        store.make_folder(&store.inner())?;
        let lock = store.lock()?;
        store.clean(None)?;
        let (marker, text) = store.marker_or_new(timezone)?;
        let found: chrono_tz::Tz = marker
            .timezone
            .parse()
            .map_err(|_| super::store::damaged(&folder.join(MARKER), "it names no time zone"))?;
        if let Some(asked) = timezone.filter(|asked| *asked != found) {
            return Err(Error::BadParameter {
                parameter: "timezone",
                value: asked.name().to_owned(),
                expected: format!("{}, the book's", found.name()),
            });
        }
        let generation = store.generation()?;
        let manifest = match &generation {
            Some(generation) => generation.manifest.clone(),
            None => Manifest { marker: sha256(&text), ..Manifest::default() },
        };
        store.clean(Some((&generation, &manifest)))?;
        Ok(Self { store, timezone: found, manifest, generation, _lock: lock })
    }

    /// The zone in which days and missing billing periods are read.
    pub fn timezone(&self) -> chrono_tz::Tz {
        self.timezone
    }

    /// Makes this the book's state, all of it or nothing.
    pub(super) fn commit(&mut self, mut manifest: Manifest, files: Vec<NewFile>) -> Result<()> {
        manifest.generation = self.manifest.generation + 1;
        let store = &self.store;
        store.make_folder(&store.files())?;
        let stored: BTreeSet<OsString> = store.list(&store.files())?.into_iter().collect();
        for (file, bytes) in &files {
            if !stored.contains(OsStr::new(&file.name())) {
                store.put(&store.path(file), bytes)?;
            }
        }
        store.sync(&store.files())?;
        let text = serde_json::to_vec(&manifest).expect("a manifest is text and numbers");
        let name = generation_name(manifest.generation, &text);
        store.write_generation(&name, &manifest, &text)?;
        store.switch(&name)?;
        let before = self.generation.take();
        self.manifest = manifest;
        drop(before);
        // The state is committed: what can not be taken away now is taken away by the next writer.
        let _ = store.generation().and_then(|generation| {
            let outcome = store.clean(Some((&generation, &self.manifest)));
            self.generation = generation;
            outcome
        });
        Ok(())
    }
}

/// How long another writer is waited for: long enough for one that is about to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a folder may hold that is or becomes a book.
const OWN_NAMES: [&str; 3] = [".book", MARKER, MONTHS];

impl Store {
    fn temporary(&self) -> PathBuf {
        self.inner().join("tmp")
    }

    fn list(&self, folder: &Path) -> Result<Vec<OsString>> {
        match self.disk.list(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            outcome => outcome.map_err(unreadable(folder)),
        }
    }

    fn sync(&self, path: &Path) -> Result<()> {
        self.disk.sync(path).map_err(unwritable(path))
    }

    /// Makes a folder where it is not there yet, so that it lasts.
    fn make_folder(&self, folder: &Path) -> Result<()> {
        match self.disk.make_folder(folder) {
            Ok(()) => {
                let parent =
                    folder.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
                self.sync(parent)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(unwritable(folder)(error)),
        }
    }

    /// Refuses a folder of other things: nobody's files are to be mixed with a book's.
    fn check_own_names(&self) -> Result<()> {
        let names = self.list(&self.folder)?;
        let is_own = |name: &OsString| OWN_NAMES.iter().any(|own| name == own);
        match names.is_empty() || names.iter().any(|name| name == MARKER) || names.iter().all(is_own) {
            true => Ok(()),
            false => Err(Error::OccupiedFolder { path: self.folder.clone() }),
        }
    }

    fn lock(&self) -> Result<File> {
        let path = self.inner().join("lock");
        let file = self.disk.open_lock(&path).map_err(unwritable(&path))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => thread::sleep(PATIENCE / 100),
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::BookLocked { path: self.folder.clone() });
                }
                Err(TryLockError::Error(source)) => return Err(Error::Unwritable { path, source }),
            }
        }
    }

    fn marker_or_new(&self, timezone: Option<chrono_tz::Tz>) -> Result<(Marker, Vec<u8>)> {
        let path = self.folder.join(MARKER);
        let names = self.list(&self.folder)?;
        if names.iter().any(|name| name == MARKER) {
            let text = self.read_whole(&path)?;
            return Ok((self.marker(&text)?, text));
        }
        let marker = Marker {
            format: "usagebook book".to_owned(),
            version: FORMAT_VERSION,
            timezone: timezone.unwrap_or(chrono_tz::UTC).name().to_owned(),
        };
        let mut text = serde_json::to_vec_pretty(&marker).expect("a marker is text and numbers");
        text.push(b'\n');
        self.put(&path, &text)?;
        self.sync(&self.folder)?;
        Ok((marker, text))
    }

    /// Puts a whole file under its name. Its folder is not yet synced.
    fn put(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.make_folder(&self.temporary())?;
        let temporary = self.temporary().join(path.file_name().expect("a file has a name"));
        self.write_new(&temporary, bytes)?;
        self.disk.rename(&temporary, path).map_err(unwritable(path))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.disk.write_new(path, bytes).and_then(|()| self.disk.sync(path)).map_err(unwritable(path))
    }

    /// Writes a generation that nothing points to yet.
    fn write_generation(&self, name: &str, manifest: &Manifest, text: &[u8]) -> Result<()> {
        self.make_folder(&self.generations())?;
        let folder = self.generations().join(name);
        let months = folder.join(MONTHS);
        self.make_folder(&folder)?;
        self.make_folder(&months)?;
        for (period, month) in &manifest.months {
            if let Some(file) = &month.now.file {
                let partition = months.join(format!("period={period}"));
                self.make_folder(&partition)?;
                self.link(file, &partition.join(file.name()))?;
                self.sync(&partition)?;
            }
        }
        self.write_new(&folder.join(MANIFEST), text)?;
        self.sync(&months)?;
        self.sync(&folder)?;
        self.sync(&self.generations())
    }

    /// Gives a stored file a second name; a copy where the file system knows no second names.
    fn link(&self, file: &StoredFile, to: &Path) -> Result<()> {
        match self.disk.link(&self.path(file), to) {
            Err(error) if has_no_links(&error) => self.write_new(to, &self.read(file)?),
            outcome => outcome.map_err(unwritable(to)),
        }
    }

    /// Makes a generation the current one: the commit.
    fn switch(&self, name: &str) -> Result<()> {
        let link = self.folder.join(MONTHS);
        self.make_folder(&self.temporary())?;
        let temporary = self.temporary().join(MONTHS);
        self.disk.symlink(&Self::link_target(name), &temporary).map_err(unwritable(&temporary))?;
        self.disk.rename(&temporary, &link).map_err(unwritable(&link))?;
        let outcome = self.sync(&self.folder);
        outcome.map_err(|source| Error::Committed {
            what: "a power cut may still undo it",
            source: Box::new(source),
        })
    }

    /// Takes away what no generation needs that is current or being read: temporary files first; the rest where the
    /// current generation is known.
    fn clean(&self, current: Option<(&Option<Generation>, &Manifest)>) -> Result<()> {
        let temporary = self.temporary();
        for name in self.list(&temporary)? {
            self.remove(&temporary.join(name))?;
        }
        let Some((generation, manifest)) = current else { return Ok(()) };
        let mut needed = files_of(manifest);
        let current = generation.as_ref().map(|generation| generation.name.as_str());
        for name in self.list(&self.generations())?.iter().filter(|name| name.to_str() != current) {
            match self.held(name) {
                Some(held) => needed.extend(files_of(&held)),
                None => self.remove_generation(name)?,
            }
        }
        let is_own = |name: &str| name.split_once('.').is_some_and(|(digits, _)| digits.len() == 64);
        for name in self.list(&self.files())? {
            if let Some(text) = name.to_str().filter(|text| is_own(text) && !needed.contains(*text)) {
                self.remove(&self.files().join(text))?;
            }
        }
        Ok(())
    }

    /// What a generation holds that somebody reads at this moment.
    fn held(&self, name: &OsStr) -> Option<Manifest> {
        let path = self.generations().join(name).join(MANIFEST);
        let file = self.disk.open(&path).ok()?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => serde_json::from_slice(&self.read_whole(&path).ok()?).ok(),
            _ => None,
        }
    }

    fn remove(&self, path: &Path) -> Result<()> {
        self.disk.remove_file(path).map_err(unwritable(path))
    }

    /// The manifest goes first: a reader that finds it has all that it names.
    fn remove_generation(&self, name: &OsStr) -> Result<()> {
        let folder = self.generations().join(name);
        let manifest = folder.join(MANIFEST);
        if self.list(&folder)?.iter().any(|name| name == MANIFEST) {
            self.remove(&manifest)?;
        }
        let months = folder.join(MONTHS);
        for partition in self.list(&months)? {
            let partition = months.join(partition);
            for file in self.list(&partition)? {
                self.remove(&partition.join(file))?;
            }
            self.disk.remove_folder(&partition).map_err(unwritable(&partition))?;
        }
        for folder in [months, folder] {
            match self.disk.remove_folder(&folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(unwritable(&folder)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn has_no_links(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::PermissionDenied | io::ErrorKind::TooManyLinks
    )
}

/// The names of all files that a manifest names.
pub(super) fn files_of(manifest: &Manifest) -> BTreeSet<String> {
    stored_files(manifest).map(StoredFile::name).collect()
}

/// All files that a manifest names; some more than once.
pub(super) fn stored_files(manifest: &Manifest) -> impl Iterator<Item = &StoredFile> {
    let parents =
        manifest.deliveries.iter().flat_map(|delivery| &delivery.parents).map(|parents| &parents.file);
    manifest.months.values().flat_map(Month::files).chain(parents)
}

impl Month {
    fn files(&self) -> impl Iterator<Item = &StoredFile> {
        let states = std::iter::once(&self.now).chain(self.closings.iter().map(|closing| &closing.state));
        let slices = self.slices.iter().flat_map(|slice| slice.rows.iter().chain([&slice.shown]));
        states.filter_map(|state: &State| state.file.as_ref()).chain(slices).chain([&self.parents])
    }
}
