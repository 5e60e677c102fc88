//! From what was read to what is added up. Each step takes what the step before returns, so that there is one order.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;

use super::basis::{Grounds, decided};
use super::question::{Question, Seen};
use crate::aggregate::aggregate;
use crate::bill::{BillSpec, Bills};
use crate::book::Book;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::fault::Faults;
use crate::filter::Filters;
use crate::ingest::{InputFile, Intake, Rejects};
use crate::join::{Attributes, FrozenAttributes};
use crate::notice::{Code, Notice};
use crate::objects::ComponentUsages;
use crate::pack::{Pack, PackSpec, pack};
use crate::period::{BillingPeriod, PeriodRange};
use crate::price::{Adjustment, ChargeLine, FocusRow, FrozenTariff, PriceExplanation, RatedMonths, Tariff};
use crate::pseudonym::Pseudonyms;
use crate::report::{Basis, Provenance, Report, ReportSpec};
use crate::statement::Caption;
use crate::text::grouped;
use crate::usage::UsageFrame;

/// What happens to rejected records.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rejecting<'a> {
    Refused,
    /// They are left out, and listed where this says.
    Listed(&'a str),
    /// They are left out, and are part of the answer.
    Judged,
}

/// What was read, with usernames as they may be seen.
pub(super) struct Named(Intake);

/// What was read, with nothing rejected that nobody hears of.
pub(super) struct Accepted(Intake);

/// What was read, with rows of what no user has if the figures are made of component usages.
pub(super) struct Attributed(Intake, Grounds);

/// What was read, with columns of the user's own.
pub(super) struct Joined(Intake, Grounds);

/// What was read, with filters that know customers, projects and offerings by their uuids.
pub(super) struct Resolved {
    pub intake: Intake,
    grounds: Grounds,
    pub filters: Filters,
}

/// What was read, with amounts, of which filters have taken nothing yet.
struct Priced<'t> {
    resolved: Resolved,
    rated: Option<RatedMonths<'t>>,
}

/// The records that pass the filters.
struct Filtered<'t>(Priced<'t>);

/// Records that can be added up: filtered, with amounts if there are prices, and what is to be said of them.
#[derive(Debug)]
pub struct Prepared<'t> {
    /// The records that are left, with amounts if there are prices.
    pub frame: UsageFrame,
    /// Where they come from, and what to know of them.
    pub provenance: Provenance,
    /// The filters, with uuids in place of names.
    pub filters: Filters,
    /// The files that were read.
    pub files: Vec<InputFile>,
    /// The rejected records.
    pub faults: Faults,
    /// All of them with their texts, if they were asked for.
    pub rejects: Option<Rejects>,
    /// Earlier months whose amounts are not all there, or are made of something else than those of the report.
    pub(super) without_amounts: BTreeSet<BillingPeriod>,
    rated: Option<RatedMonths<'t>>,
}

/// What is asked of records that were read.
#[derive(Clone, Debug)]
pub struct Preparation<'q> {
    /// Columns of the user's own that are joined to the records.
    pub attributes: Option<&'q Attributes>,
    /// Which records count. Names become uuids first.
    pub filters: Filters,
    /// The prices; `None` for usage alone, but for months that have prices of their own.
    pub tariff: Option<&'q Tariff>,
    /// The prices that months were closed with.
    pub frozen: Vec<Arc<FrozenTariff>>,
    /// The attributes that months were closed with.
    pub frozen_attributes: FrozenAttributes,
    /// What was decided after the price list, by month.
    pub adjustments: Vec<(BillingPeriod, Adjustment)>,
    /// What figures are made of; left open, component usages if there are prices and component usages of every month.
    pub basis: Option<Basis>,
    /// Whether the figures are to get prices later, so that they are made of what prices would be for.
    pub wants_prices: bool,
    /// The book that the records are from: its log says who answers for what.
    pub book: Option<&'q Book>,
    /// The component usages of the months.
    pub component_usages: Option<Arc<ComponentUsages>>,
    /// When and where the data is seen.
    pub seen: Seen,
    /// The months whose records are needed; empty for all.
    pub months: Vec<PeriodRange>,
    /// The months that get amounts; empty for all.
    pub priced: Vec<PeriodRange>,
    /// Earlier months that get amounts if they can.
    pub priced_before: Vec<PeriodRange>,
    /// What the amounts of earlier months that are closed are made of.
    pub bases_before: Vec<(BillingPeriod, Basis)>,
}

impl Named {
    /// Usernames come first, so that not even a message shows one that is to be hidden.
    pub(crate) fn new(mut intake: Intake, pseudonyms: Option<&Pseudonyms>) -> Self {
        pseudonyms.iter().for_each(|pseudonyms| pseudonyms.hide(&mut intake));
        Self(intake)
    }

    /// # Errors
    /// Rejected records that are refused.
    pub(crate) fn accepted(self, rejecting: Rejecting<'_>) -> Result<Accepted> {
        let Self(mut intake) = self;
        match (rejecting, intake.faults.count()) {
            (_, 0) | (Rejecting::Judged, _) => {}
            (Rejecting::Listed(place), count) => intake.notices.push(rejected(count, place)),
            (Rejecting::Refused, _) => return Err(Error::Rejected { faults: Box::new(intake.faults) }),
        }
        Ok(Accepted(intake))
    }
}

impl Accepted {
    /// What is to be said of what was read.
    pub(crate) fn notices(&self) -> &[Notice] {
        &self.0.notices
    }

    /// Adds what is to be said.
    pub(crate) fn note(&mut self, notices: Vec<Notice>) {
        self.0.notices.extend(notices);
    }

    /// The months that have records.
    pub(crate) fn months(&self) -> &[i32] {
        &self.0.frame.months
    }

    pub(crate) fn into_intake(self) -> Intake {
        self.0
    }

    /// With rows of what no user has, if the figures are to be made of component usages and can be.
    ///
    /// # Errors
    /// Component usages are asked for and not there.
    pub(crate) fn attributed(self, asked: &Preparation<'_>) -> Result<Attributed> {
        let Self(mut intake) = self;
        let (usages, period) = (asked.component_usages.as_deref(), asked.seen.period);
        intake.files.extend(usages.into_iter().flat_map(|usages| usages.files.clone()));
        let based = decided(
            asked.basis,
            asked.wants_prices || asked.tariff.is_some() || !asked.frozen.is_empty(),
            usages,
            &intake.frame,
            period,
        )?;
        let Some(usages) = usages.filter(|_| based.on == Basis::ComponentUsage) else {
            return Ok(Attributed(intake, Grounds::of_records(based)));
        };
        let is_needed = |month: BillingPeriod| {
            asked.months.is_empty() || asked.months.iter().any(|range| range.contains(month))
        };
        let grounds = Grounds::attributed(based, &mut intake.frame, usages, is_needed, period);
        Ok(Attributed(intake, grounds))
    }

    /// The steps up to names of filters.
    pub(crate) fn resolved(self, asked: &Preparation<'_>) -> Result<Resolved> {
        let joined = self.attributed(asked)?.joined(asked.attributes, &asked.frozen_attributes)?;
        joined.resolved(asked.filters.clone(), true, asked.book)
    }

    /// As records are, for what is no figure.
    pub(crate) fn of_users(self) -> Attributed {
        Attributed(self.0, Grounds::default())
    }
}

impl Attributed {
    /// # Errors
    /// A table that does not fit the records.
    pub(crate) fn joined(self, attributes: Option<&Attributes>, frozen: &FrozenAttributes) -> Result<Joined> {
        let Self(mut intake, grounds) = self;
        if let Some(attributes) = attributes {
            attributes.join(&mut intake)?;
            intake.files.extend(attributes.files());
        }
        intake.notices.extend(frozen.put(&mut intake.frame)?);
        Ok(Joined(intake, grounds))
    }
}

impl Joined {
    /// What is read of a book are the months that are needed; a name may be one of others.
    ///
    /// # Errors
    /// A name that several have. If nothing would be left: a name that nothing has, to which another one is near.
    pub(crate) fn resolved(
        self,
        mut filters: Filters,
        checks_types: bool,
        book: Option<&Book>,
    ) -> Result<Resolved> {
        let Self(mut intake, grounds) = self;
        let elsewhere = || book.map(|book| Ok(book.read(&[], None, false)?.frame)).transpose();
        let warnings = filters.resolve_names(&intake.frame, checks_types, elsewhere)?;
        intake.notices.extend(warnings);
        Ok(Resolved { intake, grounds, filters })
    }
}

impl Resolved {
    /// The steps that follow.
    pub(crate) fn prepared<'t>(self, asked: &Preparation<'t>) -> Result<Prepared<'t>> {
        let priced = self.priced(asked)?;
        priced.filtered(&asked.months, asked.seen.timezone).settled(asked)
    }

    /// Before filters: a filter shows a part of a bill and never changes it.
    fn priced<'t>(mut self, asked: &Preparation<'t>) -> Result<Priced<'t>> {
        let rated = match (asked.tariff, asked.frozen.as_slice()) {
            (None, []) => None,
            (given, frozen) => Some(RatedMonths::new(
                given,
                frozen,
                &asked.adjustments,
                &mut self.intake.frame,
                (&asked.priced, &asked.priced_before),
            )?),
        };
        Ok(Priced { resolved: self, rated })
    }
}

impl<'t> Priced<'t> {
    fn filtered(mut self, months: &[PeriodRange], timezone: Tz) -> Filtered<'t> {
        let Resolved { intake, filters, .. } = &mut self.resolved;
        intake.frame = filters.apply(std::mem::take(&mut intake.frame), months, timezone);
        Filtered(self)
    }
}

impl<'t> Filtered<'t> {
    fn settled(self, asked: &Preparation<'_>) -> Result<Prepared<'t>> {
        let seen = &asked.seen;
        let Self(Priced { resolved: Resolved { mut intake, grounds, filters }, rated }) = self;
        let settle = |rated: &RatedMonths<'t>| rated.settle(&mut intake.frame, seen.period, &filters);
        let (pricing, notices) = rated.as_ref().map(settle).transpose()?.unzip();
        let mut states = intake.states;
        states.retain(|month| seen.period.is_none_or(|period| period.contains(month.period)));
        let mut provenance = Provenance {
            tool_version: env!("CARGO_PKG_VERSION"),
            period: seen.period,
            as_of: seen.calendar.as_of,
            timezone: seen.timezone,
            filters: filters.described(),
            based: grounds.based.clone(),
            accounting: intake.accounting.filtered_to(intake.frame.record_count()),
            notices: intake.notices,
            partial_periods: Vec::new(),
            comparison: None,
            states,
            pricing,
        };
        let by_users = grounds.by_users_notices(&intake.frame, seen.period);
        provenance.add_notices(notices.into_iter().flatten().chain(grounds.notices).chain(by_users));
        asked.book.iter().for_each(|book| book.acknowledge(&mut provenance.notices));
        let Intake { frame, files, faults, rejects, .. } = intake;
        let mut without_amounts = BTreeSet::new();
        if let (Some(rated), false) = (&rated, asked.priced_before.is_empty()) {
            without_amounts = rated.incomplete(&frame);
            without_amounts.extend(&grounds.of_users);
            let others = asked.bases_before.iter().filter(|(_, basis)| *basis != grounds.based.on);
            without_amounts.extend(others.map(|(month, _)| *month));
        }
        Ok(Prepared { frame, provenance, filters, files, faults, rejects, without_amounts, rated })
    }
}

impl<'t> Prepared<'t> {
    /// Prepares records that are read already.
    ///
    /// # Errors
    /// Rejected records; a name that no customer, project or offering has, or several have; usage without a price.
    pub fn new(intake: Intake, asked: &Preparation<'t>) -> Result<Self> {
        let accepted = Named::new(intake, None).accepted(Rejecting::Refused)?;
        accepted.resolved(asked)?.prepared(asked)
    }

    /// # Errors
    /// A specification that contradicts itself.
    pub fn report(&self, spec: &ReportSpec) -> Result<Report> {
        aggregate(&self.frame, spec, self.provenance.clone())
    }

    /// # Errors
    /// A specification that contradicts itself.
    pub fn pack(&self, spec: &PackSpec) -> Result<Pack> {
        let mut pack = pack(&self.frame, spec, self.provenance.clone())?;
        pack.faults = self.faults.clone();
        pack.inputs = self.files.clone();
        Ok(pack)
    }

    /// Rows of FOCUS.
    ///
    /// # Errors
    /// No prices; unit prices and costs beyond 38 digits.
    pub fn focus_rows(&self) -> Result<Vec<FocusRow>> {
        self.rated()?.focus_rows(&self.frame, self.provenance.period, &self.filters)
    }

    /// How every amount came about.
    ///
    /// # Errors
    /// No prices.
    pub fn price_explanation(&self, caption: Caption) -> Result<PriceExplanation<'_>> {
        PriceExplanation::new(self.rated()?, &self.frame, self.provenance.period, &self.filters, caption)
    }

    /// What every line of a month costs and by which prices, in one form that can be compared; of all records, if no
    /// filter took any.
    ///
    /// # Errors
    /// No prices.
    pub(super) fn charges(&self, month: BillingPeriod) -> Result<Vec<u8>> {
        Ok(self.rated()?.charges(&self.frame, month))
    }

    /// What each recipient has to pay.
    ///
    /// # Errors
    /// No prices; amounts without a recipient; attributes that contradict each other.
    pub fn bills(&self, spec: BillSpec) -> Result<Bills> {
        let lines = self.charge_lines()?;
        let totals = self.provenance.pricing.as_ref().map_or(&[][..], |pricing| &pricing.totals);
        let rated = self.rated()?;
        Bills::new(&self.frame, &lines, spec, totals, &|currency| rated.rounding_of_totals(currency))
    }

    /// What each component usage costs that has a price.
    pub(super) fn charge_lines(&self) -> Result<Vec<ChargeLine>> {
        self.rated()?.charge_lines(&self.frame, self.provenance.period)
    }

    fn rated(&self) -> Result<&RatedMonths<'t>> {
        self.rated.as_ref().ok_or(Error::NoPrices)
    }
}

impl<'q> Preparation<'q> {
    /// All records of the months that a report needs, in UTC, without prices.
    pub fn of(spec: &ReportSpec) -> Self {
        let seen = Seen { calendar: spec.calendar, timezone: Tz::UTC, period: spec.period };
        let months = spec.months_needed();
        let filters = Filters::default();
        let grouped = spec.by.iter().filter_map(|dimension| match dimension {
            Dimension::Attribute(attribute) => Some(*attribute),
            _ => None,
        });
        let frozen_attributes =
            FrozenAttributes { months: Vec::new(), period: spec.period, grouped: grouped.collect() };
        Self {
            attributes: None,
            filters,
            tariff: None,
            frozen: Vec::new(),
            frozen_attributes,
            adjustments: Vec::new(),
            basis: None,
            wants_prices: false,
            book: None,
            component_usages: None,
            seen,
            priced: months.clone(),
            priced_before: Vec::new(),
            bases_before: Vec::new(),
            months,
        }
    }

    /// The same for a pack, whose earlier months have no amounts.
    pub fn of_pack(spec: &PackSpec) -> Self {
        let priced = spec.report.period.into_iter().collect();
        Self { months: spec.months_needed(), priced, ..Self::of(&spec.report) }
    }

    /// With amounts of earlier months, if they can have any.
    pub(crate) fn with_amounts_before(self) -> Self {
        let priced_before = if self.priced.is_empty() { Vec::new() } else { self.months.clone() };
        Self { priced_before, ..self }
    }

    /// With what a question asks, as it is seen.
    pub(super) fn with(self, question: &Question<'q>, seen: Seen) -> Self {
        let Question { attributes, tariff, basis, wants_prices, .. } = *question;
        let book = question.book();
        Self {
            attributes,
            filters: question.filters.clone(),
            tariff,
            basis,
            wants_prices,
            book,
            seen,
            ..self
        }
    }
}

fn rejected(count: u64, place: &str) -> Notice {
    let (were, list, them) = match count {
        1 => ("record or file was", "is listed with its reason", "it"),
        _ => ("records or files were", "are listed with their reasons", "them"),
    };
    let count_text = grouped(count);
    let message =
        format!("{count_text} {were} rejected and {list} in {place}; the figures do not include {them}.");
    Notice::warning(Code::Rejected, count, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Progress, ReadRequest, read};

    /// What is read of this many records without a usage.
    fn named(records: usize) -> Named {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("page.json");
        std::fs::write(&file, format!("[{}]", vec![r#"{"uuid":"1"}"#; records].join(","))).unwrap();
        let request = ReadRequest::new([file.display().to_string()]);
        Named::new(read(&request, &Arc::new(Progress::default())).unwrap(), None)
    }

    #[test]
    fn rejected_records_stop_the_work_unless_there_is_a_place_for_them() {
        assert!(named(0).accepted(Rejecting::Refused).is_ok());
        let refused = named(1_021).accepted(Rejecting::Refused).err().expect("they are refused");
        assert!(matches!(refused, Error::Rejected { faults } if faults.count() == 1_021));
        assert!(named(2).accepted(Rejecting::Judged).is_ok());
    }

    #[test]
    fn rejected_records_that_are_listed_are_a_warning() {
        let accepted = named(2).accepted(Rejecting::Listed("rejects.ndjson")).unwrap();
        let notice = accepted.notices().iter().find(|notice| notice.code == Code::Rejected).unwrap();
        assert_eq!(notice.count, 2);
        assert!(notice.message.contains("2 records or files were rejected"), "{}", notice.message);
    }
}
