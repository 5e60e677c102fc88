//! `usagebook late`: what changed in months after they were closed.

use usagebook::usecase;

use crate::cli::arguments::LateArguments;
use crate::cli::progress::Watch;
use crate::cli::rows_output::Destination;
use crate::cli::{Status, configuration, notices, prices};

pub fn run(arguments: LateArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output, arguments.prices.files())?;
    let tariff = prices::tariff(&arguments.prices, &configuration::read(None, true)?)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    if tariff.is_some() || arguments.amounts {
        return destination.write_amounts(&usecase::late_amounts(&book, tariff.as_ref(), &watch)?);
    }
    let late = usecase::late(&book, &watch)?;
    notices::print(&late.notices, arguments.notes.quiet);
    destination.write(&late.ledger)?;
    Ok(Status::of(&late.notices))
}
