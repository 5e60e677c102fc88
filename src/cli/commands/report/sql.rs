//! The statements of a report, for an engine of the user's own.

use std::path::Path;

use usagebook::cluster::{Engine, EnginePaths};
use usagebook::dimension::Dimension;
use usagebook::error::Error;
use usagebook::files::hashing::Hashing;
use usagebook::usecase::{self, Layout, Question, ReportQuestion};

use crate::cli::arguments::{EngineChoice, ReportArguments};
use crate::cli::outputs::{self, Drawn};
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs};
use usagebook::config::Configuration;

/// Writes the statements to the output. The arguments that they cannot express are refused already.
pub fn run(
    arguments: &ReportArguments,
    configuration: &Configuration,
    choice: EngineChoice,
) -> anyhow::Result<Status> {
    let path = arguments.output.output.as_deref().filter(|path| *path != Path::new("-"));
    let place = path.map_or(Place::Stdout, Place::File);
    places::check(
        &[place],
        &configuration.path().into_iter().chain(arguments.inputs.paths()).collect::<Vec<_>>(),
    )?;
    let book = inputs::book(&arguments.book)?;
    let own = inputs::attributes(&usagebook::join::Attributes::default(), book.as_ref());
    let by = match &arguments.by {
        Some(list) => Dimension::parse_list_with(list, &own)?,
        None => Dimension::DEFAULT.to_vec(),
    };
    let question = Question {
        period: inputs::period(arguments.period.as_deref())?,
        as_of: arguments.as_of,
        fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
        filters: inputs::filters(&arguments.filters)?,
        ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?
    };
    let engine = match choice {
        EngineChoice::Duckdb => Engine::DuckDb,
        EngineChoice::Spark => Engine::Spark,
    };
    let paths = EnginePaths::new(&arguments.engine.engine_path)?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let question = ReportQuestion::new(question, Layout::by(by));
    let text = usecase::report_statements(&question, engine, &paths, &watch)?;
    let output = outputs::write(path, 1, Hashing::Off, Drawn::ForPrograms, |out| {
        out.write_all(text.as_bytes()).map_err(|source| Error::Output { source })
    })?;
    output.commit()?;
    Ok(Status::Done)
}
