//! What goes with statements: the names of their files, a page that lists them, and a table to send them by.

mod index;
mod merge;
mod names;

use std::io::Write;

pub(crate) use self::names::stem;
use super::csv::CsvOptions;
use super::grid::NO_TEXT;
use super::html;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::letterhead::Letterhead;
use crate::pack::{Addressee, MoneyTie, Tie, UnitTotal};
use crate::report::Provenance;
use crate::text::grouped_decimal;

/// What was written for a recipient.
#[derive(Clone, Debug)]
pub struct Mailed {
    /// Who is addressed.
    pub addressee: Addressee,
    /// What it comes to, by unit.
    pub ties: Vec<Tie>,
    /// By currency; none if usage has no prices.
    pub money_ties: Vec<MoneyTie>,
    /// The names of its files, one for each format in the order of these.
    pub files: Vec<String>,
}

/// All that was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mailing<'a> {
    /// In the order of names, then uuids.
    pub(crate) mailed: &'a [Mailed],
    /// What recipients are.
    pub(crate) per: Dimension,
    pub(crate) formats: &'a [&'static str],
    /// What all statements come to, by unit.
    pub(crate) totals: &'a [(String, UnitTotal)],
    /// What they come to, by currency.
    pub(crate) money_totals: &'a [(String, Amount)],
    /// Of all recipients together.
    pub(crate) provenance: &'a Provenance,
    pub(crate) letterhead: &'a Letterhead,
}

impl Mailing<'_> {
    /// A page of the recipients, with links to their files beside it. It fetches nothing, and runs nothing.
    pub(crate) fn write_index(&self, out: &mut dyn Write) -> Result<()> {
        html::put(&index::page(self), out)
    }

    /// A table to send statements by: one row for each recipient, for spreadsheets and programs that send letters.
    pub(crate) fn write_mail_merge(&self, options: &CsvOptions, out: &mut dyn Write) -> Result<()> {
        merge::write(self, options, out)
    }

    fn period(&self) -> String {
        self.provenance.period.map(|period| period.to_string()).unwrap_or_default()
    }
}

/// `1,012.50 hour; 3.00 GB`
fn totals<'a>(amounts: impl Iterator<Item = (&'a str, UnitTotal)>) -> String {
    let total = |(unit, amount): (&str, UnitTotal)| {
        let unit = if unit.is_empty() { NO_TEXT } else { unit };
        format!("{} {unit}", grouped_decimal(&amount.usage.to_string()))
    };
    amounts.map(total).collect::<Vec<_>>().join("; ")
}

fn amounts(ties: &[Tie]) -> impl Iterator<Item = (&str, UnitTotal)> {
    ties.iter().map(|tie| (tie.measured_unit.as_str(), tie.total))
}

fn records(ties: &[Tie]) -> u64 {
    ties.iter().map(|tie| tie.total.records).sum()
}
