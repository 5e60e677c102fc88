//! A month's last hours that were reported in the next month, as an agent does that reads a wrong time zone.
//!
//! In a month's total a few hours are invisible. They show where a resource ended with a month: it has a small rest of
//! usage in the next one. Many rests at the same time, in one offering, are no accident.

use super::Outcome;
use super::examples::Candidates;
use super::rows::{Row, Rows};
use super::series::{Series, components};
use crate::notice::{Code, Notice};
use crate::period::BillingPeriod;
use crate::quantity::Quantity;
use crate::text::grouped;

/// How many resources of an offering must have ended in the same month.
const ENDED_MIN: usize = 3;
/// A rest is at most one part in this many of the month before: 14 hours of the shortest month, as no time zone is
/// further from UTC.
const REST_PART: i128 = 48;

pub(crate) fn check(rows: &Rows, series: &[Series], outcome: &mut Outcome) {
    let (mut checked, mut too_few) = (0, 0);
    let mut found = Candidates::default();
    let components = components(series);
    for &month in rows.months.iter().filter(|month| rows.subject.compares(**month)) {
        if !(1..=2).all(|back| rows.has_month(month.plus_months(-back))) {
            too_few += components.len() as u64;
            continue;
        }
        for component in &components {
            let ended: Vec<End> = component.iter().filter_map(|series| end(series, month)).collect();
            if ended.len() < ENDED_MIN {
                too_few += 1;
                continue;
            }
            checked += 1;
            let rests: Vec<&End> = ended.iter().filter(|end| end.is_rest()).collect();
            if rests.len() >= ENDED_MIN && 2 * rests.len() >= ended.len() {
                rests.into_iter().for_each(|end| found.push(rows.weight(end.row, end.usage), *end));
            }
        }
    }
    if checked > 0 {
        outcome.checked(&[Code::ShiftedHours]);
        outcome.notices.extend(notice(rows, found));
    }
    if too_few > 0 {
        let reason = format!(
            "{} of {} components of offerings, counted in each month: this takes the two months before and \
             {ENDED_MIN} resources whose usage ended in them",
            grouped(too_few),
            grouped(checked + too_few)
        );
        outcome.not_checked(&[Code::ShiftedHours], reason);
    }
}

/// A resource that had usage two months before and has none now.
#[derive(Clone, Copy)]
struct End<'a> {
    /// In the month between.
    usage: Quantity,
    before: Quantity,
    /// Of the month between if it has one.
    row: &'a Row,
}

impl End<'_> {
    fn is_rest(&self) -> bool {
        self.usage > Quantity::ZERO && self.usage.hundredths() * REST_PART <= self.before.hundredths()
    }
}

fn end<'a>(series: &Series<'a>, month: BillingPeriod) -> Option<End<'a>> {
    let before = series.usage(month.plus_months(-2)).filter(|month| month.usage > Quantity::ZERO)?;
    if series.hundredths(month) != 0 {
        return None;
    }
    let between = series.usage(month.plus_months(-1));
    Some(End {
        usage: between.map_or(Quantity::ZERO, |month| month.usage),
        before: before.usage,
        row: between.unwrap_or(before).row,
    })
}

fn notice(rows: &Rows, found: Candidates<End>) -> Option<Notice> {
    let count = found.len();
    let text = format!(
        "{} resources of an offering ended with a month and have a small rest of usage in the next one: the month's last \
         hours were probably reported in the wrong month.",
        grouped(count)
    );
    let identity = |end: &End| (end.row.period, rows.resource_uuid(end.row), rows.component_type(end.row));
    let example = |end: &End| {
        let figures =
            vec![("usage", end.usage.to_string()), ("usage in the month before", end.before.to_string())];
        rows.series_example(end.row, figures)
    };
    (count > 0).then(|| {
        Notice::warning(Code::ShiftedHours, count, text).with_examples(found.examples(identity, example))
    })
}
