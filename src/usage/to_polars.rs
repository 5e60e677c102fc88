//! A usage frame as one polars frame, for notebooks and pipelines: one row a record, names instead of numbers.

use polars::prelude::{
    ChunkTake, Column, DataFrame, Int32Chunked, IntoColumn, IntoSeries, NewChunkedArray, StringChunked,
    UInt32Chunked,
};

use super::{AttributeTable, Entity, Field, UsageFrame, parent_column, record_column};
use crate::error::Result;
use crate::period::BillingPeriod;
use crate::text::uuid_text;

/// The name of the column with the month of a record, `2026-10`.
const PERIOD: &str = "period";

impl UsageFrame {
    /// The records as a polars frame: one row a record, the fields under the endpoint's names and in its order.
    ///
    /// | columns | type |
    /// |---|---|
    /// | `usage` | `Decimal(38, 2)`, exact |
    /// | `created`, `modified`, `date` | `Datetime` in microseconds, UTC; null where missing |
    /// | `billing_period` | `Date`, the first day of the month |
    /// | `period` | `String`, `2026-10` |
    /// | `amount`, `currency` | `Decimal(38, 3)` and `String`, null without a price; only if usage has prices |
    /// | columns of the user's own | `String`, null without a value; prefixed with their owner if a field has their name |
    /// | all other fields | `String`; `user` is null where the source has none |
    ///
    /// `uuid`, `user`, `component_usage`, `description`, `created`, `modified` and `backend_id` are there if single
    /// records were asked for: see [`Reading::keeps_details`](crate::ingest::Reading::keeps_details). Each name has its
    /// text once, however many rows show it.
    ///
    /// # Errors
    /// A frame without the columns of [`record_column`] and [`parent_column`].
    pub fn to_polars(&self) -> Result<DataFrame> {
        let parent = self.records.column(record_column::PARENT)?.u32()?;
        let mut columns = self.parent_columns()?.take(parent)?.into_columns();
        columns.extend(self.record_columns()?);
        for table in &self.attributes {
            columns.extend(self.attribute_columns_of(table)?);
        }
        columns.sort_by_key(|column| place(column.name()));
        Ok(DataFrame::new(parent.len(), columns)?)
    }

    /// The parents (component usages) that records hang on as a polars frame: those fields of
    /// [`to_polars`](Self::to_polars) that all records of a parent share, and `period`.
    ///
    /// # Errors
    /// As of [`to_polars`](Self::to_polars).
    pub fn parents_to_polars(&self) -> Result<DataFrame> {
        let mut has_records = vec![false; self.parents.height()];
        let parent = self.records.column(record_column::PARENT)?.u32()?;
        parent.into_no_null_iter().for_each(|parent| has_records[parent as usize] = true);
        let rows = (0..).zip(has_records).filter(|(_, has_records)| *has_records).map(|(row, _)| row);
        let rows: Vec<u32> = rows.collect();
        let columns = self.parent_columns()?.take(&UInt32Chunked::from_vec("".into(), rows))?;
        let height = columns.height();
        let mut columns = columns.into_columns();
        columns.retain(|column| column.name() != parent_column::CURRENCY);
        columns.sort_by_key(|column| place(column.name()));
        Ok(DataFrame::new(height, columns)?)
    }

    /// One row a parent, in their order.
    fn parent_columns(&self) -> Result<DataFrame> {
        let number = |name| Ok::<_, crate::Error>(self.parents.column(name)?.u32()?);
        let mut columns = vec![
            labels(&self.component_types, number(parent_column::COMPONENT_TYPE)?, Field::ComponentType)?,
            labels(&self.measured_units, number(parent_column::MEASURED_UNIT)?, Field::MeasuredUnit)?,
            self.parents.column(parent_column::DATE)?.clone(),
        ];
        let entities = [
            (&self.customers, parent_column::CUSTOMER, Field::CustomerUuid, Field::CustomerName),
            (&self.projects, parent_column::PROJECT, Field::ProjectUuid, Field::ProjectName),
            (&self.offerings, parent_column::OFFERING, Field::OfferingUuid, Field::OfferingName),
            (&self.resources, parent_column::RESOURCE, Field::ResourceUuid, Field::ResourceName),
        ];
        for (entities, column, uuid, name) in entities {
            columns.extend(entity_columns(entities, number(column)?, [uuid, name])?);
        }
        let months = self.parents.column(parent_column::BILLING_PERIOD)?.i32()?;
        columns.extend(month_columns(months));
        if let Ok(uris) = self.parents.column(parent_column::COMPONENT_USAGE) {
            columns.push(uris.clone());
        }
        if let Ok(currency) = self.parents.column(parent_column::CURRENCY) {
            let currency = taken(&texts(&self.currencies), currency.u32()?, parent_column::CURRENCY)?;
            columns.push(currency);
        }
        Ok(DataFrame::new(self.parents.height(), columns)?)
    }

    /// One row a record, of what its parent does not determine.
    fn record_columns(&self) -> Result<Vec<Column>> {
        let username = self.records.column(record_column::USERNAME)?.u32()?;
        let mut columns = vec![
            labels(&self.usernames, username, Field::Username)?,
            self.records.column(record_column::USAGE)?.clone(),
        ];
        if let Ok(uuids) = self.records.column(record_column::UUID) {
            let uuids = uuids.u128()?.into_no_null_iter().map(uuid_text);
            columns.push(StringChunked::from_iter_values(Field::Uuid.name().into(), uuids).into_column());
            let times = [record_column::CREATED, record_column::MODIFIED];
            for name in times {
                columns.push(self.records.column(name)?.clone());
            }
            let texts = texts(&self.texts);
            for name in [record_column::USER, record_column::DESCRIPTION, record_column::BACKEND_ID] {
                columns.push(taken(&texts, self.records.column(name)?.u32()?, name)?);
            }
        }
        if let Ok(amounts) = self.records.column(record_column::AMOUNT) {
            let is_priced = self.parents.column(parent_column::IS_PRICED)?.bool()?;
            let parent = self.records.column(record_column::PARENT)?.u32()?;
            let null = Column::full_null("".into(), amounts.len(), amounts.dtype());
            columns.push(amounts.zip_with(&is_priced.take(parent)?, &null)?);
        }
        Ok(columns)
    }

    /// Columns of the user's own, one row a record.
    fn attribute_columns_of(&self, table: &AttributeTable) -> Result<Vec<Column>> {
        let parent = self.records.column(record_column::PARENT)?.u32()?;
        let owner = match parent_column::of_entities(table.owner) {
            Some(column) => self.parents.column(column)?.u32()?.take(parent)?,
            None => self.records.column(record_column::USERNAME)?.u32()?.clone(),
        };
        let column = |column: &super::AttributeColumn| {
            let name = match Field::named(column.attribute.name().as_bytes()) {
                Some(field) => format!("{}_{}", table.owner, field.name()),
                None => column.attribute.name().to_owned(),
            };
            // The first value stands for none.
            let values = (0..).zip(&column.values).map(|(at, value)| (at > 0).then_some(&**value));
            let values = StringChunked::from_iter_options("".into(), values);
            let places = UInt32Chunked::from_vec("".into(), column.places.clone()).take(&owner)?;
            taken(&values, &places, &name)
        };
        table.columns.iter().map(column).collect()
    }
}

/// Where a column is among the others: the fields in their order, the month, amounts, columns of the user's own.
fn place(name: &str) -> usize {
    let ours = [PERIOD, record_column::AMOUNT, parent_column::CURRENCY];
    match (Field::named(name.as_bytes()), ours.iter().position(|other| *other == name)) {
        (Some(field), _) => field as usize,
        (None, Some(at)) => Field::COUNT + at,
        (None, None) => Field::COUNT + ours.len(),
    }
}

fn texts(texts: &[Box<str>]) -> StringChunked {
    StringChunked::from_iter_values("".into(), texts.iter().map(|text| &**text))
}

fn taken(texts: &StringChunked, places: &UInt32Chunked, name: &str) -> Result<Column> {
    Ok(texts.take(places)?.with_name(name.into()).into_column())
}

fn labels(labels: &[Box<str>], places: &UInt32Chunked, field: Field) -> Result<Column> {
    taken(&texts(labels), places, field.name())
}

fn entity_columns(entities: &[Entity], places: &UInt32Chunked, fields: [Field; 2]) -> Result<[Column; 2]> {
    let uuids = entities.iter().map(|entity| uuid_text(entity.uuid));
    let names = entities.iter().map(|entity| &*entity.name);
    Ok([
        taken(&StringChunked::from_iter_values("".into(), uuids), places, fields[0].name())?,
        taken(&StringChunked::from_iter_values("".into(), names), places, fields[1].name())?,
    ])
}

/// The first day of each month, and its text.
fn month_columns(months: &Int32Chunked) -> [Column; 2] {
    let months = || months.into_no_null_iter().map(BillingPeriod::from_number);
    let days = months().map(|month| month.first_day().to_epoch_days());
    let days = Int32Chunked::from_iter_values(Field::BillingPeriod.name().into(), days);
    let texts = StringChunked::from_iter_values(PERIOD.into(), months().map(|month| month.to_string()));
    [days.into_date().into_series().into_column(), texts.into_column()]
}
