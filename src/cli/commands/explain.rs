//! `usagebook explain`: the records behind a figure, and where they came from.

use usagebook::notice::{Code, Notice};
use usagebook::usecase::{self, ExplainQuestion};

use crate::cli::arguments::ExplainArguments;
use crate::cli::notices::{self, say};
use crate::cli::progress::Watch;
use crate::cli::rows_output::Destination;
use crate::cli::{Status, inputs};

pub fn run(arguments: ExplainArguments) -> anyhow::Result<Status> {
    let destination = Destination::new(&arguments.output, std::iter::empty())?;
    let filters = inputs::filters(&arguments.filters)?;
    let watch = Watch::start()?;
    let book = destination.open(&arguments.book)?;
    let question = ExplainQuestion { period: arguments.period.parse()?, version: arguments.version, filters };
    let explained = usecase::explain(&book, &question, &watch)?;
    say(format_args!("{}", explained.records.provenance.accounting));
    let unknown = |notice: &&Notice| notice.code == Code::UnknownName;
    let unknown: Vec<Notice> = explained.records.provenance.notices.iter().filter(unknown).cloned().collect();
    notices::print(&unknown, false);
    destination.write(&explained.statement()?)?;
    Ok(Status::of(&unknown))
}
