//! The records that count, as a frame.

use polars::prelude::{
    Column, DataFrame, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries, NamedFrom, NewChunkedArray,
    Series, StringChunked, UInt32Chunked,
};

use super::collector::{DetailColumns, NO_TEXT};
use super::merged::Merged;
use super::parents::{Attributes, EntityTable, OptionalTime, ParentTable};
use super::versions::Fate;
use crate::error::Result;
use crate::usage::{Entity, UsageFrame, parent_column, record_column, time_type};

/// Puts the kept records into a frame, with details where they were kept.
pub(crate) fn build(merged: Merged, fates: &[Fate], keeps_details: bool) -> Result<UsageFrame> {
    let months = months(&merged, fates);
    let component_usages = keeps_details.then_some(&merged.component_usages[..]);
    let parents = parents_frame(&merged.parents, component_usages)?;
    let (columns, table) = (merged.columns, merged.parents);
    let (parent, (username, usage)) = rayon::join(
        || kept(columns.parent, fates),
        || rayon::join(|| kept(columns.username, fates), || kept(columns.usage, fates)),
    );
    let usage = usage.into_iter().map(|usage| usage.hundredths()).collect();
    let mut records = vec![
        Series::new(record_column::PARENT.into(), parent).into_column(),
        Series::new(record_column::USERNAME.into(), username).into_column(),
        decimal_column(record_column::USAGE, usage)?,
    ];
    if keeps_details {
        records.push(Series::new(record_column::UUID.into(), kept(columns.uuid, fates)).into_column());
        records
            .push(time_column(record_column::MODIFIED, kept(columns.modified, fates).into_iter().map(Some))?);
        records.extend(detail_columns(columns.details, fates)?);
    }
    Ok(UsageFrame {
        records: DataFrame::new_infer_height(records)?,
        parents,
        customers: entities(&table.customers),
        projects: entities(&table.projects),
        offerings: entities(&table.offerings),
        resources: entities(&table.resources),
        component_types: table.component_types.into_texts(),
        measured_units: table.measured_units.into_texts(),
        usernames: merged.usernames.into_texts(),
        texts: merged.texts.into_texts(),
        attributes: Vec::new(),
        months,
        empty_months: Vec::new(),
        currencies: Vec::new(),
        currency_places: Vec::new(),
        credits: Vec::new(),
    })
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

/// A column of exact decimals from hundredths.
fn decimal_column(name: &str, hundredths: Vec<i128>) -> Result<Column> {
    Ok(Series::new(name.into(), hundredths)
        .i128()?
        .clone()
        .into_decimal_unchecked(38, 2)
        .into_series()
        .into_column())
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

fn parents_frame(table: &ParentTable, component_usages: Option<&[Box<str>]>) -> Result<DataFrame> {
    let parents = &table.parents;
    let numbers = |name: &str, number: fn(&Attributes) -> u32| {
        UInt32Chunked::from_iter_values(name.into(), parents.iter().map(|parent| number(&parent.attributes)))
            .into_column()
    };
    let uuids: Vec<u128> = parents.iter().map(|parent| parent.uuid).collect();
    let periods = parents.iter().map(|parent| parent.attributes.billing_period);
    let mut columns = vec![
        Series::new(parent_column::UUID.into(), uuids).into_column(),
        numbers(parent_column::CUSTOMER, |attributes| attributes.customer),
        numbers(parent_column::PROJECT, |attributes| attributes.project),
        numbers(parent_column::OFFERING, |attributes| attributes.offering),
        numbers(parent_column::RESOURCE, |attributes| attributes.resource),
        numbers(parent_column::COMPONENT_TYPE, |attributes| attributes.component_type),
        numbers(parent_column::MEASURED_UNIT, |attributes| attributes.measured_unit),
        time_column(parent_column::DATE, parents.iter().map(|parent| parent.attributes.date.get()))?,
        Int32Chunked::from_iter_values(parent_column::BILLING_PERIOD.into(), periods).into_column(),
    ];
    if let Some(uris) = component_usages {
        // Parents that only faulty records name have none.
        let uris = (0..parents.len()).map(|parent| uris.get(parent).map_or("", |uri| uri));
        columns
            .push(StringChunked::from_iter_values(parent_column::COMPONENT_USAGE.into(), uris).into_column());
    }
    Ok(DataFrame::new_infer_height(columns)?)
}

fn time_column(name: &str, times: impl Iterator<Item = Option<i64>>) -> Result<Column> {
    let micros: Int64Chunked = times.collect();
    Ok(micros.with_name(name.into()).into_series().cast(&time_type())?.into_column())
}

fn detail_columns(details: DetailColumns, fates: &[Fate]) -> Result<Vec<Column>> {
    let created = kept(details.created, fates);
    let users = kept(details.user, fates);
    let users = users.into_iter().map(|user| (user != NO_TEXT).then_some(user));
    let users = users.collect::<UInt32Chunked>().with_name(record_column::USER.into());
    let texts = |name: &str, texts| Series::new(name.into(), kept::<u32>(texts, fates)).into_column();
    Ok(vec![
        time_column(record_column::CREATED, created.into_iter().map(OptionalTime::get))?,
        users.into_column(),
        texts(record_column::DESCRIPTION, details.description),
        texts(record_column::BACKEND_ID, details.backend_id),
    ])
}
