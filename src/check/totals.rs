//! Component usages beside the users' sums: what the portal bills has no user everywhere, and is not always what users add up
//! to.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::rows::{Row, Rows};
use crate::dimension::Dimension;
use crate::objects::{ComponentUsage, ComponentUsages};
use crate::quantity::Quantity;
use crate::usage::{Lists, UsageFrame};

/// The rows with those of component usages that have no users in the records, in the months of the records.
pub(crate) struct Totals {
    /// Has all names.
    pub frame: UsageFrame,
    /// What users add up to, and component usages without users.
    pub reported: Vec<Row>,
    /// The same, but where there is a component usage, its own usage: what is billed.
    pub billed: Vec<Row>,
    /// Whether there are component usages of every month that has records.
    pub is_of_all_months: bool,
}

impl Totals {
    pub(crate) fn of(rows: &Rows) -> Option<Self> {
        let parents = rows.subject.parents?;
        let has_users: HashSet<u128> = rows.all().map(|row| row.uuid).collect();
        let is_lone = |parent: &&ComponentUsage| {
            parent.usage != Quantity::ZERO
                && rows.has_month(parent.billing_period)
                && !has_users.contains(&parent.uuid)
        };
        let mut names = Names::of(rows);
        let lone = parents.rows.iter().filter(is_lone).filter_map(|parent| names.row(parent));
        let reported: Vec<Row> = rows.all().copied().chain(lone).collect();
        let of_parents: HashMap<u128, &ComponentUsage> =
            parents.rows.iter().map(|parent| (parent.uuid, parent)).collect();
        let billed = |row: &Row| match of_parents.get(&row.uuid) {
            Some(parent) if names.is_of(parent, row) => Row { usage: parent.usage, ..*row },
            _ => *row,
        };
        let billed = reported.iter().map(billed).collect();
        let is_of_all_months = is_of_all_months(rows, parents);
        Some(Self { frame: names.frame, reported, billed, is_of_all_months })
    }
}

fn is_of_all_months(rows: &Rows, parents: &ComponentUsages) -> bool {
    let months: BTreeSet<i32> = parents.rows.iter().map(|parent| parent.billing_period.number()).collect();
    rows.frame.months.iter().all(|month| months.contains(month))
}

/// A frame whose lists of names grow.
struct Names {
    frame: UsageFrame,
    lists: Lists,
    /// The customer and the offering of each resource that has records.
    owners: HashMap<u32, (u32, u32)>,
}

impl Names {
    fn of(rows: &Rows) -> Self {
        let frame =
            UsageFrame { records: Default::default(), parents: Default::default(), ..rows.frame.clone() };
        Self {
            lists: Lists::of(&frame),
            owners: rows.all().map(|row| (row.resource, (row.customer, row.offering))).collect(),
            frame,
        }
    }

    /// Whether a component usage is of the month, component and unit that its row has.
    fn is_of(&self, parent: &ComponentUsage, row: &Row) -> bool {
        parent.billing_period == row.period
            && *parent.component_type == *self.frame.component_types[row.component_type as usize]
            && *parent.measured_unit == *self.frame.measured_units[row.measured_unit as usize]
    }

    /// `None` if nothing says which offering the resource is of.
    fn row(&mut self, parent: &ComponentUsage) -> Option<Row> {
        let Self { frame, lists, owners } = self;
        let known = lists.resource(parent.resource_uuid).and_then(|resource| owners.get(&resource)).copied();
        let offering = match (known, parent.offering_uuid) {
            (Some((_, offering)), _) => offering,
            (None, Some(uuid)) => lists.entity(frame, Dimension::Offering, uuid, &parent.offering_name),
            (None, None) => return None,
        };
        let customer = known.map(|(customer, _)| customer).unwrap_or_else(|| {
            let uuid = parent.customer_uuid.unwrap_or_default();
            lists.entity(frame, Dimension::Customer, uuid, &parent.customer_name)
        });
        Some(Row {
            uuid: parent.uuid,
            customer,
            offering,
            resource: lists.entity(frame, Dimension::Resource, parent.resource_uuid, &parent.resource_name),
            component_type: lists.component_type(frame, &parent.component_type),
            measured_unit: lists.measured_unit(frame, &parent.measured_unit),
            period: parent.billing_period,
            date: parent.date,
            usage: parent.usage,
            records: 0,
            negative_records: 0,
            zero_records: 0,
            is_whole: true,
        })
    }
}
