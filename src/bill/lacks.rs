//! What bills lack that their recipients would miss: an address, or a rate of VAT; and which row of which file would have it.

use std::fmt;

use super::Bill;
use super::recipients::{ADDRESS, Known, Owner};
use crate::amount::Amount;
use crate::currency::Currency;
use crate::dimension::{Attribute, Dimension};
use crate::report::Namesakes;
use crate::text::visible::shown;
use crate::text::{counted, grouped_decimal};

/// How many bills a sentence names.
const NAMED_MAX: usize = 10;

/// Something that a bill lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lack {
    what: Lacking,
    row: MissingRow,
    /// What has no rate, by currency.
    nets: Vec<(Currency, Amount)>,
}

/// What a bill can lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// The recipient's address.
    Address,
    /// A rate of VAT, or a sentence that says why there is none, of some of its amounts.
    VatRate,
}

/// Why it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MissingRow {
    /// No file has the column.
    NoColumn,
    /// The file has no row for this.
    NoRow { file: String, of: String },
    /// The row has no value.
    Empty { file: String, of: String },
}

impl Lacking {
    fn attribute(self) -> &'static str {
        match self {
            Self::Address => ADDRESS,
            Self::VatRate => Attribute::VAT_RATE,
        }
    }
}

impl Lack {
    pub(super) fn address(known: &Known<'_>, per: Dimension, owner: Owner) -> Self {
        Self { what: Lacking::Address, row: known.missing_row(ADDRESS, per, owner), nets: Vec::new() }
    }

    pub(super) fn vat_rate(
        known: &Known<'_>,
        per: Dimension,
        owner: Owner,
        nets: Vec<(Currency, Amount)>,
    ) -> Self {
        Self { what: Lacking::VatRate, row: known.missing_row(Attribute::VAT_RATE, per, owner), nets }
    }
}

/// `EUR 100.00; no row for it in customers.csv`
impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let amount = |(currency, net): &(Currency, Amount)| {
            format!("{currency} {}", grouped_decimal(&net.to_string()))
        };
        let nets: Vec<String> = self.nets.iter().map(amount).collect();
        let nets = (!nets.is_empty()).then(|| nets.join(" and "));
        let attribute = self.what.attribute();
        let row = match &self.row {
            MissingRow::NoColumn => None,
            MissingRow::NoRow { file, of } => Some(format!("no row for {of} in {file}")),
            MissingRow::Empty { file, of } => Some(format!("no {attribute} for {of} in {file}")),
        };
        f.write_str(&nets.into_iter().chain(row).collect::<Vec<_>>().join("; "))
    }
}

/// Whether bills lack something of which a file of attributes has the column, so that a row or a cell is missing.
pub fn is_row_missing<'a>(bills: impl IntoIterator<Item = &'a Bill>, what: Lacking) -> bool {
    let mut lacks = bills.into_iter().flat_map(|bill| &bill.lacks).filter(|lack| lack.what == what);
    lacks.any(|lack| lack.row != MissingRow::NoColumn)
}

/// Names the bills that lack something, and the rows that would have it; `None` if no bill does.
///
/// ```text
/// 2 bills have no address: Acme (no row for it in customers.csv), Globex (no address for it in customers.csv)
/// ```
pub fn lacking<'a>(bills: impl IntoIterator<Item = &'a Bill>, what: Lacking) -> Option<String> {
    let lack = |bill: &'a Bill| Some((bill, bill.lacks.iter().find(|lack| lack.what == what)?));
    let found: Vec<(&Bill, &Lack)> = bills.into_iter().filter_map(lack).collect();
    let is_without_column = found.first().map(|(_, lack)| lack.row == MissingRow::NoColumn)?;
    let ids: Vec<String> = found.iter().map(|(bill, _)| bill.recipient.id()).collect();
    let names = found.iter().map(|(bill, _)| bill.recipient.name.as_str());
    let namesakes = Namesakes::new(names.zip(ids.iter().map(String::as_str)));
    let named = |((bill, lack), id): (&(&Bill, &Lack), &String)| {
        let (name, why) = (&bill.recipient.name, lack.to_string());
        let name = format!("{}{}", shown(name), namesakes.mark(name, id));
        if why.is_empty() { name } else { format!("{name} ({why})") }
    };
    let mut named: Vec<String> = found.iter().zip(&ids).take(NAMED_MAX).map(named).collect();
    if found.len() > named.len() {
        named.push(format!("{} more", found.len() - named.len()));
    }
    let lacks = match what {
        Lacking::Address => "no address",
        Lacking::VatRate => "amounts without a VAT rate",
    };
    let verb = if found.len() == 1 { "has" } else { "have" };
    let column = match is_without_column {
        true => format!("; no file of attributes has the column {}", what.attribute()),
        false => String::new(),
    };
    let count = counted(found.len() as u64, "bill");
    Some(format!("{count} {verb} {lacks}: {}{column}", named.join(", ")))
}
