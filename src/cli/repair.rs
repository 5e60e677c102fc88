//! `usagebook repair`: puts back what a damaged book can prove.

use std::sync::Arc;

use usagebook::book::{disk::RealDisk, repair};

use super::Status;
use super::arguments::RepairArguments;
use super::notices::say;
use super::outputs::print_text;
use super::writing;

pub fn run(arguments: &RepairArguments) -> anyhow::Result<Status> {
    let options = writing::options(&arguments.lock, None, "repair");
    let disk = Arc::new(RealDisk { access: arguments.access.private() });
    let repaired = repair(&arguments.book, arguments.generation.as_deref(), &options, disk)?;
    repaired.done.iter().for_each(|line| say(format_args!("{line}")));
    for lost in &repaired.lost {
        say(format_args!("warning: lost: {}: {}", lost.path.display(), lost.reason));
    }
    let generation = repaired.generation;
    match (repaired.lost.len(), repaired.done.len()) {
        (0, 0) => print_text(&format!("nothing to repair: generation {generation} is whole\n"))?,
        (0, _) => print_text(&format!("repaired: generation {generation} is whole\n"))?,
        (1, _) => print_text(&format!("generation {generation} is current; 1 file of it is lost\n"))?,
        (count, _) => {
            print_text(&format!("generation {generation} is current; {count} files of it are lost\n"))?
        }
    }
    match repaired.lost.is_empty() {
        true => Ok(Status::Done),
        false => Ok(Status::Warnings),
    }
}
