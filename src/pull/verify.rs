//! Whether a folder that was pulled is still as it was written.

use std::fs;
use std::path::{Path, PathBuf};

use super::endpoint::Endpoint;
use super::folder::{INDEX, sha256};
use super::index::{PageEntry, PullIndex};
use crate::error::{Error, Result};

/// What was compared, and what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullVerification {
    /// How many files were read, indexes included.
    pub files: u64,
    /// The size of all of them.
    pub bytes: u64,
    /// The files that are not as they were written, and how.
    pub damage: Vec<(PathBuf, String)>,
}

/// Compares every file of a pull, and of the lists in it, with its checksum.
///
/// # Errors
/// A folder without an index, or that cannot be read.
pub fn verify(folder: &Path) -> Result<PullVerification> {
    let mut verification = PullVerification::default();
    verification.add(folder)?;
    for endpoint in Endpoint::OTHERS {
        let other = folder.join(endpoint.folder());
        if other.is_dir() {
            verification.add(&other)?;
        }
    }
    Ok(verification)
}

impl PullVerification {
    fn add(&mut self, folder: &Path) -> Result<()> {
        let path = folder.join(INDEX);
        let text = fs::read(&path).map_err(|source| Error::Unreadable { path: path.clone(), source })?;
        self.count(text.len());
        let index = match PullIndex::parse(&text) {
            Ok(index) => index,
            Err(reason) => {
                self.damage.push((path, reason));
                return Ok(());
            }
        };
        for page in &index.pages {
            self.check(folder.join(&page.file), page);
        }
        let unreadable = |source| Error::Unreadable { path: folder.to_owned(), source };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        for name in names.into_iter().filter(|name| name.starts_with("page-")) {
            if !index.pages.iter().any(|page| page.file == name) {
                self.damage.push((folder.join(name), "no index lists it".to_owned()));
            }
        }
        Ok(())
    }

    fn check(&mut self, path: PathBuf, page: &PageEntry) {
        match fs::read(&path) {
            Ok(body) if sha256(&body) == page.sha256 => self.count(body.len()),
            Ok(_) => self.damage.push((path, "its checksum differs".to_owned())),
            Err(error) => self.damage.push((path, error.to_string())),
        }
    }

    fn count(&mut self, bytes: usize) {
        self.files += 1;
        self.bytes += bytes as u64;
    }
}
