//! `usagebook query`: a question in SQL.

use std::path::Path;

use usagebook::files::hashing::Hashing;
use usagebook::query::{Queried, query};
use usagebook::write::{Format, FormatOptions, write};

use super::list;
use crate::cli::arguments::QueryArguments;
use crate::cli::configuration;
use crate::cli::formats::parquet_options;
use crate::cli::outputs::{self, Output};
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::terminal::Terminal;
use crate::cli::words::Misuse;
use crate::cli::{Status, formats, inputs};

pub fn run(mut arguments: QueryArguments) -> anyhow::Result<Status> {
    let configuration = configuration::settle(&mut arguments.inputs)?;
    let path = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
    let format = formats::format(arguments.format, path)?;
    formats::check_csv(&arguments.csv, format)?;
    if arguments.parquet_decimal.is_some() && format != Format::Parquet {
        return Err(Misuse { what: "--parquet-decimal", need: "--format parquet" }.into());
    }
    let result = path.map_or(Place::Stdout, Place::File);
    let rejects = arguments.inputs.rejects.as_deref().map(Place::File);
    let results: Vec<Place> = [result].into_iter().chain(rejects).collect();
    let read = configuration.path().into_iter().chain(arguments.inputs.paths());
    places::check(&results, &read.collect::<Vec<_>>())?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let question = inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?;
    let Queried { report, mut records } = query(&question, &arguments.sql, &watch)?;
    places::check_no_input(&result, &records.files)?;
    let rejects = list::tell(&mut records, &arguments.inputs)?;
    let terminal = path.map_or_else(Terminal::of_stdout, |_| Terminal::default());
    let options = match formats::options(format, &arguments.csv, false, terminal) {
        FormatOptions::Parquet(_) => FormatOptions::Parquet(parquet_options(arguments.parquet_decimal)),
        options => options,
    };
    let output = outputs::write(path, report.rows.len(), Hashing::Off, (&options).into(), |out| {
        write(&report, &options, out)
    })?;
    output.commit()?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(Status::of(&records.provenance.notices))
}
