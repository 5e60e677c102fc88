//! What the words and figures of a pack mean, for a reader who was not there.

use super::PackSpec;
use crate::dimension::Dimension;
use crate::letterhead::Letterhead;
use crate::report::{Cell, ColumnId, Compared, Comparison, Pricing, Report, Unpriced};
use crate::text::grouped_decimal;

/// A term and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) term: String,
    pub(crate) text: String,
}

const TERMS: [(&str, &str); 14] = [
    (
        "Customer",
        "The organisation that pays. Two customers may have the same name; they are told apart by their uuids.",
    ),
    ("Project", "A customer's project. Resources belong to projects."),
    ("Offering", "What a provider sells. A resource is an instance of an offering."),
    ("Component", "What is measured on a resource, by the type that the offering gives it."),
    (
        "Unit",
        "The unit that a component is measured in, letter by letter. Usage of different units is never added: there is a total for each unit, and none over all.",
    ),
    (
        "Usage",
        "The sum of the records' usage as the server last reported it. Negative usage is a correction and counts.",
    ),
    ("Records", "How many records are summed up, those of zero usage included."),
    (
        "Users",
        "Different usernames, counted anew in every row. They do not add up: most users are in several rows. A username is not a person.",
    ),
    (
        "Billing period",
        "The calendar month that usage is billed in. It decides which month usage belongs to; the date of the report decides only where the server names no billing period.",
    ),
    (
        "Incomplete month",
        "A month that had not ended on the \"As of\" day: more usage may come. It is marked and not compared.",
    ),
    (
        "No value",
        "An empty figure means that there is no record. It is not zero: zero is a record that says so.",
    ),
    (
        "Older versions",
        "A record is overwritten at the server while its month runs. Of several versions of one record the newest counts, the others are older versions.",
    ),
    ("Exact repeats", "The same version of a record that came twice. It counts once."),
    (
        "Rounding of usage",
        "None. Usage has two decimals at the server and is added exactly. Only changes in per cent are rounded, to two decimals, halves away from zero.",
    ),
];

/// The terms, then the units of the figures with their components.
pub(crate) fn notes(summary: &Report, spec: &PackSpec) -> Vec<Note> {
    let note = |term: &str, text: &str| Note { term: term.to_owned(), text: text.to_owned() };
    let mut notes: Vec<Note> = TERMS.iter().map(|(term, text)| note(term, text)).collect();
    notes.extend(
        summary
            .provenance
            .comparison
            .as_ref()
            .map(|compared| note("Previous period", &previous(spec, compared))),
    );
    if spec.is_pseudonymous {
        let text = "Usernames are replaced by pseudonyms (HMAC-SHA-256 with a secret key): the same user has the same pseudonym in \
                    every report made with that key.";
        notes.push(note("Pseudonyms", text));
    }
    notes.extend(summary.provenance.pricing.iter().flat_map(prices));
    notes.extend(units(summary, &spec.letterhead));
    notes
}

/// What usage is compared with, and what the change is.
fn previous(spec: &PackSpec, compared: &Compared) -> String {
    let against = match spec.report.comparison {
        Some(Comparison::PreviousYear) => "the same months of the year before",
        Some(Comparison::PreviousMonth) => "the month before",
        Some(Comparison::PreviousPeriod { .. } | Comparison::LikeForLike { .. }) | None => {
            "as many months right before"
        }
    };
    let rule = match compared.is_like_for_like {
        true => {
            "Only months that are over and available on both sides are compared; their usage is the column Usage \
             compared. The change is that usage less the usage before."
        }
        false => {
            "The change is usage less usage before. It is shown only if every month of both periods is over and \
             available."
        }
    };
    let left_out = compared.left_out_text().map_or_else(String::new, |text| format!(" {text}."));
    format!(
        "Compared with {against}. {rule} If one side has no record, it counts as zero in the change, so that changes \
         add up.{left_out}"
    )
}

/// Where amounts come from, how they are rounded, and what that did.
fn prices(pricing: &Pricing) -> Vec<Note> {
    let note = |term: &str, text: String| Note { term: term.to_owned(), text };
    let card = format!(
        "What usage costs. Price list: {} (SHA-256 {}). All users of one component on one resource in a month are one \
         charge line, which is priced and rounded as a whole; its amount is spread over its users to the minor unit. Amounts of \
         different currencies are never added.",
        pricing.price_list.name(),
        pricing.price_list.sha256
    );
    let mut notes = vec![note("Amount", card)];
    if let Some(rates) = &pricing.exchange_rates {
        let text = format!(
            "Converted before rounding. Exchange rates: {} (SHA-256 {}).",
            rates.name(),
            rates.sha256
        );
        notes.push(note("Exchange rates", text));
    }
    notes.extend(pricing.frozen_text().map(|months| {
        let text =
            format!("Amounts as the months were closed, whatever became of the price list since: {months}.");
        note("Frozen amounts", text)
    }));
    notes.push(note("Rounding of amounts", format!("{}.", pricing.rounding)));
    for total in &pricing.totals {
        let Some(difference) = &total.rounding_difference else { continue };
        let text = format!(
            "Rounding changed the amounts in {} by {} in all.",
            total.currency,
            grouped_decimal(difference)
        );
        notes.push(note(&format!("Rounding difference {}", total.currency), text));
    }
    if pricing.has_credits {
        let text = "Money that a customer gets back, a line of its own with a minus: it belongs to no usage, and totals count it. What \
                    was decided after the price list is such a line, too; without a minus it is an adjustment that the customer pays.";
        notes.push(note("Credit", text.to_owned()));
    }
    let unpriced = pricing.unpriced.map(|unpriced| match unpriced {
        Unpriced::Zero => "Usage without a price in the price list; its amount counts as 0.00.",
        Unpriced::Omit => "Usage without a price in the price list; it has no amount.",
    });
    notes.extend(unpriced.map(|text| note("Unpriced usage", text.to_owned())));
    notes
}

/// `Unit hours`: the components that are measured in it, by what people call them and by type.
fn units(summary: &Report, letterhead: &Letterhead) -> Vec<Note> {
    let unit = summary.column(ColumnId::MeasuredUnit);
    let component = summary.column(ColumnId::Label(Dimension::Component));
    let (Some(unit), Some(component)) = (unit, component) else { return Vec::new() };
    let cells = summary.rows.cells();
    let mut pairs: Vec<(&str, &str)> = (0..summary.rows.len())
        .filter_map(|row| match (cells.get(row, unit), cells.get(row, component)) {
            (Cell::Text(unit), Cell::Text(component)) => Some((unit, component)),
            _ => None,
        })
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let of_unit = |pairs: &[(&str, &str)]| {
        let unit = if pairs[0].0.is_empty() { "(none)" } else { pairs[0].0 };
        let components: Vec<String> =
            pairs.iter().map(|(_, component)| named(component, letterhead)).collect();
        Note { term: format!("Unit {unit}"), text: format!("Measures {}.", components.join(", ")) }
    };
    pairs.chunk_by(|a, b| a.0 == b.0).map(of_unit).collect()
}

/// `CPU hours (cpu_hours)`.
fn named(component_type: &str, letterhead: &Letterhead) -> String {
    match letterhead.component(component_type) {
        label if label == component_type => label.to_owned(),
        label => format!("{label} ({component_type})"),
    }
}
