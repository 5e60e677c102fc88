//! From records to a report: names to uuids, filters, sums. The one place where these meet.

use chrono_tz::Tz;

use crate::aggregate::aggregate;
use crate::error::Result;
use crate::filter::Filters;
use crate::ingest::Intake;
use crate::price::{FocusRow, Rated, Tariff};
use crate::report::{Provenance, Report, ReportSpec};
use crate::usage::UsageFrame;

/// Makes a report of what was read; also gives the records that it is made of.
///
/// Takes the frame and the notices out of the intake. Dates are read in `timezone`. With a tariff usage has amounts.
///
/// # Errors
/// A name that no customer, project or offering has, or several have; a specification that contradicts itself; usage
/// without a price.
pub fn compute(
    intake: &mut Intake,
    mut filters: Filters,
    spec: &ReportSpec,
    timezone: Tz,
    tariff: Option<&Tariff>,
) -> Result<(UsageFrame, Report)> {
    filters.resolve_names(&intake.frame)?;
    let Settled { frame, provenance, .. } = settled(intake, &filters, spec, timezone, tariff)?;
    let report = aggregate(&frame, spec, provenance)?;
    Ok((frame, report))
}

/// Makes rows of FOCUS of what was read, and the report of the same records, as [`compute`] does.
///
/// # Errors
/// As [`compute`], and unit prices and costs beyond 38 digits.
pub fn compute_focus(
    intake: &mut Intake,
    mut filters: Filters,
    spec: &ReportSpec,
    timezone: Tz,
    tariff: &Tariff,
) -> Result<(UsageFrame, Report, Vec<FocusRow>)> {
    filters.resolve_names(&intake.frame)?;
    let Settled { frame, provenance, rated } = settled(intake, &filters, spec, timezone, Some(tariff))?;
    let rated = rated.expect("there is a tariff");
    let rows = rated.focus_rows(&frame, spec.period, &filters)?;
    let report = aggregate(&frame, spec, provenance)?;
    Ok((frame, report, rows))
}

/// The records that are reported, with their amounts where there is a tariff.
struct Settled<'a> {
    frame: UsageFrame,
    provenance: Provenance,
    rated: Option<Rated<'a>>,
}

fn settled<'a>(
    intake: &mut Intake,
    filters: &Filters,
    spec: &ReportSpec,
    timezone: Tz,
    tariff: Option<&'a Tariff>,
) -> Result<Settled<'a>> {
    let mut frame = std::mem::take(&mut intake.frame);
    let months = spec.months_needed();
    // Before filters: a filter shows a part of a bill and never changes it.
    let rated = tariff.map(|tariff| tariff.rate(&mut frame, &months)).transpose()?;
    let mut frame = filters.apply(frame, &months, timezone)?;
    let settled = rated.as_ref().map(|rated| rated.settle(&mut frame, spec.period, filters)).transpose()?;
    let (pricing, notices) = settled.unzip();
    intake.notices.extend(notices.into_iter().flatten());
    let provenance = Provenance {
        tool_version: env!("CARGO_PKG_VERSION"),
        period: spec.period,
        as_of: spec.calendar.as_of,
        timezone,
        filters: filters.described(),
        accounting: intake.accounting.filtered_to(frame.records.height() as u64),
        notices: std::mem::take(&mut intake.notices),
        partial_periods: Vec::new(),
        comparison: None,
        states: std::mem::take(&mut intake.states),
        pricing,
    };
    Ok(Settled { frame, provenance, rated })
}
