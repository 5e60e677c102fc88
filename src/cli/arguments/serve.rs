//! What can be typed to serve records.

use std::path::PathBuf;

use clap::Args;

use super::{BookArguments, InputArguments, UsageChoice};

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
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", value_parser = super::listen::parse_listen)]
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
