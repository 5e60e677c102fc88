//! What typst may see of the world: a template, the bill's data, the template's own folder, and fonts.

use std::collections::HashMap;
use std::fs;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use super::Press;
use crate::error::{Error, Result};

/// One bill's.
pub(super) struct BillWorld<'a> {
    press: &'a Press,
    main: Source,
    /// What the engine itself serves.
    files: HashMap<FileId, Bytes>,
    date: Option<Datetime>,
}

impl<'a> BillWorld<'a> {
    /// # Errors
    /// A template whose name is no path.
    pub(super) fn new(
        press: &'a Press,
        files: Vec<(&'static str, Vec<u8>)>,
        date: Option<Datetime>,
    ) -> Result<Self> {
        let main = Source::new(file(&press.name)?, press.text.clone());
        let files = files.into_iter().map(|(name, bytes)| Ok((file(name)?, Bytes::new(bytes))));
        Ok(Self { press, main, files: files.collect::<Result<_>>()?, date })
    }

    /// A file of the template's folder. One that a link leads out of it to is refused.
    fn of_folder(&self, id: FileId) -> FileResult<Bytes> {
        let path = id.get();
        let name = path.vpath().get_without_slash();
        let missing = || FileError::NotFound(name.into());
        let folder = match path.root() {
            VirtualRoot::Project => self.press.folder.as_ref().ok_or_else(missing)?,
            VirtualRoot::Package(_) => {
                return Err(FileError::Other(Some(
                    "packages are not used; put the files into the template's folder".into(),
                )));
            }
        };
        let whole = path.vpath().realize(folder).map_err(FileError::Realize)?;
        let whole = whole.canonicalize().map_err(|error| FileError::from_io(error, name.as_ref()))?;
        if !whole.starts_with(folder) {
            return Err(FileError::AccessDenied);
        }
        let bytes = fs::read(&whole).map_err(|error| FileError::from_io(error, name.as_ref()))?;
        Ok(Bytes::new(bytes))
    }
}

impl World for BillWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let bytes = self.file(id)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text.to_owned()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match self.files.get(&id) {
            Some(bytes) => Ok(bytes.clone()),
            None if id == self.main.id() => Ok(Bytes::from_string(self.main.text().to_owned())),
            None => self.of_folder(id),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    /// The date of the bill.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.date
    }
}

/// The file of that name in the template's folder.
fn file(name: &str) -> Result<FileId> {
    let wrong = |_| Error::BadTemplate { path: name.to_owned(), reason: "its name is no path".to_owned() };
    let path = VirtualPath::new(name).map_err(wrong)?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}
