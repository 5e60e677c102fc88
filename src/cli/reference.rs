//! The reference of commands and exit statuses, drawn from what clap knows.
//!
//! `USAGEBOOK_BLESS=1 cargo test reference::` writes the pages anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::arguments::Arguments;

const INDEX: &str = "docs/reference/commands.md";
const FOLDER: &str = "docs/reference/commands";
const STATUSES: &str = "docs/reference/exit-status.md";
/// The command that only builds with its feature have.
const OPTIONAL: &str = "query";
const START: &str = "<!-- generated: exit statuses -->\n";
const END: &str = "<!-- end of generated text -->";

fn commands() -> Command {
    let mut command = Arguments::command().disable_help_subcommand(true);
    command.build();
    command
}

/// Text as Markdown shows it, in one paragraph.
fn inline(text: &str) -> String {
    let mut line = String::new();
    for (index, part) in text.split('`').enumerate() {
        let is_code = index % 2 == 1;
        let part = part.replace('\n', " ");
        match is_code {
            true => line += &format!("`{part}`"),
            false => {
                line += &part.replace('<', "\\<").replace('*', "\\*").replace('[', "\\[").replace("  ", " ")
            }
        }
    }
    line
}

fn index(command: &Command) -> String {
    let mut page = "# Commands\n\nThis reference lists the commands, each with a page of its options. It is for everyone who \
                    runs usagebook.\n\n| command | what it does |\n|---|---|\n"
        .to_owned();
    for command in command.get_subcommands().filter(|command| command.get_name() != OPTIONAL) {
        let name = command.get_name();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(page, "| [`{name}`](commands/{name}.md) | {} |", inline(&about).replace('|', "\\|"));
    }
    page + "\nBuilds with the feature `query` also have [`query`](commands/query.md): ask your own question in SQL.\n\n`usagebook COMMAND --help` prints the same in a terminal, and `usagebook man --to DIR` writes manual pages. \
            [Exit status](exit-status.md)\nlists what each command returns.\n"
}

fn page(command: &Command) -> String {
    let name = command.get_name();
    let mut page = format!(
        "# usagebook {name}\n\nThis reference lists every argument and option of `usagebook {name}`. It is for everyone \
         who runs it.\n\n"
    );
    describe(&mut page, command);
    for subcommand in command.get_subcommands() {
        let _ = writeln!(page, "\n# usagebook {name} {}\n", subcommand.get_name());
        describe(&mut page, subcommand);
    }
    page
}

/// What a command does, how it is called, and its arguments and options.
fn describe(page: &mut String, command: &Command) {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    for paragraph in about.split("\n\n") {
        let _ = writeln!(page, "{}.\n", inline(paragraph).trim_end_matches('.'));
    }
    let usage = command.clone().render_usage().to_string();
    let _ = writeln!(page, "```text\n{}\n```", usage.trim_start_matches("Usage: ").replace("\n      ", "\n"));
    let positionals: Vec<&Arg> = command.get_positionals().collect();
    list(page, "Arguments", &positionals);
    for heading in headings(command) {
        let options: Vec<&Arg> = options(command).filter(|option| title(option) == heading).collect();
        list(page, &heading, &options);
    }
    if let Some(text) = command.get_after_long_help().map(ToString::to_string) {
        let mut lines = text.lines();
        let heading = lines.next().unwrap_or_default().trim_end_matches(':');
        let _ = writeln!(page, "\n## {heading}\n\n```sh");
        lines.for_each(|line| *page += &format!("{}\n", line.trim()));
        *page += "```\n";
    }
}

fn options(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_opts().chain(command.get_arguments().filter(|arg| !arg.get_action().takes_values())).filter(
        |arg| {
            !arg.is_positional()
                && !arg.is_hide_set()
                && !matches!(arg.get_action(), ArgAction::HelpLong | ArgAction::Help)
        },
    )
}

fn title(option: &Arg) -> String {
    option.get_help_heading().unwrap_or("Options").to_owned()
}

/// The headings of a command's options, as `--help` has them.
fn headings(command: &Command) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    for option in options(command) {
        if !headings.contains(&title(option)) {
            headings.push(title(option));
        }
    }
    headings.sort_by_key(|heading| heading != "Options");
    headings
}

fn list(page: &mut String, heading: &str, arguments: &[&Arg]) {
    if arguments.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n## {heading}\n");
    for argument in arguments {
        let help =
            argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let mut sentences: Vec<String> = help.split("\n\n").map(inline).collect();
        sentences.extend(values(argument));
        let body: Vec<String> = sentences
            .iter()
            .filter(|text| !text.is_empty())
            .map(|text| format!("{}.", text.trim_end_matches('.')))
            .collect();
        let _ = writeln!(page, "- `{}`: {}", spelled(argument), body.join(" "));
    }
}

/// `-o, --output <FILE>`
fn spelled(argument: &Arg) -> String {
    let value = argument.to_string();
    match argument.get_short() {
        Some(short) => format!("-{short}, {value}"),
        None => value,
    }
}

/// What an argument can be, and what it is if nobody says so.
fn values(argument: &Arg) -> Vec<String> {
    let mut sentences = Vec::new();
    if argument.get_action().takes_values() {
        let possible: Vec<String> = argument
            .get_possible_values()
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(|value| format!("`{}`", value.get_name()))
            .collect();
        if !possible.is_empty() && !argument.is_hide_possible_values_set() {
            sentences.push(format!("Values: {}", possible.join(", ")));
        }
        let defaults: Vec<String> =
            argument.get_default_values().iter().map(|value| format!("`{}`", value.display())).collect();
        if !defaults.is_empty() && !argument.is_hide_default_value_set() {
            sentences.push(format!("Default: {}", defaults.join(", ")));
        }
    }
    sentences
}

/// The statuses of the help as a table, in the page about them.
fn statuses(command: &Command, page: &str) -> String {
    let help = command.get_after_long_help().expect("the help lists the statuses").to_string();
    let mut table = "| status | meaning |\n|---|---|\n".to_owned();
    for line in help.lines().skip(1) {
        let (status, meaning) = line.trim().split_once(' ').expect("a status and its meaning");
        let _ = writeln!(table, "| {status} | {} |", meaning.trim());
    }
    let (before, rest) = page.split_once(START).expect("a place for the statuses");
    let (_, after) = rest.split_once(END).expect("its end");
    format!("{before}{START}\n{table}\n{END}{after}")
}

/// Compares a page with what it should be, or writes it.
fn settle(path: &Path, expected: &str) {
    if std::env::var_os("USAGEBOOK_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{}: run this test with USAGEBOOK_BLESS=1\n--- expected\n{expected}",
        path.display()
    );
}

#[test]
fn every_command_has_its_page_and_the_page_every_option() {
    let command = commands();
    settle(Path::new(INDEX), &index(&command));
    let mut pages = Vec::new();
    for subcommand in command.get_subcommands() {
        let path = Path::new(FOLDER).join(format!("{}.md", subcommand.get_name()));
        let text = page(subcommand);
        for option in options(subcommand).chain(subcommand.get_subcommands().flat_map(options)) {
            let flag = format!("--{}", option.get_long().expect("options have long names"));
            assert!(text.contains(&flag), "{}: {flag}", path.display());
        }
        settle(&path, &text);
        pages.push(path);
    }
    let mut found: Vec<_> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| cfg!(feature = "query") || !path.ends_with("query.md"));
    found.sort();
    pages.sort();
    assert_eq!(found, pages, "a page of a command that does not exist");
}

#[test]
fn the_exit_statuses_are_those_of_the_help() {
    let path = Path::new(STATUSES);
    let page = fs::read_to_string(path).unwrap();
    settle(path, &statuses(&commands(), &page));
}
