//! `usagebook explain`: the records behind a figure, and where they came from.

use usagebook::usecase::{self, ExplainQuestion};

use super::arguments::ExplainArguments;
use super::notices::say;
use super::progress::Watch;
use super::rows_output::Destination;
use super::{Status, inputs};

pub fn run(arguments: ExplainArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output, std::iter::empty())?;
    let filters = inputs::filters(&arguments.filters)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let question = ExplainQuestion { period: arguments.period.parse()?, version: arguments.version, filters };
    let explained = usecase::explain(&book, &question, &watch)?;
    say(format_args!("{}", explained.records.provenance.accounting));
    destination.write(&explained.statement()?)?;
    Ok(Status::Done)
}
