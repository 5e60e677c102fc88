//! Writing to a book: how it is opened, and what the writer has to say.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use usagebook::book::disk::RealDisk;
use usagebook::book::{Book, BookWriter, WriterOptions};
use usagebook::error::{Error, Result};
use usagebook::files::access::Access;

use super::arguments::LockArguments;
use super::notices::say;
use super::places::{self, Place};
use super::seen;

/// What the library is asked for. The command is what another writer is told that this process does.
pub fn options(lock: &LockArguments, timezone: Option<chrono_tz::Tz>, command: &str) -> WriterOptions {
    WriterOptions {
        timezone,
        lock_timeout: Duration::from_secs(lock.lock_timeout),
        command: format!("usagebook {command}"),
    }
}

/// Refuses to make a book where one is, or inside another one. One that was begun and got nothing is made anew.
pub fn check_new(book: &Path) -> Result<()> {
    match Book::is_new(book)? {
        false => Err(Error::BookThere { path: book.to_owned() }),
        true if Book::is_at(book) => Ok(()),
        true => places::check_outside_books(&Place::Folder(book)),
    }
}

/// Opens a book for writing; what is created in it can be read by whom the access says.
pub fn open(
    book: &Path,
    lock: &LockArguments,
    timezone: Option<chrono_tz::Tz>,
    access: Access,
    command: &str,
) -> Result<BookWriter> {
    let writer =
        BookWriter::open_with(book, &options(lock, timezone, command), Arc::new(RealDisk { access }))?;
    match writer.generation_name() {
        Some(name) => seen::check(book, writer.generation(), name, &writer.committed()),
        // A book that is begun anew is no older copy.
        None => seen::forget(book),
    }
    Ok(writer)
}

/// Prints what the writer noticed, and remembers what it wrote.
pub fn report(book: &Path, writer: &BookWriter, is_quiet: bool) {
    seen::remember(book, writer);
    writer.notes().iter().filter(|_| !is_quiet).for_each(|note| say(format_args!("note: {note}")));
}
