//! A pack for each customer: the customer's own records, and nothing that tells of another.

use std::collections::HashMap;

use super::ties::{Amount, Tie, amounts};
use super::{Pack, PackSpec, compact, drawn_from};
use crate::aggregate::aggregate;
use crate::dimension::Dimension;
use crate::error::{Error, Result};
use crate::filter::Filters;
use crate::ingest::Intake;
use crate::report::{Accounting, Cell, ColumnKind, MonthState, Provenance, Report, Section, grouped};
use crate::usage::{Entity, UsageFrame, parent_column, record_column, uuid_text};

/// The customers with records in the period, and what their packs must come to together.
pub struct Customers {
    frame: UsageFrame,
    spec: PackSpec,
    /// Of all customers together.
    pub provenance: Provenance,
    /// By customer and unit over all records, which the packs are held against.
    pub whole: Report,
    /// In the order of names, then uuids.
    members: Vec<Member>,
}

/// One customer.
struct Member {
    entity: Entity,
    /// The rows among the records, those of other months that are needed among them.
    rows: Vec<u32>,
    /// By unit.
    amounts: HashMap<String, Amount>,
}

/// What stands for the values of a filter that could name somebody else.
const SELECTION: &str = "(a selection)";

impl Customers {
    /// Brings the records that were read to their customers. Takes the frame, the notices and the states out of the
    /// intake. Dates are read in `timezone`.
    ///
    /// # Errors
    /// A name that no customer, project or offering has, or several have; a specification that contradicts itself.
    pub fn new(
        intake: &mut Intake,
        mut filters: Filters,
        spec: PackSpec,
        timezone: chrono_tz::Tz,
    ) -> Result<Self> {
        spec.check()?;
        filters.resolve_names(&intake.frame)?;
        let frame = filters.apply(std::mem::take(&mut intake.frame), &spec.months_needed(), timezone)?;
        let provenance = Provenance {
            tool_version: env!("CARGO_PKG_VERSION"),
            period: spec.report.period,
            as_of: spec.report.calendar.as_of,
            timezone,
            filters: filters.described(),
            accounting: intake.accounting,
            notices: std::mem::take(&mut intake.notices),
            partial_periods: Vec::new(),
            states: std::mem::take(&mut intake.states),
        };
        let mut whole = aggregate(&frame, &spec.report_of(&[Dimension::Customer], None), provenance)?;
        let accounting = &mut whole.provenance.accounting;
        *accounting = accounting.filtered_to(super::records(&whole.totals));
        let members = members(&frame, &whole)?;
        Ok(Self { frame, spec, provenance: whole.provenance.clone(), whole, members })
    }

    /// How many packs there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn entity(&self, at: usize) -> &Entity {
        &self.members[at].entity
    }

    /// The pack of one customer, addressed to it.
    ///
    /// # Errors
    /// A pack that does not come to what the customer has in the whole.
    pub fn pack(&self, at: usize) -> Result<Pack> {
        let member = &self.members[at];
        let frame = compact::compacted(&self.frame, &member.rows)?;
        let read = member.rows.len() as u64;
        let provenance = Provenance {
            filters: self.provenance.filters.iter().filter_map(|filter| own_filter(filter)).collect(),
            accounting: Accounting { read, kept: read, ..Accounting::default() },
            notices: Vec::new(),
            states: self.provenance.states.iter().map(own_state).collect(),
            ..self.provenance.clone()
        };
        let mut pack = drawn_from(&frame, &self.spec, provenance)?;
        // There is nobody else to be larger than.
        pack.largest.rows = Section::default();
        pack.addressee = Some(member.entity.clone());
        member.check(&pack.ties)?;
        Ok(pack)
    }

    /// What all customers come to, by unit.
    pub fn totals(&self) -> Vec<(String, Amount)> {
        let totals = amounts(&self.whole, &self.whole.totals).into_iter();
        totals.filter(|(_, total)| total.records > 0).collect()
    }

    /// Holds what all packs come to against the whole; gives it in words.
    ///
    /// # Errors
    /// Packs that do not come to it.
    pub fn tie_out<'a>(&self, packs: impl Iterator<Item = &'a [Tie]>) -> Result<String> {
        let mut sums: HashMap<&str, Amount> = HashMap::new();
        let mut count = 0;
        for ties in packs {
            count += 1;
            for tie in ties {
                let sum = sums.entry(&tie.measured_unit).or_default();
                sum.usage += tie.total.usage;
                sum.records += tie.total.records;
            }
        }
        let totals = self.totals();
        let is_tied = totals.iter().all(|(unit, total)| sums.get(unit.as_str()) == Some(total));
        if count != self.len() || sums.len() != totals.len() || !is_tied {
            return Err(Error::NotTied { customer: "all customers".to_owned() });
        }
        let records: u64 = totals.iter().map(|(_, total)| total.records).sum();
        let (noun, come) = if count == 1 { ("statement", "comes") } else { ("statements", "come") };
        let units = if totals.len() == 1 { "unit" } else { "units" };
        Ok(format!(
            "{} {noun} {come} to the {} records and the usage that the report has, in {} {units}",
            grouped(count as u64),
            grouped(records),
            totals.len()
        ))
    }
}

impl Member {
    /// That the pack comes to what the customer has in the whole, unit by unit.
    fn check(&self, ties: &[Tie]) -> Result<()> {
        let is_same = |tie: &Tie| tie.is_tied() && self.amounts.get(&tie.measured_unit) == Some(&tie.total);
        match ties.len() == self.amounts.len() && ties.iter().all(is_same) {
            true => Ok(()),
            false => {
                Err(Error::NotTied { customer: format!("the customer {}", uuid_text(self.entity.uuid)) })
            }
        }
    }
}

/// The customers of the whole in its order, with the rows of their records.
fn members(frame: &UsageFrame, whole: &Report) -> Result<Vec<Member>> {
    let mut rows = rows_by_customer(frame)?;
    let places: HashMap<u128, usize> = frame.customers.iter().map(|entity| entity.uuid).zip(0..).collect();
    let place = |is_it: &dyn Fn(&str, ColumnKind) -> bool| {
        let found = whole.columns.iter().position(|column| is_it(&column.name, column.kind));
        found.expect("a report by customer has uuids, units and figures")
    };
    let uuid = place(&|_, kind| matches!(kind, ColumnKind::Uuid(_)));
    let unit = place(&|_, kind| kind == ColumnKind::Unit);
    let (usage, records) = (place(&|name, _| name == "usage"), place(&|name, _| name == "records"));
    let cells = whole.rows.cells();
    let mut members: Vec<Member> = Vec::new();
    for row in 0..whole.rows.len() {
        let (Cell::Text(uuid), Cell::Text(unit), Cell::Count(records)) =
            (cells.get(row, uuid), cells.get(row, unit), cells.get(row, records))
        else {
            continue;
        };
        if records == 0 {
            continue;
        }
        let usage = match cells.get(row, usage) {
            Cell::Quantity(usage) => usage,
            _ => Default::default(),
        };
        let uuid = uuid::Uuid::parse_str(uuid).expect("the whole has uuids of the frame").as_u128();
        if members.last().is_none_or(|member| member.entity.uuid != uuid) {
            let customer = places[&uuid];
            let entity = frame.customers[customer].clone();
            members.push(Member {
                entity,
                rows: std::mem::take(&mut rows[customer]),
                amounts: HashMap::new(),
            });
        }
        let member = members.last_mut().expect("one was put there");
        member.amounts.insert(unit.to_owned(), Amount { usage, records });
    }
    Ok(members)
}

/// For each customer of the frame the rows of its records.
fn rows_by_customer(frame: &UsageFrame) -> Result<Vec<Vec<u32>>> {
    let customer_of: Vec<u32> =
        frame.parents.column(parent_column::CUSTOMER)?.u32()?.into_no_null_iter().collect();
    let parents = frame.records.column(record_column::PARENT)?.u32()?;
    let mut rows = vec![Vec::new(); frame.customers.len()];
    for (parent, row) in parents.into_no_null_iter().zip(0..) {
        rows[customer_of[parent as usize] as usize].push(row);
    }
    Ok(rows)
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
    let state = match month.state.rsplit_once(", ") {
        Some((state, rest)) if rest.ends_with(" late change") || rest.ends_with(" late changes") => state,
        _ => &month.state,
    };
    MonthState { period: month.period, state: state.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letterhead::Letterhead;
    use crate::period::{Calendar, PeriodRange};
    use crate::report::ReportSpec;
    use crate::{ReadRequest, read};

    fn customers(period: &str) -> Customers {
        let mut intake = read(&ReadRequest::new(["fixtures/real/complete"]), &Default::default()).unwrap();
        let calendar = Calendar { as_of: "2026-11-23".parse().unwrap(), fiscal_year_start: 1 };
        let period = Some(PeriodRange::parse(period, calendar).unwrap());
        let report = ReportSpec { period, ..ReportSpec::monthly(calendar.as_of) };
        let spec =
            PackSpec { report, has_users: true, is_pseudonymous: false, letterhead: Letterhead::default() };
        Customers::new(&mut intake, Filters::default(), spec, chrono_tz::UTC).unwrap()
    }

    #[test]
    fn a_customers_pack_holds_its_own_records_and_names_only() {
        let customers = customers("2026-10");
        assert_eq!(customers.len(), 8);
        let mut records = 0;
        for at in 0..customers.len() {
            let frame = compact::compacted(&customers.frame, &customers.members[at].rows).unwrap();
            assert_eq!(frame.customers, [customers.entity(at).clone()]);
            assert!(frame.projects.len() < customers.frame.projects.len());
            assert!(frame.parents.height() <= frame.records.height());
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
        let ties = || packs.iter().map(|pack| pack.ties.as_slice());
        assert!(customers.tie_out(ties()).unwrap().starts_with("8 statements come to the 4,536 records"));
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
        assert!(pack.summary.columns.iter().any(|column| column.name == "usage_before"));
        assert!(pack.provenance.accounting.filtered_out > 0, "records of the months before");
    }

    #[test]
    fn filters_and_states_tell_of_nobody_else() {
        let filter = |name: &'static str| own_filter(&(name, vec!["Acme".to_owned(), "Other".to_owned()]));
        assert_eq!(filter("customer"), None);
        assert_eq!(filter("customer_uuid"), None);
        assert_eq!(filter("project"), Some(("project", vec![SELECTION.to_owned()])));
        assert_eq!(filter("type").unwrap().1, ["Acme", "Other"]);
        let state = |text: &str| {
            let period = "2026-10".parse().unwrap();
            own_state(&MonthState { period, state: text.to_owned() }).state
        };
        assert_eq!(state("CLOSED v1, 1,414 late changes"), "CLOSED v1");
        assert_eq!(state("CLOSED v1, 1 late change"), "CLOSED v1");
        assert_eq!(
            state("CLOSED v1, cut-off 2026-11-02T08:00:00Z"),
            "CLOSED v1, cut-off 2026-11-02T08:00:00Z"
        );
    }
}
