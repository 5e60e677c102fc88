//! `usagebook diff`: what became of a month between two of its states.

use usagebook::usecase;

use super::Status;
use super::arguments::DiffArguments;
use super::progress::Watch;
use super::rows_output::Destination;

pub fn run(arguments: DiffArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let changes = usecase::diff(&book, arguments.month, arguments.from, arguments.to, &watch)?;
    destination.write(&changes.statement())?;
    Ok(Status::Done)
}
