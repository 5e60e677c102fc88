//! What is to be said about the months of a report.

use std::collections::BTreeSet;

use super::months::Months;
use crate::notice::{Code, Notice};
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{Compared, Provenance, ReportSpec};
use crate::text::uuid_text;
use crate::usage::{AttributeTable, UsageFrame};

/// Adds the months' notices to those of the records.
pub(crate) fn with_notices(
    mut provenance: Provenance,
    frame: &UsageFrame,
    spec: &ReportSpec,
    months: &Months,
) -> Provenance {
    let reported: Vec<BillingPeriod> = months.reported.iter().flat_map(|range| range.periods()).collect();
    // Of months asked for together, those that are still to come are excused.
    let begins = |period: &BillingPeriod| period.first_day() <= spec.calendar.as_of;
    let is_any_begun = reported.iter().any(begins);
    let is_begun = |period: &BillingPeriod| begins(period) || !is_any_begun;
    let has_records = |period: &BillingPeriod| frame.months.binary_search(&period.number()).is_ok();
    let notices = &mut provenance.notices;

    let partial: Vec<BillingPeriod> = reported
        .iter()
        .copied()
        .filter(|period| period.is_partial(spec.calendar.as_of) && has_records(period))
        .collect();
    for period in &partial {
        notices.push(Notice::partial_period(*period, spec.calendar.as_of));
    }
    if spec.period.is_some() {
        for period in reported.iter().filter(|period| is_begun(period) && !has_records(period)) {
            notices.push(match frame.empty_months.binary_search(&period.number()) {
                Ok(_) => Notice::without_records(*period),
                Err(_) => Notice::empty_period(*period),
            });
        }
        notices.extend(months.compared.as_ref().and_then(Compared::notice));
    }
    if frame.records.is_empty() && !provenance.filters.is_empty() {
        let text = "no record passes the filters; look at their values.";
        notices.push(Notice::note(Code::NothingMatches, 1, text));
    }
    notices.extend(without_attributes(frame, spec));
    notices.sort();
    provenance.partial_periods = partial;
    provenance.comparison = months.compared.clone();
    provenance
}

/// How many entities a notice names.
const NAMED_MAX: usize = 5;

/// For each attribute file what the report is about and the file has no row for.
fn without_attributes(frame: &UsageFrame, spec: &ReportSpec) -> Vec<Notice> {
    if frame.attributes.is_empty() {
        return Vec::new();
    }
    // The parents that have records of the months that are reported on or compared with.
    let months = spec.months_needed();
    let is_needed =
        |period| months.is_empty() || months.iter().any(|range: &PeriodRange| range.contains(period));
    let shown = frame.parents.periods().zip(frame.has_records()).enumerate();
    let shown = shown.filter(|(_, (period, has_records))| *has_records && is_needed(*period));
    let parents: Vec<usize> = shown.map(|(parent, _)| parent).collect();
    frame.attributes.iter().filter_map(|table| unmatched(table, frame, &parents)).collect()
}

fn unmatched(table: &AttributeTable, frame: &UsageFrame, parents: &[usize]) -> Option<Notice> {
    let entity_of = frame.parents.entity(table.owner)?;
    let shown: BTreeSet<u32> = parents.iter().map(|parent| entity_of[*parent]).collect();
    let entities = frame.entities(table.owner);
    let without = shown.into_iter().filter(|place| !table.is_matched[*place as usize]);
    let mut without: Vec<(&str, u128)> =
        without.map(|place| &entities[place as usize]).map(|entity| (&*entity.name, entity.uuid)).collect();
    without.sort_unstable();
    let count = without.len();
    let named: Vec<String> = without
        .iter()
        .take(NAMED_MAX)
        .map(|(name, uuid)| format!("{name:?} ({})", uuid_text(*uuid)))
        .collect();
    let more = match count - named.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let (kind, verb) = match count {
        0 => return None,
        1 => (table.owner.name().to_owned(), "has"),
        _ => (format!("{}s", table.owner), "have"),
    };
    let text = format!(
        "{count} {kind} {verb} no row in {}: {}{more}. Their usage is in the figures, and has no value in the columns of this file.",
        table.file,
        named.join(", ")
    );
    Some(Notice::note(Code::WithoutAttributes, count as u64, text))
}
