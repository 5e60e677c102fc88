//! Who can read the files and folders that are created, and whether a secret can be read by others.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::system;

/// Who can read a new file or folder. What exists keeps its permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// The owner alone: 0600, folders 0700.
    #[default]
    Private,
    /// The owner, and the group for reading: 0640, folders 0750, whatever the umask.
    Group,
    /// Whoever the umask allows.
    Public,
}

impl Access {
    /// Opens a new file for writing.
    ///
    /// # Errors
    /// A file of that name, and what the system refuses.
    pub(crate) fn create_file(self, path: &Path) -> io::Result<File> {
        self.open(path, OpenOptions::new().write(true).create_new(true))
    }

    /// Opens a file with these options; one that they create gets these permissions.
    pub fn open(self, path: &Path, options: &mut OpenOptions) -> io::Result<File> {
        let is_new = self == Self::Group && fs::symlink_metadata(path).is_err();
        system::create_files_with(options, self.file_mode());
        let file = options.open(path)?;
        if is_new {
            self.settle_file(&file)?;
        }
        Ok(file)
    }

    /// Makes a folder; the one that it is in must exist.
    pub(crate) fn create_folder(self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        system::create_folders_with(&mut builder, self.folder_mode());
        builder.create(path)?;
        self.settle_folder(path)
    }

    /// Makes a folder and those that it is in, if they are missing. The latter follow the umask.
    pub fn create_folder_all(self, path: &Path) -> io::Result<()> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
            fs::create_dir_all(parent)?;
        }
        match self.create_folder(path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
            outcome => outcome,
        }
    }

    /// Gives a new file its permissions where the umask took a part of them away.
    pub(super) fn settle_file(self, file: &File) -> io::Result<()> {
        match self {
            Self::Group => set_mode(&file.metadata()?, self.file_mode(), |mode| file.set_permissions(mode)),
            Self::Private | Self::Public => Ok(()),
        }
    }

    /// The same of a folder.
    pub(super) fn settle_folder(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Group => {
                set_mode(&fs::metadata(path)?, self.folder_mode(), |mode| fs::set_permissions(path, mode))
            }
            Self::Private | Self::Public => Ok(()),
        }
    }

    fn file_mode(self) -> u32 {
        match self {
            Self::Private => 0o600,
            Self::Group => 0o640,
            Self::Public => 0o666,
        }
    }

    fn folder_mode(self) -> u32 {
        match self {
            Self::Private => 0o700,
            Self::Group => 0o750,
            Self::Public => 0o777,
        }
    }
}

/// Sets permissions unless they are those already: some file systems refuse any change.
fn set_mode(
    metadata: &fs::Metadata,
    mode: u32,
    set: impl FnOnce(fs::Permissions) -> io::Result<()>,
) -> io::Result<()> {
    let permissions = system::permissions(mode).filter(|_| system::mode(metadata) != Some(mode));
    permissions.map_or(Ok(()), set)
}

/// A warning about a file with a secret, if it is a plain file that others than its owner and group can read, or
/// others than its owner can write.
pub fn exposed_secret(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mode = system::mode(&metadata)?;
    let (is_readable, is_writable) = (mode & 0o004 != 0, mode & 0o022 != 0);
    let can = match (is_readable, is_writable) {
        (true, true) => "read and change",
        (true, false) => "read",
        (false, true) => "change",
        (false, false) => return None,
    };
    let path = path.display();
    Some(format!(
        "other users of this machine can {can} the secret in {path} (mode {mode:04o}); run: chmod 600 {path}"
    ))
}

#[cfg(all(test, unix, not(feature = "portable")))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_private_file_is_its_owners_and_a_group_reads_one_that_is_for_it() {
        let root = tempfile::tempdir().unwrap();
        for (access, file, folder) in [(Access::Private, 0o600, 0o700), (Access::Group, 0o640, 0o750)] {
            let inner = root.path().join(format!("{access:?}/inner"));
            access.create_folder_all(&inner).unwrap();
            assert_eq!(mode(&inner), folder);
            access.create_file(&inner.join("a")).unwrap();
            assert_eq!(mode(&inner.join("a")), file);
            access.open(&inner.join("lock"), OpenOptions::new().write(true).create(true)).unwrap();
            assert_eq!(mode(&inner.join("lock")), file);
        }
    }

    #[test]
    fn what_exists_keeps_its_permissions() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("book");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        let lock = folder.join("lock");
        fs::write(&lock, "").unwrap();
        fs::set_permissions(&lock, fs::Permissions::from_mode(0o604)).unwrap();
        for access in [Access::Private, Access::Group, Access::Public] {
            access.create_folder_all(&folder).unwrap();
            access.open(&lock, OpenOptions::new().write(true).create(true)).unwrap();
            assert_eq!((mode(&folder), mode(&lock)), (0o755, 0o604));
        }
    }

    #[test]
    fn a_public_file_is_as_any_new_file() {
        let root = tempfile::tempdir().unwrap();
        let (ours, theirs) = (root.path().join("ours"), root.path().join("theirs"));
        Access::Public.create_file(&ours).unwrap();
        File::create(&theirs).unwrap();
        assert_eq!(mode(&ours), mode(&theirs));
        Access::Public.create_folder(&root.path().join("folder")).unwrap();
        fs::create_dir(root.path().join("other")).unwrap();
        assert_eq!(mode(&root.path().join("folder")), mode(&root.path().join("other")));
    }

    #[test]
    fn a_secret_that_others_can_read_or_change_is_named_with_what_to_do() {
        let root = tempfile::tempdir().unwrap();
        let key = root.path().join("secret.key");
        fs::write(&key, "0123456789abcdef").unwrap();
        let warning = |mode| {
            fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
            exposed_secret(&key)
        };
        for mode in [0o400, 0o600, 0o640, 0o440] {
            assert_eq!(warning(mode), None, "{mode:o}");
        }
        for (mode, can) in [(0o644, "read"), (0o666, "read and change"), (0o660, "change"), (0o602, "change")]
        {
            let warning = warning(mode).unwrap();
            assert!(warning.contains(&format!("can {can} the secret in ")), "{warning}");
            assert!(warning.contains(&format!("(mode {mode:04o}); run: chmod 600 ")), "{warning}");
        }
        assert_eq!(exposed_secret(Path::new("/dev/null")), None);
        assert_eq!(exposed_secret(&root.path().join("missing")), None);
    }
}
