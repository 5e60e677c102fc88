//! What this account committed to each book, so that an older copy in its place is noticed, and stays noticed.
//!
//! A convenience of this machine and account: where the note cannot be read or written, nothing is noticed and
//! nothing fails.

use std::collections::{BTreeMap, BTreeSet};
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
    /// All that this account knows to be committed: deliveries, versions, retractions. What the book has lost of it stays
    /// here until it is there again, or until somebody accepts the loss.
    #[serde(default)]
    committed: BTreeSet<String>,
}

type Commits = BTreeMap<String, Commit>;

/// How much of what is missing a warning names.
const NAMED_MAX: usize = 3;

/// Opens a book for reading, and warns if an older copy was put in its place.
pub fn open(folder: &Path) -> Result<Book> {
    let book = Book::open(folder)?;
    check(folder, book.generation(), book.generation_name(), &book.committed());
    Ok(book)
}

/// Warns if the book has lost a commit, or is another one.
pub fn check(folder: &Path, generation: u64, name: &str, committed: &BTreeSet<String>) {
    let Some(last) = key(folder).and_then(|key| read().remove(&key)) else { return };
    let missing: Vec<&str> = last.committed.difference(committed).map(String::as_str).collect();
    let is_older = match last.committed.is_empty() {
        // A note of an earlier version, which had no more than the number.
        true => last.generation > generation || last.generation == generation && last.name != name,
        false => !missing.is_empty(),
    };
    if is_older && !IS_OLDER.swap(true, Ordering::Relaxed) {
        let more = match missing.len().saturating_sub(NAMED_MAX) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named = match missing.as_slice() {
            [] => format!("commit {}", last.generation),
            missing => missing[..missing.len().min(NAMED_MAX)].join(", ") + &more,
        };
        say(format_args!(
            "warning: {}: an older or other copy of the book: this account made commits to it that it does not have: \
             {named}; put the newer book back, or add them again; `usagebook repair --book {} --generation {generation}` \
             accepts the loss",
            folder.display(),
            folder.display(),
        ));
    }
}

/// Remembers the current commit of a book, and keeps in mind what the book has lost.
pub fn remember(folder: &Path, writer: &BookWriter) {
    let Some(name) = writer.generation_name() else { return };
    let mut commit =
        Commit { generation: writer.generation(), name: name.to_owned(), committed: writer.committed() };
    change(folder, |known| {
        commit.committed.extend(known.into_iter().flat_map(|known| known.committed));
        Some(commit)
    });
}

/// Takes the book for what it is, whatever it has lost.
pub fn accept(folder: &Path, book: &Book) {
    let (generation, name) = (book.generation(), book.generation_name().to_owned());
    change(folder, |_| Some(Commit { generation, name, committed: book.committed() }));
}

/// Forgets the book that was in a folder: another one begins there.
pub fn forget(folder: &Path) {
    change(folder, |_| None);
}

fn change(folder: &Path, next: impl FnOnce(Option<Commit>) -> Option<Commit>) {
    let (Some(key), Some(path)) = (key(folder), note()) else { return };
    let before = read();
    let mut commits = before.clone();
    if let Some(commit) = next(commits.remove(&key)) {
        commits.insert(key, commit);
    }
    if commits != before {
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
