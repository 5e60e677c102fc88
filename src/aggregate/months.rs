//! Which months a report is about, and which of them can be compared with earlier ones.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::time_number;
use crate::dimension::Dimension;
use crate::period::{BillingPeriod, PeriodRange};
use crate::report::{Compared, Comparison, LeftOut, ReportSpec};
use crate::usage::UsageFrame;

/// The months of a report.
///
/// A stretch of time is compared in full or not at all: each of its months and each of the earlier ones must be over
/// and available, so that the change is the usage less the usage before. Like for like, each month is compared alone.
pub(crate) struct Months {
    /// The months reported on; `None` if there is no record at all.
    pub reported: Option<PeriodRange>,
    /// How many months earlier the other side of a comparison lies.
    pub shift: Option<i32>,
    /// What is compared; `None` if no comparison is asked for.
    pub compared: Option<Compared>,
    /// The months that are compared.
    comparable: BTreeSet<i32>,
}

impl Months {
    /// The months asked for, or all that there are.
    pub(crate) fn new(frame: &UsageFrame, spec: &ReportSpec) -> Self {
        let reported = spec.period.or_else(|| PeriodRange::of_numbers(&frame.months));
        let availability = Availability { frame, spec };
        let compared = spec.comparison.map(|comparison| availability.compared(reported, comparison));
        let comparable = compared.iter().flat_map(|compared| &compared.months).map(|month| month.number());
        Self {
            reported,
            shift: spec.comparison.map(Comparison::months),
            comparable: comparable.collect(),
            compared,
        }
    }

    pub(crate) fn is_reported(&self, period: BillingPeriod) -> bool {
        self.reported.is_some_and(|range| range.contains(period))
    }

    pub(crate) fn is_comparable(&self, period: BillingPeriod) -> bool {
        self.comparable.contains(&period.number())
    }

    /// Whether a line over all stretches of time can be compared.
    pub(crate) fn are_all_comparable(&self) -> bool {
        self.compared
            .as_ref()
            .is_some_and(|compared| compared.is_like_for_like || compared.left_out.is_empty())
    }
}

/// Which months are over and available.
struct Availability<'a> {
    frame: &'a UsageFrame,
    spec: &'a ReportSpec,
}

impl Availability<'_> {
    fn compared(&self, reported: Option<PeriodRange>, comparison: Comparison) -> Compared {
        let shift = comparison.months();
        let is_like_for_like = matches!(comparison, Comparison::LikeForLike { .. });
        let (mut months, mut left_out) = (Vec::new(), Vec::new());
        for stretch in self.stretches(reported) {
            let sides = [self.left_out(stretch, false), self.left_out(stretch.plus_months(-shift), true)];
            if sides.iter().all(Option::is_none) {
                months.extend(stretch.periods());
            } else if is_like_for_like {
                let is_comparable =
                    |month: &BillingPeriod| self.is_there(*month) && self.is_there(month.plus_months(-shift));
                months.extend(stretch.periods().filter(is_comparable));
            }
            left_out.extend(sides.into_iter().flatten());
        }
        let months_before = months.iter().map(|month| month.plus_months(-shift)).collect();
        Compared { is_like_for_like, months, months_before, left_out }
    }

    /// The stretches of time that rows are of, within the months reported on.
    fn stretches(&self, reported: Option<PeriodRange>) -> Vec<PeriodRange> {
        let time = self.spec.by.iter().copied().find(|dimension| dimension.is_time());
        let Some(time) = time else { return reported.into_iter().collect() };
        let number = |month: BillingPeriod| match time {
            Dimension::Period => month.number() as u32,
            _ => time_number(time, month, &self.spec.calendar),
        };
        let mut stretches: BTreeMap<u32, PeriodRange> = BTreeMap::new();
        for month in reported.iter().flat_map(PeriodRange::periods) {
            let own = PeriodRange::month(month);
            stretches.entry(number(month)).and_modify(|range| *range = range.joined(&own)).or_insert(own);
        }
        stretches.into_values().collect()
    }

    fn left_out(&self, range: PeriodRange, is_before: bool) -> Option<LeftOut> {
        let available = range.periods().filter(|month| self.is_there(*month)).count();
        let is_running = range.periods().any(|month| month.is_partial(self.spec.calendar.as_of));
        (available < range.months() as usize).then_some(LeftOut { range, available, is_before, is_running })
    }

    /// Whether a month is over, and the input has a record of it or is known to have none.
    fn is_there(&self, month: BillingPeriod) -> bool {
        let number = month.number();
        let is_known = [&self.frame.months, &self.frame.empty_months]
            .iter()
            .any(|list| list.binary_search(&number).is_ok());
        is_known && !month.is_partial(self.spec.calendar.as_of)
    }
}
