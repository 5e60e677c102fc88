//! A usage frame as one polars frame, for notebooks and pipelines: one row a record, names instead of numbers.

use polars::prelude::{
    ChunkTake, Column, DataFrame, Int32Chunked, IntoColumn, NewChunkedArray, PolarsResult, StringChunked,
    UInt32Chunked,
};

use super::columns::{AMOUNT_SCALE, USAGE_SCALE, decimals, named, times};
use super::{AttributeTable, Entity, Field, UsageFrame};
use crate::error::{Error, Result};
use crate::period::BillingPeriod;
use crate::text::uuid_text;

/// The name of the column with the month of a record, `2026-10`.
const PERIOD: &str = "period";
const AMOUNT: &str = "amount";
const CURRENCY: &str = "currency";

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
    /// | all other fields | `String`; `user` is null where the source has none, `username` where no user is known |
    ///
    /// `uuid`, `user`, `component_usage`, `description`, `created`, `modified` and `backend_id` are there if single
    /// records were asked for: see [`Reading::keeps_details`](crate::ingest::Reading::keeps_details). Each name has its
    /// text once, however many rows show it.
    ///
    /// # Errors
    /// Two columns of the user's own that come to one name.
    pub fn to_polars(&self) -> Result<DataFrame> {
        self.records_as_frame().map_err(|error| Error::Frame { reason: error.to_string() })
    }

    fn records_as_frame(&self) -> PolarsResult<DataFrame> {
        let mut columns = self.parent_columns()?.take(&self.records.parent.physical())?.into_columns();
        columns.extend(self.record_columns()?);
        for table in &self.attributes {
            columns.extend(self.attribute_columns_of(table)?);
        }
        columns.sort_by_key(|column| place(column.name()));
        DataFrame::new(self.records.len(), columns)
    }

    /// The parents (component usages) that records hang on as a polars frame: those fields of
    /// [`to_polars`](Self::to_polars) that all records of a parent share, and `period`.
    ///
    /// # Errors
    /// As of [`to_polars`](Self::to_polars).
    pub fn parents_to_polars(&self) -> Result<DataFrame> {
        self.parents_as_frame().map_err(|error| Error::Frame { reason: error.to_string() })
    }

    fn parents_as_frame(&self) -> PolarsResult<DataFrame> {
        let rows = (0..).zip(self.has_records()).filter(|(_, has_records)| *has_records).map(|(row, _)| row);
        let rows: Vec<u32> = rows.collect();
        let columns = self.parent_columns()?.take(&UInt32Chunked::from_vec("".into(), rows))?;
        let height = columns.height();
        let mut columns = columns.into_columns();
        columns.retain(|column| column.name() != CURRENCY);
        columns.sort_by_key(|column| place(column.name()));
        DataFrame::new(height, columns)
    }

    /// One row a parent, in their order.
    fn parent_columns(&self) -> PolarsResult<DataFrame> {
        let parents = &self.parents;
        let mut columns = vec![
            labels(&self.component_types, parents.component_type(), Field::ComponentType)?,
            labels(&self.measured_units, parents.measured_unit(), Field::MeasuredUnit)?,
            times(parents.date.clone(), Field::Date.name()),
        ];
        let entities = [
            (&self.customers, parents.customer(), Field::CustomerUuid, Field::CustomerName),
            (&self.projects, parents.project(), Field::ProjectUuid, Field::ProjectName),
            (&self.offerings, parents.offering(), Field::OfferingUuid, Field::OfferingName),
            (&self.resources, parents.resource(), Field::ResourceUuid, Field::ResourceName),
        ];
        for (entities, places, uuid, name) in entities {
            columns.extend(entity_columns(entities, places, [uuid, name])?);
        }
        columns.extend(month_columns(parents.periods()));
        let uris = parents.component_usage.iter();
        columns.extend(uris.map(|uris| named(uris.clone(), Field::ComponentUsage.name())));
        if let Some(prices) = &parents.prices {
            columns.push(named(texts(&self.currencies).take(&prices.currency)?, CURRENCY));
        }
        DataFrame::new(parents.len(), columns)
    }

    /// One row a record, of what its parent does not determine.
    fn record_columns(&self) -> PolarsResult<Vec<Column>> {
        let records = &self.records;
        let mut columns = vec![
            self.username_column()?,
            decimals(records.usage.physical(), USAGE_SCALE, Field::Usage.name()),
        ];
        if let Some(details) = &records.details {
            let uuids = details.uuid().iter().map(|uuid| uuid_text(*uuid));
            let texts = texts(&self.texts);
            columns.extend([
                StringChunked::from_iter_values(Field::Uuid.name().into(), uuids).into_column(),
                times(details.created.clone(), Field::Created.name()),
                times(details.modified.physical(), Field::Modified.name()),
                named(texts.take(&details.user)?, Field::User.name()),
                named(texts.take(details.description())?, Field::Description.name()),
                named(texts.take(details.backend_id())?, Field::BackendId.name()),
            ]);
        }
        if let Some((amount, prices)) = records.amount.as_ref().zip(self.parents.prices.as_ref()) {
            let is_priced = prices.is_priced.take(records.parent())?;
            let amount = is_priced
                .iter()
                .zip(amount.iter())
                .map(|(is_priced, amount)| is_priced.filter(|is_priced| *is_priced).map(|_| *amount));
            columns.push(decimals(amount.collect(), AMOUNT_SCALE, AMOUNT));
        }
        Ok(columns)
    }

    /// The username of each record; null in rows that no user has.
    fn username_column(&self) -> PolarsResult<Column> {
        let places = (0..).zip(&self.usernames);
        let names = places.map(|(place, name)| self.is_user(place).then_some(&**name));
        Ok(named(names.collect::<StringChunked>().take(self.records.username())?, Field::Username.name()))
    }

    /// Columns of the user's own, one row a record.
    fn attribute_columns_of(&self, table: &AttributeTable) -> PolarsResult<Vec<Column>> {
        let records = &self.records;
        let owners: Vec<u32> = match self.parents.entity(table.owner) {
            Some(entities) => records.parent().iter().map(|parent| entities[*parent as usize]).collect(),
            None => records.username().to_vec(),
        };
        let column = |column: &super::AttributeColumn| {
            let name = match Field::named(column.attribute.name().as_bytes()) {
                Some(field) => format!("{}_{}", table.owner, field.name()),
                None => column.attribute.name().to_owned(),
            };
            // The first value stands for none.
            let values = (0..).zip(&column.values).map(|(at, value)| (at > 0).then_some(&**value));
            let places: Vec<u32> = owners.iter().map(|owner| column.places[*owner as usize]).collect();
            Ok(named(values.collect::<StringChunked>().take(&places)?, &name))
        };
        table.columns.iter().map(column).collect()
    }
}

/// Where a column is among the others: the fields in their order, the month, amounts, columns of the user's own.
fn place(name: &str) -> usize {
    let ours = [PERIOD, AMOUNT, CURRENCY];
    match (Field::named(name.as_bytes()), ours.iter().position(|other| *other == name)) {
        (Some(field), _) => field as usize,
        (None, Some(at)) => Field::COUNT + at,
        (None, None) => Field::COUNT + ours.len(),
    }
}

fn texts(texts: &[Box<str>]) -> StringChunked {
    StringChunked::from_iter_values("".into(), texts.iter().map(|text| &**text))
}

fn labels(labels: &[Box<str>], places: &[u32], field: Field) -> PolarsResult<Column> {
    Ok(named(texts(labels).take(places)?, field.name()))
}

fn entity_columns(entities: &[Entity], places: &[u32], fields: [Field; 2]) -> PolarsResult<[Column; 2]> {
    let uuids = entities.iter().map(|entity| uuid_text(entity.uuid));
    let names = entities.iter().map(|entity| &*entity.name);
    Ok([
        named(StringChunked::from_iter_values("".into(), uuids).take(places)?, fields[0].name()),
        named(StringChunked::from_iter_values("".into(), names).take(places)?, fields[1].name()),
    ])
}

/// The first day of each month, and its text.
fn month_columns(months: impl Iterator<Item = BillingPeriod> + Clone) -> [Column; 2] {
    let days = months.clone().map(|month| month.first_day().to_epoch_days());
    let days: Int32Chunked = days.map(Some).collect();
    let texts = StringChunked::from_iter_values("".into(), months.map(|month| month.to_string()));
    [named(days.into_date(), Field::BillingPeriod.name()), named(texts, PERIOD)]
}
