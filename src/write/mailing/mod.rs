//! What goes with statements: the names of their files, a page that lists them, and a table to send them by.

mod merge;
mod names;

use std::io::Write;

pub use self::names::stem;
use super::csv::CsvOptions;
use crate::error::Result;
use crate::pack::Tie;
use crate::usage::Entity;

/// What was written for a customer.
#[derive(Clone, Debug)]
pub struct Mailed {
    pub customer: Entity,
    /// What it comes to, by unit.
    pub ties: Vec<Tie>,
    /// One for each format, in the order of these.
    pub files: Vec<String>,
}

/// The table to send statements by: one row for each customer.
pub fn write_mail_merge(
    mailed: &[Mailed],
    formats: &[&str],
    period: &str,
    options: &CsvOptions,
    out: &mut dyn Write,
) -> Result<()> {
    merge::write(mailed, formats, period, options, out)
}
