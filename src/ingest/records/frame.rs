//! The records that count, as a frame.

use super::collector::{DetailColumns, NO_TEXT};
use super::merged::Merged;
use super::parents::{Attributes, EntityTable, OptionalTime, ParentTable};
use super::versions::Fate;
use crate::usage::{Details, Entity, Parents, Records, UsageFrame};

/// Puts the kept records into a frame, with details where they were kept.
pub(crate) fn build(merged: Merged, fates: &[Fate], keeps_details: bool) -> UsageFrame {
    let months = months(&merged, fates);
    let component_usages = keeps_details.then_some(&merged.component_usages[..]);
    let parents = parents(&merged.parents, component_usages);
    let (columns, table) = (merged.columns, merged.parents);
    let (parent, (username, usage)) = rayon::join(
        || kept(columns.parent, fates),
        || rayon::join(|| kept(columns.username, fates), || kept(columns.usage, fates)),
    );
    let usage = usage.into_iter().map(|usage| usage.hundredths()).collect();
    let details = keeps_details.then(|| {
        let DetailColumns { user, description, created, backend_id, .. } = columns.details;
        let user = kept(user, fates).into_iter().map(|user| (user != NO_TEXT).then_some(user));
        Details {
            uuid: kept(columns.uuid, fates).into(),
            modified: kept(columns.modified, fates).into(),
            created: kept(created, fates).into_iter().map(OptionalTime::get).collect(),
            user: user.collect(),
            description: kept(description, fates).into(),
            backend_id: kept(backend_id, fates).into(),
        }
    });
    UsageFrame {
        records: Records::new(parent, username, usage, details),
        parents,
        customers: entities(&table.customers),
        projects: entities(&table.projects),
        offerings: entities(&table.offerings),
        resources: entities(&table.resources),
        component_types: table.component_types.into_texts(),
        measured_units: table.measured_units.into_texts(),
        usernames: merged.usernames.into_texts(),
        no_user: None,
        texts: merged.texts.into_texts(),
        attributes: Vec::new(),
        months,
        empty_months: Vec::new(),
        currencies: Vec::new(),
        currency_places: Vec::new(),
        credits: Vec::new(),
    }
}

fn months(merged: &Merged, fates: &[Fate]) -> Vec<i32> {
    let mut has_records = vec![false; merged.parents.parents.len()];
    for (parent, fate) in merged.columns.parent.iter().zip(fates) {
        has_records[*parent as usize] |= *fate == Fate::Kept;
    }
    let parents = merged.parents.parents.iter().zip(has_records).filter(|(_, has_records)| *has_records);
    let mut months: Vec<i32> = parents.map(|(parent, _)| parent.attributes.billing_period).collect();
    months.sort_unstable();
    months.dedup();
    months
}

fn kept<T>(column: Vec<T>, fates: &[Fate]) -> Vec<T> {
    if fates.iter().all(|fate| *fate == Fate::Kept) {
        return column;
    }
    column.into_iter().zip(fates).filter(|(_, fate)| **fate == Fate::Kept).map(|(value, _)| value).collect()
}

fn entities(table: &EntityTable) -> Vec<Entity> {
    let text = |name: &[u8]| std::str::from_utf8(name).expect("readers pass on UTF-8").into();
    table.iter().map(|entity| Entity { uuid: entity.uuid, name: text(entity.name()) }).collect()
}

fn parents(table: &ParentTable, component_usages: Option<&[Box<str>]>) -> Parents {
    let of_parents = table.parents.iter().map(|parent| &parent.attributes);
    let link = |number: fn(&Attributes) -> u32| of_parents.clone().map(number).collect();
    let mut parents = Parents::new(
        table.parents.iter().map(|parent| parent.uuid).collect(),
        [
            link(|attributes| attributes.customer),
            link(|attributes| attributes.project),
            link(|attributes| attributes.offering),
            link(|attributes| attributes.resource),
            link(|attributes| attributes.component_type),
            link(|attributes| attributes.measured_unit),
        ],
        of_parents.clone().map(|attributes| attributes.date.get()),
        of_parents.clone().map(|attributes| attributes.billing_period).collect(),
    );
    if let Some(uris) = component_usages {
        // Parents that only faulty records name have none.
        parents.set_component_usage((0..parents.len()).map(|parent| uris.get(parent).map_or("", |uri| uri)));
    }
    parents
}
