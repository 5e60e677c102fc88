//! `usagebook stage`: dumps to Parquet, one folder a dump.

use usagebook::error::Error;
use usagebook::ingest::{StageRequest, Staged};
use usagebook::text::{counted, visible};
use usagebook::usecase;

use crate::cli::arguments::StageArguments;
use crate::cli::configuration;
use crate::cli::notices::say;
use crate::cli::outputs::print_text;
use crate::cli::places::{self, Place};
use crate::cli::progress::Watch;
use crate::cli::{Status, inputs};

pub fn run(arguments: &StageArguments) -> anyhow::Result<Status> {
    let mut settled = arguments.inputs();
    configuration::settle(&mut settled)?;
    places::check(&[Place::Folder(&arguments.to)], &settled.paths().collect::<Vec<_>>())?;
    let watch = Watch::start()?.of(&settled);
    let reading = inputs::request(&settled);
    let request = StageRequest {
        inputs: reading.inputs,
        timezone: reading.reading.timezone,
        threads: reading.threads,
        to: arguments.to.clone(),
        access: arguments.access.private(),
    };
    let staged = usecase::stage(&request, &arguments.parents, &watch)?;
    print_text(&staged.iter().map(described).collect::<String>()).map_err(Error::after_commit)?;
    let rejected: u64 = staged.iter().map(|dump| dump.rejected).sum();
    if rejected > 0 {
        let rejected = counted(rejected, "record or file");
        say(format_args!("warning: {rejected} rejected; a report of the staged dumps says which and why"));
    }
    Ok(if rejected > 0 { Status::Warnings } else { Status::Done })
}

/// `staged/3f2a1b0c9d8e7f60: 22,085 records of dumps/october`
fn described(dump: &Staged) -> String {
    let (folder, label) = (dump.folder.display().to_string(), &dump.label);
    let records = counted(dump.records, dump.noun);
    let already = if dump.is_new { "" } else { ", staged before: nothing new" };
    format!("{}: {records} of {}{already}\n", visible(&folder), visible(label))
}
