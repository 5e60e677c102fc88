//! Component usages without users, as rows beside those that have users: what the portal bills has no user everywhere.

use std::collections::{HashMap, HashSet};

use super::rows::{Row, Rows};
use crate::objects::ComponentUsage;
use crate::quantity::Quantity;
use crate::usage::{Entity, UsageFrame};

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

/// The lists of names of a frame, which grow.
struct Names {
    frame: UsageFrame,
    customers: HashMap<u128, u32>,
    offerings: HashMap<u128, u32>,
    resources: HashMap<u128, u32>,
    component_types: HashMap<Box<str>, u32>,
    measured_units: HashMap<Box<str>, u32>,
    /// The customer and the offering of each resource that has records.
    owners: HashMap<u32, (u32, u32)>,
}

impl Names {
    fn of(rows: &Rows) -> Self {
        let frame =
            UsageFrame { records: Default::default(), parents: Default::default(), ..rows.frame.clone() };
        let uuids = |entities: &[Entity]| entities.iter().map(|entity| entity.uuid).zip(0..).collect();
        let texts = |texts: &[Box<str>]| texts.iter().cloned().zip(0..).collect();
        Self {
            customers: uuids(&frame.customers),
            offerings: uuids(&frame.offerings),
            resources: uuids(&frame.resources),
            component_types: texts(&frame.component_types),
            measured_units: texts(&frame.measured_units),
            owners: rows.all().map(|row| (row.resource, (row.customer, row.offering))).collect(),
            frame,
        }
    }

    /// `None` if nothing says which offering the resource is of.
    fn row(&mut self, parent: &ComponentUsage) -> Option<Row> {
        let known = self.resources.get(&parent.resource_uuid).and_then(|resource| self.owners.get(resource));
        let known = known.copied();
        let offering = match (known, parent.offering_uuid) {
            (Some((_, offering)), _) => offering,
            (None, Some(uuid)) => {
                entity(&mut self.offerings, &mut self.frame.offerings, uuid, &parent.offering_name)
            }
            (None, None) => return None,
        };
        let customer = known.map(|(customer, _)| customer).unwrap_or_else(|| {
            let uuid = parent.customer_uuid.unwrap_or_default();
            entity(&mut self.customers, &mut self.frame.customers, uuid, &parent.customer_name)
        });
        let resource = entity(
            &mut self.resources,
            &mut self.frame.resources,
            parent.resource_uuid,
            &parent.resource_name,
        );
        Some(Row {
            uuid: parent.uuid,
            customer,
            offering,
            resource,
            component_type: text(
                &mut self.component_types,
                &mut self.frame.component_types,
                &parent.component_type,
            ),
            measured_unit: text(
                &mut self.measured_units,
                &mut self.frame.measured_units,
                &parent.measured_unit,
            ),
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

fn entity(places: &mut HashMap<u128, u32>, entities: &mut Vec<Entity>, uuid: u128, name: &str) -> u32 {
    *places.entry(uuid).or_insert_with(|| {
        entities.push(Entity { uuid, name: name.into() });
        entities.len() as u32 - 1
    })
}

fn text(places: &mut HashMap<Box<str>, u32>, texts: &mut Vec<Box<str>>, text: &str) -> u32 {
    *places.entry(text.into()).or_insert_with(|| {
        texts.push(text.into());
        texts.len() as u32 - 1
    })
}
