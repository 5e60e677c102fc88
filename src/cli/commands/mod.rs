//! The commands, one file for each: arguments to a question, one call of the library, what came out to its place.

mod acknowledge;
mod add;
mod adjust;
mod backup;
mod bills;
mod check;
mod close;
mod completions;
#[cfg(feature = "desk")]
mod desk;
mod diff;
mod explain;
mod get;
mod history;
mod late;
mod list;
mod man;
mod month;
mod prices;
#[cfg(feature = "pull")]
mod pull;
#[cfg(feature = "query")]
mod query;
mod repair;
pub mod report;
mod restate;
mod retract;
#[cfg(feature = "serve")]
mod serve;
mod stage;
mod statements;
mod status;
mod verify;

use super::Status;
use super::arguments::Command;

/// Does what was asked for.
pub fn run(command: Command) -> anyhow::Result<Status> {
    match command {
        Command::Month(arguments) => month::run(&arguments),
        #[cfg(feature = "desk")]
        Command::Desk(arguments) => desk::run(&arguments),
        Command::Report(arguments) => report::run(*arguments),
        Command::Statements(arguments) => statements::run(*arguments),
        Command::Bills(arguments) => bills::run(*arguments),
        Command::Prices(arguments) => prices::run(arguments),
        Command::Check(arguments) => check::run(*arguments),
        Command::List(arguments) => list::run(*arguments),
        Command::Get(arguments) => get::run(*arguments),
        Command::Stage(arguments) => stage::run(&arguments),
        Command::Add(arguments) => add::run(*arguments),
        Command::Status(arguments) => status::run(&arguments),
        Command::Acknowledge(arguments) => acknowledge::run(&arguments),
        Command::Adjust(arguments) => adjust::run(&arguments),
        Command::Close(arguments) => close::run(&arguments),
        Command::Restate(arguments) => restate::run(&arguments),
        Command::Retract(arguments) => retract::run(&arguments),
        Command::History(arguments) => history::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Repair(arguments) => repair::run(&arguments),
        Command::Diff(arguments) => diff::run(*arguments),
        Command::Late(arguments) => late::run(*arguments),
        Command::Explain(arguments) => explain::run(*arguments),
        #[cfg(feature = "pull")]
        Command::Pull(arguments) => pull::run(*arguments),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(*arguments),
        #[cfg(feature = "query")]
        Command::Query(arguments) => query::run(*arguments),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}
