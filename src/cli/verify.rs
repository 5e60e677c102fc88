//! `usagebook verify`: every byte of a book against its checksum.

use anyhow::bail;
use usagebook::book::Book;
use usagebook::report::grouped;

use super::arguments::VerifyArguments;
use super::close::print;
use super::notices::say;
use super::{Status, status};

pub fn run(arguments: &VerifyArguments) -> anyhow::Result<Status> {
    let book = Book::open(&arguments.book)?;
    let verification = book.verify()?;
    for damage in &verification.damage {
        say(format_args!("damage: {}: {}", damage.path.display(), damage.reason));
    }
    match verification.damage.len() {
        0 => {
            let (files, bytes) = (grouped(verification.files), grouped(verification.bytes));
            let retracted: String = book.retractions().iter().map(status::retracted).collect();
            print(&format!(
                "{files} files, {bytes} bytes: as they were written; records and figures agree\n{retracted}"
            ))?;
            Ok(Status::Done)
        }
        1 => bail!("the book is damaged in 1 place; put the file back from a copy"),
        count => bail!("the book is damaged in {count} places; put the files back from a copy"),
    }
}
