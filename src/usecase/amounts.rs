//! What changes come to in money: two states of a month with the same prices.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use serde_json::json;

use super::prepare::{Preparation, Prepared};
use super::question::Layout;
use crate::book::Book;
use crate::compare::{AmountDifference, AmountStatement};
use crate::error::Result;
use crate::ingest::Intake;
use crate::notice::{Code, Notice};
use crate::objects::ComponentUsages;
use crate::period::{BillingPeriod, Calendar, PeriodRange};
use crate::price::Tariff;
use crate::report::{Basis, Pricing, Report};
use crate::statement::Caption;

/// How two states differ in money, and what is to be said of their prices.
#[derive(Debug)]
pub struct AmountChanges {
    /// The rows that can be drawn.
    pub statement: AmountStatement,
    /// Warnings and notes about prices, such as usage without one.
    pub notices: Vec<Notice>,
}

/// Compares states of months with the same prices, one month after the other.
pub(super) struct Pricer<'q> {
    tariff: &'q Tariff,
    calendar: Calendar,
    timezone: Tz,
    difference: AmountDifference,
    notices: Vec<Notice>,
    pricing: Option<Pricing>,
    /// What the compared amounts are made of.
    bases: BTreeSet<Basis>,
}

impl<'q> Pricer<'q> {
    pub(crate) fn new(book: &Book, tariff: &'q Tariff) -> Result<Self> {
        let timezone = book.timezone()?;
        let as_of = book.time().unwrap_or_default().with_timezone(&timezone).date_naive();
        Ok(Self {
            tariff,
            calendar: Calendar { as_of, fiscal_year_start: 1 },
            timezone,
            difference: AmountDifference::default(),
            notices: Vec::new(),
            pricing: None,
            bases: BTreeSet::new(),
        })
    }

    /// Adds a month, as it was before and as it is after, each with the component usages of that state. Both are made of
    /// component usages if both have them, or else of users.
    ///
    /// # Errors
    /// Usage without a price.
    pub(crate) fn compare(
        &mut self,
        month: BillingPeriod,
        states: [(Intake, &Option<Arc<ComponentUsages>>); 2],
    ) -> Result<()> {
        let has_usages = |usages: &Option<Arc<ComponentUsages>>| {
            usages.as_ref().is_some_and(|usages| usages.has_month(month))
        };
        let basis = match states.iter().all(|(_, usages)| has_usages(usages)) {
            true => Basis::ComponentUsage,
            false => Basis::Users,
        };
        let [before, after] = states.map(|(intake, usages)| self.report(month, intake, (basis, usages)));
        let reports = [before?, after?];
        let [before, after] = &reports;
        self.difference.add(before, after);
        for report in reports {
            // A price that one month has no use for is there for another one.
            let said =
                report.provenance.notices.into_iter().filter(|one| one.code != Code::PriceWithoutUsage);
            self.notices.extend(said);
            self.bases.insert(report.provenance.based.on);
            self.pricing = report.provenance.pricing;
        }
        Ok(())
    }

    fn report(
        &self,
        month: BillingPeriod,
        mut intake: Intake,
        (basis, usages): (Basis, &Option<Arc<ComponentUsages>>),
    ) -> Result<Report> {
        let period = PeriodRange::month(month);
        // What is to be said of the records themselves, a report of the month says.
        intake.notices.clear();
        let spec = Layout::by(AmountDifference::BY.to_vec()).spec(self.calendar, Some(period));
        let mut asked = Preparation::of(&spec);
        (asked.tariff, asked.seen.timezone) = (Some(self.tariff), self.timezone);
        (asked.basis, asked.component_usages) = (Some(basis), usages.clone());
        Prepared::new(intake, &asked)?.report(&spec)
    }

    /// Under the caption of the states, with the prices.
    pub(crate) fn changes(mut self, mut caption: Caption, nothing: &'static str) -> AmountChanges {
        self.notices.sort();
        self.notices.dedup();
        if let Some(Pricing { price_list, rounding, .. }) = self.pricing {
            caption.title.push(format!("Prices of {}, rounded {rounding}", price_list.path));
            let bases: Vec<String> = self.bases.iter().map(ToString::to_string).collect();
            caption.title.push(format!("Made of {}", bases.join(", in other months of ")));
            caption.facts.push(("price_list", json!(price_list)));
            caption.facts.push(("basis", json!(self.bases)));
        }
        caption.nothing = nothing;
        let statement = AmountStatement { difference: self.difference, caption };
        AmountChanges { statement, notices: self.notices }
    }
}
