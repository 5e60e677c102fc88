//! Some records of a frame as a frame of their own, with nothing in it that they do not point to.

use std::collections::HashMap;

use crate::dimension::Dimension;
use crate::usage::{AttributeColumn, AttributeTable, Credit, Links, UsageFrame};

/// The records in these rows, with credits. Parents, names and usernames are numbered anew, in their
/// order; months stay, since they say what was read.
pub(super) fn compacted(frame: &UsageFrame, rows: &[u32], mut credits: Vec<Credit>) -> UsageFrame {
    let (mut records, mut parents) = (frame.records.clone(), frame.parents.clone());
    records.take(rows);
    let (mut parent, mut username) = (records.parent().to_vec(), records.username().to_vec());
    parents.take(&dense(&mut parent, &[]));
    let usernames = dense(&mut username, &[]);
    records.renumber(parent, username);
    let customers_of_credits: Vec<u32> = credits.iter().map(|credit| credit.customer).collect();
    let projects_of_credits: Vec<u32> = credits.iter().filter_map(|credit| credit.project).collect();
    let others: Links<&[u32]> = [&customers_of_credits, &projects_of_credits, &[], &[], &[], &[]];
    let mut links = parents.links().map(<[u32]>::to_vec);
    let [customers, projects, offerings, resources, component_types, measured_units] =
        std::array::from_fn(|at| dense(&mut links[at], others[at]));
    parents.renumber(links);
    for credit in &mut credits {
        credit.customer = place(&customers, credit.customer);
        credit.project = credit.project.map(|project| place(&projects, project));
    }
    let attributes = frame.attributes.iter().map(|table| {
        let owners = match table.owner {
            Dimension::Customer => &customers,
            Dimension::Project => &projects,
            Dimension::Offering => &offerings,
            Dimension::User => &usernames,
            _ => &resources,
        };
        attributes_of(table, owners)
    });
    let mut frame = UsageFrame {
        attributes: attributes.collect(),
        usernames: picked(&frame.usernames, &usernames),
        no_user: frame.no_user.and_then(|no_user| usernames.binary_search(&no_user).ok()).map(|at| at as u32),
        customers: picked(&frame.customers, &customers),
        projects: picked(&frame.projects, &projects),
        offerings: picked(&frame.offerings, &offerings),
        resources: picked(&frame.resources, &resources),
        component_types: picked(&frame.component_types, &component_types),
        measured_units: picked(&frame.measured_units, &measured_units),
        texts: Vec::new(),
        months: frame.months.clone(),
        empty_months: frame.empty_months.clone(),
        currencies: frame.currencies.clone(),
        currency_places: frame.currency_places.clone(),
        credits,
        records,
        parents,
    };
    // What other customers' people are called is nothing to this one.
    frame.refresh_people();
    frame
}

/// The values of some entities, and no others.
fn attributes_of(table: &AttributeTable, owners: &[u32]) -> AttributeTable {
    let column = |column: &AttributeColumn| {
        let mut places = picked(&column.places, owners);
        // The first value stands for none, whoever has it.
        let values = dense(&mut places, &[0]);
        AttributeColumn { attribute: column.attribute, values: picked(&column.values, &values), places }
    };
    AttributeTable {
        file: table.file.clone(),
        owner: table.owner,
        is_matched: picked(&table.is_matched, owners),
        columns: table.columns.iter().map(column).collect(),
        waiting: HashMap::new(),
        people: table.people.clone(),
    }
}

/// Makes numbers dense; returns the old ones in their order, others that are needed among them.
fn dense(numbers: &mut [u32], others: &[u32]) -> Vec<u32> {
    let mut used = [numbers, others].concat();
    used.sort_unstable();
    used.dedup();
    for number in numbers {
        *number = place(&used, *number);
    }
    used
}

fn place(used: &[u32], number: u32) -> u32 {
    used.binary_search(&number).expect("it is one of them") as u32
}

fn picked<T: Clone>(list: &[T], places: &[u32]) -> Vec<T> {
    places.iter().map(|place| list[*place as usize].clone()).collect()
}
