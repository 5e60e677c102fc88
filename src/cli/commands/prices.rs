//! `usagebook prices new`: a price list that is still to be filled in.

use std::path::Path;

use anyhow::bail;
use usagebook::currency::{self, Currency};
use usagebook::error::Error;
use usagebook::files::hashing::Hashing;
use usagebook::usecase::{self, PricesNeeded, Question};

use crate::cli::arguments::{NewPricesArguments, PricesArguments, PricesCommand};
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::{self, Drawn, Output};
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs, notices};

pub fn run(arguments: PricesArguments) -> anyhow::Result<Status> {
    let PricesCommand::New(arguments) = arguments.command;
    new(*arguments)
}

fn new(mut arguments: NewPricesArguments) -> anyhow::Result<Status> {
    configuration::settle(&mut arguments.inputs)?;
    let path = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    let rejects = arguments.inputs.rejects.as_deref();
    let places: Vec<Place> = [path, rejects].into_iter().flatten().map(Place::File).collect();
    places::check(&places, &arguments.inputs.paths().collect::<Vec<_>>())?;
    if let Some(path) = path.filter(|path| path.exists()) {
        bail!("{}: is there already and may have prices in it; name another file", path.display());
    }
    if let Some(code) = arguments.currency.as_deref().filter(|code| Currency::parse(code).is_none()) {
        let expected = currency::expected_instead(code);
        return Err(Error::BadParameter { parameter: "currency", value: code.to_owned(), expected }.into());
    }
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let question = Question {
        period: inputs::period(arguments.period.as_deref())?,
        as_of: arguments.as_of,
        basis: inputs::basis(arguments.basis.basis),
        parents: arguments.basis.parents.clone(),
        ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?
    };
    let PricesNeeded { template, provenance, files, mut rejected } =
        usecase::prices_needed(&question, &watch)?;
    places.iter().try_for_each(|place| places::check_no_input(place, &files))?;
    notices::print(&provenance.notices, arguments.inputs.quiet);
    say(format_args!("{}", provenance.accounting));
    let rejects = rejected.prepare(arguments.inputs.rejects(), Hashing::Off)?;
    let months = provenance.period.map(|period| format!(" in {period}")).unwrap_or_default();
    let text = template.toml(&format!("A price list for usage{months}."), arguments.currency.as_deref());
    let output = outputs::write(path, template.len(), Hashing::Off, Drawn::ForPrograms, |out| {
        out.write_all(text.as_bytes()).map_err(|source| Error::Output { source })
    })?;
    rejects.into_iter().chain([output]).try_for_each(Output::commit)?;
    Ok(Status::of(&provenance.notices))
}
