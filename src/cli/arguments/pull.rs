//! What can be typed to pull a dump.

use std::path::PathBuf;

use clap::Args;

use super::{AccessArguments, FilterArguments};

/// Download a dump from the portal, and prove that it is complete
///
/// Saves the pages byte for byte in a folder, with an index and a verdict. Reads the list in slices until it has as
/// many records as the server counted, and reads again what changed meanwhile. After an interruption, --resume
/// continues.
#[derive(Args, Debug)]
#[command(after_long_help = PULL_EXAMPLES)]
pub struct PullArguments {
    /// The portal's address, as https://portal.example.org
    #[arg(long, value_name = "URL")]
    pub url: String,

    /// The folder for the pages; created if it does not exist
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,

    /// The file with the token [default: the environment's WALDUR_TOKEN]
    ///
    /// A login token (sent as "Token …") or a personal access token (sent as "Bearer …"): the portal says which it is.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,

    /// The months to pull, as 2026-10, 2026-07..2026-10, 2026-Q3, 2026 or last-month; can be given several times
    /// [default: all there are]
    #[arg(long, value_name = "PERIOD")]
    pub period: Vec<String>,

    /// Pull the component usages too, for `check --parents`: into the folder component-usages in DIR
    #[arg(long)]
    pub parents: bool,

    /// Pull the invoices too, for `check --invoices`: into the folder invoices in DIR
    #[arg(long)]
    pub invoices: bool,

    /// Pull customers, projects and offering users too, for `report --attributes`: into the folders customers, projects
    /// and offering-users in DIR
    #[arg(long)]
    pub attributes: bool,

    /// Continue an interrupted pull, without downloading again what is complete
    #[arg(long)]
    pub resume: bool,

    /// How many requests are sent at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), help_heading = "Connection")]
    pub jobs: u16,

    /// The largest number of requests in a second [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Connection")]
    pub rate: Option<u32>,

    /// The certificates (PEM) to trust, and no others [default: those of Mozilla]
    #[arg(long, value_name = "FILE", help_heading = "Connection")]
    pub ca_file: Option<PathBuf>,

    /// Print the verdict only
    #[arg(short, long)]
    pub quiet: bool,

    #[command(flatten)]
    pub access: AccessArguments,

    #[command(flatten)]
    pub filters: FilterArguments,
}

const PULL_EXAMPLES: &str = "\
Examples:
  usagebook pull --url https://portal.example.org --to dumps/october --period 2026-10 --token-file token
  usagebook pull --url https://portal.example.org --to dumps/all --parents --invoices --jobs 4 --resume";
