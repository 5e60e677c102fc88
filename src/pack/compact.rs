//! Some records of a frame as a frame of their own, with nothing in it that they do not point to.

use polars::prelude::{DataFrame, IdxCa, IntoColumn, UInt32Chunked};

use crate::error::Result;
use crate::usage::{UsageFrame, parent_column, record_column};

/// The records in these rows. Parents, names and usernames are numbered anew, in their order; months stay, since they say
/// what was read.
pub fn compacted(frame: &UsageFrame, rows: &[u32]) -> Result<UsageFrame> {
    let mut records = frame.records.take(&IdxCa::from_vec("".into(), rows.to_vec()))?;
    let mut parents_of = numbers(&records, record_column::PARENT)?;
    let parents = renumbered(&mut parents_of);
    let mut parents = frame.parents.take(&IdxCa::from_vec("".into(), parents))?;
    put(&mut records, record_column::PARENT, parents_of)?;

    let mut compacted = UsageFrame {
        usernames: pointed_to(&mut records, record_column::USERNAME, &frame.usernames)?,
        customers: pointed_to(&mut parents, parent_column::CUSTOMER, &frame.customers)?,
        projects: pointed_to(&mut parents, parent_column::PROJECT, &frame.projects)?,
        offerings: pointed_to(&mut parents, parent_column::OFFERING, &frame.offerings)?,
        resources: pointed_to(&mut parents, parent_column::RESOURCE, &frame.resources)?,
        component_types: pointed_to(&mut parents, parent_column::COMPONENT_TYPE, &frame.component_types)?,
        measured_units: pointed_to(&mut parents, parent_column::MEASURED_UNIT, &frame.measured_units)?,
        months: frame.months.clone(),
        ..UsageFrame::default()
    };
    (compacted.records, compacted.parents) = (records, parents);
    Ok(compacted)
}

/// What the numbers of a column point to, once each; the numbers become places in that.
fn pointed_to<T: Clone>(frame: &mut DataFrame, column: &str, list: &[T]) -> Result<Vec<T>> {
    let mut places = numbers(frame, column)?;
    let used = renumbered(&mut places);
    put(frame, column, places)?;
    Ok(used.into_iter().map(|place| list[place as usize].clone()).collect())
}

/// Makes numbers dense; gives the old ones in their order.
fn renumbered(numbers: &mut [u32]) -> Vec<u32> {
    let mut used = numbers.to_vec();
    used.sort_unstable();
    used.dedup();
    for number in numbers {
        *number = used.binary_search(number).expect("it is one of them") as u32;
    }
    used
}

fn numbers(frame: &DataFrame, column: &str) -> Result<Vec<u32>> {
    Ok(frame.column(column)?.u32()?.into_no_null_iter().collect())
}

fn put(frame: &mut DataFrame, column: &str, numbers: Vec<u32>) -> Result<()> {
    frame.replace(column, UInt32Chunked::from_vec(column.into(), numbers).into_column())?;
    Ok(())
}
