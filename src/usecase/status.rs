//! The months of a book as JSON tells of them: state, totals, whether they are complete, closings.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::book::{
    Book, ClosedMoney, ClosedTotal, Closing, KeptFile, Month, Retraction, Total, seen_as_name,
};
use crate::notice::Acknowledgement;
use crate::period::BillingPeriod;
use crate::price::Adjustment;
use crate::report::{Basis, Unpriced};

/// The months of a book, in order, as a JSON text for programs.
pub fn months_json(book: &Book) -> String {
    let months: Vec<MonthFacts> = book.months().map(|(period, month)| facts(book, period, month)).collect();
    let mut text = serde_json::to_string_pretty(&months).expect("facts are text and numbers");
    text.push('\n');
    text
}

/// A month as JSON tells of it.
#[derive(Serialize)]
struct MonthFacts<'a> {
    period: String,
    state: String,
    records: u64,
    totals: &'a [Total],
    last_delivery: Option<DateTime<Utc>>,
    deliveries: usize,
    /// Of them, those that no longer count.
    retracted: Vec<&'a Retraction>,
    complete: &'static str,
    seen_as: &'static str,
    late_changes: u64,
    component_usages_changed: u64,
    acknowledgements: &'a [Acknowledgement],
    adjustments: &'a [Adjustment],
    closings: Vec<ClosingFacts<'a>>,
}

#[derive(Serialize)]
struct ClosingFacts<'a> {
    version: String,
    cut_off: DateTime<Utc>,
    note: &'a str,
    records: u64,
    totals: &'a [Total],
    digest: &'a str,
    complete: &'static str,
    seen_as: &'static str,
    warnings: &'a [String],
    acknowledgements: &'a [Acknowledgement],
    not_checked: &'a [String],
    by_whom: &'a str,
    /// Null for versions of earlier programs.
    time: Option<DateTime<Utc>>,
    /// Null for a version without prices, whose amounts are not frozen.
    money: Option<MoneyFacts<'a>>,
    /// The digest that the next closing names, and that a signature is of.
    closing_digest: String,
    signature: Option<&'a str>,
    adjustments: &'a [Adjustment],
    /// The names of the attributes that it was closed with.
    attributes: Vec<&'a str>,
}

/// The amounts of a version, and what they were made with.
#[derive(Serialize)]
struct MoneyFacts<'a> {
    price_list: FileFacts<'a>,
    exchange_rates: Option<FileFacts<'a>>,
    currency: Option<&'a str>,
    unpriced: Option<Unpriced>,
    basis: Basis,
    totals: &'a [ClosedTotal],
    /// The SHA-256 of all charges.
    charges: &'a str,
}

#[derive(Serialize)]
struct FileFacts<'a> {
    path: &'a str,
    sha256: &'a str,
}

impl<'a> MoneyFacts<'a> {
    fn new(money: &'a ClosedMoney) -> Self {
        let file = |kept: &'a KeptFile| FileFacts { path: &kept.path, sha256: &kept.sha256 };
        Self {
            price_list: file(&money.price_list),
            exchange_rates: money.exchange_rates.as_ref().map(file),
            currency: money.currency.as_deref(),
            unpriced: money.unpriced,
            basis: money.basis,
            totals: &money.totals,
            charges: &money.charges.sha256,
        }
    }
}

fn facts<'a>(book: &'a Book, period: BillingPeriod, month: &'a Month) -> MonthFacts<'a> {
    let closing = |closing: &'a Closing| ClosingFacts {
        version: format!("v{}", closing.version),
        cut_off: closing.cut_off,
        note: &closing.note,
        records: closing.state.records,
        totals: &closing.state.totals,
        digest: &closing.digest,
        complete: closing.evidence.name(),
        seen_as: seen_as_name(closing.completeness(month, book).seen_as),
        warnings: &closing.warnings,
        acknowledgements: &closing.acknowledgements,
        not_checked: &closing.not_checked,
        by_whom: &closing.by_whom,
        time: closing.time,
        money: closing.money.as_ref().map(MoneyFacts::new),
        closing_digest: book.closing_digest(period, closing),
        signature: book.signature(period, closing),
        adjustments: &closing.adjustments,
        attributes: closing
            .attributes
            .iter()
            .flat_map(|kept| &kept.columns)
            .map(|column| column.name.as_str())
            .collect(),
    };
    MonthFacts {
        period: period.to_string(),
        state: month.describe().to_string(),
        records: month.now.records,
        totals: &month.now.totals,
        last_delivery: month.now.time,
        deliveries: month.slices.len(),
        retracted: month.slices.iter().filter_map(|slice| book.retraction(&slice.delivery)).collect(),
        complete: month.completeness(book).evidence.name(),
        seen_as: seen_as_name(month.completeness(book).seen_as),
        late_changes: month.late_changes,
        component_usages_changed: month.component_usages_changed,
        acknowledgements: &month.acknowledgements,
        adjustments: &month.adjustments,
        closings: month.closings.iter().map(closing).collect(),
    }
}
