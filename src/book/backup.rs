//! A copy of a book as of one commit, every byte of it proved, whatever is written meanwhile.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Book;
use super::disk::RealDisk;
use super::manifest::{FORMAT_VERSION, Manifest};
use super::store::{MANIFEST, MARKER, Store, generation_name, sha256, unwritable};
use super::writer::{root_of, stored_files};
use crate::error::{Error, Result};
use crate::files::access::Access;
use crate::files::atomic::AtomicFile;

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// The commit that was copied.
    pub generation: u64,
    /// How many files were copied, those that say what the book is included.
    pub files: u64,
    /// The size of all of them, unpacked.
    pub bytes: u64,
}

impl Book {
    /// Copies the book into a folder that is not there yet, or into a file that ends in `.zip`.
    ///
    /// # Errors
    /// Damage, a target that is there, another kind of archive, the disk.
    pub fn back_up(&self, target: &Path, access: Access) -> Result<BackedUp> {
        let ending = target.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        match ending.as_deref() {
            Some("zip") => self.back_up_to_file(target, access),
            Some(other @ ("tar" | "gz" | "tgz" | "zst" | "bz2" | "xz" | "7z" | "rar")) => {
                Err(Error::BadParameter {
                    parameter: "to",
                    value: target.display().to_string(),
                    expected: format!("a folder, or a file that ends in .zip instead of .{other}"),
                })
            }
            _ => self.back_up_to_folder(target, access),
        }
    }

    fn back_up_to_file(&self, target: &Path, access: Access) -> Result<BackedUp> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::FolderThere { path: target.to_owned() });
        }
        let mut archive = ZipWriter::new_stream(AtomicFile::create(target, access)?);
        // Most files are packed already; a file that is only stored stops some programs that unpack as they read.
        let options = |bytes: &[u8]| {
            SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(1))
                .large_file(u32::try_from(bytes.len()).is_err())
        };
        let refused = |source: io::Error| unwritable(target)(source);
        let done = self.copy(|path, bytes| {
            let name = path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            archive.start_file(name, options(bytes)).map_err(|error| refused(error.into()))?;
            archive.write_all(bytes).map_err(refused)
        })?;
        let file = archive.finish().map_err(|error| refused(error.into()))?.into_inner();
        file.prepare()?.commit()?;
        Ok(done)
    }

    fn back_up_to_folder(&self, target: &Path, access: Access) -> Result<BackedUp> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::FolderThere { path: target.to_owned() });
        }
        let parent = target.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        let folder =
            tempfile::Builder::new().prefix(&prefix).tempdir_in(parent).map_err(unwritable(target))?;
        let store = Store { folder: folder.path().join("book"), disk: Arc::new(RealDisk { access }) };
        for folder in [store.folder.clone(), store.inner(), store.files(), store.generations()] {
            store.make_folder(&folder)?;
        }
        let done = self.copy(|path, bytes| {
            let path = store.folder.join(path);
            let inner = path.parent().expect("a file is in a folder");
            store.make_folder(inner)?;
            store.write_new(&path, bytes)?;
            store.sync(inner)
        })?;
        fs::rename(&store.folder, target).map_err(unwritable(target))?;
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(unwritable(target))?;
        Ok(done)
    }

    /// Hands out every file with its path in the book; `book.json`, which makes them a book, comes last.
    fn copy(&self, mut put: impl FnMut(&Path, &[u8]) -> Result<()>) -> Result<BackedUp> {
        let manifest = Manifest { version: FORMAT_VERSION, ..self.generation.manifest.clone() };
        let mut done = BackedUp { generation: manifest.generation, files: 0, bytes: 0 };
        let mut seen = std::collections::BTreeSet::new();
        let files = PathBuf::from(".book").join("files");
        for file in stored_files(&manifest).filter(|file| seen.insert(file.name())) {
            let path = self.store.path(file);
            let bytes = self.store.read_whole(&path)?;
            if sha256(&bytes) != file.sha256 {
                return Err(super::store::damaged(&path, "its bytes do not match their SHA-256"));
            }
            put(&files.join(file.name()), &bytes)?;
            done.files += 1;
            done.bytes += bytes.len() as u64;
        }
        let text = manifest.text();
        let name = generation_name(manifest.generation, &text);
        put(&PathBuf::from(".book").join("generations").join(name).join(MANIFEST), &text)?;
        put(Path::new(MARKER), &root_of(&manifest, Some(sha256(&text))))?;
        Ok(done)
    }
}
