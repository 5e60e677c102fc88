//! What can be typed to open the desk.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Open the month-end in a browser
///
/// Shows the months of a book, figures with what is behind each of them, warnings, changes and the log, with the prices
/// and attributes of [month] in the configuration. Answers this machine only, and lets in the one browser that opens
/// the address it prints. Answers for
/// warnings go into the book's log; nothing else is changed. Ctrl-C or the button of the desk ends it.
#[derive(Args, Debug)]
#[command(after_long_help = DESK_EXAMPLES)]
pub struct DeskArguments {
    /// The book's folder [default: book of [month] in the configuration]
    #[arg(long, value_name = "DIR")]
    pub book: Option<PathBuf>,

    /// The configuration [default: usagebook.toml in the working folder]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The address of this machine and port to listen on; port 0 for any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = super::listen::parse_listen)]
    pub listen: SocketAddr,

    /// Change nothing in the book: warnings cannot be answered for
    #[arg(long)]
    pub read_only: bool,

    /// Print the address and open no browser
    #[arg(long)]
    pub no_browser: bool,
}

const DESK_EXAMPLES: &str = "\
Examples:
  usagebook desk
  usagebook desk --book usage.book
  usagebook desk --book usage.book --listen 127.0.0.1:8765 --no-browser";
