//! The log: who did what to the book, when and why, the latest first.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::asked::Asked;
use super::page::{Here, Page};
use super::site::{Outcome, Visit};
use crate::book::{Book, Delivery};
use crate::text::visible::{shown, visible};
use crate::text::{counted, grouped, joined};

/// Entries of a page.
const ENTRIES: usize = 500;

/// Something that was done.
struct Entry {
    time: Option<DateTime<Utc>>,
    what: String,
    /// The month, or months.
    about: String,
    /// Empty if nobody said.
    who: String,
    /// In the user's own words; empty for none.
    why: String,
}

pub(crate) fn page(visit: &Visit) -> Outcome {
    let opened = visit.open()?;
    let entries = entries(&opened.book);
    let body = html! {
        @if entries.is_empty() { p { "Nothing was done yet." } } @else { (table(&entries)) }
        @if entries.len() > ENTRIES {
            p.note { "The latest " (ENTRIES) " of " (grouped(entries.len() as u64)) " entries." }
        }
        @if let Some((count, digest)) = opened.book.log_head() {
            p.note { (grouped(count as u64)) @if count == 1 { " entry" } @else { " entries" } " in the chain of the log; the digest of the last one is "
                code.code { (digest) } "." }
        }
    };
    let commands = vec![visit.command(&Asked::Log, &opened)];
    Ok(visit.draw(&opened, Page { here: Here::Log, title: "Log".to_owned(), month: None, body, commands }))
}

fn table(entries: &[Entry]) -> Markup {
    html! {
        div.scroll role="region" tabindex="0" aria-label="Log" {
            table.log {
                caption { "What was done, the latest first; deliveries by the time of their data" } "\n"
                thead { tr { @for heading in ["When", "What", "Month", "Who", "Why"] { th scope="col" { (heading) } } } }
                tbody {
                    "\n"
                    @for entry in entries.iter().take(ENTRIES) {
                        tr {
                            th scope="row" { (entry.time.map(when).unwrap_or_default()) }
                            td { (shown(&entry.what)) }
                            td { (entry.about) }
                            td { (visible(&entry.who)) }
                            td { (visible(&entry.why)) }
                        } "\n"
                    }
                }
            }
        } "\n"
    }
}

/// `2026-11-03 08:00 UTC`
fn when(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn entries(book: &Book) -> Vec<Entry> {
    let mut entries: Vec<Entry> = book.deliveries().iter().map(|delivery| added(book, delivery)).collect();
    entries.extend(book.retractions().iter().map(|one| Entry {
        time: Some(one.time),
        what: format!("Retracted delivery {}", one.delivery),
        about: String::new(),
        who: String::new(),
        why: one.reason.clone(),
    }));
    for (period, month) in book.months() {
        entries.extend(month.acknowledgements.iter().map(|one| Entry {
            time: Some(one.time),
            what: format!(
                "Acknowledged {} ({})",
                one.code.replace('_', " "),
                counted(one.instances.len() as u64, "instance")
            ),
            about: period.to_string(),
            who: one.by_whom.clone(),
            why: one.reason.clone(),
        }));
        entries.extend(month.adjustments.iter().map(|one| Entry {
            time: Some(one.time),
            what: format!("Adjusted {} {} for customer {}", one.currency, one.amount, one.customer),
            about: period.to_string(),
            who: one.by_whom.clone(),
            why: one.reason.clone(),
        }));
        entries.extend(month.closings.iter().map(|one| Entry {
            time: Some(one.time.unwrap_or(one.cut_off)),
            what: match one.version {
                1 => format!("Closed v1, {}", counted(one.state.records, "record")),
                version => format!("Restated as v{version}, {}", counted(one.state.records, "record")),
            },
            about: period.to_string(),
            who: one.by_whom.clone(),
            why: one.note.clone(),
        }));
    }
    entries.extend(book.issues().iter().map(|one| Entry {
        time: Some(one.time),
        what: format!("Issued {} of v{}", counted(one.count, "document"), one.version),
        about: one.period.to_string(),
        who: String::new(),
        why: String::new(),
    }));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.time));
    entries
}

/// `Added delivery 3f2a1b0c9d8e: 12 records new, 3 changed`
fn added(book: &Book, delivery: &Delivery) -> Entry {
    let parts = book.months().flat_map(|(period, month)| {
        month.slices.iter().filter(|slice| slice.delivery == delivery.id).map(move |slice| (period, slice))
    });
    let (mut months, mut counts) = (Vec::new(), [0, 0, 0]);
    for (period, slice) in parts {
        months.push(period.to_string());
        let of = [slice.counts.added, slice.counts.changed, slice.counts.retired];
        counts.iter_mut().zip(of).for_each(|(sum, count)| *sum += count);
    }
    let named = ["new", "changed", "retired"].into_iter().zip(counts).filter(|(_, count)| *count > 0);
    let changes: Vec<String> = named.map(|(name, count)| format!("{} {name}", grouped(count))).collect();
    let changes =
        if changes.is_empty() { "nothing new".to_owned() } else { format!("records: {}", joined(&changes)) };
    Entry {
        time: Some(delivery.time),
        what: format!("Added delivery {}, {changes}", delivery.id),
        about: match months.as_slice() {
            [first, .., last] => format!("{first} to {last}"),
            months => months.concat(),
        },
        who: String::new(),
        why: delivery.label.clone().unwrap_or_default(),
    }
}
