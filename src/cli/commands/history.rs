//! `usagebook history`: the deliveries of a book, or all versions of one record.

use anyhow::bail;
use serde::Serialize;
use usagebook::book::{
    Book, Completeness, Counts, Delivery, DeliveryId, Evidence, Input, RecordVersion, Retraction, Slice,
    TimeSource, seen_as_name, time_text,
};
use usagebook::listing::{self, RecordReader, Rendering, UsageStyle};
use usagebook::report::Accounting;
use usagebook::text::{grouped, shorten, uuid_text};
use usagebook::usage::Field;
use usagebook::write::table::{Alignment, aligned};

use crate::cli::Status;
use crate::cli::arguments::{BookFormatChoice, HistoryArguments};
use crate::cli::outputs::print_text;

pub fn run(arguments: &HistoryArguments) -> anyhow::Result<Status> {
    let uuid = arguments.uuid.as_deref().map(listing::parse_record_uuid).transpose()?;
    let book = crate::cli::seen::open(&arguments.book)?;
    let text = match (uuid, arguments.format) {
        (None, BookFormatChoice::Table) => deliveries_table(&book),
        (None, BookFormatChoice::Json) => deliveries_json(&book),
        (Some(uuid), format) => {
            let versions = book.record_versions(uuid)?;
            if versions.is_empty() {
                bail!("no delivery showed a record of the uuid {}", uuid_text(uuid));
            }
            match format {
                BookFormatChoice::Table => versions_table(&book, &versions)?,
                BookFormatChoice::Json => versions_json(&versions)?,
            }
        }
    };
    print_text(&text)?;
    Ok(Status::Done)
}

/// How much of a label a line shows.
const LABEL_CHARACTERS: usize = 60;

/// One line for each delivery and month.
fn deliveries_table(book: &Book) -> String {
    use Alignment::{Left, Right};
    let columns = [
        ("time", Left),
        ("delivery", Left),
        ("month", Left),
        ("records", Right),
        ("added", Right),
        ("changed", Right),
        ("retired", Right),
        ("complete", Left),
        ("label", Left),
    ];
    let has_retractions = !book.retractions().is_empty();
    let columns = columns.into_iter().chain(has_retractions.then_some(("retracted", Left)));
    let row = |delivery: &Delivery, period: String, slice: Option<&Slice>| {
        let count = |count: fn(&Slice) -> u64| slice.map(|slice| grouped(count(slice))).unwrap_or_default();
        let mut row = vec![
            time_text(delivery.time),
            delivery.id.to_string(),
            period,
            count(|slice| slice.records),
            count(|slice| slice.counts.added),
            count(|slice| slice.counts.changed),
            count(|slice| slice.counts.retired),
            slice.map(|slice| complete(delivery, slice)).unwrap_or_default(),
            delivery.label.as_deref().map(|label| shorten(label, LABEL_CHARACTERS)).unwrap_or_default(),
        ];
        let reason = book.retraction(&delivery.id).map(|retraction| retraction.reason.clone());
        row.extend(has_retractions.then(|| reason.unwrap_or_default()));
        row
    };
    let mut rows = Vec::new();
    for delivery in book.deliveries() {
        let before = rows.len();
        rows.extend(slices(book, delivery).map(|(period, slice)| row(delivery, period, Some(slice))));
        if rows.len() == before {
            rows.push(row(delivery, String::new(), None));
        }
    }
    aligned(&columns.collect::<Vec<_>>(), &rows)
}

/// `yes, proved`, or what is known where nobody says that it is complete.
fn complete(delivery: &Delivery, slice: &Slice) -> String {
    let known = Completeness { evidence: slice.evidence, seen_as: delivery.seen_as };
    match (slice.is_complete, slice.customers.len()) {
        (true, 0) => format!("yes, {known}"),
        (true, 1) => format!("for 1 customer, {known}"),
        (true, count) => format!("for {} customers, {known}", grouped(count as u64)),
        (false, _) => format!("not said, {known}"),
    }
}

fn slices<'a>(book: &'a Book, delivery: &'a Delivery) -> impl Iterator<Item = (String, &'a Slice)> {
    book.months().flat_map(|(period, month)| {
        let of_delivery = month.slices.iter().filter(|slice| slice.delivery == delivery.id);
        of_delivery.map(move |slice| (period.to_string(), slice))
    })
}

/// A delivery as JSON tells of it.
#[derive(Serialize)]
struct DeliveryFacts {
    id: String,
    time: String,
    time_source: TimeSource,
    label: Option<String>,
    seen_as: &'static str,
    /// When and why it was taken back; null if it counts.
    retraction: Option<Retraction>,
    accounting: Accounting,
    inputs: Vec<Input>,
    /// Files of component usages that came with it.
    parents: Vec<String>,
    months: Vec<SliceFacts>,
}

#[derive(Serialize)]
struct SliceFacts {
    period: String,
    records: u64,
    is_complete: bool,
    /// The customers that it is complete for; empty for all.
    customers: Vec<String>,
    filtered_by: Option<String>,
    evidence: Evidence,
    reason: String,
    #[serde(flatten)]
    counts: Counts,
}

fn deliveries_json(book: &Book) -> String {
    let facts = |delivery: &'_ Delivery| DeliveryFacts {
        id: delivery.id.to_string(),
        time: time_text(delivery.time),
        time_source: delivery.time_source,
        label: delivery.label.clone(),
        seen_as: seen_as_name(delivery.seen_as),
        retraction: book.retraction(&delivery.id).cloned(),
        accounting: delivery.accounting,
        inputs: delivery.inputs.clone(),
        parents: delivery.parents.iter().map(|parents| parents.path.clone()).collect(),
        months: slices(book, delivery).map(|(period, slice)| slice_facts(period, slice)).collect(),
    };
    pretty(&book.deliveries().iter().map(facts).collect::<Vec<_>>())
}

fn slice_facts(period: String, slice: &Slice) -> SliceFacts {
    SliceFacts {
        period,
        records: slice.records,
        is_complete: slice.is_complete,
        customers: slice.customers.clone(),
        filtered_by: slice.filtered_by.clone(),
        evidence: slice.evidence,
        reason: slice.reason.clone(),
        counts: slice.counts,
    }
}

/// One line for each version: when it was modified, what it says, and which deliveries showed it.
fn versions_table(book: &Book, versions: &[RecordVersion]) -> anyhow::Result<String> {
    use Alignment::{Left, Right};
    let columns = [
        ("month", Left),
        ("modified", Left),
        ("usage", Right),
        ("unit", Left),
        ("username", Left),
        ("customer", Left),
        ("project", Left),
        ("shown by", Left),
        ("counts now", Left),
    ];
    let named = |id: &DeliveryId| match book.retraction(id) {
        Some(_) => format!("{id} (retracted)"),
        None => id.to_string(),
    };
    let mut rows = Vec::new();
    for version in versions {
        let record = serde_json::from_str::<serde_json::Value>(&object(version)?)?;
        let text = |field: Field| record[field.name()].as_str().unwrap_or_default().to_owned();
        rows.push(vec![
            version.period.to_string(),
            text(Field::Modified),
            text(Field::Usage),
            text(Field::MeasuredUnit),
            text(Field::Username),
            text(Field::CustomerName),
            text(Field::ProjectName),
            version.deliveries.iter().map(named).collect::<Vec<_>>().join(" "),
            if version.is_current { "yes".to_owned() } else { String::new() },
        ]);
    }
    Ok(aligned(&columns, &rows))
}

fn versions_json(versions: &[RecordVersion]) -> anyhow::Result<String> {
    let facts = |version: &RecordVersion| {
        Ok(serde_json::json!({
            "period": version.period.to_string(),
            "deliveries": version.deliveries,
            "is_current": version.is_current,
            "record": serde_json::from_str::<serde_json::Value>(&object(version)?)?,
        }))
    };
    Ok(pretty(&versions.iter().map(facts).collect::<anyhow::Result<Vec<_>>>()?))
}

/// The record as the endpoint writes it, usage as text.
fn object(version: &RecordVersion) -> anyhow::Result<String> {
    let rendering = Rendering { usage: UsageStyle::String, ..Rendering::default() };
    let mut text = Vec::new();
    RecordReader::new(&version.frame)?.write_object(0, &rendering, &mut text)?;
    Ok(String::from_utf8(text)?)
}

fn pretty(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("facts are text and numbers");
    text.push('\n');
    text
}
