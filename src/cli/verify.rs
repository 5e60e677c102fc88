//! `usagebook verify`: every byte of a book against its checksum.

use std::path::Path;

use anyhow::bail;
use usagebook::book::Book;
use usagebook::portal::pull;
use usagebook::report::grouped;

use super::Status;
use super::arguments::VerifyArguments;
use super::close::print;
use super::notices::say;

pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Status> {
    match (&arguments.book, &arguments.pull) {
        (_, Some(folder)) => verify_pull(folder),
        (book, None) => verify_book(book.as_deref().unwrap_or(Path::new(""))),
    }
}

fn verify_pull(folder: &Path) -> anyhow::Result<Status> {
    let verification = pull::verify(folder)?;
    for (path, reason) in &verification.damage {
        say(format_args!("damage: {}: {reason}", path.display()));
    }
    let (files, bytes) = (grouped(verification.files), grouped(verification.bytes));
    match verification.damage.len() {
        0 => {
            print(&format!("{files} files, {bytes} bytes: as they were written\n"))?;
            Ok(Status::Done)
        }
        count => bail!(
            "{count} of the pull's files are damaged; `usagebook pull --resume` fetches pages again, an index must \
             be put back from a copy"
        ),
    }
}

fn verify_book(book: &Path) -> anyhow::Result<Status> {
    let verification = Book::open(book)?.verify()?;
    for damage in &verification.damage {
        say(format_args!("damage: {}: {}", damage.path.display(), damage.reason));
    }
    match verification.damage.len() {
        0 => {
            let (files, bytes) = (grouped(verification.files), grouped(verification.bytes));
            print(&format!(
                "{files} files, {bytes} bytes: as they were written; records and figures agree\n"
            ))?;
            Ok(Status::Done)
        }
        1 => bail!("the book is damaged in 1 place; put the file back from a copy"),
        count => bail!("the book is damaged in {count} places; put the files back from a copy"),
    }
}
