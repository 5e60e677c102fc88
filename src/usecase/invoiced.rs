//! What was issued of months, as invoices of FOCUS have it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::issue::{issued_bills, per_of};
use super::issued::amount_of;
use super::watch::Watch;
use crate::amount::Amount;
use crate::bill::{Bill, BillPart, Side};
use crate::book::{Book, Issue, IssuedDocument};
use crate::error::{Error, Result};
use crate::price::{FocusInvoiceDetail, FocusInvoices, TAX};
use crate::report::{MonthState, Status, charge_category};
use crate::text::uuid_text;

/// All documents that were issued of months up to the versions that they are shown in.
pub(super) fn invoices(
    book: &Book,
    states: &[MonthState],
    clock: DateTime<Utc>,
    watch: &dyn Watch,
) -> Result<FocusInvoices> {
    let mut invoices = FocusInvoices::default();
    for MonthState { period, state } in states {
        let (Status::Version { version, .. } | Status::Closed { version, .. }) = state else { continue };
        for issue in book.issues_of(*period).filter(|issue| issue.version <= *version) {
            let mut details = Vec::new();
            for (document, bill) in issued_bills(book, issue, clock, watch)? {
                details.extend(details_of(issue, &document, &bill)?);
            }
            invoices.put((*period, issue.version), per_of(book, issue), details);
        }
    }
    Ok(invoices)
}

/// What a document comes to, by currency, kind of charge and customer. Its VAT is of its customer, or of the recipient if
/// it has several.
fn details_of(issue: &Issue, document: &IssuedDocument, bill: &Bill) -> Result<Vec<FocusInvoiceDetail>> {
    let title = format!("{} {} for {}", document.kind.in_words(), document.number, issue.period.in_words());
    let mut details = Vec::new();
    for part in &bill.parts {
        let detail = |account: &str, category, rate: Option<&str>, billed| FocusInvoiceDetail {
            period: issue.period,
            version: issue.version,
            recipient: document.recipient.clone(),
            number: document.number.clone(),
            reference: document.corrects.first().unwrap_or(&document.number).clone(),
            title: title.clone(),
            account: account.to_owned(),
            currency: part.currency,
            category,
            rate: rate.map(str::to_owned),
            billed,
            date: issue.date,
            due: document.due,
            time: issue.time,
            purchase_orders: bill.recipient.purchase_orders.clone(),
        };
        let sums = sums(part);
        let mut accounts: Vec<&String> = sums.keys().map(|(_, account)| account).collect();
        accounts.dedup();
        let payer = match &*accounts {
            [first, rest @ ..] if rest.iter().all(|other| other == first) => first.as_str(),
            _ => &document.recipient,
        };
        let of_part = details.len();
        details.extend(sums.iter().map(|((category, account), sum)| detail(account, category, None, *sum)));
        let taxed = part.vat.iter().filter(|vat| vat.amount != Amount::ZERO);
        details.extend(taxed.map(|vat| detail(payer, TAX, Some(&vat.rate), vat.amount)));
        let total: Amount = details[of_part..].iter().fold(Amount::ZERO, |sum, detail| sum + detail.billed);
        let known = document.amounts.iter().find(|amount| amount.currency == part.currency.code());
        if known.is_none_or(|known| amount_of(&known.total, &known.currency) != total) {
            return Err(Error::BillsNotTied);
        }
    }
    Ok(details)
}

/// Lines and credits, by kind of charge and customer.
fn sums(part: &BillPart) -> BTreeMap<(&'static str, String), Amount> {
    let zero = Amount::new(0, part.currency.minor_unit());
    let mut sums = BTreeMap::new();
    for (_, _, line) in part.lines() {
        *sums.entry(("Usage", uuid_text(line.customer_uuid))).or_insert(zero) += line.amount;
    }
    for credit in &part.credits {
        // What takes a credit back is of the credit's own category.
        let own = if credit.side == Some(Side::Before) { -credit.amount } else { credit.amount };
        *sums.entry((charge_category(own), uuid_text(credit.customer_uuid))).or_insert(zero) += credit.amount;
    }
    sums
}
