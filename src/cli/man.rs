//! `usagebook man`: the manual page of the command and all subcommands.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_mangen::Man;

use super::Status;
use super::arguments::Arguments;

pub fn run() -> anyhow::Result<Status> {
    let mut out = io::stdout().lock();
    write(&mut out)?;
    out.flush()?;
    Ok(Status::Done)
}

fn write(out: &mut dyn Write) -> io::Result<()> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let subcommands: Vec<_> = command.get_subcommands().cloned().collect();
    Man::new(command).render(out)?;
    subcommands.into_iter().try_for_each(|subcommand| Man::new(subcommand).render(out))
}
