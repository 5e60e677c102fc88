//! Usage over the last thirteen months: a year, and the same month of the year before.

use crate::aggregate::aggregate;
use crate::dimension::Dimension;
use crate::error::Result;
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{ColumnId, Provenance, Report, ReportSpec, Stretch};
use crate::usage::UsageFrame;

/// How many months a trend shows at most.
const MONTHS: i32 = 13;

/// Usage by component, month by month.
#[derive(Clone, Debug)]
pub(crate) struct Trend {
    /// The months in order, up to the last one reported on; none is earlier than the first one with records.
    pub(crate) months: Vec<TrendMonth>,
    /// By component, the months across.
    pub(crate) report: Report,
}

/// One month of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrendMonth {
    pub(crate) period: BillingPeriod,
    /// Whether it was not over on the day on which the data is seen.
    pub(crate) is_partial: bool,
    /// Its place among the report's columns; none if no record is of it.
    pub(crate) column: Option<usize>,
}

impl Trend {
    pub(super) fn new(
        frame: &UsageFrame,
        spec: &ReportSpec,
        period: Option<PeriodRange>,
        provenance: &Provenance,
    ) -> Result<Self> {
        let shown = period.map(|period| since_first(Self::before(period), frame));
        let spec = ReportSpec {
            by: vec![Dimension::Period, Dimension::Component],
            period: shown.or(spec.period),
            comparison: None,
            is_pivoted: true,
            top: None,
            ..spec.clone()
        };
        // Usage alone: the months before those reported on have no amounts.
        let report = aggregate(frame, &spec, Provenance { pricing: None, ..provenance.clone() })?;
        let month = |period: BillingPeriod| TrendMonth {
            period,
            is_partial: period.is_partial(spec.calendar.as_of),
            column: report.column(ColumnId::UsageIn(Stretch::month(period))),
        };
        let months = shown.iter().flat_map(|range| range.periods().map(month)).collect();
        Ok(Self { months, report })
    }

    /// The thirteen months that end with a period.
    pub(super) fn before(period: PeriodRange) -> PeriodRange {
        PeriodRange { start: period.end.plus_months(-MONTHS), end: period.end }
    }

    /// All months from the first to the last with records.
    pub(super) fn all(months: &[i32]) -> Option<PeriodRange> {
        let (first, last) = (months.first()?, months.last()?);
        Some(PeriodRange {
            start: BillingPeriod::from_number(*first),
            end: BillingPeriod::from_number(last + 1),
        })
    }
}

/// The range without the months before the first one with records; at least its last month.
fn since_first(range: PeriodRange, frame: &UsageFrame) -> PeriodRange {
    let first = frame.months.first().map_or(range.start, |month| BillingPeriod::from_number(*month));
    PeriodRange { start: range.start.max(first).min(range.end.plus_months(-1)), end: range.end }
}
