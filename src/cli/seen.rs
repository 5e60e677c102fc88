//! The last commit that this account made to each book, so that an older copy in its place is noticed.
//!
//! A convenience of this machine and account: where the note cannot be read or written, nothing is noticed and
//! nothing fails.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};
use usagebook::book::{Book, BookWriter};
use usagebook::error::Result;
use usagebook::files::access::Access;
use usagebook::files::atomic::AtomicFile;

use super::Status;
use super::notices::say;

/// Whether a book was older than it has been. The command then ends with status 3, whatever else it does.
static IS_OLDER: AtomicBool = AtomicBool::new(false);

/// The last commit to a book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Commit {
    generation: u64,
    /// The folder of the generation, which its content determines.
    name: String,
}

type Commits = BTreeMap<String, Commit>;

/// Opens a book for reading, and warns if an older copy was put in its place.
pub fn open(folder: &Path) -> Result<Book> {
    let book = Book::open(folder)?;
    check(folder, book.generation(), book.generation_name());
    Ok(book)
}

/// Warns if the book is older than it has been, or another one.
pub fn check(folder: &Path, generation: u64, name: &str) {
    let Some(last) = key(folder).and_then(|key| read().remove(&key)) else { return };
    let is_older = last.generation > generation || last.generation == generation && last.name != name;
    if is_older && !IS_OLDER.swap(true, Ordering::Relaxed) {
        say(format_args!(
            "warning: {}: an older or other copy of the book: it is at commit {generation}, but this account made commit \
             {} to it; deliveries and closings in between are missing: put the newer book back, or add them again",
            folder.display(),
            last.generation
        ));
    }
}

/// Remembers the current commit of a book.
pub fn remember(folder: &Path, writer: &BookWriter) {
    let (Some(key), Some(name), Some(path)) = (key(folder), writer.generation_name(), note()) else { return };
    let mut commits = read();
    let commit = Commit { generation: writer.generation(), name: name.to_owned() };
    if commits.get(&key) != Some(&commit) {
        commits.insert(key, commit);
        // Nothing depends on it.
        let _ = write(&path, &commits);
    }
}

/// The status of a command, once it is known whether its book was older.
pub fn settle(status: Status) -> Status {
    match IS_OLDER.load(Ordering::Relaxed) {
        true => Status::Warnings,
        false => status,
    }
}

fn key(folder: &Path) -> Option<String> {
    folder.canonicalize().ok()?.into_os_string().into_string().ok()
}

/// `books.json` in the folder that the system has for such notes.
fn note() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".local").join("state")));
    state.map(|state| state.join("usagebook").join("books.json"))
}

fn read() -> Commits {
    let is_plain = |path: &PathBuf| fs::metadata(path).is_ok_and(|found| found.is_file());
    let text = note().filter(is_plain).and_then(|path| fs::read(path).ok());
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn write(path: &Path, commits: &Commits) -> Result<()> {
    let refused = |source| usagebook::error::Error::Unwritable { path: path.to_owned(), source };
    let folder = path.parent().expect("a file is in a folder");
    Access::Private.create_folder_all(folder).map_err(refused)?;
    let mut file = AtomicFile::create(path, Access::Private)?;
    let text = serde_json::to_vec_pretty(commits).expect("commits are text and numbers");
    file.write_all(&text).map_err(refused)?;
    file.prepare()?.commit()
}
