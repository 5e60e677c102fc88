//! `usagebook check`: from dumps to one verdict.

use std::io::Write;
use std::path::Path;

use usagebook::files::hashing::Hashing;
use usagebook::statement::Statement as _;
use usagebook::usecase::{self, CheckQuestion, Question};
use usagebook::write::table::TableOptions;
use usagebook::write::verdict::{VerdictFormat, write_verdict};
use usagebook::write::{Format, write_statement, write_statement_pack};

use crate::cli::arguments::{CheckArguments, PriceArguments, RowsFormat};
use crate::cli::configuration;
use crate::cli::inputs::ReadingEngine;
use crate::cli::notices::say;
use crate::cli::outputs::{self, Drawn, Output};
use crate::cli::places::Place;
use crate::cli::progress::Watch;
use crate::cli::terminal::Terminal;
use crate::cli::{Status, inputs, places, prices, rows_output};

pub fn run(mut arguments: CheckArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    let period = inputs::period(arguments.period.as_deref())?;
    let path = arguments.output.clone();
    let path = path.as_deref().filter(|path| *path != Path::new("-"));
    let format = rows_output::format(arguments.format, path)?;
    format.check()?;
    let result = path.map_or(Place::Stdout, Place::File);
    let rejects = arguments.inputs.rejects.as_deref().map(Place::File);
    let written: Vec<Place<'_>> = [result].into_iter().chain(rejects).collect();
    let read = configuration.path().into_iter().chain(arguments.inputs.paths());
    places::check(&written, &read.collect::<Vec<_>>())?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let asked = PriceArguments {
        prices: arguments.prices.clone(),
        currency: arguments.currency.clone(),
        exchange_rates: arguments.exchange_rates.clone(),
        unpriced: None,
        tables: arguments.tables,
    };
    let tariff = prices::tariff(&asked, &configuration)?;
    let engine = inputs::engine(&arguments.engine, &watch)?;
    let question = CheckQuestion {
        records: Question {
            period,
            tariff: tariff.as_ref(),
            as_of: arguments.as_of,
            fiscal_year_start: configuration.fiscal_year_start(arguments.fiscal_year_start),
            cluster: engine.as_ref().map(ReadingEngine::cluster),
            ..inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?
        },
        parents: arguments.parents.clone(),
        invoices: arguments.invoices.clone(),
        locale: configuration.locale(arguments.tables.locale),
        accepts_incomplete: arguments.inputs.accept_incomplete,
    };
    let mut checks = usecase::check(&question, &watch)?;
    let (verdict, worklist) = (&checks.verdict, &checks.worklist);
    say(format_args!("{}", verdict.accounting));
    places::check_rejects_no_input(&arguments.inputs, &checks.files)?;
    path.map_or(Ok(()), |path| places::check_no_input(&Place::File(path), &checks.files))?;
    let rejects = checks.rejected.prepare(arguments.inputs.rejects(), Hashing::Off)?;
    let drawn = match format {
        RowsFormat::Rows(Format::Table) => Drawn::ForPeople,
        _ => Drawn::ForPrograms,
    };
    let write = |out: &mut dyn Write| match format {
        RowsFormat::Rows(Format::Table) => write_verdict(verdict, table(&arguments, path), out),
        RowsFormat::Rows(Format::Json) => write_verdict(verdict, VerdictFormat::Json, out),
        RowsFormat::Rows(format) => write_statement(worklist, &format.with_defaults(), out),
        RowsFormat::Pack(format) => write_statement_pack(worklist, format, &configuration.letterhead, out),
    };
    outputs::write(path, worklist.len(), Hashing::Off, drawn, write)?.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(if verdict.has_warnings() { Status::Warnings } else { Status::Done })
}

fn table(arguments: &CheckArguments, path: Option<&Path>) -> VerdictFormat {
    let Terminal { width, has_color, .. } = path.map_or_else(Terminal::of_stdout, |_| Terminal::default());
    let options = TableOptions { width, has_color };
    VerdictFormat::Table { options, hides_notes: arguments.inputs.quiet }
}
