//! When usage was reported, against the month that it is billed in.

use chrono::{DateTime, TimeDelta};

use super::Outcome;
use super::examples::Candidates;
use super::rows::{Row, Rows};
use crate::notice::{Code, Notice, Severity};
use crate::period::BillingPeriod;
use crate::text::grouped;

/// Time zones differ by no more hours from each other's midnight, for what a person would mistake.
const ZONE_HOURS_MAX: i64 = 14;

/// Months behind its own in which usage is normally reported: the provider's last report comes after the month's end.
const MONTHS_LATE_MAX: i32 = 1;

pub(crate) fn check(rows: &Rows, outcome: &mut Outcome) {
    outcome.checked(&[Code::DateBeforePeriod, Code::DateLongAfterPeriod]);
    let mut early = Candidates::default();
    let mut shifted = Candidates::default();
    let mut late = Candidates::default();
    for row in rows.covered() {
        let Some(date) = row.date else { continue };
        let weight = rows.weight(row, row.usage);
        match month(rows, date, 0) {
            Some(month) if month < row.period => match self::month(rows, date, ZONE_HOURS_MAX) {
                Some(shifted_month) if shifted_month >= row.period => shifted.push(weight, row),
                _ => early.push(weight, row),
            },
            Some(month) if month.number() > row.period.number() + MONTHS_LATE_MAX => late.push(weight, row),
            _ => {}
        }
    }
    let zone = rows.subject.timezone;
    outcome.notices.extend(notice(rows, early, Severity::Warning, Code::DateBeforePeriod, |usages| {
        format!("{usages} reported before the month began in which it is billed.")
    }));
    outcome.notices.extend(notice(rows, shifted, Severity::Note, Code::DateBeforePeriod, |usages| {
        format!(
            "{usages} reported in the last hours before its month, read in {zone}. The server's time zone is probably \
             another one; read the records in that one."
        )
    }));
    outcome.notices.extend(notice(rows, late, Severity::Note, Code::DateLongAfterPeriod, |usages| {
        format!("{usages} reported later than in the month after its own, when that month's invoice was out.")
    }));
}

/// The month of a time so many hours later, in the zone asked for.
fn month(rows: &Rows, date: i64, hours: i64) -> Option<BillingPeriod> {
    let date = DateTime::from_timestamp_micros(date)?.checked_add_signed(TimeDelta::hours(hours))?;
    Some(BillingPeriod::of(date.with_timezone(&rows.subject.timezone).date_naive()))
}

fn notice(
    rows: &Rows,
    candidates: Candidates<&Row>,
    severity: Severity,
    code: Code,
    message: impl FnOnce(String) -> String,
) -> Option<Notice> {
    let count = candidates.len();
    if count == 0 {
        return None;
    }
    let usages = match count {
        1 => "1 component usage was".to_owned(),
        _ => format!("{} component usages were", grouped(count)),
    };
    let example = |row: &&Row| {
        let date = row.date.and_then(DateTime::from_timestamp_micros);
        let date =
            date.map(|date| date.with_timezone(&rows.subject.timezone).to_rfc3339()).unwrap_or_default();
        rows.parent_example(row, vec![("date", date)])
    };
    let examples = candidates.examples(|row| (row.period, row.uuid), example);
    Some(super::notice(severity, code, count, message(usages)).with_examples(examples))
}
