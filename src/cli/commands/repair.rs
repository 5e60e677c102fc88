//! `usagebook repair`: puts back what a damaged book can prove.

use std::sync::Arc;

use anyhow::bail;
use usagebook::book::{Book, disk::RealDisk, repair};
use usagebook::error::Error;

use crate::cli::Status;
use crate::cli::arguments::RepairArguments;
use crate::cli::notices::say;
use crate::cli::outputs::print_text;
use crate::cli::{seen, writing};

pub fn run(arguments: &RepairArguments) -> anyhow::Result<Status> {
    let options = writing::options(&arguments.lock, None, "repair");
    let disk = Arc::new(RealDisk { access: arguments.access.private() });
    let repaired = repair(&arguments.book, arguments.generation.as_deref(), &options, disk)?;
    if let Ok(book) = Book::open(&arguments.book) {
        match arguments.generation {
            Some(_) => seen::accept(&arguments.book, &book),
            None => {
                seen::check(&arguments.book, book.generation(), book.generation_name(), &book.committed());
            }
        }
    }
    repaired.done.iter().for_each(|line| say(format_args!("{line}")));
    for lost in &repaired.lost {
        say(format_args!("warning: lost: {}: {}", lost.path.display(), lost.reason));
    }
    for left in &repaired.left {
        say(format_args!("warning: not put back: {}: {}", left.path.display(), left.reason));
    }
    let generation = repaired.generation;
    let is_unchanged = repaired.done.is_empty();
    let told = match (repaired.lost.len(), repaired.left.is_empty()) {
        (0, true) if is_unchanged => format!("nothing to repair: generation {generation} is whole\n"),
        (0, true) => format!("repaired: generation {generation} is whole\n"),
        (0, false) => format!("generation {generation} is current; not everything was put back\n"),
        (1, _) => format!("generation {generation} is current; 1 file of it is lost\n"),
        (count, _) => format!("generation {generation} is current; {count} files of it are lost\n"),
    };
    match (repaired.lost.is_empty() && repaired.left.is_empty(), is_unchanged) {
        (false, true) => bail!("nothing could be put back; {}", told.trim_end()),
        (is_whole, _) => {
            // What was put back stays, whether or not somebody can be told.
            let printed = print_text(&told);
            if is_unchanged { printed } else { printed.map_err(Error::after_commit) }?;
            Ok(if is_whole { Status::Done } else { Status::Warnings })
        }
    }
}
