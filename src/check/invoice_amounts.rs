//! What was billed against what the price list makes of the usage: amounts by resource, component and month.

use std::collections::BTreeMap;

use super::Outcome;
use super::charged::{Charged, Charges};
use super::examples::Candidates;
use super::invoice_lines::{Invoiced, Key, Line, Used};
use super::invoices::notice;
use super::rows::Rows;
use crate::currency::Currency;
use crate::notice::{Code, Severity};
use crate::objects::{InvoiceItems, InvoiceQuantity};
use crate::text::grouped_decimal;

const CODE: Code = Code::InvoiceAmountDiffers;

/// The lines whose amounts differ.
#[derive(Default)]
struct Differences<'a> {
    differing: Candidates<(Key<'a>, Line<'a>)>,
    /// By no more than the rounding of each item and component usage.
    rounded: Candidates<(Key<'a>, Line<'a>)>,
    /// Billed, and without a price in the list or with prices in several currencies.
    unpriced: Candidates<(Key<'a>, Line<'a>)>,
    /// What the invoices have more than the price list makes, of all lines.
    sums: BTreeMap<Currency, InvoiceQuantity>,
}

pub(super) fn check(
    rows: &Rows,
    invoices: &InvoiceItems,
    lines: &BTreeMap<Key<'_>, Line<'_>>,
    outcome: &mut Outcome,
) {
    let is_incomplete =
        invoices.is_incomplete || rows.subject.parents.is_some_and(|parents| parents.is_incomplete);
    let has_amounts =
        lines.values().any(|line| line.invoiced.as_ref().is_some_and(|invoiced| invoiced.amount.is_some()));
    let reason = match rows.subject.charges {
        Charges::Unknown(reason) => Some(*reason),
        Charges::Known(_) if is_incomplete => Some("amounts are compared with complete dumps only"),
        Charges::Known(_) if !has_amounts => Some("the invoices given have no price on their items"),
        Charges::Known(_) => None,
    };
    if let Some(reason) = reason {
        return outcome.not_checked(&[CODE], reason);
    }
    let mut differences = Differences::default();
    for (key, line) in lines {
        if let (Some(used), Some(invoiced)) = (&line.used, &line.invoiced) {
            differences.put(*key, line, used, invoiced);
        }
    }
    outcome.checked(&[CODE]);
    let Differences { differing, rounded, unpriced, sums } = differences;
    let in_all = in_words(&sums);
    outcome.notices.extend(notice(Severity::Warning, CODE, differing, |lines| {
        format!(
            "{lines} another amount on the invoice than the price list makes of the usage. The invoices have {in_all}."
        )
    }));
    outcome.notices.extend(notice(Severity::Note, CODE, rounded, |lines| {
        format!(
            "{lines} an amount on the invoice that differs from the price list's by no more than rounding."
        )
    }));
    outcome.notices.extend(notice(Severity::Note, CODE, unpriced, |lines| {
        format!(
            "{lines} an amount on the invoice and no price in the price list, or prices in several currencies; not compared."
        )
    }));
}

impl<'a> Differences<'a> {
    fn put(&mut self, key: Key<'a>, line: &Line<'a>, used: &Used, invoiced: &Invoiced) {
        let Some(billed) = invoiced.amount else { return };
        // What is in two units has no common price.
        let is_of_one_unit = invoiced.units.is_subset(&used.units) && used.units.len() == 1;
        if !is_of_one_unit || invoiced.is_of_old_slurm {
            return;
        }
        let [charged] = line.charged else {
            if billed != InvoiceQuantity::default() {
                self.unpriced.push(billed.abs().weight(), (key, line.clone()));
            }
            return;
        };
        let difference = difference(charged, billed);
        *self.sums.entry(charged.currency).or_default() += difference;
        let weight = difference.abs().weight();
        let bound = InvoiceQuantity::half_hundredths(invoiced.items + charged.lines);
        match weight {
            0 => {}
            _ if difference.abs() <= bound => self.rounded.push(weight, (key, line.clone())),
            _ => self.differing.push(weight, (key, line.clone())),
        }
    }
}

/// What an invoice has more than the price list makes.
fn difference(charged: &Charged, billed: InvoiceQuantity) -> InvoiceQuantity {
    billed - InvoiceQuantity::from(charged.amount)
}

/// What an example says of amounts: that of the price list, that of the invoice, the difference.
pub(super) fn figures(line: &Line<'_>) -> Vec<(&'static str, String)> {
    let billed = line.invoiced.as_ref().and_then(|invoiced| invoiced.amount);
    let charged =
        line.charged.iter().map(|charged| format!("{} {}", charged.currency.code(), charged.amount));
    let mut figures: Vec<_> = charged.map(|amount| ("price list", amount)).collect();
    if let ([first, others @ ..], Some(billed)) = (line.charged, billed) {
        figures.push(("invoice amount", billed.to_string()));
        if others.is_empty() {
            figures.push(("difference", difference(first, billed).to_string()));
        }
    }
    figures
}

/// `EUR 8.10 more and USD 3.00 less in all`.
fn in_words(sums: &BTreeMap<Currency, InvoiceQuantity>) -> String {
    let zero = InvoiceQuantity::default();
    let sum = |(currency, sum): (&Currency, &InvoiceQuantity)| {
        let direction = if *sum < zero { "less" } else { "more" };
        format!("{} {} {direction}", currency.code(), grouped_decimal(&sum.abs().to_string()))
    };
    format!("{} in all", sums.iter().map(sum).collect::<Vec<_>>().join(" and "))
}
