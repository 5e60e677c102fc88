//! `usagebook man`: a manual page for each command.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use usagebook::error::{Error, Result};
use usagebook::files::access::Access;
use usagebook::files::atomic::AtomicFile;

use crate::cli::Status;
use crate::cli::arguments::{Arguments, ManArguments};
use crate::cli::places::{self, Place};

pub fn run(arguments: &ManArguments) -> anyhow::Result<Status> {
    match &arguments.to {
        Some(folder) => write_pages(folder)?,
        None => {
            let mut out = io::stdout().lock();
            commands().iter().try_for_each(|command| write_page(command, &mut out))?;
            out.flush()?;
        }
    }
    Ok(Status::Done)
}

/// The command, and then all that is below it, as clap names their pages.
fn commands() -> Vec<Command> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    let mut commands = vec![command];
    let mut at = 0;
    while at < commands.len() {
        let below: Vec<Command> = commands[at].get_subcommands().cloned().collect();
        commands.extend(below);
        at += 1;
    }
    commands
}

/// Writes each page to a file of its own. All of them are on disk before the first gets its name.
fn write_pages(folder: &Path) -> Result<()> {
    places::check_outside_books(&Place::Folder(folder))?;
    fs::create_dir_all(folder).map_err(|source| Error::Unwritable { path: folder.to_owned(), source })?;
    let mut pages = Vec::new();
    for command in commands() {
        let path = folder.join(Man::new(command.clone()).get_filename());
        let mut file = AtomicFile::create(&path, Access::Public)?;
        write_page(&command, &mut file).map_err(|source| Error::Unwritable { path, source })?;
        pages.push(file.prepare()?);
    }
    pages.into_iter().try_for_each(|page| page.commit())
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
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("share/man1");
        write_pages(&target).unwrap();
        write_pages(&target).unwrap();
        let mut names: Vec<String> = fs::read_dir(&target)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let mut expected: Vec<String> = Arguments::command()
            .get_subcommands()
            .map(|command| format!("usagebook-{}.1", command.get_name()))
            .collect();
        expected.extend(["usagebook.1", "usagebook-prices-new.1"].map(str::to_owned));
        expected.sort();
        assert_eq!(names, expected);
        for name in &names {
            let page = fs::read_to_string(target.join(name)).unwrap();
            let title = format!(".TH {} 1 ", name.trim_end_matches(".1"));
            assert!(page.contains(&title), "{name}");
        }
        let report = fs::read_to_string(target.join("usagebook-report.1")).unwrap();
        assert!(report.contains("\nusagebook report dumps/ \\-\\-period 2026\\-10\n"));
    }
}
