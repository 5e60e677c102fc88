//! What can be typed to stage dumps.

use std::path::PathBuf;

use clap::Args;

use super::{AccessArguments, InputArguments, parse_timezone};

/// Write dumps as Parquet, checked and with nothing decided, to be reported on together, by usagebook or in a cluster
///
/// Each dump becomes a folder in DIR, which appears complete or not at all. Staging the same dump again changes nothing.
/// Several processes, also on several machines, can stage dumps into one folder at once. Memory does not grow with the
/// records. Other commands read the staged folder as they read the dumps.
#[derive(Args, Debug)]
#[command(after_long_help = STAGE_EXAMPLES)]
pub struct StageArguments {
    /// Files, folders (read with all folders in them), patterns as "dumps/2026-*.json", or - for standard input
    #[arg(value_name = "DUMP", required = true)]
    pub inputs: Vec<String>,

    /// The folder of staged dumps; it is made if it is missing
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,

    /// Stage these lists of component usages (/api/marketplace-component-usages/), the parents of records, too
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    /// The configuration, for its time zone [default: usagebook.toml in the working folder, if it exists]
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub config: Option<PathBuf>,

    /// The zone in which dates are read: an IANA name, as Europe/Tallinn [default: the configuration's, else UTC]
    #[arg(long, value_name = "ZONE", value_parser = parse_timezone, help_heading = "Reading")]
    pub timezone: Option<chrono_tz::Tz>,

    /// How many threads read [default: one for each core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Reading")]
    pub threads: Option<u16>,

    /// Print no progress and no notes; warnings are still printed
    #[arg(short, long, help_heading = "Reading")]
    pub quiet: bool,

    #[command(flatten)]
    pub access: AccessArguments,
}

const STAGE_EXAMPLES: &str = "\
Examples:
  usagebook stage dumps/2026-10/ --to staged/
  ls -d dumps/*/ | xargs -n 1 -P 8 usagebook stage --to staged/
  usagebook stage dumps/2026-10/ --parents component-usages/2026-10/ --to staged/
  usagebook report staged/ --period 2026-10 --prices rates.toml";

impl StageArguments {
    /// The same as arguments of a command that reads inputs.
    pub fn inputs(&self) -> InputArguments {
        InputArguments {
            inputs: self.inputs.clone(),
            config: self.config.clone(),
            timezone: self.timezone,
            rejects: None,
            access: self.access,
            accept_incomplete: false,
            threads: self.threads,
            quiet: self.quiet,
            verbose: false,
        }
    }
}
