//! Writing to a book: one writer at a time, and each commit is one rename.
//!
//! Everything that a commit needs is on the medium under names that no reader looks at, before `book.json` is replaced.
//! Nothing is written to a book whose current generation cannot be proved.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::Book;
use super::collect::{Current, reason};
use super::disk::{Disk, RealDisk};
use super::issue::Issue;
use super::lock::Lock;
use super::manifest::{Closing, FORMAT, FORMAT_VERSION, Manifest, Month, Root, State, StoredFile};
use super::root::{BookState, Generation, SUPERSEDED, number_of, pretty};
use super::store::{
    MARKER, MONTHS, NOT_A_FOLDER, Store, damaged, generation_name, in_the_way, sha256, unwritable,
};
use crate::error::{Error, Result};

/// The right to write to a book, until it is dropped.
#[derive(Debug)]
pub struct BookWriter {
    pub(super) store: Store,
    pub(super) timezone: chrono_tz::Tz,
    pub(super) manifest: Manifest,
    /// The current one; `None` if nothing was committed yet.
    generation: Option<Generation>,
    notes: Vec<String>,
    _lock: Lock,
}

/// How a book is opened for writing.
#[derive(Clone, Debug)]
pub struct WriterOptions {
    /// The zone in which days of a new book are read, UTC if none is given; another one than a book's own is refused.
    pub timezone: Option<chrono_tz::Tz>,
    /// How long another writer is waited for.
    pub lock_timeout: Duration,
    /// What the message for the next writer says that this one does.
    pub command: String,
}

/// How long another writer is waited for if nothing else is asked for.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

impl Default for WriterOptions {
    fn default() -> Self {
        Self { timezone: None, lock_timeout: LOCK_TIMEOUT, command: "usagebook".to_owned() }
    }
}

/// A change that is on disk and not yet the book's state. Dropped, it has changed nothing.
#[derive(Debug)]
#[must_use = "a prepared change is made when it is committed"]
pub struct Change<'w, T> {
    pub(super) writer: &'w mut BookWriter,
    /// None if there is nothing to change.
    pub(super) staged: Option<Staged>,
    /// What the change does.
    pub outcome: T,
}

/// A commit short of its last step.
#[derive(Debug)]
pub(super) struct Staged {
    manifest: Manifest,
    /// The next `book.json`, under a temporary name.
    root: PathBuf,
}

impl<T> Change<'_, T> {
    /// Makes the change, in one step.
    ///
    /// # Errors
    /// The disk; [`Error::Committed`] if the change is made nevertheless.
    pub fn commit(self) -> Result<T> {
        self.staged.map_or(Ok(()), |staged| self.writer.switch(staged))?;
        Ok(self.outcome)
    }
}

/// The bytes of a file that is to be stored.
pub(super) type NewFile = (StoredFile, Vec<u8>);

impl BookWriter {
    /// Opens a book to write to it; makes one if the folder is empty or not there.
    ///
    /// # Errors
    /// Another writer, a folder of other files, a book of another time zone or format, a book whose current state
    /// cannot be proved, damage.
    pub fn open(folder: &Path, timezone: Option<chrono_tz::Tz>) -> Result<Self> {
        Self::open_on(folder, timezone, Arc::new(RealDisk::default()))
    }

    /// Opens a book on a disk of one's own.
    pub fn open_on(folder: &Path, timezone: Option<chrono_tz::Tz>, disk: Arc<dyn Disk>) -> Result<Self> {
        Self::open_with(folder, &WriterOptions { timezone, ..WriterOptions::default() }, disk)
    }

    /// Opens a book as the options say.
    pub fn open_with(folder: &Path, options: &WriterOptions, disk: Arc<dyn Disk>) -> Result<Self> {
        let store = Store { folder: folder.to_owned(), disk };
        store.make_folder(folder)?;
        store.check_own_names()?;
        store.make_folder(&store.inner())?;
        let lock = store.lock(options.lock_timeout, &options.command)?;
        let (manifest, generation) = match store.state()? {
            BookState::New => (store.begin(options.timezone.unwrap_or(chrono_tz::UTC))?, None),
            BookState::Empty { timezone } => (Manifest::new(&timezone), None),
            BookState::Committed(generation) => (generation.manifest.clone(), Some(*generation)),
        };
        let timezone = store.timezone(&manifest)?;
        if let Some(asked) = options.timezone.filter(|asked| *asked != timezone) {
            return Err(Error::BadParameter {
                parameter: "timezone",
                value: asked.name().to_owned(),
                expected: format!("{}, the book's", timezone.name()),
            });
        }
        store.check_no_newer(manifest.generation)?;
        let mut notes = Vec::new();
        if let Some(generation) = generation.as_ref().filter(|generation| generation.is_inferred) {
            notes.push(format!(
                "{}: the link is missing; generation {} is used, the only one in the book that proves itself",
                store.folder.join(MONTHS).display(),
                generation.manifest.generation
            ));
        }
        let current =
            generation.as_ref().map(|generation| Current { name: &generation.name, manifest: &manifest });
        notes.extend(store.collect(current));
        let mut writer = Self { store, timezone, manifest, generation, notes, _lock: lock };
        writer.refresh_view();
        Ok(writer)
    }

    /// The zone in which days and missing billing periods are read.
    pub fn timezone(&self) -> chrono_tz::Tz {
        self.timezone
    }

    /// The number of the current commit.
    pub fn generation(&self) -> u64 {
        self.manifest.generation
    }

    /// The folder of the current generation, which its content determines; `None` before the first commit.
    pub fn generation_name(&self) -> Option<&str> {
        self.generation.as_ref().map(|generation| generation.name.as_str())
    }

    /// Everything that was committed to the book and never goes again, in words.
    pub fn committed(&self) -> BTreeSet<String> {
        self.manifest.committed()
    }

    /// What is worth knowing: what could not be tidied up.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The book as a commit of this would leave it, for what is computed from the new state before it is committed. New
    /// files are put into the book's folder, where a later commit finds them, or a later writer removes them.
    pub(super) fn foreseen_as(&self, manifest: Manifest, files: &[NewFile]) -> Result<Option<Book>> {
        let Some(mut generation) = self.generation.clone() else { return Ok(None) };
        self.put_files(files)?;
        generation.manifest = manifest;
        Ok(Some(Book { store: self.store.clone(), generation }))
    }

    /// Brings new files to disk, where a later commit finds them.
    pub(super) fn put_files(&self, files: &[NewFile]) -> Result<()> {
        let store = &self.store;
        store.make_folder(&store.files())?;
        for (file, bytes) in files {
            let path = store.path(file);
            if !store.is_proved(&path, file) {
                store.put(&path, bytes)?;
            }
        }
        store.sync(&store.files())
    }

    /// Makes this the book's state, all of it or nothing.
    pub(super) fn commit(&mut self, manifest: Manifest, files: Vec<NewFile>) -> Result<()> {
        let staged = self.stage(manifest, files)?;
        self.switch(staged)
    }

    /// Brings all that a commit needs to disk, short of its last step.
    pub(super) fn stage(&self, mut manifest: Manifest, files: Vec<NewFile>) -> Result<Staged> {
        manifest.generation = self.manifest.generation + 1;
        self.put_files(&files)?;
        let store = &self.store;
        let text = manifest.text();
        let name = generation_name(manifest.generation, &text);
        store.write_generation(&name, &manifest, &text)?;
        let root = store.stage(&store.folder.join(MARKER), &root_of(&manifest, Some(sha256(&text))))?;
        Ok(Staged { manifest, root })
    }

    /// The last step of a commit.
    fn switch(&mut self, Staged { manifest, root }: Staged) -> Result<()> {
        self.store.rename(&root, &self.store.folder.join(MARKER))?;
        self.manifest = manifest;
        if self.generation.as_ref().is_some_and(|before| before.version < FORMAT_VERSION) {
            self.notes.push(format!(
                "the book was upgraded to format version {FORMAT_VERSION}; earlier versions of usagebook cannot open it any more"
            ));
        }
        // The change is committed: what fails from here on undoes nothing.
        self.store.sync(&self.store.folder).map_err(|source| Error::Committed {
            what: "a power cut may still undo it".into(),
            source: Box::new(source),
        })?;
        self.settle();
        Ok(())
    }

    /// After a commit: lets go of the generation before, and shows the new one.
    fn settle(&mut self) {
        if let Some(before) = self.generation.take() {
            let mark = self.store.generations().join(&before.name).join(SUPERSEDED);
            self.notes.extend(self.store.write_new(&mark, b"").err().map(|error| reason(&error)));
        }
        match self.store.generation() {
            Ok(generation) => self.generation = generation,
            Err(error) => self.notes.push(reason(&error)),
        }
        if let Some(generation) = &self.generation {
            let outcome = self.store.show_view(&generation.name);
            self.note_view(outcome);
        }
    }

    /// Lets `months` show the current generation, if it does not.
    fn refresh_view(&mut self) {
        let Some(generation) = &self.generation else { return };
        if !self.store.is_shown(&generation.name, &self.manifest) {
            let written = self.store.write_view(&generation.name, &self.manifest);
            let outcome = written.and_then(|is_complete| match is_complete {
                true => self.store.show_view(&generation.name),
                false => self.store.hide_view(),
            });
            self.note_view(outcome);
        }
    }

    fn note_view(&mut self, outcome: Result<Option<PathBuf>>) {
        self.notes.extend(match outcome {
            Ok(aside) => aside.map(|aside| kept_aside(&aside)),
            Err(error) => Some(format!(
                "the folder months for other programs could not be brought up to date: {}",
                reason(&error)
            )),
        });
    }
}

/// Where files are that were found in the place of the link `months`.
pub(super) fn kept_aside(aside: &Path) -> String {
    format!("the folder months held files that are not the book's; they are kept in {}", aside.display())
}

impl Store {
    pub(crate) fn temporary(&self) -> PathBuf {
        self.inner().join("tmp")
    }

    pub(crate) fn sync(&self, path: &Path) -> Result<()> {
        self.disk.sync(path).map_err(unwritable(path))
    }

    /// Makes a folder if it is not there yet, so that it lasts.
    pub(crate) fn make_folder(&self, folder: &Path) -> Result<()> {
        match self.disk.make_folder(folder) {
            Ok(()) => {
                let parent =
                    folder.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
                self.sync(parent)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.disk.list(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                    Err(in_the_way(folder, NOT_A_FOLDER))
                }
                _ => Ok(()),
            },
            Err(error) => Err(unwritable(folder)(error)),
        }
    }

    /// Refuses a folder of other things: nobody's files are to be mixed with a book's.
    fn check_own_names(&self) -> Result<()> {
        let names = self.list(&self.folder)?;
        let is_ours =
            |name: &OsString| name.to_str().is_some_and(|name| OWN_NAMES.contains(&name) || is_clutter(name));
        match names.iter().any(|name| name == MARKER) || names.iter().all(is_ours) {
            true => Ok(()),
            false => Err(Error::OccupiedFolder { path: self.folder.clone() }),
        }
    }

    /// Refuses a book in which later commits are than the current one: somebody put an older `book.json` there.
    pub(crate) fn check_no_newer(&self, generation: u64) -> Result<()> {
        for name in self.list(&self.generations())? {
            let Some(name) = name.to_str() else { continue };
            // The next number may be that of a commit that was interrupted.
            let is_later = |number: &u64| *number > generation.saturating_add(1);
            if let Some(number) = number_of(name).filter(is_later)
                && !self.is_marked(name)
                && self.has_commit(name)
            {
                return Err(Error::RootLost {
                    path: self.folder.join(MARKER),
                    folder: self.folder.clone(),
                    reason: format!(
                        "it names generation {generation}, but the book has a later one, {number}"
                    ),
                });
            }
        }
        Ok(())
    }

    pub(crate) fn timezone(&self, manifest: &Manifest) -> Result<chrono_tz::Tz> {
        let path = self.folder.join(MARKER);
        manifest.timezone.parse().map_err(|_| damaged(&path, "it does not name a time zone"))
    }

    /// Makes the folder a book.
    fn begin(&self, timezone: chrono_tz::Tz) -> Result<Manifest> {
        let manifest = Manifest::new(timezone.name());
        self.put_root(&manifest, None)?;
        self.sync(&self.folder)?;
        Ok(manifest)
    }

    /// Replaces `book.json`. The folder is not yet synced.
    pub(crate) fn put_root(&self, manifest: &Manifest, sha256: Option<String>) -> Result<()> {
        self.put(&self.folder.join(MARKER), &root_of(manifest, sha256))
    }

    /// Puts a whole file under its name. Its folder is not yet synced.
    pub(crate) fn put(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let temporary = self.stage(path, bytes)?;
        self.rename(&temporary, path).inspect_err(|_| _ = self.disk.remove_file(&temporary))
    }

    /// Writes a file under a temporary name.
    fn stage(&self, path: &Path, bytes: &[u8]) -> Result<PathBuf> {
        self.make_folder(&self.temporary())?;
        let temporary = self.temporary().join(path.file_name().expect("a file has a name"));
        // An earlier writer may have left one that could not be removed until now.
        let _ = self.disk.remove_file(&temporary);
        self.write_new(&temporary, bytes)?;
        Ok(temporary)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<()> {
        self.disk.rename(from, to).map_err(unwritable(to))
    }

    pub(crate) fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.disk.write_new(path, bytes).and_then(|()| self.disk.sync(path)).map_err(unwritable(path))
    }

    pub(crate) fn remove(&self, path: &Path) -> Result<()> {
        self.disk.remove_file(path).map_err(unwritable(path))
    }

    /// Writes a generation that nothing names yet. One of the same name is left from a commit that was interrupted.
    pub(crate) fn write_generation(&self, name: &str, manifest: &Manifest, text: &[u8]) -> Result<()> {
        self.make_folder(&self.generations())?;
        let folder = self.generations().join(name);
        self.make_folder(&folder)?;
        self.write_view(name, manifest)?;
        let mark = folder.join(SUPERSEDED);
        if self.disk.modified(&mark).is_ok() {
            self.remove(&mark)?;
        }
        self.put(&self.manifest_path(name), text)?;
        self.sync(&folder)?;
        self.sync(&self.generations())
    }
}

/// The bytes of the `book.json` that names a manifest.
pub(crate) fn root_of(manifest: &Manifest, sha256: Option<String>) -> Vec<u8> {
    pretty(&Root {
        format: FORMAT.to_owned(),
        version: FORMAT_VERSION,
        timezone: manifest.timezone.clone(),
        generation: manifest.generation,
        manifest: sha256,
        head: manifest.head.clone(),
        issued: manifest.issued.clone(),
    })
}

/// What a folder may hold that is or becomes a book.
const OWN_NAMES: [&str; 3] = [".book", MARKER, MONTHS];

/// Whether a name is of what desktops, file servers and copy programs leave in folders: hidden files and the like.
pub(crate) fn is_clutter(name: &str) -> bool {
    let name = name.to_lowercase();
    name.starts_with(['.', '_', '@', '#', '~', '$'])
        || ["desktop.ini", "thumbs.db", "ehthumbs.db", "lost+found", "icon\r"].contains(&name.as_str())
        || [".tmp", ".temp", ".part", ".partial", ".crdownload", ".swp", ".bak", "~"]
            .iter()
            .any(|ending| name.ends_with(ending))
}

/// The names of all files that a manifest names.
pub(super) fn files_of(manifest: &Manifest) -> BTreeSet<String> {
    stored_files(manifest).map(StoredFile::name).collect()
}

/// All files that a manifest names; some more than once.
pub(super) fn stored_files(manifest: &Manifest) -> impl Iterator<Item = &StoredFile> {
    let parents =
        manifest.deliveries.iter().flat_map(|delivery| &delivery.parents).map(|parents| &parents.file);
    let issued = manifest.issues.iter().flat_map(Issue::kept_files);
    manifest.months.values().flat_map(Month::files).chain(parents).chain(issued)
}

impl Month {
    fn files(&self) -> impl Iterator<Item = &StoredFile> {
        let states = std::iter::once(&self.now).chain(self.closings.iter().map(|closing| &closing.state));
        let slices = self.slices.iter().flat_map(|slice| slice.rows.iter().chain([&slice.shown]));
        let kept = self.closings.iter().flat_map(Closing::kept_files);
        states
            .filter_map(|state: &State| state.file.as_ref())
            .chain(slices)
            .chain([&self.parents])
            .chain(kept)
    }
}
