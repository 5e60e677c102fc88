//! A usage frame and a question to a report. No input, no output, no clock.

mod counted;
mod cube;
mod grouping;
mod keys;
mod lines;
mod money;
mod months;
mod notices;
mod sheet;
mod sums;

use self::cube::Cube;
pub(crate) use self::keys::time_number;
use self::keys::{Axis, Labels};
use self::lines::Lines;
use self::money::Prices;
use self::months::Months;
#[cfg(feature = "desk")]
pub(crate) use self::sheet::OTHERS;
use self::sheet::Sheet;
use crate::conflict::Conflict;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::period::PeriodRange;
use crate::report::{Compared, Comparison, Provenance, Report, ReportSpec};
use crate::usage::UsageFrame;

/// Computes a report.
///
/// The frame holds the records that passed the filters, of the months that are needed.
/// Amounts are among the figures where the provenance says where they come from.
///
/// # Errors
/// A specification that contradicts itself, or asks for an attribute that the frame does not have. Of cells that an engine
/// added up: groups whose users it did not count.
pub fn aggregate(frame: &UsageFrame, spec: &ReportSpec, provenance: Provenance) -> Result<Report> {
    spec.check()?;
    let months = Months::new(frame, spec);
    let axes: Vec<Axis> =
        spec.by.iter().map(|dimension| Axis::new(*dimension, frame)).collect::<Result<_>>()?;
    let units = Labels::of_texts(&frame.measured_units);
    let prices = provenance.pricing.as_ref();
    let prices = prices.map(|pricing| Prices::new(frame, pricing, spec, &axes, &months)).transpose()?;
    let cube = Cube::new(frame, spec, &months, &axes, &units, prices.as_ref());
    let sheet = Sheet::new(frame, spec, &axes, &units, &cube, prices.as_ref(), provenance.pricing.as_ref());
    // The top rows are a ranking: they do not stand together by customer.
    let subtotals = |cube: &Cube| if spec.top.is_some() { Lines::default() } else { cube.subtotals() };
    let (rows, (subtotals, totals)) = rayon::join(
        || sheet.section(&cube.rows(spec.top)),
        || rayon::join(|| sheet.section(&subtotals(&cube)), || sheet.section(&cube.totals())),
    );
    cube.check_users()?;
    Ok(Report {
        by: spec.by.clone(),
        columns: sheet.columns(),
        rows,
        subtotals,
        totals,
        provenance: notices::with_notices(provenance, frame, spec, &months),
    })
}

/// Adds what is to be said about the months of a report to what is known of its records, without the figures.
pub(crate) fn about_months(frame: &UsageFrame, spec: &ReportSpec, provenance: Provenance) -> Provenance {
    notices::with_notices(provenance, frame, spec, &Months::new(frame, spec))
}

/// Which months a report would compare; `None` if it has no comparison.
pub(crate) fn compared(frame: &UsageFrame, spec: &ReportSpec) -> Option<Compared> {
    Months::new(frame, spec).compared
}

impl ReportSpec {
    /// The months whose records the report needs: those asked for, and those they are compared with. Empty for all.
    pub(crate) fn months_needed(&self) -> Vec<PeriodRange> {
        let Some(period) = self.period else { return Vec::new() };
        let before = self.comparison.map(|comparison| period.plus_months(-comparison.months()));
        [period].into_iter().chain(before).collect()
    }

    /// Whether the specification contradicts itself.
    pub fn check(&self) -> Result<()> {
        let time = self.by.iter().copied().find(|dimension| dimension.is_time());
        let months = self.period.map(|period| period.months());
        let refused = |conflict: Conflict| Err(conflict.into());
        match (self.comparison, time) {
            (Some(_), _) if self.is_pivoted => refused(Conflict::ComparisonPivoted),
            (
                Some(Comparison::PreviousMonth),
                Some(Dimension::Quarter | Dimension::Year | Dimension::FiscalYear),
            ) => refused(Conflict::PreviousMonthOfLongerPeriods),
            (Some(Comparison::PreviousMonth), None) if months != Some(1) => {
                refused(Conflict::PreviousMonthOfSeveral)
            }
            (Some(Comparison::LikeForLike { .. }), _) if months.is_none() => {
                refused(Conflict::LikeForLikeWithoutPeriod)
            }
            (Some(Comparison::PreviousYear), None) if months.is_none_or(|months| months > 12) => {
                refused(Conflict::PreviousYearOfSeveral)
            }
            (None, None) if self.is_pivoted => refused(Conflict::PivotWithoutPeriod),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
