//! `usagebook late`: what changed in months after they were closed.

use usagebook::usecase;

use super::arguments::LateArguments;
use super::progress::Watch;
use super::rows_output::Destination;
use super::{Status, notices};

pub fn run(arguments: LateArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output)?;
    let watch = Watch::start()?;
    let late = usecase::late(&destination.open(&arguments.book)?, &watch)?;
    notices::print(&late.notices, false);
    destination.write(&late.ledger)?;
    Ok(Status::of(&late.notices))
}
