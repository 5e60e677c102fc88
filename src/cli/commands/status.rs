//! `usagebook status`: the months of a book.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use usagebook::book::{
    Book, ClosedMoney, ClosedTotal, Closing, KeptFile, Month, Retraction, Total, seen_as_name, time_text,
};
use usagebook::error::Error;
use usagebook::notice::Acknowledgement;
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::price::Adjustment;
use usagebook::report::{Basis, Unpriced};
use usagebook::text::grouped;
use usagebook::usecase;
use usagebook::write::table::{Alignment, aligned};

use crate::cli::arguments::{BookFormatChoice, StatusArguments};
use crate::cli::words::usage_and_unit;
use crate::cli::{Status, outputs};

pub fn run(arguments: &StatusArguments) -> anyhow::Result<Status> {
    let book = crate::cli::seen::open(&arguments.book)?;
    let text = match (&arguments.paths, arguments.format) {
        (Some(period), format) => paths(&book, period, format)?,
        (None, BookFormatChoice::Table) => table(&book),
        (None, BookFormatChoice::Json) => json(&book),
    };
    outputs::print_text(&text)?;
    Ok(Status::Done)
}

/// The files of the months that are in a period and have records; of all months if it is empty.
fn paths(book: &Book, period: &str, format: BookFormatChoice) -> Result<String, Error> {
    let range: Option<PeriodRange> = match period {
        "" => None,
        text => Some(usecase::period_of(book, text.parse()?)?),
    };
    let mut files = BTreeMap::new();
    for (period, _) in book.months().filter(|(period, _)| range.is_none_or(|range| range.contains(*period))) {
        if let Some(path) = book.month_file(period)? {
            files.insert(period.to_string(), path.display().to_string());
        }
    }
    Ok(match format {
        BookFormatChoice::Table => files.values().map(|path| format!("{path}\n")).collect(),
        BookFormatChoice::Json => serde_json::to_string_pretty(&files).expect("paths are text") + "\n",
    })
}

/// One line for each month and unit.
fn table(book: &Book) -> String {
    use Alignment::{Left, Right};
    let columns = [
        ("month", Left),
        ("state", Left),
        ("records", Right),
        ("usage", Right),
        ("unit", Left),
        ("complete", Left),
        ("last delivery", Left),
    ];
    let mut rows = Vec::new();
    for (period, month) in book.months() {
        for (at, total) in month.now.totals.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let [usage, unit] = usage_and_unit(total);
            rows.push(vec![
                first(period.to_string()),
                first(month.describe().to_string()),
                grouped(total.records),
                usage,
                unit,
                first(month.completeness(book).to_string()),
                first(last_delivery(month)),
            ]);
        }
        if month.now.totals.is_empty() {
            let evidence = month.completeness(book).to_string();
            let (none, time) = (String::new(), last_delivery(month));
            rows.push(vec![
                period.to_string(),
                month.describe().to_string(),
                "0".to_owned(),
                none.clone(),
                none,
                evidence,
                time,
            ]);
        }
    }
    let mut text = aligned(&columns, &rows);
    for (period, month) in book.months() {
        text.extend(month.closings.last().map(|closing| closing.describe_money(period) + "\n"));
        let closed = month.adjustments.len() - month.late_adjustments().len();
        text.extend(month.adjustments.iter().enumerate().map(|(at, one)| {
            let since =
                if at < closed || month.closings.is_empty() { "" } else { ", after the month was closed" };
            format!("{period}{since}: {}\n", one.describe())
        }));
    }
    text.extend(book.retractions().iter().map(|retraction| retraction.describe() + "\n"));
    text
}

/// Empty if all deliveries of a month are retracted.
fn last_delivery(month: &Month) -> String {
    month.now.time.map(time_text).unwrap_or_default()
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

fn json(book: &Book) -> String {
    let months: Vec<MonthFacts> = book.months().map(|(period, month)| facts(book, period, month)).collect();
    let mut text = serde_json::to_string_pretty(&months).expect("facts are text and numbers");
    text.push('\n');
    text
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
