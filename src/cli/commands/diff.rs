//! `usagebook diff`: what became of a month between two of its states.

use usagebook::usecase::{self, DiffQuestion};

use crate::cli::arguments::DiffArguments;
use crate::cli::progress::Watch;
use crate::cli::rows_output::Destination;
use crate::cli::{Status, configuration, prices};

pub fn run(arguments: DiffArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output, arguments.prices.files())?;
    let tariff = prices::tariff(&arguments.prices, &configuration::read(None, true)?)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let question = DiffQuestion { month: arguments.month, from: arguments.from, to: arguments.to };
    if tariff.is_some() || arguments.amounts {
        let changes = usecase::diff_amounts(&book, &question, tariff.as_ref(), &watch)?;
        return destination.write_amounts(&changes);
    }
    destination.write(&usecase::diff(&book, &question, &watch)?.statement())?;
    Ok(Status::Done)
}
