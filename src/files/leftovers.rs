//! Temporary files and folders: locked as long as their process lives, so that the next run can tell them from those
//! of a run that was killed.
//!
//! ```text
//! .october.csv.A1b2C3.tmp     beside october.csv
//! ```

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::atomic::folder_of;
use crate::system;

const SUFFIX: &str = ".tmp";
/// The bytes of a target's name that leave room for the rest, where a name has at most 255.
const NAME_MAX: usize = 240;
/// The characters that tell temporary names of one target apart.
const RANDOM: usize = 6;

/// Makes names of temporary files beside a target.
pub(super) fn names(target: &Path) -> io::Result<(OsString, tempfile::Builder<'static, 'static>)> {
    let mut builder = tempfile::Builder::new();
    builder.suffix(SUFFIX).rand_bytes(RANDOM);
    Ok((prefix(target)?, builder))
}

fn prefix(target: &Path) -> io::Result<OsString> {
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut prefix = OsString::from(".");
    match name.len() > NAME_MAX {
        // Two such names may have one prefix: a leftover is removed by either's next run.
        true => prefix.push(name.to_string_lossy().chars().take(NAME_MAX / 4).collect::<String>()),
        false => prefix.push(name),
    }
    prefix.push(".");
    Ok(prefix)
}

/// Claims a temporary file or folder for this process, for as long as the file is open.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if another process took it for a leftover: it needs another name. Where the file
/// system has no locks nothing is claimed, and nothing is ever taken for a leftover.
pub(super) fn claim(file: &File, path: &Path) -> io::Result<()> {
    let is_lost = match file.try_lock() {
        Ok(()) => fs::symlink_metadata(path).is_err(),
        Err(TryLockError::WouldBlock) => true,
        Err(TryLockError::Error(_)) => false,
    };
    if is_lost { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
}

/// Removes the temporary files and folders beside a target whose processes are gone. Best effort: what cannot be
/// removed is no reason not to write.
pub fn remove_leftovers(target: &Path) {
    let target = fs::canonicalize(target).unwrap_or_else(|_| target.to_owned());
    let Ok(prefix) = prefix(&target) else { return };
    let Ok(entries) = fs::read_dir(folder_of(&target)) else { return };
    for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name(), &prefix)) {
        let _ = remove_unclaimed(&entry.path());
    }
}

fn is_temporary(name: &OsStr, prefix: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let random =
        name.strip_prefix(prefix.as_encoded_bytes()).and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()));
    random.is_some_and(|random| random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric))
}

fn remove_unclaimed(path: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Ok(());
    }
    // A folder that cannot be held open cannot be claimed either: its process may be at work.
    let file = if kind.is_dir() { system::open_folder(path)? } else { Some(File::open(path)?) };
    let Some(file) = file else { return Ok(()) };
    match file.try_lock() {
        Ok(()) if kind.is_dir() => fs::remove_dir_all(path),
        Ok(()) => fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::files::access::Access;
    use crate::files::atomic::AtomicFile;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_a_killed_run_left_beside_a_target_goes_and_everything_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::write(at(".a.csv.Ab12Cd.tmp"), "half").unwrap();
        fs::create_dir(at(".a.csv.Ab12Ce.tmp")).unwrap();
        fs::write(at(".a.csv.Ab12Ce.tmp").join("customer.csv"), "half").unwrap();
        let others = [
            ".a.csv.Ab12C.tmp",
            ".a.csv.Ab12-d.tmp",
            ".a.csv.old.tmp",
            ".b.csv.Ab12Cd.tmp",
            "a.csv.Ab12Cd.tmp",
        ];
        others.iter().for_each(|name| fs::write(at(name), "").unwrap());
        remove_leftovers(&at("a.csv"));
        let mut expected = others.to_vec();
        // Where folders are not opened, nobody knows that their process is gone.
        expected.extend(cfg!(any(not(unix), feature = "portable")).then_some(".a.csv.Ab12Ce.tmp"));
        expected.sort();
        assert_eq!(names(root.path()), expected);
    }

    #[test]
    fn what_a_living_process_writes_is_never_removed() {
        use crate::files::folder::NewFolder;

        let root = tempfile::tempdir().unwrap();
        let (file, folder) = (root.path().join("a.csv"), root.path().join("october"));
        let mut writing = AtomicFile::create(&file, Access::Private).unwrap();
        writing.write_all(b"whole").unwrap();
        let prepared = writing.prepare().unwrap();
        let filling = NewFolder::create(&folder, Access::Private).unwrap();
        remove_leftovers(&file);
        remove_leftovers(&folder);
        assert_eq!(names(root.path()).len(), 2);
        prepared.commit().unwrap();
        filling.commit().unwrap();
        assert_eq!(names(root.path()), ["a.csv", "october"]);
    }

    #[test]
    fn the_longest_names_that_a_file_system_takes_are_written() {
        let root = tempfile::tempdir().unwrap();
        for name in ["x".repeat(255), "ü".repeat(127)] {
            let target = root.path().join(&name);
            fs::write(root.path().join(format!(".{}.Ab12Cd.tmp", &name[..60])), "").unwrap();
            let mut file = AtomicFile::create(&target, Access::Private).unwrap();
            file.write_all(b"whole").unwrap();
            file.prepare().unwrap().commit().unwrap();
            assert_eq!(fs::read(&target).unwrap(), b"whole");
        }
    }

    #[cfg(all(unix, not(feature = "portable")))]
    #[test]
    fn a_link_in_the_place_of_a_temporary_file_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let link = root.path().join(".a.csv.Ab12Cd.tmp");
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &link).unwrap();
        remove_leftovers(&root.path().join("a.csv"));
        assert!(fs::symlink_metadata(&link).is_ok() && elsewhere.path().exists());
    }
}
