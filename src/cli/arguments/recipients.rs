//! What can be typed of statements and bills alike: of which months, and for whom.

use clap::Args;
use usagebook::usecase::AsOf;

use super::parse_as_of;

/// Months and recipients.
#[derive(Args, Debug)]
pub struct RecipientArguments {
    /// The months
    ///
    /// 2026-10, 2026-07..2026-10 (both included), 2026-Q3, 2026, fy2026 (the fiscal year that ends in 2026) or
    /// last-month (the last complete month on --as-of).
    #[arg(long, value_name = "PERIOD")]
    pub period: String,

    /// Who gets one: customer, project, or a column of --attributes or of those that a month was closed with, as
    /// cost_centre [default: customer; for issued bills, as the month was billed before]
    #[arg(long, value_name = "RECIPIENT")]
    pub per: Option<String>,

    /// The as-of date of the data, and the date of bills: a date, or a time with its offset [default: the time of the
    /// dump's index, else this machine's date; for issued bills, this machine's date]
    #[arg(long, value_name = "TIME", value_parser = parse_as_of)]
    pub as_of: Option<AsOf>,

    /// The month in which fiscal years begin, 1 to 12 [default: the configuration's, else 1]
    #[arg(long, value_name = "MONTH", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub fiscal_year_start: Option<u32>,
}
