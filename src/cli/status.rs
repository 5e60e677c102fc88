//! `usagebook status`: the months of a book.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use usagebook::book::{Book, Closing, Month, Total};
use usagebook::error::Error;
use usagebook::period::{BillingPeriod, PeriodRange};
use usagebook::report::grouped;
use usagebook::write::hashing::Hashing;
use usagebook::write::lines::{Alignment, aligned};

use super::arguments::{BookFormatChoice, StatusArguments};
use super::{Status, outputs};

pub fn run(arguments: &StatusArguments) -> anyhow::Result<Status> {
    let book = super::seen::open(&arguments.book)?;
    let text = match (&arguments.paths, arguments.format) {
        (Some(period), format) => paths(&book, period, format)?,
        (None, BookFormatChoice::Table) => table(&book),
        (None, BookFormatChoice::Json) => json(&book),
    };
    outputs::print(1, Hashing::Off, |out| {
        out.write_all(text.as_bytes()).map_err(|source| Error::Output { source })
    })?;
    Ok(Status::Done)
}

pub(super) fn time_text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The files of the months that are in a period and have records; of all months if it is empty.
fn paths(book: &Book, period: &str, format: BookFormatChoice) -> Result<String, Error> {
    let range: Option<PeriodRange> = match period {
        "" => None,
        text => Some(PeriodRange::parse(text, super::explain::calendar(book)?)?),
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
            rows.push(vec![
                first(period.to_string()),
                first(month.describe()),
                grouped(total.records),
                grouped_usage(total),
                total.measured_unit.clone(),
                first(month.evidence(book).name().to_owned()),
                first(time_text(month.now.time)),
            ]);
        }
        if month.now.totals.is_empty() {
            let evidence = month.evidence(book).name().to_owned();
            let (none, time) = (String::new(), time_text(month.now.time));
            rows.push(vec![
                period.to_string(),
                month.describe(),
                "0".to_owned(),
                none.clone(),
                none,
                evidence,
                time,
            ]);
        }
    }
    aligned(&columns, &rows)
}

/// `1,012.50`
fn grouped_usage(total: &Total) -> String {
    let text = total.usage.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').expect("usage has two decimals");
    match whole.parse() {
        Ok(whole) => format!("{sign}{}.{decimals}", grouped(whole)),
        Err(_) => text,
    }
}

/// A month as JSON tells of it.
#[derive(Serialize)]
struct MonthFacts<'a> {
    period: String,
    state: String,
    records: u64,
    totals: &'a [Total],
    last_delivery: DateTime<Utc>,
    deliveries: usize,
    complete: &'static str,
    late_changes: u64,
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
    findings: &'a [String],
}

fn json(book: &Book) -> String {
    let months: Vec<MonthFacts> = book.months().map(|(period, month)| facts(book, period, month)).collect();
    let mut text = serde_json::to_string_pretty(&months).expect("facts are text and numbers");
    text.push('\n');
    text
}

fn facts<'a>(book: &Book, period: BillingPeriod, month: &'a Month) -> MonthFacts<'a> {
    let closing = |closing: &'a Closing| ClosingFacts {
        version: format!("v{}", closing.version),
        cut_off: closing.cut_off,
        note: &closing.note,
        records: closing.state.records,
        totals: &closing.state.totals,
        digest: &closing.digest,
        complete: closing.evidence.name(),
        findings: &closing.findings,
    };
    MonthFacts {
        period: period.to_string(),
        state: month.describe(),
        records: month.now.records,
        totals: &month.now.totals,
        last_delivery: month.now.time,
        deliveries: month.slices.len(),
        complete: month.evidence(book).name(),
        late_changes: month.late_changes,
        closings: month.closings.iter().map(closing).collect(),
    }
}
