//! What can be typed about the portal.

use std::path::PathBuf;

use clap::Args;

use super::{AccessArguments, BookArguments, FilterArguments, InputArguments, UsageChoice};

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

/// Answer the endpoint's list and retrieve over HTTP, as the portal does
///
/// GET, HEAD and OPTIONS of /api/marketplace-component-user-usages/ and of a record below it, /openapi.json and
/// /healthz. Records are read once; the order is total, so that pages never overlap. Without a token it answers this
/// machine only. For other machines, put a proxy with TLS in front of it. Changes of a book are served within
/// seconds.
#[derive(Args, Debug)]
#[command(after_long_help = SERVE_EXAMPLES)]
pub struct ServeArguments {
    #[command(flatten)]
    pub inputs: InputArguments,

    #[command(flatten)]
    pub book: BookArguments,

    /// Dumps of /api/marketplace-component-usages/, to answer that endpoint as well
    ///
    /// Files or folders of JSON or CSV, plain, gzip or zstd; can be given several times. Without it a book's own are
    /// served.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,

    #[command(flatten)]
    pub serving: ServingArguments,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "Serving")]
pub struct ServingArguments {
    /// The address and port to listen on; port 0 for any free port
    ///
    /// Other machines are answered with a token only.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = parse_listen)]
    pub listen: std::net::SocketAddr,

    /// Require a token of this file (one on each line), or the one in the environment's USAGEBOOK_TOKEN
    ///
    /// Can be given several times. Clients send it as the header "Authorization: Token …".
    #[arg(long, value_name = "FILE")]
    pub token_file: Vec<PathBuf>,

    /// The start of the links between pages, if a proxy is in front of it [default: from the request]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,

    /// The largest number of records on a page; a request for more gets this many
    #[arg(long, value_name = "RECORDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub page_size_max: u32,

    /// Let web pages of this origin call, as https://app.example.org; can be given several times
    ///
    /// With * web pages of any origin may call, which needs a token.
    #[arg(long, value_name = "ORIGIN")]
    pub cors_origin: Vec<String>,

    /// How usage is written: as a number, 12.5, or as a string, "12.50"
    #[arg(long, value_name = "KIND", default_value = "number")]
    pub usage_as: UsageChoice,
}

const SERVE_EXAMPLES: &str = "\
Examples:
  usagebook serve dumps/
  usagebook serve --book usage.book
  usagebook serve dumps/ --listen 0.0.0.0:8080 --token-file tokens.txt
  usagebook serve dumps/ --base-url https://usage.example.org --cors-origin https://app.example.org";

fn parse_listen(text: &str) -> Result<std::net::SocketAddr, &'static str> {
    let mut addresses = std::net::ToSocketAddrs::to_socket_addrs(text).ok().into_iter().flatten();
    addresses.next().ok_or("expected an address and a port, as 127.0.0.1:8080 or [::1]:8080")
}
