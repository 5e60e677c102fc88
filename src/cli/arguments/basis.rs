//! What can be typed to have figures made of component usages.

use clap::{Args, ValueEnum};

/// What usage and amounts are made of.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Component usages")]
pub struct BasisArguments {
    /// What usage and amounts are made of [default: component-usage with --prices, if every month has component usages;
    /// else users]
    #[arg(long, value_name = "BASIS")]
    pub basis: Option<BasisChoice>,

    /// Dumps of /api/marketplace-component-usages/: the usage that the portal bills
    ///
    /// Files or folders of JSON or tables, plain, gzip or zstd; can be given several times. Without it a book's own are
    /// used.
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub parents: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BasisChoice {
    /// The usage that the portal bills; what its users do not come to is a row "Not attributed to users"
    ComponentUsage,
    /// The records of users
    Users,
}
