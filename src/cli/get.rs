//! `usagebook get`: one record.

use anyhow::bail;
use usagebook::error::Error;
use usagebook::listing::{self, RecordReader};
use usagebook::usage::uuid_text;
use usagebook::write::hashing::Hashing;

use super::arguments::GetArguments;
use super::config::Configuration;
use super::progress::Watch;
use super::{Status, faults, inputs, list, notices, outputs, places};

pub fn run(mut arguments: GetArguments) -> anyhow::Result<Status> {
    Configuration::settle(&mut arguments.inputs)?;
    let uuid = listing::parse_record_uuid(&arguments.uuid)?;
    let rendering = list::rendering(&arguments.rendering)?;
    places::check_rejects(&arguments.inputs, &[])?;
    let watch = Watch::start()?;
    let book = inputs::book(&arguments.book)?;
    let months = match &book {
        Some(book) => book.months_of(uuid, arguments.book.version.as_ref())?,
        None => Vec::new(),
    };
    let is_wanted = |period| months.iter().any(|month| month.contains(period));
    let mut intake = list::read(&arguments.inputs, &arguments.book, book.as_ref(), is_wanted, &watch)?;
    let rejects = faults::settle(&mut intake, arguments.inputs.rejects(), Hashing::Off)?;
    notices::print(&intake.notices, arguments.inputs.quiet);
    notices::say(format_args!("{}", intake.accounting));

    let Some(row) = listing::retrieve(&intake.frame, uuid)? else {
        bail!("no record has the uuid {}; list prints those there are", uuid_text(uuid));
    };
    let reader = RecordReader::new(&intake.frame)?;
    watch.check()?;
    outputs::print(1, Hashing::Off, |mut out| {
        let written = reader.write_object(row, &rendering, &mut out).and_then(|()| out.write_all(b"\n"));
        written.map_err(|source| Error::Output { source })
    })?;
    rejects.map_or(Ok(()), outputs::Output::commit)?;
    Ok(Status::of(&intake.notices))
}
