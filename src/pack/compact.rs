//! Some records of a frame as a frame of their own, with nothing in it that they do not point to.

use std::collections::HashMap;

use polars::prelude::{DataFrame, IdxCa, IntoColumn, UInt32Chunked};

use crate::dimension::Dimension;
use crate::error::Result;
use crate::usage::{AttributeColumn, AttributeTable, Credit, UsageFrame, parent_column, record_column};

/// The records in these rows, and the credits of a customer. Parents, names and usernames are numbered anew, in their
/// order; months stay, since they say what was read.
pub(crate) fn compacted(frame: &UsageFrame, rows: &[u32], customer: u32) -> Result<UsageFrame> {
    let mut records = frame.records.take(&IdxCa::from_vec("".into(), rows.to_vec()))?;
    let parents = renumbered(&mut records, record_column::PARENT, &[])?;
    let mut parents = frame.parents.take(&IdxCa::from_vec("".into(), parents))?;
    let usernames = renumbered(&mut records, record_column::USERNAME, &[])?;
    let mut credits: Vec<Credit> =
        frame.credits.iter().filter(|credit| credit.customer == customer).cloned().collect();
    let customers = renumbered(&mut parents, parent_column::CUSTOMER, &[customer])?;
    let of_credits: Vec<u32> = credits.iter().filter_map(|credit| credit.project).collect();
    let projects = renumbered(&mut parents, parent_column::PROJECT, &of_credits)?;
    for credit in &mut credits {
        credit.customer = place(&customers, credit.customer);
        credit.project = credit.project.map(|project| place(&projects, project));
    }
    let offerings = renumbered(&mut parents, parent_column::OFFERING, &[])?;
    let resources = renumbered(&mut parents, parent_column::RESOURCE, &[])?;
    let component_types = renumbered(&mut parents, parent_column::COMPONENT_TYPE, &[])?;
    let measured_units = renumbered(&mut parents, parent_column::MEASURED_UNIT, &[])?;
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
    frame.refresh_people()?;
    Ok(frame)
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

/// Makes the numbers of a column dense; gives the old ones in their order, others that are needed among them.
fn renumbered(frame: &mut DataFrame, column: &str, others: &[u32]) -> Result<Vec<u32>> {
    let mut numbers: Vec<u32> = frame.column(column)?.u32()?.into_no_null_iter().collect();
    let used = dense(&mut numbers, others);
    frame.replace(column, UInt32Chunked::from_vec(column.into(), numbers).into_column())?;
    Ok(used)
}

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
