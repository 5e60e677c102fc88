//! A pack for each recipient (customer, project, or value of an attribute): its own records, and nothing that tells of another.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::ties::{MoneyTie, Tie, UnitTotal, amounts};
use super::{Addressee, Pack, PackSpec, compact, drawn_from};
use crate::aggregate::aggregate;
use crate::amount::Amount;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::report::{
    Accounting, Cell, ColumnId, MoneyTotal, Pricing, PricingFile, Provenance, Report, Section,
};
use crate::text::listed;
use crate::text::{grouped, uuid_text};
use crate::usage::{Credit, UsageFrame};

/// The recipients with records or credits in the period, and what their packs must come to together.
#[derive(Debug)]
pub struct Recipients {
    per: Dimension,
    /// Whose the credits of the frame are.
    of_credits: Vec<Option<u32>>,
    frame: UsageFrame,
    spec: PackSpec,
    /// By recipient over all records, which the packs are held against.
    whole: Report,
    /// In the order of names, then uuids.
    members: Vec<Member>,
}

/// One recipient.
#[derive(Debug)]
struct Member {
    addressee: Addressee,
    /// Its number among the frame's recipients.
    number: u32,
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

impl Recipients {
    /// Brings records to their recipients: customers, projects, or the values of an attribute.
    ///
    /// # Errors
    /// A specification that contradicts itself, usage without a recipient.
    pub fn new(frame: UsageFrame, spec: PackSpec, per: Dimension, provenance: Provenance) -> Result<Self> {
        spec.check()?;
        let mut whole = aggregate(&frame, &spec.report_of(&[per], None), provenance)?;
        let kept = super::records(&whole);
        spec.compare(&mut whole.provenance, &frame);
        let accounting = &mut whole.provenance.accounting;
        *accounting = accounting.filtered_to(kept);
        let shares = Shares::new(&frame, per);
        let members = members(&frame, &whole, per, &shares)?;
        Ok(Self { per, of_credits: shares.of_credits, frame, spec, whole, members })
    }

    /// How many packs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether no recipient has a record or credit in the period.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whom a pack is addressed to, from 0.
    pub fn addressee(&self, at: usize) -> &Addressee {
        &self.members[at].addressee
    }

    /// What recipients are.
    pub fn per(&self) -> Dimension {
        self.per
    }

    /// Of all recipients together.
    pub fn provenance(&self) -> &Provenance {
        &self.whole.provenance
    }

    /// The pack of one recipient, addressed to it.
    ///
    /// # Errors
    /// A pack that does not come to what the recipient has in the whole.
    pub fn pack(&self, at: usize) -> Result<Pack> {
        let member = &self.members[at];
        let frame = self.compacted(member);
        let whole = &self.whole.provenance;
        let read = frame.record_count();
        let pricing = whole.pricing.as_ref();
        let provenance = Provenance {
            filters: whole.filters.iter().filter_map(|filter| own_filter(filter, self.per)).collect(),
            accounting: Accounting { read, kept: read, ..Accounting::default() },
            notices: Vec::new(),
            partial_periods: Vec::new(),
            comparison: None,
            // States of months, and what amounts were frozen with, are the sender's.
            states: Vec::new(),
            pricing: pricing.map(|pricing| own_pricing(pricing, &frame, &self.spec)).transpose()?,
            ..whole.clone()
        };
        let mut pack = drawn_from(&frame, &self.spec, provenance)?;
        // There is nobody else to be larger than.
        pack.largest.rows = Section::default();
        pack.shares = Vec::new();
        pack.addressee = Some(member.addressee.clone());
        match pack.is_tied() && Sum::of(&pack.ties, &pack.money_ties).is(&member.sum) {
            true => Ok(pack),
            false => Err(Error::NotTied { whose: format!("the {} {}", self.per.name(), member.addressee) }),
        }
    }

    fn compacted(&self, member: &Member) -> UsageFrame {
        let credits = self.frame.credits.iter().zip(&self.of_credits);
        let own = credits.filter(|(_, number)| **number == Some(member.number));
        compact::compacted(&self.frame, &member.rows, own.map(|(credit, _)| credit.clone()).collect())
    }

    /// What all recipients come to, by unit.
    pub fn totals(&self) -> Vec<(String, UnitTotal)> {
        let totals = amounts(&self.whole, &self.whole.totals).into_iter();
        totals.filter(|(_, total)| !total.is_empty()).collect()
    }

    /// What all recipients have to pay, by currency; none if usage has no prices.
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
            return Err(Error::NotTied { whose: "all statements together".to_owned() });
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

/// The recipients of the whole in its order, with the rows of their records.
fn members(frame: &UsageFrame, whole: &Report, per: Dimension, shares: &Shares) -> Result<Vec<Member>> {
    let uuid = whole.column(ColumnId::Uuid(per));
    let name = whole.column(ColumnId::Label(per));
    let unit = whole.column(ColumnId::MeasuredUnit);
    let usage = whole.column(ColumnId::Usage);
    let records = whole.column(ColumnId::Records);
    let currency = whole.column(ColumnId::Currency);
    let amount = whole.column(ColumnId::Amount);
    let cells = whole.rows.cells();
    let cell = |row, column: Option<usize>| column.map_or(Cell::Empty, |column| cells.get(row, column));

    let mut rows = shares.rows(frame);
    let mut members: Vec<Member> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in 0..whole.rows.len() {
        let key = match cell(row, uuid.or(name)) {
            Cell::Text(text) => text.trim(),
            _ => "",
        };
        // What has no recipient would be on no statement.
        let Some(number) = shares.numbers.get(key) else { return Err(shares.missing(frame, per)) };
        let place = *places.entry(key.to_owned()).or_insert_with(|| {
            let addressee = shares.addressees[*number as usize].clone();
            let rows = std::mem::take(&mut rows[*number as usize]);
            members.push(Member { addressee, number: *number, rows, sum: Sum::default() });
            members.len() - 1
        });
        let sum = &mut members[place].sum;
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
    Ok(members)
}

/// Which recipient has which parents, by the numbers of both.
struct Shares {
    /// What is known of a recipient, by its number.
    addressees: Vec<Addressee>,
    /// The numbers by uuid, or by the value of an attribute.
    numbers: HashMap<String, u32>,
    /// By the number of a parent; `None` where nothing is known.
    of_parents: Vec<Option<u32>>,
    /// Whose the credits of the frame are.
    of_credits: Vec<Option<u32>>,
}

impl Shares {
    fn new(frame: &UsageFrame, per: Dimension) -> Self {
        let mut shares = Self {
            addressees: Vec::new(),
            numbers: HashMap::new(),
            of_parents: Vec::new(),
            of_credits: Vec::new(),
        };
        let owner = match per {
            Dimension::Attribute(attribute) => attribute.owner(),
            per => per,
        };
        // The number of each customer, project, offering or resource.
        let numbers: Vec<Option<u32>> = match per {
            Dimension::Attribute(attribute) => {
                let column = frame.attribute_columns().find(|column| column.attribute == attribute);
                let value = |place: &u32| column.map_or("", |column| column.values[*place as usize].trim());
                let places = column.map_or(&[][..], |column| &column.places);
                places.iter().map(|place| shares.number(None, value(place))).collect()
            }
            _ => frame
                .entities(owner)
                .iter()
                .map(|entity| shares.number(Some(entity.uuid), &entity.name))
                .collect(),
        };
        let of = |place: u32| numbers.get(place as usize).copied().flatten();
        let owners = frame.parents.entity(owner).unwrap_or_default();
        shares.of_parents = owners.iter().map(|place| of(*place)).collect();
        shares.of_parents.resize(frame.parents.len(), None);
        let of_credit = |credit: &Credit| match owner {
            Dimension::Customer => of(credit.customer),
            Dimension::Project => credit.project.and_then(of),
            _ => None,
        };
        shares.of_credits = frame.credits.iter().map(of_credit).collect();
        shares
    }

    /// `None` of nothing.
    fn number(&mut self, uuid: Option<u128>, name: &str) -> Option<u32> {
        let key = uuid.map_or_else(|| name.to_owned(), uuid_text);
        if key.is_empty() {
            return None;
        }
        let next = self.addressees.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.addressees.push(Addressee { name: name.into(), uuid });
        }
        Some(number)
    }

    /// For each recipient the rows of its records.
    fn rows(&self, frame: &UsageFrame) -> Vec<Vec<u32>> {
        let mut rows = vec![Vec::new(); self.addressees.len()];
        for (parent, row) in frame.records.parent().iter().zip(0..) {
            if let Some(number) = self.of_parents[*parent as usize] {
                rows[number as usize].push(row);
            }
        }
        rows
    }

    /// What has no recipient.
    fn missing(&self, frame: &UsageFrame, per: Dimension) -> Error {
        let owner = match per {
            Dimension::Attribute(attribute) => attribute.owner(),
            per => per,
        };
        let mut named: BTreeSet<String> = BTreeSet::new();
        let places = frame.parents.entity(owner).unwrap_or_default().iter().zip(&self.of_parents);
        let missing = places.filter(|(_, number)| number.is_none()).map(|(place, _)| *place);
        let names = missing.map(|place| &*frame.entities(owner)[place as usize].name);
        named.extend(names.map(|name| format!("the {} {name:?}", owner.name())));
        let credits = frame.credits.iter().zip(&self.of_credits).filter(|(_, number)| number.is_none());
        named.extend(credits.map(|(credit, _)| format!("the credit {:?}", credit.description)));
        Error::StatementsWithoutRecipient { per: per.name(), missing: listed(named) }
    }
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
        frozen: Vec::new(),
        ..pricing.clone()
    })
}

/// A filter as a recipient may see it: for a customer those by customer are left out, and what could be somebody else's is not spelled out.
fn own_filter(
    (name, values): &(&'static str, Vec<String>),
    per: Dimension,
) -> Option<(&'static str, Vec<String>)> {
    match *name {
        "customer" | "customer_uuid" if per == Dimension::Customer => None,
        "type" | "date_after" | "date_before" => Some((*name, values.clone())),
        "billing_period_year" | "billing_period_month" | "component_usage__billing_period" => {
            Some((*name, values.clone()))
        }
        _ => Some((*name, vec![SELECTION.to_owned()])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letterhead::Letterhead;
    use crate::period::{Calendar, PeriodRange};
    use crate::report::ReportSpec;
    use crate::usecase::{Preparation, Prepared};
    use crate::{ReadRequest, read};

    fn customers(period: &str) -> Recipients {
        let intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Default::default()).unwrap();
        let calendar = Calendar { as_of: "2026-11-23".parse().unwrap(), fiscal_year_start: 1 };
        let period = Some(PeriodRange::parse(period, calendar).unwrap());
        let report = ReportSpec { period, ..ReportSpec::monthly(calendar.as_of) };
        let spec =
            PackSpec { report, has_users: true, is_pseudonymous: false, letterhead: Letterhead::default() };
        let Prepared { frame, provenance, .. } = Prepared::new(intake, &Preparation::of_pack(&spec)).unwrap();
        Recipients::new(frame, spec, Dimension::Customer, provenance).unwrap()
    }

    #[test]
    fn a_customers_pack_holds_its_own_records_and_names_only() {
        let customers = customers("2026-10");
        assert_eq!(customers.len(), 8);
        let mut records = 0;
        for at in 0..customers.len() {
            let frame = customers.compacted(&customers.members[at]);
            let [customer] = frame.customers.as_slice() else { panic!("one customer") };
            assert_eq!(Some(customer.uuid), customers.addressee(at).uuid);
            assert!(frame.projects.len() < customers.frame.projects.len());
            assert!(frame.parents.len() <= frame.records.len());
            let pack = customers.pack(at).unwrap();
            assert_eq!(pack.addressee.as_ref(), Some(customers.addressee(at)));
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
            (0..customers.len()).map(|at| customers.addressee(at).uuid).collect::<Vec<_>>()
        };
        assert!(of("2026-07").is_empty());
        let customers = customers("2026-10");
        let pack = customers.pack(0).unwrap();
        assert!(pack.summary.column(ColumnId::UsageBefore).is_some());
        assert!(pack.provenance.accounting.filtered_out > 0, "records of the months before");
    }

    #[test]
    fn filters_tell_of_nobody_else() {
        let filter = |name: &'static str| {
            own_filter(&(name, vec!["Acme".to_owned(), "Other".to_owned()]), Dimension::Customer)
        };
        assert_eq!(filter("customer"), None);
        assert_eq!(filter("customer_uuid"), None);
        assert_eq!(filter("project"), Some(("project", vec![SELECTION.to_owned()])));
        assert_eq!(filter("type").unwrap().1, ["Acme", "Other"]);
    }
}
