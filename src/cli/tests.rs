use std::path::PathBuf;

use clap::{CommandFactory as _, Parser as _};
use usagebook::dimension::{Attribute, Dimension};
use usagebook::filter::Filter;
use usagebook::usecase::AsOf;
use usagebook::write::{Format, FormatOptions};

use super::arguments::{Arguments, Command, ReportArguments};
use super::commands::report::request::{ReportRequest, Target};
use super::terminal::Terminal;
use usagebook::config::Configuration;

fn parsed(line: &str) -> Result<Command, String> {
    let words = line.split_whitespace();
    Arguments::try_parse_from(words).map(|arguments| arguments.command).map_err(|error| error.to_string())
}

fn report_arguments(flags: &str) -> ReportArguments {
    match parsed(&format!("usagebook report dumps/ {flags}")) {
        Ok(Command::Report(arguments)) => *arguments,
        other => panic!("{flags}: {other:?}"),
    }
}

/// The request that flags of `report` stand for, or the message that refuses them.
fn request(flags: &str) -> Result<ReportRequest, String> {
    let terminal = Terminal { is_terminal: true, width: Some(80), has_color: true };
    let configuration = Configuration::default();
    ReportRequest::new(&report_arguments(flags), &configuration, &[], terminal).map_err(|error| {
        assert!(super::words::is_misuse(&error), "{error}");
        super::words::message(&error)
    })
}

fn target(flags: &str) -> Target {
    request(flags).unwrap().target
}

#[test]
fn the_flags_are_well_formed() {
    Arguments::command().debug_assert();
}

#[test]
fn every_filter_has_a_flag_of_its_name_in_every_command_that_filters() {
    for filter in Filter::ALL {
        let flag = filter.name().replace("__", "-").replace('_', "-");
        let commands = [
            "report dumps/",
            "list dumps/",
            "explain --book usage.book --period 2026-10",
            "pull --url u --to dumps/",
        ];
        for command in commands {
            let line = format!("usagebook {command} --{flag} a --{flag} b");
            let filters = match parsed(&line) {
                Ok(Command::Pull(arguments)) => arguments.filters,
                Ok(Command::Report(arguments)) => arguments.filters,
                Ok(Command::List(arguments)) => arguments.filters,
                Ok(Command::Explain(arguments)) => arguments.filters,
                other => panic!("{line}: {other:?}"),
            };
            assert_eq!(filters.values(filter), ["a", "b"], "{line}");
        }
    }
}

#[test]
fn the_ending_of_the_output_names_the_format_unless_a_flag_does() {
    let file = |name: &str, format: Format| Target::Report(Some(PathBuf::from(name)), format.with_defaults());
    assert_eq!(target("-o a.csv"), file("a.csv", Format::Csv));
    assert_eq!(target("-o a.PARQUET"), file("a.PARQUET", Format::Parquet));
    assert_eq!(target("-o a.txt"), file("a.txt", Format::Table));
    assert_eq!(target("-o a.csv --format json"), file("a.csv", Format::Json));
    assert_eq!(target("-o - --format json"), Target::Report(None, Format::Json.with_defaults()));
    let refused = request("-o a.xlsb").unwrap_err();
    assert!(refused.contains("needs --format"), "{refused}");
}

#[test]
fn only_a_terminal_gives_a_table_its_width_and_color() {
    let Target::Report(None, FormatOptions::Table(on_terminal)) = target("") else { panic!("no table") };
    assert_eq!((on_terminal.width, on_terminal.has_color), (Some(80), true));
    let Target::Report(Some(_), FormatOptions::Table(in_file)) = target("-o a.txt") else {
        panic!("no table")
    };
    assert_eq!((in_file.width, in_file.has_color), (None, false));
}

#[test]
fn flags_that_contradict_one_another_are_refused_with_what_to_do() {
    for (flags, message) in [
        ("--partition-by period", "--partition-by period needs -o FOLDER"),
        ("--partition-by period -o lake --format csv", "--partition-by period needs --format parquet"),
        ("--partition-by period -o lake --by customer", "--partition-by period needs period among --by"),
        ("--pivot period --format parquet", "--pivot period needs another format than parquet"),
        (
            "--pivot period --by customer",
            "--pivot needs a column of time; put period, quarter or year in --by",
        ),
        ("--pivot period --compare previous-month", "--compare needs rows of periods; leave --pivot out"),
        (
            "--totals -o a.parquet",
            "--totals needs another format than parquet, which has the totals in its metadata",
        ),
        ("--csv-profile excel", "--csv-profile needs --format csv or tsv"),
        ("--csv-separator semicolon --format tsv", "--csv-separator needs --format csv"),
        ("--csv-decimal comma --format json", "--csv-decimal needs --format csv or tsv"),
        ("--csv-decimal comma --format csv", "--csv-decimal comma needs --csv-profile excel"),
        ("--parquet-decimal 38 -o a.csv", "--parquet-decimal needs --format parquet"),
        ("--format parquet", "--format parquet needs -o FILE or a pipe"),
    ] {
        assert_eq!(request(flags).unwrap_err(), message, "{flags}");
    }
}

#[test]
fn what_can_not_be_understood_is_refused_before_anything_is_read() {
    for flags in [
        "--period 2026-13",
        "--period 2026-10..2026-09",
        "--by custmer",
        "--by period,year",
        "--customer-uuid abc",
        "--date-after 2026-02-30",
    ] {
        assert!(request(flags).is_err(), "{flags}");
    }
    for flags in
        ["--top 0", "--fiscal-year-start 13", "--timezone Mars", "--as-of soon", "-q -v", "--threads 0"]
    {
        assert!(parsed(&format!("usagebook report dumps/ {flags}")).is_err(), "{flags}");
    }
    for flags in ["--page 2 --all", "--page-size x", "--format parquet", "--usage-as float"] {
        assert!(parsed(&format!("usagebook list dumps/ {flags}")).is_err(), "{flags}");
    }
}

#[test]
fn the_day_of_a_time_is_that_of_the_zone() {
    let arguments = report_arguments("--as-of 2026-10-31T23:30:00Z");
    let as_of = arguments.as_of.unwrap();
    assert!(matches!(as_of, AsOf::Time(_)));
    assert_eq!(as_of.day(chrono_tz::Europe::Tallinn).to_string(), "2026-11-01");
}

#[test]
fn an_ordering_may_begin_with_a_minus() {
    let Ok(Command::List(arguments)) = parsed("usagebook list dumps/ --o -usage --o username") else {
        panic!("not understood")
    };
    assert_eq!(arguments.o, ["-usage", "username"]);
}

#[test]
fn the_examples_of_the_help_are_real() {
    let mut examples = 0;
    for command in Arguments::command().get_subcommands() {
        let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        for line in help.lines().map(str::trim).filter(|line| line.starts_with("usagebook ")) {
            match parsed(line) {
                Ok(Command::Report(arguments)) => {
                    let own = [Attribute::new("cost_centre", Dimension::Customer)];
                    let configuration = Configuration::default();
                    drop(ReportRequest::new(&arguments, &configuration, &own, Terminal::default()).unwrap())
                }
                Ok(_) => {}
                Err(error) => panic!("{line}: {error}"),
            }
            examples += 1;
        }
    }
    assert!(examples >= 8, "{examples}");
}

#[test]
fn a_closed_pipe_is_no_error_and_other_errors_have_their_codes() {
    use std::io::{Error as IoError, ErrorKind};
    use usagebook::error::Error;
    let output = |kind| anyhow::Error::from(Error::Output { source: IoError::from(kind) });
    assert_eq!(super::explain(&output(ErrorKind::BrokenPipe)), 0);
    assert_eq!(super::explain(&output(ErrorKind::StorageFull)), 1);
    assert_eq!(super::explain(&Error::Interrupted.into()), 130);
    assert_eq!(super::explain(&Error::UnknownPeriod { text: "x".to_owned() }.into()), 2);
}
