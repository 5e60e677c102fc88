//! A pack for each customer: the customer's own records, and nothing that tells of another.

use std::collections::{BTreeMap, HashMap};

use super::ties::{MoneyTie, Tie, UnitTotal, amounts};
use super::{Pack, PackSpec, compact, drawn_from};
use crate::aggregate::aggregate;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::report::{
    Accounting, Cell, ColumnId, MoneyTotal, MonthState, Pricing, PricingFile, Provenance, Report, Section,
    Status,
};
use crate::text::{grouped, uuid_text};
use crate::usage::{Entity, UsageFrame};

/// The customers with records or credits in the period, and what their packs must come to together.
#[derive(Debug)]
pub struct Customers {
    frame: UsageFrame,
    spec: PackSpec,
    /// By customer over all records, which the packs are held against.
    whole: Report,
    /// In the order of names, then uuids.
    members: Vec<Member>,
}

/// One customer.
#[derive(Debug)]
struct Member {
    entity: Entity,
    /// The place among the frame's customers.
    place: u32,
    /// The rows among the records, those of other months that are needed among them.
    rows: Vec<u32>,
    sum: Sum,
}

/// What usage comes to by unit, and amounts by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    usage: BTreeMap<String, UnitTotal>,
    money: BTreeMap<String, Amount>,
}

/// What stands for the values of a filter that could name somebody else.
const SELECTION: &str = "(a selection)";

impl Customers {
    /// Brings records to their customers.
    ///
    /// # Errors
    /// A specification that contradicts itself.
    pub fn new(frame: UsageFrame, spec: PackSpec, provenance: Provenance) -> Result<Self> {
        spec.check()?;
        let mut whole = aggregate(&frame, &spec.report_of(&[Dimension::Customer], None), provenance)?;
        let kept = super::records(&whole);
        spec.compare(&mut whole.provenance, &frame);
        let accounting = &mut whole.provenance.accounting;
        *accounting = accounting.filtered_to(kept);
        let members = members(&frame, &whole);
        Ok(Self { frame, spec, whole, members })
    }

    /// How many packs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether no customer has a record or credit in the period.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The customer of a pack, from 0.
    pub fn entity(&self, at: usize) -> &Entity {
        &self.members[at].entity
    }

    /// Of all customers together.
    pub fn provenance(&self) -> &Provenance {
        &self.whole.provenance
    }

    /// The pack of one customer, addressed to it.
    ///
    /// # Errors
    /// A pack that does not come to what the customer has in the whole.
    pub fn pack(&self, at: usize) -> Result<Pack> {
        let member = &self.members[at];
        let frame = compact::compacted(&self.frame, &member.rows, member.place);
        let whole = &self.whole.provenance;
        let read = frame.record_count();
        let pricing = whole.pricing.as_ref();
        let provenance = Provenance {
            filters: whole.filters.iter().filter_map(own_filter).collect(),
            accounting: Accounting { read, kept: read, ..Accounting::default() },
            notices: Vec::new(),
            partial_periods: Vec::new(),
            comparison: None,
            states: whole.states.iter().map(own_state).collect(),
            pricing: pricing.map(|pricing| own_pricing(pricing, &frame, &self.spec)).transpose()?,
            ..whole.clone()
        };
        let mut pack = drawn_from(&frame, &self.spec, provenance)?;
        // There is nobody else to be larger than.
        pack.largest.rows = Section::default();
        pack.shares = Vec::new();
        pack.addressee = Some(member.entity.clone());
        match pack.is_tied() && Sum::of(&pack.ties, &pack.money_ties).is(&member.sum) {
            true => Ok(pack),
            false => Err(Error::NotTied { whose: format!("the customer {}", uuid_text(member.entity.uuid)) }),
        }
    }

    /// What all customers come to, by unit.
    pub fn totals(&self) -> Vec<(String, UnitTotal)> {
        let totals = amounts(&self.whole, &self.whole.totals).into_iter();
        totals.filter(|(_, total)| !total.is_empty()).collect()
    }

    /// What all customers have to pay, by currency; none if usage has no prices.
    pub fn money_totals(&self) -> Vec<(String, Amount)> {
        let totals = self.whole.provenance.pricing.iter().flat_map(|pricing| &pricing.totals);
        totals.map(|total| (total.currency.clone(), total.amount)).collect()
    }

    /// Compares the sum of all packs with the whole, and says in a sentence what adds up.
    ///
    /// # Errors
    /// Packs that do not add up to it.
    pub fn tie_out<'a>(&self, packs: impl Iterator<Item = (&'a [Tie], &'a [MoneyTie])>) -> Result<String> {
        let mut sum = Sum::default();
        let mut count = 0;
        for (ties, money_ties) in packs {
            count += 1;
            sum.add(&Sum::of(ties, money_ties));
        }
        let totals = Sum {
            usage: self.totals().into_iter().collect(),
            money: self.money_totals().into_iter().collect(),
        };
        if count != self.len() || !sum.is(&totals) {
            return Err(Error::NotTied { whose: "all customers together".to_owned() });
        }
        let records: u64 = totals.usage.values().map(|amount| amount.records).sum();
        let plural = |count: usize, one: &str, many: &str| {
            format!("{} {}", grouped(count as u64), if count == 1 { one } else { many })
        };
        let amounts = match totals.money.len() {
            0 => String::new(),
            currencies => format!(", and amounts in {}", plural(currencies, "currency", "currencies")),
        };
        Ok(format!(
            "The {} up to the report exactly: {}, usage in {}{amounts}.",
            plural(count, "statement adds", "statements add"),
            plural(records as usize, "record", "records"),
            plural(totals.usage.len(), "unit", "units"),
        ))
    }
}

impl Sum {
    fn of(ties: &[Tie], money_ties: &[MoneyTie]) -> Self {
        Self {
            usage: ties.iter().map(|tie| (tie.measured_unit.clone(), tie.total)).collect(),
            money: money_ties.iter().map(|tie| (tie.currency.clone(), tie.total)).collect(),
        }
    }

    /// Whether both are equal; no amount and no usage are those of nothing.
    fn is(&self, other: &Self) -> bool {
        let amounts = |sum: &'_ Self| -> Vec<(String, Amount)> {
            let amounts = sum.money.iter().filter(|(_, amount)| **amount != Amount::ZERO);
            amounts.map(|(currency, amount)| (currency.clone(), *amount)).collect()
        };
        let usage = |sum: &'_ Self| -> Vec<(String, UnitTotal)> {
            let usage = sum.usage.iter().filter(|(_, total)| !total.is_empty());
            usage.map(|(unit, total)| (unit.clone(), *total)).collect()
        };
        usage(self) == usage(other) && amounts(self) == amounts(other)
    }

    fn add(&mut self, other: &Self) {
        for (unit, amount) in &other.usage {
            let sum = self.usage.entry(unit.clone()).or_default();
            sum.usage += amount.usage;
            sum.records += amount.records;
        }
        for (currency, amount) in &other.money {
            *self.money.entry(currency.clone()).or_default() += *amount;
        }
    }
}

/// The customers of the whole in its order, with the rows of their records.
fn members(frame: &UsageFrame, whole: &Report) -> Vec<Member> {
    let uuid = whole.column(ColumnId::Uuid(Dimension::Customer)).expect("customers have uuids");
    let unit = whole.column(ColumnId::MeasuredUnit);
    let usage = whole.column(ColumnId::Usage);
    let records = whole.column(ColumnId::Records);
    let currency = whole.column(ColumnId::Currency);
    let amount = whole.column(ColumnId::Amount);
    let cells = whole.rows.cells();
    let cell = |row, column: Option<usize>| column.map_or(Cell::Empty, |column| cells.get(row, column));

    let places: HashMap<String, u32> =
        frame.customers.iter().map(|entity| uuid_text(entity.uuid)).zip(0..).collect();
    let mut rows = rows_by_customer(frame);
    let mut members: Vec<Member> = Vec::new();
    for row in 0..whole.rows.len() {
        let Cell::Text(uuid) = cells.get(row, uuid) else { continue };
        let place = places[uuid];
        if members.last().is_none_or(|member| member.place != place) {
            let entity = frame.customers[place as usize].clone();
            let rows = std::mem::take(&mut rows[place as usize]);
            members.push(Member { entity, place, rows, sum: Sum::default() });
        }
        let sum = &mut members.last_mut().expect("one was put there").sum;
        if let (Cell::Text(unit), Cell::Quantity(usage)) = (cell(row, unit), cell(row, usage)) {
            let total = sum.usage.entry(unit.to_owned()).or_default();
            total.usage += usage;
            if let Cell::Count(records) = cell(row, records) {
                total.records += records;
            }
        }
        if let (Cell::Text(currency), Cell::Amount(amount)) = (cell(row, currency), cell(row, amount)) {
            *sum.money.entry(currency.to_owned()).or_default() += amount;
        }
    }
    members
}

/// What a customer's amounts come to, added up from its records and credits.
fn own_pricing(pricing: &Pricing, frame: &UsageFrame, spec: &PackSpec) -> Result<Pricing> {
    let period = spec.report.period;
    let is_reported = |month: BillingPeriod| period.is_none_or(|period| period.contains(month));
    let mut sums: BTreeMap<(BillingPeriod, &str), (Amount, Amount)> = BTreeMap::new();
    for (parent, amount) in frame.records.amount_by_parent()? {
        let month = frame.parents.period(parent);
        if let Some(currency) = frame.parents.currency(parent).filter(|_| is_reported(month)) {
            let places = frame.currency_places[currency as usize];
            let currency = &frame.currencies[currency as usize];
            sums.entry((month, currency)).or_default().0 += Amount::new(amount, places);
        }
    }
    for credit in frame.credits.iter().filter(|credit| is_reported(credit.period)) {
        let currency = &frame.currencies[credit.currency as usize];
        let sum = sums.entry((credit.period, currency)).or_default();
        sum.0 += credit.amount;
        sum.1 += credit.amount;
    }
    let total = |period, currency: &str, (amount, credits)| MoneyTotal {
        period,
        currency: currency.to_owned(),
        amount,
        credits,
        rounding_difference: None,
    };
    let mut totals: BTreeMap<&str, (Amount, Amount)> = BTreeMap::new();
    for ((_, currency), (amount, credits)) in &sums {
        let total = totals.entry(currency).or_default();
        total.0 += *amount;
        total.1 += *credits;
    }
    // What the files are called may tell of others.
    let unnamed = |file: &PricingFile| PricingFile { path: "the sender's own".to_owned(), ..file.clone() };
    Ok(Pricing {
        price_list: unnamed(&pricing.price_list),
        exchange_rates: pricing.exchange_rates.as_ref().map(unnamed),
        totals: totals.into_iter().map(|(currency, sum)| total(None, currency, sum)).collect(),
        months: sums.iter().map(|((period, currency), sum)| total(Some(*period), currency, *sum)).collect(),
        ..pricing.clone()
    })
}

/// For each customer of the frame the rows of its records.
fn rows_by_customer(frame: &UsageFrame) -> Vec<Vec<u32>> {
    let customer_of = frame.parents.customer();
    let mut rows = vec![Vec::new(); frame.customers.len()];
    for (parent, row) in frame.records.parent().iter().zip(0..) {
        rows[customer_of[*parent as usize] as usize].push(row);
    }
    rows
}

/// A filter as the customer may see it: customers are left out, and what could be somebody else's is not spelled out.
fn own_filter((name, values): &(&'static str, Vec<String>)) -> Option<(&'static str, Vec<String>)> {
    match *name {
        "customer" | "customer_uuid" => None,
        "type" | "date_after" | "date_before" => Some((*name, values.clone())),
        "billing_period_year" | "billing_period_month" | "component_usage__billing_period" => {
            Some((*name, values.clone()))
        }
        _ => Some((*name, vec![SELECTION.to_owned()])),
    }
}

/// The state of a month without how much changed since, which counts the changes of all customers.
fn own_state(month: &MonthState) -> MonthState {
    let state = match &month.state {
        Status::Closed { version, .. } => {
            Status::Closed { version: *version, late_changes: None, component_usages_changed: 0 }
        }
        state => state.clone(),
    };
    MonthState { period: month.period, state }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letterhead::Letterhead;
    use crate::period::{Calendar, PeriodRange};
    use crate::report::ReportSpec;
    use crate::usecase::{Preparation, Prepared};
    use crate::{ReadRequest, read};

    fn customers(period: &str) -> Customers {
        let intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Default::default()).unwrap();
        let calendar = Calendar { as_of: "2026-11-23".parse().unwrap(), fiscal_year_start: 1 };
        let period = Some(PeriodRange::parse(period, calendar).unwrap());
        let report = ReportSpec { period, ..ReportSpec::monthly(calendar.as_of) };
        let spec =
            PackSpec { report, has_users: true, is_pseudonymous: false, letterhead: Letterhead::default() };
        let Prepared { frame, provenance, .. } = Prepared::new(intake, &Preparation::of_pack(&spec)).unwrap();
        Customers::new(frame, spec, provenance).unwrap()
    }

    #[test]
    fn a_customers_pack_holds_its_own_records_and_names_only() {
        let customers = customers("2026-10");
        assert_eq!(customers.len(), 8);
        let mut records = 0;
        for at in 0..customers.len() {
            let frame = compact::compacted(
                &customers.frame,
                &customers.members[at].rows,
                customers.members[at].place,
            );
            assert_eq!(frame.customers, [customers.entity(at).clone()]);
            assert!(frame.projects.len() < customers.frame.projects.len());
            assert!(frame.parents.len() <= frame.records.len());
            let pack = customers.pack(at).unwrap();
            assert_eq!(pack.addressee.as_ref(), Some(customers.entity(at)));
            assert!(pack.provenance.notices.is_empty() && pack.inputs.is_empty());
            assert!(pack.provenance.accounting.is_balanced());
            records += pack.provenance.accounting.kept;
        }
        assert_eq!(records, 1_513);
    }

    #[test]
    fn a_record_that_is_lost_on_the_way_to_a_statement_is_an_error() {
        let mut customers = customers("2026-08..2026-10");
        let packs: Vec<Pack> = (0..customers.len()).map(|at| customers.pack(at).unwrap()).collect();
        let ties = || packs.iter().map(|pack| (pack.ties.as_slice(), pack.money_ties.as_slice()));
        assert!(
            customers
                .tie_out(ties())
                .unwrap()
                .starts_with("The 8 statements add up to the report exactly: 4,536 records, ")
        );
        assert!(matches!(customers.tie_out(ties().skip(1)), Err(Error::NotTied { .. })));
        customers.members[0].rows.pop();
        assert!(matches!(customers.pack(0), Err(Error::NotTied { .. })));
        assert!(customers.pack(1).is_ok());
    }

    #[test]
    fn a_customer_that_had_usage_before_is_compared_and_one_without_records_gets_no_pack() {
        let of = |period| {
            let customers = customers(period);
            (0..customers.len()).map(|at| customers.entity(at).uuid).collect::<Vec<_>>()
        };
        assert!(of("2026-07").is_empty());
        let customers = customers("2026-10");
        let pack = customers.pack(0).unwrap();
        assert!(pack.summary.column(ColumnId::UsageBefore).is_some());
        assert!(pack.provenance.accounting.filtered_out > 0, "records of the months before");
    }

    #[test]
    fn filters_and_states_tell_of_nobody_else() {
        let filter = |name: &'static str| own_filter(&(name, vec!["Acme".to_owned(), "Other".to_owned()]));
        assert_eq!(filter("customer"), None);
        assert_eq!(filter("customer_uuid"), None);
        assert_eq!(filter("project"), Some(("project", vec![SELECTION.to_owned()])));
        assert_eq!(filter("type").unwrap().1, ["Acme", "Other"]);
        let state = |state: Status| {
            own_state(&MonthState { period: "2026-10".parse().unwrap(), state }).state.to_string()
        };
        let closed = Status::Closed { version: 1, late_changes: Some(1_414), component_usages_changed: 2 };
        assert_eq!(state(closed), "CLOSED v1");
        assert_eq!(state(Status::Open), "OPEN");
    }
}
