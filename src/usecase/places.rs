//! Where results may go: into folders that exist, and into no file that is written twice or read, whatever it is called.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::book::Book;
use crate::error::{Error, Result};
use crate::ingest::{FileIdentity, InputFile, is_staged_dump};
use crate::system;

/// Where a result is put.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// Standard output.
    Stdout,
    /// A file of its own.
    File(&'a Path),
    /// It is made where it is missing.
    Folder(&'a Path),
}

/// Refuses `-`, a file whose folder is missing, a file of a book, a file that two results would go to, a file that is read,
/// and a place in a folder that is read.
pub fn check(outputs: &[Place], reads: &[&Path]) -> Result<()> {
    for (at, output) in outputs.iter().enumerate() {
        if let Place::File(path) = output {
            if *path == Path::new("-") {
                return Err(taken(output, "only the result itself goes to standard output"));
            }
            check_folder(path)?;
        }
        check_outside_books(output)?;
        for earlier in &outputs[..at] {
            check_apart(output, earlier)?;
        }
        let read = reads.iter().find(|read| is_same(&Known::of(output), &Known::of(&Place::File(read))));
        if let Some(read) = read {
            return Err(taken(output, &format!("it is {}, which is read", read.display())));
        }
        let above = folders_above(output);
        let is_above = |read: &&&Path| read.canonicalize().is_ok_and(|read| above.contains(&read));
        if let Some(read) = reads.iter().filter(|read| read.is_dir()).find(is_above) {
            let reason = format!("it is inside {}, and the next run would read it, too", read.display());
            return Err(taken(output, &reason));
        }
    }
    Ok(())
}

/// Refuses a file whose folder is missing, before hours are spent on its content.
pub fn check_folder(path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    match folder.is_none_or(Path::is_dir) {
        true => Ok(()),
        false => {
            let source = io::Error::new(io::ErrorKind::NotFound, "its folder is not there; make it first");
            Err(Error::Unwritable { path: path.to_owned(), source })
        }
    }
}

/// Refuses to write over what was read: a dump may be the only copy of what the server said.
pub fn check_no_input(output: &Place, files: &[InputFile]) -> Result<()> {
    let Known::There(identity, _) = Known::of(output) else { return Ok(()) };
    match files.iter().find(|file| identity.is_some() && file.identity == identity) {
        Some(file) => Err(taken(output, &format!("it is {}, which is read", file.path))),
        None => Ok(()),
    }
}

/// Refuses to write into a book that may not be there yet: its files are nobody's but its own.
pub fn check_outside(output: &Place, book: &Path) -> Result<()> {
    let (Place::File(path) | Place::Folder(path)) = output else { return Ok(()) };
    match settled(path).starts_with(settled(book)) {
        true => Err(inside_book(output, book)),
        false => check_outside_books(output),
    }
}

/// What a path leads to where it is there, and the rest of it as it is spelled.
fn settled(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = whole.ancestors().find_map(|folder| Some((folder, folder.canonicalize().ok()?)));
    let Some((folder, mut settled)) = there else { return whole };
    for part in whole.strip_prefix(folder).unwrap_or(Path::new("")).components() {
        match part {
            Component::ParentDir => drop(settled.pop()),
            part => settled.push(part),
        }
    }
    settled
}

/// Refuses to write into any book, at any depth, or into a staged dump.
pub fn check_outside_books(output: &Place) -> Result<()> {
    if let Some(folder) = folders_above(output).iter().find(|folder| is_staged_dump(folder)) {
        return Err(taken(output, &format!("a place outside of the staged dump {}", folder.display())));
    }
    match folders_above(output).iter().find(|folder| Book::is_at(folder)) {
        Some(folder) => Err(inside_book(output, folder)),
        None => Ok(()),
    }
}

/// All folders that a result would be in, by its name and by what its name leads to. A folder of results is one of them.
fn folders_above(output: &Place) -> Vec<PathBuf> {
    let (Place::File(path) | Place::Folder(path)) = output else { return Vec::new() };
    let named = |folder: &Path| if folder == Path::new("") { PathBuf::from(".") } else { folder.to_owned() };
    let by_name = folder_of(path).canonicalize().ok();
    let nearest = path.ancestors().find_map(|folder| named(folder).canonicalize().ok());
    let starts: Vec<PathBuf> = by_name.into_iter().chain(nearest).collect();
    let folders = starts.iter().flat_map(|start| start.ancestors()).filter(|folder| folder.is_dir());
    folders.map(Path::to_owned).collect()
}

fn inside_book(output: &Place, book: &Path) -> Error {
    taken(output, &format!("it is inside the book {}", book.display()))
}

fn check_apart(output: &Place, earlier: &Place) -> Result<()> {
    if is_same(&Known::of(output), &Known::of(earlier)) {
        let earlier = shown(earlier);
        return Err(taken(output, &format!("it is {earlier}, which is written, too")));
    }
    let (path, folder) = match (output, earlier) {
        (Place::File(path), Place::Folder(folder)) | (Place::Folder(folder), Place::File(path)) => {
            (path, folder)
        }
        _ => return Ok(()),
    };
    // A month's folder holds its one file and nothing else.
    match (folder_of(path).canonicalize(), folder.canonicalize()) {
        (Ok(inner), Ok(outer)) if inner != outer && inner.starts_with(&outer) => {
            let reason = format!("it is inside a folder of {}", folder.display());
            Err(taken(&Place::File(path), &reason))
        }
        _ => Ok(()),
    }
}

/// What a place is, whatever it is called.
enum Known {
    There(Option<FileIdentity>, Option<PathBuf>),
    /// The folder that it would be in, and its name there.
    Missing(PathBuf, PathBuf),
    /// A stream that holds nothing, or a name that will be refused when it is opened.
    Nowhere,
}

impl Known {
    fn of(place: &Place) -> Self {
        match place {
            Place::Stdout => match system::stdout_file() {
                Some(metadata) => Self::There(FileIdentity::of(&metadata), None),
                None => Self::Nowhere,
            },
            Place::File(path) | Place::Folder(path) => match fs::metadata(path) {
                Ok(metadata) => Self::There(FileIdentity::of(&metadata), path.canonicalize().ok()),
                Err(_) => match (folder_of(path).canonicalize(), path.file_name()) {
                    (Ok(folder), Some(name)) => Self::Missing(folder, name.into()),
                    _ => Self::Nowhere,
                },
            },
        }
    }
}

fn is_same(one: &Known, other: &Known) -> bool {
    match (one, other) {
        (Known::There(Some(one), _), Known::There(Some(other), _)) => one == other,
        (Known::There(_, Some(one)), Known::There(_, Some(other))) => one == other,
        (Known::Missing(folder, one), Known::Missing(other_folder, other)) => {
            folder == other_folder && (one == other || is_folded(folder, one.as_os_str(), other.as_os_str()))
        }
        _ => false,
    }
}

/// Whether the file system of a folder takes two names for one: it may ignore case, or how letters are composed.
fn is_folded(folder: &Path, one: &OsStr, other: &OsStr) -> bool {
    let is_alike = match (one.to_str(), other.to_str()) {
        (Some(one), Some(other)) => {
            one.to_lowercase() == other.to_lowercase() || !one.is_ascii() && !other.is_ascii()
        }
        _ => false,
    };
    let probe = || {
        let probe = tempfile::Builder::new().prefix(".usagebook.").suffix(one).tempfile_in(folder).ok()?;
        let name = probe.path().file_name()?.as_encoded_bytes();
        let start = name.strip_suffix(one.as_encoded_bytes())?;
        let mut sibling = std::str::from_utf8(start).ok()?.to_owned();
        sibling.push_str(other.to_str()?);
        Some(fs::symlink_metadata(folder.join(sibling)).is_ok())
    };
    is_alike && probe().unwrap_or(false)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

fn shown(place: &Place) -> String {
    match place {
        Place::Stdout => "standard output".to_owned(),
        Place::File(path) | Place::Folder(path) => path.display().to_string(),
    }
}

fn taken(place: &Place, reason: &str) -> Error {
    Error::TakenPlace { place: shown(place), reason: reason.to_owned() }
}
