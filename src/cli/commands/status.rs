//! `usagebook status`: the months of a book.

use std::collections::BTreeMap;

use usagebook::book::{Book, Month, time_text};
use usagebook::error::Error;
use usagebook::period::PeriodRange;
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
        (None, BookFormatChoice::Json) => usecase::months_json(&book),
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
