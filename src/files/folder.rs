//! A folder of files that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempfile::TempDir;

use super::BUFFER_SIZE;
use super::access::Access;
use super::atomic::{folder_of, sync_folder, unwritable};
use super::hashing::{Digest, Hashing, HashingWriter};
use super::leftovers;
use crate::error::{Error, Result};
use crate::system;

/// A folder that is filled under a temporary name beside its own. Dropped, it leaves no trace.
#[derive(Debug)]
pub struct NewFolder {
    target: PathBuf,
    temporary: TempDir,
    access: Access,
    /// Held as long as the folder is filled.
    _claim: Option<File>,
}

impl NewFolder {
    /// Whether the folder can be made, as far as that is known before it is.
    ///
    /// # Errors
    /// A folder or file of that name, or no folder for it to stand in.
    pub fn check(target: &Path) -> Result<()> {
        if fs::symlink_metadata(target).is_ok() {
            return Err(Error::FolderThere { path: target.to_owned() });
        }
        match folder_of(target).is_dir() {
            true => Ok(()),
            false => {
                let source =
                    io::Error::new(io::ErrorKind::NotFound, "its folder is not there; make it first");
                Err(unwritable(target, source))
            }
        }
    }

    /// # Errors
    /// What [`check`](Self::check) says, and a disk that says no.
    pub fn create(target: &Path, access: Access) -> Result<Self> {
        Self::check(target)?;
        Self::temporary(target, access)
    }

    /// One that gets its name when it is whole; until then a hidden one that is made of this name.
    pub(crate) fn temporary(target: &Path, access: Access) -> Result<Self> {
        let (temporary, claim) =
            temporary_beside(target, access).map_err(|source| unwritable(target, source))?;
        Ok(Self { target: target.to_owned(), temporary, access, _claim: claim })
    }

    /// Where it is until it has its name.
    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    /// Opens a new file of the folder.
    pub(crate) fn file(&self, name: &str) -> Result<HashingWriter<BufWriter<File>>> {
        let refused = |source| unwritable(&self.target.join(name), source);
        let file = self.access.create_file(&self.temporary.path().join(name)).map_err(refused)?;
        Ok(HashingWriter::new(BufWriter::with_capacity(BUFFER_SIZE, file), Hashing::Sha256))
    }

    /// Writes a file of the folder; gives its size and SHA-256.
    pub fn write(&self, name: &str, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<Digest> {
        let refused = |source| unwritable(&self.target.join(name), source);
        let mut writer = self.file(name)?;
        write(&mut writer).map_err(|error| match error {
            Error::Output { source } => refused(source),
            error => error,
        })?;
        let (mut writer, digest) = writer.finish();
        writer.flush().map_err(refused)?;
        Ok(digest)
    }

    /// Brings all files to disk, then puts the folder under its name, in one step.
    ///
    /// # Errors
    /// A folder or file of that name that was made meanwhile, as by another run; a disk that says no.
    pub fn commit(self) -> Result<()> {
        self.placed().map_err(|source| match fs::symlink_metadata(&self.target) {
            Ok(_) => Error::FolderThere { path: self.target.clone() },
            Err(_) => unwritable(&self.target, source),
        })?;
        // It has another name now.
        let _ = self.temporary.keep();
        Ok(())
    }

    /// Does the same under another name beside its own. False if a folder of that name is there, which stays.
    pub(crate) fn commit_as(mut self, name: &str) -> Result<bool> {
        self.target.set_file_name(name);
        if self.target.is_dir() {
            return Ok(false);
        }
        match self.placed() {
            Ok(()) => {
                let _ = self.temporary.keep();
                Ok(true)
            }
            // Another process was faster.
            Err(_) if self.target.is_dir() => Ok(false),
            Err(source) => Err(unwritable(&self.target, source)),
        }
    }

    /// Does the same in the place of a folder of that name, which goes. Killed in between, the name is missing, and the
    /// earlier folder is a leftover.
    pub(crate) fn replace(self) -> Result<()> {
        self.replaced().map_err(|source| unwritable(&self.target, source))?;
        let _ = self.temporary.keep();
        Ok(())
    }

    fn replaced(&self) -> io::Result<()> {
        self.settle()?;
        let (aside, _claim) = temporary_beside(&self.target, self.access)?;
        let earlier = aside.path().join("earlier");
        fs::rename(&self.target, &earlier)?;
        if let Err(error) = fs::rename(self.temporary.path(), &self.target) {
            fs::rename(&earlier, &self.target)?;
            return Err(error);
        }
        sync_folder(folder_of(&self.target))
    }

    fn placed(&self) -> io::Result<()> {
        self.settle()?;
        fs::rename(self.temporary.path(), &self.target)?;
        sync_folder(folder_of(&self.target))
    }

    /// Brings all files to disk; folders in it were brought there when they got their names.
    fn settle(&self) -> io::Result<()> {
        let folder = self.temporary.path();
        let mut files =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        files.retain(|path| !path.is_dir());
        // Now, not one by one as they are written: by now most are on disk.
        files.par_iter().try_for_each(|file| File::open(file)?.sync_all())?;
        self.access.settle_folder(folder)?;
        sync_folder(folder)
    }
}

/// A hidden folder in the same folder, so that the rename stays on one disk. Unless all may read it, it is
/// its owner's alone until it is whole.
fn temporary_beside(target: &Path, access: Access) -> io::Result<(TempDir, Option<File>)> {
    let (prefix, mut builder) = leftovers::names(target)?;
    let mode = if access == Access::Public { 0o777 } else { 0o700 };
    if let Some(permissions) = system::permissions(mode) {
        builder.permissions(permissions);
    }
    let temporary = builder.prefix(&prefix).tempdir_in(folder_of(target))?;
    // Where folders are not opened, none is taken for a leftover.
    let claim = system::open_folder(temporary.path())?;
    claim.as_ref().map_or(Ok(()), |claim| leftovers::claim(claim, temporary.path()))?;
    Ok((temporary, claim))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn put(folder: &NewFolder, name: &str) -> Digest {
        folder.write(name, |out| out.write_all(b"abc").map_err(|source| Error::Output { source })).unwrap()
    }

    #[test]
    fn a_folder_appears_with_all_its_files_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("october");
        let folder = NewFolder::create(&target, Access::Private).unwrap();
        assert_eq!(put(&folder, "a.csv"), Digest::of(b"abc"));
        assert!(names(root.path()).iter().all(|name| name.starts_with('.')));
        drop(folder);
        assert_eq!(names(root.path()), [""; 0]);

        let folder = NewFolder::create(&target, Access::Private).unwrap();
        put(&folder, "a.csv");
        put(&folder, "b.csv");
        folder.commit().unwrap();
        assert_eq!(names(root.path()), ["october"]);
        assert_eq!(names(&target).len(), 2);
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_folder_and_its_files_are_their_owners_or_readable_by_the_group_too() {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let root = tempfile::tempdir().unwrap();
        for (access, of_file, of_folder) in [(Access::Private, 0o600, 0o700), (Access::Group, 0o640, 0o750)] {
            let target = root.path().join(format!("{access:?}"));
            let folder = NewFolder::create(&target, access).unwrap();
            put(&folder, "a.csv");
            assert_eq!(mode(folder.temporary.path()), 0o700);
            folder.commit().unwrap();
            assert_eq!((mode(&target), mode(&target.join("a.csv"))), (of_folder, of_file));
        }
    }

    #[test]
    fn a_folder_takes_the_place_of_an_earlier_one() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("october");
        let first = NewFolder::create(&target, Access::Private).unwrap();
        put(&first, "a.csv");
        first.commit().unwrap();
        let second = NewFolder::temporary(&target, Access::Private).unwrap();
        put(&second, "b.csv");
        let inner = NewFolder::create(&second.path().join("bills"), Access::Private).unwrap();
        put(&inner, "c.csv");
        inner.commit().unwrap();
        second.replace().unwrap();
        let mut found = names(&target);
        found.sort();
        assert_eq!(
            (found, names(&target.join("bills"))),
            (vec!["b.csv".into(), "bills".into()], vec!["c.csv".into()])
        );
        assert_eq!(names(root.path()), ["october"]);
    }

    #[test]
    fn what_is_there_is_never_touched() {
        let root = tempfile::tempdir().unwrap();
        let error = NewFolder::create(root.path(), Access::Private).map(drop).unwrap_err();
        assert!(error.to_string().contains("is there already"), "{error}");
        assert!(error.is_usage());
        let error =
            NewFolder::create(&root.path().join("missing/october"), Access::Private).map(drop).unwrap_err();
        assert!(matches!(error, Error::Unwritable { .. }), "{error}");
        // A folder that appears meanwhile is not replaced.
        let target = root.path().join("october");
        let folder = NewFolder::create(&target, Access::Private).unwrap();
        fs::create_dir(&target).unwrap();
        fs::write(target.join("theirs"), "").unwrap();
        let error = folder.commit().unwrap_err();
        assert!(matches!(&error, Error::FolderThere { path } if *path == target), "{error}");
        assert_eq!(names(&target), ["theirs"]);
        assert_eq!(names(root.path()), ["october"]);
    }
}
