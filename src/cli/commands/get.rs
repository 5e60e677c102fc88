//! `usagebook get`: one record.

use anyhow::bail;
use usagebook::error::Error;
use usagebook::files::hashing::Hashing;
use usagebook::listing::{self, RecordReader};
use usagebook::text::uuid_text;
use usagebook::usecase;

use super::list;
use crate::cli::arguments::GetArguments;
use crate::cli::configuration;
use crate::cli::outputs::{self, Drawn, Output};
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs, places};

pub fn run(mut arguments: GetArguments) -> anyhow::Result<Status> {
    configuration::settle(&mut arguments.inputs)?;
    let uuid = listing::parse_record_uuid(&arguments.uuid)?;
    let rendering = list::rendering(&arguments.rendering)?;
    places::check_rejects(&arguments.inputs, &[])?;
    let watch = Watch::start()?.of(&arguments.inputs);
    let book = inputs::book(&arguments.book)?;
    let question = inputs::question(&arguments.inputs, &arguments.book, book.as_ref(), false)?;
    let mut found = usecase::record(&question, uuid, &watch)?;
    let rejects = list::tell(&mut found.records, &arguments.inputs)?;
    let Some(row) = found.row else {
        bail!("no record has the uuid {}; list prints those there are", uuid_text(uuid));
    };
    let reader = RecordReader::new(&found.records.frame)?;
    outputs::print(1, Hashing::Off, Drawn::ForPrograms, |mut out| {
        let written = reader.write_object(row, &rendering, &mut out).and_then(|()| out.write_all(b"\n"));
        written.map_err(|source| Error::Output { source })
    })?;
    rejects.map_or(Ok(()), Output::commit)?;
    Ok(Status::of(&found.records.provenance.notices))
}
