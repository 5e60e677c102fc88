//! Component usages without users, as rows beside those that have users: what the portal bills has no user everywhere.

use std::collections::{HashMap, HashSet};

use super::rows::{Row, Rows};
use crate::dimension::Dimension;
use crate::objects::ComponentUsage;
use crate::quantity::Quantity;
use crate::usage::{Lists, UsageFrame};

/// The rows with those of component usages that have no users in the records, in the months of the records. The frame
/// has all their names.
pub(crate) fn with_totals(rows: &Rows) -> Option<(UsageFrame, Vec<Row>)> {
    let has_users: HashSet<u128> = rows.all().map(|row| row.uuid).collect();
    let is_lone = |parent: &&ComponentUsage| {
        parent.usage != Quantity::ZERO
            && rows.has_month(parent.billing_period)
            && !has_users.contains(&parent.uuid)
    };
    let mut names = Names::of(rows);
    let lone = rows.subject.parents?.rows.iter().filter(is_lone);
    let mut all: Vec<Row> = rows.all().copied().collect();
    let count = all.len();
    all.extend(lone.filter_map(|parent| names.row(parent)));
    (all.len() > count).then_some((names.frame, all))
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
