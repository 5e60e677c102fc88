//! `usagebook man`: the manual page of the command and all subcommands.

use std::io::{self, Write};

use clap::{Command, CommandFactory as _};
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
    write_page(&command, out)?;
    command.get_subcommands().try_for_each(|subcommand| write_page(subcommand, out))
}

fn write_page(command: &Command, out: &mut dyn Write) -> io::Result<()> {
    let man = Man::new(command.clone()).source(concat!("usagebook ", env!("CARGO_PKG_VERSION")));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if command.has_subcommands() {
        man.render_subcommands_section(out)?;
    }
    match command.get_after_long_help() {
        Some(text) => write_section(&text.to_string(), out),
        None => Ok(()),
    }
}

/// A heading that ends in a colon, and lines that stay as they are.
fn write_section(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = text.lines();
    let heading = lines.next().unwrap_or_default().trim_end_matches(':').to_uppercase();
    writeln!(out, ".SH \"{heading}\"\n.nf")?;
    for line in lines {
        // A backslash and a hyphen mean something else in roff.
        writeln!(out, "{}", line.trim_start().replace('\\', "\\e").replace('-', "\\-"))?;
    }
    writeln!(out, ".fi")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_page_and_examples_can_be_copied() {
        let mut roff = Vec::new();
        write(&mut roff).unwrap();
        let roff = String::from_utf8(roff).unwrap();
        for name in ["usagebook", "usagebook-report", "usagebook-list", "usagebook-get"] {
            assert!(roff.contains(&format!(".TH {name} ")), "{name}");
        }
        assert!(roff.contains("\nusagebook report dumps/ \\-\\-period 2026\\-10\n"));
    }
}
